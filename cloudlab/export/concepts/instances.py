"""Instances: on their own, or what a group makes them of (CF-2).

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft

TIMES = "launch_time and boot_time: how long a start takes is measured there"
SPEED = "slots and speed: what an instance can do depends on its type and your application"


def properties(draft: Draft, template: dict) -> dict:
    """What a machine is made of; the times and speeds of the laboratory are named."""
    draft.only_here(TIMES)
    draft.only_here(SPEED)
    return {"ImageId": draft.image(), "InstanceType": template["instance_type"]}


def instance(draft: Draft, part: int, _name: str, template: dict) -> None:
    """A machine of its own."""
    subnet = {"SubnetId": {"Fn::Select": [0, draft.subnets()]}}
    draft.add(draft.name(part), "AWS::EC2::Instance", properties(draft, template) | subnet)


MAKERS = {"instance": instance}
