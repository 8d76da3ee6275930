"""How what a reader finds in a file becomes a listing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from adapters.files.form import Found
from bridge.model import reasons
from bridge.model.adapter import End, Page, Problem
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.receipt import Loss

PAGE = 500
"""Entries of one page, at most."""

_NOT_UTF8 = re.compile("[\udc80-\udcff]")


class Refs:
    """Gives the bookmarks of one file their refs: the url, and for a repeat the url with `#2`, `#3`..."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def ref(self, url: str) -> str:
        """Return a ref that was not given yet."""
        ref = url
        while ref in self._given:  # another url may really end in "#2"
            self._repeats[url] += 1
            ref = f"{url}#{self._repeats[url] + 1}"
        self._given.add(ref)
        return ref


def listing(found: Iterable[Found]) -> Iterator[Page | End]:
    """Yield pages of what a reader found, then the End; incomplete after a problem that names no url.

    What is foreign and lost is summed up in one remark on the last page.
    """
    refs = Refs()
    complete = True
    left_behind: Counter[str] = Counter()
    entries: list[Entry] = []
    problems: list[Problem] = []
    losses: list[Loss] = []
    for item in found:
        if isinstance(item, Bookmark):
            entries.append(Entry(refs.ref(item.url), item))
        elif isinstance(item, Problem):
            problems.append(item)
            complete = complete and item.url is not None
        elif isinstance(item, Loss):
            losses.append(item)
        else:
            left_behind[item.what] += item.lost
        if len(entries) == PAGE:
            yield Page(entries=tuple(entries), problems=tuple(problems), losses=tuple(losses))
            entries, problems, losses = [], [], []
    yield Page(tuple(entries), problems=tuple(problems), losses=tuple(losses), remarks=_remarks(left_behind))
    yield End(complete=complete)


def _remarks(left_behind: Counter[str]) -> tuple[str, ...]:
    kinds = ", ".join(f"{what} ({count:,})" for what, count in left_behind.items() if count)
    return (f"Left behind, since a bookmark has no place for it: {kinds}.",) if kinds else ()


def is_damaged(text: str) -> bool:
    """Tell whether a text that was decoded with "surrogateescape" holds bytes that are not UTF-8."""
    return _NOT_UTF8.search(text) is not None


def mend(bookmark: Bookmark, where: str) -> Iterator[Loss | Bookmark]:
    """Yield a bookmark with U+FFFD for each byte that is not UTF-8, after a loss for each field that had one."""
    if not any(is_damaged(text) for _, text in _texts(bookmark)):
        yield bookmark
        return
    mended = attrs.evolve(
        bookmark,
        url=_mended(bookmark.url),
        title=_mended(bookmark.title),
        note=_mended(bookmark.note),
        tags=tuple(map(_mended, bookmark.tags)),
        highlights=tuple(attrs.evolve(item, quote=_mended(item.quote)) for item in bookmark.highlights),
    )
    for (field, text), (_, kept) in zip(_texts(bookmark), _texts(mended), strict=True):
        if text != kept:
            yield Loss(mended.url, field, f"{where}: {_visible(text)}", kept, reasons.NOT_TEXT)
    yield mended


def _texts(bookmark: Bookmark) -> tuple[tuple[str, str], ...]:
    return (
        ("url", bookmark.url),
        (Field.TITLE.value, bookmark.title),
        (Field.NOTE.value, bookmark.note),
        (Field.TAGS.value, " ".join(bookmark.tags)),
        (Field.HIGHLIGHTS.value, "\n".join(item.quote for item in bookmark.highlights)),
    )


def _mended(text: str) -> str:
    return _NOT_UTF8.sub("\ufffd", text)


def _visible(text: str) -> str:
    return _NOT_UTF8.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
