"""The client against recorded answers of real servers that speak Pinboard's API; see cassettes/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import vcr

from adapters.http.auth import QueryToken
from adapters.http.pacing import InMemoryPace, Pacer
from adapters.http.session import Dialect, Request, Session
from adapters.pinboard import PinboardConfig, wire
from adapters.pinboard.calls import Caller
from adapters.pinboard.client import NoSuchRoute, PinboardClient, Refusal, Renamed
from adapters.pinboard.wire import Dates, Posts, Suggestions, Tags
from bridge.model.adapter import Context
from bridge.model.errors import CredentialsError, ProtocolError, Unavailable
from bridge.model.secret import Secret
from tests.support.clock import FakeClock

CASSETTES = Path(__file__).parents[3] / "cassettes" / "pinboard_compatible"
PLAYED: set[str] = set()


def plays(*names: str) -> pytest.MarkDecorator:
    """Run a test once for each cassette, and note that they are played."""
    PLAYED.update(names)
    return pytest.mark.parametrize("server", names, indirect=True)


class Servers:
    """Makes clients of the recorded server; how they log in and which format they ask for is in the cassette's name."""

    def __init__(self, name: str) -> None:
        self.linkhut = name.startswith("linkhut")
        self.format = "xml" if name.endswith("_xml") or not self.linkhut else "json"

    def __call__(self, **options: Any) -> PinboardClient:
        return PinboardClient(self.config(**options), self.context())

    def calls(self, **options: Any) -> Caller:
        """Make what the client calls with, for a request that the client never makes."""
        return Caller(self.config(**options), self.context())

    def config(self, *, port: int = 4101, token: bool | None = None, **options: Any) -> PinboardConfig:
        secret = Secret("REDACTED")
        named = self.linkhut if token is None else token
        return PinboardConfig(
            **{
                "url": f"http://127.0.0.1:{port}/v1/" if self.linkhut else "http://127.0.0.1:8901/api/",
                "token": secret if named else None,
                "user": "second",
                "password": secret,
                "format": self.format,
            }
            | options
        )

    def context(self) -> Context:
        clock = FakeClock()
        return Context(InMemoryPace(), clock, clock.sleep)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Give clients of the recorded server; in the end the whole cassette must have been played."""
    name: str = request.param
    player = vcr.VCR(record_mode="none", match_on=["method", "scheme", "host", "port", "path", "query", "body"])
    repeats = name.endswith("posts_get_full_time_as_dt")
    with player.use_cassette(str(CASSETTES / f"{name}.yaml"), allow_playback_repeats=repeats) as cassette:
        yield Servers(name)
        assert cassette.all_played


def hrefs(posts: Posts) -> list[str]:
    """Return the addresses of an answer, in its order."""
    return [post.href for post in posts.posts]


ONE = "https://example.com/lh/one"
TWO = "https://example.com/lh/two?a=1&b=2"
THREE = "https://example.org/lh/three"


def test_every_cassette_is_played() -> None:
    """A cassette that no test plays would prove nothing."""
    files = {str(path.relative_to(CASSETTES).with_suffix("")) for path in CASSETTES.rglob("*.yaml")}

    assert files == PLAYED


@plays("linkhut/posts_add_json", "linkhut/posts_add_xml")
def test_what_is_added_at_linkhut_is_got_back_whole(server: Servers) -> None:
    """Title, note with a line feed, tags, privacy and read state come back; XML has no `shared`, so it counts as no."""
    client = server()
    client.posts_add(
        ONE,
        'One é & <x> "q"',
        extended="notes\nline2",
        tags=["foo", "Bar", "b&z"],
        dt=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
        shared=False,
        toread=True,
    )
    [post] = client.posts_get(url=ONE).posts

    assert (post.description, post.extended) == ('One é & <x> "q"', "notes\nline2")
    assert post.tags.split() == ["unread", "foo", "Bar", "b&z"]
    assert (post.time, post.shared, post.toread) == ("2020-01-02T03:04:05Z", False, True)
    assert not post.damaged


@plays("linkhut/posts_add_existing_json", "linkhut/posts_add_existing_xml")
def test_linkhut_says_nothing_precise_of_what_is_there(server: Servers) -> None:
    """An address that is there is refused with "something went wrong"; replacing it keeps the old time."""
    client = server()
    with pytest.raises(Refusal) as refused:
        client.posts_add(TWO, "Two again")
    client.posts_add(TWO, "Two again", tags=["foo"], replace=True, dt=datetime(2022, 2, 2, 2, 2, 2, tzinfo=UTC))
    [post] = client.posts_get(url=TWO).posts

    assert refused.value.vague
    assert not refused.value.exists
    assert (post.description, post.time) == ("Two again", "2021-05-06T07:08:09Z")


@plays("linkhut/posts_add_invalid_json", "linkhut/posts_add_invalid_xml")
def test_what_linkhut_does_not_take_is_refused(server: Servers) -> None:
    """A word that is no address, a long title, a long note and a missing title are refusals, not crashes."""
    client = server()
    said = []
    for url, title, note in (
        ("notaurl", "bad", None),
        ("https://example.com/lh/long", "t" * 300, None),
        ("https://example.com/lh/long", "t", "n" * 1100),
        ("https://example.com/lh/nodesc", "", None),
    ):
        with pytest.raises(Refusal) as refused:
            client.posts_add(url, title, extended=note)
        said.append(refused.value.code)

    assert said == ["something went wrong"] * 3 + ["Bad Request"]


@plays("linkhut/posts_add_replace_yes_of_a_new_url")
def test_linkhut_replaces_only_what_is_there(server: Servers) -> None:
    """replace=yes of a new address is refused, in 2023 with 404; replace=no is done."""
    new = "https://example.com/lh/new"
    for port, said in ((4101, "something went wrong"), (4100, "Not Found")):
        with pytest.raises(Refusal) as refused:
            server(port=port).posts_add(new, "New", replace=True)
        assert refused.value.code == said
    server().posts_add(new, "New", replace=False)


@plays("linkhut/posts_all_json", "linkhut/posts_all_xml")
def test_posts_all_of_linkhut(server: Servers) -> None:
    """All posts come, newest first; no tags are no tag."""
    posts = server().posts_all()

    assert hrefs(posts) == [THREE, TWO, ONE]
    assert posts.posts[0].tags == ""
    assert posts.posts[2].extended == "notes\nline2"


@plays("linkhut/posts_all_empty_json", "linkhut/posts_all_empty_xml")
def test_an_empty_account_of_linkhut_has_no_posts(server: Servers) -> None:
    """`[]` and an empty element are an empty listing."""
    assert server().posts_all().posts == ()


@plays("linkhut/posts_all_filtered_json", "linkhut/posts_all_filtered_xml")
def test_posts_all_takes_its_filters(server: Servers) -> None:
    """Tag (in any case), times and number of results are understood; meta comes where it is asked for."""
    client = server()
    tagged = client.posts_all(tag="bar")
    between = client.posts_all(fromdt=datetime(2021, 1, 1, tzinfo=UTC), todt=datetime(2021, 5, 6, 8, tzinfo=UTC))
    newest = client.posts_all(meta=True, results=1)

    assert [hrefs(tagged), hrefs(between), hrefs(newest)] == [[ONE], [TWO], [THREE]]
    assert len(newest.posts[0].meta or "") == 32
    assert tagged.posts[0].meta is None


@plays("linkhut/posts_all_paged_json", "linkhut/posts_all_paged_xml")
def test_posts_all_comes_in_parts(server: Servers) -> None:
    """`start` and `results` give two, one and none of three."""
    client = server()

    assert [hrefs(client.posts_all(start=start, results=2)) for start in (0, 2, 4)] == [[THREE, TWO], [ONE], []]


@plays("linkhut/posts_dates_json", "linkhut/posts_dates_xml")
def test_posts_dates_counts_days(server: Servers) -> None:
    """Counts come as text in XML and as numbers in JSON."""
    client = server()
    every, tagged = client.posts_dates(), client.posts_dates(tag="foo")

    assert every.counts == {"2021-05-06": 2, "2020-01-02": 1}
    assert tagged.counts == {"2021-05-06": 1, "2020-01-02": 1}


@plays("linkhut/posts_delete_json", "linkhut/posts_delete_xml")
def test_what_linkhut_deleted_is_not_found(server: Servers) -> None:
    """A posts/get that answers 404 with a result says that there is no such post."""
    client = server()
    client.posts_delete(TWO)

    assert client.posts_get(url=TWO).posts == ()


@plays("linkhut/posts_delete_missing_json", "linkhut/posts_delete_missing_xml", "linkhut/posts_delete_missing_2023")
def test_deleting_nothing_is_a_vague_refusal_at_linkhut(server: Servers, request: pytest.FixtureRequest) -> None:
    """It says "something went wrong", or 404 and a bare string in 2023."""
    with pytest.raises(Refusal) as refused:
        server(port=4100 if "2023" in request.node.name else 4101).posts_delete("https://example.com/lh/none")

    assert refused.value.vague


@plays("linkhut/posts_get_json", "linkhut/posts_get_xml")
def test_posts_get_by_address_and_by_day(server: Servers) -> None:
    """One address gives one post, one day all of that day with their meta."""
    client = server()
    one, day = client.posts_get(url=TWO), client.posts_get(dt=date(2021, 5, 6), meta=True)

    assert [hrefs(one), hrefs(day)] == [[TWO], [THREE, TWO]]
    assert all(post.meta for post in day.posts)


@plays("linkhut/posts_get_full_time_as_dt")
def test_a_read_that_fails_is_repeated_and_then_given_up(server: Servers) -> None:
    """A time in place of a day makes linkhut answer 500 each time: three tries, then Unavailable."""
    client = server()
    with pytest.raises(Unavailable, match="after 3 tries: it answered with status 500"):
        client.posts_get(dt=datetime(2020, 1, 2, tzinfo=UTC))

    assert client.calls == 3


@plays("linkhut/posts_get_missing")
def test_an_unknown_address_has_no_post_at_linkhut(server: Servers) -> None:
    """404 with a result, and in 2023 with a bare string, both say so."""
    assert [server(port=port).posts_get(url="https://example.com/lh/none") for port in (4101, 4100)] == [Posts()] * 2


@plays("linkhut/posts_recent_json", "linkhut/posts_recent_xml")
def test_posts_recent_counts_and_filters(server: Servers) -> None:
    """The newest two, and those with a tag."""
    client = server()

    assert hrefs(client.posts_recent(count=2)) == [THREE, TWO]
    assert hrefs(client.posts_recent(tag=["foo"])) == [TWO, ONE]


@plays("linkhut/posts_update_json", "linkhut/posts_update_xml")
def test_posts_update_of_linkhut(server: Servers) -> None:
    """The time of the last change, as the server writes it."""
    assert server().posts_update() == "2026-11-21T02:00:53Z"


@plays("linkhut/posts_update_empty_account_json", "linkhut/posts_update_empty_account_xml")
def test_an_empty_account_of_linkhut_was_updated_in_1970(server: Servers) -> None:
    """The beginning of time is a time."""
    assert server().posts_update() == "1970-01-01T00:00:00Z"


@plays("linkhut/posts_update_goes_back")
def test_a_deletion_moves_the_update_time_back_at_linkhut(server: Servers) -> None:
    """So update times are compared for difference, never for order."""
    client = server()
    before = client.posts_update()
    client.posts_delete("https://example.com/lh/late")

    assert client.posts_update() < before


@plays("linkhut/posts_suggest_json", "linkhut/posts_suggest_xml")
def test_posts_suggest_of_linkhut(server: Servers) -> None:
    """Its root in XML is called `suggest`, as at Delicious; nothing is popular there."""
    assert server().posts_suggest(TWO) == Suggestions((), ("foo",))


@plays("linkhut/posts_all_hashes")
def test_hashes_are_no_bookmarks(server: Servers) -> None:
    """What linkhut lists for `hashes`, which Pinboard does not know, has no addresses: every record is broken."""
    posts = server().posts_all().posts

    assert [(post.href, post.damaged) for post in posts] == [("", True)] * 3


@plays("linkhut/tags_get_json", "linkhut/tags_get_xml")
def test_tags_get_of_linkhut(server: Servers) -> None:
    """What is to be read counts as a tag there."""
    assert server().tags_get() == Tags({"foo": 2, "Bar": 1, "b&z": 1, "unread": 1})


@plays("linkhut/tags_delete_json", "linkhut/tags_delete_xml")
def test_tags_delete_of_linkhut(server: Servers) -> None:
    """It says done for a tag that nobody has, too, and under another key than Pinboard."""
    client = server()
    client.tags_delete("foo")
    client.tags_delete("nonesuch")

    assert client.tags_get().counts == {"Bar": 1, "b&z": 1, "unread": 1}


@plays("linkhut/tags_rename_json", "linkhut/tags_rename_xml")
def test_tags_rename_of_linkhut(server: Servers) -> None:
    """The server does it, and says done for a tag that nobody has, too."""
    client = server()

    assert client.tags_rename("foo", "fu") == client.tags_rename("nonesuch", "x") == Renamed(by_service=True)
    assert client.tags_get().counts == {"fu": 2, "Bar": 1, "b&z": 1, "unread": 1}


@plays("linkhut/format_json_alone")
def test_linkhut_takes_the_format_from_elsewhere(server: Servers) -> None:
    """XML comes in spite of format=json where no header asks for JSON, which `_format` does; a page is refused."""
    calls = server.calls(format="xml")
    told = [server().posts_update(), calls.read("posts/update", wire.decode_update, {"_format": "json"})]
    with pytest.raises(ProtocolError, match="answered posts/update with status 406"):
        calls.read("posts/update", wire.decode_update, {})

    assert told == ["2026-11-21T02:00:55Z"] * 2


@plays("linkhut/no_token")
def test_linkhut_takes_a_bearer_token(server: Servers) -> None:
    """Whoever comes without a token, or with HTTP Basic, is refused."""
    for _nobody_and_basic in range(2):
        with pytest.raises(CredentialsError):
            server(token=False, format="xml").posts_update()

    assert server(bearer=True, format="xml").posts_update() == "1970-01-01T00:00:00Z"


@plays("linkhut/unknown_route")
def test_linkhut_has_neither_notes_nor_users(server: Servers) -> None:
    """A 404 with a bare string says that there is no such method; so does one for a POST."""
    client, context = server(), server.context()
    with pytest.raises(NoSuchRoute, match="has no user/api_token"):
        client.user_api_token()
    with pytest.raises(NoSuchRoute, match="has no notes/list"):
        client.notes_list()
    config = server.config()
    login, pacer = QueryToken("auth_token", Secret("REDACTED")), Pacer("account", "linkhut", {}, context)
    session = Session(config.url, login, pacer, context, Dialect("linkhut", ""))
    form = {"url": "https://example.com/lh/post", "description": "p"}

    assert session.call(Request("posts/add", method="POST", data=form)).status == 404


@plays("linkhut/unauthorized_json", "linkhut/unauthorized_xml")
def test_a_refused_token_is_not_sent_twice(server: Servers) -> None:
    """401 stops the client: the second call of the same client sends nothing."""
    for client in (server(), server()):
        for _attempt in range(2):
            with pytest.raises(CredentialsError):
                client.posts_update()
        assert client.calls == 1


@plays("semanticscuttle/posts_add")
def test_what_is_added_at_semanticscuttle_is_in_the_list(server: Servers) -> None:
    """Its line feeds are literal too."""
    client = server()
    client.posts_add(
        "https://example.com/one",
        'One é & <b> "q"',
        extended="line1\nline2",
        tags=["foo", "bar"],
        dt=datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC),
    )
    [post] = client.posts_all().posts

    assert (post.description, post.extended) == ('One é & <b> "q"', "line1\nline2")
    assert (post.tags.split(), post.shared) == (["foo", "bar"], True)


@plays("semanticscuttle/posts_add_private_and_toread")
def test_semanticscuttle_says_private_by_a_status(server: Servers) -> None:
    """Status 2 is private; that something is to be read is dropped in silence."""
    client = server()
    client.posts_add(
        "https://example.com/private",
        "Private",
        tags=["foo"],
        shared=False,
        toread=True,
        dt=datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC),
    )
    [post] = client.posts_all().posts

    assert (post.shared, post.toread) == (False, False)


@plays("semanticscuttle/posts_add_existing")
def test_a_result_beside_409_is_an_answer(server: Servers) -> None:
    """SemanticScuttle answers 409 for an address that is there."""
    with pytest.raises(Refusal) as refused:
        server().posts_add("https://example.com/one", "Again", tags=["zed"])

    assert refused.value.exists


@plays("semanticscuttle/posts_add_missing_parameter")
def test_a_result_beside_400_is_an_answer(server: Servers) -> None:
    """The reason is the server's own."""
    said = []
    for url, title in (("https://example.com/nodesc", ""), ("", "nourl")):
        with pytest.raises(Refusal) as refused:
            server().posts_add(url, title)
        said.append(refused.value.message)

    assert said == [
        "The Pinboard server says: Description missing.",
        "The Pinboard server says: URL missing.",
    ]


