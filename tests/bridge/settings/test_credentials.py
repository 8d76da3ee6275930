"""Where secrets come from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from bridge.model.errors import CredentialsError
from bridge.model.secret import Secret
from bridge.settings.credentials import Place, from_command, read_secret

WHERE = "accounts.pins.token"
PLACE = Place("pins", "token")


def secret(value: object, folder: Path = Path("/"), **environ: str) -> Secret:
    """Return the secret that a config value names."""
    return read_secret(value, account="pins", key="token", folder=folder, environ=environ)


def failure(value: object, folder: Path = Path("/"), **environ: str) -> str:
    """Return why a secret cannot be had."""
    with pytest.raises(CredentialsError) as caught:
        secret(value, folder, **environ).reveal()
    return str(caught.value)


class Ring(KeyringBackend):
    """A keyring in memory; `locked` makes it refuse."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the collection is locked")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@pytest.fixture
def use_ring(monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyringBackend], KeyringBackend]:
    """Put a keyring in place of the system's for one test."""

    def use(ring: KeyringBackend) -> KeyringBackend:
        monkeypatch.setattr(keyring, "get_password", ring.get_password)
        return ring

    return use


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """Write a file that only its owner may read."""
    path = tmp_path / "token"
    path.write_text("alice:12AB\n")
    path.chmod(0o600)
    return path


def test_a_secret_in_the_environment_is_its_variable() -> None:
    """The variable's value, unchanged."""
    assert secret({"env": "PINS_TOKEN"}, PINS_TOKEN=" alice:12AB ").reveal() == " alice:12AB "


@pytest.mark.parametrize("environ", [{}, {"PINS_TOKEN": ""}])
def test_a_variable_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    """So is the key of the config that needs it."""
    assert failure({"env": "PINS_TOKEN"}, **environ) == (
        f"The environment variable PINS_TOKEN, which {WHERE} names, is not set. "
        "Export it before you call the program, or run `bookmark-bridge login pins`."
    )


def test_a_secret_in_a_file_is_its_content_without_the_last_line_break(token_file: Path) -> None:
    """A relative path starts at the config's folder, an absolute one stands alone."""
    assert secret({"file": "token"}, token_file.parent).reveal() == "alice:12AB"
    assert secret({"file": str(token_file)}).reveal() == "alice:12AB"


@pytest.mark.parametrize(
    ("content", "text"), [(b"a\r\n", "a"), (b"a\n\n", "a\n"), (b"\xc3\xa9", "\u00e9"), (b" a ", " a ")]
)
def test_only_one_line_break_is_taken_off(token_file: Path, content: bytes, text: str) -> None:
    """Everything else may belong to the secret."""
    token_file.write_bytes(content)

    assert secret({"file": str(token_file)}).reveal() == text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_read_or_write_is_refused(token_file: Path, mode: int) -> None:
    """The remedy is the command to run."""
    token_file.chmod(mode)

    assert failure({"file": str(token_file)}) == (
        f"Others may read or write {token_file}, which {WHERE} names. Take their rights away: chmod 600 {token_file}"
    )


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "gave nothing"), (b"\n", "gave nothing"), (b"\xff", "is not UTF-8 text")]
)
def test_a_file_without_a_text_in_it_is_refused(token_file: Path, content: bytes, why: str) -> None:
    """An empty login is none, and bytes that are no text are not shown."""
    token_file.write_bytes(content)

    assert why in failure({"file": str(token_file)})


def test_a_file_that_is_missing_or_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    """The reason is the system's."""
    assert (
        failure({"file": "none"}, tmp_path)
        == f"{WHERE} cannot be read from {tmp_path / 'none'}: No such file or directory. "
        "Correct the path in the config, or run `bookmark-bridge login pins`."
    )
    assert "Is a directory" in failure({"file": "."}, tmp_path)
    assert "null character" in failure({"file": "a\0b"}, tmp_path)


def test_a_command_s_output_is_the_secret() -> None:
    """There is no shell: an argument stays one argument, whatever is in it."""
    command = [sys.executable, "-c", "import sys; print(sys.argv[1])", "a b; $(echo c)"]

    assert secret({"command": command}).reveal() == "a b; $(echo c)"


