"""The routes of the News API in its versions v1-2 and v1-3, which differ in how they write and nowhere else.

An action is given who asks and with which parameters, and returns what is to be written as JSON. Where it fails it
raises: Refused is answered with its status and message, Mistyped and Broken with 500 and a page of HTML.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import attrs

from adapters.nextcloud_news.sandbox_account import Account
from adapters.nextcloud_news.sandbox_records import MICROSECONDS, Broken, Item, Kind, Refused
from adapters.nextcloud_news.sandbox_text import feed_row, folder_row, item_row
from adapters.nextcloud_news.sandbox_values import Params, member_int, member_of, member_text

VERSION = "27.2.0"
V12 = "v1-2"
V13 = "v1-3"
LEVELS = (V12, V13, "v2")
"""What the app says it speaks. Of v2 there is next to nothing."""

KINDS = frozenset(Kind)
SECONDS_DIGITS = 10
ALREADY_FILTERED = "Setting getRead on an already filtered list is not allowed!"
DEFAULT_ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="6"/></svg>'


@attrs.frozen
class Asked:
    """A call: by whom, with which parameters. `warnings` are what the app knows to be wrong with its server."""

    user: str
    accounts: Mapping[str, Account]
    params: Params
    warnings: Mapping[str, bool]

    @property
    def account(self) -> Account:
        """The account of who asks."""
        return self.accounts[self.user]


Action: TypeAlias = Callable[[Asked], Any]


@attrs.frozen
class Picture:
    """An answer that is not JSON."""

    svg: str


@attrs.frozen
class Route:
    """What one method on one path does; `{name}` in a path is a parameter. Some are for admins alone."""

    levels: tuple[str, ...]
    method: str
    path: str
    action: Action
    admin: bool = False


def _items(asked: Asked) -> dict[str, Any]:
    """List items. Only feeds, folders and everything can be narrowed to what is unread; anything else is a message."""
    params = asked.params
    kind, within = params.number("type", Kind.ALL), params.number("id", 0)
    unread = not params.truth("getRead", default=True)
    if unread and kind not in {Kind.FEED, Kind.FOLDER, Kind.ALL}:
        return {"message": ALREADY_FILTERED}
    limit, offset = params.number("batchSize", -1), params.number("offset", 0)
    oldest_first = params.truth("oldestFirst", default=False)
    found = asked.account.listed(_kind(kind), within, unread=unread, offset=offset, oldest_first=oldest_first)
    return _items_answer(itertools.islice(found, limit if limit > 0 else None))


def _items_updated(asked: Asked) -> dict[str, Any]:
    """List what has changed since a time: seconds if it has up to ten digits, microseconds otherwise."""
    params = asked.params
    since = params.number("lastModified", 0)
    if len(str(since)) <= SECONDS_DIGITS:
        since *= MICROSECONDS
    return _items_answer(asked.account.changed(_kind(params.number("type", Kind.ALL)), params.number("id", 0), since))


def _items_answer(items: Iterable[Item]) -> dict[str, Any]:
    return {"items": [item_row(item) for item in items]}


def _kind(number: int) -> int:
    if number not in KINDS:
        raise Broken
    return number


def _flag_one(**flags: bool) -> Action:
    def action(asked: Asked) -> list[Any]:
        asked.account.flag(asked.params.number("itemId"), **flags)
        return []

    return action


def _star_named(*, starred: bool) -> Action:
    def action(asked: Asked) -> list[Any]:
        number = asked.account.named(asked.params.number("feedId"), asked.params.text("guidHash"))
        asked.account.flag(number, starred=starred)
        return []

    return action


def _by_id(_account: Account, member: Any) -> int:
    return member_int(member)


def _by_name(account: Account, member: Any) -> int:
    return account.named(member_int(member_of(member, "feedId")), member_text(member_of(member, "guidHash")))


def _flag_many(key: str, find: Callable[[Account, Any], int] = _by_id, **flags: bool) -> Action:
    """Set a flag of one member after the other: a bad one breaks the call when those before it are done.

    Members that name nothing are passed over.
    """

    def action(asked: Asked) -> None:
        account = asked.account
        for member in asked.params.members(key):
            number = find(account, member)
            with suppress(Refused):
                account.flag(number, **flags)

    return action


def _read_all(asked: Asked) -> None:
    asked.account.read_all(asked.params.number("newestItemId"))


def _read_feed(asked: Asked) -> None:
    asked.account.read_feed(asked.params.number("feedId"), asked.params.number("newestItemId"))


def _read_folder(asked: Asked) -> None:
    asked.account.read_folder(asked.params.number("folderId"), asked.params.number("newestItemId"))


def _folders(asked: Asked) -> dict[str, Any]:
    return {"folders": [folder_row(folder) for folder in asked.account.listed_folders()]}


def _create_folder(asked: Asked) -> dict[str, Any]:
    return {"folders": [folder_row(asked.account.create_folder(asked.params.text("name")))]}


def _rename_folder(asked: Asked) -> list[Any]:
    asked.account.rename_folder(asked.params.number("folderId"), asked.params.text("name"))
    return []


def _delete_folder(asked: Asked) -> list[Any]:
    asked.account.delete_folder(asked.params.number("folderId"))
    return []


def _feeds(asked: Asked) -> dict[str, Any]:
    account = asked.account
    rows = [feed_row(feed, account.unread_in(feed.id)) for feed in account.listed_feeds()]
    return {"starredCount": account.starred(), "feeds": rows} | _newest(account)


def _newest(account: Account) -> dict[str, int]:
    """Return the key that is missing where there are no items."""
    newest = account.newest_id()
    return {} if newest is None else {"newestItemId": newest}


def _create_feed(asked: Asked) -> dict[str, Any]:
    feed = asked.account.subscribe(asked.params.text("url"), asked.params.number_or_none("folderId"))
    return {"feeds": [feed_row(feed, None)]} | _newest(asked.account)


def _delete_feed(asked: Asked) -> list[Any]:
    asked.account.unsubscribe(asked.params.number("feedId"))
    return []


def _move_feed(asked: Asked) -> list[Any]:
    asked.account.move_feed(asked.params.number("feedId"), asked.params.number_or_none("folderId"))
    return []


def _rename_feed(asked: Asked) -> list[Any]:
    asked.account.rename_feed(asked.params.number("feedId"), asked.params.text("feedTitle"))
    return []


def _icon(_asked: Asked) -> Picture:
    """Show the icon of feeds that have none, which are all of them here."""
    return Picture(DEFAULT_ICON)


def _version(_asked: Asked) -> dict[str, Any]:
    return {"version": VERSION}


def _status(asked: Asked) -> dict[str, Any]:
    return {"version": VERSION, "warnings": asked.warnings}


def _nothing(_asked: Asked) -> None:
    """Do what an admin's cron job asks for; there is nothing to clean up."""


