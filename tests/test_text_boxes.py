"""No two texts of a stage or a chart cover each other, none leaves its card, and no dot runs over either.

All stages and charts of all lessons, at five widths, with predictions at both ends of what may be predicted and
without one. The stages are saved pages; the charts are measured where they are drawn. A usual run looks at
predictions on the stage at two of the widths, a nightly one at all.
"""

import itertools
import re

import alphabet
import pytest
from samples import NIGHTLY
from sheet_texts import noted_texts
from stage_pages import stage_pages
from text_boxes import faults, seen

from cloudlab.labs import (
    autoscaling_limits,
    autoscaling_policies,
    lambda_billing,
    load_balancing,
    sns,
    sqs,
    start_here,
    whole_shop,
)
from cloudlab.labs import containers as machines
from cloudlab.labs import containers_at_scale as vans
from cloudlab.labs import lambda_functions as kitchens
from cloudlab.labs import monolith_and_microservices as pull_the_plug
from cloudlab.pricing import message_counts, month_of_messages
from cloudlab.views import charts
from cloudlab.views.lesson import Stage
from cloudlab.views.luck import sample
from cloudlab.views.sheet import Sheet

WIDTHS = (300, 400, 700, 965, 1100)
GUESSED_AT = WIDTHS if NIGHTLY else (300, 965)
"""The widths at which predictions are looked at."""

METHODS = ("random", "round_robin", "least_outstanding_requests", "one_line")

SHARES = (0.0, 0.02, 0.37, 0.64, 0.9, 1.0)
"""Moments that are looked at, as shares of a run."""


def lanes(*methods, slow="C", **more):
    return [load_balancing.scenario(slow=slow, method=method, **more) for method in methods]


def plugs(*shops):
    """Mail dies, in the first shop behind a call, in the second behind a queue."""
    return [
        pull_the_plug.day(1, {"mail": link}, shop=shop, trouble="mail dies")
        for shop, link in zip(shops, ("call", "queue"), strict=True)
    ]


