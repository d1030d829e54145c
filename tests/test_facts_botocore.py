"""Names and bounds against the provider's own description of its services, as botocore ships it.

Only the data files are read: no client, no network. A name in Python is the name of the API in snake_case
(`MinSize` is min_size). An attribute that the API gives by key has underscores for its dots
(`idle_timeout.timeout_seconds` is idle_timeout_timeout_seconds). What is not in the API is listed in `OWN`.
"""

import re
from functools import cache

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from cloudlab.autoscaling import AutoScalingGroup, ScalingActivityInProgress
from cloudlab.ec2 import INSTANCE_TYPES, Instance, LaunchTemplate
from cloudlab.kernel.limits import parameters
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.load_balancer.routing import METHODS

OWN = {
    "world": "every part has one",
    "name": "every part has one",
    "by": "who changes the group, for the record's words",
    "targets": "a balancer and its target group are one part",
    "group": "what the instance belongs to",
    "launch_time": "the provider gives no figure",
    "boot_time": "depends on the application",
    "slots": "depends on the application",
    "speed": "depends on the application",
}
NO_OPTION = "one_line"
"""The method that no balancer of the provider has."""

ATTRIBUTES = ("TargetGroupAttribute", "LoadBalancerAttribute")
"""The structures whose text lists the attributes that are given by key."""


@cache
def model(service: str) -> dict:
    """The description of a service."""
    return Loader().load_service_model(service, "service-2")


def shapes(service: str) -> dict[str, dict]:
    """The structures, lists and plain types of a service by name."""
    return model(service)["shapes"]


def members(service: str, *names: str) -> dict[str, dict]:
    """The members of some structures, by their names in Python."""
    found = [item for name in names for item in shapes(service)[name]["members"].items()]
    return {xform_name(key): value for key, value in found}


@cache
def attributes() -> dict[str, str]:
    """What the service says of each attribute of a target group or a balancer, by its name in Python."""
    texts = [shapes("elbv2")[name]["members"]["Key"]["documentation"] for name in ATTRIBUTES]
    entries = re.findall(r"<li> <p> <code>([a-z0-9_.]+)</code> [-–] (.*?)</li>", " ".join(texts))
    return {key.replace(".", "_"): re.sub("<.*?>", "", text) for key, text in entries}


GROUP, GROUP_API = parameters(AutoScalingGroup.__init__), ("autoscaling", "CreateAutoScalingGroupType")
BALANCER, BALANCER_API = parameters(LoadBalancer.__init__), ("elbv2", "CreateTargetGroupInput")


@pytest.mark.parametrize(
    "function, api",
    [
        (AutoScalingGroup.__init__, GROUP_API),
        (AutoScalingGroup.update_auto_scaling_group, ("autoscaling", "UpdateAutoScalingGroupType")),
        (AutoScalingGroup.set_desired_capacity, ("autoscaling", "SetDesiredCapacityType")),
        (AutoScalingGroup.set_instance_protection, ("autoscaling", "SetInstanceProtectionQuery")),
        (AutoScalingGroup.set_instance_health, ("autoscaling", "SetInstanceHealthQuery")),
        (LoadBalancer.__init__, BALANCER_API),
        (LaunchTemplate, ("ec2", "RequestLaunchTemplateData")),
        (Instance.__init__, ("ec2", "RunInstancesRequest", "Placement")),
    ],
)
def test_each_parameter_has_the_name_of_the_api(function, api):
    known = {*members(*api), *(attributes() if api == BALANCER_API else ()), *OWN}
    assert [name for name in parameters(function) if name not in known] == []


def test_what_is_our_own_is_not_in_the_api_under_that_name():
    api = {*members(*GROUP_API), *members(*BALANCER_API), *attributes()} - {"name"}
    assert [name for name in OWN if name in api] == []


def test_the_methods_of_the_group_are_operations_of_the_service():
    operations = {xform_name(name) for name in model("autoscaling")["operations"]}
    methods = [name for name in vars(AutoScalingGroup) if name.startswith(("set_", "update_"))]
    assert len(methods) == 4 and set(methods) <= operations


def test_a_group_needs_what_the_service_needs():
    """AS-1."""
    needed = {xform_name(name) for name in shapes("autoscaling")["CreateAutoScalingGroupType"]["required"]}
    ours = {name for name, parameter in GROUP.items() if parameter.required}
    assert ours - {"world", "name"} == needed - {"auto_scaling_group_name"}


@pytest.mark.parametrize("name", sorted(BALANCER.keys() & members(*BALANCER_API).keys() - {"name"}))
def test_each_range_of_the_balancer_is_the_one_of_its_shape(name):
    """LB-9."""
    shape = shapes("elbv2")[members(*BALANCER_API)[name]["shape"]]
    limit = BALANCER[name].limit
    assert (limit.low, limit.high) == (shape["min"], shape["max"])


