"""The exercises of lesson 09: a recipe that gives the same everywhere (E23), and one that sends little again (E24).

Numbers such as CT-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from statistics import fmean, median

from cloudlab.containers import RecipeError
from cloudlab.exercises.containers import changing, packing
from cloudlab.judge import feedback, results
from cloudlab.judge.definition import Config, Cost, Exercise, Objective, Trial
from cloudlab.kernel.limits import checked

LOOK = "Change that line of the recipe, and check again."


@checked()
def one_recipe(*, recipe: str) -> None:
    """An answer: the lines of a recipe. Raises InvalidParameter where it is no text."""


def _refused(error: RecipeError) -> feedback.Fault:
    """What is said of a recipe that can't be built."""
    return feedback.wrong_shape(feedback.shortened(str(error), 160), LOOK)


# E23: the same everywhere

IDEAS = (
    "host_dependency",
    "file_left_behind",
    "setting_left_behind",
    "nothing_runs",
    "unpinned_version",
    "other_version",
    "whole_machine",
)
"""What goes wrong, what is told first in front."""


def try_everywhere(
    answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None
) -> Trial:
    """The recipe is built and run on four machines, on two days."""
    try:
        rows = packing.tried(answer["recipe"], variant, seed, easy)
    except RecipeError as error:
        raise _refused(error) from None
    wrong = [row for row in rows if row["code"]]
    return Trial(seed, cases=len(rows), mistakes=wrong, evidence=(rows, variant))


