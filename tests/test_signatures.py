"""Whatever a learner gives to what can be called: an object comes back, or one sentence and the world as before."""

import re

import pytest
from samples import NIGHTLY
from signatures import CALLS, cases

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
        scene.world.run(until=scene.world.now + 200)
        scene.world.record.fingerprint()
    except ALLOWED:
        return None
    except BaseException as error:
        return f"{told}: taken, but then {type(error).__name__}: {error!s:.150}"
    return None


@pytest.mark.sampled
@pytest.mark.parametrize("group", CALLS)
def test_a_call_ends_with_a_valid_object_or_with_one_sentence_and_the_world_as_before(group, tmp_path):
    """A usual run draws 300 calls of a group, the same ones each time, a nightly one 10,000."""
    found = [fault(*case) for case in cases(group, 10_000 if NIGHTLY else 300, tmp_path, seed=1)]
    kinds = {re.sub(r"0x[0-9a-f]+", "…", one) for one in found if one}
    assert sorted(kinds) == []
