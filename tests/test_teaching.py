"""The teacher's guide: what it tells to type is what there is, and its way from a zip to a table is gone once."""

import csv
import os
import re
import shlex
import subprocess
import sys
import zipfile

import pytest
from handed_in import answer, notebook
from run_sheets import GUIDE, MARK, guide
from samples import some
from test_exercises_banks import BANKS

from cloudlab.exercises import exercise
from cloudlab.grading import jail
from cloudlab.grading.results import VERDICTS
from cloudlab.shell import cli

TEXT = GUIDE.read_text(encoding="utf-8")
HUB = GUIDE.with_name("jupyterhub.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```", TEXT + HUB, re.MULTILINE | re.DOTALL)
INLINE = re.sub(r"^```\w*\n.*?^```", "", TEXT + HUB, flags=re.MULTILINE | re.DOTALL)
SAID = [*(line for block in BLOCKS for line in block.splitlines()), *re.findall(r"`([^`]+)`", INLINE)]
TYPED = sorted({" ".join(said.split()) for said in SAID if re.match(r"cloudlab\s+[a-z]", said)})
"""All that the guide tells to type, and all commands that it names."""

WAY = TEXT.partition("<!-- the-way")[2].partition("```\n")[2].partition("```")[0].splitlines()


@pytest.mark.parametrize("line", TYPED)
def test_what_the_guide_tells_to_type_is_understood(line):
    words = shlex.split(line.replace("FILE", "file.ipynb"))[1:]
    if words in (["class"], ["class", "collect"], ["grade"], ["pack"], ["page"], ["start"]):
        assert words[0] in cli.COMMANDS
    else:
        assert cli.understand(words).command == words[0]


def test_each_verdict_and_level_is_explained():
    table = TEXT.partition("### What each verdict means")[2].partition("The list")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"correct"} == set(VERDICTS)
    assert all(f"**{level}**" in TEXT for level in jail.LEVELS)


def test_the_list_of_sheets_is_as_made_and_links_lead_somewhere():
    assert guide() == TEXT and MARK in TEXT, "run: python tests/run_sheets.py"
    heads = {
        re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", TEXT, re.M)
    }
    for link in re.findall(r"\]\(([^)]+)\)", TEXT + HUB):
        link = link.removeprefix("README.md")
        assert link[1:] in heads if link.startswith("#") else (GUIDE.parent / link).is_file(), link


def test_points_of_the_rubric_are_those_of_the_judge():
    assert re.findall(r"^- \*\*(\d) points:\*\*", TEXT, re.MULTILINE) == ["2", "2", "3", "3"]


def hand_in(path, students):
    """A download of a platform: every third holds a wrong idea, and one file is no notebook."""
    right = BANKS["monolith_and_microservices"].WORKED["E9"]
    with zipfile.ZipFile(path, "w") as packed:
        for number in students:
            folder = f"Name{number} Surname{number}_{7000 + number}_assignsubmission_file"
            code = (
                right
                if number % 3
                else f"{right}\nanswer['queues'] = [arrow for arrow in q.scenario()['arrows']]"
            )
            text = "%PDF" if number == 1 else notebook(*answer("E9", code), str(number))
            packed.writestr(f"{folder}/04_monolith_and_microservices.ipynb", text)


@pytest.mark.skipif(
    sys.platform != "linux", reason="Only on Linux, where the jail is: the guide's way grades in it"
)
def test_the_way_of_the_guide_leads_from_a_zip_to_a_table(tmp_path):
    students = some(list(range(30)), 6)
    hand_in(tmp_path / "hand-in.zip", students)
    rows = [f"s{one:02},Name{one} Surname{one},n{one}@example.org" for one in range(30)]
    (tmp_path / "roster.csv").write_text("\n".join(["student,name,email", *rows]) + "\n", encoding="utf-8")
    assert len(WAY) == 3
    told = ""
    for line in WAY:
        command = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        assert done.returncode == 0, done.stderr
        told += done.stdout
    assert f"{len(students)} new, 0 changed" in told and "isolation" not in told.lower().partition("l4")[1]
    with open(tmp_path / "class-a" / "graded" / "grades.csv", encoding="utf-8") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    assert len(table) == 30
    for number in range(30):
        row = table[f"s{number:02}"]
        if number in students and number % 3 and number != 1:
            assert (row["total"], row["E9 code"]) == ("10", "correct")
        elif number not in students:
            assert (row["total"], row["E9"]) == ("0", "")
        else:
            assert float(row["total"]) < 10
    page = (tmp_path / "class-a" / "graded" / "class.html").read_text(encoding="utf-8")
    assert "s01, 04_monolith_and_microservices.ipynb: It is no notebook: its text is no JSON." in page


def test_the_line_for_otter_fails_with_what_the_check_says():
    """As the guide shows it: an answer that is right passes, one that is wrong fails with the feedback."""
    (block,) = [block for block in BLOCKS if "assert result.correct" in block]
    space = {"q13": exercise("E9"), "consume": None}
    with pytest.raises(AssertionError) as raised:
        exec(block, space)
    assert str(raised.value) == str(space["result"]) and len(str(raised.value)) > 40
    right: dict = {"q": space["q13"]}
    exec(BANKS["monolith_and_microservices"].WORKED["E9"], right)
    exec(block, space | {"consume": right["answer"]})
