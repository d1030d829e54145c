"""SNS: topics that push a copy to each of their subscribers. Read `topic.Topic` first."""

from cloudlab.sns.batch import publish_batch
from cloudlab.sns.endpoints import Endpoint
from cloudlab.sns.errors import FilterPolicyLimitExceeded, NotFound, SubscriptionLimitExceeded
from cloudlab.sns.fifo import FifoTopic
from cloudlab.sns.filters import matches, matches_body
from cloudlab.sns.retries import healthy_retry_policy
from cloudlab.sns.subscription import Subscription
from cloudlab.sns.topic import Published, Topic

__all__ = [
    "Endpoint",
    "FifoTopic",
    "FilterPolicyLimitExceeded",
    "NotFound",
    "Published",
    "Subscription",
    "SubscriptionLimitExceeded",
    "Topic",
    "healthy_retry_policy",
    "matches",
    "matches_body",
    "publish_batch",
]
