"""What several threads tell of a run, and the lines that come of it where there is no terminal."""

from __future__ import annotations

import io
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.app import App, Surroundings
from bridge.cli.phases import Phase
from bridge.cli.progress import Display, Lines, SteadyClock, choose
from bridge.model.adapter import Wait
from bridge.running.world import Progress, Work
from tests.support.clock import FakeClock


class Desk:
    """A display that prints lines, with a fake clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.said: list[str] = []
        self.display = Display(Lines(self.said.append), SteadyClock(self.clock))

    @property
    def progress(self) -> Progress:
        """The display as a run knows it."""
        return self.display

    def write(self, bookmarks: int, gap: float, wait: Wait | None = None) -> None:
        """Be done with so many bookmarks, one every few seconds."""
        for _ in range(bookmarks):
            if wait is not None:
                self.display.report(wait)
            self.clock.sleep(gap)
            self.progress.advance()


def test_a_phase_is_a_line_at_its_beginning_one_every_half_minute_and_one_at_its_end() -> None:
    """With what is done, of how much, how fast, and how long it takes still; short waits are not told."""
    desk = Desk()
    with desk.progress.phase(Work.WRITING, "pinboard", 25):
        desk.write(25, 3.0, Wait("waiting for Pinboard's pace", 3.0))

    assert [
        "Writing 25 bookmarks to pinboard.",
        "Writing to pinboard: 10 of 25, 20 a minute, about 45 s left.",
        "Writing to pinboard: 20 of 25, 20 a minute, about 15 s left.",
        "Finished writing 25 bookmarks to pinboard in 1 min 15 s.",
    ] == desk.said


def test_a_long_wait_is_a_line_with_its_reason() -> None:
    """Also where no phase is under way; and the same reason is told again after half a minute at the soonest."""
    desk = Desk()
    desk.display.report(Wait("Pinboard asked for patience (Retry-After)", 130))
    with desk.progress.phase(Work.READING, "pinboard"):
        for seconds in (15.0, 15.0, 15.0):
            desk.display.report(Wait("waiting for Pinboard's pace", seconds))
            desk.clock.sleep(seconds)
        desk.display.report(Wait("all of Pinboard is listed at most every 5 min", 180))
        desk.clock.sleep(180)

    assert [
        "Pinboard asked for patience (Retry-After): 2 min 10 s left.",
        "Reading pinboard.",
        "Waiting for Pinboard's pace: 15 s left.",
        "Reading pinboard: for 30 s.",
        "Waiting for Pinboard's pace: 15 s left.",
        "All of Pinboard is listed at most every 5 min: 3 min left.",
        "Read 0 bookmarks of pinboard in 3 min 45 s.",
    ] == desk.said


def test_sentences_of_adapters_and_runs_are_lines() -> None:
    """They come as they are."""
    desk = Desk()
    desk.display.report("It has moved.")
    desk.progress.say("Going on.")

    assert ["It has moved.", "Going on."] == desk.said


def test_each_thread_tells_of_its_own_phase() -> None:
    """Two sides are read at once: neither counts, nor waits, for the other."""
    desk = Desk()
    both, counted = threading.Barrier(2), threading.Barrier(2)

    def read(name: str, bookmarks: int) -> None:
        with desk.progress.phase(Work.READING, name):
            both.wait()
            desk.progress.advance(bookmarks)
            desk.display.report(Wait(f"waiting for {name}", 10.0))
            counted.wait()

    threads = [threading.Thread(target=read, args=side) for side in (("left", 3), ("right", 500))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {
        "Reading left.",
        "Reading right.",
        "Waiting for left: 10 s left.",
        "Waiting for right: 10 s left.",
        "Read 3 bookmarks of left in less than 1 s.",
        "Read 500 bookmarks of right in less than 1 s.",
    } == set(desk.said)


def test_a_phase_within_a_phase_counts_for_itself() -> None:
    """After it the outer one counts again; outside of any, nothing does."""
    desk = Desk()
    desk.progress.advance()
    with desk.progress.phase(Work.WRITING, "a", 2):
        desk.progress.advance()
        with desk.progress.phase(Work.LOOKING_UP, "b", 1):
            desk.progress.advance()
        desk.progress.advance(failed=True)
    desk.progress.advance()

    assert [
        "Looked up 1 bookmark at b in less than 1 s.",
        "Finished writing 2 bookmarks to a in less than 1 s, 1 of them failed.",
    ] == desk.said[2:]


def test_what_is_cut_short_is_told_as_such() -> None:
    """By an error, or because it ends before all is done."""
    desk = Desk()
    with pytest.raises(KeyboardInterrupt), desk.progress.phase(Work.READING, "a"):
        raise KeyboardInterrupt
    with desk.progress.phase(Work.WRITING, "a", 2):
        desk.progress.advance()

    assert [
        "Stopped reading a after less than 1 s.",
        "Stopped writing to a after 1 of 2 in less than 1 s.",
    ] == desk.said[1::2]


def test_the_job_stands_before_its_phases() -> None:
    """Where several are run, one sees whose they are; afterwards nobody's."""
    desk = Desk()
    with desk.display.named("nightly"), desk.progress.phase(Work.READING, "a"):
        desk.display.report(Wait("waiting", 10.0))
    with desk.display.resting(900):
        desk.clock.sleep(900)
    with desk.progress.phase(Work.READING_CHANGES, "a"):
        pass

    assert [
        "nightly: Reading a.",
        "nightly: Waiting: 10 s left.",
        "nightly: Read 0 bookmarks of a in less than 1 s.",
        "Waiting for the next round: 15 min left.",
        "Reading a.",
        "Read a in less than 1 s: nothing new.",
    ] == desk.said


