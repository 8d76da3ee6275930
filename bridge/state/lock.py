"""One run at a time works on an account: an advisory lock on a file, given back by the system when a process dies."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

from bridge.model.errors import Locked, StateError


@contextmanager
def locked(folder: Path, identities: Sequence[str], holder: str) -> Iterator[None]:
    """Hold the locks of these accounts; `holder` says in a sentence who does, for whoever meets the lock.

    Raises Locked at once if another run holds one of them. Locks are taken in one order everywhere, so that two runs
    never wait for each other.
    """
    with ExitStack() as stack:
        for identity in sorted(set(identities)):
            stack.enter_context(_one(folder, identity, holder))
        yield


@contextmanager
def _one(folder: Path, identity: str, holder: str) -> Iterator[None]:
    name = hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    path = folder / f"{name}.lock"
    try:
        path.touch(mode=0o600)
        file = path.open("a+b", buffering=0)  # a full disk is told where the holder is written, not at the end
    except OSError as error:
        raise _unusable(folder, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(file, holder)
        except BlockingIOError:
            raise Locked(
                f"Another run works on {identity}: {_read(file)}.",
                "Wait for it to end, then run the same command again.",
            ) from None
        except OSError as error:
            raise _unusable(folder, error) from error
        yield


def _unusable(folder: Path, error: OSError) -> StateError:
    return StateError(
        f"The locks in {folder} cannot be used: {error.strerror}.",
        "Free some space, mend its permissions, or point --state-dir at another folder.",
    )


def _read(file: FileIO) -> str:
    file.seek(0)
    return file.readall().decode(errors="replace").strip() or "it has just started"


def _write(file: FileIO, holder: str) -> None:
    file.truncate(0)
    file.write(holder.encode("utf-8", "backslashreplace"))
