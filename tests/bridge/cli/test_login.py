"""login and logout as a person meets them: in a real terminal, with a real browser, against the sandboxes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import text_to_be_present_in_element
from selenium.webdriver.support.wait import WebDriverWait

from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.pinboard.sandbox import serve as serve_pinboard
from adapters.pocket.sandbox import serve as serve_pocket
from bridge.cli.app import Surroundings
from bridge.cli.main import run
from tests.support.browser import chromium
from tests.support.stage import NO_GAPS

QUICK = 'gaps = { default = "0s" }'
SECONDS = 25


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Start one browser for all tests."""
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


class Terminal:
    """A person's terminal in a home of its own, without a keyring."""

    def __init__(self, home: Path) -> None:
        self.config = home / "config.toml"
        self.home = home

    def account(self, name: str, service: str, url: str) -> None:
        """Write an account without a login, that keeps no pace."""
        self.config.write_text(f'[accounts.{name}]\nservice = "{service}"\nurl = "{url}"\n{QUICK}\n', encoding="utf-8")
        self.config.chmod(0o600)

    @contextmanager
    def types(self, *arguments: str) -> Iterator[pexpect.spawn[str]]:
        """Start a command; what it says is read as it is shown."""
        environ = {
            **os.environ,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "TERM": "dumb",
            "COLUMNS": "300",
            "DISPLAY": "",
        }
        own = ["-m", "bridge", "--config", str(self.config), "--state-dir", str(self.home / "state")]
        shell: pexpect.spawn[str] = pexpect.spawn(
            sys.executable, [*own, *arguments], env=environ, encoding="utf-8", timeout=SECONDS, dimensions=(40, 300)
        )
        try:
            yield shell
        finally:
            shell.close(force=True)

    def ended(self, shell: pexpect.spawn[str]) -> tuple[int | None, str]:
        """Wait for the end; return the exit code and what was said last."""
        shell.expect(pexpect.EOF)
        shell.close()
        return shell.exitstatus, str(shell.before)

    def runs(self, *arguments: str) -> int:
        """Run a command in this process, without a terminal."""
        own = ["--config", str(self.config), "--state-dir", str(self.home / "state")]
        environ = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        return run([*own, *arguments], Surroundings(environ))

    @property
    def secrets(self) -> dict[str, str]:
        """What is kept, by file."""
        return {path.name: path.read_text().strip() for path in self.home.glob("secrets/*")}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Sit down at a terminal."""
    return Terminal(tmp_path)


def address(shell: pexpect.spawn[str]) -> str:
    """Return the address that the person is told to open."""
    shell.expect(r"Open this address in a browser:\r\n  (http://127\.0\.0\.1:\d+/\S+)\r\n")
    assert isinstance(shell.match, re.Match)
    return str(shell.match[1])


def test_a_pasted_token_is_proved_and_kept(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    """Pinboard's token is asked for without showing it; then the account works."""
    with serve_pinboard(gaps=NO_GAPS) as served:
        terminal.account("pinboard", "pinboard", served.url)
        with terminal.types("login", "pinboard") as shell:
            shell.expect("token")
            shell.sendline(served.app.token)
            code, said = terminal.ended(shell)

        assert 0 == code, said
        assert "logged in at pinboard as sandbox" in said
        assert f"Next: bookmark-bridge --config {terminal.config} " in said
        assert said.endswith(" check pinboard\r\n")
        assert served.app.token not in said
        assert {"pinboard.token": served.app.token} == terminal.secrets
        assert 0 == terminal.runs("check", "pinboard")
        assert 0 == terminal.runs("logout", "pinboard")
        assert {} == terminal.secrets
        capsys.readouterr()
        assert 0 == terminal.runs("logout", "pinboard")
        assert "pinboard has no login here, so there was none to forget.\n" == capsys.readouterr().out
        assert 3 == terminal.runs("check", "pinboard")
        assert "There is no login for Pinboard. Run `bookmark-bridge " in capsys.readouterr().out


