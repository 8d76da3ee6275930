"""The client against recorded answers of Pocket's own v3 server, published by Pocket; see cassettes/README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

from adapters.http.pacing import InMemoryPace
from adapters.pocket import PocketConfig, actions
from adapters.pocket.actions import Action, Carried, Declined, Unclear
from adapters.pocket.client import PocketClient
from adapters.pocket.errors import BatchRefused, Refusal
from adapters.pocket.wire import Listing
from adapters.pocket.wire_items import Author, DomainMetadata, Image, Item
from bridge.model.adapter import Context
from bridge.model.errors import CredentialsError, Unavailable
from bridge.model.secret import Secret
from tests.support.clock import FakeClock

CASSETTES = Path(__file__).parents[3] / "cassettes" / "pocket"
PLAYED: set[str] = set()
KEYS = ("consumer_key", "access_token")

Server: TypeAlias = Callable[..., PocketClient]

SOURDOUGH, TRAIN, TREES, WEB, CRANES = "93080505", "794270844", "1023852089", "839204410", "2222592026"


def plays(*names: str) -> pytest.MarkDecorator:
    """Run a test with each cassette, and note that they are played."""
    PLAYED.update(names)
    return pytest.mark.parametrize("server", names, indirect=True)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give clients of the recorded server; in the end the whole cassette must have been played."""
    name: str = request.param

    def client(*, form: bool = False) -> PocketClient:
        clock = FakeClock()
        config = PocketConfig(url="http://127.0.0.1:4030/v3/", **dict.fromkeys(KEYS, Secret("REDACTED")))
        return PocketClient(config, Context(InMemoryPace(), clock, clock.sleep), form=form)

    player = vcr.VCR(record_mode="none", match_on=["method", "scheme", "host", "port", "path", "query", "body"])
    repeats = name == "error_server"  # which is asked more often than was recorded
    with player.use_cassette(str(CASSETTES / f"{name}.yaml"), allow_playback_repeats=repeats) as cassette:
        yield client
        assert cassette.all_played


def ids(listing: Listing) -> list[str]:
    """Return the ids of an answer, in its order."""
    return [item.item_id for item in listing.items]


def simple(client: PocketClient, **query: object) -> Listing:
    """Ask for the simple form, as most recordings do."""
    return client.get(detail_type="simple", **query)  # type: ignore[arg-type]


def only(listing: Listing) -> Item:
    """Return the only item of an answer."""
    [item] = listing.items
    return item


def test_every_cassette_is_played() -> None:
    """A cassette that no test plays would prove nothing."""
    files = {path.stem for path in CASSETTES.glob("*.yaml")}

    assert files == PLAYED


@plays("get_simple")
def test_items_are_in_the_order_of_their_sort_id(server: Server) -> None:
    """The object is ordered by item_id; the list is not."""
    listing = simple(server(), sort="newest")

    assert [CRANES, WEB, SOURDOUGH, TREES, TRAIN] == ids(listing)
    assert (1, 1, "", 1795226456, 30) == (
        listing.status,
        listing.complete,
        listing.error,
        listing.since,
        listing.maxActions,
    )
    assert [("europe",), ("machine learning", "web"), (), ("databases",), ("travel", "europe")] == [
        item.tags for item in listing.items
    ]
    assert [False, True, False, False, True] == [item.favorite for item in listing.items]
    assert ["0", "1", "0", "1", "0"] == [item.status for item in listing.items]


@plays("get_complete")
def test_the_complete_form_tells_of_the_page(server: Server) -> None:
    """Authors, pictures and the domain are read; numbers that are written as text are numbers."""
    item = server().get(detail_type="complete", sort="newest", count=2).items[0]

    assert (Author("77", "Ann Author", "https://news.example.org/ann", f"9{CRANES}"),) == item.authors
    assert Image(f"9{CRANES}", "", "https://news.example.org/1.jpg", 600, 400) == item.image
    assert "cap" == item.images[0].caption
    assert (
        DomainMetadata("news.example.org", "https://news.example.org/logo.png", "https://news.example.org/logo-g.png")
        == item.domain_metadata
    )
    assert (1234, 6, 477, True, 1, 0) == (
        item.word_count,
        item.time_to_read,
        item.listen_duration_estimate,
        item.is_article,
        item.has_image,
        item.has_video,
    )
    assert (1700345600, 1795226456, None, None) == (
        item.time_added,
        item.time_updated,
        item.time_read,
        item.time_favorited,
    )


