"""A file format as a value: what a reader finds, and the functions that read and write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import attrs

from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Field
from bridge.model.receipt import Loss


@attrs.frozen
class Foreign:
    """Something in a file that no bookmark holds, so that writing the file anew would destroy it.

    `where` is its place, `what` its kind ("the attribute ICON"). `lost`: a reader leaves it behind too; a folder, say,
    is not lost, as its name becomes a tag.
    """

    where: str
    what: str
    lost: bool = True


Found: TypeAlias = Bookmark | Problem | Loss | Foreign
"""What a reader yields, in the order of the file."""


@attrs.frozen
class Form:
    """A file format.

    `decode` reads a file as a stream; it raises InputError for a file of another kind, and OSError. `encode` gives the
    bytes of a whole file. `project` returns a bookmark as it will be read back, and raises ValueError with a sentence
    where it cannot be written at all: what `decode` finds in the `encode`d file are the projected bookmarks.

    `decode_own` reads, of a format with several variants, only the one that `encode` writes. `unknown` names the fields
    of which a file says nothing although its format could.
    """

    decode: Callable[[Path], Iterator[Found]]
    encode: Callable[[Iterable[Bookmark]], Iterator[bytes]]
    project: Callable[[Bookmark], Bookmark]
    decode_own: Callable[[Path], Iterator[Found]] | None = None
    unknown: Callable[[Path], frozenset[Field]] | None = None