def test_a_wrong_token_is_asked_for_again_and_never_kept(terminal: Terminal) -> None:
    """Each is told with its remedy; after the third one the config is as it was."""
    with serve_pinboard(gaps=NO_GAPS) as served:
        terminal.account("pinboard", "pinboard", served.url)
        before = terminal.config.read_text()
        with terminal.types("login", "pinboard") as shell:
            for _ in range(3):
                shell.expect("API token of")
                shell.sendline("sandbox:0000")
                shell.expect("did not accept this token")
            code, said = terminal.ended(shell)

    assert 3 == code
    assert "0000" not in said
    assert "All 3 answers were refused, and nothing was changed" in said
    assert "Run `" not in said
    assert "Traceback" not in said
    assert before == terminal.config.read_text()
    assert {} == terminal.secrets


def test_pocket_is_approved_in_the_browser(terminal: Terminal, browser: Chrome) -> None:
    """The approval page is clicked, the redirect comes back to the terminal, and the access token is kept."""
    with serve_pocket() as served:
        with terminal.types("login", "reading", "--service", "pocket", "--url", served.url) as shell:
            shell.expect("(?i)consumer key")
            shell.sendline(served.app.consumer_key)
            browser.get(address(shell))
            browser.find_element(By.XPATH, "//button[text()='Approve']").click()
            WebDriverWait(browser, SECONDS).until(text_to_be_present_in_element((By.TAG_NAME, "body"), "terminal"))
            code, said = terminal.ended(shell)

        assert 0 == code, said
        assert f"logged in at pocket as {served.app.username}" in said
        assert {"reading.consumer_key", "reading.access_token"} == terminal.secrets.keys()
        assert not [secret for secret in terminal.secrets.values() if secret in said]
        assert 0 == terminal.runs("check", "reading")
        assert 0 == terminal.runs("logout", "reading")
        assert {} == terminal.secrets


def test_what_pocket_declines_is_not_kept(terminal: Terminal, browser: Chrome) -> None:
    """The page comes back the same way; the program says that it is not approved and asks whether to try again."""
    with serve_pocket() as served, terminal.types(
        "login", "reading", "--service", "pocket", "--url", served.url
    ) as shell:  # fmt: skip
        shell.expect("(?i)consumer key")
        shell.sendline(served.app.consumer_key)
        browser.get(address(shell))
        browser.find_element(By.XPATH, "//button[text()='Decline']").click()
        shell.expect("(?i)try again")
        said_before = str(shell.before)
        shell.sendline("no")
        code, said = terminal.ended(shell)

    assert 3 == code, said
    assert "approved" in said_before + said
    assert {} == terminal.secrets


def test_nextcloud_is_granted_in_the_browser(terminal: Terminal, browser: Chrome) -> None:
    """The login flow's page is filled in and granted; logout revokes the app password at the server."""
    with serve_news() as served:
        people = served.app.people["alice"]
        known = set(people.app_passwords)
        with terminal.types("login", "news", "--service", "nextcloud-news", "--url", served.url) as shell:
            browser.get(address(shell))
            browser.find_element(By.NAME, "user").send_keys("alice")
            browser.find_element(By.NAME, "password").send_keys(people.password)
            browser.find_element(By.XPATH, "//button[text()='Log in']").click()
            asks = browser.find_element(By.TAG_NAME, "body").text
            browser.find_element(By.XPATH, "//button[text()='Grant access']").click()
            code, said = terminal.ended(shell)
        [kept] = terminal.secrets.values()

        assert 0 == code, said
        assert "bookmark-bridge" in asks
        assert "logged in at nextcloud-news as alice" in said
        assert kept not in said
        assert kept in set(people.app_passwords) - known
        assert 0 == terminal.runs("check", "news")
        assert 0 == terminal.runs("logout", "news")
        assert kept not in people.app_passwords
        assert {} == terminal.secrets


def test_a_login_that_is_left_ends_at_once(terminal: Terminal) -> None:
    """Ctrl-C while the page is waited for: nothing is kept, and the exit code says so."""
    with serve_news() as served, terminal.types(
        "login", "news", "--service", "nextcloud-news", "--url", served.url
    ) as shell:  # fmt: skip
        address(shell)
        shell.expect("Waiting for you; Ctrl-C gives up")
        shell.sendintr()
        code, said = terminal.ended(shell)

    assert 130 == code
    assert "Stopped as you asked; nothing was changed here." in said
    assert "call in flight" not in said
    assert "Traceback" not in said
    assert {} == terminal.secrets


