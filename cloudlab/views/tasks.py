"""Tasks that tick themselves off, from what a run's record holds.

    tasks(panel, [Task("Kill one, and wait for its stand-in", replaced)], key="01-make-it-happen")

Each time the panel has run, each open task is asked whether the record fulfils it; a tick stays. To have run
is not enough: what should happen has to have happened. `.check(record)` does the same without a panel.
Read `Tasks.check` first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cloudlab.kernel.limits import InvalidParameter, checked, fits
from cloudlab.kernel.record import Record
from cloudlab.views.happenings import happenings
from cloudlab.views.kinds import fleets
from cloudlab.views.progress import file_name, progress

if TYPE_CHECKING:
    from cloudlab.views.form import Form


@dataclass(frozen=True)
class Task:
    """Something to make happen: a text, and `done`, which tells whether a record shows it."""

    text: str
    done: Callable[[Record], bool]

    def __post_init__(self):
        if not isinstance(self.text, str) or not self.text:
            raise InvalidParameter(
                f"text is {self.text!r:.60}, but must be a text of at least one character."
            )
        if not callable(self.done):
            raise InvalidParameter(f"done is {self.done!r:.60}, but must be a function of a record.")


@checked()
def tasks(panel, todo: list[Task] | tuple[Task, ...], *, key: str, title: str = "Make it happen") -> "Tasks":
    """A list of tasks that looks at each run of `panel` (None: only at what `check` is given).

    `key` names the list among the kept answers. Raises InvalidParameter when it can't name a file, or two
    tasks have the same text.
    """
    made = Tasks(todo, key, title)
    if panel is not None:
        if not fits(panel, "on_run", "list_tasks", "record"):
            raise InvalidParameter(f"panel is {panel!r:.60}, but must be what explore(…) returns, or None.")

        def look(record: Record) -> None:
            made.check(record)
            panel.list_tasks(made.content()["items"])

        panel.on_run(look)
        if panel.record is not None:
            look(panel.record)
    return made


class Tasks:
    """A list of tasks and which of them are done. `done` counts them."""

    def __init__(self, todo, key: str, title: str):
        if strange := [task for task in todo if not isinstance(task, Task)]:
            raise InvalidParameter(f"todo holds {strange[0]!r:.60}, but must be made of Task(text, done).")
        texts = [task.text for task in todo]
        if not texts or len(set(texts)) < len(texts):
            raise InvalidParameter(f"tasks are {texts}, but must be at least one, each with its own text.")
        self.todo, self.key, self.title = tuple(todo), key, title
        file_name("task", self._key(self.todo[0]))
        self._message = self._fault = self._trouble = ""
        self._form: Form | None = None

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(self.is_done(task) for task in self.todo)

    def is_done(self, task: Task) -> bool:
        """Whether `task` was ticked off, now or earlier."""
        return progress().recall("task", self._key(task)) is not None

    def check(self, record: Record) -> "Tasks":
        """Tick off each open task that `record` fulfils."""
        ticked, self._fault = [], ""
        for task in self.todo:
            if not self.is_done(task) and self._fulfilled(task, record):
                progress().keep("task", self._key(task), {"task": task.text, "done": True})
                ticked.append(task.text)
        self._message = self._fault or " ".join(f"Done: {text.rstrip('.')}." for text in ticked)
        self._trouble = progress().troubles() or self._trouble
        if self._form:
            self._form.show(self.content())
        return self

    def _fulfilled(self, task: Task, record: Record) -> bool:
        try:
            return bool(task.done(record))
        except Exception as error:  # a fault in one task must not stop the panel that calls
            self._fault = f"“{task.text}” could not be checked: {type(error).__name__} ({error})."
            return False

    def _key(self, task: Task) -> str:
        return f"{self.key}-{sha256(task.text.encode('utf-8')).hexdigest()[:8]}"

    def _summary(self) -> str:
        return f"{self.done} of {len(self.todo)} done."

    def content(self) -> dict:
        """What the form shows (see `form.Form`)."""
        return {
            "question": self.title,
            "items": [{"done": self.is_done(task), "text": task.text} for task in self.todo],
            "tone": "plain",
            "glyph": "",
            "word": "",
            "text": f"{self._message} {self._summary()}".strip(),
            "trouble": self._trouble,
        }

    def _repr_mimebundle_(self, **kwargs):
        from cloudlab.views.form import Form, bundle
        from cloudlab.views.snapshot import forms

        self._form = self._form or Form(self.content())
        return bundle(self._form, repr(self), kwargs, lambda: forms([self.content()]))

    def __repr__(self) -> str:
        lines = [f"  {'✓ done ' if self.is_done(task) else '○ to do'}  {task.text}" for task in self.todo]
        lines += filter(None, [self._fault, self._trouble])
        return "\n".join([f"{self.title}: {self._summary()}", *lines])


# Ready answers to "done?"


def replaced(record: Record) -> bool:
    """An instance was killed, and later all that is desired was in service again."""
    kills = [happening for happening in happenings(record) if happening.kind == "killed"]
    return any(_complete_after(record, record.parts[kill.parts[0]].parent, kill.time) for kill in kills)


def clipped(limit: str) -> Callable[[Record], bool]:
    """Somebody asked for more than the 'maximum', or for less than the 'minimum', and was clipped."""
    if limit not in ("maximum", "minimum"):
        raise InvalidParameter(f"limit is {limit!r:.60}, but must be one of maximum, minimum.")
    return lambda record: any(
        ask.asked > ask.granted if limit == "maximum" else ask.asked < ask.granted for ask in record.asks
    )


def in_service_at_end(number: int) -> Callable[[Record], bool]:
    """At the end of the run so many are in service, over all that hold several."""
    return lambda record: sum(fleet.have.at(record.end) for fleet in fleets(record).values()) == number


def _complete_after(record: Record, part: int | None, since: float) -> bool:
    """Whether all that a part desires was there at some moment after it had lacked some."""
    fleet = None if part is None else fleets(record).get(part)
    if fleet is None:
        return False
    have, wish = fleet.have, fleet.wish
    moments = [time for time in sorted({*have.times, *wish.times}) if time >= since]
    lacking = [time for time in moments if have.at(time) < wish.at(time)]
    return any(have.at(time) >= wish.at(time) for time in moments if lacking and time > lacking[0])
