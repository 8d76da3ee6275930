"""Suggestions, tags, notes and secrets by the client, and a token in a header, against the sandbox in fake time."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from adapters.http.serving import HTML_BEFORE
from adapters.http.session import READ_TIMEOUT
from adapters.pinboard import PINBOARD, PinboardConfig
from adapters.pinboard.calls import LISTING_TIMEOUT
from adapters.pinboard.client import NoSuchRoute, PinboardClient, Refusal
from adapters.pinboard.sandbox_account import Note as StoredNote
from adapters.pinboard.sandbox_account import Post as Stored
from adapters.pinboard.wire import Notes, Suggestions, Tags
from bridge.model.errors import ConfigurationError, ProtocolError
from bridge.model.secret import Secret
from tests.adapters.pinboard.desk import Desk
from tests.support.scripted_transport import Scripted, ScriptedTransport, ok, status

URL = "https://example.org/page"
ELSEWHERE = "https://pins.example/v1/"


def scripted(*script: Scripted, **config: object) -> tuple[PinboardClient, ScriptedTransport]:
    """Make a client whose network plays a script."""
    desk, transport = Desk(**config), ScriptedTransport(*script)
    return PinboardClient(desk.config, desk.context, transport), transport


def asked(transport: ScriptedTransport) -> list[str]:
    """Return the formats that were asked for, in their order."""
    return ["json" if "format=json" in str(sent.url) else "xml" for sent in transport.sent]


@pytest.mark.parametrize("format", ["xml", "json"])
def test_tags_suggestions_notes_and_secrets_in_both_formats(format: str) -> None:
    """XML and JSON say the same, behind a byte order mark and log text as well."""
    desk = Desk(format=format)
    desk.sandbox.bom = desk.sandbox.pollute = True
    desk.sandbox.load([Stored(URL, tags=("a", "B&b")), Stored(f"{URL}2", tags=("a",))])
    desk.sandbox.notes.append(StoredNote("a1" * 10, "A <note>", "one\r\ntwo"))
    client = desk.client
    [note] = client.notes_list().notes

    assert client.posts_suggest(f"{URL}3") == Suggestions((), ("a", "B&b"))
    assert client.tags_get() == Tags({"B&b": 1, "a": 2})
    assert (note.id, note.title, note.length, note.text) == ("a1" * 10, "A <note>", 8, None)
    assert (note.created_at, note.updated_at) == ("2012-07-14 07:34:21", "2012-07-14 07:34:21")
    client.tags_delete("A")
    assert client.tags_get() == Tags({"B&b": 1})
    assert client.user_secret().reveal() == desk.sandbox.secret
    assert client.user_api_token().reveal() == desk.sandbox.token.partition(":")[2]


@pytest.mark.parametrize("format", ["xml", "json"])
def test_an_account_may_hold_nothing(format: str) -> None:
    """No tags, no suggestions and no notes are answers, not faults."""
    client = Desk(format=format).client

    assert (client.tags_get(), client.posts_suggest(URL), client.notes_list()) == (
        Tags({}),
        Suggestions(),
        Notes((), 0),
    )


def test_a_note_is_read_as_json_alone() -> None:
    """Its text keeps the ends of its lines; an id that no note has gives none."""
    desk = Desk()
    desk.sandbox.notes.append(StoredNote("a1" * 10, "A note", "one\r\ntwo"))
    note = desk.client.notes_get("a1" * 10)

    assert note is not None
    assert (note.title, note.text) == ("A note", "one\r\ntwo")
    assert desk.client.notes_get("b2" * 10) is None
    assert [call.args["format"] for call in desk.sandbox.log] == ["json", "json"]


@pytest.mark.parametrize("id", ["", "list", "..", "../posts/all", "a b", "ä", "a?b"])
def test_what_can_be_no_id_of_a_note_is_not_asked_for(id: str) -> None:
    """It would lead to another method."""
    desk = Desk()

    assert desk.client.notes_get(id) is None
    assert desk.wire.urls == []


@pytest.mark.parametrize("body", [b'"Not Found"', b"<html>404</html>", b""])
def test_a_server_without_notes_is_not_one_without_this_note(body: bytes) -> None:
    """Only the error that the method itself writes says that the note is missing."""
    client, _transport = scripted(status(404, body))
    with pytest.raises(NoSuchRoute, match="has no notes/0123"):
        client.notes_get("0123")


@pytest.mark.parametrize(
    ("method", "broken", "json"),
    [
        ("tags_get", b'<tags><tag count="1" tag="a\x01"/></tags>', b'{"a\\u0001":1}'),
        ("notes_list", b"<notes><note id='a'><title>\x01</title></note></notes>", b'[{"id":"a","title":"\\u0001"}]'),
    ],
)
def test_what_xml_cannot_carry_is_asked_for_as_json(method: str, broken: bytes, json: bytes) -> None:
    """So nothing is left out; where JSON does not help, the answer says that something is."""
    mended, heard = scripted(ok(broken), ok(json))
    unmended, _transport = scripted(ok(broken), ok(b"<html>"))

    assert not getattr(mended, method)().damaged
    assert asked(heard) == ["xml", "json"]
    assert getattr(unmended, method)().damaged


def test_suggestions_that_are_damaged_are_asked_for_once_more() -> None:
    """They say so if they still are."""
    client, heard = scripted(ok(b"<suggested><popular>\x01</popular></suggested>"))

    assert client.posts_suggest(URL) == Suggestions(("",), (), damaged=True)
    assert asked(heard) == ["xml", "json"]


@pytest.mark.parametrize("method", ["tags_get", "notes_list"])
def test_a_page_is_neither_no_tags_nor_no_notes(method: str) -> None:
    """It is asked for again, and then the service is at fault."""
    desk = Desk()
    desk.sandbox.faults.add(HTML_BEFORE, times=2)
    with pytest.raises(ProtocolError, match="is an HTML page"):
        getattr(desk.client, method)()

    assert len(desk.routes) == 2


def test_a_refusal_is_not_taken_for_a_secret() -> None:
    """A result word is no token."""
    client, _transport = scripted(ok(b'<result code="something went wrong"/>'))
    with pytest.raises(ProtocolError, match="The answer of Pinboard to user/secret is not a result"):
        client.user_secret()


def test_a_secret_is_not_shown() -> None:
    """Whoever prints it sees stars."""
    assert f"{Desk().client.user_secret()!r}" == "***"


def test_what_lists_a_large_account_is_waited_for() -> None:
    """Two minutes, and half a minute for everything else."""
    client, transport = scripted(ok(b"{}"), ok(b"<posts/>"), ok(b"<update time='t'/>"))
    client.tags_get()
    client.posts_all()
    client.posts_update()

    assert [settings["timeout"][1] for settings in transport.settings] == [
        LISTING_TIMEOUT,
        LISTING_TIMEOUT,
        READ_TIMEOUT,
    ]


def test_a_format_can_be_chosen_for_one_call() -> None:
    """By parameter and by header, since servers look at one of the two."""
    client, transport = scripted(ok(b"<posts/>"))
    client.posts_all(format="json")
    client.posts_all()

    assert asked(transport) == ["json", "xml"]
    assert [sent.headers["Accept"].partition(",")[0] for sent in transport.sent] == ["application/json", "text/xml"]


def test_a_bearer_token_is_in_a_header_and_not_in_the_address() -> None:
    """So it takes nothing of the room that the address has."""
    token = Secret("opaque-token")
    client, transport = scripted(ok(b"<update time='t'/>"), url=ELSEWHERE, token=token, user="alice", bearer=True)
    in_the_query, _transport = scripted(ok(), url=ELSEWHERE, token=token, user="alice")
    client.posts_update()

    assert transport.sent[0].headers["Authorization"] == "Bearer opaque-token"
    assert urlsplit(str(transport.sent[0].url)).query == ""
    assert client.identity == in_the_query.identity == f"pinboard {ELSEWHERE} alice"
    assert in_the_query.overhead() - client.overhead() == len("&auth_token=opaque-token")


def test_pinboard_itself_knows_no_bearer_tokens() -> None:
    """So an account that wants one there is wrong."""
    with pytest.raises(ConfigurationError, match="in the address alone"):
        PinboardConfig(url=PINBOARD, token=Secret("alice:0"), bearer=True)


def test_a_refused_delete_of_a_tag_has_the_services_words() -> None:
    """As any other writing call."""
    client, _transport = scripted(ok(b"<result>something went wrong</result>"))
    with pytest.raises(Refusal, match="Pinboard says: something went wrong"):
        client.tags_delete("a")
