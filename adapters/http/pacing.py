"""A minimum gap between request starts, per account and route class, kept by all processes of a user together.

A slot is acquired when a request starts and is never reserved: whoever finds the mark of its class in the past moves it
one gap ahead and goes; whoever finds it ahead waits that long and tries again. So a process that is killed while it
waits takes no slot with it, and two processes never start closer together than the gap.

When the service refuses (429), the gap in force doubles and the next start is put off, by what `Retry-After` asks if
that is longer; after each success the gap halves, down to the configured one. Those decisions are functions of a mark
and the time; Pacer only carries them to the PaceMemory.
"""

from __future__ import annotations

import email.utils
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

import attrs

from adapters.http.words import spoken, within
from bridge.model.adapter import Context, Mark, PaceMemory, Wait
from bridge.model.errors import Unavailable

SLACK = 1.01
"""By how much a slot is longer than its gap: a start is written down a moment before the request leaves, and not always
the same moment."""
LONGEST_WAIT = 86_400.0
"""Seconds. A service that asks for more than a day is told to the person instead of being waited for."""
LONGEST_GAP = 3_600.0
"""Seconds. Doubling ends here, unless a longer gap is configured."""
LONGEST_RETRY_AFTER = 365 * 86_400.0
"""Seconds. What a `Retry-After` asks beyond that is not a time but a mistake, and is read as this."""
_FIRST_DOUBLING = 0.5
"""Seconds that are doubled where no gap is configured."""


def left(mark: Mark | None, now: float) -> float:
    """Return the seconds until the next request may start; never more than what was granted."""
    return 0.0 if mark is None else min(max(0.0, mark.next_start - now), mark.granted)


def settled(mark: Mark | None, configured: float, now: float) -> Mark:
    """Return the mark as it stands. One further ahead than was granted is from before the clock was set back."""
    if mark is None:
        return Mark(now, configured, 0.0)
    return attrs.evolve(
        mark, gap=max(mark.gap, configured), next_start=min(mark.next_start, now + max(0.0, mark.granted))
    )


def claimed(mark: Mark | None, configured: float, now: float) -> Mark:
    """Return the mark after a request of this class tried to start: it may go if nothing was `left` of the old one."""
    standing = settled(mark, configured, now)
    if left(standing, now) > 0:
        return standing
    return Mark(now + standing.gap * SLACK, standing.gap, standing.gap * SLACK)


def refused(mark: Mark | None, configured: float, now: float, retry_after: float = 0.0) -> Mark:
    """Return the mark after the service asked for patience: the gap doubled, the next start put off."""
    standing = settled(mark, configured, now)
    doubled = min(2 * max(standing.gap, configured or _FIRST_DOUBLING), max(LONGEST_GAP, configured))
    wait = max(retry_after, doubled * SLACK, left(standing, now))
    return Mark(now + wait, doubled, wait)


def postponed(mark: Mark | None, configured: float, now: float, wait: float) -> Mark:
    """Return the mark after the service was in trouble: the next start put off, the gap as it was.

    The gap does not learn from trouble, or a machine that was offline for a night would begin the day at a crawl.
    """
    standing = settled(mark, configured, now)
    longer = max(wait, left(standing, now))
    return attrs.evolve(standing, next_start=now + longer, granted=longer)


def succeeded(mark: Mark | None, configured: float, now: float) -> Mark:
    """Return the mark after an answer: the gap halved, but not below the configured one."""
    standing = settled(mark, configured, now)
    return attrs.evolve(standing, gap=max(standing.gap / 2, configured))


def retry_after(header: str | None, now: float) -> float:
    """Return the seconds that a `Retry-After` header asks for, as a number or as an HTTP date; 0 if it asks nothing."""
    if header is None:
        return 0.0
    text = header.strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return min(max(0.0, aware.timestamp() - now), LONGEST_RETRY_AFTER)


