"""The account of a pair that an undo has nothing to write to: its file may be gone, and its login too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.model.adapter import Checked, End, Missing, Page
from bridge.model.bookmark import Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Failed, Operation, Outcome


class Bystander:
    """Stands in for an account, implementing `bridge.model.adapter.Adapter`: it shows nothing new and takes nothing.

    `reads` are the fields that the account's last listing spoke of.
    """

    def __init__(self, identity: str, reads: frozenset[Field]) -> None:
        self.identity = identity
        self.capabilities = Capabilities(reads=reads, adds=False, updates=False, removes=False)
        self.calls = 0

    def check(self) -> Checked:
        """Nobody is asked."""
        return Checked()

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield a listing without news, so that what is known of the account stays."""
        yield End(complete=False, cursor=cursor)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Refuse every operation."""
        return (Failed("This account only stands by.") for _ in operations)

    def look_up(self, entries: Sequence[Entry], _since: float | None = None, /) -> Iterator[Entry | Missing]:
        """Yield each entry as it is known."""
        yield from entries
