"""Logs as teachers own them: many forms, containers and places, and one sentence for what is not read."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from random import Random

import pytest
from test_facts_logs import ORDER, alb, classic, edge
from test_traffic_files import fault, line, log, replay

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.traffic import Customers, files, from_access_log, from_csv

TEXT = (line() + "\n").encode() * 12


def zipped(*names):
    """A zip file that holds files of these names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return packed.getvalue()


def tarred():
    """A tar archive with a log in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("access.log")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT))
    return packed.getvalue()


# Containers


@pytest.mark.parametrize("read", (from_access_log, from_csv))
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped("access.log"), "that is a zip file; unpack it."),
        (
            zipped("[Content_Types].xml", "xl/workbook.xml"),
            "that is an Excel workbook; save the sheet as CSV",
        ),
        (bz2.compress(TEXT), "that is a bzip2 file; unpack it, or pack it with gzip."),
        (lzma.compress(TEXT), "that is an xz file; unpack it"),
        (tarred(), "that is a tar archive; unpack it."),
        (gzip.compress(tarred()), "that is a tar archive; unpack it."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "that is an old Excel workbook"),
        (b"PAR1\x15\x04", "that is a Parquet file"),
        (b"%PDF-1.7\n", "that is a PDF file"),
        (b"<!DOCTYPE html>\n<html>", "that is a page (HTML or XML)"),
        (
            b'{\n  "Label": "RequestCount",\n  "Datapoints": []\n}',
            "for --output text, and read that with from_csv.",
        ),
        ('{"Label": "RequestCount", "Datapoints": []}'.encode("utf-16"), "for --output text"),
        (
            b'{"time": "2026-11-02T10:00:00Z", "path": "/"}\n',
            "that is JSON; count its requests per minute in a table",
        ),
        (b'\xef\xbb\xbf[\n{"time": 1}]', "that is JSON; "),
    ],
)
def test_a_container_is_named_with_its_cure(tmp_path, read, content, words):
    path = tmp_path / "access.log"
    path.write_bytes(content)
    assert words in fault(path, read)


@pytest.mark.parametrize("encoding", ("utf-16", "utf-8-sig"))
@pytest.mark.parametrize("end", ("\n", "\r\n"))
def test_a_log_in_the_encodings_of_windows_is_read(tmp_path, encoding, end):
    path = tmp_path / "access.log"
    path.write_bytes(end.join([line("10:00:00", "/caf\u00e9"), line("10:00:01"), ""]).encode(encoding))
    traffic = from_access_log(path)
    assert (traffic.paths, traffic.skipped, traffic.duration) == (("/", "/caf\u00e9"), 0, 2.0)


# Other logs


OTHERS = {
    "an access log of S3": (
        "79a59df900b949e5 shop [06/Feb/2026:00:00:38 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3E REST.GET.OBJECT a "
        '"GET /a HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" -'
    ),
    "a log in the W3C format": "#Fields: date time s-ip cs-method cs-uri-stem time-taken",
    "a log of HAProxy": (
        "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] http-in static/srv1 "
        '10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /index.html HTTP/1.1"'
    ),
    "a log of a Network Load Balancer": "tls 2.0 2026-11-02T10:00:00 net/shop/0123 5x 72.21.218.154:51341",
    "a log of Envoy": '[2026-11-02T10:00:00.310Z] "GET /a HTTP/1.1" 200 - 0 2 1 0 "-" "curl" "-" "-" "-"',
    "the error log of nginx": "2026/11/02 10:00:00 [error] 7#7: *1 open() failed",
    "the error log of Apache": "[Mon Nov 02 10:00:00.123456 2026] [core:error] [pid 7] not found",
    "a flow log of a VPC": "2 123456789012 eni-0123 203.0.113.9 10.0.0.1 443 49152 6 10 840 1793613600 1793613660 OK",
    "a log in LTSV": "time:[02/Nov/2026:10:00:00 +0000]\thost:203.0.113.9\treq:GET / HTTP/1.1",
    "a log of an Application Load Balancer whose lines end before request_creation_time": alb().split(
        " 0 2026"
    )[0],
    "a log of Squid": "1793613600.123     81 203.0.113.9 TCP_MISS/200 512 GET http://shop/a - DIRECT/- text/html",
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_known_log_is_named_with_a_cure_that_works(tmp_path, name):
    text = OTHERS[name]
    sentence = fault(log(tmp_path, *[text] * 3))
    assert f"that is {name}" in sentence
    assert (
        "count its requests per minute in a table with a time and a count, and read that with from_csv"
        in sentence
    )
    assert "broken" not in sentence


def test_a_table_given_as_a_log_and_a_log_given_as_a_table_are_told(tmp_path):
    assert "that is a table of counts; read it with from_csv." in fault(
        log(tmp_path, "time,count", "2026-11-02 10:00,6", "2026-11-02 10:05,3")
    )
    for text in (line(), alb(), classic()):
        assert "read it with from_access_log." in fault(log(tmp_path, text, text), from_csv)
    assert "a log of CloudFront; read it" in fault(log(tmp_path, f"#Fields: {ORDER}", edge()), from_csv)


def test_broken_lines_of_a_balancer_are_counted_and_its_own_example_is_shown(tmp_path):
    traffic = from_access_log(log(tmp_path, alb(), "torn", alb()))
    assert (traffic.skipped, len(replay(traffic)[0])) == (1, 2)
    assert "a line should be like https 2026-" in fault(log(tmp_path, alb(), "torn", "torn"))


def test_seven_requests_of_a_balancer_are_seven_with_the_classes_and_works_that_they_have(tmp_path):
    """The stamps of the answers lie in other seconds, and two requests were never answered."""
    seconds = (58, 58, 58, 58, 59)
    lines = [alb(f"09:59:{s}.085000", f"10:00:0{n}.185000", f"0.10{n}") for n, s in enumerate(seconds)]
    lines.append(alb("09:59:59.085000", "10:00:09.086000", "-1", "504", "/pay"))
    lines.append(alb("09:59:59.085000", "10:00:05.785000", "-1", "460", "/pay", kind="h2", target="-"))
    for end in ("\n", "\r\n"):
        traffic = from_access_log(log(tmp_path, *lines, end=end))
        times, classes, works = replay(traffic)
        assert [int(time) for time in times] == [0, 0, 0, 0, 1, 1, 1]
        assert [traffic.paths[path] for path in classes] == ["/cart"] * 5 + ["/pay"] * 2
        assert works == [0.1, 0.101, 0.102, 0.103, 0.104, None, None]
    assert traffic.describe().startswith(
        "access.log, 7 lines: 7 requests from 2026-11-02 09:59:58 to 10:00:00 (2 s)."
    )


def test_what_goes_wrong_in_a_balancers_log_is_no_end_of_it(tmp_path):
    times, _, works = replay(from_access_log(log(tmp_path, alb(), alb(work="-1", status="502"))))
    assert (len(times), works) == (2, [0.1, None])


# The forms of a line


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("web-1  | " + line(path="/a"), "/a"),
        ("web | " + line(path="/a"), "/a"),
        (line(path="/a").replace(" 200 ", " - "), "/a"),
        (line(path="http://shop.example/a?b=/c"), "/a"),
        (line(path="https://shop.example:443/a"), "/a"),
        (line(path="https://shop.example"), "/"),
        (line().replace("GET /", "CONNECT shop.example:443"), "other"),
        (alb(path="/a?b=https://c"), "/a"),
        (alb(host="wss://shop.example:443", kind="wss", path="/a"), "/a"),
        (alb().replace("GET https://www.example.com:443/cart?id=7 HTTP/1.1", "- http://shop:80- -"), "other"),
    ],
)
def test_what_comes_with_a_prefix_a_dash_or_a_whole_address_is_read(tmp_path, text, path):
    traffic = from_access_log(log(tmp_path, text))
    assert (traffic.paths, traffic.skipped) == ((path,), 0)


# Durations


@pytest.mark.parametrize(
    ("rest", "field", "work"),
    [
        (" 0.010, 0.020", "last", 0.03),
        (' "-" "x" 0.010, 0.020 : 0.003', "last", 0.033),
        (' "-" "x" "0.010, 0.020"', "last", 0.03),
        (' "-" "x" urt=0.010, 0.020 rt=0.5', "urt", 0.03),
        (' "-" "x" urt="0.010, -" rt=0.5', "urt", 0.01),
        (" 81ms", "last", 0.081),
        (" 81.5ms", "last", 0.0815),
        (" 250us", "last", 0.00025),
        (" 250\u00b5s", "last", 0.00025),
        (" 1.5s", "last", 1.5),
        (" took=81ms", "took", 0.081),
        (" time_us=81000", "time_us", 0.081),
        (" ms=81", "ms", 0.081),
        (' "-" "x, y" 0.3 7 z', 10, 0.3),
        (' "-" "x, y" 0.3 7 z', "10", 0.3),
        (' "-" "x, y" 0.3 7 z', -3, 0.3),
        (' "-" "x" 0.01, 0.02 7', 10, 0.03),
    ],
)
def test_a_duration_has_a_place_a_unit_and_perhaps_several_parts(tmp_path, rest, field, work):
    traffic = from_access_log(log(tmp_path, line(rest=rest)), duration_field=field)
    assert replay(traffic)[2] == [pytest.approx(work)]


def test_a_dash_is_a_request_whose_work_is_not_known(tmp_path):
    """nginx writes one where it asked no server."""
    path = log(tmp_path, line(rest=" rt=0.5"), line(rest=" rt=-"), line(rest=' rt="-"'))
    traffic = from_access_log(path, duration_field="rt")
    assert (replay(traffic)[2], traffic.skipped, traffic.mean_work) == ([0.5, None, None], 0, 0.5)
    assert traffic.notes[0] == "Of 2 requests the duration is not known."
    path = log(tmp_path, line(rest=" rt=-"))
    assert "duration_field is 'rt', but no line has a duration there" in fault(path, duration_field="rt")


def test_the_unit_of_whole_numbers_is_asked_for(tmp_path):
    path = log(tmp_path, line(rest=" 81234"), line(rest=" 2000000"), line(rest=" 0"))
    assert fault(path, duration_field="last") == (
        "duration_unit is not given, but the durations are whole numbers, such as 81234: it must be 's' (Apache's %T), "
        "'ms' or 'us' (Apache's %D)."
    )
    works = replay(from_access_log(path, duration_field="last", duration_unit="us"))[2]
    assert works == [0.081234, 2.0, 1e-6]
    assert "duration_unit is not given" in fault(
        log(tmp_path, line(rest=" 1"), line(rest=" 0")), duration_field=-1
    )


@pytest.mark.parametrize("unit", (None, "s", "ms"))
@pytest.mark.parametrize(
    "rest, field", [(" 0,512", "last"), (' "x" 0,081 7', 9), (" rt=12,5", "rt"), (' "1, 20"', "last")]
)
def test_a_comma_that_is_a_decimal_mark_or_stands_between_two_times_is_no_guess(tmp_path, rest, field, unit):
    path = log(tmp_path, line(rest=rest), line(rest=rest))
    told = fault(path, duration_field=field, duration_unit=unit)
    assert told.startswith(
        "duration_field must name durations with a point, such as 0.081; a comma can't be read"
    )


@pytest.mark.parametrize("field", (7, 0, "a b", "", "\ud800"))
def test_a_field_that_no_line_can_have_is_one_sentence(tmp_path, field):
    assert f"duration_field is {field!r}, but must be 'last'" in fault(
        log(tmp_path, line()), duration_field=field
    )


def test_a_balancer_tells_its_work_itself(tmp_path):
    path = log(tmp_path, alb())
    assert "and its work is target_processing_time: leave it out." in fault(path, duration_field="last")
    path = log(tmp_path, f"#Fields: {ORDER}", edge())
    assert "leave it out, or take 'time-taken'." in fault(path, duration_field="last")


# Works that are known in part


def test_customers_draw_the_works_that_a_log_does_not_tell(tmp_path, world):
    path = log(tmp_path, *(alb(f"10:00:{n:02}.5", work="-1" if n % 2 else "0.250") for n in range(60)))
    traffic = from_access_log(path)
    assert traffic.describe().endswith(
        "The work of a request is target_processing_time; of 30 requests it is not known."
    )
    shop = Instance(world, "shop", launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=60))
    Customers(world, "customers", traffic=traffic, to=shop, work="fixed", mean_work=0.75)
    rows = world.run(until=70).requests
    worked = [round(b - a, 6) for a, b in zip(rows.started, rows.finished, strict=True)]
    assert sorted(worked) == [0.25] * 30 + [0.75] * 30


# Many files


def test_a_folder_is_one_log_and_names_what_it_leaves_out(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "access.log").write_text(line("10:00:05") + "\n", "utf-8")
    (tmp_path / "old" / "access.log.1").write_text(line("10:00:03") + "\ntorn\n", "utf-8")
    (tmp_path / "old" / "access.log.2.gz").write_bytes(gzip.compress(f"{line('10:00:01')}\n".encode()))
    (tmp_path / "error.log").write_text("2026/11/02 10:00:00 [error] 7#7: x\n", "utf-8")
    (tmp_path / "backup.zip").write_bytes(zipped("access.log"))
    (tmp_path / "empty.log").touch()
    (tmp_path / ".hidden").write_text(line() + "\n", "utf-8")
    traffic = from_access_log(tmp_path)
    assert [int(time) for time in replay(traffic)[0]] == [0, 2, 4]
    assert traffic.notes == (
        "1 line is broken and skipped: line access.log.1 2.",
        "3 files are no such log and left out: backup.zip, empty.log, error.log.",
    )


def test_a_folder_with_too_many_files_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST", 2)
    for number in range(3):
        (tmp_path / f"{number}.log").write_bytes(TEXT)
    assert "that folder holds more than 2 files; name one inside it." in fault(tmp_path)


def test_a_file_that_lies_beside_its_packed_self_counts_once(tmp_path):
    (tmp_path / "a.log").write_bytes(TEXT)
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(TEXT))
    assert len(replay(from_access_log(tmp_path))[0]) == 12


def test_some_files_are_one_log(tmp_path):
    paths = [
        log(tmp_path, line("10:00:09"), name="b.log"),
        str(log(tmp_path, line("10:00:00"), name="a.log")),
    ]
    traffic = from_access_log(paths)
    assert (traffic.duration, traffic.source) == (10.0, "2 files, 2 lines")


def test_a_file_that_does_not_go_with_the_others_is_told(tmp_path):
    paths = [log(tmp_path, line(), name="a.log"), log(tmp_path, alb(), name="b.log")]
    assert (
        "that is a log of an Application Load Balancer, and the file before is an access log of nginx"
        in fault(paths)
    )
    assert "there is no such file" in fault([paths[0], tmp_path / "c.log"])
    assert "path is an empty list" in fault([])
    (tmp_path / "none").mkdir()
    assert "that is a folder without a file in it." in fault(tmp_path / "none")
    log(tmp_path / "none", "torn", name="x.log")
    assert "that is a folder, but no file in it is an access log." in fault(tmp_path / "none")
    lines = "".join(f"{line(path=f'/{number * 7919 % 9973}')}\n" for number in range(20_000))
    (tmp_path / "none" / "y.log.gz").write_bytes(gzip.compress(lines.encode())[:-20])
    assert "y.log.gz', but that gzip file is damaged or ends too early" in fault(tmp_path / "none")


# Strays


def test_a_line_of_another_year_is_named_and_left_out(tmp_path):
    lines = [line(f"10:00:{second:02}", f"/{second}") for second in range(10)]
    for place, stray in (
        (0, line(day="02/Nov/2001")),
        (5, line(day="02/Nov/2038")),
        (10, line(day="31/Dec/2025")),
    ):
        traffic = from_access_log(log(tmp_path, *lines[:place], stray, *lines[place:]))
        year = stray.split("/")[2][:4]
        assert (traffic.duration, len(replay(traffic)[0]), traffic.skipped) == (10.0, 10, 0)
        assert traffic.notes[0].startswith(f"1 line lies far from all others and is left out: {year}-")
        assert traffic.notes[0].endswith(f" (line {place + 1}).")
        assert traffic.start.year == 2026


def test_half_of_a_log_is_no_stray(tmp_path):
    lines = [line(day=f"02/Nov/20{year}") for year in (25, 25, 26, 26)]
    assert len(from_access_log(log(tmp_path, *lines)).starts) == 2


def test_a_stray_changes_no_window(tmp_path):
    lines = [line(f"10:00:{second:02}") for second in range(10)]
    path = log(tmp_path, *lines, line(day="02/Nov/2062"))
    traffic = from_access_log(path, since="2026-11-02 10:00:04")
    assert (traffic.duration, len(replay(traffic)[0])) == (6.0, 6)


# Progress


@pytest.mark.parametrize(("patience", "shown"), ((0.0, True), (600.0, False)))
def test_a_file_that_takes_long_shows_how_far_it_is(tmp_path, monkeypatch, capsys, patience, shown):
    monkeypatch.setattr(files, "PATIENCE", patience)
    path = tmp_path / "large.log"
    path.write_bytes(TEXT * 400)
    assert len(list(from_access_log(path).chunks(Random(1)))) > 1
    printed = capsys.readouterr().out
    assert ("reading large.log: " in printed) == shown
    assert printed == "" or printed.endswith("\r")
    table = tmp_path / "counts.csv"
    table.write_text("s,n\n" + "".join(f"{60 * n},1\n" for n in range(9000)), "ascii")
    from_csv(table)
    assert ("reading counts.csv: " in capsys.readouterr().out) == shown


@pytest.mark.skipif(os.name == "nt", reason="Only on systems whose names of files are bytes")
def test_a_file_whose_name_is_no_text_is_read_and_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log")
    try:
        with open(name, "wb") as file:
            file.write(TEXT + b"torn\n")
    except OSError:
        pytest.skip("Only on systems whose names of files are bytes")
    traffic = from_access_log([name, log(tmp_path, line(), name="b.log")])
    assert "line caf?.log 13" in traffic.describe()
    assert from_access_log(name).describe().encode().startswith(b"caf?.log, 13 lines")
    capsys.readouterr().out.encode()


# What is told of guesses, and what a caller writes


def test_durations_with_a_point_are_taken_for_seconds_and_that_is_said(tmp_path):
    """Some write ms with a point, and nothing in the file tells."""
    path = log(tmp_path, line(rest=" 81.5"), line(rest=" 12.5"))
    assert "taken for seconds" in from_access_log(path, duration_field="last").notes[0]
    traffic = from_access_log(path, duration_field="last", duration_unit="ms")
    assert (traffic.notes, traffic.mean_work) == ((), 0.047)


def test_a_caller_that_names_itself_like_a_field_is_no_duration(tmp_path):
    path = log(tmp_path, *[line(rest=' "-" "x rt=9.0 y" rt=0.5')] * 2)
    assert from_access_log(path, duration_field="rt").mean_work == 0.5


def test_lines_that_end_with_a_carriage_return_alone_are_lines(tmp_path):
    path = tmp_path / "old.log"
    path.write_bytes("".join(f"{line()}\r" for _ in range(3)).encode())
    assert from_access_log(path).count(0, 1) == 3


def test_a_file_that_is_named_twice_does_not_count_twice(tmp_path):
    path = log(tmp_path, line())
    assert "it is named twice" in fault([path, str(path)], from_access_log)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('2026-11-02T10:00:00.1Z 203.0.113.9 36280 443 TLSv1.2 ECDHE 4.036 "CN=a" -', "a connection log of"),
        ("2026-11-02\t10:00:01\tFRA56-P1\t1\t203.0.113.9\tGET\thost\t/a\t200", "a log of CloudFront without"),
        ("1793613600.123\t203.0.113.9\t0.001\t200\tGET\thttps\thost\t/a", "a real-time log of CloudFront"),
        (
            "2026-11-02 10:00:00 10.0.0.1 GET /a - 80 - 203.0.113.9 Mozilla - 200 0 0 15",
            "a log in the W3C format",
        ),
        ('127.0.0.1 - - [02/Nov/2026 10:00:00] "GET / HTTP/1.1" 200 -', "the log of Python's http.server"),
        ("[pid: 1|app: 0|req: 1/1] 203.0.113.9 () {28 vars} GET / => generated", "a log of uWSGI"),
        ("2026-11-02T10:00:00 app[a]: at=info method=GET path=/", "a log of Heroku's router"),
        ("2026-11-02T10:00:00 2026/11/02/[$LATEST]abc START RequestId: 1", "the log of a Lambda function"),
    ],
)
def test_more_logs_that_are_not_read_are_called_by_their_name(tmp_path, text, name):
    assert f"that is {name}" in fault(log(tmp_path, *[text] * 3), from_access_log)


def test_what_is_packed_twice_is_named(tmp_path):
    path = tmp_path / "twice.gz"
    path.write_bytes(gzip.compress(gzip.compress(TEXT)))
    assert "a gzip file inside a gzip file" in fault(path, from_access_log)
