"""What a teacher and a student see of a graded class, in a real browser: read, enlarged, dark, narrow, and hostile."""

import re
from html.parser import HTMLParser

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from cloudlab.grading import report
from cloudlab.judge import words
from cloudlab.kernel.misconceptions import misconceptions

HOSTILE = "<script>document.title='taken'</script><img src='http://127.0.0.1:9/x.png'>\x1b[31m&amp;\u202e"
"""What somebody might write into a name, a file's name, or a text: a script, a picture from elsewhere, a control."""


def entry(code="correct", points=10.0, verdict="graded", told="All of it is right."):
    return {
        "verdict": verdict,
        "points": points,
        "code": code,
        "stage": "",
        "variant": 3,
        "told": told,
    }


def result(exercises: dict, file="06_sqs.ipynb", digest="0123456789abcdef" * 4, notes=()):
    return {
        "exercises": exercises,
        "file": file,
        "digest": digest,
        "changed": 1_764_590_400,
        "notes": list(notes),
        "key": digest[:32],
        "verdict": "graded",
    }


def told(name: str, code: str) -> str:
    """A feedback as a student reads it, with its numbers left as they stand in the words."""
    said = words.of(name)["feedback"][code]
    return " ".join(said[part].strip() for part in ("happened", "why", "look"))


def the_class() -> dict[str, list[dict]]:
    """Thirty students: most are right, many hold one of two misconceptions, some have a file that is odd."""
    codes = [
        ("no_delete", 2),
        ("not_idempotent", 4),
        ("correct", 10),
        ("keeps_repeats", 7.5),
        ("correct", 10),
    ]
    found = {}
    for number in range(28):
        code, points = codes[number % 5]
        more = "timeout_huge" if number % 4 == 0 else "correct"
        found[f"student {number:02}"] = [
            result(
                {
                    "E13": entry(code, points, told=told("E13", code) if code != "correct" else "Right."),
                    "E14": entry(more, 10.0 if more == "correct" else 5.0, told="A text\nof two lines."),
                    "E15": entry("not_attempted", 0.0, "not_attempted", "No check of it was called."),
                },
                digest=f"{number:064x}",
            )
        ]
    broken = result({}, digest="", notes=["It is empty: ask for the saved notebook."])
    found[HOSTILE] = [
        result({"E13": entry("tamper", 0.0, "tamper", HOSTILE)}, file=HOSTILE, notes=[HOSTILE]),
        broken,
    ]
    found["zoe with a very-long-name-that-nobody-could-break-anywhere-at-all-and-that-goes-on"] = []
    return found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graded")
    report.write(folder, the_class(), ["zoe handed in nothing."])
    return folder


HOSTILE_PAGE = f"students/{report.file_name(HOSTILE)}.html"
SMALL = """() => [...document.querySelectorAll("main *")].filter((one) => one.textContent &&
  parseFloat(getComputedStyle(one).fontSize) < 12).map((one) => one.outerHTML)"""
"""Elements whose letters are smaller than 12 px."""

LOOKS = [(1400, False, 1), (400, True, 1), (1400, True, 2), (640, False, 2)]
"""Width, whether it is dark, and how much a reader has enlarged it: at 200 % a page has half the width."""


