"""An experiment: a scenario, the values that somebody gives it, and the runs that come of them.

    shop = Experiment(scenario, presets={"A calm day": {"max_size": 4}})
    shop.set(max_size=6).record                  the new run; `previous` is the one before
    shop.press("kill_one", 120)                  something done at a moment
    shop.is_it_luck(20)                          the same setting with other seeds, in words

A run is made of values and a seed alone, so a code of a few characters restores it. What the model refuses is
told in `error`, and the last good run stays. There is no picture and no widget here: a panel shows an
experiment (see `panel.Panel`), a test or a script uses it as it is. Read `Experiment.change` first.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from cloudlab.kernel.limits import (
    LARGEST,
    Action,
    InvalidParameter,
    Limit,
    Parameter,
    check,
    checked,
    parameters,
)
from cloudlab.kernel.record import Record
from cloudlab.views.luck import SEEDS, Sample, is_it_luck, sample
from cloudlab.views.share import decode, encode
from cloudlab.views.words import clock, listed

Seeds = Annotated[int, Limit(1, 1000, "seeds")]


class Experiment:
    """A scenario and its latest good `record`.

    `parameters` are those that can be changed, `values` what they are to be, and `ran` what they were in
    `record`. These differ while the model refuses the values: then `error` is its sentence, and `blamed` the
    parameter that it is about, or ''. `luck` holds the runs with other seeds, and `luck_before` those of the setting
    before, `earlier`; `chosen` is the preset in force.
    """

    @checked()
    def __init__(
        self,
        scenario: Callable[..., Record],
        presets: dict[str, dict] | None = None,
        start: dict | None = None,
        **fixed,
    ):
        """Run `scenario` with its defaults, or with those of `start` in their place.

        `fixed` are given to the scenario as they are, and can't be changed.

        Raises what the scenario raises when its defaults are wrong, and TypeError for an unknown name.
        """
        known = parameters(scenario)
        check_names("Experiment", fixed, known)
        for name, values in (presets or {}).items():
            if not isinstance(values, dict):
                raise InvalidParameter(f"preset {name!r} is {values!r:.60}, but must be a dict of values.")
            check_names(f"preset {name!r}", values, known)
        self.scenario, self.presets, self.fixed = scenario, presets or {}, fixed
        self.parameters = {
            name: parameter
            for name, parameter in known.items()
            if isinstance(parameter.limit, (Limit, Action)) and name not in fixed
        }
        check_names("start", start or {}, self.parameters)
        for name, value in (start or {}).items():
            check(self.parameters[name], value)
            self.parameters[name] = replace(self.parameters[name], default=value)
        self.values, self.ran = self.defaults, self.defaults
        self.seed: int | None = known["seed"].default if "seed" in known else None
        self.error, self.blamed, self.chosen = "", "", ""
        self.luck: list[Sample] = []
        self.luck_before: list[Sample] = []
        self.earlier: dict | None = None
        self.previous: Record | None = None
        self._callbacks: list[Callable[[Record], object]] = []
        self.record = self._simulate(self.seed, self.values)

    @property
    def defaults(self) -> dict:
        """The values of the start."""
        return {name: parameter.default for name, parameter in self.parameters.items()}

    # Another run

    def change(self, values: dict, seed: int | None = None) -> bool:
        """Take these values, and perhaps a seed, and run. False when the model refuses them (see `error`).

        The values stay then, so that one can correct them; seed and record are the last good ones. What no control
        can show, such as a number in place of moments, is refused before it is kept.
        """
        check_names("change", values, self.parameters)
        values = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        for name, value in values.items():
            if not _can_be_shown(self.parameters[name], value):
                self.refuse(_refusal(self.parameters[name], value), [name])
                return False
        self.values |= values
        self.chosen = ""
        lucky = self.seed if seed is None else seed
        try:
            record = self._simulate(lucky, self.values)
        except InvalidParameter as error:
            self.refuse(str(error), list(values))
            return False
        self.seed = lucky
        self._keep(record)
        return True

    def set(self, seed: int | None = None, **values) -> "Experiment":
        """Change several values, and perhaps the seed, with one run."""
        check_names("set", values, self.parameters)
        self.change(values, seed)
        return self

    def reset(self) -> None:
        """All values back to their start, with one run."""
        self.change(self.defaults)

    def preset(self, name: str) -> None:
        """The values of a preset, and the defaults of all others, with one run."""
        if not isinstance(name, str) or name not in self.presets:
            raise InvalidParameter(
                f"name is {name!r:.60}, but must be one of {', '.join(self.presets) or 'no preset'}."
            )
        if self.change(self.defaults | self.presets[name]):
            self.chosen = name

    @checked()
    def press(self, name: str, moment: float) -> None:
        """Do the action `name` at `moment` (s). Raises InvalidParameter where there is no such action."""
        self._must_be_action(name)
        self.change({name: tuple(sorted({*self.values[name], moment}))})

    @checked()
    def take_back(self, name: str, moment: float) -> None:
        """Do the action `name` at `moment` (s) no more. Raises InvalidParameter where there is no such action."""
        self._must_be_action(name)
        self.change({name: tuple(time for time in self.values[name] if time != moment)})

    def _must_be_action(self, name: str) -> None:
        actions = [known for known, one in self.parameters.items() if isinstance(one.limit, Action)]
        if name not in actions:
            raise InvalidParameter(
                f"name is {name!r:.60}, but must be one of {', '.join(actions) or 'no action'}."
            )

    def refuse(self, sentence: str, changed: list[str]) -> None:
        """Tell what went wrong: it is about the parameter that it names first, else the last one changed."""
        named = {name: re.search(rf"\b{name}\b", sentence) for name in self.parameters}
        places = {name: found.start() for name, found in named.items() if found}
        last = changed[-1] if changed else ""
        self.error, self.blamed = sentence, min(places, key=lambda name: places[name], default=last)

    @property
    def told(self) -> str:
        """`error` in the words of the screen: where a parameter is named, the label of its control."""
        # "work" and "losses" are also plain words: such a name is one only where the sentence is about it.
        named = "|".join(rf"\b{name}\b" if "_" in name else rf"^{name}(?= is )" for name in self.parameters)
        return re.sub(named or "$^", lambda found: label_of(self.parameters[found[0]]), self.error)

    # Luck

    def new_seed(self) -> None:
        """The next seed: the same setting with other luck."""
        self.change({}, seed=self._lucky() + 1)

    @checked()
    def is_it_luck(self, seeds: Seeds = SEEDS, begun: Callable[[int], object] = lambda run: None) -> str:
        """Run the same setting with `seeds` seeds, and the setting before it with the same ones, and answer.

        `begun` is called with the number of each seed, from 1 on. Raises InvalidParameter without a seed.
        """
        first, found, others = self._lucky(), [], []
        for run in range(seeds):
            begun(run + 1)
            found.append(sample(self._simulate(first + run, self.ran)))
            if self.earlier is not None:
                others.append(sample(self._simulate(first + run, self.earlier)))
        self.luck, self.luck_before = found, others
        return is_it_luck(found, others, self._change_words())

    def _change_words(self) -> str:
        """What differs from the setting before: clerks 2 instead of 1."""
        told = [
            _change(self.parameters[name], value, self.earlier[name])
            for name, value in self.ran.items()
            if self.earlier is not None and value != self.earlier[name]
        ]
        return listed(told)

    # To share

    @property
    def code(self) -> str:
        """A short text that restores this run elsewhere, or '' where none is short enough."""
        try:
            return encode(self.scenario, self.parameters, self.ran, self.seed)
        except InvalidParameter:
            return ""

    def restore(self, code: str) -> "Experiment":
        """Run what `code` says. Raises InvalidParameter when it can't be read; nothing is changed then."""
        values, seed = decode(self.scenario, self.parameters, code)
        for name, value in values.items():
            check(self.parameters[name], value)
        self.change(values, None if self.seed is None else seed)
        return self

    def on_run(self, callback: Callable[[Record], object]) -> None:
        """Call `callback` with the record after each run from now on."""
        self._callbacks.append(callback)

    def __repr__(self) -> str:
        values = [f"{name} {shown(self.parameters[name], value)}" for name, value in self.ran.items()]
        return f"{self.scenario.__name__} with {', '.join([*values, f'seed {self.record.seed}'])}."

    # How it works

    def _keep(self, record: Record) -> None:
        """Take a run over; the same run again leaves the one before and the luck as they are."""
        same = record.seed == self.record.seed and record.fingerprint() == self.record.fingerprint()
        if not same:
            self.previous, self.record, self.luck, self.luck_before = self.record, record, [], []
        if self.values != self.ran:
            self.earlier = self.ran
        self.ran, self.error, self.blamed = dict(self.values), "", ""
        for callback in self._callbacks:
            callback(record)

    def _simulate(self, seed: int | None, values: dict) -> Record:
        for name, value in values.items():
            check(self.parameters[name], value)
        lucky = {} if seed is None else {"seed": seed}
        record = self.scenario(**lucky, **values, **self.fixed)
        if not isinstance(record, Record):
            name = getattr(self.scenario, "__name__", "the scenario")
            rule = "must return the record of its run, as world.run gives it"
            raise InvalidParameter(f"{name} returned {record!r:.60}, but {rule}.")
        return record

    def _lucky(self) -> int:
        if self.seed is None:
            raise InvalidParameter(
                f"{self.scenario.__name__} has no parameter seed, so there is no luck in it."
            )
        return self.seed


