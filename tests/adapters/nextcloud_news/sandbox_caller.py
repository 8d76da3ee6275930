"""Calls a Nextcloud News sandbox without a socket: the client's side of the sandbox's own tests."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import Authorization
from werkzeug.test import Client, TestResponse

from adapters.nextcloud_news.sandbox import NewsSandbox

API = "/index.php/apps/news/api"


def basic(user: str, password: str) -> Authorization:
    """Make the header of HTTP Basic."""
    return Authorization("basic", {"username": user, "password": password})


class Caller:
    """Calls one version of the API as alice, with her app password."""

    def __init__(self, sandbox: NewsSandbox, level: str = "v1-3") -> None:
        self.sandbox = sandbox
        self.level = level
        self._login = basic(sandbox.user, sandbox.app_password)
        self._client = Client(sandbox)

    def log_in(self, user: str, password: str) -> None:
        """Call as somebody else from now on."""
        self._login = basic(user, password)

    def __call__(self, method: str, path: str, **how: Any) -> TestResponse:
        """Call a route of the API; `how` is what Werkzeug's client takes (json, data, query_string, auth)."""
        return self.at(method, f"{API}/{self.level}/{path}", **({"auth": self._login} | how))

    def at(self, method: str, path: str, **how: Any) -> TestResponse:
        """Call any path, as nobody unless `how` says who."""
        return self._client.open(path, method=method, **how)

    def flagged(self, path: str, **how: Any) -> TestResponse:
        """Call a route that v1-2 puts and v1-3 posts."""
        return self("PUT" if self.level == "v1-2" else "POST", path, **how)

    def items(self, path: str = "items", **args: object) -> list[dict[str, Any]]:
        """List items."""
        return self("GET", path, query_string=args).get_json()["items"]

    def ids(self, path: str = "items", **args: object) -> list[int]:
        """List the numbers of items."""
        return [item["id"] for item in self.items(path, **args)]

    def ids_of(self, answer: TestResponse) -> list[int]:
        """Return the numbers of the items that an answer lists."""
        return [item["id"] for item in answer.get_json()["items"]]

    def feeds(self) -> dict[str, Any]:
        """List feeds."""
        return self("GET", "feeds").get_json()
