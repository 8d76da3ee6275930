"""run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs
import click

from bridge.cli import faults
from bridge.cli.app import App
from bridge.cli.parameters import DURATION, JOB
from bridge.cli.workplace import Attention, Workplace, attention, opened
from bridge.jobs import kinds
from bridge.model.errors import BridgeError, Stopped, Unavailable, UsageError
from bridge.report import sentences, text
from bridge.running.job import Ended
from bridge.running.run import run as run_job

_PATIENCE = 4.0
"""Seconds that the call in flight may take once somebody asked to stop: whoever shuts a machine down waits for five."""

_SHORTEST = 1.0

Result: TypeAlias = Ended | BridgeError
"""How a job ended, or why it did not begin."""


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB]...", type=JOB)
@click.option(
    "--every", type=DURATION, metavar="D", help="Begin a round every D (2s, 15m, 1h) until Ctrl-C or SIGTERM."
)
@click.pass_obj
def run(app: App, /, *, jobs: tuple[str, ...], every: float | None) -> int:
    """Run the JOBs of the config, or all of them in their order.

    A job that fails does not stop the others. With --every nothing but Ctrl-C or SIGTERM ends it: what is wrong is said
    in a line, and the next round tries again. The config is read anew for each round.

    \b
    bookmark-bridge run
    bookmark-bridge run reading stars --every 15m
    """
    if every is not None and every < _SHORTEST:
        raise UsageError(
            f"--every cannot be less than {text.duration(_SHORTEST)}.", "Choose a longer one, such as 15m."
        )
    with attention(app, patience=_PATIENCE) as listening:
        if every is not None:
            return _again_and_again(app, listening, jobs, every)
        codes = {result.exit_code for result in _round(app, listening, jobs).values()}
        return Stopped.exit_code if listening.interrupt.stopping() else faults.gravest(codes)


def _again_and_again(app: App, listening: Attention, names: Sequence[str], every: float) -> int:
    """Run rounds that start `every` seconds apart; one that took longer is followed at once by a single one."""
    clock = app.around.clock
    due = clock()
    while True:
        _survived(app, listening, names)
        now = clock()
        due = min(max(due + every, now), now + every)  # the clock may have been set back meanwhile
        try:
            with listening.progress.resting(due - now):
                listening.interrupt.sleep(due - now)
        except Stopped as stopped:
            return stopped.exit_code


def _survived(app: App, listening: Attention, names: Sequence[str]) -> None:
    """Run a round; whatever stands in the way of all its jobs is said, and no more than that."""
    try:
        _round(app, listening, names)
    except Exception as error:
        explained = _told(app, error)
        _print(app, _line(app, _sentence(explained)), faults.as_json(explained))


def _round(app: App, listening: Attention, names: Sequence[str]) -> dict[str, Result]:
    """Run the jobs one after the other, until somebody asks to stop. Raises what stands in the way of all of them."""
    results: dict[str, Result] = {}
    with opened(app, listening) as place:
        for name in place.config.chosen(names):
            results[name] = _attempted(place, name)
            line = _line(app, f"{name}: {_outcome(app, results[name])}")
            if app.as_json:
                app.say(line)
            else:
                _print(app, line, {})
            if listening.interrupt.stopping():
                break
    if app.as_json:
        _print(app, "", {"jobs": {name: _as_json(result) for name, result in results.items()}})
    return results


def _attempted(place: Workplace, name: str) -> Result:
    """Run a job of the config; what goes wrong with it is its result."""
    try:
        options = place.config.job(name)
        todo = kinds.make(options, *place.parties(options))
        with place.named(name):
            return run_job(attrs.evolve(todo, command=place.app.command(todo.kind, name)), place.world)
    except Exception as error:  # whatever it is, the other jobs have their turn
        return _told(place.app, error)


def _told(app: App, error: Exception) -> BridgeError:
    """Return a failure as one that says what to do; with -v the traceback is shown."""
    explained = faults.explained(error)
    if app.verbose:
        for line in faults.trace(explained):
            app.say(line)
    return explained


def _line(app: App, sentence: str) -> str:
    moment = datetime.fromtimestamp(app.around.clock(), UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}  {sentence}"


def _outcome(app: App, result: Result) -> str:
    """Return in a line how a job ended."""
    if isinstance(result, BridgeError):
        return _sentence(result)
    counts = sentences.brief(result.receipt)
    if result.error is not None:
        return f"{counts}; {_sentence(result.error)}"
    if result.exit_code:
        return f"{counts}, see `{app.command('show', str(result.receipt.run))}` ({result.exit_code})"
    return counts


def _sentence(error: BridgeError) -> str:
    now = "not now: " if isinstance(error, Unavailable) else ""
    return f"{now}{' '.join(str(error).split())} ({error.exit_code})"


def _as_json(result: Result) -> dict[str, Any]:
    return faults.as_json(result) if isinstance(result, BridgeError) else result.receipt.as_json()


def _print(app: App, line: str, as_json: dict[str, Any]) -> None:
    """Write a result. What a log on a full disk cannot take is lost there; it ends nothing, and `runs` knows it."""
    with suppress(OSError):
        app.result(line, as_json)
