"""login and logout."""

from __future__ import annotations

import sys
import webbrowser
from typing import Any

import attrs
import click

from bridge.cli.app import App
from bridge.cli.parameters import ACCOUNT
from bridge.cli.workplace import Workplace, workplace
from bridge.model.adapter import Spec
from bridge.model.errors import ConfigurationError, CredentialsError, UsageError
from bridge.model.secret import Secret
from bridge.report.visible import visible
from bridge.settings.values import secret_keys
from bridge.settings.written import check_writable, drop_grant, known_keys, save_grant

_TRIES = 3
"""How often the service of an account is asked for."""


class Terminal:
    """The person at the terminal, as an adapter that needs credentials meets them."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def ask(self, question: str, default: str = "") -> str:
        """Ask for a line of text."""
        with self._place.asking():
            return str(click.prompt(question, default=default, show_default=bool(default), err=True)).strip()

    def ask_secret(self, question: str) -> Secret:
        """Ask for a secret without showing it."""
        with self._place.asking():
            return Secret(
                str(click.prompt(question, default="", hide_input=True, show_default=False, err=True)).strip()
            )

    def say(self, sentence: str) -> None:
        """Tell one sentence."""
        self._place.world.progress.say(sentence)

    def visit(self, url: str) -> None:
        """Show an address, and open it where there is a screen to open it on."""
        self.say("Open this address in a browser:")
        self.say(f"  {url}")
        if sys.platform == "darwin" or any(self._place.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
            webbrowser.open(url)


@click.command()
@click.argument("account", type=ACCOUNT)
@click.option("--service", metavar="NAME", help="The service of an account that is new.")
@click.option("--url", metavar="URL", help="The address of a server of your own.")
@click.pass_obj
def login(app: App, *, account: str, service: str | None, url: str | None) -> int:
    """Get the credentials of ACCOUNT, prove them by a call, and keep them.

    ACCOUNT is a name of the config, a service, or a new name. Each answer is tried at once, and a wrong one is asked
    again. Secrets go to the keyring of the system, or where there is none to a file that only you may read.

    \b
    bookmark-bridge login pinboard
    bookmark-bridge login news --service nextcloud-news --url https://cloud.example.org/
    """
    if not app.interactive:
        raise UsageError("login asks questions, so it needs a terminal.", "Run it in one, without --json and -q.")
    if not account.strip():
        raise UsageError("An account needs a name.", "Name the service, or choose a name of your own.")
    with workplace(app) as place:
        place.begin()
        check_writable(place.config.path)  # a login that cannot be kept is not begun
        with place.trying():
            spec, known = _start(place, account, service)
        if spec.login is None:
            raise ConfigurationError(
                f"{spec.name} has no login to get.", f"Write the account into {place.config.path}."
            )
        address = {} if url is None else {"url": url}
        with place.trying():
            grant = spec.login({**known, **address}, Terminal(place), place.context_of(account, spec))
        grant = attrs.evolve(grant, settings={**address, **grant.settings})
        kept = save_grant(place.config.path, account, spec.name, grant)
    lines = (
        f"{account}: logged in at {spec.name} as {visible(grant.user)}. The login is kept {kept}.",
        f"Next: {app.command('check', account)}",
    )
    app.result("\n".join(lines), {"account": account, "service": spec.name, "user": grant.user, "kept": kept})
    return 0


@click.command()
@click.argument("account", type=ACCOUNT)
@click.pass_obj
def logout(app: App, *, account: str) -> int:
    """Give the credentials of ACCOUNT back to the service where it takes them back, and forget them.

    \b
    bookmark-bridge logout pinboard
    bookmark-bridge --json logout news
    """
    with workplace(app) as place:
        found = place.account(account)
        if found.spec.logout is None:
            raise ConfigurationError(f"{found.spec.name} has no login to give back.")
        secrets = secret_keys(found.spec.config_class)
        if all(getattr(found.config, key) is None for key in secrets):
            told = f"{account} has no login here, so there was none to forget."
            app.result(told, {"account": account, "told": told, "left": []})
            return 0
        try:
            told = found.spec.logout(found.config, place.context_of(account, found.spec))
        except CredentialsError as error:  # what the service does not take any more is given back already
            told = error.message
        elsewhere: tuple[str, ...] = ("environment",)
        if account in place.config.accounts:
            elsewhere = drop_grant(place.config.path, account, secrets)
    lines = [told, f"The login of {account} is forgotten here."]
    if elsewhere:
        lines[-1] = f"What {account} has in {' and '.join(elsewhere)} was put there by you, and stays."
    app.result("\n".join(lines), {"account": account, "told": told, "left": list(elsewhere)})
    return 0


def _start(place: Workplace, account: str, service: str | None) -> tuple[Spec, dict[str, Any]]:
    """Return the service of an account, and what the config knows of it."""
    services = place.registry.services
    if account in place.config.accounts:
        known = place.config.accounts[account]
        if service not in (None, known.spec.name):
            raise UsageError(f"{account} is an account at {known.spec.name}.", "Leave --service out, or name another.")
        return known.spec, known_keys(known.config)
    name = service or (account if account in services else "")
    for _ in range(_TRIES if not name else 0):
        name = Terminal(place).ask(f"The service of {account} ({', '.join(services)})")
        if name in services:
            break
    if name not in services:
        raise UsageError(f"There is no service {name}.", f"Known are {', '.join(services)}.")
    return services[name], {}
