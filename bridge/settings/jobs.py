"""The jobs of the config: a value for each kind, with the keys it takes and what they default to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from bridge.settings.values import Duration, Moment, TagOrFalse

ONE_DAY = Duration(86400.0)


@attrs.frozen
class Select:
    """Which bookmarks of the source take part: those that meet every key that is given.

    `tag`: has any of these. `host`: is at any of these. `since` and `until` bound `added`.
    """

    tag: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    unread: bool | None = None
    favorite: bool | None = None
    since: Moment | None = None
    until: Moment | None = None


@attrs.frozen
class Tags:
    """What becomes of tags on the way."""

    rename: Mapping[str, str] = attrs.field(factory=dict)
    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    prefix: str = ""


@attrs.frozen
class ForwardTags(Tags):
    """The same; `feed` and `folder` say whether the names of an item's feed and folder are tags.

    Without a word they are, if the account makes tags of them.
    """

    feed: bool | None = None
    folder: bool | None = None


@attrs.frozen
class Fold:
    """Where a value goes that the target has no field for; False leaves it behind, as a loss."""

    favorite: TagOrFalse = "favorite"
    highlights: Literal["note", False] = "note"


@attrs.frozen
class Place:
    """One of the two ends of a job: an account, as it is called there, and whether the job writes to it."""

    name: str
    written: bool


@attrs.frozen(kw_only=True)
class Rules:
    """What every kind of job may say."""

    private: Literal["keep", "always", "never"] = "keep"
    fold: Fold = Fold()
    select: Select = Select()
    tags: Tags = Tags()


@attrs.frozen(kw_only=True)
class Mirror(Rules):
    """Keeps two accounts in step. `full`: a full listing at least this often."""

    left: str
    right: str
    direction: Literal["both", "left-to-right", "right-to-left"] = "both"
    deletes: Literal["keep", "propagate"] = "keep"
    conflict: Literal["newest", "left", "right", "report"] = "newest"
    full: Duration = ONE_DAY

    @property
    def places(self) -> tuple[Place, Place]:
        """Both ends."""
        return (
            Place(self.left, written=self.direction != "left-to-right"),
            Place(self.right, written=self.direction != "right-to-left"),
        )


@attrs.frozen(kw_only=True)
class Forward(Rules):
    """Sends what is starred in one account to another, each once. `after`: what then happens at the source."""

    source: str
    target: str
    after: Literal["keep", "unstar", "mark-read"] = "keep"
    tags: ForwardTags = ForwardTags()

    @property
    def places(self) -> tuple[Place, Place]:
        """Both ends."""
        return Place(self.source, written=self.after != "keep"), Place(self.target, written=True)


@attrs.frozen(kw_only=True)
class Migrate(Rules):
    """Brings what one place holds to another. `existing`: what happens to a bookmark that is there already."""

    source: str
    target: str
    existing: Literal["merge", "skip", "overwrite"] = "merge"

    @property
    def places(self) -> tuple[Place, Place]:
        """Both ends."""
        return Place(self.source, written=False), Place(self.target, written=True)


Job: TypeAlias = Mirror | Forward | Migrate

KINDS: Mapping[str, type[Job]] = {"mirror": Mirror, "forward": Forward, "migrate": Migrate}
"""The class of each `kind`."""
