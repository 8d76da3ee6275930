"""The actions of /v3/send, one function for each that is documented, and what can come of one.

The late server refuses a whole call for one malformed action, and does nothing then (status 400, code 130): for neither
item_id nor url, an item_id that is no number, a url that does not parse, tags that are missing or partly empty, an
empty title, a time that is no whole number. These functions refuse the same before anything is sent: InvalidAction.

`item_id` names the item; only the late server takes its `url` in place of that, in any action but add. Tags are given
as a text with commas between them, or as a sequence, which is sent as an array: only that can carry a comma inside a
tag, and one compatible server refuses it. `time` is in whole seconds since the epoch: when it was done, now if left
out. With any action but add and readd a time in the past hides the item from all who ask for what changed since then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from adapters.pocket.wire_items import LATEST, AddedItem
from bridge.model import url as urls
from bridge.model.errors import BridgeError

Tags: TypeAlias = str | Sequence[str]

_BLANK = re.compile(r"[\s\ufeff]*")
_MISSING = re.compile(r"does not exist|not found", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https"})


class InvalidAction(BridgeError):  # noqa: N818 - what it is
    """An action that the service would refuse, and all others of its call with it. Nothing was sent."""

    def __init__(self, action: str, why: str) -> None:
        super().__init__(f"The action {action} cannot be sent: {why}.")
        self.action = action


@attrs.frozen
class Action:
    """An action as it is sent. One that is made directly, not by a function of this module, is not checked."""

    name: str
    values: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def repeatable(self) -> bool:
        """Whether carrying it out twice does what once does: add and readd date the item anew and make it unread."""
        return self.name not in ("add", "readd")

    def encoded(self) -> dict[str, Any]:
        """Return the action as JSON has it."""
        return {"action": self.name, **self.values}


@attrs.frozen
class Carried:
    """The action was carried out. `item` comes with an add or readd, from most servers."""

    item: AddedItem | None = None


@attrs.frozen
class Declined:
    """The service did not carry the action out, and says why: `words`, which may be empty, and a `code`."""

    words: str = ""
    code: int | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no such item, or tag."""
        return _MISSING.search(self.words) is not None


@attrs.frozen
class Unclear:
    """Nobody knows whether the action was carried out. `why` is a sentence."""

    why: str


Answer: TypeAlias = Carried | Declined | Unclear


def add(
    url: str,
    *,
    title: str | None = None,
    tags: Tags | None = None,
    time: int | None = None,
    ref_id: str | None = None,
) -> Action:
    """Save a url. `time` becomes the date of the item; `ref_id` is the id of a tweet.

    One that is saved already is unread again, dated anew, and keeps its tags and favorite.
    """
    _check_url("add", url)
    if title is not None:
        _check_text("add", "title", title)
    listed = None if tags is None else _checked_tags("add", tags)
    return _made("add", url=url, title=title, tags=listed, time=_checked_time("add", time), ref_id=ref_id)


def archive(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Move an item to the archive."""
    return _of_item("archive", item_id, url, time)


def readd(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Move an item back from the archive. It is dated anew: `time`, or now."""
    return _of_item("readd", item_id, url, time)


def favorite(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Mark an item as a favorite."""
    return _of_item("favorite", item_id, url, time)


def unfavorite(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Take the mark of a favorite away."""
    return _of_item("unfavorite", item_id, url, time)


def delete(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Delete an item."""
    return _of_item("delete", item_id, url, time)


def tags_add(item_id: str | None = None, tags: Tags = (), *, url: str | None = None, time: int | None = None) -> Action:
    """Add tags to an item."""
    return _of_item("tags_add", item_id, url, time, tags=_checked_tags("tags_add", tags))


def tags_remove(
    item_id: str | None = None, tags: Tags = (), *, url: str | None = None, time: int | None = None
) -> Action:
    """Take tags from an item, by their stored names (`wire_items.stored_tag`)."""
    return _of_item("tags_remove", item_id, url, time, tags=_checked_tags("tags_remove", tags))


def tags_replace(
    item_id: str | None = None, tags: Tags = (), *, url: str | None = None, time: int | None = None
) -> Action:
    """Give an item these tags and no others; an empty list clears them."""
    listed = _checked_tags("tags_replace", tags) if isinstance(tags, str) or tags else []
    return _of_item("tags_replace", item_id, url, time, tags=listed)


def tags_clear(item_id: str | None = None, *, url: str | None = None, time: int | None = None) -> Action:
    """Take all tags from an item."""
    return _of_item("tags_clear", item_id, url, time)


def tag_rename(old_tag: str, new_tag: str, *, time: int | None = None) -> Action:
    """Rename a tag on all items."""
    for key, tag in (("old_tag", old_tag), ("new_tag", new_tag)):
        _check_text("tag_rename", key, tag)
    return _made("tag_rename", old_tag=old_tag, new_tag=new_tag, time=_checked_time("tag_rename", time))


def tag_delete(tag: str, *, time: int | None = None) -> Action:
    """Take a tag from all items."""
    _check_text("tag_delete", "tag", tag)
    return _made("tag_delete", tag=tag, time=_checked_time("tag_delete", time))


def best_tags(tags: Sequence[str]) -> Tags:
    """Return tags in the form that most servers take: a text, or a list where a tag holds a comma."""
    return list(tags) if any("," in tag for tag in tags) else ",".join(tags)


def check_numbers(actions: Sequence[Action]) -> None:
    """Raise InvalidAction for an item_id that is no number. Pocket's are; a compatible server's may have letters."""
    for action in actions:
        item_id = action.values.get("item_id")
        if item_id is not None and not re.fullmatch(r"[0-9]+", str(item_id)):
            raise InvalidAction(action.name, "its item_id is not a number")


def _of_item(name: str, item_id: str | None, url: str | None, time: int | None, **more: Any) -> Action:
    if (item_id is None) == (url is None):
        raise InvalidAction(name, "it must name its item either by item_id or by url")
    if item_id is not None:
        _check_text(name, "item_id", item_id)
    if url is not None:
        _check_url(name, url)
    return _made(name, item_id=item_id, url=url, **more, time=_checked_time(name, time))


def _made(name: str, **values: Any) -> Action:
    return Action(name, {key: value for key, value in values.items() if value is not None})


def _check_text(name: str, key: str, value: str) -> None:
    if _BLANK.fullmatch(value):
        raise InvalidAction(name, f"its {key} is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidAction(name, f"its {key} holds half a character") from None


def _check_url(name: str, url: str) -> None:
    _check_text(name, "url", url)
    if urls.scheme(url) not in _SCHEMES:
        raise InvalidAction(name, "its url is not one of http or https")
    if "." not in urls.host(url).strip(".") and ":" not in urls.host(url):
        raise InvalidAction(name, "its url leads to no public host")


def _checked_tags(name: str, tags: Tags) -> str | list[str]:
    each = tags.split(",") if isinstance(tags, str) else list(tags)
    if not each:
        raise InvalidAction(name, "it has no tags")
    for tag in each:
        _check_text(name, "list of tags", tag)
    return tags if isinstance(tags, str) else each


def _checked_time(name: str, time: int | None) -> int | None:
    if time is not None and (isinstance(time, bool) or not isinstance(time, int) or not 0 <= time <= LATEST):
        raise InvalidAction(name, "its time is not in whole seconds since 1970")
    return time
