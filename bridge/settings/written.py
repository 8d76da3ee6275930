"""What `login` and `logout` change in the config file; the rest of it, comments too, stays as the person wrote it."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import attrs
import tomlkit
from tomlkit.exceptions import TOMLKitError

from bridge.model.adapter import Grant
from bridge.model.errors import ConfigurationError
from bridge.settings.credentials import drop_secret, keep_secret
from bridge.settings.example import header
from bridge.state.replaced import replace


def make(path: Path) -> None:
    """Make an empty config file where there is none. Raises ConfigurationError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The config file {path} cannot be made: {error.strerror}.", "Mend the folder's permissions."
        ) from error


def check_writable(path: Path) -> None:
    """Raise ConfigurationError if a config could not be written to this path, as far as can be told without trying."""
    folder = next(place for place in path.absolute().resolve().parents if place.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"The config file {path} could not be written: {folder} is no folder that you may write to.",
            "Mend its permissions, or name another place: --config FILE.",
        )


def save_grant(path: Path, account: str, service: str, grant: Grant) -> str:
    """Write an account with what a login brought, and return where its secrets are kept, in words.

    Keys that the login does not speak of stay. Raises ConfigurationError, CredentialsError.
    """
    document = _read(path)
    accounts = document.setdefault("accounts", tomlkit.table(is_super_table=True))
    table = accounts.setdefault(account, tomlkit.table())
    table["service"] = service
    for key, value in grant.settings.items():
        table[key] = value
    folder = path.absolute().parent
    if not path.exists():
        make(path)
    before = {key: table.pop(key, None) for key in (*grant.secrets, *grant.instead_of)}
    kept = {key: keep_secret(secret, account=account, key=key, folder=folder) for key, secret in grant.secrets.items()}
    for key, named in kept.items():
        table[key] = tomlkit.inline_table()
        table[key].update(named)
    _write(path, document)
    # Only now: whatever fails before leaves the old login whole.
    for key, value in before.items():
        if value is not None and dict(value) != kept.get(key):
            drop_secret(dict(value), account=account, key=key, folder=folder)
    files = sorted({str(folder / str(named["file"])) for named in kept.values() if "file" in named})
    return f"in {' and '.join(files)}" if files else "in the keyring"


def drop_grant(path: Path, account: str, keys: Collection[str]) -> tuple[str, ...]:
    """Forget the secrets that a login kept for an account, and return the keys of those that are kept elsewhere.

    `keys` are those of the account's service that hold secrets.
    """
    document = _read(path)
    table = document.get("accounts", {}).get(account, {})
    folder = path.absolute().parent
    elsewhere = []
    for key, value in list(table.items()):
        if key not in keys:
            continue
        if drop_secret(dict(value), account=account, key=key, folder=folder):
            del table[key]
        else:
            elsewhere.append(key)
    _write(path, document)
    return tuple(elsewhere)


def known_keys(config: Any) -> dict[str, Any]:
    """Return what an account's config says, without the fields that it leaves at their default."""
    return {
        field.name: value
        for field in attrs.fields(type(config))
        if (value := getattr(config, field.name)) not in (None, "", (), {}) and value != _default(field)
    }


def _default(field: attrs.Attribute[Any]) -> object:
    return None if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return tomlkit.parse(text or header())
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigurationError(f"The config file {path} cannot be read: {error}.", "Mend it first.") from error


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    try:
        replace(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise ConfigurationError(
            f"The config file {path} cannot be written: {error.strerror}.",
            "Free some space, mend its permissions, or name another: --config FILE.",
        ) from error
