"""Pinboard as an account of the bridge.

Two facts of the service shape this module. posts/add overwrites the whole record, so an Update reads the record, merges
onto it and sends every field; and it never sends `shared=yes` for what was not public before, unless the delta says so.
And there is no id: the address as stored is the ref.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

import attrs

from adapters.http.contact import Contact
from adapters.http.session import Unsendable
from adapters.pinboard import AHEAD, CAPABILITIES, LATEST, LONGEST_URI, PinboardConfig, is_pinboard
from adapters.pinboard.bookmarks import Listing, held, is_address_damaged, moved, read, title_of
from adapters.pinboard.calls import misplaced
from adapters.pinboard.client import NoSuchRoute, PinboardClient, Refusal
from adapters.pinboard.wire import Post, Posts, decode_time
from bridge.model import url as urls
from bridge.model.adapter import Checked, Context, End, Missing, Page, Problem, Wait
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities, UriLimit
from bridge.model.errors import Unavailable, UnknownOutcome
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Unknown, Update
from bridge.model.receipt import Loss

PAGE = 500
TRUSTED = 86_400.0
"""Seconds. An unmoved posts/update is believed for a day: it does not see renamed tags."""
SETTLING = 20.0
"""Seconds from a write until every replica of the service shows it (16 were seen). A posts/update younger than that
proves nothing: the listing may lack the change it tells of, and it does not move by another in the same second."""
QUICKEST = 0.05
"""Seconds that a call takes at least, where there is no pace to keep."""
FIRST_PAGE = 1_000
"""linkhut gives a thousand posts where all are asked for; a multiple may be the beginning of a longer list."""
ENDLESS = "The server does not say where its list ends, so what is missing from it does not count as gone."


def unchanged(cursor: str | None, update: str, now: float) -> bool:
    """Tell whether the cursor of an earlier pull proves that nothing has changed since."""
    try:
        found = json.loads(cursor or "")
        age = now - float(found["pulled"])
        return bool(found["update"] == update) and 0 <= age < TRUSTED
    except (ValueError, TypeError, KeyError):
        return False


def cursor_of(update: str, now: float) -> str | None:
    """Return the cursor of a pull at this update time; None if the time is none, or has not settled."""
    moment = decode_time(update)
    settled = moment is not None and moment.timestamp() <= now - SETTLING
    return json.dumps({"update": update, "pulled": now}) if settled else None


class PinboardAdapter:
    """One account at Pinboard or at a compatible server; see bridge.model.adapter.Adapter for the contract."""

    def __init__(self, config: PinboardConfig, context: Context, client: PinboardClient) -> None:
        self._config = config
        self._clock = context.clock
        self._sleep = context.sleep
        self._report = context.report
        self._login = context.login
        self._client = client
        self._contact = Contact(None if is_pinboard(config.url) else functools.partial(misplaced, config))
        self._lacks = frozenset(map(Field, config.lacks))
        self._format: str | None = None
        self._written = -math.inf

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return self._client.identity

    @functools.cached_property
    def capabilities(self) -> Capabilities:
        """Those of Pinboard, as of now, without what the account lacks, at its pace, for the length of its requests."""
        return attrs.evolve(
            CAPABILITIES.without(self._lacks),
            limits=attrs.evolve(
                CAPABILITIES.limits,
                uri=UriLimit(LONGEST_URI, self._client.overhead()),
                latest=min(LATEST, datetime.fromtimestamp(self._clock() + AHEAD, UTC)),
            ),
            cost=attrs.evolve(
                CAPABILITIES.cost,
                gap=self._client.pacer.gap("default"),
                listing=self._client.pacer.gap("posts/all"),
            ),
        )

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._client.calls

    def check(self) -> Checked:
        """Ask for the token, or for the time of the last change where there is none."""
        user, confirmed = self._client.user, self._token_confirmed()
        if confirmed is None:
            with self._contact.first():
                self._client.posts_update()
        return Checked(user, (self._renewed,) if confirmed is False else (), self._client.clock_off)

    @property
    def _renewed(self) -> str:
        again = f"Run `{self._login}`." if self._login else "Log in again."
        return f"The service names another token than the one in use, so this one may end soon. {again}"

    def _token_confirmed(self) -> bool | None:
        """Tell whether the service names the token in use; None where there is no token, or no such call."""
        if self._config.token is None:
            return None
        try:
            told = self._client.user_api_token().reveal()
        except NoSuchRoute:
            return None
        return told == self._config.token.reveal().rpartition(":")[2]

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield all bookmarks; or nothing but the End where posts/update proves that nothing has changed.

        posts/all can lack what is there: where it lists fewer than posts/dates counts, the listing is not believed.
        """
        with self._contact.first():
            update = self._client.posts_update()
        now = self._clock()
        if unchanged(cursor, update, now):
            yield End(complete=False, cursor=cursor)
            return
        following = cursor_of(update, now)
        counted = self._counted()
        listing, complete = self._listing()
        if len(listing) < counted:  # unless somebody deleted meanwhile
            counted = self._counted(otherwise=counted)
        if len(listing) < counted:
            why = f"it lists {len(listing):,} of the {counted:,} bookmarks that posts/dates counts"
            yield Page(problems=(Problem("posts/all", why, lost=True),))
            complete, following = False, None
        elif not complete:
            yield Page(remarks=(ENDLESS,))
        for first in range(0, len(listing), PAGE):
            page = self._page(listing[first : first + PAGE], first)
            complete = complete and all(problem.ref is not None for problem in page.problems)
            yield page
        yield End(complete, following)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry out operations one by one: one call for an Add or a Remove, two for an Update."""
        for operation in operations:
            yield self._outcome(operation)

    def look_up(self, entries: Sequence[Entry], _since: float | None = None, /) -> Iterator[Entry | Missing]:
        """Yield what Pinboard holds now: by one posts/all for all, or one posts/get for each, whichever ends sooner.

        posts/all can lack what is there, so only posts/get can say that an entry is Missing.
        """
        self._settle()
        left = list(entries)
        for _attempt in range(2):
            if not self._listing_ends_sooner(len(left)):
                break
            listing = Listing(self._all().posts)
            unseen = []
            for entry in left:
                post = listing.find(entry.ref) or listing.find(entry.bookmark.url)
                if post is None or post.damaged:
                    unseen.append(entry)
                else:
                    yield self._entry(post)
            left = unseen
        for entry in left:
            yield self._asked(entry)

    def _counted(self, otherwise: int = 0) -> int:
        """Return how many posts the account has; `otherwise` where the server does not say so that it can be read."""
        try:
            return sum(self._client.posts_dates().counts.values())
        except Unavailable:  # a route that is dead, as tags/rename has been for long, must not cost the listing
            return otherwise

    def _listing(self) -> tuple[list[Post], bool]:
        """Return all posts, and whether they are proven to be all."""
        posts = list(self._all().posts)
        whole = is_pinboard(self._config.url) or not posts or len(posts) % FIRST_PAGE > 0
        while not whole:
            known = {post.href for post in posts}
            more = self._all(start=len(posts)).posts
            if more and all(post.href in known for post in more):
                return posts, False
            posts += [post for post in more if post.href not in known]
            whole = not more
        return posts, True

    def _page(self, posts: Iterable[Post], first: int) -> Page:
        entries: list[Entry] = []
        problems: list[Problem] = []
        losses: list[Loss] = []
        for number, post in enumerate(posts, first + 1):
            whole = self._mended(post)
            if whole.damaged:
                named = whole.href if not is_address_damaged(whole) else None
                why = "It holds characters that its format cannot carry." if whole.href else "It has no address."
                problems.append(Problem(f"posts/all, record {number}", why, url=named, ref=named))
                continue
            bookmark, lost = read(whole, self._lacks)
            entries.append(Entry(whole.href, bookmark))
            losses += lost
        return Page(entries=tuple(entries), problems=tuple(problems), losses=tuple(losses))

    def _mended(self, post: Post) -> Post:
        """Return a damaged post as JSON has it, which has an escape for every character; or as it is."""
        if not post.damaged or is_address_damaged(post):
            return post
        try:
            answer = self._client.posts_get(url=post.href, format="json")
        except Unsendable:  # the web form takes longer addresses than a request
            return post
        return Listing(answer.posts).find(post.href) or post

    def _outcome(self, operation: Operation) -> Outcome:
        try:
            if isinstance(operation, Add):
                return self._add(operation.bookmark)
            if isinstance(operation, Update):
                return self._update(operation.entry, operation.delta)
            return self._remove(operation.entry)
        except (Refusal, Unsendable) as error:
            return Failed(error.message)
        except UnknownOutcome as error:
            return Unknown(error.message)
        finally:
            self._written = self._clock()

    def _add(self, bookmark: Bookmark) -> Done | Failed:
        try:
            return self._saved(bookmark, replace=False)
        except Refusal as refusal:
            normal = urls.whatwg(bookmark.url)
            if refusal.bad_url and normal not in (None, bookmark.url):
                outcome = self._add(attrs.evolve(bookmark, url=normal))
                return attrs.evolve(outcome, lossy_url=True) if isinstance(outcome, Done) else outcome
            if refusal.exists or (refusal.vague and self._found(bookmark.url) is not None):
                return Failed(refusal.message, exists=True)
            raise

    def _update(self, entry: Entry, delta: Delta) -> Done | Failed:
        post = self._found(entry.ref)
        if post is None:
            return Failed("It is not at Pinboard any more.", missing=True)
        if post.damaged:
            return Failed("It holds characters that would be lost if it were written back.")
        whole, _losses = read(post)
        there = whole.without(self._lacks)
        if elsewhere := moved(delta, there):
            names = ", ".join(field.value for field in elsewhere)
            return Failed(f"It was changed at Pinboard since it was read: {names}.", moved=True)
        wanted = held(delta.apply(whole))  # what the account is said to lack is sent back as it was all the same
        return Done(Entry(post.href, there)) if wanted == whole else self._saved(wanted, replace=True)

    def _remove(self, entry: Entry) -> Done:
        try:
            self._client.posts_delete(entry.ref)
        except Refusal as refusal:
            if not refusal.not_found and not (refusal.vague and self._found(entry.ref) is None):
                raise
        return Done(entry)

    def _saved(self, bookmark: Bookmark, *, replace: bool) -> Done:
        self._client.posts_add(
            bookmark.url,
            title_of(bookmark),
            extended=bookmark.note,
            tags=bookmark.tags,
            dt=bookmark.added,
            replace=replace,
            shared=not bookmark.private,
            toread=bookmark.unread,
        )
        return Done(Entry(bookmark.url, held(bookmark, self._lacks)))

    def _found(self, url: str) -> Post | None:
        """Return the post of an address as it is now, None if the service says that there is none."""
        answer = self._told(lambda format: self._client.posts_get(url=url, format=format))
        post = Listing(answer.posts).find(url)
        # SemanticScuttle, known by the way it writes the date, ignores the address and gives today's posts.
        if post is None and " " in answer.date:
            post = self._listed(url)
        return None if post is None else self._mended(post)

    def _listed(self, url: str) -> Post | None:
        return Listing(self._all().posts).find(url)

    def _all(self, start: int | None = None) -> Posts:
        return self._told(lambda format: self._client.posts_all(start=start, format=format))

    def _told(self, ask: Callable[[str | None], Posts]) -> Posts:
        """Return posts; where their XML leaves out what is shared, as linkhut's does, those that JSON has, ever after.

        Else all would be taken for private, and the first change of one would make it so.
        """
        answer = ask(self._format)
        if self._format is None and any(post.silent for post in answer.posts):
            self._format = "json"
            self._report('The server says in JSON alone what is public; format = "json" in its account saves calls.')
            answer = ask(self._format)
        return answer

    def _asked(self, entry: Entry) -> Entry | Missing:
        url = entry.bookmark.url
        for address in dict.fromkeys((entry.ref, url, urls.whatwg(url) or url)):
            try:
                post = self._found(address)
            except Unsendable as error:
                if address != entry.ref:  # so this spelling was never sent
                    continue
                if (post := self._listed(address)) is None:
                    raise Unavailable(f"{url} can be neither listed nor asked for. {error.message}") from None
            if post is not None:
                return self._entry(post)
        return Missing(entry.ref)

    def _entry(self, post: Post) -> Entry:
        return Entry(post.href, read(post, self._lacks)[0])

    def _settle(self) -> None:
        """Wait until what was written can be seen everywhere; a compatible server has no replicas."""
        wait = min(self._written + SETTLING - self._clock(), SETTLING)
        if wait > 0 and is_pinboard(self._config.url):
            self._report(Wait("waiting until all of Pinboard shows what was written", wait))
            self._sleep(wait)

    def _listing_ends_sooner(self, entries: int) -> bool:
        """Tell whether the next posts/all would answer before that many posts/get."""
        pacer = self._client.pacer
        pace = max(pacer.gap("default"), QUICKEST)
        return entries * pace > max(pacer.wait("posts/all"), pacer.wait("default")) + pace
