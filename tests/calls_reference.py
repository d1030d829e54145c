"""Applications once more, with one plain SimPy process for each call.

The slow and obvious way: no end is planned, a limit is a timer, a slot is asked for and given back. It shares no code
with `applications` but the plain data of a design, and the work that each order means.

At one moment: what is done to the application; ends of work; answers that come back; time limits; who wakes for another
attempt; calls that arrive; others' calls; new orders. Of each kind the older call goes first. What one of these sets
off at once happens before the next. SimPy sorts by (time, priority), so each of them is an event whose priority is
made of its kind and its number.
"""

from math import inf

import simpy

CONTROL = -1
END, ANSWER, LIMIT, WAKE, ARRIVE, OTHERS, ORDER = (10 + kind * 10**9 for kind in range(7))
OK, FAILED, LATE, REFUSED, BROKEN, CUT = range(6)
NOBODY = 2**32 - 1


def comes(env, delay, priority):
    """An event after `delay`, which has its place among those of the same moment."""
    event = simpy.Event(env)
    event._ok, event._value = True, None
    env.schedule(event, priority=priority, delay=delay)
    return event


class Desk:
    """Slots and a line. `at_work` and `line` hold visits."""

    def __init__(self, slots, instances):
        self.slots, self.instances, self.down = slots, instances, 0
        self.at_work, self.line = [], []

    @property
    def room(self):
        return self.slots * (self.instances - self.down)

    def serve(self):
        while self.line and len(self.at_work) < self.room:
            visit = self.line.pop(0)
            self.at_work.append(visit)
            visit.row["started"] = visit.env.now
            visit.turn.succeed()


class Visit:
    """A call at a desk."""

    def __init__(self, env, row, link, durable, told):
        self.env, self.row, self.link, self.durable, self.told = env, row, link, durable, told
        self.turn, self.desk = env.event(), None
        self.process, self.branches, self.inner = None, [], []
        self.working = None  # [component, since, left]
        self.limit = inf


class Guard:
    """A circuit breaker."""

    def __init__(self, failures, reset):
        self.failures, self.reset, self.bad, self.until, self.trial = failures, reset, 0, None, False

    def forbids(self, now):
        if self.until is None:
            return False
        if now < self.until or self.trial:
            return True
        self.trial = True
        return False

    def hears(self, good, now):
        if good:
            self.bad, self.until, self.trial = 0, None, False
            return
        self.bad += 1
        if self.bad >= self.failures or self.until is not None:
            self.until, self.trial = now + self.reset, False


