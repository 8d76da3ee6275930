"""What XML bytes need before a parser may see them, so that no character of a value is lost.

XML 1.0 (3.3.3) makes a parser turn each literal tab, line feed and carriage return inside an attribute value into a
blank, and (2.11) each carriage return in text into a line feed. Servers write them literally all the same: of 1,398
recorded posts, 148 held line feeds inside attributes. And some write what no XML parser accepts: control characters, or
references to them, in old titles. LosslessFilter escapes the former, takes out the latter, and says where it did.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb"""[^<]++(?=<)                       # text
    |    <!--.*?-->
    |    <!\[CDATA\[.*?\]\]>
    |    <\?.*?\?>
    |    <[A-Za-z_:/\x80-\xff][^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>     # a ">" in quotes does not end a tag
    """,
    re.DOTALL | re.VERBOSE,
)
_MARKUP = re.compile(rb"<(?:[A-Za-z_:/\x80-\xff?]|!(?:-(?:-|$)|\[(?:C|$)|$)|$)")
_QUOTED = re.compile(rb"\"[^\"]*+\"|'[^']*+'")
_BLANKS = re.compile(rb"[\t\n\r]")
_ENCODING = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"'](?!(?i:utf-?8|us-ascii)[\"'])")
_MARK = b"\xef\xbb\xbf"

_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_UNUSUAL_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#(?:([0-9]{1,12})|x([0-9A-Fa-f]{1,12}));)?")


class NotXML(ValueError):  # noqa: N818 - names what the bytes are not
    """The bytes must not reach a parser: they have a DTD or another encoding, or something else comes first."""


class LosslessFilter:
    """Between the bytes of a UTF-8 XML document and a parser; feed it chunks and hand on what it returns.

    The concatenated output is the same however the input is cut. Literal tabs, line feeds and carriage returns in
    attribute values come out as character references, as do carriage returns in text. Comments, and a byte order mark
    or blanks before the document, are left out.

    `damaged` holds the ordinals of the elements in whose start tag, or in the text after it, something was not XML: the
    first start tag of the document has number 1, as a parser's `start` events are counted. Control characters, U+FFFE,
    U+FFFF and references to illegal characters are taken out; broken UTF-8 (encoded surrogates too) becomes U+FFFD;
    the `&` of a reference that XML does not define is escaped. An ordinal is in the set before the output that
    completes its tag (or text) is returned.

    Only content is repaired, never markup: what is wrong there is the parser's to refuse. So is a document that ends
    early. NotXML is raised at a `<!DOCTYPE` (entities would be expanded even by a careful parser), at anything but
    blanks before the document, and at another encoding than UTF-8.

    Without a DTD there are no entities to resolve, so the parser needs no `resolve_entities=False`; and must not have
    it: with a target, lxml then gives `&amp;` in an attribute as `&#38;` (6.1, libxml2 2.14).
    """

    def __init__(self) -> None:
        self.damaged: set[int] = set()
        self._started = 0
        self._depth = 0
        self._dirty = False
        self._pending: list[bytes] = []
        self._size = 0
        self._wanted = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return what can be handed to the parser after this chunk; an unfinished tag or text is held back."""
        self._pending.append(chunk)
        self._size += len(chunk)
        # A token that did not end yet is tried again once the input has doubled: a quote that never closes would
        # otherwise be scanned from its beginning with each chunk.
        if self._size < self._wanted:
            return b""
        data = b"".join(self._pending)
        result, end = self._translate(data)
        rest = data[end:]
        self._pending, self._size, self._wanted = [rest], len(rest), 2 * len(rest)
        return result

    def close(self) -> bytes:
        """Return the end of the document. What is unfinished is returned as it is, for the parser to refuse."""
        data = b"".join(self._pending)
        self._pending, self._size = [], 0
        result, end = self._translate(data)
        return result + data[end:]

    def _translate(self, data: bytes) -> tuple[bytes, int]:
        """Return the output for the whole tokens at the beginning of the data, and where they end."""
        self._dirty = not _is_clean(data)
        parts = []
        end = 0
        while match := _TOKEN.match(data, end):
            parts.append(self._token(match[0]))
            end = match.end()
        if end < len(data) and data.startswith(b"<", end) and not _MARKUP.match(data, end):
            raise NotXML("the document has a DTD, or markup that is none")
        return b"".join(parts), end

    def _token(self, token: bytes) -> bytes:
        if not token.startswith(b"<"):
            return self._text(token)
        if token.startswith(b"<!--"):
            return b""
        if token.startswith(b"<!["):
            return self._text(token[9:-3].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;"))
        if token.startswith(b"<?"):
            if _ENCODING.match(token):
                raise NotXML("the document is not in UTF-8")
            return token
        return self._tag(token)

    def _text(self, text: bytes) -> bytes:
        if not self._started:
            if text.removeprefix(_MARK).strip():
                raise NotXML("something else comes before the document")
            return b""
        if not self._depth:  # behind the root nothing but blanks may come, not even a reference
            return text
        return self._legal(text).replace(b"\r", b"&#13;")

    def _tag(self, tag: bytes) -> bytes:
        if tag.startswith(b"</"):
            self._depth -= 1
            return tag
        self._started += 1
        if not tag.endswith(b"/>"):
            self._depth += 1
        if self._dirty or _BLANKS.search(tag):
            return _QUOTED.sub(self._value, tag)
        return tag

    def _value(self, match: re.Match[bytes]) -> bytes:
        value = self._legal(match[0])
        return value.replace(b"\n", b"&#10;").replace(b"\r", b"&#13;").replace(b"\t", b"&#9;")

    def _legal(self, content: bytes) -> bytes:
        """Return the content without what XML forbids, and note the element if there was any."""
        if not self._dirty:
            return content
        legal = content.translate(None, _CONTROLS)
        legal = legal.decode("utf-8", "replace").encode()
        for noncharacter in _NONCHARACTERS:
            legal = legal.replace(noncharacter, b"")
        legal = _UNUSUAL_REFERENCE.sub(_legal_reference, legal)
        if legal != content:
            self.damaged.add(self._started)
        return legal


def _is_clean(data: bytes) -> bool:
    """Tell whether nothing in the data can need repair. A False costs time, nothing else."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return (
        len(data.translate(None, _CONTROLS)) == len(data)
        and not any(noncharacter in data for noncharacter in _NONCHARACTERS)
        and _UNUSUAL_REFERENCE.search(data) is None
    )


def _legal_reference(match: re.Match[bytes]) -> bytes:
    """Keep a reference to a legal character, drop one to an illegal one, and escape an "&" that begins none."""
    decimal, hexadecimal = match.groups()
    if decimal is None and hexadecimal is None:
        return b"&amp;" + match[0][1:]
    code = int(decimal) if decimal is not None else int(hexadecimal, 16)
    return match[0] if _is_character(code) else b""


def _is_character(code: int) -> bool:
    """Tell whether XML 1.0 (2.2) allows this code point."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
