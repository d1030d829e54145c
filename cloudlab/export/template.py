"""From a record to a template: resources, parameters, and what is of the laboratory alone.

Read `template`, then `Draft`, which the files of `concepts/` write into.

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import import_module
from importlib.resources import files

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record

MOST = 240
"""Characters that are kept of a long name: a resource may have 255, and some tell it from others."""

OWN = dict.fromkeys(("Subnets", "Network", "Image", "FirehoseRole", "CodeBucket"), (-1, ""))
"""Names of parameters, which no part's resource may take."""

Maker = Callable[["Draft", int, str, dict], None]
"""Adds what was wired to a draft: the part's index, the wire's name, its settings."""


@dataclass(frozen=True)
class Template:
    """A template (CF-1 to CF-17), and the settings of the laboratory that it leaves out, in words."""

    body: dict
    laboratory: tuple[str, ...]

    def json(self) -> str:
        """The template as CloudFormation reads it."""
        return json.dumps(self.body, indent=2, ensure_ascii=False)

    def __repr__(self) -> str:
        kinds = [
            f"- {name}: {one['Type'].removeprefix('AWS::')}" for name, one in self.body["Resources"].items()
        ]
        left_out = [f"- {one}" for one in self.laboratory]
        said = ["A CloudFormation template with these resources:", *kinds]
        said += ["Only in the laboratory:", *left_out] if left_out else []
        return "\n".join([*said, "print(template(…).json()) shows all of it."])

    def _repr_html_(self) -> str:
        """The same, and the template itself, folded."""
        head, code = (escape(words) for words in (repr(self).rsplit("\n", 1)[0], self.json()))
        summary = "<summary>The template</summary>"
        return f"<pre>{head}</pre><details>{summary}<pre>{code}</pre></details>"


@dataclass
class Draft:
    """A template that is being written. Methods return what refers to a thing in the language of templates."""

    record: Record
    resources: dict[str, dict] = field(default_factory=dict)
    parameters: dict[str, dict] = field(default_factory=dict)
    laboratory: list[str] = field(default_factory=list)
    names: dict[str, tuple[int, str]] = field(default_factory=OWN.copy)

    def add(self, name: str, kind: str, properties: dict, **more) -> None:
        """Add a resource; a property that is None is left to the provider."""
        given = {key: value for key, value in properties.items() if value is not None}
        self.resources[name] = {"Type": kind, **more, "Properties": given}

    def parameter(self, name: str, kind: str, description: str, **more) -> dict:
        """What whoever deploys the template must say, such as which network it goes into."""
        self.parameters[name] = {"Type": kind, "Description": description, **more}
        return ref(name)

    def subnets(self) -> dict:
        """The networks, one in each zone."""
        return self.parameter("Subnets", "List<AWS::EC2::Subnet::Id>", "Subnets, one in each zone")

    def network(self) -> dict:
        """The network that the subnets belong to."""
        return self.parameter("Network", "AWS::EC2::VPC::Id", "The network of these subnets")

    def image(self) -> dict:
        """What a new machine starts from: the newest image of Amazon Linux, unless said otherwise."""
        default = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
        return self.parameter("Image", kind, "The image of a machine, with your application", Default=default)

    def name(self, part: int, more: str = "") -> str:
        """The name of a part's resource, or of one more of its resources: letters and digits, and no other's."""
        words = re.findall(r"[A-Za-z0-9]+", f"{self.record.parts[part].name} {more}")
        name = "".join(word[0].upper() + word[1:] for word in words)
        begin = name = (name if name[:1].isalpha() else f"Part{part}{name}")[:MOST]
        number = 0
        while self.names.setdefault(name, (part, more)) != (part, more):
            number += 1
            name = f"{begin}X{number if number > 1 else ''}"
        return name

    def wired(self, part: int, kind: str) -> dict | None:
        """How a part was set up, or None."""
        return self.record.wiring.get((part, kind, ""))

    def only_here(self, words: str) -> None:
        """Name a setting that is of the laboratory alone."""
        if words not in self.laboratory:
            self.laboratory.append(words)


def ref(name: str) -> dict:
    """What a resource is known by to others, or the value of a parameter."""
    return {"Ref": name}


def attribute(name: str, of: str) -> dict:
    """An attribute of a resource, such as its Arn."""
    return {"Fn::GetAtt": [name, of]}


@cache
def makers() -> dict[str, Maker]:
    """Who writes what was wired, by its kind: the `MAKERS` of all files in `concepts/`."""
    found: dict[str, Maker] = {}
    for path in sorted(file.name for file in files("cloudlab.export.concepts").iterdir()):
        if path.endswith(".py") and path != "__init__.py":
            found |= import_module(f"cloudlab.export.concepts.{path[:-3]}").MAKERS
    return found


def template(record: Record) -> Template:
    """The wiring of a run as a template. Raises InvalidParameter where nothing in it is a thing of a real cloud."""
    if not isinstance(record, Record):
        raise InvalidParameter(f"record is {record!r:.60}, but must be the record of a run.")
    draft = Draft(record)
    for (part, kind, name), settings in record.wiring.items():
        makers()[kind](draft, part, name, settings)
    if not draft.resources:
        raise InvalidParameter(
            "record holds nothing that a real cloud has: "
            "no group, balancer, topic, queue, function, service or registry."
        )
    head = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Made in cloudlab, from the wiring of a run",
    }
    parameters = {"Parameters": draft.parameters} if draft.parameters else {}
    return Template(head | parameters | {"Resources": draft.resources}, tuple(draft.laboratory))
