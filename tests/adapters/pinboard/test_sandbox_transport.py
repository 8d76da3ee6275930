"""The Pinboard sandbox as a server: login, pace, limits, the bytes of its answers, and its switches."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from werkzeug.datastructures import Authorization
from werkzeug.test import Client

from adapters.http.serving import DROP_AFTER, ERROR_AFTER, ERROR_BEFORE, UNAUTHORIZED, Violation, refuse
from adapters.pinboard.sandbox import PinboardSandbox, serve
from adapters.pinboard.sandbox_account import Post
from tests.adapters.pinboard.sandbox_caller import Caller
from tests.support.clock import FakeClock

NO_GAPS = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}
URL = "https://example.org/"


@pytest.fixture
def clock() -> FakeClock:
    """Make the clock that the sandbox looks at."""
    return FakeClock(datetime(2012, 7, 14, 7, 40, 12, tzinfo=UTC).timestamp())


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call a sandbox that allows any pace."""
    return Caller(PinboardSandbox(NO_GAPS, clock))


@pytest.fixture
def paced(clock: FakeClock) -> Caller:
    """Call a sandbox that insists on Pinboard's own gaps."""
    return Caller(PinboardSandbox(clock=clock))


def basic(user: str, password: str) -> Authorization:
    """Make the header of HTTP Basic."""
    return Authorization("basic", {"username": user, "password": password})


def test_the_password_logs_in_as_well_as_the_token(call: Caller) -> None:
    """HTTP Basic takes user and password."""
    assert call.bare("posts/update", basic("sandbox", call.sandbox.password)).status_code == 200
    assert call("posts/update").status_code == 200


def test_a_bad_login_is_refused_in_thirteen_bytes_and_closes_the_connection(call: Caller) -> None:
    """Half a token, another one, the token as password, and nothing at all are refused alike."""
    token = call.sandbox.token
    answers = [
        call.bare("posts/update"),
        call.bare("posts/update", auth_token=token.partition(":")[2]),
        call.bare("posts/update", auth_token=f"{token}0"),
        call.bare("posts/update", basic("sandbox", token)),
        call.bare("posts/update", Authorization("bearer", token=token)),
    ]

    assert {(answer.status_code, answer.text, answer.mimetype) for answer in answers} == {
        (401, "401 Forbidden", "text/html")
    }
    assert {answer.headers["Connection"] for answer in answers} == {"close"}


def test_a_bad_login_changes_nothing(call: Caller) -> None:
    """The login comes before the deed."""
    call.bare("posts/add", url=URL, description="t")

    assert call.sandbox.posts == {}


def test_the_log_holds_no_login(call: Caller) -> None:
    """What was asked is logged, with what it was answered, but not the token."""
    call("posts/add", url=URL, description="t", tags="")
    (logged,) = call.sandbox.log

    assert (logged.route, logged.status) == ("posts/add", 200)
    assert logged.args == {"url": URL, "description": "t", "tags": ""}
    assert call.sandbox.token not in repr(call.sandbox.log)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 403), ("/v1/", 403), ("/v2/posts/all", 403), ("/v1/posts/none", 404), ("/v1/notes/", 404)],
)
def test_what_is_no_method_is_answered_by_the_web_server(path: str, status: int, call: Caller) -> None:
    """The root and version 2 are forbidden, other paths unknown; they are logged by their path."""
    answer = Client(call.sandbox).get(path)

    assert answer.status_code == status
    assert [(logged.route, logged.status) for logged in call.sandbox.log] == [(path, status)]


def test_the_body_of_a_post_is_not_read(call: Caller) -> None:
    """Parameters count in the query alone."""
    query = {"auth_token": call.sandbox.token, "url": URL}
    answer = Client(call.sandbox).post("/v1/posts/add", query_string=query, data={"description": "t"})

    assert 'code="must provide title"' in answer.text


def test_a_request_uri_may_have_4100_bytes(call: Caller) -> None:
    """They are counted from the scheme to the end of the query, as encoded."""

    def sent(padding: int) -> int:
        path = f"/v1/posts/update?auth_token={call.sandbox.token}&x="
        path += "%20" * 100 + "x" * (padding - len("http://localhost") - len(path) - 300)
        return Client(call.sandbox).get(path).status_code

    assert [sent(4_100), sent(4_101)] == [200, 414]


def test_a_start_that_comes_too_soon_is_refused_and_recorded(paced: Caller, clock: FakeClock) -> None:
    """Nothing is done, and the next one that waits is served again."""
    statuses = []
    for pause in (0, 2.5, 2.8, 3):
        clock.sleep(pause)
        statuses.append(paced("posts/add", url=URL, description="t").status_code)

    assert statuses == [200, 429, 200, 200]
    assert paced.sandbox.violations == [Violation("posts/add", 2.5, 3.0)]
    assert paced.sandbox.effective_adds == {URL: 1}
    assert paced.sandbox.replaced == {URL: 2}


