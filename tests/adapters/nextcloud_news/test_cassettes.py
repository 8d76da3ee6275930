"""The client against recorded answers of a real Nextcloud 31 with News 27.2; see cassettes/README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import vcr

from adapters.http.pacing import InMemoryPace
from adapters.nextcloud_news import NewsConfig, wire
from adapters.nextcloud_news.calls import Caller, Exists, NoApp, NoSuchRoute, NotFound
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.wire import Folder, Items, Key, Kind, Status, Warnings
from bridge.model.adapter import Context
from bridge.model.errors import CredentialsError, ProtocolError, Unavailable, UnknownOutcome
from bridge.model.secret import Secret
from tests.support.clock import FakeClock

CASSETTES = Path(__file__).parents[3] / "cassettes" / "nextcloud_news"
PLAYED: set[str] = set()
URL = "http://127.0.0.1:8099/"
API = "index.php/apps/news/api/v1-3"

ITEM_12 = Key(12, 1, "7e301c0f1a2b194a6f7725f290adad57")
ITEM_17 = Key(17, 1, "a5e5c676c166e3f09d2c2aa3176d81fa")
ITEM_24 = Key(24, 1, "0e9406a974c5567f585e309c9e6fb447")

Servers: TypeAlias = Callable[..., NewsClient]


def plays(*names: str) -> pytest.MarkDecorator:
    """Run a test once for each cassette, and note that they are played."""
    PLAYED.update(names)
    return pytest.mark.parametrize("server", names, indirect=True)


def parts(**config: Any) -> tuple[NewsConfig, Context]:
    """Make what an account at the recorded server is made of, in a world of its own."""
    clock = FakeClock()
    known = {"url": URL, "user": "alice", "password": Secret("REDACTED"), "api": "v1-3"}
    return NewsConfig(**{**known, **config}), Context(InMemoryPace(), clock, clock.sleep)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Give clients of the recorded server; in the end the whole cassette must have been played."""
    name: str = request.param

    def client(**config: Any) -> NewsClient:
        return NewsClient(*parts(**({"api": "v1-2"} if name.startswith("v12_") else {}) | config))

    player = vcr.VCR(record_mode="none", match_on=["method", "scheme", "host", "port", "path", "query", "body"])
    repeats = name == "server_error_wrong_key"
    with player.use_cassette(str(CASSETTES / f"{name}.yaml"), allow_playback_repeats=repeats) as cassette:
        yield client
        assert cassette.all_played


def caller() -> Caller:
    """Make calls of any kind at the recorded server."""
    return Caller(*parts(), None)


def ids(items: Items) -> list[int]:
    """Return the ids of an answer, in its order; nothing in it is broken."""
    assert items.broken == ()
    return [item.id for item in items.items]


def test_every_cassette_is_played() -> None:
    """A cassette that no test plays would prove nothing."""
    assert {path.stem for path in CASSETTES.glob("*.yaml")} == PLAYED


# The server and its logins.


@plays("api_levels_probe")
def test_the_probe_says_which_versions_there_are(server: Servers) -> None:
    """The best of those that are spoken is taken, never the v2 that is half there."""
    client = server(api="auto", user=None, password=None)

    assert (client.api, client.api) == ("v1-3", "v1-3")
    assert client.calls == 1


@plays("version")
def test_the_version_is_the_same_in_both_apis(server: Servers) -> None:
    """That of the app."""
    assert [server(api=api).version() for api in ("v1-3", "v1-2")] == ["27.2.0"] * 2


@plays("status")
def test_the_status_has_warnings(server: Servers) -> None:
    """None of which is given here."""
    assert [server(api=api).status() for api in ("v1-3", "v1-2")] == [Status("27.2.0", Warnings(False, False))] * 2


@plays("server_status")
def test_nextcloud_tells_its_own_version(server: Servers) -> None:
    """Without a login."""
    status = server(user=None, password=None).server_status()

    assert (status.installed, status.maintenance, status.versionstring) == (True, False, "31.0.6")


@plays("maintenance")
def test_maintenance_is_told_from_a_failure(server: Servers) -> None:
    """It is not waited for, and nothing is asked sooner than the two minutes that the server names."""
    client = server()
    with pytest.raises(Unavailable, match=r"refused index.php/apps/news/api/v1-3/items: it is in maintenance mode\."):
        client.items(Kind.STARRED, batch_size=3)

    assert 119 < client.pacer.wait("default") <= 120
    assert client.server_status().maintenance


