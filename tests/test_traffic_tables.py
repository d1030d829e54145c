"""Tables of counts as people export them: the words of the head count, and nothing is guessed in silence."""

from datetime import UTC, datetime

import pytest
from test_traffic_files import fault, replay, table

from cloudlab.traffic import from_csv

TEN = datetime(2026, 11, 2, 10, tzinfo=UTC)
T, U = "2026-11-02 10:00", "2026-11-02 10:05"


def counted(tmp_path, text, **options):
    """(start, s of an interval, requests in all) of a table with this text."""
    traffic = from_csv(table(tmp_path, text), **options)
    return traffic.start, traffic.interval / 1e6, traffic.count(0, traffic.duration)


def cloudwatch(*rows, statistic="Sum", period="300", unit="Count", metric="RequestCount"):
    """What CloudWatch's console exports."""
    head = ("Full label", f"ELB {metric}"), ("Label", metric), ("Statistic", statistic), ("Period", period)
    return "".join(f"{name},{cell}\n" for name, cell in (*head, ("Unit", unit), *rows))


# Intervals


@pytest.mark.parametrize(
    ("minutes", "options", "interval"),
    [
        ((0, 5, 10, 20, 40), {}, 300),
        ((0, 10, 20, 35), {"interval": 300}, 300),
        ((0, 30, 90), {}, 1800),
        ((0, 60, 240, 1440), {}, 3600),
    ],
)
def test_an_interval_is_the_smallest_distance_that_divides_the_others(tmp_path, minutes, options, interval):
    rows = "".join(f"2026-11-02T{m // 60:02}:{m % 60:02}Z,6\n" for m in minutes if m < 1440)
    rows += "2026-11-03T00:00Z,6\n" if 1440 in minutes else ""
    traffic = from_csv(table(tmp_path, f"Time,Requests\n{rows}"), **options)
    assert traffic.interval == interval * 1_000_000
    assert traffic.rate(0) == 6 / interval


def test_the_period_of_the_head_is_the_interval(tmp_path):
    rows = (("2026/11/02 10:00:00", 6), ("2026/11/02 10:10:00", 6), ("2026/11/02 10:25:00", 6))
    traffic = from_csv(table(tmp_path, cloudwatch(*rows, period="60")))
    assert (traffic.interval, traffic.duration, traffic.count(0, 60)) == (60_000_000, 1560.0, 6)
    assert traffic.notes[0].startswith("Intervals without a row: 23 ")


def test_a_period_that_is_longer_than_the_rows_lie_apart_is_none(tmp_path):
    rows = (("2026/11/02 10:00:00", 6), ("2026/11/02 10:01:00", 6))
    assert from_csv(table(tmp_path, cloudwatch(*rows, period="300"))).interval == 60_000_000


def test_an_interval_that_could_be_more_than_one_is_asked_for(tmp_path):
    path = table(tmp_path, "Time,Requests\n2026-11-02 10:00,6\n2026-11-02 10:10,6\n2026-11-02 10:25,6\n")
    assert fault(path, from_csv) == (
        "interval is not given, but the distances between rows do not tell it: 600 s, 900 s; it must be the seconds "
        "that each row counts."
    )


# The words of the head


@pytest.mark.parametrize(
    ("statistic", "unit", "metric", "words"),
    [
        ("Average", "Count", "RequestCount", "the statistic Average counts no requests; take Sum"),
        ("p99", "Count", "RequestCount", "the statistic p99 counts no requests; take Sum"),
        ("Maximum", "Count", "RequestCount", "the statistic Maximum counts"),
        ("Average", "Percent", "CPUUtilization", "column 2 is called 'ELB CPUUtilization CPUUtilization': "),
        ("Sum", "Bytes", "ProcessedThings", "the unit Bytes counts no requests"),
        ("Sum", "Count", "RequestCountPerTarget", "'per target' counts no requests"),
    ],
)
def test_what_counts_no_requests_is_refused_by_its_head(tmp_path, statistic, unit, metric, words):
    rows = (("2026/11/02 10:00:00", 6), ("2026/11/02 10:05:00", 6))
    path = table(tmp_path, cloudwatch(*rows, statistic=statistic, unit=unit, metric=metric))
    assert words in fault(path, from_csv)
    assert words in fault(path, from_csv, count_column=2)