def test_a_new_name_is_asked_for_its_service(terminal: Terminal) -> None:
    """A wrong answer is asked again."""
    with serve_pinboard(gaps=NO_GAPS) as served, terminal.types("login", "mine", "--url", served.url) as shell:
        shell.expect("The service of mine .*nextcloud-news, pinboard, pocket")
        shell.sendline("delicious")
        shell.expect("The service of mine")
        shell.sendline("pinboard")
        shell.expect("API token of 127")
        shell.sendintr()
        code, said = terminal.ended(shell)

    assert 130 == code
    assert "Stopped as you asked; nothing was changed here. Run the same command again to log in." in said
    assert not terminal.config.exists()


def test_a_service_that_is_not_known_is_asked_three_times(terminal: Terminal) -> None:
    """Then it is over, and nothing has been made."""
    with terminal.types("login", "mine") as shell:
        for _ in range(3):
            shell.expect("The service of mine")
            shell.sendline("delicious")
        code, said = terminal.ended(shell)

    assert 2 == code
    assert "There is no service delicious. Known are nextcloud-news, pinboard, pocket." in said
    assert not terminal.config.exists()


def test_a_mistyped_address_is_told_before_anything_is_asked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At each of the services: where nothing listens, and where another service does."""
    monkeypatch.setattr("bridge.cli.app.App.interactive", True)
    monkeypatch.setattr("click.prompt", lambda *_arguments, **_options: pytest.fail("nothing is to be asked"))
    with serve_pocket() as pocket, serve_news() as news:
        for service, other in (("pinboard", pocket), ("pocket", news), ("nextcloud-news", pocket)):
            codes = [
                terminal.runs("login", "mine", "--service", service, "--url", url)
                for url in ("http://127.0.0.1:9/", other.url)
            ]
            said = capsys.readouterr().err

            assert [75, 3] == codes, said
            assert "seems to be the wrong address" in said, said
    assert not terminal.config.exists()


def test_a_login_that_could_not_be_kept_is_not_begun(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody grants access for nothing."""
    (terminal.home / "file").touch()
    monkeypatch.setattr("bridge.cli.app.App.interactive", True)
    own = ["--config", str(terminal.home / "file" / "config.toml"), "--state-dir", str(terminal.home / "state")]

    assert 3 == run([*own, "login", "pinboard"], Surroundings(dict(os.environ)))
    assert "could not be written" in capsys.readouterr().err


def test_a_new_login_takes_the_place_of_the_old_one(terminal: Terminal) -> None:
    """A person whose token was reset logs in again, without a logout before."""
    with serve_pinboard(gaps=NO_GAPS) as served:
        terminal.account("pinboard", "pinboard", served.url)
        for token in (served.app.token, "sandbox:aaaabbbbccccddddeeee"):
            served.app.token = token
            with terminal.types("login", "pinboard") as shell:
                shell.expect("token")
                shell.sendline(token)
                code, said = terminal.ended(shell)
            assert 0 == code, said

    assert {"pinboard.token": "sandbox:aaaabbbbccccddddeeee"} == terminal.secrets


def test_a_page_is_opened_where_there_is_a_screen(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elsewhere its address is told, and nothing is started."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("bridge.cli.app.App.interactive", True)
    monkeypatch.setattr("click.prompt", lambda *_arguments, **_options: "half-a-token")
    for display in ("", ":0"):
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert 3 == terminal.runs("login", "pinboard")

    assert ["https://pinboard.in/settings/password"] == opened
    assert 2 == capsys.readouterr().err.count("https://pinboard.in/settings/password\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["login", "pinboard"], 2, "needs a terminal"),
        (["logout", "nobody"], 3, "no account, service or file"),
        (["logout", "pinboard"], 3, "no login"),
    ],
)
def test_what_cannot_be_done_is_said(
    terminal: Terminal, arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its exit code."""
    terminal.config.touch(mode=0o600)

    assert code == terminal.runs(*arguments)
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["login", "pins", "--service", "pocket"], 2, "pins is an account at pinboard"),
        (["login", " "], 2, "An account needs a name"),
        (["login", "new", "--service", "delicious"], 2, "no service delicious"),
    ],
)
def test_a_service_that_does_not_fit_is_said(
    terminal: Terminal,
    arguments: list[str],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is asked."""
    monkeypatch.setattr("bridge.cli.app.App.interactive", True)
    terminal.account("pins", "pinboard", "http://127.0.0.1:9/v1/")

    assert code == terminal.runs(*arguments)
    assert says in capsys.readouterr().err
