"""Every failure the program can explain: one sentence, and what to do now.

    BridgeError
    +-- UsageError           2   the command line contradicts itself
    +-- ConfigurationError   3   the config file, the environment or an account is wrong
    |   +-- WrongAddress     3   what answers at an account's url is not its service
    |   +-- InputError       3   a file is missing or is not what it should be
    |   +-- CredentialsError 3   a login is missing or was refused
    +-- Refused              4   a guard stands in the way
    +-- StateError           5   the state cannot be trusted or written
    +-- Unavailable         75   the service cannot answer now
    |   +-- ProtocolError   75   the service answered with something that is not its protocol
    |   +-- UnknownOutcome  75   a call that may or may not have written went unanswered
    |   +-- Locked          75   another run holds the account
    +-- Stopped            130   the person asked to stop

A class stands for what the reader has to do, not for a status code. The number is the exit code.
"""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """One sentence about what failed, on which account and item, and the remedy in another."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        apart = "\n" if "\n" in self.message else " "  # below a list the remedy would read as its last item's
        return f"{self.message}{apart}{self.remedy}".strip()


class UsageError(BridgeError):
    """The command line asks for something that does not go together."""

    exit_code = 2


class ConfigurationError(BridgeError):
    """The config, the environment or the choice of an account is wrong; `key` is that of the account, if it is one."""

    exit_code = 3

    def __init__(self, message: str, remedy: str = "", *, key: str = "") -> None:
        super().__init__(message, remedy)
        self.key = key


class WrongAddress(ConfigurationError):  # noqa: N818 - reads as the fault it is
    """What answers at an account's url is not its service.

    It is raised from the error that showed it, which it stays for whoever knows that the service was there before.
    """


class InputError(ConfigurationError):
    """A file is missing, unreadable, or not what its reader expects."""


class CredentialsError(ConfigurationError):
    """A login is missing or was refused. It stops every account on that host and is never tried again.

    `why` is the reason of a service that refused it, as a clause, "" if it gave none; None where none was asked.
    """

    def __init__(self, message: str, remedy: str = "", *, why: str | None = None) -> None:
        super().__init__(message, remedy)
        self.why = why


class Refused(BridgeError):  # noqa: N818 - the program did not fail, it declined
    """A guard refused the plan. `approve` names what would let exactly these `items` through."""

    exit_code = 4

    def __init__(
        self, message: str, remedy: str = "", *, approve: str = "", items: tuple[str, ...] = (), total: int = 0
    ) -> None:
        super().__init__(message, remedy)
        self.approve = approve
        self.items = items
        self.total = total


class StateError(BridgeError):
    """The state file cannot be trusted, read or written."""

    exit_code = 5


class Unavailable(BridgeError):  # noqa: N818 - reads as the answer it is
    """The service did not answer, or asked to be left alone. Nothing was written by the call that raised it."""

    exit_code = 75


class ProtocolError(Unavailable):
    """The answer is not the service's protocol: an HTML page, a cut body. Never to be read as an empty result."""


class UnknownOutcome(Unavailable):
    """A writing call was sent and its answer was lost: it may have been carried out."""


class Locked(Unavailable):
    """Another run works on the account."""


class Stopped(BridgeError):  # noqa: N818 - the person's wish, not a fault
    """The person asked to stop. Raised only where no unanswered write is on its way."""

    exit_code = 130