@plays("semanticscuttle/posts_add_odd_tags")
def test_semanticscuttle_respells_tags(server: Servers) -> None:
    """It lower-cases tags, and drops a backslash of the title."""
    client = server()
    client.posts_add(
        "https://example.com/tags",
        "back\\slash",
        tags=["Foo", "under_score", "a,b"],
        dt=datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC),
    )
    [post] = client.posts_all().posts

    assert (post.description, post.tags) == ("backslash", "foo under_score a,b")
    assert client.posts_all(tag="under_score").posts == ()


@plays("semanticscuttle/posts_add_odd_urls")
def test_semanticscuttle_respells_addresses(server: Servers) -> None:
    """It says "done" to all three, stores two of them changed and the third not at all."""
    client = server()
    for second, (url, title) in enumerate(
        (("javascript:alert(1)", "js"), ("notaurl", "word"), ("https://example.com/pct?q=a%2Bb%26c", "pct")), 7
    ):
        client.posts_add(url, title, dt=datetime(2021, 5, 6, 7, 8, second, tzinfo=UTC))

    assert [(post.href, post.tags) for post in client.posts_all().posts] == [
        ("https://example.com/pct?q=a+b&c", ""),
        ("http://notaurl", ""),
    ]


@plays("semanticscuttle/posts_add_replace")
def test_semanticscuttle_takes_the_time_that_is_sent_with_a_replacement(server: Servers) -> None:
    """Without dt the time becomes now, so an update always sends it."""
    client = server()
    client.posts_add("https://example.com/one", "Replaced", tags=["zed"], replace=True)
    without = client.posts_all(tag="zed").posts[0].time
    client.posts_add(
        "https://example.com/one",
        "Replaced",
        tags=["zed"],
        replace=True,
        dt=datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC),
    )

    assert without[:4] == "2026"
    assert client.posts_all(tag="zed").posts[0].time == "2021-05-06T07:08:09Z"


