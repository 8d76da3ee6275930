"""sandbox: the services on this machine, for trying and testing."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from typing import Any

import attrs
import click
import tomlkit

from bridge.cli.app import App
from bridge.cli.workplace import Workplace, workplace
from bridge.model.adapter import Served, Spec
from bridge.model.errors import Stopped
from bridge.settings.values import secret_keys

_HOURS = 3600.0


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen here and behind it.")
@click.option("--empty", is_flag=True, help="Begin with empty accounts instead of sample data.")
@click.pass_obj
def sandbox(app: App, *, port: int, empty: bool) -> int:
    """Serve the services on this machine until Ctrl-C, with sample data, and print a config that reaches them.

    \b
    bookmark-bridge sandbox --port 8800
    bookmark-bridge --json sandbox --empty
    """
    with workplace(app) as place, ExitStack() as stack:
        served = serve(place, stack, port)
        if not empty:
            for item in served.values():
                item.fill()
        config = config_of(place, served)
        services = {name: _as_json(item) for name, item in served.items()}
        app.result(_as_text(served, config), {"services": services, "config": config})
        try:
            while True:
                place.sleep(_HOURS)
        except Stopped:
            return 0


def serve(place: Workplace, stack: ExitStack, port: int = 0) -> dict[str, Served]:
    """Serve each service that has a sandbox, the first one at the port and the others behind it.

    All are empty, and let everybody call as often as they like.
    """
    specs = [spec for spec in place.registry.services.values() if spec.sandbox is not None]
    served = {}
    for number, spec in enumerate(specs):
        if spec.sandbox is not None:
            served[spec.name] = stack.enter_context(spec.sandbox(port + number if port else 0, None))
    return served


def config_of(place: Workplace, served: dict[str, Served]) -> str:
    """Return the accounts of a config file; secrets come from the environment."""
    accounts = tomlkit.table(is_super_table=True)
    for name, item in served.items():
        accounts[name] = _account(place.registry.services[name], item)
    return tomlkit.dumps({"accounts": accounts}).strip()


def _account(spec: Spec, served: Served) -> tomlkit.items.Table:
    table = tomlkit.table()
    table["service"] = spec.name
    secrets = secret_keys(spec.config_class)
    for field in attrs.fields(spec.config_class):
        variable = field.metadata.get("env")
        if variable not in served.environment:
            continue
        if field.name in secrets:
            table[field.name] = tomlkit.inline_table().append("env", variable)
        else:
            table[field.name] = served.environment[variable]
    if served.gaps:
        table["gaps"] = tomlkit.inline_table()
        table["gaps"].update({route: f"{gap * 1000:g}ms" for route, gap in served.gaps.items()})
    return table


def _as_json(served: Served) -> dict[str, Any]:
    return {"url": served.url, "environment": dict(served.environment)}


def _as_text(served: dict[str, Served], config: str) -> str:
    lines = [f"{name} is at {item.url}" for name, item in served.items()]
    lines += ["", "In another terminal, set this:", ""]
    lines += [
        f"export {key}={shlex.quote(value)}" for item in served.values() for key, value in item.environment.items()
    ]
    lines += ["", "and use this config file (bookmark-bridge --config FILE check):", "", *config.split("\n"), ""]
    return "\n".join([*lines, "Ctrl-C ends it; nothing is kept."])
