"""Several accounts are waited for at once."""

from __future__ import annotations

import threading

import pytest

from bridge.running.together import together


def fail(error: BaseException) -> None:
    """Raise an error."""
    raise error


def test_each_answer_is_found_under_its_key() -> None:
    """None and nothing are answers."""
    assert {"a": 1, "b": None} == together({"a": lambda: 1, "b": lambda: None})
    assert {} == together({})


def test_they_are_asked_at_the_same_time() -> None:
    """Each waits until the other was asked."""
    meeting = threading.Barrier(2, timeout=10)

    assert {"a": True, "b": True} == together({key: lambda: meeting.wait() in {0, 1} for key in "ab"})


def test_the_first_error_in_their_order_is_raised_once_all_have_ended() -> None:
    """Whichever of them came first."""
    ended = threading.Event()

    def late() -> None:
        ended.wait(10)
        raise ValueError("first")

    def early() -> None:
        ended.set()
        raise KeyError("second")

    with pytest.raises(ValueError, match="first"):
        together({"a": late, "b": early, "c": lambda: 1})


def test_the_end_of_the_program_is_no_other_error() -> None:
    """What stops one stops all: it is raised here, too."""
    with pytest.raises(KeyboardInterrupt):
        together({"a": lambda: fail(KeyboardInterrupt())})
