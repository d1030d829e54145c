"""Facts about the logs of functions (FN-34 to FN-40): each test is a sentence, cites its fact, and reads a file."""

import base64
import gzip
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.logged import LOGGED_STATUS, LoggedCalls
from cloudlab.pricing import bill_of_log, billed_ms
from cloudlab.traffic import from_access_log, from_lambda_report, sample_lambda_report

STREAM = "2026/11/02/[$LATEST]0f5e"
TEN = 1_793_613_600_000
"""2026-11-02 10:00 in milliseconds after 1970."""


def report(number=1, duration="12.34", billed="13", memory="128", used="56", init=None, more=""):
    """A line REPORT."""
    fields = [
        f"REPORT RequestId: 8f5-{number}",
        f"Duration: {duration} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {memory} MB",
        f"Max Memory Used: {used} MB",
        *([] if init is None else [f"Init Duration: {init} ms"]),
    ]
    return "\t".join(fields) + "\t" + more


def event(number=1, duration=12.34, billed=13, memory=128, used=56, init=None, status="success", ms=0):
    """The same of a function whose log is in JSON."""
    metrics = {
        "durationMs": duration,
        "billedDurationMs": billed,
        "memorySizeMB": memory,
        "maxMemoryUsedMB": used,
    }
    metrics |= {} if init is None else {"initDurationMs": init}
    record = {"requestId": f"8f5-{number}", "metrics": metrics, "status": status}
    return {"time": at(ms), "type": "platform.report", "record": record}


