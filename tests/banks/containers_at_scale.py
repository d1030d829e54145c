"""Solutions of lesson 10: right ones, built differently, and wrong ones with their feedback code."""

from random import Random

from banks import Pool
from cloudlab.exercises.containers_at_scale.losses import all_losses
from cloudlab.exercises.containers_at_scale.packing import KINDS, Placement

WORKED = {
    "E20": """
def place(containers, hosts):
    whole = hosts[0]

    def size(one):  # in shares of a host, the larger of the two
        return max(one["cpu"] / whole["cpu"], one["memory"] / whole["memory"])

    left = []  # [name, CPU left, memory left] of each host in use
    found = {}
    for one in sorted(containers, key=size, reverse=True):
        for host in left:
            if one["cpu"] <= host[1] and one["memory"] <= host[2]:
                break
        else:  # none has room for both: take a new one
            host = [hosts[len(left)]["name"], whole["cpu"], whole["memory"]]
            left.append(host)
        host[1] -= one["cpu"]
        host[2] -= one["memory"]
        found[one["name"]] = host[0]
    return found

answer = place
""",
    "E21": """
from math import ceil


def start(one, left, best):
    # the host with most (or least) memory left, of those with room for both; it holds one more then
    fits = [host for host in left.values() if one["cpu"] <= host["cpu"] and one["memory"] <= host["memory"]]
    apart = [host for host in fits if one["service"] not in host["services"]]
    host = best(apart or fits, key=lambda host: host["memory"], default=None)
    if host:
        host["cpu"] -= one["cpu"]
        host["memory"] -= one["memory"]
        host["services"].append(one["service"])
    return host and host["name"]


def spread(containers, hosts):
    left = {host["name"]: dict(host, services=[]) for host in hosts}
    order = sorted(containers, key=lambda one: max(one["cpu"] / hosts[0]["cpu"], one["memory"] / hosts[0]["memory"]))
    return {one["name"]: start(one, left, max) for one in reversed(order)}


def survives(found, gone, containers, hosts):
    stay = [dict(host, services=[]) for host in hosts if host["name"] != gone]
    left = {host["name"]: host for host in stay}
    for one in containers:
        if found[one["name"]] != gone:
            left[found[one["name"]]]["cpu"] -= one["cpu"]
            left[found[one["name"]]]["memory"] -= one["memory"]
            left[found[one["name"]]]["services"].append(one["service"])
    lost = [one for one in containers if found[one["name"]] == gone]
    for service in {one["service"] for one in lost}:
        copies = sum(one["service"] == service for one in containers)
        if copies > 1 and all(service not in host["services"] for host in stay):
            return False
    for host in stay:
        host["services"] = []  # what starts again goes by memory alone
    return all(start(one, left, min) for one in sorted(lost, key=lambda one: (-one["memory"], one["name"])))


def place(containers, hosts):
    need = max(sum(one[thing] for one in containers) / hosts[0][thing] for thing in ("cpu", "memory"))
    for many in range(ceil(need) + 1, len(hosts) + 1):
        used = hosts[:many]
        found = spread(containers, used)
        if None not in found.values() and all(survives(found, host["name"], containers, used) for host in used):
            return found

answer = place
""",
}

SIZES = ((2048, 8192), (2048, 16_384), (4096, 16_384), (4096, 32_768), (8192, 32_768), (8192, 16_384))


def mean_load(trial):
    """The hosts in use, of as many as there are."""
    placed = trial.evidence[0]
    return placed.used / len(placed.hosts)


def draw_set(dice, containers):
    """A size of hosts, and how often each kind comes."""
    cpu, memory = dice.choice(SIZES)
    mix = {kind: dice.randint(9, 11) for kind in KINDS}
    return {"cpu": cpu, "memory": memory, "containers": dice.randint(*containers), "mix": mix}


# How to pack


def larger(one, whole):
    return max(one["cpu"] / whole["cpu"], one["memory"] / whole["memory"])


def both(one, whole):
    return one["cpu"] / whole["cpu"] + one["memory"] / whole["memory"]


