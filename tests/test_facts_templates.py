"""What a template says of each kind of resource, word for word, as the provider names it (CF-1 to CF-15).

Plain functions, so that `test_facts_change` can run them on a changed copy. `test_export` has cfn-lint and moto judge
the same templates.
"""

from functools import partial

from wirings import PRINTS, fleet, functions, messages, shop, tasks

from cloudlab.applications import Microservices
from cloudlab.export import template


def resources(build, kind: str) -> dict[str, dict]:
    """{name: properties} of the resources of a kind, such as `SQS::Queue`, in the template of a world."""
    found = template(build().record).body["Resources"]
    return {name: one["Properties"] for name, one in found.items() if one["Type"] == f"AWS::{kind}"}


def get(name: str, of: str = "Arn") -> dict:
    return {"Fn::GetAtt": [name, of]}


def test_a_group():
    """CF-1: its sizes are texts; it is in the balancer's targets, and in the networks."""
    (web,) = resources(fleet, "AutoScaling::AutoScalingGroup").values()
    assert web == {
        "MinSize": "1",
        "MaxSize": "5",
        "DesiredCapacity": "2",
        "LaunchTemplate": {
            "LaunchTemplateId": {"Ref": "WebLaunchTemplate"},
            "Version": get("WebLaunchTemplate", "LatestVersionNumber"),
        },
        "VPCZoneIdentifier": {"Ref": "Subnets"},
        "HealthCheckType": "ELB",
        "HealthCheckGracePeriod": 60,
        "Cooldown": "300",
        "NewInstancesProtectedFromScaleIn": False,
        "TargetGroupARNs": [{"Ref": "FrontTargets"}],
    }


def test_a_component_is_a_group_of_one_size():
    """CF-1: it neither grows nor shrinks."""
    groups = resources(partial(shop, Microservices), "AutoScaling::AutoScalingGroup")
    sizes = [{one[size] for size in ("MinSize", "MaxSize", "DesiredCapacity")} for one in groups.values()]
    assert sizes == [{"1"}, {"2"}]


def test_a_launch_template():
    """CF-2: what a machine is made of stands in one property."""
    assert resources(fleet, "EC2::LaunchTemplate") == {
        "WebLaunchTemplate": {
            "LaunchTemplateData": {"ImageId": {"Ref": "Image"}, "InstanceType": "c7g.large"}
        }
    }


def test_a_balancer():
    """CF-3: its networks, its type, and its attributes as texts."""
    assert resources(fleet, "ElasticLoadBalancingV2::LoadBalancer") == {
        "Front": {
            "Type": "application",
            "Subnets": {"Ref": "Subnets"},
            "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "120"}],
        }
    }


def test_a_listener():
    """CF-4: the balancer that it belongs to, and where it sends what comes."""
    assert resources(fleet, "ElasticLoadBalancingV2::Listener") == {
        "FrontListener": {
            "Port": 80,
            "Protocol": "HTTP",
            "LoadBalancerArn": {"Ref": "Front"},
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "FrontTargets"}}],
        }
    }


def test_a_target_group():
    """CF-5: its network, what its targets are, its checks, and its attributes as texts."""
    assert resources(fleet, "ElasticLoadBalancingV2::TargetGroup") == {
        "FrontTargets": {
            "Port": 80,
            "Protocol": "HTTP",
            "VpcId": {"Ref": "Network"},
            "TargetType": "instance",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2,
            "TargetGroupAttributes": [
                {"Key": "load_balancing.algorithm.type", "Value": "round_robin"},
                {"Key": "deregistration_delay.timeout_seconds", "Value": "300"},
            ],
        }
    }


def test_policies():
    """CF-6: three types, each with the group that it scales and what belongs to its type only."""
    found = resources(fleet, "AutoScaling::ScalingPolicy")
    assert {one["AutoScalingGroupName"]["Ref"] for one in found.values()} == {"Web"}
    step, simple = found["WebTheStepPolicy"], found["WebTheSimplePolicy"]
    assert (step["PolicyType"], step["AdjustmentType"]) == ("StepScaling", "ChangeInCapacity")
    assert step["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
    ]
    assert (simple["PolicyType"], simple["ScalingAdjustment"], simple["Cooldown"]) == (
        "SimpleScaling",
        -1,
        "60",
    )
    requests, backlog = found["WebRequests"], found["WebBacklog"]
    assert requests["PolicyType"] == "TargetTrackingScaling" and backlog["EstimatedInstanceWarmup"] == 90
    assert requests["TargetTrackingConfiguration"] == {
        "TargetValue": 100,
        "DisableScaleIn": False,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": {
                "Fn::Join": [
                    "/",
                    [get("Front", "LoadBalancerFullName"), get("FrontTargets", "TargetGroupFullName")],
                ]
            },
        },
    }


