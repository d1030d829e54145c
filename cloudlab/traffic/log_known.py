"""Which log a file is: one that is read, or another that is known by name. Read `format_of` first."""

import re
from collections.abc import Iterable

from cloudlab.traffic.containers import TABLE
from cloudlab.traffic.log_aws import AWS
from cloudlab.traffic.log_line import COMMON, Format

FORMATS = (COMMON, *AWS)

LAMBDA = "the log of a Lambda function"

DATE = rb"\d{4}[-/]\d\d?[-/]\d\d?"

OTHERS = (
    (rb"#(Software|Fields|Version|Date): ", "a log in the W3C format, as IIS writes it"),
    (rb"\S+ \S+ \[[^\]]+\] \S+ \S+ \S+ (REST|SOAP|WEBSITE|BATCH|S3)\.", "an access log of S3"),
    (
        rb".*\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d+\] \S+ \S+ [-+\d]+/[-+\d]+/[-+\d]+",
        "a log of HAProxy",
    ),
    (rb"tls \d\.\d " + DATE + rb"T", "a log of a Network Load Balancer"),
    (rb"\[" + DATE + rb'T[^\]]+\] "', "a log of Envoy"),
    (rb"\s*\d{9,10}\.\d{3} +\d+ \S+ [A-Z_]+/\d{3} ", "a log of Squid"),
    (DATE + rb" \d\d:\d\d:\d\d \[[a-z]+\] ", "the error log of nginx"),
    (rb"\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:.]+ \d{4}\] \[", "the error log of Apache"),
    (rb"(\d \d{12} eni-|version account-id )", "a flow log of a VPC"),
    (rb"(\S+\s+){0,2}(START|END|REPORT|INIT_START) (RequestId|Runtime)", LAMBDA),
    (rb"time:[^\t]+\t\w+:", "a log in LTSV"),
    (
        rb"(https?|h2|grpcs|wss?) " + DATE + rb"T\S+Z app/",
        "a log of an Application Load Balancer whose lines end before request_creation_time",
    ),
    (DATE + rb"T\S+Z \S+ \d+ \d+ (TLSv|-)", "a connection log of an Application Load Balancer"),
    (DATE + rb"\t\d\d:\d\d:\d\d\t[A-Z]{3}\S*\t", "a log of CloudFront without its line #Fields"),
    (rb"\d{10}\.\d{3}\t\S+\t", "a real-time log of CloudFront"),
    (DATE + rb" \d\d:\d\d:\d\d \S+ [A-Z]+ /", "a log in the W3C format, as IIS writes it"),
    (rb'\S+ - - \[\d\d/[A-Z][a-z]{2}/\d{4} [\d:]+\] "', "the log of Python's http.server"),
    (rb"\[pid: \d+\|app: ", "a log of uWSGI"),
    (rb".*\bat=(info|error)\b.*\bmethod=", "a log of Heroku's router"),
    (rb"\{.*\}\s*$", "a log in JSON"),
)
"""How a line begins, and the name of what it belongs to."""

COUNTS = re.compile(rb'(.*[,;\t])?"?' + DATE + rb'([T ][^,;\t]*)?"?([,;\t]"?[\d.,\' ]+"?)+\s*$')
"""A row of a table of counts."""


def format_of(head: Iterable[bytes]) -> Format | None:
    """The form of a log that begins with the lines `head`; None for one that is not read."""
    for line in head:
        for form in FORMATS:
            if form.fits(line):
                return form
    return None


def other(head: Iterable[bytes]) -> str:
    """What the lines `head` are, if not a log that is read, and the cure; '' for what is not known."""
    for line in [line for line in head if format_of([line]) is None]:
        for beginning, name in OTHERS:
            if re.match(beginning, line):
                if name == LAMBDA:
                    return f"that is {name}; read it with from_lambda_report"
                return f"that is {name}, which is not read; {TABLE}"
    return ""


def is_table(head: Iterable[bytes]) -> bool:
    """Whether these lines are a table of counts."""
    return any(COUNTS.match(line) for line in head)
