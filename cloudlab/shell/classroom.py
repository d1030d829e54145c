"""`cloudlab class`: a class in one folder of its teacher; a shared folder or a platform carries files.

    class new class-a --roster roster.csv      makes the folder: roster, secret text, variants, what to type
    class variants class-a                     writes who gets which variant anew, as after a changed roster
    class collect class-a --from shared        copies what is new in a shared folder or zip to class-a/in
    class grade class-a                        grades class-a/in to class-a/graded, and what is there isn't done again
    class report class-a                       the same without its bar, and tells in words who is stuck where
    class live shared                          shows what a class at work predicts, answers, and who waits for help
    class wheels wheels                        makes one folder with all that a machine without a network needs

Read `does` first.
"""

import argparse
import os
import secrets
from pathlib import Path

from cloudlab.grading import gather, report, submission
from cloudlab.grading.classes import Done, Refused, grade_class, salt_of, variants_of
from cloudlab.grading.plainly import bytes_of
from cloudlab.grading.scratch import Scratch
from cloudlab.shell import Fault, grading, say

ROSTER, SALT, VARIANTS, INBOX, GRADED, README = (
    "roster.csv",
    "salt.txt",
    "variants.csv",
    "in",
    "graded",
    "README.txt",
)
COLUMNS = "student,name,email\n"

TOLD = """\
This folder holds a class. Keep it where only you can read it: salt.txt is the secret from which the seeds of the
grading are drawn, and graded/ holds what students have done.

  roster.csv     who is in the class: columns student, name, email
  salt.txt       a secret text, made at random: never share it, and keep it until the marks are final
  variants.csv   which variant of each exercise each student gets: hand these numbers out
  in/            what was collected; nothing in it is changed or removed
  graded/        grades.csv, class.html, a page for each student, and the results they are made of

  cloudlab class variants {folder}                    after a change of roster.csv
  cloudlab class collect  {folder} --from SHARED      copy what is new in a shared folder or a zip
  cloudlab class grade    {folder}                    grade what is new
  cloudlab class report   {folder}                    make the pages anew, as after marks by hand, and tell in words
  cloudlab class live     SHARED                      show what a class at work predicts, answers, and who waits
  cloudlab class wheels   wheels                      make a new folder with all that machines without a network need

When the course is over and the marks are final, remove this folder: nothing of your students is kept elsewhere.
"""


def does(options: argparse.Namespace) -> int:
    """Do what `options.action` says with the class in `options.folder`. Raises Fault."""
    folder = Path(options.folder)
    try:
        if options.action == "new":
            new(folder, Path(options.roster) if options.roster else None)
            return 0
        if options.action == "live":
            return _live(folder, options)
        if options.action == "wheels":
            return _wheels(folder)
        if not (folder / SALT).is_file():
            raise Refused(f"{folder} holds no class: make one with `cloudlab class new {folder}`.")
        return _kept(folder, options)
    except (Refused, gather.Ungathered) as error:
        raise Fault(str(error)) from None
    except OSError as error:
        where = error.filename or folder
        raise Fault(f"{where} can't be used ({(error.strerror or str(error)).lower()}).") from None


def _kept(folder: Path, options: argparse.Namespace) -> int:
    """What is done with a class that is kept in `folder`."""
    if options.action == "variants":
        say(variants(folder))
        return 0
    if options.action == "collect":
        if not options.inbox:
            raise Refused("--from is missing: name the shared folder, or the zip, that holds the notebooks.")
        for sentence in collect(folder, Path(options.inbox)):
            say(sentence)
        return 0
    return graded(folder, options)


def _wheels(folder: Path) -> int:
    from cloudlab.shell import bundle

    for sentence in bundle.make(folder):
        say(sentence)
    return 0


def _live(folder: Path, options: argparse.Namespace) -> int:
    from cloudlab.grading.live_page import Wish
    from cloudlab.shell import live

    wish = Wish(options.lesson, names=options.names, results=options.results)
    return live.serve_class(folder, wish, options.port, not options.no_browser)


