"""The template that a record makes: read by cfn-lint, deployed on moto's server, and true to the wiring."""

import ast
import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from own_environment import moto_python
from places import ROOT, TESTS
from wirings import PRINTS, fleet, functions, machines, messages, shop, tasks

from cloudlab.alarms import Alarm
from cloudlab.applications import Arrow, Component, Design, Microservices, Monolith
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    ScalingPolicies,
    StepScaling,
    TargetTracking,
)
from cloudlab.export import template
from cloudlab.export.template import makers
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.labs import (
    autoscaling_limits,
    autoscaling_policies,
    load_balancing,
    monolith_and_microservices,
    sns,
    sqs,
    start_here,
)
from cloudlab.sns import Endpoint, Topic
from cloudlab.sqs import Queue
from cloudlab.sqs.consumer import Consumer

WORLDS = {
    "functions": functions,
    "messages": messages,
    "fleet": fleet,
    "machines": machines,
    "tasks": tasks,
    "services": lambda: shop(Microservices),
    "monolith": lambda: shop(Monolith),
}
LABS = {
    "01": autoscaling_limits.scenario,
    "02": autoscaling_policies.scenario,
    "03": load_balancing.scenario,
    "03-health": load_balancing.health,
    "04": monolith_and_microservices.scenario,
    "05": sns.scenario,
    "06": sqs.scenario,
    "06-rebuilt": sqs.rebuilt,
}


@pytest.fixture(scope="module")
def made() -> dict:
    """{name: template} of the worlds above and of the scenarios of the lessons."""
    records = {name: build().record for name, build in WORLDS.items()}
    records |= {name: scenario() for name, scenario in LABS.items()}
    return {name: template(record) for name, record in records.items()}


def properties(made, world: str, name: str) -> dict:
    """What a resource of a template is set to."""
    return made[world].body["Resources"][name]["Properties"]


def lint(folder: Path, bodies: dict[str, dict]) -> subprocess.CompletedProcess:
    """What cfn-lint says of templates."""
    for name, body in bodies.items():
        (folder / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "from cfnlint.runner import main; main()",
        *(str(folder / f"{name}.json") for name in bodies),
    ]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder)


def test_cfn_lint_finds_no_fault_in_any_template_and_would_find_one(made, tmp_path):
    """CF-1, CF-2, CF-3, CF-4, CF-5, CF-6, CF-7, CF-8, CF-9, CF-10, CF-11, CF-12, CF-13, CF-14, CF-15."""
    found = lint(tmp_path, {name: one.body for name, one in made.items()})
    assert found.returncode == 0, found.stdout + found.stderr
    spoiled = copy.deepcopy(made["fleet"].body)
    del spoiled["Resources"]["Web"]["Properties"]["MaxSize"]
    found = lint(tmp_path, {"spoiled": spoiled})
    assert found.returncode and "'MaxSize' is a required property" in found.stdout


