"""A file of ours is replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from bridge.state.replaced import replace


def test_a_file_is_its_owners_alone_whatever_it_was(tmp_path: Path) -> None:
    """A new one, and one that others could read."""
    new, open_to_all = tmp_path / "new", tmp_path / "open"
    open_to_all.touch(mode=0o644)
    for path in (new, open_to_all):
        replace(path, b"content")

        assert (b"content", 0o600) == (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    assert {new, open_to_all} == set(tmp_path.iterdir())


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What it leads to is replaced; links that lead to each other lead to no file."""
    file, link, loop = tmp_path / "file", tmp_path / "link", tmp_path / "loop"
    link.symlink_to(file)
    loop.symlink_to(loop)
    replace(link, b"content")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        replace(loop, b"content")

    assert (True, b"content") == (link.is_symlink(), file.read_bytes())
    assert loop.is_symlink()


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, error: BaseException) -> None:
    """A full disk, and a person who does not wait."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with patch("os.fsync", side_effect=error), pytest.raises(type(error)):
        replace(path, b"new")

    assert b"old" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())
