"""What the tests of models share: plain instances, requests at given moments, the record as a timetable."""

from math import inf

from cloudlab.ec2 import LaunchTemplate
from cloudlab.traffic import Customers

AT_ONCE = LaunchTemplate(launch_time=0, boot_time=0)
"""Instances that answer from the first moment on."""

ONE_AT_A_TIME = LaunchTemplate(launch_time=0, boot_time=0, slots=1)
"""The same, one request at a time."""


class Requests:
    """Traffic of requests at given moments: `Requests((0.5, 2), (1, 2))` is work of 2 s at 0.5 and at 1 s."""

    paths = ("/",)
    duration = inf

    def __init__(self, *arrivals_and_works):
        self.times = [float(time) for time, _ in arrivals_and_works]
        self.works = [float(work) for _, work in arrivals_and_works]

    def chunks(self, dice, regular=False):
        """All of them at once."""
        yield inf, self.times, [0] * len(self.times), self.works


def send(world, to, *arrivals_and_works, name="customers", **more):
    """Customers who send requests, each given as (arrival s, work s), to the part `to`."""
    return Customers(world, name, traffic=Requests(*arrivals_and_works), to=to, **more)


def timetable(world, name, aspect="lifecycle"):
    """(time, state) of each state that part `name` was in, by the word of `aspect`."""
    part = world.record.part(name)
    entries = [entry for entry in world.record.states if (entry.part, entry.aspect) == (part, aspect)]
    return [(entry.time, entry.state) for entry in entries]


def changes(world, name, metric):
    """(time, value) of each change of a metric of part `name`."""
    series = world.record.series[world.record.part(name), metric]
    return list(zip(series.times, series.values, strict=True))


def checks(world, target, *asked, within=100.0):
    """(asked s, answered s, good) of a health check of `target` at each of these moments, as the run goes on."""
    found = []

    def check(time):
        yield world.timeout(time - world.now)
        good = yield from target.health_check(within)
        found.append((time, world.now, good))

    for time in asked:
        world.process(check(time))
    return found


def served_by(world):
    """The name of the part that each request reached."""
    return [world.record.parts[part].name for part in world.record.requests.target]
