"""Faults of the services themselves, and of the way to them: what may have passed tomorrow."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.http import session
from adapters.http.serving import CUT, ERROR_BEFORE, HTML_BEFORE, refuse, slow
from adapters.http.serving import Fault as Injected
from adapters.pinboard import calls
from tests.support.scene import CERTIFICATES, Fault, Scene, Spoil, answers, news, pocket

TO_PINBOARD = "migrate export.csv pinboard"
FROM_POCKET = "migrate pocket mine.jsonl"
FROM_NEWS = "migrate nextcloud-news mine.jsonl"


def _nobody_listens(scene: Scene) -> None:
    scene.pinboard_at(f"http://127.0.0.1:{scene.free_port()}/v1/")


def _too_slow(scene: Scene) -> None:
    scene.patch.setattr(calls, "READ_TIMEOUT", 0.05)
    scene.home.sandbox.faults.add(slow(0.3), times=9)


def _untrusted(scene: Scene) -> None:
    scene.pinboard_at(scene.serve_tls(CERTIFICATES / "unknown.pem") + "/v1/")


def _expired(scene: Scene) -> None:
    scene.patch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "expired.pem"))
    scene.pinboard_at(scene.serve_tls(CERTIFICATES / "expired.pem") + "/v1/")


def _fails(fault: Injected, route: str | None = None, skip: int = 0) -> Spoil:
    return lambda scene: scene.home.sandbox.faults.add(fault, route, times=1000, skip=skip)


def _too_large(scene: Scene) -> None:
    scene.patch.setattr(session, "LONGEST_BODY", 2**20)
    scene.pinboard_at(scene.serve(answers(200, "<posts>" + " " * 2**20 + "</posts>")) + "/v1/")


def _fails_midway(scene: Scene) -> None:
    scene.home.sandbox.faults.add(ERROR_BEFORE, "posts/add", times=1000, skip=1)
    scene.home.sandbox.faults.add(ERROR_BEFORE, "posts/get", times=1000)


def _no_quota(scene: Scene) -> None:
    scene.home.pocket.limits = 0


def _shut_out(scene: Scene) -> None:
    scene.home.news.faults.add(refuse(), times=1000)


FAULTS: Sequence[Fault] = [
    Fault(
        "a host that nobody knows, or no network",
        lambda scene: scene.pinboard_at("https://bookmarks.invalid/v1/"),
        TO_PINBOARD,
        75,
        "The Pinboard server at bookmarks.invalid failed at posts/update after 3 tries: nobody here knows its name.",
        "Check that this machine is online, and the account's url; then run the same command again.",
    ),
    Fault(
        "a server that is not running",
        _nobody_listens,
        TO_PINBOARD,
        75,
        "The Pinboard server at NOBODY failed at posts/update after 3 tries: it refuses the connection.",
        "Check that the server is running, and the account's url; then run the same command again.",
    ),
    Fault(
        "a server that does not answer",
        _too_slow,
        TO_PINBOARD,
        75,
        "The Pinboard server at PINBOARD failed at posts/update after 3 tries: it does not answer in time.",
        "Try again later.",
    ),
    Fault(
        "a certificate of unknown origin",
        _untrusted,
        TO_PINBOARD,
        75,
        "The Pinboard server at SOMEWHERE failed at posts/update after 3 tries: its certificate is not trusted.",
        "If this network has a login page, go there first; the certificate of a server of your own is "
        "made known by REQUESTS_CA_BUNDLE=FILE.",
    ),
    Fault(
        "a certificate that has expired, or a clock that is off",
        _expired,
        TO_PINBOARD,
        75,
        "The Pinboard server at SOMEWHERE failed at posts/update after 3 tries: its certificate has "
        "expired, by the clock of this machine.",
        "Check the date and time of this machine; if they are right, tell whoever runs the server.",
    ),
    Fault(
        "a service that wants two days of peace",
        _fails(refuse(172_800)),
        TO_PINBOARD,
        75,
        "The Pinboard server asks to be left alone until DAY TIME UTC.",
        "Run the command again after that.",
    ),
    Fault(
        "a service that refuses again and again",
        _fails(refuse(1)),
        TO_PINBOARD,
        75,
        "The Pinboard server at PINBOARD refused posts/update 6 times: there were too many requests.",
        "Try again later.",
    ),
    Fault(
        "a service that fails (500)",
        _fails(ERROR_BEFORE),
        TO_PINBOARD,
        75,
        "The Pinboard server at PINBOARD failed at posts/update after 3 tries: it answered with status 500.",
        "Try again later.",
    ),
    Fault(
        "a service that begins to fail while a run writes",
        _fails_midway,
        TO_PINBOARD,
        75,
        "The Pinboard server at PINBOARD failed at posts/get after 3 tries: it answered with status 500.",
        "Try again later.",
        True,
    ),
    Fault(
        "a page instead of an answer, later on",
        _fails(HTML_BEFORE, "posts/all"),
        TO_PINBOARD,
        75,
        "The answer of the Pinboard server at PINBOARD to posts/all is an HTML page.",
        "Try again later.",
    ),
    Fault(
        "an answer that is cut",
        _fails(CUT),
        TO_PINBOARD,
        75,
        "The Pinboard server at PINBOARD failed at posts/update after 3 tries: the answer was cut.",
        "Try again later.",
    ),
    Fault(
        "an answer that is too large",
        _too_large,
        TO_PINBOARD,
        75,
        "The Pinboard server at SOMEWHERE failed at posts/update after 3 tries: the answer is longer than 1 MB.",
        "Try again later.",
    ),
    Fault(
        "a Nextcloud in maintenance mode",
        news(maintenance=True),
        FROM_NEWS,
        75,
        "Nextcloud News at CLOUD refused index.php/apps/news/api: it is in maintenance mode.",
        "Try again later.",
    ),
    Fault(
        "a Nextcloud that shuts this address out",
        _shut_out,
        FROM_NEWS,
        75,
        "Nextcloud News at CLOUD refused index.php/apps/news/api: too many wrong logins came from this "
        "network address, which is shut out for half an hour.",
        "Try again later.",
    ),
    Fault(
        "a Pocket quota that is used up",
        _no_quota,
        FROM_POCKET,
        75,
        'The Pocket server at POCKET refused get 6 times: it says "Rate limit exceeded".',
        "Try again later.",
    ),
    Fault(
        "a Pocket server that fails",
        pocket(upstream_down=True),
        FROM_POCKET,
        75,
        'The Pocket server at POCKET failed at get after 3 tries: it says "upstream failure".',
        "Try again later.",
    ),
]