def at(ms=0) -> str:
    """A moment after 10:00 as Lambda writes it."""
    moment = datetime.fromtimestamp((TEN + ms) / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def read(*lines, name="function.log", **settings):
    """What is read of a file with these lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes("\n".join(lines).encode())
        return from_lambda_report(path, **settings)


def refused(*lines, **settings) -> str:
    """Why a file with these lines is not read."""
    with pytest.raises(InvalidParameter) as error:
        read(*lines, **settings)
    return str(error.value).partition(", but ")[2] or str(error.value)


def rows(log) -> list[tuple]:
    """(began in ms, duration, INIT in µs, billed in ms, memory, most used, status) of each call."""
    calls = log.calls
    columns = (calls.duration, calls.init, calls.billed, calls.memory_size, calls.max_memory_used)
    status = [LOGGED_STATUS[one] for one in calls.status]
    return list(zip([began / 1000 for began in calls.began], *columns, status, strict=True))


COLD = (
    f"{at()} INIT_START Runtime Version: python:3.12.v7\tRuntime Version ARN: arn:aws:lambda:x",
    f"{at(130)} START RequestId: 8f5-1 Version: $LATEST",
    f"{at(140)} a line of the function, REPORT RequestId: 9",
    f"{at(142)} END RequestId: 8f5-1",
    f"{at(143)} {report(init='130.49', billed='143')}",
)


def test_a_call_is_its_report_and_all_else_is_passed_over():
    """FN-34: START, END, INIT_START and the function's own lines are no calls."""
    log = read(*COLD)
    assert rows(log) == [(0.17, 12_340, 130_490, 143, 128, 56, "success")]
    assert log.start == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert log.notes == ()


def test_fields_are_read_by_their_names():
    """FN-35: in any order, with blanks for tabs, and with a trace on the same line or on the next."""
    plain = f"{at(500)} {report()}"
    trace = "XRAY TraceId: 1-5e\tSegmentId: 0a\tSampled: true"
    turned = (
        "REPORT RequestId: 8f5-1\tMax Memory Used: 56 MB\tBilled Duration: 13 ms\t"
        "Memory Size: 128 MB\tDuration: 12.34 ms"
    )
    for lines in (
        [plain],
        [plain.replace("\t", " ")],
        [plain + trace],
        [plain, trace],
        [f"{at(500)} {turned}"],
    ):
        assert rows(read(*lines)) == [(487.66, 12_340, -1, 13, 128, 56, "success")], lines


def test_what_is_billed_is_duration_and_init_rounded_up_together():
    """FN-36: what the log says is what is counted."""
    log = read(f"{at(5000)} {report(duration='1233.96', billed='1698', memory='1024', init='463.512')}")
    assert list(log.calls.billed) == [1698] == [billed_ms(1.23396, init=0.463512)]
    lines = bill_of_log(log.calls, architecture="x86_64", times=100)
    assert [str(line.quantity) for line in lines] == ["0.0001", "169.8"]


def test_a_timeout_is_told_in_a_line_of_its_own_or_in_the_report():
    """FN-37: and so is a crash."""
    old = f"{at(3001)} 2026-11-02T10:00:03.001Z 8f5-1 Task timed out after 3.00 seconds"
    slow = report(duration="3000.00", billed="3000")
    assert [row[-1] for row in rows(read(old, f"{at(3001)} {slow}", f"{at(9000)} {report(2)}"))] == [
        "timeout",
        "success",
    ]
    assert rows(read(f"{at(3001)} {slow}Status: timeout"))[0][-1] == "timeout"
    crashed = read(f"{at(3001)} {slow}Status: error\tError Type: Runtime.ExitError")
    assert rows(crashed)[0][-1] == "error"
    assert "Ended otherwise than well: 1 error." in crashed.describe()


def test_a_failed_init_is_no_call():
    """FN-38: it is counted, and said."""
    failed = f"{at()} INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"
    log = read(failed, *COLD)
    assert len(log.calls) == 1
    assert log.notes == ("INITs that failed: 1; no call tells of them.",)
    start = {"time": at(), "type": "platform.initReport", "record": {"status": "error"}}
    assert read(json.dumps(start), json.dumps(event(ms=500))).notes == log.notes


def test_a_log_in_json_tells_the_same():
    """FN-39: line by line, between the function's own lines."""
    lines = (
        {"time": at(), "type": "platform.initStart", "record": {"initializationType": "on-demand"}},
        {"time": at(130), "type": "platform.start", "record": {"requestId": "8f5-1"}},
        {"timestamp": at(140), "level": "INFO", "requestId": "8f5-1", "message": "hello"},
        event(init=130.49, billed=143, ms=143),
        event(2, status="error", ms=900),
    )
    log = read(*map(json.dumps, lines))
    assert rows(log) == [
        (0.17, 12_340, 130_490, 143, 128, 56, "success"),
        (887.66, 12_340, -1, 13, 128, 56, "error"),
    ]
    assert rows(log)[:1] == rows(read(*COLD))
    moments = (0, 130, 140, 143, 900)
    exported = [f"{at(ms)} {json.dumps(line)}" for ms, line in zip(moments, lines, strict=True)]
    assert rows(read(*exported)) == rows(log)


def events(*messages) -> list[dict]:
    """What the command line of AWS writes of each message."""
    return [
        {"timestamp": TEN + ms, "message": message + "\n", "ingestionTime": TEN} for ms, message in messages
    ]


FORMS = {
    "S3": [f"{at(143)} {report(init='130.49')}", f"{at(900)} {report(2)}"],
    "tail": [f"{at(143)} {STREAM} {report(init='130.49')}", f"{at(900)} {STREAM} {report(2)}"],
    "get-log-events": [
        json.dumps(
            {
                "events": events((143, report(init="130.49")), (900, report(2))),
                "nextForwardToken": "f/3",
                "nextBackwardToken": "b/3",
            },
            indent=4,
        )
    ],
    "filter-log-events": [
        json.dumps(
            {
                "events": [
                    one | {"logStreamName": STREAM, "eventId": "3"}
                    for one in events((143, report(init="130.49")))
                ],
                "nextToken": "x",
            },
            indent=2,
        ),
        json.dumps({"events": events((900, report(2)))}, indent=2),
    ],
    "events alone": [json.dumps(events((143, report(init="130.49")), (900, report(2))))],
    "logs in JSON": [
        json.dumps(
            {
                "events": events(
                    (143, json.dumps(event(init=130.49))),
                    (900, json.dumps(event(2))),
                )
            }
        )
    ],
    "console": [f'{TEN + 143},"{report(init="130.49")}', f'{TEN + 900},"{report(2)}'],
}
"""The same two calls, as each tool writes them."""


def subscription(packed: bool, kind="DATA_MESSAGE", group="/aws/lambda/resize", first=1) -> str:
    """What a subscription hands on, packed or not."""
    told = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": group,
        "logStream": STREAM,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": str(number), **one}
            for number, one in enumerate(
                events((143, report(first, init="130.49")), (900, report(first + 1)))
            )
        ],
    }
    if not packed:
        return json.dumps(told)
    return json.dumps(
        {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(told).encode())).decode()}}
    )


@pytest.mark.parametrize("form", FORMS)
def test_each_form_tells_of_the_same_calls(form):
    """FN-40: S3's export, the command line, and what a console copies."""
    assert rows(read(*FORMS[form])) == [
        (0.17, 12_340, 130_490, 13, 128, 56, "success"),
        (887.66, 12_340, -1, 13, 128, 56, "success"),
    ]


