"""Clusters: many containers on many hosts. Read `service.Service` first; `placement` says where a container goes.

definition   what a task is made of; task: a running copy of it
hosts        a cluster and its hosts; capacity: a `CapacityProvider` brings hosts and gives them back
placement    which host gets the next one, by strategies; kubernetes: the same as Kubernetes does it
deployment   how many there may be while a new revision replaces an old one
"""

from cloudlab.cluster.capacity import CapacityProvider, Item, hosts_wanted, reservation, split
from cloudlab.cluster.definition import ContainerDefinition, HealthCheck, TaskDefinition
from cloudlab.cluster.deployment import Deployment, back_off, failure_threshold, room
from cloudlab.cluster.errors import ClientException, InvalidParameterException
from cloudlab.cluster.hosts import Cluster, ContainerInstance
from cloudlab.cluster.kubernetes import over_limits, schedule
from cloudlab.cluster.placement import ZONES, Need, Placed, Shortage, Space, Strategy, bound, place, strategy
from cloudlab.cluster.service import Service
from cloudlab.cluster.task import Task
from cloudlab.kernel.fargate import FargateSize, size, smallest

__all__ = [
    "ZONES",
    "CapacityProvider",
    "ClientException",
    "Cluster",
    "ContainerDefinition",
    "ContainerInstance",
    "Deployment",
    "FargateSize",
    "HealthCheck",
    "InvalidParameterException",
    "Item",
    "Need",
    "Placed",
    "Service",
    "Shortage",
    "Space",
    "Strategy",
    "Task",
    "TaskDefinition",
    "back_off",
    "bound",
    "failure_threshold",
    "hosts_wanted",
    "over_limits",
    "place",
    "reservation",
    "room",
    "schedule",
    "size",
    "smallest",
    "split",
    "strategy",
]
