"""One call of the program: the options of all commands, and the two streams."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import click
import platformdirs

from bridge.model.errors import BridgeError
from bridge.report.visible import visible


@attrs.frozen
class Surroundings:
    """What the program finds around it: the environment, the time in seconds since the epoch, and a way to wait."""

    environ: Mapping[str, str] = attrs.field(factory=lambda: dict(os.environ), repr=False)
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep  # noqa: TID251 - where the way to wait is handed in


@attrs.frozen
class App:
    """The options before the command."""

    around: Surroundings

    config_path: Path | None = None
    state_dir: Path | None = None
    as_json: bool = False
    verbose: bool = False
    quiet: bool = False

    def say(self, sentence: str) -> None:
        """Tell the person something beside the result, on standard error, if anybody listens there."""
        if not self.quiet:
            with suppress(OSError):
                click.echo(visible(sentence), err=True)

    def complain(self, error: BridgeError) -> None:
        """Tell the person what went wrong, on standard error, however quiet they want it."""
        with suppress(OSError):
            click.echo(visible(f"bookmark-bridge: {error}"), err=True)

    def result(self, text: str, as_json: Mapping[str, Any]) -> None:
        """Write the result of a command: the one object with --json, else the text."""
        self.drawn("".join(f"{visible(line)}\n" for line in text.rstrip("\n").split("\n")), as_json)

    def drawn(self, pieces: str | Iterable[str], as_json: Mapping[str, Any], *, paged: bool = False) -> None:
        """Write a result whose values are visible already, and which may have colours.

        `paged`: on a terminal it goes through the pager. A reader that has left (`| head`) does not change how the
        command ended.
        """
        pieces = [pieces] if isinstance(pieces, str) else pieces
        try:
            if self.as_json:
                click.echo(json.dumps(as_json))
            elif paged and sys.stdin.isatty() and sys.stdout.isatty():
                click.echo_via_pager(pieces)
            else:
                for piece in pieces:
                    click.echo(piece, nl=False)
        except OSError as error:
            # Python would complain about the unwritten rest when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):
                raise BridgeError(
                    f"The result cannot be written: {error.strerror}.",
                    "Free some space; `bookmark-bridge runs` knows what was done.",
                ) from error

    def command(self, *words: str) -> str:
        """Return a command line of these words as the person would type it, with the places they have named."""
        places = {"--config": self.config_path, "--state-dir": self.state_dir}
        named = [word for option, path in places.items() if path is not None for word in (option, str(path))]
        return shlex.join(["bookmark-bridge", *named, *words])

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.as_json and not self.quiet

    @property
    def colours(self) -> bool:
        """Whether a terminal is to show colours, as the environment says."""
        return not self.around.environ.get("NO_COLOR") and self.around.environ.get("TERM") != "dumb"

    @property
    def folder(self) -> Path:
        """The folder of the state."""
        return state_folder(self.state_dir)


def state_folder(chosen: Path | None) -> Path:
    """Return the folder of the state: the chosen one, or that of the user."""
    return platformdirs.user_state_path("bookmark-bridge") if chosen is None else chosen
