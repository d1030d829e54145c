"""Records made by hand, of parts of many kinds: messages, subscribers, functions, hosts, components.

No model writes them yet, so each is played here by a few lines that count for themselves what the stage must
show. Read `coat_check` first; `all_records` is what the gallery shows.
"""

from dataclasses import dataclass, field

import simpy

from cloudlab.kernel.invocations import FunctionTable, Origin, Version
from cloudlab.kernel.record import Record


@dataclass
class Shelf:
    """A queue whose messages come back unless they are deleted; it keeps its own count of them."""

    record: Record
    env: simpy.Environment
    part: int
    timeout: float
    visible: list = field(default_factory=list)
    flying: dict = field(default_factory=dict)
    gone: int = 0
    tries: dict = field(default_factory=dict)

    def send(self, message: int, source: int) -> None:
        self.visible.append(message)
        self.record.move(self.env.now, message, source, self.part)

    def take(self, worker: int) -> int | None:
        if not self.visible:
            return None
        message = self.visible.pop(0)
        self.tries[message] = self.tries.get(message, 0) + 1
        self.flying[message] = worker
        until = self.env.now + self.timeout
        self.record.move(self.env.now, message, self.part, worker, until, self.tries[message])
        self.env.process(self._come_back(message, self.tries[message], worker))
        return message

    def delete(self, message: int, worker: int) -> None:
        if self.flying.get(message) == worker:
            del self.flying[message]
            self.gone += 1
            self.record.move(self.env.now, message, worker, None)

    def _come_back(self, message: int, attempt: int, worker: int):
        yield self.env.timeout(self.timeout)
        if self.flying.get(message) == worker and self.tries[message] == attempt:
            del self.flying[message]
            self.visible.append(message)
            self.record.move(self.env.now, message, worker, self.part)
            words = f"Message {message} is visible again: nobody deleted it."
            self.record.note(self.env.now, self.part, "↻", words)


def coat_check(moments=(), *, length: float = 300.0) -> tuple[Record, list[tuple]]:
    """Four workers at one queue, one of them too slow and one killed; and what the queue held at `moments`."""
    env, record = simpy.Environment(), Record(1)
    shop = record.add_part("shop", "customers")
    queue = record.add_part("orders", "queue")
    workers = [record.add_part(f"worker {letter}", "worker", slots=1) for letter in "ABCD"]
    record.add_link(shop, queue)
    for worker in workers:
        record.add_link(queue, worker)
        record.add_link(worker, queue)
    shelf = Shelf(record, env, queue, timeout=30.0)

    def senders():
        for message in range(1, 121):
            shelf.send(message, shop)
            yield env.timeout(2.5 if message <= 60 else 1.8)

    def work(worker: int, seconds: float, dies: float):
        record.enter(0, worker, "application", "answering")
        while env.now < dies:
            message = shelf.take(worker)
            if message is None:
                yield env.timeout(1)
                continue
            record.enter(env.now, worker, "work", "working", env.now + seconds)
            yield env.timeout(min(seconds, dies - env.now))
            if env.now < dies:
                shelf.delete(message, worker)
        record.enter(dies, worker, "application", "killed")
        record.note(dies, worker, "✕", "Worker C is killed with a message in hand. Its ring runs on.")

    env.process(senders())
    for worker, seconds, dies in zip(workers, (8, 9, 12, 44), (1e9, 1e9, 146, 1e9), strict=True):
        env.process(work(worker, seconds, dies))
    seen = []
    for moment in [*moments, length]:
        env.run(until=moment)
        seen.append((len(shelf.visible), len(shelf.flying), shelf.gone))
    record.end = length
    return record, seen[: len(moments)]


def loudspeaker() -> Record:
    """A topic with subscribers of several kinds: one asleep, one with a filter, one a queue with a worker."""
    record = Record(1)
    shop, topic = record.add_part("shop", "customers"), record.add_part("order placed", "topic")
    record.add_link(shop, topic)
    names = ("Email", "SMS", "HTTP", "Lambda")
    ears = [
        record.add_part(name, "subscriber", **({"filter_policy": "big"} if name == "SMS" else {}))
        for name in names
    ]
    queue, worker = record.add_part("to pack", "queue"), record.add_part("packer", "worker")
    for target in (*ears, queue):
        record.add_link(topic, target)
    record.add_link(queue, worker)
    record.enter(40, ears[2], "application", "asleep")
    record.note(40, ears[2], "✕", "HTTP is asleep: what is sent now, it never gets.")
    for message in range(1, 19):
        sent = 5.0 * message
        record.move(sent, message, shop, topic)
        for ear in ears:
            wanted = (ear != ears[1] or message % 3 == 0) and not (ear == ears[2] and sent > 40)
            if wanted:
                record.move(sent + 1, message, topic, ear)
        record.move(sent + 1, message, topic, queue)
        if message <= 8:
            record.move(sent + 3, message, queue, worker, sent + 33, 1)
            record.move(sent + 6, message, worker, None)
    record.end = 100.0
    return record