@plays("unauthorized_wrong_password")
def test_a_wrong_password_is_said_to_be_one(server: Servers) -> None:
    """The server says nothing at all; the second call sends nothing."""
    client = server()
    for _attempt in range(2):
        with pytest.raises(CredentialsError, match="does not accept the login"):
            client.version()

    assert client.calls == 1


@plays("unauthorized_no_credentials")
def test_a_missing_login_is_said_to_be_one(server: Servers) -> None:
    """On a read and on a write."""
    with pytest.raises(CredentialsError, match="no user and password arrived there"):
        caller().read(f"{API}/items", wire.decode_items, (("type", "2"),), login=False)
    with pytest.raises(CredentialsError, match="no user and password arrived there"):
        server().star_item(ITEM_24)


@plays("unauthorized_password_login_forbidden")
def test_a_server_may_take_app_passwords_only(server: Servers) -> None:
    """The remedy says where to make one; then it works."""
    with pytest.raises(CredentialsError, match="it takes app passwords only") as caught:
        server().version()

    assert "Settings, Security" in caught.value.remedy
    assert server().version() == "27.2.0"


@plays("login_flow")
def test_a_login_is_granted_once(server: Servers) -> None:
    """Nothing is there before the person has granted it; what comes then is a login that works."""
    client = server(user=None, password=None)
    flow = client.begin_login()
    polls = [client.poll_login(flow) for _poll in range(2)]

    assert flow.login == f"{URL}index.php/login/v2/flow/REDACTED"
    assert polls[0] is None
    granted = polls[1]
    assert granted is not None
    assert (granted.server, granted.loginName) == (URL.rstrip("/"), "alice")
    assert server(user=granted.loginName, password=Secret(granted.appPassword)).version() == "27.2.0"


@plays("login_flow_never_granted")
def test_a_login_that_nobody_grants_stays_away(server: Servers) -> None:
    """Each poll is answered 404."""
    client = server(user=None, password=None)
    flow = client.begin_login()

    assert [client.poll_login(flow) for _poll in range(3)] == [None] * 3


@plays("app_password_over_ocs")
def test_an_app_password_is_made_and_revoked(server: Servers) -> None:
    """By OCS, which wants a header that says so."""
    client = server()
    made = client.create_app_password()
    with pytest.raises(ProtocolError, match="with status 412"):
        caller().read("ocs/v2.php/core/getapppassword", wire.decode_nothing, (("format", "json"),))
    user = client.cloud_user()
    client.delete_app_password()

    assert made.reveal() == "REDACTED"
    assert (user.id, user.displayname, user.email, user.enabled) == ("alice", "Alice Rig", None, True)


# Folders and feeds.


@plays("folders")
def test_folders_are_listed(server: Servers) -> None:
    """With their names as the person wrote them."""
    assert server().folders() == (Folder(1, "Boats"), Folder(2, "Odds & ends ☃"))


@plays("feeds")
def test_feeds_are_listed(server: Servers) -> None:
    """A title may be empty, and a feed at the root is in no folder."""
    answer = server().feeds()

    assert (answer.starredCount, answer.newestItemId) == (3, 70)
    assert {feed.id: (feed.title, feed.folderId) for feed in answer.feeds} == {
        1: ("Harbour Notes", 1),
        2: ("Odd & Ends ☃ feed", 2),
        3: ("Atom Rig", None),
        4: ("עברית", None),
        5: ("Empty feed", None),
        6: ("", None),
    }


@plays("folder_create_rename_delete")
def test_a_folder_is_made_renamed_and_deleted(server: Servers) -> None:
    """A second deletion finds nothing, and the SQL that the server answers is not shown."""
    client = server()
    folder = client.create_folder("Read later ☕")
    client.rename_folder(folder.id, "Later")
    names = [each.name for each in client.folders()]
    client.delete_folder(folder.id)
    with pytest.raises(NotFound) as caught:
        client.delete_folder(folder.id)

    assert folder == Folder(6, "Read later ☕")
    assert names == ["Boats", "Later", "Odds & ends ☃"]
    assert "SELECT" not in str(caught.value)


@plays("folder_delete_keeps_its_feeds")
def test_a_feed_outlives_its_folder(server: Servers) -> None:
    """It goes on naming a folder that is gone."""
    client = server()
    client.delete_folder(2)

    assert [folder.id for folder in client.folders()] == [1]
    assert {feed.id: feed.folderId for feed in client.feeds().feeds}[2] == 2


