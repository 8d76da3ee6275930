"""What it costs that a run is seen: `python -m tests.benchmarks.progress [bookmarks]`.

A listing in pages of 30 is gathered, and as many operations are counted one by one, with nobody to see it, with plain
lines, and with a live display. Printed are the processor seconds of each, and those of ten seconds in which the live
display shows a phase that goes on.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator

from bridge.cli.progress import Display, Lines, SteadyClock
from bridge.cli.screen import LastingConsole, Screen
from bridge.model.adapter import End, Page
from bridge.model.bookmark import Bookmark, Entry
from bridge.running.pull import gather
from bridge.running.world import Progress, Work
from tests.support.bench import Heard
from tests.support.memory_adapter import MemoryAdapter

PAGE = 30
SHOWN = 10.0
"""Seconds."""


class Listing(MemoryAdapter):
    """An account with a long listing."""

    def __init__(self, bookmarks: int) -> None:
        super().__init__("here")
        self._bookmarks = bookmarks

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        for first in range(0, self._bookmarks, PAGE):
            numbers = range(first, min(first + PAGE, self._bookmarks))
            yield Page(tuple(Entry(str(number), Bookmark(f"https://example.org/{number}")) for number in numbers))
        yield End(complete=True)


def lines() -> Display:
    """Return a display of lines that nobody reads."""
    return Display(Lines(lambda _sentence: None), SteadyClock(time.time))


def live() -> Display:
    """Return a live display on a recorded terminal."""
    clock = SteadyClock(time.time)
    return Display(Screen(LastingConsole(file=io.StringIO(), force_terminal=True, width=100), clock), clock)


def seconds(do: Callable[[], None]) -> float:
    """Return the processor seconds that something takes, those of its threads included."""
    began = time.process_time()
    do()
    return time.process_time() - began


def read(progress: Progress, bookmarks: int) -> None:
    """Gather a listing."""
    with progress.phase(Work.READING, "here"):
        gather(Listing(bookmarks), None, progress)


def write(progress: Progress, bookmarks: int) -> None:
    """Count operations."""
    with progress.phase(Work.WRITING, "here", bookmarks):
        for _ in range(bookmarks):
            progress.advance()


def show() -> None:
    """Show a phase in which ten bookmarks a second are done."""
    progress, pause = live(), threading.Event()
    with progress.phase(Work.WRITING, "here", 20_000):
        for _ in range(round(SHOWN * 10)):
            pause.wait(0.1)
            progress.advance()


def main(bookmarks: int = 20_000) -> None:
    """Measure and print."""
    ways: dict[str, Callable[[], Progress]] = {"unseen": Heard, "lines": lines, "live": live}
    for name, make in ways.items():
        reading = min(seconds(lambda make=make: read(make(), bookmarks)) for _ in range(3))
        writing = min(seconds(lambda make=make: write(make(), bookmarks)) for _ in range(3))
        sys.stdout.write(f"{name}: {bookmarks:,} read in {reading:.3f} s, counted in {writing:.3f} s\n")
    sys.stdout.write(f"shown for {SHOWN:g} s: {seconds(show):.3f} s\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