def diagnose_everywhere(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that most machines show; of equals, the first."""
    wrong = [row for trial in trials for row in trial.mistakes]
    found = Counter(row["code"] for row in wrong)
    code = max(IDEAS, key=lambda code: (found[code], -IDEAS.index(code)))
    shown = next(row for row in wrong if row["code"] == code)
    digests = {row["digest"] for trial in trials for row in trial.evidence[0]}
    missing = shown["came"].rpartition("'")[0].rpartition("'")[2]
    return code, {
        "wrong": len(wrong),
        "cases": sum(trial.cases for trial in trials),
        "kind": "easy runs" if stage == "easy" else "runs",
        "came": feedback.shortened(shown["came"]),
        "missing": missing,
        "digests": len(digests),
        "kb": f"{shown['bytes'] / 1000:,.0f}",
        "asked": packing.PRINT,
    }


def trace_everywhere(trial: Trial, code: str) -> list[str]:
    """What each machine had installed, which image was built there, and what came of it."""
    rows, _ = trial.evidence
    lines = [f"Seed {trial.seed}. Each machine builds the recipe and runs the image:"]
    for row in rows:
        lines.append(f"  {row['machine']}, day {row['day']}, has {row['installed']}:")
        lines.append(f"    image {row['digest']}, {row['bytes']:,} bytes: {row['came']}")
    return [*lines, f"{packing.PRINT} is asked for, from one image without a kernel."]


def show_everywhere(variant: dict) -> dict:
    """What is given."""
    own = packing.files(variant)
    stock = packing.shelf(variant, 1).libraries
    return {
        "your_files": sorted(own),
        "the_program": own[f"{variant['program']}.py"].splitlines(),
        "it_was_written_for": [f"{name} {version}" for name, version in variant["libraries"].items()],
        "it_finds_around_itself": "=".join(variant["setting"]),
        "on_the_shelf_today": {name: list(versions) for name, versions in stock.items()},
        "on_the_shelf_tomorrow": {name: [*versions, packing.NEWER] for name, versions in stock.items()},
        "images_to_begin_with": {
            "scratch": "nothing",
            "laptop": f"all that is installed there, its kernel too: {packing.laptop(variant).size:,} bytes",
        },
        "it_must_print": packing.PRINT,
    }


E23 = Exercise(
    name="E23",
    answer=Config(one_recipe),
    trial=try_everywhere,
    diagnose=diagnose_everywhere,
    trace=trace_everywhere,
    scenario=show_everywhere,
    easy="In easy runs",
)

# E24: little is sent again

FAR = 3.0
"""Of a program that doesn't run, a change moves so many times what is allowed."""

IN_VAIN = 0.5
"""Of what is too much, at least this share must be made anew in vain for the order to be told."""


def try_week(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """A week of changes with this recipe."""
    try:
        lived = changing.week(answer["recipe"], variant, seed, easy)
    except RecipeError as error:
        raise _refused(error) from None
    value = fmean(lived.code) if lived.outcome.ok else FAR * variant["limit"]
    return Trial(seed, value=value, cost=lived.moved, evidence=(lived, variant))


def diagnose_week(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Which lines move most for nothing."""
    told = results.telling(trials, variant["limit"]) if stage != "cost" else trials
    lived: changing.Lived = told[0].evidence[0]
    image = lived.image
    numbers = {
        "program": f"{variant['program']}.py",
        "came": feedback.shortened(lived.outcome.error),
        "a_change": f"{median(trial.value for trial in told):,.0f}",
        "limit": variant["limit"],
        "changes": len(lived.code),
        "vain": f"{median(trial.evidence[0].vain for trial in told):,.0f}",
        "kernel": f"{changing.kernel(image):,.0f}",
        "unused": variant["unused"],
        "unused_kb": f"{changing.unused(image, variant):,.0f}",
    }
    return (_dear(image, variant) if stage == "cost" else _missed(lived, variant)), numbers


def _missed(lived: changing.Lived, variant: dict) -> str:
    """Why a change of the program moves too much."""
    if not lived.outcome.ok:
        return "left_behind"
    if not changing.own_layer(lived.image, variant):
        return "one_layer"
    return (
        "code_before_dependencies" if changing.below_libraries(lived.image, variant) else "code_before_data"
    )


def _dear(image, variant: dict) -> str:
    """What is moved in a week for nothing."""
    if changing.kernel(image):
        return "own_kernel"
    return "needless_files" if changing.unused(image, variant) else "often_before_seldom"


def trace_week(trial: Trial, code: str) -> list[str]:
    """What the first changes moved."""
    lived, _ = trial.evidence
    image = lived.image
    lines = [f"Seed {trial.seed}. The layers, the lowest first:"]
    lines += [
        f"  {one.size // changing.KB:6,} KB  {feedback.shortened(one.made_by, 60)}" for one in image.layers
    ]
    lines += ["What the first changes moved:", *(f"  {line}" for line in lived.lines[:9])]
    if not lived.outcome.ok:
        lines.append(f"The program doesn't run: {feedback.shortened(lived.outcome.error)}.")
    code_mean = f"{fmean(lived.code):,.0f}"
    return [
        *lines,
        f"A change of the program moves {code_mean} KB on average, the week {lived.moved:,.0f} KB.",
    ]


def show_week(variant: dict) -> dict:
    """What is given."""
    return {
        "your_files": sorted(changing.files(variant)),
        "kb_of_each_folder": {name: kb for name, kb, _ in variant["folders"]}
        | {variant["unused"]: changing.UNUSED[0]},
        "changes_in_a_week": {
            f"{variant['program']}.py": changing.CODE,
            **{f"{name}/": many for name, _, many in variant["folders"]},
            f"{variant['unused']}/": changing.UNUSED[1],
        },
        "the_program_needs": {
            "folders": [name for name, _, _ in variant["folders"]],
            "libraries": [f"{name} {version} ({kb} KB)" for name, version, kb in variant["libraries"]],
        },
        "images_to_begin_with": {
            "slim": f"the language, {changing.LANGUAGE} KB",
            "system": f"the same with a kernel and a system, {changing.KERNEL} KB",
        },
        "kb_that_a_change_of_the_program_may_move": variant["limit"],
    }


E24 = Exercise(
    name="E24",
    answer=Config(one_recipe),
    trial=try_week,
    diagnose=diagnose_week,
    trace=trace_week,
    scenario=show_week,
    easy="With a third of the changes",
    objective=Objective(
        None,
        "KB",
        "for a change of the program",
        missed="a change of the program moves {value} KB ({limit} KB allowed)",
    ),
    cost=Cost("KB", naive="the program's folder copied as it is"),
)
