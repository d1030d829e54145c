"""Access logs and tables of counts, replayed: counts kept, moments drawn, faults told in one sentence."""

import gzip
import pickle
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_facts_logs import alb, classic

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic import Customers, from_access_log, from_csv, sample_access_log

TIMED = Path(__file__).parent / "data" / "timed_access.log.gz"
"""Two minutes of the sample's nginx, with $request_time at the end of each line."""


def replay(traffic, seed=1, regular=False):
    """(times, classes, works) of all requests, after a look at the form of the chunks."""
    times, classes, works = [], [], []
    for covered, part, paths, work in traffic.chunks(Random(seed), regular):
        assert len(part) <= 4096 and part == sorted(part)
        assert not times or not part or times[-1] <= part[0]
        assert covered >= (part[-1] if part else 0.0)
        times += part
        classes += paths or []
        works += work or []
    assert covered == traffic.duration
    assert all(0 <= time < traffic.duration and time == round(time * 1e6) / 1e6 for time in times)
    return times, classes, works


def log(tmp_path, *lines, name="access.log", end="\n"):
    """A file with these lines, text or bytes."""
    path = tmp_path / name
    path.write_bytes(
        b"".join((line.encode() if isinstance(line, str) else line) + end.encode() for line in lines)
    )
    return path


def line(clock="10:00:00", path="/", *, day="02/Nov/2026", zone="+0000", host="203.0.113.9", rest=""):
    """A line in the Common Log Format."""
    return f'{host} - - [{day}:{clock} {zone}] "GET {path} HTTP/1.1" 200 512{rest}'


def fault(path, read=from_access_log, **options) -> str:
    """The one sentence that reading it raises."""
    with pytest.raises(InvalidParameter) as caught:
        read(path, **options)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith((".", EXAMPLE_END))
    return sentence


EXAMPLE_END = "200 512."


# The sample: the numbers were counted with awk in the log that nginx wrote.


def test_the_sample_is_what_nginx_wrote():
    traffic = from_access_log(sample_access_log())
    assert traffic.duration == 720.0
    assert traffic.skipped == 0
    minutes = [traffic.count(60 * minute, 60 * minute + 60) for minute in range(12)]
    assert minutes == [187, 263, 642, 1264, 1097, 510, 432, 979, 1983, 1794, 925, 294]
    assert traffic.start == datetime(2026, 11, 24, 13, 51, 32, tzinfo=UTC)
    assert traffic.peak() == 1983


def test_the_ten_commonest_paths_of_the_sample_are_its_classes_and_the_rest_is_other():
    traffic = from_access_log(sample_access_log())
    assert {traffic.paths[path]: asked for path, asked in Counter(replay(traffic)[1]).items()} == {
        "/": 2092,
        "/products/lamp": 1477,
        "/products/chair": 928,
        "/search": 846,
        "/static/site.css": 842,
        "/cart": 743,
        "/products/table": 668,
        "/img/logo.svg": 498,
        "/products/shelf": 407,
        "/checkout": 407,
        "other": 1462,
    }
    assert traffic.paths[-1] == "other"


@pytest.mark.parametrize("regular", (False, True))
def test_each_second_of_the_sample_gets_exactly_its_requests(regular):
    text = gzip.decompress(sample_access_log().read_bytes()).decode("ascii")
    clocks = [entry.split("[")[1][12:20].split(":") for entry in text.splitlines()]
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in clocks]
    times, _, _ = replay(from_access_log(sample_access_log()), regular=regular)
    assert Counter(int(time) for time in times) == Counter(second - seconds[0] for second in seconds)


def test_other_dice_place_the_requests_elsewhere_in_the_same_seconds():
    traffic = from_access_log(sample_access_log())
    first, again, other = replay(traffic, 1)[0], replay(traffic, 1)[0], replay(traffic, 2)[0]
    assert first == again != other
    assert [int(time) for time in first] == [int(time) for time in other]
    middle = sum(time % 1 for time in first) / len(first)
    assert middle == pytest.approx(0.5, abs=0.015)  # 5 standard errors


def test_the_sample_says_what_it_is():
    text = from_access_log(sample_access_log(), scale=0.1).describe()
    assert text.startswith(
        "sample_access.log.gz, 10,370 lines: 10,370 requests from 2026-11-24 13:51:32 to 14:03:32 (12 min).\n"
        "At scale 0.1, about 1,037 are sent.\nThe busiest minute has 198 requests.\n"
        "Asked for, by path: /, /products/lamp, "
    )


