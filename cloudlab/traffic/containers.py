"""What a file is that holds neither a log nor a table: packed, a workbook, JSON, a page. Each has one sentence.

A file is known by its first bytes, whatever its name is. Read `refusal` first.
"""

import re

CSV = "save the sheet as CSV, and read that with from_csv"
GZIP = "unpack it, or pack it with gzip"

BEGINNINGS = (
    (rb"PK\x03\x04.*?(?:\[Content_Types\]|xl/|opendocument)", f"that is an Excel workbook; {CSV}"),
    (rb"PK(\x03\x04|\x05\x06)", "that is a zip file; unpack it"),
    (rb"\x1f\x8b\x08", "that is a gzip file inside a gzip file; unpack it"),
    (rb"BZh[1-9](1AY|\x17rE)", f"that is a bzip2 file; {GZIP}"),
    (rb"\xfd7zXZ\x00", f"that is an xz file; {GZIP}"),
    (rb"\x28\xb5\x2f\xfd", f"that is a zstd file; {GZIP}"),
    (rb"\x04\x22\x4d\x18", f"that is an lz4 file; {GZIP}"),
    (rb"7z\xbc\xaf\x27\x1c", "that is a 7z file; unpack it"),
    (rb"Rar!\x1a", "that is a rar file; unpack it"),
    (rb"\xd0\xcf\x11\xe0", f"that is an old Excel workbook; {CSV}"),
    (rb"PAR1\x15", "that is a Parquet file; write it as CSV, and read that with from_csv"),
    (
        rb"SQLite format 3\x00",
        "that is an SQLite database; write its table as CSV, and read that with from_csv",
    ),
    (rb"%PDF-", "that is a PDF file; take the table or the log that it was made from"),
    (rb".{257}ustar", "that is a tar archive; unpack it"),
)

TABLE = "count its requests per minute in a table with a time and a count, and read that with from_csv"
"""The cure for a log that is not read."""

FUNCTION = "if it is the log of a Lambda function, read it with from_lambda_report"
"""The cure for what CloudWatch Logs hands on."""

MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""How a file in UTF-16 begins."""

UTF_8 = b"\xef\xbb\xbf"


def refusal(start: bytes, json: bool = False) -> str:
    """Why a file that begins with `start` can't be read, and what to do; '' for all that may be a text, or `json`."""
    for beginning, words in BEGINNINGS:
        if re.match(beginning, start, re.DOTALL):
            return words
    return _text(start, json)


def _text(start: bytes, json: bool) -> str:
    if start[:2] in MARKS:
        start = start[: len(start) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    start = start.removeprefix(UTF_8).lstrip()
    if re.match(rb"\{\s*[\"}]|\[\s*[{\[\"\]]", start):
        if json:
            return ""
        if re.search(rb'"platform\.\w+"|"(awslogs|logEvents|logStreamName|ingestionTime)"\s*:', start):
            return f"that is JSON of CloudWatch Logs; {FUNCTION}"
        if re.search(rb'"(Datapoints|MetricDataResults|Label|Messages)"\s*:', start):
            return (
                "that is JSON as AWS's command line writes it; ask aws cloudwatch get-metric-statistics for "
                "--output text, and read that with from_csv"
            )
        return f"that is JSON; {TABLE}"
    if re.match(rb"<(!doctype|html|\?xml)", start, re.IGNORECASE):
        return "that is a page (HTML or XML), perhaps one that asks for a password; save the file itself"
    return ""
