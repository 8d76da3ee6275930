"""What is known of the work under way, and in which words it is told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.phases import Phase, begun, ended, facts, pause, paused, title
from bridge.model.adapter import Wait
from bridge.running.world import Work

steps = st.lists(st.tuples(st.floats(0, 400), st.integers(0, 50), st.booleans(), st.none() | st.floats(0, 900)))
totals = st.none() | st.integers(0, 400)


def story(total: int | None, told: list[tuple[float, int, bool, float | None]]) -> Iterator[tuple[Phase, float]]:
    """Yield a phase with the time after each step of its course."""
    phase, now = Phase(Work.WRITING, "pinboard", total, 0.0), 0.0
    for seconds, bookmarks, failed, wait in told:
        now += seconds
        phase = phase.advanced(now, bookmarks, bookmarks if failed else 0)
        if wait is not None:
            phase = phase.waiting(Wait("waiting for Pinboard's pace", wait), now)
        yield phase, now


def even(gap: float, bookmarks: int, total: int, *, each: int = 1) -> tuple[Phase, float]:
    """Return a phase in which so many were done, `each` at a time, in even steps."""
    phase, now = Phase(Work.WRITING, "pinboard", total, 0.0), 0.0
    for _ in range(bookmarks):
        now += gap
        for _one in range(each):
            phase = phase.advanced(now)
    return phase, now


@given(totals, steps, st.floats(0, 10_000))
def test_no_number_is_negative_and_what_is_finished_has_nothing_left(
    total: int | None, told: list[tuple[float, int, bool, float | None]], later: float
) -> None:
    """Whatever happens, and however long nothing does."""
    for phase, now in story(total, told):
        left, interval = phase.left(now + later), phase.interval(now + later)

        assert left is None or 0 <= left < math.inf
        assert interval is None or 0 < interval < math.inf
        assert 0 <= phase.failed <= phase.done
        assert phase.total is None or phase.done <= phase.total
        assert (phase.total is not None and phase.finished) == (left == 0)
        assert "-" not in f"{title(phase)} {facts(phase, now + later)} {pause(phase, now + later)}"


@given(totals, steps)
def test_what_is_done_never_becomes_less(total: int | None, told: list[tuple[float, int, bool, float | None]]) -> None:
    """Neither do the time it has taken, and the sum of what there is to do."""
    for (before, then), (after, now) in pairwise(story(total, told)):
        assert (before.done, before.failed, before.elapsed(then)) <= (after.done, after.failed, after.elapsed(now))
        assert before.total is None or after.total is None or before.total <= after.total


@given(totals, steps, st.floats(0, 500), st.floats(0, 500))
def test_the_time_left_never_runs_faster_than_time(
    total: int | None, told: list[tuple[float, int, bool, float | None]], once: float, again: float
) -> None:
    """Where nothing happens it counts down at most by the seconds that pass; a halt makes it longer."""
    for phase, now in story(total, told):
        before, after = phase.left(now + once), phase.left(now + once + again)

        assert before is None or after is None or after >= before - again - 1e-6 * (1 + before)


@given(st.floats(3, 500), st.integers(4, 40), st.integers(41, 400))
def test_an_even_pace_is_told_as_it_is(gap: float, done: int, total: int) -> None:
    """The rate is that of the steps, and the time left that of those that are missing."""
    phase, now = even(gap, done, total)

    assert phase.interval(now) == pytest.approx(gap)
    assert phase.left(now) == pytest.approx((total - done) * gap)
    assert phase.left(now + gap / 2) == pytest.approx((total - done - 0.5) * gap)


@given(st.floats(3, 100), st.integers(3, 20), st.integers(2, 30))
def test_a_batch_is_one_step(gap: float, batches: int, each: int) -> None:
    """What is less than 1 s does not make the rate look higher than it is."""
    phase, now = even(gap, batches, 1_000, each=each)

    assert phase.interval(now) == pytest.approx(gap / each)


def test_a_rate_is_left_out_until_it_was_seen() -> None:
    """One bookmark says nothing, and neither does what happens within five seconds."""
    first = Phase(Work.WRITING, "pinboard", 100, 0.0).advanced(2.0)
    second = first.advanced(5.0)
    third = second.advanced(8.0)

    assert ["1 of 100", "for 4 s"] == facts(first, 4.0)
    assert ["2 of 100", "for 6 s"] == facts(second, 6.0)
    assert ["3 of 100", "20 a minute", "about 4 min 51 s left"] == facts(third, 8.0)


def test_a_rate_looks_back_ten_minutes() -> None:
    """What was fast an hour ago does not make it look fast; where minutes lie between bookmarks, ten of them count."""
    phase, now = even(1.0, 300, 10_000)
    for _ in range(60):
        now += 60.0
        phase = phase.advanced(now)

    assert phase.interval(now) == pytest.approx(60, rel=0.1)
    assert len(phase.moments) <= 15


@pytest.mark.parametrize(
    ("gap", "rate"), [(3.0, "20 a minute"), (30.0, "2 a minute"), (90.0, "40 an hour"), (7200.0, "12 a day")]
)
def test_a_rate_is_told_in_a_unit_that_sees_one(gap: float, rate: str) -> None:
    """By the minute, by the hour, or by the day."""
    assert rate in facts(*even(gap, 12, 1_000))


def test_a_wait_is_added_to_the_time_left() -> None:
    """What is missing after the next one takes its time after the wait."""
    phase, now = even(3.0, 10, 20)
    phase = phase.waiting(Wait("Pinboard asked for patience (Retry-After)", 600), now)

    assert phase.left(now) == pytest.approx(600 + 9 * 3)


def test_a_long_wait_is_counted_down_and_a_short_one_is_named() -> None:
    """A long one is over when its time has passed; a short one is shown a second longer, so that nothing flickers."""
    phase = Phase(Work.READING, "pinboard", None, 0.0)
    long = phase.waiting(Wait("Pinboard asked for patience (Retry-After)", 130), 0.0)
    short = phase.waiting(Wait("waiting for Pinboard's pace", 3.0), 0.0)

    assert [
        "Pinboard asked for patience (Retry-After): 2 min 10 s left",
        "Pinboard asked for patience (Retry-After): 10 s left",
        "",
    ] == [pause(long, now) for now in (0.0, 120.5, 130.0)]
    assert ["waiting for Pinboard's pace", "waiting for Pinboard's pace", ""] == [
        pause(short, now) for now in (0.0, 3.5, 4.0)
    ]
    assert "" == pause(phase, 0.0)
    assert "nightly: All is listed at most every 5 min: 3 min left." == paused(
        Wait("all is listed at most every 5 min", 180), "nightly"
    )


@pytest.mark.parametrize(
    ("work", "total", "words"),
    [
        (
            Work.READING,
            None,
            ("Reading a", "Reading a.", "Read 2,311 bookmarks of a in 3 s.", "Stopped reading a after 2,311 in 3 s."),
        ),
        (
            Work.LOOKING_UP,
            2_400,
            (
                "Looking up at a",
                "Looking up 2,400 bookmarks at a.",
                "Looked up 2,311 bookmarks at a in 3 s.",
                "Stopped looking up at a after 2,311 of 2,400 in 3 s.",
            ),
        ),
        (
            Work.WRITING,
            2_400,
            (
                "Writing to a",
                "Writing 2,400 bookmarks to a.",
                "Finished writing 2,311 bookmarks to a in 3 s.",
                "Stopped writing to a after 2,311 of 2,400 in 3 s.",
            ),
        ),
        (
            Work.READING_BACK,
            2_400,
            (
                "Reading back from a",
                "Reading 2,400 bookmarks back from a.",
                "Read 2,311 bookmarks back from a in 3 s.",
                "Stopped reading back from a after 2,311 of 2,400 in 3 s.",
            ),
        ),
    ],
)
def test_each_kind_of_work_has_its_words(work: Work, total: int | None, words: tuple[str, ...]) -> None:
    """While it is done, at its beginning, at its end, and where it was cut short."""
    start = Phase(work, "a", total, 0.0)
    phase = start.advanced(1.0, 2_311)

    assert words == (title(phase), begun(start), ended(phase, 3.2, whole=True), ended(phase, 3.2, whole=False))


def test_what_failed_and_what_was_not_there_is_told() -> None:
    """Failures at the end, too; and an increment without news says that it is none."""
    writing = Phase(Work.WRITING, "a", 3, 0.0, "nightly").advanced(1.0, 2).advanced(2.0, 1, 1)
    reading = Phase(Work.READING_CHANGES, "a", None, 0.0)

    assert ["3 of 3", "1 failed", "for 2 s"] == facts(writing, 2.0)
    assert "nightly: Finished writing 3 bookmarks to a in 2 s, 1 of them failed." == ended(writing, 2.0, whole=True)
    broken = reading.advanced(1.0, 26, 1)
    assert ["26 so far", "1 unreadable", "for 1 s"] == facts(broken, 1.5)
    assert "Read 26 bookmarks of a in 2 s, 1 of them unreadable." == ended(broken, 2.0, whole=True)
    assert "Read a in less than 1 s: nothing new." == ended(reading, 0.3, whole=True)
    assert "Read 1 bookmark of a in 1 min 30 s." == ended(reading.advanced(1.0), 90.0, whole=True)
    assert [] == facts(reading, 0.5)
    assert ["for 12 s"] == facts(reading, 12.9)
    assert ["7 so far", "for 1 s"] == facts(reading.advanced(1.0, 7), 1.0)


def test_a_rest_is_told_like_a_wait() -> None:
    """Between two rounds nothing is done, and it is said for how long."""
    rest = Phase(None, "", None, 0.0).waiting(Wait("waiting for the next round", 300), 0.0)

    assert ("Waiting for the next round", ["4 min 50 s left"], "") == (title(rest), facts(rest, 10.5), pause(rest, 0))
