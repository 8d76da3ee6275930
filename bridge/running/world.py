"""What a run is handed: its two accounts, the state, and the ear and eye of the person who started it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import attrs

from bridge.model.adapter import Adapter
from bridge.model.bookmark import Entry
from bridge.model.receipt import Receipt
from bridge.state.journal import Journal
from bridge.state.store import Store


class Work(enum.Enum):
    """What a phase of a run does with an account."""

    READING = enum.auto()
    """All that it holds is listed."""
    READING_CHANGES = enum.auto()
    """What has changed since the last listing is listed."""
    LOOKING_UP = enum.auto()
    """Single entries are asked for."""
    WRITING = enum.auto()
    """Operations are carried out."""
    READING_BACK = enum.auto()
    """What was written is asked for."""


class Progress(Protocol):
    """Hears how a run goes on; every method may do nothing, and may be called by several threads at once.

    What a thread tells is about the phase that it has begun last and not yet ended.
    """

    def say(self, sentence: str) -> None:
        """Hear one sentence."""

    def phase(self, work: Work, account: str, total: int | None = None) -> AbstractContextManager[None]:
        """Hear that a phase begins, and when it is left, that it ends; `total` bookmarks, if that is known.

        It is taken as cut short if an error ends it, or if it ends before that many bookmarks are done.
        """
        ...

    def advance(self, bookmarks: int = 1, *, failed: bool = False) -> None:
        """Hear that so many bookmarks more are done, for better or (`failed`) for worse."""


@attrs.frozen
class Party:
    """An account that takes part in a run, under the name the person gave it.

    `names` says what it makes tags of besides those that people gave: "feed", "folder".
    """

    name: str
    adapter: Adapter
    names: tuple[str, ...] = ()


@attrs.frozen
class World:
    """The surroundings of a run.

    `stopping` tells whether the person asked to stop. `agree` shows what is about to be done, with the seconds between
    two calls, and returns whether to go on. `keep` writes entries to a file as a backup.
    """

    store: Store
    journal: Journal
    progress: Progress
    clock: Callable[[], float]
    pid: int
    stopping: Callable[[], bool]
    agree: Callable[[Receipt, float], bool]
    keep: Callable[[Path, Sequence[Entry]], None]
