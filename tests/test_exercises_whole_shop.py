"""E22: its hours, what it measures, where a cost stands in a class, and the design as a template."""

import json
import re

import pytest
from banks import reference_of
from test_export import lint

from cloudlab.exercises import exercise
from cloudlab.exercises.whole_shop import shop_day
from cloudlab.exercises.whole_shop.tasks import try_design
from cloudlab.judge import comparing, variants
from cloudlab.judge.judging import Verdict
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.labs import whole_shop as lab
from cloudlab.pricing import bill, charges


@pytest.fixture(scope="module")
def variant():
    return variants.variant("E22", 1)


@pytest.fixture(scope="module")
def record(variant):
    return shop_day.hours(reference_of("E22", variant), variant, 1)


def test_the_hours_hold_what_the_task_says(record, variant):
    rows, pack = record.requests, variant["pack"]
    usual = sum(600 <= time < 5400 for time in rows.arrived) / 4800
    crowd = sum(
        shop_day.CROWD_AT <= time < shop_day.CROWD_AT + shop_day.LASTS * pack for time in rows.arrived
    )
    assert usual == pytest.approx(variant["rate"], rel=0.2)
    assert crowd / (shop_day.LASTS * pack) == pytest.approx(3 * variant["rate"], rel=0.25)
    killed = [one.time for one in record.states if one.state == "killed"]
    assert shop_day.DARK_AT == 20 * 60 and shop_day.DARK_AT in killed and shop_day.PACKER_AT in killed
    assert shop_day.CROWD_AT == 90 * 60 and record.end == 3 * 3600
    broken = record.paths.index("broken photo")
    came = [time for time, path in zip(rows.arrived, rows.path, strict=True) if path == broken]
    assert came and all(shop_day.BROKEN_AT <= time < shop_day.BROKEN_END for time in came)


def test_what_is_judged_is_the_worst_of_four_shares(record, variant):
    found = shop_day.measured(record)
    shares = shop_day.shares(found, variant)
    trial = try_design(reference_of("E22", variant), variant, 1)
    assert trial.value == max(shares.values()) and trial.cost == found["budget"]
    assert found["lost"] == len(lab.lost(record))
    assert found["oldest"] == max(min(end, record.end) - sent for sent, end in lab.ages(record))
    exact = 100 * sum(float(line.quantity * line.unit_price) for line in charges(record))
    assert found["budget"] == pytest.approx(exact)


@pytest.mark.parametrize("changes", [{}, {"web": "instances", "packing": "functions", "packers": 40}])
def test_a_check_prices_a_run_as_its_bill_does(variant, changes):
    """Line by line, and nothing is written into the record."""
    run = shop_day.hours(reference_of("E22", variant) | changes, variant, 2)
    lines = charges(run)
    assert run.bill == [] and not run.parts_of("bill")
    assert lines == bill(run).bill and len(lines) > 3


def test_a_feedback_says_the_worst_number_once_and_as_a_sentence(variant):
    one_zone = {"web": "instances", "packing": "instances", "zones": 1, "min_size": 4, "max_size": 8}
    told = repr(exercise("E22").check(reference_of("E22", variant) | one_zone))
    lost = re.search(r"allowed: ([\d,]+) orders were lost \(limit \d+\)\.", told)
    assert lost and told.count(f"{lost[1]} ") == 1 and "Orders lost" not in told


def test_prices_that_the_task_tells_are_those_of_the_list():
    """An instance and a host 4.16 cents an hour; a function that always works 10.4."""
    from cloudlab.pricing import price_list

    prices = price_list()
    assert float(prices["t3.medium"].value) * 100 == pytest.approx(4.16)
    working = float(prices["lambda-duration"].value) * 1769 / 1024 * 3600 * 100
    assert round(working, 1) == 10.4
    told = repr(exercise("E22"))
    assert "4.16 cents an hour" in told and "10.4 cents an hour" in told


def test_a_design_is_written_as_a_template_that_cfn_lint_reads(variant, tmp_path):
    q = exercise("E22")
    made = q.template(reference_of("E22", variant))
    assert "how a request becomes a message" in repr(made)
    kinds = {one["Type"] for one in made.body["Resources"].values()}
    assert {"AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Lambda::Function"} <= kinds
    found = lint(tmp_path, {"design": made.body})
    assert found.returncode == 0, found.stdout


def test_a_design_that_is_none_is_told_so_in_place_of_a_template():
    q = exercise("E22")
    assert repr(q.template({"web": "functions"})).startswith("'min_size' is missing")
    assert "has no design" in repr(exercise("E1").template({}))


# Where a cost stands


@pytest.fixture
def checked():
    q = exercise("E22")
    q._verdict = Verdict("correct", 10.0, costs=(140.0, 135.0, 190.0))
    return q


def test_a_cost_stands_beside_the_reference_a_simple_design_and_the_class(checked, tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("name, Cost\nann,150\nbob,120.5\n\ncara,180\n", encoding="utf-8-sig")
    told = repr(checked.compare(path)).splitlines()
    assert told[0] == "What it costs:"
    assert [line.split()[-2] for line in told[1:-1]] == ["140.0", "135.0", "190.0", "120.5", "150.0"]
    assert told[-1] == "1 of 3 in the class is cheaper than yours."
    path.write_text("cost\n1\n2\n", encoding="utf-8")
    assert repr(checked.compare(str(path))).endswith("2 of 2 in the class are cheaper than yours.")


@pytest.mark.parametrize(
    "text, sentence",
    [
        (None, "must be a CSV file that can be read, in UTF-8."),
        ("", "must begin with a line that names its columns, one of them 'cost'."),
        ("name\nann\n", "must begin with a line that names its columns, one of them 'cost'."),
        ("cost\n", "but it holds no costs: a line for each design is needed."),
        ("cost\n12\nmuch\n", "cost is 'much' in line 3 of"),
        ("cost\n-1\n", "cost is '-1' in line 2 of"),
        ("cost\ninf\n", "cost is 'inf' in line 2 of"),
        ("name,cost\nann\n", "cost is '' in line 2 of"),
    ],
)
def test_a_bad_file_of_the_class_is_one_sentence(checked, tmp_path, text, sentence):
    path = tmp_path / "class.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    told = repr(checked.compare(path))
    assert sentence in told and "\n" not in told and told.endswith(".")
    with pytest.raises(InvalidParameter):
        comparing.costs_in(path)


def test_a_file_that_is_no_text_is_one_sentence(checked, tmp_path):
    path = tmp_path / "class.csv"
    path.write_bytes(b"\xff\xfe\x00cost")
    assert "must be a CSV file that can be read" in repr(checked.compare(path))
    assert "must be the name of a CSV file" in repr(checked.compare(7))


def test_before_a_cost_is_known_nothing_is_compared():
    assert "There is no cost to compare yet" in repr(exercise("E22").compare("class.csv"))
    assert "E2 has no cost to compare." in repr(exercise("E2").compare("class.csv"))


def test_variants_ask_for_different_answers():
    """From kind to kind longer work, more packers; and the same weight."""
    pool = variants.pool("E22")
    packs = sorted({variant["pack"] for variant in pool})
    assert len(packs) >= 5
    need = {variant["pack"]: reference_of("E22", variant)["packers"] for variant in pool}
    assert [need[pack] for pack in packs] == sorted(need.values()) and len(set(need.values())) >= 5
    assert json.dumps(pool)
