"""What the provider says of topics, fact by fact, as timetables."""

import json
from decimal import Decimal
from math import inf

import pytest

from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.messages import Outcome
from cloudlab.kernel.moves import ways
from cloudlab.kernel.world import World
from cloudlab.sns import (
    Endpoint,
    FifoTopic,
    Topic,
    healthy_retry_policy,
    matches,
    matches_body,
    publish_batch,
)
from cloudlab.sns.filters import check_policy, combinations
from cloudlab.sns.payloads import SIGNATURE
from cloudlab.sns.retries import CUSTOMER, HTTP, MANAGED, PROTOCOLS
from cloudlab.sns.sms import cost, countries, segments
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.traffic import Senders, steady

ARN = "arn:aws:sns:us-east-1:123456789012:orders"


@pytest.fixture
def world():
    return World(1)


def text(value: str, kind: str = "String") -> dict:
    """An attribute."""
    return {"DataType": kind, "StringValue": value}


def later(world, plan) -> None:
    """Do things at moments: [(time, function), …]."""

    def go():
        for time, what in plan:
            yield world.timeout(time - world.now)
            what()

    world.process(go())


def web(world, topic, name="shop", **more):
    """A web server that is subscribed and has said yes."""
    made = topic.subscribe("https", Endpoint(world, name), **more)
    topic.confirm_subscription(made.token)
    return made


def became(subscription) -> list[tuple]:
    """(publish, attempts, ended, outcome) of each copy."""
    copies = subscription.copies
    columns = zip(copies.publish, copies.attempts, copies.ended, copies.outcome, strict=True)
    return [(*row[:3], Outcome(row[3]).name.lower()) for row in columns]


def received(world, queue) -> list:
    return world.do(queue.receive_message(max_number_of_messages=10))


def bodies(world, queue) -> list[str]:
    return [message.body for message in received(world, queue)]


def where(subscription) -> dict[str, int]:
    return {name: number for name, number in subscription.counts()._asdict().items() if number}


# Topic and subscriptions


def test_the_kinds_of_endpoint():
    """SNS-1."""
    assert sorted(PROTOCOLS) == sorted(
        ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"]
    )


def test_a_topic_pushes_a_copy_to_each(world):
    """SNS-1. SNS-19: nobody asks for it, and each has its own copy."""
    topic, queues = (
        Topic(world, "orders"),
        [Queue(world, f"queue {place}".replace(" ", "-")) for place in range(3)],
    )
    for queue in queues:
        topic.subscribe("sqs", queue)
    topic.publish("order 1")
    world.run(1)
    assert [queue.counts().visible for queue in queues] == [1, 1, 1]
    received(world, queues[0])
    assert [queue.counts().visible for queue in queues] == [0, 1, 1]


@pytest.mark.parametrize(
    "protocol, waits",
    [
        ("http", True),
        ("https", True),
        ("email", True),
        ("email-json", True),
        ("sms", False),
        ("lambda", False),
        ("application", False),
    ],
)
def test_some_must_confirm_and_get_nothing_before(world, protocol, waits):
    """SNS-2."""
    topic = Topic(world, "orders")
    made = topic.subscribe(protocol, Endpoint(world, "ear"))
    assert made.pending == waits
    topic.publish("order 1")
    world.run(1)
    assert where(made) == ({} if waits else {"delivered": 1})
    topic.confirm_subscription(made.token)
    topic.publish("order 2")
    world.run(2)
    assert [row[0] for row in became(made)] == ([1] if waits else [0, 1])


def test_an_endpoint_of_somebody_else_must_confirm(world):
    """SNS-2."""
    topic = Topic(world, "orders")
    assert topic.subscribe("lambda", Endpoint(world, "theirs", other_account=True)).pending
    assert not topic.subscribe("lambda", Endpoint(world, "ours")).pending


def test_a_token_is_good_for_two_days(world):
    """SNS-2."""
    topic = Topic(world, "orders")
    first = topic.subscribe("https", Endpoint(world, "first"))
    second = topic.subscribe("https", Endpoint(world, "second"))
    world.run(172_800)
    topic.confirm_subscription(first.token)
    world.run(172_801)
    with pytest.raises(InvalidParameter, match="must be at most 172800 s"):
        topic.confirm_subscription(second.token)
    assert not first.pending and second.pending
    with pytest.raises(InvalidParameter, match="no subscription of orders has it"):
        topic.confirm_subscription("nonsense")


def test_who_fails_holds_up_no_other(world):
    """SNS-3."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    shop, good = web(world, topic), topic.subscribe("sqs", queue)
    shop.endpoint.fail()
    later(world, [(1, lambda: topic.publish("order 1")), (2, lambda: topic.publish("order 2"))])
    world.run(30)
    assert became(good) == [(0, 1, 1.0, "delivered"), (1, 1, 2.0, "delivered")]
    assert became(shop) == [(0, 2, inf, "trying"), (1, 2, inf, "trying")]


def test_a_topic_keeps_nothing(world):
    """SNS-4."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    topic.publish("order 1")
    made = topic.subscribe("sqs", queue, raw_message_delivery=True)
    topic.publish("order 2")
    assert bodies(world, queue) == ["order 2"] and where(made) == {"delivered": 1}
    assert list(topic.table.unheard) == [0]
    said = [note.text for note in world.record.notes if note.glyph == "✕"]
    assert said == ["Message 1 is published, but nobody is subscribed: it is gone."]


def test_who_leaves_gets_nothing_more(world):
    """SNS-4."""
    topic = Topic(world, "orders")
    shop = web(world, topic)
    topic.publish("order 1")
    world.run(1)
    shop.endpoint.fail()
    topic.publish("order 2")
    world.run(5)
    topic.unsubscribe(shop)
    topic.publish("order 3")
    world.run(10)
    assert became(shop) == [(0, 1, 0.0, "delivered"), (1, 1, 5.0, "lost")]
    assert list(topic.table.unheard) == [2] and where(shop) == {"delivered": 1, "lost": 1}
    with pytest.raises(InvalidParameter, match="has no such subscription"):
        topic.unsubscribe(shop)