STAGES = {
    "00": (lambda: [start_here.scenario(passengers=54)], (0, 200)),
    "00 two clerks": (lambda: [start_here.scenario(passengers=58, clerks=2)], (0, 200)),
    "01": (lambda: [autoscaling_limits.scenario(kill_one=(118.0,), ask_for_20=(300.0,))], (0, 6, 20)),
    "01 at the edges": (
        lambda: [
            autoscaling_limits.scenario(
                min_size=4, desired_capacity=6, max_size=6, kill_one=(118.0, 130.0, 200.0), ask_for_0=(300.0,)
            )
        ],
        (0, 3, 20),
    ),
    "01 a wide band": (
        lambda: [
            autoscaling_limits.scenario(
                min_size=0, max_size=12, kill_one=(118.0,), ask_for_20=(200.0,), ask_for_0=(300.0,)
            )
        ],
        (0, 12, 20),
    ),
    "02": (lambda: [autoscaling_policies.scenario()], (0, 1200)),
    "02 four times": (lambda: [autoscaling_policies.scenario(jump=4, target_value=80)], (0, 1200)),
    "03": (lambda: lanes("round_robin"), (0, 3000)),
    "03 one line": (lambda: lanes("one_line", load=95), (0, 3000)),
    "03 full": (lambda: lanes("random", load=95, minutes=60), (0, 3000)),
    "03 compared": (lambda: lanes("round_robin", "least_outstanding_requests"), ()),
    "03 a death": (lambda: [load_balancing.health(die=(127.0,))], ()),
    "03 a blip": (lambda: [load_balancing.health(blip=(127.0,), health_check_interval_seconds=5)], ()),
    "04": (lambda: [pull_the_plug.scenario()], (0, 5)),
    "04 one box": (lambda: [pull_the_plug.scenario(shop="monolith", trouble="mail dies")], (0, 5)),
    "04 a queue": (lambda: [pull_the_plug.day(1, {"payment": "queue"}, trouble="payment slow")], ()),
    "04 a deploy": (lambda: [pull_the_plug.scenario(trouble="mail deploys")], ()),
    "04 a storm": (lambda: [pull_the_plug.day(1, {"payment": "retries"}, trouble="payment hangs")], ()),
    "04 the sale": (lambda: [pull_the_plug.rush()], ()),
    "04 compared": (lambda: plugs("services", "services"), ()),
    "04 both designs": (lambda: plugs("monolith", "services"), ()),
    "05": (lambda: [sns.scenario()], (0, 6)),
    "05 with a filter": (lambda: [sns.scenario(courier="express", joins="0:00")], ()),
    "05 with dead letters": (lambda: [sns.outage(minutes=30, dead_letters="yes")], ()),
    "05 compared": (lambda: [sns.outage(), sns.outage(retries=50)], ()),
    "06": (lambda: [sqs.scenario(kill_one=(62.0,))], ()),
    "06 eight": (
        lambda: [sqs.scenario(workers=8, mean_work=60, visibility_timeout=10, kill_one=(62.0,))],
        (),
    ),
    "06 a crowd": (lambda: [sqs.scenario(workers=2, mean_work=60, visibility_timeout=120)], ()),
    "06 poison": (lambda: [sqs.poison(dead_letters="after 3", kill_one=(62.0,))], ()),
    "06 told": (lambda: [sqs.told(stand_still=(120.0,), mailers=2)], ()),
    "06 compared": (lambda: [sqs.scenario(visibility_timeout=timeout) for timeout in (30, 120)], ()),
    "07": (lambda: [kitchens.scenario()], (0, 150)),
    "07 capped": (lambda: [kitchens.scenario(cap=20)], ()),
    "07 topic": (lambda: [kitchens.triggers(trigger="topic")], ()),
    "07 queue": (lambda: [kitchens.triggers(trigger="queue")], ()),
    "07 compared": (lambda: [kitchens.scenario(cap=cap) for cap in (None, 20)], ()),
    "08": (lambda: [lambda_billing.scenario()], (0, 4, 16, 24)),
    "08 one server": (lambda: [lambda_billing.scenario(instances=1)], (20,)),
    "08 nightly": (lambda: [lambda_billing.scenario(traffic="nightly", memory_size=1769)], ()),
    "08 compared": (lambda: [lambda_billing.scenario(traffic=one) for one in ("spiky", "steady")], ()),
    "11": (lambda: [whole_shop.scenario()], ()),
    "11 functions and containers": (
        lambda: [whole_shop.day(web="functions", packing="containers", zones=2, orders=0.3)],
        (),
    ),
    "11 containers and functions": (
        lambda: [whole_shop.day(web="containers", packing="functions", hosts=4, orders=0.3, packers=20)],
        (),
    ),
    "11 compared": (lambda: [whole_shop.scenario(zones=zones) for zones in (1, 2)], ()),
    "09": (lambda: [machines.scenario()], (0, 3)),
    "09 packed": (lambda: [machines.scenario(sent="image", second="yes")], (1,)),
    "09 two files": (lambda: [machines.scenario(resizer="2.0", second="yes", update=(80.0,))], ()),
    "09 nothing there": (lambda: [machines.scenario(resizer="none", lose=(90.0,))], ()),
    "09 compared": (lambda: [machines.scenario(sent=sent, second="yes") for sent in ("file", "image")], ()),
    "10": (lambda: [vans.scenario()], (0, 31)),
    "10 binpack": (lambda: [vans.scenario(placement="binpack", kill=(150.0,), drain=(100.0,))], ()),
    "10 many": (lambda: [vans.scenario(placement="random", hosts=100)], ()),
    "10 rollout": (lambda: [vans.rollout(hosts=3, minimum_healthy_percent=50)], ()),
    "10 compared": (lambda: [vans.scenario(placement=one) for one in ("spread", "binpack")], ()),
    **{name: ((lambda name=name: [alphabet.all_records()[name]]), ()) for name in alphabet.all_records()},
}
"""What each stage plays, and predictions for it."""

