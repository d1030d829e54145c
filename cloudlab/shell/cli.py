"""The `cloudlab` command.

`cloudlab` and `python3 -m cloudlab` are the same program; without a command it means `start`.
Read `main` first. Whatever a user can mistype or lack ends in one sentence: exit code 2 for a mistyped
command, 1 for trouble.
"""

import argparse
import difflib
import io
import os
import platform
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cloudlab
from cloudlab.shell import Fault, bootstrap, say, shown

COMMANDS = {
    "start": "copy the lessons to a folder and open JupyterLab there (what no command means)",
    "doctor": "check Python, packages, widgets, browser and write access; name each fault and its cure",
    "pack": "make the one file of a lesson's exercises that you hand in, with a receipt",
    "grade": "grade a folder or zip of submitted exercise notebooks, in a jail (for teachers)",
    "variants": "write which variant of each exercise each student of a roster gets (for teachers)",
    "class": "keep a class: new, variants, collect, grade, report, live, wheels (for teachers)",
    "nbgrader": "write the exercises for an nbgrader course, or points into its gradebook (for teachers)",
    "page": "write lessons as HTML pages, to be read or printed without Jupyter or a network",
    "test": "run all tests of the project; what follows goes to pytest (for maintainers, in a clone)",
    "execute": "run notebooks and store their text outputs (for maintainers, in a clone)",
}


class Mistyped(Exception):
    """The command line can't be understood; the text is one sentence."""