@plays("feed_create")
def test_a_feed_is_subscribed_to(server: Servers) -> None:
    """Its unread items are not counted yet in the answer, but they are there."""
    client = server()
    folder = client.create_folder("Atoms")
    feed = client.create_feed("http://127.0.0.1:8098/atom.xml", folder.id)
    counts = {each.id: each.unreadCount for each in client.feeds().feeds}

    assert (feed.id, feed.title, feed.folderId, feed.unreadCount) == (9, "Atom Rig", 6, None)
    assert counts == {9: 7}
    assert ids(client.items(Kind.FEED, feed.id, batch_size=2)) == [1613, 1612]


@plays("feed_create_exists")
def test_a_feed_is_subscribed_to_once(server: Servers) -> None:
    """The second time is refused."""
    with pytest.raises(Exists, match="subscribed already"):
        server().create_feed("http://127.0.0.1:8098/rtl.rss")


@plays("feed_create_unreadable")
def test_what_is_no_feed_is_refused(server: Servers) -> None:
    """A page, no XML, a missing file: what the other server said is not repeated."""
    client = server()
    for name in ("plainpage.html", "notxml.rss", "missing.rss"):
        with pytest.raises(NotFound) as caught:
            client.create_feed(f"http://127.0.0.1:8098/{name}")
        assert str(caught.value) == "Nextcloud News finds no feed at that address that it can read."


@plays("feed_move_rename_delete")
def test_a_feed_is_moved_renamed_and_deleted(server: Servers) -> None:
    """Into a folder, to the root; once deleted it is not found."""
    client = server()
    client.move_feed(4, 1)
    client.move_feed(4, None)
    client.rename_feed(4, "Ivrit")
    feeds = {feed.id: feed for feed in client.feeds().feeds}
    client.delete_feed(4)
    with pytest.raises(NotFound):
        client.delete_feed(4)

    assert (feeds[4].title, feeds[4].folderId) == ("Ivrit", None)


# Items.


@plays("starred_paged")
def test_starred_items_come_in_pages(server: Servers) -> None:
    """The newest first; the short page is the last."""
    pages = server().item_pages(Kind.STARRED, batch_size=3)

    assert [ids(page) for page in pages] == [[66, 63, 40], [31, 24, 17], [12, 5]]


@plays("starred_all_at_once")
def test_starred_items_come_at_once(server: Servers) -> None:
    """Read ones too."""
    items = server().items(Kind.STARRED)

    assert ids(items) == [63, 40, 5]
    assert [item.unread for item in items.items] == [True, True, False]


@plays("items_oldest_first")
def test_pages_may_begin_with_the_oldest(server: Servers) -> None:
    """Then they go on above the highest id."""
    pages = server().item_pages(Kind.ALL, batch_size=5, oldest_first=True)

    assert [ids(page) for page in islice(pages, 2)] == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]


@plays("items_oldest_first_end")
def test_pages_end_with_the_newest(server: Servers) -> None:
    """A page that begins behind it is empty, and is none."""
    client = server()
    last = [ids(page) for page in client.item_pages(Kind.ALL, batch_size=6, offset=65, oldest_first=True)]
    behind = list(client.item_pages(Kind.ALL, batch_size=6, offset=70, oldest_first=True))

    assert last == [[66, 67, 68, 69, 70]]
    assert behind == []


@plays("items_unread_only")
def test_read_items_may_be_left_out(server: Servers) -> None:
    """The list ends where only read ones follow."""
    pages = server().item_pages(Kind.ALL, get_read=False, batch_size=4, offset=15)

    assert [ids(page) for page in pages] == [[14, 13, 12, 11]]


@plays("items_of_feed")
def test_items_of_a_feed(server: Servers) -> None:
    """With their authors, where they have one."""
    items = server().items(Kind.FEED, 3)

    assert ids(items) == [68, 67, 66, 65, 64, 63, 62]
    assert {item.author for item in items.items} == {"Ada & Co", None}


@plays("items_of_folder")
def test_items_of_a_folder(server: Servers) -> None:
    """Those of the feeds in it."""
    assert ids(server().items(Kind.FOLDER, 1, batch_size=3)) == [36, 35, 34]


