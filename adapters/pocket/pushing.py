"""Carries out a batch of operations in a few calls of send.

First all that must not be sent twice, add and readd; then, by the item_ids that these brought, all the rest, which may
be: archive and favorite for what was added, tags, deletions. So a call that is repeated after a failure never makes
anything unread or dates it anew.

Done means that all actions of an operation were carried out. One that was refused with all it wanted is Failed; one of
which a part may hold is Unknown, and looked up by whoever asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs

from adapters.pocket import bookmarks
from adapters.pocket.actions import Action, Answer, Carried, Declined, InvalidAction, Unclear, delete
from adapters.pocket.client import PocketClient
from adapters.pocket.lists import Lists
from adapters.pocket.looking import Search
from adapters.pocket.wire_items import AddedItem
from bridge.model import url as urls
from bridge.model.adapter import Elsewhere
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import BridgeError, Unavailable
from bridge.model.operation import Add, Done, Failed, Operation, Outcome, Remove, Unknown

_NO_REASON = "Pocket refused it without a reason."


@attrs.define
class Task:
    """An operation on its way: what is still to be sent, and what came of it. `item_id` is "" until it is known."""

    operation: Operation
    item_id: str = ""
    once: list[Action] = attrs.field(factory=list)
    rest: list[Action] = attrs.field(factory=list)
    answers: list[Answer] = attrs.field(factory=list)
    refused: Failed | None = None

    @property
    def whole(self) -> bool:
        """Whether each of its actions was carried out."""
        return not self.once and not self.rest and all(isinstance(answer, Carried) for answer in self.answers)

    @property
    def declined(self) -> Declined | None:
        """Why nothing of it was carried out, None if anything was, or may have been, or is still to be sent."""
        reasons = [answer for answer in self.answers if isinstance(answer, Declined)]
        settled = bool(reasons) and len(reasons) == len(self.answers) and not self.once and not self.rest
        return reasons[0] if settled else None

    @property
    def missing(self) -> bool:
        """Whether there is no such item."""
        return self.declined is not None and self.declined.missing


Mailing: TypeAlias = list[tuple[Task, Action]]


def touched(operation: Operation) -> tuple[str, ...]:
    """Return what an operation touches: two that share a part of it must be carried out one after the other."""
    by_url = f"url {urls.key(operation.url)}"
    return (by_url,) if isinstance(operation, Add) else (by_url, f"item {operation.entry.ref}")


def _is_of(item: AddedItem, url: str) -> bool:
    """Tell whether an item can be what an Add of this url was answered with, and not another's answer."""
    told = [address for address in (item.given_url, item.resolved_url, item.normal_url) if address]
    return not told or urls.key(url) in map(urls.key, told)


