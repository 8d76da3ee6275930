"""The config that `init` writes: all keys as commented examples. Its text stands in example.toml, beside this."""

from __future__ import annotations

import os
import shlex
from importlib.resources import files
from pathlib import Path

from bridge.model.errors import ConfigurationError


def text() -> str:
    """Return the whole example. As it stands it is a config that says nothing."""
    return files("bridge.settings").joinpath("example.toml").read_text(encoding="utf-8")


def header() -> str:
    """Return the first lines of the example, with which every config begins that the program makes."""
    return text().partition("\n\n")[0] + "\n"


def write(path: Path) -> None:
    """Write the example to a new file, for its owner alone, and make its folder where that is missing.

    Raises ConfigurationError: there is a file, which stays as it is; or the new one cannot be written, and is not
    there then.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        if not os.path.lexists(path):  # it is the folder that is something else
            raise _impossible(path, error) from error
        raise ConfigurationError(
            f"There is a config in {path} already, and it stays as it is.",
            f"Move it away, or have the examples written elsewhere: bookmark-bridge --config {_beside(path)} init",
        ) from error
    except OSError as error:
        raise _impossible(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _impossible(path, error) from error


def _impossible(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The config {path} cannot be written: {error.strerror}.",
        "Name another place before the command: --config FILE.",
    )


def _beside(path: Path) -> str:
    """Return a name beside a path where nothing is."""
    names = (path.with_name(f"{path.stem}-example{number or ''}{path.suffix}") for number in range(1_000))
    return shlex.quote(str(next((name for name in names if not name.exists()), "FILE")))