@plays("get_empty")
def test_an_empty_list_is_status_2(server: Server) -> None:
    """It is fine, and nothing matched."""
    listing = simple(server())

    assert ((), 0, 2) == (listing.items, listing.keys, listing.status)


@plays("get_paged")
def test_pages_follow_one_another(server: Server) -> None:
    """35 items come as 30 and 5, no item twice."""
    client = server()
    pages = [simple(client, sort="oldest", count=30, offset=offset) for offset in (0, 30)]

    assert [30, 5] == [page.keys for page in pages]
    assert [f"Entry {number:02}" for number in range(1, 36)] == [
        item.given_title for page in pages for item in page.items
    ]


@plays("get_since")
def test_what_changed_since_is_listed(server: Server) -> None:
    """First all, then nothing, then the three that an action has changed."""
    client = server()
    first = client.get(detail_type="complete", sort="oldest")
    second = client.get(detail_type="complete", sort="oldest", since=first.since or 0)
    answers = client.send([actions.favorite(SOURDOUGH), actions.tags_add(CRANES, ["cranes"]), actions.archive(TRAIN)])
    done = list(answers)
    third = client.get(detail_type="complete", sort="oldest", since=first.since or 0)

    assert [5, 0, 3] == [listing.keys for listing in (first, second, third)]
    assert [Carried()] * 3 == done
    assert [TRAIN, SOURDOUGH, CRANES] == ids(third)
    assert (True, ("europe", "cranes"), "1") == (
        third.items[1].favorite,
        third.items[2].tags,
        third.items[0].status,
    )


@plays("get_since_milliseconds")
def test_since_may_be_in_milliseconds_or_text(server: Server) -> None:
    """Both give the same answer."""
    client = server()

    assert ids(simple(client, since=1700259200000)) == ids(simple(client, since="1700259200"))


@plays("get_state")
def test_states_part_the_list(server: Server) -> None:
    """What is unread and what is archived are all together."""
    client = server()
    unread, archived, every = (simple(client, state=state, sort="oldest") for state in ("unread", "archive", "all"))

    assert (3, 2, 5) == (unread.keys, archived.keys, every.keys)
    assert {*ids(unread), *ids(archived)} == {*ids(every)}


@plays("get_favorite")
def test_favorites_are_asked_for_in_text(server: Server) -> None:
    """True and False are sent as "1" and "0", since the server takes the number 1 for no."""
    client = server()

    assert [True, True] == [item.favorite for item in simple(client, favorite=True).items]
    assert [False] * 3 == [item.favorite for item in simple(client, favorite=False).items]


@plays("get_tag")
def test_a_tag_filters(server: Server) -> None:
    """With a blank in it too; one that nobody uses gives an empty list."""
    client = server()

    assert [2, 1, 0] == [simple(client, tag=tag).keys for tag in ("europe", "machine learning", "nonesuch")]


@plays("get_untagged")
def test_what_has_no_tags_can_be_asked_for(server: Server) -> None:
    """By a name that no tag has."""
    assert () == only(simple(server(), tag="_untagged_")).tags


@plays("get_search")
def test_a_search_tells_of_itself(server: Server) -> None:
    """The envelope has a count, and the items where the words were found."""
    listing = simple(server(), search="harbour")

    assert {"total_result_count": 1, "count": 30, "offset": 0, "has_more": False} == listing.search_meta
    assert only(listing).highlights is not None


