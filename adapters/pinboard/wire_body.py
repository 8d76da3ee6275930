"""How a body of Pinboard's API is told apart and taken to pieces, whatever stands around it.

The format is told by the content, never by the Content-Type (JSON came as text/plain, as text/json) or by what was
asked for. An HTML page, an empty body, a cut one: all are Garbled, and none is ever an empty document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

import attrs
from lxml import etree

from adapters.lenient import JSON, Garbled
from adapters.xml_filter import LosslessFilter, NotXML

_BLANKS = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"
_CHUNK = 1 << 16
_PAGE = re.compile(rb"<(?:!doctype|html)\b", re.IGNORECASE)
_RESULT = re.compile(rb"<\?xml\s|<result[\s/>]|\{")
_MOST_PLACES = 50
_NO_FIELDS: Mapping[str, str] = MappingProxyType({})


@attrs.frozen
class Child:
    """An element below the root: its attributes, its text, and the texts of the elements in it by their names.

    `damaged`: something in all that was illegal in XML and was left out.
    """

    name: str
    attributes: Mapping[str, str]
    text: str
    fields: Mapping[str, str]
    damaged: bool


@attrs.frozen
class Element:
    """The root of an XML document, its text, and its children. `damaged` speaks of the root alone."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[Child, ...]
    damaged: bool = False

    def alone(self) -> Child:
        """Return the root as a record: its children are the fields of a child."""
        fields = {child.name: child.text for child in self.children}
        damaged = self.damaged or any(child.damaged for child in self.children)
        return Child(self.name, self.attributes, self.text, fields, damaged)


def stripped(body: bytes) -> bytes:
    """Return the body without blanks and byte order mark around it."""
    return body.strip(_BLANKS).removeprefix(_MARK).strip(_BLANKS)


def is_page(text: bytes) -> bool:
    """Tell whether a stripped body is an HTML page."""
    return _PAGE.match(text) is not None


def places(text: bytes) -> Iterator[int]:
    """Yield where a result may begin in a body that holds log text."""
    for count, match in enumerate(_RESULT.finditer(text)):
        if count == _MOST_PLACES:
            return
        yield match.start()


def document(body: bytes, *roots: str, followed: bool = False) -> Element | JSON:
    """Parse a body by what it begins with. Raises Garbled.

    `roots` are the names that the root may have in XML. `followed`: something may come behind a JSON document. Log text
    before XML is passed over; where it looks like JSON, XML must begin on a line of its own: no string of JSON holds a
    line feed, so that nothing inside of a cut one is taken for the answer.
    """
    text = stripped(body)
    if not text:
        raise Garbled("empty")
    if is_page(text):
        raise Garbled("an HTML page")
    beginning = rb"<\?xml\s|<(?:" + "|".join(roots).encode() + rb")[\s/>]"
    if text.startswith((b"{", b"[")):
        try:
            return _parse_json(text, followed=followed)
        except Garbled:
            begin = re.search(rb"\n(?:" + beginning + rb")", text)
            if begin is None:
                raise
    else:
        begin = re.search(beginning, text)
    if begin is None:
        raise Garbled("neither XML nor JSON")
    return _parse_xml(text[begin.start() :].lstrip(_BLANKS), roots)


def _parse_json(text: bytes, *, followed: bool) -> JSON:
    try:
        decoded = text.decode()
        return json.JSONDecoder().raw_decode(decoded)[0] if followed else json.loads(decoded)
    except (ValueError, RecursionError):
        raise Garbled("JSON that does not parse") from None


@attrs.define
class _Growing:
    """A child of the root while it is read; posts have neither text nor fields, so there are none at first."""

    first: int
    last: int
    name: str
    attributes: Mapping[str, str]
    text: list[str] | None = None
    fields: dict[str, list[str]] | None = None

    def grown(self, damaged: set[int]) -> Child:
        """Return the child as a value; `damaged` are ordinals of elements."""
        return Child(
            self.name,
            self.attributes,
            "".join(self.text or ()),
            _NO_FIELDS if self.fields is None else {name: "".join(parts) for name, parts in self.fields.items()},
            bool(damaged) and not damaged.isdisjoint(range(self.first, self.last + 1)),
        )


class _Target:
    """Collects the root and two levels below it while the parser runs; no tree is ever built."""

    def __init__(self) -> None:
        self.root = ""
        self.attributes: Mapping[str, str] = {}
        self.text: list[str] = []
        self.children: list[_Growing] = []
        self._field: list[str] = []
        self._started = 0
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._started += 1
        self._depth += 1
        if self._depth == 2:
            self.children.append(_Growing(self._started, self._started, tag, attributes))
        elif self._depth == 1:
            self.root, self.attributes = tag, attributes
        else:
            child = self.children[-1]
            child.last = self._started
            if self._depth == 3:
                if child.fields is None:
                    child.fields = {}
                self._field = child.fields[tag] = []

    def data(self, text: str) -> None:
        if self._depth == 1:
            self.text.append(text)
        elif self._depth == 2:
            child = self.children[-1]
            if child.text is None:
                child.text = []
            child.text.append(text)
        elif self._depth == 3:
            self._field.append(text)

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """Have nothing to add: the parser asks for it."""


def _parse_xml(text: bytes, roots: tuple[str, ...]) -> Element:
    """Parse a whole document. It counts only once the parser has closed and the root was an expected one."""
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
    if target.root not in roots:
        raise Garbled(f"XML without {roots[0]}")
    children = tuple(child.grown(lossless.damaged) for child in target.children)
    return Element(target.root, target.attributes, "".join(target.text), children, 1 in lossless.damaged)
