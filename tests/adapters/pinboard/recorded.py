"""The recorded exchanges of the servers that speak Pinboard's API, and a server that answers with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
import yaml

RECORDINGS = Path(__file__).parents[3] / "cassettes" / "pinboard_compatible"


@attrs.frozen
class Exchange:
    """A recorded request and the body of its answer."""

    route: str
    args: dict[str, str]
    status: int
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Tell whether it is an answer of the protocol that reports no failure."""
        return self.status == 200 and b"something went wrong" not in self.body


def names() -> list[str]:
    """List the cassettes."""
    return sorted(str(path.relative_to(RECORDINGS).with_suffix("")) for path in RECORDINGS.rglob("*.yaml"))


def exchanges(name: str) -> list[Exchange]:
    """Read a cassette."""
    cassette = yaml.safe_load((RECORDINGS / f"{name}.yaml").read_text("utf-8"))
    return [_exchange(interaction["request"], interaction["response"]) for interaction in cassette["interactions"]]


class Replayed:
    """A server that answers each route with its recorded answers in their order, the last one for ever.

    `asked` are the routes and arguments that came, without the login.
    """

    def __init__(self, *recorded: Exchange) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answers: dict[str, list[Exchange]] = {}
        for exchange in recorded:
            self._answers.setdefault(exchange.route, []).append(exchange)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        route = _route(environ["PATH_INFO"])
        args = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        self.asked.append((route, {name: value for name, value in args.items() if name != "auth_token"}))
        left = self._answers[route]
        answer = left.pop(0) if len(left) > 1 else left[0]
        start_response(f"{answer.status} Recorded", [("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def sent(self, route: str) -> Iterator[dict[str, str]]:
        """Yield the arguments of each call of a route."""
        return (args for called, args in self.asked if called == route)


def _exchange(request: dict[str, Any], response: dict[str, Any]) -> Exchange:
    """Read one interaction."""
    uri = urlsplit(request["uri"])
    args = dict(parse_qsl(uri.query))
    body = response["body"]["string"]
    return Exchange(
        route=_route(uri.path),
        args={name: value for name, value in args.items() if name not in {"auth_token", "format", "_format"}},
        status=response["status"]["code"],
        body=body if isinstance(body, bytes) else body.encode(),
    )


def _route(path: str) -> str:
    """Return the method, which is what follows the base path of the server."""
    return "/".join(path.split("/")[-2:])
