"""What the timers of a machine are told, as text: the units of systemd, and a line of a crontab. Pure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import attrs

from bridge.model.errors import UsageError
from bridge.report.text import duration

NAME = "bookmark-bridge"
SERVICE = f"{NAME}.service"
TIMER = f"{NAME}.timer"

_BARE_WORD = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
_MARK = f"# {NAME}"
"""Ends our line of a crontab, for the shell a comment: whatever else stands there is somebody else's."""

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60


@attrs.frozen
class Task:
    """What is to be run: the words of the command, the folder its relative paths start from, and how often, in seconds.

    Raises UsageError for what no timer can be told.
    """

    words: tuple[str, ...]
    folder: Path
    every: float

    def __attrs_post_init__(self) -> None:
        if self.every < _MINUTE:
            raise UsageError(
                f"A timer does not run the jobs every {duration(self.every)}.",
                "Choose 1m or more, or keep `bookmark-bridge run --every` going.",
            )
        if not all(text.isprintable() for text in (*self.words, str(self.folder))):
            raise UsageError("A timer cannot be told a path with a line break in it.", "Rename the folder or the file.")


def service(task: Task) -> str:
    """Return the unit that runs the jobs once.

    "Try later" and "stopped as asked" are no failures: the next round comes anyway. The restrictions are those that
    need no right that a person's own systemd lacks.
    """
    program, *arguments = task.words
    # In the arguments, and only there, systemd puts environment variables in the place of their names.
    words = [_quoted(program), *(_quoted(argument).replace("$", "$$") for argument in arguments)]
    return f"""\
# Written by `{NAME} schedule install`, and removed by `{NAME} schedule remove`.
[Unit]
Description=The jobs of {NAME}

[Service]
Type=oneshot
WorkingDirectory={_escaped(str(task.folder))}
ExecStart={" ".join(words)}
SuccessExitStatus=75 130
Nice=10
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
"""


def timer(task: Task) -> str:
    """Return the unit that starts the other one: soon after the login, and then again and again.

    The times are counted from start to start, and nothing piles up: a unit that still runs is not started again.
    """
    slack = round(min(task.every / 10, _MINUTE))
    return f"""\
# Written by `{NAME} schedule install`, and removed by `{NAME} schedule remove`.
[Unit]
Description=A timer for the jobs of {NAME}

[Timer]
OnActiveSec={slack}s
OnUnitActiveSec={round(task.every)}s
AccuracySec={slack}s
RandomizedDelaySec={slack}s

[Install]
WantedBy=timers.target
"""


def cron_line(task: Task) -> str:
    """Return the line of a crontab. What a round says is mailed only if it failed, and "try later" is no failure.

    Raises UsageError for a time that cron cannot count.
    """
    command = (
        f"cd {shlex.quote(str(task.folder))} && out=$({shlex.join(task.words)} 2>&1) "
        f'|| [ $? -eq 75 ] || printf "%s\\n" "$out" {_MARK}'
    )
    return f"{_cron_times(task.every)} " + command.replace("%", r"\%")  # cron takes a bare % for a line break


def cron_lines(crontab: str) -> list[str]:
    """Return our lines of a crontab."""
    return [line for line in crontab.splitlines() if line.endswith(_MARK)]


def without_ours(crontab: str) -> str:
    """Return a crontab without our lines."""
    return "".join(line for line in crontab.splitlines(keepends=True) if not line.rstrip("\n").endswith(_MARK))


def _cron_times(every: float) -> str:
    if every == _DAY:
        return "0 12 * * *"  # at noon a machine that sleeps at night is awake
    minutes, hours = every / _MINUTE, every / _HOUR
    if minutes < 60 and minutes.is_integer() and 60 % minutes == 0:
        return f"*/{minutes:.0f} * * * *" if minutes > 1 else "* * * * *"
    if hours < 24 and hours.is_integer() and 24 % hours == 0:
        return f"0 */{hours:.0f} * * *" if hours > 1 else "0 * * * *"
    raise UsageError(
        f"This machine has cron alone, which cannot run anything every {duration(every)}.",
        "Choose a part of an hour or of a day: 5m, 10m, 15m, 30m, 1h, 2h, 6h, 12h, 1d.",
    )


def _quoted(word: str) -> str:
    """Return a word of a command line of systemd."""
    if _BARE_WORD.fullmatch(word):
        return word
    inner = _escaped(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _escaped(text: str) -> str:
    """Return a text in which systemd finds no specifier."""
    return text.replace("%", "%%")