@plays("semanticscuttle/posts_all")
def test_posts_all_of_semanticscuttle(server: Servers) -> None:
    """`system:unfiled` stands for no tags, and a missing note for an empty one."""
    posts = server().posts_all()

    assert posts.user == "test"
    assert [post.tags for post in posts.posts] == ["", "foo", "foo bar"]
    assert [post.extended for post in posts.posts] == ["", "", "line1\nline2"]


@plays("semanticscuttle/posts_all_by_tag")
def test_semanticscuttle_filters_by_tag(server: Servers) -> None:
    """A tag that nobody used gives an empty list."""
    client = server()

    assert len(client.posts_all(tag="foo").posts) == 2
    assert client.posts_all(tag="nonesuch").posts == ()


@plays("semanticscuttle/posts_all_empty")
def test_an_empty_account_of_semanticscuttle_has_no_posts(server: Servers) -> None:
    """An element with nothing but blanks in it is an empty listing."""
    assert server().posts_all().posts == ()


@plays("semanticscuttle/posts_all_ignores_paging")
def test_semanticscuttle_ignores_where_to_start(server: Servers) -> None:
    """start, results, fromdt and todt change nothing."""
    client = server()
    listings = [
        client.posts_all(start=1, results=1),
        client.posts_all(start=3, results=1),
        client.posts_all(fromdt=datetime(2022, 1, 1, tzinfo=UTC)),
        client.posts_all(todt=datetime(2021, 12, 31, tzinfo=UTC)),
    ]

    assert [len(listing.posts) for listing in listings] == [3] * 4


