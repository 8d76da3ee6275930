"""Words of messages about a service."""

from __future__ import annotations

from adapters.http.words import spoken, within


def test_a_name_within_a_sentence_begins_small() -> None:
    """Unless it is a proper one."""
    assert ["the Pocket server", "Pinboard"] == [within(name) for name in ("The Pocket server", "Pinboard")]


def test_durations_are_spoken() -> None:
    """Seconds, then minutes and seconds, then hours and minutes."""
    told = [spoken(seconds) for seconds in (0, 5.4, 252, 300, 7200, 7500)]

    assert ["0 s", "5 s", "4 min 12 s", "5 min", "2 h", "2 h 5 min"] == told
