"""The exercises of lesson 04: which arrows become queues (E9), how often a shop works (E10)."""

from collections import Counter
from random import Random
from statistics import median

from cloudlab.exercises.monolith_and_microservices import graphs, shops
from cloudlab.judge import results
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Trial, needs
from cloudlab.kernel.limits import checked

# E9: which arrows become queues?

MOST = 2
"""Arrows that may become queues."""

NONE = 0
"""Orders that may be lost."""


@checked()
def some_queues(*, queues: list) -> None:
    """An answer of E9: a list of arrows."""


def try_queues(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Two minutes for each part that may die; easy: for the first. The value is the worst number of lost orders."""
    queues, arrows = answer["queues"], variant["arrows"]
    for one in queues:
        rule = f"queues holds {one!r:.40}, but must hold arrows of the shop, as texts such as {arrows[0]!r}."
        needs(type(one) is str and one in arrows, rule, 'Copy each from q.scenario()["arrows"].')
    needs(len(set(queues)) == len(queues), "queues holds an arrow twice.", "Name each once.")
    records = {
        part: shops.two_minutes(queues, variant, part, seed) for part in variant["die"][: 1 if easy else None]
    }
    worst = max(shops.lost(record, queues, variant) for record in records.values())
    if len(queues) > MOST:
        worst = max(worst, *(len(record.requests) for record in records.values()))
    cost = sum(variant["pickup"][one] for one in queues)
    return Trial(seed, value=worst, cost=cost, evidence=(records, queues, variant))


def diagnose_queues(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Too many, one whose answer is needed, a part that is not guarded; or what costs more than it must."""
    queues = answer["queues"]
    needed = [one for one in queues if one in variant["needed"]]
    bare = [part for part in variant["die"] if not shops.guarded(part, queues, variant)]
    idle = [one for one in queues if not _needed(one, queues, variant)]
    orders = [len(next(iter(trial.evidence[0].values())).requests) for trial in trials]
    if len(queues) > MOST:
        code = "queue_everywhere"
    elif needed:
        code = "queued_the_read_path"
    elif stage != "cost":
        code = "wrong_link" if queues else "tightly_coupled"
    else:
        code = "loosened_for_nothing" if idle else "slow_link"
    dear = max(queues, key=lambda one: variant["pickup"][one]) if queues else ""
    dead = bare[0] if bare else variant["die"][0]
    return code, {
        "many": len(queues),
        "queue": (needed or [""])[0] if needed else (idle or [dear])[0],
        "pickup": variant["pickup"].get((idle or [dear])[0], 0),
        "part": dead,
        "lost": f"{median(trial.value for trial in results.telling(trials, NONE)):.0f}",
        "orders": f"{median(orders):.0f}",
        "easy": f"{E9.easy}: " if stage == "easy" else "",
    }


def _needed(queue: str, queues: list[str], variant: dict) -> bool:
    """Whether orders would be lost without this queue."""
    others = [one for one in queues if one != queue]
    return not all(shops.guarded(part, others, variant) for part in variant["die"])


def trace_queues(trial: Trial, code: str) -> list[str]:
    """The first order that was lost; or what each queue costs."""
    records, queues, variant = trial.evidence
    if code in ("loosened_for_nothing", "slow_link"):
        return [
            f"Seed {trial.seed}: no order is lost. Your queues:",
            *(f"  {one}: a message waits for {variant['pickup'][one]} s" for one in queues),
            "Ways to the parts that may die:",
            *(_way(part, variant) for part in variant["die"]),
        ]
    if code == "queue_everywhere":
        return [f"Seed {trial.seed}: {len(queues)} arrows are queues, and {MOST} may be."]
    if code == "queued_the_read_path":
        needed = [one for one in queues if one in variant["needed"]]
        return [f"Seed {trial.seed}: no answer comes back along {needed[0]}, and the customer waits for one."]
    part = max(records, key=lambda part: shops.lost(records[part], queues, variant))
    return [f"Seed {trial.seed}, {part} is dead from 30 to 70 s:", *shops.moment(records[part], part)]


def _way(part: str, variant: dict) -> str:
    told = []
    for one in shops.way_to(part, variant):
        wait = f"{variant['pickup'][one]} s"
        told.append(f"{one} ({'its answer is needed' if one in variant['needed'] else wait})")
    return f"  {part}: {', '.join(told)}"


def show_queues(variant: dict) -> dict:
    """The shop: its arrows, which answers are needed, who may die, and how long messages would wait."""
    return {
        "arrows": variant["arrows"],
        "answer_needed": variant["needed"],
        "may_die": variant["die"],
        "seconds_until_picked_up": variant["pickup"],
        "queues_at_most": MOST,
    }


E9 = Exercise(
    name="E9",
    answer=Config(some_queues),
    trial=try_queues,
    diagnose=diagnose_queues,
    trace=trace_queues,
    scenario=show_queues,
    easy="With one part that may die",
    objective=Objective(
        NONE, "orders", "lost, whoever dies", missed="{value} orders are lost, and none may be"
    ),
    cost=Cost("s of added delay", naive="the slowest queues that do it"),
)


# E10: how often does a shop work?

GRAPHS = 25
"""Graphs that are handed over in a run."""

NEAR, FEW = 1e-6, 0.5
"""A result this near is right; an idea must explain this share of the mistakes."""


def try_availability(
    availability, variant: dict, seed: int, *, easy: bool = False, altered_after=None
) -> Trial:
    """Hand over 25 graphs, one after the other."""
    dice, trial = Random(f"E10 {seed}"), Trial(seed, cases=GRAPHS)
    for _ in range(GRAPHS):
        graph = graphs.easy_graph(dice) if easy else graphs.any_graph(dice)
        reply = availability(graph)
        _check_reply(reply)
        if abs(reply - graphs.right(graph)) > NEAR:
            slips = [
                code
                for code, ideas in graphs.IDEAS.items()
                if any(abs(idea(graph) - reply) < NEAR for idea in ideas)
            ]
            trial.mistakes.append({"graph": graph, "reply": reply, "slips": [*slips, "wrong_number"]})
    return trial


def _check_reply(reply) -> None:
    """The shape of what availability returns; raises Fault."""
    look = "Return a share of time such as 0.951."
    needs(reply is not None, "availability returned None: is a `return` missing?", look)
    needs(type(reply) in (int, float), "availability returned no number.", look, f"It was {reply!r:.60}.")
    good = -10 <= reply <= 10
    needs(good, "availability returned a number that is no share of time.", look, f"It was {reply!r:.60}.")


def diagnose_availability(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes (of equals, the first), unless it explains only a few."""
    slips = Counter(slip for trial in trials for mistake in trial.mistakes for slip in mistake["slips"])
    wrong, cases = sum(len(trial.mistakes) for trial in trials), sum(trial.cases for trial in trials)
    code = max(graphs.IDEAS, key=lambda code: slips[code])
    if slips[code] < FEW * wrong:
        code = "wrong_number"
    return code, {"wrong": wrong, "cases": cases, "kind": "easy rows" if stage == "easy" else "graphs"}


def trace_availability(trial: Trial, code: str) -> list[str]:
    """The smallest graph that shows the slip."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = min(shown, key=lambda mistake: len(mistake["graph"]["parts"]))
    graph = mistake["graph"]
    return [
        f"Orders come to {graph['first']}.",
        *(
            f"  {name}: {one['availability']:.0%}, {one['copies']} of them"
            for name, one in graph["parts"].items()
        ),
        *(f"  {one['from']} → {one['to']}{_how(one)}" for one in graph["arrows"]),
        f"  Your availability: {mistake['reply']:.6g}. Right: {graphs.right(graph):.6g}.",
    ]


def _how(arrow: dict) -> str:
    if arrow["message"]:
        return ", by a message"
    if arrow["fallback"] == "default":
        return ", or a ready-made answer"
    return f", or else {arrow['fallback']}" if arrow["fallback"] else ""


def show_availability(variant: dict) -> dict:
    """One graph as availability gets it."""
    return graphs.any_graph(Random("E10 shown"))


E10 = Exercise(
    name="E10",
    answer=Function("availability", ("graph",), decisions=GRAPHS),
    trial=try_availability,
    diagnose=diagnose_availability,
    trace=trace_availability,
    scenario=show_availability,
    easy="In easy rows",
)