@pytest.mark.parametrize(
    "values, words",
    [
        ({"message": ""}, "message is ''"),
        ({"message": "x", "subject": "s" * 100}, "must be a line of 1 to 99"),
        ({"message": "x", "subject": "ü"}, "must be a line of 1 to 99"),
        ({"message": "x", "subject": "a\nb"}, "must be a line of 1 to 99"),
        ({"message": "x", "message_structure": "xml"}, "must be 'json' or None"),
        ({"message": "x", "message_structure": "json"}, "says that it is JSON"),
        ({"message": '{"sqs": "x"}', "message_structure": "json"}, "the key 'default'"),
        ({"message": '{"default": 1}', "message_structure": "json"}, "the key 'default'"),
        ({"message": "x" * 262_145}, "262145 bytes, but must be at most 262144 bytes"),
        (
            {"message": "x", "message_attributes": {"a": {"DataType": "Text", "StringValue": "b"}}},
            "DataType of 'a'",
        ),
        ({"message": "x", "message_attributes": {"a b": text("c")}}, "the name 'a b'"),
        ({"message": "x", "message_deduplication_id": "1"}, "a standard topic takes none"),
    ],
)
def test_what_can_not_be_published(world, values, words):
    """SNS-5."""
    topic = Topic(world, "orders")
    with pytest.raises(InvalidParameter, match=words):
        topic.publish(**values)
    assert len(topic.table.published) == 0


def test_what_can_be_published(world):
    """SNS-5."""
    topic = Topic(world, "orders")
    topic.publish("x" * 262_144)
    topic.publish("x", subject="s" * 99)
    topic.publish("x" * 262_125, message_attributes={"kind": text("a print", "Binary")})
    with pytest.raises(InvalidParameter, match="are 262145 bytes"):
        topic.publish("x" * 262_128, message_attributes={"kind": text("a print", "Binary")})
    assert len(topic.table.published) == 3


