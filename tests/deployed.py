"""Deploys templates to moto's server, in an environment of its own, and prints what stands there.

    python deployed.py TEMPLATE…        with a Python that has moto and boto3; prints a list, an entry for each template

Nothing leaves this machine: the server runs in this process, and the keys are words.
"""

import json
import os
import sys
import urllib.request
from functools import cache
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}

EXAMPLE = "arn:aws:lambda:us-east-1:123456789012:function"


def main(paths: list[str]) -> None:
    """Deploy each template into a cloud that is empty, and tell what is there."""
    os.environ.update(KEYS)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = []
    for path in paths:
        services = Services(f"http://{host}:{port}")
        services.deploy(json.loads(Path(path).read_text(encoding="utf-8")))
        made.append(services.found())
    server.stop()
    print(json.dumps(made))


@cache
def client(name: str, address: str):
    """A client, which reads its service's long description once."""
    return boto3.client(name, endpoint_url=address)


class Services:
    """Clients of one server, whose cloud is emptied first."""

    def __init__(self, address: str):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        direct.open(urllib.request.Request(f"{address}/moto-api/reset", method="POST")).close()
        self.address = address

    def __getattr__(self, name: str):
        return client(name, self.address)

    def deploy(self, template: dict) -> None:
        """Deploy a template into the network that is there."""
        network = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        subnets = [one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]][:2]
        answers = {"Network": network, "Subnets": ",".join(subnets), "Image": "ami-12c6146b"}
        asked = template.get("Parameters", {})
        asked.get("Image", {})["Type"] = "String"  # the server knows no newest image
        given = [
            {"ParameterKey": name, "ParameterValue": answers.get(name, f"{EXAMPLE}:{name}")}
            for name, parameter in asked.items()
            if name in answers or "Default" not in parameter
        ]
        self.lay_code(template)
        self.cloudformation.create_stack(StackName="lab", TemplateBody=json.dumps(template), Parameters=given)

    def lay_code(self, template: dict) -> None:
        """An empty zip for each function whose code lies in a bucket."""
        empty = b"PK\x05\x06" + bytes(18)
        codes = [one["Properties"].get("Code") or {} for one in template["Resources"].values()]
        for key in [code["S3Key"] for code in codes if "S3Key" in code]:
            self.s3.create_bucket(Bucket="code")
            self.s3.put_object(Bucket="code", Key=key, Body=empty)

    def found(self) -> dict:
        """What stands there, of the kinds that the server makes from a template."""
        groups = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        topics = [one["TopicArn"].rsplit(":", 1)[1] for one in self.sns.list_topics()["Topics"]]
        return {
            "groups": [[one["MinSize"], one["DesiredCapacity"], one["MaxSize"]] for one in groups],
            "balancers": self.balancers(),
            "targets": self.targets(),
            "topics": sorted(topics),
            "queues": self.queues(),
            "services": self.services(),
            "functions": {
                one["FunctionName"]: [one["MemorySize"], one["Timeout"], one["Runtime"], one["Handler"]]
                for one in self.__getattr__("lambda").list_functions()["Functions"]
            },
            "mappings": [
                [
                    one["FunctionArn"].rsplit(":", 1)[1],
                    one["EventSourceArn"].rsplit(":", 1)[1],
                    one["BatchSize"],
                ]
                for one in self.__getattr__("lambda").list_event_source_mappings()["EventSourceMappings"]
            ],
        }

    def balancers(self) -> list[list]:
        """Kind and number of listeners of each balancer."""
        found = []
        for one in self.elbv2.describe_load_balancers()["LoadBalancers"]:
            listeners = self.elbv2.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])["Listeners"]
            found.append([one["Type"], len(listeners)])
        return found

    def targets(self) -> list[list]:
        """Kind, check interval, timeout or threshold, and number of machines of each group of targets."""
        found = []
        for one in self.elbv2.describe_target_groups()["TargetGroups"]:
            health = self.elbv2.describe_target_health(TargetGroupArn=one["TargetGroupArn"])
            found.append(
                [
                    one["TargetType"],
                    one["HealthCheckIntervalSeconds"],
                    one["HealthyThresholdCount"],
                    one["UnhealthyThresholdCount"],
                    len(health["TargetHealthDescriptions"]),
                ]
            )
        return found

    def services(self) -> dict:
        """Wanted tasks and containers of each service, by its name."""
        found = {}
        for cluster in self.ecs.list_clusters()["clusterArns"]:
            names = self.ecs.list_services(cluster=cluster)["serviceArns"]
            for one in (
                self.ecs.describe_services(cluster=cluster, services=names)["services"] if names else []
            ):
                task = self.ecs.describe_task_definition(taskDefinition=one["taskDefinition"])[
                    "taskDefinition"
                ]
                containers = [each["name"] for each in task["containerDefinitions"]]
                found[one["serviceName"]] = [one["desiredCount"], containers]
        return found

    def queues(self) -> dict:
        """Visibility timeout, delay, and dead letters of each queue, by its name."""
        found = {}
        for url in self.sqs.list_queues().get("QueueUrls", []):
            attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            letters = json.loads(attributes.get("RedrivePolicy", "{}"))
            found[url.rsplit("/", 1)[1]] = [
                int(attributes["VisibilityTimeout"]),
                int(attributes["DelaySeconds"]),
                letters.get("deadLetterTargetArn", "").rsplit(":", 1)[-1],
                int(letters.get("maxReceiveCount", 0)),
            ]
        return found


if __name__ == "__main__":
    main(sys.argv[1:])
