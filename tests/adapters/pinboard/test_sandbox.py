"""The methods of the Pinboard sandbox and the rules of its account."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pinboard.sandbox import PinboardSandbox
from adapters.pinboard.sandbox_account import Note, Post
from tests.adapters.pinboard.sandbox_caller import Caller
from tests.support.clock import FakeClock

NO_GAPS = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://example.org/"


def sandbox_at(clock: FakeClock) -> Caller:
    """Make a sandbox that allows any pace."""
    return Caller(PinboardSandbox(NO_GAPS, clock))


@pytest.fixture
def clock() -> FakeClock:
    """Stand at noon."""
    return FakeClock(NOON.timestamp())


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call a sandbox that allows any pace."""
    return sandbox_at(clock)


def a_post(number: int, **fields: object) -> Post:
    """Make the post of so many hours before noon."""
    return Post(**{"href": f"https://example.org/{number}", "time": NOON - timedelta(hours=number), **fields})


def test_an_add_stores_every_field(call: Caller) -> None:
    """Title, note, tags, creation time, privacy and read state are kept as sent."""
    fields = {"description": "A title", "extended": "A note", "tags": "b a", "dt": "2009-01-02T03:04:05Z"}
    code = call.code("posts/add", url=URL, shared="no", toread="yes", **fields)

    stored = call.sandbox.posts[URL]
    assert code == "done"
    assert stored == Post(
        URL, "A title", "A note", ("b", "a"), datetime(2009, 1, 2, 3, 4, 5, tzinfo=UTC), False, True, stored.meta
    )
    assert call.sandbox.effective_adds == {URL: 1}
    assert call.sandbox.replaced == {}


def test_an_add_without_more_than_a_title_is_public_read_and_of_now(call: Caller) -> None:
    """The defaults of an ordinary account: shared, not to read, created now."""
    call("posts/add", url=URL, description="t")
    stored = call.sandbox.posts[URL]

    assert (stored.shared, stored.toread, stored.time) == (True, False, NOON)


def test_replacing_empties_what_is_left_out_but_keeps_the_time(call: Caller) -> None:
    """Replace is the default, the whole record is overwritten, and a different dt is ignored."""
    call("posts/add", url=URL, description="t", extended="n", tags="a", shared="no", toread="yes", dt="2009-01-02")
    code = call.code("posts/add", url=URL, description="new", dt="2010-01-01T00:00:00Z")

    stored = call.sandbox.posts[URL]
    assert code == "done"
    assert stored == Post(URL, "new", "", (), datetime(2009, 1, 2, tzinfo=UTC), True, False, stored.meta)
    assert call.sandbox.effective_adds == {URL: 1}
    assert call.sandbox.replaced == {URL: 1}


def test_replace_no_leaves_an_existing_post_alone(call: Caller) -> None:
    """The answer says so with status 200, and nothing moves."""
    call("posts/add", url=URL, description="old")
    before = call.sandbox.posts[URL]
    answer = call("posts/add", url=URL, description="new", replace="no")

    assert answer.status_code == 200
    assert 'code="item already exists"' in answer.text
    assert call.sandbox.posts[URL] == before
    assert call.sandbox.replaced == {}


def test_a_private_account_decides_only_where_the_add_does_not(call: Caller) -> None:
    """An explicit shared=yes beats the default, and an omitted one falls back to it, also on replacing."""
    call.sandbox.account.private_by_default = True
    call("posts/add", url=URL, description="t", shared="yes")
    explicit = call.sandbox.posts[URL].shared
    call("posts/add", url=URL, description="t")

    assert explicit is True
    assert call.sandbox.posts[URL].shared is False


