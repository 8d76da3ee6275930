"""demo: the three jobs on sample data, over real HTTP on this machine, with nothing of the person's."""

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
from bridge.cli.sandbox import config_of, serve
from bridge.cli.workplace import Workplace, workplace
from bridge.jobs import kinds
from bridge.report import plain, sentences
from bridge.running.job import Ended
from bridge.running.run import run
from bridge.settings.jobs import Forward, Job, Migrate, Mirror

EXPORT = "pocket-export"
"""The sample: what Pocket's export zip holds, and an API dump beside it."""

SENTENCES: Mapping[str, str] = {
    "migrate": "1. A Pocket export, with all the oddities that exports have, goes to Pinboard.",
    "forward": "2. What is starred in Nextcloud News goes to Pocket, to be read later.",
    "mirror": "3. Pinboard and Pocket are brought in step: what only one of them has goes to the other.",
}
"""What is said before each job, by its kind."""


@click.command()
@click.pass_obj
def demo(app: App) -> int:
    """Migrate, forward and mirror sample data between sandboxes of the three services, and show the receipts.

    \b
    bookmark-bridge demo
    bookmark-bridge --json demo
    """
    with tempfile.TemporaryDirectory(prefix="bookmark-bridge-demo-") as folder:
        config = Path(folder) / "config.toml"
        private = attrs.evolve(app, state_dir=Path(folder) / "state", config_path=config)
        with workplace(private) as place, ExitStack() as stack:
            _furnish(place, stack, config)
            jobs: Mapping[str, Job] = {
                "migrate": Migrate(source=str(_export(Path(folder))), target="pinboard"),
                "forward": Forward(source="nextcloud-news", target="pocket"),
                "mirror": Mirror(left="pinboard", right="pocket"),
            }
            ended = _performed(place, jobs)
            if app.as_json:
                app.result("", {"demo": {kind: result.receipt.as_json() for kind, result in ended.items()}})
            return next((result.exit_code for result in ended.values() if result.exit_code), 0)


def _furnish(place: Workplace, stack: ExitStack, config: Path) -> None:
    """Serve the three services, Pinboard without any bookmark, and write a config that knows nothing else."""
    served = serve(place, stack)
    for name in ("nextcloud-news", "pocket"):
        served[name].fill()
    place.visit({key: value for item in served.values() for key, value in item.environment.items()})
    config.touch(mode=0o600)
    config.write_text(config_of(place, served), encoding="utf-8")
    places = ", ".join(f"{name} at {item.url}" for name, item in served.items())
    place.app.say(f"Sandboxes listen on this machine: {places}.")


def _performed(place: Workplace, jobs: Mapping[str, Job]) -> dict[str, Ended]:
    """Run the jobs and show their receipts, until one does not end well; then run all of them once more."""
    app = place.app
    results: dict[str, Ended] = {}
    for kind, options in jobs.items():
        app.say("")
        app.say(SENTENCES[kind])
        ended = results[kind] = _run(place, options)
        app.say("")
        if not app.as_json:
            # The demo's state is gone when it ends, so no later command could show the run.
            app.result(plain.render(attrs.evolve(ended.receipt, run=None)), {})
        if ended.exit_code:
            return results
    app.say("")
    app.say("4. Once more: each finds its work done, and writes nothing.")
    for kind, options in jobs.items():
        app.say(f"{kind}: {sentences.balance(_run(place, options).receipt)}")
    return results


def _run(place: Workplace, options: Job) -> Ended:
    """Run a job between its places. A file goes by its name: its folder is gone when the demo ends."""
    first, second = (attrs.evolve(party, name=Path(party.name).name) for party in place.parties(options))
    return run(kinds.make(options, first, second), place.world)


def _export(folder: Path) -> Path:
    with as_file(files("bridge.cli") / "sample") as sample:
        return Path(shutil.copytree(sample, folder / EXPORT))
