"""One value of Pinboard's JSON as what it should have been.

PHP writes numbers as text and text as numbers, nothing as `false`, as null or as `[]`, and a list as a map.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.lenient import JSON, Garbled


def text_of(value: JSON) -> str:
    """Return the text that a value should have been; `false` and anything that is no text is ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def whole_of(value: str) -> str:
    """Return the text without halves of surrogate pairs, which JSON can escape and no encoding can carry."""
    return value.encode("utf-8", "replace").decode()


def plain_of(value: JSON) -> str:
    """Return the text that a value should have been, of whole characters."""
    return whole_of(text_of(value))


def unescaped(tags: str) -> str:
    """Undo the HTML that JSON tags, and only tags, may have been through."""
    return tags.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def words_of(record: JSON, name: str) -> list[str]:
    """Return the texts of a list in a record, none if there is no such list."""
    found = record.get(name) if isinstance(record, dict) else None
    listed = list(found.values()) if isinstance(found, dict) else found
    return [text_of(each) for each in listed] if isinstance(listed, list) else []


def number_of(value: JSON) -> int | None:
    """Return a number that may be written as text, or None if there is none."""
    try:
        return int(text_of(value))
    except ValueError:
        return None


def counts_of(pairs: Iterable[tuple[str, JSON]]) -> dict[str, int]:
    """Return numbers by their names. Raises Garbled where one is none."""
    found = {name: number_of(count) for name, count in pairs}
    numbers = {name: count for name, count in found.items() if count is not None}
    if len(numbers) < len(found):
        raise Garbled("without counts")
    return numbers
