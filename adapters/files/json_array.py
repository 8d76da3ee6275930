"""The elements of a JSON array as a stream, with the place of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TextIO

import attrs

_CHUNK = 1 << 16
_VALUE = re.compile(r"[^\s,]")
_NEXT = re.compile(r"\n(?=[ \t]*[{\]])")


@attrs.frozen
class Element:
    """One element: the line it begins in (from 1), its source text, and its value."""

    line: int
    text: str
    value: object


@attrs.frozen
class Broken:
    """A place where the array is not JSON. `lost`: nobody knows how many elements went with it."""

    line: int
    why: str
    lost: bool = False


def elements(file: TextIO) -> Iterator[Element | Broken]:
    """Yield the elements of the array that the file begins with.

    After something that is not JSON, reading goes on at the next line that begins an object, as most writers give each
    its own. An array that does not end, and anything behind its end, is Broken too.
    """
    decode = json.JSONDecoder(strict=False).raw_decode
    text, line, at, ended = file.read(_CHUNK), 1, 0, False
    at = text.index("[") + 1
    while True:
        first = _VALUE.search(text, at)
        start = first.start() if first else len(text)
        line += text.count("\n", at, start)
        at = start
        if text.startswith("]", at):
            break
        found: Element | Broken
        try:
            value, end = decode(text, at)
            found = Element(line, text[at:end], value)
        except (ValueError, RecursionError) as error:
            end = len(text)
            found = Broken(line, f"not JSON: {getattr(error, 'msg', error)}")
        if end == len(text) and not ended:
            more = file.read(max(_CHUNK, len(text) - at))
            text, at, ended = text[at:] + more, 0, not more
            continue
        if at == len(text):
            yield Broken(line, "the list does not end, so something may be missing", lost=True)
            return
        if isinstance(found, Broken):
            resume = _NEXT.search(text, at)
            end = resume.start() if resume else end
            found = attrs.evolve(found, lost=resume is None)
        yield found
        line += text.count("\n", at, end)
        at = end
    if text[at + 1 :].strip() or file.read().strip():
        yield Broken(line, "something follows the end of the list")