def test_the_sample_holds_no_address_but_the_loopback():
    text = gzip.decompress(sample_access_log().read_bytes()).decode("ascii")
    assert {entry.split()[0] for entry in text.splitlines()} == {"127.0.0.1", "::1"}


def test_customers_send_what_the_sample_holds(world):
    shop = Instance(world, "shop", launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=64))
    Customers(world, "customers", traffic=from_access_log(sample_access_log()), to=shop, mean_work=0.05)
    record = world.run(until=720)
    assert len(record.requests) == 10_370
    assert sum(record.paths[path] == "/cart" for path in record.requests.path) == 743


# Durations


def test_the_work_is_what_request_time_says():
    traffic = from_access_log(TIMED, duration_field="last")
    works = replay(traffic)[2]
    assert len(works) == 1334
    assert sum(works) == pytest.approx(31.178064)
    assert min(works) == 1e-6  # nginx wrote 0.000 for 1,064 of them


def test_without_a_named_duration_the_customers_draw_the_work():
    assert [works for _, _, _, works in from_access_log(TIMED).chunks(Random(1))] == [None, None]


@pytest.mark.parametrize(
    ("rest", "field", "unit", "work"),
    [
        (' "-" "Firefox" 0.081', "last", "s", 0.081),
        (' "-" "Firefox" 81234', "last", "us", 0.081234),
        (" 81", "last", "ms", 0.081),
        (' "-" "Firefox" "0.081"', "last", "s", 0.081),
        (' "-" "Firefox" rt=0.081 uct="0.001"', "rt", "s", 0.081),
        (' "-" "Firefox" rt="0.081" uct="0.001"', "rt", "s", 0.081),
        (' "-" "Firefox" uct="0.001" rt=0.081', "uct", "s", 0.001),
    ],
)
def test_the_duration_is_found_by_place_or_by_name(tmp_path, rest, field, unit, work):
    path = log(tmp_path, line(rest=rest))
    assert replay(from_access_log(path, duration_field=field, duration_unit=unit))[2] == [work]


@pytest.mark.parametrize(
    "rest", ("", ' "-" "shop-app 3"', ' "-" "Firefox" x', " nan", " inf", " -1", " 86401")
)
def test_a_line_without_a_duration_is_broken_when_one_is_asked_for(tmp_path, rest):
    path = log(tmp_path, line(rest=" 0.5"), line(rest=rest))
    traffic = from_access_log(path, duration_field="last")
    assert (traffic.skipped, replay(traffic)[2]) == (1, [0.5])


def test_durations_in_no_line_are_one_sentence(tmp_path):
    sentence = fault(log(tmp_path, line(), line()), duration_field="rt")
    assert "2 of its 2 lines are broken" in sentence and "duration_field 'rt'" in sentence


# The forms of a line


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (
            '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
            "/apache_pb.gif",
        ),
        ('::1 - - [02/Nov/2026:10:00:00 +0000] "HEAD /a?b=/c HTTP/1.1" 304 -', "/a"),
        ('2001:db8::7 - - [02/Nov/2026:10:00:00 +0000] "GET /a HTTP/2.0" 200 5 "-" "x" "y" 0.1 z', "/a"),
        ('shop.example:443 203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5', "/a"),
        ('203.0.113.9 - a b [02/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"', "/a"),
        (r'203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /a\"b HTTP/1.1" 200 5', '/a\\"b'),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /a" 200 5', "/a"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /caf\u00e9 HTTP/1.1" 200 5', "/caf\u00e9"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "-" 408 -', "other"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "" 400 0 "-" "-"', "other"),
        (r'203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "\x16\x03\x01\x22\x5C\x00" 400 157 "-" "-"', "other"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "OPTIONS * HTTP/1.1" 400 157 "-" "-"', "other"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "CONNECT 198.51.100.7:443 HTTP/1.1" 400 157', "other"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "a \\"b\\" [c]"', "/a"),
        ('203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5\r', "/a"),
    ],
)
def test_what_nginx_and_apache_write_is_read(tmp_path, text, path):
    assert from_access_log(log(tmp_path, text)).paths == (path,)


