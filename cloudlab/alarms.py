"""An alarm: a metric, a threshold, and how many datapoints must breach it.

An alarm looks at one number for each period. It is quick to say and slow to react: with a period of 60 s and
three datapoints, nothing happens for three minutes, however high the wave. Read `Alarm._watch` first, then `judged`.

Numbers such as CW-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import deque
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked, takes
from cloudlab.kernel.world import World, at_home

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "GreaterThanThreshold": float.__gt__,
    "LessThanThreshold": float.__lt__,
    "LessThanOrEqualToThreshold": float.__le__,
}
"""CloudWatch's ways to compare a datapoint with the threshold."""

SIDES = dict(zip(COMPARISONS, ("at or above", "above", "below", "at or below"), strict=True))
"""Where a datapoint lies that breaches the threshold."""


class InvalidParameterValue(InvalidParameter):
    """CloudWatch's error code for a parameter that its rule forbids."""


MORE_POINTS = 2
"""So many more points than `evaluation_periods` are looked at, where some are missing (CW-6, for three)."""

DAY, WEEK = 86_400, 604_800
"""Seconds."""


class Alarm:
    """Watches `metric`, a function that returns the value of the period that ends now, or None for no data.

    The state is ALARM when `datapoints_to_alarm` of the last `evaluation_periods` datapoints breach the
    threshold, else OK; INSUFFICIENT_DATA when there is nothing to judge (CW-1, CW-5). `treat_missing_data` says
    what a missing one counts as (see `judged`). At the end of every period in ALARM each of `actions`, such as
    the `execute_policy` of a scaling policy, is called with the value and the threshold. Simplified: it is
    evaluated once a period, not once a minute (CW-4). Raises InvalidParameterValue.
    """

    @checked(InvalidParameterValue)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        metric,
        threshold: Annotated[float, Limit(-1e12, 1e12, label="Threshold")],
        comparison_operator: Annotated[
            str, Limit(choices=tuple(COMPARISONS), label="Comparison")
        ] = "GreaterThanThreshold",
        period: Annotated[int, Limit(10, 86_400, "s", choices=(10, 60, 300), label="Metric period")] = 60,
        evaluation_periods: Annotated[int, Limit(1, 100, "datapoints", label="Of the last")] = 1,
        datapoints_to_alarm: Annotated[
            int | None, Limit(1, 100, "datapoints", label="Datapoints to alarm")
        ] = None,
        treat_missing_data: Annotated[
            str, Limit(choices=("missing", "ignore", "breaching", "notBreaching"), label="Missing data")
        ] = "missing",
        actions: tuple | list = (),
    ):
        needed = evaluation_periods if datapoints_to_alarm is None else datapoints_to_alarm
        if needed > evaluation_periods:
            raise InvalidParameterValue(
                f"datapoints_to_alarm is {needed} datapoints, but must be at most "
                f"evaluation_periods ({evaluation_periods})."
            )
        _check_periods(period, evaluation_periods)
        if not takes(metric, 0):
            rule = "must be a function without parameters that returns a number, or None for no data"
            raise InvalidParameterValue(f"metric is {metric!r:.60}, but {rule}.")
        if not isinstance(actions, (tuple, list)) or not all(takes(act, 2) for act in actions):
            rule = "must be a list of functions of a value and a threshold, such as policy.execute_policy"
            raise InvalidParameterValue(f"actions is {actions!r:.60}, but {rule}.")
        for name_of, functions in (("metric", [metric]), ("actions", actions)):
            if not all(at_home(world, function) for function in functions):
                rule = "but must be of the alarm's own"
                raise InvalidParameterValue(f"{name_of} belongs to a part of another world, {rule}.")
        self.world, self.name, self.metric, self.threshold = world, name, metric, float(threshold)
        self.period, self.evaluation_periods, self.datapoints_to_alarm = period, evaluation_periods, needed
        self.comparison_operator = comparison_operator
        self.treat_missing_data, self.actions = treat_missing_data, tuple(actions)
        self.part = world.record.add_part(
            name, "alarm", time=world.now, threshold=threshold, period=period, datapoints_to_alarm=needed
        )
        world.record.wire(
            self.part,
            "alarm",
            **told_of(metric),
            threshold=threshold,
            comparison_operator=comparison_operator,
            period=period,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=needed,
            treat_missing_data=treat_missing_data,
            actions=tuple(getattr(getattr(act, "__self__", None), "wired", None) for act in actions),
        )
        self._bring = world.serve if of_servers(metric) else world.advance
        self._breaches = COMPARISONS[comparison_operator]
        self._points: deque[bool | None] = deque(maxlen=evaluation_periods + MORE_POINTS)
        self._enter("INSUFFICIENT_DATA")
        world.process(self._watch())

    def _watch(self):
        """Take one datapoint at the end of each period, and judge. A SimPy process."""
        while True:
            yield self.world.timeout(self.period)
            self._bring()
            value = self._look()
            self._points.append(None if value is None else self._breaches(float(value), self.threshold))
            state = judged(
                list(self._points),
                self.state,
                evaluation_periods=self.evaluation_periods,
                datapoints_to_alarm=self.datapoints_to_alarm,
                treat_missing_data=self.treat_missing_data,
            )
            if state != self.state:
                self.world.advance()
                told = self._told(state)
                self._enter(state)
                if told:
                    glyph = "!" if state == "ALARM" else "•"
                    self.world.record.note(self.world.now, self.part, glyph, f"Alarm {self.name} {told}.")
            if state == "ALARM":
                for act in self.actions:
                    if not of_servers(act):
                        self.world.advance()
                    act(value, self.threshold)

    def _told(self, state: str) -> str:
        """What becomes of the alarm, in plain words; '' where its first datapoints are as they should be."""
        if state == "OK":
            return "is off again" if self.state == "ALARM" else ""
        if state != "ALARM":
            return "has no data"
        few, many = self.datapoints_to_alarm, self.evaluation_periods
        values = f"{few} of {many} values" if few < many else f"{few} value{'s' if few > 1 else ''}"
        side = SIDES[self.comparison_operator]
        missing = None in self._points
        return "goes off" if missing else f"goes off: {values} {side} {self.threshold:g}"

    def _look(self) -> float | None:
        value = self.metric()
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise InvalidParameterValue(f"metric returned {value!r:.60}, but must return a number or None.")
        return value

    def _enter(self, state: str) -> None:
        self.state = state
        self.world.record.enter(self.world.now, self.part, "alarm", state)


