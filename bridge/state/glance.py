"""A look at the runs for a shell that completes a word: quick, without a trace, and silent about what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bridge.state.file import FILE

_PATIENCE = 0.2
"""Seconds to wait for another process's transaction: somebody has just pressed a key."""


def runs(folder: Path, most: int) -> Sequence[tuple[int, str, str, str]]:
    """Return number, kind, source and target of the latest runs, the latest first.

    The file is opened for reading alone, and neither made nor migrated. There are none if it cannot be read, whatever
    the reason.
    """
    try:
        uri = f"{(folder / FILE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as connection:
            query = "SELECT id, kind, source, target FROM runs ORDER BY id DESC LIMIT ?"
            return [
                (int(number), str(kind), str(source), str(target))
                for number, kind, source, target in connection.execute(query, (most,))
            ]
    except (sqlite3.Error, OSError, ValueError):
        return ()
