"""What Pinboard's API v1 sends, as the vendor writes it, and how to read it without losing a character.

The format is told by the content, never by the Content-Type (JSON came as text/plain, as text/json) or by what was
asked for. An HTML page, an empty body, a cut one: all are Garbled, and none is ever an empty result. In 2020 a byte
order mark appeared before JSON, in 2024 log text before results, and counts turned from text to numbers; bodies end in
blanks or a comment. A JSON title may be `false`; a JSON map may be `[]`.

In XML a post says `shared="no"` and `toread="yes"` and omits them otherwise (recorded 2012, seen 2023), so nothing
means public and read. But a post with `others` or `status` comes from a compatible server that does not say: what it
leaves out stays private. linkhut shows what is unread by a tag of that name, SemanticScuttle has `status` 0 for public
and the tag `system:unfiled` for none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import attrs
from lxml import etree

from adapters.lenient import JSON, Garbled
from adapters.xml_filter import LosslessFilter, NotXML

_BLANKS = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"
_CHUNK = 1 << 16
_PAGE = re.compile(rb"<(?:!doctype|html)\b", re.IGNORECASE)
_DECLARATION_ALONE = re.compile(rb"<\?xml[^>]*\?>")
_MOST_PLACES = 50


@attrs.frozen
class Post:
    """A bookmark. `tags` are separated by blanks. `meta` changes whenever the post does; it may be missing.

    `damaged`: something in the record was illegal in its format and is left out here, or the record has no address.
    """

    href: str
    time: str = ""
    description: str = ""
    extended: str = ""
    tags: str = ""
    hash: str = ""
    meta: str | None = None
    shared: bool = True
    toread: bool = False
    damaged: bool = False


@attrs.frozen
class Posts:
    """An answer of posts/get, posts/recent or posts/all; the latter has no `date`."""

    posts: tuple[Post, ...] = ()
    user: str = ""
    date: str = ""


@attrs.frozen
class Dates:
    """An answer of posts/dates: how many posts were made on each day ("2012-07-11")."""

    counts: Mapping[str, int]
    user: str = ""
    tag: str = ""


@attrs.frozen
class Element:
    """The root of an XML document, its text, and its children as attributes and whether they are damaged."""

    attributes: Mapping[str, str]
    text: str
    children: tuple[tuple[str, Mapping[str, str], bool], ...]


def encode_time(moment: datetime) -> str:
    """Return a moment as the API writes it, in whole seconds of UTC."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def decode_time(text: str) -> datetime | None:
    """Return the moment that the API wrote, in UTC, or None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def decode_posts(body: bytes) -> Posts:
    """Read posts/get, posts/recent or posts/all. A broken record is in the result, marked. Raises Garbled."""
    document = _document(body, "posts")
    if isinstance(document, Element):
        posts = tuple(_xml_post(found, damaged) for name, found, damaged in document.children if name == "post")
        return Posts(posts, document.attributes.get("user", ""), document.attributes.get("dt", ""))
    if isinstance(document, list):
        return Posts(tuple(map(_json_post, document)))
    records = document.get("posts") if isinstance(document, dict) else None
    if isinstance(records, dict):  # pinbook; and an empty list may be an empty map
        records = records.get("post", [] if not records else None)
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list):
        raise Garbled("JSON without posts")
    return Posts(tuple(map(_json_post, records)), _text(document.get("user")), _text(document.get("date")))


def decode_update(body: bytes) -> str:
    """Read posts/update: the time of the last change as the service wrote it. Raises Garbled.

    SemanticScuttle's empty account has a declaration and nothing behind it: the time is "".
    """
    if _DECLARATION_ALONE.fullmatch(_stripped(body)):
        return ""
    document = _document(body, "update")
    if isinstance(document, Element):
        time = document.attributes.get("time", "")
    else:
        found = document if isinstance(document, dict) else {}
        inner = found.get("update")  # pinbook
        time = _text(found.get("update_time") or (inner.get("time") if isinstance(inner, dict) else None))
    if not time:
        raise Garbled("without a time")
    return time


def decode_dates(body: bytes) -> Dates:
    """Read posts/dates. Raises Garbled."""
    document = _document(body, "dates")
    if isinstance(document, Element):
        pairs = [(found.get("date", ""), found.get("count", "")) for _name, found, _damaged in document.children]
        return Dates(_counts(pairs), document.attributes.get("user", ""), document.attributes.get("tag", ""))
    counts = document.get("dates") if isinstance(document, dict) else None
    if counts == []:
        counts = {}
    if not isinstance(counts, dict):
        raise Garbled("JSON without dates")
    pairs = [(day, _text(count)) for day, count in counts.items()]
    return Dates(_counts(pairs), _text(document.get("user")), _text(document.get("tag")))


def decode_result(body: bytes) -> str:
    """Read the result of a call: "done", or why not. Log text around it is passed over. Raises Garbled."""
    text = _stripped(body)
    if _PAGE.match(text):
        raise Garbled("an HTML page")
    for place in _places(text):
        try:
            return _result(_document(text[place:], "result", followed=True))
        except Garbled:
            continue
    raise Garbled("not a result")


def decode_complaint(body: bytes) -> str:
    """Read what a server says beside a status of 400 or more: a result, errors, a sentence. Raises Garbled."""
    try:
        return decode_result(body)
    except Garbled:
        text = _stripped(body)
        if text.startswith((b"<", b"{", b"[")):
            return _errors(text)
    try:
        sentence = json.loads(text) if text.startswith(b'"') else text.decode()
    except ValueError:
        sentence = ""
    if not sentence or "<" in sentence or len(sentence) > 200:
        raise Garbled("not a result")
    return str(sentence)


def _errors(text: bytes) -> str:
    """Read linkhut's {"errors": [{"message": "..."}]}."""
    document = _document(text, "errors")
    errors = document.get("errors") if isinstance(document, dict) else None
    listed = errors if isinstance(errors, list) else []
    messages = [_text(error.get("message")) for error in listed if isinstance(error, dict)]
    if not any(messages):
        raise Garbled("not a result")
    return "; ".join(filter(None, messages))