GUESSED = """(value) => {
  const { model, end } = document.getElementById("stage").stage;
  const guessed = value !== null;
  model.set("prediction", guessed ? { words: "you predicted", value, unit: "", came: 5 } : null);
  model.set("before", guessed ? { times: [0, end / 2], values: [3, 7] } : null);
}"""
"""Whoever predicts has another run to look back on, too."""


def found(tabs, folder, name: str):
    """((width, moment, prediction), what is wrong), for all that is wrong with the stage called `name`."""
    make, guesses = STAGES[name]
    records = make()
    names = ("Round robin", "Least outstanding") if len(records) > 1 else ()
    made = Stage(*records, names=names, title="The stage")
    times = [share * made._records[-1].end for share in SHARES]
    with stage_pages(tabs, folder) as open_page:
        page = open_page(made)
        page.add_style_tag(content="body { padding: 0 !important; }")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            for guess in (None, *(guesses if width in GUESSED_AT else ())):
                page.evaluate(GUESSED, guess)
                for time, cards in zip(times, seen(page, times), strict=True):
                    for card in cards:
                        for fault in faults(card):
                            yield (width, round(time), guess), fault


def test_what_is_wrong_is_found(tabs, tmp_path):
    """Words that are written over others, over the edge of the card, and under a dot."""
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(STAGES["03"][0]()[0]))
        page.evaluate(
            """() => {
              const { pen, parts, plans } = document.getElementById("stage").stage;
              const draw = plans[0].draw;
              plans[0].draw = (...given) => {
                draw(...given);
                pen.text(150, 60, "Twice");
                pen.text(parts.canvas.clientWidth - 20, 20, "Too far");
                pen.mark("dot", 160, 50, 12, 12);
              };
            }"""
        )
        scene, timeline, words = seen(page, [60.0])[0]
    assert {
        "“Twice” touches a dot",
        "“Too far” leaves its card",
    } <= set(faults(scene))
    assert any("“Twice” covers" in fault or "“Twice” crosses" in fault for fault in faults(scene))
    assert len([one for one in words if one["what"] == "text"]) > 20 < len(scene) and len(timeline) > 5


@pytest.mark.sampled
@pytest.mark.parametrize("name", STAGES)
def test_no_text_of_a_stage_covers_another_or_leaves_its_card(tabs, tmp_path, name):
    assert list(found(tabs, tmp_path, name)) == []


# Charts


def desk(**values):
    return start_here.scenario(passengers=54, **values)


def band(**values):
    return autoscaling_limits.scenario(kill_one=(118.0,), ask_for_20=(300.0,), **values)


def topic_month():
    """The bill of lesson 05."""
    run = sns.scenario()
    run.bill = month_of_messages({name: 7200 * count for name, count in message_counts(run).items()})
    return run


def knee():
    days = {m: [load_balancing.scenario(seed, method=m) for seed in (1, 2)] for m in ("random", "one_line")}
    return charts.knee(days)