def kitchen() -> Record:
    """A function with a database behind it, whose environments start, run, idle and go."""
    record = Record(1)
    shop = record.add_part("events", "customers")
    function = record.add_part("thumbnail", "function", memory_size=512, timeout=30, idle_lifetime=32.0)
    database = record.add_part("table", "database")
    record.add_link(shop, function)
    record.add_link(function, database)
    table = record.functions[function] = FunctionTable()
    table.versions.append(Version("$LATEST", 512, 30, "x86_64", 512, "python3.13", ""))
    table.origins.append(Origin("hand", function))
    for number in range(12):
        start = 4.0 * number if number < 6 else 30.0 + 2 * number
        for column, value in (
            (table.origin, 0),
            (table.source, number),
            (table.began, start),
            (table.ended, start + 18),
            (table.environment, number),
            (table.ending, 0),
            (table.born, start),
            (table.ready, start + 6),
            (table.gone, start + 50),
            (table.version, 0),
            (table.provisioned, 0),
        ):
            column.append(value)
    record.set(function, "ConcurrencyLimit", 0, 1000)
    return ended(record)


SIZES = ((4, 8), (1, 4), (2, 2), (1, 2), (0.5, 2), (2, 6))
"""CPU (vCPU) and memory (GiB) of the containers, in turn."""


def removal_van() -> Record:
    """Twelve hosts with containers; one is lost, and some of its containers start elsewhere."""
    record = Record(1)
    hosts = [record.add_part(f"h{number}", "host", cpu=8192, memory=32_768) for number in range(1, 13)]
    number = 0
    for host in hosts:
        cpu = memory = 0.0
        while True:
            need, room = SIZES[(number * 5 + host) % len(SIZES)]
            if cpu + need > 8 or memory + room > 26:
                break
            born = 2.0 + number
            container(record, f"c{number}", born, host, need, room, "search" if need == 4 else "cart")
            cpu, memory, number = cpu + need, memory + room, number + 1
    lost = hosts[5]
    record.enter(80, lost, "application", "killed")
    record.note(80, lost, "✕", "h6 is lost, and the containers on it with it.")
    for part in record.parts:
        if part.kind == "container" and part.parent == lost:
            part.gone = 80.0
    for host in hosts[6:12:2]:  # those with room
        container(record, f"again on {record.parts[host].name}", 84.0, host, 0.5, 2, "cart", boot=20)
        record.note(84, host, "◐", f"A container starts again on {record.parts[host].name}.")
    return ended(record)


def ended(record: Record, end: float = 120.0) -> Record:
    """The record with its states in order of time, as a model writes them."""
    record.states.sort(key=lambda entry: entry.time)
    record.end = end
    return record


def container(record, name, born, host, cpu, memory, service, boot=8.0) -> int:
    size = {"cpu": int(1024 * cpu), "memory": int(1024 * memory)}
    one = record.add_part(name, "container", time=born, parent=host, **size, service=service)
    record.enter(born, one, "lifecycle", "PENDING", born + boot)
    record.enter(born + boot, one, "lifecycle", "RUNNING")
    return one


def shop() -> Record:
    """Components that call each other, a balancer before them and a database behind; one is dead."""
    record = Record(1)
    kinds = {"customers": "customers", "front": "balancer", "web": "component", "orders": "component"}
    kinds |= {"stock": "component", "payment": "component", "mail": "component", "books": "database"}
    part = {name: record.add_part(name, kind) for name, kind in kinds.items()}
    ways = [
        "customers front",
        "front web",
        "web orders",
        "orders stock",
        "orders payment",
        "orders mail",
        "stock books",
    ]
    for way in ways:
        source, target = way.split()
        record.add_link(part[source], part[target])
    record.enter(60, part["mail"], "application", "crashed")
    record.note(60, part["mail"], "✕", "Mail crashes. The other parts go on.")
    link = record.add_link(part["customers"], part["front"])
    for number in range(100):
        at = 1.2 * number
        record.requests.extend(link, [at], [at], [at + 1], [at + 1], 0, [part["front"]], 0)
    record.end = 120.0
    return record


def all_records() -> dict[str, Record]:
    """All of them by name."""
    made = {"loudspeaker": loudspeaker, "kitchen": kitchen, "removal-van": removal_van, "pull-the-plug": shop}
    return {"coat-check": coat_check()[0]} | {name: build() for name, build in made.items()}
