"""What a name on the command line or in a job means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.adapter import FileConfig
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, InputError, UsageError
from bridge.model.secret import Secret
from bridge.settings.accounts import resolve, variables
from bridge.settings.config import Account, Config
from bridge.settings.registry import Registry
from tests.bridge.settings.adapters import LINES, REGISTRY, RELICS, ServiceConfig

CONFIG = Config(
    Path("/home/alice/config.toml"),
    {name: Account(name, REGISTRY.specs["pins"], ServiceConfig(user=name)) for name in ("mine", "pins", "a.lines")},
)
EMPTY = Config(Path("/home/alice/config.toml"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """Work in a folder with one file of each kind."""
    before = Path.cwd()
    (tmp_path / "old.lines").write_text("lines")
    (tmp_path / "old.txt").write_text("lines")
    (tmp_path / "export.zip").write_text("relic one")
    (tmp_path / "dump.json").write_text("relic two")
    (tmp_path / "other.bin").write_text("nobody knows")
    (tmp_path / "pins").write_text("lines")
    (tmp_path / "relics of 2025").mkdir()
    os.chdir(tmp_path)
    yield tmp_path.resolve()
    os.chdir(before)


def account(
    name: str,
    *beside: str,
    target: bool = False,
    config: Config = CONFIG,
    registry: Registry = REGISTRY,
    environ: dict[str, str] | None = None,
) -> Account:
    """Resolve a name."""
    return resolve(name, config=config, registry=registry, environ=environ or {}, target=target, beside=beside)


def test_an_account_of_the_config_comes_first() -> None:
    """Neither the service of that name nor a file counts then."""
    assert account("pins", environ={"PINS_TOKEN": "x"}) is CONFIG.accounts["pins"]
    assert account("a.lines") is CONFIG.accounts["a.lines"]
    assert account("mine", target=True) is CONFIG.accounts["mine"]


def test_a_service_is_opened_with_what_the_environment_says() -> None:
    """Secrets arrive as such, and what no variable names keeps its default."""
    found = account(
        "pins", config=EMPTY, environ={"PINS_TOKEN": "alice:12AB", "PINS_URL": "http://localhost:1/", "OTHER": "x"}
    )

    assert (found.name, found.spec) == ("pins", REGISTRY.specs["pins"])
    assert (found.config.url, found.config.user, found.config.tries) == ("http://localhost:1/", None, 3)
    assert found.config.token.reveal() == "alice:12AB"
    assert "12AB" not in repr(found)


@pytest.mark.parametrize("environ", [{}, {"PINS_URL": "http://localhost:1/"}, {"PINS_TOKEN": "", "PINS_USER": "alice"}])
def test_without_a_login_in_the_environment_its_variables_are_named(environ: dict[str, str]) -> None:
    """An address or a user alone is no login, and an empty variable is none."""
    with pytest.raises(CredentialsError) as caught:
        account("pins", config=EMPTY, environ=environ)

    assert str(caught.value) == (
        "pins is not an account of the config, and the environment holds no login for it. "
        "Set PINS_URL, PINS_TOKEN, PINS_USER (those of your login), or write an account [accounts.pins] in "
        "/home/alice/config.toml. A file of that name is ./pins."
    )


def test_half_a_login_is_a_fault_that_names_what_is_missing() -> None:
    """A class that must have both secrets is not opened with one."""
    with pytest.raises(ConfigurationError, match=r"reader\.access: is missing") as caught:
        account("reader", environ={"READER_KEY": "12AB"})

    assert "READER_KEY, READER_ACCESS" in caught.value.remedy
    assert "12AB" not in str(caught.value)


def test_a_service_without_secrets_needs_any_of_its_variables() -> None:
    """What has no login is described by an address."""
    assert account("open", environ={"OPEN_URL": "https://o.example/"}).config.url == "https://o.example/"
    with pytest.raises(CredentialsError, match="OPEN_URL"):
        account("open")


def test_a_service_that_no_variable_describes_needs_the_config() -> None:
    """The remedy speaks of the config alone."""
    with pytest.raises(CredentialsError, match=r"Write an account \[accounts\.silent\] in /home/alice/config\.toml\.$"):
        account("silent")


def test_a_source_file_is_known_by_its_content(folder: Path) -> None:
    """Its suffix says nothing, and its path becomes absolute."""
    assert account("old.txt") == Account("old.txt", LINES, FileConfig(str(folder / "old.txt")))
    assert account("./pins") == Account("./pins", LINES, FileConfig(str(folder / "pins")))
    assert account(str(folder / "export.zip")).spec is RELICS
    assert account("relics of 2025").config == FileConfig(str(folder / "relics of 2025"))


def test_a_path_with_a_dot_and_a_slash_is_never_an_account(folder: Path) -> None:
    """Not even if an account is called that."""
    odd = Config(Path("/c.toml"), {"./pins": CONFIG.accounts["pins"]})

    assert account("./pins", config=odd).spec is LINES


def test_a_link_and_its_file_are_one_account(folder: Path) -> None:
    """So writing one does not replace the other, and two jobs lock the same."""
    (folder / "link.lines").symlink_to("old.lines")

    assert account("link.lines", target=True).config == FileConfig(str(folder / "old.lines"), target=True)


def test_a_home_is_understood_where_no_shell_did_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of the config may name a file under `~`."""
    monkeypatch.setenv("HOME", str(folder))

    assert account("~/old.lines").config.path == str(folder / "old.lines")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none.zip", "There is no file none.zip in FOLDER, and no account of that name."),
        ("./none", "There is no file ./none in FOLDER."),
        ("other.bin", "other.bin is no file that can be read here."),
        ("old.lines/x", "There is no folder FOLDER/old.lines."),
        ("a\0b/", "'a\\x00b/' cannot be the path of a file."),
        ("/" + "x" * 300, f"/{'x' * 300} cannot be read: File name too long."),
    ],
)
def test_a_source_that_is_missing_or_unknown_is_an_input_error(name: str, sentence: str) -> None:
    """The sentence names it as it was written."""
    with pytest.raises(InputError) as caught:
        account(name)

    assert caught.value.message == sentence.replace("FOLDER", str(Path.cwd().resolve()))


