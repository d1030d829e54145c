"""The contracts of `kernel.contracts`: a part that has exactly those names, and no more, works with the others.

Each class here is written as a stranger would write it, from the protocol alone. That a name is missing or
stands for something else shows when they run.
"""

import inspect

import pytest

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import contracts
from cloudlab.kernel.contracts import Chunk, Letter
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.measures import outcomes
from cloudlab.kernel.record import Status
from cloudlab.kernel.server import Server
from cloudlab.kernel.serving import serve
from cloudlab.load_balancer import LoadBalancer
from cloudlab.load_balancer.routing import METHODS
from cloudlab.sns import Topic
from cloudlab.sqs import Queue
from cloudlab.traffic import Customers, Senders, steady
from cloudlab.views.experiment import Experiment
from cloudlab.views.panel import explore

AT_ONCE = LaunchTemplate(launch_time=0, boot_time=0, slots=1)
UNHURRIED = {"health_check_interval_seconds": 300, "health_check_timeout_seconds": 120}


class EveryTenSeconds:
    """A traffic: a request each ten seconds, in turn for a cart and a list, of one second of work."""

    paths = ("/cart", "/list")
    duration = 100.0

    def rate(self, time):
        return 0.1 if time < self.duration else 0.0

    def count(self, start, end):
        return (min(end, self.duration) - start) / 10

    def chunks(self, dice, regular):
        for begin in (0.0, 50.0):
            times = [begin + 10.0 * place for place in range(5)]
            yield Chunk(begin + 50.0, times, [0, 1, 0, 1, 0], [1.0] * 5)


class Booth:
    """A contact: one server behind a door that opens at `opens` (s); who comes before waits outside."""

    idle_timeout = 60.0

    def __init__(self, world, name, opens):
        self.part = world.record.add_part(name, "booth", time=world.now, slots=1)
        self.server, self.opens = Server(world, self.part), opens
        self.outside, self.told = [], []

    def handle(self, customers, arrived, works, paths):
        never, leaves = [float("inf")] * len(arrived), [time + customers.limit for time in arrived]
        rows = customers.record.requests
        first = rows.extend(
            customers.client,
            arrived,
            never,
            never,
            leaves,
            paths,
            [self.part] * len(arrived),
            customers.too_late,
        )
        columns = zip(range(first, first + len(arrived)), arrived, works, strict=True)
        self.outside += [(customers, row, time, work) for row, time, work in columns]
        return first

    def time_passed(self, now):
        started = False
        while self.outside and max(self.outside[0][2], self.opens) < now:
            customers, row, arrived, work = self.outside.pop(0)
            customers.settle(contracts.Amended(row, *self.server.take(max(arrived, self.opens), work)))
            started = True
        return started

    def plan_changed(self, part, changes):
        self.told.append((part, changes))


class LastFirst:
    """A routing method: the server that was registered last, as long as it has no request open."""

    def __init__(self, dice, part):
        self.servers, self.open, self.told = [], [], []

    def routed(self, servers):
        self.servers = list(servers)

    def picks(self, arrived, answered):
        for time in arrived:
            self.open = [(end, index) for end, index in self.open if end > time]
            taken = {index for _, index in self.open}
            last = len(self.servers) - 1
            index = next((place for place in range(last, -1, -1) if place not in taken), last)
            yield index
            self.open.append((answered[-1], index))

    def handle(self, customers, arrived, works, paths):
        return serve(customers, self.servers, self, arrived, works, paths)

    def time_passed(self, now):
        return False

    def plan_changed(self, part, changes):
        self.told.append((part, [tuple(change) for change in changes]))


