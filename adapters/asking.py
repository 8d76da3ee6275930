"""Questions to a person, whose answers are tried at once: a wrong one is told, and asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import attrs

from bridge.model.adapter import Context, Person
from bridge.model.errors import BridgeError, CredentialsError

T = TypeVar("T")
Wrong: TypeAlias = tuple[type[BridgeError], ...]

TRIES = 3
"""How often a question is asked. Whoever is wrong so often has to look it up, and services count wrong logins."""


def addressed(typed: str) -> str:
    """Return the url that a person means who has left out its scheme."""
    return typed if "://" in typed else f"https://{typed}"


def afresh(context: Context) -> Context:
    """Return the context for an answer to try: a login that was refused keeps nobody from trying another."""
    return attrs.evolve(context, denied=set())


def until_right(person: Person, attempt: Callable[[], T], wrong: Wrong = (CredentialsError,)) -> T:
    """Return what comes of an attempt, which asks something and tries the answer.

    Where it raises what a wrong answer comes to, the person is told and it is made again, `TRIES` times in all. The
    last failure is raised, and so is any other at once.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except wrong as error:
            person.say(str(error))
    return attempt()
