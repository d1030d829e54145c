"""A machine with libraries of its own, and the programs that run on it. Read `MachineKind.level` first.

What came of a program's orders is entered as its state `result`: 'Right: …', 'Wrong: …' or 'Failed: …'.
"""

from array import array

from cloudlab.kernel.record import Record, Series, State
from cloudlab.views.kinds import Happening, Kind, Row
from cloudlab.views.words import count, number

RIGHT, KINDS = "Right", ("Right", "Wrong", "Failed")


class MachineKind(Kind):
    """A computer on which programs run, bare or in containers."""

    serves = True
    there_at_once = True
    counts_messages = True

    def causes(self, record: Record, parts: list[int]) -> list[Happening]:
        """What is installed there changes."""
        later = (one for one in record.states if one.aspect == "shelf" and one.part in parts and one.time)
        return [
            Happening(
                one.time, "installed", (one.part,), f"{record.parts[one.part].name} has {one.state} installed"
            )
            for one in later
        ]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many orders came out how, over all programs."""
        right, wrong, failed = _sums(record, parts)
        told = [f"{count(right, 'order')} came out right"]
        told += [f"{number(wrong)} came out wrong without an error"] if wrong else []
        return [*told, f"{number(failed)} failed"] if failed else told

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """What each program does."""
        return [said(record, one) for one in _last(record, parts)]

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """Orders that failed or came out wrong."""
        _, wrong, failed = _sums(record, parts)
        return {"orders that went wrong": float(wrong + failed)}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """Orders, and machines on which the program does what it should."""
        right, wrong, failed = _sums(record, parts)
        return [
            ("machines that do it right", number(agreeing(record, parts, record.end)), f"of {len(parts)}"),
            ("orders that came out right", number(right), "orders"),
            ("wrong, and no error", number(wrong), "orders"),
            ("failed", number(failed), "orders"),
        ]

    def finding(self, record: Record, parts: list[int]) -> str:
        """On how many machines the program does what it should."""
        right = agreeing(record, parts, record.end)
        them = "all" if right == len(parts) else f"{number(right)} of"
        return f"The program does what it should on {them} {len(parts)} machines"

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """On how many machines the program does what it should, over time."""
        times = sorted({0.0, *(one.time for one in record.states if one.aspect in ("result", "application"))})
        return Series(array("d", times), array("d", (float(agreeing(record, parts, at)) for at in times)))

    def picture(self, record: Record, parts: list[int]) -> str:
        """What is installed where, and what came of it."""
        return "shelf"


def said(record: Record, result: State) -> str:
    """What a program does, as the end of a sentence."""
    kind, _, text = result.state.partition(": ")
    part = record.parts[result.part]
    words = {
        "Right": f"prints {text}, as it should",
        "Wrong": f"prints {text} in place of {part.attributes['expected']}",
        "Failed": f"fails ({text})",
    }
    return f"{part.name} {words[kind]}"


def programs_on(record: Record, part: int) -> list[int]:
    """The programs that came to a machine, in order."""
    return [number for number, one in enumerate(record.parts) if one.parent == part and one.kind == "program"]


def result_of(record: Record, program: int, time: float) -> str:
    """What came of the last order of a program up to `time` (s); '' before its first."""
    found = record.state(program, time, "result")
    return found.state if found else ""


def agreeing(record: Record, parts: list[int], time: float) -> int:
    """On how many of these machines the first program does what it should at `time` (s)."""
    every = [(part, one) for part in parts for one in programs_on(record, part)]
    titles = [record.parts[one].attributes["title"] for _, one in every]
    return sum(
        result_of(record, one, time).startswith(RIGHT)
        for (_, one), title in zip(every, titles, strict=True)
        if title == titles[0]
    )


def _last(record: Record, parts: list[int]) -> list[State]:
    every = (one for part in parts for one in programs_on(record, part))
    found = (record.state(one, record.end, "result") for one in every)
    return [one for one in found if one is not None]


def _sums(record: Record, parts: list[int]) -> tuple[int, int, int]:
    """(right, wrong, failed) orders of all programs."""
    every = [one for part in parts for one in programs_on(record, part)]
    right, wrong, failed = (
        int(sum(record.series[one, kind].values[-1] for one in every if (one, kind) in record.series))
        for kind in KINDS
    )
    return right, wrong, failed
