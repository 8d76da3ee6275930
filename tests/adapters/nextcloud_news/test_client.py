"""Nextcloud News' API as a library, against the sandbox in fake time and over sockets."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest
import requests

from adapters.http.pacing import InMemoryPace
from adapters.http.serving import (
    CUT,
    DROP_AFTER,
    DROP_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    HTML_BEFORE,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from adapters.http.session import Unsendable
from adapters.nextcloud_news import CAPABILITIES, SPEC, NewsConfig
from adapters.nextcloud_news.calls import Exists, Forbidden, HostNotTrusted, NoApp, NoSuchRoute, NotFound
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.sandbox_records import Feed, Source
from adapters.nextcloud_news.wire import Items, Key, Kind
from bridge.model.adapter import Context
from bridge.model.errors import ConfigurationError, CredentialsError, ProtocolError, Unavailable, UnknownOutcome
from bridge.model.secret import Secret
from tests.adapters.nextcloud_news.desk import URL, Desk, star, story
from tests.support.wsgi_transport import WsgiTransport

LOST = [ERROR_AFTER, DROP_AFTER, CUT, HTML_AFTER, ERROR_BEFORE, DROP_BEFORE, HTML_BEFORE]
BOTH = pytest.mark.parametrize("api", ["v1-3", "v1-2"])


def ids(items: Items) -> list[int]:
    """Return the ids of an answer, in its order."""
    return [item.id for item in items.items]


def answering(status: int, body: bytes = b"<html><body>Sorry</body></html>") -> Callable[..., Any]:
    """Make a server that answers everything so."""

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(f"{status} x", [("Content-Length", str(len(body)))])
        return [body]

    return app


def key(desk: Desk, number: int) -> Key:
    """Return the name of an item of the sandbox."""
    item = desk.sandbox.account.items[number]
    return Key(item.id, item.feed_id, item.guid_hash)


def without_app(desk: Desk) -> None:
    """Disable the News app."""
    desk.sandbox.app_enabled = False


# Which API.


@pytest.mark.parametrize(
    ("levels", "chosen"),
    [(("v1-2", "v1-3", "v2"), "v1-3"), (("v1-2",), "v1-2"), (("v3", "v1-3"), "v1-3")],
)
def test_the_best_version_is_chosen_by_the_probe(levels: tuple[str, ...], chosen: str) -> None:
    """It is asked for once, without the login."""
    desk = Desk(api="auto", items=(star(1),))
    desk.sandbox.api_levels = levels
    desk.client.version()
    desk.client.read_item(key(desk, 1))

    assert desk.client.api == chosen
    assert desk.routes[:2] == ["GET api", "GET version"]
    assert desk.client.calls == 3
    assert f"api/{chosen}/version" in desk.wire.urls[1]
    assert desk.client.probe().apiLevels == levels


def test_the_config_may_say_which_api_it_is() -> None:
    """Then nothing is asked."""
    desk = Desk(api="v1-2")
    desk.client.version()

    assert desk.routes == ["GET version"]


def test_a_server_with_other_apis_alone_is_of_no_use() -> None:
    """The v2 that it names is half there."""
    desk = Desk(api="auto")
    desk.sandbox.api_levels = ("v2",)
    with pytest.raises(ProtocolError, match="speaks neither v1-3 nor v1-2"):
        desk.client.version()


@pytest.mark.parametrize("api", ["auto", "v1-3", "v1-2"])
def test_a_server_without_the_app_says_so(api: str) -> None:
    """Missing or disabled look alike."""
    desk = Desk(api=api)
    without_app(desk)
    with pytest.raises(NoApp, match=r"There is no Nextcloud News at cloud\.example") as caught:
        desk.client.version()

    assert "installed and enabled" in caught.value.remedy


def test_a_server_may_be_in_a_folder() -> None:
    """All paths are below the account's url."""
    desk = Desk(root="/nextcloud", url="https://cloud.example/nextcloud", api="auto")

    assert desk.client.version() == desk.client.status().version
    assert desk.client.server_status().installed
    assert desk.client.cloud_user().id == "alice"


# Listings.


