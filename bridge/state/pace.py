"""The pace marks that every process of this user shares."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from bridge.model.adapter import Mark
from bridge.state.codec import column
from bridge.state.file import connect, explained, immediate


class StoredPace:
    """A PaceMemory in the state file, on a connection of its own: a mark is taken while others read and write.

    A mark that a power cut takes back costs one early request, so its commit does not wait for the disk. Two accounts
    may be asked at the same time, each in a thread of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = connect(folder, durable=False, shared=True)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def update(self, key: str, function: Callable[[Mark | None], Mark]) -> Mark:
        """Replace the mark of a key by what the function makes of it, and return the new mark."""
        with self._lock, explained(self._folder), immediate(self._connection):
            row = self._connection.execute(
                "SELECT next_start, gap, granted FROM pace WHERE key = ?", (column(key),)
            ).fetchone()
            mark = function(Mark(*row) if row is not None else None)
            self._connection.execute(
                "INSERT OR REPLACE INTO pace VALUES (?, ?, ?, ?)",
                (column(key), mark.next_start, mark.gap, mark.granted),
            )
        return mark