def test_what_is_deployed_is_what_was_wired(made, tmp_path):
    """CF-1, CF-3, CF-5, CF-9, CF-11: on moto's server, for the kinds of resources that it knows."""
    paths = [tmp_path / f"{name}.json" for name in made]
    for path, one in zip(paths, made.values(), strict=True):
        path.write_text(one.json(), encoding="utf-8")
    told = subprocess.run(
        [str(moto_python()), str(TESTS / "deployed.py"), *map(str, paths)],
        capture_output=True, text=True, encoding="utf-8", cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    there = dict(zip(made, json.loads(told.stdout.splitlines()[-1]), strict=True))
    assert there["01"]["groups"] == [[2, 6, 9]] and there["02"]["groups"] == [[1, 4, 60]]
    assert there["fleet"]["groups"] == [[1, 2, 5]] and there["fleet"]["targets"] == [
        ["instance", 10, 5, 2, 2]
    ]
    assert there["03"]["targets"][0][:4] == ["instance", 300, 5, 10]
    assert there["fleet"]["balancers"] == [["application", 1]]
    assert there["messages"]["topics"] == ["o.fifo", "orders"]
    assert there["messages"]["queues"] == {
        "dead": [30, 0, "", 0],
        "lost": [30, 0, "", 0],
        "prints": [91, 5, "dead", 3],
        "q.fifo": [30, 0, "", 0],
    }
    assert there["functions"]["functions"] == {
        "resize": [512, 10, "python3.13", "index.handler"],
        "two": [128, 3, "python3.13", "app.handler"],
        "bare": [128, 3, "java21", "app.handler"],
    }
    assert there["functions"]["mappings"] == [["resize", "orders", 5]]
    services = there["tasks"]["services"]
    assert (services["web"], services["packers"]) == ([2, ["page", "log"]], [2, ["pack"]])


def test_a_group_keeps_its_sizes_checks_and_template(made):
    """CF-1, CF-2: and what a start takes is named as the laboratory's."""
    web = properties(made, "fleet", "Web")
    assert (web["MinSize"], web["DesiredCapacity"], web["MaxSize"]) == ("1", "2", "5")
    assert (web["HealthCheckType"], web["HealthCheckGracePeriod"]) == ("ELB", 60)
    assert web["TargetGroupARNs"] == [{"Ref": "FrontTargets"}]
    data = properties(made, "fleet", "WebLaunchTemplate")["LaunchTemplateData"]
    assert data == {"ImageId": {"Ref": "Image"}, "InstanceType": "c7g.large"}
    assert any(words.startswith("launch_time and boot_time") for words in made["fleet"].laboratory)


def test_a_balancer_keeps_its_method_and_checks(made):
    """CF-3, CF-4, CF-5."""
    targets = properties(made, "fleet", "FrontTargets")
    assert (targets["HealthCheckIntervalSeconds"], targets["HealthCheckTimeoutSeconds"]) == (10, 5)
    assert {"Key": "load_balancing.algorithm.type", "Value": "round_robin"} in targets[
        "TargetGroupAttributes"
    ]
    assert properties(made, "fleet", "Front")["LoadBalancerAttributes"] == [
        {"Key": "idle_timeout.timeout_seconds", "Value": "120"}
    ]
    listener = properties(made, "fleet", "FrontListener")
    assert listener["DefaultActions"] == [{"Type": "forward", "TargetGroupArn": {"Ref": "FrontTargets"}}]


def test_one_line_is_named_as_the_laboratorys_and_no_name_is_given_twice(made):
    """Two machines whose names differ in capitals and spaces only."""
    assert "one_line" in " ".join(made["machines"].laboratory)
    machines = properties(made, "machines", "ShopTargets")["Targets"]
    assert [one["Id"]["Ref"] for one in machines] == ["ServerA", "ServerAX"]


def test_each_service_is_a_group_of_its_own_and_a_monolith_is_one(made):
    sizes = {
        world: {
            name: one["Properties"]["MinSize"]
            for name, one in made[world].body["Resources"].items()
            if one["Type"].endswith("Group")
        }
        for world in ("services", "monolith")
    }
    assert sizes == {"services": {"Cart": "1", "Payment": "2"}, "monolith": {"Shop": "1"}}


def test_policies_keep_their_numbers(made):
    """CF-6, CF-7."""
    steps = properties(made, "fleet", "WebTheStepPolicy")["StepAdjustments"]
    assert steps == [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
    ]
    requests = properties(made, "fleet", "WebRequests")["TargetTrackingConfiguration"]
    assert requests["TargetValue"] == 100
    assert requests["PredefinedMetricSpecification"]["PredefinedMetricType"] == "ALBRequestCountPerTarget"
    assert properties(made, "fleet", "WebBacklog")["EstimatedInstanceWarmup"] == 90
    simple = properties(made, "fleet", "WebTheSimplePolicy")
    assert (simple["ScalingAdjustment"], simple["Cooldown"]) == (-1, "60")
    action = properties(made, "fleet", "WebTheSchedule")
    assert (action["Recurrence"], action["TimeZone"]) == ("50 8 * * 1-5", "Europe/Berlin")
    assert action["MinSize"] == 3 and "MaxSize" not in action


def test_an_alarm_calls_its_policy_and_those_of_target_tracking_are_left_to_it(made):
    """CF-8."""
    busy = properties(made, "fleet", "Busy")
    assert (busy["EvaluationPeriods"], busy["DatapointsToAlarm"], busy["Threshold"]) == (3, 2, 60)
    assert busy["AlarmActions"] == [{"Ref": "WebTheStepPolicy"}]
    alarms = [name for name, one in made["fleet"].body["Resources"].items() if one["Type"].endswith("Alarm")]
    assert alarms == ["Busy", "Idle", "Told"]
    assert "AlarmActions" not in properties(made, "fleet", "Told")
    assert any("functions of your own" in words for words in made["fleet"].laboratory)


def test_two_policies_of_one_name_are_two_and_each_alarm_calls_its_own(tmp_path):
    """In each of two groups, with the names that policies have by themselves; and a metric that is a function."""
    world = World(1)
    for name in ("web", "api"):
        group = AutoScalingGroup(world, name, min_size=1, max_size=5)
        policies = ScalingPolicies(world, group)
        for side, step in (("out", (0, None, 1)), ("in", (None, 0, -1))):
            policy = StepScaling(policies, step_adjustments=[step])
            Alarm(
                world,
                f"{name} {side}",
                metric=CPUUtilization(group),
                threshold=60,
                actions=[policy.execute_policy],
            )

    def metric() -> float:
        return 5.0

    metric.__name__ = "CPUUtilization"
    TargetTracking(policies, target_value=50, metric=metric)
    body = template(world.record).body
    calls = {
        name: one["Properties"]["AlarmActions"][0]["Ref"]
        for name, one in body["Resources"].items()
        if one["Type"].endswith("Alarm")
    }
    assert calls == {
        "WebOut": "WebTheStepPolicy",
        "WebIn": "WebTheStepPolicy2",
        "ApiOut": "ApiTheStepPolicy",
        "ApiIn": "ApiTheStepPolicy2",
    }
    kinds = [one["Type"].rsplit("::", 1)[1] for one in body["Resources"].values()]
    assert kinds.count("ScalingPolicy") == 5
    tracking = body["Resources"]["ApiTargetTracking"]["Properties"]["TargetTrackingConfiguration"]
    assert tracking["CustomizedMetricSpecification"]["Namespace"] == "cloudlab"
    assert lint(tmp_path, {"two": body}).returncode == 0


def test_a_subscription_keeps_its_filter_and_its_queue_lets_the_topic_in(made):
    """CF-9, CF-10, CF-12."""
    prints = properties(made, "messages", "OrdersToPrints0")
    assert prints["FilterPolicy"] == PRINTS and prints["FilterPolicyScope"] == "MessageAttributes"
    assert prints["RawMessageDelivery"] is True
    parcels = properties(made, "messages", "OrdersToParcelService2")
    assert parcels["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["Lost", "Arn"]}}
    assert parcels["DeliveryPolicy"]["healthyRetryPolicy"]["numRetries"] == 10
    statements = properties(made, "messages", "LostPolicy")["PolicyDocument"]["Statement"]
    assert len(statements) == 1, "a queue that a topic reaches in two ways lets it in once"
    assert (statements[0]["Action"], statements[0]["Effect"]) == ("sqs:SendMessage", "Allow")
    assert statements[0]["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Orders"}}}