def test_a_scheduled_action():
    """CF-7: of the sizes those only that it sets."""
    assert resources(fleet, "AutoScaling::ScheduledAction") == {
        "WebTheSchedule": {
            "AutoScalingGroupName": {"Ref": "Web"},
            "Recurrence": "50 8 * * 1-5",
            "TimeZone": "Europe/Berlin",
            "MinSize": 3,
        }
    }


def test_alarms():
    """CF-8: which series, against what, how often, and whom it calls."""
    found = resources(fleet, "CloudWatch::Alarm")
    assert found["Busy"] == {
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "AutoScalingGroupName", "Value": {"Ref": "Web"}}],
        "Statistic": "Average",
        "Threshold": 60,
        "ComparisonOperator": "GreaterThanThreshold",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "TreatMissingData": "missing",
        "AlarmActions": [{"Ref": "WebTheStepPolicy"}],
    }
    assert found["Idle"]["ComparisonOperator"] == "LessThanThreshold"
    assert (found["Idle"]["Namespace"], found["Idle"]["Statistic"]) == ("AWS/ApplicationELB", "Sum")
    assert "AlarmActions" not in found["Told"]


def test_topics():
    """CF-9: a name, and what only a FIFO topic has."""
    assert resources(messages, "SNS::Topic") == {
        "Orders": {"TopicName": "orders"},
        "OFifo": {"TopicName": "o.fifo", "FifoTopic": True, "ContentBasedDeduplication": True},
    }


def test_subscriptions():
    """CF-10: topic, protocol and endpoint, the filter and its scope, raw delivery, and where dead letters go."""
    found = resources(messages, "SNS::Subscription")
    assert found["OrdersToPrints0"] == {
        "TopicArn": {"Ref": "Orders"},
        "Protocol": "sqs",
        "Endpoint": get("Prints"),
        "FilterPolicy": PRINTS,
        "FilterPolicyScope": "MessageAttributes",
        "RawMessageDelivery": True,
    }
    assert found["OrdersToLost1"]["FilterPolicyScope"] == "MessageBody"
    parcels = found["OrdersToParcelService2"]
    assert (parcels["Protocol"], parcels["RedrivePolicy"]) == ("https", {"deadLetterTargetArn": get("Lost")})
    assert "RawMessageDelivery" not in parcels and "FilterPolicyScope" not in parcels


def test_queues():
    """CF-11: whole seconds, and dead letters as the queue's own policy."""
    found = resources(messages, "SQS::Queue")
    assert found["Prints"] == {
        "QueueName": "prints",
        "VisibilityTimeout": 91,
        "DelaySeconds": 5,
        "MessageRetentionPeriod": 345_600,
        "ReceiveMessageWaitTimeSeconds": 0,
        "MaximumMessageSize": 1_048_576,
        "RedrivePolicy": {"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 3},
    }
    assert found["QFifo"]["FifoQueue"] is True and found["QFifo"]["ContentBasedDeduplication"] is True
    assert "RedrivePolicy" not in found["Dead"] and "FifoQueue" not in found["Dead"]


def test_who_may_send_to_a_queue():
    """CF-12: the service, if the source is the topic."""
    assert resources(messages, "SQS::QueuePolicy")["LostPolicy"] == {
        "Queues": [{"Ref": "Lost"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": get("Lost"),
                    "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "Orders"}}},
                }
            ],
        },
    }


def one(name: str) -> dict:
    """The properties of a resource of the world of functions."""
    return template(functions().record).body["Resources"][name]["Properties"]


