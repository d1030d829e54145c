"""Facts about the access logs of AWS: each test is a sentence, cites its fact, and reads a small file."""

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from cloudlab.traffic import from_access_log

TARGET_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"

ORDER = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)
FIELDS = ORDER.split()


def alb(
    created="10:00:00.085000",
    answered="10:00:05.185000",
    work="0.100",
    status="200",
    path="/cart?id=7",
    kind="https",
    host="https://www.example.com:443",
    target="10.0.0.1:80",
    more="",
):
    """A line of an Application Load Balancer."""
    code = "-" if work == "-1" else "200"
    wait = "-1" if work == "-1" else "0.000"
    return (
        f"{kind} 2026-11-02T{answered}Z app/shop/0123456789abcdef 203.0.113.9:2817 {target} {wait} {work} {wait} "
        f'{status} {code} 34 366 "GET {host}{path} HTTP/1.1" "curl/8 \\"x\\"" - - {TARGET_GROUP} "Root=1-5" "-" "-" '
        f'0 2026-11-02T{created}Z "forward" "-" "-" "{target}" "{code}" "-" "-"{more}'
    )


def classic(
    received="10:00:00.085000", work="0.000100", status="200", request="GET http://shop:80/cart HTTP/1.1"
):
    """A line of a Classic Load Balancer."""
    return (
        f"2026-11-02T{received}Z shop 203.0.113.9:2817 10.0.0.1:80 0.000073 {work} 0.000057 {status} {status} 0 29 "
        f'"{request}" "curl/8" - -'
    )


def edge(time="10:00:05", taken="3.500", path="/cart", fields=FIELDS):
    """A line of CloudFront."""
    cells = {"date": "2026-11-02", "time": time, "time-taken": taken, "cs-uri-stem": path}
    return "\t".join(cells.get(field, "-") for field in fields)


def read(*lines, **options):
    """(traffic, [(second, path, work)]) of a log with these lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.log"
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return rows(from_access_log(path, **options))


def rows(traffic):
    """(traffic, [(second of the day, path, work)])."""
    found, start = [], traffic.start.hour * 3600 + traffic.start.minute * 60 + traffic.start.second
    for _, times, paths, works in traffic.chunks(Random(1), False):
        columns = zip(times, paths or [], works or [None] * len(times), strict=True)
        found += [(start + int(time), traffic.paths[path], work) for time, path, work in columns]
    return traffic, found


TEN = 36_000


@pytest.mark.parametrize("kind", ("http", "https", "h2", "grpcs", "ws", "wss"))
def test_each_type_of_request_is_read(kind):
    """LB-21."""
    assert read(alb(kind=kind))[1] == [(TEN, "/cart", 0.1)]


def test_fields_that_are_appended_change_nothing():
    """LB-21."""
    assert read(alb(more=" TID_0123 shop.example /cart 200 10.0.0.9"))[1] == [(TEN, "/cart", 0.1)]


def test_an_arrival_is_when_the_request_was_created_and_not_when_it_was_answered():
    """LB-22."""
    traffic, found = read(
        alb("09:59:58.085000", "10:00:20.185000"), alb("10:00:01.999000", "10:00:02.100000")
    )
    assert [second for second, _, _ in found] == [TEN - 2, TEN + 1]
    assert traffic.start == datetime(2026, 11, 2, 9, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize("work, known", [("0.100", 0.1), ("0.000", 1e-6), ("-1", None)])
def test_the_work_is_the_time_of_the_target_and_minus_one_is_none(work, known):
    """LB-23."""
    traffic, found = read(alb(work="0.300"), alb(work=work))
    assert [work for _, _, work in found] == [0.3, known]
    assert traffic.mean_work == pytest.approx((0.3 + (known or 0)) / (2 - (known is None)))


@pytest.mark.parametrize("status", ("460", "502", "503", "504"))
def test_what_no_target_answered_is_a_request_too(status):
    """LB-23, LB-24: a dash and -1 stand where nothing was done."""
    traffic, found = read(alb(work="-1", status=status, target="-", path="/pay"))
    assert (found, traffic.skipped, traffic.works) == ([(TEN, "/pay", None)], 0, None)


def test_a_folder_of_packed_files_as_s3_delivers_them_is_one_log():
    """LB-25."""
    with tempfile.TemporaryDirectory() as name:
        folder = (
            Path(name)
            / "AWSLogs"
            / "123456789012"
            / "elasticloadbalancing"
            / "us-east-1"
            / "2026"
            / "11"
            / "02"
        )
        folder.mkdir(parents=True)
        for end, node in (("1005Z", "192.0.2.1"), ("1005Z", "192.0.2.2"), ("1010Z", "192.0.2.1")):
            stem = (
                f"123456789012_elasticloadbalancing_us-east-1_app.shop.0123_20261102T{end}_{node}_5x.log.gz"
            )
            clock = "10:00:00.5" if end == "1005Z" else "10:06:00.5"
            (folder / stem).write_bytes(gzip.compress(f"{alb(clock)}\n{alb(clock, path='/pay')}\n".encode()))
        (Path(name) / "AWSLogs" / "123456789012" / "ELBAccessLogTestFile").write_text(
            "Enable AccessLog for ELB"
        )
        traffic, found = rows(from_access_log(name))
    assert sorted(found) == sorted([(TEN, path, 0.1) for path in ("/cart", "/pay")] * 2 + [
        (TEN + 360, path, 0.1) for path in ("/cart", "/pay")
    ])  # fmt: skip
    assert "1 file is no such log and left out: ELBAccessLogTestFile." in traffic.notes


def test_a_classic_balancer_tells_when_it_received_a_request():
    """LB-26."""
    assert read(classic(), classic("10:00:02.5", "-1", "504"))[1] == [
        (TEN, "/cart", 0.0001),
        (TEN + 2, "/cart", None),
    ]
    assert read(classic(status="-", request="- - - "))[1] == [(TEN, "other", 0.0001)]


@pytest.mark.parametrize("fields", (FIELDS, FIELDS[::-1]))
def test_cloudfront_tells_when_the_answer_was_out_in_an_order_of_its_own(fields):
    """LB-27."""
    head = ("#Version: 1.0", f"#Fields: {' '.join(fields)}")
    lines = (edge(fields=fields), edge("10:00:06", "0.001", "/pay", fields=fields))
    traffic, found = read(*head, *lines)
    assert found == [(TEN + 2, "/cart", None), (TEN + 6, "/pay", None)]
    assert (traffic.skipped, traffic.works) == (0, None)
    assert [work for *_, work in read(*head, *lines, duration_field="time-taken")[1]] == [3.5, 0.001]


def test_without_what_it_took_an_answer_of_cloudfront_counts_when_it_was_out():
    """LB-27."""
    fields = [field for field in FIELDS if field != "time-taken"]
    traffic, found = read(f"#Fields: {' '.join(fields)}", edge(fields=fields))
    assert (found, traffic.skipped) == ([(TEN + 5, "/cart", None)], 0)
