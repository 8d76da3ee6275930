"""What a job decides before it plans: the same planner serves every job, under another policy."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from bridge.mapping.mapper import Mapper
from bridge.mapping.selection import EVERYTHING, Selection
from bridge.model.bookmark import Bookmark, Field
from bridge.model.capabilities import Capabilities
from bridge.model.link import Folded, Side


class Existing(enum.Enum):
    """What happens to a bookmark that the target already has when the two first meet."""

    MERGE = "merge"
    """Fill what is empty there, unite the tags, leave the rest."""
    SKIP = "skip"
    """Leave it as it is."""
    OVERWRITE = "overwrite"
    """Make it what the source has, but never less private."""


class After(enum.Enum):
    """What happens to a starred entry at the source once its bookmark is saved."""

    KEEP = "keep"
    UNSTAR = "unstar"
    MARK_READ = "mark-read"

    @property
    def flag(self) -> Field | None:
        """The field that is then no longer true, None if nothing happens."""
        return {After.UNSTAR: Field.FAVORITE, After.MARK_READ: Field.UNREAD}.get(self)


@attrs.frozen
class Policy:
    """How to plan from a source (left) to a target (right).

    A field that both sides changed since the last run keeps the target's value, unless existing entries are
    overwritten and the target can change it; the conflict is listed either way, its winner by the account's name.
    `mirrors`: what the target has of its own is carried back by a draft in the other direction, and conflicts are
    decided for both at once.
    """

    mapper: Mapper
    source_name: str
    target_name: str
    existing: Existing = Existing.MERGE
    selection: Selection = EVERYTHING
    mirrors: bool = False

    @property
    def overwrites(self) -> bool:
        """Whether the source's value goes before one that the target's people gave."""
        return self.existing is Existing.OVERWRITE


class Prefer(enum.Enum):
    """Whose value stands where both sides changed a field."""

    NEWEST = "newest"
    """That of the entry that changed later; the left one's where a service does not say when."""
    LEFT = "left"
    RIGHT = "right"
    REPORT = "report"
    """Nobody's: both keep theirs, and the conflict is listed until they agree."""


@attrs.frozen
class MirrorPolicy:
    """How to keep two accounts in step.

    `ways` gives for each side that may be written the policy of the direction that writes it. `removes`: what was
    removed on one side is removed on the other.
    """

    ways: Mapping[Side, Policy]
    conflict: Prefer = Prefer.NEWEST
    removes: bool = False

    def lift(self, side: Side, bookmark: Bookmark) -> Bookmark:
        """Return a side's raw bookmark lifted."""
        if side.other in self.ways:
            return self.ways[side.other].mapper.lift_source(bookmark)
        return self.ways[side].mapper.lift_target(bookmark)

    def folded(self, side: Side) -> Folded:
        """Return what is folded at a side."""
        other = side.other in self.ways
        fold = self.ways[side.other].mapper.source_fold if other else self.ways[side].mapper.target_fold
        return Folded(fold.favorite, fold.highlights)

    def capabilities(self, side: Side) -> Capabilities:
        """Return what the account of a side can hold and do."""
        return self.ways[side].mapper.target if side in self.ways else self.ways[side.other].mapper.source

    def name(self, side: Side) -> str:
        """Return what the person calls the account of a side."""
        return self.ways[side].target_name if side in self.ways else self.ways[side.other].source_name
