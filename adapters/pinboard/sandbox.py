"""The server's side of the Pinboard v1 API, with its quirks: a WSGI app that keeps one account in memory.

It is written from what is documented and recorded of Pinboard and shares no code with the client, so that the two are
witnesses of each other. It is never Pinboard: it says so in its Server header and is served on loopback only.
"""

from __future__ import annotations

import functools
import gzip
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeAlias

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from adapters.http import serving
from adapters.http.serving import Call, Faults, Gate, Violation, Watch
from adapters.pinboard.sandbox_account import Account, Note, Post, read_time, split_tags, wanted_tags, written_time
from adapters.pinboard.sandbox_sample import fill
from adapters.pinboard.sandbox_text import (
    document,
    element,
    escaped,
    json_text,
    note_row,
    note_xml,
    post_row,
    posts_xml,
)
from bridge.model.adapter import Served

GAPS: Mapping[str, float] = {"default": 3.0, "posts/recent": 60.0, "posts/all": 300.0}
URI_LIMIT = 4_100
USER = "sandbox"
ROOT = "/v1/"
LOG_TEXT = '[2024-12-03 10:11:12] {"id":7} saved [ok]\n'

Args: TypeAlias = Mapping[str, str]
"""The parameters of a call that have a value: empty ones count as absent."""


