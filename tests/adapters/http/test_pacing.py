"""The gap between request starts, and how it learns."""

from __future__ import annotations

import email.utils
import itertools
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.pacing import (
    LONGEST_GAP,
    LONGEST_RETRY_AFTER,
    SLACK,
    InMemoryPace,
    Pacer,
    claimed,
    left,
    postponed,
    refused,
    retry_after,
    settled,
    succeeded,
)
from bridge.model.adapter import Context, Mark
from bridge.model.errors import Stopped, Unavailable
from tests.support.clock import FakeClock
from tests.support.ear import Ear

GAPS = {"default": 3.0, "posts/all": 300.0}
RARE = {"posts/all": "all of {service} is listed"}

seconds = st.floats(0, 10_000)
times = st.floats(1.6e9, 1.9e9)
marks = st.none() | st.builds(Mark, times, seconds, seconds)


class Desk:
    """A pacer with a fake clock, and what it told the person."""

    def __init__(self, clock: FakeClock | None = None, memory: InMemoryPace | None = None) -> None:
        self.clock = clock or FakeClock()
        self.memory = memory or InMemoryPace()
        self.ear = Ear()
        self.context = Context(self.memory, self.clock, self.clock.sleep, report=self.ear)
        self.pacer = Pacer("pinboard https://api.pinboard.in/v1/ alice", "Pinboard", GAPS, self.context, RARE)

    def started(self, *routes: str) -> float:
        """Start a request and return when that was."""
        self.pacer.start(routes or ("default",))
        return self.clock.now


@given(marks, seconds, times)
def test_a_claim_never_starts_before_its_time(mark: Mark | None, gap: float, now: float) -> None:
    """Where something is left of the old mark, the claim leaves it ahead; else the next start is a gap away."""
    after = claimed(mark, gap, now)

    if left(settled(mark, gap, now), now) > 0:
        assert mark is not None
        assert now < after.next_start <= mark.next_start
    else:
        assert after.next_start >= now + gap


@given(marks, seconds, times)
def test_no_wait_is_longer_than_what_was_granted(mark: Mark | None, gap: float, now: float) -> None:
    """A clock that was set back costs at most one granted wait, after which the mark is in the past."""
    wait = left(settled(mark, gap, now), now)

    assert wait <= (0.0 if mark is None else mark.granted) + 1e-6
    assert left(settled(mark, gap, now), now + wait + 1e-6) <= 1e-6


@given(marks, seconds, times, seconds)
def test_a_refusal_slows_and_success_recovers(mark: Mark | None, gap: float, now: float, asked: float) -> None:
    """The gap doubles within its bound and halves again, never below the configured one."""
    slower = refused(mark, gap, now, asked)
    faster = succeeded(slower, gap, now)

    assert gap <= faster.gap <= slower.gap
    assert slower.gap == min(2 * max(gap or 0.5, 0 if mark is None else mark.gap), max(LONGEST_GAP, gap))
    assert slower.next_start >= now + max(asked, slower.gap) - 1e-3


@given(marks, seconds, times, seconds)
def test_trouble_puts_off_and_does_not_slow(mark: Mark | None, gap: float, now: float, wait: float) -> None:
    """The next start is at least that far away, and the gap is what it was."""
    after = postponed(mark, gap, now, wait)

    assert after.gap == settled(mark, gap, now).gap
    assert left(after, now) >= wait - 1e-3


@given(st.lists(st.sampled_from(["claim", "refuse", "succeed"]), max_size=30))
def test_a_gap_recovers_completely(events: list[str]) -> None:
    """After enough successes the configured gap is in force again, whatever happened."""
    mark: Mark | None = None
    for event in events:
        mark = {"claim": claimed, "refuse": refused, "succeed": succeeded}[event](mark, 3.0, 0.0)
    for _answer in range(12):
        mark = succeeded(mark, 3.0, 0.0)

    assert mark is None or mark.gap == 3.0


@given(st.text() | st.integers().map(str))
def test_any_retry_after_is_a_bounded_number(header: str) -> None:
    """Nonsense asks nothing, and nobody asks for more than a year."""
    assert 0 <= retry_after(header, 1.7e9) <= LONGEST_RETRY_AFTER


