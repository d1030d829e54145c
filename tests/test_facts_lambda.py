"""What the provider says of functions, fact by fact, as timetables."""

import base64
import hashlib
import io
import json
import zipfile
from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from timetables import Requests, changes, send

from cloudlab.kernel.invocations import (
    Ending,
    EventFate,
    Throttle,
    cold_starts,
    environments,
    most_at_once,
    running,
)
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.messages import Fate, counts
from cloudlab.kernel.program import PRINTED, Program
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function import (
    Account,
    CodeStorageExceededException,
    EventSourceMapping,
    Function,
    InvalidParameterValueException,
    InvalidRequestContentException,
    InvalidZipFileException,
    RequestTooLargeException,
    ResourceConflictException,
    ResourceNotFoundException,
    TooManyRequestsException,
    log_lines,
    metrics,
    package,
    runtime,
    share,
)
from cloudlab.lambda_function.zipped import UNZIPPED, UPLOAD, opened
from cloudlab.pricing import function_counts
from cloudlab.sns import Topic
from cloudlab.sqs import Queue
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.traffic import Senders

WHOLE = 1769


@pytest.fixture
def world():
    return World(1)


def plain(world, name="resize", **more) -> Function:
    """A function without code whose environments are made in 0.5 s, with one whole vCPU."""
    return Function(world, name, **{"memory_size": WHOLE, "timeout": 60, "init_duration": 0.5, **more})


def coded(world, text, **more) -> Function:
    """A function of that code whose environments are made in 0.5 s, with one whole vCPU."""
    given = {"memory_size": WHOLE, "timeout": 60, "init_duration": 0.5, **more}
    return Function(world, "resize", code=package(text), **given)


def call(world, function, payload=None, **more):
    return world.do(function.invoke(payload, **more))


def rows(function):
    """(began, ended, environment, ending) of each invocation."""
    table = function.table
    return list(zip(table.began, table.ended, table.environment, map(Ending, table.ending), strict=True))


def lives(function):
    """(born, ready, gone) of each environment."""
    table = function.table
    return list(zip(table.born, table.ready, table.gone, strict=True))


def events(world, function, *times):
    """Events that nobody waits for come at these moments (s)."""
    return Senders(world, "camera", traffic=Requests(*((time, 0) for time in times)), to=function)


# Package and contract


def test_a_package_is_a_real_zip_and_its_sizes_have_limits(world):
    """FN-1."""
    zipped = package({"app.py": "def handler(event, context):\n    return 1\n", "data.txt": b"x"})
    with zipfile.ZipFile(io.BytesIO(zipped)) as bundle:
        assert bundle.namelist() == ["app.py", "data.txt"]
    assert zipped == package({"data.txt": b"x", "app.py": "def handler(event, context):\n    return 1\n"})
    function = Function(world, "resize", code=zipped)
    digest = base64.b64encode(hashlib.sha256(zipped).digest()).decode()
    assert function.versions.latest.version.code_sha256 == digest
    assert (UPLOAD, UNZIPPED) == (52_428_800, 262_144_000)
    with pytest.raises(CodeStorageExceededException, match="52428801 bytes, but must be at most 52428800"):
        Function(world, "large", code=bytes(52_428_801))
    with pytest.raises(InvalidZipFileException):
        Function(world, "odd", code=b"no zip")


def test_all_files_of_a_package_together_have_a_largest_size(world, monkeypatch):
    monkeypatch.setattr("cloudlab.lambda_function.zipped.UNZIPPED", 1000)
    Function(world, "just", code=package({"a.bin": bytes(1000)}))
    with pytest.raises(CodeStorageExceededException, match="1001 bytes unzipped"):
        Function(world, "wide", code=package({"a.bin": bytes(1001)}))


def test_an_event_has_a_largest_size_that_depends_on_who_waits(world):
    """FN-1."""
    function = plain(world)
    six, one = 6 * 1024 * 1024 - 2, 1024 * 1024 - 2
    assert call(world, function, "x" * six).status_code == 200
    assert call(world, function, "x" * one, invocation_type="Event").status_code == 202
    with pytest.raises(RequestTooLargeException, match="6291457 bytes"):
        call(world, function, "x" * (six + 1))
    with pytest.raises(RequestTooLargeException, match="1048577 bytes"):
        call(world, function, "x" * (one + 1), invocation_type="Event")


def test_what_a_handler_returns_has_a_largest_size_too(world):
    """FN-1."""
    function = coded(world, "def handler(event, context):\n    return 'x' * event\n")
    assert call(world, function, 6 * 1024 * 1024 - 2).function_error is None
    answer = call(world, function, 6 * 1024 * 1024 - 1)
    assert answer.payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_the_handler_is_really_called_with_event_and_context(world):
    """FN-2."""
    text = """
def handler(event, context):
    compute(1)
    return {"event": event, "name": context.function_name, "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id,
            "version": context.function_version}
"""
    answer = call(world, coded(world, text, timeout=5), {"photo": [1, None]})
    assert answer.payload == {
        "event": {"photo": [1, None]},
        "name": "resize",
        "memory": "1769",
        "left": 4000,
        "id": "resize-00000001",
        "version": "$LATEST",
    }


