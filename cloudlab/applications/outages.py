"""Outages by chance, so that the share of time in which a component works can be measured, not only computed.

Read `_fail` first: one instance of one component works, is down, works again, each for an exponential time.
"""

from collections import Counter
from typing import Annotated

from cloudlab.applications.application import Application
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import microseconds


class Outages:
    """From now on each instance of each component is down for 1 - `availability` of the time.

    An outage is `mean_downtime` seconds long on average. In a monolith each component takes its process along, which
    is back when none of them is down any more.
    """

    @checked()
    def __init__(
        self,
        application: Application,
        *,
        mean_downtime: Annotated[float, Limit(0.1, 86_400, "s", label="Length of an outage")] = 60.0,
    ):
        self.application, self.mean_downtime = application, mean_downtime
        self._down: Counter[tuple[int, int]] = Counter()
        for name, service in application.services.items():
            if application.design.component(name).availability < 1:
                for number in range(service.instances):
                    application.world.process(self._fail(name, (service.part, number)))

    def _fail(self, name: str, instance: tuple[int, int]) -> Process:
        """Be down and up in turn. A SimPy process."""
        app, share = self.application, self.application.design.component(name).availability
        dice = app.world.dice(f"{app.name} outages of {name} {instance[1]}")
        uptime = self.mean_downtime * share / (1 - share)
        up = dice.random() < share
        while True:
            if up:
                yield app.world.timeout(microseconds(dice.expovariate(1 / uptime)))
            self._down[instance] += 1
            if self._down[instance] == 1:
                app.crash(name, instances=1)
            if not share:
                return
            yield app.world.timeout(microseconds(dice.expovariate(1 / self.mean_downtime)))
            self._down[instance] -= 1
            if not self._down[instance]:
                app.recover(name, instances=1)
            up = True
