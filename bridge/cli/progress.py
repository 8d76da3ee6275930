"""How a run looks while it goes on: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bridge.report.text import count, duration, visible

_SECONDS_BETWEEN_LINES = 30.0


class Bar:
    """A bar on a terminal; sentences appear above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._console.print(visible(sentence), markup=False, highlight=False, soft_wrap=True)

    def start(self, what: str, total: int) -> None:
        """Show the bar."""
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        # Minutes may pass between two bookmarks at a slow pace: the time left is taken from a long stretch.
        self._progress = Progress(
            *columns, TimeRemainingColumn(), TextColumn("left"), console=self._console, speed_estimate_period=600
        )
        self._task = self._progress.add_task(visible(what), total=total)
        self._progress.start()

    def advance(self) -> None:
        """Move the bar."""
        if self._progress is not None:
            self._progress.advance(self._task)

    def stop(self) -> None:
        """Leave the bar as it stands."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class Lines:
    """A line when a phase begins, and then one every half minute."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._what = ""
        self._total = 0
        self._done = 0
        self._began = 0.0
        self._spoke = 0.0

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._say(sentence)

    def start(self, what: str, total: int) -> None:
        """Begin to count."""
        self._what, self._total, self._done = what, total, 0
        self._began = self._spoke = self._clock()
        self._say(f"{what}: {count(total, 'bookmark')}.")

    def advance(self) -> None:
        """Count one, and say so now and then."""
        self._done += 1
        now = self._clock()
        if now - self._spoke >= _SECONDS_BETWEEN_LINES:
            self._spoke = now
            left = (now - self._began) / self._done * (self._total - self._done)
            self._say(f"{self._what}: {self._done:,} of {self._total:,}, about {duration(left)} left.")

    def stop(self) -> None:
        """Say nothing: the receipt comes next."""


def choose(say: Callable[[str], None], *, quiet: bool) -> Bar | Lines:
    """Return the bar where standard error is a terminal, else lines."""
    console = Console(stderr=True)
    return Bar(console) if console.is_terminal and not quiet else Lines(say)