@pytest.mark.parametrize(
    "name, default",
    [("health_check_interval_seconds", 30), ("healthy_threshold_count", 5), ("unhealthy_threshold_count", 2)],
)
def test_each_default_of_a_check_stands_in_the_text_of_the_service(name, default):
    """LB-9: but not the timeout's, for which the balancer's guide gives another value than the API."""
    text = re.sub("<.*?>", "", members(*BALANCER_API)[name]["documentation"])
    of_http = re.search(r"HTTP(?: or |, )HTTPS, the default is (\d+)", text)
    assert BALANCER[name].default == default == int(of_http[1])


@pytest.mark.parametrize("name", ["deregistration_delay_timeout_seconds", "idle_timeout_timeout_seconds"])
def test_each_attribute_has_the_range_and_default_that_the_text_of_the_service_names(name):
    """LB-14, LB-18."""
    rule = r"range is (\d+)-(\d+) seconds\. The default(?: value)? is (\d+) seconds"
    ours, published = BALANCER[name], re.search(rule, attributes()[name]).groups()
    assert [ours.limit.low, ours.limit.high, ours.default] == [int(number) for number in published]


def test_each_method_but_the_shared_line_is_an_algorithm_of_the_service():
    """LB-4, LB-6."""
    text = attributes()["load_balancing_algorithm_type"]
    values, default = re.search(r"The value is (.*?)\. The default is (\w+)", text).groups()
    ours = [name for name in METHODS if name != NO_OPTION]
    assert sorted(ours) == sorted(re.findall("[a-z]+_[a-z_]+", values))
    assert BALANCER["load_balancing_algorithm_type"].default == default
    assert BALANCER["load_balancing_algorithm_type"].limit.choices == tuple(METHODS)


def test_the_kinds_of_health_check_and_the_words_for_health_are_those_of_the_service():
    """AS-11, AS-13."""
    kinds = members(*GROUP_API)["health_check_type"]["documentation"]
    assert GROUP["health_check_type"].default == re.search("<code>(\\w+)</code> is the default", kinds)[1]
    assert all(f"<code>{kind}</code>" in kinds for kind in GROUP["health_check_type"].limit.choices)
    words = members("autoscaling", "SetInstanceHealthQuery")["health_status"]["documentation"]
    assert "<code>Healthy</code>" in words and "<code>Unhealthy</code>" in words


@pytest.mark.parametrize("name", ["health_check_grace_period", "default_cooldown"])
def test_each_default_of_the_group_stands_in_the_text_of_the_service(name):
    """AS-14, AS-17."""
    text = members(*GROUP_API)[name]["documentation"]
    assert GROUP[name].default == int(re.search(r"Default: <code>(\d+)</code> seconds", text)[1])


def busy_world():
    """A world in which instances come and go behind a balancer."""
    world = World()
    group = AutoScalingGroup(world, "web", min_size=1, max_size=3, desired_capacity=2)
    LoadBalancer(world, "shop", targets=group)
    for time, wish in ((200, 3), (400, 1), (600, 1)):
        world.run(until=time)
        group.set_desired_capacity(wish)
    group.targets()[0].crash()
    world.run(until=900)
    return world


def test_each_state_and_metric_in_the_record_has_the_name_of_the_provider():
    """AS-9, LB-13."""
    world = busy_world()
    lifecycle, target = (
        {entry.state for entry in world.record.states if entry.aspect == aspect}
        for aspect in ("lifecycle", "target")
    )
    assert len(lifecycle) == 4 and lifecycle <= set(shapes("autoscaling")["LifecycleState"]["enum"])
    assert len(target) == 5 and target <= set(shapes("elbv2")["TargetHealthStateEnum"]["enum"])
    group = {metric for part, metric in world.record.series if part == world.record.part("web")}
    known = members("autoscaling", "EnableMetricsCollectionQuery")["metrics"]["documentation"]
    assert len(group) == 6 and [name for name in group if f"<code>{name}</code>" not in known] == []


def test_the_types_and_states_of_an_instance_are_those_of_ec2():
    assert set(INSTANCE_TYPES) <= set(shapes("ec2")["InstanceType"]["enum"])
    one = Instance(World(), "a")
    states = [one.state]
    for change in (lambda: one.world.run(until=40), one.kill):
        change()
        states.append(one.state)
    assert states == ["pending", "running", "terminated"]
    assert set(states) <= set(shapes("ec2")["InstanceStateName"]["enum"])


def test_the_error_of_the_cooldown_has_the_code_of_the_service():
    """AS-4."""
    error = shapes("autoscaling")["ScalingActivityInProgressFault"]["error"]
    assert error["code"] == ScalingActivityInProgress.__name__