def test_a_thread_that_outlives_the_run_shows_nothing() -> None:
    """Once the display is closed, phases neither begin nor count nor end."""
    desk = Desk()
    with desk.progress.phase(Work.READING, "a"):
        desk.display.close()
        desk.progress.advance()
        with desk.progress.phase(Work.READING, "b"):
            desk.progress.advance()

    assert ["Reading a."] == desk.said


class Looker:
    """A renderer that keeps which phases are under way."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def say(self, sentence: str) -> None: ...

    def begin(self, sentence: str) -> None: ...

    def end(self, sentence: str) -> None: ...

    def wait(self, reason: str, sentence: str, now: float) -> None: ...

    def change(self, under_way: dict[int, Phase], now: float) -> None:
        self.seen.append([phase.account for phase in under_way.values()])


def test_nothing_moves_while_somebody_is_asked() -> None:
    """A question stands alone; afterwards what is under way is shown again."""
    looker = Looker()
    display = Display(looker, SteadyClock(FakeClock()))
    with display.phase(Work.READING, "a"), display.hidden():
        display.advance()

    assert [["a"], [], [], ["a"], []] == looker.seen


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_a_clock_that_is_set_back_stands_still(moments: list[float]) -> None:
    """It never goes back, and counts nothing but the steps forward."""
    told = iter([0.0, *moments])
    clock = SteadyClock(lambda: next(told))
    seen = [clock() for _ in moments]

    assert sorted(seen) == seen
    assert seen[-1] == pytest.approx(
        sum(max(0.0, after - before) for before, after in zip([0.0, *moments], moments, strict=False))
    )


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "environ", "told"),
    [
        (Terminal(), False, {"TERM": "xterm"}, "Read 0 bookmarks of a in less than 1 s.\n"),
        (Terminal(), True, {"TERM": "xterm"}, ""),
        (Terminal(), False, {"TERM": "dumb"}, "Reading a.\nRead 0 bookmarks of a in less than 1 s.\n"),
        (Terminal(), False, {}, "Reading a.\nRead 0 bookmarks of a in less than 1 s.\n"),
        (io.StringIO(), False, {"TERM": "xterm"}, "Reading a.\nRead 0 bookmarks of a in less than 1 s.\n"),
        (io.StringIO(), True, {"TERM": "xterm"}, ""),
    ],
)
def test_what_moves_is_for_terminals_that_can_and_people_who_want_it(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool, environ: dict[str, str], told: str
) -> None:
    """Others get lines, or nothing."""
    monkeypatch.setattr("sys.stderr", stream)
    clock = FakeClock()
    display = choose(App(Surroundings({**environ, "NO_COLOR": "1"}, clock, clock.sleep), quiet=quiet))
    with display.phase(Work.READING, "a"):
        pass

    assert told == stream.getvalue()
