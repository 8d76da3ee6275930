"""Pinboard's backups (settings/backup), in their three forms: JSON, XML and HTML; written as JSON.

Files of 2022: JSON is a list of objects with nine keys, one object a line. XML is as the API's, but that `shared` is
always there; `toread` only if set. HTML is a bookmarks.html under the title "Pinboard Bookmarks", whose unread entries
have a tag `toread` of their own. A title may be `false` in JSON. Tags are separated by blanks, in HTML by commas, and
`hash` is the MD5 of the address as it stands. `meta`, the server's change signature, means nothing outside of it: it is
not kept and written empty.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import attrs

from adapters.files import netscape
from adapters.files.form import Foreign, Form, Found
from adapters.files.json_array import Broken, Element, elements
from adapters.files.json_text import as_read, dumps
from adapters.files.listing import is_damaged, mend
from adapters.files.pinboard_xml import posts
from adapters.files.sniff import head
from bridge.model import reasons
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Field
from bridge.model.errors import InputError
from bridge.model.receipt import Loss

_KEYS = ("href", "description", "extended", "meta", "hash", "time", "shared", "toread", "tags")
_LONG_OBJECT = re.compile(rb'\[\s*\{\s*"href"\s*:')
_XML = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<posts[\s>/]", re.DOTALL)
_ENTITY = re.compile("&(?:amp|lt|gt|quot);")
_REMEDY = "Name a file that Pinboard's settings/backup page gave you."


def recognises(path: str) -> bool:
    """Tell by its first bytes whether a file is one of the three forms."""
    start = head(path)
    return _is_json(start) or _is_xml(start) or _is_html(start)


def decode(path: Path) -> Iterator[Found]:
    """Yield what is in a backup of any form. Raises InputError if it is none."""
    start = head(path)
    if _is_html(start):
        return netscape.decode(path)
    return _decode_xml(path) if _is_xml(start) else decode_json(path)


def decode_json(path: Path) -> Iterator[Found]:
    """Yield what is in a backup in JSON. Raises InputError if it is none."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        if not _is_json(head(path)):
            raise InputError(f"{path.name} is not a Pinboard backup in JSON.", _REMEDY)
        for element in elements(file):
            where = f"{path.name} line {element.line}"
            if isinstance(element, Broken):
                yield Problem(where, element.why, lost=element.lost)
            elif isinstance(element.value, dict):
                yield from _decode_object(element.value, where, damaged=is_damaged(element.text))
            else:
                yield Problem(where, "not a JSON object")


def encode(bookmarks: Iterable[Bookmark]) -> Iterator[bytes]:
    """Yield the bytes of a backup in JSON, one object a line."""
    separator = b"["
    for bookmark in bookmarks:
        yield separator + dumps(_plain(bookmark))
        separator = b",\n"
    yield b"]\n" if separator != b"[" else b"[]\n"


def project(bookmark: Bookmark) -> Bookmark:
    """Return the bookmark as the file will hold it: no favorite, no highlights, whole seconds.

    Raises ValueError for an empty url and for a tag with a blank.
    """
    if not bookmark.url:
        raise ValueError("A bookmark without an address cannot be written.")
    if any(" " in tag for tag in bookmark.tags):
        raise ValueError("A tag with a blank cannot be written, as blanks separate tags here.")
    return attrs.evolve(
        bookmark,
        url=as_read(bookmark.url),
        title=as_read(bookmark.title),
        note=as_read(bookmark.note),
        tags=tuple(map(as_read, bookmark.tags)),
        added=bookmark.added and bookmark.added.replace(microsecond=0),
        favorite=False,
        highlights=(),
    )


def _is_json(start: bytes) -> bool:
    if not start.startswith(b"["):
        return False
    first = next(elements(io.StringIO(start.decode("utf-8", "replace"))), None)
    if isinstance(first, Element):
        return isinstance(first.value, dict) and "href" in first.value
    return first is None or _LONG_OBJECT.match(start) is not None


def _is_xml(start: bytes) -> bool:
    return _XML.match(start) is not None


def _is_html(start: bytes) -> bool:
    return netscape.is_netscape(start) and netscape.is_pinboards(start)


def _decode_xml(path: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        for number, post in enumerate(posts(file), 1):
            where = f"{path.name} post {number}"
            if isinstance(post, str):
                yield Problem(where, post)
                continue
            record = {"toread": "no", **post.attributes}
            record["tags"] = record.pop("tag", "")
            for found in _post(record, where):
                if post.damaged and isinstance(found, Bookmark):
                    not_xml = f"{where}: characters that XML does not allow"
                    yield Loss(found.url, "text", not_xml, "the rest", reasons.NOT_TEXT)
                yield found


def _decode_object(record: Mapping[str, object], where: str, *, damaged: bool) -> Iterator[Found]:
    """Yield what one object of the JSON says; tags may be escaped there as in HTML, and nothing else."""
    tags = record.get("tags")
    if isinstance(tags, str):
        record = {**record, "tags": _ENTITY.sub(lambda match: html.unescape(match[0]), tags)}
    for found in _post(record, where):
        yield from mend(found, where) if damaged and isinstance(found, Bookmark) else [found]


def _post(record: Mapping[str, object], where: str) -> Iterator[Found]:
    """Yield a bookmark, or the problem with it. What does not say that it is public and read is private and unread."""
    url = record.get("href")
    if not isinstance(url, str) or not url:
        yield Problem(where, "a post without an address")
        return
    texts = {key: _nothing_as_text(record.get(key)) for key in _KEYS}
    wrong = [key for key, text in texts.items() if not isinstance(text, str)]
    if wrong:
        yield Problem(where, f"{wrong[0]!r} is not a text", url=url)
        return
    for key in record:
        if key not in texts:
            yield Foreign(where, f"the key {key!r}")
    text = {key: str(value) for key, value in texts.items()}
    if text["hash"] not in ("", _hash(url)):
        yield Foreign(where, "a hash that is not that of the address")
    added = _date(text["time"])
    if added is None and text["time"]:
        yield Loss(url, Field.ADDED.value, f"{where}: {text['time']}", reason=reasons.NO_DATE)
    yield Bookmark(
        url=url,
        title=text["description"],
        note=text["extended"],
        tags=tuple(text["tags"].split(" ")),
        added=added,
        unread=text["toread"] != "no",
        private=text["shared"] != "yes",
    )


def _nothing_as_text(value: object) -> object:
    return "" if value is None or value is False else value  # a title may be `false`


def _plain(bookmark: Bookmark) -> dict[str, str]:
    added = bookmark.added
    return {
        "href": bookmark.url,
        "description": bookmark.title,
        "extended": bookmark.note,
        "meta": "",
        "hash": _hash(bookmark.url),
        "time": "" if added is None else added.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z",
        "shared": "no" if bookmark.private else "yes",
        "toread": "yes" if bookmark.unread else "no",
        "tags": " ".join(map(_escaped, bookmark.tags)),
    }


def _escaped(tag: str) -> str:
    """Return a tag so that reading, which resolves four entities, gives it back."""
    return tag.replace("&", "&amp;") if _ENTITY.search(tag) else tag


def _hash(url: str) -> str:
    return hashlib.md5(url.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


FORM = Form(decode=decode, encode=encode, project=project, decode_own=decode_json)