@pytest.mark.parametrize(
    "name",
    [
        "p95 latency ms", "TargetResponseTime", "response time", "CPU %", "Utilization", "RequestCount (Average)",
        "avg(requests)", "mean", "max", "Bytes", "duration", "request rate", "memory_mb", "error ratio",
        "max requests/s", "ActiveConnectionCount", "HealthyHostCount", "ConsumedLCUs", "queue depth",
    ],
)  # fmt: skip
def test_a_lone_column_is_no_count_if_its_name_says_so(tmp_path, name):
    path = table(tmp_path, f"Time,{name}\n{T},60\n{U},30\n")
    assert "count_column must be a column of counts, but column 2 is called " in fault(path, from_csv)


def test_a_column_of_counts_is_found_beside_others(tmp_path):
    text = f"Time,p95 latency ms,calls\n{T},120,60\n{U},125,30\n"
    assert counted(tmp_path, text) == (TEN, 300, 90)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("Requests/s", 300), ("req/sec", 300), ("RequestsPerSecond", 300), ("requests_per_second", 300), ("rps", 300),
        ("Requests/min", 5), ("requests per minute", 5), ("Requests/h", 1 / 12), ("rate(http_requests[5m])", 300),
        ("avg requests/s", 300), ("mean rate (req/min)", 5),
        ("requests per 10 s", 30), ("Requests", 1), ("RequestCount (Sum)", 1), ("Requests (5 min)", 1),
    ],
)  # fmt: skip
def test_a_rate_becomes_a_count(tmp_path, name, factor):
    traffic = from_csv(table(tmp_path, f"Time,{name}\n{T},60\n{U},30\n"))
    assert traffic.count(0, 600) == pytest.approx(90 * factor)
    assert bool(traffic.notes) == (factor != 1)


@pytest.mark.parametrize(
    ("name", "factor"), [("Requests (k)", 1000), ("thousand requests", 1000), ("Mio", 1e6)]
)
def test_thousands_are_counted_one_by_one(tmp_path, name, factor):
    traffic = from_csv(table(tmp_path, f"Time,{name}\n{T},6\n{U},3\n"))
    assert traffic.count(0, 600) == 9 * factor
    assert "each value counts" in traffic.notes[0]


def test_a_unit_in_the_head_makes_a_rate_too(tmp_path):
    rows = (("2026/11/02 10:00:00", 6), ("2026/11/02 10:05:00", 6))
    for statistic in ("Sum", "Average"):
        assert counted(tmp_path, cloudwatch(*rows, unit="Count/Second", statistic=statistic))[2] == 3600
    path = table(tmp_path, cloudwatch(*rows, unit="Count/Second", statistic="Maximum"))
    assert "the statistic maximum counts no requests" in fault(path, from_csv)


def test_of_two_columns_of_one_name_one_is_asked_for(tmp_path):
    path = table(tmp_path, f"Time,RequestCount,RequestCount\n{T},60,1\n{U},30,2\n")
    cure = "2 columns are called so: name one by its number, 2 or 3."
    assert fault(path, from_csv) == f"count_column is not given, but {cure}"
    assert fault(path, from_csv, count_column="requestcount") == f"count_column is 'requestcount', but {cure}"
    assert from_csv(path, count_column=3).count(0, 600) == 3
    assert "count_column is 4, but must be one of" in fault(path, from_csv, count_column=4)
    assert "time_column is not given, but 2 col" in fault(
        table(tmp_path, f"Time,Time,n\n{T},{T},1\n{U},{U},2\n"), from_csv
    )


# Numbers as other countries write them


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        ('"1,234"', "987", 2221),
        ('"1,234,567"', "1", 1_234_568),
        ('"1,234.5"', "0.5", 1235),
        ("60.0", "30.0", 90),
        ("1e3", "1", 1001),
        ('"12,34,567"', "1", 1_234_568),
        ("1 234", "1'234", 2468),
        ("1\u00a0234", "1\u202f234", 2468),
        ("0.250", "0.750", 1),
        ("1.234", "1500", 1501.234),
    ],
)
def test_marks_in_a_table_with_commas(tmp_path, first, second, total):
    assert counted(tmp_path, f"Time,Requests\n{T},{first}\n{U},{second}\n")[2] == pytest.approx(total)


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        ("1.234,5", "987", 2221.5),
        ("1.234.567", "1", 1_234_568),
        ("60,0", "30,5", 90.5),
        ("1.234", "2,5", 1236.5),
    ],
)
def test_marks_in_a_table_with_semicolons(tmp_path, first, second, total):
    assert counted(tmp_path, f"Time;Requests\n{T};{first}\n{U};{second}\n")[2] == pytest.approx(total)