def main(argv: list[str] | None = None) -> int:
    """Run the command in `argv` (default: this process's own) and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a folder's name may not fit the console's encoding
            stream.reconfigure(errors="backslashreplace")
    try:
        return run(sys.argv[1:] if argv is None else argv)
    except Mistyped as error:
        print(f"cloudlab: {error}", file=sys.stderr)
        return 2
    except Fault as fault:
        print(f"cloudlab: {shown(str(fault))}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "cloudlab").partition(".")[0] == "cloudlab":
            raise
        print(
            f"cloudlab: {error.name} is missing: {bootstrap.doctor_command()} names the cure.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("cloudlab: broken off.", file=sys.stderr)
        return 130


def run(argv: list[str]) -> int:
    """Understand `argv`, see to a Python that has the packages, do the command; returns its exit code."""
    options = understand(argv)
    if options.command == "doctor":
        code = bootstrap.enter_if_made(argv)
    else:
        code = bootstrap.enter(("test",) if options.command == "test" else (), argv)
    if code is not None:
        return code
    commands = {
        "start": start,
        "doctor": doctor,
        "grade": grade,
        "variants": drawn,
        "pack": packed,
        "class": classroom,
        "nbgrader": exchanged,
        "page": page,
        "test": test,
        "execute": execute,
    }
    return commands[options.command](options)


# --- the command line -------------------------------------------------------------------------------------


def understand(argv: list[str]) -> argparse.Namespace:
    """The command and its options in `argv`; raises Mistyped. `--help` and `--version` print and leave."""
    if argv[:1] in (["-h"], ["--help"]):
        print(overview())
        sys.exit(0)
    if argv[:1] == ["--version"]:
        print(version())
        sys.exit(0)
    if not argv or argv[0].startswith("-"):
        argv = ["start", *argv]
    command, rest = argv[0], argv[1:]
    if command not in COMMANDS:
        raise Mistyped(
            f"there is no command {command!r}{_perhaps(command, COMMANDS)}; there are: {', '.join(COMMANDS)}."
        )
    if command == "test" and rest not in (["-h"], ["--help"]):
        return argparse.Namespace(command="test", arguments=rest)
    return parser(command).parse_args(rest, argparse.Namespace(command=command))


class Parser(argparse.ArgumentParser):
    """argparse, with one sentence instead of its usage text."""

    def error(self, message: str):
        """Say what is wrong in one sentence, and end."""
        if message.startswith("unrecognized arguments: "):
            word = message.split(": ", 1)[1].split()[0]
            known = [name for action in self._actions for name in action.option_strings]
            message = f"{word!r} is not known here{_perhaps(word, known)}"
        raise Mistyped(f"{message}; `{self.prog} --help` shows what there is.")


def parser(command: str) -> Parser:
    """The parser of one command."""
    one = Parser(
        prog=f"cloudlab {command}", description=f"{command}: {COMMANDS[command]}.", allow_abbrev=False
    )
    if command == "start":
        one.add_argument(
            "folder",
            nargs="?",
            type=_place,
            metavar="FOLDER",
            help="default: cloudlab-lessons in your home folder",
        )
        one.add_argument(
            "--restore", metavar="LESSON", help="bring back one original, such as 01; your copy is kept"
        )
        one.add_argument(
            "--reset", metavar="LESSON", help="forget one lesson's answers and work, for the next learner"
        )
        one.add_argument(
            "--class",
            dest="shared",
            type=_place,
            metavar="FOLDER",
            help="let the class in this shared folder see what you answer; it asks first, and 'none' ends it",
        )
        one.add_argument(
            "--as", dest="name", default="", metavar="NAME", help="under which name the class sees you"
        )
        one.add_argument(
            "--yes", action="store_true", help="answer the question of --reset or --class with yes"
        )
        one.add_argument(
            "--port", type=_port, help="where JupyterLab listens; default: the first free one from 8888"
        )
        one.add_argument(
            "--open", metavar="LESSON", help="open one lesson, such as 01, in place of the home page"
        )
        one.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
        one.add_argument(
            "--hub", action="store_true", help="be a learner's lab of a JupyterHub, which starts this"
        )
    if command == "doctor":
        one.add_argument(
            "--offline",
            nargs="?",
            const="",
            type=_place,
            metavar="FOLDER",
            help="look whether all works without a network, and whether a folder of wheels is whole",
        )
    if command in ("pack", "class", "grade", "variants"):
        _of_a_class(one, command)
    if command == "nbgrader":
        one.add_argument("action", choices=("export", "import"), metavar="ACTION", help="export, import")
        one.add_argument("folder", type=_place, metavar="COURSE", help="the folder of the nbgrader course")
        one.add_argument(
            "--from",
            dest="graded",
            default="graded",
            type=_place,
            metavar="FOLDER",
            help="import: what `cloudlab grade` wrote; default: graded",
        )
    if command == "page":
        one.add_argument(
            "notebooks", nargs="*", metavar="NOTEBOOK", help="default: all lessons and their exercises"
        )
        one.add_argument(
            "--to", default="pages", type=_place, metavar="FOLDER", help="where the pages go; default: pages"
        )
    if command == "execute":
        one.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="default: all in notebooks/")
    return one


def _of_a_class(one: Parser, command: str) -> None:
    """What the commands understand with which work is handed in and graded."""
    if command == "pack":
        one.add_argument("lesson", nargs="?", metavar="LESSON", help="the number of the lesson, such as 06")
        one.add_argument(
            "--from",
            dest="folder",
            type=_place,
            metavar="FOLDER",
            help="the folder with your lessons; default: cloudlab-lessons in your home folder",
        )
        one.add_argument(
            "--as", dest="name", default="", metavar="NAME", help="your name, for the file's name"
        )
        one.add_argument(
            "--to", type=_place, metavar="FOLDER", help="where the file goes; default: handed-in, beside them"
        )
        one.add_argument("--receipt", type=_place, metavar="FILE", help="only print the receipt of a file")
    if command == "class":
        one.add_argument("action", choices=CLASS, metavar="ACTION", help=", ".join(CLASS))
        one.add_argument(
            "folder",
            type=_place,
            metavar="FOLDER",
            help="the class's folder, which only you can read; live: the shared one; wheels: a new one",
        )
        one.add_argument(
            "--from", dest="inbox", type=_place, metavar="FOLDER", help="collect: the shared folder, or a zip"
        )
        one.add_argument(
            "--lesson",
            default="",
            metavar="NUMBER",
            help="live: such as 06; default: the one that most are in",
        )
        one.add_argument("--names", action="store_true", help="live: begin with the names of learners")
        one.add_argument(
            "--results", action="store_true", help="live: begin with what happened, and what is right"
        )
        one.add_argument("--port", type=_port, help="live: where the page is served; default: a free one")
        one.add_argument(
            "--no-browser", action="store_true", help="live: print the address and open no browser"
        )
    if command == "grade":
        one.add_argument(
            "folder",
            type=_place,
            metavar="FOLDER",
            help="the folder, or the zip, with the submitted notebooks",
        )
        one.add_argument(
            "--to", default="graded", type=_place, metavar="FOLDER", help="where results go; default: graded"
        )
    if command in ("grade", "class"):
        one.add_argument(
            "--isolation",
            default="L1",
            metavar="LEVEL",
            help="L1 (bubblewrap), L2 (Landlock), L3 (a container) or L4 (none); default: L1",
        )
        one.add_argument(
            "--jobs", type=int, default=0, metavar="N", help="how many side by side; default: one a core"
        )
        one.add_argument(
            "--cluster",
            default="",
            metavar="ADDRESS",
            help="grade on a Dask cluster, such as tcp://10.0.0.5:8786 (the extra `dask`); default: here",
        )
        one.add_argument("--deadline", metavar="TIME", help="what is newer isn't graded: '2026-12-01 18:00'")
        one.add_argument(
            "--regrade", action="store_true", help="grade everything anew, as after a corrected exercise"
        )
    if command in ("grade", "variants"):
        one.add_argument(
            "--salt-file",
            type=_place,
            metavar="FILE",
            help="a file with a secret text, from which seeds are drawn",
        )
    if command in ("grade", "variants", "class"):
        one.add_argument("--only", default="", metavar="NAMES", help="only these exercises, such as E13,E14")
    if command in ("grade", "class"):
        one.add_argument(
            "--roster", type=_place, metavar="CSV", help="who is in the class: columns student, name, email"
        )
    if command == "variants":
        one.add_argument(
            "roster", type=_place, metavar="CSV", help="who is in the class: columns student, name, email"
        )
        one.add_argument(
            "--to", default="", metavar="FILE", help="where the table goes; default: it is printed"
        )


CLASS = ("new", "variants", "collect", "grade", "report", "live", "wheels")
"""What `cloudlab class` does."""


def overview() -> str:
    """The text of `cloudlab --help`."""
    lines = [f"{version()}: a course on running software in the cloud.", ""]
    lines += [f"  cloudlab {name:<8} {meaning}" for name, meaning in COMMANDS.items()]
    lines += ["  cloudlab --version", "", "`cloudlab COMMAND --help` shows the options of a command."]
    return "\n".join(lines)


def version() -> str:
    """The version of the course and of Python."""
    return f"cloudlab {cloudlab.__version__} (Python {platform.python_version()})"


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"it is {text!r}, but must be a whole number from 1 to 65535")


def _place(text: str) -> str:
    """A folder or file that is named; a variable that isn't set names none."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty, but must name a folder or a file")
    return text