@pytest.mark.parametrize(("route", "gap"), [("posts/recent", 60.0), ("posts/all", 300.0)])
def test_two_listings_have_a_longer_gap_of_their_own(route: str, gap: float, paced: Caller, clock: FakeClock) -> None:
    """Other calls in between change nothing about it, and they themselves need only the common gap."""
    statuses = []
    for called, pause in ((route, 0), ("posts/update", 3), (route, gap / 2), ("posts/update", 3), (route, gap)):
        clock.sleep(pause)
        statuses.append(paced(called).status_code)

    assert statuses == [200, 200, 429, 200, 200]
    assert paced.sandbox.violations == [Violation(route, gap / 2 + 3, gap)]


def test_gaps_can_be_set_by_route_class(clock: FakeClock) -> None:
    """What is not set stays as Pinboard has it."""
    call = Caller(PinboardSandbox({"default": 0.5}, clock))
    call("posts/all")
    clock.sleep(0.5)

    assert call("posts/update").status_code == 200
    clock.sleep(0.5)
    assert call("posts/all").status_code == 429


def test_a_sandbox_that_is_not_strict_only_records(paced: Caller) -> None:
    """Benchmarks read the violations afterwards."""
    paced.sandbox.strict = False

    assert [paced("posts/update").status_code for _ in range(3)] == [200] * 3
    assert paced.sandbox.violations == [Violation("posts/update", 0.0, 3.0)] * 2


def test_faults_are_worded_as_the_service_words_them(call: Caller) -> None:
    """401 and 429 as in earnest, and a 500 is empty whether the post was stored or not."""
    call.sandbox.faults.add(UNAUTHORIZED)
    call.sandbox.faults.add(refuse(7))
    call.sandbox.faults.add(ERROR_BEFORE)
    call.sandbox.faults.add(ERROR_AFTER)
    answers = [call("posts/add", url=f"{URL}{number}", description="t") for number in range(5)]

    assert [(answer.status_code, answer.text) for answer in answers[:4]] == [
        (401, "401 Forbidden"),
        (429, "429 Too Many Requests"),
        (500, ""),
        (500, ""),
    ]
    assert list(call.sandbox.posts) == [f"{URL}3", f"{URL}4"]


def test_a_faulty_start_counts_for_the_pace(paced: Caller) -> None:
    """A repeated call has to wait as any other."""
    paced.sandbox.faults.add(DROP_AFTER)
    with pytest.raises(ConnectionAbortedError):
        paced("posts/add", url=URL, description="t")

    assert paced("posts/get", url=URL).status_code == 429


def test_xml_is_the_default_and_ends_as_recorded(call: Caller) -> None:
    """Blanks follow the document, and after add and delete also a comment with the time."""
    add, update = call("posts/add", url=URL, description="t"), call("posts/update", format="xml")

    assert add.text == (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<result code="done" />\n\t<!-- generated 07/14/12 07:40:12 UTC -->'
    )
    assert update.text == '<?xml version="1.0" encoding="UTF-8" ?>\n<update time="2012-07-14T07:40:12Z" />\n\t'
    assert update.content_type == "text/xml; charset=utf-8"


def test_xml_leaves_newlines_and_apostrophes_raw_and_defaults_out(call: Caller) -> None:
    """Four characters are escaped, no others; shared and toread are written only where they are not the default."""
    call("posts/add", url=URL, description="it's\n<a>", extended='"b"\t&amp;\r\nü', tags="x y")
    call("posts/add", url=f"{URL}2", description="t", shared="no", toread="yes")
    first, second = (call("posts/get", url=url).text for url in (URL, f"{URL}2"))

    assert 'description="it\'s\n&lt;a&gt;" extended="&quot;b&quot;\t&amp;amp;\r\nü" tag="x y" hash="' in first
    assert "shared" not in first
    assert "toread" not in first
    assert re.search(r'hash="[0-9a-f]{32}" shared="no" toread="yes" />', second)


def test_xml_carries_control_characters_raw_which_no_parser_takes(call: Caller) -> None:
    """A post that was stored long ago makes the listing ill-formed; JSON can say it."""
    call.sandbox.load([Post(URL, "a\x08b\ufffe\ud800")])
    raw = call("posts/all").get_data()

    assert b'description="a\x08b\xef\xbf\xbe\xed\xa0\x80"' in raw
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(raw)
    assert call.json("posts/all")[0]["description"] == "a\x08b\ufffe\ud800"


