"""The bookmarks.html that browsers and most services exchange ("NETSCAPE-Bookmark-file-1").

There is no standard. What is read: a link is an `A` with HREF, ADD_DATE (seconds since the epoch; some write milli- or
microseconds), and with some writers PRIVATE and TOREAD (0, 1) and TAGS (by comma); a `DD` after it is its note; an
`H3` names a folder, and the name becomes a tag of everything in it.

The tags are found by a scanner of our own (`netscape_tags`); a raw blank at either end of a text is layout. What we
write there is a character reference, and so comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from adapters.files.form import Foreign, Form, Found
from adapters.files.listing import mend
from adapters.files.netscape_tags import Tag, attributes, escape, tags, text_of, unescape
from adapters.files.sniff import head
from bridge.model import reasons
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Field
from bridge.model.errors import InputError
from bridge.model.receipt import Loss

TITLE = "Bookmarks of bookmark-bridge"
PINBOARD_TITLE = "Pinboard Bookmarks"

_DOCTYPE = re.compile(rb"<!DOCTYPE NETSCAPE-Bookmark-file-1>", re.IGNORECASE)
_PINBOARD = re.compile(rb"<TITLE>Pinboard Bookmarks</TITLE>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]*>")
_SURROGATE = re.compile("[\ud800-\udfff]")

_KNOWN = frozenset({"HREF", "ADD_DATE", "PRIVATE", "TOREAD", "TAGS"})
_ROOT_MARKS = frozenset({"PERSONAL_TOOLBAR_FOLDER", "UNFILED_BOOKMARKS_FOLDER"})
_ROOTS = frozenset(
    {
        "bookmarks",
        "bookmarks bar",
        "bookmarks menu",
        "bookmarks toolbar",
        "bookmarksbar",
        "bookmarksmenu",
        "favorites",
        "favorites bar",
        "mobile bookmarks",
        "other bookmarks",
    }
)
_ENDS_LINK = _ENDS_NOTE = frozenset({"DT", "DL", "HR", ""})
_HOLDS_TEXT = frozenset({"A", "DD", "H1", "H3", "TITLE"})
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = 10**11
_MICROSECONDS = 10**14


def recognises(path: str) -> bool:
    """Tell by its first bytes whether a file is in this format; Pinboard's backup in it has another reader."""
    start = head(path)
    return is_netscape(start) and not is_pinboards(start)


def is_netscape(start: bytes) -> bool:
    """Tell whether a file that starts so is in this format."""
    return _DOCTYPE.match(start) is not None


def is_pinboards(start: bytes) -> bool:
    """Tell whether a file in this format that starts so is Pinboard's backup."""
    return _PINBOARD.search(start) is not None


def unknown(path: Path) -> frozenset[Field]:
    """Return which of PRIVATE and UNREAD no link of the file speaks of."""
    missing = {"PRIVATE": Field.PRIVATE, "TOREAD": Field.UNREAD}
    for tag in tags(path):
        if tag.name == "A" and not tag.closing:
            for name in attributes(tag.attributes).keys() & missing.keys():
                del missing[name]
        if not missing:
            break
    return frozenset(missing.values())


def decode(path: Path) -> Iterator[Found]:
    """Yield what is in the file. Raises InputError if it is not in this format."""
    if not is_netscape(head(path)):
        path.open("rb").close()  # a file that cannot be opened has a better reason
        raise InputError(f"{path.name} is not a bookmarks.html.", "Name a file that a browser or service exported.")
    reader = _Reader(path.name)
    for tag in tags(path):
        yield from reader.meet(tag)


def project(bookmark: Bookmark) -> Bookmark:
    """Return the bookmark as the file will hold it: no favorite, no highlights, whole seconds.

    Raises ValueError for an empty url, a tag with a comma, and half a surrogate pair, which UTF-8 has no bytes for.
    """
    texts = (bookmark.url, bookmark.title, bookmark.note, *bookmark.tags)
    if not bookmark.url:
        raise ValueError("A bookmark without an address cannot be written.")
    if any("," in tag for tag in bookmark.tags):
        raise ValueError("A tag with a comma cannot be written, as commas separate tags here.")
    if any(map(_SURROGATE.search, texts)):
        raise ValueError("A text with half a surrogate pair cannot be written, as UTF-8 has no bytes for it.")
    added = bookmark.added and bookmark.added.astimezone(UTC).replace(microsecond=0)
    return attrs.evolve(bookmark, added=added, favorite=False, highlights=())


def encode(bookmarks: Iterable[Bookmark]) -> Iterator[bytes]:
    """Yield the bytes of a file that holds these bookmarks, in Pinboard's layout and under our own title."""
    yield (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n'
        f"<TITLE>{TITLE}</TITLE>\n<H1>{TITLE}</H1>\n<DL><p>\n"
    ).encode()
    for bookmark in bookmarks:
        yield _link(bookmark).encode()
    yield b"</DL><p>\n"


def _link(bookmark: Bookmark) -> str:
    added = "" if bookmark.added is None else f' ADD_DATE="{(bookmark.added - _EPOCH) // timedelta(seconds=1)}"'
    note = f"<DD>{escape(bookmark.note)}\n" if bookmark.note else ""
    return (
        f'<DT><A HREF="{escape(bookmark.url)}"{added} PRIVATE="{bookmark.private:d}" TOREAD="{bookmark.unread:d}"'
        f' TAGS="{",".join(map(escape, bookmark.tags))}">{escape(bookmark.title)}</A>\n{note}'
    )


