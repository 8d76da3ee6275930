"""The tables of the state file, and how an older file becomes a new one.

`PRAGMA user_version` counts the migrations a file has been through. Whatever is looked up by has a column; the rest of
a value is in its `body`, as JSON, so that a new field of a link or a step needs no migration.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bridge.model.errors import StateError

REPORTED, ABSENT, PRESENT, UNREADABLE = -1, 0, 1, 2
"""Values of entries.present.

A tombstone, of which the service itself has said so; one that a listing lacked; there; there, but what the service last
gave of it could not be read.
"""

MIGRATIONS = (
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,
        cursor TEXT,
        body TEXT NOT NULL DEFAULT '{}'
    );
    CREATE TABLE entries (
        account INTEGER NOT NULL REFERENCES accounts,
        ref TEXT NOT NULL,
        present INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, ref)
    );
    CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        low INTEGER NOT NULL REFERENCES accounts,
        high INTEGER NOT NULL REFERENCES accounts,
        low_ref TEXT NOT NULL,
        high_ref TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (low, high, low_ref),
        UNIQUE (low, high, high_ref)
    );
    CREATE TABLE tag_memory (
        low INTEGER NOT NULL REFERENCES accounts,
        high INTEGER NOT NULL REFERENCES accounts,
        low_tag TEXT NOT NULL,
        high_tag TEXT NOT NULL,
        used INTEGER NOT NULL,
        PRIMARY KEY (low, high, low_tag, high_tag)
    );
    CREATE INDEX tag_memory_used ON tag_memory (used);
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        low INTEGER NOT NULL REFERENCES accounts,
        high INTEGER NOT NULL REFERENCES accounts,
        plan TEXT,
        pid INTEGER NOT NULL,
        started REAL NOT NULL,
        ended REAL,
        state TEXT NOT NULL,
        exit INTEGER,
        receipt TEXT
    );
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs,
        seq INTEGER NOT NULL,
        account INTEGER NOT NULL REFERENCES accounts,
        state TEXT NOT NULL,
        body TEXT NOT NULL,
        outcome TEXT,
        instead INTEGER REFERENCES journal
    );
    CREATE INDEX journal_open ON journal (account) WHERE state = 'sent';
    CREATE INDEX journal_instead ON journal (instead);
    CREATE INDEX journal_run ON journal (run, seq);
    CREATE TABLE pace (
        key TEXT PRIMARY KEY,
        next_start REAL NOT NULL,
        gap REAL NOT NULL,
        granted REAL NOT NULL
    );
    """,
    """
    ALTER TABLE accounts ADD COLUMN reads TEXT NOT NULL DEFAULT '';
    CREATE TABLE twins (
        account INTEGER NOT NULL REFERENCES accounts,
        other INTEGER NOT NULL REFERENCES accounts,
        ref TEXT NOT NULL,
        twin TEXT NOT NULL,
        PRIMARY KEY (account, other, ref)
    );
    """,
    """
    ALTER TABLE accounts ADD COLUMN listed REAL;
    ALTER TABLE accounts ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN rules TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN options TEXT NOT NULL DEFAULT '';
    CREATE TABLE rests (
        low INTEGER NOT NULL REFERENCES accounts,
        high INTEGER NOT NULL REFERENCES accounts,
        job TEXT NOT NULL,
        low_version INTEGER NOT NULL,
        high_version INTEGER NOT NULL,
        rounds INTEGER NOT NULL DEFAULT 0,
        receipt TEXT NOT NULL,
        PRIMARY KEY (low, high)
    );
    CREATE TABLE refusals (
        id TEXT PRIMARY KEY,
        body TEXT NOT NULL
    );
    """,
)


def is_current(connection: sqlite3.Connection, folder: Path) -> bool:
    """Tell whether the file has today's tables; raise StateError for a file of a newer program."""
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise StateError(
            f"The state in {folder} was written by a newer bookmark-bridge.",
            "Update the program, or point --state-dir at another folder.",
        )
    return version == len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to today's tables, inside a transaction of the caller's: a crash leaves the old file."""
    for migration in MIGRATIONS[_version(connection) :]:
        # Not executescript, which would commit the caller's transaction.
        for statement in migration.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
