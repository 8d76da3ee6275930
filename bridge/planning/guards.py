"""What stands between a plan and its first write; pure.

A migration removes nothing, so what is guarded there is what it would believe: that an account which is suddenly empty
was emptied on purpose, and that a plan is still the plan that was shown. A mirror removes, so it is guarded, too,
against a listing that lacks too much and against one in which everything is another.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

import attrs

from bridge.model import url as urls
from bridge.model.bookmark import Entry, Field, same
from bridge.model.errors import Refused
from bridge.model.link import Side
from bridge.model.operation import Add, Operation
from bridge.planning.sides import Sides, View

_SHOWN = 10

_FEW = 5
"""So many removals or changes are never too many."""

_SHARE = 0.2
"""The share of the links of a pair that may go in one run."""


@attrs.frozen
class Guarded:
    """Why a planner will not go on with what it was shown.

    `items` are the first urls that it is about, of `total`. `tokens` name each thing that a person may approve of, so
    that what they approved lets those and no others through; without any, the `remedy` is the only way.
    """

    message: str
    items: tuple[str, ...]
    total: int
    tokens: frozenset[str] = frozenset()
    remedy: str = ""


def emptied(sides: Sides, names: tuple[str, str]) -> Guarded | None:
    """Say so if the right holds nothing although entries of it have been seen that are linked to the left.

    A file that was deleted, and a service that forgot everything, look like an owner who removed each bookmark.
    `names` are those of left and right.
    """
    seen = sum(link.right.seen and not link.right.gone for link in sides.links)
    if not seen or _holds_something(sides.right):
        return None
    source, target = (shlex.quote(name) for name in names)
    message = f"{names[1]} is suddenly empty: earlier runs saw {seen:,} of the bookmarks of {names[0]} there."
    remedy = f"If that is right, `bookmark-bridge forget {source} {target}` and run again."
    return Guarded(message, (), seen, remedy=remedy)


@attrs.frozen
class Outlook:
    """What a mirror is about to believe of one side.

    `name` is the account's, `links` counts the links with both entries there before. `lacking` are the urls of those
    that the side does not show any more, `leaving` those that would be removed from it, and `changed` those that it
    shows otherwise than before, each by its ref.
    """

    name: str
    links: int
    lacking: Mapping[str, str]
    leaving: Mapping[str, str]
    changed: Mapping[str, str]


def mirrored(outlooks: Mapping[Side, Outlook]) -> Guarded | None:
    """Say so if a side lacks all that was linked, if too much would be removed from one, or if all of one changed."""
    found = [guarded for side, outlook in outlooks.items() for guarded in _doubtful(side, outlook)]
    if not found:
        return None
    items = dict.fromkeys(item for guarded in found for item in guarded.items)
    return Guarded(
        " ".join(guarded.message for guarded in found),
        tuple(items)[:_SHOWN],
        len(items),
        frozenset().union(*(guarded.tokens for guarded in found)),
    )


def _doubtful(side: Side, outlook: Outlook) -> Iterable[Guarded]:
    name, links = outlook.name, outlook.links
    if links and len(outlook.lacking) == links:
        yield _guarded(
            f"{name} is suddenly empty of all {links:,} that it had in common", "lacks", side, outlook.lacking
        )
    if len(outlook.leaving) > max(_FEW, _SHARE * links):
        share = f"{len(outlook.leaving):,} of {links:,}"
        yield _guarded(f"{share} would be removed from {name}", "removes", side, outlook.leaving)
    if links > _FEW and len(outlook.changed) == links:
        yield _guarded(
            f"Every one of the {links:,} that {name} had in common has changed there", "changes", side, outlook.changed
        )


def _guarded(message: str, what: str, side: Side, found: Mapping[str, str]) -> Guarded:
    listed = ", ".join(tuple(found.values())[:_SHOWN]) + (" ..." if len(found) > _SHOWN else "")
    tokens = frozenset(f"{what} {side.value} {ref}" for ref in found)
    return Guarded(f"{message}: {listed}.", tuple(found.values()), len(found), tokens)


def _holds_something(view: View) -> bool:
    return bool(view.entries or view.stale or view.unreadable)


def refuse_moved(operations: Sequence[Operation], target: Iterable[Entry], fields: frozenset[Field]) -> None:
    """Raise Refused if an entry that an operation touches has changed since the plan was made.

    An Add expects no entry with its url key; an Update or Remove expects its entry as it was, in the given fields.
    """
    entries = {entry.ref: entry for entry in target}
    keys = {urls.key(entry.bookmark.url) for entry in entries.values()}
    moved = [operation.url for operation in operations if _moved(operation, entries, keys, fields)]
    if moved:
        shown = ", ".join(moved[:_SHOWN]) + (" ..." if len(moved) > _SHOWN else "")
        raise Refused(
            f"The target has changed since the plan was made, in {len(moved):,} of its places: {shown}.",
            "Nothing was written. Make a new plan with `migrate --plan FILE`.",
            items=tuple(moved[:_SHOWN]),
            total=len(moved),
        )


def _moved(operation: Operation, entries: dict[str, Entry], keys: set[str], fields: frozenset[Field]) -> bool:
    if isinstance(operation, Add):
        return urls.key(operation.url) in keys
    found = entries.get(operation.entry.ref)
    if found is None:
        return True
    before = operation.entry.bookmark
    return any(not same(field, before.get(field), found.bookmark.get(field)) for field in fields)