def of_servers(function) -> bool:
    """Whether a metric, or what a policy decides by it, depends on servers only, not on messages."""
    return getattr(getattr(function, "__self__", function), "of_servers", False) is True


def judged(
    points: list[bool | None],
    state: str,
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    treat_missing_data: str,
) -> str:
    """The state that the latest `points` give, the newest last: breaching, fine, or None for no data (CW-11).

    Where there are enough real ones, the newest of them decide, and missing ones don't matter. Else all
    real ones count, and what is missing to `evaluation_periods` counts as `treat_missing_data` says (CW-7).
    `state` is the present one, which 'ignore' keeps. Where 'missing' finds breaching points only, the state is
    ALARM once the oldest of the last ones is `datapoints_to_alarm` periods old (CW-10). Else it stays, and out of
    INSUFFICIENT_DATA it becomes OK: our choice, since no source says.

    >>> judged([False, True, True, None, True], "OK", evaluation_periods=3, datapoints_to_alarm=3,
    ...     treat_missing_data="missing")
    'ALARM'
    """
    real = [point for point in points if point is not None]
    short = evaluation_periods - len(real)
    if short <= 0:
        return _alarm_if(sum(real[-evaluation_periods:]) >= datapoints_to_alarm)
    if treat_missing_data in ("breaching", "notBreaching"):
        counted = sum(real) + (short if treat_missing_data == "breaching" else 0)
        return _alarm_if(counted >= datapoints_to_alarm)
    if not real:
        return state if treat_missing_data == "ignore" else "INSUFFICIENT_DATA"
    if sum(real) >= datapoints_to_alarm:
        return "ALARM"
    if not all(real):
        return "OK"
    latest = points[-evaluation_periods:]
    old = True in latest and len(latest) - latest.index(True) >= datapoints_to_alarm
    if old and treat_missing_data == "missing":
        return "ALARM"
    return "OK" if state == "INSUFFICIENT_DATA" and treat_missing_data == "missing" else state


def _alarm_if(breached: bool) -> str:
    return "ALARM" if breached else "OK"


def _check_periods(period: int, evaluation_periods: int) -> None:
    """What CloudWatch asks of the length of a period and of all that is looked at (CW-2, CW-3)."""
    if period not in (10, 20, 30) and period % 60:
        raise InvalidParameterValue(f"period is {period} s, but must be 10, 20, 30 or a multiple of 60 s.")
    most, span = (WEEK if period >= 3600 else DAY), period * evaluation_periods
    if span > most:
        raise InvalidParameterValue(
            f"evaluation_periods is {evaluation_periods} datapoints, but {evaluation_periods} × {period} s is "
            f"{span} s, and must be at most {most} s."
        )


def told_of(metric) -> dict:
    """The name of a metric, its statistic, and the part that it is of: None for a function of yours."""
    of = getattr(metric, "of", None)
    return {
        "metric_name": getattr(metric, "__name__", type(metric).__name__),
        "of": of if isinstance(of, int) else None,
        "statistic": getattr(metric, "statistic", "Average"),
    }