BROKEN = (
    "not a log line",
    '203.0.113.9 - - [31/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512',
    '203.0.113.9 - - [02/Nov/2026:25:00:00 +0000] "GET / HTTP/1.1" 200 512',
    '203.0.113.9 - - [02/Nvo/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512',
    '203.0.113.9 - - [02/Nov/2026:10:00:00 +9900] "GET / HTTP/1.1" 200 512',
    '203.0.113.9 - - [02/Nov/0001:10:00:00 +0000] "GET / HTTP/1.1" 200 512',
    '203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1',
    '203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 20',
    '203.0.113.9 - - [02/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5x',
    b"\x00\xff\xfe\x1f\x8b",
    b"x" * 200_000,
)


@pytest.mark.parametrize("bad", BROKEN)
def test_a_broken_line_is_counted_and_shown_and_skipped(tmp_path, bad):
    traffic = from_access_log(log(tmp_path, line(), "", bad, line("10:00:01")))
    assert traffic.skipped == 1
    assert [int(time) for time in replay(traffic)[0]] == [0, 1]
    assert traffic.notes == ("1 line is broken and skipped: line 3.",)
    assert traffic.describe().endswith(traffic.notes[0])


def test_broken_lines_put_into_the_sample_change_nothing_else(tmp_path):
    lines = gzip.decompress(sample_access_log().read_bytes()).splitlines()
    for place in range(1000, 9000, 1000):
        lines.insert(place - 1, b"torn [24/Nov/2026:13:5")
    traffic = from_access_log(log(tmp_path, *lines))
    assert traffic.skipped == 8
    assert traffic.notes == ("8 lines are broken and skipped: lines 1000, 2000, 3000, 4000, 5000, ….",)
    assert replay(traffic) == replay(from_access_log(sample_access_log()))


def test_a_log_with_more_than_half_of_its_lines_broken_is_none(tmp_path):
    assert from_access_log(log(tmp_path, line(), "torn", "", "")).skipped == 1
    sentence = fault(log(tmp_path, "torn", line(), "torn"))
    assert "2 of its 3 lines are broken (lines 1, 3); a line should be like 203.0.113.9 - - [" in sentence


# Order, zones, classes, addresses


def test_lines_out_of_order_are_sorted_by_second_and_keep_their_paths_and_durations(tmp_path):
    path = log(
        tmp_path,
        line("10:00:02", "/c", rest=" 3"),
        line("10:00:00", "/a", rest=" 1"),
        line("10:00:02", "/d", rest=" 4"),
        line("10:00:00", "/b", rest=" 2"),
    )
    traffic = from_access_log(path, duration_field="last", duration_unit="s")
    times, classes, works = replay(traffic)
    assert [int(time) for time in times] == [0, 0, 2, 2]
    assert [traffic.paths[path] for path in classes] == ["/a", "/b", "/c", "/d"]
    assert works == [1.0, 2.0, 3.0, 4.0]
    assert traffic.duration == 3.0