@pytest.mark.parametrize(
    ("text", "handler", "kind", "says"),
    [
        (
            "def other(event, context): pass",
            "app.handler",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on",
        ),
        ("import numpy", "app.handler", "Runtime.ImportModuleError", "No module named 'numpy'"),
        ("x = 1", "other.handler", "Runtime.ImportModuleError", "No module named 'other'"),
        ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        (
            "def handler(event, context): return {1, 2}",
            "app.handler",
            "Runtime.MarshalError",
            "set is not JSON",
        ),
        ("def handler(event, context): return 1 / 0", "app.handler", "ZeroDivisionError", "division by zero"),
        (
            "def handler(event, context): compute('a')",
            "app.handler",
            "ValueError",
            "seconds is 'a', but must be",
        ),
        (
            "import sys\ndef handler(event, context): sys.exit(1)",
            "app.handler",
            "Runtime.ExitError",
            "exited",
        ),
    ],
)
def test_a_handler_that_goes_wrong_is_an_answer_with_an_error(world, text, handler, kind, says):
    """FN-2. FN-6."""
    function = coded(world, text, handler=handler)
    for _ in range(2):
        answer = call(world, function)
        assert (answer.status_code, answer.function_error, answer.payload["errorType"]) == (
            200,
            "Unhandled",
            kind,
        )
        assert says in answer.payload["errorMessage"]


def test_a_handler_names_a_file_and_a_function(world):
    """FN-2."""
    with pytest.raises(InvalidParameterValueException, match=r"handler is 'handler', but must be a file and"):
        Function(world, "resize", handler="handler")


def test_memory_brings_cpu_in_proportion_up_to_one_vcpu_for_one_thread(world):
    """FN-3."""
    assert (share(885), share(1769), share(3538)) == (885 / 1769, 1.0, 1.0)
    assert share(3538, threads=2) == 2.0
    assert share(10_240, threads=6) == 10_240 / 1769
    text = "def handler(event, context):\n    compute(1, threads=event)\n    wait(1)\n"
    for memory, threads, seconds in (
        (1769, 1, 2.0),
        (3538, 1, 2.0),
        (3538, 2, 1.5),
        (885, 1, 1 + 1769 / 885),
    ):
        function = Function(World(1), "resize", code=package(text), memory_size=memory, timeout=60)
        call(function.world, function, threads)
        ((_, ended, _, _),) = rows(function)
        assert ended - function.table.ready[0] == pytest.approx(seconds, abs=2e-6)


@pytest.mark.parametrize(
    ("name", "low", "high", "default"),
    [
        ("memory_size", 128, 10_240, 128),
        ("timeout", 1, 900, 3),
        ("ephemeral_storage", 512, 10_240, 512),
    ],
)
def test_settings_have_their_ranges_and_defaults(world, name, low, high, default):
    """FN-3. FN-4."""
    found = parameters(Function.__init__)[name]
    assert (found.limit.low, found.limit.high, found.default) == (low, high, default)
    for good in (low, high):
        Function(world, f"{name} {good}", **{name: good})
    for bad in (low - 1, high + 1):
        with pytest.raises(InvalidParameterValueException, match=f"{name} is {bad}"):
            Function(world, f"{name} {bad}", **{name: bad})
    assert set(parameters(Function.__init__)["architecture"].limit.choices) == {"x86_64", "arm64"}


def test_versions_never_change_and_an_alias_shares_out_by_weight(world):
    """FN-5."""
    function = coded(world, "def handler(event, context):\n    return 'one'\n")
    assert function.publish_version() == "1"
    function.update_function_code(package("def handler(event, context):\n    return 'two'\n"))
    assert function.publish_version() == "2"
    said = [call(world, function, qualifier=name).payload for name in ("1", "2", "$LATEST")]
    assert said == ["one", "two", "two"]
    function.create_alias("live", "1", routing_config={"2": 0.25})
    said = [call(world, function, qualifier="live").payload for _ in range(400)]
    assert 70 <= said.count("two") <= 130
    function.update_alias("live", "2")
    assert call(world, function, qualifier="live").executed_version == "2"
    with pytest.raises(
        ResourceNotFoundException, match=r"qualifier is '3', but must be one of \$LATEST, 1, 2, live"
    ):
        call(world, function, qualifier="3")
    with pytest.raises(InvalidParameterValueException, match="routing_config"):
        function.create_alias("new", "1", routing_config={"2": 1.5})


def test_new_code_is_in_new_environments_and_what_runs_goes_on(world):
    """FN-5."""
    function = plain(world, idle_lifetime=600)
    send(world, function, (0, 10), (1, 1), (8, 1))
    world.run(until=5)
    function.update_function_configuration(memory_size=3538)
    world.run(until=60)
    assert [(began, ended) for began, ended, _, _ in rows(function)] == [(0, 10.5), (1, 2.5), (8, 9.5)]
    assert [gone for _, _, gone in lives(function)] == [10.5, 5.0, inf]
    assert [version.memory_size for version in function.table.versions] == [1769, 3538]
    assert list(function.table.version) == [0, 0, 1]


def test_the_kind_of_a_call_decides_its_answer(world):
    """FN-6."""
    function = coded(world, "def handler(event, context):\n    compute(2)\n    return event\n")
    kinds = {"RequestResponse": (200, 2.5), "Event": (202, 2.5), "DryRun": (204, 2.5)}
    for kind, (code, now) in kinds.items():
        assert call(world, function, 7, invocation_type=kind).status_code == code
        assert world.now == now
    world.run(until=60)
    assert len(function.table.began) == 2


def test_it_runs_only_when_it_is_called(world):
    """FN-7."""
    function = plain(world)
    record = world.run(until=86_400)
    assert (rows(function), lives(function)) == ([], [])
    assert metrics(record, "resize", period=3600)[5].invocations == 0


