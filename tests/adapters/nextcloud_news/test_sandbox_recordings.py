"""The Nextcloud News sandbox held against the recorded answers of the real server.

Every recorded request is sent to a sandbox whose users have what the recorded ones had. The answers have the same
status, the same headers as far as a client reads them, and the same JSON but for the few values that cannot be so.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pytest
import yaml
from werkzeug.datastructures import Authorization
from werkzeug.test import Client, TestResponse

from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox_account import Feed, Folder, Item, Source
from tests.adapters.nextcloud_news.sandbox_caller import basic
from tests.support.clock import FakeClock

RECORDINGS = Path(__file__).parents[3] / "cassettes" / "nextcloud_news"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.yaml"))
TELLING = ("Content-Type", "Retry-After", "X-Nextcloud-Maintenance-Mode", "WWW-Authenticate", "Allow")
"""Headers that say something to a client. The last two came with no answer."""

BEGUN = 1_795_226_480.0
"""When the recording began, in seconds: shortly after the last change to what its users had."""
LAST_CHANGE = 1_795_224_157
"""When an item had last been starred by then."""

READ = frozenset(range(1, 11))
STARRED = frozenset({5, 40, 63})
OF_FEEDS = {1: range(1, 37), 2: range(37, 62), 3: range(62, 69), 4: range(69, 70), 6: range(70, 71)}
"""The numbers of alice's items by feed. About two thirds of them were recorded."""
FIELDS = {
    "url": "url",
    "title": "title",
    "body": "body",
    "guid": "guid",
    "author": "author",
    "pubDate": "pub_date",
    "enclosureMime": "enclosure_mime",
    "enclosureLink": "enclosure_link",
    "mediaThumbnail": "media_thumbnail",
    "mediaDescription": "media_description",
    "rtl": "rtl",
}
VARYING = {
    "added": "when a feed was subscribed to",
    "appPassword": "is random",
    "apppassword": "is random",
    "contentHash": "was made of the body before it was cleaned",
    "fingerprint": "was made of the body before it was cleaned",
    "firstLoginTimestamp": "of a person",
    "lastLogin": "of a person",
    "lastLoginTimestamp": "of a person",
    "lastModified": "when an item was changed",
    "login": "holds a random token",
    "token": "is random",
    "used": "of a person's disk",
}
"""Keys of which the type alone is compared, and why. Beside them: the message of a 404, which quotes SQL or a page."""

ORIGIN = "http://127.0.0.1:8099"
"""Where the recorded server was."""

Interaction: TypeAlias = dict[str, Any]
Steps: TypeAlias = Mapping[int, Callable[[NewsSandbox, Sequence[TestResponse]], None]]


@functools.cache
def interactions(name: str) -> Sequence[Interaction]:
    """Read a cassette."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((RECORDINGS / f"{name}.yaml").read_bytes(), loader)["interactions"]  # noqa: S506 - a safe one


def body_of(interaction: Interaction) -> bytes:
    """Return the body of a recorded answer."""
    body = interaction["response"]["body"]["string"]
    return body if isinstance(body, bytes) else body.encode()


@functools.cache
def recorded_rows() -> Mapping[int, dict[str, Any]]:
    """Return alice's items as they were recorded, by number."""
    rows: dict[int, dict[str, Any]] = {}
    for name in NAMES:
        for interaction in interactions(name):
            data = read(body_of(interaction))
            for row in data.get("items", []) if isinstance(data, dict) else []:
                rows.setdefault(row["id"], row)
    return rows


def recorded_item(number: int, feed_id: int) -> Item:
    """Make one of alice's items as it was before the recording."""
    row = recorded_rows().get(number, {"title": "Not recorded", "url": None, "guid": f"not-recorded:{number}"})
    fields = {name: row[key] for key, name in FIELDS.items() if key in row}
    changed = min(row.get("lastModified", LAST_CHANGE), LAST_CHANGE if number in STARRED else LAST_CHANGE - 1)
    return Item(
        number,
        feed_id,
        unread=number not in READ,
        starred=number in STARRED,
        last_modified=changed * 1_000_000,
        **fields,
    )


def recorded_feeds() -> list[Feed]:
    """Return alice's feeds."""
    (interaction,) = interactions("feeds")
    return [
        Feed(
            row["id"],
            row["title"],
            row["url"],
            folder_id=row["folderId"],
            link=row["link"],
            favicon_link=row["faviconLink"],
            added=row["added"],
        )
        for row in json.loads(body_of(interaction))["feeds"]
    ]


def recorded_sandbox() -> NewsSandbox:
    """Make a server like the recorded one: alice has six feeds and seventy items, bob has nothing."""
    clock = FakeClock(BEGUN)
    sandbox = NewsSandbox(clock=clock, sleep=clock.sleep)
    sandbox.people["alice"] = attrs.evolve(sandbox.people["alice"], display_name="Alice Rig", email=None)
    sandbox.load(
        recorded_feeds(),
        [Folder(1, "Boats"), Folder(2, "Odds & ends ☃")],
        [recorded_item(number, feed_id) for feed_id, numbers in OF_FEEDS.items() for number in numbers],
    )
    sandbox.numbers.folder, sandbox.numbers.feed, sandbox.numbers.item = 6, 9, 1607
    rig = "http://127.0.0.1:8098"
    sandbox.fetchable |= {
        f"{rig}/atom.xml": Source(
            [recorded_item(number, 3) for number in OF_FEEDS[3]], "Atom Rig", favicon_link=f"{rig}/favicon.ico"
        ),
        f"{rig}/plainpage.html": "No parser can handle this stream",
    }
    return sandbox


