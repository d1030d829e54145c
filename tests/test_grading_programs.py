"""A program that is graded: it says its calls ahead as long as they bring nothing, and its verdict is the desk's."""

import pytest
from test_exercises_banks import SEEDS, answer_for, entries

from cloudlab.exercises import definition
from cloudlab.exercises.sqs.ledger import Table
from cloudlab.grading import worker
from cloudlab.grading.desk import Broken, Programs, methods_of
from cloudlab.grading.worker import AHEAD, Serving
from cloudlab.judge.calling import checked_function
from cloudlab.judge.feedback import Fault
from cloudlab.judge.judging import judge
from cloudlab.judge.variants import variant
from cloudlab.sqs.consumer import Client

E13 = definition("E13")


class Here(Programs):
    """As in a jail, but each beginning of `program` is served in this process, so often `begun`."""

    def __init__(self, program):
        super().__init__(type("NoJail", (), {"stateless": [0]})(), E13, 0)
        self.program, self.begun = program, 0

    def _shared(self, kind, *, clients, silent):
        self.begun += 1
        made = worker.ENCODE
        order = {"name": "consume", "decisions": E13.answer.decisions, "silent": silent}
        order["clients"] = [worker.client(made(kind)) for kind in clients]
        return Serving._program(None, self.program, order, 1)


CLIENTS = [[type(one).__name__, methods_of(one)] for one in (Client(), Table())]


def calls(program, *brought):
    """What a program says at each turn, when it is given these one after the other: names, or the fault's code."""
    here = Here(program)
    ask = here._shared("", clients=CLIENTS, silent=E13.answer.silent)
    said = []
    for given in (None, *brought):
        try:
            said.append([name for name, _ in ask(given)])
        except Fault as fault:
            said.append(fault.feedback.code)
    return said


MESSAGE = [{"body": "a", "receipt_handle": "b"}]


def test_a_program_says_all_calls_up_to_one_that_brings_something():
    def consume(queue, table):
        for message in (yield queue.receive_message()):
            yield queue.delete_message(message["receipt_handle"])
            yield queue.work(1)
            yield table.charge_once("a", "a")
            yield table.remember("a")

    ahead = ["delete_message", "work", "charge_once"]
    assert calls(consume, MESSAGE, True, None) == [["receive_message"], ahead, ["remember"], []]


def test_it_says_a_few_calls_at_once_and_goes_on():
    def consume(queue, table):
        for _ in range(AHEAD + 2):
            yield queue.work(1)

    assert calls(consume, None, None) == [["work"] * AHEAD, ["work"] * 2, []]


def test_what_goes_wrong_ahead_is_told_after_the_calls_before_it():
    def consume(queue, table):
        yield queue.receive_message()
        yield queue.work(1)
        raise ZeroDivisionError

    assert calls(consume, MESSAGE, None, None) == [["receive_message"], ["work"], "raised", []]


def test_a_call_that_is_said_to_be_silent_and_brings_something_ends_the_test():
    """In every world that is tried below each of them brings None: else the next call would be made with a lie."""
    steps = Here(None)._steps(lambda given: [["work", {"seconds": 1}]] * 2, {"work"}, [100])
    next(steps)
    with pytest.raises(AssertionError, match="work is silent, but brought True"):
        steps.send(True)


GIVEN_WRONGLY = {
    "too few": "queue.delete_message()",
    "too many": "queue.delete_message('a', 'b')",
    "by place": "queue.receive_message(10)",
    "an unknown name": "queue.receive_message(max_number=10)",
    "twice": "table.charge_once('a', 'b', key='c')",
    "a method that it lacks": "table.pay('a')",
}


@pytest.mark.parametrize("name", GIVEN_WRONGLY)
def test_what_a_call_is_given_wrongly_is_told_in_the_words_of_a_notebook(name):
    space = {}
    exec(f"def consume(queue, table):\n    yield {GIVEN_WRONGLY[name]}", space)
    verdicts = [judge(E13, space["consume"], variant("E13", 1), SEEDS)]
    verdicts += [judge(E13, None, variant("E13", 1), SEEDS, caller=Here(space["consume"]))]
    own, same = (verdict.feedback for verdict in verdicts)
    assert own == same and own.code == "raised" and own.detail.startswith(("TypeError", "AttributeError"))


TAMPERED = {
    "a call that brings something before the last": [["receive_message", {}], ["work", {"seconds": 1}]],
    "more than it may": [["work", {"seconds": 1}]] * (AHEAD + 1),
    "a call that nobody has": [["format", {}]],
    "one call, not in a list": ["work", {"seconds": 1}],
    "nothing": None,
    "a dict": {"work": {}},
    "no dict": [["work", 1]],
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_no_child_of_ours_says_is_a_broken_run(name):
    steps = Here(None)._steps(lambda given: TAMPERED[name], {"work", "receive_message"}, [100])
    with pytest.raises(Broken) as broken:
        next(steps)
    assert broken.value.verdict == "tamper"


@pytest.mark.parametrize(
    "label, answer", [(label, answer) for label, answer, _ in entries("E13") if callable(answer)]
)
def test_a_program_that_is_said_ahead_has_the_verdict_of_the_desk(label, answer):
    """Word for word, with as many runs begun and ended: the same calls are made in the same order."""
    given = variant("E13", 1)
    answer = answer_for("E13", answer, given)
    try:
        checked = checked_function(answer, "consume", ("queue", "table"))
    except Fault:
        return  # it never comes to a call
    own = judge(E13, answer, given, SEEDS)
    here = Here(checked)
    same = judge(E13, None, given, SEEDS, caller=here)
    assert here.begun and said(same) == said(own)


def said(verdict) -> list:
    """All of a verdict, but for what its last call brought; of the run that it shows, each call and what it brought."""
    steps = [vars(step) for step in verdict.trial.evidence.books.steps] if verdict.trial else None
    told = {name: value for name, value in vars(verdict).items() if name not in ("handed", "trial")}
    return [told, steps, verdict.trial and (verdict.trial.mistakes, verdict.trial.evidence.ended)]
