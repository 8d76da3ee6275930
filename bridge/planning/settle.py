"""What a look at the target tells about something we wrote: whether it arrived, and whether it stands as meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs

from bridge.mapping.mapper import Mapper
from bridge.mapping.tags import equal_under
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Operation, Remove, Update, Values
from bridge.model.plan import Step
from bridge.planning.listing import recreated
from bridge.planning.spelling import explained, known, respelt

_EMPTY = Bookmark("")


@attrs.frozen
class ReadBack:
    """A link after its target entry was read, and the fields that are not as they were meant."""

    link: Link
    wrong: tuple[Field, ...]


def intent(operation: Operation, mapper: Mapper) -> Values:
    """Return what an operation meant the target to show, lifted: only the fields it wrote and the target shows."""
    if isinstance(operation, Remove):
        return {}
    if isinstance(operation, Add):
        return sent_values(mapper.lift_target(operation.bookmark), mapper)
    before = mapper.lift_target(operation.entry.bookmark)
    after = mapper.lift_target(operation.delta.apply(operation.entry.bookmark))
    changed = (field for field in Field if not same(field, before.get(field), after.get(field)))
    return {field: after.get(field) for field in changed if field in mapper.seen}


def sent_values(sent: Bookmark, mapper: Mapper) -> Values:
    """Return what an Add really says, lifted.

    A missing date is not said, as the service sets one of its own; nor is a missing title where it finds one.
    """
    said = mapper.seen & mapper.taken
    if sent.added is None:
        said -= {Field.ADDED}
    if not sent.title and mapper.target.limits.finds_titles:
        said -= {Field.TITLE}
    return {field: sent.get(field) for field in Field if field in said}


def read_back(link: Link, entry: Entry, meant: Values, mapper: Mapper) -> ReadBack:
    """Compare what was meant with what the target shows; what it shows becomes the base, and its spellings the pairs'.

    A field that was not written keeps its base, unless it never had one: then the service set a default of its own. A
    tag or highlight that stands there beside those of the base is its people's, and no base; one that the base knows
    and that was not meant to stand there stays in the base, until the other side has lost it, too.
    """
    shown = mapper.lift_target(entry.bookmark)
    wrong = tuple(field for field in Field if field in meant and not stands(field, meant[field], shown, mapper))
    base = dict(link.right.base)
    base |= {
        field: known(field, base, shown, meant)
        for field in Field
        if field in mapper.seen and (field in meant or field not in base)
    }
    base |= _dated(base, shown, mapper)
    unlisted = link.right.unlisted
    right = attrs.evolve(
        link.right,
        ref=entry.ref,
        url=entry.bookmark.url,
        base=base,
        seen=True,
        unlisted=None if unlisted is None else attrs.evolve(unlisted, confirmed=True),
    )
    pairs = respelt(link.pairs, shown.tags) if Field.TAGS in meant else link.pairs
    return ReadBack(attrs.evolve(link, right=right, pairs=pairs), wrong)


def _dated(base: Values, shown: Bookmark, mapper: Mapper) -> Values:
    """Return the date of an entry where only the service sets it: our write may have dated it anew."""
    follows = Field.ADDED in base and Field.ADDED in mapper.seen - mapper.edited
    return {Field.ADDED: shown.added} if follows else {}


def stands(field: Field, meant: object, shown: Bookmark, mapper: Mapper) -> bool:
    """Tell whether a field shows what was meant, as the target compares.

    A service that knows no case in tags may answer with the case it knew before.
    """
    if field is Field.TAGS:
        comparable = equal_under(mapper.target.tags)
        return {comparable(tag) for tag in cast(tuple[str, ...], meant)} == {comparable(tag) for tag in shown.tags}
    return same(field, meant, shown.get(field))


def settle(step: Step, found: Entry | None, mapper: Mapper) -> Link | None:
    """Return the link of a step that was sent and never answered, or None if it had no effect.

    An Add that is there, dated as it was sent, is ours: what it lacks is owed, and the next plan brings it to its
    intent; what it holds instead, other than nothing, is a person's change since. An Add that is there with another
    date is somebody else's entry: a first contact. An Update that does not show all it meant is planned again from its
    old base; so is one whose entry was removed and saved anew since.
    """
    if isinstance(step.operation, Remove):
        return step.link if found is None or found.ref != step.operation.entry.ref else None
    if found is None or (isinstance(step.operation, Update) and _is_another(step.operation.entry, found, mapper)):
        return None
    meant = intent(step.operation, mapper)
    back = read_back(step.link, found, meant, mapper)
    if not back.wrong:
        return back.link
    if isinstance(step.operation, Update) or Field.ADDED in back.wrong:
        return None
    return _owing(back, meant, equal_under(mapper.target.tags))


def _is_another(before: Entry, now: Entry, mapper: Mapper) -> bool:
    """Tell whether an entry is another one than before, under another ref or under the same."""
    base = {field: before.bookmark.get(field) for field in (Field.ADDED, Field.TAGS, Field.FAVORITE)}
    return now.ref != before.ref or recreated(Half(before.ref, before.bookmark.url, base), now, mapper.target)


def _owing(back: ReadBack, meant: Values, comparable: Callable[[str], str]) -> Link:
    """Return the link of an entry that is ours but not whole.

    Missing tags read as new and are owed, as are fields that hold nothing; other values read as changes since, whose
    base is what was meant, unless the service may have made them of it.
    """
    link = back.link
    lacking = {field for field in back.wrong if same(field, link.right.base.get(field), _EMPTY.get(field))}
    owed = {(Side.RIGHT, field) for field in lacking - {Field.TAGS}}
    changed = (field for field in back.wrong if field not in lacking | {Field.TAGS})
    theirs = {field: meant[field] for field in changed if not explained(field, meant[field], link.right.base[field])}
    link = link.with_half(Side.RIGHT, attrs.evolve(link.right, base={**link.right.base, **theirs}))
    if Field.TAGS in back.wrong:
        there = {comparable(tag) for tag in _tags(link.right.base)}
        pairs = frozenset(pair for pair in link.pairs if comparable(pair[1]) in there)
        lost = {ours for ours, _ in link.pairs - pairs}
        kept = tuple(tag for tag in _tags(link.left.base) if tag not in lost)
        owed |= {(Side.RIGHT, Field.TAGS)} if lost else set()
        left = attrs.evolve(link.left, base={**link.left.base, Field.TAGS: kept})
        link = attrs.evolve(link, left=left, pairs=pairs)
    return attrs.evolve(link, owed=link.owed | owed)


def _tags(base: Values) -> tuple[str, ...]:
    return cast(tuple[str, ...], base.get(Field.TAGS, ()))