class Printer:
    """A target that is no instance."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.part = world.record.add_part(name, "printer", time=world.now, slots=1)
        self.server = Server(world, self.part)

    def health_check(self, within):
        yield self.world.timeout(1)
        return True


class Two:
    """A source of targets: both are registered at once, and one leaves when it is told to."""

    def __init__(self, targets):
        self.targets, self.balancers = targets, []

    def attach(self, balancer):
        self.balancers.append(balancer)
        for target in self.targets:
            balancer.register(target)


class AlwaysThree:
    """A policy that wants three instances, whatever the metric says."""

    name = "always three"

    def __init__(self, scaling):
        self.scaling = scaling
        scaling.add(self)

    def execute_policy(self, metric_value, breach_threshold):
        self.scaling.wish(3, self)

    def may_scale_in(self):
        return True


class Alarmbell:
    """A stage that keeps what it is told, and hands on nothing."""

    def __init__(self, world):
        self.world, self.heard = world, []
        self.part = world.record.add_part("bell", "bell", time=world.now)
        world.add_stage(self)

    def deliver(self, times, paths, publishes=()):
        self.heard.append(times)

    def advance(self, now):
        """Nothing happens here by itself."""

    def next_time(self):
        return float("inf")


class Newspaper:
    """A letter source: what it lays into an inbox it knows by the rows of its own."""

    part = 0
    texts = ("rain", "sun", "snow")

    def letter(self, publish):
        return Letter(self.texts[publish], {}, self.group_of(publish))

    def group_of(self, publish):
        return "weather" if publish else None


class Pigeonhole:
    """An inbox that keeps nothing but times and texts."""

    def __init__(self, world, name):
        self.world, self.name, self.sources, self.found = world, name, [], []
        self.part = world.record.add_part(name, "pigeonhole")
        world.add_stage(self)

    def add_source(self, source):
        self.sources.append(source)
        return len(self.sources)

    def deliver(self, times, paths, publishes=(), source=0):
        letters = [self.sources[source - 1].letter(publish).body for publish in publishes]
        self.found += zip(times, letters, strict=True)

    def tell(self):
        """Nobody waits."""

    def advance(self, now):
        """Nothing happens here."""

    def next_time(self):
        return float("inf")


class Choir:
    """What policies scale: singers, who come at once, each in one slot."""

    min_size, max_size, default_cooldown, default_instance_warmup = 1, 6, 60, None
    times_asked, active_until = 0, float("-inf")

    def __init__(self, world, name):
        self.world, self.name, self.part = world, name, world.record.add_part(name, "choir", time=world.now)
        self.singers = []
        self.ask(2, "the conductor")

    @property
    def desired_capacity(self):
        return len(self.singers)

    def ask(self, capacity, by):
        granted = max(self.min_size, min(self.max_size, capacity))
        while len(self.singers) < granted:
            self.singers.append(Printer(self.world, f"singer {len(self.singers) + 1}"))
        del self.singers[granted:]
        self.times_asked += 1
        return granted

    def busy(self):
        return False

    def targets(self):
        return self.singers

    def warmed(self, warmup=None):
        return self.singers

    def holding(self):
        return self.singers

    def ending(self):
        return []


class Belt:
    """A stage: it leaves a message at each full minute at the next stage, a mailbox."""

    def __init__(self, world, name, to):
        self.part, self.to, self.sent = world.record.add_part(name, "belt", time=world.now), to, 0
        self.path = world.record.add_path("/letter")
        world.add_stage(self)
        world.add_way(self, to)

    def advance(self, now):
        while self.next_time() < now:
            self.to.deliver([self.next_time()], [self.path])
            self.sent += 1

    def next_time(self):
        return 60.0 * (self.sent + 1)


FITS = {
    "Traffic": EveryTenSeconds,
    "Contact": Booth,
    "Stage": Belt,
    "RoutingMethod": LastFirst,
    "Chooser": LastFirst,
    "Target": Printer,
    "TargetSource": Two,
    "Policy": AlwaysThree,
    "Scalable": Choir,
    "LetterSource": Newspaper,
    "Inbox": Pigeonhole,
    "Registry": LoadBalancer,
    "RequestServer": Server,
    "Caller": Customers,
    "Stream": Customers,
}
"""What stands for each protocol here; the last ones are the course's own."""


PROTOCOLS = {name: kind for name, kind in vars(contracts).items() if getattr(kind, "_is_protocol", False)}
PROTOCOLS.pop("Protocol")


