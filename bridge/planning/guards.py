"""What stands between a plan and its first write; pure.

A migration removes nothing, so what is guarded here is what it would believe: that an account which is suddenly empty
was emptied on purpose, and that a plan is still the plan that was shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence

from bridge.model import url as urls
from bridge.model.bookmark import Entry, Field, same
from bridge.model.errors import Refused
from bridge.model.link import Link
from bridge.model.operation import Add, Operation

_SHOWN = 10


def refuse_emptied(names: tuple[str, str], target: Collection[object], links: Iterable[Link]) -> None:
    """Raise Refused if the target holds nothing although entries of it have been seen that are linked to the source.

    A file that was deleted, and a service that forgot everything, look like an owner who removed each bookmark.
    `names` are those of source and target.
    """
    seen = sum(link.right.seen for link in links)
    if seen and not target:
        source, emptied = (shlex.quote(name) for name in names)
        raise Refused(
            f"{names[1]} is suddenly empty: earlier runs saw {seen:,} of the bookmarks of {names[0]} there.",
            f"If that is right, `bookmark-bridge forget {source} {emptied}` and run again.",
            total=seen,
        )


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
