"""What /v3/send does: actions are checked all together, and then carried out one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from adapters.pocket.sandbox_account import (
    ARCHIVED,
    DELETED,
    SCHEMES,
    UNREAD,
    Account,
    Annotation,
    Item,
    Unusable,
    folded,
    full_url,
    is_public,
    stored_tags,
)
from adapters.pocket.sandbox_text import Invalid, Refused, added_row

Action: TypeAlias = Mapping[str, Any]
Result: TypeAlias = "bool | dict[str, Any]"
Check: TypeAlias = Callable[[Action], None]


def read_actions(given: Any) -> list[Action]:
    """Return the actions of a call, each of them well-formed. Raises Invalid where one is not: nothing is done then."""
    actions = _decoded(given) if isinstance(given, str) else given
    if not isinstance(actions, list) or not actions:
        raise Invalid("actions", given)
    for place, action in enumerate(actions):
        name = action.get("action") if isinstance(action, dict) else None
        if not isinstance(name, str) or not name:
            raise Invalid(f"actions[{place}].action", name)
        for check in _CHECKS.get(name, ()):
            check(action)
    return actions


def read_add(params: Mapping[str, Any]) -> Action:
    """Return what /v3/add is to save, as an action. Raises Invalid; `time` is ignored, though a document shows it."""
    url = params.get("url")
    if not isinstance(url, str) or not is_public(url):
        raise Invalid("url", url)
    add = {"url": url} | {key: params[key] for key in ("title", "tags") if params.get(key) is not None}
    if not _is_text(add.get("title", "-")):
        raise Invalid("title", add["title"])
    if not _are_tags(add.get("tags", "-")):
        raise Invalid("tags", add["tags"])
    return add


def add_one(account: Account, add: Action, when: int | None = None) -> dict[str, Any]:
    """Save a url and return its item as an add answers it. Raises Refused."""
    try:
        item = account.add(add["url"], add.get("title"), _tags(add), when)
        return added_row(item, full_url(add["url"]))
    except Unusable as error:
        raise Refused(400, 130, "Bad request", str(error)) from None


def action_error(refused: Refused) -> dict[str, Any]:
    """Write why an action failed."""
    return {"message": refused.message, "type": refused.error, "code": refused.code}


def carry_out(account: Account, actions: Sequence[Action]) -> Iterator[Result | Refused]:
    """Carry actions out in their order, yielding for each its result or why it failed. Others go on after one fails."""
    for action in actions:
        try:
            yield _carried_out(account, action)
        except Refused as refused:
            yield refused


def _decoded(text: str) -> Any:
    """Read JSON that may be percent-encoded once or twice more than it should; None if it is none."""
    for _ in range(3):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            text = unquote(text)
    return None


def _carried_out(account: Account, action: Action) -> Result:
    name = action["action"]
    if name not in _CHECKS:
        raise Refused(400, 130, "Bad request", f"Invalid Action: '{name}'")
    when = int(action["time"]) if "time" in action else None
    try:
        if name in _ADDING:
            return _ADDING[name](account, action, when)
        if name in _ON_ITEMS:
            _ON_ITEMS[name](account, _named(account, action), action, when)
        else:
            _ON_ALL[name](account, action, when)
    except Unusable as error:
        raise Refused(400, 130, "Bad request", str(error)) from None
    return True


def _named(account: Account, action: Action) -> Item:
    item_id = action.get("item_id")
    item = account.find(None if item_id is None else str(item_id), action.get("url"))
    if item is None:
        raise _missing("SavedItem does not exist")
    return item


def _missing(message: str) -> Refused:
    return Refused(404, 198, "Internal Server Error", message)


def _add(account: Account, action: Action, when: int | None) -> Result:
    """Add a url. The documents would also take an item_id alone; the late server fails over it."""
    url = action.get("url")
    if url is None:
        raise _missing("A url is needed")
    return add_one(account, action, when)


def _readd(account: Account, action: Action, when: int | None) -> Result:
    if action.get("item_id") is None:
        return _add(account, {"url": action["url"]}, when)
    item = _named(account, action)
    moment = account.now() if when is None else when
    changed = account.change(item, when, status=UNREAD, time_added=moment, time_read=0)
    return added_row(changed, changed.given_url)


def _archive(account: Account, item: Item, _action: Action, when: int | None) -> None:
    account.change(item, when, status=ARCHIVED, time_read=account.now() if when is None else when)


def _favorite(account: Account, item: Item, _action: Action, when: int | None) -> None:
    account.change(item, when, favorite=True, time_favorited=account.now() if when is None else when)


def _unfavorite(account: Account, item: Item, _action: Action, when: int | None) -> None:
    account.change(item, when, favorite=False, time_favorited=0)


def _delete(account: Account, item: Item, _action: Action, when: int | None) -> None:
    account.change(item, when, status=DELETED, tags=())


def _tags_add(account: Account, item: Item, action: Action, when: int | None) -> None:
    account.change(item, when, tags=tuple(dict.fromkeys((*item.tags, *stored_tags(_tags(action))))))


def _tags_remove(account: Account, item: Item, action: Action, when: int | None) -> None:
    """Remove tags by the names that are stored: backslashes are put before quotes on the way in, and only there."""
    gone = set(map(folded, _tags(action)))
    account.change(item, when, tags=tuple(tag for tag in item.tags if folded(tag) not in gone))


def _tags_replace(account: Account, item: Item, action: Action, when: int | None) -> None:
    account.change(item, when, tags=stored_tags(_tags(action)))


def _tags_clear(account: Account, item: Item, _action: Action, when: int | None) -> None:
    account.change(item, when, tags=())


def _add_annotation(account: Account, item: Item, action: Action, when: int | None) -> None:
    given = action["annotation"]
    annotation = Annotation(given["annotation_id"], given["quote"], given["patch"], str(given["version"]))
    account.change(item, when, annotations=(*item.annotations, annotation))


def _tag_rename(account: Account, action: Action, when: int | None) -> None:
    old, new = folded(action["old_tag"]), stored_tags([action["new_tag"]])
    items = account.tagged(old)
    if not items:
        raise _missing("Tag not found")
    for item in items:
        tags = [swapped for tag in item.tags for swapped in (new if folded(tag) == old else (tag,))]
        account.change(item, when, tags=tuple(dict.fromkeys(tags)))


def _tag_delete(account: Account, action: Action, when: int | None) -> None:
    tag = folded(action["tag"])
    for item in account.tagged(tag):
        account.change(item, when, tags=tuple(kept for kept in item.tags if folded(kept) != tag))


def _recent_search(account: Account, action: Action, _when: int | None) -> None:
    account.searches.append(action["search"])


def _delete_annotation(account: Account, action: Action, when: int | None) -> None:
    gone = action["annotation_id"]
    for item in account.items.values():
        kept = tuple(annotation for annotation in item.annotations if annotation.annotation_id != gone)
        if kept != item.annotations:
            account.change(item, when, annotations=kept)
            return
    raise _missing("No such annotation")


def _tags(action: Action) -> list[str]:
    tags = action.get("tags")
    if isinstance(tags, str):
        return tags.split(",") if tags else []
    return tags or []


def _has_item(action: Action) -> None:
    item_id, url = action.get("item_id"), action.get("url")
    if item_id is None and url is None:
        message = "Invalid action: must provide either item_id or url"
        raise Invalid("actions", action, message, "array_field")
    if item_id is not None and (isinstance(item_id, bool) or not re.fullmatch(r"[0-9]+", str(item_id))):
        raise _malformed("item_id", item_id)
    if url is not None and not _is_parseable(url):
        raise _malformed("url", url)


def _has_time(action: Action) -> None:
    time = action.get("time", 0)
    if isinstance(time, bool) or not re.fullmatch(r"[0-9]{1,18}", str(time)):
        raise _malformed("time", time)


def _has_tags(action: Action) -> None:
    if not _are_tags(action.get("tags")):
        raise _malformed("tags", action.get("tags"))


def _may_have_tags(action: Action) -> None:
    if "tags" in action:
        _has_tags(action)


def _may_replace_tags(action: Action) -> None:
    if action.get("tags"):  # nothing at all clears them
        _has_tags(action)


def _may_have_title(action: Action) -> None:
    title = action.get("title")
    if title is not None and not _is_text(title):
        raise _malformed("title", title)


def _has_annotation(action: Action) -> None:
    annotation = action.get("annotation")
    given = annotation if isinstance(annotation, dict) else {}
    texts = (given.get("annotation_id"), given.get("patch"), given.get("quote"))
    if not all(map(_is_text, texts)) or str(given.get("version")) != "2":
        raise _malformed("annotation", annotation)


def _has_text(key: str) -> Check:
    def check(action: Action) -> None:
        if not _is_text(action.get(key)):
            raise _malformed(key, action.get(key))

    return check


def _malformed(path: str, value: Any) -> Invalid:
    return Invalid(path, value, f"Invalid {path}", "array_field")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _are_tags(tags: Any) -> bool:
    each = tags.split(",") if isinstance(tags, str) else tags
    return isinstance(each, list) and bool(each) and all(map(_is_text, each))


def _is_parseable(url: Any) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in SCHEMES else bool(parts.scheme)


_ADDING: Mapping[str, Callable[[Account, Action, int | None], Result]] = {"add": _add, "readd": _readd}
_ON_ITEMS: Mapping[str, Callable[[Account, Item, Action, int | None], None]] = {
    "archive": _archive,
    "favorite": _favorite,
    "unfavorite": _unfavorite,
    "delete": _delete,
    "tags_add": _tags_add,
    "tags_remove": _tags_remove,
    "tags_replace": _tags_replace,
    "tags_clear": _tags_clear,
    "add_annotation": _add_annotation,
}
_ON_ALL: Mapping[str, Callable[[Account, Action, int | None], None]] = {
    "tag_rename": _tag_rename,
    "tag_delete": _tag_delete,
    "recent_search": _recent_search,
    "delete_annotation": _delete_annotation,
}
_CHECKS: Mapping[str, tuple[Check, ...]] = {
    "add": (_has_item, _has_time, _may_have_title, _may_have_tags),
    **dict.fromkeys(("readd", "archive", "favorite", "unfavorite", "delete", "tags_clear"), (_has_item, _has_time)),
    **dict.fromkeys(("tags_add", "tags_remove"), (_has_item, _has_time, _has_tags)),
    "tags_replace": (_has_item, _has_time, _may_replace_tags),
    "add_annotation": (_has_item, _has_time, _has_annotation),
    "tag_rename": (_has_time, _has_text("old_tag"), _has_text("new_tag")),
    "tag_delete": (_has_time, _has_text("tag")),
    "recent_search": (_has_time, _has_text("search")),
    "delete_annotation": (_has_time, _has_text("annotation_id")),
}
