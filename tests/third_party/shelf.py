"""A whole adapter of somebody else's: a shelf of urls with titles, in one text file, a line each.

It imports nothing of the bridge but its model, and joins by the entry point in its package's metadata alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from bridge.model.adapter import Adapter, Checked, Context, End, Missing, Page, Spec
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities, Limits
from bridge.model.errors import InputError
from bridge.model.operation import Add, Done, Failed, Operation, Outcome, Remove

TITLE = frozenset({Field.TITLE})
CAPABILITIES = Capabilities(
    reads=TITLE, sets=TITLE, edits=TITLE, single=True, url_is_ref=True, batch=None, limits=Limits(title=80)
)


@attrs.frozen
class ShelfConfig:
    """The shelf's file."""

    path: str = attrs.field(metadata={"env": "SHELF_PATH"})


class Shelf:
    """The bookmarks of one file; see bridge.model.adapter.Adapter for the contract."""

    capabilities = CAPABILITIES
    calls = 0

    def __init__(self, config: ShelfConfig) -> None:
        self._path = Path(config.path)
        self.identity = f"shelf {self._path.resolve()}"

    def check(self) -> Checked:
        """See whether the shelf can be read."""
        return Checked(remarks=(f"{len(self._read())} on the shelf.",))

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield the whole shelf."""
        del cursor
        yield Page(tuple(_entry(url, title) for url, title in self._read().items()))
        yield End(complete=True)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry everything out and write once."""
        titles = self._read()
        outcomes = [_carry_out(operation, titles) for operation in operations]
        self._path.write_text("".join(f"{url}\t{title}\n" for url, title in titles.items()), encoding="utf-8")
        yield from outcomes

    def look_up(self, entries: Sequence[Entry], _since: float | None = None, /) -> Iterator[Entry | Missing]:
        """Yield what is there."""
        titles = self._read()
        for entry in entries:
            url = entry.bookmark.url
            yield _entry(url, titles[url]) if url in titles else Missing(entry.ref)

    def _read(self) -> dict[str, str]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"The shelf {self._path} cannot be read: {error.strerror}.") from error
        return {url: title for url, _tab, title in (line.partition("\t") for line in lines)}


def _carry_out(operation: Operation, titles: dict[str, str]) -> Outcome:
    there = operation.url in titles
    if isinstance(operation, Remove):
        titles.pop(operation.url, None)
        return Done(operation.entry)
    if isinstance(operation, Add):
        if there:
            return Failed("It is on the shelf already.", exists=True)
        titles[operation.url] = operation.bookmark.title
    elif not there:
        return Failed("It is not on the shelf any more.", missing=True)
    else:
        titles[operation.url] = operation.delta.apply(operation.entry.bookmark).title
    return Done(_entry(operation.url, titles[operation.url]))


def _entry(url: str, title: str) -> Entry:
    return Entry(url, Bookmark(url, title))


def build(config: ShelfConfig, _context: Context) -> Adapter:
    """Open a shelf."""
    return Shelf(config)


SPEC = Spec(name="shelf", config_class=ShelfConfig, capabilities=CAPABILITIES, build=build)
