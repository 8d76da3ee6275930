"""docs/adapters.md against the code: each call of each client, what failures become, the keys of an account."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import attrs
import pytest

from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.client import NewsClient
from adapters.pinboard import PinboardConfig
from adapters.pinboard.client import PinboardClient
from adapters.pocket import PocketConfig, actions
from adapters.pocket.client import PocketClient
from tests.docs.failures import CALLS, CASES, what_comes
from tests.docs.pages import ROOT, Page, page
from tests.docs.rehearsal import CONFIGURATION

PAGE = page("docs/adapters.md")


@attrs.frozen
class Service:
    """A client, the tests that use it, and what of it is no call."""

    heading: str
    client: type
    folder: str
    helpers: frozenset[str] = frozenset()


SERVICES = [
    Service("## Pinboard's calls", PinboardClient, "pinboard", frozenset({"overhead"})),
    Service("## Pocket's calls", PocketClient, "pocket"),
    Service("## Nextcloud News' calls", NewsClient, "nextcloud_news"),
]

OWNER = re.compile(r"(?i)client|server|by_password|pocket$|^actions$")
"""What the tests call a client, or what gives them one."""

ERRORS = {
    *("CredentialsError", "ProtocolError", "Unavailable", "UnknownOutcome", "Unclear", "Refusal", "NotPermitted"),
    *("Forbidden", "NotFound", "NoSuchRoute", "UriTooLong"),
}
"""What is no answer."""

service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.folder)


def rows(heading: str, of: Page = PAGE) -> list[list[str]]:
    """Return the rows of the table under a heading of a page, without its head."""
    lines = [line for line in of.section(heading).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def methods(cell: str) -> list[str]:
    """Return the names of a cell: `posts_get`, or `send` with `actions.archive`."""
    return re.findall(r"`([a-z_.]+)`", cell)


@cache
def called(path: Path) -> frozenset[str]:
    """Return the names of all that a file calls of a client or of the actions, or hands on as such."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and OWNER.search(ast.unparse(node.value))
    )


def witnesses(folder: str, method: str) -> set[str]:
    """Return which kinds of tests use a method of a client."""
    found = set()
    for path in (ROOT / "tests" / "adapters" / folder).glob("test_*.py"):
        if not path.name.startswith("test_sandbox") and method.rpartition(".")[2] in called(path):
            found.add("cassette" if path.name == "test_cassettes.py" else "sandbox")
    return found


@pytest.mark.parametrize(("name", "call"), [(name, call) for name, calls in CALLS.items() for call in calls])
def test_no_failure_is_an_answer(name: str, call: str) -> None:
    """Whatever comes, it is an error or an outcome that is none; a refused login is not tried again."""
    found = {case: what_comes(name, call, case) for case in CASES}

    assert {what for what, _requests in found.values()} <= ERRORS
    assert ("CredentialsError", 1) == found["401"]


@pytest.mark.parametrize(("name", "call"), [(name, list(calls)[1]) for name, calls in CALLS.items()])
def test_a_write_that_may_have_been_done_is_unknown_and_sent_once(name: str, call: str) -> None:
    """No answer, a server error, a page in the place of a result."""
    for case in ("500", "no answer", "200 with a page"):
        assert what_comes(name, call, case) in {("UnknownOutcome", 1), ("Unclear", 1)}, case


def test_every_key_of_an_account_is_documented() -> None:
    """With the services that have it, and no other."""
    kinds = {"pinboard": PinboardConfig, "pocket": PocketConfig, "nextcloud-news": NewsConfig}
    documented = {
        (name, service)
        for key, services, _meaning in rows("### The keys of an account", page(CONFIGURATION))
        for name in methods(key)
        for service in (kinds if services == "all" else services.split(", "))
    }

    assert documented == {(field.name, service) for service, kind in kinds.items() for field in attrs.fields(kind)}


@service
def test_every_call_of_the_client_is_documented(service: Service) -> None:
    """Each public method stands in the table, and each name in the table is a method."""
    documented = {name for row in rows(service.heading) for name in methods(row[1])}
    public = {
        name for name, member in vars(service.client).items() if inspect.isfunction(member) and not name.startswith("_")
    }
    of_the_client = {name for name in documented if "." not in name}

    assert public - service.helpers == of_the_client


@service
def test_every_call_is_shown_by_a_test_as_the_table_says(service: Service) -> None:
    """A cassette where a real server's answer was recorded, else the sandbox."""
    for row in rows(service.heading):
        for method in methods(row[1]):
            found = witnesses(service.folder, method)
            assert found, f"{method} is used by no test"
            assert ("cassette" in row[2]) == ("cassette" in found), f"{method}: {sorted(found)}"


def test_all_twelve_actions_of_send_are_documented() -> None:
    """As Pocket's page on send lists them."""
    twelve = {
        *("add", "archive", "readd", "favorite", "unfavorite", "delete"),
        *("tags_add", "tags_remove", "tags_replace", "tags_clear", "tag_rename", "tag_delete"),
    }
    documented = {name.partition(".")[2] for row in rows("## Pocket's calls") for name in methods(row[1])} - {""}

    assert twelve == documented
    assert all(callable(getattr(actions, name)) for name in twelve)