def test_a_subscription_is_unpacked():
    """FN-40: base64 of gzip, or what is in it; a message that only checks the way holds no call."""
    wanted = rows(read(*FORMS["S3"]))
    check = subscription(True, kind="CONTROL_MESSAGE")
    assert rows(read(subscription(True))) == rows(read(subscription(False))) == wanted
    assert rows(read(check, subscription(True))) == wanted
    assert rows(read(subscription(False) + subscription(False))) == wanted  # doubles count once


def test_of_several_functions_one_has_to_be_named():
    """FN-40: a subscription tells the log group."""
    both = (subscription(False), subscription(False, group="/aws/lambda/mail", first=7))
    told = "path holds the calls of 2 functions: it must be one of mail, resize."
    assert refused(*both) == told
    assert len(read(*both, function="mail").calls) == 2
    assert refused(*both, function="print") == "the log names mail, resize."
    assert refused(*FORMS["S3"], function="mail").startswith("the log names none, since this form")


def test_s3_s_export_is_a_folder():
    """FN-40: PREFIX/TASKID/STREAM/000000.gz, and a file that only tests whether one may write."""
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "exported"
        for number, line in enumerate(FORMS["S3"]):
            stream = exported / "task" / f"2026-11-02-[$LATEST]{number}"
            stream.mkdir(parents=True)
            (stream / "000000.gz").write_bytes(gzip.compress(line.encode()))
        (exported / "aws-logs-write-test").write_text("Permission Check Successful")
        log = from_lambda_report(exported)
    assert rows(log) == rows(read(*FORMS["S3"]))
    assert log.notes == ("1 file holds no call: aws-logs-write-test.",)


# What is asked, and what is said


def test_a_call_came_before_its_report_by_its_duration_and_its_init():
    """FN-34: since a log tells of a call when it is over."""
    log = read(f"{at(9000)} {report(duration='2000.00', billed='2500', init='500.00')}")
    assert log.start == datetime(2026, 11, 2, 10, 0, 6, tzinfo=UTC)
    assert list(log.calls.began) == [500_000]


def test_the_work_is_the_duration_with_a_whole_virtual_cpu():
    """FN-3: 1,769 MB bring one; twice that is no faster in one thread."""
    lines = [
        f"{at(9000 * n)} {report(n, duration='1000.00', billed='1000', memory=str(memory))}"
        for n, memory in enumerate((1769, 3538, 1024, 128), 1)
    ]
    assert list(read(*lines).works) == [1.0, 1.0, round(1024 / 1769, 6), round(128 / 1769, 6)]


def test_odd_reports_are_counted_and_said():
    good = [f"{at(9000 * number)} {report(number)}" for number in range(1, 4)]
    log = read(*good, good[0], f"{at(1)} REPORT RequestId: 8f5-9\tDuration: ? ms")
    assert len(log.calls) == 3
    assert log.notes == (
        "1 REPORT is broken and skipped.",
        "1 REPORT is there twice, as of exports that overlap, and counted once.",
    )
    assert log.skipped == 0
    again = read(*good, f"{at(60_000)} {report(1)}")
    assert len(again.calls) == 4  # an event that is tried again keeps its id


def test_clocks_without_a_zone_are_said_to_be_taken_for_utc():
    log = read(f"2026-11-02T10:00:09 {report()}")
    assert log.notes == ("Clocks without a zone are taken for UTC.",)
    assert log.start == datetime(2026, 11, 2, 10, 0, 8, tzinfo=UTC)


def test_a_stray_call_is_left_out_and_named():
    lines = [f"{at(1000 * number)} {report(number)}" for number in range(1, 200)]
    log = read(*lines, f"2020-01-01T00:00:00Z {report(777)}")
    assert len(log.calls) == 199
    assert log.notes == ("1 call lies far from all others and is left out: 2019-12-31 23:59:59.",)


def test_a_window_cuts_the_log():
    lines = [f"{at(60_000 * number)} {report(number)}" for number in range(1, 10)]
    log = read(*lines, since="2026-11-02 10:02:30", until="2026-11-02 10:05")
    assert len(log.calls) == 3  # 10:03, 10:04, and 10:05, which came just before
    assert log.duration == 150
    assert refused(*lines, since="2026-11-03") == (
        "no request came then: the file goes from 2026-11-02 10:00:59 to 2026-11-02 10:09:00."
    )