def test_what_would_be_recognised_is_told() -> None:
    """The kinds of files are named."""
    with pytest.raises(InputError, match="Name a lines file, a relics file or a second file") as caught:
        account("other.bin")

    assert caught.value.exit_code == 3


def test_a_loop_of_links_is_no_file(folder: Path) -> None:
    """It ends in a sentence."""
    (folder / "loop.zip").symlink_to("loop.zip")

    with pytest.raises(InputError, match=r"loop\.zip"):
        account("loop.zip")


def test_a_file_that_cannot_be_read_is_an_input_error(folder: Path) -> None:
    """What goes wrong while its content is asked for ends in a sentence, too."""

    def unreadable(_path: str) -> bool:
        raise PermissionError(13, "Permission denied")

    registry = Registry({"lines": attrs.evolve(LINES, recognises=unreadable)})

    with pytest.raises(InputError, match=r"old\.lines cannot be read: Permission denied\."):
        account("old.lines", registry=registry)


def test_a_new_target_is_written_by_its_suffix(folder: Path) -> None:
    """In whatever case it is spelt, and by the first adapter that writes it."""
    assert account("new.LINES", target=True) == Account(
        "new.LINES", LINES, FileConfig(str(folder / "new.LINES"), target=True)
    )


@pytest.mark.parametrize("name", ["new.pdf", "./new", "./new."])
def test_a_new_target_of_unknown_suffix_is_a_usage_error(name: str) -> None:
    """The suffixes that can be written are named."""
    with pytest.raises(UsageError) as caught:
        account(name, target=True)

    assert caught.value.exit_code == 2
    assert caught.value.remedy == "End it in .jsonl (a lines file), .lines (a lines file), .txt (a second file)."


def test_a_new_target_needs_a_folder() -> None:
    """It is not made unasked."""
    with pytest.raises(InputError, match="There is no folder"):
        account("nowhere/new.lines", target=True)