def test_a_queue_keeps_its_times_and_its_dead_letters(made):
    """CF-11: whole seconds there."""
    prints = properties(made, "messages", "Prints")
    assert prints["VisibilityTimeout"] == 91
    assert prints["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
        "maxReceiveCount": 3,
    }
    fifo = properties(made, "messages", "QFifo")
    assert fifo["FifoQueue"] is True and fifo["ContentBasedDeduplication"] is True


def test_what_is_set_later_is_what_is_written():
    world = World(1)
    topic, queue = Topic(world, "orders"), Queue(world, "prints")
    subscription = topic.subscribe("sqs", queue)
    queue.set_queue_attributes(visibility_timeout=120)
    topic.set_subscription_attributes(subscription, filter_policy=PRINTS)
    resources = template(world.record).body["Resources"]
    assert resources["Prints"]["Properties"]["VisibilityTimeout"] == 120
    assert resources["OrdersToPrints0"]["Properties"]["FilterPolicy"] == PRINTS


def test_a_template_names_its_resources_and_what_is_left_out_and_folds_the_rest(made):
    said = repr(made["01"])
    assert said.startswith(
        "A CloudFormation template with these resources:\n- WebLaunchTemplate: EC2::LaunchTemplate\n"
    )
    assert "\nOnly in the laboratory:\n- launch_time and boot_time" in said
    assert json.loads(made["01"].json()) == made["01"].body
    page = made["01"]._repr_html_()
    assert "<details>" in page and "&quot;AWSTemplateFormatVersion&quot;: &quot;2010-09-09&quot;" in page


