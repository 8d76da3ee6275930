"""The config file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Field
from bridge.model.errors import ConfigurationError
from bridge.settings.config import Config, default_path, interpret, load
from bridge.settings.jobs import Fold, Forward, ForwardTags, Migrate, Mirror, Select, Tags
from bridge.settings.registry import Registry, find_adapters
from bridge.settings.values import Duration, Moment, parse_moment
from tests.bridge.settings.adapters import REGISTRY, ServiceConfig

WHOLE = """
[accounts.pins]
service = "pins"
url = "https://pins.example/v1/"
token = { env = "PINS_TOKEN" }
gaps = { default = "3s", "posts/all" = "5m" }
lacks = ["favorite"]
insecure_http = false

[accounts."my reader"]
service = "reader"
key = { file = "key" }
access = { command = ["echo", "12AB"] }

[jobs.reading]
kind = "mirror"
left = "my reader"
right = "pins"
direction = "left-to-right"
deletes = "propagate"
conflict = "report"
full = "12h"
private = "always"
fold = { favorite = "star", highlights = false }
select = { tag = ["a"], unread = false, since = 2020-01-01, host = ["a.example"] }
tags = { rename = { js = "javascript" }, drop = ["toread"], add = ["x"], prefix = "p:" }

[jobs.stars]
kind = "forward"
source = "my reader"
target = "pins"
after = "unstar"
tags = { feed = true, folder = true, add = ["news"] }

[jobs.once]
kind = "migrate"
source = "./pocket.zip"
target = "pins"
fold = { favorite = false }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a folder that only its owner may write, and return the config's path in it."""
    folder = tmp_path / "bookmark-bridge"
    folder.mkdir(mode=0o700)
    path = folder / "config.toml"
    path.touch(mode=0o600)
    return path


def read(path: Path, text: str | None = None, registry: Registry = REGISTRY, **environ: str) -> Config:
    """Write the config and load it."""
    if text is not None:
        path.write_text(text)
    return load(path, registry=registry, environ=environ)


