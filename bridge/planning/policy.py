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
