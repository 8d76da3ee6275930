"""What a job decides before it plans: the same planner serves every job, under another policy."""

from __future__ import annotations

import enum

import attrs

from bridge.mapping.mapper import Mapper
from bridge.mapping.selection import EVERYTHING, Selection


class Existing(enum.Enum):
    """What happens to a bookmark that the target already has when the two first meet."""

    MERGE = "merge"
    """Fill what is empty there, unite the tags, leave the rest."""
    SKIP = "skip"
    """Leave it as it is."""
    OVERWRITE = "overwrite"
    """Make it what the source has, but never less private."""


@attrs.frozen
class Policy:
    """How to plan from a source (left) to a target (right).

    A field that both sides changed since the last run keeps the target's value, unless existing entries are
    overwritten; the conflict is listed either way, its winner by the account's name.
    """

    mapper: Mapper
    source_name: str
    target_name: str
    existing: Existing = Existing.MERGE
    selection: Selection = EVERYTHING

    @property
    def source_wins(self) -> bool:
        """Whether a field changed on both sides takes the source's value."""
        return self.existing is Existing.OVERWRITE

    @property
    def winner(self) -> str:
        """The name of the account whose value stands in a conflict."""
        return self.source_name if self.source_wins else self.target_name