def test_a_command_that_fails_is_named_without_its_arguments() -> None:
    """The arguments could be secret; the traceback does not have them either."""
    command = [sys.executable, "-c", "raise SystemExit(3)", "s3cr3t"]

    with pytest.raises(CredentialsError) as caught:
        secret({"command": command}).reveal()

    assert (
        str(caught.value)
        == f"The command {sys.executable!r}, which {WHERE} names, ended with status 3. Run it by hand to see why."
    )
    assert caught.value.__cause__ is None
    assert "s3cr3t" not in repr(caught.value)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (
            ["/no/such/program", "s3cr3t"],
            "could not be started: No such file or directory.",
        ),
        (
            ["~/no-such-program"],
            "could not be started: No such file or directory.",
        ),
        (
            [sys.executable, "s3cr3t\0"],
            "could not be started: an argument holds a null character.",
        ),
        ([sys.executable, "-c", ""], "gave nothing."),
        (
            [sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"],
            "gave something that is not UTF-8 text.",
        ),
    ],
)
def test_a_command_that_cannot_give_a_secret_says_why(command: list[str], why: str) -> None:
    """Each in one sentence, without the arguments."""
    message = failure({"command": command})

    assert f"{why} " in message  # and what to do
    assert "s3cr3t" not in message


def test_a_command_that_does_not_end_is_stopped() -> None:
    """After its time it is given up, and its arguments stay out of the error."""
    with pytest.raises(CredentialsError, match=r"did not end within 0\.05 seconds\. Run it by hand") as caught:
        from_command([sys.executable, "-c", "import time; time.sleep(60)", "s3cr3t"], PLACE, seconds=0.05)

    assert caught.value.__suppress_context__
    assert "s3cr3t" not in str(caught.value)


def test_nothing_is_fetched_until_the_secret_is_needed_and_then_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing command is not run again for each call."""
    runs = []

    def run(argv: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        runs.append(argv)
        return subprocess.CompletedProcess(argv, 1, b"")

    monkeypatch.setattr(subprocess, "run", run)
    broken = secret({"command": ["pass", "pins"]})
    assert runs == []

    for _ in range(2):
        with pytest.raises(CredentialsError):
            broken.reveal()

    assert runs == [["pass", "pins"]]


def test_a_secret_in_the_keyring_is_known_by_account_and_key(
    use_ring: Callable[[KeyringBackend], KeyringBackend],
) -> None:
    """Two accounts of a service have two entries."""
    ring = use_ring(Ring())
    ring.set_password("bookmark-bridge", "pins.token", "alice:12AB")

    assert secret({"keyring": True}).reveal() == "alice:12AB"


def test_a_keyring_that_has_nothing_or_is_locked_or_is_none_says_what_to_do(
    use_ring: Callable[[KeyringBackend], KeyringBackend],
) -> None:
    """Three meanings, three remedies."""
    use_ring(Ring())
    assert (
        failure({"keyring": True})
        == f"The keyring has nothing for {WHERE}. Run `bookmark-bridge login pins`, or store it: "
        "keyring set bookmark-bridge pins.token"
    )

    use_ring(Ring(locked=True))
    assert "cannot be read from the keyring: the collection is locked." in failure({"keyring": True})

    use_ring(NoKeyring())
    assert "this system has none that can be used" in failure({"keyring": True})
    assert "pip install 'bookmark-bridge[keyring]'" in failure({"keyring": True})


def test_without_the_keyring_library_the_remedy_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is an extra, imported only when a secret is in the keyring."""
    monkeypatch.setitem(sys.modules, "keyring", None)  # type: ignore[arg-type]

    assert failure({"keyring": True}) == (
        f"{WHERE} is in the keyring, but the keyring library is not installed. "
        "Install it: pip install 'bookmark-bridge[keyring]'"
    )


def test_a_secret_in_plain_text_is_refused_without_being_repeated() -> None:
    """The remedy is how a secret is named."""
    with pytest.raises(ValueError, match="does not stand in the config itself") as caught:
        secret("alice:12AB")

    assert "{ keyring = true }" in str(caught.value)
    assert "12AB" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, "another table"),
        ({"env": ""}, "another table"),
        ({"env": 5}, "another table"),
        ({"env": "A", "file": "b"}, "another table"),
        ({"file": ""}, "another table"),
        ({"command": []}, "another table"),
        ({"command": "pass pins"}, "another table"),
        ({"command": ["pass", 5]}, "another table"),
        ({"command": [""]}, "another table"),
        ({"keyring": False}, "another table"),
        ({"keyring": 1}, "another table"),
        ({"vault": "alice:12AB"}, "another table"),
        (5, "a whole number"),
        (["a"], "a list"),
    ],
)
def test_any_other_value_names_no_secret(value: object, kind: str) -> None:
    """The message shows the forms, and not the value."""
    with pytest.raises(ValueError, match=r"^must be \{ env = ") as caught:
        secret(value)

    assert str(caught.value).endswith(f"not {kind}")


def test_no_library_is_imported_before_it_is_needed() -> None:
    """Reading the config does not import keyring."""
    code = "import sys, bridge.settings.config; assert 'keyring' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