def test_a_number_that_can_be_read_in_two_ways_is_asked_for(tmp_path):
    path = table(tmp_path, f"Time;Requests\n{T};1.234\n{U};987\n")
    assert fault(path, from_csv) == (
        "decimal_mark is not given, but '1.234' (line 2) can be 1234 or 1.234: it must be '.' or ','."
    )
    assert from_csv(path, decimal_mark=",").count(0, 600) == 2221
    assert from_csv(path, decimal_mark=".").count(0, 600) == pytest.approx(988.234)


def test_a_mark_in_the_wrong_place_and_a_number_without_quotes_are_told(tmp_path):
    assert "line 3 of it has '12,34.5'" in fault(
        table(tmp_path, f'Time,n\n{T},"1,234.5"\n{U},"12,34.5"\n'), from_csv
    )
    assert "line 2 of it has 3 cells under a head of 2" in fault(
        table(tmp_path, f"Time,n\n{T},1,234\n{U},9\n"), from_csv
    )


# Times


@pytest.mark.parametrize(
    "text",
    [
        "time,value\n1793613600000000000,60\n1793613900000000000,30\n",
        "value,time\n60,1793613600000000000\n30,1793613900000000000\n",
        "time,value\n1793613600000000,60\n1793613900000000,30\n",
        "Date,Requests\n46328.4166666667,60\n46328.4201388889,30\n",
        "Datum;Anfragen\n46328,4166666667;60\n46328,4201388889;30\n",
        "Time,Requests\n46328.4166666667,60\n46328.4201388889,30\n",
        "Date,Time,Requests\n46328,0.4166666667,60\n46328,0.4201388889,30\n",
        "Time;Date;Requests\n0,4166666667;46328;60\n0,4201388889;46328;30\n",
        "Date,Time,Requests\n2026-11-02,10:00,60\n2026-11-02,10:05,30\n",
        "Time,Date,Requests\n10:00:00,2026/11/02,60\n10:05:00,2026/11/02,30\n",
        "Date,Clock,Requests\n2026-11-02,10:00 AM,60\n2026-11-02,10:05 AM,30\n",
    ],
)
def test_moments_of_many_forms_say_the_same(tmp_path, text):
    assert counted(tmp_path, text) == (TEN, 300, 90)


def test_a_date_and_an_hour_go_together(tmp_path):
    rows = "".join(f"2026-11-0{2 + hour // 24},{hour % 24},{hour}\n" for hour in range(72))
    traffic = from_csv(table(tmp_path, f"Date,Hour,Requests\n{rows}"))
    assert (traffic.interval, traffic.duration, traffic.notes) == (3_600_000_000, 3 * 86_400, ())
    assert traffic.count(0, 86_400) == sum(range(24))


def test_afternoon_is_twelve_hours_later_and_midnight_is_none(tmp_path):
    text = "Date,Time,n\n2026-11-02,12:00 AM,1\n2026-11-02,12:00 PM,2\n"
    assert counted(tmp_path, text) == (datetime(2026, 11, 2, tzinfo=UTC), 43_200, 3)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Hour", 3600),
        ("hours", 3600),
        ("time (h)", 3600),
        ("Minute", 60),
        ("second", 1),
        ("time", 1),
        ("t_ms", 1e-3),
    ],
)
def test_plain_numbers_have_the_unit_of_their_head(tmp_path, name, unit):
    path = table(tmp_path, f"{name},Requests\n" + "".join(f"{n},5\n" for n in range(24)))
    assert from_csv(path).interval == unit * 1e6


def test_the_unit_of_plain_numbers_is_asked_for_where_nobody_tells_it(tmp_path):
    for text in ("0,60\n300,30\n", "x,n\n0,60\n300,30\n", "time,n\n46328,60\n46329,30\n"):
        assert fault(table(tmp_path, text), from_csv).startswith(
            "time_unit is not given, but the times are plain"
        )
    assert counted(tmp_path, "0,60\n5,30\n", time_unit="min")[1] == 300
    assert counted(tmp_path, "time,n\n46328,60\n46329,30\n", time_unit="excel")[:2] == (
        TEN.replace(hour=0),
        86_400,
    )


def test_a_clock_as_a_part_of_a_day_is_no_second(tmp_path):
    path = table(tmp_path, "Time,n\n0,60\n0.0034722222,30\n")
    assert "such as 0 and 0.003472: it must be one of" in fault(path, from_csv)
    assert from_csv(path, time_unit="day").interval == pytest.approx(300e6)


