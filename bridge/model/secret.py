"""A secret that no repr, log line or exception can show."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model.errors import CredentialsError


class Secret:
    """Text that is fetched when it is first revealed, and is never shown.

    The source may be costly (a command, a keyring), so it is asked once; a failure is remembered like a value,
    so that a broken command does not run again for each call. `variable` names the environment variable that it comes
    from, if it comes from one.
    """

    __slots__ = ("_failure", "_source", "_text", "variable")

    def __init__(self, source: str | Callable[[], str], variable: str = "") -> None:
        self._source = source if callable(source) else None
        self._text = None if callable(source) else source
        self._failure: CredentialsError | None = None
        self.variable = variable

    def reveal(self) -> str:
        """Return the text. Raises CredentialsError if the source cannot give it."""
        if self._failure is not None:
            raise self._failure
        if self._text is None and self._source is not None:
            try:
                self._text = self._source()
            except CredentialsError as error:
                self._failure = error
                raise
        return self._text or ""

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is never pickled")