def test_the_zone_of_each_line_counts(tmp_path):
    path = log(tmp_path, line("10:00:00", zone="+0100"), line("09:00:01"), line("04:30:02", zone="-0430"))
    traffic = from_access_log(path)
    assert [int(time) for time in replay(traffic)[0]] == [0, 1, 2]
    assert traffic.start == datetime(2026, 11, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    assert "from 2026-11-02 10:00:00 to 10:00:03 (3 s)" in traffic.describe()


def test_the_hour_that_the_clocks_repeat_in_autumn_is_not_mixed(tmp_path):
    path = log(
        tmp_path,
        line("02:59:59", day="25/Oct/2026", zone="+0200"),
        line("02:00:00", day="25/Oct/2026", zone="+0100"),
    )
    assert [int(time) for time in replay(from_access_log(path))[0]] == [0, 1]


def test_among_paths_asked_as_often_the_first_by_name_has_its_class(tmp_path):
    path = log(tmp_path, *(line(path=f"/{name}") for name in "lkjihgfedcba"))
    assert from_access_log(path).paths == (*(f"/{name}" for name in "abcdefghij"), "other")


def test_there_is_no_other_when_nothing_is_left_for_it(tmp_path):
    path = log(tmp_path, *(line(path=f"/{name}?id={name}") for name in "abcdefghij" * 2))
    assert from_access_log(path).paths == tuple(f"/{name}" for name in "abcdefghij")


def test_more_different_paths_than_two_bytes_can_number_are_other(tmp_path):
    path = log(
        tmp_path, *(line(path=f"/{number}") for number in range(66_000)), line(path="/0"), line(path="/65999")
    )
    traffic = from_access_log(path, scale=1)
    assert traffic.paths[0] == "/0"
    assert replay(traffic)[1].count(10) == 66_002 - 11


def test_of_a_long_path_the_beginning_counts(tmp_path):
    path = log(tmp_path, line(path="/" + "a" * 300), line(path="/" + "a" * 400))
    assert from_access_log(path).paths == ("/" + "a" * 199,)


def test_client_addresses_are_kept_nowhere(tmp_path):
    path = log(tmp_path, line(), "198.51.100.7 torn", line(host="2001:db8::7", rest=' "-" "198.51.100.7"'))
    traffic = from_access_log(path)
    kept = pickle.dumps(traffic) + traffic.describe().encode()
    assert not any(address in kept for address in (b"203.0.113", b"2001:db8", b"198.51.100"))


# Scale and window


@pytest.mark.parametrize(("scale", "sent"), ((1, 10_370), (2, 20_740), (3, 31_110)))
def test_a_whole_scale_repeats_each_request_at_another_moment(scale, sent):
    traffic = from_access_log(sample_access_log(), scale=scale)
    times, classes, _ = replay(traffic)
    assert len(times) == sent and len(set(times)) > 0.99 * sent
    assert Counter(classes)[5] == 743 * scale
    assert traffic.count(0, 720) == sent


@pytest.mark.parametrize("scale", (0.5, 2.25))
def test_another_scale_is_met_on_average_by_dice_and_exactly_without(scale):
    traffic = from_access_log(TIMED, scale=scale, duration_field="last")
    expected, spread = 1334 * scale, (1334 * scale % 1 * (1 - scale % 1) + 1334 * 0.25) ** 0.5
    times, classes, works = replay(traffic)
    assert len(times) == len(classes) == len(works)
    assert abs(len(times) - expected) < 5 * spread and len(times) != len(replay(traffic, 2)[0])
    assert len(replay(traffic, regular=True)[0]) == round(expected)


def test_half_of_a_log_keeps_each_class_in_proportion():
    classes = Counter(replay(from_access_log(sample_access_log(), scale=0.5))[1])
    assert abs(classes[0] - 1046) < 5 * (2092 / 4) ** 0.5


@pytest.mark.parametrize(
    ("since", "until", "duration", "requests"),
    [
        ("2026-11-24 13:55", "2026-11-24 13:56", 60, 1306),
        ("2026/11/24 13:55", datetime(2026, 11, 24, 13, 56), 60, 1306),
        (
            datetime(2026, 11, 24, 14, 55, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-24T13:56+00:00",
            60,
            1306,
        ),
        ("2026-11-24 14:03", None, 32, 117),
        (None, "2026-11-24 13:52", 28, 100),
        ("2026-11-24", "2026-11-25", 720, 10_370),
    ],
)
def test_a_window_begins_at_since_and_ends_before_until(since, until, duration, requests):
    traffic = from_access_log(sample_access_log(), since=since, until=until)
    assert traffic.duration == duration
    assert len(replay(traffic)[0]) == requests


def test_second_zero_is_since_even_when_nothing_came_then(tmp_path):
    path = log(tmp_path, line("10:00:00"), line("10:00:05"), line("10:00:09"))
    traffic = from_access_log(path, since="2026-11-02 10:00:03", until="2026-11-02 10:00:08")
    assert traffic.duration == 5.0
    assert [int(time) for time in replay(traffic)[0]] == [2]


def test_a_window_without_a_zone_is_meant_in_the_zone_of_the_log(tmp_path):
    path = log(tmp_path, line("10:00:00", zone="+0900"), line("10:00:05", zone="+0900"))
    assert len(replay(from_access_log(path, since="2026-11-02 10:00:01"))[0]) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"since": "monday"}, "since is 'monday', but must be a time such as '2026-11-02 10:00'."),
        ({"until": 12}, "until is 12, but must be a text or a time"),
        ({"since": "2026-11-24 14:00", "until": "2026-11-24 14:00"}, "must lie before until"),
        (
            {"since": "2027-01-01"},
            "no request came then: the file goes from 2026-11-24 13:51:32 to 2026-11-24 14:03:32.",
        ),
        ({"scale": 0}, "scale is 0 times, but must be between 0.001 and 1000 times."),
        ({"scale": "2"}, "scale is '2', but must be a number between 0.001 and 1000 times."),
        ({"scale": 1001}, "scale is 1001 times"),
        ({"duration_field": ""}, "duration_field is '', but must be 'last'"),
        ({"duration_field": 3}, "duration_field is 3, but must be "),
        ({"duration_unit": "h"}, "duration_unit is 'h', but must be one of s, ms, us."),
    ],
)
def test_a_wrong_option_is_one_sentence(options, words):
    assert words in fault(sample_access_log(), **options)


