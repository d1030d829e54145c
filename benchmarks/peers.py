"""W1 and W2 in two other simulators of queues, used the way their documentation shows.

Both are imported inside the functions: they need not be installed. Ciw has a balancer only as a node
without work that routes; happysim has one. For least outstanding requests, Ciw's `LoadBalancing` router
counts what waits and what is in service, as it should, with ties by dice. happysim's own
`LeastConnections` does not count what waits, so it gets a strategy that does.
"""

from math import inf

from benchmarks.workloads import Draws, Run, Workload


def ciw(workload: Workload, count: int, draws: Draws) -> Run:
    """A network of nodes in Ciw."""
    import ciw

    class Given(ciw.dists.Distribution):
        def sample(self, t=None, ind=None):
            return draws.works[ind.id_number - 1]

        def __deepcopy__(self, memo):
            return self

    ciw.seed(draws.seed)
    gaps = ciw.dists.Sequential([*draws.gaps, inf])  # it would begin anew
    arrivals = gaps if draws.gaps else ciw.dists.Exponential(workload.rate)
    service = Given() if draws.works else ciw.dists.Exponential(1.0)
    if workload.servers == 1:
        network = ciw.create_network(
            arrival_distributions=[arrivals],
            service_distributions=[service],
            number_of_servers=[workload.slots],
        )
    else:
        backends = list(range(2, workload.servers + 2))
        methods = {"round_robin": ciw.routing.Cycle, "least_outstanding_requests": ciw.routing.LoadBalancing}
        leave = [ciw.routing.Leave() for _ in backends]
        network = ciw.create_network(
            arrival_distributions=[arrivals] + [None] * workload.servers,
            service_distributions=[ciw.dists.Deterministic(0.0)] + [service] * workload.servers,
            number_of_servers=[inf] + [workload.slots] * workload.servers,
            routing=ciw.routing.NetworkRouting(routers=[methods[workload.method](backends), *leave]),
        )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(count, method="Complete")
    waits = [r.waiting_time for r in simulation.get_all_records() if r.node > 1 or workload.servers == 1]
    return Run(len(waits), sum(waits) / len(waits))


def happysim(workload: Workload, count: int, draws: Draws) -> Run:
    """A source, a balancer, servers and a sink in happysim."""
    import random

    import happysimulator as happy
    import numpy as np
    from happysimulator.components.load_balancer import LoadBalancer, RoundRobin
    from happysimulator.components.server import Server

    random.seed(draws.seed)
    np.random.seed(draws.seed)
    sink, fan = happy.Sink(), workload.servers
    work = _given_works(workload, draws.works) if draws.works else [happy.ExponentialLatency(1.0)] * fan
    servers = [Server(f"server {n}", workload.slots, work[n], downstream=sink) for n in range(fan)]
    entities, target = [*servers, sink], servers[0]
    if workload.method:
        target = LoadBalancer("balancer", servers, RoundRobin() if "robin" in workload.method else Fewest())
        entities.append(target)
    if draws.gaps:
        source, duration = _given_arrivals(draws.gaps, target), None
    else:
        source, duration = happy.Source.poisson(rate=workload.rate, target=target), count / workload.rate
    happy.Simulation(sources=[source], entities=entities, duration=duration).run()
    served = sum(server.stats.total_service_time for server in servers)
    return Run(sink.events_received, (sum(sink.latencies_s) - served) / sink.events_received)


class Fewest:
    """A strategy for happysim's balancer: fewest waiting and in service, ties to the next after the last."""

    def __init__(self):
        self._last = -1

    def select(self, backends, request):
        """The backend for `request`."""
        order = backends[self._last + 1 :] + backends[: self._last + 1]
        chosen = min(order, key=lambda server: server.active_requests + server.depth)
        self._last = backends.index(chosen)
        return chosen


def _given_works(workload: Workload, works) -> list:
    """A distribution for each server of happysim that gives `works` in order of start.

    A distribution is not told the request. Where requests don't start in the order in which they arrived,
    and who gets which is not known beforehand, all servers share one list: the same works, other requests.
    """
    from happysimulator.core.temporal import Duration
    from happysimulator.distributions.latency_distribution import LatencyDistribution

    class Given(LatencyDistribution):
        def __init__(self, works):
            super().__init__(1.0)
            self.left = iter(works)

        def get_latency(self, current_time):
            return Duration.from_seconds(next(self.left))

    if workload.method == "round_robin":
        return [Given(works[server :: workload.servers]) for server in range(workload.servers)]
    return [Given(works)] * workload.servers


def _given_arrivals(gaps, target):
    """A source for happysim with these gaps between requests."""
    from happysimulator.core.temporal import Instant
    from happysimulator.load.arrival_time_provider import ArrivalTimeProvider
    from happysimulator.load.profile import ConstantRateProfile
    from happysimulator.load.source import SimpleEventProvider, Source

    class Given(ArrivalTimeProvider):
        def _get_target_integral_value(self):
            if (gap := next(left, None)) is None:
                raise RuntimeError("that was the last one")  # how happysim wants to hear it
            return gap

    left = iter(gaps)
    times = Given(ConstantRateProfile(rate=1.0), start_time=Instant.Epoch)
    return Source("customers", SimpleEventProvider(target), times)