def refusal(path: Path, text: str | None = None, registry: Registry = REGISTRY) -> str:
    """Return why a config is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read(path, text, registry)
    return str(caught.value)


def test_a_whole_config_becomes_values(path: Path) -> None:
    """Accounts and jobs keep their names, and every key arrives as its type."""
    config = read(path, WHOLE)

    pins = config.accounts["pins"]
    assert (pins.name, pins.spec, pins.config.url) == ("pins", REGISTRY.specs["pins"], "https://pins.example/v1/")
    assert pins.config.gaps == {"default": 3.0, "posts/all": 300.0}
    assert pins.config.lacks == frozenset({Field.FAVORITE})
    assert config.jobs == {
        "reading": Mirror(
            left="my reader",
            right="pins",
            direction="left-to-right",
            deletes="propagate",
            conflict="report",
            full=Duration(43_200.0),
            private="always",
            fold=Fold(favorite="star", highlights=False),
            select=Select(tag=("a",), host=("a.example",), unread=False, since=Moment(parse_moment("2020-01-01"))),
            tags=Tags(rename={"js": "javascript"}, drop=("toread",), add=("x",), prefix="p:"),
        ),
        "stars": Forward(
            source="my reader", target="pins", after="unstar", tags=ForwardTags(add=("news",), feed=True, folder=True)
        ),
        "once": Migrate(source="./pocket.zip", target="pins", fold=Fold(favorite=False)),
    }


def test_a_job_that_says_no_more_than_it_must_has_the_cautious_defaults(path: Path) -> None:
    """Removals are off, privacy is kept, a full listing comes daily, and what can be folded is."""
    config = read(path, '[jobs.all]\nkind = "mirror"\nleft = "a"\nright = "b"\n')

    assert config.jobs["all"] == Mirror(
        left="a",
        right="b",
        direction="both",
        deletes="keep",
        conflict="newest",
        full=Duration(86_400.0),
        private="keep",
        fold=Fold(favorite="favorite", highlights="note"),
        select=Select(tag=(), host=(), unread=None, favorite=None, since=None, until=None),
        tags=Tags(rename={}, drop=(), add=(), prefix=""),
    )


def test_names_of_feeds_are_for_what_is_forwarded(path: Path) -> None:
    """Without a word they are as the account gives them; another kind of job has no such key."""
    job = '[jobs.{0}]\nkind = "{0}"\nsource = "a"\ntarget = "b"\n'
    config = read(path, job.format("forward"))

    assert config.jobs["forward"] == Forward(
        source="a", target="b", after="keep", tags=ForwardTags(feed=None, folder=None)
    )
    assert "jobs.migrate.tags.feed: unknown key" in refusal(path, job.format("migrate") + "tags = { feed = true }\n")


def test_secrets_are_fetched_when_they_are_needed(path: Path) -> None:
    """A relative file is beside the config, and reading the config asks for nothing."""
    config = read(path, WHOLE, PINS_TOKEN="alice:12AB")
    key = path.parent / "key"
    key.write_text("secret\n")
    key.chmod(0o600)

    assert config.accounts["pins"].config.token.reveal() == "alice:12AB"
    assert config.accounts["my reader"].config.key.reveal() == "secret"
    assert config.accounts["my reader"].config.access.reveal() == "12AB"


def test_every_fault_of_the_file_is_told_at_once(path: Path) -> None:
    """Sections, services, kinds and keys are all checked, each fault on a line with its path."""
    text = """
        colour = "red"
        [accounts.pinboard]
        service = "pins"
        tokn = { env = "X" }
        token = "alice:12AB"
        [accounts.reader]
        service = "raeder"
        [accounts.none]
        url = "https://a.example/"
        [accounts.odd]
        service = ["pins"]
        [accounts]
        flat = 5
        [jobs.reading]
        kind = "miror"
        [jobs.once]
        kind = "migrate"
        source = "a"
        direction = "both"
        existing = "ignore"
    """

    message = refusal(path, text)

    assert message.splitlines()[0] == f"The config file {path} has 11 faults:"
    assert message.splitlines()[1:-1] == [
        "  line 2: colour: unknown key (known here: accounts, jobs)",
        "  line 5: accounts.pinboard.tokn: unknown key (did you mean token?)",
        "  line 6: accounts.pinboard.token: a secret does not stand in the config itself; write "
        '{ env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM", "ARGUMENT"] } or { keyring = true }',
        '  line 8: accounts.reader.service: "raeder" is unknown (did you mean reader?)',
        "  line 9: accounts.none.service: is missing (known here: open, pins, reader, silent)",
        "  line 12: accounts.odd.service: must be text, not a list",
        "  line 14: accounts.flat: must be a table, not a whole number",
        '  line 16: jobs.reading.kind: "miror" is unknown (did you mean mirror?)',
        "  line 17: jobs.once.target: is missing",
        "  line 20: jobs.once.direction: unknown key "
        "(known here: existing, fold, private, select, source, tags, target)",
        '  line 21: jobs.once.existing: must be one of "merge", "skip", "overwrite", not "ignore"',
    ]
    assert "12AB" not in message


def test_a_single_fault_is_a_fault(path: Path) -> None:
    """A section that is no table is told as such."""
    assert (
        f"The config file {path} has a fault:\n  line 1: jobs: must be a table, not a whole number\n"
        "Correct it there, and run the same command again."
    ) == refusal(path, "jobs = 5")


def test_an_adapter_that_did_not_load_is_named_where_it_may_be_the_reason(path: Path) -> None:
    """An unknown service can be a plug-in that is broken."""
    broken = Registry({}, ("The adapter odd (odd:SPEC) cannot be used: ImportError: no.",))

    message = refusal(path, '[accounts.odd]\nservice = "odd"\n', broken)

    assert '"odd" is unknown (known here: nothing)' in message
    assert message.endswith("The adapter odd (odd:SPEC) cannot be used: ImportError: no.")


def test_a_file_adapter_is_no_service_of_an_account(path: Path) -> None:
    """Files are named by their paths."""
    assert '"lines" is unknown' in refusal(path, '[accounts.backup]\nservice = "lines"\n')


def test_the_traceback_of_a_refusal_does_not_hold_the_table(path: Path) -> None:
    """The causes of a fault hold the values, and with them a secret in plain text."""
    path.write_text('[accounts.pins]\nservice = "pins"\ntoken = "alice:12AB"\ngaps = 5\n')

    with pytest.raises(ConfigurationError) as caught:
        load(path, registry=REGISTRY, environ={})

    links = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert "12AB" not in repr(links)


def test_without_a_config_file_there_are_no_accounts_and_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default place is told all the same, so that a message can name it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    assert load(None, registry=REGISTRY, environ={}) == Config(default_path(), {}, {})
    assert default_path().is_relative_to(tmp_path)
    assert default_path().parts[-2:] == ("bookmark-bridge", "config.toml")


def test_the_config_in_the_user_s_folder_is_read_unasked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --config, it is the one that counts."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: path.parent.parent / name)
    path.write_text('[accounts.pins]\nservice = "pins"\n')

    assert list(load(None, registry=REGISTRY, environ={}).accounts) == ["pins"]


def test_a_chosen_config_file_must_be_there(tmp_path: Path) -> None:
    """A mistyped --config is not an empty config."""
    missing = tmp_path / "config.toml"

    assert f"There is no config file {missing}. Correct --config, or leave it out" in refusal(missing)


def test_a_config_that_cannot_be_read_or_is_not_toml_is_a_sentence(path: Path) -> None:
    """The system's or the parser's reason is in it."""
    assert "cannot be read: Is a directory." in refusal(path.parent)
    assert "is not TOML: " in refusal(path, "[accounts")
    path.write_bytes(b"\xff")
    assert "is not text in UTF-8. Save it as UTF-8." in refusal(path)
    path.write_bytes(b"\xef\xbb\xbf[accounts]")
    assert "is not TOML: it begins with a byte order mark, so save it as UTF-8 without one." in refusal(path)
    assert "is not TOML: a number in it is too long." in refusal(path, f"x = {'9' * 5000}")
    assert "is not TOML: a list in it is nested too deeply." in refusal(path, f"x = {'[' * 9000}{']' * 9000}")


def test_a_config_that_is_a_pipe_is_not_waited_for(path: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(path.with_name("pipe"))

    assert "is a pipe." in refusal(path.with_name("pipe"))


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_config_that_others_may_write_is_refused(path: Path, mode: int) -> None:
    """It can name commands to run; the remedy is the command to type."""
    path.write_text(WHOLE)
    path.chmod(mode)

    assert refusal(path) == (
        f"Others may write {path}, and a config can name commands to run. Take that right away: chmod go-w {path}"
    )


def test_a_config_in_a_folder_that_others_may_write_is_refused(path: Path) -> None:
    """Who may write the folder may put another file there; both are named at once."""
    path.chmod(0o664)
    path.parent.chmod(0o775)

    assert refusal(path, WHOLE).endswith(f"chmod go-w {path} {path.parent}")


def test_a_sticky_folder_protects_the_config_in_it(path: Path) -> None:
    """In a folder such as /tmp, nobody can replace a file of somebody else."""
    path.parent.chmod(0o1777)

    assert read(path, WHOLE).accounts


def test_the_folder_that_a_link_leads_to_counts_as_well(path: Path, tmp_path: Path) -> None:
    """A config that is a link into a folder of dotfiles is as safe as that folder."""
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    path.parent.chmod(0o770)

    assert refusal(link, WHOLE).endswith(f"chmod go-w {path.parent}")


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_name_of_an_account_and_key_can_be_told(name: str, key: str) -> None:
    """A fault's path escapes what is not a bare key, so it is one line, however the key is written."""
    tables = tomlkit.document()
    tables["accounts"] = {name: {"service": "pins", f"x{key}": 1}}

    with pytest.raises(ConfigurationError) as caught:
        interpret(tables.unwrap(), path=Path("/config.toml"), registry=REGISTRY, environ={})

    assert len(caught.value.message.splitlines()) == 2
    assert caught.value.message.isascii()


