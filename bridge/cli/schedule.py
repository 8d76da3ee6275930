"""schedule: the jobs of the config by a timer of this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import click

from bridge.cli.app import App
from bridge.cli.parameters import DURATION, JOB
from bridge.cli.timers import Cron, Installed, Systemd, Timers, executor
from bridge.cli.units import Task
from bridge.model.errors import ConfigurationError
from bridge.settings import accounts, config
from bridge.settings.config import Config
from bridge.settings.registry import Registry, find_adapters
from bridge.settings.values import at_home


@click.group()
def schedule() -> None:
    """Have the jobs of the config run by a timer of this machine: that of systemd, or cron.

    \b
    bookmark-bridge schedule install --every 15m
    bookmark-bridge schedule show
    bookmark-bridge schedule remove
    """


@schedule.command()
@click.argument("jobs", nargs=-1, metavar="[JOB]...", type=JOB)
@click.option(
    "--every", type=DURATION, default="15m", metavar="D", help="Run them every D (15m, 1h, 1d); 15m if not said."
)
@click.pass_obj
def install(app: App, /, *, jobs: tuple[str, ...], every: float) -> int:
    """Have the JOBs run every D, or all that the config has then.

    It replaces what was installed before. A systemd that answers gets a service and a timer for you, which run while
    you are logged in (always after `loginctl enable-linger`); else your crontab gets a line. Relative paths in the
    config start from the folder where this is typed.

    \b
    bookmark-bridge schedule install
    bookmark-bridge schedule install reading --every 1h
    """
    registry = find_adapters()
    content = config.load(app.config_path, registry=registry, environ=app.around.environ)
    unseen = _unseen(app, content, registry, jobs)
    task = Task(_words(app, content.path, jobs), Path.cwd(), every)
    systemd, cron = _systemd(app), _cron(app)
    chosen = _chosen(systemd, cron)
    chosen.install(task)
    (systemd if chosen is cron else cron).remove()
    if unseen:
        app.say(
            f"The timer will not see what your shell exports: {', '.join(unseen)}. Write what they hold into the "
            "config, and secrets as { file }, { command } or { keyring }."
        )
    return _shown(app, chosen.installed(), unseen=unseen)


@schedule.command()
@click.pass_obj
def show(app: App) -> int:
    """Show what is installed, and when it runs next.

    \b
    bookmark-bridge schedule show
    bookmark-bridge --json schedule show
    """
    _shown(app, _systemd(app).installed() or _cron(app).installed())
    return 0


@schedule.command()
@click.pass_obj
def remove(app: App) -> int:
    """Undo `install`. A round that is under way is not disturbed.

    \b
    bookmark-bridge schedule remove
    bookmark-bridge --json schedule remove
    """
    for timers in (_systemd(app), _cron(app)):
        timers.remove()
    return _shown(app, None)


def _chosen(systemd: Systemd, cron: Cron) -> Timers:
    """Return the kind of timers to use: the one that answers, systemd first; else a systemd that may do so later."""
    if systemd.usable():
        return systemd
    if cron.usable():
        return cron
    if systemd.exists():
        return systemd
    raise ConfigurationError(
        "This machine has neither systemd nor a crontab for you.",
        "Install cron, or keep `bookmark-bridge run --every 15m` going.",
    )


def _unseen(app: App, content: Config, registry: Registry, jobs: Sequence[str]) -> list[str]:
    """Return the environment variables that the jobs need. Raises ConfigurationError for a job that is not there."""
    environ = app.around.environ
    names = {place.name for name in content.chosen(jobs) for place in content.job(name).places}
    found = (accounts.variables(name, config=content, registry=registry, environ=environ) for name in names)
    return sorted({variable for variables in found for variable in variables})


def _words(app: App, config_path: Path, jobs: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs the jobs from anywhere, and whatever the environment says there."""
    script = Path(sys.executable).parent / "bookmark-bridge"
    program = [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "bridge"]
    places = ["--config", str(config_path.absolute()), "--state-dir", str(app.folder.absolute())]
    return (*program, *places, "run", *(["--", *jobs] if jobs else []))


def _systemd(app: App) -> Systemd:
    environ = app.around.environ
    config_home = Path(environ.get("XDG_CONFIG_HOME") or at_home("~/.config"))
    return Systemd(config_home / "systemd" / "user", executor(environ))


def _cron(app: App) -> Cron:
    return Cron(executor(app.around.environ))


def _shown(app: App, installed: Installed | None, **further: Any) -> int:
    """Write what is installed, and return whether something is left to be done."""
    if installed is None:
        app.result("No timer runs the jobs.", {"schedule": None})
        return 0
    lines = [f"{installed.kind} runs the jobs, as written in {' and '.join(installed.where)}:"]
    lines += [f"  {line}" for line in installed.lines]
    if installed.next is not None:
        lines.append(f"Next: {installed.next}.")
    if not installed.active:
        lines += ["It is not active yet. Type this:", *(f"  {command}" for command in installed.todo)]
    app.result("\n".join(lines), {"schedule": {**attrs.asdict(installed), **further}})
    return int(not installed.active)
