"""A plan on disk: what `--plan` writes and `apply` carries out, and nothing else than that."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TypeVar

import attrs

from bridge.model.errors import InputError
from bridge.model.plan import Plan
from bridge.model.receipt import Receipt
from bridge.state.codec import Codec, CodecError
from bridge.state.replaced import replace

T = TypeVar("T")

_VERSION = 1
_NEW = "A new one is made by `bookmark-bridge migrate SOURCE TARGET --plan FILE`."


@attrs.frozen
class SavedPlan:
    """A plan, the accounts it is for, and the job's options as the job wrote them down.

    `receipt` is the dry run's, with the counts of everything that needs no write.
    """

    source: str
    target: str
    source_identity: str
    target_identity: str
    beside: tuple[str, ...]
    options: str
    plan: Plan
    receipt: Receipt
    version: int = _VERSION

    @property
    def id(self) -> str:
        """A name for exactly this plan."""
        steps = Codec().dump((self.source_identity, self.target_identity, self.options, self.plan))
        return hashlib.sha256(steps.encode()).hexdigest()[:12]


def save(path: Path, saved: SavedPlan) -> None:
    """Write a plan to a file that only its owner reads: it holds the bookmarks themselves.

    Raises InputError if it cannot be written; a plan that was there then stays.
    """
    try:
        replace(path, f"{Codec().dump(saved)}\n".encode())
    except OSError as error:
        raise InputError(
            f"The plan cannot be written to {path}: {error.strerror}.", "Free some space, or name another file."
        ) from error


def load(path: Path) -> SavedPlan:
    """Return the plan of a file; raise InputError if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"The plan {path} cannot be read: {error.strerror}.", f"Check the path. {_NEW}") from error
    except UnicodeDecodeError as error:
        raise _no_plan(path) from error
    try:
        version = json.loads(text)["version"]
        if version != _VERSION:
            raise InputError(f"The plan {path} was made by another version of the program.", _NEW)
        return Codec().load(text, SavedPlan)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise _no_plan(path) from error


def load_options(path: Path, saved: SavedPlan, kind: type[T]) -> T:
    """Return the job's options in a plan that was loaded from a file; raise InputError if they are none."""
    try:
        return Codec().load(saved.options, kind)
    except CodecError as error:
        raise _no_plan(path) from error


def _no_plan(path: Path) -> InputError:
    return InputError(f"{path} is not a plan, or is damaged.", _NEW)