class PinboardSandbox:
    """One account, and switches for what Pinboard is known to do now and then.

    Served to tests: `posts`, `effective_adds` and `replaced` (how often each href was created, and overwritten), `log`,
    `violations`, `faults`, `account` (its switches: `private_by_default`, `public_disabled`, `lag`), `notes`,
    and the logins: `token`, or `user` with `password`.

    The switches here: `strict` refuses what comes too soon with 429 (it is recorded in any case); `bom` puts a byte
    order mark before JSON, `pollute` log text before the JSON of add and delete; `false_titles` says `false` for an
    empty title in JSON; `rename_dead` answers every tags/rename with an empty 500, as Pinboard does since June 2026;
    `partial` is the fraction of the posts that the next posts/all shows, once. A stored text with control characters
    needs no switch: XML carries it raw.
    """

    def __init__(
        self,
        gaps: Mapping[str, float] = MappingProxyType({}),
        clock: Callable[[], float] = time.time,
        token: str | None = None,
    ) -> None:
        self.token = token or f"{USER}:{secrets.token_hex(10)}"
        self.password = secrets.token_hex(10)
        self.user = self.token.partition(":")[0]
        self.secret = secrets.token_hex(10)
        self.account = Account(clock)
        self.notes: list[Note] = []
        self.strict = True
        self.bom = False
        self.pollute = False
        self.false_titles = False
        self.rename_dead = True
        self.partial: float | None = None
        self._clock = clock
        self._watch = Watch({**GAPS, **gaps})
        self._lock = threading.RLock()
        self._gate = Gate(_failure)
        self._methods: Mapping[str, Callable[[Args], Response]] = {
            "posts/update": self._posts_update,
            "posts/add": self._posts_add,
            "posts/delete": self._posts_delete,
            "posts/get": self._posts_get,
            "posts/recent": self._posts_recent,
            "posts/dates": self._posts_dates,
            "posts/all": self._posts_all,
            "posts/suggest": self._posts_suggest,
            "tags/get": self._tags_get,
            "tags/delete": self._tags_delete,
            "tags/rename": self._tags_rename,
            "notes/list": self._notes_list,
            "notes/ID": self._notes_id,
            "user/secret": lambda args: self._result(args, self.secret),
            "user/api_token": lambda args: self._result(args, self.token.partition(":")[2]),
        }

    @property
    def posts(self) -> Mapping[str, Post]:
        """What is stored now, by href."""
        return self.account.posts

    @property
    def effective_adds(self) -> Counter[str]:
        """How often each href was created."""
        return self.account.created

    @property
    def replaced(self) -> Counter[str]:
        """How often each href was overwritten."""
        return self.account.replaced

    @property
    def violations(self) -> list[Violation]:
        """The requests that came too soon."""
        return self._watch.violations

    @property
    def log(self) -> list[Call]:
        """The calls in the order of their answers; their arguments lack the login."""
        return self._gate.log

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong next."""
        return self._gate.faults

    def load(self, posts: Iterable[Post]) -> None:
        """Store posts as they are, as if long ago."""
        with self._lock:
            self.account.load(posts)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; a ConnectionError says that it is to go unanswered."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        route, values = self._find(request)
        args = {**request.args.to_dict(), **values}
        args.pop("auth_token", None)
        with self._lock:
            call = Call(route, args, self._clock())
            punctual = self._watch.punctual(call)
        return self._gate.answer(call, lambda: self._carry_out(call, request, punctual=punctual))

    def _find(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """Return the method that is called and what its path says; the path itself where there is no such method."""
        try:
            return _paths(tuple(self._methods)).bind_to_environ(request.environ).match()
        except HTTPException:
            return request.path, {}

    def _carry_out(self, call: Call, request: Request, *, punctual: bool) -> Response:
        if len(_uri(request)) > URI_LIMIT:
            return _failure(414)
        method = self._methods.get(call.route)
        if method is None:
            return _failure(404 if call.route.startswith(ROOT) and call.route != ROOT else 403)
        if not self._known(request):
            return _failure(401)
        if self.strict and not punctual:
            return _failure(429)
        with self._lock:
            response = method({name: value for name, value in call.args.items() if value})
        if request.accept_encodings.quality("gzip"):
            response.set_data(gzip.compress(response.get_data(), compresslevel=1, mtime=0))
            response.content_encoding = "gzip"
        return response

    def _known(self, request: Request) -> bool:
        login = request.authorization
        if login is not None and login.type == "basic":
            return (login.username, login.password) == (self.user, self.password)
        return request.args.get("auth_token") == self.token

    def _posts_update(self, args: Args) -> Response:
        moment = written_time(self.account.updated())
        return self._reply(args, lambda: element("update", {"time": moment}), lambda: {"update_time": moment})

    def _posts_add(self, args: Args) -> Response:
        return self._result_code(args, self.account.add(args))

    def _posts_delete(self, args: Args) -> Response:
        return self._result_code(args, self.account.delete(args.get("url", "")))

    def _posts_get(self, args: Args) -> Response:
        """Find by url as stored and by day; with neither, only the most recent day of the account is searched."""
        if "url" in args:
            posts = [post for post in (self.account.seen().get(args["url"]),) if post is not None]
        else:
            posts = self.account.newest_first()
        day = read_time(args["dt"]) if "dt" in args else None
        if day is None and "url" not in args and posts:
            day = posts[0].time
        wanted = wanted_tags(args.get("tag", ""))
        found = [post for post in posts if post.tagged(wanted) and (day is None or post.time.date() == day.date())]
        return self._dated(args, found, meta=args.get("meta") == "yes")

    def _posts_recent(self, args: Args) -> Response:
        """Show the newest; with a tag and no count there is one too many, as there was in 2012 and 2014."""
        wanted = wanted_tags(args.get("tag", ""))
        count = min(_number(args.get("count"), 16 if wanted else 15), 100)
        posts = [post for post in self.account.newest_first() if post.tagged(wanted)]
        return self._dated(args, posts[:count], meta=True)

    def _posts_dates(self, args: Args) -> Response:
        wanted = wanted_tags(args.get("tag", ""))
        posts = (post for post in self.account.newest_first() if post.tagged(wanted))
        days = Counter(written_time(post.time)[:10] for post in posts)
        rows = (element("date", {"count": count, "date": day}) for day, count in days.items())
        return self._reply(
            args,
            lambda: element("dates", {"user": "", "tag": args.get("tag", "")}, "".join(rows)),
            lambda: {"user": self.user, "tag": "+".join(split_tags(args.get("tag", ""))), "dates": days or []},
        )

    def _posts_all(self, args: Args) -> Response:
        wanted = wanted_tags(args.get("tag", ""))
        after, before = read_time(args.get("fromdt", "")), read_time(args.get("todt", ""))
        posts = [
            post
            for post in self.account.newest_first()
            if (after is None or after < post.time) and (before is None or post.time < before) and post.tagged(wanted)
        ]
        start = _number(args.get("start"), 0)
        shown = posts[start : start + _number(args.get("results"), len(posts))]
        if self.partial is not None:
            shown = shown[: int(len(shown) * self.partial)]
            self.partial = None
        return self._reply(
            args, lambda: posts_xml({"user": self.user}, shown, meta=True), lambda: [self._row(post) for post in shown]
        )

    def _posts_suggest(self, args: Args) -> Response:
        """Recommend the tags that other posts of the host have; nothing is ever popular in an account of its own.

        An empty answer was recorded without a declaration.
        """
        host = args.get("url", "").partition("//")[2].partition("/")[0]
        alike = [post for post in self.account.newest_first() if host and f"//{host}/" in f"{post.href}/"]
        tags = [tag for tag, _count in Counter(tag for post in alike for tag in post.tags).most_common(10)]
        rows = "".join(element("recommended", None, escaped(tag)) for tag in tags)
        return self._reply(
            args,
            lambda: element("suggested", None, rows),
            lambda: [{"popular": []}, {"recommended": tags}],
            declared=bool(rows),
        )

    def _tags_get(self, args: Args) -> Response:
        counts = self.account.tag_counts()
        rows = (element("tag", {"count": count, "tag": tag}) for tag, count in counts.items())
        return self._reply(args, lambda: element("tags", None, "".join(rows)), lambda: counts or [])

    def _tags_delete(self, args: Args) -> Response:
        self.account.retag(args.get("tag", ""), ())
        return self._result(args, "done")

    def _tags_rename(self, args: Args) -> Response:
        if self.rename_dead:
            return _failure(500)
        new = split_tags(args.get("new", ""))
        if not new:
            return self._result(args, "rename to null")
        self.account.retag(args.get("old", ""), new)
        return self._result(args, "done")

    def _notes_list(self, args: Args) -> Response:
        return self._reply(
            args,
            lambda: element(
                "notes", {"count": len(self.notes)}, "".join(note_xml(note, text=False) for note in self.notes)
            ),
            lambda: {"count": len(self.notes), "notes": [note_row(note, text=False) for note in self.notes]},
        )

    def _notes_id(self, args: Args) -> Response:
        note = next((note for note in self.notes if note.id == args["id"]), None)
        if note is None:
            error = {"error": "no such note", "error_code": "404"}
            return Response(json_text(error), 404, content_type="text/html; charset=utf-8")
        return self._reply(args, lambda: note_xml(note, text=True), lambda: note_row(note, text=True))

    def _dated(self, args: Args, posts: list[Post], *, meta: bool) -> Response:
        """Answer with posts and a date, which is there even where no post is."""
        date = written_time(posts[0].time if posts else self.account.now())
        return self._reply(
            args,
            lambda: posts_xml({"user": self.user, "dt": date}, posts, meta=meta),
            lambda: {"date": date, "user": self.user, "posts": [self._row(post) for post in posts]},
        )

    def _row(self, post: Post) -> dict[str, Any]:
        return post_row(post, false_title=self.false_titles)

    def _result(self, args: Args, text: str) -> Response:
        """Answer a method of tags or user: the result is the element's text."""
        return self._reply(args, lambda: element("result", None, escaped(text)), lambda: {"result": text})

    def _result_code(self, args: Args, code: str) -> Response:
        """Answer a posts/add or posts/delete: the result is an attribute, and a comment follows."""
        return self._reply(
            args,
            lambda: element("result", {"code": code}),
            lambda: {"result_code": code},
            comment=f"<!-- generated {self.account.now():%m/%d/%y %H:%M:%S} UTC -->",
            prefix=LOG_TEXT if self.pollute else "",
        )

    def _reply(
        self,
        args: Args,
        xml: Callable[[], str],
        data: Callable[[], Any],
        *,
        comment: str = "",
        prefix: str = "",
        declared: bool = True,
    ) -> Response:
        """Answer in the format asked for: `comment` follows XML, `prefix` precedes JSON."""
        if args.get("format") != "json":
            written = document(xml()) if declared else xml()
            body = (written + comment).encode("utf-8", "surrogatepass")
            return Response(body, content_type="text/xml; charset=utf-8")
        mark = "\ufeff" if self.bom else ""
        return Response(mark + prefix + json_text(data()), content_type="text/json; charset=utf-8")