def test_a_function_keeps_its_settings_and_its_code():
    """CF-13: with the two words that only the laboratory knows."""
    resize = one("Resize")
    assert (resize["MemorySize"], resize["Timeout"], resize["Runtime"]) == (512, 10, "python3.13")
    assert resize["ReservedConcurrentExecutions"] == 20
    assert resize["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    space = {}
    exec(resize["Code"]["ZipFile"], space)
    assert resize["Handler"] == "index.handler" and space["handler"]({"a": 1}, None) == {"a": 1}
    two = one("Two")
    assert two["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": "two.zip"}
    assert (two["Handler"], two["Architectures"]) == ("app.handler", ["arm64"])
    assert one("Bare")["EphemeralStorage"] == {"Size": 1024}
    version = one("ResizeVersion")
    assert version["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 3}
    assert any(words.startswith("compute and wait") for words in template(functions().record).laboratory)


def test_a_mapping_keeps_its_batches_and_its_function_may_poll():
    """CF-14."""
    mapping = one("ResizeFromOrders")
    assert mapping == {
        "FunctionName": {"Ref": "Resize"},
        "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]},
        "BatchSize": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 7},
    }
    role = one("ResizeRole")
    assert len(role["ManagedPolicyArns"]) == 2
    assert len(one("TwoRole")["ManagedPolicyArns"]) == 1
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert [one["Fn::GetAtt"][0] for one in statement["Resource"]] == ["Dead", "Good", "Failed"]


def test_a_topic_may_call_its_function():
    """CF-15."""
    assert one("ResizeCalledByPhotos") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "Resize"},
        "Principal": "sns.amazonaws.com",
        "SourceArn": {"Ref": "Photos"},
    }
    assert one("PhotosToResize0")["Endpoint"] == {"Fn::GetAtt": ["Resize", "Arn"]}


def test_a_task_definition():
    """CF-16: what a container is, in the provider's words; CPU and memory of the task where it has no host."""
    found = resources(tasks, "ECS::TaskDefinition")
    web, packers = found["WebTask"], found["PackersTask"]
    assert (web["Family"], web["NetworkMode"], web["RequiresCompatibilities"]) == ("shop", "awsvpc", ["EC2"])
    assert "Cpu" not in web
    assert web["ExecutionRoleArn"] == get("WebExecutionRole")
    page, log = web["ContainerDefinitions"]
    assert (page["Name"], page["Image"], page["Cpu"], page["Memory"]) == ("page", "shop:1", 512, 1024)
    assert page["PortMappings"] == [{"ContainerPort": 80}]
    times = {"Interval": 10, "Timeout": 4, "Retries": 2, "StartPeriod": 20}
    assert {name: page["HealthCheck"][name] for name in times} == times
    assert (log["MemoryReservation"], log["Essential"], log["StopTimeout"]) == (256, False, 60)
    assert (packers["Cpu"], packers["Memory"]) == ("256", "512")
    assert packers["RequiresCompatibilities"] == ["FARGATE"]


def test_a_service():
    """CF-17: how many tasks, where, behind what; during a deployment; a daemon has no number."""
    found = resources(tasks, "ECS::Service")
    web, agent, packers = (found[name] for name in ("Web", "Agent", "Packers"))
    assert (web["Cluster"], web["TaskDefinition"]) == ({"Ref": "Hosts"}, {"Ref": "WebTask"})
    assert (web["DesiredCount"], web["LaunchType"], web["HealthCheckGracePeriodSeconds"]) == (2, "EC2", 30)
    assert web["LoadBalancers"] == [
        {"ContainerName": "page", "ContainerPort": 80, "TargetGroupArn": {"Ref": "FrontTargets"}}
    ]
    assert web["PlacementStrategies"] == [{"Type": "spread", "Field": "instanceId"}, {"Type": "random"}]
    assert web["PlacementConstraints"] == [{"Type": "distinctInstance"}]
    assert web["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 50,
        "MaximumPercent": 150,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }
    assert web["NetworkConfiguration"] == {"AwsvpcConfiguration": {"Subnets": {"Ref": "Subnets"}}}
    assert (agent["SchedulingStrategy"], "DesiredCount" in agent) == ("DAEMON", False)
    assert (packers["LaunchType"], "PlacementStrategies" in packers) == ("FARGATE", False)
    (targets,) = resources(tasks, "ElasticLoadBalancingV2::TargetGroup").values()
    assert targets["TargetType"] == "ip"