CHARTS = {
    "waiting": lambda: charts.waiting(desk(), ghost=desk(clerks=2)),
    "latency": lambda: charts.latency(desk(), ghost=desk(clerks=2), prediction=0),
    "latency, far off": lambda: charts.latency(desk(), prediction=2000),
    "latency of seeds": lambda: charts.latency(
        desk(), luck=[sample(desk(seed=seed)) for seed in (1, 2)] * 10
    ),
    "bill": lambda: charts.bill(autoscaling_limits.day()),
    "bill of a topic": lambda: charts.bill(topic_month()),
    "bill of a function": lambda: charts.bill(lambda_billing.function()),
    "seeds": lambda: charts.seeds(
        {f"{n} clerks": [sample(desk(seed=s, clerks=n)) for s in (1, 2, 3)] for n in (1, 2)}, limit=300
    ),
    "levels": lambda: charts.levels(band(), ghost=autoscaling_limits.scenario(), prediction=0),
    "levels, far off": lambda: charts.levels(band(), prediction=20),
    "levels of a day": lambda: charts.levels(autoscaling_limits.day()),
    "band": lambda: charts.band(band(), at=125, prediction=0),
    "band, far off": lambda: charts.band(band(), prediction=20),
    "load": lambda: charts.load_and_capacity(autoscaling_limits.day(min_size=2, max_size=2)),
    "load of a log": lambda: charts.load_and_capacity(autoscaling_policies.day()),
    "reaction": lambda: charts.reaction(autoscaling_policies.scenario(), prediction=0),
    "reaction, far off": lambda: charts.reaction(
        autoscaling_policies.scenario(jump=4), ghost=autoscaling_policies.scenario(), prediction=1200
    ),
    "compare": lambda: charts.compare(
        {"6 all day": autoscaling_limits.day(max_size=6), "Your choice": band()}
    ),
    "lanes": lambda: charts.lanes(lanes("round_robin")[0], at=240, prediction=0),
    "lanes, far off": lambda: charts.lanes(lanes("round_robin")[0], prediction=3000),
    "knee": knee,
    "shelves": lambda: charts.shelves(
        sqs.scenario(visibility_timeout=10), ghost=sqs.scenario(workers=2, mean_work=60)
    ),
    "shelves of a queue": lambda: charts.shelves(sqs.rebuilt()),
    "outlive": lambda: charts.outlive(
        {t: [sqs.scenario(seed, visibility_timeout=t) for seed in (1, 2, 3)] for t in (10, 30, 60, 120)},
        mean_work=20,
    ),
    "concurrency": lambda: charts.concurrency(kitchens.scenario(cap=20), ghost=kitchens.scenario(cap=50)),
    "concurrency, far below the cap": lambda: charts.concurrency(kitchens.scenario()),
    "duties": lambda: charts.duties(kitchens.scenario(), kitchens.servers()),
    "shelf": lambda: charts.shelf(machines.scenario()),
    "shelf, packed": lambda: charts.shelf(machines.scenario(sent="image", second="yes", lose=(90.0,))),
    "layers": lambda: charts.layers(machines.images()),
    "layers from elsewhere": lambda: charts.layers({"an image of somebody else": machines.elsewhere()}),
    "walls": charts.walls,
    "walls, none": lambda: charts.walls(memory=1_048_576, system=1, program=1),
    "outlive, one": lambda: charts.outlive({600: sqs.scenario(visibility_timeout=600)}, mean_work=20),
    "memory": lambda: charts.memory(lambda_billing.sizes()),
    "memory, waiting": lambda: charts.memory(lambda_billing.sizes(computes=0.01, waits=60)),
    "orders": lambda: charts.orders(plugs("services", "services")[1], ghost=plugs("services", "services")[0]),
    "orders, lost": lambda: charts.orders(pull_the_plug.scenario()),
    "chain": lambda: charts.chain(
        {n: [pull_the_plug.row(s, parts=n) for s in (1, 2)] for n in (1, 2, 5, 10)}
    ),
    "knee of four": lambda: charts.knee(
        {m.replace("_", " "): load_balancing.scenario(method=m) for m in METHODS}
    ),
    "knee of one": lambda: charts.knee(load_balancing.one_server(load=95), prediction=0),
    "knee, at its end": lambda: charts.knee(load_balancing.one_server(seed=2, load=99)),
    "knee, far off": lambda: charts.knee(load_balancing.one_server(), prediction=1000),
}
"""All charts of the lessons, with predictions at both ends."""


