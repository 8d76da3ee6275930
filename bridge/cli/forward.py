"""forward."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs
import click

from bridge.cli.app import App
from bridge.cli.parameters import MOMENT, PLACE, place_or_job
from bridge.cli.results import check_page, finish, show_options
from bridge.cli.workplace import Workplace, workplace
from bridge.jobs import forward as job
from bridge.running.run import run
from bridge.settings.jobs import Forward
from bridge.settings.values import Moment


@click.command()
@click.argument("source", type=place_or_job("forward"))
@click.argument("target", required=False, type=PLACE)
@click.option(
    "--after",
    type=click.Choice(["keep", "unstar", "mark-read"]),
    help="What to do with an item at SOURCE once it is saved (keep).",
)
@click.option("--since", type=MOMENT, metavar="D", help="Only items of this day or later.")
@click.option("--dry-run", is_flag=True, help="Make the plan and show it; write nothing to either side.")
@show_options
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def forward(
    app: App,
    /,
    *,
    source: str,
    target: str | None,
    after: Literal["keep", "unstar", "mark-read"] | None,
    since: Moment | None,
    dry_run: bool,
    everything: bool,
    report: Path | None,
    yes: bool,
) -> int:
    """Send what is starred at SOURCE to TARGET, each once, or run the forward JOB of the config.

    The names of an item's feed and folder become tags. What TARGET has already is merged; what was sent once is never
    sent again, whatever you do to it at TARGET.

    \b
    bookmark-bridge forward nextcloud-news pocket --dry-run
    bookmark-bridge forward nextcloud-news pinboard --after unstar --since 2026-01-01
    """
    check_page(report)
    with workplace(app, yes=yes) as place:
        options = _options(place, source, target)
        if after is not None:
            options = attrs.evolve(options, after=after)
        if since is not None:
            options = attrs.evolve(options, select=attrs.evolve(options.select, since=since))
        todo = job.job(options, *place.parties(options), dry_run=dry_run)
        return finish(app, run(todo, place.world), place.world.journal, everything=everything, report=report)


def _options(place: Workplace, source: str, target: str | None) -> Forward:
    """Return the options of a job of the config, or of two places."""
    if target is None:
        return place.job(source, Forward, "forward", "a SOURCE and a TARGET")
    return Forward(source=source, target=target)
