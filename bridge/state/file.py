"""The state file itself: how it is opened, how a transaction is held, and how its faults are explained."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.model.errors import StateError
from bridge.state.codec import CodecError
from bridge.state.schema import is_current, migrate

FILE = "state.sqlite3"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PATIENCE = 30.0
"""Seconds to wait for another process's transaction."""


def connect(folder: Path, *, durable: bool = True, shared: bool = False) -> sqlite3.Connection:
    """Open the state file of a folder, which is made if it is missing; raise StateError if that cannot be done.

    `durable` commits survive a power cut; others survive a crash of the program. `shared`: several threads use it, one
    after the other.
    """
    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FILE
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE, check_same_thread=not shared)
        try:
            with _alone(folder):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            if not is_current(connection, folder):
                # Two programs may meet an old file at once: the second finds it migrated when its turn comes.
                with immediate(connection):
                    migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one program at a time in: SQLite does not wait for its turn where a new file is switched to WAL."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the file's one writing transaction; commit it at the end, or take all of it back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already; what is told is the disk, not that.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what SQLite, the file system and the codec complain about into StateError."""
    try:
        yield
    except (sqlite3.Error, OSError, CodecError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        if isinstance(error, FileExistsError):  # which a folder that is there is no reason for
            why = "it is not a folder"
        raise StateError(f"The state in {folder} cannot be used: {why}.", _remedy(folder, error)) from error


def _remedy(folder: Path, error: Exception) -> str:
    """Return what to do about a fault of the state."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what is added to tell cases of it apart
    if isinstance(error, CodecError) or code in _DAMAGED:
        return (
            f"Move {folder / FILE} out of the way: the next run meets both accounts anew and doubles nothing, but what "
            "was removed at one of them meanwhile comes back."
        )
    if code == sqlite3.SQLITE_BUSY:
        return "Another run is writing to it: run the same command again later."
    return "Free some space, mend its permissions, or point --state-dir at another folder."
