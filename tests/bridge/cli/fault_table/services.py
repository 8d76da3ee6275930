"""Faults of logins, of addresses, and of the services themselves."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Response

from adapters.http import session
from adapters.http.serving import CUT, ERROR_BEFORE, HTML_BEFORE, UNAUTHORIZED, refuse, slow
from adapters.pinboard import calls
from tests.support.scene import CERTIFICATES, Fault, Scene

PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Welcome to this router.</body></html>"
TO_PINBOARD = "migrate export.csv pinboard"
FROM_POCKET = "migrate pocket mine.jsonl"
FROM_NEWS = "migrate nextcloud-news mine.jsonl"


def _answers(status: int, body: str = PAGE, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, headers=named, content_type="text/html; charset=utf-8")


def no_account(scene: Scene) -> None:
    scene.configure("", alone=True)
    scene.export(PINBOARD_TOKEN="")


def half_a_token(scene: Scene) -> None:
    scene.configure("", alone=True)
    scene.export(PINBOARD_TOKEN="0123456789ABCDEF0123")


def pinboard_without(route: str) -> None:
    del route


def elsewhere(status: int, **headers: str):  # type: ignore[no-untyped-def]
    return lambda scene: scene.pinboard_at(scene.serve(_answers(status, **headers)) + "/v1/")


def nobody_listens(scene: Scene) -> None:
    with scene.stack.pop_all() as _:
        pass
    scene.pinboard_at(f"http://127.0.0.1:{scene.free_port()}/v1/")


def too_slow(scene: Scene) -> None:
    scene.patch.setattr(calls, "READ_TIMEOUT", 0.05)
    scene.home.sandbox.faults.add(slow(0.3), times=9)


def untrusted(scene: Scene) -> None:
    scene.pinboard_at(scene.serve_tls(CERTIFICATES / "unknown.pem") + "/v1/")


def expired(scene: Scene) -> None:
    scene.patch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "expired.pem"))
    scene.pinboard_at(scene.serve_tls(CERTIFICATES / "expired.pem") + "/v1/")


def fails(fault, route: str | None = None, skip: int = 0):  # type: ignore[no-untyped-def]
    return lambda scene: scene.home.sandbox.faults.add(fault, route, times=1000, skip=skip)


def too_large(scene: Scene) -> None:
    scene.patch.setattr(session, "LONGEST_BODY", 100)


def news(**switches: object):  # type: ignore[no-untyped-def]
    def spoil(scene: Scene) -> None:
        for name, value in switches.items():
            setattr(scene.home.news, name, value)

    return spoil


def person_password(scene: Scene) -> None:
    scene.home.news.password_login_forbidden = True
    scene.export(NEXTCLOUD_APP_PASSWORD=scene.home.news.password)


def shut_out(scene: Scene) -> None:
    scene.home.news.faults.add(refuse(), times=1000)


def pocket(**switches: object):  # type: ignore[no-untyped-def]
    def spoil(scene: Scene) -> None:
        for name, value in switches.items():
            setattr(scene.home.pocket, name, value)

    return spoil


def legacy_wrong_key(scene: Scene) -> None:
    scene.home.pocket.dialect = "legacy"
    scene.export(POCKET_CONSUMER_KEY="1234-abcd")


def legacy_wrong_token(scene: Scene) -> None:
    scene.home.pocket.dialect = "legacy"
    scene.export(POCKET_ACCESS_TOKEN="1234-abcd")


FAULTS: Sequence[Fault] = [
    Fault("a token that is wrong", lambda s: s.export(PINBOARD_TOKEN="sandbox:0000"), TO_PINBOARD, 3, "?", "?"),
    Fault("a token that was never given", no_account, TO_PINBOARD, 3, "?", "?"),
    Fault("half a token", half_a_token, TO_PINBOARD, 3, "?", "?"),
    Fault("a variable that is not set", lambda s: s.export(PINBOARD_TOKEN=""), TO_PINBOARD, 3, "?", "?"),
    Fault(
        "a token that is revoked while a run writes",
        fails(UNAUTHORIZED, "posts/add", 1),
        TO_PINBOARD,
        3,
        "?",
        "?",
        True,
    ),
    Fault("an address where nothing is (404)", elsewhere(404), TO_PINBOARD, 3, "?", "?"),
    Fault("an address that is closed (403)", elsewhere(403), TO_PINBOARD, 3, "?", "?"),
    Fault("the address of another program", elsewhere(200), TO_PINBOARD, 3, "?", "?"),
    Fault(
        "an address that leads elsewhere",
        elsewhere(302, Location="https://login.example.org/"),
        TO_PINBOARD,
        75,
        "?",
        "?",
    ),
    Fault(
        "Pinboard's address given for Pocket", lambda s: s.export(POCKET_URL=s.pinboard_url), FROM_POCKET, 3, "?", "?"
    ),
    Fault(
        "Pocket's address given for Pinboard",
        lambda s: s.pinboard_at(s.home.environ["POCKET_URL"]),
        TO_PINBOARD,
        3,
        "?",
        "?",
    ),
    Fault(
        "Pocket's address given for Nextcloud",
        lambda s: s.export(NEXTCLOUD_URL=s.home.environ["POCKET_URL"]),
        FROM_NEWS,
        3,
        "?",
        "?",
    ),
    Fault(
        "an address that is not encrypted",
        lambda s: s.pinboard_at("http://bookmarks.example.org/v1/"),
        TO_PINBOARD,
        3,
        "?",
        "?",
    ),
    Fault("an address that is none", lambda s: s.pinboard_at("bookmarks.example.org"), TO_PINBOARD, 3, "?", "?"),
    Fault(
        "a host that nobody knows, or no network",
        lambda s: s.pinboard_at("https://bookmarks.invalid/v1/"),
        TO_PINBOARD,
        75,
        "?",
        "?",
    ),
    Fault("a server that is not running", nobody_listens, TO_PINBOARD, 75, "?", "?"),
    Fault("a server that does not answer", too_slow, TO_PINBOARD, 75, "?", "?"),
    Fault("a certificate of unknown origin", untrusted, TO_PINBOARD, 75, "?", "?"),
    Fault("a certificate that has expired, or a clock that is off", expired, TO_PINBOARD, 75, "?", "?"),
    Fault("a service that wants two days of peace", fails(refuse(172_800)), TO_PINBOARD, 75, "?", "?"),
    Fault("a service that refuses again and again", fails(refuse(1)), TO_PINBOARD, 75, "?", "?"),
    Fault("a service that fails (500)", fails(ERROR_BEFORE), TO_PINBOARD, 75, "?", "?"),
    Fault(
        "a service that begins to fail while a run writes",
        fails(ERROR_BEFORE, None, 6),
        TO_PINBOARD,
        75,
        "?",
        "?",
        True,
    ),
    Fault("a page instead of an answer, later on", fails(HTML_BEFORE, "posts/all"), TO_PINBOARD, 75, "?", "?"),
    Fault("an answer that is cut", fails(CUT), TO_PINBOARD, 75, "?", "?"),
    Fault("an answer that is too large", too_large, TO_PINBOARD, 75, "?", "?"),
    Fault(
        "an app password that was revoked", lambda s: s.export(NEXTCLOUD_APP_PASSWORD="gone"), FROM_NEWS, 3, "?", "?"
    ),
    Fault("a password where only app passwords are taken", person_password, FROM_NEWS, 3, "?", "?"),
    Fault("a News app that is disabled", news(app_enabled=False), FROM_NEWS, 3, "?", "?"),
    Fault("a News app that is too old", news(api_levels=("v1-1",)), FROM_NEWS, 3, "?", "?"),
    Fault("a Nextcloud in maintenance mode", news(maintenance=True), FROM_NEWS, 75, "?", "?"),
    Fault("a Nextcloud under a name it does not know", news(trusted=False), FROM_NEWS, 3, "?", "?"),
    Fault("a Nextcloud that shuts this address out", shut_out, FROM_NEWS, 75, "?", "?"),
    Fault("a Pocket key that is wrong", legacy_wrong_key, FROM_POCKET, 3, "?", "?"),
    Fault("a Pocket token that is wrong", legacy_wrong_token, FROM_POCKET, 3, "?", "?"),
    Fault(
        "a Pocket token that is wrong, at the late server",
        lambda s: s.export(POCKET_ACCESS_TOKEN="12-ab"),
        FROM_POCKET,
        3,
        "?",
        "?",
    ),
    Fault("a Pocket key without the permission", pocket(permissions=frozenset()), FROM_POCKET, 3, "?", "?"),
    Fault("a Pocket quota that is used up", pocket(limits=0), FROM_POCKET, 75, "?", "?"),
    Fault("a Pocket server that fails", pocket(upstream_down=True), FROM_POCKET, 75, "?", "?"),
    Fault("no token for Pocket", lambda s: s.export(POCKET_ACCESS_TOKEN=""), FROM_POCKET, 3, "?", "?"),
    Fault("no password for Nextcloud", lambda s: s.export(NEXTCLOUD_APP_PASSWORD=""), FROM_NEWS, 3, "?", "?"),
]
