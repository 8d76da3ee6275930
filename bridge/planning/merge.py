"""Three-way merging of one link, field by field: what the source changed since the base travels, the rest stays.

S is the side that changed, T the other; everything is lifted, and x is S's value as T would hold it. "=" means equal to
the side's own base.

    S     T     and                             then
    ----- ----- ------------------------------- ----------------------------------------------------------
    =     =                                     nothing, even if the two differ: agreement is not sameness
    =     =     owed to T, T edits it           write x
    chg   =     x is what T has                 the base takes both, no write
    chg   =     T edits it                      write x
    chg   =     T reads it, cannot edit it      the base takes S; T is owed
    chg   =     T does not know it              the base takes S; a loss
    =     chg                                   nothing: the way back is another merge, with the sides swapped
    chg   chg   x is what T has                 the base takes both, no write
    chg   chg   else                            a conflict: T's value stands, or S's where the job overwrites
    no base on a side that reads the field      a first contact of that field

Two fields travel one way only: `private` becomes private and never public, and that whatever T did meanwhile; `added`
moves to an earlier date and never to a later one. Where such a change stops, the base takes it, so that it is not taken
for news again.

Tags merge one by one. An added tag is translated and added. A removed tag takes away only what it was paired with, and
only if no other tag of S stands for the same one and T did not add it meanwhile: without a pair, no removal.

Words of T (title, note) that were never S's stand like words that T changed: S's news about them is a conflict. The
words of a private entry (note, highlights) are not put into an entry of T that others can read: a loss.

At a first contact (no link, or no base for a field) title and note are filled where T's is empty, tags and highlights
are united, a favorite stays one; unread, private and the date stay as T has them. Or all of T's becomes S's where the
job overwrites: never less private, and never without a date.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

import attrs

from bridge.mapping.tags import Carried
from bridge.model import reasons
from bridge.model.bookmark import Field, Highlight, same

Comparable: TypeAlias = Callable[[str], str]
"""What the target compares tags by."""

ABSENT: object = type("Absent", (), {"__repr__": lambda _self: "ABSENT"})()
"""The base of a field that was never agreed on."""


class Verdict(enum.Enum):
    """What to do about one field."""

    KEEP = "keep"
    AGREE = "agree"
    WRITE = "write"
    OWE = "owe"
    LOSE = "lose"
    MEET = "meet"
    CLASH = "clash"


@attrs.frozen
class Sight:
    """One field of a link as both sides show it now, lifted, beside its bases. `wanted` is x of the table."""

    field: Field
    source: object
    target: object
    wanted: object
    source_base: object = ABSENT
    target_base: object = ABSENT
    target_reads: bool = True
    target_edits: bool = True
    owed: bool = False

    @property
    def source_changed(self) -> bool:
        """Whether the source's value is not its base."""
        return self.source_base is ABSENT or not same(self.field, self.source, self.source_base)

    @property
    def target_changed(self) -> bool:
        """Whether the target's value is not its base."""
        return self.target_reads and not same(self.field, self.target, self.target_base)


def decide(sight: Sight) -> Verdict:  # noqa: PLR0911 - one return a row of the table
    """Return what the table says."""
    if not sight.target_reads and not sight.target_edits:
        return Verdict.LOSE
    if sight.source_base is ABSENT or (sight.target_reads and sight.target_base is ABSENT):
        return Verdict.MEET
    due = sight.owed and sight.target_edits and not sight.target_changed
    if not sight.source_changed and not due:
        return Verdict.KEEP
    if sight.target_reads and same(sight.field, sight.wanted, sight.target):
        return Verdict.AGREE
    if not _travels(sight):
        return Verdict.AGREE
    if sight.target_changed and sight.field is not Field.PRIVATE:
        return Verdict.CLASH
    return Verdict.WRITE if sight.target_edits else Verdict.OWE


def meet(field: Field, source: object, target: object) -> object:
    """Return what T gets of S's value at a first contact of the field; T's own value where nothing travels."""
    if field in {Field.TITLE, Field.NOTE, Field.FAVORITE}:
        return target or source
    if field is Field.HIGHLIGHTS:
        return united(target, source)  # type: ignore[arg-type]
    return target