def test_an_account_needs_no_more_than_its_service(path: Path) -> None:
    """Everything else has the defaults of the service."""
    assert read(path, '[accounts.a]\nservice = "pins"\n').accounts["a"].config == ServiceConfig()


def test_jobs_are_chosen_by_name_or_all() -> None:
    """Each once, in the order in which they are named; a name that is none is told with what may have been meant."""
    copy = Migrate(source="a", target="b")
    config = Config(Path("config.toml"), jobs={"one": copy, "two": copy})

    assert (["one", "two"], ["two", "none"]) == (config.chosen(()), config.chosen(("two", "none", "two")))
    assert copy is config.job("two")
    with pytest.raises(ConfigurationError, match=r"There is no job 'tow' in config.toml\. .*did you mean two\?"):
        config.job("tow")
    with pytest.raises(ConfigurationError, match=r"There is no job in config\.toml"):
        Config(Path("config.toml")).chosen(())


def test_jobs_say_which_of_their_places_they_write() -> None:
    """A mirror writes where its direction leads; the others write their target."""
    directions = ("both", "left-to-right", "right-to-left")
    mirrors = [Mirror(left="a", right="b", direction=direction) for direction in directions]

    assert [(True, True), (False, True), (True, False)] == [_written(job) for job in mirrors]
    assert [(False, True)] * 2 == [_written(kind(source="a", target="b")) for kind in (Migrate, Forward)]
    assert ["a", "b"] == [place.name for place in mirrors[0].places]


def _written(job: Mirror | Migrate | Forward) -> tuple[bool, ...]:
    return tuple(place.written for place in job.places)


def test_what_an_adapter_refuses_is_told_with_its_key_and_all_at_once(path: Path) -> None:
    """Also behind a key that nobody reads; what else depends on a wrong address is told when that is mended."""
    pins = """
        [accounts.pins]
        service = "pinboard"
        format = "csv"
        gap = { default = "3s" }
        bearer = true
        lacks = [
            "tags", "colour"]
        gaps = { default = "1s" }
    """

    told = refusal(path, pins, find_adapters()).split("\n  ")
    with_url = refusal(path, f'{pins}\nurl = "nowhere"', find_adapters()).split("\n  ")
    with_type = refusal(path, f"{pins}\nuser = 5", find_adapters()).split("\n  ")

    assert [line.partition(": ")[0] + ": " + line.split(": ")[1] for line in told[1:]] == [
        "line 4: accounts.pins.format",
        "line 5: accounts.pins.gap",
        "line 6: accounts.pins.bearer",
        "line 7: accounts.pins.lacks",
        "line 9: accounts.pins.gaps",
    ]
    assert ["gap", "url"] == [line.split(": ")[1].rpartition(".")[2] for line in with_url[1:]]
    assert ["gap", "user"] == [line.split(": ")[1].rpartition(".")[2] for line in with_type[1:]]


def test_a_required_key_that_is_refused_is_not_called_missing(path: Path) -> None:
    """It is there, and wrong."""
    told = refusal(path, '[accounts.news]\nservice = "nextcloud-news"\nurl = "x"\npage = 0', find_adapters())

    assert 1 == told.count("accounts.news")
    assert "line 3: accounts.news.url: The account's url is not" in told