def test_retry_after_is_seconds_or_a_date() -> None:
    """Both forms of RFC 9110 are understood; a date in the past asks nothing."""
    now = 1_700_000_000.0

    assert retry_after(None, now) == 0
    assert retry_after("120", now) == 120
    assert retry_after(email.utils.formatdate(now + 90, usegmt=True), now) == 90
    assert retry_after("Tue, 14 Nov 2023 22:14:50 -0000", now) == 90
    assert retry_after(email.utils.formatdate(now - 90, usegmt=True), now) == 0
    assert retry_after("soon", now) == 0


def test_starts_are_a_gap_apart() -> None:
    """The slack keeps jitter from bringing two starts closer than the gap, and costs one percent."""
    desk = Desk()
    starts = [desk.started() for _call in range(5)]
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]

    assert gaps == pytest.approx([3.0 * SLACK] * 4)


def test_a_rare_class_also_takes_the_common_slot() -> None:
    """posts/all waits for both, and the next common call is a common gap behind it."""
    desk = Desk()
    first = desk.started("default", "posts/all")
    common = desk.started("default")
    second = desk.started("default", "posts/all")

    assert common - first == pytest.approx(3.0 * SLACK)
    assert second - first == pytest.approx(300.0 * SLACK)


def test_a_waiting_call_takes_no_slot() -> None:
    """A process that is stopped while it waits for posts/all leaves the common slot to others."""
    desk = Desk()
    desk.started("default", "posts/all")
    desk.clock.now += 10

    def stop(_seconds: float) -> None:
        raise Stopped("The person wants to stop.")

    stopping = Pacer(
        "pinboard https://api.pinboard.in/v1/ alice", "Pinboard", GAPS, Context(desk.memory, desk.clock, stop)
    )
    with pytest.raises(Stopped):
        stopping.start(("default", "posts/all"))

    before = desk.clock.now
    assert desk.started("default") == before


def test_a_slot_lost_to_another_process_is_waited_for() -> None:
    """Between looking and claiming somebody else may be quicker; then everything begins again."""
    desk = Desk()
    rival = Desk(desk.clock, desk.memory)
    wait = desk.pacer.wait
    seen = []

    def overtaken(route: str) -> float:
        seen.append(wait(route))
        if len(seen) == 1:
            rival.started("default", "posts/all")
        return seen[-1]

    desk.pacer.wait = overtaken
    begin = desk.clock.now

    assert desk.started("default", "posts/all") - begin >= 300.0


