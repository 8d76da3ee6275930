"""accounts and check."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.app import App
from bridge.cli.checked import NOTHING_TOLD, described, marked, sentences
from bridge.cli.faults import as_json, gravest
from bridge.cli.parameters import PLACE
from bridge.cli.workplace import Workplace, workplace
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, Stopped
from bridge.settings.accounts import environment_account
from bridge.settings.config import Account


@click.command()
@click.pass_obj
def accounts(app: App) -> int:
    """List the accounts of the config and of the environment.

    \b
    bookmark-bridge accounts
    bookmark-bridge --json accounts
    """
    with workplace(app) as place:
        found = _known(place)
        listed = [{"name": item.name, "service": item.spec.name, "url": _url(item)} for item in found]
    lines = [f"{item['name']}: {item['service']} at {item['url']}" for item in listed]
    app.result("\n".join(lines) or " ".join(_none(place)), {"accounts": listed})
    return 0


@click.command()
@click.argument("account", required=False, type=PLACE)
@click.pass_obj
def check(app: App, *, account: str | None) -> int:
    """Make one call to ACCOUNT, or to each that is known, and say what it may do.

    Also whether this machine's clock is right, and how many calls are left, where the service says so. ACCOUNT may be a
    file.

    \b
    bookmark-bridge check
    bookmark-bridge check pinboard
    """
    with workplace(app) as place:
        chosen = [place.account(account)] if account is not None else _known(place)
        if not chosen:
            raise ConfigurationError(*_none(place))
        results = [_checked(place, item) for item in chosen]
    app.result(
        "\n".join(sentences(result, marked=marked(app.around.environ)) for result in results), {"accounts": results}
    )
    codes = {result["error"]["exit"] for result in results if "error" in result}
    return gravest(codes)


def _known(place: Workplace) -> list[Account]:
    """Return the accounts of the config, then the services that the environment describes."""
    found = list(place.config.accounts.values())
    for name, spec in place.registry.services.items():
        if name in place.config.accounts:
            continue
        try:
            found.append(environment_account(spec, place.environ, place.config))
        except CredentialsError:
            continue
    return found


def _checked(place: Workplace, account: Account) -> dict[str, Any]:
    result: dict[str, Any] = {"name": account.name, "service": account.spec.name, "url": _url(account)}
    try:
        adapter = place.open(account)
        told = adapter.check()
    except Stopped:
        raise
    except BridgeError as error:
        return {**result, "ok": False, **as_json(error), **NOTHING_TOLD}
    return {**result, "ok": True, **described(told, adapter.capabilities)}


def _url(account: Account) -> str:
    return str(getattr(account.config, "url", None) or getattr(account.config, "path", ""))


def _none(place: Workplace) -> tuple[str, str]:
    path = place.config.path
    login = f"Run `{place.app.command('login', 'pinboard')}` (or pocket, or nextcloud-news)"
    if path.exists():
        return "No account yet.", f"{login}, or write one in {path}."
    return "No account yet.", f"{login}, or `{place.app.command('init')}` for a config with every key explained."