def _perhaps(word: str, known) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


# --- the commands -----------------------------------------------------------------------------------------


def start(options: argparse.Namespace) -> int:
    """Lay the lessons out and open JupyterLab on them."""
    from cloudlab.shell import front, reset, serve, workfolder

    source = workfolder.originals()
    if options.hub:
        serve.must_be_of_a_hub()
    folder = workfolder.checked(source, Path(options.folder or workfolder.default_folder()))
    with ExitStack() as alone:
        alone.enter_context(workfolder.alone(folder))
        if options.reset:
            _must_be_closed(folder)
            say(reset.reset(source, folder, options.reset, lambda asked: options.yes or _agreed(asked)))
        if options.restore:
            say(workfolder.restore(source, folder, options.restore))
        for sentence in workfolder.lay_out(source, folder).sentences(folder):
            say(sentence)
        for sentence in workfolder.hiding(folder):
            say(sentence)
        for sentence in _in_class(options, folder):
            say(sentence)
        lessons = [name for name in workfolder.lessons(source) if name.endswith(".ipynb") and "/" not in name]
        first = _first(options.open, source, lessons)
        front.refresh(folder)
        if options.hub:
            alone.close()
            return serve.under_hub(folder, first)
        browser = not options.no_browser
        return serve.open_lab(folder, first=first, port=options.port, browser=browser, opened=alone.close)


