"""Makes docs/facts.md: each fact of the provider with its source, and how the course holds it.

    python tests/facts_page.py

It is made of `facts_said.toml`, `facts.py` and `facts_pr.py`; a test holds that the page is as made.
"""

import tomllib

from facts import FACTS
from facts_pr import FACTS as PRICES
from places import ROOT, TESTS

PAGE = ROOT / "docs" / "facts.md"
KINDS = {
    "AS": "Auto Scaling",
    "LB": "Elastic Load Balancing",
    "CW": "CloudWatch alarms",
    "SQS": "SQS",
    "SNS": "SNS",
    "CF": "CloudFormation",
    "FN": "Lambda",
    "CT": "Containers",
    "PR": "Prices",
}
SAID = tomllib.loads((TESTS / "facts_said.toml").read_text(encoding="utf-8"))
HEAD = """\
# The provider's facts

What the models copy from AWS, and what became of each fact here. Modules, tests and lessons cite them by number.
*Held* by a test: it fails when the model no longer keeps to the fact. *Simplified* or *left out*: for the
reason that is given. Sources are pages of the provider's documentation, unless they say otherwise; prices are those
of us-east-1 in US dollars, and those that the course computes with stand in `cloudlab/pricing/prices.toml` with
their date.
"""


def page() -> str:
    """The whole page."""
    sections = [
        f"## {title}\n\n" + "\n".join(line(number) for number in numbers(kind))
        for kind, title in KINDS.items()
    ]
    return "\n\n".join([HEAD.rstrip(), *sections]) + "\n"


def numbers(kind: str) -> list[str]:
    """The facts of one kind, in order."""
    return [number for number in FACTS | PRICES if number.startswith(f"{kind}-")]


def line(number: str) -> str:
    """One fact: what it says, its source, and how it is held."""
    said, source = SAID["facts"][number]
    status, text = (FACTS | PRICES)[number][-2:]
    return f"- **{number}** {said} *{SAID['sources'].get(source, source)}.* {held(status, text)}"


def held(status: str, text: str) -> str:
    """How the course holds a fact, as a sentence."""
    if status == "covered":
        files = sorted({f"`{name.split('::')[0]}`" for name in text.split()})
        return f"Held by {', '.join(files)}."
    return f"{status.capitalize()}: {text}."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