def test_each_kind_of_endpoint_may_have_a_text_of_its_own(world):
    """SNS-5."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    pack = topic.subscribe("sqs", queue, raw_message_delivery=True)
    phone = topic.subscribe("sms", Endpoint(world, "phone"))
    topic.publish(json.dumps({"default": "usual", "sms": "short", "http": "web"}), message_structure="json")
    assert pack.payload(0).body == "usual" and phone.payload(0) == ["short"]
    assert bodies(world, queue) == ["usual"]


def test_a_batch_holds_ten(world):
    """SNS-5."""
    topic = Topic(world, "orders")
    ten = [{"id": str(place), "message": "x"} for place in range(10)]
    assert len(publish_batch(topic, ten).successful) == 10
    for wrong, code in (
        ([*ten, {"id": "10", "message": "x"}], "TooManyEntriesInBatchRequest"),
        ([], "EmptyBatchRequest"),
        ([*ten[:1], *ten[:1]], "BatchEntryIdsNotDistinct"),
        ([{"id": "a b", "message": "x"}], "InvalidBatchEntryId"),
        (
            [{"id": "a", "message": "x" * 200_000}, {"id": "b", "message": "x" * 100_000}],
            "BatchRequestTooLong",
        ),
    ):
        with pytest.raises(InvalidParameter) as found:
            publish_batch(topic, wrong)
        assert type(found.value).__name__ == code
    mixed = publish_batch(topic, [{"id": "a", "message": "x"}, {"id": "b", "message": ""}, {"id": "c"}])
    assert list(mixed.successful) == ["a"] and [one.id for one in mixed.failed] == ["b", "c"]
    assert len(topic.table.published) == 11


def test_large_messages_reach_some_only(world):
    """SNS-5."""
    topic, queue = Topic(world, "orders", maximum_message_size=1_048_576), Queue(world, "pack")
    topic.subscribe("sqs", queue)
    topic.publish("x" * 1_048_576)
    topic.subscribe("sms", Endpoint(world, "phone"))
    topic.publish("x" * 262_144)
    with pytest.raises(InvalidParameter, match="reach sqs, firehose, lambda only"):
        topic.publish("x" * 262_145)
    limit = parameters(Topic.__init__)["maximum_message_size"]
    assert (limit.limit.low, limit.limit.high, limit.default) == (1024, 1_048_576, 262_144)


@pytest.mark.parametrize(
    "protocol, may", [("https", True), ("firehose", True), ("sms", False), ("lambda", False)]
)
def test_raw_or_in_an_envelope(world, protocol, may):
    """SNS-6."""
    topic, ear = Topic(world, "orders"), Endpoint(world, "ear")
    if may:
        made = topic.subscribe(protocol, ear, raw_message_delivery=True)
        topic.publish("order 1")
        body = made.payload(0)
        assert (body if protocol == "firehose" else body[1]) == "order 1"
    else:
        with pytest.raises(InvalidParameter, match="can have a message raw"):
            topic.subscribe(protocol, ear, raw_message_delivery=True)
        assert topic.subscriptions == []


# Filters

PRICE, STORE = {"price": text("90", "Number")}, {"store": text("example_corp")}
LIST = {"sports": text('["rugby", "tennis"]', "String.Array"), "n": text("[1, true, null]", "String.Array")}


@pytest.mark.parametrize(
    "policy, attributes, wanted",
    [
        (None, {}, True),
        ({"store": ["example_corp"]}, STORE, True),
        ({"store": ["other", "example_corp"]}, STORE, True),  # OR inside a list
        ({"store": ["example_corp"]}, STORE | PRICE, True),  # what isn't named doesn't matter
        ({"store": ["example_corp"], "price": [100]}, STORE | PRICE, False),  # AND between keys
        ({"store": ["example_corp"]}, PRICE, False),  # a key that is named and missing
        ({"store": ["Example_corp"]}, STORE, False),
    ],
)
def test_keys_and_lists_of_a_policy(policy, attributes, wanted):
    """SNS-7."""
    assert matches(policy, attributes) == wanted


BODY = {"store": "example_corp", "customer": {"age": 30, "tags": ["new", "rich"], "vip": True, "boss": None}}


@pytest.mark.parametrize(
    "policy, wanted",
    [
        ({"store": ["example_corp"]}, True),
        ({"customer": {"age": [30]}}, True),
        ({"customer": {"age": [{"numeric": [">", 30]}]}}, False),
        ({"customer": {"tags": ["rich"], "vip": [True], "boss": [None]}}, True),
        ({"customer": {"vip": [False]}}, False),
        ({"customer": {"name": [{"exists": False}]}}, True),
        ({"age": [30]}, False),
    ],
)
def test_a_policy_of_the_body_is_nested(policy, wanted):
    """SNS-7."""
    check_policy(policy, "MessageBody")
    assert matches_body(policy, json.dumps(BODY)) == wanted
    assert not matches_body(policy, "no JSON") and not matches_body(policy, "[1]")


@pytest.mark.parametrize(
    "rule, attributes, wanted",
    [
        ("rugby", LIST, True),
        ("golf", LIST, False),
        (90, {"sports": text("90", "Number")}, True),
        (90.0, {"sports": text("9.0e1", "Number")}, True),
        (90, {"sports": text("90")}, False),  # a text is no number
        ("90", {"sports": text("90", "Number")}, False),
        (True, {"sports": text("[true]", "String.Array")}, True),
        (True, {"sports": text("[1]", "String.Array")}, False),
        (None, {"sports": text("[null]", "String.Array")}, True),
        (False, {"sports": text("[true]", "String.Array")}, False),
        ({"prefix": "rug"}, LIST, True),
        ({"prefix": "ugby"}, LIST, False),
        ({"suffix": "nis"}, LIST, True),
        ({"suffix": "rug"}, LIST, False),
        ({"anything-but": "rugby"}, {"sports": text("golf")}, True),
        ({"anything-but": ["rugby", "golf"]}, {"sports": text("golf")}, False),
        ({"anything-but": ["rugby"]}, LIST, True),  # one of the list is another
        ({"anything-but": [1, 2]}, {"sports": text("3", "Number")}, True),
        ({"anything-but": [1, 2]}, {"sports": text("2", "Number")}, False),
        ({"anything-but": {"prefix": "rug"}}, {"sports": text("golf")}, True),
        ({"anything-but": {"prefix": "go"}}, {"sports": text("golf")}, False),
        ({"anything-but": "rugby"}, {}, False),
        ({"equals-ignore-case": "GOLF"}, {"sports": text("Golf")}, True),
        ({"equals-ignore-case": "GOLF"}, {"sports": text("Gulf")}, False),
        ({"exists": True}, LIST, True),
        ({"exists": True}, {}, False),
        ({"exists": False}, {}, True),
        ({"exists": False}, LIST, False),
        ({"numeric": ["=", 90]}, {"sports": text("90", "Number")}, True),
        ({"numeric": ["=", 90]}, {"sports": text("91", "Number")}, False),
        ({"numeric": ["<", 90]}, {"sports": text("90", "Number")}, False),
        ({"numeric": ["<=", 90]}, {"sports": text("90", "Number")}, True),
        ({"numeric": [">", 90]}, {"sports": text("90", "Number")}, False),
        ({"numeric": [">=", 90]}, {"sports": text("90", "Number")}, True),
        ({"numeric": [">", 0, "<=", 90]}, {"sports": text("90", "Number")}, True),
        ({"numeric": [">", 0, "<=", 90]}, {"sports": text("0", "Number")}, False),
        ({"numeric": ["<", 90]}, {"sports": text("9")}, False),
    ],
)
def test_the_operators(rule, attributes, wanted):
    """SNS-8."""
    check_policy({"sports": [rule]})
    assert matches({"sports": [rule]}, attributes) == wanted


@pytest.mark.parametrize("attributes, wanted", [(STORE, True), (PRICE, True), ({"a": text("b")}, False)])
def test_one_of_several_policies(attributes, wanted):
    """SNS-8."""
    policy = {"$or": [{"store": ["example_corp"]}, {"price": [{"numeric": [">", 50]}]}]}
    check_policy(policy)
    assert matches(policy, attributes) == wanted


@pytest.mark.parametrize(
    "policy, words",
    [
        ({}, "holds no key"),
        ({"a": "b"}, r"filter_policy\['a'\] is 'b', but must be a list"),
        ({"a": []}, "a list of at least one rule"),
        ({"a": {"b": ["c"]}}, "only a policy of the scope MessageBody is nested"),
        ({"a": [{"wildcard": "b*"}]}, "one of prefix, suffix"),
        ({"a": [{"prefix": "b", "suffix": "c"}]}, "one of prefix, suffix"),
        ({"a": [{"prefix": 1}]}, r"filter_policy\['a'\]\['prefix'\] is 1"),
        ({"a": [{"exists": "yes"}]}, "must be True or False"),
        ({"a": [{"numeric": ["<>", 1]}]}, r"must be as \['>=', 10\]"),
        ({"a": [{"numeric": [">", 1, "<"]}]}, r"must be as \['>=', 10\]"),
        ({"a": [{"numeric": ["<", 1, ">", 0]}]}, "the lower end first"),
        ({"a": [{"numeric": [">", 2, "<", 1]}]}, "must be below its upper one"),
        ({"a": [{"anything-but": ["b", 1]}]}, "texts only or numbers only"),
        ({"a": [{"anything-but": {"suffix": "b"}}]}, "must be values, or a prefix"),
        ({"a": [1_000_000_001]}, "must lie between -10⁹ and 10⁹"),
        ({"a": [0.000001]}, "at most five decimals"),
        ({"$or": [{"a": ["b"]}]}, "a list of two policies or more"),
        ({"a": [["b"]]}, r"filter_policy\['a'\] holds \['b'\]"),
        ({"a": [object()]}, "can't be written as JSON"),
    ],
)
def test_what_is_no_policy_is_told_at_its_key(world, policy, words):
    """SNS-8."""
    topic = Topic(world, "orders")
    with pytest.raises(InvalidParameter, match=words):
        topic.subscribe("sms", Endpoint(world, "phone"), filter_policy=policy)
    assert topic.subscriptions == []


def keys(number: int, each: int = 1) -> dict:
    return {f"key{place}": [f"v{value}" for value in range(each)] for place in range(number)}


def test_how_much_a_policy_may_hold():
    """SNS-9. EX-28: 3 × 1 × 2 = 6."""
    assert combinations({"a": ["x", "y", "z"], "b": ["x"], "c": ["x", "y"]}) == 6
    assert (
        combinations({"a": {"b": {"c": ["1", "2", "3", "4"]}}, "d": {"e": ["1", "2", "3"]}}) == 4 * 3 * 3 * 2
    )
    check_policy(keys(5))
    with pytest.raises(InvalidParameter, match="has 6 keys, but must have at most 5"):
        check_policy(keys(6))
    check_policy({"a": keys(1, 150)["key0"]})
    with pytest.raises(InvalidParameter, match="has 151 combinations"):
        check_policy({"a": keys(1, 151)["key0"]})
    check_policy({"a": ["x" * (262_144 - len('{"a": [""]}'))]})
    with pytest.raises(InvalidParameter, match="262145 bytes"):
        check_policy({"a": ["x" * (262_145 - len('{"a": [""]}'))]})


def test_a_topic_has_so_many_policies(world):
    """SNS-9."""
    topic = Topic(world, "orders")
    for place in range(200):
        topic.subscribe("sms", Endpoint(world, f"phone {place}"), filter_policy=keys(1))
    plain = topic.subscribe("sms", Endpoint(world, "phone"))
    with pytest.raises(InvalidParameter, match="at most 200 filter policies") as found:
        topic.subscribe("sms", Endpoint(world, "one more"), filter_policy=keys(1))
    assert type(found.value).__name__ == "FilterPolicyLimitExceeded"
    with pytest.raises(InvalidParameter, match="at most 200"):
        topic.set_subscription_attributes(plain, filter_policy=keys(1))
    topic.unsubscribe(topic.subscriptions[0])
    topic.set_subscription_attributes(plain, filter_policy=keys(1))


def test_what_a_filter_refuses_is_not_tried_and_no_dead_letter(world):
    """SNS-10."""
    topic, dead = Topic(world, "orders"), Queue(world, "dead")
    shop = web(world, topic, filter_policy={"kind": ["print"]}, dead_letter_target=dead)
    shop.endpoint.delete()
    topic.publish("order 1", message_attributes={"kind": text("poster")})
    topic.publish("order 2", message_attributes={"kind": text("print")})
    world.run(1000)
    assert became(shop) == [(1, 1, 0.0, "dead")] and where(shop) == {"dead": 1, "filtered": 1}
    assert dead.counts().visible == 1


# Faults and retries


@pytest.mark.parametrize(
    "fault, outcome",
    [("fail", "trying"), ("forbid", "lost"), ("delete", "lost")],
)
def test_only_what_may_pass_is_tried_again(world, fault, outcome):
    """SNS-11."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    made = topic.subscribe("sqs", queue)
    getattr(made.endpoint, fault)()
    topic.publish("order 1")
    world.run(100)
    ((_, attempts, _, became_of_it),) = became(made)
    assert became_of_it == outcome and (attempts > 1) == (outcome == "trying")
    made.endpoint.restore()
    topic.publish("order 2")
    world.run(200)
    assert queue.counts().visible == (2 if outcome == "trying" else 1)