def test_all_parameters_are_always_sent() -> None:
    """Truth values in lower case: with a capital, false would be true."""
    desk = Desk(items=tuple(story(number) for number in range(1, 8)))
    desk.client.items(Kind.ALL)
    desk.client.items(Kind.FEED, 1, get_read=False, batch_size=2, offset=5, oldest_first=True)
    desk.client.updated(17)
    sent = [dict(parse_qsl(urlsplit(url).query)) for url in desk.wire.urls]

    assert sent == [
        {"type": "3", "id": "0", "getRead": "true", "batchSize": "-1", "offset": "0", "oldestFirst": "false"},
        {"type": "0", "id": "1", "getRead": "false", "batchSize": "2", "offset": "5", "oldestFirst": "true"},
        {"type": "3", "id": "0", "lastModified": "17"},
    ]


@BOTH
@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, -1])
def test_pages_hold_each_item_once(api: str, oldest_first: bool, size: int) -> None:
    """Whatever their size, and from either end."""
    desk = Desk(api=api, items=tuple(star(number * 3) for number in range(1, 8)))
    pages = list(desk.client.item_pages(Kind.STARRED, batch_size=size, oldest_first=oldest_first))
    found = [number for page in pages for number in ids(page)]

    assert found == sorted(range(3, 24, 3), reverse=not oldest_first)
    assert all(len(page) == size for page in pages[:-1])


def test_pages_stand_while_items_come_and_are_read() -> None:
    """The place is kept by id: nothing is listed twice, and nothing is passed over."""
    desk = Desk(items=tuple(story(number) for number in range(1, 10)))
    pages = desk.client.item_pages(Kind.ALL, get_read=False, batch_size=4)
    found = ids(next(pages))
    desk.sandbox.account.read_all(7)
    desk.sandbox.account.fetch(1, [story(99)])
    desk.sandbox.account.flag(5, unread=True)

    assert found + [number for page in pages for number in ids(page)] == [9, 8, 7, 6, 5]


@pytest.mark.parametrize(
    ("oldest_first", "offset", "page"),
    [(False, 0, [2, 3]), (True, 0, [2, 3]), (False, 2, [2, 3]), (True, 3, [2, 3]), (False, 0, [None, None])],
)
def test_a_server_whose_pages_do_not_go_on_is_given_up(oldest_first: bool, offset: int, page: list[int | None]) -> None:
    """It ignores the offset, or names no id: the listing would never end."""
    desk = Desk()
    rows = ",".join(
        '{"feedId":1}' if number is None else f'{{"id":{number},"feedId":1,"guidHash":"h"}}' for number in page
    )
    desk.wire.app = answering(200, f'{{"items":[{rows}]}}'.encode())
    pages = desk.client.item_pages(Kind.ALL, batch_size=2, offset=offset, oldest_first=oldest_first)
    with pytest.raises(ProtocolError, match="does not go on"):
        list(itertools.islice(pages, 3))


def test_feeds_and_folders_are_kept() -> None:
    """Made, renamed, moved, deleted, in both APIs."""
    for api in ("v1-3", "v1-2"):
        desk = Desk(api=api)
        desk.sandbox.fetchable["https://feeds.example/new"] = Source([story(0)], "New feed")
        client = desk.client
        folder = client.create_folder("Later ☕")
        client.rename_folder(folder.id, "Now")
        feed = client.create_feed("https://feeds.example/new", folder.id)
        client.rename_feed(feed.id, "Renamed")
        client.move_feed(feed.id, None)
        there = {each.id: (each.title, each.folderId) for each in client.feeds().feeds}
        names = {each.id: each.name for each in client.folders()}
        with pytest.raises(Exists):
            client.create_feed("https://feeds.example/new")
        client.delete_feed(feed.id)
        client.delete_folder(folder.id)

        assert there[feed.id] == ("Renamed", None)
        assert names[folder.id] == "Now"
        assert feed.id not in {each.id for each in client.feeds().feeds}
        assert folder.id not in {each.id for each in client.folders()}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.rename_folder(99, "x"),
        lambda client: client.delete_folder(99),
        lambda client: client.rename_feed(99, "x"),
        lambda client: client.move_feed(99, 1),
        lambda client: client.delete_feed(99),
        lambda client: client.star_item(Key(99, 1, "x")),
        lambda client: client.unread_item(Key(99, 1, "x")),
        lambda client: client.create_feed("https://nowhere.example/"),
    ],
)
@BOTH
def test_what_is_not_there_is_not_found(call: Callable[[NewsClient], None], api: str) -> None:
    """The reason of the server is SQL or a page of another server, and is not shown."""
    desk = Desk(api=api)
    with pytest.raises(NotFound) as caught:
        call(desk.client)

    assert not any(mark in str(caught.value) for mark in ("SELECT", "<", "`"))
    assert desk.client.calls == 1


