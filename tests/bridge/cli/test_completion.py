"""The completion of words: what is offered, and that real shells show it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from bridge.cli.completion import source
from bridge.cli.main import COMMANDS, cli
from tests.support.home import Home
from tests.support.shells import shell
from tests.support.stage import Stage

CONFIG = """
[accounts.mine]
service = "pinboard"
token = { command = ["touch", "asked"] }

[accounts."my reader"]
service = "pocket"

[jobs.reading]
kind = "mirror"
left = "mine"
right = "my reader"

[jobs.tonight]
kind = "migrate"
source = "pocket.zip"
target = "mine"
"""


TYPED = "bookmark-bridge --config config.toml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a config, in a folder with a file and a folder beside it."""
    path = tmp_path / "config.toml"
    path.touch(mode=0o600)
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "myths.zip").touch()
    (tmp_path / "my folder").mkdir()
    return path


def offered(path: Path, *words: str) -> dict[str, str | None]:
    """Return what the last of the words may become, with its help; a file is named by what it begins with."""
    completer = ShellComplete(cli, {}, "bookmark-bridge", "_BOOKMARK_BRIDGE_COMPLETE")
    *typed, last = words
    items = completer.get_completions(["--config", str(path), "--state-dir", str(path.parent), *typed], last)
    return {item.value if item.type == "plain" else f"<{item.type}>": item.help for item in items}


def test_a_command_is_completed_with_its_line_of_the_help(path: Path) -> None:
    """And all of them, where nothing is typed yet."""
    assert {"migrate": COMMANDS["migrate"][1], "mirror": COMMANDS["mirror"][1]} == offered(path, "mi")
    assert list(COMMANDS) == list(offered(path, ""))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["migrate", ""], ["tonight", "mine", "my reader", "<file>"]),
        (["migrate", "tonight", ""], ["mine", "my reader", "<file>"]),
        (["mirror", "m"], ["mine", "my reader", "<file>"]),
        (["mirror", "r"], ["reading", "<file>"]),
        (["forward", ""], ["mine", "my reader", "<file>"]),
        (["forget", "mine", "my"], ["my reader", "<file>"]),
        (["run", ""], ["reading", "tonight"]),
        (["run", "reading", ""], ["tonight"]),
        (["schedule", "install", "t"], ["tonight"]),
        (["schedule", ""], ["install", "remove", "show"]),
        (["login", "mi"], ["mine"]),
        (["logout", ""], ["mine", "my reader"]),
        (["check", "my"], ["my reader", "<file>"]),
        (["migrate", "--existing", ""], ["merge", "skip", "overwrite"]),
        (["migrate", "--no"], ["--no-verify"]),
        (["migrate", "--with", ""], ["<file>"]),
        (["apply", ""], ["<file>"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["show", ""], []),
    ],
    ids=" ".join,
)
def test_words_are_completed_by_what_they_stand_for(path: Path, words: list[str], expected: list[str]) -> None:
    """Accounts, jobs, files and choices, each where it belongs."""
    assert expected == list(offered(path, *words))


def test_an_account_is_told_with_its_service_and_a_job_with_its_kind(path: Path) -> None:
    """Where the shell shows it."""
    assert {"tonight": "migrate job", "mine": "pinboard"} == {
        name: offered(path, "migrate", "")[name] for name in ("tonight", "mine")
    }
    assert {"reading": "mirror", "tonight": "migrate"} == offered(path, "run", "")


def test_no_secret_is_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a command that the config names is run."""
    monkeypatch.chdir(path.parent)
    offered(path, "check", "")

    assert not (path.parent / "asked").exists()


def test_runs_are_completed_with_what_they_were(home: Home) -> None:
    """The latest first, each once; nothing is written to the state."""
    for target in ("one.jsonl", "two.jsonl"):
        assert 0 == home.run("migrate", "pinboard", home.folder / target).code
    state = home.folder / "state"
    before = {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".sqlite3"}
    completer = ShellComplete(cli, {}, "bookmark-bridge", "_X")
    found = completer.get_completions(["--state-dir", str(state), "show"], "")
    others = completer.get_completions(["--state-dir", str(state), "undo", "2"], "")

    assert [("2", f"migrate pinboard -> {home.folder / 'two.jsonl'}")] == [(i.value, i.help) for i in found][:1]
    assert ["2", "1"] == [item.value for item in found]
    assert ["1"] == [item.value for item in others]
    assert before == {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".sqlite3"}


BROKEN = (
    b"[accounts",
    b"\xff\xfe",
    b"accounts = 3\njobs = [1]",
    b"[accounts]\nmine = 1",
    b"deep = " + b"[" * 9000 + b"]" * 9000,
    b"long = " + b"9" * 9000,
)


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_config_or_state_completes_nothing_and_says_nothing(
    path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever presses a key is not told off; the command will say it."""
    path.write_bytes(content)
    (path.parent / "state.sqlite3").write_bytes(content)

    assert [] == list(offered(path, "run", ""))
    assert ["<file>"] == list(offered(path, "migrate", ""))
    assert [] == list(offered(path, "show", ""))
    assert ("", "") == capfd.readouterr()