AS_JSON = "ask for --output json, without --query"
ACCESS = '203.0.113.9 - - [02/Nov/2026:10:00:07 +0000] "GET / HTTP/1.1" 200 512'
WRONG = {
    "its REPORTs have no time; take the log with aws logs filter-log-events, or with aws logs tail": [
        report()
    ],
    f"that is a list of messages without their times; {AS_JSON}": ['["REPORT RequestId: 1"]'],
    f"that is what the command line of AWS writes with --output text; {AS_JSON}": [
        f"EVENTS\t{TEN}\t{report()}"
    ],
    "that is the result of a query of Logs Insights; ask aws logs filter-log-events for the log itself": [
        '{"results": [], "statistics": {}}'
    ],
    "that is JSON which is damaged or ends too early": ['{"events": [', '{"message": "REPORT'],
    "its awslogs.data is no base64 of gzip of JSON, or is damaged": ['{"awslogs": {"data": "H4sI"}}'],
    "that is an access log of nginx or Apache; read it with from_access_log": [ACCESS],
    "that is a table of counts; read it with from_csv": ["timestamp,requests", "2026-11-02 10:00,7"],
    (
        "that is a log of uWSGI, which is not read; count its requests per minute in a table with a time and a "
        "count, and read that with from_csv"
    ): ["[pid: 7|app: 0"],
    "it holds no line REPORT and no platform.report, with which the log of a Lambda function ends a call": [
        "hello"
    ],
    "2 of its 2 REPORTs are broken; one should be like REPORT RequestId: 8f5 Duration: 12.34 ms …": [
        f"{at()} REPORT RequestId: 1\tDuration: x ms",
        f"{at()} REPORT RequestId: 2",
    ],
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_no_such_log_is_one_sentence_with_the_cure(why):
    assert refused(*WRONG[why]).removesuffix(".") == why.removesuffix(".")


def test_an_access_log_is_not_taken_from_a_function():
    """The other reader names this one."""
    for lines, words in (
        (COLD, "that is the log of a Lambda function"),
        ([json.dumps(event())], "that is JSON of CloudWatch Logs"),
        (FORMS["get-log-events"], "that is JSON of CloudWatch Logs"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.log"
            path.write_text("\n".join(lines))
            with pytest.raises(InvalidParameter, match=words) as error:
                from_access_log(path)
            assert "read it with from_lambda_report" in str(error.value)


# Its bill, and what another setting would have cost


def test_the_bill_of_a_log_is_what_the_log_says_is_billed():
    """FN-36: duration × memory × price, and a request each."""
    lines = [
        f"{at(9000 * n)} {report(n, duration='900.00', billed='1000', memory='1024')}" for n in range(1, 5)
    ]
    log = read(*lines)
    bill = bill_of_log(log.calls, architecture="x86_64", times=1_000_000)
    assert {line.item: (str(line.quantity), str(line.amount)) for line in bill} == {
        "Lambda requests": ("4", "0.80"),
        "Lambda duration": ("4000000", "66.67"),
    }
    arm = bill_of_log(log.calls, architecture="arm64", times=1_000_000)
    assert [str(line.amount) for line in arm] == ["0.80", "53.33"]
    free = bill_of_log(log.calls, architecture="x86_64", times=1_000_000, free_tier=True)
    assert [str(line.amount) for line in free] == ["0.60", "60.00"]


def test_another_memory_size_changes_the_part_that_computes():
    """FN-3: 512 MB have 512/1769 of a virtual CPU, so computing takes longer in proportion, and waiting doesn't."""
    log = read(f"{at(9000)} {report(duration='1000.00', billed='1000', memory='1024')}")

    def gb_seconds(memory_size, waiting):
        lines = bill_of_log(
            log.calls, architecture="x86_64", memory_size=memory_size, waiting=waiting, times=100_000
        )
        return float(lines[-1].quantity / 100_000)

    assert gb_seconds(512, 0) == 0.5 * 2.0
    assert gb_seconds(512, 1) == 0.5 * 1.0
    assert gb_seconds(512, 0.5) == 0.5 * 1.5
    assert gb_seconds(1769, 0) == pytest.approx(1769 / 1024 * 0.579)
    assert gb_seconds(3538, 0) == pytest.approx(3538 / 1024 * 0.579)
    assert gb_seconds(1024, None) == 1.0


def test_provisioned_concurrency_has_its_own_price_and_no_init():
    """FN-31: one environment takes the first of two calls at once; from 10:00:01 to 10:00:09 are five minutes."""
    log = read(
        f"{at(9000)} {report(1, duration='1000.00', billed='1500', memory='1024', init='500.00')}",
        f"{at(9000)} {report(2, duration='999.00', billed='1499', memory='1024', init='500.00')}",
        f"{at(3000)} {report(3, duration='1000.00', billed='1000', memory='1024')}",
    )
    lines = bill_of_log(log.calls, architecture="x86_64", provisioned_concurrency=1)
    assert {line.item: str(line.quantity) for line in lines} == {
        "Lambda requests": "0.000003",
        "Lambda duration on provisioned concurrency": "2",
        "Lambda duration": "1.499",
        "Lambda provisioned concurrency": "300",
    }


def test_what_a_log_does_not_tell_is_asked_for():
    calls = read(*FORMS["S3"]).calls
    with pytest.raises(
        InvalidParameter, match="^architecture is not given, but a log doesn't tell it: it must be"
    ):
        bill_of_log(calls)
    with pytest.raises(
        InvalidParameter, match="^waiting is not given, but a log doesn't tell it: with 512 MB"
    ):
        bill_of_log(calls, architecture="arm64", memory_size=512)
    used = read(f"{at(9000)} {report(memory='512', used='300')}").calls
    with pytest.raises(InvalidParameter, match="^memory_size is 256 MB, but a call of this log used 300 MB"):
        bill_of_log(used, architecture="arm64", memory_size=256, waiting=0.5)


def test_the_sample_holds_bursts_cold_starts_and_a_timeout():
    log = from_lambda_report(sample_lambda_report())
    calls = log.calls
    assert (len(calls), calls.cold_starts()) == (270, 12)
    assert [LOGGED_STATUS[status] for status in calls.status].count("timeout") == 1
    assert log.peak() > 20
    recounted = [
        -(-(took + max(0, init)) // 1000) for took, init in zip(calls.duration, calls.init, strict=True)
    ]
    assert recounted == list(calls.billed)
    told = log.describe()
    assert "\nMean duration: 1.02 s with 1,024 MB; 12 of 270 calls began cold.\n" in told
    assert told.count("A call that timed out has at least") == 1 and "by path" not in told


def test_a_log_in_utf_16_is_read():
    """As PowerShell writes what a command prints."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.json"
        path.write_text("\n".join(FORMS["get-log-events"]), encoding="utf-16")
        assert rows(from_lambda_report(path)) == rows(read(*FORMS["S3"]))


BAD = [
    report(2).replace("12.34 ms", "12.34 s"),
    report(2).replace("128 MB", "1 GB"),
    report(2, duration="1_2"),
    report(2, duration="١٢"),
    event(2, duration=10**400),
    event(2, duration=True),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_number_in_another_unit_or_script_is_broken(bad):
    text = bad if isinstance(bad, str) else json.dumps(bad)
    log = read(f"{at()} {report(1)}", f"{at()} {text}")
    assert len(log.calls) == 1 and "1 REPORT is broken and skipped." in log.describe()


@pytest.mark.parametrize("odd", ["[" * 60_000, '{"a":' * 10_000, "REPORT RequestId: x " + "A " * 30_000])
def test_a_hostile_line_takes_no_long_time_and_breaks_nothing(odd):
    before = perf_counter()
    assert len(read(f"{at()} {report(1)}", odd).calls) == 1
    assert perf_counter() - before < 2


def packed(content: bytes) -> str:
    """What a subscription would hand on."""
    return json.dumps({"awslogs": {"data": base64.b64encode(gzip.compress(content)).decode()}})


def test_what_a_subscription_packs_has_a_largest_size_and_is_packed_once():
    assert "unpacks to more than 64,000,000 bytes" in refused(packed(b" " * 65_000_000))
    assert "awslogs.data again" in refused(packed(packed(b"{}").encode()))
    assert "is damaged" in refused(packed(b"[" * 100_000))


@pytest.mark.parametrize("clock", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", '9999999999999,"'])
def test_a_clock_that_no_log_has_is_no_time(clock):
    assert "have no time" in refused(f"{clock} {report(1)}")


def test_many_functions_are_named_in_a_short_sentence():
    text = "\n".join(subscription(packed=True, group=f"/aws/lambda/{'long' * 20}{n}") for n in range(50))
    assert len(refused(text)) < 500


def test_a_log_without_calls_costs_nothing():
    assert bill_of_log(LoggedCalls(), architecture="arm64", provisioned_concurrency=1) == []