# Flags.


@BOTH
def test_each_flag_is_set_for_one_and_for_many(api: str) -> None:
    """Of an item that has the same hash in another feed, only the one that is meant."""
    twins = (story(1, guid="same"), story(2, feed=2, guid="same"), story(3), story(4))
    desk = Desk(api=api, items=twins)
    client, items = desk.client, desk.sandbox.account.items
    keys = [key(desk, number) for number in (1, 3)]

    def shown() -> list[tuple[bool, bool]]:
        return [(items[number].unread, items[number].starred) for number in (1, 2, 3, 4)]

    client.star_item(keys[0])
    client.read_item(keys[0])
    one = shown()
    client.star_items(keys)
    client.read_items(keys)
    many = shown()
    client.unstar_item(keys[0])
    client.unread_item(keys[0])
    back = shown()
    client.unstar_items(keys)
    client.unread_items(keys)

    untouched = (True, False)
    assert one == [(False, True), untouched, untouched, untouched]
    assert many == [(False, True), untouched, (False, True), untouched]
    assert back == [untouched, untouched, (False, True), untouched]
    assert shown() == [untouched] * 4


@BOTH
def test_items_may_be_passed_to_set_flags(api: str) -> None:
    """What was listed has the name of itself in it."""
    desk = Desk(api=api, items=(star(1), story(2), star(3)))
    desk.client.unstar_items(desk.client.items(Kind.STARRED).items)

    assert desk.sandbox.account.starred() == 0


def test_many_are_a_thousand_in_each_call() -> None:
    """Those that are not there are passed over; none is no call."""
    desk = Desk()
    desk.client.star_items([Key(number, 1, "x") for number in range(1, 2_002)])
    desk.client.read_items(iter([]))

    assert [len(call.args["itemIds"]) for call in desk.sandbox.log] == [1000, 1000, 1]


@BOTH
def test_a_feed_a_folder_and_everything_are_read_up_to_an_id(api: str) -> None:
    """What came later stays unread."""
    desk = Desk(api=api, items=(story(1), story(2), story(3, feed=3), story(4), story(5, feed=3)))
    items = desk.sandbox.account.items
    unread = []
    for call in (
        lambda: desk.client.read_feed(3, 4),
        lambda: desk.client.read_folder(1, 1),
        lambda: desk.client.read_all(4),
    ):
        call()
        unread.append([number for number, item in items.items() if item.unread])

    assert unread == [[1, 2, 4, 5], [2, 4, 5], [5]]


@pytest.mark.parametrize("fault", LOST)
def test_a_flag_is_set_again_after_a_lost_answer(fault: Fault) -> None:
    """It is the same when it is set twice."""
    desk = Desk(items=(story(1), story(2)))
    desk.sandbox.faults.add(fault, times=2)
    desk.client.star_items([key(desk, 1), key(desk, 2)])

    assert desk.sandbox.account.starred() == 2
    assert desk.routes == ["POST items/star/multiple"] * 3


@pytest.mark.parametrize("fault", LOST)
def test_a_flag_that_may_have_been_set_is_unknown_in_the_end(fault: Fault) -> None:
    """Three tries, further and further apart."""
    desk = Desk(items=(story(1),))
    desk.sandbox.faults.add(fault, times=3)
    with pytest.raises(UnknownOutcome, match="may have been done"):
        desk.client.star_item(key(desk, 1))

    assert desk.client.calls == 3
    assert desk.sandbox.account.starred() == fault.carried_out


@pytest.mark.parametrize("second", [UNAUTHORIZED, refuse()])
def test_a_flag_stays_unknown_whatever_comes_after_a_lost_answer(second: Fault) -> None:
    """A refusal says nothing about the try before it."""
    desk = Desk(items=(story(1),))
    desk.sandbox.faults.add(DROP_AFTER)
    desk.sandbox.faults.add(second)
    with pytest.raises(UnknownOutcome):
        desk.client.star_item(key(desk, 1))

    assert desk.client.calls == 2