# Environments


def test_a_cold_call_waits_for_init_and_the_next_finds_it_warm(world):
    """FN-8. FN-10."""
    function = plain(world)
    send(world, function, (1, 2), (5, 2))
    record = world.run(until=60)
    assert rows(function) == [(1, 3.5, 0, Ending.OK), (5, 7, 0, Ending.OK)]
    assert lives(function) == [(1, 1.5, inf)]
    assert list(record.requests.started) == [1.5, 5]
    assert [function.table.handler_began(row) for row in (0, 1)] == [1.5, 5]
    assert cold_starts(function.table) == 1
    assert [environments(function.table, time) for time in (0.5, 1, 2, 4)] == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
    ]


def test_init_that_takes_too_long_is_done_again_within_the_first_call(world):
    """FN-8."""
    function = plain(world, init_duration=12, timeout=20)
    send(world, function, (0, 3), (30, 3))
    world.run(until=60)
    assert rows(function) == [(0, 25, 0, Ending.OK), (30, 33, 0, Ending.OK)]
    assert lives(function) == [(0, 10, inf)]
    slow = plain(World(1), init_duration=18, timeout=20)
    send(slow.world, slow, (0, 3))
    slow.world.run(until=60)
    assert rows(slow) == [(0, 30, 0, Ending.TIMEOUT)]


def test_one_environment_serves_one_call_at_a_time(world):
    """FN-9."""
    function = plain(world)
    send(world, function, (0, 2), (1, 2), (3, 1), (3, 1), (3.5, 1))
    world.run(until=60)
    assert [(began, number) for began, _, number, _ in rows(function)] == [
        (0, 0),
        (1, 1),
        (3, 0),
        (3, 2),
        (3.5, 1),
    ]


def test_an_idle_environment_is_gone_after_its_lifetime_and_the_one_used_last_is_used_again(world):
    """FN-9."""
    function = plain(world, idle_lifetime=10)
    send(world, function, (0, 1), (0, 2), (5, 1), (15, 1), (26, 1))
    world.run(until=60)
    assert [number for _, _, number, _ in rows(function)] == [0, 1, 1, 1, 2]
    assert [gone for _, _, gone in lives(function)] == [11.5, 26, 37.5]


def test_globals_live_as_long_as_their_environment(world):
    """FN-9."""
    text = (
        "seen = []\ndef handler(event, context):\n    seen.append(event)\n    compute(2)\n    return seen\n"
    )
    function = coded(world, text, event=lambda number, path: number)
    send(world, function, (0, 0), (1, 0), (10, 0))
    world.run(until=60)
    assert [function.table.returned[row] for row in range(3)] == [[0], [1], [1, 2]]


@pytest.mark.parametrize("how", ["compute(61)", "import sys; sys.exit(1)", "compute(1, memory=2000)"])
def test_a_timeout_or_a_crash_resets_the_environment(world, how):
    """FN-12."""
    text = (
        f"n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    if event: {how}\n    return n\n"
    )
    function = coded(world, text)
    assert call(world, function, False).payload == 1
    assert call(world, function, True).function_error == "Unhandled"
    assert call(world, function, False).payload == 1
    assert cold_starts(function.table) == 2
    assert lives(function)[0][2] == rows(function)[1][1]


def test_an_error_of_the_handler_does_not_reset_it(world):
    """FN-12."""
    text = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n / event\n"
    function = coded(world, text)
    assert [call(world, function, event).payload for event in (1, 0, 1)][::2] == [1, 3]


def test_a_loop_without_end_is_the_timeout_of_the_function(world):
    """FN-4. FN-12."""
    loop = "while True:\n        try:\n            while True: pass\n        except: pass\n"
    text = f"def handler(event, context):\n    {loop}"
    function = coded(world, text, timeout=7)
    answer = call(world, function)
    assert answer.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "Task timed out after 7.00 seconds",
    }
    assert rows(function) == [(0, 7.5, 0, Ending.TIMEOUT)]
    assert coded(World(1), "while True: pass").world.run(until=1)


# Concurrency


def test_concurrency_is_rate_times_duration(world):
    """FN-14."""
    function = plain(world)
    send(world, function, *((number / 100, 0.5) for number in range(2000)))
    world.run(until=20)
    assert [running(function.table, time) for time in (10.001, 15.001)] == [50, 50]
    assert Account().concurrent_executions == 1000


def test_more_than_ten_calls_a_second_for_each_that_may_run_are_turned_away(world):
    """FN-14."""
    function = plain(world, account=Account(concurrent_executions=100), init_duration=0)
    send(world, function, *((number / 2000, 0.001) for number in range(3000)))
    world.run(until=20)
    assert len(rows(function)) == 2000
    assert set(function.table.why) == {Throttle.RATE}
    assert list(function.table.throttled)[:2] == [0.5, 0.5005]


def test_environments_are_made_at_a_thousand_in_ten_seconds(world):
    """FN-15."""
    function = plain(world, account=Account(concurrent_executions=5000))
    send(world, function, *((0, 100) for _ in range(1500)), *((5, 100) for _ in range(1500)), (65, 1))
    world.run(until=60)
    assert [sum(began == time for began, _, _, _ in rows(function)) for time in (0, 5)] == [1000, 500]


