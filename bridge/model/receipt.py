"""The reconciliation of a run: where each bookmark ended, and whether the sums agree."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Loss:
    """A value of a field that the target cannot hold, as text: what was wanted and what is kept ("" for nothing).

    `reason` says why in words, "" where it is not known (a receipt of before). Two losses are one if the same value is
    lost, whatever is said of the reason.
    """

    url: str
    field: str
    wanted: str
    kept: str = ""
    reason: str = attrs.field(default="", eq=False)


@attrs.frozen
class Listed:
    """A bookmark that was skipped or that failed, and the reason in one sentence."""

    url: str
    reason: str


@attrs.frozen
class Conflict:
    """A field that both sides changed. `winner` is the account whose value stands, or None while it is open.

    `source` and `target` are the values there as text (of a mirror the left and the right one), None where they are not
    known (a receipt of before). They are no part of what makes two conflicts one.
    """

    url: str
    field: str
    winner: str | None
    source: str | None = attrs.field(default=None, eq=False)
    target: str | None = attrs.field(default=None, eq=False)


@attrs.frozen
class Wrong:
    """A field that read back differently from what was written."""

    url: str
    field: str


@attrs.frozen
class Verified:
    """How many written entries were read back, and what was wrong with them."""

    checked: int
    wrong: tuple[Wrong, ...] = ()


@attrs.frozen
class Written:
    """What was written to one account."""

    added: int = 0
    merged: int = 0
    removed: int = 0


@attrs.frozen
class Estimate:
    """What carrying out a plan will take: calls in all, and seconds at the account's pace."""

    calls: int
    seconds: float


@attrs.frozen
class Receipt:
    """Every bookmark of a run has one fate, and the fates add up to what was read.

    `read_source` counts the bookmarks and broken records of the source inside the selection; `filtered` those outside
    it. `open` counts the bookmarks in open conflict, `pending` those that an interrupted run did not come to. `undoes`
    are the runs that an undo takes back: what it reads is what they have written, entry by entry.
    """

    kind: str
    source: str
    target: str
    run: int | None = None
    dry_run: bool = False
    read_source: int = 0
    read_target: int = 0
    read_both: int = 0
    added: int = 0
    merged: int = 0
    removed: int = 0
    unchanged: int = 0
    filtered: int = 0
    open: int = 0
    pending: int = 0
    skipped: tuple[Listed, ...] = ()
    failed: tuple[Listed, ...] = ()
    losses: tuple[Loss, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    writes: Mapping[str, Written] = attrs.field(factory=dict)
    verified: Verified | None = None
    calls: Mapping[str, int] = attrs.field(factory=dict)
    interrupted: bool = False
    plan: str | None = None
    estimate: Estimate | None = None
    remarks: tuple[str, ...] = ()
    undoes: tuple[int, ...] = ()

    @property
    def fates(self) -> int:
        """The sum of all fates."""
        settled = self.added + self.merged + self.removed + self.unchanged + self.open
        return settled + len(self.skipped) + len(self.failed)

    @property
    def read(self) -> int:
        """How many bookmarks the run had to deal with: a linked pair of a mirror is one."""
        if self.kind == "mirror":
            return self.read_source + self.read_target - self.read_both
        return self.read_source

    @property
    def balanced(self) -> bool:
        """Whether every bookmark that was read has its fate. A run that was cut short has bookmarks without one."""
        return self.read == self.fates + self.pending and self.pending == 0

    @property
    def exit_code(self) -> int:
        """0 if all is well; 1 if something failed, read back wrong, stands in open conflict or does not balance."""
        wrong = self.verified is not None and bool(self.verified.wrong)
        undecided = any(conflict.winner is None for conflict in self.conflicts)
        return int(bool(self.failed or wrong or undecided or not self.balanced))

    def as_json(self) -> dict[str, object]:
        """Return the receipt as the command line's contract spells it."""
        result: dict[str, object] = {
            "run": self.run,
            "kind": self.kind,
            "source": self.source,
            "target": self.target,
            "dry_run": self.dry_run,
            "read": {"source": self.read_source, "target": self.read_target, "both": self.read_both},
            "added": self.added,
            "merged": self.merged,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "filtered": self.filtered,
            "skipped": [attrs.asdict(item) for item in self.skipped],
            "failed": [attrs.asdict(item) for item in self.failed],
            "losses": [attrs.asdict(item) for item in self.losses],
            "conflicts": [attrs.asdict(item) for item in self.conflicts],
            "writes": {account: attrs.asdict(count) for account, count in self.writes.items()},
            "verified": None if self.verified is None else attrs.asdict(self.verified),
            "calls": dict(self.calls),
            "balanced": self.balanced,
        }
        if self.dry_run:
            result["plan"] = self.plan
            result["estimate"] = None if self.estimate is None else attrs.asdict(self.estimate)
        if self.interrupted:
            result["interrupted"] = True
        if self.undoes:
            result["undoes"] = list(self.undoes)
        return result
