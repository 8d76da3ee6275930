"""What a login leaves in the config, and what a logout takes out of it again."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from unittest.mock import patch

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from adapters.pinboard import PinboardConfig
from bridge.model.adapter import Grant
from bridge.model.errors import ConfigurationError, CredentialsError
from bridge.model.secret import Secret
from bridge.settings.config import load
from bridge.settings.registry import find_adapters
from bridge.settings.written import drop_grant, known_keys, make, save_grant
from tests.bridge.settings.test_credentials import Ring

KEYS = {"token", "password"}
GRANT = Grant("alice", {"url": "https://pins.example/v1/"}, {"token": Secret("alice:12AB")})

WRITTEN = """# mine
[accounts.pinboard]   # the old one
service = "pinboard"
format = "json"       # it likes that better
token = { env = "PINS" }
gaps = { default = "5s" }

[jobs.tonight]
kind = "migrate"
source = "pinboard"
target = "x.jsonl"
"""


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Put a keyring in memory in place of the system's."""
    ring = Ring()
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(ring, name))
    return ring


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the system's keyring away."""
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(NoKeyring(), name))


def token(path: Path, account: str = "pinboard") -> str:
    """Return the token of an account of a config file, as a command gets it."""
    config = load(path, registry=find_adapters(), environ={})
    secret: Secret = config.accounts[account].config.token
    return secret.reveal()


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_the_login_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Only the owner may read it, the config names it, and holds no secret."""
    path = tmp_path / "new" / "config.toml"
    kept = save_grant(path, "pinboard", "pinboard", GRANT)
    file = tmp_path / "new" / "secrets" / "pinboard.token"

    assert f"in {file}" == kept
    assert "alice:12AB" == token(path)
    assert (0o600, 0o700) == tuple(stat.S_IMODE(place.stat().st_mode) for place in (file, file.parent))
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert "12AB" not in path.read_text()


def test_with_a_keyring_nothing_is_on_the_disk(tmp_path: Path, ring: Ring) -> None:
    """The config says that the keyring has it."""
    path = tmp_path / "config.toml"
    kept = save_grant(path, "pinboard", "pinboard", GRANT)

    assert "in the keyring" == kept
    assert {("bookmark-bridge", "pinboard.token"): "alice:12AB"} == ring.passwords
    assert "alice:12AB" == token(path)
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_ring")
def test_what_the_person_wrote_stays(tmp_path: Path) -> None:
    """Comments, other keys of the account, jobs; only what the login brought is new."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)
    path.chmod(0o600)
    save_grant(path, "pinboard", "pinboard", GRANT)
    text = path.read_text()

    assert all(line in text for line in WRITTEN.splitlines() if "token" not in line)
    assert 'url = "https://pins.example/v1/"' in text
    assert 'token = {file = "secrets/pinboard.token"}' in text


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize("name", ["two words", "../../evil", 'a "quoted" one', "ä"])
def test_any_name_of_an_account_will_do(tmp_path: Path, name: str) -> None:
    """It is quoted in the config, and its file stays in the folder of secrets."""
    path = tmp_path / "config.toml"
    save_grant(path, name, "pinboard", GRANT)
    [file] = (tmp_path / "secrets").iterdir()

    assert "alice:12AB" == token(path, name)
    assert tmp_path / "secrets" == file.parent


@pytest.mark.parametrize("fixture", ["ring", "no_ring"])
def test_a_logout_forgets_what_a_login_kept(tmp_path: Path, fixture: str, request: pytest.FixtureRequest) -> None:
    """The secret and its key are gone, the account's other keys stay."""
    ring = request.getfixturevalue(fixture)
    path = tmp_path / "config.toml"
    save_grant(path, "pinboard", "pinboard", GRANT)

    assert () == drop_grant(path, "pinboard", KEYS)
    assert not list(tmp_path.glob("secrets/*"))
    assert ring is None or not ring.passwords
    assert "token" not in path.read_text()
    assert 'url = "https://pins.example/v1/"' in path.read_text()


