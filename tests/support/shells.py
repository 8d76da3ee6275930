"""Shells that a person types in, with the completion of the program loaded; and a skip where one is missing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pexpect

from tests.support.needed import missing

SECONDS = 30
BIN = Path(sys.executable).parent

_START: dict[str, tuple[list[str], Sequence[str]]] = {
    "bash": (["--norc", "--noprofile"], ["PS1='> '", 'eval "$(bookmark-bridge completion bash)"']),
    "zsh": (
        ["-f"],
        ["PS1='> '", "autoload -Uz compinit", "compinit -D -u", 'eval "$(bookmark-bridge completion zsh)"'],
    ),
    "fish": (["--no-config"], ["function fish_prompt; echo -n '> '; end", "bookmark-bridge completion fish | source"]),
}


class Shell:
    """A shell at its prompt. Each line is typed as far as it is given, and completed by the tab key."""

    def __init__(self, spawned: pexpect.spawn[str]) -> None:
        self._spawned = spawned

    def lacks(self, line: str, *expected: str, tabs: int = 1) -> list[str]:
        """Type a line and press tab; return what of the expected does not appear, in any order. The line is deleted.

        Where several words are possible, bash lists them after a second tab.
        """
        self._spawned.send(line + tabs * "\t")
        pending = list(expected)
        with suppress(pexpect.TIMEOUT):
            while pending:
                del pending[self._spawned.expect_exact(pending)]
        self._spawned.send("\x15")
        return pending

    def runs(self, line: str) -> None:
        """Type a line, and wait until it has been carried out."""
        self._spawned.sendline(f"{line}; echo ready-''now")
        self._spawned.expect_exact("ready-now")


@contextmanager
def shell(name: str, folder: Path) -> Iterator[Shell]:
    """Start a shell in a folder that is also its home. Skips the test, or fails it where shells are needed."""
    found = shutil.which(name)
    if found is None:
        missing("BRIDGE_NEEDS_SHELLS", f"needs {name}")
    arguments, lines = _START[name]
    environ = {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "TERM": "dumb",
        "XDG_CONFIG_HOME": str(folder / ".config"),
    }
    spawned: pexpect.spawn[str] = pexpect.spawn(
        found, arguments, cwd=str(folder), env=environ, encoding="utf-8", timeout=SECONDS, dimensions=(50, 250)
    )
    try:
        ready = Shell(spawned)
        for line in lines:
            ready.runs(line)
        yield ready
    finally:
        spawned.close(force=True)
