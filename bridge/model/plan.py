"""The plan: everything a run will write, as a value that can be shown, saved, and applied exactly."""

from __future__ import annotations

import enum

import attrs

from bridge.model.link import Link, Side
from bridge.model.operation import Add, Operation, Remove
from bridge.model.receipt import Conflict, Listed, Loss


class Fate(enum.Enum):
    """What becomes of a bookmark that is written."""

    ADDED = "added"
    MERGED = "merged"
    REMOVED = "removed"


@attrs.frozen
class Step:
    """One operation on one side, and the link as it will stand once the operation is done.

    The link has the written side on its right, and the base there is what is sent; what is read back afterwards
    replaces it. `source_ref` is the entry the step carries. `losses` are those that this step incurs. `was` is the link
    before the run, where another step moves it, too: then each moves it by what it has done.

    `restores`: it gives an entry back what an Add that ran into it has overwritten; it carries no bookmark, so it is
    nobody's fate and moves no link. `completes`: it brings what an Add that arrived in part still lacked. `aside`: it
    writes beside what becomes of the bookmark (a star that comes off once its item is saved), so it is nobody's fate.
    `undoes`: it takes back what an earlier run has written, a fate of its own whatever other step moves its link.
    """

    side: Side
    operation: Operation
    link: Link
    source_ref: str
    losses: tuple[Loss, ...] = ()
    was: Link | None = None
    restores: bool = False
    completes: bool = False
    aside: bool = False
    undoes: bool = False

    @property
    def counts(self) -> bool:
        """Whether what becomes of the bookmark is decided by this step."""
        return not self.restores and not self.aside

    @property
    def url(self) -> str:
        """The url of the bookmark."""
        return self.operation.url

    @property
    def shared(self) -> tuple[str, str] | None:
        """What two steps of one bookmark have in common; None if this is its only one, or a fate of its own."""
        if self.was is None or self.undoes:
            return None
        refs = self.link.left.ref, self.link.right.ref
        return refs if self.side is Side.RIGHT else refs[::-1]

    @property
    def fate(self) -> Fate:
        """What becomes of the bookmark if the step is done."""
        if isinstance(self.operation, Add) or self.completes:
            return Fate.ADDED
        return Fate.REMOVED if isinstance(self.operation, Remove) else Fate.MERGED


@attrs.frozen
class Entered:
    """One step of a run for a person to read: its number, its state in the journal, and what came of it.

    `replaced`: another step of the run stands in for it (an Add that met an entry), and has its fate.
    """

    seq: int
    state: str
    step: Step
    outcome: str | None = None
    replaced: bool = False

    @property
    def done(self) -> bool:
        """Whether the step itself was carried out."""
        return self.state == "done" and not self.replaced


@attrs.frozen
class Known:
    """An entry of a side that the other side keeps as another bookmark, its `twin`."""

    side: Side
    ref: str
    twin: str


@attrs.frozen
class Plan:
    """Steps in the order in which they will be carried out, and the fates that need no write.

    `agreed` are links to store before anything is written: both sides hold the same, or the link begins anew. `losses`
    are those of bookmarks that are not in any step. `unchanged` counts bookmarks that need no write, `open` those that
    none is made for because of a conflict. Of a mirror, `read` counts the bookmarks on the left, on the right, and on
    both sides, and `filtered` those outside of the selection.
    """

    steps: tuple[Step, ...] = ()
    agreed: tuple[Link, ...] = ()
    unchanged: int = 0
    skipped: tuple[Listed, ...] = ()
    failed: tuple[Listed, ...] = ()
    losses: tuple[Loss, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    open: int = 0
    remarks: tuple[str, ...] = ()
    twins: tuple[Known, ...] = ()
    read: tuple[int, int, int] = (0, 0, 0)
    filtered: int = 0