def new(folder: Path, roster: Path | None) -> None:
    """Make the folder of a class. Raises Refused where there is something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already and not empty: name a new folder.")
    text = COLUMNS
    if roster is not None:
        gather.roster_of(roster)  # what is wrong with it is told before anything is made
        text = roster.read_text(encoding="utf-8-sig")
    (folder / INBOX).mkdir(parents=True)
    folder.chmod(0o700)
    (folder / ROSTER).write_text(text, encoding="utf-8")
    (folder / SALT).write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    (folder / SALT).chmod(0o600)
    (folder / README).write_text(TOLD.format(folder=folder.name), encoding="utf-8")
    say(f"{folder} holds a new class; {folder / README} says what to type.")
    if roster is None:
        say(f"fill in {folder / ROSTER}, then `cloudlab class variants {folder}`.")
    else:
        say(variants(folder))


def variants(folder: Path) -> str:
    """Write who gets which variant; returns the sentence that says so."""
    roster = gather.roster_of(folder / ROSTER)
    (folder / VARIANTS).write_text(variants_of(roster, salt_of(folder / SALT)), encoding="utf-8")
    return f"{folder / VARIANTS} holds the variants of {len(roster.students)} students."


def collect(folder: Path, inbox: Path) -> list[str]:
    """Copy what is new or changed from a shared folder or a zip; what was collected before stays, beside it."""
    new, changed, before = 0, 0, 0
    roster = _roster(folder)
    with Scratch("collect") as unfold:
        found = gather.gather(inbox, roster, unfold)
        root = unfold if inbox.is_file() else inbox
        links = [one.path.name for one in found if submission.is_link(one.path)]
        wrong = [f"{one.path.relative_to(root)}: {one.wrong}" for one in found if one.wrong]
        for one in found:
            if submission.is_link(one.path) or one.wrong:
                continue
            try:
                content, when = submission.bytes_of(one.path)  # others may put pipes and links there
            except submission.Unreadable as error:
                wrong.append(f"{one.path.relative_to(root)} of {one.student} isn't collected: {error}")
                continue
            target, fresh = _place(folder / INBOX / one.path.relative_to(root), content)
            if target is None:
                before += 1
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            os.utime(target, (when, when))  # a deadline looks at it
            new, changed = new + fresh, changed + (not fresh)
    said = [f"{new} new, {changed} changed, {before} as before; all are in {folder / INBOX}."]
    if links:
        said.append(f"left out, since they are links: {', '.join(links)}.")
    said += wrong
    if strange := sorted({one.path.name for one in found if not one.known}):
        said.append(f"no student of the roster is named in: {', '.join(strange)}.")
    if roster and (nobody := _nobody(folder / INBOX, roster)):
        said.append(f"nothing yet from: {', '.join(nobody)}.")
    return said


def _nobody(inbox: Path, roster: gather.Roster) -> list[str]:
    """Those of whom nothing was collected yet."""
    if not any(inbox.rglob("*.ipynb")):
        return list(roster.students)
    there = {one.student for one in gather.gather(inbox, roster, inbox)}
    return [student for student in roster.students if student not in there]


def _place(wanted: Path, content: bytes) -> tuple[Path | None, bool]:
    """(where a file goes, whether it is the first of its name); None where it is there already."""
    number, target = 1, wanted
    while os.path.lexists(target):
        if target.is_file() and target.read_bytes() == content:
            return None, False
        number += 1
        target = wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
    return target, number == 1


def _roster(folder: Path) -> gather.Roster | None:
    """The roster of the class; None while nobody stands in it, or where it was taken away."""
    path = folder / ROSTER
    lines = bytes_of(path).strip().splitlines() if os.path.lexists(path) else []
    return gather.roster_of(path) if len(lines) > 1 else None


def graded(folder: Path, options: argparse.Namespace) -> int:
    """Grade what was collected, and tell."""
    roster = folder / ROSTER if _roster(folder) else None
    order = grading.ordered(options, folder / INBOX, folder / GRADED, salt_of(folder / SALT), roster)
    quiet = options.action == "report"
    done = grade_class(order, (lambda *told: None) if quiet else grading.progress)
    grading.tell(order, done)
    if quiet:
        for sentence in stuck(done):
            say(sentence)
    return 1 if done.failed else 0


def stuck(done: Done) -> list[str]:
    """Who is stuck where, in words: the ideas that most students hold."""
    names = report.exercises_of(done.graded)
    rows = {student: report.best_of(found, names) for student, found in done.graded.items()}
    lines = [
        f"{len(students)} of {len(rows)}: {idea} ({'; '.join(where)})"
        for idea, students, where in report.stuck(rows)
    ]
    return lines or ["nobody is stuck."]