def test_json_has_nine_keys_and_is_written_as_by_php(call: Caller) -> None:
    """Yes and no are words, always there; slashes and everything beyond ASCII are escaped."""
    call("posts/add", url=URL, description="ü", tags="a b")
    answer = call("posts/all", format="json")
    (row,) = answer.get_json(force=True)

    assert list(row) == ["href", "description", "extended", "meta", "hash", "time", "shared", "toread", "tags"]
    assert (row["shared"], row["toread"], row["tags"]) == ("yes", "no", "a b")
    assert answer.text.startswith(r'[{"href":"https:\/\/example.org\/","description":"\u00fc"')
    assert answer.text.endswith("]\t\n")


def test_an_empty_account_lists_nothing(call: Caller) -> None:
    """The root is there in XML, and JSON is a bare list."""
    assert (call.xml("posts/all").tag, len(call.xml("posts/all"))) == ("posts", 0)
    assert call.json("posts/all") == []
    assert call.json("posts/update") == {"update_time": "1970-01-01T00:00:00Z"}


def test_bom_and_pollution_stand_before_json_alone(call: Caller) -> None:
    """The log text before add and delete has brackets, and even JSON, that are not the answer."""
    call.sandbox.bom = call.sandbox.pollute = True
    add = call("posts/add", url=URL, description="t", format="json").text
    update = call("posts/update", format="json").text

    assert add.startswith("\ufeff[2024-")
    assert add.endswith('{"result_code":"done"}\t\n')
    with pytest.raises(json.JSONDecodeError):
        json.loads(add.lstrip("\ufeff"))
    assert update == '\ufeff{"update_time":"2012-07-14T07:40:12Z"}\t\n'
    assert call("posts/add", url=URL, description="t").text.startswith("<?xml")


def test_an_empty_title_can_be_false_in_json(call: Caller) -> None:
    """Only where it is switched on, and only an empty one."""
    call.sandbox.load([Post(URL), Post(f"{URL}2", "t")])
    plain = {row["href"]: row["description"] for row in call.json("posts/all")}
    call.sandbox.false_titles = True

    assert plain == {URL: "", f"{URL}2": "t"}
    assert {row["href"]: row["description"] for row in call.json("posts/all")} == {URL: False, f"{URL}2": "t"}


def test_a_partial_listing_is_well_formed_and_happens_once(call: Caller) -> None:
    """The next posts/all lacks most posts, the one after it none."""
    call.sandbox.load(Post(f"{URL}{number}") for number in range(10))
    call.sandbox.partial = 0.1

    assert [len(call.hrefs("posts/all")) for _ in range(2)] == [1, 10]


def test_answers_are_compressed_when_asked() -> None:
    """A client that takes gzip gets it, and one that does not gets it plain."""
    with serve(gaps=NO_GAPS) as served, requests.Session() as session:
        session.trust_env = False
        params = {"auth_token": served.environment["PINBOARD_TOKEN"]}
        packed = session.get(f"{served.url}posts/update", params=params, timeout=5)
        plain = session.get(
            f"{served.url}posts/update", params=params, headers={"Accept-Encoding": "identity"}, timeout=5
        )

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text


def test_serving_says_how_to_reach_it() -> None:
    """The environment holds the address and the token of the sandbox that is served, on loopback."""
    with serve(gaps=NO_GAPS) as served, requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            f"{served.url}posts/add",
            params={"auth_token": served.environment["PINBOARD_TOKEN"], "url": URL, "description": "t"},
            timeout=5,
        )

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1/", served.url)
    assert served.environment["PINBOARD_URL"] == served.url
    assert re.fullmatch("sandbox:[0-9a-f]{20}", served.environment["PINBOARD_TOKEN"])
    assert answer.headers["Server"] == "bookmark-bridge sandbox"
    assert list(served.app.posts) == [URL]


def test_simultaneous_adds_of_one_url_create_it_once(call: Caller) -> None:
    """The account is changed by one request at a time."""
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: call.code("posts/add", url=URL, description="t", replace="no"), range(50)))

    assert codes.count("done") == 1
    assert call.sandbox.effective_adds == {URL: 1}


def test_twenty_thousand_posts_are_listed_within_seconds(call: Caller) -> None:
    """It takes a quarter of a second; the bound is for slow machines."""
    call.sandbox.load(Post(f"{URL}{number}", "A title", "A note\n" * 10, ("a", "b")) for number in range(20_000))
    began = time.monotonic()
    call("posts/all")

    assert time.monotonic() - began < 5


attribute_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(description=attribute_texts, extended=attribute_texts)
def test_undoing_four_escapes_gives_the_stored_text(description: str, extended: str) -> None:
    """The value between two quotes is the text and nothing else, newlines included."""
    call = Caller(PinboardSandbox(NO_GAPS, FakeClock()))
    call("posts/add", url=URL, description=description, extended=extended)
    text = call("posts/get", url=URL).text

    for name, value in (("description", description), ("extended", extended)):
        (raw,) = re.findall(f' {name}="([^"]*)"', text)
        for escape, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            raw = raw.replace(escape, character)
        assert raw == value
