"""A monolith: all components in one process.

Read `Monolith._serve` first: an order takes one slot, and all else are function calls in it. A crash of any component
takes the whole process, and it is deployed and scaled as a whole. Nothing gets lost between components.
"""

from collections.abc import Mapping
from typing import Annotated

from cloudlab.applications.application import Application, Spread
from cloudlab.applications.design import Component, Design
from cloudlab.applications.loop import Steps, Task
from cloudlab.applications.places import LiveService, Place, Service
from cloudlab.kernel.draws import Work
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import World


class Monolith(Application):
    """All components in one process, of which there are `instances` copies with so many `slots` each.

    What the design says of a component's own instances and slots, and of the network, doesn't count here. Raises
    InvalidParameter.
    """

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        design: Design,
        instances: Annotated[int, Limit(1, 100, "instances", label="Instances")] = 1,
        slots: Annotated[int, Limit(1, 256, "slots", label="Orders side by side")] = 4,
        work: Work = "exponential",
        work_spread: Spread = 1.0,
        mailboxes: Mapping | None = None,
    ):
        self._size = {"instances": instances, "slots": slots}
        self._process: LiveService | None = None
        super().__init__(world, name, design, work, work_spread, mailboxes or {})

    def _attributes(self) -> dict:
        return {"shape": "monolith", **self._size}

    def _told(self, known: dict) -> dict:
        return {name: value for name, value in known.items() if name not in self._size}

    def _service_of(self, component: Component, part: int) -> Service:
        if self._process is None:
            self._process = LiveService(self.loop, self.name, self.part, **self._size)
        return self._process

    def _serve(self, task: Task) -> Steps:
        """One slot for the whole order: all else are function calls."""
        call = task.call
        yield from self._functions(task, call.link.place, call.row)
        return True

    def _functions(self, task: Task, place: Place, parent: int) -> Steps:
        """What a component calls, one after the other, in the slot that it has."""
        table, order = self.table, task.call.order
        for group in place.groups:
            for link in group:
                if link.arrow.asynchronous:
                    self._post(link, order, parent)
                    continue
                row = table.add(order, parent, link.place.part, self.loop.now)
                table.started[row] = self.loop.now
                task.rows = (*task.rows, row)
                yield link.place, link.work(order)
                yield from self._functions(task, link.place, row)
                table.ended[row] = self.loop.now
                task.rows = task.rows[:-1]
        return True
