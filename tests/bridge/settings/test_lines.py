"""The lines on which faults of a config are told."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.errors import ConfigurationError
from bridge.settings.config import interpret
from bridge.settings.lines import Lines
from tests.bridge.settings.adapters import REGISTRY

TEXT = '''\
# a comment
top = 1

[accounts."my reader"]   # another
service = "pins"
gaps = { default = "3s", "posts/all" = "5m" }
lacks = [
    # before the first
    "title", "note",

    "tags",
]
note = """
service = 3
[jobs.x]
"""
nested = { tags = [
    "a",
    "b" ] }
deep = [[
  1], [
  2]]
deeper = { a = [ { b = [
  1 ] } ] }
dotted.a.b = 1
dotted.a.c = 2
[jobs.x.select]
tag = []
[jobs.x]
kind = "mirror"
[[lists]]
a = 1
[[lists]]
a = 2'''

READER = ("accounts", "my reader")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("top",), 2),
        (("accounts",), 4),
        (READER, 4),
        ((*READER, "service"), 5),
        ((*READER, "gaps", "posts/all"), 6),
        ((*READER, "lacks"), 7),
        ((*READER, "lacks", 0), 9),
        ((*READER, "lacks", 1), 9),
        ((*READER, "lacks", 2), 11),
        ((*READER, "nested"), 17),
        ((*READER, "nested", "tags", 0), 18),
        ((*READER, "nested", "tags", 1), 19),
        ((*READER, "deep", 0), 20),
        ((*READER, "deep", 1, 0), 22),
        ((*READER, "dotted", "a"), 25),
        ((*READER, "dotted", "a", "c"), 26),
        (("jobs", "x"), 27),
        (("jobs", "x", "kind"), 30),
        (("lists", 1, "a"), 34),
    ],
)
def test_a_place_has_the_line_on_which_it_begins(where: tuple[str | int, ...], line: int, newline: str) -> None:
    """Whatever stands around it."""
    assert line == Lines(TEXT.replace("\n", newline)).of(where)


def test_what_is_missing_belongs_to_the_table_around_it() -> None:
    """Whose line is told; the whole has none."""
    lines = Lines(TEXT)

    assert 4 == lines.of((*READER, "token"))
    assert 11 == lines.of((*READER, "lacks", 2, "x"))
    assert None is lines.of(("missing",))
    assert None is lines.of(())


def test_a_text_of_several_lines_begins_on_its_first() -> None:
    """What stands in it is no key."""
    assert 13 == Lines(TEXT).of((*READER, "note"))


def test_where_nothing_is_certain_no_line_is_told() -> None:
    """A nesting that is not seen through, and a text that is no TOML."""
    assert None is Lines(TEXT).of((*READER, "deeper", "a", 0, "b", 0))
    assert None is Lines("a = [").of(("a",))
    assert None is Lines("").of(("a",))


names = st.text(st.characters(codec="ascii", categories=["L", "Nd", "P", "Zs"]), min_size=1, max_size=8)
good = st.sampled_from(
    [
        "",
        "# [accounts.x]",
        "tries = 3",
        "weight = 1.5",
        'hosts = [\n"a.example",\n  # b\n"b.example" ]',
        'user = """\na\n"""',
    ]
)
bad = st.sampled_from(
    [
        'tokn = "x"',
        "insecure_http = 3",
        "url = false",
        'format = "csv"',
        'gaps = { default = "never" }',
        'lacks = ["nothing"]',
        'token = "plain"',
    ]
)


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    """Draw a config, and the lines on which faults were planted by their paths."""
    text = draw(st.sampled_from(["", "\n", "# accounts\n\n"]))
    planted: dict[str, int] = {}
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        text += f'[accounts.{json.dumps(name)}]\nservice = "pins"\n'
        statements = draw(st.lists(good | bad, max_size=6, unique_by=lambda line: line.partition(" =")[0] or object()))
        for statement in statements:
            if statement.partition(" =")[0] in ("tokn", "insecure_http", "url", "format", "gaps", "lacks", "token"):
                planted[f"{name} {statement.partition(' =')[0]}"] = text.count("\n") + 1
            text += f"{statement}\n"
    return text, planted


@given(configs())
def test_planted_faults_are_told_with_the_lines_on_which_they_were_planted(config: tuple[str, dict[str, int]]) -> None:
    """All at once, in the order of the file."""
    text, planted = config
    told: list[str] = []
    try:
        interpret(tomllib.loads(text), path=Path("config.toml"), registry=REGISTRY, environ={}, text=text)
    except ConfigurationError as error:
        told = error.message.split("\n  ")[1:]

    assert [f"line {line}:" for line in sorted(planted.values())] == [" ".join(line.split()[:2]) for line in told]
    for place, line in planted.items():
        key = place.rpartition(" ")[2]
        assert any(sentence.startswith(f"line {line}: accounts.") and key in sentence for sentence in told)


def test_a_text_in_a_list_of_lines_that_end_as_in_windows_has_its_line() -> None:
    """A cut within a text of several lines ends where the parser ends the line."""
    assert 3 == Lines("lacks = ['''a\r\nb''',\r\n5]\r\n").of(("lacks", 1))


def test_a_list_of_thousands_of_lines_has_them_all() -> None:
    """No line of it is parsed by itself, so it takes no longer than a short one."""
    lines = Lines("first = 1\nlacks = [\n" + "'tags',\n" * 5000 + "5]\n")

    assert 5003 == lines.of(("lacks", 5000))
    assert 1 == lines.of(("first",))


def test_a_line_that_takes_long_to_find_is_not_told() -> None:
    """Where each line could be the end of a statement, the search gives up before anybody loses patience."""
    lines = Lines("lacks = [\n" + "[],\n" * 5000 + "5]\n")

    assert None is lines.of(("lacks", 5000))
