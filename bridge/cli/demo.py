"""demo: one migration of sample data, over real HTTP on this machine, with nothing of the person's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path

import attrs
import click

from bridge.cli.app import App
from bridge.cli.sandbox import serve
from bridge.cli.workplace import Workplace, workplace
from bridge.jobs import migrate
from bridge.report import text
from bridge.running.job import Ended
from bridge.running.run import run
from bridge.settings.jobs import Migrate

GAPS: Mapping[str, float] = {"default": 0.05, "posts/all": 0.1, "posts/recent": 0.05}
"""A real Pinboard takes one call every 3 s; the demo's takes twenty a second."""

EXPORT = "pocket-export"
"""The sample: what Pocket's export zip holds, and an API dump beside it."""


@click.command()
@click.pass_obj
def demo(app: App) -> int:
    """Migrate a sample Pocket export to a Pinboard sandbox, twice, and show the receipt.

    \b
    bookmark-bridge demo
    bookmark-bridge --json demo
    """
    with tempfile.TemporaryDirectory(prefix="bookmark-bridge-demo-") as folder:
        private = attrs.evolve(app, state_dir=Path(folder) / "state", config_path=_no_config(folder), gaps=GAPS)
        with workplace(private) as place, ExitStack() as stack:
            served = serve(place, stack)["pinboard"]
            app.say(f"A Pinboard sandbox listens at {served.url}; the sample is a Pocket export with all its oddities.")
            export = _export(Path(folder))
            place.visit(served.environment)
            first = _migrate(place, export)
            app.say("")
            # The demo's state is gone when it ends, so no later command could show the run.
            app.result(text.render(attrs.evolve(first.receipt, run=None)), first.receipt.as_json())
            if first.exit_code == 0:
                app.say("")
                app.say("Once more: a second run finds all of it there, and writes nothing.")
                app.say(text.balance(_migrate(place, export).receipt))
            return first.exit_code


def _migrate(place: Workplace, export: Path) -> Ended:
    options = Migrate(source=str(export), target="pinboard")
    source, target = place.party(options.source), place.party(options.target, target=True)
    return run(migrate.job(options, attrs.evolve(source, name=EXPORT), target), place.world)


def _export(folder: Path) -> Path:
    with as_file(files("bridge.cli") / "sample") as sample:
        return Path(shutil.copytree(sample, folder / EXPORT))


def _no_config(folder: str) -> Path:
    path = Path(folder) / "config.toml"
    path.touch(mode=0o600)
    return path
