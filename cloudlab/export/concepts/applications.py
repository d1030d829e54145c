"""A component, or an application in one piece: so many machines of the same kind, kept at that number (CF-1, CF-2).

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft, attribute, ref


def component(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A group that neither grows nor shrinks, and replaces what dies."""
    made_of, count = draft.name(part, "launch template"), str(wired["instances"])
    draft.only_here("work, slots and latency: they are measured there")
    draft.only_here("who calls whom, time limits, retries and breakers: they stand in your code")
    data = {"ImageId": draft.image(), "InstanceType": "t3.micro"}
    draft.add(made_of, "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": data})
    latest = {"LaunchTemplateId": ref(made_of), "Version": attribute(made_of, "LatestVersionNumber")}
    sizes = {"MinSize": count, "MaxSize": count, "DesiredCapacity": count}
    more = {"LaunchTemplate": latest, "VPCZoneIdentifier": draft.subnets()}
    draft.add(draft.name(part), "AWS::AutoScaling::AutoScalingGroup", sizes | more)


MAKERS = {"component": component}
