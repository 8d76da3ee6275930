"""Calls a Pinboard sandbox without a socket: the client's side of the sandbox's own tests."""

from __future__ import annotations

from typing import Any

from lxml import etree
from werkzeug.datastructures import Authorization
from werkzeug.test import Client, TestResponse

from adapters.pinboard.sandbox import PinboardSandbox


class Caller:
    """Calls methods of the sandbox with its token; every call starts when the shared clock says."""

    def __init__(self, sandbox: PinboardSandbox) -> None:
        self.sandbox = sandbox
        self._client = Client(sandbox)

    def __call__(self, route: str, **args: str) -> TestResponse:
        return self.bare(route, auth_token=self.sandbox.token, **args)

    def bare(self, route: str, authorization: Authorization | None = None, **args: str) -> TestResponse:
        """Call without the token."""
        return self._client.get(f"/v1/{route}", query_string=args, auth=authorization)

    def json(self, route: str, **args: str) -> Any:
        """Call for JSON and read it."""
        return self(route, format="json", **args).get_json(force=True)

    def xml(self, route: str, **args: str) -> etree._Element:
        """Call for XML and read it as any parser would, newlines in attributes turned to blanks."""
        return etree.fromstring(self(route, **args).get_data())

    def code(self, route: str, **args: str) -> str:
        """Call posts/add or posts/delete and return the result string."""
        return str(self.xml(route, **args).get("code"))

    def hrefs(self, route: str, **args: str) -> list[str]:
        """Call a listing and return its hrefs in order."""
        return [str(post.get("href")) for post in self.xml(route, **args)]