def _first(wish: str | None, source: Path, lessons: list[str]) -> str:
    """The notebook to open: the one that is wished for, else the home page, else the first."""
    from cloudlab.shell import front, workfolder

    if wish:
        return workfolder.found(workfolder.lessons(source), wish, "open")
    return front.NAME if front.NAME in lessons else lessons[0] if lessons else ""


def _in_class(options: argparse.Namespace, folder: Path) -> list[str]:
    """What is to be said about the class that the learner joins, is in, or leaves."""
    from cloudlab.shell import joining

    state = Path(os.environ.get("CLOUDLAB_STATE") or folder / ".cloudlab")
    agreed: Callable[[str], bool | None] = (lambda question: True) if options.yes else _answered
    return joining.join(state, options.shared, options.name, agreed, _typed)


def _agreed(question: str) -> bool:
    """Whether the answer to `question` is yes; nobody there to answer means no."""
    return _answered(question) is True


def _answered(question: str) -> bool | None:
    """The answer to `question`; None where nobody is there to answer."""
    try:
        return input(f"cloudlab: {question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return None


def _typed(question: str) -> str:
    """What is typed after `question`; nothing where nobody is there."""
    try:
        return input(f"cloudlab: {question}").strip()
    except EOFError:
        print()
        return ""


def _must_be_closed(folder: Path) -> None:
    """Raise Fault where a JupyterLab serves `folder`: it would still know, and save, what is to be forgotten."""
    from cloudlab.shell import running, serve

    if running.address_of_running(folder, serve.settings(folder).get("JUPYTER_RUNTIME_DIR")):
        raise Fault(
            f"JupyterLab is open on {folder}: end it first, so that it doesn't save the lesson again."
        )


def doctor(options: argparse.Namespace) -> int:
    """Print one line per fault with its cure."""
    from cloudlab.shell import doctor

    return doctor.report(options.offline)


def test(options: argparse.Namespace) -> int:
    """Run the tests."""
    from cloudlab.shell import testing

    return testing.run_tests(options.arguments)


def grade(options: argparse.Namespace) -> int:
    """Grade what was handed in."""
    from cloudlab.shell import grading

    return grading.grade(options)


def drawn(options: argparse.Namespace) -> int:
    """Write who gets which variant."""
    from cloudlab.shell import grading

    return grading.variants(options)


def packed(options: argparse.Namespace) -> int:
    """Make the file to hand in, or tell the receipt of one."""
    from cloudlab.shell import pack, workfolder

    if options.receipt:
        said = [pack.receipt(Path(options.receipt))]
    elif options.lesson:
        folder = Path(options.folder or workfolder.default_folder())
        to = Path(options.to) if options.to else None
        said = pack.pack(options.lesson, folder, options.name, to)
    else:
        raise Mistyped("name the lesson to pack, as in `cloudlab pack 06`.")
    for sentence in said:
        say(sentence)
    return 0


def classroom(options: argparse.Namespace) -> int:
    """See to a class that is kept in a folder."""
    from cloudlab.shell import classroom

    return classroom.does(options)


def exchanged(options: argparse.Namespace) -> int:
    """Write the source notebooks of an nbgrader course, or points into its gradebook."""
    from cloudlab.shell import gradebook, nbgrader

    said, whole = [], True
    if options.action == "export":
        said = nbgrader.export(Path(options.folder))
    else:
        said, whole = gradebook.bring(Path(options.folder), Path(options.graded))
    for sentence in said:
        say(sentence)
    return 0 if whole else 1


def page(options: argparse.Namespace) -> int:
    """Write lessons as HTML pages."""
    from cloudlab.shell import page

    return page.write_pages(options.notebooks, options.to)


def execute(options: argparse.Namespace) -> int:
    """Run notebooks and store their outputs."""
    from cloudlab.shell import execute

    return execute.execute_all(options.notebooks)
