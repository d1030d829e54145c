"""Pictures and charts: what they say, that labels fit, and that colours can be told apart."""

import inspect
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import asdict
from itertools import pairwise

import pytest
from sheet_texts import noted_texts

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.printed import WIDE
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill as write_bill
from cloudlab.pricing import charge
from cloudlab.traffic import Customers, step
from cloudlab.views.axes import Frame, draw_time, nice_ticks, spread
from cloudlab.views.charts import band, bill, compare, latency, levels, load_and_capacity
from cloudlab.views.charts.compare import _columns
from cloudlab.views.charts.levels import group_series
from cloudlab.views.charts.load import mean_work
from cloudlab.views.charts.spread import Spread
from cloudlab.views.charts.tiles import losses, tiles
from cloudlab.views.luck import Sample, describe_luck, is_it_luck, sample
from cloudlab.views.picture import Picture
from cloudlab.views.predict import predict
from cloudlab.views.sheet import Sheet
from cloudlab.views.theme import DARK, LIGHT, settings
from cloudlab.views.words import duration

CHARTS = (levels, band, load_and_capacity, latency, compare, bill)


def group_alone(*, kill=(120,), ask=None, max_size=9, min_size=2, desired_capacity=6, until=480, seed=1):
    """A group whose instances need 90 s; one dies at each of `kill`, and at 300 s a policy asks for `ask`."""
    world = World(seed)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=min_size,
        max_size=max_size,
        desired_capacity=desired_capacity,
        launch_template=LaunchTemplate(launch_time=90, boot_time=0),
    )

    def kills():
        for time in kill:
            yield world.timeout(time - world.now)
            group.targets()[0].kill()

    def asks():
        yield world.timeout(300)
        group.ask(ask, "a policy")

    world.process(kills())
    if ask is not None:
        world.process(asks())
    return write_bill(world.run(until=until))


def shop(*, seed=1, jump=3, capacity=4, work=0.2):
    """A balancer before a group of four, and customers who come `jump` times as often from 5:00 on."""
    world = World(seed)
    template = LaunchTemplate(launch_time=0, boot_time=0)
    group = AutoScalingGroup(world, "web", min_size=capacity, max_size=capacity, launch_template=template)
    balancer = LoadBalancer(world, "shop", targets=group)
    traffic = step(10, jump=jump, at=300)
    Customers(world, "customers", traffic=traffic, to=balancer, mean_work=work, patience=5)
    return write_bill(world.run(until=600))


@pytest.fixture(scope="module")
def calm():
    return group_alone()


@pytest.fixture(scope="module")
def clipped():
    return group_alone(ask=20)


@pytest.fixture(scope="module")
def busy():
    return shop(jump=5)


@pytest.fixture(scope="module")
def seeds():
    return [sample(shop(jump=3, seed=seed)) for seed in range(1, 6)]


# What charts say


def test_levels_say_that_a_lost_instance_is_replaced(calm):
    assert levels(calm).caption == "i-1 dies at 2:00, and from 3:30 on the group has its 6 again"


@pytest.mark.parametrize("ask", [None, 20])
def test_levels_count_the_same_servers_as_the_tiles_at_every_moment(ask):
    """Who has died is not in service, also before the group has looked."""
    record = group_alone(kill=(118, 204), ask=ask)
    group = record.parts_of("group")[0]
    there = group_series(record, group)[3]
    for moment in (0.0, 119.0, 120.0, 121.0, *(record.end * place / 160 for place in range(161))):
        serving = [tile for tile in tiles(record, group, moment) if tile.letter == "S"]
        assert there.at(moment) == len(serving), moment
    unseen = record.series[group, "GroupInServiceInstances"]
    assert any(unseen.at(time / 2) != there.at(time / 2) for time in range(960)), "and it makes a difference"


def test_levels_say_that_the_maximum_clips_an_ask(clipped):
    assert levels(clipped).caption == "9 instances at the end: the maximum clips the ask for 20"


def test_levels_say_that_the_minimum_clips_an_ask():
    record = group_alone(kill=(), ask=0)
    assert levels(record).caption == "2 instances at the end: the minimum clips the ask for 0"


def test_levels_say_how_many_are_missing_at_the_end():
    assert (
        levels(group_alone(kill=(), until=60)).caption == "At the end 0 of 6 desired instances are in service"
    )


def test_the_band_tells_the_moment_it_is_asked_for(calm):
    assert band(calm, at=125).caption == "At 2:05, 5 of 6 desired are in service, 1 is on the way"
    assert band(calm).caption == "At 8:00, all 6 desired are in service"