def first(one, fits, whole):
    return fits[0]


def least_left(one, fits, whole):
    return min(fits, key=lambda host: both(host, whole))


def least_memory_left(one, fits, whole):
    return min(fits, key=lambda host: host["memory"])


def dot_product(one, fits, whole):
    """The host whose free room points where the container does."""
    return max(
        fits,
        key=lambda host: (
            one["cpu"] * host["cpu"] / whole["cpu"] ** 2
            + one["memory"] * host["memory"] / whole["memory"] ** 2
        ),
    )


def packed(containers, hosts, choose, size=None, needs=("cpu", "memory")):
    """Each container on a host in use that `choose` takes of those with room, else on a new one."""
    whole, left, found = hosts[0], [], {}
    order = sorted(containers, key=lambda one: size(one, whole), reverse=True) if size else containers
    for one in order:
        fits = [host for host in left if all(one[thing] <= host[thing] for thing in needs)]
        if fits:
            host = choose(one, fits, whole)
        else:
            host = dict(hosts[len(left)])
            left.append(host)
        for thing in ("cpu", "memory"):
            host[thing] -= one[thing]
        found[one["name"]] = host["name"]
    return found


def packer(choose, size=None, needs=("cpu", "memory")):
    """A place that packs so."""

    def place(containers, hosts):
        return packed(containers, hosts, choose, size, needs)

    return place


def largest_first(containers, hosts):
    return packed(containers, hosts, first, larger)


def best_fit_by_both(containers, hosts):
    return packed(containers, hosts, least_left, both)


def sorted_by_memory(containers, hosts):
    return packed(containers, hosts, first, lambda one, whole: one["memory"])


def sorted_by_cpu(containers, hosts):
    return packed(containers, hosts, first, lambda one, whole: one["cpu"])


def next_fit(containers, hosts):
    """Never looks back at a host that it has left."""
    at, left, found = 0, dict(hosts[0]), {}
    for one in containers:
        if one["cpu"] > left["cpu"] or one["memory"] > left["memory"]:
            at += 1
            left = dict(hosts[at])
        left["cpu"] -= one["cpu"]
        left["memory"] -= one["memory"]
        found[one["name"]] = left["name"]
    return found


def best_of_shuffles(containers, hosts):
    """Several orders, of which the one with the fewest hosts is kept."""
    dice, found = Random(1), []
    for _ in range(5):
        order = sorted(
            containers, key=lambda one: larger(one, hosts[0]) * dice.uniform(0.9, 1.1), reverse=True
        )
        found.append(packed(order, hosts, first))
    return min(found, key=lambda one: len(set(one.values())))


def fills_one_host_after_the_other(containers, hosts):
    """Each host takes the largest that still fits, until none does."""
    rest = sorted(containers, key=lambda one: larger(one, hosts[0]), reverse=True)
    found = {}
    for host in hosts:
        left = dict(host)
        for one in list(rest):
            if one["cpu"] <= left["cpu"] and one["memory"] <= left["memory"]:
                left["cpu"] -= one["cpu"]
                left["memory"] -= one["memory"]
                found[one["name"]] = host["name"]
                rest.remove(one)
    return found


def one_each(containers, hosts):
    return {one["name"]: host["name"] for one, host in zip(containers, hosts, strict=True)}