class SlowApplication:
    """`work(arrow key, order)` and `luck(arrow key)` give numbers in the order in which they are asked for."""

    def __init__(self, design, *, monolith=None, latency=0.0, work, luck):
        self.env = simpy.Environment()
        self.design, self.monolith, self.latency = design, monolith, latency
        self.work, self.luck = work, luck
        self.rows, self.answers = [], {}
        self.speed = {one.name: 1.0 for one in design.components}
        if monolith:
            whole = Desk(*monolith)
            self.desks = dict.fromkeys(design.names, whole)
        else:
            self.desks = {one.name: Desk(one.slots, one.instances) for one in design.components}
        self.guards = {
            (arrow.caller, arrow.callee): Guard(arrow.breaker_failures, arrow.breaker_reset)
            for arrow in design.arrows
            if arrow.breaker_failures
        }

    # Orders, others, and what is done

    def order(self, number, time, work):
        def begin(_):
            row = self.new_row(number, NOBODY, self.design.names[0], self.env.now)

            def told(good, at):
                self.answers[number] = (at, row["status"])

            self.visit(row, (None, self.design.names[0]), work, told)

        comes(self.env, time, ORDER + number).callbacks.append(begin)

    def control(self, time, verb, *values):
        comes(self.env, time, CONTROL).callbacks.append(lambda _: getattr(self, verb)(*values))

    def crash(self, name, count=None):
        desk = self.desks[name]
        alive = desk.instances - desk.down
        count = alive if count is None else min(count, alive)
        broken = [one for place, one in enumerate(desk.at_work) if alive and place % alive < count]
        self.change(desk, broken, down=desk.down + count)

    def change(self, desk, broken, *, down=None, instances=None):
        if instances is not None:
            desk.instances, desk.down = instances, min(desk.down, instances)
        if down is not None:
            desk.down = down
        desk.at_work = [one for one in desk.at_work if one not in broken]
        if not desk.room:
            broken = broken + [one for one in desk.line if not one.durable]
            desk.line = [one for one in desk.line if one.durable]
        for visit in broken:
            for row in (visit.row, *visit.inner):
                row["ended"], row["status"] = self.env.now, BROKEN
            for process in (visit.process, *visit.branches):
                if process.is_alive:
                    process.interrupt("broken")
                    process.defused = True
            if not visit.durable:
                visit.told(False, self.env.now)
        again = []
        for visit in (one for one in broken if one.durable):
            row = self.new_row(visit.row["order"], visit.row["parent"], visit.row["service"], self.env.now)
            again.append(
                self.visit(row, visit.link, visit.row["work"], visit.told, durable=True, queue=False)
            )
        desk.line[:0] = again
        desk.serve()

    def recover(self, name, count=None):
        desk = self.desks[name]
        count = desk.down if count is None else min(count, desk.down)
        self.set_speed(name, 1.0)
        self.change(desk, [], down=desk.down - count)

    def scale(self, name, instances):
        self.change(self.desks[name], [], instances=instances)

    def deploy(self, name, downtime):
        desk = self.desks[name]

        alive = desk.instances - desk.down

        def one_by_one():
            self.change(desk, [], down=desk.down + 1)
            for _ in range(alive):
                yield comes(self.env, downtime, CONTROL)
            if desk.down:
                self.change(desk, [], down=desk.down - 1)

        if alive:
            self.env.process(one_by_one())

    def set_speed(self, name, speed):
        old, self.speed[name] = self.speed[name], speed
        for visit in self.desks[name].at_work:
            if visit.working and visit.working[0] == name:
                _, due, left = visit.working
                visit.working[2] = (due - self.env.now) * old if old else left
                visit.process.interrupt("speed")

    def hang(self, name):
        self.set_speed(name, 0.0)

    def overload(self, name, rate, duration, number):
        until = self.env.now + duration

        def others():
            gap = 1 / rate
            yield comes(self.env, gap, OTHERS + number)
            while True:
                row = self.new_row(NOBODY, NOBODY, name, self.env.now)
                self.visit(row, (None, name), self.work(("overload", name, number), NOBODY), lambda *_: None)
                if self.env.now + gap >= until:
                    return
                yield comes(self.env, gap, OTHERS + number)

        self.env.process(others())

    # A call

    def new_row(self, order, parent, service, arrives):
        row = {"number": len(self.rows), "order": order, "parent": parent, "service": service}
        row |= {"arrived": arrives, "started": inf, "ended": inf, "status": OK}
        self.rows.append(row)
        return row

    def visit(self, row, link, work, told, *, durable=False, limit=inf, queue=True):
        """A call arrives now."""
        visit = Visit(self.env, row, link, durable, told)
        visit.limit = limit
        row["work"] = work
        desk = visit.desk = self.desks[link[1]]
        if not desk.room and not durable:
            row["ended"], row["status"] = self.env.now, REFUSED
            told(False, self.env.now)
            return visit
        visit.process = self.env.process(self.serve(visit))
        if queue:
            desk.line.append(visit)
            desk.serve()
        return visit

    def serve(self, visit):
        try:
            yield visit.turn
            name, row = visit.link[1], visit.row
            yield from self.do(visit, name, row["work"])
            if self.monolith:
                yield from self.functions(visit, name, row["number"])
                good = True
            else:
                good = yield from self.calls(visit, name)
        except simpy.Interrupt:
            return
        visit.desk.at_work.remove(visit)
        visit.desk.serve()
        row["ended"] = self.env.now
        row["status"] = OK if good else FAILED
        if self.env.now + self.latency > visit.limit:
            row["status"] = LATE
        visit.told(good, self.env.now)

    def do(self, visit, name, left):
        """Work, at whatever speed the component has; it begins anew when that changes."""
        visit.working = [name, inf, left]
        while True:
            speed = self.speed[name]
            done = self.env.event()
            if speed:
                visit.working[1] = self.env.now + visit.working[2] / speed
                done = comes(self.env, visit.working[2] / speed, END + visit.row["number"])
            try:
                yield done
                visit.working = None
                return
            except simpy.Interrupt as interrupt:
                if interrupt.cause == "broken":
                    raise

    def functions(self, visit, name, parent):
        for arrow in self.design.arrows_from(name):
            order = visit.row["order"]
            if arrow.asynchronous:
                self.post(arrow, order, parent)
                continue
            row = self.new_row(order, parent, arrow.callee, self.env.now)
            row["started"] = self.env.now
            visit.inner.append(row)
            yield from self.do(visit, arrow.callee, self.work(key(arrow), order))
            yield from self.functions(visit, arrow.callee, row["number"])
            row["ended"] = self.env.now
            visit.inner.remove(row)

    def calls(self, visit, name):
        arrows = list(self.design.arrows_from(name))
        while arrows:
            arrow = arrows.pop(0)
            if arrow.asynchronous:
                self.post(arrow, visit.row["order"], visit.row["number"])
                continue
            together = [arrow]
            while arrow.side_by_side and arrows and arrows[0].side_by_side and not arrows[0].asynchronous:
                together.append(arrows.pop(0))
            if len(together) == 1:
                good = yield from self.ask(visit, arrow)
            else:
                visit.branches = [self.env.process(self.branch(visit, one)) for one in together]
                yield self.env.all_of(visit.branches)
                good = all(branch.value for branch in visit.branches)
            if not good:
                return False
        return True

    def branch(self, visit, arrow):
        try:
            return (yield from self.ask(visit, arrow))
        except simpy.Interrupt:
            return False

    def ask(self, visit, arrow):
        guard = self.guards.get((arrow.caller, arrow.callee))
        order, parent = visit.row["order"], visit.row["number"]
        for failures in range(1, arrow.max_attempts + 1):
            if guard and guard.forbids(self.env.now):
                row = self.new_row(order, parent, arrow.callee, self.env.now)
                row["ended"], row["status"] = self.env.now, CUT
                break
            row, done = self.call(arrow.callee, key(arrow), order, parent, arrow.timeout)
            try:
                good = yield done
            except simpy.Interrupt:
                if guard:
                    guard.trial = False
                raise
            if guard:
                guard.hears(good, self.env.now)
            if good:
                return True
            if failures < arrow.max_attempts:
                yield comes(self.env, self.pause(arrow, failures), WAKE + row["number"])
        if arrow.fallback in (None, "default"):
            return arrow.fallback == "default"
        name = (arrow.caller, f"{arrow.fallback} in place of {arrow.callee}")
        return (yield self.call(arrow.fallback, name, order, parent, arrow.timeout)[1])

    def pause(self, arrow, failures):
        wait = arrow.backoff * 2 ** (failures - 1)
        return round(wait * (1 - arrow.jitter * self.luck(key(arrow))) if arrow.jitter else wait, 6)

    def call(self, callee, name, order, parent, timeout):
        env, latency, done = self.env, self.latency, self.env.event()
        row = self.new_row(order, parent, callee, env.now + latency)
        limit = inf if timeout is None else env.now + timeout
        work = self.work(name, order)

        def over(good):
            if not done.triggered:
                done.succeed(good)

        def told(good, at):
            comes(env, latency, ANSWER + row["number"]).callbacks.append(lambda _: over(good))

        if timeout is not None:
            comes(env, timeout, LIMIT + row["number"]).callbacks.append(lambda _: over(False))
        arrival = comes(env, latency, ARRIVE + row["number"])
        arrival.callbacks.append(lambda _: self.visit(row, (name, callee), work, told, limit=limit))
        return row, done

    def post(self, arrow, order, parent):
        work = self.work(key(arrow), order)

        def send(delay):
            row = self.new_row(order, parent, arrow.callee, self.env.now + delay)
            came = comes(self.env, delay, ARRIVE + row["number"])
            came.callbacks.append(
                lambda _: self.visit(row, (key(arrow), arrow.callee), work, told, durable=True)
            )

        def told(good, at):
            if not good:
                send(arrow.backoff)

        send(self.latency)


def key(arrow):
    return arrow.caller, arrow.callee
