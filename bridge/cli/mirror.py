"""mirror."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from bridge.cli.app import App
from bridge.cli.parameters import PLACE, place_or_job
from bridge.cli.results import check_page, finish, show_options
from bridge.cli.workplace import Workplace, workplace
from bridge.jobs import mirror as job
from bridge.running.run import run
from bridge.settings.jobs import Mirror


@click.command()
@click.argument("left", type=place_or_job("mirror"))
@click.argument("right", required=False, type=PLACE)
@click.option("--one-way", is_flag=True, help="Carry only from LEFT to RIGHT; write nothing to LEFT.")
@click.option("--dry-run", is_flag=True, help="Make the plan and show it; write nothing to either side.")
@click.option("--full", is_flag=True, help="List everything, not only what is new.")
@click.option("--approve", default="", metavar="ID", help="Let through what a guard refused under this ID.")
@click.option("--no-verify", is_flag=True, help="Do not read back what was written.")
@show_options
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def mirror(
    app: App,
    /,
    *,
    left: str,
    right: str | None,
    one_way: bool,
    dry_run: bool,
    full: bool,
    approve: str,
    no_verify: bool,
    everything: bool,
    report: Path | None,
    yes: bool,
) -> int:
    """Keep LEFT and RIGHT in step, or run the mirror JOB of the config.

    What one side changed since the last run is carried to the other, field by field. Nothing is removed unless a job
    says `deletes = "propagate"`.

    \b
    bookmark-bridge mirror pocket pinboard --dry-run
    bookmark-bridge mirror pinboard backup.jsonl --one-way
    """
    check_page(report)
    with workplace(app, yes=yes) as place:
        options = _options(place, left, right, one_way=one_way)
        words = [word for word in ("mirror", left, right, "--one-way" if one_way else None) if word is not None]
        todo = job.job(
            options,
            *place.parties(options),
            dry_run=dry_run,
            full=full,
            verify=not no_verify,
            approved=approve,
            command=app.command(*words),
        )
        return finish(app, run(todo, place.world), place.world.journal, everything=everything, report=report)


def _options(place: Workplace, left: str, right: str | None, *, one_way: bool) -> Mirror:
    """Return the options of a job of the config, or of two places."""
    if right is None:
        options = place.job(left, Mirror, "mirror", "a LEFT and a RIGHT")
    else:
        options = Mirror(left=left, right=right)
    return attrs.evolve(options, direction="left-to-right") if one_way else options
