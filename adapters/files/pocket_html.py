"""The old export of Pocket's web site, `ril_export.html`: links with `time_added` and `tags` under two headings.

It is not the Netscape format. The heading ("Unread", "Read Archive") is the only sign of what was read. The web site
escaped only `& " '`, and not every ampersand; it is said to have listed at most 5,000 links.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from adapters.files.pocket_find import Relic
from adapters.files.pocket_record import Found, Record, Remark, damage, moment, no_date, real_title
from adapters.files.pocket_zip import DAMAGE, chunks
from bridge.model import reasons
from bridge.model.adapter import Problem
from bridge.model.receipt import Loss

MOST_LINKS = 5_000

# An ampersand that begins none of these stands for itself; an HTML parser might read "&copy=1" as a sign.
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|quot|lt|gt|apos|#\d+|#[xX][0-9a-fA-F]+);)")
_LONGEST_ENTITY = 12
_HEADINGS = {"unread": True, "read archive": False}


def read(relic: Relic) -> Iterator[Found]:
    """Yield the links of the file, then remarks on it."""
    name = relic.sources[0].name
    page = _Page(name)
    target: Any = page  # the stubs' protocol wants every method that a target may have
    parser = etree.HTMLParser(target=target, encoding="utf-8")
    try:
        for text in _texts(relic):
            parser.feed(text)
            yield from page.drained()
    except DAMAGE as error:
        # What the parser still holds is the link in which the file ends, and that may be cut anywhere.
        yield damage(name, f"link {page.links}", error)
        return
    parser.close()
    yield from page.drained()
    if page.links == MOST_LINKS:
        yield Remark(f"{name} holds exactly 5,000 links, the most that Pocket wrote: it is perhaps cut.", gap=True)


def _texts(relic: Relic) -> Iterator[bytes]:
    """Yield the file in pieces of UTF-8 in which every bare ampersand is escaped."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest = ""
    for chunk in chunks(relic.sources[0]):
        text = rest + decoder.decode(chunk)
        # An entity may go on in the next piece.
        start = text.find("&", max(0, len(text) - _LONGEST_ENTITY))
        text, rest = (text, "") if start < 0 else (text[:start], text[start:])
        yield _escaped(text)
    yield _escaped(rest + decoder.decode(b"", final=True))


def _escaped(text: str) -> bytes:
    return _BARE_AMPERSAND.sub("&amp;", text.replace("\0", "\N{REPLACEMENT CHARACTER}")).encode()


class _Page:
    """The parser's target: collects what the links say until it is drained."""

    def __init__(self, name: str) -> None:
        self.links = 0
        self._name = name
        self._found: list[Found] = []
        self._unread: bool | None = None
        self._link: Mapping[str, str] | None = None
        self._text: list[str] = []

    def drained(self) -> list[Found]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        if tag in {"a", "h1"}:
            self._text = []
        if tag == "a":
            self._link = dict(attrib)

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        text = "".join(self._text)
        if tag == "h1":
            self._unread = _HEADINGS.get(text.strip().lower())
        elif tag == "a" and self._link is not None:
            self.links += 1
            self._found += _link(self._link, text, self._unread, f"{self._name} link {self.links}")
            self._link = None

    def close(self) -> None:
        """Return nothing: what was found is drained."""


def _link(attributes: Mapping[str, str], text: str, unread: bool | None, where: str) -> Iterator[Found]:
    url, added = attributes.get("href", ""), attributes.get("time_added", "")
    if not url.strip():
        yield Problem(where, "The link has no url.")
        return
    record = Record(
        url=url,
        where=where,
        title=real_title(text, url),
        tags=tuple(tag for raw in attributes.get("tags", "").split(",") if (tag := raw.strip())),
        added=moment(added),
        undated=no_date(added, where),
        unread=unread,
    )
    yield record
    for field, value in (("url", url), ("title", record.title), ("tags", ",".join(record.tags))):
        if "\N{REPLACEMENT CHARACTER}" in value:
            yield Loss(url, field, f"text whose bytes are not UTF-8 ({where})", value, reasons.NOT_UTF8)