def starred_before(sandbox: NewsSandbox, _answers: Sequence[TestResponse]) -> None:
    """Star five more items."""
    for number in (12, 17, 24, 31, 66):
        sandbox.account.flag(number, starred=True)


def grant(sandbox: NewsSandbox, answers: Sequence[TestResponse]) -> None:
    """Do what the person at the browser does."""
    page = answers[0].get_json()["login"]
    asked = Client(sandbox).post(page, data={"user": sandbox.user, "password": sandbox.password}).text
    state = asked.partition('name="state" value="')[2].partition('"')[0]
    Client(sandbox).post(f"{page}/grant", data={"state": state})


def switched(name: str) -> Callable[[NewsSandbox, Sequence[TestResponse]], None]:
    """Do what an administrator does."""
    return lambda sandbox, _answers: setattr(sandbox, name, True)


UNRECORDED: Mapping[str, Steps] = {
    "login_flow": {2: grant},
    "maintenance": {0: switched("maintenance")},
    "starred_paged": {0: starred_before},
    "unauthorized_password_login_forbidden": {0: switched("password_login_forbidden")},
}
"""What was done to the server before the interaction of this number, without being recorded."""


LOGINS: Mapping[str, Callable[[NewsSandbox, Sequence[TestResponse]], tuple[str, str]]] = {
    "app_password_over_ocs": lambda sandbox, answers: (
        "alice",
        [sandbox.password, sandbox.app_password][len(answers) // 2],
    ),
    "feed_create": lambda sandbox, _answers: ("bob", sandbox.people["bob"].password),
    "login_flow": lambda _sandbox, answers: ("alice", answers[2].get_json()["appPassword"]),
    "unauthorized_password_login_forbidden": lambda sandbox, answers: (
        "alice",
        sandbox.app_password if answers else sandbox.password,
    ),
    "unauthorized_wrong_password": lambda _sandbox, _answers: ("alice", "wrong"),
}
"""With which login the next request came, where it was not alice's app password; all were redacted."""


def login(name: str, sandbox: NewsSandbox, answers: Sequence[TestResponse]) -> Authorization:
    """Return the login of a cassette's next request."""
    if name in LOGINS:
        return basic(*LOGINS[name](sandbox, answers))
    return basic(sandbox.user, sandbox.app_password)


def play(sandbox: NewsSandbox, name: str, interaction: Interaction, answers: Sequence[TestResponse]) -> TestResponse:
    """Send a recorded request with this sandbox's secrets in the place of those that were redacted."""
    request = interaction["request"]
    headers = {key: values[0] for key, values in request["headers"].items()}
    token = answers[0].get_json()["poll"]["token"] if "token=REDACTED" in (request["body"] or "") else ""
    return Client(sandbox).open(
        request["uri"].removeprefix(ORIGIN),
        base_url=ORIGIN,
        method=request["method"],
        headers={key: headers[key] for key in ("Content-Type", "OCS-APIRequest", "User-Agent") if key in headers},
        data=(request["body"] or "").replace("REDACTED", token),
        auth=login(name, sandbox, answers) if "Authorization" in headers else None,
    )


def read(body: bytes) -> Any:
    """Return an answer's JSON; of a page only that it is one."""
    return "a page of HTML" if body.startswith(b"<!DOCTYPE html>") else json.loads(body) if body else ""


def comparable(body: bytes, status: int) -> Any:
    """Return an answer with the names of their types for the values that vary."""
    return _fixed(read(body), {*VARYING, "message"} if status == 404 else {*VARYING})


def _fixed(data: Any, varying: set[str]) -> Any:
    if isinstance(data, dict):
        return {key: type(value).__name__ if key in varying else _fixed(value, varying) for key, value in data.items()}
    return [_fixed(member, varying) for member in data] if isinstance(data, list) else data


def headers_of(headers: Any) -> dict[str, str]:
    """Return the telling ones, whose names and values have no case here."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: str(lower[name.lower()]).lower() for name in TELLING if name.lower() in lower}


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_request_is_answered_alike(name: str) -> None:
    """One request after the other, in the order of the recording."""
    sandbox = recorded_sandbox()
    answers: list[TestResponse] = []
    for number, interaction in enumerate(interactions(name)):
        UNRECORDED.get(name, {}).get(number, lambda _sandbox, _answers: None)(sandbox, answers)
        recorded = interaction["response"]
        status = recorded["status"]["code"]
        answer = play(sandbox, name, interaction, answers)
        answers.append(answer)

        assert status == answer.status_code
        assert headers_of({key: values[0] for key, values in recorded["headers"].items()}) == headers_of(answer.headers)
        assert comparable(body_of(interaction), status) == comparable(answer.get_data(), status)
    assert answers


def test_the_account_is_the_recorded_one() -> None:
    """Seventy items, sixty of them unread, three starred."""
    account = recorded_sandbox().account

    assert [len(account.feeds), len(account.folders), len(account.items)] == [6, 2, 70]
    assert sum(item.unread for item in account.items.values()) == 60
    assert {number for number, item in account.items.items() if item.starred} == STARRED


def test_every_recording_is_played() -> None:
    """There are forty-eight, and none is exempt."""
    assert len(NAMES) == 48
    assert {*UNRECORDED, *LOGINS} <= {*NAMES}
