"""What is asked of an account (Add, Update, Remove), and how it ended (Done, Failed, Unknown)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from bridge.model.bookmark import Bookmark, Entry, Field

Values: TypeAlias = Mapping[Field, object]
"""Field values; a missing key means "not spoken of", which is not the same as empty."""


@attrs.frozen
class Delta:
    """A change of one entry: scalars that get a new value, tags that come and go.

    `values` never holds tags. `expects` gives, per field that is written, what the planner saw there (tags as a tuple):
    an adapter that reads before it writes refuses with Failed(moved=True) where the service now shows something else.
    """

    values: Values = attrs.field(factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    expects: Values = attrs.field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.add_tags or self.remove_tags)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields this change writes."""
        tags = {Field.TAGS} if self.add_tags or self.remove_tags else set()
        return frozenset(self.values) | tags

    def apply(self, bookmark: Bookmark) -> Bookmark:
        """Return the bookmark with the change made; its other fields stay as they are."""
        removed = set(self.remove_tags) - set(self.add_tags)
        tags = tuple(tag for tag in bookmark.tags if tag not in removed) + self.add_tags
        changed: dict[str, object] = {field.value: value for field, value in self.values.items()}
        return attrs.evolve(bookmark, tags=tags, **changed)  # type: ignore[arg-type]


@attrs.frozen
class Add:
    """Create an entry. It must never replace one that is there: that is Failed(exists=True)."""

    bookmark: Bookmark

    @property
    def url(self) -> str:
        """The url of the bookmark."""
        return self.bookmark.url


@attrs.frozen
class Update:
    """Change an entry that is there. `entry` is the entry as last seen."""

    entry: Entry
    delta: Delta

    @property
    def url(self) -> str:
        """The url of the entry."""
        return self.entry.bookmark.url


@attrs.frozen
class Remove:
    """Take an entry away. An entry that is already gone is Done."""

    entry: Entry

    @property
    def url(self) -> str:
        """The url of the entry."""
        return self.entry.bookmark.url


Operation: TypeAlias = Add | Update | Remove


@attrs.frozen
class Done:
    """The operation's whole intent holds, however many calls that took.

    `entry` is the entry as the service now holds it where its answer says so, else as it was sent. `lossy_url` is set
    if the service took the url only in another form than the one given.
    """

    entry: Entry
    lossy_url: bool = False


@attrs.frozen
class Failed:
    """The service refused this one item, in its own words; nothing was written.

    `exists`: an Add met an entry that is already there. `moved`: an Update met other values than it expected.
    `missing`: an Update met no entry.
    """

    reason: str
    exists: bool = False
    moved: bool = False
    missing: bool = False


@attrs.frozen
class Unknown:
    """The call was sent and its answer lost: it may have been carried out. Never to be sent again blindly."""

    reason: str


Outcome: TypeAlias = Done | Failed | Unknown