@plays("get_search_nothing_found")
def test_a_search_without_a_hit_has_an_array_for_an_object(server: Server) -> None:
    """`[]` is an empty list."""
    listing = simple(server(), search="zzzz")

    assert (0, ()) == (listing.keys, listing.items)


@plays("get_content_type")
def test_a_kind_of_content_filters(server: Server) -> None:
    """Two articles, no video."""
    client = server()

    assert 2 == simple(client, content_type="article", count=2).keys
    assert 0 == simple(client, content_type="video").keys


@plays("get_sort")
def test_the_other_order_is_the_reverse(server: Server) -> None:
    """Only `sort_id` tells it."""
    client = server()
    newest, oldest = ids(simple(client, sort="newest")), ids(simple(client, sort="oldest"))

    assert newest == oldest[::-1]


@plays("get_total")
def test_the_total_comes_if_asked_for(server: Server) -> None:
    """As a text, which is read as a number."""
    client = server()

    assert [5, None] == [simple(client, count=2, total=True).total, simple(client, count=2).total]


@plays("get_deleted_stub")
def test_deleted_items_are_stubs(server: Server) -> None:
    """They come without a state and with all, but not among the unread."""
    client = server()
    listings = [simple(client, state=state) for state in (None, "all", "unread")]

    assert [3, 3, 1] == [listing.keys for listing in listings]
    assert [["3042440122"], ["3042440122"], []] == [
        [item.item_id for item in listing.items if item.gone] for listing in listings
    ]


@plays("get_highlights")
def test_highlights_come_with_annotations(server: Server) -> None:
    """Where the key may see them."""
    listing = server().get(detail_type="complete", sort="oldest", annotations=True)

    [annotation] = listing.items[0].annotations
    assert "Nobody hurries on a night train." == annotation.quote
    assert () == listing.items[1].annotations


@plays("get_taglist_and_account")
def test_all_tags_and_the_account_can_be_asked_for(server: Server) -> None:
    """They stand beside the list."""
    listing = simple(server(), count=1, taglist=True, account=True)

    assert ("databases", "europe", "machine learning", "travel", "web") == listing.tags
    assert "tester@example.org" == listing.account["email"]


@plays("get_form_body")
def test_a_get_may_be_a_form(server: Server) -> None:
    """As the oldest clients sent it."""
    listing = simple(server(form=True), state="unread", favorite=True, count=30, offset=0, total=True)

    assert (1, TRAIN) == (listing.total, only(listing).item_id)


@plays("add")
def test_what_is_added_comes_back_without_its_tags(server: Server) -> None:
    """The list shows them."""
    client = server()
    added = client.add("https://example.com/added/one", title="Added one", tags="alpha,beta tag")
    item = only(simple(client))

    assert (added.item_id, "Resolved one") == (item.item_id, added.title)
    assert ("Added one", ("alpha", "beta tag")) == (item.given_title, item.tags)


@plays("add_url_only")
def test_a_title_is_found_where_none_is_given(server: Server) -> None:
    """The given title is then the page's."""
    client = server()
    added = client.add("https://example.com/added/url-only")

    assert added.title == only(simple(client)).given_title == "Resolved url only"


@plays("add_existing")
def test_adding_again_makes_unread_and_dates_anew(server: Server) -> None:
    """That is why nothing is ever added twice blindly."""
    client = server()
    before = only(simple(client))
    added = client.add("https://blog.example.org/2023/how-b-trees-work")
    after = only(simple(client))

    assert before.item_id == added.item_id == after.item_id
    assert (("1", 1700000000), ("0", 1795226614)) == (
        (before.status, before.time_added),
        (after.status, after.time_added),
    )
    assert before.tags == after.tags


@plays("add_invalid_url")
def test_what_is_no_public_url_is_refused(server: Server) -> None:
    """With status 400, in words that say where."""
    client = server()
    for url in ("nonsense", "http://localhost/x"):
        with pytest.raises(Refusal, match="refuses add: Invalid value") as refused:
            client.add(url)
        assert 130 == refused.value.code
        assert url in refused.value.words


