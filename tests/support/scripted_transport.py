"""A network that plays a script: what a session or a client makes of answers and of their absence."""

from __future__ import annotations

import io
from typing import Any, TypeAlias

import requests
from requests.adapters import BaseAdapter

Scripted: TypeAlias = tuple[int, dict[str, str], bytes] | Exception


class ScriptedTransport(BaseAdapter):
    """Plays a script of answers and errors; the last one for ever. `sent` are the requests as they went out."""

    def __init__(self, *script: Scripted) -> None:
        super().__init__()
        self.script = list(script)
        self.sent: list[requests.PreparedRequest] = []
        self.settings: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        self.sent.append(request)
        self.settings.append(settings)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        response = requests.Response()
        response.status_code, headers, body = step
        response.headers.update(headers)
        response.raw = io.BytesIO(body)
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Have nothing to close."""


def ok(body: bytes = b"fine") -> Scripted:
    """Answer 200."""
    return 200, {"Content-Type": "text/plain"}, body


def status(code: int, body: bytes = b"", **headers: str) -> Scripted:
    """Answer with a status, and headers whose dashes are written as underscores."""
    return code, {name.replace("_", "-"): value for name, value in headers.items()}, body
