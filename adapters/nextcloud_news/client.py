"""Nextcloud News' external API as a library: one method for each call, answers as `wire` structs.

    config = NewsConfig(url="https://cloud.example.org/", user="alice", password=Secret("abcde-..."))
    client = NewsClient(config, context)
    for page in client.item_pages(Kind.STARRED, batch_size=100):
        for item in page.items:
            print(item.url, item.title)

API v1-3 and v1-2 are spoken, whichever the server has. What holds for every method: CredentialsError is raised when the
login is refused (nothing is sent to that server any more, as each wrong login slows down everybody at that address),
Unavailable when the server cannot answer, ProtocolError when what it answers is not the API, NoApp and NoSuchRoute when
it has none or not this call, NotFound when there is no such item, feed or folder, UnknownOutcome when a write may or
may not have been carried out. Times are in seconds since the epoch.

Calls go out one after the other: other programs that logged in with a wrong password in parallel were shut out.
"""

from __future__ import annotations

import hashlib
import math
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from requests.adapters import BaseAdapter

from adapters.http.contact import wrong_address
from adapters.http.pacing import Pacer
from adapters.http.session import LedElsewhere
from adapters.nextcloud_news import CHUNK, NewsConfig, wire, wire_server
from adapters.nextcloud_news.calls import FEED_TIMEOUT, Caller, NoApp, NotFound
from adapters.nextcloud_news.wire import ApiLevels, Feed, FeedOwner, Feeds, Folder, HasKey, Items, Kind, Status
from adapters.nextcloud_news.wire_server import CloudUser, Flow, Granted, ServerStatus
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError
from bridge.model.secret import Secret

VERSIONS = ("v1-3", "v1-2")
"""The versions of the API that are spoken, the best first."""
ALL_AT_ONCE = -1

_NEWS = "index.php/apps/news/api"
_FLOW = "index.php/login/v2"
_OCS = "ocs/v2.php"
_FORMAT = (("format", "json"),)

T = TypeVar("T")