def test_processes_share_the_pace() -> None:
    """Two pacers on one memory start no closer together than one would."""
    memory, gap = InMemoryPace(), 0.02
    starts: list[float] = []

    def run() -> None:
        context = Context(memory, time.time, time.sleep)  # noqa: TID251 - real threads need real time
        pacer = Pacer("account", "Pinboard", {"default": gap}, context)
        for _call in range(8):
            pacer.start(("default",))
            starts.append(time.time())

    threads = [threading.Thread(target=run) for _process in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    starts.sort()

    assert len(starts) == 24
    assert starts[-1] - starts[0] >= 23 * gap


def test_a_wish_to_stop_is_heard_where_there_is_nothing_to_wait_for() -> None:
    """Else a listing without a gap could not be stopped."""
    clock = FakeClock()

    def sleep(_seconds: float) -> None:
        raise Stopped("Stopped.")

    pacer = Pacer("account", "Pocket", {"default": 0.0}, Context(InMemoryPace(), clock, sleep))
    with pytest.raises(Stopped):
        pacer.start(("default",))


def test_each_wait_is_told_with_its_reason() -> None:
    """Before it begins, and however short it is: whoever listens decides what to show."""
    desk = Desk()
    desk.started("default", "posts/all")
    desk.started("default")
    desk.clock.now += 45
    desk.started("default", "posts/all")
    desk.started("default", "other")
    reasons = [wait.reason for wait in desk.ear.waits]

    assert reasons == [
        "waiting for Pinboard's pace",
        "all of Pinboard is listed at most every 5 min",
        "waiting for Pinboard's pace",
    ]
    assert [wait.seconds for wait in desk.ear.waits] == pytest.approx([3.03, 254.97, 3.03])
    assert [wait.seconds for wait in desk.ear.waits] == [slept for slept in desk.clock.slept if slept]


def test_a_wait_that_the_service_asks_for_is_told_as_such() -> None:
    """What it named, what it only hints at, and what was trouble are told apart; then it is the pace again."""
    desk = Desk()
    for asked in (0.0, 100.0):
        desk.pacer.refused(("default",), asked)
        desk.started()
    desk.pacer.refused(("default",), 5.0, 500.0)
    desk.started()
    desk.pacer.put_off(700.0)
    desk.started()
    desk.pacer.postponed(1, 70.0)
    desk.started()
    desk.pacer.postponed(1)
    desk.started()
    desk.started()
    for _answer in range(3):
        desk.pacer.succeeded(("default",))
    desk.started()

    assert [wait.reason for wait in desk.ear.waits] == [
        "Pinboard asked for patience",
        "Pinboard asked for patience (Retry-After)",
        "Pinboard allows no call until then",
        "Pinboard allows no call until then",
        "Pinboard asked for patience (Retry-After)",
        "waiting before Pinboard is tried again",
        "waiting for Pinboard's pace, slower since it asked for patience",
        "waiting for Pinboard's pace",
    ]


def test_another_process_knows_that_the_service_asked_for_patience() -> None:
    """It finds a gap that is longer than the configured one."""
    desk = Desk()
    desk.pacer.refused(("default",))
    other = Desk(desk.clock, desk.memory)
    other.started()

    assert "waiting for Pinboard's pace, slower since it asked for patience" == other.ear.waits[0].reason


def test_a_server_is_named_as_within_a_sentence() -> None:
    """Its name begins with an article."""
    desk = Desk()
    pacer = Pacer("account", "The Pinboard server", {"default": 3.0}, desk.context)
    for _call in range(2):
        pacer.start(("default",))

    assert "waiting for the Pinboard server's pace" == desk.ear.waits[0].reason
    assert "waiting for the Pinboard server's pace: 3 s left" == str(desk.ear.waits[0])


def test_a_refusal_is_waited_out() -> None:
    """The next call starts after Retry-After or the doubled gap, whichever is longer."""
    desk = Desk()
    begin = desk.started()
    desk.pacer.refused(("default",))
    doubled = desk.started() - begin
    desk.pacer.refused(("default",), 100)
    asked = desk.started() - begin - doubled

    assert doubled == pytest.approx(6.0 * SLACK)
    assert asked == pytest.approx(100)


def test_the_pace_recovers_after_a_refusal() -> None:
    """Each success halves the gap in force, down to the configured one."""
    desk = Desk()
    desk.pacer.refused(("default",))
    desk.pacer.refused(("default",))
    desk.started()
    gaps = []
    for _call in range(4):
        desk.pacer.succeeded(("default",))
        before = desk.clock.now
        gaps.append(desk.started() - before)

    assert gaps == pytest.approx([12.0 * SLACK, 6.0 * SLACK, 3.0 * SLACK, 3.0 * SLACK])


def test_trouble_is_given_time() -> None:
    """After each try the next call is put off twice as long, and the gap stays."""
    desk = Desk()
    waits = []
    for tries in (1, 2):
        desk.started()
        before = desk.clock.now
        desk.pacer.postponed(tries)
        waits.append(desk.started() - before)

    assert waits == pytest.approx([6.0, 12.0])


def test_more_than_a_day_is_not_waited_for() -> None:
    """The person is told until when the service wants to be left alone, in this process and in the next."""
    desk = Desk()
    desk.pacer.refused(("default",), 3 * 86_400.0)

    for pacer in (desk.pacer, Desk(desk.clock, desk.memory).pacer):
        with pytest.raises(Unavailable, match="until 2023-11-17 22:13 UTC"):
            pacer.start(("default",))
    assert desk.clock.slept == []


def test_a_clock_set_back_costs_one_gap_of_each_class() -> None:
    """A mark from an hour ahead is not waited for longer than what was granted."""
    desk = Desk()
    desk.started("default", "posts/all")
    desk.clock.now -= 3600
    before = desk.clock.now

    assert desk.started("default", "posts/all") - before == pytest.approx(303.0 * SLACK)


def test_an_unknown_class_has_no_gap() -> None:
    """A class without a configured gap starts at once, until the service refuses it."""
    desk = Desk()
    first = desk.started("other")

    assert desk.started("other") == first
    desk.pacer.refused(("other",))
    assert desk.started("other") - first == pytest.approx(1.0 * SLACK)


def test_marks_are_kept_under_the_account_and_the_class() -> None:
    """So that every process of the person finds them."""
    desk = Desk()
    now = desk.started()
    found: list[Mark | None] = []

    def look(mark: Mark | None) -> Mark:
        found.append(mark)
        return mark or Mark(0, 0, 0)

    desk.memory.update("pinboard https://api.pinboard.in/v1/ alice default", look)

    assert found == [Mark(now + 3.0 * SLACK, 3.0, 3.0 * SLACK)]