def test_reserved_concurrency_is_a_guarantee_and_a_ceiling(world):
    """FN-16. FN-18."""
    account = Account(concurrent_executions=110)
    mine = plain(world, "mine", account=account, reserved_concurrent_executions=10)
    rest = plain(world, "rest", account=account)
    send(world, rest, *((0, 100) for _ in range(120)), name="many")
    send(world, mine, *((1, 100) for _ in range(12)), name="few")
    world.run(until=10)
    assert [len(rows(one)) for one in (mine, rest)] == [10, 100]
    assert set(mine.table.why) == {Throttle.RESERVED}
    assert set(rest.table.why) == {Throttle.CONCURRENT}
    with pytest.raises(
        InvalidParameterValueException, match=r"must be at most 10, since 100 must stay unreserved"
    ):
        mine.put_function_concurrency(11)


def test_no_reserved_concurrency_is_off(world):
    """FN-16."""
    function = plain(world)
    function.put_function_concurrency(0)
    with pytest.raises(TooManyRequestsException, match="ReservedFunctionConcurrentInvocationLimitExceeded"):
        call(world, function)
    function.put_function_concurrency(None)
    assert call(world, function).status_code == 200


def test_provisioned_environments_are_ready_beforehand_and_what_is_more_goes_on_demand(world):
    """FN-17."""
    function = plain(world)
    function.publish_version()
    live = function.create_alias("live", "1")
    function.put_provisioned_concurrency_config("live", 2)
    send(world, live, *((10, 2) for _ in range(3)))
    world.run(until=1000)
    assert [(began, ended) for began, ended, _, _ in rows(function)] == [(10, 12), (10, 12), (10, 12.5)]
    assert lives(function) == [(0, 0.5, inf), (0, 0.5, inf), (10, 10.5, 612.5)]
    assert list(function.table.provisioned) == [1, 1, 0]
    assert changes(world, "resize", "ProvisionedConcurrency") == [(0, 2)]
    with pytest.raises(
        InvalidParameterValueException, match=r"qualifier is '\$LATEST', but must be a version"
    ):
        function.put_provisioned_concurrency_config("$LATEST", 2)
    function.put_function_concurrency(5)
    with pytest.raises(InvalidParameterValueException, match="must be at most 5"):
        function.put_provisioned_concurrency_config("1", 6)


def test_who_is_turned_away_gets_429_and_a_reason_and_must_try_again_itself(world):
    """FN-18."""
    function = plain(world, reserved_concurrent_executions=1)
    send(world, function, (0, 5), (1, 1))
    send(world, function, (2, 1), name="stubborn", max_attempts=5, retry_delay=1)
    record = world.run(until=60)
    requests = record.requests
    assert [Status(status).code for status in requests.status] == [200, 429, 429, 429, 429, 200]
    assert (requests.answered[1], requests.finished[1], requests.arrived[5]) == (1, inf, 9)
    assert [Throttle(why).code for why in Throttle] == [
        "ConcurrentInvocationLimitExceeded",
        "FunctionInvocationRateLimitExceeded",
        "ReservedFunctionConcurrentInvocationLimitExceeded",
        "ReservedFunctionInvocationRateLimitExceeded",
    ]


# Triggers


def test_a_topic_pushes_and_nobody_waits(world):
    """FN-19. SNS-27."""
    topic = Topic(world, "photos")
    function = coded(world, "def handler(event, context):\n    compute(3)\n    return event\n")
    topic.subscribe("lambda", function)
    world.run(until=1)
    topic.publish("hello", subject="a photo")
    world.run(until=20)
    (record,) = function.table.returned[0]["Records"]
    assert set(record) == {"EventVersion", "EventSubscriptionArn", "EventSource", "Sns"}
    assert (record["EventSource"], record["Sns"]["Message"], record["Sns"]["Subject"]) == (
        "aws:sns",
        "hello",
        "a photo",
    )
    assert {"SigningCertUrl", "UnsubscribeUrl"} <= set(record["Sns"])
    assert rows(function) == [(1, 4.5, 0, Ending.OK)]


def test_an_event_that_fails_is_tried_again_after_one_minute_and_after_two(world):
    """FN-20."""
    function = coded(world, "def handler(event, context):\n    compute(1)\n    return 1 / 0\n")
    events(world, function, 10)
    world.run(until=1000)
    assert [(began, ended) for began, ended, _, _ in rows(function)] == [
        (10, 11.5),
        (71.5, 72.5),
        (192.5, 193.5),
    ]
    table = function.table.events
    assert (list(table.attempts), list(table.ended), list(table.fate)) == ([3], [193.5], [EventFate.FAILED])


def test_fewer_attempts_and_an_age_can_be_asked_for(world):
    """FN-20."""
    found = parameters(Function.put_function_event_invoke_config)
    limits = {
        name: (found[name].limit.low, found[name].limit.high, found[name].default) for name in list(found)[:2]
    }
    assert limits == {
        "maximum_retry_attempts": (0, 2, 2),
        "maximum_event_age_in_seconds": (60, 21_600, 21_600),
    }
    once = plain(world, error_rate=1)
    once.put_function_event_invoke_config(maximum_retry_attempts=0)
    events(world, once, 0)
    young = plain(world, "young", error_rate=1)
    young.put_function_event_invoke_config(maximum_event_age_in_seconds=100)
    Senders(world, "other", traffic=Requests((0, 0)), to=young)
    world.run(until=1000)
    assert [list(one.table.events.fate) for one in (once, young)] == [[EventFate.FAILED], [EventFate.TOO_OLD]]
    assert [len(rows(one)) for one in (once, young)] == [1, 2]
    assert list(young.table.events.ended) == [100.0]