class NewsClient:
    """A user of the News app of a Nextcloud server. Raises ConfigurationError if the account cannot be used."""

    def __init__(self, config: NewsConfig, context: Context, transport: BaseAdapter | None = None) -> None:
        self._config = config
        self._api = None if config.api == "auto" else config.api
        self._caller = Caller(config, context, transport)

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return self._caller.calls

    @property
    def user(self) -> str:
        """The user, as the config names it. Raises CredentialsError if it names none."""
        if not self._config.user:
            raise CredentialsError("The Nextcloud News account has no user.", "Log in, or set the account's user.")
        return self._config.user

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return f"nextcloud-news {self._config.url} {self.user}"

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the server's, by its last answer; None if that did not say."""
        return self._caller.clock_off

    @property
    def pacer(self) -> Pacer:
        """The account's pace."""
        return self._caller.pacer

    @property
    def api(self) -> str:
        """The version of the API in use; asked of the server, once, where the config leaves it open."""
        if self._api is None:
            levels = self.probe().apiLevels
            self._api = next((version for version in VERSIONS if version in levels), None)
        if self._api is None:
            raise ProtocolError(
                f"The News app at {self._caller.host} speaks neither {' nor '.join(VERSIONS)}.",
                "Update the app, or this program.",
            )
        return self._api

    # Without a login.

    def probe(self) -> ApiLevels:
        """Return the versions of the API that the server has. Raises NoApp if the app is missing or disabled."""
        return self._caller.read(_NEWS, wire.decode_api_levels, login=False)

    def server_status(self) -> ServerStatus:
        """Return what Nextcloud says of itself; it answers in maintenance too."""
        return self._caller.read("status.php", wire_server.decode_server_status, login=False)

    def begin_login(self) -> Flow:
        """Begin a login flow, which lives for 20 minutes."""
        return self._caller.read(_FLOW, wire_server.decode_flow, form={}, login=False)

    def poll_login(self, flow: Flow) -> Granted | None:
        """Return the login that was granted, or None: not yet, not any more, or not known (404 says all three).

        The server gives it exactly once. The address of the flow is not followed to another server: the token goes to
        the one that gave it.
        """
        form = {"token": flow.poll.token}
        try:
            return self._caller.read(f"{_FLOW}/poll", wire_server.decode_granted, form=form, login=False)
        except (NoApp, NotFound):
            return None

    # The app and the server.

    def version(self) -> str:
        """Return the version of the app. The cheapest call that proves a login."""
        return self._get("version", wire.decode_version)

    def status(self) -> Status:
        """Return the version of the app, and what it has to say of its server."""
        return self._get("status", wire.decode_status)

    def cloud_user(self) -> CloudUser:
        """Return who is logged in."""
        return self._caller.read(f"{_OCS}/cloud/user", wire_server.decode_cloud_user, _FORMAT, ocs=True)

    def create_app_password(self) -> Secret:
        """Make an app password and return it. Raises Forbidden if the login is one already."""
        path = f"{_OCS}/core/getapppassword"
        return Secret(self._caller.write("GET", path, wire_server.decode_app_password, ocs=True))

    def delete_app_password(self) -> None:
        """Revoke the app password that is the login. Raises Forbidden if it is none."""
        self._caller.write("DELETE", f"{_OCS}/core/apppassword", wire_server.decode_revoked, ocs=True)

    # Folders.

    def folders(self) -> tuple[Folder, ...]:
        """Return all folders."""
        return self._get("folders", wire.decode_folders)

    def create_folder(self, name: str) -> Folder:
        """Make a folder. The server takes any name, the same one twice too."""
        return self._caller.write("POST", f"{self._base}/folders", wire.decode_folder, {"name": name})

    def rename_folder(self, folder: int, name: str) -> None:
        """Rename a folder."""
        self._write("PUT", f"folders/{folder:d}", name=name)

    def delete_folder(self, folder: int) -> None:
        """Delete a folder. Its feeds stay, naming a folder that is gone."""
        self._write("DELETE", f"folders/{folder:d}")

    def read_folder(self, folder: int, newest_item: int) -> None:
        """Mark what is in a folder as read, up to the item with this id."""
        self._flag(f"folders/{folder:d}/read", newestItemId=newest_item)

    # Feeds.

    def feeds(self) -> Feeds:
        """Return all feeds, how many items are starred, and the highest id of an item."""
        return self._get("feeds", wire.decode_feeds)

    def create_feed(self, url: str, folder: int | None = None) -> Feed:
        """Subscribe to a feed, in a folder or at the root; its items are fetched while the call waits.

        Raises Exists, and NotFound where the server finds no feed that it can read.
        """
        values = {"url": url, "folderId": folder}
        try:
            return self._caller.write("POST", f"{self._base}/feeds", wire.decode_feed, values, timeout=FEED_TIMEOUT)
        except NotFound:
            raise NotFound("Nextcloud News finds no feed at that address that it can read.") from None

    def delete_feed(self, feed: int) -> None:
        """Unsubscribe. The feed's items go with it, starred ones too."""
        self._write("DELETE", f"feeds/{feed:d}")

    def move_feed(self, feed: int, folder: int | None) -> None:
        """Move a feed into a folder, None for the root. The server takes a folder that there is not."""
        self._write(self._verb, f"feeds/{feed:d}/move", folderId=folder)

    def rename_feed(self, feed: int, title: str) -> None:
        """Rename a feed."""
        self._write(self._verb, f"feeds/{feed:d}/rename", feedTitle=title)

    def read_feed(self, feed: int, newest_item: int) -> None:
        """Mark the items of a feed as read, up to the one with this id. The server answers 500 for a feed it lacks."""
        self._flag(f"feeds/{feed:d}/read", newestItemId=newest_item)

    def favicon(self, feed_url: str) -> bytes:
        """Return the icon of a feed, an image of any kind; for a feed that is not known, a picture that says so.

        Raises NoSuchRoute in API v1-2.
        """
        digest = hashlib.md5(feed_url.encode(errors="replace"), usedforsecurity=False).hexdigest()
        return self._get(f"favicon/{digest}", bytes)

    # Items.

    def items(
        self,
        kind: Kind,
        of: int = 0,
        *,
        get_read: bool = True,
        batch_size: int = ALL_AT_ONCE,
        offset: int = 0,
        oldest_first: bool = False,
    ) -> Items:
        """Return items in the order of their ids: of a feed or a folder (`of`), starred ones, or all.

        `offset` is an id, exclusive: only lower ones come, or only higher ones if the oldest come first; 0 is none.
        Without `get_read` only unread ones come; that is not allowed of starred ones. Bodies always come along.
        """
        params = {
            "type": str(int(kind)),
            "id": str(of),
            "getRead": _word(get_read),
            "batchSize": str(batch_size),
            "offset": str(offset),
            "oldestFirst": _word(oldest_first),
        }
        return self._get("items", wire.decode_items, tuple(params.items()))

    def item_pages(
        self,
        kind: Kind,
        of: int = 0,
        *,
        get_read: bool = True,
        batch_size: int,
        offset: int = 0,
        oldest_first: bool = False,
    ) -> Iterator[Items]:
        """Yield items page by page, `batch_size` of them in each, until there are no more.

        The place is kept by id, so it stands while items come, go and are read. Raises ProtocolError if it does not
        move, so that the listing would never end.
        """
        while True:
            page = self.items(
                kind, of, get_read=get_read, batch_size=batch_size, offset=offset, oldest_first=oldest_first
            )
            if len(page):
                yield page
            if len(page) < batch_size or batch_size < 1:
                return
            last = (max if oldest_first else min)(page.ids, default=0)
            if not (last > offset if oldest_first else 0 < last < (offset or math.inf)):
                sentence = f"The list of items at {self._caller.host} does not go on from {offset}."
                raise ProtocolError(sentence, "Try again later.")
            offset = last

    def updated(self, last_modified: int, kind: Kind = Kind.ALL, of: int = 0) -> Items:
        """Return all items that came, or changed in content or flags, since then, inclusive; deletions are not told.

        Of starred ones come those that are starred now, so what is starred no more shows among all alone. Send the
        highest `lastModified` that was seen, as it was: it is the server's clock, not this machine's.
        """
        params = (("type", str(int(kind))), ("id", str(of)), ("lastModified", str(last_modified)))
        return self._get("items/updated", wire.decode_items, params)

    def read_item(self, item: HasKey) -> None:
        """Mark an item as read. Raises NotFound if it is not there, as do the next three."""
        self._flag(f"items/{item.id:d}/read")

    def unread_item(self, item: HasKey) -> None:
        """Mark an item as unread."""
        self._flag(f"items/{item.id:d}/unread")

    def star_item(self, item: HasKey) -> None:
        """Star an item."""
        self._flag(f"{self._starred(item)}/star")

    def unstar_item(self, item: HasKey) -> None:
        """Take an item's star away."""
        self._flag(f"{self._starred(item)}/unstar")

    def read_items(self, items: Iterable[HasKey]) -> None:
        """Mark items as read, a thousand at once. Those that are not there are passed over, as in the next three."""
        self._flag_all("items/read/multiple", items)

    def unread_items(self, items: Iterable[HasKey]) -> None:
        """Mark items as unread."""
        self._flag_all("items/unread/multiple", items)

    def star_items(self, items: Iterable[HasKey]) -> None:
        """Star items."""
        self._flag_all("items/star/multiple", items, stars=True)

    def unstar_items(self, items: Iterable[HasKey]) -> None:
        """Take the stars of items away."""
        self._flag_all("items/unstar/multiple", items, stars=True)

    def read_all(self, newest_item: int) -> None:
        """Mark everything as read, up to the item with this id: the highest one that the person has seen."""
        self._flag("items/read", newestItemId=newest_item)

    # For an administrator; Forbidden for everybody else.

    def before_update(self) -> None:
        """Clean up before feeds are updated."""
        self._get("cleanup/before-update", wire.decode_nothing)

    def after_update(self) -> None:
        """Clean up after feeds were updated: read items beyond the limit of each feed are purged."""
        self._get("cleanup/after-update", wire.decode_nothing)

    def all_feeds(self) -> tuple[FeedOwner, ...]:
        """Return the feeds of all users."""
        return self._get("feeds/all", wire.decode_feed_owners)

    def update_feed(self, user: str, feed: int) -> None:
        """Fetch a feed of a user. The server says nothing of a feed that there is not."""
        params = (("userId", user), ("feedId", str(feed)))
        self._caller.read(f"{self._base}/feeds/update", wire.decode_nothing, params, timeout=FEED_TIMEOUT)

    @property
    def _base(self) -> str:
        return f"{_NEWS}/{self.api}"

    @property
    def _verb(self) -> str:
        """The method of most writes."""
        return "PUT" if self.api == "v1-2" else "POST"

    def _get(self, path: str, decode: Callable[[bytes], T], params: Sequence[tuple[str, str]] = ()) -> T:
        return self._caller.read(f"{self._base}/{path}", decode, params)

    def _write(self, method: str, path: str, **values: str | int | None) -> None:
        self._caller.write(method, f"{self._base}/{path}", wire.decode_nothing, values or None)

    def _flag(self, path: str, **values: object) -> None:
        self._caller.flag(self._verb, f"{self._base}/{path}", wire.decode_nothing, values or None)

    def _flag_all(self, path: str, items: Iterable[HasKey], *, stars: bool = False) -> None:
        """Set a flag of many items, in as many calls as it takes; if one fails, those before it are done."""
        old = self.api == "v1-2"
        left = iter(items)
        while chunk := list(islice(left, CHUNK)):
            named = (_hashed(item) if old and stars else item.id for item in chunk)
            self._flag(path, **{"items" if old else "itemIds": list(named)})

    def _starred(self, item: HasKey) -> str:
        """Return the path under which an item is starred."""
        if self.api == "v1-2":
            return f"items/{item.feedId:d}/{urllib.parse.quote(item.guidHash, safe='')}"
        return f"items/{item.id:d}"


def _hashed(item: HasKey) -> Mapping[str, str | int]:
    """Return an item's name as API v1-2 stars it."""
    return {"feedId": item.feedId, "guidHash": item.guidHash}


def _word(value: bool) -> str:
    """Return a truth value as the API reads it: False with a capital would be true."""
    return "true" if value else "false"


def misplaced(client: NewsClient, config: NewsConfig, error: BridgeError) -> ConfigurationError:
    """Return the fault of an account where no News app answers, as an error has shown; it asks Nextcloud itself.

    Raises Unavailable where Nextcloud is in trouble, too.
    """
    if not isinstance(error, NoApp | NotFound):
        return ConfigurationError(error.message, error.remedy)
    try:
        client.server_status()
    except (ProtocolError, NotFound, LedElsewhere):
        return wrong_address(config.url, error, " to the address at which Nextcloud shows its page of login.")
    host = urllib.parse.urlsplit(config.url).netloc
    return ConfigurationError(
        f"The Nextcloud at {host} answers, but not its News app: that is missing or disabled.",
        "Install or enable the app there (Apps, News), or ask the administrator for it.",
    )
