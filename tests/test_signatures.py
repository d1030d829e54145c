"""Whatever a learner gives to what can be called: an object comes back, or one sentence and the world as before."""

import importlib
import inspect
import pkgutil
import re

import pytest
from samples import NIGHTLY
from signatures import CALLS, Scene, cases

import cloudlab
from cloudlab.kernel.limits import InvalidParameter

ALLOWED = (InvalidParameter,)
"""What a call may raise. A name that a scenario doesn't have is a TypeError, as in any call in Python."""


def fault(scene, call, told) -> str | None:
    """What is wrong with how a call ended, or None."""
    before = scene.state()
    try:
        call.function(*call.by_place, **call.by_name)
    except ALLOWED as error:
        sentence = str(error)
        if "\n" in sentence or not 10 < len(sentence) < 500 or not sentence.endswith("."):
            return f"{told}: not one sentence: {sentence!r:.300}"
        try:
            sentence.encode("utf-8")
        except UnicodeEncodeError:
            return f"{told}: can't be printed: {sentence!r:.300}"
        return None if scene.state() == before else f"{told}: refused, but the world has changed"
    except TypeError as error:
        return None if " but the scenario has " in str(error) else f"{told}: TypeError: {error}"
    except BaseException as error:
        return f"{told}: {type(error).__name__}: {error!s:.150}"
    try:
        scene.world.run(until=scene.world.now + 100)
        scene.world.record.fingerprint()
    except ALLOWED:
        return None
    except BaseException as error:
        return f"{told}: taken, but then {type(error).__name__}: {error!s:.150}"
    return None


@pytest.mark.sampled
@pytest.mark.parametrize("group", CALLS)
def test_a_call_ends_with_a_valid_object_or_with_one_sentence_and_the_world_as_before(
    group, tmp_path, monkeypatch
):
    """A usual run draws 300 calls of a group, the same ones each time, a nightly one 10,000."""
    monkeypatch.chdir(tmp_path)  # a file called '3' is a file that can be written
    found = [fault(*case) for case in cases(group, 10_000 if NIGHTLY else 300, tmp_path, seed=1)]
    kinds = {re.sub(r"0x[0-9a-f]+", "…", one) for one in found if one}
    assert sorted(kinds) == []


def test_each_public_function_that_checks_its_values_is_called(tmp_path):
    """What a lesson's answer returns (`exercises`) is judged by its exercise, and has its own tests."""
    called = {
        getattr(one.function, "__qualname__", "")
        for calls in CALLS.values()
        for one in calls(Scene(tmp_path))
    }
    there = set()
    for found in pkgutil.walk_packages(cloudlab.__path__, "cloudlab."):
        if not found.name.startswith(("cloudlab.shell", "cloudlab.exercises", "cloudlab.__main__")):
            module = importlib.import_module(found.name)
            mine = [one for one in vars(module).values() if getattr(one, "__module__", None) == found.name]
            for one in mine:
                functions = vars(one).values() if inspect.isclass(one) else [one]
                there |= {
                    each.__qualname__
                    for each in functions
                    if inspect.isfunction(each) and each.__code__.co_name == "with_checks"
                }
    public = {name.removesuffix(".__init__") for name in there if not re.search(r"(^|\.)_[a-z]", name)}
    assert sorted(public - called - {name.removesuffix(".__init__") for name in called}) == []