class InMemoryPace:
    """A PaceMemory for one process, for use of a client without the bridge."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self._lock = threading.Lock()

    def update(self, key: str, function: Callable[[Mark | None], Mark]) -> Mark:
        """Replace the mark of a key by what the function makes of it, atomically, and return the new mark."""
        with self._lock:
            mark = self._marks[key] = function(self._marks.get(key))
        return mark


class Pacer:
    """The pace of one account: a gap in seconds for each route class, under keys that begin with its identity.

    A call names its classes, the commonest first ("default", "posts/all"): it starts when all of them allow it. Before
    each wait the person is told of it and why. `rare` says for classes beside "default" what a call of them does, as a
    clause with "{service}" in it: "all of {service} is listed".
    """

    def __init__(
        self,
        identity: str,
        service: str,
        gaps: Mapping[str, float],
        context: Context,
        rare: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._identity = identity
        self._service = service
        self._rare = rare
        self._asked: dict[str, tuple[float, str]] = {}
        self._gaps = gaps
        self._memory: PaceMemory = context.pace
        self._clock = context.clock
        self._sleep = context.sleep
        self._report = context.report
        self._in_force: dict[str, float] = {}

    def gap(self, route: str) -> float:
        """Return the configured gap of a class, in seconds."""
        return self._gaps.get(route, 0.0)

    def start(self, routes: Sequence[str]) -> None:
        """Return when a request of these classes may start, which it then must.

        Raises Unavailable if that is more than a day ahead, and what `sleep` raises.
        """
        while True:
            wait, route = self._claim(routes)
            if wait <= 0:
                self._sleep(0.0)  # where a wish to stop is heard, also if there is nothing to wait for
                return
            self._pause(wait, route)

    def wait(self, route: str) -> float:
        """Return the seconds until the next slot of a class, as it looks now."""
        mark = self._update(route, settled)
        return left(mark, self._clock())

    def refused(self, routes: Sequence[str], retry_after: float = 0.0, closed: float = 0.0) -> None:
        """Slow these classes down after a refusal.

        The next request starts no sooner than `retry_after` seconds from now, as the service asked, nor than `closed`
        seconds, when it allows calls again.
        """
        why = self._closed() if closed > retry_after else self._patience(retry_after)
        for route in routes:
            mark = self._update(route, lambda mark, gap, now: refused(mark, gap, now, max(retry_after, closed)))
            self._asked[route] = mark.next_start, why

    def postponed(self, tries: int, retry_after: float = 0.0) -> None:
        """Put every next call off, longer after each of several `tries`."""
        wait = 2**tries * (self.gap("default") or _FIRST_DOUBLING)
        again = f"waiting before {within(self._service)} is tried again"
        self._put_off(max(retry_after, wait), self._patience(retry_after) if retry_after > wait else again)

    def put_off(self, wait: float) -> None:
        """Let no request start within so many seconds, when the service allows calls again; the gap stays as it is."""
        self._put_off(wait, self._closed())

    def succeeded(self, routes: Sequence[str]) -> None:
        """Let these classes recover by one step."""
        for route in routes:
            if self._in_force.get(route, 0.0) > self.gap(route):
                self._update(route, succeeded)

    def _put_off(self, wait: float, why: str) -> None:
        mark = self._update("default", lambda mark, gap, now: postponed(mark, gap, now, wait))
        self._asked["default"] = mark.next_start, why

    def _claim(self, routes: Sequence[str]) -> tuple[float, str]:
        """Claim a slot of each class, and return (0, ""); or the seconds to wait before trying again, and for which.

        Rarer classes are asked first, so that no common slot is spent on a call that cannot start yet.
        """
        for route in routes[1:]:
            if (wait := self.wait(route)) > 0:
                return wait, route
        for route in routes:
            if (wait := self._claim_one(route)) > 0:
                return wait, route
        return 0.0, ""

    def _claim_one(self, route: str) -> float:
        wait = 0.0

        def claim(mark: Mark | None, gap: float, now: float) -> Mark:
            nonlocal wait
            wait = left(mark, now)
            return claimed(mark, gap, now)

        self._update(route, claim)
        return wait

    def _update(self, route: str, decide: Callable[[Mark | None, float, float], Mark]) -> Mark:
        # The clock is read inside the update: waiting for the memory's lock must not make "now" old.
        mark = self._memory.update(
            f"{self._identity} {route}", lambda mark: decide(mark, self.gap(route), self._clock())
        )
        self._in_force[route] = mark.gap
        return mark

    def _pause(self, wait: float, route: str) -> None:
        name = self._service if route == "default" else f"{self._service}'s {route}"
        if wait > LONGEST_WAIT:
            until = datetime.fromtimestamp(self._clock() + wait, UTC)
            raise Unavailable(
                f"{name} asks to be left alone until {until:%Y-%m-%d %H:%M} UTC.", "Run the command again after that."
            )
        self._report(Wait(self._why(route), wait))
        self._sleep(wait)

    def _why(self, route: str) -> str:
        """Return why a class has to wait: what the service has asked for last, else its pace."""
        until, why = self._asked.get(route, (-math.inf, ""))
        if self._clock() < until:
            return why
        if route != "default":
            clause = self._rare.get(route, f"{route} of {{service}} is asked for").format(service=within(self._service))
            return f"{clause} at most every {spoken(self._in_force[route])}"
        slower = self._in_force[route] > self.gap(route)
        return f"waiting for {within(self._service)}'s pace{', slower since it asked for patience' if slower else ''}"

    def _patience(self, retry_after: float) -> str:
        return f"{self._service} asked for patience{' (Retry-After)' if retry_after > 0 else ''}"

    def _closed(self) -> str:
        return f"{self._service} allows no call until then"