def test_an_account_without_public_bookmarks_keeps_everything_private(call: Caller) -> None:
    """It says done to shared=yes and stores no."""
    call.sandbox.account.public_disabled = True

    assert call.code("posts/add", url=URL, description="t", shared="yes") == "done"
    assert call.sandbox.posts[URL].shared is False


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"description": "t"}, "missing url"),
        ({"url": "", "description": "t"}, "missing url"),
        ({"url": "notaurl", "description": "t"}, "missing url"),
        ({"url": "gopher://example.org/", "description": "t"}, "missing url"),
        ({"url": "https:///path", "description": "t"}, "missing url"),
        ({"url": "https://[::1/", "description": "t"}, "missing url"),
        ({"url": "https://example.org:99999/", "description": "t"}, "missing url"),
        ({"url": "https://example.org/a b", "description": "t"}, "missing url"),
        ({"url": "https://example.org/a\nb", "description": "t"}, "missing url"),
        ({"url": URL}, "must provide title"),
        ({"url": URL, "description": ""}, "must provide title"),
    ],
)
def test_an_add_that_cannot_be_stored_says_why(args: dict[str, str], code: str, call: Caller) -> None:
    """The result string is in a 200, an empty parameter counts as none, and nothing is stored."""
    answer = call("posts/add", **args)

    assert answer.status_code == 200
    assert f'code="{code}"' in answer.text
    assert call.sandbox.posts == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "HTTPS://Example.org/#frag",
        "ftp://example.org/",
        "feed://example.org/",
        "mailto:a@example.org",
        "file:///etc/motd",
        "javascript:void alert('a b')",
        "https://example.org/ä?q=%2B&x=日本",
    ],
)
def test_a_url_of_a_documented_scheme_is_stored_as_sent(url: str, call: Caller) -> None:
    """No normalisation is known of."""
    call("posts/add", url=url, description="t")

    assert list(call.sandbox.posts) == [url]
    assert call.hrefs("posts/get", url=url) == [url]