@plays("semanticscuttle/posts_dates")
def test_posts_dates_of_semanticscuttle(server: Servers) -> None:
    """The user and the tag stand in the root."""
    client = server()

    assert client.posts_dates() == Dates({"2022-01-02": 1, "2021-05-06": 2}, "test", "")
    assert client.posts_dates(tag="foo") == Dates({"2021-05-06": 2}, "test", "foo")


@plays("semanticscuttle/posts_delete")
def test_what_semanticscuttle_deleted_is_gone(server: Servers) -> None:
    """The list does not have it any more."""
    client = server()
    client.posts_delete("https://example.com/one")

    assert "https://example.com/one" not in hrefs(client.posts_all())


@plays("semanticscuttle/posts_delete_missing")
def test_deleting_nothing_at_semanticscuttle(server: Servers) -> None:
    """404 and "item not found" is the service's own word; without an address something goes wrong."""
    client = server()
    with pytest.raises(Refusal) as unknown:
        client.posts_delete("https://example.com/none")
    with pytest.raises(Refusal) as nothing:
        client.posts_delete("")

    assert unknown.value.not_found
    assert nothing.value.vague


@plays("semanticscuttle/posts_get")
def test_posts_get_of_semanticscuttle(server: Servers) -> None:
    """The day's posts come, each with a status: 2 is private, 0 is public."""
    posts = server().posts_get(dt=date(2021, 5, 6))

    assert posts.date == "2021-05-06"
    assert [post.shared for post in posts.posts] == [False, True]


