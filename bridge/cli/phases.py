"""What is known of the work under way: how far it is, how fast it goes, how long it takes still, what it waits for.

Pure. Times are seconds of one clock that never goes back, which whoever asks hands in as `now`. What is not known yet
is None, and left out of the words: a rate is known once it was seen for some seconds.

The words are the same wherever they are shown: `title`, `facts` and `pause` say where a phase is, `begun`, `ended`
and `paused` are a sentence each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

from bridge.model.adapter import Wait
from bridge.report.text import count, duration
from bridge.running.world import Work

TOLD = 10.0
"""Seconds. A wait that is no shorter is counted down, and told where there is no terminal."""
_LINGERING = 1.0
"""Seconds for which a short wait is shown after its end: at an even pace the next one begins then."""
_MOMENT = 1.0
"""Seconds. What is done within them is done at once: a batch is one event."""
_KNOWN_AFTER = 5.0
"""Seconds from the first moment to the last after which there is a rate."""
_WINDOW = 600.0
"""Seconds that a rate looks back: minutes may lie between two bookmarks at a slow pace."""
_FEWEST = 10
"""Moments that a rate looks back at least, however long ago they were."""
NEXT_ROUND = "waiting for the next round"


@attrs.frozen
class Waiting:
    """A Wait that was told, and when it is over."""

    reason: str
    until: float
    counted: bool

    @classmethod
    def told(cls, wait: Wait, now: float) -> Waiting:
        """Return a Wait that is told now."""
        return cls(wait.reason, now + max(0.0, wait.seconds), wait.seconds >= TOLD)

    def left(self, now: float) -> float:
        """Return the seconds that are left of it."""
        return max(0.0, self.until - now)

    def text(self, now: float) -> str:
        """Return why and how long, "" once it is over."""
        if self.counted:
            left = math.ceil(self.left(now))
            return f"{self.reason}: {duration(left)} left" if left else ""
        return self.reason if now < self.until + _LINGERING else ""


@attrs.frozen
class Phase:
    """What is done with an account: `done` bookmarks so far, `failed` ones among them, of `total` if that is known.

    `work` is None where nothing is done until the next round. `moments` are pairs of a time and of how many were done
    by then. `job` is the name of the job it belongs to, if that has to be said.
    """

    work: Work | None
    account: str
    total: int | None
    began: float
    job: str = ""
    done: int = 0
    failed: int = 0
    moments: tuple[tuple[float, int], ...] = ()
    waits: Waiting | None = None

    def advanced(self, now: float, bookmarks: int = 1, failed: int = 0) -> Phase:
        """Return the phase after so many bookmarks more, `failed` ones among them."""
        done = self.done + bookmarks
        total = self.total if self.total is None else max(self.total, done)
        moments = self.moments
        if moments and now - moments[-1][0] < _MOMENT:
            moments = (*moments[:-1], (moments[-1][0], done))
        elif bookmarks:
            moments = (*self._recent(now), (now, done))
        return attrs.evolve(self, total=total, done=done, failed=self.failed + failed, moments=moments)

    def waiting(self, wait: Wait, now: float) -> Phase:
        """Return the phase when it has to wait from now on."""
        return attrs.evolve(self, waits=Waiting.told(wait, now))

    @property
    def finished(self) -> bool:
        """Whether all that was to be done is done, as far as that is known."""
        return self.total is None or self.done >= self.total

    def elapsed(self, now: float) -> float:
        """Return how many seconds it has taken so far."""
        return max(0.0, now - self.began)

    def interval(self, now: float) -> float | None:
        """Return the seconds from one bookmark to the next, None if that is not known yet.

        One that is overdue counts as if it came now, so that what has come to a halt is not taken for fast.
        """
        if not self.moments:
            return None
        (first, before), (last, after) = self.moments[0], self.moments[-1]
        if last - first < _KNOWN_AFTER or after == before:
            return None
        seen = (last - first) / (after - before)
        overdue = (max(now, last) - first) / (after - before + 1)
        return max(seen, overdue)

    def left(self, now: float) -> float | None:
        """Return about how many seconds it takes still, None if that is not known yet; 0 for one that is finished."""
        if self.total is None:
            return None
        missing = self.total - self.done
        if not missing:
            return 0.0
        interval = self.interval(now)
        if interval is None:
            return None
        since = max(0.0, now - self.moments[-1][0])
        next_one = max(interval - since, 0.0 if self.waits is None else self.waits.left(now))
        return next_one + (missing - 1) * interval

    def _recent(self, now: float) -> tuple[tuple[float, int], ...]:
        """Return the moments that a rate looks back on."""
        moments = self.moments
        while len(moments) > _FEWEST and now - moments[0][0] > _WINDOW:
            moments = moments[1:]
        return moments


@attrs.frozen
class _Words:
    """What a kind of work is called: while it is done, when it begins with so many `{bookmarks}`, and at its end."""

    now: str
    begun: str
    ended: str


_WORDS: Mapping[Work | None, _Words] = {
    None: _Words(NEXT_ROUND, "", ""),
    Work.READING: _Words("reading {account}", "reading {account}", "read {bookmarks} of {account}"),
    Work.READING_CHANGES: _Words("reading {account}", "reading {account}", "read {bookmarks} of {account}"),
    Work.LOOKING_UP: _Words(
        "looking up at {account}", "looking up {bookmarks} at {account}", "looked up {bookmarks} at {account}"
    ),
    Work.WRITING: _Words(
        "writing to {account}", "writing {bookmarks} to {account}", "finished writing {bookmarks} to {account}"
    ),
    Work.READING_BACK: _Words(
        "reading back from {account}", "reading {bookmarks} back from {account}", "read {bookmarks} back from {account}"
    ),
}


def title(phase: Phase) -> str:
    """Return what is done, and where: "Writing to pinboard", "nightly: Reading pocket"."""
    return _titled(phase.job, _WORDS[phase.work].now.format(account=phase.account))


def facts(phase: Phase, now: float) -> list[str]:
    """Return what is known of its course: "812 of 2,311", "20 a minute", "about 1 h 15 min left"."""
    if phase.work is None:
        return [] if phase.waits is None else [f"{duration(math.ceil(phase.waits.left(now)))} left"]
    interval, left = phase.interval(now), phase.left(now)
    known = []
    if phase.total is not None:
        known.append(f"{phase.done:,} of {phase.total:,}")
    elif phase.done:
        known.append(f"{phase.done:,} so far")
    if phase.failed:
        known.append(f"{phase.failed:,} {_failed(phase)}")
    if interval is not None:
        known.append(_rate(interval))
    if left:
        known.append(f"about {duration(math.ceil(left))} left")
    elif phase.elapsed(now) >= 1:
        known.append(f"for {duration(math.floor(phase.elapsed(now)))}")
    return known


def pause(phase: Phase, now: float) -> str:
    """Return what it waits for, and how long still; "" if it waits for nothing."""
    return "" if phase.waits is None or phase.work is None else phase.waits.text(now)


def begun(phase: Phase) -> str:
    """Return the sentence for the beginning of a phase."""
    bookmarks = "" if phase.total is None else count(phase.total, "bookmark")
    return f"{_titled(phase.job, _WORDS[phase.work].begun.format(account=phase.account, bookmarks=bookmarks))}."


def ended(phase: Phase, now: float, *, whole: bool) -> str:
    """Return the sentence for its end; `whole` says whether it came to all that it had to do."""
    words = _WORDS[phase.work]
    taken = f" in {_whole(phase.elapsed(now))}"
    failed = f", {phase.failed:,} of them {_failed(phase)}" if phase.failed else ""
    if not whole:
        of = "" if phase.total is None else f" of {phase.total:,}"
        far = f"{phase.done:,}{of}{taken}" if phase.done or of else _whole(phase.elapsed(now))
        stopped = f"stopped {words.now.format(account=phase.account)} after {far}"
        return f"{_titled(phase.job, stopped)}{failed}."
    if phase.work is Work.READING_CHANGES and not phase.done:
        return f"{_titled(phase.job, f'read {phase.account}')}{taken}: nothing new."
    told = words.ended.format(account=phase.account, bookmarks=count(phase.done, "bookmark"))
    return f"{_titled(phase.job, told)}{taken}{failed}."


def paused(wait: Wait, job: str = "") -> str:
    """Return the sentence for a wait that begins."""
    return f"{_titled(job, f'{wait.reason}: {duration(math.ceil(wait.seconds))} left')}."


def _failed(phase: Phase) -> str:
    return "unreadable" if phase.work in (Work.READING, Work.READING_CHANGES) else "failed"


def _titled(job: str, clause: str) -> str:
    sentence = clause[:1].upper() + clause[1:]
    return f"{job}: {sentence}" if job else sentence


def _whole(seconds: float) -> str:
    return duration(round(seconds)) if seconds >= 1 else "less than 1 s"


def _rate(interval: float) -> str:
    """Return how many bookmarks are done in the shortest of a minute, an hour and a day that sees one."""
    for seconds, unit in ((60, "a minute"), (3600, "an hour")):
        if seconds / interval >= 1:
            return f"{round(seconds / interval):,} {unit}"
    return f"{round(86_400 / interval):,} a day"
