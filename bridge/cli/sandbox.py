"""sandbox: the services on this machine, for trying and testing."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from typing import Any

import click

from bridge.cli.app import App
from bridge.cli.workplace import Workplace, workplace
from bridge.model.adapter import Served
from bridge.model.errors import Stopped

NO_GAPS = {"default": 0.0, "posts/all": 0.0, "posts/recent": 0.0}
"""A sandbox for trying lets everybody call as often as they like."""

_HOURS = 3600.0


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen here (any free port).")
@click.pass_obj
def sandbox(app: App, *, port: int) -> int:
    """Serve Pinboard on this machine until Ctrl-C, with an empty account.

    \b
    bookmark-bridge sandbox --port 8800
    bookmark-bridge --json sandbox
    """
    with workplace(app) as place, ExitStack() as stack:
        served = serve(place, stack, port)
        app.result(_as_text(served), {"services": {name: _as_json(item) for name, item in served.items()}})
        try:
            while True:
                place.sleep(_HOURS)
        except Stopped:
            return 0


def serve(place: Workplace, stack: ExitStack, port: int = 0) -> dict[str, Served]:
    """Serve each service that has a sandbox, the first one at the port and the others behind it."""
    specs = [spec for spec in place.registry.services.values() if spec.sandbox is not None]
    served = {}
    for number, spec in enumerate(specs):
        if spec.sandbox is not None:
            served[spec.name] = stack.enter_context(spec.sandbox(port + number if port else 0, NO_GAPS))
    return served


def _as_json(served: Served) -> dict[str, Any]:
    return {"url": served.url, "environment": dict(served.environment)}


def _as_text(served: dict[str, Served]) -> str:
    lines = []
    for name, item in served.items():
        lines.append(f"{name} is at {item.url}. In another terminal:")
        lines += [f"  export {key}={shlex.quote(value)}" for key, value in item.environment.items()]
        lines.append(f"  bookmark-bridge migrate SOURCE {name}")
    return "\n".join([*lines, "Ctrl-C ends it; nothing is kept."])