def test_an_item_that_is_not_found_at_the_second_try_is_not_there() -> None:
    """That answer is certain."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_BEFORE)
    with pytest.raises(NotFound):
        desk.client.star_item(Key(99, 1, "x"))


@pytest.mark.parametrize("second", [UNAUTHORIZED, refuse()])
def test_a_flag_that_was_refused_is_not_unknown(second: Fault) -> None:
    """Nothing was carried out."""
    desk = Desk(items=(story(1),))
    desk.sandbox.faults.add(second)
    with pytest.raises((CredentialsError, Unavailable)) as caught:
        desk.client.star_item(key(desk, 1))

    assert not isinstance(caught.value, UnknownOutcome)
    assert desk.client.calls == 1


# Failures.


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create_folder("x"),
        lambda client: client.rename_folder(1, "x"),
        lambda client: client.delete_folder(1),
        lambda client: client.move_feed(1, 2),
        lambda client: client.rename_feed(1, "x"),
        lambda client: client.delete_feed(1),
    ],
)
def test_other_writes_are_never_sent_twice(call: Callable[[NewsClient], None], fault: Fault) -> None:
    """Without a clear answer nobody knows whether they were carried out."""
    desk = Desk()
    desk.sandbox.faults.add(fault)
    with pytest.raises(UnknownOutcome, match="may have been done"):
        call(desk.client)

    assert desk.client.calls == 1


@pytest.mark.parametrize("fault", [ERROR_BEFORE, DROP_AFTER, CUT, DROP_BEFORE])
def test_a_read_survives_a_fault(fault: Fault) -> None:
    """It is asked for again."""
    desk = Desk(items=(star(1),))
    desk.sandbox.faults.add(fault, times=2)

    assert ids(desk.client.items(Kind.STARRED)) == [1]
    assert desk.client.calls == 3


def test_a_page_is_no_listing() -> None:
    """Whoever sent it, with status 200."""
    desk = Desk(items=(star(1),))
    desk.sandbox.faults.add(HTML_BEFORE)
    with pytest.raises(
        ProtocolError, match=r"The answer of Nextcloud News at cloud\.example to .+/items is an HTML page"
    ):
        desk.client.items(Kind.STARRED)


def test_an_address_that_is_shut_out_is_left_alone_for_half_an_hour() -> None:
    """More than ten wrong logins: 429 for right ones too, without Retry-After. It is not waited for."""
    desk = Desk()
    for _wrong in range(11):
        with pytest.raises(CredentialsError):
            desk.stranger().version()
    with pytest.raises(Unavailable, match="too many wrong logins came from this network address"):
        desk.client.version()

    assert desk.client.calls == 1
    assert 1_799 < desk.client.pacer.wait("default") <= 1_800
    assert desk.client.version()


def test_whatever_stands_before_the_server_may_ask_for_time() -> None:
    """Its 429 says how long, and is waited for."""
    desk = Desk(items=(star(1),))
    desk.sandbox.faults.add(refuse(retry_after=40))
    before = desk.clock.now
    found = desk.client.items(Kind.STARRED)

    assert ids(found) == [1]
    assert 40 <= desk.clock.now - before < 50


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"message":""}', ": the user or the password is wrong, or the app password was revoked."),
        (b'{"message":"CORS requires basic auth"}', ": no user and password arrived there."),
        (b'{"message":"Account disabled"}', ": the account is disabled."),
        (b'{"message":"Password login forbidden, use token instead"}', ": it takes app passwords only."),
        (b'{"message":"Current user is not logged in"}', ": no user and password arrived there."),
        (b'{"message":"<b>new</b>"}', "."),
        (b"<html>401</html>", "."),
        (b"", "."),
    ],
)
def test_a_refused_login_is_explained_in_our_words(body: bytes, why: str) -> None:
    """Each message of the server has its own; the remedy names the app password."""
    desk = Desk()
    desk.wire.app = answering(401, body)
    with pytest.raises(CredentialsError) as caught:
        desk.client.version()

    assert caught.value.message == f"Nextcloud News at cloud.example does not accept the login{why}"
    assert "app password" in caught.value.remedy


def test_a_host_that_is_not_trusted_says_so() -> None:
    """Nextcloud has a list of its names."""
    desk = Desk()
    desk.sandbox.trusted = False
    with pytest.raises(HostNotTrusted, match=r"not answer under the name cloud\.example") as caught:
        desk.client.version()

    assert "trusted_domains" in caught.value.remedy


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"message":"no"}', ProtocolError),
        (304, b"", ProtocolError),
        (418, b"", ProtocolError),
        (403, b"", Forbidden),
        (404, b"<html></html>", NoApp),
        (405, b"", NoSuchRoute),
    ],
)
def test_other_statuses_are_no_answers(status: int, body: bytes, kind: type[Exception]) -> None:
    """Neither of a read nor of a write."""
    desk = Desk()
    desk.wire.app = answering(status, body)
    for call in (
        desk.client.feeds,
        lambda: desk.client.create_folder("x"),
        lambda: desk.client.star_item(Key(1, 1, "x")),
    ):
        with pytest.raises(kind):
            call()

    assert desk.client.calls == 3


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"folders":[]}', b"<html></html>", b""])
def test_what_was_created_must_be_in_the_answer(body: bytes) -> None:
    """Else nobody knows whether it was."""
    desk = Desk()
    desk.wire.app = answering(200, body)
    with pytest.raises(UnknownOutcome, match="It may have been done all the same"):
        desk.client.create_folder("x")


# For an administrator, and what is beside the API.


def test_admin_routes_are_for_admins() -> None:
    """Everybody else is told so."""
    desk = Desk(items=(story(1),))
    calls = (
        desk.client.before_update,
        desk.client.after_update,
        desk.client.all_feeds,
        lambda: desk.client.update_feed("alice", 1),
    )
    for call in calls:
        with pytest.raises(Forbidden, match="does not let this login call"):
            call()
    desk.sandbox.people["alice"].admin = True
    answers = [call() for call in calls]

    assert answers[:2] == [None, None]
    assert {(owner.id, owner.userId) for owner in answers[2]} == {(number, "alice") for number in (1, 2, 3, 4)}
    assert desk.sandbox.log[-1].args == {"userId": "alice", "feedId": "1"}


def test_a_feed_has_an_icon() -> None:
    """It is known by the MD5 of the feed's address, in the newer API only."""
    desk = Desk()
    icon = desk.client.favicon("https://feeds.example/1")
    desk.client.favicon("half a character: \ud83d")
    with pytest.raises(NoSuchRoute):
        Desk(api="v1-2").client.favicon("https://feeds.example/1")

    assert b"<svg" in icon
    assert desk.wire.urls[0].endswith("/favicon/8956aecb8bb39c3f589bace200b4ba50")