@pytest.mark.parametrize(("width", "dark", "zoom"), LOOKS)
@pytest.mark.parametrize("name", ["class.html", "students/student-00-*.html", HOSTILE_PAGE])
def test_a_page_is_readable_and_has_no_fault_that_axe_core_finds(pages, tabs, name, width, dark, zoom):
    (path,) = pages.glob(name)
    with tabs.open(viewport={"width": width // zoom, "height": 900}, dark=dark, ratio=float(zoom)) as page:
        page.goto(path.as_uri())
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (
            "nothing stands outside"
        )
        assert page.evaluate(SMALL) == []
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate("async () => (await axe.run(document)).violations")
        assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found] == []
        assert page.asked == [path.as_uri()] and page.faults == []


def test_a_hostile_text_is_only_text(pages, tabs):
    for name in ("class.html", HOSTILE_PAGE):
        with tabs.open(viewport={"width": 1400, "height": 900}) as page:
            page.goto((pages / name).as_uri())
            assert "taken" not in page.title().replace("document.title='taken'", "")
            assert "<script>document.title='taken'</script>" in page.inner_text("body")
            assert page.asked == [(pages / name).as_uri()]
    for path in (pages / "class.html", pages / HOSTILE_PAGE):
        text = path.read_text(encoding="utf-8")
        assert not {"\x1b", "\u202e"} & set(text)
        assert "default-src 'none'" in text


class Tags(HTMLParser):
    """The tags and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids = set(), [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.ids.add(given.get("id"))
        assert not [name for name in given if name.startswith("on") or name in ("src", "srcset")]
        if tag == "a":
            self.links.append(given["href"])


def test_no_page_has_a_script_or_loads_anything_and_every_link_leads_somewhere(pages):
    for path in pages.rglob("*.html"):
        read = Tags(path.read_text(encoding="utf-8"))
        assert not read.tags & {"script", "img", "iframe", "link", "object", "form"}
        for link in read.links:
            assert link[1:] in read.ids if link.startswith("#") else (path.parent / link).is_file(), link


def test_the_class_page_says_who_is_stuck_where_in_the_words_of_the_misconception(pages, tabs):
    rows = {student: report.best_of(found, ["E13", "E14", "E15"]) for student, found in the_class().items()}
    first, second = report.stuck(rows)[:2]
    assert (first[0], len(first[1])) == (f"Q1 · “{misconceptions()['Q1']}”", 11)
    assert first[2] == ["E13 keeps repeats (5 times)", "E13 no delete (6 times)"], "two codes, one idea"
    assert second[0].startswith("Q2") and len(second[1]) == 7
    with tabs.open(viewport={"width": 1400, "height": 900}) as page:
        page.goto((pages / "class.html").as_uri())
        cards = page.locator(".cards > li")
        assert cards.count() == len(report.stuck(rows))
        assert (
            misconceptions()["Q1"] in cards.first.inner_text() and "11 students" in cards.first.inner_text()
        )
        cards.first.get_by_role("link", name="student 00").click()
        assert page.get_by_role("heading", level=1).inner_text() == "student 00"


def test_a_slip_is_told_as_one():
    assert report.idea_of("E13", "stops") == "A slip in E13: stops"
    assert report.idea_of("E13", "raised") == "Another fault in E13: raised"


def test_the_bars_are_as_high_as_students_are_many(pages, tabs):
    with tabs.open(viewport={"width": 1400, "height": 900}) as page:
        page.goto((pages / "class.html").as_uri())
        bars = page.locator(".bars").first
        assert bars.get_attribute("aria-label") == (
            "Students by points: 0 points: 1, 2 points: 6, 4 points: 6, 7 points: 5, 10 points: 11."
        )
        high = bars.evaluate(
            "(bars) => [...bars.querySelectorAll('i')].map((i) => i.getBoundingClientRect().height)"
        )
        assert high[2] == pytest.approx(6 / 11 * high[10], abs=1) and high[1] == 0 and high[10] > 40


def test_a_student_reads_the_receipt_of_what_was_handed_in(pages):
    (path,) = pages.glob("students/student-01-*.html")
    text = re.sub("<[^>]+>", "", path.read_text(encoding="utf-8"))
    assert "06_sqs.ipynb, receipt 0000-0000-0000, last changed 2025-12-01 12:00 UTC" in text


def test_marks_by_hand_count_on_the_pages_too_and_what_is_no_mark_is_told(tmp_path):
    graded = {"=ann": [result({"E13": entry()})], "bob": [result({"E13": entry()})]}
    report.write(tmp_path, graded, [])
    path = tmp_path / "grades.csv"
    text = (
        path.read_text(encoding="utf-8")
        .replace("'=ann,10,,", "'=ann,10,2.5,")
        .replace("bob,10,,", "bob,10,good,")
    )
    path.write_bytes((text + "cat,1,5,,,\n").replace(",", ";").replace("2.5", '"2,5"').encode("utf-8-sig"))
    report.write(tmp_path, graded, [])  # a spreadsheet of another language wrote it
    assert '\'=ann,12.5,"2,5",10' in path.read_text(encoding="utf-8")
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert '<td class="number">12.5</td>' in page
    assert "bob: the mark by hand &#x27;good&#x27; is no number" in page
    assert "cat had the mark by hand 5, but is not in this class" in page
    (own,) = (tmp_path / "students").glob("ann*.html")
    assert "12.5 of 10 points. 2.5 of them were given by hand." in own.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content", [b"name;total\nann;3\n", "student,total,by_hand\nZoë,1,2\n".encode("cp1252")]
)
def test_a_table_whose_marks_would_be_lost_is_not_written_over(tmp_path, content):
    (tmp_path / "grades.csv").write_bytes(content)
    with pytest.raises(report.Unwritten, match=r"marks by hand in it would be lost: save it as CSV in UTF-8"):
        report.write(tmp_path, {"ann": [result({"E13": entry()})]}, [])
    assert (tmp_path / "grades.csv").read_bytes() == content


def test_no_two_students_share_a_page_also_where_capitals_are_small_letters():
    names = ("ann", "Ann", "ANN", "a-nn", "a nn", "A nn", "", "é")
    assert len({report.file_name(one).lower() for one in names}) == len(names)
    assert report.file_name("ann") == "ann"