def test_the_band_names_each_instance_and_its_stand_in(calm):
    words = band(calm, at=125, alone=False).description
    assert "In service: i-2, i-3, i-4, i-5 and i-6. Pending: i-7." in words
    assert words.endswith("i-1 was killed at 2:00; i-7 takes its place.")


def test_load_names_the_moment_at_which_the_capacity_is_too_small(busy):
    lost = f"{measures.outcomes(busy).failed:,} requests are lost"
    assert (
        load_and_capacity(busy).caption
        == f"The load passes the capacity at 5:00 and reaches 143 % of it: {lost}"
    )


def test_load_says_when_there_is_room():
    caption = load_and_capacity(shop(jump=1)).caption
    assert re.fullmatch(r"The load never passes \d\d % of the capacity: nothing is lost", caption)


def test_latency_and_measures_say_the_same(busy):
    p50, p95 = measures.percentiles(busy)
    failed = measures.outcomes(busy).failed
    assert latency(busy).caption == (
        f"Half are answered within {duration(p50)}, but one in 20 takes over {duration(p95)}; "
        f"{failed:,} failed"
    )


def test_latency_over_seeds_gives_their_range(busy, seeds):
    assert re.search(r"; over 5 seeds that is [\d.]+ s to [\d.]+ s$", latency(busy, luck=seeds).caption)


def test_latency_of_nothing_is_no_number(calm):
    assert latency(calm).caption == "No request was answered, so there are no response times"


def test_compare_names_what_changed_most():
    runs = {"Calm": shop(jump=1), "Busy": shop(jump=5)}
    assert re.fullmatch(
        r"From Calm to Busy, lost requests rise from 0 to [\d,]+ and p95 rises .*", compare(runs).caption
    )


def test_compare_of_a_run_with_itself_finds_nothing(busy):
    assert compare({"A": busy, "B": busy}).caption == "A and B come to the same"


def test_compare_of_no_run_is_refused():
    with pytest.raises(InvalidParameter, match="^runs is {}, but must be a record, or map names to records"):
        compare({})


def test_the_bill_adds_up_in_words(busy):
    picture = bill(busy, alone=False)
    amounts = [float(amount) for amount in re.findall(r"= \$(\d+\.\d\d)", picture.description)]
    assert picture.caption.startswith(f"The bill is ${sum(amounts):.2f}: ")


def test_a_price_on_a_bill_is_a_price(world):
    record = world.run(until=60)
    record.bill.extend(charge(name, 1) for name in ("lambda-duration", "lambda-request", "sns-email"))
    told = bill(record, alone=False).description
    assert "× $0.0000166667 = " in told and "× $0.20 = " in told and "× $20 = " in told


def test_one_hour_is_no_hours_on_a_bill(world):
    named = ("alb-hour", "sqs-request")
    record = world.run(until=10)
    record.bill.extend(charge(name, amount) for name in named for amount in (1, 2))
    told = bill(record, alone=False).description
    assert "1 hour ×" in told and "2 hours ×" in told and "1 million requests ×" in told


@pytest.mark.parametrize("chart", [levels, band])
def test_a_group_chart_of_a_run_without_a_group_is_refused(chart, world):
    with pytest.raises(ValueError, match="this run has none"):
        chart(world.run(until=10))


def test_luck_in_words_gives_ranges():
    samples = [sample(group_alone(seed=seed)) for seed in (1, 2)]
    assert describe_luck(samples) == "2 seeds: instance-hours 0.80 each time and cost $0.08 each time."
    assert describe_luck([]) == ""


def runs_of(*p95: float, cost: float = 1.0):
    return [Sample(seed, 9, time / 2, time, 0, 1.0, {}, cost, None) for seed, time in enumerate(p95)]


def test_is_it_luck_answers_yes_or_no_and_names_only_what_differs():
    assert is_it_luck(runs_of(4.0, 4.0)) == "No: all 2 seeds give the same."
    assert is_it_luck(runs_of(4.0, 8.0)) == "Only in part: it changes with the seed. 2 seeds: p95 4 s to 8 s."
    assert is_it_luck(runs_of(4.0, 9.0)) == "Yes: it changes with the seed. 2 seeds: p95 4 s to 9 s."
    assert is_it_luck(runs_of(4.0, 4.2)).startswith("No: it hardly changes with the seed.")
    assert is_it_luck(runs_of(2.0, 3.0), runs_of(4.0, 8.0), "b instead of a") == (
        "No, it is no luck: with b instead of a, p95 is lower with each of 2 seeds: 2 s to 3 s, before 4 s to 8 s."
    )
    assert is_it_luck(runs_of(2.0, 9.0), runs_of(4.0, 8.0), "b instead of a").startswith(
        "It may be luck: with b instead of a, p95 is higher with 1 of 2 seeds"
    )
    dearer = is_it_luck(runs_of(4.0, 8.0, cost=2.0), runs_of(4.0, 8.0), "b instead of a")
    assert dearer == (
        "No, it is no luck: with b instead of a, cost is higher with each of 2 seeds: $2.00, before $1.00."
    )
    mixed = is_it_luck(runs_of(2.0, 9.0, cost=2.0), runs_of(4.0, 8.0), "b instead of a")
    assert mixed == (
        "No, it is no luck: with b instead of a, cost is higher with each of 2 seeds: $2.00, before $1.00. "
        "This may be luck: p95 is higher with 1 of 2 seeds: 2 s to 9 s, before 4 s to 8 s."
    )


