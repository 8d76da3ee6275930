"""The tables of the pages as the code has them. `python -m tests.docs.tables` writes them where they have to stand.

A page marks the place of a table by the comments `<!-- table: NAME -->` before and `<!-- end -->` behind it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from adapters.files import JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT
from adapters.nextcloud_news import SPEC as NEWS
from adapters.pinboard import SPEC as PINBOARD
from adapters.pocket import SPEC as POCKET
from bridge.model.adapter import Spec
from bridge.model.bookmark import Field
from bridge.model.capabilities import Capabilities, TagRules
from tests.contract import test_contract
from tests.contract.applies import lacking
from tests.contract.cases import CASES as ACCOUNTS
from tests.docs.failures import CALLS, CASES, what_comes
from tests.docs.pages import ROOT, page, paths

SPECS: Sequence[Spec] = (PINBOARD, POCKET, NEWS, JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table in Markdown."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fields() -> str:
    """Return which account reads, sets and edits which field."""
    return table(("field", *(spec.name for spec in SPECS)), map(_field_row, Field))


def summary() -> str:
    """Return in short what each place can hold."""
    names = ("Pinboard", "Pocket's protocol", "News", "`.jsonl`", "`.html`", "`.json`", "export")
    rows = ([field.value, *(_briefly(spec.capabilities, field) for spec in SPECS)] for field in Field)
    able = {
        "takes new bookmarks": [_yes(spec.capabilities.adds) for spec in SPECS],
        "can remove them": [_yes(spec.capabilities.removes) for spec in SPECS],
    }
    return table(("", *names), [*rows, *([name, *cells] for name, cells in able.items())])


def abilities() -> str:
    """Return what else the accounts can do."""
    rows: Mapping[str, Sequence[str]] = {
        "adds, changes, removes": [_verbs(spec.capabilities) for spec in SPECS],
        "absent from a listing": [_absence(spec.capabilities) for spec in SPECS],
        "one entry can be asked for": [_yes(spec.capabilities.single) for spec in SPECS],
        "the url is the ref": [_yes(spec.capabilities.url_is_ref) for spec in SPECS],
        "others can read it": [_yes(spec.capabilities.publishes) for spec in SPECS],
        "operations in one push": [str(spec.capabilities.batch or "all") for spec in SPECS],
        "seconds between calls": [f"{spec.capabilities.cost.gap:g}" for spec in SPECS],
        "longest title": [str(spec.capabilities.limits.title or "") for spec in SPECS],
        "longest tag, most tags": [_tag_limits(spec.capabilities.tags) for spec in SPECS],
        "tags may hold": [_tag_letters(spec.capabilities.tags) for spec in SPECS],
        "schemes": [_schemes(spec.capabilities) for spec in SPECS],
    }
    return table(("", *(spec.name for spec in SPECS)), ([name, *cells] for name, cells in rows.items()))


def failures() -> str:
    """Return what each failure becomes, and after how many requests."""
    columns = [(service, call) for service, calls in CALLS.items() for call in calls]
    return table(
        ("answer", *(f"{service} {call}" for service, call in columns)),
        ([case, *(_failure(*what_comes(service, call, case)) for service, call in columns)] for case in CASES),
    )


def left_out() -> str:
    """Return which tests of the contract are not made for which accounts, and why."""
    tests = [name for name in vars(test_contract) if name.startswith("test_")]
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for test in tests:
        reasons: dict[str, list[str]] = {}
        for name, case in ACCOUNTS.items():
            if (why := lacking(test, case)) is not None:
                reasons.setdefault(why, []).append(name)
        for why, names in reasons.items():
            groups.setdefault((why, tuple(names)), []).append(f"`{test}`")
    return table(
        ("the account ...", "accounts", "left out for them"),
        ([why, ", ".join(names), ", ".join(left)] for (why, names), left in groups.items()),
    )


def modules() -> str:
    """Return what each module says of itself, package by package."""
    return "\n\n".join(map(_package, sorted({path.parent for path in _modules()})))


def _modules() -> list[Path]:
    return [path for package in ("adapters", "bridge") for path in (ROOT / package).rglob("*.py")]


def _package(folder: Path) -> str:
    name = folder.relative_to(ROOT).as_posix()
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = ([f"`{path.stem}`", _first_sentence(path)] for path in files)
    return (
        f"## {name}\n\n{_first_sentence(folder / '__init__.py')}\n\n{table(('module', 'what it says of itself'), rows)}"
    )


def _first_sentence(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")


def _briefly(can: Capabilities, field: Field) -> str:
    held = tuple(field in fields for fields in (can.reads, can.sets, can.edits))
    words = {
        (True, True, True): "yes",
        (True, True, False): "when added",
        (True, False, True): "read and changed",
        (True, False, False): "read",
        (False, False, False): "-",
    }
    return words[held]


def _failure(name: str, requests: int) -> str:
    return f"{name}, {requests} requests" if requests > 1 else name


def _field_row(field: Field) -> list[str]:
    return [f"`{field.value}`", *(_holds(spec.capabilities, field) for spec in SPECS)]


def _holds(can: Capabilities, field: Field) -> str:
    words = {"reads": can.reads, "sets": can.sets, "edits": can.edits}
    return " ".join(word for word, fields in words.items() if field in fields) or "-"


def _verbs(can: Capabilities) -> str:
    words = {"adds": can.adds, "changes": can.updates and bool(can.edits), "removes": can.removes}
    return " ".join(word for word, able in words.items() if able) or "-"


def _absence(can: Capabilities) -> str:
    return f"means {can.absence.value}"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _tag_limits(rules: TagRules) -> str:
    return f"{rules.longest or '-'}, {rules.most or '-'}"


def _tag_letters(rules: TagRules) -> str:
    words = {"blanks": rules.blanks, "commas": rules.commas, "capitals": not rules.lower}
    return " ".join(word for word, may in words.items() if may) or "-"


def _schemes(can: Capabilities) -> str:
    return " ".join(sorted(can.limits.schemes)) if can.limits.schemes is not None else "any"


TABLES: Mapping[str, Callable[[], str]] = {
    "summary": summary,
    "fields": fields,
    "abilities": abilities,
    "failures": failures,
    "left_out": left_out,
    "modules": modules,
}
"""What may be marked in a page, by its name."""

_MARKED = re.compile(r"(?<=<!-- table: )(\w+)( -->\n\n)(.*?)(?=\n\n<!-- end -->)", re.DOTALL)


def marked(text: str) -> dict[str, str]:
    """Return the tables that a text marks, by their names."""
    return {name: written for name, _, written in _MARKED.findall(text)}


def renewed(text: str) -> str:
    """Return a text with its marked tables as the code has them."""
    return _MARKED.sub(lambda found: f"{found[1]}{found[2]}{TABLES[found[1]]()}", text)


if __name__ == "__main__":
    for path in paths():
        (ROOT / path).write_text(renewed(page(path).text), encoding="utf-8")
