"""JSON as a relic holds it, read as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from adapters.files.pocket_record import Remark
from adapters.files.pocket_zip import DAMAGE, MOST_BYTES, Source
from bridge.model.errors import InputError

_SURROGATE = re.compile("[\ud800-\udfff]")


def load(source: Source) -> tuple[object, tuple[Remark, ...]]:
    """Return the document, and a remark if some of its bytes were not UTF-8. Raises InputError if it is no JSON."""
    if source.size > MOST_BYTES:
        raise InputError(f"{source.name} is too large to be read.", "Split it into files of less than 1 GiB.")
    try:
        with source.open() as stream:
            data = stream.read()
        text = data.decode("utf-8-sig", "replace")
        document = json.loads(text)
    except (*DAMAGE, ValueError, RecursionError) as error:
        raise InputError(
            f"{source.name} is damaged: {str(error) or 'it ends early'}.",
            "Look for another copy of it, or leave it out.",
        ) from error
    if text.encode() == data.removeprefix(b"\xef\xbb\xbf"):
        return document, ()
    return document, (Remark(f"{source.name} holds bytes that are not UTF-8; they were replaced."),)


def words(value: object) -> str:
    """Return a text without surrogates, and "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)


def objects(value: object, place: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the objects of an array with their places ("dump.json item 3"); what is no object is an empty one."""
    for number, item in enumerate(value if isinstance(value, list) else (), start=1):
        yield f"{place} {number}", item if isinstance(item, dict) else {}