@plays("starred_with_getread_false")
def test_what_is_not_allowed_is_no_empty_listing(server: Servers) -> None:
    """It comes with status 200, and is told in the server's words."""
    with pytest.raises(ProtocolError, match="says: Setting getRead on an already filtered list is not allowed"):
        server().items(Kind.STARRED, get_read=False, batch_size=3)


@plays("items_updated_since")
def test_what_changed_comes_from_its_last_second_on(server: Servers) -> None:
    """What is known already comes again; what was starred or read comes with a later time."""
    client = server()
    known = client.updated(1795224157)
    client.star_item(ITEM_24)
    client.read_item(Key(25, 1, ""))
    changed = client.updated(1795224157)

    assert ids(known) == [63, 40, 5]
    assert ids(changed) == [63, 40, 25, 24, 5]
    assert {item.id for item in changed.items if item.lastModified > 1795224157} == {24, 25}


@plays("items_updated_unstarred")
def test_an_unstarring_shows_among_all_alone(server: Servers) -> None:
    """Among starred ones there is no trace of it."""
    client = server()
    client.unstar_item(Key(40, 2, ""))
    starred, every = client.updated(1795224158, Kind.STARRED), client.updated(1795224158)

    assert (ids(starred), ids(every)) == ([], [40])
    assert not every.items[0].starred


@plays("odd_items_null_title_and_url")
def test_titles_and_addresses_may_be_missing(server: Servers) -> None:
    """Null is not empty; a relative link has lost its port at the server already."""
    items = server().items(Kind.FEED, 2, batch_size=5)

    assert [(item.title, item.url) for item in items.items] == [
        (None, "http://127.0.0.1:8098/odd/no-title"),
        ("", "http://127.0.0.1:8098/odd/empty-title"),
        ("No link at all", None),
        ("Link is not http", None),
        ("Relative link", "http://127.0.0.1/odd/relative"),
    ]


@plays("odd_items_entities")
def test_titles_are_plain_text(server: Servers) -> None:
    """They come unescaped; what looks like markup is not to be unescaped again."""
    titles = [item.title or "" for item in server().items(Kind.FEED, 2, batch_size=3, offset=57).items]

    assert titles[0].startswith("Fish & Chips")
    assert not any("&amp;" in title for title in titles)


@plays("odd_items_enclosures")
def test_enclosures_may_be_anything(server: Servers) -> None:
    """None, one, the last of several, a thumbnail without a type."""
    items = server().items(Kind.FEED, 2, batch_size=4, offset=54)

    assert ids(items) == [53, 52, 51, 50]
    assert {item.enclosureMime for item in items.items} > {None, ""}


@plays("odd_items_newlines_in_title")
def test_titles_may_have_several_lines(server: Servers) -> None:
    """They are kept as they are."""
    [item] = server().items(Kind.FEED, 2, batch_size=1, offset=38).items

    assert {"\n", "\t"} <= set(item.title or "")


@plays("odd_items_right_to_left")
def test_titles_may_run_from_right_to_left(server: Servers) -> None:
    """As the server knows."""
    [item] = server().items(Kind.FEED, 4).items

    assert item.rtl
    assert (item.title or "").startswith("ש")


# Flags.


@plays("star_one")
def test_an_item_is_starred_by_its_id(server: Servers) -> None:
    """Twice is no error."""
    client = server()
    client.star_item(ITEM_24)
    client.star_item(ITEM_24)
    before = client.items(Kind.STARRED, batch_size=2, offset=40)
    client.unstar_item(ITEM_24)

    assert ids(before) == [24, 5]
    assert ids(client.items(Kind.STARRED, batch_size=2, offset=40)) == [5]


@plays("v12_star_one")
def test_an_item_is_starred_by_its_hash_in_the_older_api(server: Servers) -> None:
    """And by its feed."""
    client = server()
    client.star_item(ITEM_24)
    before = client.items(Kind.STARRED, batch_size=2, offset=40)
    client.unstar_item(ITEM_24)

    assert ids(before) == [24, 5]


@plays("read_one")
def test_an_item_is_read_and_unread(server: Servers) -> None:
    """In the newer API."""
    client = server()
    client.read_item(ITEM_24)
    read = client.items(Kind.ALL, batch_size=1, offset=25).items
    client.unread_item(ITEM_24)

    assert [item.unread for item in read] == [False]
    assert [item.unread for item in client.items(Kind.ALL, batch_size=1, offset=25).items] == [True]