@plays("send_add")
def test_actions_of_adding_bring_the_items(server: Server) -> None:
    """And the dates are those that were sent."""
    client = server()
    answers = list(
        client.send(
            [
                actions.add(
                    "https://example.com/sent/one", title="Sent one", tags=["alpha", "beta tag"], time=1700000000
                ),
                actions.add("https://example.com/sent/two", time=1700086400),
            ]
        )
    )
    listing = simple(client, sort="oldest")

    assert ids(listing) == [
        answer.item.item_id for answer in answers if isinstance(answer, Carried) and answer.item is not None
    ]
    assert [1700000000, 1700086400] == [item.time_added for item in listing.items]
    assert 1700086400 == listing.items[1].time_updated


@plays("send_archive_and_readd")
def test_archiving_and_back(server: Server) -> None:
    """Back is a new date, and brings the item."""
    client = server()
    archived = list(client.send([actions.archive(SOURDOUGH, time=1700432000)]))
    then = only(simple(client))
    [back] = client.send([actions.readd(SOURDOUGH, time=1700518400)])
    now = only(simple(client))

    assert [Carried()] == archived
    assert ("1", 1700000000, 1700432000) == (then.status, then.time_added, then.time_updated)
    assert isinstance(back, Carried)
    assert back.item is not None
    assert SOURDOUGH == back.item.item_id
    assert ("0", 1700518400) == (now.status, now.time_added)


@plays("send_favorite_and_unfavorite")
def test_a_favorite_and_back(server: Server) -> None:
    """Nothing else changes but the time of the change."""
    client = server()
    shown = []
    for action in (actions.favorite(SOURDOUGH, time=1700432000), actions.unfavorite(SOURDOUGH, time=1700518400)):
        assert [Carried()] == list(client.send([action]))
        shown.append(only(simple(client)).favorite)

    assert [True, False] == shown


@plays("send_delete")
def test_what_is_deleted_is_a_stub_and_may_be_deleted_again(server: Server) -> None:
    """The second time is no error."""
    client = server()
    first = list(client.send([actions.delete(SOURDOUGH, time=1700432000)]))
    stub = only(simple(client, state=None))
    second = list(client.send([actions.delete(SOURDOUGH, time=1700518400)]))

    assert [Carried()] == first == second
    assert stub.gone


@plays("send_tags_add_and_remove")
def test_tags_are_added_and_removed(server: Server) -> None:
    """By an array and by a text."""
    client = server()
    list(
        client.send(
            [
                actions.tags_add(SOURDOUGH, ["bread", "slow food"], time=1700432000),
                actions.tags_add(SOURDOUGH, "one,two", time=1700432000),
            ]
        )
    )
    four = only(simple(client)).tags
    list(client.send([actions.tags_remove(SOURDOUGH, ["one", "slow food"], time=1700518400)]))

    assert {"bread", "slow food", "one", "two"} == set(four)
    assert {"bread", "two"} == set(only(simple(client)).tags)


@plays("send_tags_replace_and_clear")
def test_tags_are_replaced_and_cleared(server: Server) -> None:
    """Replacing with nothing clears."""
    client = server()
    list(
        client.send(
            [
                actions.tags_replace(TRAIN, ["rail", "sleep"], time=1700432000),
                actions.tags_clear(TREES, time=1700432000),
            ]
        )
    )
    replaced = [set(item.tags) for item in simple(client, sort="oldest").items]
    list(client.send([actions.tags_replace(TRAIN, [], time=1700518400)]))

    assert [{"rail", "sleep"}, set()] == replaced
    assert [(), ()] == [item.tags for item in simple(client, sort="oldest").items]