def _update_feed(asked: Asked) -> None:
    """Fetch a feed of any user. That there is none is only written to the server's log, and nothing is new here."""
    asked.params.text("userId")
    asked.params.number("feedId")


def _all_feeds(asked: Asked) -> dict[str, Any]:
    rows = [{"id": number, "userId": user} for user, account in asked.accounts.items() for number in account.feeds]
    return {"feeds": rows}


def _same(method: str, path: str, action: Action, *, admin: bool = False) -> Route:
    return Route((V12, V13), method, path, action, admin)


def _written(path: str, action: Action) -> tuple[Route, Route]:
    """Make the routes of what v1-2 puts and v1-3 posts."""
    return Route((V12,), "PUT", path, action), Route((V13,), "POST", path, action)


ROUTES: tuple[Route, ...] = (
    _same("GET", "items", _items),
    _same("GET", "items/updated", _items_updated),
    *_written("items/{itemId}/read", _flag_one(unread=False)),
    *_written("items/{itemId}/unread", _flag_one(unread=True)),
    Route((V12,), "PUT", "items/{feedId}/{guidHash}/star", _star_named(starred=True)),
    Route((V12,), "PUT", "items/{feedId}/{guidHash}/unstar", _star_named(starred=False)),
    Route((V13,), "POST", "items/{itemId}/star", _flag_one(starred=True)),
    Route((V13,), "POST", "items/{itemId}/unstar", _flag_one(starred=False)),
    Route((V12,), "PUT", "items/read/multiple", _flag_many("items", unread=False)),
    Route((V12,), "PUT", "items/unread/multiple", _flag_many("items", unread=True)),
    Route((V12,), "PUT", "items/star/multiple", _flag_many("items", _by_name, starred=True)),
    Route((V12,), "PUT", "items/unstar/multiple", _flag_many("items", _by_name, starred=False)),
    Route((V13,), "POST", "items/read/multiple", _flag_many("itemIds", unread=False)),
    Route((V13,), "POST", "items/unread/multiple", _flag_many("itemIds", unread=True)),
    Route((V13,), "POST", "items/star/multiple", _flag_many("itemIds", starred=True)),
    Route((V13,), "POST", "items/unstar/multiple", _flag_many("itemIds", starred=False)),
    *_written("items/read", _read_all),
    *_written("feeds/{feedId}/read", _read_feed),
    *_written("folders/{folderId}/read", _read_folder),
    _same("GET", "folders", _folders),
    _same("POST", "folders", _create_folder),
    _same("PUT", "folders/{folderId}", _rename_folder),
    _same("DELETE", "folders/{folderId}", _delete_folder),
    _same("GET", "feeds", _feeds),
    _same("POST", "feeds", _create_feed),
    _same("DELETE", "feeds/{feedId}", _delete_feed),
    *_written("feeds/{feedId}/move", _move_feed),
    *_written("feeds/{feedId}/rename", _rename_feed),
    Route((V13,), "GET", "favicon/{feedUrlHash}", _icon),
    _same("GET", "version", _version),
    _same("GET", "status", _status),
    _same("GET", "cleanup/before-update", _nothing, admin=True),
    _same("GET", "cleanup/after-update", _nothing, admin=True),
    _same("GET", "feeds/update", _update_feed, admin=True),
    _same("GET", "feeds/all", _all_feeds, admin=True),
)
"""Everything that there is below the base of a version."""