def eight_each(containers, hosts):
    return {one["name"]: hosts[number // 8]["name"] for number, one in enumerate(containers)}


def all_on_one(containers, hosts):
    return {one["name"]: hosts[0]["name"] for one in containers}


def the_emptiest(containers, hosts):
    """Always the emptiest of all hosts that there are."""
    left = [dict(host) for host in hosts]
    found = {}
    for one in containers:
        host = max(left, key=lambda host: host["memory"])
        host["memory"] -= one["memory"]
        found[one["name"]] = host["name"]
    return found


def only_forty_hosts(containers, hosts):
    """What finds no room on the first hosts is forgotten."""
    left, found = [dict(host) for host in hosts[:11]], {}
    for one in containers:
        for host in left:
            if one["cpu"] <= host["cpu"] and one["memory"] <= host["memory"]:
                host["cpu"] -= one["cpu"]
                host["memory"] -= one["memory"]
                found[one["name"]] = host["name"]
                break
    return found


def says_nothing(containers, hosts):
    largest_first(containers, hosts)


def gives_a_list(containers, hosts):
    return list(largest_first(containers, hosts).items())


def names_by_number(containers, hosts):
    return {one["name"]: 0 for one in containers}


def names_a_host_that_is_none(containers, hosts):
    return dict.fromkeys(largest_first(containers, hosts), "h0")


def names_a_container_that_is_none(containers, hosts):
    return largest_first(containers, hosts) | {"ghost": "h1"}


def host_of_containers(containers, hosts):
    return {"h1": ["web 1"]}


def divides_by_zero(containers, hosts):
    return 1 / 0


def misspells(containers, hosts):
    return {one["name"]: hosts[0]["nmae"] for one in containers}


def one_parameter(containers):
    return {}


# How to survive


def survives(found, containers, hosts):
    """Whether a placement survives each loss, as the exercise says it."""
    placed = Placement(containers, hosts, found)
    return placed.valid and all(loss.survived for loss in all_losses(placed))


def emptier(containers, hosts, choose, size=larger, apart=True):
    """Each container on one of these hosts, the copies of a service apart where that can be; or nothing."""
    left, found = [dict(host, services=[]) for host in hosts], {}
    for one in sorted(containers, key=lambda one: size(one, hosts[0]), reverse=True):
        fits = [host for host in left if one["cpu"] <= host["cpu"] and one["memory"] <= host["memory"]]
        fits = [host for host in fits if not apart or one["service"] not in host["services"]] or fits
        if not fits:
            return None
        host = choose(one, fits, hosts[0])
        host["cpu"] -= one["cpu"]
        host["memory"] -= one["memory"]
        host["services"].append(one["service"])
        found[one["name"]] = host["name"]
    return found


def most_memory_left(one, fits, whole):
    return max(fits, key=lambda host: host["memory"])


def most_left(one, fits, whole):
    return max(fits, key=lambda host: min(host["cpu"] / whole["cpu"], host["memory"] / whole["memory"]))


def growing(choose, size=larger):
    """A place that takes a host more until each loss is survived."""

    def place(containers, hosts):
        for many in range(2, len(hosts) + 1):
            found = emptier(containers, hosts[:many], choose, size)
            if found and survives(found, containers, hosts):
                return found
        return None

    return place


def lower_and_lower(containers, hosts):
    """Packs into hosts that keep a part of themselves free, and keeps more free until it survives."""
    for percent in range(98, 20, -2):
        small = [
            dict(host, cpu=host["cpu"] * percent // 100, memory=host["memory"] * percent // 100)
            for host in hosts
        ]
        if any(larger(one, small[0]) > 1 for one in containers):
            break
        many = len(set(packed(containers, small, first, larger).values()))
        found = emptier(containers, hosts[:many], most_left)
        if found and survives(found, containers, hosts):
            return found
    return None


def shared_evenly(many_more):
    """A place over some hosts more than the sums ask for, without a look at what is lost."""

    def place(containers, hosts):
        need = max(sum(one[thing] for one in containers) / hosts[0][thing] for thing in ("cpu", "memory"))
        for many in range(int(need) + 1, len(hosts) + 1):
            if emptier(containers, hosts[:many], most_memory_left):
                return emptier(containers, hosts[: many + many_more], most_memory_left)
        return None

    return place


def half_of_each(containers, hosts):
    """Uses half of each host, as if each had a twin."""
    small = [dict(host, cpu=host["cpu"] // 2, memory=host["memory"] // 2) for host in hosts]
    many = len(set(packed(containers, small, first, larger).values()))
    return emptier(containers, hosts[:many], most_memory_left)


def everything_twice(containers, hosts):
    """Three times the hosts that would do."""
    many = len(set(largest_first(containers, hosts).values()))
    return emptier(containers, hosts[: 3 * many], most_memory_left)


def copies_side_by_side(containers, hosts):
    """All copies of a service on one host, and room enough to start them again."""
    groups = {}
    for one in containers:
        groups.setdefault(one["service"], []).append(one)
    left, found = [dict(host) for host in hosts[: len(hosts) // 2]], {}
    for copies in groups.values():
        size = {thing: sum(one[thing] for one in copies) for thing in ("cpu", "memory")}
        fits = [host for host in left if all(size[thing] <= host[thing] for thing in size)]
        for one in copies:
            host = max(fits or left, key=lambda host: host["memory"])
            if fits:
                fits = [host]
            host["cpu"] -= one["cpu"]
            host["memory"] -= one["memory"]
            found[one["name"]] = host["name"]
    return found


POOLS = {
    "E20": Pool(
        lambda dice: draw_set(dice, (195, 205)),
        lambda variant: ["best_fit_by_both"],
        lambda reference, variant, answers: [
            ("sorted_by_memory", "lopsided"),
            ("sorted_by_cpu", "lopsided"),
            ("next_fit", "gaps_left"),
        ],
    ),
    "E21": Pool(
        lambda dice: draw_set(dice, (138, 142)),
        lambda variant: ["spread_until_safe", "spread_by_both", "lower_and_lower"],
        lambda reference, variant, answers: [
            ("copies_side_by_side", "replicas_together"),
            ("no_spare", "no_headroom"),
        ],
        naive=lambda variant, answers: ["half_of_each"],
    ),
}

spread_until_safe = growing(most_memory_left)
spread_by_both = growing(most_left, both)
no_spare = shared_evenly(0)

RIGHT = {
    "E20": [
        best_fit_by_both,
        packer(first),
        packer(least_left),
        packer(least_memory_left),
        packer(first, both),
        packer(least_memory_left, larger),
        packer(dot_product, larger),
        packer(dot_product, both),
        best_of_shuffles,
        fills_one_host_after_the_other,
    ],
    "E21": [spread_until_safe, spread_by_both, lower_and_lower],
}

WRONG = {
    "E20": [
        (packer(first, larger, ("cpu",)), "cpu_only"),
        (packer(least_left, None, ("cpu",)), "cpu_only"),
        (packer(first, larger, ("memory",)), "memory_only"),
        (eight_each, "over_commit"),
        (all_on_one, "over_commit"),
        (only_forty_hosts, "left_out"),
        (one_each, "one_per_host"),
        (the_emptiest, "one_per_host"),
        (sorted_by_memory, "lopsided"),
        (sorted_by_cpu, "lopsided"),
        (next_fit, "gaps_left"),
        (says_nothing, "wrong_shape"),
        (gives_a_list, "wrong_shape"),
        (names_by_number, "wrong_shape"),
        (names_a_host_that_is_none, "wrong_shape"),
        (names_a_container_that_is_none, "wrong_shape"),
        (host_of_containers, "wrong_shape"),
        (one_parameter, "wrong_shape"),
        ("first fit", "wrong_shape"),
        (divides_by_zero, "raised"),
        (misspells, "raised"),
        (None, "not_attempted"),
    ],
    "E21": [
        (copies_side_by_side, "replicas_together"),
        (largest_first, "replicas_together"),
        (no_spare, "no_headroom"),
        (eight_each, "over_commit"),
        (packer(first, larger, ("cpu",)), "over_commit"),
        (only_forty_hosts, "left_out"),
        (half_of_each, "too_much_spare"),
        (everything_twice, "too_much_spare"),
        (one_each, "one_per_host"),
        (says_nothing, "wrong_shape"),
        (gives_a_list, "wrong_shape"),
        (names_a_host_that_is_none, "wrong_shape"),
        (names_a_container_that_is_none, "wrong_shape"),
        (one_parameter, "wrong_shape"),
        (divides_by_zero, "raised"),
        (None, "not_attempted"),
    ],
}
