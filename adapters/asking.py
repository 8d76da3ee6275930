"""Questions to a person, whose answers are tried at once: a wrong one is told, and asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

import attrs

from bridge.model.adapter import Context, Person
from bridge.model.errors import BridgeError, CredentialsError

T = TypeVar("T")
Wrong: TypeAlias = tuple[type[BridgeError], ...]

TRIES = 3
"""How often a question is asked. Whoever is wrong so often has to look it up, and services count wrong logins."""
HIDDEN = "not shown while you paste it"
"""What a question for a secret says of its answer: a terminal that shows nothing seems to hear nothing."""
WAITING = "Waiting for you; Ctrl-C gives up."
"""What is said while a person is busy in the browser."""
ONCE_MORE = "Nothing was changed: type the same command again."
"""What to do about a login that a browser brought and that does not work."""


def addressed(typed: str) -> str:
    """Return the url that a person means who has left out its scheme."""
    return typed if "://" in typed else f"https://{typed}"


def afresh(context: Context) -> Context:
    """Return the context for an answer to try: a login that was refused keeps nobody from trying another."""
    return attrs.evolve(context, denied=set())


@contextmanager
def tried(service: str, what: str, remedy: str = "") -> Iterator[None]:
    """Hold this around the calls that prove an answer: the CredentialsError of a service then speaks of that answer.

    Elsewhere a refused login is mended by `login`, which is no remedy within it.
    """
    try:
        yield
    except CredentialsError as error:
        if error.why is None:
            raise
        because = f": {error.why}" if error.why else ""
        raise CredentialsError(f"{service} did not accept this {what}{because}.", remedy) from error


def until_right(person: Person, attempt: Callable[[], T], wrong: Wrong = (CredentialsError,)) -> T:
    """Return what comes of an attempt, which asks something and tries the answer.

    Where it raises what a wrong answer comes to, the person is told and it is made again, `TRIES` times in all. The
    last failure is raised, and so is any other at once.
    """
    for left in range(TRIES - 1, 0, -1):
        try:
            return attempt()
        except wrong as error:
            person.say(f"{error} {left} {'tries are' if left > 1 else 'try is'} left.")
    return attempt()


def until_accepted(person: Person, attempt: Callable[[], T], advice: str) -> T:
    """Return what comes of an attempt to log in with an answer.

    Raises CredentialsError for the last of them. `advice` is the clause that says where a right answer is found.
    """
    try:
        return until_right(person, attempt)
    except CredentialsError as error:
        remedy = (
            f"All {TRIES} answers were refused, and nothing was changed: {advice}, and type the same command again."
        )
        raise CredentialsError(error.message, remedy) from error
