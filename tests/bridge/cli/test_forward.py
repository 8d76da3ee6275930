"""forward, as a person types it: from News' sandbox to Pocket's, to Pinboard's, and to a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.nextcloud_news.sandbox_records import Feed, Folder, Item
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox import serve as serve_pocket
from adapters.pocket.sandbox_account import Item as PocketItem
from tests.support.stage import Stage

DAY = 86_400
YEAR_2020 = 1_577_836_800
OLD, NEW, PLAIN = "https://trains.example/old", "https://harbour.example/new", "https://harbour.example/plain"


@attrs.frozen
class Reader(Stage):
    """A stage with two services more, which the environment reaches."""

    news: NewsSandbox = attrs.field(kw_only=True)
    pocket: PocketSandbox = attrs.field(kw_only=True)

    def job(self, **options: object) -> None:
        """Add a job `stars` from News to Pocket to the config."""
        lines = [f"{key} = {value}" for key, value in options.items()]
        text = "\n".join(['[jobs.stars]\nkind = "forward"\nsource = "nextcloud-news"\ntarget = "pocket"', *lines])
        with (self.folder / "config.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    def saved(self) -> dict[str, tuple[str, ...]]:
        """Return what Pocket holds, in its order: the tags by url."""
        return {item.given_url: tuple(sorted(item.tags)) for item in self.pocket.items.values()}

    def stars(self) -> set[str | None]:
        """Return the urls that are starred."""
        return {item.url for item in self.news.account.items.values() if item.starred}


@pytest.fixture
def reader(bare: Stage) -> Iterator[Reader]:
    """Have two starred items, one of them old, and one without a star."""
    with serve_news() as news, serve_pocket() as pocket:
        news.app.load(
            [Feed(1, "Night trains", folder_id=1), Feed(2, "Harbours")],
            [Folder(1, "Travel")],
            [
                Item(3, 2, NEW, "New", pub_date=YEAR_2020 + DAY, starred=True),
                Item(4, 2, PLAIN, "Plain", pub_date=YEAR_2020 + DAY),
                Item(5, 1, OLD, "Old", pub_date=YEAR_2020 - DAY, starred=True),
            ],
        )
        environ = {**bare.environ, **news.environment, **pocket.environment}
        yield Reader(bare.folder, bare.sandbox, environ, bare.time, news=news.app, pocket=pocket.app)


def test_stars_go_to_pocket_once_the_oldest_first(reader: Reader) -> None:
    """How many there are is said first; a second run finds nothing to do, whatever was starred anew."""
    first = reader.run("forward", "nextcloud-news", "pocket")
    order = list(reader.saved())
    reader.news.account.flag(3, starred=False)
    reader.news.account.flag(3, starred=True)
    second = reader.json("forward", "nextcloud-news", "pocket")

    assert (0, 0) == (first.code, second.code), first.err
    said = first.err.splitlines()
    assert said.index("At pocket: 2 to add: less than 1 s.") < said.index("Writing 2 bookmarks to pocket.")
    assert "Read 2 = 2 added. It balances." in first.out
    assert ([OLD, NEW], {OLD: ("night trains", "travel"), NEW: ("harbours",)}) == (order, reader.saved())
    assert (2, {"source": 2, "target": 2, "both": 2}) == (second.json["unchanged"], second.json["read"])
    assert {OLD: 1, NEW: 1} == reader.pocket.adds


def test_what_is_removed_there_or_comes_again_in_another_feed_is_not_sent_again(reader: Reader) -> None:
    """The person has read one, and has left the feed of the other and subscribed to it again."""
    reader.json("forward", "nextcloud-news", "pocket")
    [read] = [item for item in reader.pocket.items.values() if item.given_url == OLD]
    reader.pocket.load([attrs.evolve(read, status=2, time_updated=int(reader.time()))])
    reader.news.account.unsubscribe(2)
    reader.news.load([Feed(9, "Harbours")], items=[Item(30, 9, NEW, "New", guid="another", starred=True)])
    again = reader.json("forward", "nextcloud-news", "pocket")

    assert (0, 0, 0) == (again.code, again.json["added"], again.json["merged"])
    assert {OLD: 1, NEW: 1} == reader.pocket.adds


def test_what_is_saved_already_is_merged(reader: Reader) -> None:
    """It keeps its title, its date and that it was read, and gets the tags beside its own."""
    reader.pocket.load([PocketItem("7", NEW, "Mine", ("mine",), status=1)])
    result = reader.json("forward", "nextcloud-news", "pocket")
    item = reader.pocket.items["7"]

    assert (0, 1, 1) == (result.code, result.json["added"], result.json["merged"])
    assert ("Mine", 1, {"mine", "harbours"}) == (item.given_title, item.status, set(item.tags))


def test_to_pinboard_they_are_private_and_to_read(reader: Reader) -> None:
    """Nobody else sees what one reads; the star becomes no tag."""
    result = reader.json("forward", "nextcloud-news", "pinboard")
    old, new = (reader.sandbox.posts[url] for url in (OLD, NEW))

    assert (0, 2) == (result.code, result.json["verified"]["checked"])
    assert (False, True, "Old", {"Night-trains", "Travel"}) == (old.shared, old.toread, old.description, set(old.tags))
    assert ("Harbours",) == new.tags


def test_to_a_file_they_are_appended_and_a_file_that_is_gone_stays_so(reader: Reader) -> None:
    """What was written once is not written again."""
    path = reader.folder / "later.jsonl"
    first = reader.json("forward", "nextcloud-news", path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    path.unlink()
    again = reader.json("forward", "nextcloud-news", path)

    assert (0, 2, 0, 2) == (first.code, first.json["added"], again.code, again.json["unchanged"])
    assert [(OLD, True, False, None), (NEW, True, False, None)] == [
        (line["url"], line.get("unread", True), line.get("favorite", False), line.get("added")) for line in lines
    ]
    assert not path.exists()


@pytest.mark.parametrize(
    ("after", "starred", "unread"), [("keep", 2, 2), ("unstar", 0, 2), ("mark-read", 2, 0)], ids=lambda item: item
)
def test_after_says_what_becomes_of_the_items(reader: Reader, after: str, starred: int, unread: int) -> None:
    """Once they are saved; those that were not forwarded stay as they are."""
    result = reader.json("forward", "nextcloud-news", "pocket", "--after", after)
    items = reader.news.account.items
    changed = 0 if after == "keep" else 2

    assert (0, changed) == (result.code, result.json["writes"]["nextcloud-news"]["merged"])
    assert (starred, unread, True) == (
        items[3].starred + items[5].starred,
        items[3].unread + items[5].unread,
        items[4].unread,
    )
    assert result.json["balanced"]


def test_since_leaves_the_older_ones_for_another_time(reader: Reader) -> None:
    """A run without it sends the rest, and what was left out keeps its star until then."""
    first = reader.json("forward", "nextcloud-news", "pocket", "--since", "2020-01-01T00:00:00Z", "--after", "unstar")
    saved, stars = set(reader.saved()), reader.stars()
    rest = reader.json("forward", "nextcloud-news", "pocket")

    assert (0, 1, 1) == (first.code, first.json["added"], first.json["filtered"])
    assert ({NEW}, {OLD}) == (saved, stars)
    assert (0, 1, {OLD, NEW}) == (rest.code, rest.json["added"], set(reader.saved()))


def test_a_dry_run_writes_nothing(reader: Reader) -> None:
    """It shows what would be added, and how many would lose their star."""
    result = reader.run("forward", "nextcloud-news", "pocket", "--after", "unstar", "--dry-run")

    assert 0 == result.code
    assert "Read 2 = 2 to add. It balances." in result.out
    assert "To be unstarred at nextcloud-news once saved: 2." in result.out
    assert ({}, {OLD, NEW}) == (reader.saved(), reader.stars())


def test_a_job_of_the_config_is_run_by_its_name(reader: Reader) -> None:
    """What the command line says comes first."""
    reader.job(
        after='"unstar"', tags='{ feed = true, folder = true, add = ["news"] }', select='{ host = ["harbour.example"] }'
    )
    result = reader.json("forward", "stars", "--after", "mark-read")
    kept = reader.stars()
    again = reader.json("forward", "stars")

    assert (0, {NEW: ("harbours", "news")}) == (result.code, reader.saved())
    assert ("forward", "nextcloud-news", "pocket") == tuple(result.json[key] for key in ("kind", "source", "target"))
    assert ({OLD, NEW}, False) == (kept, reader.news.account.items[3].unread)
    assert (0, 0) == (again.code, again.json["writes"]["nextcloud-news"]["merged"])


def test_names_of_feeds_can_be_left_out(reader: Reader) -> None:
    """Then no tag of an item is carried but those of the job."""
    reader.job(tags='{ feed = false, folder = false, add = ["news"] }')
    result = reader.json("forward", "stars")

    assert (0, {OLD: ("news",), NEW: ("news",)}) == (result.code, reader.saved())


@pytest.mark.parametrize(
    ("tags", "makes", "message", "remedy"),
    [
        (
            "{ feed = false }",
            None,
            "The job says feed = false, but nextcloud-news makes tags of the names of its feeds.",
            'Write tags = ["folder"] for the account nextcloud-news, or leave feed out of the job.',
        ),
        (
            "{ folder = true }",
            '["feed"]',
            "The job says folder = true, but nextcloud-news makes no tags of the names of its folders.",
            'Write tags = ["feed", "folder"] for the account nextcloud-news, or leave folder out of the job.',
        ),
    ],
)
def test_a_job_that_wants_other_names_than_the_account_makes_is_refused(
    reader: Reader, tags: str, makes: str | None, message: str, remedy: str
) -> None:
    """An item's tags do not say which of them is the name of its feed."""
    reader.job(tags=tags)
    if makes is not None:
        account = (
            f'[accounts.nextcloud-news]\nservice = "nextcloud-news"\nurl = "{reader.environ["NEXTCLOUD_URL"]}"\n'
            f'user = "alice"\npassword = {{ env = "NEXTCLOUD_APP_PASSWORD" }}\ntags = {makes}\n'
        )
        with (reader.folder / "config.toml").open("a", encoding="utf-8") as file:
            file.write(account)
    result = reader.json("forward", "stars")

    assert {"exit": 3, "message": message, "remedy": remedy} == result.json["error"]
    assert {} == reader.saved()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["stars"], 3, "There is no forward job 'stars' in"),
        (["pinboard", "pocket"], 3, "pinboard has no stars, and only what is starred is forwarded."),
        (["pocket", "pocket"], 2, "pocket and pocket are the same account."),
        (["pocket", "pinboard", "--after", "burn"], 2, "'burn' is not one of 'keep', 'unstar', 'mark-read'"),
        (["pocket", "pinboard", "--since", "soon"], 2, "Invalid value for '--since'"),
        (["./none.jsonl", "pinboard"], 3, "none.jsonl"),
    ],
    ids=lambda item: " ".join(item) if isinstance(item, list) else "",
)
def test_what_cannot_be_is_one_sentence(reader: Reader, arguments: list[str], code: int, message: str) -> None:
    """With the exit code of its kind, and nothing is written."""
    result = reader.json("forward", *arguments)

    assert code == result.code == result.json["error"]["exit"]
    assert message in result.json["error"]["message"]
    assert result.json["error"]["remedy"]
    assert ({}, {}) == (reader.saved(), dict(reader.sandbox.posts))


def test_favorites_of_a_file_are_forwarded_as_well(reader: Reader, tmp_path: Path) -> None:
    """What follows is done in the file, if it is one that can be written."""
    path, relic = tmp_path / "stars.jsonl", tmp_path / "stars.csv"
    lines = [{"bookmark-bridge": 1}, {"url": NEW, "title": "T", "favorite": True}, {"url": OLD, "favorite": False}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    relic.write_text(f"title,url,time_added,tags,status\nT,{NEW},1400000000,x,unread\n", encoding="utf-8")
    sent = reader.json("forward", path, "pocket", "--after", "unstar")
    refused = reader.json("forward", relic, "pocket", "--after", "unstar")

    assert (0, 1, 1) == (sent.code, sent.json["added"], sent.json["filtered"]), sent.out
    assert {NEW: ()} == reader.saved()
    assert '"favorite": true' not in path.read_text(encoding="utf-8")
    assert 3 == refused.code, refused.out
