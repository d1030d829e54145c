"""Which programs may share a process: those that can keep nothing, by their text; all others have one for each run."""

import json
import marshal
import os
import sys

import pytest
from handed_in import answer, hand_in
from test_exercises_banks import BANKS

from cloudlab.exercises import definition, exercise, exercises
from cloudlab.grading import desk, jail, stateless, worker
from cloudlab.grading.grader import Work, grade_one
from cloudlab.grading.jail import Limits
from cloudlab.judge import calling
from cloudlab.judge.definition import Config

jailed = pytest.mark.skipif(
    sys.platform != "linux" or (jail.best() == "L4" and "CI" not in os.environ),
    reason="Only where there is a jail; on Linux under CI one must be there",
)

LOOP = "def consume(queue, table):\n    while True:\n        {}"
WORKED = BANKS["sqs"].WORKED["E13"].strip()

FAIR = {
    "the worked one": WORKED,
    "a helper": LOOP.format(
        "def one(message, tries=3):\n            yield table.charge(message['body'])\n"
        "        for message in (yield queue.receive_message()):\n            yield from one(message)"
    ),
    "a list": LOOP.format("found = [one['body'] for one in (yield queue.receive_message())]"),
    "a function": "def consume(queue, table):\n    return [queue.receive_message()]",
    "what only counts": "import math\nfrom statistics import median, fmean\n\n"
    "def consume(rows, table):\n    return math.ceil(median(row[0] for row in rows) + ceil(fmean(table)))",
    "its own names": LOOP.format("len = (yield queue.receive_message()) or []"),
}

KEEPING = {
    "a default": "def consume(queue, table, done=[]):\n    yield table.seen('')",
    "a default by name": "def consume(queue, table, *, done=[]):\n    yield table.seen('')",
    "a decorator": f"@print\n{LOOP.format('yield table.seen(str)')}",
    "what is said of a value": "def consume(queue: print(), table):\n    yield table.seen('')",
    "a name of the notebook": LOOP.format("yield table.seen(done)"),
    "a global": LOOP.format("global done\n        done = yield table.seen('')"),
    "itself": LOOP.format("yield table.seen(consume)"),
    "a class": LOOP.format("class Kept:\n            done = []\n        yield table.seen('')"),
    "a module": LOOP.format("import fractions\n        yield table.seen('')"),
    "a module that a codec loads": LOOP.format("yield table.seen('a'.encode('idna'))"),
    "what is written into an object": LOOP.format("queue.done = yield table.seen('')"),
    "what an object is made of": LOOP.format("yield table.seen(queue.__class__)"),
    "an object's method": LOOP.format("kept = queue.receive_message\n        yield kept()"),
    "another builtin": LOOP.format("yield table.seen(vars(queue))"),
    "an address in a text": LOOP.format("yield table.seen(f'{queue}')"),
    "an address by a format": LOOP.format("yield table.seen('{}'.format(queue))"),
    "an address by %": LOOP.format("yield table.seen('%s' % queue)"),
    "an address by a set": LOOP.format("yield table.seen([*{queue, table}] == [queue, table])"),
    "an address by a set of keys": LOOP.format(
        "yield table.seen([*{queue: 1, table: 2}.keys() - []] == [queue])"
    ),
    "an address by a set of items": LOOP.format(
        "yield table.seen([*{1: queue, 2: table}.items() - []] == [queue])"
    ),
    "a builtin with its own name": "def list(queue, table):\n    yield table.seen(list('a'))",
    "the room that is left": LOOP.format(
        "try:\n            [0] * 10**9\n        except MemoryError:\n            pass\n        yield table.seen('')"
    ),
    "a module that does more than count": "import statistics\ndef decide(rows):\n    return statistics.NormalDist(1)",
    "what a module holds": "import math\ndef decide(rows):\n    return [math.__loader__]",
    "a module's function, kept": "import math\ndef decide(rows):\n    kept = math.ceil\n    return kept(2.5)",
    "what writes into a module": "import math\ndef decide(rows):\n    math.pi = 4",
}
"""What could keep something, tell where something lies or what else there is, or isn't of this kind."""


@pytest.mark.parametrize("name", FAIR)
def test_a_program_with_names_of_its_own_can_keep_nothing(name):
    found = stateless.functions(["import os", FAIR[name]])
    ((cell, _), code), *more = found.items()
    assert (cell, more) == (2, [])
    assert stateless.made(code).__name__ == "consume"


@pytest.mark.parametrize("name", KEEPING)
def test_what_could_keep_something_has_a_process_for_each_run(name):
    assert stateless.functions([KEEPING[name]]) == {}


def test_a_program_that_meets_another_builtin_in_the_notebook_has_a_process_for_each_run():
    source = LOOP.format("yield table.seen(len('a'))")
    known = stateless.functions([source])
    for space, place in (({}, (1, 1)), ({"len": max}, None)):
        exec(compile(source, "<cell 1>", "exec"), space)
        assert stateless.place(space["consume"], known) == place


