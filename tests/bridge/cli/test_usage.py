"""What is said of a command line that cannot be read, and where the help begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.app import Surroundings
from bridge.cli.main import run


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what is said of a command line that exits with 2."""
    assert 2 == run(arguments, Surroundings({}))
    captured = capsys.readouterr()
    assert "" == captured.out
    return captured.err.removeprefix("bookmark-bridge: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["migrat"], "There is no command 'migrat'. Did you mean migrate?"),
        (["frobnicate"], "There is no command 'frobnicate'. `bookmark-bridge --help` lists them."),
        (
            ["runs", "--json"],
            "--json is an option of all commands, and stands before the command. Type: bookmark-bridge --json runs",
        ),
        (
            ["schedule", "show", "--config", "c.toml"],
            "--config is an option of all commands, and stands before the command. "
            "Type: bookmark-bridge --config FILE schedule show",
        ),
        (
            ["migrate", "a", "b", "-v"],
            "-v is an option of all commands, and stands before the command. Type: bookmark-bridge -v migrate",
        ),
        (
            ["show", "abc"],
            "Invalid value for 'RUN': a run is a number such as 12, and not 'abc'. `bookmark-bridge runs` lists them. "
            "See `bookmark-bridge show --help`.",
        ),
    ],
)
def test_a_command_line_that_cannot_be_read_is_told_how_it_is_typed(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    """In one line, with the remedy."""
    assert expected == said(capsys, *arguments)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "9" * 30, "\u0664"])
def test_what_is_no_number_of_a_run_is_refused(capsys: pytest.CaptureFixture[str], number: str) -> None:
    """Whatever a computer would make of it."""
    assert "a run is a number such as 12" in said(capsys, "undo", "--", number)


def test_an_option_that_is_nearly_one_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """Click knows the others of the command."""
    text = said(capsys, "migrate", "a", "b", "--dryrun")

    assert "No such option '--dryrun'" in text
    assert "--dry-run" in text


def test_the_help_ends_with_where_to_begin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Three commands, as they are typed; it fits into a narrow terminal and a wide one."""
    for columns in ("80", "300", "nonsense"):
        monkeypatch.setenv("COLUMNS", columns)
        assert 0 == run(["--help"])
        text, _, end = capsys.readouterr().out.partition("Where to begin:\n")

        assert ["demo", "login", "migrate"] == [line.split()[1] for line in end.splitlines() if "bookmark-" in line]
        assert max(map(len, text.splitlines())) <= 100


def test_places_before_the_command_are_paths(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """And are named in what is said."""
    missing = tmp_path / "none.toml"

    assert 3 == run(["--config", str(missing), "--state-dir", str(tmp_path), "accounts"], Surroundings({}))
    assert str(missing) in capsys.readouterr().err


def test_who_types_nothing_gets_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is the first thing that people try."""
    assert 0 == run([])
    assert "Where to begin:" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "path"), [(["--json"], ""), (["-q"], ""), (["schedule"], " schedule")])
def test_a_command_that_is_missing_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], path: str) -> None:
    """In one sentence, for a script as an object."""
    assert 2 == run(arguments, Surroundings({}))
    captured = capsys.readouterr()

    assert f"A command is missing after `bookmark-bridge{path}`." in captured.out + captured.err
    assert f"`bookmark-bridge{path} --help` lists what there is." in captured.out + captured.err
    assert ("--json" in arguments) == bool(captured.out)
