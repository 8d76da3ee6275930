"""Where secrets come from: an environment variable, a file, a command, or the keyring of the system.

Each provider is asked when the secret is first needed, raises CredentialsError naming the config key it was for, and
never puts the secret itself (nor a command's arguments, which may hold one) into a message. What `login` is given is
kept in the keyring, or where there is none in a file that only its owner may read.
"""

from __future__ import annotations

import importlib
import os
import shlex
import stat
import subprocess
import urllib.parse
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from bridge.model.errors import CredentialsError
from bridge.model.secret import Secret
from bridge.settings.values import at_home, described, written
from bridge.state.replaced import replace

COMMAND_SECONDS = 60.0
"""How long a command may take: a password manager may have to ask the person first."""

KEYRING_SERVICE = "bookmark-bridge"
"""The service name of our entries in the system's keyring; the user name is ACCOUNT.KEY."""

FORMS = '{ env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM", "ARGUMENT"] } or { keyring = true }'
"""How the config names a secret."""


@attrs.frozen
class Place:
    """Where the config names a secret: `accounts.ACCOUNT.KEY`, as a text."""

    account: str
    key: str

    def __str__(self) -> str:
        return written(("accounts", self.account, self.key))

    @property
    def login(self) -> str:
        """The command that gets the secret anew."""
        return shlex.join(["bookmark-bridge", "login", self.account])


def read_secret(value: object, *, account: str, key: str, folder: Path, environ: Mapping[str, str]) -> Secret:
    """Return the secret that a config value names; nothing is fetched yet.

    A relative file is taken from `folder`, the config's own. Raises ValueError with a sentence about a value that names
    no secret.
    """
    where = Place(account, key)
    if isinstance(value, str):
        raise ValueError(f"a secret does not stand in the config itself; write {FORMS}")
    match value:
        case {"env": str(name), **rest} if name and not rest:
            return Secret(lambda: from_environment(name, where, environ), variable=name)
        case {"file": str(path), **rest} if path and not rest:
            return Secret(lambda: from_file(folder / at_home(path), where))
        case {"command": [str(program), *arguments], **rest} if program and not rest and _texts(arguments):
            return Secret(lambda: from_command([program, *map(str, arguments)], where))
        case {"keyring": True, **rest} if not rest:
            return Secret(lambda: from_keyring(f"{account}.{key}", where))
    raise ValueError(f"must be {FORMS}, not {'another table' if isinstance(value, dict) else described(value)}")


def from_environment(name: str, where: Place, environ: Mapping[str, str]) -> str:
    """Return the value of an environment variable; an empty one is as good as none."""
    if not environ.get(name):
        raise CredentialsError(
            f"The environment variable {name}, which {where} names, is not set.",
            f"Export it before you call the program, or run `{where.login}`.",
        )
    return environ[name]