def test_one_row_with_a_period_is_a_traffic(tmp_path):
    assert counted(tmp_path, cloudwatch(("2026/11/02 10:00:00", 6))) == (TEN, 300, 6)
    assert counted(tmp_path, f"Time,n\n{T},6\n", interval=60) == (TEN, 60, 6)


@pytest.mark.parametrize("date", ("11/02/2026", "2.11.2026", "02/11/26"))
def test_dates_whose_day_and_month_could_be_taken_for_each_other_are_named(tmp_path, date):
    sentence = fault(table(tmp_path, f"time,count\n{date} 10:00,1\n{date} 10:05,1\n"), from_csv)
    assert (
        f"no row of it has a time such as 2026-11-02 10:00 and a count beside it; write '{date}' so, "
        in sentence
    )


def test_what_the_command_line_of_aws_writes_as_text_is_read(tmp_path):
    rows = "DATAPOINTS\t30.0\t2026-11-02T10:05:00+00:00\tCount\nDATAPOINTS\t60.0\t2026-11-02T10:00:00+00:00\tCount\n"
    assert counted(tmp_path, f"RequestCount\n{rows}") == (TEN, 300, 90)


def test_a_row_of_another_year_is_named_and_left_out(tmp_path):
    rows = "".join(f"2026-11-02 10:{minute:02},1\n" for minute in range(10))
    traffic = from_csv(table(tmp_path, f"time,n\n{rows}2062-11-02 10:10,1\n"))
    assert (traffic.duration, traffic.count(0, 600)) == (600.0, 10)
    assert traffic.notes == (
        "1 row lies far from all others and is left out: 2062-11-02 10:10:00 (line 12).",
    )


def test_months_are_no_strays(tmp_path):
    rows = "".join(f"2026-{month:02}-01,{month}\n" for month in range(1, 13))
    traffic = from_csv(table(tmp_path, f"date,n\n{rows}"))
    assert len(replay(traffic)[0]) == 78


# Words and cells that mean something else than they seem to


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("Anfragen pro Sekunde", 1),
        ("Anfragen/Min.", 60),
        ("Requêtes par heure", 3600),
        ("Requests (rps)", 1),
        ("Requests s-1", 1),
        ("rate(http_requests_total[5m]) * 60", 60),
        ("increase(http_requests_total[5m])", 300),
    ],
)
def test_a_rate_becomes_a_count_in_whatever_words(tmp_path, name, seconds):
    traffic = from_csv(table(tmp_path, f"Time,{name}\n{T},20\n{U},25\n"))
    assert traffic.count(0, 600) == pytest.approx(45 * 300 / seconds)
    assert "is a rate" in traffic.notes[0]


@pytest.mark.parametrize(
    "name", ["kRequests", "k req/5 min", "Requests (000s)", "Requests x1000", "in 1,000"]
)
def test_thousands_are_known_by_their_other_names(tmp_path, name):
    text = f'Time,"{name}"\n{T},6\n{U},3\n'
    assert from_csv(table(tmp_path, text)).count(0, 600) == 9000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Antwortzeit", "'antwortzeit'"),
        ("Auslastung", "'auslastung'"),
        ("CPUUtilization", "'cpu'"),
        ("Durchschnitt", "'durchschnitt'"),
        ("Mbit/s", "'mbit'"),
        ("Requests per instance", "'per instance'"),
        ("Requests/month", "'/month'"),
        ("Throughput", "a rate is no count"),
        ("Requests (cumulative)", "from the beginning on"),
    ],
)
def test_what_counts_no_requests_is_refused_in_whatever_words(tmp_path, name, said):
    assert said in fault(table(tmp_path, f"Time,{name}\n{T},6\n{U},3\n"), from_csv)


def test_a_counter_that_never_falls_is_no_count(tmp_path):
    text = f"Time,http_requests_total\n{T},1000\n{U},1020\n2026-11-02 10:10,1050\n"
    assert "never falls, as what counts from the beginning on" in fault(table(tmp_path, text), from_csv)
    assert from_csv(table(tmp_path, text.replace("1050", "7"))).count(0, 900) == 2027


@pytest.mark.parametrize("name", ["Users", "Errors", "HTTPCode_Target_5XX_Count", "Wert"])
def test_a_head_that_does_not_say_requests_is_named_in_a_note(tmp_path, name):
    traffic = from_csv(table(tmp_path, f"Time,{name}\n{T},6\n{U},3\n"))
    assert traffic.notes == (f"The numbers of '{name}' are taken for the requests of each interval.",)


