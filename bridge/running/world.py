"""What a run is handed: its two accounts, the state, and the ear and eye of the person who started it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from bridge.model.adapter import Adapter
from bridge.model.bookmark import Entry
from bridge.model.receipt import Receipt
from bridge.state.journal import Journal
from bridge.state.store import Store


class Progress(Protocol):
    """Hears how a run goes on; every method may do nothing."""

    def say(self, sentence: str) -> None:
        """Hear one sentence."""

    def start(self, what: str, total: int) -> None:
        """Hear that a phase of so many bookmarks begins."""

    def advance(self) -> None:
        """Hear that one bookmark more is done."""

    def stop(self) -> None:
        """Hear that the phase is over."""


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