@functools.cache
def _paths(methods: tuple[str, ...]) -> Map:
    """Compile the paths of the methods, once for all sandboxes: it takes longer than a hundred calls."""
    return Map([Rule(ROOT + method.replace("ID", "<id>"), endpoint=method) for method in methods])


def _failure(status: int) -> Response:
    """Word a failing status: 401 as recorded, 500 empty as reported, the others (never recorded) by their names.

    What is not a method is Apache's, which forbids the root and all of v2.
    """
    response = Response(status=status, content_type="text/html")
    if status == 401:
        response.set_data("401 Forbidden")
        response.headers["Connection"] = "close"
    elif status != 500:
        response.set_data(response.status.title())
    return response


def _uri(request: Request) -> str:
    """Return the whole request URI as the client counts it."""
    return f"{request.scheme}://{request.host}{request.environ['RAW_URI']}"


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


@contextmanager
def serve(
    port: int = 0, gaps: Mapping[str, float] = MappingProxyType({}), clock: Callable[[], float] = time.time
) -> Iterator[Served]:
    """Serve a new sandbox on loopback, with nothing in it; UsageError where the port cannot be had.

    `gaps` are seconds by route class.
    """
    app = PinboardSandbox(gaps, clock)
    with serving.serve(app, port) as base:
        url = base + ROOT
        yield Served(url, {"PINBOARD_URL": url, "PINBOARD_TOKEN": app.token}, lambda: fill(app), app, {**GAPS, **gaps})
