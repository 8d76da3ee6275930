"""The first bytes of a file, for telling by content what it is."""

from __future__ import annotations

from pathlib import Path

HEAD = 1 << 16
"""Bytes that are looked at, at most."""


def head(path: str | Path) -> bytes:
    """Return the first bytes without a byte order mark and leading blanks; nothing if the file cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return b""