def from_file(path: Path, where: Place) -> str:
    """Return the content of a file that only its owner may read, without its last line break."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise CredentialsError(
                    f"Others may read or write {path}, which {where} names.",
                    f"Take their rights away: chmod 600 {shlex.quote(str(path))}",
                )
            return _one_line(file.read(), f"The file {path}", where)
    except OSError as error:
        raise CredentialsError(
            f"{where} cannot be read from {path}: {error.strerror}.",
            f"Correct the path in the config, or run `{where.login}`.",
        ) from error
    except ValueError as error:
        raise CredentialsError(
            f"{where} names a file whose name holds a null character.", "Correct the path in the config."
        ) from error


def from_command(argv: Sequence[str], where: Place, seconds: float = COMMAND_SECONDS) -> str:
    """Return what a command prints, without its last line break. There is no shell between, and it may ask a person."""
    program, *arguments = argv
    name = f"The command {program!r}"
    try:
        done = subprocess.run(  # noqa: S603 - the person's own command, from a config that only they may write
            [str(at_home(program)) if program.startswith("~") else program, *arguments],
            stdout=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    # Their own messages would repeat the arguments; `from None` keeps them out of a traceback, too.
    except subprocess.TimeoutExpired:
        raise CredentialsError(
            f"{name}, which {where} names, did not end within {seconds:g} seconds.",
            "Run it by hand: it may be waiting for an answer.",
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "an argument holds a null character"
        raise CredentialsError(
            f"{name}, which {where} names, could not be started: {why}.", "Install it, or correct it in the config."
        ) from None
    if done.returncode != 0:
        raise CredentialsError(
            f"{name}, which {where} names, ended with status {done.returncode}.", "Run it by hand to see why."
        )
    return _one_line(done.stdout, name, where)


def from_keyring(user: str, where: Place) -> str:
    """Return the password of our service and this user name in the keyring of the system."""
    keyring, errors = _library(where)
    try:
        secret = keyring.get_password(KEYRING_SERVICE, user)
    except errors.NoKeyringError as error:
        raise CredentialsError(
            f"{where} is in the keyring, but this system has none that can be used.",
            f"Run `{where.login}`, which then keeps it in a file of yours; or install one (pip install "
            "'bookmark-bridge[keyring]').",
        ) from error
    except errors.KeyringError as error:
        raise CredentialsError(
            f"{where} cannot be read from the keyring: {error}.", "Unlock the keyring, and run the same command again."
        ) from error
    if not secret:
        raise CredentialsError(
            f"The keyring has nothing for {where}.",
            f"Run `{where.login}`, or store it: keyring set {KEYRING_SERVICE} {shlex.quote(user)}",
        )
    return str(secret)


def keep_secret(secret: Secret, *, account: str, key: str, folder: Path) -> dict[str, object]:
    """Keep a secret for an account of the config in this folder; return how the config names it."""
    user = f"{account}.{key}"
    try:
        keyring, _errors = _library(Place(account, key))
        keyring.set_password(KEYRING_SERVICE, user, secret.reveal())
        if keyring.get_password(KEYRING_SERVICE, user) == secret.reveal():
            return {"keyring": True}
    except Exception:  # noqa: S110 - without a keyring that works, whatever it raises, there is still the file
        pass
    path = _own_file(folder, user)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        replace(path, f"{secret.reveal()}\n".encode())
    except OSError as error:
        raise CredentialsError(
            f"The login cannot be kept in {path}: {error.strerror}.",
            "Free some space, or mend the folder's permissions.",
        ) from error
    return {"file": str(path.relative_to(folder))}


def drop_secret(value: object, *, account: str, key: str, folder: Path) -> bool:
    """Forget a secret that `keep_secret` kept under this config value; return whether it was one of those."""
    user = f"{account}.{key}"
    path = _own_file(folder, user)
    match value:
        case {"keyring": True}:
            keyring, errors = _library(Place(account, key))
            with suppress(errors.KeyringError):  # gone already
                keyring.delete_password(KEYRING_SERVICE, user)
            return True
        case {"file": str(name)} if folder / at_home(name) == path:
            path.unlink(missing_ok=True)
            return True
    return False


def _library(where: Place) -> tuple[Any, Any]:
    """Return the keyring library and its errors, for the secret of a config key. Raises CredentialsError without it."""
    try:
        return importlib.import_module("keyring"), importlib.import_module("keyring.errors")
    except ImportError as error:
        raise CredentialsError(
            f"{where} is in the keyring, but the keyring library is not installed.",
            "Install it: pip install 'bookmark-bridge[keyring]'",
        ) from error


def _own_file(folder: Path, user: str) -> Path:
    return folder / "secrets" / urllib.parse.quote(user, safe="")


def _one_line(content: bytes, origin: str, where: Place) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        # The error would hold the bytes.
        raise CredentialsError(
            f"{origin}, which {where} names, gave something that is not UTF-8 text.", "See what is in it."
        ) from None
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise CredentialsError(f"{origin}, which {where} names, gave nothing.", "See why, or name another.")
    return secret


def _texts(items: Sequence[object]) -> bool:
    return all(isinstance(item, str) for item in items)