def _result(document: Element | JSON) -> str:
    if isinstance(document, Element):
        code: JSON = document.attributes.get("code", document.text.strip())
    else:
        found = document if isinstance(document, dict) else {}
        code = found.get("result_code", found.get("result"))
    if not isinstance(code, str) or not code:
        raise Garbled("without a result")
    return code


def _places(text: bytes) -> Iterator[int]:
    """Yield where a result may begin."""
    for count, match in enumerate(re.finditer(rb"<\?xml\s|<result[\s/>]|\{", text)):
        if count == _MOST_PLACES:
            return
        yield match.start()


def _stripped(body: bytes) -> bytes:
    return body.strip(_BLANKS).removeprefix(_MARK).strip(_BLANKS)


def _document(body: bytes, root: str, *, followed: bool = False) -> Element | JSON:
    """Parse a body by what it begins with. `followed`: something may come behind a JSON document."""
    text = _stripped(body)
    if not text:
        raise Garbled("empty")
    if _PAGE.match(text):
        raise Garbled("an HTML page")
    if text.startswith((b"{", b"[")):
        return _parse_json(text, followed=followed)
    begin = re.search(rb"<\?xml\s|<" + root.encode() + rb"[\s/>]", text)
    if begin is None:
        raise Garbled("neither XML nor JSON")
    return _parse_xml(text[begin.start() :], root)


def _parse_json(text: bytes, *, followed: bool) -> JSON:
    try:
        decoded = text.decode()
        return json.JSONDecoder().raw_decode(decoded)[0] if followed else json.loads(decoded)
    except (ValueError, RecursionError):
        raise Garbled("JSON that does not parse") from None


class _Target:
    """Collects the root and its children while the parser runs; no tree is ever built."""

    def __init__(self) -> None:
        self.root = ""
        self.attributes: Mapping[str, str] = {}
        self.text: list[str] = []
        self.children: list[tuple[int, str, Mapping[str, str]]] = []
        self._started = 0
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._started += 1
        self._depth += 1
        if self._depth == 1:
            self.root, self.attributes = tag, attributes
        elif self._depth == 2:
            self.children.append((self._started, tag, attributes))

    def data(self, text: str) -> None:
        if self._depth == 1:
            self.text.append(text)

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """Have nothing to add: the parser asks for it."""


def _parse_xml(text: bytes, root: str) -> Element:
    """Parse a whole document. It counts only once the parser has closed and the root was the expected one."""
    target = _Target()
    parser = etree.XMLParser(target=cast("Any", target), no_network=True)  # the stubs want the optional methods too
    lossless = LosslessFilter()
    try:
        for begin in range(0, len(text), _CHUNK):
            if part := lossless.feed(text[begin : begin + _CHUNK]):
                parser.feed(part)
        parser.feed(lossless.close())
        parser.close()
    except (etree.XMLSyntaxError, NotXML):
        raise Garbled("XML that does not parse") from None
    if target.root != root:
        raise Garbled(f"XML without {root}")
    children = tuple((tag, found, number in lossless.damaged) for number, tag, found in target.children)
    return Element(target.attributes, "".join(target.text), children)


def _xml_post(found: Mapping[str, str], damaged: bool) -> Post:
    compatible = "others" in found or "status" in found
    tags = found.get("tag", found.get("tags", ""))
    shared, toread = found.get("shared"), found.get("toread")
    if shared is None:
        shared = "yes" if not compatible or found.get("status") == "0" else "no"
    if toread is None:
        toread = "yes" if compatible and "unread" in tags.split(" ") else "no"
    return Post(
        href=found.get("href", ""),
        time=found.get("time", ""),
        description=found.get("description", ""),
        extended=found.get("extended", ""),
        tags="" if "status" in found and tags == "system:unfiled" else tags,
        hash=found.get("hash", ""),
        meta=found.get("meta"),
        shared=shared == "yes",
        toread=toread != "no",
        damaged=damaged or not found.get("href"),
    )


def _json_post(record: JSON) -> Post:
    found: Mapping[str, JSON] = record if isinstance(record, dict) else {}
    tags = found.get("tags", found.get("tag"))
    values = {name: _text(found.get(name)) for name in ("href", "time", "description", "extended", "hash")}
    values["tags"] = _unescaped(" ".join(map(_text, tags)) if isinstance(tags, list) else _text(tags))
    whole = {name: text.encode("utf-8", "replace").decode() for name, text in values.items()}
    return Post(
        **whole,
        meta=_text(found.get("meta")) or None,
        shared=found.get("shared") in ("yes", True),
        toread=found.get("toread") not in ("no", False),
        damaged=whole != values or not values["href"],  # half of a surrogate pair is no character
    )


def _unescaped(tags: str) -> str:
    """Undo the HTML that JSON tags, and only tags, may have been through."""
    return tags.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _text(value: JSON) -> str:
    """Return a value as the text it should have been; `false` and anything that is no text is ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _counts(pairs: list[tuple[str, str]]) -> dict[str, int]:
    try:
        return {day: int(count) for day, count in pairs}
    except ValueError:
        raise Garbled("without counts") from None