@pytest.mark.parametrize("name", CHARTS)
def test_no_text_of_a_chart_covers_another_or_leaves_it(name, monkeypatch):
    texts = noted_texts(monkeypatch)
    picture, wrong = CHARTS[name](), []
    for width in (620, *WIDTHS):  # 620 is what a bill leaves beside it
        texts.clear()
        picture.set_state({"width": width})
        assert picture.image and texts
        card = {"what": "card", "x": 0, "y": 0, "width": width, "height": picture._sheet.height}
        boxes = [
            {"what": "text", "words": one.words, "x": one.left, "y": one.top}
            | {"width": one.right - one.left, "height": one.bottom - one.top}
            for one in texts
        ]
        wrong += [(width, fault) for fault in faults([card, *boxes])]
        picture._drawn = ()
    assert wrong == []


@pytest.mark.parametrize("name", CHARTS)
def test_words_and_numbers_side_by_side_in_a_chart_keep_apart(name, monkeypatch):
    """By a space at least: 100, 125 and 150 read as one number."""
    texts, picture, wrong = noted_texts(monkeypatch), CHARTS[name](), []
    for width in (284, *WIDTHS):  # 284 is what a window of 400 leaves
        texts.clear()
        picture.set_state({"width": width})
        assert picture.image
        ordered = sorted(texts, key=lambda one: (one.base, one.left))
        wrong += [
            (width, one.words, other.words)
            for one, other in itertools.pairwise(ordered)
            if one.base == other.base and other.left - one.right < 5
        ]
        picture._drawn = ()
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in CHARTS if name.startswith(("bill", "layers"))])
def test_a_bill_names_what_it_is_for_in_full_and_a_layer_what_made_it(name, monkeypatch):
    texts = noted_texts(monkeypatch)
    picture = CHARTS[name]()
    for width in (284, *WIDTHS):
        texts.clear()
        picture.set_state({"width": width})
        assert picture.image and texts
        cut = [one.words for one in texts if one.words.endswith("…")]
        assert not [words for words in cut if not words.startswith("digest ")], width
        picture._drawn = ()


@pytest.mark.parametrize("name", CHARTS)
def test_what_was_not_played_yet_lies_wholly_under_the_veil(name, monkeypatch):
    """Names at the ends of lines and counts above are results: none looks out from under the veil.

    A line of zeros does neither.
    """
    texts = noted_texts(monkeypatch)
    lines: list[tuple] = []
    draw = Sheet.line

    def line(sheet, xs, ys, colour, width, **more):
        if len(xs):
            lines.append((max(xs) - min(xs), max(xs), max(ys) + width / 2, width))
        draw(sheet, xs, ys, colour, width, **more)

    monkeypatch.setattr(Sheet, "line", line)
    picture, wrong = CHARTS[name](), []
    for width in WIDTHS:
        texts.clear()
        lines.clear()
        picture.set_state({"width": width})
        picture._drawn = ()
        assert picture.image
        if picture.plot is None:
            continue
        plot, high = picture.plot, picture._sheet.height
        begin, end = (high * share for share in plot["veils"][0][:2])
        wrong += [
            (width, one.words, "above")
            for one in texts
            if one.left >= plot["left"] * width
            and 30 < one.base < end
            and one.top < begin  # the axis has its name at 28
        ]
        hidden = [(top * high, (more or [plot["left"]])[0] * width) for top, _, *more in plot["veils"]]
        wrong += [
            (width, one.words, "beside the axis's name")
            for one in texts
            if one.base < 30
            and one.left >= plot["left"] * width
            and re.search(r"\d", one.words)  # a number is a result
            and not any(top <= one.top and left <= one.left for top, left in hidden)
        ]
        for top, bottom, *_ in plot["veils"]:
            wrong += [
                (width, one.words)
                for one in texts
                if one.left >= plot["left"] * width
                and top * high < one.base
                and one.top < bottom * high < one.base
            ]
            wrong += [
                (width, "a line", low - bottom * high)
                for wide, right, low, thick in lines
                if thick > 1 and wide > 100 and 0.1 < low - bottom * high < 4 and right > plot["left"] * width
            ]
    assert wrong == []
