"""The command line: what it understands, and the one sentence for what it doesn't."""

import pytest

import cloudlab
from cloudlab.shell import cli


@pytest.mark.parametrize("argv", [[], ["start"], ["--no-browser"], ["--port", "9000"]])
def test_no_command_means_start(argv):
    assert cli.understand(argv).command == "start"


@pytest.mark.parametrize(
    "argv, sentence",
    [
        (
            ["strat"],
            f"there is no command 'strat' (did you mean start?); there are: {', '.join(cli.COMMANDS)}.",
        ),
        (
            ["start", "--prot", "1"],
            "'--prot' is not known here (did you mean --port?); `cloudlab start --help` shows",
        ),
        (
            ["start", "--port", "70000"],
            "argument --port: it is '70000', but must be a whole number from 1 to 65535;",
        ),
        (["start", "--restore"], "argument --restore: expected one argument;"),
        (["doctor", "now"], "'now' is not known here;"),
    ],
)
def test_a_mistyped_command_ends_in_one_sentence_and_code_2(argv, sentence, capsys):
    assert cli.main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("cloudlab: " + sentence)
    assert printed.err.count("\n") == 1


def test_what_follows_test_goes_to_pytest_untouched():
    assert cli.understand(["test", "-k", "name", "--lf"]).arguments == ["-k", "name", "--lf"]


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out.startswith(f"cloudlab {cloudlab.__version__} (Python 3.")


def test_help_names_each_command(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--help"])
    assert leaving.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"cloudlab {command}" in printed for command in cli.COMMANDS)


def test_a_module_of_others_that_is_missing_is_one_sentence(monkeypatch, capsys):
    def broken(options):
        raise ModuleNotFoundError("No module named 'x'", name=broken.missing)

    monkeypatch.setattr(cli, "start", broken)
    broken.missing = "tornado.web"
    assert cli.main(["start"]) == 1
    said = "cloudlab: tornado.web is missing: `python3 -m cloudlab doctor` names the cure.\n"
    assert capsys.readouterr().err.replace("`py ", "`python3 ") == said
    broken.missing = "cloudlab.missing"
    with pytest.raises(ModuleNotFoundError):
        cli.main(["start"])