# Files


@pytest.mark.parametrize("read", (from_access_log, from_csv))
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, read):
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_bytes(b"\n \n\n")
    (tmp_path / "torn.gz").write_bytes(sample_access_log().read_bytes()[:9000])
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8b\x08" + b"x" * 100)
    (tmp_path / "odd.gz").write_bytes(b"\x1f\x8bxx")
    (tmp_path / "none.gz").write_bytes(gzip.compress(b""))
    assert "there is no such file" in fault(tmp_path / "missing.log", read)
    (tmp_path / "folder").mkdir()
    assert "that is a folder" in fault(tmp_path / "folder", read)
    assert "that file is empty" in fault(tmp_path / "empty", read)
    assert fault(tmp_path / "blank", read)
    assert fault(tmp_path / "none.gz", read)
    for damaged in ("bad.gz", "odd.gz"):
        assert "that gzip file is damaged" in fault(tmp_path / damaged, read)
    assert "no file can have such a name" in fault("a\0b", read)
    assert "path is 7, but must be a text or a Path" in fault(7, read)
    assert "but must be a text or a Path" in fault(b"access.log", read)


def test_a_gzip_file_that_ends_too_early_is_one_sentence(tmp_path):
    (tmp_path / "torn.gz").write_bytes(sample_access_log().read_bytes()[:9000])
    assert "ends too early" in fault(tmp_path / "torn.gz")


def test_gzip_is_known_by_its_first_bytes_and_not_by_its_name(tmp_path):
    plain, packed = tmp_path / "plain.gz", tmp_path / "packed.log"
    plain.write_bytes(gzip.decompress(TIMED.read_bytes()))
    packed.write_bytes(TIMED.read_bytes())
    assert replay(from_access_log(plain)) == replay(from_access_log(packed)) == replay(from_access_log(TIMED))


def test_a_log_packed_in_several_pieces_is_read_to_its_end(tmp_path):
    path = tmp_path / "pieces.gz"
    path.write_bytes(gzip.compress(line().encode() + b"\n") + gzip.compress(line("10:00:01").encode()))
    assert len(replay(from_access_log(path))[0]) == 2