def test_each_protocol_is_tried_here():
    assert PROTOCOLS.keys() == FITS.keys()


STRANGERS = [name for name, kind in FITS.items() if kind.__module__ == __name__]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_has_every_method_that_its_protocol_lists_and_takes_the_same_arguments(name):
    for method, wanted in vars(PROTOCOLS[name]).items():
        if method.startswith("_") or not inspect.isfunction(wanted):
            continue
        given = inspect.signature(getattr(FITS[name], method))
        assert list(given.parameters) == list(inspect.signature(wanted).parameters), method


def test_a_traffic_and_a_contact_written_from_their_protocols_work_together(world):
    booth = Booth(world, "booth", opens=25)
    Customers(world, "ann", traffic=EveryTenSeconds(), to=booth)
    rows = world.run(200).requests
    assert list(rows.arrived) == [10.0 * place for place in range(10)]
    assert list(rows.started) == [25, 26, 27, *(10.0 * place for place in range(3, 10))]
    assert [world.record.paths[path] for path in rows.path[:3]] == ["/cart", "/list", "/cart"]
    assert set(rows.status) == {Status.OK}


def test_a_contact_is_told_when_a_server_makes_a_new_plan(world):
    booth = Booth(world, "booth", opens=0)
    Customers(world, "ann", traffic=EveryTenSeconds(), to=booth)
    world.run(10.5)
    booth.server.set_speed(world.now, 0.5)
    assert booth.told == [(booth.part, [contracts.AnswerChange(11.0, 11.5)])]
    assert world.run(100).requests.answered[1] == 11.5


def test_a_routing_method_written_from_its_protocol_chooses_and_hears_what_changes(world, monkeypatch):
    made = []
    monkeypatch.setitem(METHODS, "round_robin", lambda *given: made.append(LastFirst(*given)) or made[-1])
    machines = [Instance(world, f"i-{number}", launch_template=AT_ONCE) for number in range(3)]
    shop = LoadBalancer(world, "shop", targets=machines, **UNHURRIED)
    Customers(world, "ann", traffic=steady(1), to=shop, arrivals="regular", work="fixed", mean_work=1.7)
    world.run(10)
    chosen = [world.record.parts[part].name for part in world.record.requests.target]
    assert chosen[:4] == ["i-2", "i-1", "i-2", "i-1"]  # each is free again when the next but one comes
    machines[2].slow_down(0.5)
    assert made[0].told[0][0] == machines[2].part
    world.run(20)
    assert "i-0" in [world.record.parts[part].name for part in world.record.requests.target[10:]]


def test_targets_that_are_no_instances_are_registered_by_a_source_that_is_no_group(world):
    source = Two([Printer(world, "left"), Printer(world, "right")])
    shop = LoadBalancer(world, "shop", targets=source, **UNHURRIED)
    Customers(world, "ann", traffic=steady(1), to=shop, work="fixed", mean_work=0.5)
    world.run(60)
    gone = source.balancers[0].deregister(source.targets[0])
    world.run(120)
    assert gone.triggered
    assert shop.target_health(source.targets[0]) == "unused"
    late = [row for row, time in enumerate(world.record.requests.arrived) if time > 60]
    assert {world.record.requests.target[row] for row in late} == {source.targets[1].part}
    assert outcomes(world.record).failed == 0


def test_a_stage_written_from_its_protocol_hands_its_messages_on(world):
    queue = Queue(world, "queue")
    Belt(world, "belt", queue)
    message = world.do(queue.receive_message(wait_time_seconds=20))
    assert (message, world.now) == ([], 20.0)
    world.run(55)
    assert len(world.do(queue.receive_message(wait_time_seconds=20))) == 1
    assert world.now == 60.0
    world.run(200)
    assert list(queue.table.sent) == [60.0, 120.0, 180.0]


def test_a_policy_written_from_its_protocol_gets_its_wish(world):
    group = AutoScalingGroup(world, "web", min_size=1, max_size=5, launch_template=AT_ONCE)
    policy = AlwaysThree(ScalingPolicies(world, group))
    policy.execute_policy(90.0, 60.0)
    world.run(1)
    assert (group.desired_capacity, world.record.asks[0].by) == (3, "always three")


