"""The bookmark, its fields, and the entry by which an account holds it."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from datetime import datetime

import attrs


class Field(enum.Enum):
    """The fields that merge, diff and capabilities loop over. The url is identity, so it is not among them."""

    TITLE = "title"
    NOTE = "note"
    TAGS = "tags"
    ADDED = "added"
    UNREAD = "unread"
    FAVORITE = "favorite"
    PRIVATE = "private"
    HIGHLIGHTS = "highlights"

    # Each member is one object, and the inherited hash would hash its name anew at every look into a mapping.
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Field.{self.name}"


ALL_FIELDS = frozenset(Field)


def unique(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each once, none empty."""
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _aware(_instance: object, attribute: attrs.Attribute[datetime | None], value: datetime | None) -> None:
    if value is not None and value.utcoffset() is None:
        raise ValueError(f"{attribute.name} must know its time zone")


@attrs.frozen
class Highlight:
    """A passage marked in the page. Two highlights of a bookmark are the same if their quotes are."""

    quote: str
    created: datetime | None = attrs.field(default=None, validator=_aware)


@attrs.frozen
class Bookmark:
    """A page somebody wanted to keep.

    `url` is as the source gave it. `tags` keep their order, have no duplicates, and are compared as a set. `added`
    is aware and in UTC. What a service does not know keeps the cautious default: unread, and private. Whether a
    service knows a field at all is said by its capabilities, never by a value.
    """

    url: str
    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = attrs.field(default=(), converter=unique)
    added: datetime | None = attrs.field(default=None, validator=_aware)
    unread: bool = True
    favorite: bool = False
    private: bool = True
    highlights: tuple[Highlight, ...] = ()

    def get(self, field: Field) -> object:
        """Return the value of a field."""
        return getattr(self, field.value)

    def without(self, fields: Collection[Field]) -> Bookmark:
        """Return the bookmark with these fields as they are where nothing is known of them."""
        unknown = Bookmark(self.url)
        return attrs.evolve(self, **{field.value: unknown.get(field) for field in fields}) if fields else self  # type: ignore[arg-type]


def same(field: Field, one: object, other: object) -> bool:
    """Tell whether two values of a field are equal: tags as sets, highlights by their quotes."""
    if field is Field.TAGS:
        return set(one) == set(other)  # type: ignore[call-overload, no-any-return]
    if field is Field.HIGHLIGHTS:
        return {item.quote for item in one} == {item.quote for item in other}  # type: ignore[attr-defined]
    return one == other


def describe(value: object) -> str:
    """Return a field's value as text for a person."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(item.quote if isinstance(item, Highlight) else str(item) for item in value)
    return str(value)


@attrs.frozen
class Entry:
    """A bookmark as one account holds it.

    `ref` is the service's own id, an opaque string. `changed` is when the service says the entry last changed (UTC),
    or None where it does not say.
    """

    ref: str
    bookmark: Bookmark
    changed: datetime | None = None
