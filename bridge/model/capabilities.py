"""What an account can hold and do, as a value that mapper and planner compute with.

A Spec declares the capabilities of its service; an account may narrow them, never widen them.
"""

from __future__ import annotations

import enum
from datetime import datetime

import attrs

from bridge.model.bookmark import ALL_FIELDS, Field

NO_FIELDS: frozenset[Field] = frozenset()


class Absence(enum.Enum):
    """What it means that an entry is missing from a complete listing."""

    REMOVED = "removed"
    """It may be gone; look_up confirms."""
    NOTHING = "nothing"
    """Nothing at all."""


@attrs.frozen
class TagRules:
    """How a service spells tags.

    `longest` counts characters of one tag, `most` the tags of one bookmark; None is no limit. `blanks` and `commas`:
    may a tag hold white space, a comma? `cased`: are `Ruby` and `ruby` two tags? `lower`: does the service lower-case
    what it is given? `private_prefix`: the beginning that makes a tag private there, so it must not arrive by accident.
    """

    longest: int | None = None
    most: int | None = None
    blanks: bool = True
    commas: bool = True
    cased: bool = True
    lower: bool = False
    private_prefix: str | None = None


@attrs.frozen
class UriLimit:
    """A service that carries the whole bookmark in a request URI: at most `most` bytes, `overhead` of them not values.

    A value costs the length of its percent-encoded UTF-8 form (a blank is one byte, a CJK character nine).
    """

    most: int
    overhead: int


@attrs.frozen
class Limits:
    """How much of each field fits. None is no limit; lengths are in characters.

    `earliest` and `latest` bound `added`, which `whole_seconds` cuts to seconds. `schemes` are the url schemes taken,
    in lower case; `public_hosts`: only hosts with a dot in their name. `finds_titles`: a bookmark that is added without
    a title is given the one of its page.
    """

    title: int | None = None
    note: int | None = None
    uri: UriLimit | None = None
    title_required: bool = False
    finds_titles: bool = False
    schemes: frozenset[str] | None = None
    public_hosts: bool = False
    earliest: datetime | None = None
    latest: datetime | None = None
    whole_seconds: bool = False


@attrs.frozen
class Cost:
    """What a run will take: seconds from one call to the next, and calls per operation, at most.

    Where one call carries several operations, each costs a part of it. `listing`: seconds from one full listing to the
    next.
    """

    gap: float = 0.0
    listing: float = 0.0
    add: float = 0.0
    update: float = 0.0
    remove: float = 0.0


@attrs.frozen
class Capabilities:
    """What an account reads, takes on an Add (`sets`), and changes on an Update (`edits`); and how it behaves.

    `single`: one entry can be asked for without listing all. `batch`: operations per call of `push`, None for all at
    once. `url_is_ref`: the ref is made of the url, so re-creation keeps it. `overwrites`: an Add that meets an entry is
    not refused but changes it. `publishes`: other people can read what is not private.
    """

    reads: frozenset[Field] = ALL_FIELDS
    sets: frozenset[Field] = ALL_FIELDS
    edits: frozenset[Field] = ALL_FIELDS
    adds: bool = True
    updates: bool = True
    removes: bool = True
    absence: Absence = Absence.NOTHING
    single: bool = False
    url_is_ref: bool = False
    overwrites: bool = False
    publishes: bool = False
    batch: int | None = 1
    tags: TagRules = TagRules()
    limits: Limits = Limits()
    cost: Cost = Cost()

    def without(self, fields: frozenset[Field]) -> Capabilities:
        """Return these capabilities narrowed by the fields that an account lacks."""
        return attrs.evolve(self, reads=self.reads - fields, sets=self.sets - fields, edits=self.edits - fields)