def test_what_scales_written_from_its_protocol_follows_its_load(world):
    choir = Choir(world, "choir")
    hall = LoadBalancer(world, "hall", targets=list(choir.singers), **UNHURRIED)
    Customers(world, "audience", traffic=steady(1.8), to=hall, work="fixed", mean_work=1.0)
    TargetTracking(ScalingPolicies(world, choir), target_value=45.0)
    world.run(400)
    assert choir.desired_capacity > 3  # two, nine tenths busy, is twice the target


# A stranger's class that doesn't keep its word


def test_a_source_written_from_its_protocol_tells_what_lies_in_a_queue(world):
    queue = Queue(world, "pack")
    number = queue.add_source(Newspaper())
    queue.send_message("by hand")
    queue.deliver([1.0, 2.0], world.record.add_path("news"), [1, 0], number)
    world.run(3)
    found = world.do(queue.receive_message(max_number_of_messages=10))
    assert [one.body for one in found] == ["by hand", "sun", "rain"]
    assert [one.attributes.get("MessageGroupId") for one in found] == [None, "weather", None]


def test_an_inbox_written_from_its_protocol_takes_what_a_topic_lays_into_it(world):
    topic, hole = Topic(world, "news"), Pigeonhole(world, "hole")
    topic.subscribe("sqs", hole, raw_message_delivery=True)
    topic.publish("rain")
    world.run(3)
    topic.publish("sun")
    world.run(4)
    assert hole.found == [(0.0, "rain"), (3.0, "sun")]


@pytest.mark.parametrize(
    "picks, words",
    [
        (lambda arrived, answered: [0], r"picks ended after 1 of \d+ requests, but must give"),
        (
            lambda arrived, answered: [-1] * len(arrived),
            "picks gave -1, but must give .*, from 0 to 0",
        ),
        (lambda arrived, answered: [5] * len(arrived), "picks gave 5, but must give the index"),
        (lambda arrived, answered: [[]] * len(arrived), r"picks gave \[\], but must give the index"),
    ],
)
def test_a_method_that_picks_no_server_for_each_request_says_so(world, monkeypatch, picks, words):
    method = type("Odd", (LastFirst,), {"picks": lambda self, *columns: picks(*columns)})
    monkeypatch.setitem(METHODS, "round_robin", lambda dice, part: method(dice, part))
    balancer = LoadBalancer(world, "door", targets=[Instance(world, "a", launch_template=AT_ONCE)])
    Customers(world, "people", traffic=steady(3), to=balancer)
    with pytest.raises(InvalidParameter, match=f"^{words}.*\\.$"):
        world.run(until=60)


@pytest.mark.parametrize("attempts", [1, 2])
@pytest.mark.parametrize("reply", [None, 7, "row", True])
def test_a_contact_that_does_not_return_its_first_row_says_so(world, attempts, reply):
    booth = Booth(world, "booth", opens=0)
    booth.handle = lambda customers, arrived, works, paths: reply
    Customers(world, "people", traffic=steady(3), to=booth, max_attempts=attempts)
    with pytest.raises(
        InvalidParameter, match=f"^handle of to returned {reply!r} for .* requests, but must add a row"
    ):
        world.run(until=60)


def test_a_scenario_that_returns_no_record_says_so():
    with pytest.raises(
        InvalidParameter, match="^forgetful returned None, but must return the record of its run"
    ):
        Experiment(forgetful)
    with pytest.raises(InvalidParameter, match="^scenario is None, but must be a function.$"):
        explore(None)


def forgetful(*, seed: int = 1):
    """A scenario whose last line was forgotten."""


def test_a_stage_of_ones_own_hears_what_is_sent_to_it_before_each_moment(world):
    bell = Alarmbell(world)
    Senders(world, "people", traffic=EveryTenSeconds(), to=bell)
    world.run(25)
    world.run(45)
    assert [list(times) for times in bell.heard] == [[0, 10, 20], [30, 40]]