def test_an_app_password_is_made_with_a_password_and_revoked_with_itself() -> None:
    """Neither works the other way round."""
    desk = Desk()
    with pytest.raises(Forbidden):
        desk.client.create_app_password()
    by_password = NewsClient(attrs.evolve(desk.config, password=Secret(desk.sandbox.password)), desk.context, desk.wire)
    with pytest.raises(Forbidden):
        by_password.delete_app_password()
    made = by_password.create_app_password()
    client = NewsClient(attrs.evolve(desk.config, password=made), desk.context, desk.wire)
    version = client.version()
    client.delete_app_password()
    with pytest.raises(CredentialsError, match="was revoked"):
        client.version()

    assert version
    assert repr(made) == "***"


def test_who_is_logged_in_can_be_asked() -> None:
    """By name, shown name and address."""
    user = Desk().client.cloud_user()

    assert (user.id, user.displayname, user.email) == ("alice", "Alice Example", "alice@example.org")


# Logins and values.


@pytest.mark.parametrize("config", [{"user": None}, {"user": ""}, {"password": None}, {"user": None, "password": None}])
def test_a_login_that_is_missing_is_not_sent(config: dict[str, Any]) -> None:
    """With a remedy."""
    desk = Desk(**config)
    with pytest.raises(CredentialsError, match="no login") as caught:
        desk.client.version()

    assert caught.value.remedy
    assert desk.client.calls == 0


