"""The config file: accounts and jobs, checked as a whole before anything runs.

It may name commands to run, so it is read only where nobody else may write: neither the file nor its folder. Every
fault is told at once, each with its line and its path.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import shlex
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import platformdirs

from bridge.model.adapter import Spec
from bridge.model.errors import ConfigurationError
from bridge.model.secret import Secret
from bridge.settings import values
from bridge.settings.credentials import read_secret
from bridge.settings.jobs import KINDS, Job
from bridge.settings.lines import Lines
from bridge.settings.registry import Registry
from bridge.settings.values import Fault, Where

T = TypeVar("T")

SECTIONS = ("accounts", "jobs")
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@attrs.frozen
class Account:
    """One login at a service, or one file: how the person calls it, its adapter, and what that is opened with."""

    name: str
    spec: Spec
    config: Any


@attrs.frozen
class Config:
    """What the config file says; `path` is where it is, or where it would be."""

    path: Path
    accounts: Mapping[str, Account] = attrs.field(factory=dict)
    jobs: Mapping[str, Job] = attrs.field(factory=dict)

    def job(self, name: str) -> Job:
        """Return a job. Raises ConfigurationError if there is none of that name."""
        if name not in self.jobs:
            hint = values.hint(name, self.jobs)
            raise ConfigurationError(f"There is no job {name!r} in {self.path}.", f"Name one that is there ({hint}).")
        return self.jobs[name]

    def chosen(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names of jobs, each once; of all jobs if none is named. Raises ConfigurationError without any."""
        if not names and not self.jobs:
            raise ConfigurationError(f"There is no job in {self.path}.", "Write one there: a table [jobs.NAME].")
        return list(dict.fromkeys(names or self.jobs))


def default_path() -> Path:
    """Return where the config file is if nobody says otherwise."""
    return platformdirs.user_config_path("bookmark-bridge") / "config.toml"


def load(chosen: Path | None, *, registry: Registry, environ: Mapping[str, str]) -> Config:
    """Read the chosen config file, or that of the user's config folder, which may be missing.

    Raises ConfigurationError: the chosen file is missing, others may write it, or it has faults (all of them told).
    """
    path = default_path() if chosen is None else chosen
    try:
        content = _read(path)
    except FileNotFoundError as error:
        if chosen is None:
            return Config(path)
        raise ConfigurationError(
            f"There is no config file {path}.", "Correct --config, or leave it out for the one of your config folder."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"The config file {path} cannot be read: {error.strerror}.",
            "Mend its permissions, or name another by --config.",
        ) from error
    try:
        text = content.decode()
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"The config file {path} is not text in UTF-8.", "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"The config file {path} is not TOML: {_why(content, error)}.", "Correct it there."
        ) from error
    return interpret(tables, path=path, registry=registry, environ=environ, text=text)


def load_or_begin(chosen: Path | None, *, registry: Registry, environ: Mapping[str, str]) -> Config:
    """Read the config file as above; the chosen one may be missing, too."""
    if chosen is not None and not os.path.lexists(chosen):
        return Config(chosen)
    return load(chosen, registry=registry, environ=environ)


def interpret(
    tables: Mapping[str, Any], *, path: Path, registry: Registry, environ: Mapping[str, str], text: str = ""
) -> Config:
    """Make a Config of parsed TOML. Raises one ConfigurationError with every fault.

    With the text that was parsed, each fault is told with its line.
    """

    def account(name: str, where: Where, table: dict[str, Any]) -> Account:
        def secret(value: object, key: str) -> Secret:
            return read_secret(value, account=name, key=key, folder=path.absolute().parent, environ=environ)

        spec = _taken(table, "service", where, registry.services)
        return Account(name, spec, values.structure(table, spec.config_class, where, secret=secret))

    def job(_name: str, where: Where, table: dict[str, Any]) -> Job:
        return values.structure(table, _taken(table, "kind", where, KINDS), where)

    faults = [values.unknown_key((), key, SECTIONS) for key in tables if key not in SECTIONS]
    accounts = _section(tables, "accounts", account, faults)
    jobs = _section(tables, "jobs", job, faults)
    if faults:
        number = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        # An adapter that could not be loaded may be the reason of all of them.
        raise ConfigurationError(
            "\n  ".join([f"The config file {path} has {number}:", *_told(faults, text)]),
            " ".join(registry.problems) or "Correct it there, and run the same command again.",
        )
    return Config(path, accounts, jobs)


def _told(faults: Sequence[Fault], text: str) -> list[str]:
    """Return a line for each fault, in the order of the file as far as it is known."""
    lines = Lines(text)
    found = sorted(((lines.of(fault.where), fault) for fault in faults), key=lambda pair: pair[0] or math.inf)
    return [str(fault) if number is None else f"line {number}: {fault}" for number, fault in found]


def _why(content: bytes, error: Exception) -> str:
    """Return what is wrong with a text that the parser of TOML does not take."""
    if content.startswith(codecs.BOM_UTF8):
        return "it begins with a byte order mark, so save it as UTF-8 without one"
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)
    return "a list in it is nested too deeply" if isinstance(error, RecursionError) else "a number in it is too long"


def _read(path: Path) -> bytes:
    if path.is_fifo():  # it would be waited for
        raise ConfigurationError(f"The config {path} is a pipe.", "Name a config file with --config.")
    with path.open("rb") as file:
        # Who may write a folder may replace the file in it, or the link to the file, unless the folder is sticky.
        folders = sorted({path.absolute().parent, path.resolve().parent})
        modes = {path: os.fstat(file.fileno()).st_mode} | {folder: folder.stat().st_mode for folder in folders}
        writable = [place for place, mode in modes.items() if mode & OTHERS_WRITE and not mode & stat.S_ISVTX]
        if writable:
            raise ConfigurationError(
                f"Others may write {' and '.join(map(str, writable))}, and a config can name commands to run.",
                f"Take that right away: chmod go-w {shlex.join(map(str, writable))}",
            )
        return file.read()


def _section(
    tables: Mapping[str, Any], section: str, read: Callable[[str, Where, dict[str, Any]], T], faults: list[Fault]
) -> dict[str, T]:
    """Return what `read` makes of name, path and content of each table in a section, and add to the faults."""
    result = {}
    try:
        for name, table in _table(tables.get(section, {}), (section,)).items():
            where = (section, name)
            try:
                result[name] = read(name, where, _table(table, where))
            except values.Faults as error:
                faults.extend(error.faults)
    except values.Faults as error:
        faults.extend(error.faults)
    return result


def _table(value: object, where: Where) -> dict[str, Any]:
    """Return a copy of the table."""
    if not isinstance(value, dict):
        raise values.Faults(Fault(where, f"must be a table, not {values.described(value)}"))
    return dict(value)


def _taken(table: dict[str, Any], key: str, where: Where, choices: Mapping[str, T]) -> T:
    """Take a key out of a table, and return what it chooses."""
    chosen = table.pop(key, None)
    if isinstance(chosen, str) and chosen in choices:
        return choices[chosen]
    if chosen is None:
        raise values.Faults(Fault((*where, key), f"is missing ({values.hint('', choices)})"))
    if not isinstance(chosen, str):
        raise values.Faults(Fault((*where, key), f"must be text, not {values.described(chosen)}"))
    raise values.Faults(Fault((*where, key), f"{json.dumps(chosen)} is unknown ({values.hint(chosen, choices)})"))