@plays("semanticscuttle/posts_get_ignores_url")
def test_semanticscuttle_does_not_look_for_an_address(server: Servers) -> None:
    """It gives the posts of today, and a blank in the date gives it away."""
    posts = server().posts_get(url="https://example.com/one")

    assert posts.posts == ()
    assert " " in posts.date


@plays("semanticscuttle/posts_recent")
def test_posts_recent_of_semanticscuttle(server: Servers) -> None:
    """The newest two, and those with a tag."""
    client = server()

    assert hrefs(client.posts_recent(count=2))[0] == "https://example.org/three"
    assert all("foo" in post.tags.split() for post in client.posts_recent(tag="foo").posts)


@plays("semanticscuttle/posts_update")
def test_posts_update_of_semanticscuttle(server: Servers) -> None:
    """Other attributes of the root do not matter."""
    assert server().posts_update() == "2022-01-02T03:04:05Z"


@plays("semanticscuttle/posts_update_empty_account")
def test_an_empty_account_of_semanticscuttle_has_no_time(server: Servers) -> None:
    """A declaration without a root is its way of saying so."""
    assert server().posts_update() == ""


@plays("semanticscuttle/tags_get")
def test_tags_get_of_semanticscuttle(server: Servers) -> None:
    """The most frequent one comes first."""
    assert list(server().tags_get().counts.items()) == [("foo", 2), ("bar", 1)]