def test_an_existing_target_is_what_its_content_says(folder: Path) -> None:
    """It is read and merged like any account."""
    assert account("old.lines", target=True) == Account(
        "old.lines", LINES, FileConfig(str(folder / "old.lines"), target=True)
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("export.zip", "export.zip is a relics file, which is only read here."),
        ("old.txt", "old.txt is a lines file, which is written to .lines or .jsonl only."),
    ],
)
def test_an_existing_target_that_cannot_be_written_is_an_input_error(name: str, why: str) -> None:
    """A file that is only read is not replaced, nor one whose name says another format."""
    with pytest.raises(InputError) as caught:
        account(name, target=True)

    assert caught.value.message == why
    assert ".jsonl (a lines file)" in caught.value.remedy


def test_relics_are_read_together(folder: Path) -> None:
    """Each further file becomes absolute, in the order in which they were named."""
    found = account("export.zip", "dump.json", "relics of 2025")

    assert found.config.beside == (str(folder / "dump.json"), str(folder / "relics of 2025"))


@pytest.mark.parametrize(
    ("name", "error", "why"),
    [
        ("old.lines", UsageError, "old.lines is a lines file, which is read by itself."),
        ("mine", UsageError, "mine is no file, so no other file can be read together with it."),
    ],
)
def test_nothing_is_read_together_with_what_is_no_relic(name: str, error: type[BridgeError], why: str) -> None:
    """--with is refused, not ignored."""
    with pytest.raises(error) as caught:
        account(name, "dump.json")

    assert caught.value.message == why


@pytest.mark.parametrize(
    ("beside", "why"), [("none.json", "There is no file none.json"), ("old.lines", "old.lines is not a relics file")]
)
def test_a_further_relic_must_be_one(beside: str, why: str) -> None:
    """A missing or foreign file beside is an input error."""
    with pytest.raises(InputError, match=why):
        account("export.zip", beside)


def test_an_unknown_name_is_told_with_what_may_have_been_meant() -> None:
    """Accounts and services are both candidates."""
    with pytest.raises(ConfigurationError) as caught:
        account("pinz")

    assert str(caught.value) == (
        "There is no account, service or file 'pinz'. Did you mean pins? "
        "`bookmark-bridge login pinz` makes an account (in /home/alice/config.toml); a file is ./pinz."
    )


def test_an_unknown_name_like_no_other_is_told_with_all_that_is_known() -> None:
    """Without a close match, the choice is named."""
    with pytest.raises(ConfigurationError, match=r"Known are open, pins, reader, silent\. `bookmark-bridge login zzz`"):
        account("zzz", config=EMPTY)
    with pytest.raises(ConfigurationError, match="makes an account") as caught:
        account("zzz", config=EMPTY, registry=Registry())
    assert "Known" not in str(caught.value)


def test_a_name_too_long_for_a_file_is_an_unknown_account() -> None:
    """It does not crash the look at the disk."""
    with pytest.raises(ConfigurationError, match="There is no account, service or file"):
        account("x" * 5_000)


@given(name=st.text(), target=st.booleans())
def test_any_name_is_an_account_or_a_sentence(name: str, target: bool) -> None:
    """Whatever is typed, the answer is an account or an error that explains itself."""
    try:
        found = account(name, target=target)
    except BridgeError as error:
        found = Account(name, LINES, error.message)

    assert found.name == name
    assert found.config


def test_variables_of_an_account_are_those_it_is_opened_with() -> None:
    """An account of the config names those of its secrets, a bare service those that are set, and a file has none."""
    config = Config(
        EMPTY.path,
        {"mine": Account("mine", REGISTRY.specs["pins"], ServiceConfig(token=Secret("x", variable="TOKEN")))},
    )
    environ = {"PINS_TOKEN": "x", "PINS_USER": "", "READER_KEY": "x"}
    names = ("mine", "pins", "./pins", "old.lines")

    assert [["TOKEN"], ["PINS_TOKEN"], [], []] == [
        variables(name, config=config, registry=REGISTRY, environ=environ) for name in names
    ]