# What is drawn


def test_tiles_tell_the_state_of_each_instance(calm):
    group = calm.part("web")
    shown = [(tile.name, tile.letter) for tile in tiles(calm, group, 125)]
    assert shown == [("i-7", "P"), ("i-2", "S"), ("i-3", "S"), ("i-4", "S"), ("i-5", "S"), ("i-6", "S")]
    assert tiles(calm, group, 165)[0].done == pytest.approx(0.5, abs=0.06)
    assert [(loss.name, loss.place, loss.stand_in) for loss in losses(calm, group, 480)] == [
        ("i-1", 0, "i-7")
    ]


def test_a_killed_instance_stays_a_failed_tile_until_the_group_looks():
    record = group_alone(kill=(123,))
    assert [tile.letter for tile in tiles(record, record.part("web"), 125)] == ["✕", "S", "S", "S", "S", "S"]


def test_what_drains_stands_behind_what_counts():
    world = World(1)
    template = LaunchTemplate(launch_time=0, boot_time=0)
    group = AutoScalingGroup(
        world, "web", min_size=1, max_size=3, desired_capacity=3, launch_template=template
    )
    balancer = LoadBalancer(world, "shop", targets=group)
    Customers(world, "customers", traffic=step(1, at=60), to=balancer, mean_work=300, work="fixed")
    world.run(until=30)
    group.set_desired_capacity(2)
    record = world.run(until=40)
    assert [tile.letter for tile in tiles(record, group.part, 40)] == ["S", "S", "T"]


def test_points_over_time_are_nearest_ranks_as_measures_has_them(busy):
    [(middle, p50, p95)] = Spread(busy, busy.end).pieces
    assert (middle, [p50, p95]) == (300, measures.percentiles(busy))


def test_mean_work_leaves_out_whose_speed_changed():
    world = World(1)
    template = LaunchTemplate(launch_time=0, boot_time=0)
    group = AutoScalingGroup(world, "web", min_size=2, max_size=2, launch_template=template)
    balancer = LoadBalancer(world, "shop", targets=group)
    Customers(world, "customers", traffic=step(2, at=0), to=balancer, work="fixed", mean_work=0.1)
    world.run(until=10)
    group.targets()[0].slow_down(0.5)
    assert mean_work(world.run(until=60)) == pytest.approx(0.1)


def test_a_prediction_is_drawn_over_the_result(calm):
    predict("after-kill", "How many?", high=12, unit="instances").lock(5)
    for given in ("after-kill", 5, ("you predicted", 5), lambda: 5):
        assert "you predicted 5" in levels(calm, prediction=given).image
        assert "you predicted 5" in band(calm, prediction=given).image


@pytest.mark.parametrize("given", [None, "no-such-key", lambda: None])
def test_without_a_prediction_all_goes_on(given, calm):
    assert "predicted" not in levels(calm, prediction=given).image


def test_the_run_before_lies_under_the_new_one(calm, clipped, busy):
    assert "last run 6" in levels(clipped, ghost=calm).image
    assert "last run" in latency(busy, ghost=shop(jump=1)).image
    assert "last run" not in levels(calm, ghost=calm).image


def test_other_seeds_lie_over_the_new_one_as_a_band(busy, seeds):
    assert "5 seeds" in latency(busy, luck=seeds).image
    assert "5 seeds" in compare({"Busy": busy}, luck=seeds).image
    assert levels(busy, luck=seeds).image != levels(busy).image


@pytest.fixture
def noted(monkeypatch):
    """A function that gives the texts of a chart at a width, and how high it is."""

    def texts_of(chart, *given, width, **more):
        picture, sheet = chart(*given, **more), Sheet()
        sheet.begin(width, LIGHT)
        texts = noted_texts(monkeypatch)
        picture._paint(sheet)
        return texts, sheet.height

    return texts_of


