"""What a person sees and how they are heard while a run goes on."""

from __future__ import annotations

import io
import signal

import pytest
from rich.console import Console

from bridge.cli.interrupt import Interrupt
from bridge.cli.progress import Bar, Lines, choose
from bridge.model.errors import Stopped
from tests.support.clock import FakeClock


def test_lines_come_at_the_start_and_every_half_minute() -> None:
    """Outside of a terminal a long phase is told now and then, with the time left."""
    said: list[str] = []
    clock = FakeClock()
    lines = Lines(said.append, clock)
    lines.start("Writing to pinboard", 40)
    for _ in range(40):
        clock.sleep(3)
        lines.advance()
    lines.stop()

    assert "Writing to pinboard: 40 bookmarks." == said[0]
    assert "Writing to pinboard: 10 of 40, about 1 min 30 s left." == said[1].replace("90 s", "1 min 30 s")
    assert 5 == len(said)


def test_bar_shows_counts_and_hostile_names_as_they_are() -> None:
    """On a terminal there is a bar; markup and escapes in a name stay plain text."""
    out = io.StringIO()
    bar = Bar(Console(file=out, force_terminal=True, width=100))
    bar.say("[bold]no markup[/bold] \x1b[31m")
    bar.start("Writing to [red]x", 2)
    bar.advance()
    bar.stop()
    bar.advance()

    assert "[bold]no markup[/bold] \\x1b[31m" in out.getvalue()
    assert "Writing to [red]x" in out.getvalue()
    assert "1/2" in out.getvalue()


def test_quiet_and_redirected_programs_show_no_bar() -> None:
    """The bar is for terminals only."""
    assert isinstance(choose(print, quiet=True), Lines)
    assert isinstance(choose(print, quiet=False), Lines)


def test_first_signal_asks_and_second_ends() -> None:
    """The first Ctrl-C lets the call in flight finish; the second does not."""
    said: list[str] = []
    with Interrupt(said.append, lambda _seconds: None) as interrupt:
        assert not interrupt.stopping()
        signal.raise_signal(signal.SIGINT)

        assert interrupt.stopping()
        assert said
        with pytest.raises(Stopped):
            interrupt.sleep(10)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_a_signal_at_a_question_ends_the_program() -> None:
    """While the person is asked, nothing is in flight, so the first Ctrl-C is enough."""
    with Interrupt(lambda _sentence: None, lambda _seconds: None) as interrupt:
        with pytest.raises(KeyboardInterrupt), interrupt.asking():
            signal.raise_signal(signal.SIGINT)
        with interrupt.asking():
            pass


def test_waiting_is_cut_into_slices_that_add_up() -> None:
    """A wait lasts as long as was asked, and is interrupted within a slice."""
    slices: list[float] = []
    Interrupt(lambda _sentence: None, slices.append).sleep(1.05)

    assert pytest.approx(1.05) == sum(slices)
    assert max(slices) <= 0.2


def test_handlers_are_given_back() -> None:
    """After the run, Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt(lambda _sentence: None, lambda _seconds: None):
        assert before is not signal.getsignal(signal.SIGINT)

    assert before is signal.getsignal(signal.SIGINT)