def test_workers_are_named_as_what_the_template_leaves_to_a_program(made):
    """Also a consumer that runs a program of a learner's own; once, however many there are."""
    words = "workers: there they are your program, on machines or as functions that you choose"

    def program(queue):
        yield queue.receive_message()

    world = World(1)
    Consumer(world, "clerk", queue=Queue(world, "orders"), program=program)
    found = [made["06"], made["06-rebuilt"], template(world.record)]
    assert [one.laboratory.count(words) for one in found] == [1, 1, 1]
    assert words not in made["messages"].laboratory, "nobody works there"


def test_a_run_without_a_thing_of_the_cloud_is_refused_in_one_sentence():
    with pytest.raises(InvalidParameter, match="^record holds nothing that a real cloud has"):
        template(start_here.scenario())
    with pytest.raises(InvalidParameter, match="^record is 5, but must be the record of a run.$"):
        template(5)
    assert isinstance(start_here.scenario(), Record)


def test_whatever_is_wired_has_somebody_who_writes_it():
    """A concept that wires a new kind brings a file in `export/concepts`."""
    kinds = set()
    for path in (ROOT / "cloudlab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "wire":
                kinds |= {kind.value for kind in node.args[1:2] if isinstance(kind, ast.Constant)}
    assert kinds and kinds == set(makers())


def test_no_two_things_of_a_template_share_a_name_however_odd_the_parts_names_are():
    """Resources and parameters share one space of names, in which a name has at most 255 letters and digits."""
    world = World(1)
    topic = Topic(world, "a" * 256)
    for number in range(12):
        topic.subscribe("sqs", Queue(world, f"queue-{number}"))
    topic.subscribe("https", Endpoint(world, "b" * 300))
    topic.subscribe("firehose", Endpoint(world, "FirehoseRole"))
    for name in ("a-b", "aB", "a_b", "AB", "12", "Image", "FirehoseRole2"):
        Queue(world, name)
    parts = [Component("Subnets"), Component("Größe", 0.1), Component("日本", 0.1)]
    Microservices(world, "shop", design=Design(parts, [Arrow("Subnets", "Größe"), Arrow("Größe", "日本")]))
    body = template(world.record).body
    names = [*body["Resources"], *body["Parameters"]]
    assert len(names) == len(set(names)) and "Subnets" in body["Parameters"] and "Image" in body["Parameters"]
    assert all(name.isascii() and name.isalnum() and len(name) <= 255 for name in names)
    kinds = [one["Type"] for one in body["Resources"].values()]
    assert kinds.count("AWS::SNS::Subscription") == 14 and kinds.count("AWS::SQS::Queue") == 19


def test_who_listens_in_two_ways_has_two_addresses():
    world = World(1)
    topic, office = Topic(world, "orders"), Endpoint(world, "Office")
    for protocol in ("email", "https", "email"):
        topic.subscribe(protocol, office)
    parameters = template(world.record).body["Parameters"]
    defaults = {name: one["Default"] for name, one in parameters.items()}
    assert defaults == {
        "OfficeAddress": "someone@example.com",
        "OfficeHttpsAddress": "https://example.com/",
    }