@attrs.define
class _Link:
    """A link whose texts are still to come."""

    attributes: dict[str, str]
    where: str
    title: str = ""
    note: str = ""


class _Reader:
    """Meets the tags of one file in their order.

    `_inside` is the element to which the text up to the next tag belongs. `_folders` has one item per open list, None
    for a list that is no folder of the person's own.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._title = ""
        self._inside = ""
        self._text = ""
        self._link: _Link | None = None
        self._folders: list[str | None] = []
        self._next_folder: str | None = None

    def meet(self, tag: Tag) -> Iterator[Found]:
        """Take a tag with the text before it, and yield what is complete with it."""
        where = f"{self._name} line {tag.line}"
        self._text += tag.before
        if self._inside == "DD" and tag.name not in _ENDS_NOTE and not (tag.closing and tag.name == "DD"):
            self._text += tag.raw  # a note may hold raw markup
            return
        yield from self._leave(where)
        if tag.name in _ENDS_LINK or (tag.name == "A" and not tag.closing):
            yield from self._finish_link()
        if not tag.name:
            yield from self._end(tag, where)
        elif not tag.closing:
            yield from self._enter(tag, where)
        elif tag.name == "DL" and self._folders:
            self._folders.pop()

    def _leave(self, where: str) -> Iterator[Foreign]:
        """Give the text that was collected to the element it belongs to."""
        inside, text = self._inside, self._text
        self._inside = self._text = ""
        match inside:
            case "A" if self._link is not None:
                self._link.title = text_of(text)
            case "DD" if self._link is not None:
                self._link.note = text_of(text)
            case "DD":
                yield Foreign(where, "the description of a folder")
            case "H3" if self._next_folder is not None:
                self._next_folder = text_of(text)
                if len(self._folders) <= 1 and self._next_folder.lower() in _ROOTS:
                    self._next_folder = None
            case "TITLE":
                self._title = text_of(text)
            case "" if _MARKUP.sub("", text).strip():
                yield Foreign(where, "text that belongs to no bookmark")

    def _enter(self, tag: Tag, where: str) -> Iterator[Foreign]:
        match tag.name:
            case "A":
                self._link = _Link(attributes(tag.attributes), where)
            case "H3":
                self._next_folder = None if _ROOT_MARKS & attributes(tag.attributes).keys() else ""
                yield Foreign(where, "a folder", lost=False)
            case "DL":
                self._folders.append(self._next_folder)
                self._next_folder = None
            case "HR":
                yield Foreign(where, "a separator")
        if tag.name in _HOLDS_TEXT:
            self._inside = tag.name

    def _end(self, tag: Tag, where: str) -> Iterator[Problem]:
        if tag.unfinished:
            yield Problem(where, "a tag does not end, so nothing behind it could be read", lost=True)
        elif self._folders:
            yield Problem(where, "the file ends before its list does, so something may be missing", lost=True)

    def _finish_link(self) -> Iterator[Found]:
        link, self._link = self._link, None
        if link is None:
            return
        url = unescape(link.attributes.get("HREF", ""))
        if not url:
            yield Problem(link.where, "a link without an address")
        elif "FEEDURL" in link.attributes or url.startswith("place:"):
            yield Problem(link.where, "a live folder or query of a browser, not a page", url=url)
        else:
            yield from self._bookmark(link, url)

    def _bookmark(self, link: _Link, url: str) -> Iterator[Found]:
        values = link.attributes
        for name in values:
            if name not in _KNOWN:
                yield Foreign(link.where, f"the attribute {name}")
        if not values.keys() >= {"PRIVATE", "TOREAD"}:
            yield Foreign(link.where, "a link that does not say whether it is private or to be read", lost=False)
        added = self._added(values.get("ADD_DATE", ""))
        if added is None and values.get("ADD_DATE"):
            yield Loss(url, Field.ADDED.value, f"{link.where}: {values['ADD_DATE']}", reason=reasons.NO_DATE)
        bookmark = Bookmark(
            url=url,
            title=link.title,
            note=link.note,
            tags=self._tags(values),
            added=added,
            unread=values.get("TOREAD") != "0",
            private=values.get("PRIVATE") != "0",
        )
        yield from mend(bookmark, link.where)

    def _tags(self, values: dict[str, str]) -> tuple[str, ...]:
        parts = values.get("TAGS", "").split(",")
        tags = [tag for part in parts for tag in text_of(part).split(",")]  # a comma may stand there as a reference
        if self._title == PINBOARD_TITLE and values.get("TOREAD") == "1":
            tags = [tag for tag in tags if tag != "toread"]  # Pinboard says it twice
        return (*tags, *(folder for folder in self._folders if folder))

    def _added(self, text: str) -> datetime | None:
        """Return the date that ADD_DATE says, if it is one; a browser writes 0 for a date it does not know."""
        if not _INTEGER.fullmatch(text):
            return None
        number = int(text)
        if self._title not in (TITLE, PINBOARD_TITLE):
            if number == 0:
                return None
            number //= 1 if abs(number) < _MILLISECONDS else 1_000 if abs(number) < _MICROSECONDS else 1_000_000
        try:
            return _EPOCH + timedelta(seconds=number)
        except OverflowError:
            return None


FORM = Form(decode=decode, encode=encode, project=project, unknown=unknown)
