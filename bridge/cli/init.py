"""init."""

from __future__ import annotations

import click

from bridge.cli.app import App
from bridge.settings.config import default_path
from bridge.settings.example import write


@click.command()
@click.pass_obj
def init(app: App) -> int:
    """Write a config in which every account and every job is an example to fill in, with all keys explained.

    It goes where the config is looked for, or to the FILE of --config. What is there already is never overwritten.

    \b
    bookmark-bridge init
    bookmark-bridge --config work.toml init
    """
    path = default_path() if app.config_path is None else app.config_path
    write(path)
    following = app.command("login", "pinboard")
    lines = (
        f"The examples are in {path}, which you alone can read. All of them are commented out.",
        f"Next: {following}",
        f"Or take an account of the examples, and then: {app.command('check')}",
    )
    app.result("\n".join(lines), {"config": str(path), "next": following})
    return 0