def test_the_policy_of_endpoints_that_the_provider_runs():
    """SNS-12. EX-29: 3 + 2 + 10 + 100,000 = 100,015 retries, over 23.1 days."""
    assert (MANAGED.no_delay, MANAGED.least, MANAGED.backoff, MANAGED.largest) == (3, 2, 10, 100_000)
    assert MANAGED.count == 100_015 and MANAGED.function == "exponential"
    assert [MANAGED.delay(retry) for retry in (1, 3, 4, 5, 6, 15, 16, 100_015)] == [0, 0, 1, 1, 1, 20, 20, 20]
    grown = [MANAGED.delay(retry) for retry in range(6, 16)]
    assert grown == sorted(set(grown))
    assert 23.1 < MANAGED.duration / 86_400 < 23.2
    assert [PROTOCOLS[name] is MANAGED for name in ("sqs", "lambda", "firehose", "sms")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_queue_that_is_away_for_some_seconds(world):
    """SNS-12: at 0 s four times at once, then after 1 s, and after 1 s more."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    made = topic.subscribe("sqs", queue)
    made.endpoint.fail()
    topic.publish("order 1")
    later(world, [(0.5, lambda: None), (1.5, made.endpoint.restore)])
    world.run(0.7)
    assert became(made) == [(0, 4, inf, "trying")]
    world.run(5)
    assert became(made) == [(0, 6, 2.0, "delivered")] and list(queue.table.sent) == [2.0]


def test_after_23_days_it_is_over(world):
    """SNS-12."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    made = topic.subscribe("sqs", queue)
    made.endpoint.fail()
    topic.publish("order 1")
    world.run(23 * 86_400)
    assert where(made) == {"trying": 1}
    world.run(24 * 86_400)
    ((_, attempts, ended, outcome),) = became(made)
    assert (attempts, outcome) == (100_016, "lost") and ended == pytest.approx(MANAGED.duration)


def test_the_policy_of_mail_short_messages_and_phones(world):
    """SNS-13: 50 retries over 6 hours."""
    assert (CUSTOMER.no_delay, CUSTOMER.least, CUSTOMER.backoff, CUSTOMER.largest) == (0, 2, 10, 38)
    assert CUSTOMER.count == 50 and 6 < CUSTOMER.duration / 3600 < 7
    assert [CUSTOMER.delay(retry) for retry in (1, 2, 3, 12, 13, 50)] == [10, 10, 10, 600, 600, 600]
    mine = [name for name, policy in PROTOCOLS.items() if policy is CUSTOMER]
    assert sorted(mine) == ["application", "email", "email-json", "sms"]
    topic = Topic(world, "orders")
    made = topic.subscribe("sms", Endpoint(world, "phone"))
    made.endpoint.fail()
    topic.publish("order 1")
    world.run(10)
    assert became(made) == [(0, 1, inf, "trying")]
    world.run(8 * 3600)
    ((_, attempts, ended, outcome),) = became(made)
    assert (attempts, outcome) == (51, "lost") and ended == pytest.approx(CUSTOMER.duration)


def test_the_policy_of_web_servers_unless_told_otherwise(world):
    """SNS-14: three retries, each after 20 s."""
    assert healthy_retry_policy() == HTTP and PROTOCOLS["http"] is HTTP and PROTOCOLS["https"] is HTTP
    assert [HTTP.delay(retry) for retry in range(1, HTTP.count + 1)] == [20, 20, 20]
    topic = Topic(world, "orders")
    shop = web(world, topic)
    shop.endpoint.fail()
    topic.publish("order 1")
    world.run(60)
    assert became(shop) == [(0, 3, inf, "trying")]
    world.run(61)
    assert became(shop) == [(0, 4, 60.0, "lost")]


RETRY_RANGES = {
    "num_retries": (0, 100, 3),
    "num_no_delay_retries": (0, 100, 0),
    "num_min_delay_retries": (0, 100, 0),
    "num_max_delay_retries": (0, 100, 0),
    "min_delay_target": (1, 3600, 20),
    "max_delay_target": (1, 3600, 20),
}


def test_the_bounds_of_a_policy():
    """SNS-14."""
    known = parameters(healthy_retry_policy)
    found = {
        name: (known[name].limit.low, known[name].limit.high, known[name].default) for name in RETRY_RANGES
    }
    assert found == RETRY_RANGES and known["backoff_function"].default == "linear"
    assert known["backoff_function"].limit.choices == ("linear", "arithmetic", "geometric", "exponential")
    with pytest.raises(InvalidParameter, match="have 4 together"):
        healthy_retry_policy(num_no_delay_retries=2, num_max_delay_retries=2)
    with pytest.raises(InvalidParameter, match="must be at most max_delay_target, 20 s"):
        healthy_retry_policy(min_delay_target=21)
    healthy_retry_policy(num_retries=60, max_delay_target=60, min_delay_target=60)
    with pytest.raises(InvalidParameter, match="3660 s long"):
        healthy_retry_policy(num_retries=61, max_delay_target=60, min_delay_target=60)


def test_the_back_off_has_what_the_other_phases_leave():
    """SNS-14. EX-27: 3 at once, 2 after the least delay, 35 after the largest, of 50: 10 in the back-off."""
    made = healthy_retry_policy(
        num_retries=50, num_no_delay_retries=3, num_min_delay_retries=2, num_max_delay_retries=35
    )
    assert made.backoff == 10 and made.count == 50


@pytest.mark.parametrize(
    "function, delays",
    [
        ("linear", [10, 40, 70, 100]),
        ("arithmetic", [10, 25, 55, 100]),
        ("geometric", [10, 21.544347, 46.415888, 100]),
        ("exponential", [10, 22.857143, 48.571429, 100]),
    ],
)
def test_the_four_back_offs_go_from_the_least_delay_to_the_largest(function, delays):
    """SNS-14."""
    made = healthy_retry_policy(
        num_retries=4, min_delay_target=10, max_delay_target=100, backoff_function=function
    )
    assert [made.delay(retry) for retry in range(1, 5)] == delays


def test_only_web_servers_can_have_another_policy(world):
    """SNS-14."""
    topic, policy = Topic(world, "orders"), healthy_retry_policy(num_retries=1, num_no_delay_retries=1)
    with pytest.raises(InvalidParameter, match="that of http and https alone"):
        topic.subscribe("sms", Endpoint(world, "phone"), delivery_policy=policy)
    shop = web(world, topic, delivery_policy=policy)
    shop.endpoint.fail()
    topic.publish("order 1")
    world.run(1)
    assert became(shop) == [(0, 2, 0.0, "lost")]
    topic.set_subscription_attributes(shop, delivery_policy=None)
    topic.publish("order 2")
    world.run(2)
    assert became(shop)[1] == (1, 1, inf, "trying")


@pytest.mark.parametrize(
    "seconds, ended, attempts, outcome", [(14, 14.0, 1, "delivered"), (15, 120.0, 4, "lost")]
)
def test_a_web_server_has_15_s_to_answer_and_the_delay_counts_from_the_failure(
    world, seconds, ended, attempts, outcome
):
    """SNS-15: 0, 35, 70, 105 s, and the last one has failed at 120 s."""
    topic = Topic(world, "orders")
    shop = web(world, topic)
    shop.endpoint.slow_down(seconds)
    topic.publish("order 1")
    world.run(200)
    assert became(shop) == [(0, attempts, ended, outcome)]


@pytest.mark.parametrize(
    "status, again",
    [(199, True), (301, False), (400, False), (404, False), (499, False), (500, True), (503, True)],
)
def test_which_status_is_tried_again(world, status, again):
    """SNS-15."""
    topic = Topic(world, "orders")
    shop = web(world, topic)
    shop.endpoint.fail(status)
    topic.publish("order 1")
    world.run(1)
    assert became(shop) == [(0, 1, inf, "trying") if again else (0, 1, 0.0, "lost")]


def test_dead_letters_go_to_the_queue_of_the_subscription(world):
    """SNS-16."""
    topic, dead = Topic(world, "orders"), Queue(world, "dead")
    shop = web(world, topic, dead_letter_target=dead)
    other = web(world, topic, "other")
    shop.endpoint.fail()
    other.endpoint.fail()
    topic.publish("order 1")
    world.run(59)
    assert dead.counts().visible == 0
    world.run(61)
    assert list(dead.table.sent) == [60.0] and where(shop) == {"dead": 1} and where(other) == {"lost": 1}
    (message,) = received(world, dead)
    assert json.loads(message.body)["Message"] == "order 1"
    assert [note.text for note in world.record.notes if note.glyph == "✕"][2:] == [
        "Message 1 could not be delivered to shop (4 attempts): it goes to dead.",
        "Message 1 could not be delivered to other (4 attempts): it is lost.",
    ]


def test_dead_letters_of_a_fifo_topic_go_to_a_fifo_queue(world):
    """SNS-16."""
    topic, queue = FifoTopic(world, "orders.fifo"), FifoQueue(world, "pack.fifo")
    with pytest.raises(InvalidParameter, match="a FIFO topic needs a FIFO queue"):
        topic.subscribe("sqs", queue, dead_letter_target=Queue(world, "dead"))
    topic.subscribe("sqs", queue, dead_letter_target=FifoQueue(world, "dead.fifo"))
    with pytest.raises(InvalidParameter, match="only a FIFO topic delivers to a FIFO queue"):
        Topic(world, "mail").subscribe(
            "sms", Endpoint(world, "phone"), dead_letter_target=FifoQueue(world, "d.fifo")
        )
    with pytest.raises(InvalidParameter, match="must be a queue"):
        Topic(world, "post").subscribe("sms", Endpoint(world, "p"), dead_letter_target=Endpoint(world, "q"))


# FIFO


def test_a_fifo_topic_says_so_in_its_name_and_delivers_to_queues(world):
    """SNS-17."""
    with pytest.raises(InvalidParameter, match="must end with .fifo"):
        FifoTopic(world, "orders")
    with pytest.raises(InvalidParameter, match="name is 'orders.fifo'"):
        Topic(world, "orders.fifo")
    topic = FifoTopic(world, "orders.fifo")
    topic.subscribe("sqs", FifoQueue(world, "pack.fifo"))
    topic.subscribe("sqs", Queue(world, "count"))
    with pytest.raises(InvalidParameter, match="delivers to queues only"):
        topic.subscribe("lambda", Endpoint(world, "thumbnail"))
    with pytest.raises(InvalidParameter, match="only a FIFO topic delivers to a FIFO queue"):
        Topic(world, "mail").subscribe("sqs", FifoQueue(world, "mail.fifo"))


def test_the_order_of_a_group_holds_also_while_one_is_tried_again(world):
    """SNS-17."""
    topic, queue = (
        FifoTopic(world, "orders.fifo", content_based_deduplication=True),
        FifoQueue(world, "pack.fifo"),
    )
    made = topic.subscribe("sqs", queue, raw_message_delivery=True)
    made.endpoint.fail()
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a")):
        topic.publish(body, message_group_id=group)
    later(world, [(1.5, made.endpoint.restore), (1.7, lambda: topic.publish("a3", message_group_id="a"))])
    world.run(1.8)
    assert list(queue.table.sent) == []
    world.run(3)
    assert became(made) == [
        (0, 6, 2.0, "delivered"),
        (1, 6, 2.0, "delivered"),
        (2, 1, 2.0, "delivered"),
        (3, 1, 2.0, "delivered"),
    ]
    assert bodies(world, queue) == ["a1", "a2", "a3", "b1"]


def test_what_is_published_again_within_five_minutes_is_not_delivered(world):
    """SNS-17."""
    topic, queue = FifoTopic(world, "orders.fifo", content_based_deduplication=True), Queue(world, "count")
    topic.subscribe("sqs", queue)
    first = topic.publish("order 1", message_group_id="a")
    world.run(299.9)
    assert topic.publish("order 1", message_group_id="b") == first
    world.run(300)
    assert topic.publish("order 1", message_group_id="a") != first
    topic.publish("order 1", message_group_id="a", message_deduplication_id="x")
    world.run(301)
    assert queue.counts().visible == 3
    assert first.sequence_number == "00000000000000000001"


def test_a_fifo_topic_needs_group_and_id(world):
    """SNS-17."""
    topic = FifoTopic(world, "orders.fifo")
    with pytest.raises(InvalidParameter, match="message_group_id is None"):
        topic.publish("order 1", message_deduplication_id="x")
    with pytest.raises(InvalidParameter, match="message_deduplication_id is None"):
        topic.publish("order 1", message_group_id="a")
    assert len(topic.table.published) == 0


def test_a_fifo_topic_has_a_hundred_subscriptions(world):
    """SNS-17."""
    topic = FifoTopic(world, "orders.fifo")
    for place in range(100):
        topic.subscribe("sqs", Queue(world, f"queue{place}"))
    with pytest.raises(InvalidParameter, match="at most 100 subscriptions") as found:
        topic.subscribe("sqs", Queue(world, "more"))
    assert type(found.value).__name__ == "SubscriptionLimitExceeded"


# Short messages, queues


@pytest.mark.parametrize(
    "message, number",
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("x" * 70 + "ł", 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("x" * 1600, 10),
    ],
)
def test_segments_of_140_bytes(message, number):
    """SNS-18."""
    found = segments(message)
    assert len(found) == number and "".join(found) == message


def test_a_short_message_is_no_longer_than_1600_characters(world):
    """SNS-18."""
    with pytest.raises(InvalidParameter, match="must be at most 1600 characters"):
        segments("x" * 1601)
    topic = Topic(world, "orders")
    phone = topic.subscribe("sms", Endpoint(world, "phone"))
    topic.publish("x" * 1601)
    topic.publish("x" * 1600)
    world.run(1)
    assert [row[3] for row in became(phone)] == ["lost", "delivered"]


def test_each_segment_is_billed_by_country():
    """SNS-18: in a table of examples."""
    assert cost("x" * 161, "US") == 2 * countries()["US"].price == Decimal("0.01290")
    assert cost("x", "DE") != cost("x", "US")
    assert all("example" in one.source and one.as_of for one in countries().values())
    with pytest.raises(InvalidParameter, match="don't reach"):
        cost("x", "XX")
    with pytest.raises(InvalidParameter, match="must be one of US, DE"):
        cost("x", "??")


def test_a_stopped_consumer_has_its_own_backlog(world):
    """SNS-19."""
    topic, pack, count = Topic(world, "orders"), Queue(world, "pack"), Queue(world, "count")
    for queue in (pack, count):
        topic.subscribe("sqs", queue)
    Senders(world, "shop", traffic=steady(1), to=topic, arrivals="regular")
    Workers(world, "packer", queue=pack, work="fixed", mean_work=0.1)
    counters = Workers(world, "counter", queue=count, work="fixed", mean_work=0.1)
    later(world, [(50.25, lambda: counters.stop(counters.workers[0]))])
    world.run(100)
    there = len(topic.table.published)
    assert pack.counts().deleted == there > 95
    assert count.counts().visible == there - count.counts().deleted > 45


def test_the_group_reaches_a_standard_queue(world):
    """SNS-20."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    topic.subscribe("sqs", queue)
    topic.publish("order 1", message_group_id="tenant 1".replace(" ", "-"))
    topic.publish("order 2")
    first, second = received(world, queue)
    assert first.attributes["MessageGroupId"] == "tenant-1" and "MessageGroupId" not in second.attributes


# On the wire

KIND = {"kind": text("print"), "copies": text("2", "Number")}


def one(world, protocol, **more):
    """A subscription, and what it receives of one message."""
    topic = Topic(world, "orders")
    world.run(1.5)
    where_to = Queue(world, "pack") if protocol == "sqs" else Endpoint(world, "shop@example.com")
    made = topic.subscribe(protocol, where_to, **more)
    topic.confirm_subscription(made.token)
    topic.publish("order 1", subject="New", message_attributes=KIND)
    topic.publish("order 2")
    return made, made.payload(0)


def test_the_envelope(world):
    """SNS-21."""
    made, (_, body) = one(world, "https")
    assert json.loads(body) == {
        "Type": "Notification",
        "MessageId": made.topic.message_id(0),
        "TopicArn": ARN,
        "Subject": "New",
        "Message": "order 1",
        "Timestamp": "1970-01-01T00:00:01.500Z",
        "SignatureVersion": "1",
        "Signature": SIGNATURE,
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-sample.pem",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={made.arn}",
        "MessageAttributes": {
            "kind": {"Type": "String", "Value": "print"},
            "copies": {"Type": "Number", "Value": "2"},
        },
    }
    assert not {"Subject", "MessageAttributes"} & json.loads(made.payload(1)[1]).keys()
    assert "SAMPLE" in SIGNATURE


def test_what_asks_for_a_confirmation(world):
    """SNS-22."""
    topic = Topic(world, "orders")
    made = topic.subscribe("https", Endpoint(world, "shop"))
    asked = made.confirmation()
    assert list(asked) == [
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    ]
    assert (asked["Type"], asked["Token"]) == ("SubscriptionConfirmation", made.token)
    assert asked["SubscribeURL"].endswith(f"?Action=ConfirmSubscription&TopicArn={ARN}&Token={made.token}")


@pytest.mark.parametrize("raw", [False, True])
def test_the_headers_of_a_request(world, raw):
    """SNS-23."""
    made, (headers, _) = one(world, "http", raw_message_delivery=raw)
    wanted = {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": made.topic.message_id(0),
        "x-amz-sns-topic-arn": ARN,
        "x-amz-sns-subscription-arn": made.arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    assert headers == wanted | ({"x-amz-sns-rawdelivery": "true"} if raw else {})


def test_raw_to_a_web_server_the_attributes_are_lost(world):
    """SNS-24."""
    _, (_, body) = one(world, "https", raw_message_delivery=True)
    assert body == "order 1"


def test_raw_to_a_queue_attributes_become_those_of_the_queue_ten_at_most(world):
    """SNS-24."""
    made, letter = one(world, "sqs", raw_message_delivery=True)
    assert (letter.body, letter.attributes) == ("order 1", KIND)
    many = {f"a{place}": text("x") for place in range(11)}
    made.topic.publish("ten", message_attributes=dict(list(many.items())[:10]))
    made.topic.publish("eleven", message_attributes=many)
    found = received(world, made.endpoint.inbox)
    assert [message.body for message in found] == ["order 1", "order 2", "ten"]
    assert found[0].message_attributes == KIND and len(found[2].message_attributes) == 10
    assert where(made) == {"delivered": 3, "lost": 1} and became(made)[3][1] == 1
    made.topic.set_subscription_attributes(made, raw_message_delivery=False)
    made.topic.publish("eleven", message_attributes=many)
    world.run(3)
    assert where(made) == {"delivered": 4, "lost": 1}


def test_a_mail(world):
    """SNS-25."""
    made, letter = one(world, "email")
    lines = letter.splitlines()
    link = "https://sns.us-east-1.amazonaws.com/unsubscribe.html?SubscriptionArn="
    assert (lines[0], lines[2]) == ("order 1", "--")
    assert lines[-1] == f"{link}{made.arn}&Endpoint=shop%40example.com"
    world = World(1)
    assert json.loads(one(world, "email-json")[1])["Message"] == "order 1"


def test_in_a_queue_the_body_is_parsed_twice(world):
    """SNS-26."""
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    topic.subscribe("sqs", queue)
    topic.publish(json.dumps({"order": 1}), message_attributes=KIND)
    (message,) = received(world, queue)
    envelope = json.loads(message.body)
    assert envelope["Type"] == "Notification" and json.loads(envelope["Message"]) == {"order": 1}
    assert message.message_attributes == {} and envelope["MessageAttributes"]["kind"]["Value"] == "print"


def test_what_a_function_gets(world):
    """SNS-27."""
    made, event = one(world, "lambda")
    (record,) = event["Records"]
    assert {name: value for name, value in record.items() if name != "Sns"} == {
        "EventVersion": "1.0",
        "EventSubscriptionArn": made.arn,
        "EventSource": "aws:sns",
    }
    assert list(record["Sns"]) == [
        "SignatureVersion",
        "Timestamp",
        "Signature",
        "SigningCertUrl",
        "MessageId",
        "Message",
        "MessageAttributes",
        "Type",
        "UnsubscribeUrl",
        "TopicArn",
        "Subject",
    ]
    assert record["Sns"]["Subject"] == "New" and record["Sns"]["MessageAttributes"]["copies"] == {
        "Type": "Number",
        "Value": "2",
    }
    assert made.payload(1)["Records"][0]["Sns"]["Subject"] is None


# What no fact says


def test_a_queue_with_a_topic_a_stream_and_a_hand(world):
    """Each message tells what it holds, wherever it came from."""
    topic, queue = Topic(world, "orders", messages={"/": {"message": "a print"}}), Queue(world, "pack")
    other = Topic(world, "news")
    topic.subscribe("sqs", queue, raw_message_delivery=True)
    other.subscribe("sqs", queue, raw_message_delivery=True)
    queue.send_message("by hand")
    later(world, [(10.5, lambda: other.publish("news")), (11.5, lambda: queue.send_message("again"))])
    Senders(world, "direct", traffic=steady(0.1), to=queue, arrivals="regular")
    Senders(world, "shop", traffic=steady(0.1), to=topic, arrivals="regular")
    world.run(20)
    found = sorted(bodies(world, queue))
    assert [word for word in ("again", "by hand", "news") if word in found] == ["again", "by hand", "news"]
    assert found.count("a print") == len(topic.table.published) == 2
    assert sum(word.startswith("/ ") for word in found) == len(found) - 5 == 2


def test_a_filter_looks_at_the_class_of_a_stream(world):
    topic, kinds = Topic(world, "orders", messages={"/": {"message": '{"size": 3}'}}), {}
    for name, policy in (("all", None), ("none", {"size": [{"numeric": [">", 3]}]}), ("big", {"size": [3]})):
        made = topic.subscribe(
            "sqs", Queue(world, name), filter_policy=policy, filter_policy_scope="MessageBody"
        )
        kinds[name] = made
    Senders(world, "shop", traffic=steady(1), to=topic)
    world.run(50)
    there = len(topic.table.published)
    assert where(kinds["all"]) == where(kinds["big"]) == {"delivered": there}
    assert where(kinds["none"]) == {"filtered": there} and there > 20


def test_whoever_waits_at_a_queue_hears_of_a_publish(world):
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    made = topic.subscribe("sqs", queue, raw_message_delivery=True)
    later(
        world, [(1, made.endpoint.fail), (2, lambda: topic.publish("order 1")), (3.5, made.endpoint.restore)]
    )
    assert [one.body for one in world.do(queue.receive_message(wait_time_seconds=20))] == ["order 1"]
    assert world.now == 4


def test_who_is_subscribed_already_stays_so(world):
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    made = topic.subscribe("sqs", queue)
    assert topic.subscribe("sqs", queue) is made and len(topic.subscriptions) == 1
    with pytest.raises(InvalidParameter, match="is subscribed already, with other attributes"):
        topic.subscribe("sqs", queue, raw_message_delivery=True)
    topic.unsubscribe(made)
    assert topic.subscribe("sqs", queue) is not made


def test_the_ways_of_copies(world):
    topic, queue = Topic(world, "orders"), Queue(world, "pack")
    dead = Queue(world, "dead")
    topic.publish("nobody")
    made = topic.subscribe("sqs", queue)
    shop = web(world, topic, dead_letter_target=dead)
    shop.endpoint.delete()
    later(world, [(5, lambda: topic.publish("order 1"))])
    world.run(10)
    moves = [(one.time, one.message, one.target) for one in ways(world.record)]
    assert moves == [
        (0, 1, topic.part),
        (0, 1, None),
        (5, 2, topic.part),
        (5, 2, queue.part),
        (5, 2, dead.part),
    ]
    assert made.copies.subscriber == queue.part


def test_parts_of_another_world_and_what_is_no_endpoint_are_refused(world):
    topic, other = Topic(world, "orders"), World(2)
    for protocol, endpoint, words in (
        ("sqs", Queue(other, "theirs"), "of another world"),
        ("sms", Endpoint(other, "phone"), "of another world"),
        ("sqs", Endpoint(world, "phone"), "must be a queue"),
        ("sms", Queue(world, "pack"), "must be an Endpoint"),
        ("fax", Endpoint(world, "fax"), "must be one of http"),
    ):
        with pytest.raises(InvalidParameter, match=words):
            topic.subscribe(protocol, endpoint)
    assert topic.subscriptions == []
