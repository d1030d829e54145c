"""Truth is accounted for: each fact is covered by a test, simplified or left out, and says so."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import facts
import facts_page
import facts_pr

TESTS = Path(__file__).parent
NUMBER = re.compile(r"\b(?:AS|CF|CT|CW|FN|LB|PR|SNS|SQS)-\d+\b")
KINDS = {"AS": 53, "CF": 17, "CT": 29, "CW": 11, "FN": 40, "LB": 28, "PR": 37, "SNS": 27, "SQS": 28}

EVERYTHING = {number: fact[-2:] for number, fact in (facts.FACTS | facts_pr.FACTS).items()}
"""(status, text) of each fact by its number."""


@cache
def citations() -> dict[str, set[str]]:
    """The numbers that each test cites in its docstring, by 'tests/file.py::name'."""
    found = {}
    for path in sorted(TESTS.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[f"tests/{path.name}::{node.name}"] = set(NUMBER.findall(ast.get_docstring(node) or ""))
    return found


def test_each_fact_is_listed_exactly_once():
    written = Counter()
    for name in ("facts.py", "facts_pr.py"):
        for node in ast.walk(ast.parse((TESTS / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
                written.update(key for key in keys if NUMBER.fullmatch(str(key)))
    wanted = [f"{kind}-{number}" for kind, last in KINDS.items() for number in range(1, last + 1)]
    assert written == Counter(wanted)


def test_each_fact_is_covered_simplified_or_left_out():
    statuses = {number: status for number, (status, _) in EVERYTHING.items()}
    kinds = ("covered", "simplified", "left out")
    assert {number: status for number, status in statuses.items() if status not in kinds} == {}


def test_each_fact_has_a_title_of_its_own():
    titles = Counter(title for title, _, _ in facts.FACTS.values())
    assert [title for title, times in titles.items() if times > 1 or not title] == []


def test_a_reason_is_one_line_and_no_longer_than_100_characters():
    reasons = [text for status, text in EVERYTHING.values() if status != "covered"]
    assert [text for text in reasons if not 10 < len(text) <= 100 or "\n" in text] == []


def test_a_covered_fact_names_tests_that_exist_and_cite_it():
    named = [(number, text.split()) for number, (status, text) in EVERYTHING.items() if status == "covered"]
    pairs = [(number, name) for number, names in named for name in names]
    assert [(number, name) for number, name in pairs if number not in citations().get(name, ())] == []
    assert all(names for _, names in named)


def test_a_fact_that_is_left_out_is_cited_by_no_test():
    left_out = {number for number, (status, _) in EVERYTHING.items() if status == "left out"}
    assert {name: cited & left_out for name, cited in citations().items() if cited & left_out} == {}


def test_each_number_that_a_test_cites_exists():
    unknown = {name: cited - EVERYTHING.keys() for name, cited in citations().items()}
    assert {name: cited for name, cited in unknown.items() if cited} == {}


# The page


def test_the_page_of_facts_is_as_made():
    made = facts_page.page()
    assert facts_page.PAGE.read_text(encoding="utf-8") == made, "run tests/facts_page.py"
    assert re.findall(r"^- \*\*(\S+)\*\*", made, re.MULTILINE) == list(EVERYTHING)


def test_each_fact_is_one_sentence_or_two_with_a_source_that_is_used():
    said = facts_page.SAID["facts"]
    assert said.keys() == EVERYTHING.keys()
    assert [number for number, (words, source) in said.items() if not words.endswith(".") or not source] == []
    assert [number for number, (words, _) in said.items() if len(words) > 200] == []
    assert set(facts_page.SAID["sources"]) <= {source for _, source in said.values()}


def test_a_module_that_cites_facts_says_where_they_are_listed():
    package = TESTS.parent / "cloudlab"
    modules = {
        path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in package.rglob("*.py")
    }
    citing = [path for path in modules if NUMBER.search(path.read_text(encoding="utf-8"))]
    assert len(citing) > 10
    assert [path.name for path in citing if "docs/facts.md lists them" not in modules[path]] == []