class Batch:
    """Operations on different items that are carried out together. `error` is what ended it before its end.

    `adding` are the keys of all urls that were added together with these operations, in this batch and before it.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        client: PocketClient,
        lists: Lists,
        lacks: frozenset[Field],
        began: float,
        *,
        adding: set[str],
    ) -> None:
        self.error: BridgeError | None = None
        self._client = client
        self._lists = lists
        self._lacks = lacks
        self.began = began
        self._adding = adding
        self._tasks = [self._task(operation) for operation in operations]

    def carry_out(self) -> list[Outcome]:
        """Send it all and return an outcome for each operation, in order.

        With an `error`, those that have none at the end of the list were not carried out.
        """
        try:
            self._send([(task, action) for task in self._tasks for action in task.once])
            self._identify()
            self._send([(task, action) for task in self._tasks for action in task.rest])
        except BridgeError as error:
            self.error = error
        last = len(self._tasks)
        if self.error is not None:
            last = max((place for place, task in enumerate(self._tasks, 1) if task.answers), default=0)
        outcomes = [self._outcome(task) for task in self._tasks[:last]]
        for task, outcome in zip(self._tasks, outcomes, strict=False):
            self._note(task, outcome)
        return outcomes

    def _task(self, operation: Operation) -> Task:
        try:
            if isinstance(operation, Add):
                key = urls.key(operation.url)
                if key in self._adding or self._lists.holder(operation.url) is not None:
                    return Task(operation, refused=Failed("It is in the list already.", exists=True))
                self._adding.add(key)
                return Task(operation, once=[bookmarks.addition(operation.bookmark)])
            item_id = operation.entry.ref
            if isinstance(operation, Remove):
                return Task(operation, item_id, rest=[delete(item_id)])
            made = bookmarks.change(item_id, operation.delta)
        except InvalidAction as error:
            return Task(operation, refused=Failed(error.message))
        once = [action for action in made if not action.repeatable]
        return Task(operation, item_id, once, [action for action in made if action.repeatable])

    def _send(self, mailing: Mailing) -> None:
        """Send actions; each is taken from its task when its answer is there."""
        for (task, action), answer in zip(mailing, self._client.send([action for _, action in mailing]), strict=False):
            (task.rest if action.repeatable else task.once).remove(action)
            task.answers.append(answer)

    def _identify(self) -> None:
        """Find out which items the additions became, and what is still to be done to them."""
        added = [task for task in self._tasks if isinstance(task.operation, Add) and task.answers and task.whole]
        for task in added:
            [answer] = task.answers
            if isinstance(answer, Carried) and answer.item is not None and _is_of(answer.item, task.operation.url):
                task.item_id = answer.item.item_id
        self._ask([task for task in added if not task.item_id])
        for task in added:
            if isinstance(task.operation, Add) and task.item_id:
                task.rest = bookmarks.completion(task.operation.bookmark, task.item_id)

    def _ask(self, nameless: Sequence[Task]) -> None:
        """Ask for the ids of items whose additions were answered without them."""
        if not nameless:
            return
        sought = [Entry(task.operation.url, Bookmark(task.operation.url)) for task in nameless]
        by_url = {task.operation.url: task for task in nameless}
        try:
            for ref, found in Search(sought, self._lists, self._lacks).run(self.began):
                if isinstance(found, Entry | Elsewhere):
                    by_url[ref].item_id = found.ref if isinstance(found, Entry) else found.entry.ref
        except Unavailable:  # then they are Unknown: they were added all the same
            return

    def _outcome(self, task: Task) -> Outcome:
        operation = task.operation
        if task.refused is not None:
            return task.refused
        gone = isinstance(operation, Remove) and task.missing
        if task.declined is not None and not gone:
            return Failed(task.declined.words or _NO_REASON, missing=task.missing)
        if isinstance(operation, Add):
            return self._added(task, operation.bookmark)
        if not task.whole and not gone:
            return Unknown(self._why(task))
        if isinstance(operation, Remove):
            return Done(operation.entry)
        return Done(attrs.evolve(operation.entry, bookmark=operation.delta.apply(operation.entry.bookmark)))

    def _added(self, task: Task, bookmark: Bookmark) -> Done | Unknown:
        if not task.item_id:
            carried = task.answers and isinstance(task.answers[0], Carried)
            return Unknown("It was added, but not shown as an item yet." if carried else self._why(task))
        if not task.whole:
            return Unknown(f"It was added, but not yet with all that belongs to it. {self._why(task)}")
        return Done(Entry(task.item_id, bookmarks.held(bookmark, self._lacks)))

    def _why(self, task: Task) -> str:
        """Return a sentence about what kept an operation from being done."""
        for answer in task.answers:
            if isinstance(answer, Unclear):
                return answer.why
            if isinstance(answer, Declined):
                return f"Pocket refused a part of it: {answer.words}." if answer.words else _NO_REASON
        return "" if self.error is None else self.error.message

    def _note(self, task: Task, outcome: Outcome) -> None:
        """Remember what the account holds now."""
        if isinstance(task.operation, Add) and task.item_id:
            date = bookmarks.seconds(task.operation.bookmark.added)
            self._lists.added(task.operation.url, task.item_id, date)
        elif isinstance(task.operation, Remove) and isinstance(outcome, Done):
            self._lists.removed(task.item_id)
