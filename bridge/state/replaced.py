"""Writes a file of ours so that at every moment either the old or the new one is there, whole."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put a file that only its owner reads in the place of the one at a path, or where there is none.

    A link is followed, so that it stays one. Raises OSError if it cannot be written; then the old file stands unchanged
    and nothing is left beside it.
    """
    try:
        place = path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
    descriptor, name = tempfile.mkstemp(prefix=".bookmark-bridge-", suffix=".tmp", dir=place.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
