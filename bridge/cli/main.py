"""The command line's frame: options of all commands, lazy commands, and one place that turns errors into exit codes.

`--help` is what a newcomer types first, so nothing is imported here that it does not need.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from bridge.model.errors import BridgeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from bridge.cli.app import Surroundings

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("bridge.cli.demo:demo", "Try it all on sample data, with nothing of yours."),
    "init": ("bridge.cli.init:init", "Write a config to fill in, with every key explained."),
    "login": ("bridge.cli.login:login", "Get the credentials of an account, and keep them."),
    "logout": ("bridge.cli.login:logout", "Give the credentials of an account back, and forget them."),
    "accounts": ("bridge.cli.accounts:accounts", "List what is configured."),
    "check": ("bridge.cli.accounts:check", "Make one call to each account, and say what it may do."),
    "migrate": ("bridge.cli.move:migrate", "Bring all bookmarks from one place to another."),
    "apply": ("bridge.cli.move:apply", "Carry out a plan that `migrate --plan` wrote."),
    "mirror": ("bridge.cli.mirror:mirror", "Keep two places in step."),
    "forward": ("bridge.cli.forward:forward", "Send starred feed items to a read-later list, each once."),
    "run": ("bridge.cli.run:run", "Run the jobs of the config, once or again and again."),
    "schedule": ("bridge.cli.schedule:schedule", "Have the jobs run by a timer of this machine."),
    "runs": ("bridge.cli.history:runs", "List the runs."),
    "show": ("bridge.cli.history:show", "Show the receipt of a run."),
    "undo": ("bridge.cli.undo:undo", "Take back what runs have written."),
    "forget": ("bridge.cli.history:forget", "Drop what is known of two accounts' common bookmarks."),
    "sandbox": ("bridge.cli.sandbox:sandbox", "Serve the services on this machine, for trying."),
    "completion": ("bridge.cli.completion:completion", "Have your shell complete commands, accounts, jobs and runs."),
}
"""Where each command is, and its line in `--help`, so that the help loads none of them."""

_BEGIN = """
Where to begin:
  bookmark-bridge demo              see it work, with nothing of yours
  bookmark-bridge login pinboard    or pocket, or nextcloud-news: get access to an account
  bookmark-bridge migrate pocket.zip pinboard --dry-run
                                    see what would happen; without --dry-run it does
"""


_WIDEST = 100
"""Columns. Longer lines are hard to read."""
_FALLBACK = 80
"""Columns, where there is no terminal."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        import importlib  # noqa: PLC0415 - a help of all commands imports none

        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name, or say which one may have been meant."""
        if not ctx.resilient_parsing and args[0] not in COMMANDS and not args[0].startswith("-"):
            from bridge.cli import usage  # noqa: PLC0415 - as above

            raise usage.no_such_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write where to begin, as it stands."""
        formatter.write_paragraph()
        formatter.write(_BEGIN)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands without importing them, and the options before them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - as above

        found = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


def _path(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
    if value is None:
        return None
    from pathlib import Path  # noqa: PLC0415 - as above

    return Path(value)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(), callback=_path, metavar="FILE", help="Use this config file.")
@click.option("--state-dir", type=click.Path(), callback=_path, metavar="DIR", help="Keep links and journal here.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object to standard output.")
@click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the result.")
@click.version_option(package_name="bookmark-bridge")
@click.pass_context
def cli(
    ctx: click.Context, *, config: Path | None, state_dir: Path | None, as_json: bool, verbose: bool, quiet: bool
) -> None:
    """Move bookmarks between Pocket, Pinboard, Nextcloud News and files, and prove that nothing was lost."""
    if verbose and quiet:
        raise UsageError("-v and -q contradict each other.", "Choose one.")
    from bridge.cli.app import App, Surroundings  # noqa: PLC0415 - as above

    around = Surroundings() if ctx.obj is None else ctx.obj
    ctx.obj = App(around, config_path=config, state_dir=state_dir, as_json=as_json, verbose=verbose, quiet=quiet)


def run(arguments: Sequence[str], around: Surroundings | None = None) -> int:
    """Run a command line and return its exit code. Nothing but the exit code and the two streams comes out.

    Whoever types nothing behind the program's name gets the help.
    """
    arguments = arguments or ["--help"]
    leading = _leading_options(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # titles come in every script, terminals do not
    try:
        return int(
            cli.main(
                list(arguments),
                prog_name="bookmark-bridge",
                standalone_mode=False,
                obj=around,
                terminal_width=_help_width(),
            )
            or 0
        )
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (Exception, KeyboardInterrupt) as error:  # whatever it is, the person gets one sentence, and no traceback
        from bridge.cli import faults  # noqa: PLC0415 - as above

        verbose = bool({"-v", "--verbose"} & set(leading))
        return _complain(faults.explained(error), as_json="--json" in leading, verbose=verbose)


def _help_width() -> int:
    """Return the width of help texts, as click would choose it; it loads a library to find the terminal's."""
    try:
        columns = int(os.environ.get("COLUMNS", "")) or _FALLBACK
    except ValueError:
        try:
            columns = os.get_terminal_size(1).columns or _FALLBACK
        except OSError:
            columns = _FALLBACK
    return max(min(columns, _WIDEST) - 2, 50)


def _leading_options(arguments: Sequence[str]) -> list[str]:
    """Return the arguments before the command: only there do the options of all commands stand."""
    for index, argument in enumerate(arguments):
        if argument in COMMANDS:
            return list(arguments[:index])
    return list(arguments)


def _complain(error: BridgeError, *, as_json: bool, verbose: bool) -> int:
    import json  # noqa: PLC0415 - as above
    from contextlib import suppress  # noqa: PLC0415

    from bridge.cli import faults  # noqa: PLC0415
    from bridge.report.visible import visible  # noqa: PLC0415

    with suppress(OSError):  # the exit code says it, too
        if verbose:
            click.echo("\n".join(map(visible, faults.trace(error))), err=True)
        if not as_json:
            lines = f"bookmark-bridge: {error}".split("\n")
            click.echo("\n".join(visible(line) for line in lines), err=True)
    if as_json:
        with suppress(OSError):
            click.echo(json.dumps(faults.as_json(error)))
    return error.exit_code
