"""What the state tells about an entry at the target: whether it is what came of a row, or was there before."""

from __future__ import annotations

from bridge.model import url as urls
from bridge.model.bookmark import Entry
from bridge.model.operation import Add
from bridge.planning.restore import touched
from bridge.state.journal import Row
from bridge.state.store import Pair, Store


class Evidence:
    """Judges by the replica of the target, which is as old as the last listing, and by the links of the pair.

    `overwrites`: the target may have taken an Add for an entry that it had.
    """

    def __init__(self, store: Store, account: int, pair: Pair, *, overwrites: bool) -> None:
        self._store = store
        self._account = account
        self._pair = pair
        self._overwrites = overwrites

    def ran_into(self, row: Row, now: Entry | None, *, shown: bool) -> Entry | None:
        """Return what an entry was before an Add ran into it; None if the Add has made it, or has not touched it.

        `shown`: the entry is as a look-up shows it, so it has to bear the marks of the Add; it is not enough that the
        replica has it, since another job may have listed what our Add made.
        """
        add = row.step.operation
        if now is None or not isinstance(add, Add) or not self._overwrites:
            return None
        was = self._store.entry(self._account, now.ref)
        return was if was is not None and (not shown or touched(add.bookmark, was, now)) else None

    def may_come_of(self, row: Row, found: Entry) -> bool:
        """Tell whether an entry can be what came of a row: not if it is linked to another bookmark.

        Nor if an Add is in doubt, the entry has another url than it, and was there before.
        """
        if not isinstance(row.step.operation, Add):
            return True
        elsewhere = urls.key(found.bookmark.url) != urls.key(row.step.url)
        there_before = elsewhere and self._store.entry(self._account, found.ref) is not None
        return not there_before and not self.held_by_another(row, found)

    def held_by_another(self, row: Row, found: Entry) -> bool:
        """Tell whether an entry is linked to another bookmark than the row's."""
        holder = self._store.linked(self._pair, found.ref)
        return holder is not None and not holder.right.gone and holder.left.ref != row.step.link.left.ref
