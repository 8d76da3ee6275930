"""The posts of a Pinboard backup in XML, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import attrs
from lxml import etree

from adapters.xml_filter import LosslessFilter, NotXML

_CHUNK = 1 << 16


@attrs.frozen
class Post:
    """The attributes of one post. `damaged`: something in it was not XML, and was left out or replaced."""

    attributes: dict[str, str]
    damaged: bool = False


def posts(file: BinaryIO) -> Iterator[Post | str]:
    """Yield the posts, with all their newlines; and a sentence for what is no post, or where the XML ends."""
    lossless = LosslessFilter()
    target = _Target(lossless)
    parser = etree.XMLParser(target=cast("Any", target))  # the stubs want the optional methods too
    try:
        while chunk := file.read(_CHUNK):
            parser.feed(lossless.feed(chunk))
            yield from target.taken()
        parser.feed(lossless.close())
        parser.close()
    except (NotXML, etree.XMLSyntaxError) as error:
        yield from target.taken()
        yield f"the file is no whole XML document: {error}"
    else:
        yield from target.taken()


class _Target:
    """Collects what the parser finds, until it is taken."""

    def __init__(self, lossless: LosslessFilter) -> None:
        self._lossless = lossless
        self._started = 0
        self._found: list[Post | str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""
        self._started += 1
        if tag == "post":
            self._found.append(Post(dict(attributes), self._started in self._lossless.damaged))
        elif tag != "posts":
            self._found.append(f"an element {tag!r} that is no post")

    def close(self) -> None:
        """Meet the end of the document."""

    def taken(self) -> list[Post | str]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found