@pytest.mark.parametrize("width", [380, 700, 1052])
@pytest.mark.parametrize("chart", CHARTS)
def test_every_label_fits_and_none_lies_on_another(noted, chart, width, clipped, busy, seeds):
    takes = inspect.signature(chart).parameters
    record = clipped if chart in (levels, band) else busy
    before = group_alone(max_size=6) if chart in (levels, band) else shop(jump=1)
    offered = {"ghost": before, "luck": seeds if record is busy else (), "prediction": 3}
    texts, height = noted(
        chart, record, width=width, **{name: offered[name] for name in offered if name in takes}
    )
    for one in texts:
        assert one.left >= 0 and one.right <= width and one.top >= 0 and one.bottom <= height, one.words
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            assert across <= 0.5 or down <= 0.5, f"{one.words!r} and {other.words!r} overlap"


@pytest.mark.parametrize("chart", CHARTS)
def test_type_is_at_least_12_points_but_for_letters_in_badges(noted, chart, clipped, busy):
    texts, _ = noted(chart, clipped if chart in (levels, band) else busy, width=1052)
    assert texts
    assert all(one.size >= 16 or (one.size == 14 and len(one.words) == 1) for one in texts)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("chart", CHARTS)
def test_only_colours_of_the_palette_are_used(chart, dark, clipped, busy):
    picture = chart(clipped if chart in (levels, band) else busy)
    picture.dark = dark
    used = {colour.upper() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", picture.image)}
    assert used <= set(asdict(DARK if dark else LIGHT).values())
    assert ET.fromstring(picture.image).tag.endswith("svg")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_shapes_stand_out(palette):
    for name in ("ink", "muted", "request_text"):
        for ground in (palette.paper, palette.ground, palette.raised):
            assert contrast(getattr(palette, name), ground) >= 4.5, name
    for tint in ("ok_tint", "boot_tint", "fail_tint", "request_tint"):
        assert contrast(palette.ink, getattr(palette, tint)) >= 4.5, tint
    for name in ("ok", "boot_edge", "fail", "money", "edge", "wire", "slate", "request", "wait_edge"):
        assert contrast(getattr(palette, name), palette.ground) >= 3, name
    assert contrast(palette.on_ok, palette.ok) >= 4.5
    assert contrast(palette.on_slate, palette.slate) >= 4.5


# Pictures


def test_the_same_record_gives_the_same_picture(clipped):
    assert levels(clipped).image == levels(group_alone(ask=20)).image


def test_a_chart_draws_again_into_the_same_figure(calm, clipped):
    picture = levels(calm)
    first, sheet = picture.image, picture._sheet
    made = len(sheet._figure.artists)
    again = levels(clipped, picture=picture)
    levels(calm, picture=picture)
    assert again is picture
    assert picture._sheet is sheet
    assert picture.image == first
    assert len(sheet._figure.artists) <= made + 25


def test_the_same_picture_twice_is_still_an_event(calm):
    picture = levels(calm)
    revision = picture.revision
    levels(calm, picture=picture)
    assert picture.revision == revision + 1


def test_a_picture_is_its_finding_and_description_as_text(calm):
    picture = levels(calm)
    data, _ = picture._repr_mimebundle_()
    assert data["text/plain"] == repr(picture) and max(map(len, repr(picture).splitlines())) <= WIDE
    assert " ".join(repr(picture).split()) == f"{picture.caption} {picture.description}"
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "0x" not in repr(picture)
    assert 5 <= picture.description.count(". ") <= 9
    assert picture.table[0] == ["what", "value", "unit"]


def test_the_browser_decides_width_and_theme(calm):
    picture = levels(calm)
    assert f'viewBox="0 0 {picture.width} ' in picture.image
    picture.set_state({"width": 700, "dark": True})
    assert 'viewBox="0 0 700 ' in picture.image
    assert DARK.ok.lower() in picture.image.lower()


def test_a_projector_gets_type_half_as_large_again(calm):
    settings(projector=True)
    try:
        picture = levels(calm)
    finally:
        settings(projector=False)
    assert picture.scale == 1.5
    assert f'viewBox="0 0 {picture.width / 1.5:.6f} ' in picture.image
    assert levels(calm).scale == 1


def test_the_cursor_knows_where_the_time_axis_lies(calm):
    picture = levels(calm, at=120)
    assert picture.time == 120 and picture.image
    assert (picture.plot["from"], picture.plot["to"]) == (0, 480)
    assert 0 < picture.plot["left"] < picture.plot["right"] < 1
    assert 0 < picture.plot["top"] < picture.plot["bottom"] < 1


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_matplotlib_the_words_stand_alone():
    out = run_python(
        "import sys\n"
        "sys.modules['matplotlib'] = sys.modules['numpy'] = None\n"
        "from cloudlab.labs.autoscaling_limits import scenario\n"
        "from cloudlab.views.charts import band, bill, compare, latency, levels, load_and_capacity\n"
        "record = scenario()\n"
        "for chart in (band, bill, compare, latency, levels, load_and_capacity):\n"
        "    picture = chart(record)\n"
        "    assert picture.image == '' and picture.plot is None\n"
        "    print(bool(picture.caption), bool(picture.description))\n"
    )
    assert out.split() == ["True"] * 12


def test_pyplot_is_never_imported_and_matplotlib_only_when_a_picture_comes_into_view():
    out = run_python(
        "import sys\n"
        "from cloudlab.views.charts import levels\n"
        "from cloudlab.labs.autoscaling_limits import scenario\n"
        "print('matplotlib' in sys.modules, 'numpy' in sys.modules)\n"
        "picture = levels(scenario())\n"
        "print(picture.awaited, 'matplotlib' in sys.modules)\n"
        "picture.set_state({'width': 700, 'dark': True})\n"
        "print(picture.awaited, 'matplotlib' in sys.modules)\n"
        "picture.set_state({'seen': True})\n"
        "print(picture.awaited, 'viewBox=\"0 0 700 ' in picture.svg)\n"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)\n"
    )
    assert out.split() == [
        "False",
        "False",
        "True",
        "False",
        "True",
        "False",
        "False",
        "True",
        "True",
        "False",
    ]


