"""What moves at the bottom of a terminal, drawn on a recorded one."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bridge.cli.phases import Phase
from bridge.cli.progress import Display, SteadyClock
from bridge.cli.screen import LastingConsole, Screen, lay_out
from bridge.model.adapter import Wait
from bridge.report.visible import visible
from bridge.running.world import Work
from tests.support.clock import FakeClock

ESC = "\x1b"


def console(width: int, **options: object) -> LastingConsole:
    """Return a recorded terminal, whose output is its `file`."""
    return LastingConsole(file=io.StringIO(), force_terminal=True, width=width, height=24, **options)


def drawn(width: int, *under_way: Phase, now: float) -> list[str]:
    """Return the lines that show phases."""
    return [line.plain for line in lay_out(under_way, now, console(width))]


def writing(done: int = 812, total: int | None = 2_311, gap: float = 3.0) -> tuple[Phase, float]:
    """Return a phase that is under way, and the time."""
    phase, now = Phase(Work.WRITING, "pinboard", total, 0.0), 0.0
    for _ in range(done):
        now += gap
        phase = phase.advanced(now)
    return phase, now


class Desk:
    """A display on a recorded terminal, drawn when a test says so."""

    def __init__(self, width: int = 100, **options: object) -> None:
        self.clock = SteadyClock(FakeClock())
        self.console = console(width, **options)
        self.screen = Screen(self.console, self.clock)
        self.display = Display(self.screen, self.clock)

    @property
    def out(self) -> str:
        """All that was written to the terminal."""
        return str(self.console.file.getvalue())  # type: ignore[attr-defined]


def test_a_wide_terminal_shows_a_phase_in_one_line_with_a_bar() -> None:
    """And below it what it waits for, with the time that is left."""
    phase, now = writing()
    phase = phase.waiting(Wait("Pinboard asked for patience (Retry-After)", 130), now)

    assert [
        "Writing to pinboard  ━━━━━━━━━━────────────────────  812 of 2,311, 20 a minute, about 1 h 17 min left",
        "  Pinboard asked for patience (Retry-After): 2 min 10 s left",
    ] == drawn(106, phase, now=now)


def test_a_narrow_terminal_shows_the_same_in_more_lines() -> None:
    """Lines break between facts, and between words."""
    phase, now = writing()
    phase = phase.waiting(Wait("all of Pinboard is listed at most every 5 min", 180), now)

    assert [
        "Writing to pinboard",
        "  812 of 2,311, 20 a minute,",
        "  about 1 h 18 min left",
        "  all of Pinboard is listed at most",
        "  every 5 min: 3 min left",
    ] == drawn(40, phase, now=now)


def test_two_sides_stand_one_below_the_other() -> None:
    """What is known of them begins in the same column."""
    left = Phase(Work.READING, "pocket", None, 0.0, "nightly").advanced(9.0, 1_230)
    right = Phase(Work.READING, "pinboard", None, 0.0, "nightly")

    assert [
        "nightly: Reading pocket    1,230 so far, for 12 s",
        "nightly: Reading pinboard  for 12 s",
    ] == drawn(100, left, right, now=12.0)


def test_a_rest_is_counted_down() -> None:
    """Between two rounds one line says how long it lasts."""
    rest = Phase(None, "", None, 0.0).waiting(Wait("waiting for the next round", 300), 0.0)

    assert ["Waiting for the next round  4 min 50 s left"] == drawn(100, rest, now=10.5)


def test_a_terminal_without_utf_8_has_a_bar_of_ascii() -> None:
    """Its other characters would be shown as escapes."""
    latin = LastingConsole(file=io.TextIOWrapper(io.BytesIO(), "latin-1"), force_terminal=True, width=100)
    [line] = lay_out([writing(done=1, total=2)[0]], 4.0, latin)

    assert "Writing to pinboard  ###############---------------  1 of 2, for 4 s" == line.plain


@given(st.text(), st.text(), st.integers(12, 200), st.integers(0, 10**9), st.none() | st.integers(0, 10**9))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(
    account: str, reason: str, width: int, done: int, total: int | None
) -> None:
    """Whatever an account is called; nothing that steers a terminal is among it."""
    phase = Phase(Work.READING_BACK, account, total, 0.0).advanced(1.0, done).waiting(Wait(reason, 60.0), 1.0)
    lines = drawn(width, phase, now=1.0)

    assert max(map(cell_len, lines)) <= width
    assert lines == [visible(line) for line in lines]
    assert "60sleft" in re.sub(r"\s", "", "".join(lines)).replace("1minleft", "60sleft")


def test_what_is_said_stands_above_and_what_is_over_leaves_one_quiet_line() -> None:
    """At the end nothing moves any more, and the cursor is there again."""
    desk = Desk()
    with desk.display.phase(Work.WRITING, "[red]x :bomb:", 2):
        desk.screen.refresh()
        desk.display.say("[bold]no markup[/bold] :bomb: \x1b[31m")
        desk.display.advance()
        desk.screen.refresh()
        desk.display.advance()

    assert f"{ESC}[?25l" in desk.out
    assert desk.out.rindex(f"{ESC}[?25l") < desk.out.rindex(f"{ESC}[?25h")
    assert "[bold]no markup[/bold] :bomb: \\x1b[31m" in desk.out
    assert "Writing to [red]x :bomb:" in desk.out
    assert "Finished writing 2 bookmarks to [red]x :bomb: in less than 1 s." in desk.out.rpartition(f"{ESC}[?25h")[2]


def test_only_what_looks_otherwise_is_drawn_again() -> None:
    """A terminal at the other end of a slow line is not sent the same again."""
    desk = Desk()
    with desk.display.phase(Work.READING, "a"):
        desk.screen.refresh()
        once = desk.out
        desk.screen.refresh()

        assert once == desk.out


def test_what_is_quickly_over_never_moves() -> None:
    """A phase that is over before the first look leaves its line and nothing else."""
    desk = Desk(color_system=None)
    with desk.display.phase(Work.READING, "a"):
        pass
    desk.screen.refresh()

    assert "Read 0 bookmarks of a in less than 1 s.\n" == desk.out


def test_without_colors_there_is_no_color_and_no_weight() -> None:
    """The cursor moves, and that is all."""
    desk = Desk(color_system=None)
    with desk.display.phase(Work.WRITING, "a", 2):
        desk.display.report(Wait("waiting", 3.0))
        desk.screen.refresh()
        desk.display.say("Said.")

    assert [] == re.findall(r"\x1b\[[0-9;]*m", desk.out)


def test_a_terminal_that_becomes_narrower_is_tidied() -> None:
    """It wraps the line that was drawn: what has become three rows is cleared as three, before anything is printed."""
    for tell in (lambda desk: desk.screen.refresh(), lambda desk: desk.display.say("Said.")):
        desk = Desk(color_system=None)
        with desk.display.phase(Work.READING, "a"):
            desk.display.report(Wait("all of the Pinboard server is listed at most every 5 min", 180))
            desk.screen.refresh()
            before = len(desk.out)
            desk.console.width = 40
            tell(desk)

            assert 2 == desk.out[before:].count(f"{ESC}[1A")


@pytest.mark.parametrize("error", [BrokenPipeError, OSError])
def test_a_terminal_that_is_gone_ends_nothing(error: type[OSError]) -> None:
    """The run goes on when its window is closed; nothing is tried there any more."""
    tried = []

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            tried.append(text)
            raise error

    desk = Desk()
    desk.console.file = Gone()
    with desk.display.phase(Work.READING, "a"):
        desk.display.say("Said.")
        desk.display.advance()
        desk.screen.refresh()

    assert 1 == len(tried)
