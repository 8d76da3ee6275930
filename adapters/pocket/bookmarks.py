"""A bookmark and the item that Pocket makes of it, and the actions that bring one about the other; pure.

Time is sent with add alone: with any other action it would become the time of the change, and hide the item from all
who ask for what changed since.
"""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.pocket import actions
from adapters.pocket.actions import Action, InvalidAction
from adapters.pocket.wire_items import ARCHIVED, Item, stored_tag
from bridge.model import reasons
from bridge.model.bookmark import Bookmark, Entry, Field, unique
from bridge.model.operation import Delta
from bridge.model.receipt import Loss

LONGEST_TAG = 25
EDITABLE = frozenset({Field.TAGS, Field.UNREAD, Field.FAVORITE})


def read(item: Item, lacks: frozenset[Field] = frozenset()) -> tuple[Bookmark, tuple[Loss, ...]]:
    """Return the bookmark that an item is, and what of it could not be read. Its url is "" if the item has none.

    What was given comes before what the page said; a title that is the url stands for none. Fields that the account
    lacks are as in any bookmark that does not say.
    """
    url = item.given_url or item.resolved_url
    title = item.given_title or item.resolved_title
    bookmark = Bookmark(
        url=url,
        title="" if title == url else title,
        tags=tuple(tag.strip() for tag in item.tags),
        added=moment(item.time_added),
        unread=item.status != ARCHIVED,
        favorite=item.favorite,
    )
    losses = (Loss(url, Field.ADDED.value, item.undated, reason=reasons.NO_DATE),) if item.undated else ()
    return bookmark.without(lacks), losses


def entry(item: Item, lacks: frozenset[Field] = frozenset()) -> Entry:
    """Return the entry that an item is."""
    return Entry(item.item_id, read(item, lacks)[0], moment(item.time_updated))


def held(bookmark: Bookmark, lacks: frozenset[Field] = frozenset()) -> Bookmark:
    """Return what Pocket holds of a bookmark that it was given: what reading it back will show.

    Where no title or no date is sent, Pocket finds one of its own, which this does not know.
    """
    sent = Bookmark(
        url=bookmark.url,
        title="" if _is_none(bookmark.title, bookmark.url) else bookmark.title,
        tags=unique(tag.strip().lower()[:LONGEST_TAG].strip() for tag in bookmark.tags),
        added=moment(seconds(bookmark.added)),
        unread=bookmark.unread,
        favorite=bookmark.favorite,
    )
    return sent.without(lacks)


def addition(bookmark: Bookmark) -> Action:
    """Return the action that adds a bookmark, unread and no favorite as yet. Raises InvalidAction."""
    return actions.add(
        bookmark.url,
        title=None if _is_none(bookmark.title, bookmark.url) else bookmark.title,
        tags=actions.best_tags(bookmark.tags) if bookmark.tags else None,
        time=seconds(bookmark.added),
    )


def completion(bookmark: Bookmark, item_id: str) -> list[Action]:
    """Return the actions that make an item which was just added archived, and a favorite, if the bookmark is."""
    archived = [] if bookmark.unread else [actions.archive(item_id)]
    return [*archived, *([actions.favorite(item_id)] if bookmark.favorite else [])]


def change(item_id: str, delta: Delta) -> list[Action]:
    """Return the fewest actions that make a change of an item. Raises InvalidAction for one that Pocket cannot make."""
    if foreign := sorted(field.value for field in delta.fields - EDITABLE):
        raise InvalidAction("edit", f"Pocket cannot change {' and '.join(foreign)}")
    made: list[Action] = []
    if delta.add_tags:
        made.append(actions.tags_add(item_id, actions.best_tags(delta.add_tags)))
    if gone := [tag for tag in delta.remove_tags if tag not in delta.add_tags]:
        # The late server stores a tag with backslashes, but does not put them into one that it looks for.
        spelt = unique(spelling for tag in gone for spelling in (tag, stored_tag(tag)))
        made.append(actions.tags_remove(item_id, actions.best_tags(spelt)))
    if Field.UNREAD in delta.values:
        made.append(actions.readd(item_id) if delta.values[Field.UNREAD] else actions.archive(item_id))
    if Field.FAVORITE in delta.values:
        made.append(actions.favorite(item_id) if delta.values[Field.FAVORITE] else actions.unfavorite(item_id))
    return made


def moment(time: int | None) -> datetime | None:
    """Return seconds since the epoch as a time in UTC."""
    return None if time is None else datetime.fromtimestamp(time, UTC)


def seconds(added: datetime | None) -> int | None:
    """Return a time in whole seconds since the epoch; None for one that Pocket takes for none."""
    return int(added.timestamp()) if added is not None and added.timestamp() >= 1 else None


def _is_none(title: str, url: str) -> bool:
    return not title.strip() or title == url
