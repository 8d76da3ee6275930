"""Calls a Pocket sandbox without a socket: the client's side of the sandbox's own tests."""

from __future__ import annotations

from typing import Any

from werkzeug.test import Client, TestResponse

from adapters.pocket.sandbox import PocketSandbox


class Caller:
    """Calls the sandbox with its login, in JSON; every call starts when the shared clock says."""

    def __init__(self, sandbox: PocketSandbox) -> None:
        self.sandbox = sandbox
        self.browser = Client(sandbox)

    @property
    def login(self) -> dict[str, Any]:
        """The key and the token."""
        return {"consumer_key": self.sandbox.consumer_key, "access_token": self.sandbox.access_token}

    def __call__(self, route: str, **params: Any) -> TestResponse:
        return self.bare(route, **{**self.login, **params})

    def bare(self, route: str, **params: Any) -> TestResponse:
        """Call without the login."""
        return self.browser.post(f"/v3/{route}", json=params, headers={"X-Accept": "application/json"})

    def form(self, route: str, **params: str) -> TestResponse:
        """Call with a form, and without a word about the answer."""
        return self.browser.post(f"/v3/{route}", data={**self.login, **params})

    def query(self, route: str, **params: str) -> TestResponse:
        """Call with everything in the query."""
        return self.browser.get(f"/v3/{route}", query_string={**self.login, **params})

    def json(self, route: str, **params: Any) -> Any:
        """Call and read the answer."""
        return self(route, **params).get_json(force=True)

    def send(self, *actions: Any) -> Any:
        """Send actions and read the answer."""
        return self.json("send", actions=list(actions))

    def listed(self, **params: Any) -> list[str]:
        """List everything that is not told otherwise; return the item_ids in the order of the list."""
        rows = self.json("get", **{"state": "all", "sort": "oldest", **params})["list"]
        return sorted(rows, key=lambda item_id: rows[item_id].get("sort_id", -1))