def overwrite(field: Field, source: object, target: object) -> object:
    """Return what T gets of S's value at a first contact where the job overwrites."""
    if field is Field.PRIVATE:
        return target or source
    return target if source is None else source


def merge_highlights(sight: Sight, there: object) -> tuple[Highlight, ...]:
    """Return highlights of T with what S added, without what S removed: they merge one by one, like tags."""
    ours, wanted, there = (cast(tuple[Highlight, ...], value) for value in (sight.source, sight.wanted, there))
    known = sight.source_changed and sight.source_base is not ABSENT
    before = {item.quote for item in cast(tuple[Highlight, ...], sight.source_base)} if known else set()
    gone = before - {item.quote for item in ours}
    stays = [item for item in there if item.quote not in gone]
    return united(stays, (item for item in wanted if item.quote not in before))


def united(one: Iterable[Highlight], other: Iterable[Highlight]) -> tuple[Highlight, ...]:
    """Return the highlights of both, each quote once, the first's first."""
    found: dict[str, Highlight] = {}
    for highlight in (*one, *other):
        found.setdefault(highlight.quote, highlight)
    return tuple(found.values())


@attrs.frozen
class TagChange:
    """What T's tags become, what T's base of them is then, which pairs stand, and what of S could not be carried."""

    tags: tuple[str, ...]
    base: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    losses: tuple[tuple[str, str, str], ...] = ()


@attrs.frozen
class TagMerge:
    """The tags of a link: those of S now and at the base, those of T now and at the base, and the pairs between them.

    T's tags are compared as T compares them.
    """

    source: tuple[str, ...]
    source_base: tuple[str, ...]
    target: tuple[str, ...]
    target_base: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    comparable: Comparable

    @property
    def added(self) -> tuple[str, ...]:
        """The tags that S added since the base."""
        return tuple(tag for tag in self.source if tag not in self.source_base)

    @property
    def staying(self) -> tuple[str, ...]:
        """T's tags that nothing takes away, whatever S added."""
        return self._without(self._leaving(self._kept_pairs), self.target)

    def change(self, carried: Carried) -> TagChange:
        """Return T's tags after S's changes. `carried` translates the tags that S added."""
        kept = self._kept_pairs
        leaving = self._leaving(kept | carried.pairs)
        tags, base = (
            with_tags(self._without(leaving, tags), carried.tags, self.comparable)
            for tags in (self.target, self.target_base)
        )
        spoken_for = {self.comparable(theirs) for _, theirs in kept}
        alike = tuple(pair for pair in sorted(carried.pairs) if self.comparable(pair[1]) in spoken_for)
        listed = {(wanted, kept) for wanted, kept, _ in carried.losses}
        losses = (*carried.losses, *((*pair, reasons.TAG_ALIKE) for pair in alike if pair not in listed))
        return TagChange(tags, base, kept | carried.pairs, losses)

    @property
    def _kept_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pair for pair in self.pairs if pair[0] in self.source and pair[0] in self.source_base)

    def _leaving(self, pairs: frozenset[tuple[str, str]]) -> set[str]:
        """Return what S's removals take from T, if these pairs stand."""
        gone = set(self.source_base) - set(self.source)
        paired = {self.comparable(theirs) for ours, theirs in self.pairs if ours in gone}
        standing = {self.comparable(theirs) for _, theirs in pairs}
        own = {self.comparable(tag) for tag in self.target} - {self.comparable(tag) for tag in self.target_base}
        return paired - standing - own

    def _without(self, leaving: set[str], tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(tag for tag in tags if self.comparable(tag) not in leaving)


def with_tags(tags: tuple[str, ...], more: Iterable[str], comparable: Comparable) -> tuple[str, ...]:
    """Return tags with more of them added, none that is there already under the target's comparison."""
    known = {comparable(tag) for tag in tags}
    return tags + tuple(tag for tag in more if comparable(tag) not in known)


def _travels(sight: Sight) -> bool:
    if sight.field is Field.PRIVATE:
        return bool(sight.source and sight.wanted)
    if sight.field is Field.ADDED:
        return earlier(sight.wanted, sight.target)
    return True


def earlier(one: object, other: object) -> bool:
    """Tell whether a date is earlier than another; a date is earlier than none."""
    return one is not None and (other is None or one < other)  # type: ignore[operator]