def test_a_function_counts_with_the_real_things_only():
    """What stands in a cell under such a name may be another thing; the one that is made has the real one."""
    source = "from math import ceil\n\ndef decide(rows):\n    return ceil(rows[0])"
    known = stateless.functions([source])
    space = {}
    exec(compile(source, "<cell 1>", "exec"), space)
    assert stateless.place(space["decide"], known) == (1, 3)
    assert stateless.made(known[1, 3])([2.5]) == 3
    space["ceil"] = [].append
    assert stateless.place(space["decide"], known) is None


def test_a_cell_that_is_too_deep_to_be_read_is_left_out():
    deep = "def deep():\n    x = 1\n    yield " + "+".join(["x"] * 2000)
    compile(deep, "<cell 1>", "exec")
    assert list(stateless.functions([deep, WORKED])) == [(2, 1)]


def test_a_builtin_that_the_notebook_changed_for_all_is_not_the_real_one(monkeypatch):
    source, space = LOOP.format("yield table.seen(round(1.5))"), {}
    known = stateless.functions([source])
    exec(compile(source, "<cell 1>", "exec"), space)
    assert stateless.place(space["consume"], known) == (1, 1)
    monkeypatch.setattr("builtins.round", int)
    assert stateless.place(space["consume"], known) is None


def test_another_function_on_the_line_of_such_a_program_is_not_it():
    source, space = "def consume(queue, table): yield lambda queue, table: (yield table.seen(''))", {}
    known = stateless.functions([source])
    exec(compile(source, "<cell 1>", "exec"), space)
    inner = next(space["consume"](1, 2))
    assert [stateless.place(one, known) for one in (space["consume"], inner)] == [(1, 1), None]


NEEDS_ITS_OWN = {
    "memory": "{}    room = [0] * 1_000_000\n{}",
    "a setting of its cells": "import sys\nsys.setrecursionlimit(9000)\n{}    def deep(left):\n"
    "        return left and deep(left - 1)\n    deep(2000)\n{}",
    "a default given later": "{}{}\nconsume.__defaults__ = (1,)",
}


@jailed
@pytest.mark.parametrize("name", NEEDS_ITS_OWN)
def test_what_fails_where_all_runs_share_a_process_is_judged_by_a_process_for_each(name, tmp_path):
    start, rest = WORKED.split("\n", 1)
    if "default" in name:
        start = start.replace("table)", "table, more)")
    code = NEEDS_ITS_OWN[name].format(f"{start}\n", rest)
    assert stateless.functions([code])
    path = hand_in(tmp_path, "ann", *answer("E13", code, "consume"))
    work = Work(path, "ann", "a salt that nobody knows", jail.best(), limits=Limits(memory=600 << 20))
    entry = grade_one(work)["exercises"]["E13"]
    assert (entry["points"], entry["code"]) == (10, "correct")


@jailed
@pytest.mark.parametrize("name", ["E13", "a place that isn't its own"])
def test_all_runs_of_a_program_that_can_keep_nothing_share_a_process(name, tmp_path, monkeypatch):
    """What a submission says of its place is only believed where there is such a function."""
    begun = []
    init = desk.Run.__init__
    monkeypatch.setattr(desk.Run, "__init__", lambda run, *given: begun.append(given) or init(run, *given))
    kept = "" if name == "E13" else "    import fractions\n"
    start, rest = WORKED.split("\n", 1)
    path = hand_in(tmp_path, "ann", *answer("E13", f"{start}\n{kept}{rest}"))
    if kept:
        lies = desk.Bench.overview

        def overview(bench):
            told = lies(bench)
            told["answers"]["E13"]["place"] = [2, 1]
            return told

        monkeypatch.setattr(desk.Bench, "overview", overview)
    entry = grade_one(Work(path, "ann", "a salt that nobody knows", jail.best()))["exercises"]["E13"]
    assert jail.best() != "L4" and (entry["points"], entry["code"]) == (10, "correct")
    assert len(begun) > 100 if kept else len(begun) == 2


PLAIN = {type(None), bool, int, float, str, list, dict}
ASKED = [name for name in exercises() if not isinstance(definition(name).answer, Config)]


def kinds(value):
    """The types of a value and of all that it holds."""
    inside = [*value, *value.values()] if isinstance(value, dict) else value if type(value) is list else ()
    return {type(value)}.union(*map(kinds, inside))


@pytest.mark.parametrize("name", ASKED)
def test_what_an_answer_is_asked_is_what_json_holds(name, monkeypatch):
    """So a copy by JSON and what goes over the wire are the same: no tuple, enumeration or numpy number."""
    asked = []

    def copied(here, given):
        asked.append(list(given) if isinstance(given, tuple) else given)
        assert kinds(asked[-1]) <= PLAIN
        assert marshal.loads(worker.question(1, asked[-1])[4:]) == [1, json.loads(json.dumps(asked[-1]))]
        return given

    monkeypatch.setattr(calling.Here, "copied", copied)
    space = {"q": exercise(name)}
    exec(str(space["q"].solution()), space)
    space["q"].check(space["answer"])
    assert asked
