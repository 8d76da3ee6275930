"""Where things go wrong: a home with all three services, a desk with an export on it, and ways to spoil them."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import attrs
import pytest
from werkzeug.wrappers import Request, Response

from adapters.http import serving
from tests.support.home import Home
from tests.support.stage import Result

PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Welcome to this router.</body></html>"
CERTIFICATES = Path(__file__).parent / "certificates"
"""Two of nobody's: one that is good till 2126 and one that has expired in 2002."""

EXPORT = (
    "title,url,time_added,tags,status\n"
    "One,https://example.org/1,1400000000,a,unread\n"
    "Two,https://example.org/2,1400000001,b,archive\n"
)


@attrs.define
class Scene:
    """A person at a desk. Commands are typed in `desk`, where `export.csv` lies; the config is `config`."""

    home: Home
    desk: Path
    patch: pytest.MonkeyPatch
    stack: ExitStack
    names: dict[str, str] = attrs.field(factory=dict)
    """What stands in the table for what is different in each run: addresses, folders, ports."""
    variables: dict[str, str] = attrs.field(factory=dict)
    """What a command of the table names that is different in each run."""

    @property
    def config(self) -> Path:
        """The config file."""
        return self.home.folder / "config.toml"

    @property
    def pinboard_url(self) -> str:
        """Where the sandbox of Pinboard is."""
        found = re.search(r'url = "([^"]*)"', self.config.read_text(encoding="utf-8"))
        assert found is not None
        return found[1]

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.home.folder / "state"

    def export(self, **environ: str) -> None:
        """Have the shell export these; an empty value is as good as none."""
        self.home = attrs.evolve(self.home, environ={**self.home.environ, **environ})

    def write(self, name: str, content: str | bytes = "") -> Path:
        """Put a file on the desk."""
        path = self.desk / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def configure(self, text: str, *, alone: bool = False) -> None:
        """Add to the config, or have nothing else there."""
        before = "" if alone else self.config.read_text(encoding="utf-8")
        self.config.write_text(f"{before}\n{text}\n", encoding="utf-8")

    def pinboard_at(self, url: str) -> None:
        """Have the account's url be another one."""
        text = self.config.read_text(encoding="utf-8")
        self.config.write_text(re.sub(r'url = "[^"]*"', f'url = "{url}"', text), encoding="utf-8")

    def serve(self, answer: Response) -> str:
        """Serve one answer to whatever is asked, on loopback, and return the address."""

        @Request.application
        def app(_request: Request) -> Response:
            return answer

        url = self.stack.enter_context(serving.serve(app))
        self.names[url.partition("://")[2]] = "SOMEWHERE"
        return url

    def serve_tls(self, certificate: Path) -> str:
        """Greet whoever connects with a certificate, and return the address."""
        greeting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        greeting.load_cert_chain(certificate)
        listener = self.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=_greet, args=(listener, greeting), daemon=True).start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        self.names[host] = "SOMEWHERE"
        return f"https://{host}"

    def free_port(self) -> int:
        """Return a port on which nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as once:
            port: int = once.getsockname()[1]
        self.names[f"127.0.0.1:{port}"] = "NOBODY"
        return port

    def type(self, *arguments: str) -> Result:
        """Type a command, and read what it says with the names of the table."""
        result = self.home.run(*arguments)
        return attrs.evolve(result, out=self.named(result.out), err=self.named(result.err))

    def named(self, text: str) -> str:
        """Return a text with the names of the table in the place of what is different in each run."""
        for found, name in sorted(self.names.items(), key=lambda item: -len(item[0])):
            text = text.replace(found, name)
        text = re.sub(r"--approve [0-9a-f]{12}", "--approve ID", text)
        return re.sub(r"until [0-9-]{10} [0-9:]{5} UTC", "until DAY TIME UTC", text)

    def things(self) -> tuple[object, ...]:
        """Return all that a fault must leave as it was: what the services hold, and every file but the state."""
        root = self.home.folder.parent
        files = {
            path: path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and self.state not in path.parents
        }
        return *self.home.bodies(), files


Spoil: TypeAlias = Callable[[Scene], object]
"""Makes the fault."""


@attrs.frozen
class Fault:
    """A fault as a person meets it: what is wrong, what they type, and all that they are told.

    `message` is one sentence on what failed and where, `remedy` says what to do now. `in_run`: it happens after the
    first write, so that with --json there is a receipt.
    """

    wrong: str
    spoil: Spoil
    typed: str
    code: int
    message: str
    remedy: str
    in_run: bool = False


@contextmanager
def scene(home: Home, desk: Path, patch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Lay an export on the desk, and sit down at it."""
    desk.mkdir()
    patch.chdir(desk)
    patch.setenv("NO_PROXY", "*")
    ready = Scene(home, desk, patch, ExitStack())
    ready.write("export.csv", EXPORT)
    ready.names.update({str(home.folder): "HOME", str(desk): "DESK"})
    ready.names[f" --config {ready.config} --state-dir {ready.state}"] = ""  # what every command is typed with
    for name, variable in (("POCKET", "POCKET_URL"), ("CLOUD", "NEXTCLOUD_URL")):
        ready.names[_host(home.environ[variable])] = name
    ready.names[_host(ready.config.read_text(encoding="utf-8"))] = "PINBOARD"
    with ready.stack:
        yield ready


def answers(status: int, body: str = PAGE, **headers: str) -> Response:
    """Return the answer of another program, by default a page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, headers=named, content_type="text/html; charset=utf-8")


def news(**switches: object) -> Spoil:
    """Switch something at the Nextcloud."""
    return lambda scene: [setattr(scene.home.news, name, value) for name, value in switches.items()]


def pocket(**switches: object) -> Spoil:
    """Switch something at the Pocket server."""
    return lambda scene: [setattr(scene.home.pocket, name, value) for name, value in switches.items()]


def _greet(listener: socket.socket, greeting: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # closed
            return
        with connection, suppress(OSError):  # the client hangs up
            greeting.wrap_socket(connection, server_side=True).close()


def _host(text: str) -> str:
    found = re.search(r"http://([^/\"]+)", text)
    assert found is not None
    return found[1]
