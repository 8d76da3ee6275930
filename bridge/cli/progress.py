"""How a run looks while it goes on: a live display on a terminal, plain lines elsewhere.

`Display` keeps what is known, for as many threads as tell it something; a `Renderer` shows it. `choose` decides which.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from bridge.cli import phases
from bridge.cli.app import App
from bridge.cli.phases import Phase
from bridge.model.adapter import Wait
from bridge.running.world import Work

_SECONDS_BETWEEN_LINES = 30.0
_DUMB = frozenset({"", "dumb", "unknown"})
"""What TERM says of a terminal whose cursor does not move."""


class Renderer(Protocol):
    """Shows a person what goes on. It is called by one thread at a time, or by a signal's handler within that one."""

    def say(self, sentence: str) -> None:
        """Show a sentence that stays."""

    def begin(self, sentence: str) -> None:
        """Hear the sentence for the beginning of a phase."""

    def end(self, sentence: str) -> None:
        """Show the sentence for the end of a phase."""

    def wait(self, reason: str, sentence: str, now: float) -> None:
        """Hear of a wait that is long enough to be told, within a phase."""

    def change(self, under_way: Mapping[int, Phase], now: float) -> None:
        """Hear which phases are under way, each as it is now; if none is, there is nothing to show any more."""


class SteadyClock:
    """A clock that never goes back: where the one it is made of does, its time stands still for that step."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._last = clock()
        self._now = 0.0

    def __call__(self) -> float:
        """Return the seconds since it was made."""
        with self._lock:
            told = self._clock()
            self._now += max(0.0, told - self._last)
            self._last = told
            return self._now


class Display:
    """What a run is heard by: `bridge.running.world.Progress`, and what the report of a Context goes to."""

    def __init__(self, renderer: Renderer, clock: SteadyClock) -> None:
        self._renderer = renderer
        self._clock = clock
        # A signal's handler may say something while its own thread holds the lock.
        self._lock = threading.RLock()
        self._here = threading.local()
        self._numbers = itertools.count()
        self._under_way: dict[int, Phase] = {}
        self._job = ""
        self._hidden = self._closed = False

    def say(self, sentence: str) -> None:
        """Show one sentence."""
        with self._lock:
            self._renderer.say(sentence)

    @contextmanager
    def phase(self, work: Work, account: str, total: int | None = None) -> Iterator[None]:
        """Show a phase while this is held."""
        with self._shown(Phase(work, account, total, self._clock(), self._job)):
            yield

    def advance(self, bookmarks: int = 1, *, failed: bool = False) -> None:
        """Count bookmarks in the phase of this thread."""
        with self._lock:
            now, found = self._clock(), self._current()
            if found is not None:
                number, phase = found
                self._put(number, phase.advanced(now, bookmarks, bookmarks if failed else 0), now)

    def report(self, told: str | Wait) -> None:
        """Hear an adapter: a sentence, or that the phase of this thread has to wait."""
        if isinstance(told, str):
            self.say(told)
            return
        with self._lock:
            now, found = self._clock(), self._current()
            if found is not None:
                number, phase = found
                self._put(number, phase.waiting(told, now), now)
            if told.seconds < phases.TOLD:
                return
            sentence = phases.paused(told, self._job)
            if found is None:
                self._renderer.say(sentence)
            else:
                self._renderer.wait(told.reason, sentence, now)

    @contextmanager
    def named(self, job: str) -> Iterator[None]:
        """Put the name of a job before its phases while this is held."""
        self._job = job
        try:
            yield
        finally:
            self._job = ""

    @contextmanager
    def resting(self, seconds: float) -> Iterator[None]:
        """Show that the next round begins in so many seconds, while this is held."""
        now = self._clock()
        rest = Wait(phases.NEXT_ROUND, seconds)
        with self._shown(Phase(None, "", None, now).waiting(rest, now)):
            if seconds >= phases.TOLD:
                self._renderer.wait(rest.reason, phases.paused(rest), now)
            yield

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Show nothing that moves while this is held: somebody is asked a question."""
        self._hide(hidden=True)
        try:
            yield
        finally:
            self._hide(hidden=False)

    def close(self) -> None:
        """Leave the screen as it should be, for good: a thread that outlives the run shows nothing any more."""
        with self._lock:
            self._closed = True
            self._under_way.clear()
            self._changed(self._clock())

    @contextmanager
    def _shown(self, phase: Phase) -> Iterator[None]:
        number = next(self._numbers)
        outer = getattr(self._here, "number", None)
        self._begin(number, phase)
        whole = False
        try:
            yield
            whole = True
        finally:
            self._here.number = outer
            self._end(number, whole=whole)

    def _begin(self, number: int, phase: Phase) -> None:
        with self._lock:
            if self._closed:
                return
            self._here.number = number
            if phase.work is not None:
                self._renderer.begin(phases.begun(phase))
            self._under_way[number] = phase
            self._changed(phase.began)

    def _end(self, number: int, *, whole: bool) -> None:
        with self._lock:
            phase, now = self._under_way.pop(number, None), self._clock()
            if phase is None:
                return
            self._changed(now)
            if phase.work is not None:
                self._renderer.end(phases.ended(phase, now, whole=whole and phase.finished))

    def _current(self) -> tuple[int, Phase] | None:
        """Return the phase of this thread with its number, None if it has none."""
        number = getattr(self._here, "number", None)
        phase = self._under_way.get(number) if number is not None else None
        return None if phase is None or number is None else (number, phase)

    def _put(self, number: int, phase: Phase, now: float) -> None:
        self._under_way[number] = phase
        self._changed(now)

    def _hide(self, *, hidden: bool) -> None:
        with self._lock:
            self._hidden = hidden
            self._changed(self._clock())

    def _changed(self, now: float) -> None:
        self._renderer.change({} if self._hidden else self._under_way, now)


class Lines:
    """A line when a phase begins and when it ends, for each long wait, and one every half minute.

    No line comes but when something happens. A reason that was told less than half a minute ago is not told again.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._spoke: dict[int, float] = {}
        self._waited: dict[str, float] = {}

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._say(sentence)

    def begin(self, sentence: str) -> None:
        """Print it."""
        self._say(sentence)

    def end(self, sentence: str) -> None:
        """Print it."""
        self._say(sentence)

    def wait(self, reason: str, sentence: str, now: float) -> None:
        """Print it, if that was not done just now."""
        last = self._waited.get(reason)
        if last is None or now - last >= _SECONDS_BETWEEN_LINES:
            self._waited[reason] = now
            self._say(sentence)

    def change(self, under_way: Mapping[int, Phase], now: float) -> None:
        """Print how far a phase is, if it is time to."""
        for number, phase in under_way.items():
            if now - self._spoke.setdefault(number, phase.began) >= _SECONDS_BETWEEN_LINES:
                self._spoke[number] = now
                self._say(f"{phases.title(phase)}: {', '.join(phases.facts(phase, now))}.")


def choose(app: App) -> Display:
    """Return a display that is live where standard error is a terminal, and says nothing if the person wants quiet."""
    clock = SteadyClock(app.around.clock)
    if app.quiet or not sys.stderr.isatty() or app.around.environ.get("TERM", "") in _DUMB:
        return Display(Lines(app.say), clock)
    from bridge.cli.screen import Screen  # noqa: PLC0415 - rich is slow to import, and seldom wanted

    return Display(Screen.of_terminal(clock, colours=app.colours), clock)
