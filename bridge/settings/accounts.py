"""What a name on the command line or in a job means: an account of the config, a bare service, or a file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import attrs

from bridge.model.adapter import FileConfig, Spec
from bridge.model.errors import ConfigurationError, CredentialsError, InputError, UsageError
from bridge.model.secret import Secret
from bridge.report.text import guess
from bridge.settings import values
from bridge.settings.config import Account, Config
from bridge.settings.registry import Registry

_CHECK_PATH = "Check the path."


def resolve(
    name: str,
    *,
    config: Config,
    registry: Registry,
    environ: Mapping[str, str],
    target: bool,
    beside: tuple[str, ...] = (),
) -> Account:
    """Return the account that a name means.

    That is an account of the config; else a service, opened with what the environment says; else a path: whatever has
    a slash or a suffix, or exists. `./x` is always a path. A file is read by its content, and a new one written by its
    suffix. `beside` are further relics, to be read as one listing with the file. Nothing is opened.

    Raises ConfigurationError (no such account), CredentialsError (the environment lacks a login), InputError (a file
    is missing or of a kind that cannot be read, or written), UsageError (no format for the suffix of a new file, or
    `beside` where nothing is read together).
    """
    if name.startswith("./"):
        return _file(name, registry, target, beside)
    if name in config.accounts:
        account = config.accounts[name]
    elif name in registry.services:
        account = environment_account(registry.services[name], environ, config)
    elif _is_path(name):
        return _file(name, registry, target, beside)
    else:
        raise _unknown(name, config, registry)
    if beside:
        raise UsageError(f"{name} is no file, so no other file can be read together with it.", "Leave --with out.")
    return account


def environment_account(spec: Spec, environ: Mapping[str, str], config: Config) -> Account:
    """Return the account of a service that the environment describes, by the variables its fields name.

    An empty variable is as good as none. Raises CredentialsError if no login is set, ConfigurationError for values that
    do not fit.
    """
    variables = _variables(spec)
    given = {key: environ[variable] for key, variable in variables.items() if environ.get(variable)}
    secrets = values.secret_keys(spec.config_class) & variables.keys()
    # An address alone is no login.
    if not given or (secrets and not secrets & given.keys()):
        raise CredentialsError(
            f"{spec.name} is not an account of the config, and the environment holds no login for it.",
            _remedy(spec, variables, config),
        )
    try:
        content = values.structure(given, spec.config_class, (spec.name,), secret=lambda text, _key: Secret(str(text)))
    except values.Faults as error:
        raise ConfigurationError(
            "\n  ".join([f"The environment does not describe an account at {spec.name}:", *map(str, error.faults)]),
            _remedy(spec, variables, config),
        ) from None
    return Account(spec.name, spec, content)


def variables(name: str, *, config: Config, registry: Registry, environ: Mapping[str, str]) -> list[str]:
    """Return the environment variables that the account of a name is opened with."""
    if name in config.accounts:
        held = attrs.asdict(config.accounts[name].config, recurse=False).values()
        return [value.variable for value in held if isinstance(value, Secret) and value.variable]
    if name in registry.services:
        return [variable for variable in _variables(registry.services[name]).values() if environ.get(variable)]
    return []


def _variables(spec: Spec) -> dict[str, str]:
    return {field.name: field.metadata["env"] for field in attrs.fields(spec.config_class) if "env" in field.metadata}


def _remedy(spec: Spec, variables: Mapping[str, str], config: Config) -> str:
    ways = [f"run `bookmark-bridge login {spec.name}`"] if spec.login is not None else []
    if variables:
        ways.append(f"set {', '.join(variables.values())} (those of your login)")
    ways.append(f"write an account [accounts.{spec.name}] in {config.path}")
    file = f" A file of that name is ./{spec.name}." if Path(spec.name).exists() else ""
    said = ", or ".join(ways)
    return f"{said[0].upper()}{said[1:]}.{file}"


def _unknown(name: str, config: Config, registry: Registry) -> ConfigurationError:
    known = sorted({*config.accounts, *registry.services})
    there = f"Known are {', '.join(known)}." if known else ""
    made = f"`bookmark-bridge login {shlex.quote(name)}` makes an account (in {config.path}); a file is ./{name}."
    return ConfigurationError(
        f"There is no account, service or file {name!r}.", _sentences(guess(name, known) or there, made)
    )


def _is_path(name: str) -> bool:
    try:
        return "/" in name or bool(Path(name).suffix) or Path(name).exists()
    except OSError:  # too long for a file's name
        return False


def _found(name: str) -> tuple[Path, bool]:
    """Return the absolute path that a name means, and whether something is there.

    A link and the file it leads to are one account, and writing must not replace the link, so links are followed.
    """
    try:
        path = values.at_home(name).resolve()
        return path, path.exists()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", _CHECK_PATH) from error
    except (RuntimeError, ValueError) as error:  # a loop of links; a null character
        raise InputError(f"{name!r} cannot be the path of a file.", _CHECK_PATH) from error


def _file(name: str, registry: Registry, target: bool, beside: tuple[str, ...]) -> Account:
    path, exists = _found(name)
    if exists and not path.is_file() and not path.is_dir():
        raise InputError(f"{name} is neither a file nor a folder.", "Save what it gives to a file first.")
    if exists:
        spec = _recognised(name, path, registry, target=target)
        if target:
            _must_write(name, path, spec, registry)
    elif target:
        spec = _for_new(name, path, registry)
    else:
        raise _missing(name, path, "" if "/" in name else ", and no account of that name")
    return Account(name, spec, FileConfig(str(path), _beside(name, spec, beside), target))


def _missing(name: str, path: Path, also: str) -> InputError:
    """Return the fault of a file that is not there, with what may have been meant."""
    if not path.parent.is_dir():
        return InputError(f"There is no folder {path.parent}{also}.", f"Check the path: {name} is looked for there.")
    try:
        there = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        there = []
    elsewhere = f"A file elsewhere is named with its folder, such as ~/Downloads/{path.name}."
    return InputError(
        f"There is no file {name} in {path.parent}{also}.", _sentences(guess(path.name, there), elsewhere)
    )


def _sentences(*said: str) -> str:
    return " ".join(filter(None, said))


def _beside(name: str, spec: Spec, beside: tuple[str, ...]) -> tuple[str, ...]:
    if beside and not spec.relics:
        raise UsageError(f"{name} is {spec.called}, which is read by itself.", "Leave --with out.")
    paths = []
    for other in beside:
        path, exists = _found(other)
        if not exists:
            raise _missing(other, path, f" to be read together with {name}")
        if not _asks(spec, other, path):
            raise InputError(
                f"{other} is not {spec.called}, so it cannot be read together with {name}.", "Leave --with out."
            )
        paths.append(str(path))
    return tuple(paths)


def _recognised(name: str, path: Path, registry: Registry, *, target: bool) -> Spec:
    for spec in registry.files:
        if _asks(spec, name, path):
            return spec
    if target:
        what = "is a folder" if path.is_dir() else "exists and holds something else"
        raise InputError(f"{name} {what}, and was left as it is.", f"Name a new file: {_endings(registry)}.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{name} is empty.", "Look for another copy of it.")
    known = [spec.called for spec in registry.files]
    what = f"There is nothing in the folder {name}" if path.is_dir() else f"{name} is no file"
    raise InputError(
        f"{what} that can be read here.",
        f"Name {', '.join(known[:-1])}{' or ' if known[1:] else ''}{known[-1]}.",
    )


def _asks(spec: Spec, name: str, path: Path) -> bool:
    try:
        return spec.recognises is not None and spec.recognises(str(path))
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", "Mend its permissions.") from error


def _must_write(name: str, path: Path, spec: Spec, registry: Registry) -> None:
    # Rewriting a file in another form than its name says would leave a file that other programs misread.
    if path.suffix.lower() in spec.suffixes:
        return
    written = f"which is written to {' or '.join(spec.suffixes)} only" if spec.suffixes else "which is only read here"
    raise InputError(f"{name} is {spec.called}, {written}.", f"Name a new file: {_endings(registry)}.")


def _for_new(name: str, path: Path, registry: Registry) -> Spec:
    spec = registry.suffixes.get(path.suffix.lower())
    if spec is None:
        raise UsageError(
            f"The name of the new file {name} does not say its format.", f"End it in {_endings(registry)}."
        )
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} for the new file {name}.", "Make it first.")
    return spec


def _endings(registry: Registry) -> str:
    return ", ".join(f"{suffix} ({spec.called})" for suffix, spec in sorted(registry.suffixes.items()))
