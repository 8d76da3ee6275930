"""How a run looks from outside: in a terminal, in a dumb one, in a pipe, and to whoever wants quiet."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from adapters.http.serving import Fault, Gate, refuse
from tests.support.home import Home
from tests.support.stage import Stage
from tests.support.window import Window, window

COLOR = re.compile(r"\x1b\[[0-9;]*m")
PAGES = [f"https://example.org/{number}" for number in range(3)]


class Held:
    """Holds an answer back until a test lets it go, so that what is seen meanwhile can be looked at."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self.fault = Fault("held", carried_out=True, spoil=self._hold)

    def let_go(self) -> None:
        """Let all answers go."""
        self._free.set()

    def _hold(self, _gate: Gate, true: Response) -> Response:
        self._free.wait(60)
        return true


@pytest.fixture
def held() -> Iterator[Held]:
    """Hold answers back until the test ends at the latest."""
    made = Held()
    yield made
    made.let_go()


@pytest.fixture
def mine(bare: Stage) -> Path:
    """Write a file of ours with three bookmarks."""
    path = bare.folder / "mine.jsonl"
    lines = [{"bookmark-bridge": 1}, *({"url": page, "title": "T"} for page in PAGES)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def at(stage: Stage, *arguments: str | Path, columns: int = 100, **environ: str) -> AbstractContextManager[Window]:
    """Start the program in a window; with OUT its standard output goes to that file."""
    inherited = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS", "LINES"}}
    own = {**inherited, "TERM": "xterm-256color", **stage.environ, **environ}
    redirected = ["sh", "-c", 'exec "$0" "$@" >"$OUT"'] if "OUT" in environ else []
    return window([*redirected, sys.executable, "-m", "bridge", *stage.arguments(*arguments)], own, columns=columns)


def test_a_migration_on_a_terminal(bare: Stage, mine: Path, held: Held) -> None:
    """The question stands alone; then one line moves, in color, and what is logged stands above it.

    In the end each phase has left a quiet line, and nothing moves.
    """
    bare.sandbox.faults.add(held.fault, "posts/add", skip=2)
    with at(bare, "-v", "migrate", mine, "pinboard") as seen:
        asked, cursor = seen.see("Go on? [Y/n]:"), seen.cursor_shows
        seen.type("y\n")
        moving, hidden = seen.see("2 of 3", "GET: posts/add"), not seen.cursor_shows
        held.let_go()
        code = seen.end()

    assert (0, True, True, True) == (code, cursor, hidden, seen.cursor_shows)
    assert "At pinboard: 3 to add: less than 1 s." == asked[-2]
    assert moving[-1].startswith("Writing to pinboard  ━━━━━━")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} The Pinboard server at 127.0.0.1:\d+ GET: posts/add", moving[-2])
    assert "Finished writing 3 bookmarks to pinboard in" in "\n".join(seen.lines)
    assert not any("━" in line for line in seen.lines)
    assert COLOR.search(seen.raw)


def test_a_mirror_shows_both_sides_at_once(home: Home, held: Held) -> None:
    """Both are read at the same time, each in a line; with NO_COLOR only the cursor moves.

    With --json standard output is the one object all the same.
    """
    home.save(PAGES[0])
    home.pin(PAGES[1])
    home.sandbox.faults.add(held.fault, "posts/all")
    home.pocket.faults.add(held.fault, "get")
    out = home.folder / "out"
    with at(home, "--json", "mirror", "pocket", "pinboard", columns=40, NO_COLOR="1", OUT=str(out)) as seen:
        seen.see("Reading pocket", "Reading pinboard")
        held.let_go()
        code = seen.end()

    assert (0, True) == (code, seen.cursor_shows)
    assert "\x1b[?25l" in seen.raw
    assert None is COLOR.search(seen.raw)
    assert 2 == json.loads(out.read_text(encoding="utf-8"))["added"]


