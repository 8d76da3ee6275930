"""How a person is heard while a run goes on."""

from __future__ import annotations

import signal

import pytest

from bridge.cli.interrupt import Interrupt
from bridge.model.errors import Stopped


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

        assert not interrupt.stopping()


def test_waiting_is_cut_into_slices_that_add_up() -> None:
    """A wait lasts as long as was asked, and is interrupted within a slice."""
    slices: list[float] = []
    Interrupt(lambda _sentence: None, slices.append).sleep(1.05)

    assert pytest.approx(1.05) == sum(slices)
    assert max(slices) <= 0.2


def test_a_signal_in_a_wait_of_one_thread_needs_no_answer() -> None:
    """Nothing is in flight then and the wait ends at once; between waits a call may be."""
    said: list[str] = []

    def pause(_seconds: float) -> None:
        signal.raise_signal(signal.SIGINT)

    with Interrupt(said.append, pause) as interrupt, interrupt.alone(), pytest.raises(Stopped):
        interrupt.sleep(1)
    assert [] == said
    with Interrupt(said.append, pause) as interrupt, interrupt.alone():
        signal.raise_signal(signal.SIGINT)

    assert ["Stopping after the call in flight; once more to stop at once."] == said


def test_handlers_are_given_back() -> None:
    """After the run, Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt(lambda _sentence: None, lambda _seconds: None):
        assert before is not signal.getsignal(signal.SIGINT)

    assert before is signal.getsignal(signal.SIGINT)