def label_of(parameter: Parameter) -> str:
    """What a parameter is called on the screen."""
    label = "" if parameter.limit is None else parameter.limit.label
    return label or parameter.name.replace("_", " ").capitalize()


def shown(parameter: Parameter, value) -> str:
    """A value of a parameter as a person reads it."""
    if isinstance(parameter.limit, Action):
        return ", ".join(clock(moment) for moment in value) or "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if value is None:
        return dict(parameter.limit.names).get(None, "not given") if parameter.limit else "not given"
    return str(value).replace("_", " ")


def called(parameter: Parameter, value) -> str:
    """A choice in the words of its control: a shorter name where its limit has one."""
    names = dict(getattr(parameter.limit, "names", ()))
    return names.get(value) or shown(parameter, value)


CAPITAL = re.compile(r"\b[A-Z](?=[a-z])")
"""The first letter of a word, but not of CPU."""


def _change(parameter: Parameter, value, earlier) -> str:
    """A value and the one before, in the words of the control or of the button."""
    label = label_of(parameter)
    if not isinstance(parameter.limit, Action):
        label = CAPITAL.sub(lambda letter: letter[0].lower(), label)
        return f"{label} {called(parameter, value)} instead of {called(parameter, earlier)}"
    now, then = (f"at {shown(parameter, one)}" if one else "never" for one in (value, earlier))
    return f"“{label}” {now} instead of {then}"


def check_names(where: str, given: dict, known: dict) -> None:
    """Raise TypeError for a name that the scenario does not have."""
    for name in given:
        if name not in known:
            there = f"only {', '.join(known)}" if known else "no parameter that can be changed"
            raise TypeError(f"{where} names {name!r:.60}, but the scenario has {there}.")


def _can_be_shown(parameter: Parameter, value) -> bool:
    """Whether a control for `parameter` can take such a value, right or wrong: a number for a number, and so on."""
    if isinstance(parameter.limit, Action):
        return isinstance(value, tuple) and all(_is_number(moment) for moment in value)
    if value is None:
        return parameter.optional
    numbers = parameter.type in (int, float)
    return _is_number(value) if numbers else isinstance(value, parameter.type)


def _is_number(value) -> bool:
    """Whether this is a plain number that the browser knows too: not nan, no infinity."""
    return type(value) in (int, float) and -LARGEST <= value <= LARGEST


def _refusal(parameter: Parameter, value) -> str:
    """The sentence about a value that no control can show."""
    try:
        check(parameter, value)
    except InvalidParameter as error:
        return str(error)
    return f"{parameter.name} is {value!r:.60}, but a control can't show that."