def test_a_wait_is_counted_down_and_ctrl_c_leaves_a_clean_screen(bare: Stage, mine: Path) -> None:
    """Why it waits, and how long, in words; then what was said stays, nothing moves, and the cursor is there."""
    bare.sandbox.faults.add(refuse(retry_after=90), "posts/add", skip=1)
    with at(bare, "migrate", mine, "pinboard", "--yes") as seen:
        seen.see("1 of 3", "The Pinboard server asked for patience (Retry-After): 1 min 2")
        seen.type("\x03")
        code = seen.end()

    screen = "\n".join(seen.lines)
    assert (130, True) == (code, seen.cursor_shows)
    assert "Stopping after the call in flight; once more to stop at once." in screen
    assert "Stopped writing to pinboard after 1 of 3 in" in screen
    assert "Run the same command again to go on." in screen
    assert "patience" not in screen


def test_a_second_ctrl_c_gives_the_cursor_back(bare: Stage, mine: Path, held: Held) -> None:
    """Also where the call in flight is never answered."""
    bare.sandbox.faults.add(held.fault, "posts/all")
    with at(bare, "migrate", mine, "pinboard") as seen:
        seen.see("Reading pinboard")
        seen.type("\x03")
        seen.see("Stopping after the call in flight")
        seen.type("\x03")
        code = seen.end()

    assert (130, True) == (code, seen.cursor_shows)
    assert "Stopped at once." in "\n".join(seen.lines)
    assert not any(line.startswith("Reading") for line in seen.lines)


def test_a_dumb_terminal_is_sent_lines_and_no_control_character(bare: Stage, mine: Path) -> None:
    """Its cursor does not move."""
    with at(bare, "migrate", mine, "pinboard", "--yes", TERM="dumb") as seen:
        code = seen.end()

    assert (0, set()) == (code, set(re.findall(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", seen.raw)))
    assert "Writing 3 bookmarks to pinboard." in seen.raw


def test_a_pipe_is_sent_lines(bare: Stage, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line when a phase begins and one when it ends, and nothing that steers a terminal, whatever is forced."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    result = bare.run("migrate", mine, "pinboard")
    second = bare.json("migrate", mine, "pinboard")
    lines = result.err.splitlines()

    assert (0, 0) == (result.code, second.code)
    assert [
        "Finished writing 3 bookmarks to pinboard in less than 1 s.",
        "Reading 3 bookmarks back from pinboard.",
        "Read 3 bookmarks back from pinboard in less than 1 s.",
    ] == [line for line in lines if "back" in line or "Finished" in line]
    assert {"Reading pinboard.", f"Reading {mine}.", "Writing 3 bookmarks to pinboard."} <= set(lines)
    assert "\x1b" not in result.err + result.out + second.err + second.out
    assert 3 == second.json["unchanged"]
    assert "Reading pinboard." in second.err.splitlines()


def test_quiet_is_quiet_with_json_and_without(bare: Stage, mine: Path) -> None:
    """Nothing but the result is written."""
    first, second = bare.run("-q", "migrate", mine, "pinboard"), bare.run("-q", "--json", "migrate", mine, "pinboard")

    assert ("", "") == (first.err, second.err)
    assert first.out.startswith("Receipt of run 1")
    assert 3 == second.json["unchanged"]


def test_long_waits_are_lines_with_their_reasons(bare: Stage, mine: Path) -> None:
    """What the service asks for, and what its pace asks for; the clock that a test moves is the one that is told of."""
    config = bare.folder / "config.toml"
    config.write_text(config.read_text().replace('"posts/all" = "0.0ms"', '"posts/all" = "5m"'), encoding="utf-8")
    bare.sandbox.faults.add(refuse(retry_after=130), "posts/add", skip=1)
    first, second = bare.run("migrate", mine, "pinboard"), bare.run("migrate", mine, "pinboard")

    assert (0, 0) == (first.code, second.code)
    assert "The Pinboard server asked for patience (Retry-After): 2 min 10 s left." in first.err.splitlines()
    assert re.search(
        r"^All of the Pinboard server is listed at most every 5 min: 2 min \d+ s left\.$", second.err, re.MULTILINE
    )
    assert "Finished writing 3 bookmarks to pinboard in 2 min 1" in first.err