def test_an_event_that_is_turned_away_comes_again_later_and_later(world):
    """FN-20."""
    function = plain(world, reserved_concurrent_executions=0)
    events(world, function, 0)
    world.run(until=40_000)
    gaps = [after - before for before, after in pairwise(function.table.throttled)]
    assert gaps[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(gaps[9:]) == {300}
    assert list(function.table.events.fate) == [EventFate.TOO_OLD]
    assert list(function.table.events.ended) == [21_600]


def test_what_fails_for_good_goes_to_its_destination_and_to_the_dead_letters(world):
    """FN-20."""
    function = coded(world, "def handler(event, context):\n    return 1 / event['by']\n")
    failures, dead, good = (Queue(world, name) for name in ("failures", "dead", "good"))
    function.put_function_event_invoke_config(
        maximum_retry_attempts=1, on_failure=failures, dead_letter_target=dead, on_success=good
    )
    for by in (0, 1):
        call(world, function, {"by": by}, invocation_type="Event")
    world.run(until=200)
    failed = json.loads(world.do(failures.receive_message())[0].body)
    assert failed["requestContext"]["condition"] == "RetriesExhausted"
    assert failed["requestContext"]["approximateInvokeCount"] == 2
    assert (failed["requestPayload"], failed["responsePayload"]["errorType"]) == (
        {"by": 0},
        "ZeroDivisionError",
    )
    (letter,) = world.do(dead.receive_message())
    assert json.loads(letter.body) == {"by": 0}
    assert letter.message_attributes["ErrorMessage"]["StringValue"] == "division by zero"
    assert json.loads(world.do(good.receive_message())[0].body)["responsePayload"] == 1.0


def mapped(world, text=None, *, sent=(), queue=None, timeout=60, **more):
    """(function, queue, mapping): messages are sent at these moments."""
    queue = queue or Queue(world, "orders", visibility_timeout=60)
    function = plain(world, timeout=timeout) if text is None else coded(world, text, timeout=timeout)
    mapping = EventSourceMapping(function, queue, **more)
    Senders(world, "shop", traffic=Requests(*((time, 0) for time in sent)), to=queue)
    return function, queue, mapping


def test_a_mapping_takes_what_is_there_in_batches_and_deletes_what_went_well(world):
    """FN-21. SQS-25."""
    function, queue, _ = mapped(world, sent=[1] * 12, mean_work=1)
    world.run(until=30)
    assert parameters(EventSourceMapping.__init__)["batch_size"].default == 10
    assert [(began, ended) for began, ended, _, _ in rows(function)] == [(1, 11.5), (1, 3.5)]
    assert counts(queue.table, 30).deleted == 12


def test_versions_behind_an_alias_are_drawn_in_order_of_time_whoever_calls():
    """FN-5. Each other call of these is a message's: the same versions as where all of them are requests."""
    moments, drawn = range(10, 90), []
    for sent in (moments[::2], ()):
        world = World(1)
        function, queue = plain(world), Queue(world, "orders", visibility_timeout=60)
        function.publish_version()
        function.update_function_configuration(timeout=50)
        function.publish_version()
        live = function.create_alias("live", "1", routing_config={"2": 0.5})
        EventSourceMapping(function, queue, qualifier="live", batch_size=1, mean_work=0.1)
        Senders(world, "shop", traffic=Requests(*((time, 0) for time in sent)), to=queue)
        send(world, live, *((time, 0.1) for time in moments if time not in sent))
        world.run(until=100)
        table = function.table
        drawn.append([table.version[environment] for environment in table.environment])
        assert len(set(table.origin)) == 1 + bool(sent) and list(table.began) == sorted(table.began)
    assert drawn[0] == drawn[1] and len(drawn[0]) == 80 and len(set(drawn[0])) == 2


def test_a_batch_has_its_limits(world):
    """FN-21."""
    queue, fifo = (
        Queue(world, "orders", visibility_timeout=60),
        FifoQueue(world, "orders.fifo", visibility_timeout=60),
    )
    function = plain(world)
    for bad in (0, 10_001):
        with pytest.raises(InvalidParameterValueException, match=f"batch_size is {bad}"):
            EventSourceMapping(function, queue, batch_size=bad, maximum_batching_window_in_seconds=1)
    with pytest.raises(InvalidParameterValueException, match="more than 10 need maximum_batching_window"):
        EventSourceMapping(function, queue, batch_size=11)
    with pytest.raises(InvalidParameterValueException, match="a FIFO queue has batches of at most 10"):
        EventSourceMapping(function, fifo, batch_size=11, maximum_batching_window_in_seconds=1)
    with pytest.raises(InvalidParameterValueException, match="a FIFO queue has batches of at most 10"):
        EventSourceMapping(function, fifo, maximum_batching_window_in_seconds=1)
    with pytest.raises(InvalidParameterValueException, match="maximum_batching_window_in_seconds is 301"):
        EventSourceMapping(function, queue, maximum_batching_window_in_seconds=301)
    EventSourceMapping(function, queue, batch_size=10_000, maximum_batching_window_in_seconds=300)


def test_a_batch_waits_for_its_window_or_until_it_is_full(world):
    """FN-21."""
    function, queue, _ = mapped(
        world,
        sent=[1, 2, 4, 20, 20, 20, 20, 20],
        batch_size=5,
        maximum_batching_window_in_seconds=5,
        maximum_concurrency=2,
        mean_work=0.1,
    )
    world.run(until=60)
    assert [began for began, _, _, _ in rows(function)] == [6, 7, 20]
    assert counts(queue.table, 60).deleted == 8


def test_the_event_of_a_batch_holds_its_messages(world):
    """SQS-26."""
    function, queue, _ = mapped(world, "def handler(event, context):\n    return event\n")
    queue.send_message("print 7", message_attributes={"size": {"DataType": "String", "StringValue": "A4"}})
    world.run(until=10)
    (record,) = function.table.returned[0]["Records"]
    assert record["body"] == "print 7"
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert (record["eventSource"], record["attributes"]["ApproximateReceiveCount"]) == ("aws:sqs", "1")
    assert all(isinstance(value, str) for value in record["attributes"].values())


def test_a_batch_that_fails_comes_back_as_a_whole(world):
    """FN-22."""
    function, queue, _ = mapped(world, timeout=10, fails=["poison"], mean_work=0.1)
    Senders(world, "other", traffic=Classes(("good", "poison", "good", "good", "good")), to=queue)
    world.run(until=50)
    assert counts(queue.table, 50).in_flight == 5
    world.run(until=61)
    assert len(rows(function)) == 2


class Classes:
    """One message of each of these classes at 0 s."""

    duration = inf

    def __init__(self, classes):
        self.paths, self.classes = tuple(dict.fromkeys(classes)), classes

    def chunks(self, dice, regular=False):
        """All of them at once."""
        yield inf, [0.0] * len(self.classes), [self.paths.index(one) for one in self.classes], None


PARTIAL = """
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if r["body"] in ("id2", "id4")]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


@pytest.mark.parametrize(
    ("text", "types", "left"),
    [
        (PARTIAL, ["ReportBatchItemFailures"], {"id2", "id4"}),
        (PARTIAL, [], set()),
        ("def handler(e, c): return None", ["ReportBatchItemFailures"], set()),
        ("def handler(e, c): return {'batchItemFailures': []}", ["ReportBatchItemFailures"], set()),
        ("def handler(e, c): return {'batchItemFailures': None}", ["ReportBatchItemFailures"], set()),
        (
            "def handler(e, c): return {'batchItemFailures': [{'itemIdentifier': 'who'}]}",
            ["ReportBatchItemFailures"],
            {"id1", "id2", "id3", "id4", "id5"},
        ),
        (
            "def handler(e, c): return {'batchItemFailures': [{'itemIdentifier': ''}]}",
            ["ReportBatchItemFailures"],
            {"id1", "id2", "id3", "id4", "id5"},
        ),
    ],
)
def test_a_partial_response_brings_back_only_what_it_names(world, text, types, left):
    """FN-22. EX-11."""
    queue = Queue(world, "orders", visibility_timeout=60)
    for number in range(1, 6):
        queue.send_message(f"id{number}")
    _, queue, _ = mapped(world, text, queue=queue, function_response_types=types)
    world.run(until=61)
    world.run(until=70)
    again = {
        queue.content(row).body
        for row, count in zip(queue.table.message, queue.table.count, strict=True)
        if count == 2
    }
    assert again == left


def test_a_fifo_batch_stops_at_its_first_failure(world):
    """FN-22."""
    queue = FifoQueue(world, "orders.fifo", visibility_timeout=60, content_based_deduplication=True)
    for number in range(1, 6):
        queue.send_message(f"id{number}", message_group_id="a")
    text = PARTIAL.replace('("id2", "id4")', '("id3",)')
    mapped(world, text, queue=queue, function_response_types=["ReportBatchItemFailures"])
    world.run(until=50)
    assert [Fate(fate) for fate in queue.table.fate] == [Fate.DELETED] * 2 + [Fate.FAILED] * 3


def test_a_queue_must_hide_a_message_at_least_as_long_as_the_function_may_run(world):
    """FN-23."""
    function, queue = plain(world, timeout=61), Queue(world, "orders", visibility_timeout=60)
    with pytest.raises(
        InvalidParameterValueException, match="at least the function's timeout of 61 s, six times"
    ):
        EventSourceMapping(function, queue)


def test_pollers_become_more_while_messages_wait(world):
    """FN-24. EX-12."""
    _, _, mapping = mapped(
        world,
        sent=[0] * 20_000,
        timeout=60,
        batch_size=1,
        mean_work=59,
        queue=Queue(world, "q", visibility_timeout=900),
    )
    seen = []
    for minute in range(6):
        world.run(until=60 * minute + 1)
        seen.append(mapping.polling)
    assert seen == [5, 305, 605, 905, 1205, 1250]


def test_pollers_become_as_few_as_two_and_a_maximum_holds(world):
    """FN-24."""
    function, _, mapping = mapped(world, sent=[0] * 300, batch_size=1, mean_work=10, maximum_concurrency=20)
    world.run(until=100)
    assert (mapping.polling, most_at_once(function.table)) == (20, 20)
    world.run(until=1000)
    assert mapping.polling == 2
    for bad in (1, 1001):
        with pytest.raises(InvalidParameterValueException, match=f"maximum_concurrency is {bad}"):
            EventSourceMapping(
                function, Queue(world, f"q{bad}", visibility_timeout=60), maximum_concurrency=bad
            )


def test_a_batch_that_is_turned_away_comes_back_when_its_timeout_is_over(world):
    """FN-22."""
    function, queue, _ = mapped(world, sent=[1], mean_work=1)
    function.put_function_concurrency(0)
    world.run(until=30)
    assert (counts(queue.table, 30).in_flight, len(function.table.throttled)) == (1, 1)
    function.put_function_concurrency(None)
    world.run(until=100)
    assert [began for began, _, _, _ in rows(function)] == [61]


# Runtimes


def test_a_runtime_has_a_name_and_a_last_day(world):
    """FN-26. FN-27."""
    assert (runtime("nodejs24.x").until.isoformat(), runtime("python3.13").until.isoformat()) == (
        "2028-04-30",
        "2029-06-30",
    )
    assert runtime("java11").language == "Java, Kotlin"
    with pytest.raises(
        InvalidParameterValueException, match="'python3.9', whose support ended on 2025-12-15"
    ):
        Function(world, "old", runtime="python3.9")
    with pytest.raises(InvalidParameterValueException, match="'go1.x', whose support has ended"):
        Function(world, "older", runtime="go1.x")
    with pytest.raises(
        InvalidParameterValueException, match="runtime is 'cobol', but must be one of nodejs24.x"
    ):
        Function(world, "odd", runtime="cobol")
    with pytest.raises(InvalidParameterValueException, match="must be one of Python where there is code"):
        Function(world, "node", runtime="nodejs24.x", code=package("x = 1"))


# Logs


def test_the_log_has_its_lines_in_order(world):
    """FN-34. FN-35. FN-36."""
    function = coded(world, "def handler(event, context):\n    print('hi')\n    compute(0.0123456)\n")
    call(world, function)
    call(world, function)
    lines = log_lines(world.record, "resize")
    assert lines[0] == "INIT_START Runtime Version: python:3.13.v1\tRuntime Version ARN: arn:sample"
    assert lines[1:4] == [
        "START RequestId: resize-00000001 Version: $LATEST",
        "hi",
        "END RequestId: resize-00000001",
    ]
    report = "REPORT RequestId: resize-0000000{}\tDuration: 12.35 ms\tBilled Duration: {} ms\tMemory Size: 1769 MB\t"
    assert lines[4] == report.format(1, 513) + "Max Memory Used: 40 MB\tInit Duration: 500.00 ms"
    assert lines[-1] == report.format(2, 13) + "Max Memory Used: 40 MB"


def test_the_bill_and_the_log_count_the_init_of_a_kept_environment_once(world):
    """FN-36."""
    function = coded(world, "def handler(event, context):\n    compute(0.1)\n")
    function.publish_version()
    function.put_provisioned_concurrency_config("1", 1)
    world.run(until=10)
    for _ in range(2):
        call(world, function, qualifier="1")
    reports = [line for line in log_lines(world.record, "resize") if line.startswith("REPORT")]
    billed = [line.split("Billed Duration: ")[1].split(" ms")[0] for line in reports]
    assert billed == ["600", "100"]
    used = function_counts(world.record)
    assert float(used["lambda-on-provisioned"]) == pytest.approx(0.7 * 1769 / 1024)


def test_the_log_tells_a_timeout_and_a_crash_in_the_report(world):
    """FN-37."""
    function = coded(world, "def handler(event, context):\n    compute(1, memory=event)\n    wait(90)\n")
    call(world, function, 0)
    call(world, function, 3000)
    reports = [line for line in log_lines(world.record, "resize") if line.startswith("REPORT")]
    assert reports[0].endswith("\tStatus: timeout")
    assert reports[1].endswith("\tStatus: error\tError Type: Runtime.OutOfMemory")
    assert "Max Memory Used: 1769 MB" in reports[1]


def test_the_log_can_be_json(world):
    """FN-39."""
    function = coded(world, "def handler(event, context):\n    compute(0.25)\n")
    call(world, function)
    kinds = [json.loads(line) for line in log_lines(world.record, "resize", log_format="JSON")]
    assert [one["type"] for one in kinds] == ["platform.initStart", "platform.start", "platform.report"]
    assert kinds[-1]["record"]["metrics"] == {
        "durationMs": 250.0,
        "billedDurationMs": 750,
        "memorySizeMB": 1769,
        "maxMemoryUsedMB": 40,
        "initDurationMs": 500.0,
    }
    assert kinds[-1]["record"]["status"] == "success"


# Bad input leaves all as it was


def test_a_bad_call_changes_nothing(world):
    function = plain(world)
    before = world.record.fingerprint()
    for payload in (object(), {1, 2}, float("nan"), {"a": float("inf")}):
        with pytest.raises(InvalidRequestContentException, match="payload is"):
            call(world, function, payload)
    for bad in (
        lambda: function.put_function_concurrency(901),
        lambda: function.update_function_configuration(memory_size=127),
        lambda: function.update_function_code(b"no zip"),
        lambda: function.put_provisioned_concurrency_config("7", 1),
        lambda: function.create_alias("live", "7"),
        lambda: function.put_function_event_invoke_config(on_failure="queue"),
        lambda: EventSourceMapping(function, "queue"),
        lambda: EventSourceMapping(function, Queue(World(1), "other", visibility_timeout=60)),
    ):
        with pytest.raises(InvalidParameter):
            bad()
    assert world.record.fingerprint() == before


def test_messages_may_not_go_in_a_circle(world):
    queue = Queue(world, "orders", visibility_timeout=60)
    function = plain(world)
    EventSourceMapping(function, queue)
    with pytest.raises(InvalidParameter, match="would close a circle"):
        function.put_function_event_invoke_config(on_failure=queue)


HOLDS = {
    "time": ("compute(100)", "Sandbox.Timedout"),
    "memory": ("wait(1, memory=9999)", "Runtime.OutOfMemory"),
    "steps": ("while True: pass", "Sandbox.Timedout"),
}


@pytest.mark.parametrize("what", HOLDS)
@pytest.mark.parametrize("then", ["return 'fine'", "raise ValueError", "compute(0); return 'fine'"])
def test_a_handler_that_holds_every_error_ends_all_the_same(world, what, then):
    act, kind = HOLDS[what]
    text = (
        f"def handler(event, context):\n    try:\n        {act}\n    except BaseException:\n        {then}\n"
    )
    answer = call(world, coded(world, text), {})
    assert (answer.function_error, answer.payload["errorType"]) == ("Unhandled", kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("class E(Exception):\n    def __str__(self): raise SystemExit", "E"),
        ("class E(Exception):\n    def __str__(self):\n        while True: pass", "E"),
        (
            "class M(type):\n    __name__ = property(lambda one: 1 / 0)\nclass E(Exception, metaclass=M): pass",
            "E",
        ),
    ],
)
def test_an_error_may_do_anything_when_it_is_asked_what_it_is(world, text, kind):
    answer = call(world, coded(world, f"{text}\ndef handler(event, context): raise E\n"))
    assert answer.payload == {"errorType": kind, "errorMessage": ""}


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("raise KeyError", "Runtime.MarshalError"),
        ("compute(100)", "Sandbox.Timedout"),
        ("while True: pass", "Sandbox.Timedout"),
    ],
)
def test_what_a_handler_returns_is_made_json_within_its_time(world, act, kind):
    text = (
        f"class D(dict):\n    def items(self):\n        {act}\ndef handler(event, context): return D(a=1)\n"
    )
    assert call(world, coded(world, text)).payload["errorType"] == kind


@pytest.mark.filterwarnings("error")
def test_a_handler_that_is_async_returns_no_json(world):
    answer = call(world, coded(world, "async def handler(event, context): pass\n"))
    assert answer.payload["errorType"] == "Runtime.MarshalError"


def test_a_file_may_begin_with_a_mark_of_its_coding(world):
    assert call(world, coded(world, "\ufeffdef handler(event, context): return 1\n")).payload == 1


def test_what_a_program_prints_is_kept_up_to_a_limit():
    program = Program({})
    program.run(lambda: [print("x" * 999) for _ in range(9)])
    assert program.printed == (("x" * 999 + "\n") * 9)[:PRINTED]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_damaged_package_is_told_however_it_is_packed(packing):
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", packing) as opened_:
        opened_.writestr("app.py", "def handler(event, context): return 1\n" * 5)
    good = bundle.getvalue()
    told = 0
    for place in range(36, len(good)):
        try:
            opened(good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :])
        except InvalidParameter as error:
            told += str(error).startswith("code ")
    assert told > 20


@pytest.mark.parametrize("code", [{"a" * 70_000 + ".py": "x"}, Path("a\0b")])
def test_a_path_that_no_package_has_is_told(code):
    with pytest.raises(InvalidParameterValueException, match=r"code (holds|is) the path "):
        package(code)


@pytest.mark.parametrize("qualifier", ["²", "9" * 5000, "01"])
def test_a_qualifier_that_only_looks_like_a_number_is_none(world, qualifier):
    function = coded(world, "def handler(event, context): pass\n")
    function.publish_version()
    with pytest.raises(ResourceNotFoundException, match=r"must be one of \$LATEST, 1\.$"):
        function.invoke(qualifier=qualifier)


def test_a_share_or_an_event_may_be_as_odd_as_it_likes(world):
    class Odd(dict):
        def items(self):
            raise KeyError

    function = coded(world, "def handler(event, context): pass\n")
    function.publish_version()
    function.publish_version()
    with pytest.raises(InvalidParameterValueException, match="routing_config is"):
        function.create_alias("live", "1", routing_config={"2": 10**400})
    with pytest.raises(InvalidRequestContentException, match="plain values of JSON"):
        function.invoke(Odd(a=1))


def test_an_account_is_of_one_world(world):
    account = Account()
    Function(world, "one", account=account)
    other = World(2)
    with pytest.raises(InvalidParameterValueException, match=r"^account has functions of another world, but"):
        Function(other, "two", account=account)
    assert not other.record.parts and len(account.functions) == 1


def test_a_second_mapping_of_a_queue_changes_nothing(world):
    queue, function = Queue(world, "orders", visibility_timeout=60), plain(world)
    EventSourceMapping(function, queue, batch_size=5)
    before = world.record.fingerprint()
    with pytest.raises(ResourceConflictException, match=r"^queue is 'orders', but resize has a mapping"):
        EventSourceMapping(function, queue, batch_size=6)
    with pytest.raises(InvalidParameterValueException, match=r"^fails is \(5,\), but must be"):
        EventSourceMapping(function, queue, fails=(5,))
    assert world.record.fingerprint() == before


def test_a_circle_is_refused_before_any_destination_is_wired(world):
    queue, free = Queue(world, "orders", visibility_timeout=60), Queue(world, "free")
    function = plain(world)
    EventSourceMapping(function, queue)
    with pytest.raises(InvalidParameterValueException, match="on_failure is 'orders', from which"):
        function.put_function_event_invoke_config(on_success=free, on_failure=queue)
    assert (function.part, free.part) not in world.record.links