def test_a_log_is_not_loaded_into_memory(tmp_path):
    path = tmp_path / "large.log"
    entry = line(path="/products/a", rest=' "-" "' + "x" * 400 + '"').encode() + b"\n"
    path.write_bytes(entry * 40_000 + b"y" * 5_000_000)  # 20 MB of lines, then 5 MB without an end
    tracemalloc.start()
    traffic = from_access_log(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (traffic.skipped, len(traffic.classes)) == (1, 40_000)
    assert most < 1_500_000


def test_the_whole_of_a_home_folder_name_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    log(tmp_path, line())
    assert len(replay(from_access_log("~/access.log"))[0]) == 1


# Tables of counts


def table(tmp_path, text, encoding="utf-8"):
    """A file with this text."""
    path = tmp_path / "counts.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "Timestamp,RequestCount\n2026-11-02T10:00:00Z,60.0\n2026-11-02T10:05:00Z,30.0\n",
        "Timestamp,RequestCount\n2026-11-02T11:00:00+01:00,60\n2026-11-02T10:05:00Z,30\n",
        "\ufefftime;requests\r\n2026-11-02 10:00;60\r\n\r\n2026-11-02 10:05;30\r\n",
        "Anfragen;Zeitpunkt\n60;2026-11-02 10:00\n30;2026-11-02 10:05\n",
        "Requests\tDate\n60\t2026/11/02 10:00\n30\t2026/11/02 10:05\n",
        (
            '"Full label","RequestCount"\n"Label","shop"\n"Period","300"\n"Statistic","Sum"\n'
            '"2026/11/02 10:00:00","60"\n"2026/11/02 10:05:00","30"\n'
        ),
        "Time,HTTPCode_5XX_Count,RequestCount\n2026-11-2 10:00:00.000,0,60\n2026-11-2 10:05:00.000,1,30\n",
        "time,count\n1793613600,60\n1793613900,30\n",
        "Account,123456789012\ntime,count\n1793613600,60\n1793613900,30\n",
        "time,count\n1793613600000,60\n1793613900000,30\n",
        "1793613600,60\n1793613900,30",
        "2026-11-02 10:00:00 UTC,60\n2026-11-02 10:05:00 +0000,30\n",
        "2026-11-02 10:05,30\n2026-11-02 10:00,50\n2026-11-02 10:00,10\n",
    ],
)
def test_tables_of_many_forms_say_the_same(tmp_path, text):
    traffic = from_csv(table(tmp_path, text))
    assert traffic.start == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert (traffic.duration, traffic.interval) == (600.0, 300_000_000)
    assert (traffic.rate(0), traffic.rate(299.9), traffic.rate(300), traffic.rate(600)) == (0.2, 0.2, 0.1, 0)
    assert (traffic.count(0, 600), traffic.count(150, 450), traffic.count(-9, 0)) == (90, 45, 0)
    times, classes, works = replay(traffic)
    assert (classes, works, traffic.paths) == ([], [], ("/",))
    assert Counter(time // 300 for time in times) == {0: 60, 1: 30}


def test_utf_16_as_spreadsheets_write_it_is_read(tmp_path):
    traffic = from_csv(table(tmp_path, "time\tcount\n2026-11-02 10:00\t6\n2026-11-02 10:05\t3\n", "utf-16"))
    assert traffic.count(0, 600) == 9


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_name(tmp_path):
    path = table(tmp_path, "\ufeffWhen;Count\n2026-11-2 9:00;6\n2026-11-2 9:05;3\n")
    traffic = from_csv(path, time_column="When")
    assert (traffic.start, traffic.count(0, 600)) == (datetime(2026, 11, 2, 9, tzinfo=UTC), 9)


def test_an_interval_is_the_median_and_ends_where_the_next_begins(tmp_path):
    traffic = from_csv(table(tmp_path, "s,count\n0,20\n60,21\n119,22\n180,23\n241,24\n"))
    assert (traffic.interval, traffic.duration, traffic.notes) == (61_000_000, 302.0, ())
    times, _, _ = replay(traffic)
    borders = [0, 60, 119, 180, 241, 302]
    assert [sum(a <= time < b for time in times) for a, b in pairwise(borders)] == [20, 21, 22, 23, 24]
    assert traffic.rate(118.9) == pytest.approx(21 / 59)


def test_no_request_is_rounded_into_the_next_interval(tmp_path):
    traffic = from_csv(table(tmp_path, "s,n\n" + "".join(f"{n / 100_000:.5f},1\n" for n in range(400))))
    times, _, _ = replay(traffic)
    assert [round(time * 1e6) // 10 for time in times] == list(range(400))


def test_plain_seconds_are_times_too(tmp_path):
    traffic = from_csv(table(tmp_path, "second,requests\n0,5\n60,7\n120,0\n"))
    assert Counter(time // 60 for time in replay(traffic)[0]) == {0: 5, 1: 7}
    assert traffic.duration == 180.0


def test_regular_counts_stand_at_equal_distances(tmp_path):
    path = table(tmp_path, "2026-11-02 10:00,4\n2026-11-02 10:01,2\n")
    assert replay(from_csv(path), regular=True)[0] == [7.5, 22.5, 37.5, 52.5, 75.0, 105.0]


def test_dice_spread_a_count_evenly_over_its_interval(tmp_path):
    path = table(tmp_path, "2026-11-02 10:00,20000\n2026-11-02 11:00,0\n")
    times, _, _ = replay(from_csv(path))
    quarters = Counter(int(time // 900) for time in times)
    assert sum(quarters.values()) == 20_000
    assert all(abs(quarters[quarter] - 5000) < 5 * (20_000 * 3 / 16) ** 0.5 for quarter in range(4))


def test_a_scaled_count_is_rounded_by_dice(tmp_path):
    path = table(
        tmp_path,
        "".join(f"2026-11-02 {hour:02}:{minute:02},1\n" for hour in range(20) for minute in range(60)),
    )
    sent = len(replay(from_csv(path, scale=0.25))[0])
    assert abs(sent - 300) < 5 * (1200 * 3 / 16) ** 0.5
    assert len(replay(from_csv(path, scale=2.5), regular=True)[0]) == 3000


def test_gaps_count_as_nothing_and_are_told(tmp_path):
    traffic = from_csv(
        table(
            tmp_path,
            "time,count\n2026-11-02 10:00,6\n2026-11-02 10:01,6\n2026-11-02 10:05,6\n"
            "2026-11-02 10:06,\n2026-11-02 10:07,6\n",
        )
    )
    assert [traffic.rate(60 * minute) * 60 for minute in range(9)] == [6, 6, 0, 0, 0, 6, 0, 6, 0]
    assert [traffic.count(0, 60.0 * minute) for minute in range(1, 9)] == [6, 12, 12, 12, 12, 18, 18, 24]
    assert traffic.notes == (
        "Intervals without a row: 3 (the first after 2026-11-02 10:01:00); they count as 0.",
        "Rows without a count: 1; they count as 0.",
    )
    assert traffic.describe().endswith("\n".join(traffic.notes))


def test_disorder_and_repeats_are_told(tmp_path):
    traffic = from_csv(table(tmp_path, "2026-11-02 10:01,1\n2026-11-02 10:00,2\n2026-11-02 10:01,3\n"))
    assert traffic.count(60, 120) == 4
    assert traffic.notes == (
        "Rows with the time stamp of another: 1; their counts are added.",
        "The rows were not in order of time; they have been sorted.",
    )


def test_a_window_of_a_table_takes_the_intervals_that_begin_in_it(tmp_path):
    path = table(tmp_path, "".join(f"2026-11-02 {hour:02}:00,{hour}\n" for hour in range(24)))
    traffic = from_csv(path, since="2026-11-02 10:00", until="2026-11-02 12:00")
    assert (traffic.duration, traffic.count(0, 3600), traffic.count(3600, 7200)) == (7200.0, 10, 11)
    assert from_csv(path, since="2026-11-02 23:00").duration == 3600.0


def test_columns_are_named_by_any_word_above_them(tmp_path):
    path = table(tmp_path, "When,Web,Shop\n,GET,POST\n2026-11-02 10:00,1,2\n2026-11-02 10:01,3,4\n")
    assert from_csv(path, count_column="Shop").count(0, 120) == 6
    assert from_csv(path, count_column="get", time_column="when").count(0, 120) == 4


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (
            "When,A,B\n2026-11-02 10:00,1,2\n",
            {},
            "count_column is not given, but must name one of the columns When, A, B.",
        ),
        (
            "When,A\n2026-11-02 10:00,1\n",
            {"count_column": "C"},
            "count_column is 'C', but must be one of the columns When, A.",
        ),
        (
            "When,A\n2026-11-02 10:00,1\n",
            {"time_column": "C"},
            "time_column is 'C', but must be one of the columns When, A.",
        ),
        ("2026-11-02 10:00,1\n", {"count_column": "C"}, "but must be one of the columns column 1, column 2."),
        (
            "time,count\n2026-11-02 10:00,1\n2026-11-02 10:01,many\n",
            {},
            "line 3 of it has 'many' in place of a number of requests",
        ),
        (
            "time,count\n2026-11-02 10:00,many\n",
            {},
            "line 2 of it has 'many' in place of a number of requests",
        ),
        (
            "time,count\n2026-11-02 10:00,-1\n",
            {},
            "line 2 of it has '-1' in place of a number of requests, at least 0.",
        ),
        ("time,count\n2026-11-02 10:00,nan\n", {}, "line 2 of it has 'nan' in place of a number"),
        ("time,count\n2026-11-02 10:00,inf\n", {}, "line 2 of it has 'inf' in place of a number"),
        (
            "time,count\n2026-11-02 10:00,1\nTotal,1\n",
            {},
            "line 3 of it has 'Total' in place of a time such as 2026-11-02 10:00.",
        ),
        (
            "time,count\n2026-11-02 10:00,1\n2026-11-31 10:00,1\n",
            {},
            "line 3 of it has '2026-11-31 10:00' in place of a time",
        ),
        ("time,count\n2026-11-02 10:00,1\n", {}, "fewer than 2 different time stamps"),
        (
            "time,count\n2026-11-02 10:00,0\n2026-11-02 10:01,0\n",
            {},
            "that traffic is empty: all counts are 0.",
        ),
        ("time,count\n02.11.2026 10:00,1\n", {}, "no row of it has a time such as 2026-11-02 10:00"),
        ("time,count\n", {}, "no row of it has a time"),
        ("a text\n" * 100, {}, "no row of it has a time"),
        (
            "time,count\n2026-11-02 10:00,1e9\n2026-11-02 10:01,1\n",
            {},
            "16,666,667 requests/s; the most is 100,000 requests/s.",
        ),
        ('"' + "x" * 200_000, {}, "that is no table of counts"),
    ],
)
def test_a_table_that_makes_no_traffic_is_one_sentence(tmp_path, text, options, words):
    assert words in fault(table(tmp_path, text), from_csv, **options)


# Whatever the bytes are


@given(
    data=st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                b"203.0.113.9",
                b" - - ",
                b"[02/Nov/2026:10:00:00 +0000]",
                b' "GET /a HTTP/1.1" ',
                b"200 5",
                b"\n",
                b'"',
                b"\\",
                b" 0.1",
                b"time,count\n",
                b"2026-11-02 10:00",
                b"2026-11-02 10:01",
                b"0",
                b"1e9",
                b"-",
                b",",
                b";",
                b"\x1f\x8b",
                b"\xff\xfe",
                b"\0",
                b"PK\x03\x04",
                b"#Fields: date time x-edge-location time-taken cs-uri-stem\n",
                b"2026-11-02\t10:00:00\tFRA\t0.5\t/a\n",
                alb().encode(),
                alb(work="-1").encode(),
                classic().encode(),
                b"Date;Time;Requests/s\n",
                b"Statistic,Average\nPeriod,60\n",
                b"hour,requests\n",
                b"46328",
                b"10:00",
                b"1.234",
                b"1,5",
                b"999999999",
                b"1793613600000000000",
                b" 81ms",
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
def test_any_bytes_are_a_traffic_or_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    for read, options in (
        (from_access_log, {}),
        (from_access_log, {"duration_field": "last"}),
        (from_access_log, {"duration_field": 8, "duration_unit": "us"}),
        (from_csv, {}),
        (
            from_csv,
            {"time_column": 1, "count_column": 2, "time_unit": "day", "decimal_mark": ",", "interval": 60},
        ),
        (from_csv, {"time_column": 1, "time_unit": "excel"}),
    ):
        try:
            traffic = read(path, **options)
        except InvalidParameter as error:
            assert "\n" not in str(error)
        else:
            assert len(replay(traffic, regular=True)[0]) == round(traffic.count(0, traffic.duration))
            assert traffic.describe()


@given(seconds=st.lists(st.integers(0, 100_000), min_size=1, max_size=60), seed=st.integers(0, 9))
def test_each_request_of_any_log_is_replayed_in_its_second(tmp_path_factory, seconds, seed):
    path = tmp_path_factory.getbasetemp() / "round.log"
    clocks = [datetime(2026, 11, 2) + timedelta(seconds=second) for second in seconds]
    path.write_text(
        "".join(line(f"{c:%H:%M:%S}", f"/{c:%S}", day=f"{c:%d}/Nov/2026") + "\n" for c in clocks), "ascii"
    )
    traffic = from_access_log(path)
    times, classes, _ = replay(traffic, seed)
    assert sorted(seconds) == [int(time) + min(seconds) for time in times]
    named = [
        (int(time), traffic.paths[path])
        for time, path in zip(times, classes, strict=True)
        if traffic.paths[path] != "other"
    ]
    assert all(int(name[1:]) == (time + min(seconds)) % 60 for time, name in named)


@given(counts=st.lists(st.integers(0, 300), min_size=2, max_size=20), seed=st.integers(0, 9))
def test_each_count_of_any_table_is_replayed_in_its_interval(tmp_path_factory, counts, seed):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_text(
        "time,count\n" + "".join(f"{300 * place},{count}\n" for place, count in enumerate(counts)), "ascii"
    )
    if not any(counts):
        assert "all counts are 0" in fault(path, from_csv)
        return
    times = replay(from_csv(path), seed)[0]
    assert Counter(int(time // 300) for time in times) == Counter(
        {n: count for n, count in enumerate(counts) if count}
    )
