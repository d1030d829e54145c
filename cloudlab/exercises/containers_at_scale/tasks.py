"""The exercises of lesson 10: few hosts for many containers (E20), and any of them may be lost (E21)."""

from collections import Counter
from statistics import median

from cloudlab.exercises.containers_at_scale.losses import Loss, all_losses, together
from cloudlab.exercises.containers_at_scale.packing import Placement, fewest, placement, workload
from cloudlab.judge import results
from cloudlab.judge.definition import Cost, Exercise, Function, Objective, Trial

SHOWN = 12
"""Containers of the small set that a scenario shows."""

INVALID = 100.0
"""In percent: what a placement that isn't valid is judged as, at least."""

MORE = 8.0
"""Percent of hosts that E20 allows above the fewest that there must be."""


# E20: few hosts


def try_place(place, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One set of containers, handed over in one call."""
    containers, hosts = workload(variant, seed, easy=easy)
    placed = placement(place(containers, hosts), containers, hosts)
    least = fewest(containers, hosts)
    value = 100 * (placed.used - least) / least if placed.valid else INVALID + _unsound(placed)
    return Trial(seed, value=value, evidence=(placed, least))


def _unsound(placed: Placement) -> float:
    """Percent of containers without a host, or of hosts with too many."""
    if placed.left_out:
        return 100 * len(placed.left_out) / len(placed.containers)
    over = dict.fromkeys(placed.over("cpu") + placed.over("memory"))
    return 100 * len(over) / placed.used


def diagnose_place(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """What most of the runs that miss the goal have in common; what isn't valid comes first."""
    missed = _telling(trials, MORE)
    codes = Counter(_idea(trial.evidence[0]) for trial in missed)
    code = next((one for one in INVALID_CODES if codes[one]), "") or codes.most_common(1)[0][0]
    shown = max((one for one in missed if _idea(one.evidence[0]) == code), key=lambda trial: trial.value)
    placed, least = shown.evidence
    return code, _numbers(placed) | {
        "used": placed.used,
        "least": least,
        "lopsided": len(placed.lopsided()),
        "kind": "easy sets" if stage == "easy" else "sets",
        "times": codes[code],
        "of": len(trials),
    }


MANY = 0.55
"""A placement with more than this share of lopsided hosts misses the goal for that."""

INVALID_CODES = ("left_out", "over_commit", "cpu_only", "memory_only")


def _idea(placed: Placement) -> str:
    """Why a placement isn't valid, or needs so many hosts."""
    if placed.left_out:
        return "left_out"
    over = {thing: len(placed.over(thing)) for thing in ("cpu", "memory")}
    if all(over.values()):
        return "over_commit"
    if any(over.values()):
        return "cpu_only" if over["memory"] else "memory_only"
    if max(map(len, placed.holds.values())) == 1:
        return "one_per_host"
    return "lopsided" if len(placed.lopsided()) > MANY * placed.used else "gaps_left"


def _telling(trials: list[Trial], limit: float) -> list[Trial]:
    """The runs that tell of the miss."""
    told = results.telling(trials, limit)
    return [trial for trial in told if trial.value > limit] or told


def _numbers(placed: Placement) -> dict:
    """Numbers of one placement that feedback tells."""
    over = {thing: placed.over(thing) for thing in ("cpu", "memory")}
    both = list(dict.fromkeys(over["cpu"] + over["memory"]))
    worst = max(
        both, key=lambda host: max(placed.share(host, "cpu"), placed.share(host, "memory")), default=""
    )
    return {
        "left": len(placed.left_out),
        "containers": len(placed.containers),
        "over": len(both),
        "worst": worst,
        "cpu": f"{100 * placed.share(worst, 'cpu'):,.0f}" if worst else "",
        "memory": f"{100 * placed.share(worst, 'memory'):,.0f}" if worst else "",
        "hosts": placed.used,
    }


def trace_place(trial: Trial, code: str) -> list[str]:
    """The hosts that show it: those with too many, or those with most free."""
    placed, least = trial.evidence
    lines = [f"Seed {trial.seed}: {len(placed.containers)} containers, {_hosts(placed)}; {least} must be."]
    if placed.left_out:
        return [*lines, f"Without a host: {', '.join(placed.left_out[:8])}."]
    bad = list(dict.fromkeys(placed.over("memory") + placed.over("cpu")))
    free = sorted(placed.holds, key=lambda one: placed.share(one, "cpu") + placed.share(one, "memory"))
    shown = bad or placed.lopsided() if code != "gaps_left" else free
    return lines + [_line(placed, host) for host in (shown or free)[:6]]


def _hosts(placed: Placement) -> str:
    return "1 host" if placed.used == 1 else f"{placed.used} hosts"


def _line(placed: Placement, host: str) -> str:
    """One host in words."""
    whole = placed.hosts[0]
    held = [f"{one['name']} ({one['cpu']:,}, {one['memory']:,})" for one in placed.holds[host]]
    told = ", ".join(held[:6]) + (f" and {len(held) - 6} more" if len(held) > 6 else "")
    cpu, memory = (f"{placed.taken(host, thing):,} of {whole[thing]:,}" for thing in ("cpu", "memory"))
    return f"  {host}: {cpu} CPU units, {memory} MB: {told}"


def show_place(variant: dict) -> dict:
    """A small set of containers and its hosts as place gets them, the fewest hosts, and the goal."""
    containers, hosts = workload(variant | {"containers": SHOWN}, 0)
    return {
        "containers": containers,
        "hosts": hosts,
        "hosts_that_must_be_at_least": fewest(containers, hosts),
        "percent_of_hosts_more_at_most": MORE,
    }


E20 = Exercise(
    name="E20",
    answer=Function("place", ("containers", "hosts"), decisions=1),
    trial=try_place,
    diagnose=diagnose_place,
    trace=trace_place,
    scenario=show_place,
    easy="With equal containers",
    objective=Objective(
        MORE,
        "%",
        "more hosts than there must be",
        missed="{value} % more hosts than there must be ({limit} % allowed)",
    ),
)


# E21: any host may be lost


def try_losses(place, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One set of services; then each host is lost, by itself."""
    containers, hosts = workload(variant, seed, easy=easy, copies=True)
    placed = placement(place(containers, hosts), containers, hosts)
    losses = all_losses(placed) if placed.valid else []
    bad = sum(not loss.survived for loss in losses)
    value = 100 * bad / max(1, len(losses)) if placed.valid else INVALID + _unsound(placed)
    return Trial(seed, value=value, cost=placed.used, evidence=(placed, losses))


def diagnose_losses(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """Copies on one host, no room for what is lost, or too many hosts."""
    if stage == "cost":
        code, shown = _spared(trials), max(trials, key=lambda trial: trial.cost)
    else:
        missed = _telling(trials, 0)
        codes = Counter(_harm(trial.evidence[0]) for trial in missed)
        code = next(
            one for one in ("left_out", "over_commit", "replicas_together", "no_headroom") if codes[one]
        )
        shown = max((one for one in missed if _harm(one.evidence[0]) == code), key=lambda one: one.value)
    placed, losses = shown.evidence
    bad = [loss for loss in losses if not loss.survived]
    one = _worst(bad, code)
    return code, _numbers(placed) | {
        "losses": len(bad),
        "service": one.dark[0] if one and one.dark else "",
        "together": len(together(placed)),
        "host": one.host if one else "",
        "homeless": len(one.homeless) if one else 0,
        "held": len(placed.holds[one.host]) if one else 0,
        "free": f"{100 * (1 - _mean_share(placed, 'memory')):.0f}",
    }


def _harm(placed: Placement) -> str:
    """Why a loss isn't survived."""
    if placed.left_out:
        return "left_out"
    if not placed.valid:
        return "over_commit"
    return "replicas_together" if together(placed) else "no_headroom"


def _spared(trials: list[Trial]) -> str:
    """Why it takes so many hosts."""
    alone = median(max(map(len, trial.evidence[0].holds.values())) for trial in trials) == 1
    return "one_per_host" if alone else "too_much_spare"


def _worst(bad: list[Loss], code: str) -> Loss | None:
    """The loss that shows most of it."""
    key = (lambda loss: len(loss.dark)) if code == "replicas_together" else lambda loss: len(loss.homeless)
    return max(bad, key=key, default=None)


def _mean_share(placed: Placement, thing: str) -> float:
    return sum(placed.share(host, thing) for host in placed.holds) / max(1, placed.used)


def trace_losses(trial: Trial, code: str) -> list[str]:
    """One loss: what was there, what starts again where, and what doesn't."""
    placed, losses = trial.evidence
    lines = [f"Seed {trial.seed}: {len(placed.containers)} containers on {_hosts(placed)}."]
    if placed.left_out:
        return [*lines, f"Without a host: {', '.join(placed.left_out[:8])}."]
    if not placed.valid:
        bad = dict.fromkeys(placed.over("memory") + placed.over("cpu"))
        return lines + [_line(placed, host) for host in list(bad)[:6]]
    loss = _worst([one for one in losses if not one.survived], code)
    if loss is None:
        return lines + [_line(placed, host) for host in list(placed.holds)[:6]]
    lines += [_line(placed, loss.host), f"{loss.host} is lost:"]
    lines += [f"  {name} starts again on {host}" for name, host in list(loss.moved.items())[:5]]
    lines += [
        f"  {one['name']} finds no host with {one['cpu']:,} CPU units and {one['memory']:,} MB"
        for one in loss.homeless[:5]
    ]
    return lines + [
        f"  all copies of {service} were on it: until one runs again it is gone" for service in loss.dark[:5]
    ]


def show_losses(variant: dict) -> dict:
    """A small set of services and its hosts as place gets them, and the fewest hosts without any spare."""
    containers, hosts = workload(variant | {"containers": SHOWN}, 0, copies=True)
    return {
        "containers": containers,
        "hosts": hosts,
        "hosts_that_must_be_at_least_without_spare": fewest(containers, hosts),
    }


E21 = Exercise(
    name="E21",
    answer=Function("place", ("containers", "hosts"), decisions=1),
    trial=try_losses,
    diagnose=diagnose_losses,
    trace=trace_losses,
    scenario=show_losses,
    easy="With equal containers",
    objective=Objective(
        0.0, "%", "of the losses of a host that harm somebody", missed="{value} % of the losses do harm"
    ),
    cost=Cost("hosts", naive="half of each host left free"),
)