def test_a_picture_is_a_widget_of_few_and_small_traits(clipped):
    assert isinstance(levels(clipped), Picture)
    assert len(levels(clipped).image) < 60_000


# Small things


def test_names_at_the_ends_of_lines_are_moved_apart_as_little_as_needed():
    assert spread([10, 50, 90], 20, 0, 100) == [10, 50, 90]
    assert spread([50, 50], 20, 0, 100) == [40, 60]
    assert spread([95, 98], 20, 0, 100) == [80, 100]
    assert spread([0, 2, 4], 20, 0, 100) == [0, 20, 40]


@pytest.mark.parametrize("high", [0, 0.013, 0.62, 1, 7, 9, 12, 58.3, 99, 20_000])
def test_ticks_reach_the_top_and_are_few(high):
    ticks = nice_ticks(high)
    assert ticks[0] == 0
    assert ticks[-1] >= high - 1e-9
    assert 2 <= len(ticks) <= 6


def test_ticks_of_counts_are_whole():
    assert nice_ticks(3, whole=True) == [0, 1, 2, 3]


@pytest.mark.parametrize("chart", [band, levels, load_and_capacity, latency])
def test_a_prediction_that_is_drawn_is_told_too(chart):
    record = group_alone() if chart in (band, levels) else shop(work=0.02)
    assert "You predicted 7." in chart(record, prediction=7).description
    assert "predicted" not in chart(record).description


def test_levels_say_so_when_it_is_the_wish_that_fell():
    record = group_alone(kill=(), ask=4)
    assert levels(record).caption == "Desired falls to 4 at 5:00, and all 4 desired instances are in service"


@pytest.mark.parametrize("end", [7, 45, 480, 600, 1000, 5000, 50_400, 86_400, 100_000, 400_000])
@pytest.mark.parametrize("wide", [42, 90, 118, 200, 640])
def test_a_clock_below_a_plot_names_two_moments_at_least(monkeypatch, end, wide):
    """On a narrow screen, too: from one moment nobody reads how long the run is."""
    sheet, texts = Sheet(), noted_texts(monkeypatch)
    sheet.begin(wide + 180, LIGHT)
    sheet.size(300)
    draw_time(sheet, Frame(60, 60 + wide, 44, 256, end, 1))
    assert len(texts) >= 2 and texts[-1].words != texts[0].words
    assert all(one.right + 3 < other.left for one, other in pairwise(texts))


@pytest.mark.parametrize("width", [720, 830, 850, 900, 1100])
def test_the_headings_of_a_comparison_do_not_touch(busy, width):
    sheet = Sheet()
    sheet.begin(width, LIGHT)
    sheet.size(300)
    said = []
    sheet.text = lambda x, _y, words, *_colour: said.append((x, words))
    _columns(sheet, {"No schedule": sample(busy), "Your choice": sample(busy)}, timed=True)
    headings = [words for _, words in said]
    assert headings[-1] == "Cost" and headings[-2] in ("Hours", "Instance-hours")
    assert all(x + sheet.width_of(words) < after for (x, words), (after, _) in pairwise(said))