@pytest.mark.parametrize(
    ("head", "cell", "said"),
    [
        ("Time,Value,Unit", "Percent", "the unit Percent"),
        ("Time,Value,Statistic", "Average", "the statistic Average"),
        ("Time,Value,MetricName", "CPUUtilization", "'cpu'"),
    ],
)
def test_cells_beside_a_count_say_what_it_is(tmp_path, head, cell, said):
    assert said in fault(table(tmp_path, f"{head}\n{T},6,{cell}\n{U},3,{cell}\n"), from_csv)


def test_the_rows_of_two_metrics_are_not_added(tmp_path):
    text = f"Time,Metric,Value\n{T},RequestCount,6\n{T},NewFlowCount,3\n{U},RequestCount,5\n"
    told = "column 2 tells its rows apart ('RequestCount' and 'NewFlowCount', line 3): keep those of one"
    assert told in fault(table(tmp_path, text), from_csv)


def test_the_unit_in_the_rows_of_the_command_line_counts(tmp_path):
    text = "Label\nDATAPOINTS\t60.0\t2026-11-02T10:0{}:00+00:00\t{}\n"
    rows = "".join(text.format(minute, "Percent").removeprefix("Label\n") for minute in (0, 1))
    assert "the unit Percent" in fault(table(tmp_path, f"Label\n{rows}"), from_csv)
    assert counted(tmp_path, f"Label\n{rows.replace('Percent', 'Count')}") == (TEN, 60, 120)


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [
        ("20261102", "20261103", 86_400),
        ("202611021000", "202611021001", 60),
        ("20261102100000", "20261102100030", 30),
        ("20261102T100000Z", "20261102T100100Z", 60),
        ("20261102 10:00", "20261102 10:05", 300),
    ],
)
def test_a_date_without_marks_is_a_date(tmp_path, first, second, interval):
    start, length, _ = counted(tmp_path, f"time,requests\n{first},6\n{second},3\n")
    assert (start.date(), length) == (TEN.date(), interval)


def test_what_plain_numbers_were_taken_for_is_said(tmp_path):
    told = "The times are plain numbers, taken for {}; time_unit names another unit."
    traffic = from_csv(table(tmp_path, "time,requests\n1000,6\n1001,3\n"))
    assert traffic.notes == (told.format("seconds"),)
    traffic = from_csv(table(tmp_path, "time;requests\n46328,5;6\n46328,75;3\n"))
    assert traffic.notes == (told.format("a workbook's days"),)
    assert from_csv(table(tmp_path, "second,requests\n1000,6\n1001,3\n")).notes == ()


@pytest.mark.parametrize("head", ["Year,Month,Day,Requests", "Day,Hour,Minute,Requests"])
def test_a_time_in_several_columns_is_asked_for(tmp_path, head):
    fault_ = fault(table(tmp_path, f"{head}\n2026,11,2,6\n2026,11,3,6\n"), from_csv)
    assert "the time stands in 3 columns" in fault_


@pytest.mark.parametrize("clock", ["10h", "1000", "9.05", "10:00-10:05"])
def test_a_clock_beside_a_date_that_can_not_be_read_is_named(tmp_path, clock):
    text = f"Date,Time,Requests\n2026-11-02,{clock},6\n2026-11-03,{clock},6\n"
    assert f"beside it 'Time' has '{clock}', but must have clocks" in fault(table(tmp_path, text), from_csv)


def test_of_two_columns_of_dates_the_one_that_was_taken_is_named(tmp_path):
    text = "local,UTC,requests\n2026-11-02 11:00,2026-11-02 10:00,6\n2026-11-02 11:01,2026-11-02 10:01,3\n"
    traffic = from_csv(table(tmp_path, text))
    assert traffic.notes == ("The times are those of 'local'; time_column names another column.",)


def test_commas_inside_the_cells_do_not_make_columns(tmp_path):
    text = "2026-11-02 10:00:00,000;5,5\n2026-11-02 10:01:00,000;6,5\n"
    assert counted(tmp_path, text) == (TEN, 60, 12)


def test_a_comma_that_english_cells_and_plain_thousands_read_in_two_ways_is_asked_for(tmp_path):
    text = f'Time,Requests\n{T},"1,234"\n{U},5000\n'
    assert "'1,234' (line 2) can be 1234 or 1.234" in fault(table(tmp_path, text), from_csv)