@plays("v12_read_one")
def test_an_item_is_read_and_unread_in_the_older_api(server: Servers) -> None:
    """By another method."""
    client = server()
    client.read_item(ITEM_24)
    client.unread_item(ITEM_24)

    assert client.calls == 2


@plays("star_many")
def test_items_are_starred_by_their_ids(server: Servers) -> None:
    """All in one call."""
    client = server()
    keys = [Key(number, 1, "") for number in (12, 17, 24)]
    client.star_items(keys)
    before = client.items(Kind.STARRED, batch_size=4, offset=40)
    client.unstar_items(keys)

    assert ids(before) == [24, 17, 12, 5]
    assert ids(client.items(Kind.STARRED, batch_size=4, offset=40)) == [5]


@plays("v12_star_many")
def test_items_are_starred_by_their_hashes_in_the_older_api(server: Servers) -> None:
    """The ids are not sent."""
    client = server()
    client.star_items([ITEM_12, ITEM_17])
    before = client.items(Kind.STARRED, batch_size=3, offset=40)
    client.unstar_items([ITEM_12, ITEM_17])

    assert ids(before) == [17, 12, 5]


@plays("read_many", "v12_read_many")
def test_items_are_read_and_unread_by_their_ids(server: Servers) -> None:
    """In both APIs, each with a name of its own for the list."""
    client = server()
    keys = [Key(11, 1, ""), ITEM_12]
    client.read_items(keys)
    read = client.items(Kind.ALL, batch_size=2, offset=13)
    client.unread_items(keys)

    assert [(item.id, item.unread) for item in read.items] == [(12, False), (11, False)]


@plays("read_feed_folder_all")
def test_a_feed_a_folder_and_everything_are_read(server: Servers) -> None:
    """Up to an id; the unread counts follow."""
    client = server()
    client.read_feed(3, 70)
    client.read_folder(1, 20)
    some = {feed.id: feed.unreadCount for feed in client.feeds().feeds}
    client.read_all(70)

    assert (some[3], some[1]) == (0, 16)
    assert {feed.unreadCount for feed in client.feeds().feeds} == {0}


@plays("v12_read_feed_folder_all")
def test_a_feed_a_folder_and_everything_are_read_in_the_older_api(server: Servers) -> None:
    """By another method."""
    client = server()
    client.read_feed(3, 70)
    client.read_folder(1, 20)
    client.read_all(70)

    assert client.calls == 3


@plays("item_not_found")
def test_an_item_that_is_not_there_is_not_found(server: Servers) -> None:
    """The message of the server quotes SQL, and is not shown."""
    client = server()
    for flag in (client.star_item, client.read_item):
        with pytest.raises(NotFound, match=r"no such item, feed or folder: index.php/apps/news") as caught:
            flag(Key(99999, 1, ""))
        assert "SELECT" not in str(caught.value)


# What goes wrong.


@plays("server_error_wrong_key")
def test_a_wrong_parameter_breaks_the_server(server: Servers) -> None:
    """A write is unknown then, as a part of it may be done; a read is given up after three tries."""
    with pytest.raises(UnknownOutcome, match="it answered with status 500"):
        caller().write("POST", f"{API}/items/star/multiple", wire.decode_nothing, {"items": [24]})
    with pytest.raises(Unavailable, match="after 3 tries: it answered with status 500") as caught:
        server().items(5, batch_size=3)

    assert not isinstance(caught.value, UnknownOutcome)


@plays("method_not_allowed")
def test_a_route_that_is_not_there_is_told(server: Servers) -> None:
    """The method of the other API, and a path that no API has, answer alike."""
    calls = caller()
    with pytest.raises(NoSuchRoute):
        calls.write("PUT", f"{API}/items/24/read", wire.decode_nothing)
    with pytest.raises(NoSuchRoute, match=r"has no index\.php/apps/news/api/v1-3/nonsense in this version"):
        calls.read(f"{API}/nonsense", wire.decode_nothing)
    with pytest.raises(NoSuchRoute):
        calls.flag("PUT", f"{API}/items/read/multiple", wire.decode_nothing, {"items": [24]})


@plays("unknown_api_version")
def test_a_version_of_the_api_that_is_not_there_is_told(server: Servers) -> None:
    """Like an app that is not there: the answer is empty."""
    with pytest.raises(NoApp, match=r"no Nextcloud News at 127\.0\.0\.1:8099, or not this version of its API"):
        caller().read("index.php/apps/news/api/v1-4/version", wire.decode_version)