def test_a_config_that_is_a_pipe_holds_up_no_shell(path: Path) -> None:
    """Nobody may ever write to it."""
    path.unlink()
    os.mkfifo(path)

    assert {} == offered(path, "run", "")


def test_a_missing_state_stays_missing(path: Path) -> None:
    """To look is not to make."""
    before = set(path.parent.iterdir())

    assert {} == offered(path, "undo", "")
    assert before == set(path.parent.iterdir())


@pytest.mark.parametrize(
    ("words", "offered_then"),
    [("migrate m", ["plain,mine", "plain,my reader", "file,m"]), ("show x", [""]), ("undo x", [""])],
)
def test_completing_imports_nothing_that_is_slow(path: Path, words: str, offered_then: list[str]) -> None:
    """No adapter, and nothing that draws or sends: it has to be there before the finger is off the key."""
    program = (
        "import sys\n"
        "from bridge.cli.main import run\n"
        "slow = {'adapters', 'requests', 'lxml', 'keyring', 'werkzeug', 'rich', 'jinja2', 'tomlkit'}\n"
        "try:\n"
        "    run(['runs'])\n"
        "finally:\n"
        "    print(sorted(slow & set(sys.modules)))\n"
    )
    environ = {
        **os.environ,
        "_BOOKMARK_BRIDGE_COMPLETE": "bash_complete",
        "COMP_WORDS": f"bookmark-bridge --config {path} {words}",
        "COMP_CWORD": "4",
    }
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)

    assert [*offered_then, "[]"] == done.stdout.splitlines()
    assert "" == done.stderr


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_begins_with_how_to_install_it(bare: Stage, name: str) -> None:
    """As comments; with --json it is a value."""
    result = bare.run("completion", name)
    comments = [line for line in result.out.splitlines() if line.startswith("#")]

    assert 0 == result.code
    assert any(f"bookmark-bridge completion {name}" in line for line in comments)
    assert result.out.startswith("#")
    assert source(cli, name) == result.out == bare.json("completion", name).json["script"]


def test_bash_completes(path: Path) -> None:
    """Names of accounts and of files together, and what has a blank is quoted."""
    with shell("bash", path.parent) as bash:
        assert [] == bash.lacks(f"{TYPED} migrate m", "mine", "my reader", "my folder/", "myths.zip", tabs=2)
        assert [] == bash.lacks(f"{TYPED} check my\\ f", f"{TYPED} check my\\ folder/")
        assert [] == bash.lacks(f"{TYPED} login my", f"{TYPED} login my\\ reader ")


def test_bash_quotes_what_it_would_carry_out(path: Path) -> None:
    """In a beginning that several names share, and between quotes that the person has begun."""
    names = ("two$(touch a)x", "two$(touch a)y", "one`touch b`")
    jobs = "".join(f'[jobs."{name}"]\nkind = "mirror"\n' for name in names)
    path.write_text(CONFIG + jobs, encoding="utf-8")
    with shell("bash", path.parent) as bash:
        assert [] == bash.lacks(f"{TYPED} run tw", "$\\(touch\\ a)")
        assert [] == bash.lacks(f'{TYPED} run "on', r'"one\`touch b\`"')


def test_zsh_completes(path: Path) -> None:
    """With what each is."""
    with shell("zsh", path.parent) as zsh:
        assert [] == zsh.lacks(f"{TYPED} migrate m", "myths.zip", "mine", "-- pinboard", "-- pocket")
        assert [] == zsh.lacks(f"{TYPED} run re", f"{TYPED} run reading")


def test_fish_completes(path: Path) -> None:
    """With what each is; as fish draws a line anew at each key, it is asked for what it would offer."""
    with shell("fish", path.parent) as fish:
        for words, expected in (("migrate m", ["mine<tab>pinboard", "myths.zip"]), ("run re", ["reading<tab>mirror"])):
            asked = f"complete --do-complete '{TYPED} {words}' | string replace -a \\t '<tab>'\r"
            assert [] == fish.lacks(asked, *expected, tabs=0)
