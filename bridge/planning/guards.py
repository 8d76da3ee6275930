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
    sides = [(side, of, outlooks[side.other].name) for side, of in outlooks.items()]
    reasons = [
        *(
            (f"{of.name} suddenly lacks all {of.links:,} that it had in common with {them}", "lacks", side, of.lacking)
            for side, of, them in sides
            if of.links and len(of.lacking) == of.links
        ),
        *(
            (
                f"{len(of.leaving):,} of {of.links:,} bookmarks would be removed from {of.name}",
                "removes",
                side,
                of.leaving,
            )
            for side, of, _them in sides
            if len(of.leaving) > max(_FEW, _SHARE * of.links)
        ),
        *(
            (
                f"{of.name} shows all {of.links:,} that it has in common with {them} changed",
                "changes",
                side,
                of.changed,
            )
            for side, of, them in sides
            if of.links > _FEW and len(of.changed) == of.links
        ),
    ]
    if not reasons:
        return None
    items = tuple(dict.fromkeys(url for *_, found in reasons for url in found.values()))
    return Guarded(
        f"{', and '.join(sentence for sentence, *_ in reasons)}: {_listed(items)}.",
        items[:_SHOWN],
        len(items),
        frozenset(f"{what} {side.value} {ref}" for _, what, side, found in reasons for ref in found),
    )


def _listed(items: Sequence[str]) -> str:
    """Return the first items in one line."""
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


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
        raise Refused(
            f"The target has changed since the plan was made, in {len(moved):,} of its places: {_listed(moved)}.",
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
