"""What stands between a plan and its first write; pure.

A migration removes nothing, so what is guarded here is that a plan is still the plan that was shown: `apply` refuses
before its first write if any entry that it would touch is not as the plan expects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.model import url as urls
from bridge.model.bookmark import Entry, Field, same
from bridge.model.errors import Refused
from bridge.model.operation import Add, Operation

_SHOWN = 10


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
