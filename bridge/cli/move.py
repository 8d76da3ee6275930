"""migrate and apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from bridge.cli.app import App
from bridge.cli.parameters import FILE, MOMENT, PLACE, place_or_job, relics_option
from bridge.cli.results import check_page, check_place, finish, show_options
from bridge.cli.workplace import Workplace, workplace
from bridge.jobs import migrate as job
from bridge.model.errors import ConfigurationError, InputError, UsageError
from bridge.planning.planner import GONE_THERE, WAS_TWIN
from bridge.running.job import Ended
from bridge.running.run import run
from bridge.running.saved import SavedPlan, load, load_options, save
from bridge.settings.jobs import Migrate, Select
from bridge.state.codec import Codec


@click.command()
@click.argument("source", type=place_or_job("migrate"))
@click.argument("target", required=False, type=PLACE)
@click.option("--dry-run", is_flag=True, help="Make the plan and show it; write nothing to the target.")
@click.option("--plan", type=FILE, metavar="FILE", help="Like --dry-run, and save the plan for `apply`.")
@relics_option("Read this relic of the same account, too.")
@click.option("--tag", multiple=True, metavar="T", help="Only bookmarks with this tag; repeat for any of several.")
@click.option("--unread", is_flag=True, help="Only unread ones.")
@click.option("--archived", is_flag=True, help="Only those that are read.")
@click.option("--favorites", is_flag=True, default=None, help="Only favorites.")
@click.option("--since", type=MOMENT, metavar="D", help="Only those added on this day or later.")
@click.option("--until", type=MOMENT, metavar="D", help="Only those added before this day.")
@click.option(
    "--existing",
    type=click.Choice(["merge", "skip", "overwrite"]),
    help="What to do with a bookmark that the target has (merge).",
)
@click.option("--no-verify", is_flag=True, help="Do not read back what was written.")
@show_options
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def migrate(
    app: App,
    /,
    *,
    source: str,
    target: str | None,
    dry_run: bool,
    plan: Path | None,
    beside: tuple[str, ...],
    no_verify: bool,
    everything: bool,
    report: Path | None,
    yes: bool,
    **choices: Any,
) -> int:
    """Bring all bookmarks of SOURCE to TARGET, or run the migration JOB of the config.

    SOURCE and TARGET are accounts of the config, services (pinboard), or files: a Pocket export (zip, csv, html, dump,
    or a folder of them), a browser's bookmarks.html, a Pinboard backup, a .jsonl of ours.

    \b
    bookmark-bridge migrate pocket.zip pinboard --dry-run
    bookmark-bridge migrate pinboard backup.jsonl
    """
    check_page(report)
    _check_plan(plan)
    with workplace(app, yes=yes) as place:
        options = _options(place, source, target, choices)
        parties = place.party(options.source, beside=beside), place.party(options.target, target=True)
        todo = job.job(options, *parties, dry_run=dry_run or plan is not None, verify=not no_verify)
        ended = run(todo, place.world)
        _hint(app, options, beside, ended)
        if plan is not None:
            ended = _save(plan, options, beside, (parties[0].adapter.identity, parties[1].adapter.identity), ended)
        return finish(app, ended, place.world.journal, everything=everything, report=report)


@click.command()
@click.argument("plan", type=FILE)
@click.option("--no-verify", is_flag=True, help="Do not read back what was written.")
@show_options
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def apply(app: App, /, *, plan: Path, no_verify: bool, everything: bool, report: Path | None, yes: bool) -> int:
    """Carry out exactly the PLAN that `migrate --plan` saved.

    Steps that an earlier `apply` did are not done again. If an entry that the plan would touch has changed since,
    nothing is written.

    \b
    bookmark-bridge migrate pocket.zip pinboard --plan tonight.plan
    bookmark-bridge apply tonight.plan
    bookmark-bridge apply tonight.plan --report receipt.html
    """
    check_page(report)
    saved = load(plan)
    options = load_options(plan, saved, Migrate)
    with workplace(app, yes=yes) as place:
        source = place.party(options.source, beside=saved.beside)
        target = place.party(options.target, target=True)
        if (source.adapter.identity, target.adapter.identity) != (saved.source_identity, saved.target_identity):
            raise ConfigurationError(
                f"{options.source} and {options.target} are not the accounts that the plan was made for.",
                "Run it where it was made, or make a new plan.",
            )
        ended = run(job.job(options, source, target, verify=not no_verify, saved=saved), place.world)
        return finish(app, ended, place.world.journal, everything=everything, report=report)


def _options(place: Workplace, source: str, target: str | None, choices: dict[str, Any]) -> Migrate:
    """Return the options of a job of the config, or of two places; what the command line says comes first."""
    if target is None:
        options = place.job(source, Migrate, "migrate", "a SOURCE and a TARGET")
    else:
        options = Migrate(source=source, target=target)
    if choices["unread"] and choices["archived"]:
        raise UsageError("--unread and --archived contradict each other.", "Choose one, or neither for all.")
    if choices["since"] and choices["until"] and choices["since"] >= choices["until"]:
        raise UsageError("--since is not before --until, so nothing would be selected.", "Swap them.")
    chosen = {
        "tag": choices["tag"] or None,
        "unread": True if choices["unread"] else False if choices["archived"] else None,
        "favorite": choices["favorites"],
        "since": choices["since"],
        "until": choices["until"],
    }
    select: Select = attrs.evolve(options.select, **{key: value for key, value in chosen.items() if value is not None})
    return attrs.evolve(options, select=select, existing=choices["existing"] or options.existing)


def _hint(app: App, options: Migrate, beside: tuple[str, ...], ended: Ended) -> None:
    """Say what to type to send again what has been taken away at the target, if there is any."""
    if any(item.reason in {GONE_THERE, WAS_TWIN} for item in ended.receipt.skipped):
        relics = [word for relic in beside for word in ("--with", relic)]
        app.say(
            f"To send again what is no longer there: {app.command('forget', options.source, options.target, *relics)}"
        )


def _save(path: Path, options: Migrate, beside: tuple[str, ...], identities: tuple[str, str], ended: Ended) -> Ended:
    saved = SavedPlan(
        source=options.source,
        target=options.target,
        source_identity=identities[0],
        target_identity=identities[1],
        beside=beside,
        options=Codec().dump(options),
        plan=ended.plan,
        receipt=ended.receipt,
    )
    save(path, saved)
    return attrs.evolve(ended, receipt=attrs.evolve(ended.receipt, plan=str(path)))


def _check_plan(path: Path | None) -> None:
    """Raise an error if a plan cannot or must not be written there: nothing but an older plan is replaced."""
    if path is None:
        return
    check_place(path)
    if path.exists():
        try:
            load(path)
        except InputError as error:
            raise InputError(
                f"{path} exists and is not a plan of this version.", "Name a new file; this one was left alone."
            ) from error
