"""An alarm: a metric, a threshold, and how many datapoints must breach it.

An alarm looks at one number for each period. It is quick to say and slow to react: with a period of 60 s and
three datapoints, nothing happens for three minutes, however high the wave. Read `Alarm._watch` first.
"""

from collections import deque
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import World

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "GreaterThanThreshold": float.__gt__,
    "LessThanThreshold": float.__lt__,
    "LessThanOrEqualToThreshold": float.__le__,
}
"""CloudWatch's ways to compare a datapoint with the threshold."""


class InvalidParameterValue(InvalidParameter):
    """CloudWatch's error code for a parameter that its rule forbids."""


class Alarm:
    """Watches `metric`, a function that returns the value of the period that ends now, or None for no data.

    The state is ALARM when `datapoints_to_alarm` of the last `evaluation_periods` datapoints breach the
    threshold, else OK; INSUFFICIENT_DATA when there is nothing to judge. `treat_missing_data` says what a
    missing one counts as. At the end of every period in ALARM each of `actions`, such as the
    `execute_policy` of a scaling policy, is called with the value and the threshold.
    Raises InvalidParameterValue.
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
        if not callable(metric):
            rule = "must be a function that returns a number, or None for no data"
            raise InvalidParameterValue(f"metric is {metric!r:.60}, but {rule}.")
        if not isinstance(actions, (tuple, list)) or not all(callable(act) for act in actions):
            rule = "must be a list of functions of a value and a threshold, such as policy.execute_policy"
            raise InvalidParameterValue(f"actions is {actions!r:.60}, but {rule}.")
        self.world, self.name, self.metric, self.threshold = world, name, metric, float(threshold)
        self.period, self.datapoints_to_alarm = period, needed
        self.treat_missing_data, self.actions = treat_missing_data, tuple(actions)
        self.part = world.record.add_part(
            name, "alarm", time=world.now, threshold=threshold, period=period, datapoints_to_alarm=needed
        )
        self._breaches = COMPARISONS[comparison_operator]
        self._last: deque = deque(maxlen=evaluation_periods)
        self._enter("INSUFFICIENT_DATA")
        world.process(self._watch())

    def _watch(self):
        """Take one datapoint at the end of each period, and judge. A SimPy process."""
        while True:
            yield self.world.timeout(self.period)
            self.world.advance()
            value = self._look()
            self._last.append(value)
            state = self._judge()
            if state != self.state:
                self._enter(state)
                glyph = "!" if state == "ALARM" else "•"
                text = f"Alarm {self.name} is in state {state}."
                self.world.record.note(self.world.now, self.part, glyph, text)
            if state == "ALARM":
                for act in self.actions:
                    act(value, self.threshold)

    def _look(self) -> float | None:
        value = self.metric()
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise InvalidParameterValue(f"metric returned {value!r:.60}, but must return a number or None.")
        return value

    def _judge(self) -> str:
        """The state that the last datapoints give."""
        instead = {"breaching": True, "notBreaching": False}.get(self.treat_missing_data)
        marks = [instead if v is None else self._breaches(float(v), self.threshold) for v in self._last]
        known = [mark for mark in marks if mark is not None]
        if not known:
            return self.state if self.treat_missing_data == "ignore" else "INSUFFICIENT_DATA"
        return "ALARM" if sum(known) >= self.datapoints_to_alarm else "OK"

    def _enter(self, state: str) -> None:
        self.state = state
        self.world.record.enter(self.world.now, self.part, "alarm", state)