@plays("semanticscuttle/tags_rename")
def test_tags_rename_of_semanticscuttle(server: Servers) -> None:
    """The result is the text of the element."""
    client = server()

    assert client.tags_rename("foo", "fu") == Renamed(by_service=True)
    assert client.tags_get().counts == {"fu": 2, "bar": 1}


@plays("semanticscuttle/tags_rename_errors")
def test_renaming_to_nothing_goes_wrong_at_semanticscuttle(server: Servers) -> None:
    """A tag that nobody has is renamed all the same."""
    client = server()
    done = client.tags_rename("nonesuch", "x")
    with pytest.raises(Refusal) as refused:
        client.tags_rename("foo", "")

    assert done.by_service
    assert refused.value.vague


@plays("semanticscuttle/format_json_ignored")
def test_semanticscuttle_answers_in_xml_whatever_is_asked(server: Servers) -> None:
    """So an account that asks for JSON reads XML."""
    client = server(format="json")

    assert client.posts_update() == "2022-01-02T03:04:05Z"
    assert client.tags_get().counts == {"foo": 2, "bar": 1}


@plays("semanticscuttle/unauthorized")
def test_semanticscuttle_refuses_with_an_empty_body(server: Servers) -> None:
    """401 is enough to know, whatever the body and the kind of login."""
    for token in (False, False, True):
        with pytest.raises(CredentialsError):
            server(token=token).posts_update()
