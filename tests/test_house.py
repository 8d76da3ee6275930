"""The rules of the house: lint, types, import contracts, and what the documents promise."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bridge.cli.main import cli

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
    ],
    ids=" ".join,
)
def test_tree_keeps_the_rules_of(command: tuple[str, ...]) -> None:
    """Lint, format, types and import contracts hold for the whole tree."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_longer_than_400_lines() -> None:
    """A module that grows beyond 400 lines is two."""
    long = {
        str(path.relative_to(ROOT)): lines
        for package in ("bridge", "adapters")
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }

    assert {} == long


def test_the_contracts_name_every_wire_and_every_sandbox() -> None:
    """A module that is added to a service keeps the rules of its kind."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    named = {module for contract in contracts for module in contract.get("source_modules", ())}
    paths = [path for kind in ("wire", "sandbox") for path in (ROOT / "adapters").glob(f"*/{kind}*.py")]

    assert [] == [name for path in paths if (name := f"adapters.{path.parent.name}.{path.stem}") not in named]
    assert len(paths) > 10


def test_the_three_services_look_alike() -> None:
    """The same files, so that who knows one service finds everything in another."""
    files = {"__init__", "wire", "calls", "client", "login", "adapter", "sandbox", "sandbox_account", "sandbox_text"}
    for service in ("pinboard", "pocket", "nextcloud_news"):
        assert files <= {path.stem for path in (ROOT / "adapters" / service).glob("*.py")}, service


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    """What the README tells people to run is what decides whether a change lands."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]

    assert gate in readme.splitlines()


def test_help_loads_no_command_and_no_service() -> None:
    """`--help` is fast because it imports no command module, no requests and no lxml."""
    program = (
        "import sys\n"
        "from bridge.cli.main import COMMANDS, run\n"
        "code = run(['--help'])\n"
        "commands = {place.partition(':')[0] for place, _ in COMMANDS.values()}\n"
        "heavy = {'requests', 'lxml', 'urllib3', 'werkzeug', 'rich', 'jinja2', 'cattrs', 'attrs', 'platformdirs'}\n"
        "print(sorted((commands | heavy) & set(sys.modules)), code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "[] 0" == done.stdout.splitlines()[-1]
    assert "migrate" in done.stdout


def test_every_command_has_two_examples_in_its_help() -> None:
    """The help of each command, and of each below it, shows how it is really typed: by its own name."""
    found = dict(_commands(cli, "bookmark-bridge"))
    without = [
        path
        for path, command in found.items()
        if 2 > sum(_shows(line, path.split()[1:]) for line in (command.help or "").splitlines())
    ]

    assert [] == without
    assert {"bookmark-bridge migrate", "bookmark-bridge schedule remove"} <= found.keys()


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def _shows(line: str, names: list[str]) -> bool:
    """Tell whether a line is an example of a command: the program, perhaps an option of all commands, its names."""
    first, *words = line.split() or [""]
    return first == "bookmark-bridge" and any(words[at : at + len(names)] == names for at in range(3))
