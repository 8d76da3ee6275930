"""The tags and texts of a bookmarks.html, as a stream.

A scanner of our own and not an HTML parser, because these files are not HTML: notes hold raw markup, an HTML parser
guesses another encoding at the first byte that is not UTF-8, and does not keep blanks and control characters. Only the
few tags that carry the structure are found; all else is text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path

import attrs

_CHUNK = 1 << 16
_TAG = re.compile(
    r"""<(?P<closing>/?)(?P<name>A|D[DLT]|H[13R]|TITLE)(?=[\s/>])
        (?P<attributes>(?:[^"'>]++|"[^"]*+"|'[^']*+')*+)
        (?P<end>>)?""",
    re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,9}|#[xX][0-9A-Fa-f]{1,8}|[A-Za-z][A-Za-z0-9]*);")
_LAYOUT = " \t\n\f"
_ENDS = re.compile(r"\A[ \t\n\f]+|[ \t\n\f]+\Z")


@attrs.frozen
class Tag:
    """A tag, and the text between the tag before it and this one.

    `name` is in upper case, and "" behind the last tag; `unfinished` if a tag does not end there. `line` counts from 1.
    """

    before: str
    name: str
    line: int
    closing: bool = False
    attributes: str = ""
    raw: str = ""
    unfinished: bool = False


def tags(path: Path) -> Iterator[Tag]:
    """Yield the tags of a file; bytes that are not UTF-8 come as lone surrogates ("surrogateescape").

    Line ends are read as line feeds, as HTML does.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        line, rest = 1, ""
        # A tag that does not end yet is scanned again with as much input as there was, so the work stays linear.
        while chunk := file.read(max(_CHUNK, len(rest))):
            text, end = rest + chunk, 0
            for match in _TAG.finditer(text):
                if match["end"] is None:
                    break
                yield Tag(
                    before=text[end : match.start()],
                    name=match["name"].upper(),
                    line=line + text.count("\n", end, match.start()),
                    closing=bool(match["closing"]),
                    attributes=match["attributes"],
                    raw=match[0],
                )
                line += text.count("\n", end, match.end())
                end = match.end()
            rest = text[end:]
    yield Tag(before=rest, name="", line=line, unfinished=_TAG.search(rest) is not None)


def attributes(text: str) -> dict[str, str]:
    """Return a tag's attributes, names in upper case; the first of a name counts."""
    result: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        result.setdefault(name.upper(), double or single or bare)
    return result


def unescape(text: str) -> str:
    """Return a text with its character references resolved: those with a semicolon, since addresses hold raw `&`."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def text_of(text: str) -> str:
    """Return the content of an element, without the blanks that are layout."""
    return unescape(text.strip(_LAYOUT))


def escape(text: str) -> str:
    """Return a text such that `text_of` (and, in an attribute, `unescape`) gives it back."""
    text = html.escape(text).replace("\r", "&#13;")
    return _ENDS.sub(_references, text) if text[:1] in _LAYOUT or text[-1:] in _LAYOUT else text


def _character(match: re.Match[str]) -> str:
    reference = match[0]
    return html.unescape(reference) if reference[1] == "#" or reference[1:] in html5 else reference


def _references(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match[0])
