"""Faults of logins and of addresses: what waiting does not mend."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.http.serving import UNAUTHORIZED
from adapters.http.serving import Fault as Injected
from tests.support.scene import Fault, Scene, Spoil, answers, news, pocket

TO_PINBOARD = "migrate export.csv pinboard"
FROM_POCKET = "migrate pocket mine.jsonl"
FROM_NEWS = "migrate nextcloud-news mine.jsonl"


def _no_account(scene: Scene) -> None:
    scene.configure("", alone=True)
    scene.export(PINBOARD_TOKEN="")


def _half_a_token(scene: Scene) -> None:
    scene.configure("", alone=True)
    scene.export(PINBOARD_TOKEN="0123456789ABCDEF0123")


def _elsewhere(status: int, **headers: str) -> Spoil:
    return lambda scene: scene.pinboard_at(scene.serve(answers(status, **headers)) + "/v1/")


def _fails(fault: Injected, route: str | None = None, skip: int = 0) -> Spoil:
    return lambda scene: scene.home.sandbox.faults.add(fault, route, times=1000, skip=skip)


def _person_password(scene: Scene) -> None:
    scene.home.news.password_login_forbidden = True
    scene.export(NEXTCLOUD_APP_PASSWORD=scene.home.news.password)


def _legacy_wrong_key(scene: Scene) -> None:
    scene.home.pocket.dialect = "legacy"
    scene.export(POCKET_CONSUMER_KEY="1234-abcd")


def _legacy_wrong_token(scene: Scene) -> None:
    scene.home.pocket.dialect = "legacy"
    scene.export(POCKET_ACCESS_TOKEN="1234-abcd")


FAULTS: Sequence[Fault] = [
    Fault(
        "a token that is wrong",
        lambda scene: scene.export(PINBOARD_TOKEN="sandbox:0000"),
        TO_PINBOARD,
        3,
        "The Pinboard server at PINBOARD does not accept the login of pinboard.",
        "Run `bookmark-bridge login pinboard`, or mend the account's token or its password.",
    ),
    Fault(
        "a token that was never given",
        _no_account,
        TO_PINBOARD,
        3,
        "pinboard is not an account of the config, and the environment holds no login for it.",
        "Run `bookmark-bridge login pinboard`, or set PINBOARD_URL, PINBOARD_TOKEN, PINBOARD_USER, "
        "PINBOARD_PASSWORD (those of your login), or write an account [accounts.pinboard] in "
        "HOME/config.toml.",
    ),
    Fault(
        "half a token",
        _half_a_token,
        TO_PINBOARD,
        3,
        "The Pinboard token is not whole: it begins with the user's name and a colon.",
        "Copy all of it from https://pinboard.in/settings/password.",
    ),
    Fault(
        "a variable that is not set",
        lambda scene: scene.export(PINBOARD_TOKEN=""),
        TO_PINBOARD,
        3,
        "The environment variable PINBOARD_TOKEN, which accounts.pinboard.token names, is not set.",
        "Export it before you call the program, or run `bookmark-bridge login pinboard`.",
    ),
    Fault(
        "a token that is revoked while a run writes",
        _fails(UNAUTHORIZED, "posts/add", 1),
        TO_PINBOARD,
        3,
        "The Pinboard server at PINBOARD does not accept the login of pinboard.",
        "Run `bookmark-bridge login pinboard`, or mend the account's token or its password.",
        True,
    ),
    Fault(
        "an address where nothing is (404)",
        _elsewhere(404),
        TO_PINBOARD,
        3,
        "The Pinboard server at SOMEWHERE has no posts/update, so http://SOMEWHERE/v1/ seems to be the wrong address.",
        "Correct the account's url: the names of the methods, such as posts/update, follow it. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "an address that is closed (403)",
        _elsewhere(403),
        TO_PINBOARD,
        3,
        "The Pinboard server at SOMEWHERE answered posts/update with status 403 (forbidden), so "
        "http://SOMEWHERE/v1/ seems to be the wrong address.",
        "Correct the account's url: the names of the methods, such as posts/update, follow it. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "the address of another program",
        _elsewhere(200),
        TO_PINBOARD,
        3,
        "The answer of the Pinboard server at SOMEWHERE to posts/update is an HTML page, so "
        "http://SOMEWHERE/v1/ seems to be the wrong address.",
        "Correct the account's url: the names of the methods, such as posts/update, follow it. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "an address that leads elsewhere",
        _elsewhere(302, Location="https://login.example.org/"),
        TO_PINBOARD,
        3,
        "The Pinboard server at SOMEWHERE sends posts/update on to login.example.org, where the login "
        "must not follow, so http://SOMEWHERE/v1/ seems to be the wrong address.",
        "Correct the account's url: the names of the methods, such as posts/update, follow it. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "Pinboard's address given for Pocket",
        lambda scene: scene.export(POCKET_URL=scene.pinboard_url),
        FROM_POCKET,
        3,
        "The Pocket server at PINBOARD has no get, so http://PINBOARD/v1/ seems to be the wrong address.",
        "Correct the account's url: the names of the calls, such as get, follow it. If it is right, the "
        "server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "Pocket's address given for Pinboard",
        lambda scene: scene.pinboard_at(scene.home.environ["POCKET_URL"]),
        TO_PINBOARD,
        3,
        "The Pinboard server at POCKET has no posts/update, so http://POCKET/v3/ seems to be the wrong address.",
        "Correct the account's url: the names of the methods, such as posts/update, follow it. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "Pocket's address given for Nextcloud",
        lambda scene: scene.export(NEXTCLOUD_URL=scene.home.environ["POCKET_URL"]),
        FROM_NEWS,
        3,
        "There is no Nextcloud News at POCKET, or not this version of its API, so http://POCKET/v3/ seems"
        " to be the wrong address.",
        "Correct the account's url to the address at which Nextcloud shows its page of login. If it is "
        "right, the server is in trouble, or this network has a login page: try again later.",
    ),
    Fault(
        "an address that is not encrypted",
        lambda scene: scene.pinboard_at("http://bookmarks.example.org/v1/"),
        TO_PINBOARD,
        3,
        "http://bookmarks.example.org/v1/ is not encrypted, so anyone on the way could read the login.",
        "Use https, or set insecure_http = true if you trust that network.",
    ),
    Fault(
        "an address that is none",
        lambda scene: scene.pinboard_at("bookmarks.example.org"),
        TO_PINBOARD,
        3,
        "The config file HOME/config.toml has a fault:\n"
        "  line 3: accounts.pinboard.url: The account's url is not the base address of a server. It looks like "
        "https://host/path/, without login, query and fragment: a login has keys of its own.",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "an app password that was revoked",
        lambda scene: scene.export(NEXTCLOUD_APP_PASSWORD="gone"),
        FROM_NEWS,
        3,
        "Nextcloud News at CLOUD does not accept the login of nextcloud-news: the user or the password is"
        " wrong, or the app password was revoked.",
        "Run `bookmark-bridge login nextcloud-news`, or make an app password in Nextcloud (Settings, "
        "Security) and use it with the user's name as shown there: with single sign-on and with a second "
        "factor nothing else works.",
    ),
    Fault(
        "a password where only app passwords are taken",
        _person_password,
        FROM_NEWS,
        3,
        "Nextcloud News at CLOUD does not accept the login of nextcloud-news: it takes app passwords only.",
        "Run `bookmark-bridge login nextcloud-news`, or make an app password in Nextcloud (Settings, "
        "Security) and use it with the user's name as shown there: with single sign-on and with a second "
        "factor nothing else works.",
    ),
    Fault(
        "a News app that is disabled",
        news(app_enabled=False),
        FROM_NEWS,
        3,
        "The Nextcloud at CLOUD answers, but not its News app: that is missing or disabled.",
        "Install or enable the app there (Apps, News), or ask the administrator for it.",
    ),
    Fault(
        "a News app that is too old",
        news(api_levels=("v1-1",)),
        FROM_NEWS,
        3,
        "The News app at CLOUD speaks neither v1-3 nor v1-2.",
        "Update the app, or this program.",
    ),
    Fault(
        "a Nextcloud under a name it does not know",
        news(trusted=False),
        FROM_NEWS,
        3,
        "The Nextcloud server does not answer under the name CLOUD.",
        "Correct the account's url, or have the name added to trusted_domains in the server's config.php.",
    ),
    Fault(
        "a Pocket key that is wrong",
        _legacy_wrong_key,
        FROM_POCKET,
        3,
        "The Pocket server at POCKET forbids get: the consumer key is not valid (code 152).",
        "Run `bookmark-bridge login pocket`, or mend the account's consumer key and access token.",
    ),
    Fault(
        "a Pocket token that is wrong",
        _legacy_wrong_token,
        FROM_POCKET,
        3,
        "The Pocket server at POCKET does not accept the login of pocket: the access token is not valid.",
        "Run `bookmark-bridge login pocket`, or mend the account's consumer key and access token.",
    ),
    Fault(
        "a Pocket token that is wrong, at the late server",
        lambda scene: scene.export(POCKET_ACCESS_TOKEN="12-ab"),
        FROM_POCKET,
        3,
        'The Pocket server at POCKET does not accept the login of pocket: it says "Unauthorized".',
        "Run `bookmark-bridge login pocket`, or mend the account's consumer key and access token.",
    ),
    Fault(
        "a Pocket key without the permission",
        pocket(permissions=frozenset()),
        FROM_POCKET,
        3,
        "The Pocket server at POCKET forbids get: the consumer key is not valid, or lacks the permission "
        '"Retrieve", or the access token is not where the server looks for it.',
        "See the permissions of the key (https://getpocket.com/developer/apps/); at a compatible server, "
        'try token_in = "query".',
    ),
    Fault(
        "no token for Pocket",
        lambda scene: scene.export(POCKET_ACCESS_TOKEN=""),
        FROM_POCKET,
        3,
        "There is no access token for Pocket.",
        "Run `bookmark-bridge login pocket`, or name its access_token in the config; an account without a "
        "config has it in POCKET_ACCESS_TOKEN.",
    ),
    Fault(
        "no password for Nextcloud",
        lambda scene: scene.export(NEXTCLOUD_APP_PASSWORD=""),
        FROM_NEWS,
        3,
        "nextcloud-news is not an account of the config, and the environment holds no login for it.",
        "Run `bookmark-bridge login nextcloud-news`, or set NEXTCLOUD_URL, NEXTCLOUD_USER, "
        "NEXTCLOUD_APP_PASSWORD (those of your login), or write an account [accounts.nextcloud-news] in "
        "HOME/config.toml.",
    ),
]