@pytest.mark.parametrize(
    ("dt", "time"),
    [
        ("2026-05-04T12:10:00Z", NOON + timedelta(minutes=10)),
        ("2026-05-04T12:10:01Z", NOON),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", NOON),
        ("2009-01-02T03:04:05.678+01:00", datetime(2009, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("yesterday", NOON),
    ],
)
def test_a_far_or_unreadable_creation_time_is_now(dt: str, time: datetime, call: Caller) -> None:
    """Up to ten minutes ahead are believed."""
    call("posts/add", url=URL, description="t", dt=dt)

    assert call.sandbox.posts[URL].time == time


def test_what_is_too_long_is_cut(call: Caller) -> None:
    """A title has 255 characters, a tag too, and a bookmark a hundred tags."""
    many = " ".join(f"t{number}" for number in range(105))
    call("posts/add", url=URL, description="x" * 300, tags=f"{'y' * 300} {many}")
    stored = call.sandbox.posts[URL]

    assert stored.description == "x" * 255
    assert stored.tags[:2] == ("y" * 255, "t0")
    assert len(stored.tags) == 100


def test_commas_and_blanks_separate_tags_and_case_does_not(call: Caller) -> None:
    """Tags keep their case, and a repeat in another case is the same tag."""
    call("posts/add", url=URL, description="t", tags="Ruby,on  rails, ruby\t.private c++")

    assert call.sandbox.posts[URL].tags == ("Ruby", "on", "rails", ".private", "c++")


def test_a_delete_removes_once(call: Caller) -> None:
    """What is not there, or is no url, is not found."""
    call("posts/add", url=URL, description="t")

    assert [call.code("posts/delete", url=URL) for _ in range(2)] == ["done", "item not found"]
    assert call.code("posts/delete", url="nonsense") == "item not found"
    assert call.code("posts/delete") == "item not found"
    assert call.sandbox.posts == {}


def test_a_post_created_again_counts_as_a_second_creation(call: Caller) -> None:
    """What was deleted and added is not a replacement."""
    for route in ("posts/add", "posts/delete", "posts/add"):
        call(route, url=URL, description="t")

    assert call.sandbox.effective_adds == {URL: 2}
    assert call.sandbox.replaced == {}


def test_posts_update_is_the_time_of_the_last_add_or_delete(call: Caller, clock: FakeClock) -> None:
    """It moves with adds and deletes that did something, and not with the tags of the whole account."""
    call.sandbox.rename_dead = False
    seen = []
    for route, args in [
        ("posts/get", {}),
        ("posts/add", {"url": URL, "description": "t", "tags": "a"}),
        ("posts/add", {"url": URL, "description": "t", "replace": "no"}),
        ("tags/rename", {"old": "a", "new": "b"}),
        ("posts/delete", {"url": "http://unknown.example/"}),
        ("posts/delete", {"url": URL}),
    ]:
        clock.sleep(1.5)
        call(route, **args)
        seen.append(call.xml("posts/update").get("time", "")[11:])

    assert seen[1:] == ["12:00:03Z", "12:00:03Z", "12:00:03Z", "12:00:03Z", "12:00:09Z"]
    assert seen[0] == "00:00:00Z"


def test_posts_update_of_a_loaded_account_is_its_newest_post(call: Caller) -> None:
    """Loading is as if long ago."""
    call.sandbox.load([a_post(2), a_post(1)])

    assert call.json("posts/update") == {"update_time": "2026-05-04T11:00:00Z"}


def test_posts_get_by_url_is_exact(call: Caller) -> None:
    """The match is by the stored string; nothing found is an empty 200 that still has a date."""
    call.sandbox.load([a_post(1)])

    assert call.hrefs("posts/get", url="https://example.org/1") == ["https://example.org/1"]
    assert call.hrefs("posts/get", url="https://example.org/1/") == []
    assert call.json("posts/get", url="https://example.org/1", dt="2020-01-01")["posts"] == []
    assert call.json("posts/get", url="https://EXAMPLE.org/1") == {
        "date": "2026-05-04T12:00:00Z",
        "user": "sandbox",
        "posts": [],
    }


def test_posts_get_without_url_and_day_knows_only_the_most_recent_day(call: Caller) -> None:
    """A tag alone searches that day alone."""
    call.sandbox.load([a_post(30, tags=("a",)), a_post(1, tags=("b",)), a_post(2, tags=("A", "b"))])

    assert call.hrefs("posts/get") == ["https://example.org/1", "https://example.org/2"]
    assert call.hrefs("posts/get", tag="a") == ["https://example.org/2"]
    assert call.hrefs("posts/get", tag="a", dt="2026-05-03") == ["https://example.org/30"]


def test_posts_get_shows_the_signature_when_asked(call: Caller) -> None:
    """Only meta=yes brings it in XML."""
    call.sandbox.load([a_post(1)])

    assert call.xml("posts/get", meta="yes")[0].get("meta") == call.sandbox.posts["https://example.org/1"].meta
    assert call.xml("posts/get")[0].get("meta") is None


def test_posts_recent_shows_fifteen_or_up_to_a_hundred(call: Caller) -> None:
    """With a tag and no count there is one more, as was recorded."""
    call.sandbox.load(a_post(number, tags=("a",)) for number in range(120))

    assert [len(call.hrefs("posts/recent", **args)) for args in ({}, {"tag": "a"}, {"count": "3"})] == [15, 16, 3]
    assert len(call.hrefs("posts/recent", count="500")) == 100
    assert len(call.hrefs("posts/recent", tag="a", count="15")) == 15


def test_posts_dates_counts_days_newest_first(call: Caller) -> None:
    """A tag narrows them; JSON joins its tags with a plus, and an empty map is a list."""
    call.sandbox.load([a_post(1, tags=("a",)), a_post(2), a_post(30, tags=("a", "b"))])
    dates = call.xml("posts/dates")

    assert [(date.get("date"), date.get("count")) for date in dates] == [("2026-05-04", "2"), ("2026-05-03", "1")]
    assert call.json("posts/dates", tag="a b") == {"user": "sandbox", "tag": "a+b", "dates": {"2026-05-03": 1}}
    assert call.json("posts/dates", tag="c")["dates"] == []


def test_posts_all_is_newest_first_in_pages_and_between_times(call: Caller) -> None:
    """Offsets count in the filtered list, and the bounds are exclusive."""
    call.sandbox.load(a_post(number) for number in (3, 1, 0, 2))
    numbers = [
        [href.rpartition("/")[2] for href in call.hrefs("posts/all", **args)]
        for args in (
            {},
            {"start": "1", "results": "2"},
            {"start": "4"},
            {"results": "0"},
            {"fromdt": "2026-05-04T10:00:00Z"},
            {"todt": "2026-05-04T10:00:00Z"},
            {"fromdt": "nonsense", "start": "-1"},
        )
    ]

    assert numbers == [["0", "1", "2", "3"], ["1", "2"], [], [], ["0", "1"], ["3"], ["0", "1", "2", "3"]]


def test_posts_all_without_bounds_shows_the_first_and_the_last_moment(call: Caller) -> None:
    """What is not asked for excludes nothing."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(microsecond=0, tzinfo=UTC)
    call.sandbox.load([a_post(1, time=first), a_post(2, time=last)])

    assert [post["time"] for post in call.json("posts/all")] == ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]


def test_posts_all_wants_every_tag_of_the_first_three(call: Caller) -> None:
    """Tags are matched without case, and a fourth is ignored."""
    call.sandbox.load([a_post(1, tags=("Ruby", "b", "c")), a_post(2, tags=("ruby", "b")), a_post(3)])

    assert call.hrefs("posts/all", tag="ruby,B") == ["https://example.org/1", "https://example.org/2"]
    assert call.hrefs("posts/all", tag="ruby b c d") == ["https://example.org/1"]


def test_a_misspelt_filter_returns_everything(call: Caller) -> None:
    """Unknown parameters are ignored."""
    call.sandbox.load([a_post(1), a_post(2)])

    assert len(call.hrefs("posts/all", tags="none")) == 2


def test_the_signature_moves_with_each_change_of_its_post_alone(call: Caller) -> None:
    """Even a rewrite that changes nothing moves it."""
    call.sandbox.load([a_post(1), a_post(2)])
    before = dict(call.sandbox.posts)
    call("posts/add", url="https://example.org/1", description="t")
    once = call.sandbox.posts["https://example.org/1"].meta
    call("posts/add", url="https://example.org/1", description="t")

    metas = {before["https://example.org/1"].meta, once, call.sandbox.posts["https://example.org/1"].meta}
    assert len(metas) == 3
    assert call.sandbox.posts["https://example.org/2"] == before["https://example.org/2"]


def test_the_hash_is_the_md5_of_the_href(call: Caller) -> None:
    """It is that of the UTF-8 form as stored."""
    call.sandbox.load([Post("https://example.org/ä")])

    expected = hashlib.md5("https://example.org/ä".encode(), usedforsecurity=False).hexdigest()
    assert call.xml("posts/all")[0].get("hash") == expected
    assert call.json("posts/all")[0]["hash"] == expected


def test_posts_suggest_recommends_the_tags_of_the_host(call: Caller) -> None:
    """Both formats have their own shape, and a strange url has no suggestions."""
    call.sandbox.load([a_post(1, tags=("a", "b")), a_post(2, tags=("b",)), Post("https://example.com/", tags=("c",))])

    assert call.json("posts/suggest", url="https://example.org/new") == [{"popular": []}, {"recommended": ["b", "a"]}]
    assert [child.text for child in call.xml("posts/suggest", url="https://example.org/new")] == ["b", "a"]
    assert call("posts/suggest", url="nonsense").text == "<suggested></suggested>"


def test_tags_get_folds_case_and_counts_upwards(call: Caller) -> None:
    """A tag that is written in two ways is one entry, in the spelling that more posts have."""
    call.sandbox.load(a_post(number, tags=(("ruby" if number else "Ruby"), "z")) for number in range(4))
    call.sandbox.load([a_post(9, tags=("one",)), a_post(10, tags=("z",))])

    assert [(tag.get("tag"), tag.get("count")) for tag in call.xml("tags/get")] == [
        ("one", "1"),
        ("ruby", "4"),
        ("z", "5"),
    ]
    assert call.json("tags/get") == {"one": 1, "ruby": 4, "z": 5}


def test_tags_get_without_tags_is_an_empty_list(call: Caller) -> None:
    """JSON says `[]` where there is nothing to map."""
    assert call.json("tags/get") == []


def test_tags_delete_takes_a_tag_from_every_post(call: Caller) -> None:
    """It is done whatever the case, and done also where there was nothing to do."""
    call.sandbox.load([a_post(1, tags=("a", "B")), a_post(2, tags=("b",))])

    assert call.xml("tags/delete", tag="b").text == "done"
    assert call.json("tags/delete", tag="unknown") == {"result": "done"}
    assert call.json("tags/delete") == {"result": "done"}
    assert [post.tags for post in call.sandbox.posts.values()] == [("a",), ()]


def test_tags_rename_answers_an_empty_500(call: Caller) -> None:
    """So does Pinboard since June 2026, for every input."""
    call.sandbox.load([a_post(1, tags=("a",))])
    answer = call("tags/rename", old="a", new="b")

    assert (answer.status_code, answer.text) == (500, "")
    assert call.sandbox.posts["https://example.org/1"].tags == ("a",)


def test_tags_rename_of_before_merges_into_what_is_there(call: Caller) -> None:
    """The old tag is found in any case, the order is kept, and renaming to nothing is refused in a 200."""
    call.sandbox.rename_dead = False
    call.sandbox.load([a_post(1, tags=("a", "b", "c"))])

    assert call.json("tags/rename", old="A", new="C") == {"result": "done"}
    assert call.json("tags/rename", old="b") == {"result": "rename to null"}
    assert call.sandbox.posts["https://example.org/1"].tags == ("C", "b")


def test_notes_are_listed_without_and_read_with_their_text(call: Caller) -> None:
    """JSON rows have every value a second time under its number; times name no zone."""
    call.sandbox.notes.append(Note("a" * 20, "A <note>", "one\r\ntwo", NOON, NOON))
    row = call.json("notes/list")["notes"][0]
    note = call.json(f"notes/{'a' * 20}")

    assert (row["title"], row["length"], row["created_at"]) == ("A <note>", 8, "2026-05-04 12:00:00")
    assert (row["0"], row["1"], "text" in row) == ("a" * 20, "A <note>", False)
    assert note["text"] == "one\r\ntwo"
    assert call.xml("notes/list").findtext("note/title") == "A <note>"
    assert call.xml(f"notes/{'a' * 20}").findtext("text") == "one\ntwo"


def test_an_unknown_note_is_a_404_with_json_that_calls_itself_html(call: Caller) -> None:
    """It is recorded so."""
    answer = call("notes/unknown")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.get_json(force=True)["error_code"] == "404"


def test_the_user_methods_return_secrets_without_the_name(call: Caller) -> None:
    """user/api_token is what stands behind the colon."""
    secret_half = call.sandbox.token.removeprefix("sandbox:")

    assert len(secret_half) == 20
    assert call.xml("user/api_token").text == secret_half
    assert call.json("user/secret") == {"result": call.sandbox.secret}


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(description=texts, extended=texts, path=texts.map(quote))
def test_any_text_comes_back_from_json_as_it_was_sent(description: str, extended: str, path: str) -> None:
    """Newlines, control characters and emoji included."""
    call = sandbox_at(FakeClock())
    call("posts/add", url=URL + path, description=description, extended=extended)
    row = call.json("posts/get", url=URL + path)["posts"][0]

    assert (row["href"], row["description"], row["extended"]) == (URL + path, description, extended)


steps = st.lists(
    st.tuples(
        st.sampled_from(["posts/add", "posts/delete", "tags/delete"]),
        st.sampled_from(["https://a.example/", "https://b.example/"]),
        st.sampled_from(["yes", "no"]),
        st.floats(0.1, 5),
    ),
    max_size=8,
)


@given(steps)
def test_posts_are_what_was_created_and_not_deleted(steps: list[tuple[str, str, str, float]]) -> None:
    """Creations less deletions is what is stored, whatever was refused in between."""
    call = sandbox_at(FakeClock())
    deleted = 0
    for route, url, replace, _pause in steps:
        answer = call(route, url=url, description="t", replace=replace, tags="a", tag="a")
        deleted += route == "posts/delete" and 'code="done"' in answer.text

    assert call.sandbox.effective_adds.total() - deleted == len(call.sandbox.posts)


@given(steps, st.floats(0, 30))
def test_a_lagging_replica_shows_the_state_of_that_long_ago(
    steps: list[tuple[str, str, str, float]], lag: float
) -> None:
    """Reads agree with what they showed then, while writes see the present."""
    clock = FakeClock()
    call = sandbox_at(clock)
    call.sandbox.load([Post("https://a.example/", time=datetime(2020, 1, 1, tzinfo=UTC), tags=("a",))])
    shown = [(clock(), call("posts/all").text, call("posts/update").text)]
    for route, url, replace, pause in steps:
        clock.sleep(pause)
        call(route, url=url, description="t", replace=replace, tags="a", tag="a")
        shown.append((clock(), call("posts/all").text, call("posts/update").text))
    call.sandbox.account.lag = lag

    then = [state for state in shown if state[0] <= clock() - lag] or shown[:1]
    assert (call("posts/all").text, call("posts/update").text) == then[-1][1:]