def test_a_logout_leaves_what_the_person_keeps_elsewhere(tmp_path: Path) -> None:
    """A secret that comes from the environment is named, and its key stays."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)

    assert ("token",) == drop_grant(path, "pinboard", KEYS)
    assert WRITTEN == path.read_text()


def test_another_way_to_log_in_takes_the_place_of_the_old_one(tmp_path: Path, ring: Ring) -> None:
    """Of a token and a password only the new one stays, here and where it was kept."""
    path = tmp_path / "config.toml"
    save_grant(path, "pinboard", "pinboard", GRANT)
    save_grant(
        path, "pinboard", "pinboard", Grant("alice", {"user": "alice"}, {"password": Secret("pw")}, ("token", "other"))
    )

    assert {("bookmark-bridge", "pinboard.password"): "pw"} == ring.passwords
    assert "token" not in path.read_text()


def test_a_login_that_cannot_be_kept_leaves_the_old_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The config still names a secret that is there."""
    path = tmp_path / "config.toml"
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(NoKeyring(), name))
    save_grant(path, "pinboard", "pinboard", GRANT)
    (tmp_path / "secrets" / "pinboard.password").mkdir()
    with pytest.raises(CredentialsError, match="cannot be kept"):
        save_grant(path, "pinboard", "pinboard", Grant("alice", {}, {"password": Secret("pw")}, ("token",)))

    assert "alice:12AB" == token(path)


def test_what_moves_to_the_keyring_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that was installed later takes over, and the file is gone."""
    path = tmp_path / "config.toml"
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(NoKeyring(), name))
    save_grant(path, "pinboard", "pinboard", GRANT)
    ring = Ring()
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(ring, name))
    save_grant(path, "pinboard", "pinboard", GRANT)

    assert ring.passwords
    assert [] == list(tmp_path.glob("secrets/*"))
    assert "alice:12AB" == token(path)


def test_without_its_library_a_keyring_is_not_forgotten_in_silence(
    tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and the config as it was."""
    path = tmp_path / "config.toml"
    save_grant(path, "pinboard", "pinboard", GRANT)
    before = path.read_text()
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CredentialsError, match="library is not installed"):
        drop_grant(path, "pinboard", KEYS)

    assert before == path.read_text()
    assert ring.passwords


def test_a_new_config_says_what_it_is(tmp_path: Path, ring: Ring) -> None:
    """Also one that was made empty for the purpose."""
    path = tmp_path / "config.toml"
    make(path)
    save_grant(path, "pinboard", "pinboard", GRANT)

    assert path.read_text().startswith("# Accounts and jobs of bookmark-bridge.")
    assert ring.passwords


def test_a_second_logout_finds_nothing(tmp_path: Path, ring: Ring) -> None:
    """What the keyring has lost meanwhile is no fault."""
    path = tmp_path / "config.toml"
    save_grant(path, "pinboard", "pinboard", GRANT)
    ring.passwords.clear()

    assert () == drop_grant(path, "pinboard", KEYS)
    assert () == drop_grant(path, "pinboard", KEYS)


def test_a_config_that_is_a_link_stays_one(tmp_path: Path, ring: Ring) -> None:
    """Some people keep theirs in a repository elsewhere."""
    real = tmp_path / "repository" / "bridge.toml"
    real.parent.mkdir()
    real.write_text(WRITTEN)
    path = tmp_path / "config.toml"
    path.symlink_to(real)
    save_grant(path, "pinboard", "pinboard", GRANT)

    assert path.is_symlink()
    assert ring.passwords
    assert "keyring = true" in real.read_text()


@pytest.mark.usefixtures("ring")
def test_a_config_that_is_no_toml_is_not_touched(tmp_path: Path) -> None:
    """One sentence, and the file as it was."""
    path = tmp_path / "config.toml"
    path.write_text("[accounts")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        save_grant(path, "pinboard", "pinboard", GRANT)

    assert "[accounts" == path.read_text()


@pytest.mark.usefixtures("no_ring")
def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """A file where the folder of secrets should be; a link to nowhere where the config's folder should be."""
    (tmp_path / "secrets").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CredentialsError, match=r"cannot be kept in .*pinboard\.token"):
        save_grant(tmp_path / "config.toml", "pinboard", "pinboard", GRANT)
    with pytest.raises(ConfigurationError, match="cannot be made"):
        save_grant(tmp_path / "link" / "config.toml", "pinboard", "pinboard", GRANT)


@pytest.mark.usefixtures("ring")
def test_a_full_disk_leaves_the_old_config(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)

    with (
        patch("os.fsync", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
        pytest.raises(ConfigurationError, match="No space left"),
    ):
        save_grant(path, "pinboard", "pinboard", GRANT)

    assert WRITTEN == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_known_is_what_differs_from_the_default() -> None:
    """So that a login asks for nothing that the config says already."""
    config = PinboardConfig(user="alice", password=Secret("x"), gaps={"default": 5.0})

    assert {"user", "password", "gaps"} == known_keys(config).keys()