def test_an_account_without_a_user_has_no_name() -> None:
    """Its identity is that of a user."""
    with pytest.raises(CredentialsError, match="has no user"):
        assert Desk(user=None).client.identity
    assert Desk().client.identity == "nextcloud-news https://cloud.example/ alice"


def test_a_password_may_hold_any_character() -> None:
    """It is sent in UTF-8, and a colon in it is no end of the user."""
    desk = Desk(password=Secret("pässwörd: ☃"))
    desk.sandbox.people["alice"].password = "pässwörd: ☃"

    assert desk.client.version()


def test_half_a_character_is_not_sent() -> None:
    """The server would take it for no value at all, and break."""
    desk = Desk()
    for call in (lambda: desk.client.create_folder("\ud83d"), lambda: desk.client.update_feed("\ud83d", 1)):
        with pytest.raises(Unsendable, match="half a character"):
            call()

    assert desk.client.calls == 0


def test_no_error_shows_the_password() -> None:
    """Not in a message, nor in what it is chained to."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_AFTER)
    with pytest.raises(UnknownOutcome) as caught:
        desk.client.create_folder("x")

    told = "".join(traceback.format_exception(caught.value)) + repr(desk.config)
    assert desk.sandbox.app_password not in told


def test_time_is_given_to_slow_servers() -> None:
    """Wrong logins elsewhere hold answers back for 25 s, and a feed is fetched while the call waits."""
    seconds: dict[str, float] = {}

    class Timed(WsgiTransport):
        def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
            seconds[f"{request.method} {urlsplit(str(request.url)).path.rpartition('/')[2]}"] = settings["timeout"][1]
            return super().send(request, **settings)

    desk = Desk(api="auto")
    desk.sandbox.people["alice"].admin = True
    desk.sandbox.fetchable["https://feeds.example/new"] = Source()
    client = NewsClient(desk.config, desk.context, Timed(desk.sandbox))
    client.feeds()
    client.create_feed("https://feeds.example/new")
    client.update_feed("alice", 1)

    assert seconds == {"GET api": 90, "GET feeds": 90, "POST feeds": 180, "GET update": 180}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://alice:secret@cloud.example/"},
        {"api": "v2"},
        {"items": "unread"},
        {"tags": ("feed", "author")},
        {"page": 0},
        {"lacks": ("note",)},
        {"gaps": {"items": 1.0}},
        {"gaps": {"default": -1.0}},
    ],
)
def test_a_wrong_config_is_refused(wrong: dict[str, Any]) -> None:
    """With a remedy."""
    with pytest.raises(ConfigurationError) as caught:
        NewsConfig(**{"url": URL, **wrong})

    assert caught.value.remedy


def test_a_gap_is_kept_if_one_is_asked_for() -> None:
    """None is the rule."""
    desk = Desk(gaps={"default": 2.0})
    for _call in range(3):
        desk.client.version()

    starts = [call.started for call in desk.sandbox.log]
    assert [round(later - earlier) for earlier, later in itertools.pairwise(starts)] == [2, 2]


def test_the_spec_costs_no_import() -> None:
    """Reading what Nextcloud News is loads neither requests nor cattrs."""
    code = "import adapters.nextcloud_news, sys; print(sorted({'requests', 'cattrs', 'werkzeug'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.strip() == "[]"
    assert SPEC.capabilities is CAPABILITIES


def test_over_a_real_connection() -> None:
    """The library against the served sandbox: read, written, dropped and cut."""
    with SPEC.sandbox(0, {}) as served:
        environment = served.environment
        config = NewsConfig(
            url=environment["NEXTCLOUD_URL"],
            user=environment["NEXTCLOUD_USER"],
            password=Secret(environment["NEXTCLOUD_APP_PASSWORD"]),
            gaps={"default": 0.001},  # so that what is put off after a fault is not for long
        )
        served.app.load([Feed(1, "A feed")], items=[star(1), story(2)])
        client = NewsClient(config, Context(InMemoryPace(), time.time, time.sleep))  # noqa: TID251 - real sockets
        first = client.items(Kind.STARRED)
        for fault in (DROP_AFTER, CUT):
            served.app.faults.add(fault, times=2)
            client.star_item(Key(2, 1, "x"))

        assert ids(first) == [1]
        assert ids(client.items(Kind.STARRED)) == [2, 1]