@plays("send_tag_rename_and_delete")
def test_a_tag_is_renamed_and_deleted_everywhere(server: Server) -> None:
    """One that is not there is declined, and it alone."""
    client = server()
    answers = list(
        client.send(
            [
                actions.tag_rename("europe", "europa", time=1700777600),
                actions.tag_delete("travel", time=1700777600),
                actions.tag_rename("nonesuch", "x", time=1700777600),
            ]
        )
    )

    assert [Carried(), Carried(), Declined("Tag not found", 198)] == answers
    assert [("europa",), ("europa",)] == [item.tags for item in simple(client, tag="europa").items]


@plays("send_by_url")
def test_this_server_takes_a_url_for_an_item(server: Server) -> None:
    """No other is known to."""
    client = server()
    trees, train = "https://blog.example.org/2023/how-b-trees-work", "https://example.com/slow-travel-by-night-train"
    answers = list(
        client.send(
            [actions.favorite(url=trees), actions.tags_add(url=train, tags="by-url"), actions.delete(url=trees)]
        )
    )
    listing = simple(client, sort="oldest")

    assert [Carried()] * 3 == answers
    assert ([TRAIN], [TREES]) == (
        [item.item_id for item in listing.items if "by-url" in item.tags],
        [item.item_id for item in listing.items if item.gone],
    )


@plays("send_mixed_good_and_unknown")
def test_an_unknown_action_costs_no_other(server: Server) -> None:
    """`status` is 1 all the same."""
    client = server()
    given = {"item_id": SOURDOUGH, "time": 1700777600}
    answers = list(client.send([Action(name, given) for name in ("favorite", "bogus", "opened_video", "archive")]))
    item = simple(client, sort="oldest").items[0]

    assert [
        Carried(),
        Declined("Invalid Action: 'bogus'", 130),
        Declined("Invalid Action: 'opened_video'", 130),
        Carried(),
    ] == answers
    assert (True, "1") == (item.favorite, item.status)


@plays("send_malformed_batch")
def test_a_malformed_action_costs_the_whole_call(server: Server) -> None:
    """Nothing is done, and the server says so."""
    client = server()
    with pytest.raises(BatchRefused, match="must provide either item_id or url") as refused:
        client.send_once([actions.favorite(SOURDOUGH), Action("archive")])

    assert 130 == refused.value.code
    assert not only(simple(client)).favorite


@plays("send_form_body")
def test_a_send_may_be_a_form(server: Server) -> None:
    """With its actions as JSON text in a field."""
    assert [Carried()] == list(server(form=True).send([actions.favorite(SOURDOUGH, time=1700000000)]))


@plays("error_unauthorized")
def test_a_refused_token_stops_every_call(server: Server) -> None:
    """Two calls answer 401; send answers 200, and "Unauthorized" for each action."""
    for call in (
        simple,
        lambda client: client.add("https://example.com/x"),
        lambda client: list(client.send([actions.favorite("42")])),
    ):
        client = server()
        with pytest.raises(CredentialsError, match=r"does not accept the login|Unauthorized"):
            call(client)
        with pytest.raises(CredentialsError):
            simple(client)
        assert 1 == client.calls


@plays("error_inside_http_200")
def test_an_error_inside_of_200_is_a_refused_login(server: Server) -> None:
    """The header has code 5200, and there is no list."""
    with pytest.raises(CredentialsError, match="nobody is logged in with this token"):
        simple(server())


@plays("error_server")
def test_trouble_behind_the_server_is_no_refusal(server: Server) -> None:
    """A get is given up after three tries; an action may have been carried out."""
    client = server()
    with pytest.raises(Unavailable, match='after 3 tries: it says "upstream failure"'):
        simple(client)
    [answer] = client.send([actions.favorite("42")])

    assert 4 == client.calls
    assert Unclear("The Pocket server failed inside: upstream failure.") == answer


@plays("error_unavailable_and_throttled")
def test_a_busy_server_is_asked_again(server: Server) -> None:
    """After 503 and after 429, without a word about when; a third answer was not recorded."""
    client = server()
    with pytest.raises(CannotOverwriteExistingCassetteException):
        simple(client)

    assert 3 == client.calls
