"""The two kinds of timers that a machine may have: systemd's for this person, and cron."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import attrs

from bridge.cli import units
from bridge.cli.units import SERVICE, TIMER, Task
from bridge.model.errors import ConfigurationError

_SECONDS = 60.0
"""How long a tool of the system may take."""

_NOT_THERE = 127
"""The exit code of a tool that cannot be run, as shells have it."""


@attrs.frozen
class Ran:
    """How a tool of the system ended, and what it said."""

    code: int
    out: str = ""
    err: str = ""


Execute: TypeAlias = Callable[[Sequence[str], str], Ran]
"""Runs a command line with a text on its standard input."""


@attrs.frozen
class Installed:
    """A timer as it is found: its kind, where it is written, and the lines that say what it does.

    `active`: it will go off. `next` is when, as its kind says it, None where it does not. `todo` are the command lines
    that make it active.
    """

    kind: str
    where: tuple[str, ...]
    lines: tuple[str, ...]
    active: bool
    next: str | None = None
    todo: tuple[str, ...] = ()


class Timers(Protocol):
    """One kind of timers. Methods raise ConfigurationError with what the machine says if it refuses."""

    def usable(self) -> bool:
        """Tell whether this machine has it, and it answers."""
        ...

    def install(self, task: Task) -> None:
        """Have the task run, instead of whatever this kind was told before. Raises UsageError if it cannot be told."""
        ...

    def installed(self) -> Installed | None:
        """Return what is installed of this kind."""
        ...

    def remove(self) -> None:
        """Take away what is installed of this kind, if there is any."""
        ...


class Systemd:
    """A service and a timer of the person's own systemd; `folder` is where it looks for them.

    Where it does not answer, because nobody is logged in or it does not run, the files are written and removed all the
    same.
    """

    _ACTIVATION = (("daemon-reload",), ("enable", TIMER), ("restart", TIMER))

    def __init__(self, folder: Path, execute: Execute) -> None:
        self._folder = folder
        self._execute = execute
        self._timer = folder / TIMER
        self._service = folder / SERVICE
        self._enabled = folder / "timers.target.wants" / TIMER

    def exists(self) -> bool:
        """Tell whether this machine has systemd, whether or not it answers."""
        return self._execute(["systemctl", "--version"], "").code == 0

    def usable(self) -> bool:
        """Tell whether there is a systemd for this person, and it answers."""
        return self._systemctl("show-environment").code == 0

    def install(self, task: Task) -> None:
        """Write the units and start the timer."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._service.write_text(units.service(task), encoding="utf-8")
            self._timer.write_text(units.timer(task), encoding="utf-8")
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        if self.usable():
            for words in self._ACTIVATION:
                _require(self._systemctl(*words))

    def installed(self) -> Installed | None:
        """Return the timer with the next time it goes off."""
        if not self._timer.exists():
            return None
        active = self._systemctl("is-active", TIMER).code == 0
        row = self._systemctl("list-timers", "--all", "--no-legend", "--no-pager", TIMER).out.split()
        told = [line for path in (self._timer, self._service) if path.exists() for line in _lines(path)]
        return Installed(
            kind="systemd",
            where=(str(self._service), str(self._timer)),
            lines=tuple(line for line in told if line.startswith(("OnUnitActiveSec=", "ExecStart="))),
            active=active,
            # The first column is a weekday, a date, a time and a zone, or a dash.
            next=" ".join(row[:4]) if active and row and row[0].isalpha() else None,
            todo=() if active else tuple(" ".join(_systemctl(*words)) for words in self._ACTIVATION),
        )

    def remove(self) -> None:
        """Stop the timer and remove the units. A round that is under way ends in peace."""
        if not self._timer.exists() and not self._service.exists():
            return
        answers = self.usable()
        if answers:
            _require(self._systemctl("disable", "--now", TIMER))
        try:
            for path in (self._enabled, self._timer, self._service):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        if answers:
            _require(self._systemctl("daemon-reload"))

    def _systemctl(self, *words: str) -> Ran:
        return self._execute(_systemctl(*words), "")


class Cron:
    """A line in the person's crontab. All other lines stay as they are."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def usable(self) -> bool:
        """Tell whether there is a crontab for this person."""
        return self._crontab() is not None

    def install(self, task: Task) -> None:
        """Write the line."""
        line = units.cron_line(task)
        others = units.without_ours(self._crontab() or "")
        end = "\n" if others and not others.endswith("\n") else ""
        _require(self._execute(["crontab", "-"], f"{others}{end}{line}\n"))

    def installed(self) -> Installed | None:
        """Return the line."""
        lines = units.cron_lines(self._crontab() or "")
        return Installed("cron", ("crontab",), tuple(lines), active=True) if lines else None

    def remove(self) -> None:
        """Remove the line."""
        crontab = self._crontab() or ""
        if units.cron_lines(crontab):
            _require(self._execute(["crontab", "-"], units.without_ours(crontab)))

    def _crontab(self) -> str | None:
        """Return the crontab, None where this person can have none.

        Nothing but the word that there is none yet stands for an empty one: what is not read would be overwritten.
        """
        ran = self._execute(["crontab", "-l"], "")
        if ran.code == 0:
            return ran.out
        said = ran.err.lower()
        none_yet = "no crontab" in said or "no such file" in said
        return "" if none_yet and ran.code != _NOT_THERE else None


def executor(environ: Mapping[str, str]) -> Execute:
    """Return what runs the tools that this environment finds. A tool that is not there ends with 127."""

    def execute(words: Sequence[str], given: str) -> Ran:
        try:
            done = subprocess.run(  # noqa: S603 - tools of the system, by their names
                words,
                env={**environ, "LC_ALL": "C"},
                input=given,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                encoding="utf-8",
                errors="surrogateescape",
            )
        except OSError as error:
            return Ran(_NOT_THERE, err=f"{words[0]} cannot be run: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Ran(124, err=f"{words[0]} did not end within {_SECONDS:g} seconds")
        return Ran(done.returncode, done.stdout, done.stderr)

    return execute


def _systemctl(*words: str) -> list[str]:
    return ["systemctl", "--user", *words]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _require(ran: Ran) -> None:
    if ran.code != 0:
        said = " ".join(ran.err.split()).rstrip(".") or f"it ended with {ran.code}"
        raise ConfigurationError(
            f"The timer of this machine refused: {said}.", "Mend that, or keep `bookmark-bridge run --every` going."
        )


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The units of systemd in {folder} cannot be written: {error.strerror}.", "Mend its permissions."
    )
