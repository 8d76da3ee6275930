"""What a look at the target tells about something we wrote: whether it arrived, and whether it stands as meant."""

from __future__ import annotations

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Operation, Remove, Update, Values
from bridge.model.plan import Step


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
        sent = mapper.lift_target(operation.bookmark)
        return sent_values(sent, mapper)
    before = mapper.lift_target(operation.entry.bookmark)
    after = mapper.lift_target(operation.delta.apply(operation.entry.bookmark))
    return {field: after.get(field) for field in mapper.seen if not same(field, before.get(field), after.get(field))}


def sent_values(sent: Bookmark, mapper: Mapper) -> Values:
    """Return what an Add really says, lifted. A missing date is not said: the service sets one of its own."""
    fields = mapper.seen & mapper.taken
    return {field: sent.get(field) for field in fields if field is not Field.ADDED or sent.added is not None}


def read_back(link: Link, entry: Entry, meant: Values, mapper: Mapper) -> ReadBack:
    """Compare what was meant with what the target shows; what it shows becomes the base.

    A field that was not written keeps its base, unless it never had one: then the service set a default of its own.
    """
    shown = mapper.lift_target(entry.bookmark)
    wrong = tuple(field for field in Field if field in meant and not _stands(field, meant[field], shown, mapper))
    base = dict(link.right.base)
    base |= {field: shown.get(field) for field in mapper.seen if field in meant or field not in base}
    right = attrs.evolve(link.right, ref=entry.ref, url=entry.bookmark.url, base=base, seen=True)
    return ReadBack(attrs.evolve(link, right=right), wrong)


def settle(step: Step, found: Entry | None, mapper: Mapper) -> Link | None:
    """Return the link of a step that was sent and never answered, or None if it had no effect.

    An Add that is there, dated as it was sent, is ours: what it lacks is owed, and the next plan brings it to its
    intent. An Add that is there with another date is somebody else's entry: a first contact. An Update that does not
    show all it meant is planned again from its old base.
    """
    if found is None or isinstance(step.operation, Remove):
        return step.link if found is None and isinstance(step.operation, Remove) else None
    meant = intent(step.operation, mapper)
    back = read_back(step.link, found, meant, mapper)
    if not back.wrong:
        return back.link
    if isinstance(step.operation, Update) or Field.ADDED in back.wrong:
        return None
    return _owing(back, mapper)


def _owing(back: ReadBack, mapper: Mapper) -> Link:
    """Return the link of an entry that is ours but not whole: missing tags read as new, other fields as owed."""
    there = set(mapper.target_fold.lift(Bookmark("", tags=_tags(back.link.right.base))).tags)
    pairs = frozenset(pair for pair in back.link.pairs if pair[1] in there)
    carried = {ours for ours, _ in pairs}
    lost = {ours for ours, theirs in back.link.pairs if theirs not in there} - carried
    base = dict(back.link.left.base)
    if Field.TAGS in base:
        base[Field.TAGS] = tuple(tag for tag in _tags(base) if tag not in lost)
    owed = frozenset((Side.RIGHT, field) for field in back.wrong if field is not Field.TAGS)
    left = attrs.evolve(back.link.left, base=base)
    return attrs.evolve(back.link, left=left, pairs=pairs, owed=back.link.owed | owed)


def _stands(field: Field, meant: object, shown: Bookmark, mapper: Mapper) -> bool:
    """Compare as the target does: a service that knows no case in tags may answer with the case it knew before."""
    value = shown.get(field)
    if field is Field.TAGS and not mapper.target.tags.cased:
        return {tag.casefold() for tag in _as_tags(meant)} == {tag.casefold() for tag in shown.tags}
    return same(field, meant, value)


def _tags(base: Values) -> tuple[str, ...]:
    return _as_tags(base.get(Field.TAGS, ()))


def _as_tags(value: object) -> tuple[str, ...]:
    return tuple(value)  # type: ignore[arg-type]
