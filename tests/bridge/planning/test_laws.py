"""Laws of the planner: what holds of every plan, whatever the two sides hold and can do."""

from __future__ import annotations

import os

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.mapping.fields import HIGHLIGHTS_MARKER
from bridge.mapping.mapper import Mapper
from bridge.mapping.tags import TagPolicy, equal_under
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Remove, Update
from bridge.model.plan import Plan
from bridge.planning.planner import plan
from bridge.planning.policy import Existing, Policy
from tests.bridge.planning.account import Account, Scene, sides
from tests.support.strategies import bookmarks, capabilities, entries, mappers

OWN_TAGS = ("zz one", "zz-two")
EXAMPLES = int(os.environ.get("BRIDGE_EXAMPLES", "30"))
"""Scenes for each law in the suite; thousands with BRIDGE_EXAMPLES=5000."""

slow = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)


@st.composite
def scenes(draw: st.DrawFn, *, faithful: bool = False, existing: Existing | None = None) -> Scene:
    """Return scenes in which the target may hold some of it already; a faithful target does nothing unasked."""
    mapper = draw(mappers(capabilities()))
    policy = Policy(mapper, "from", "to", existing or draw(st.sampled_from(Existing)))
    account = Account(
        mapper.target,
        lowers=not faithful and draw(st.booleans()),
        trims=not faithful and draw(st.booleans()),
    )
    for bookmark in draw(st.lists(bookmarks(), max_size=3)):
        account.put(bookmark)
    return Scene(policy, account, draw(entries()))


def edited(draw: st.DrawFn, scene: Scene) -> None:
    """Let people change, add and remove bookmarks on both sides."""
    scene.source = tuple(
        attrs.evolve(entry, bookmark=attrs.evolve(draw(bookmarks()), url=entry.bookmark.url))
        for entry in scene.source
        if draw(st.booleans()) or draw(st.booleans())
    )
    for ref in list(scene.account.held):
        if draw(st.booleans()):
            changed = draw(bookmarks(st.just(scene.account.held[ref].url)))
            scene.account.held[ref] = scene.account._as_held(changed)
        elif draw(st.booleans()):
            del scene.account.held[ref]


def quotes(bookmark: Bookmark) -> set[str]:
    """Return what is highlighted in a bookmark."""
    return {highlight.quote for highlight in bookmark.highlights}


def summed(made: Plan) -> int:
    """Return how many bookmarks have a fate in a plan."""
    return len(made.steps) + made.unchanged + len(made.skipped) + len(made.failed)


@slow
@given(scenes())
def test_fates_add_up_to_what_was_read(scene: Scene) -> None:
    """Every bookmark of the source has exactly one fate: written, unchanged, skipped or failed."""
    made = scene.run()

    assert len(scene.source) == summed(made)
    assert len(scene.source) == summed(scene.plan())
    assert 0 == made.open


@slow
@given(scenes(), st.data())
def test_a_plan_that_was_carried_out_leaves_nothing_to_write(scene: Scene, data: st.DataObject) -> None:
    """The next plan is empty, after a first run and after edits on both sides, also where a service changes values."""
    scene.run()
    first = scene.plan()
    edited(data.draw, scene)
    scene.run()
    second = scene.plan()

    assert () == first.steps
    assert () == second.steps


@slow
@given(scenes())
def test_a_second_run_lists_neither_losses_nor_conflicts_of_what_is_unchanged(scene: Scene) -> None:
    """A loss belongs to the run that incurs it."""
    scene.run()
    again = scene.plan()

    assert () == again.losses
    assert () == again.conflicts


@slow
@given(scenes(faithful=True), st.data())
def test_a_faithful_target_reads_back_as_it_was_meant(scene: Scene, data: st.DataObject) -> None:
    """What was sent within the declared capabilities is what the target then shows."""
    first = scene.book.carry_out(scene.plan(), scene.account, scene.mapper)
    edited(data.draw, scene)
    second = scene.book.carry_out(scene.plan(), scene.account, scene.mapper)

    assert {} == first
    assert {} == second


@slow
@given(scenes(), st.data())
def test_the_plan_depends_on_nothing_but_what_is_there(scene: Scene, data: st.DataObject) -> None:
    """The same sides give the same plan, in whatever order the target lists its entries and the state its links."""
    scene.run()
    edited(data.draw, scene)
    listing, links = scene.account.listing(), scene.book.all
    shuffled = data.draw(st.permutations(listing))
    relinked = data.draw(st.permutations(links))

    assert plan(sides(scene.source, listing, links), scene.policy) == plan(
        sides(scene.source, shuffled, relinked), scene.policy
    )


@slow
@given(scenes(), st.data())
def test_nothing_is_ever_removed_and_nothing_made_public(scene: Scene, data: st.DataObject) -> None:
    """No plan holds a Remove, and no entry that is private at the target becomes public, under any policy."""
    for _ in range(2):
        made = scene.plan()
        before = dict(scene.account.held)
        scene.book.carry_out(made, scene.account, scene.mapper)

        assert not any(isinstance(step.operation, Remove) for step in made.steps)
        assert before.keys() <= scene.account.held.keys()
        assert all(scene.account.held[ref].private for ref, bookmark in before.items() if bookmark.private)
        assert all(scene.account.held[ref].url == bookmark.url for ref, bookmark in before.items())
        edited(data.draw, scene)


@slow
@given(scenes(existing=Existing.MERGE), st.data())
def test_what_people_edit_at_the_target_stays(scene: Scene, data: st.DataObject) -> None:
    """A field that the target's people changed keeps their value, unless the source made it private or earlier.

    Of highlights, which are merged one by one, those that they added stay.
    """
    scene.run()
    before = dict(scene.account.held)
    edited(data.draw, scene)
    # Where another bookmark takes the place of one that has left the source, it is a first contact.
    linked = {scene.book.links[entry.ref].right.ref for entry in scene.source if entry.ref in scene.book.links}
    theirs = dict(scene.account.held)
    scene.run()
    now = scene.account.held

    assert not [
        (ref, field)
        for ref in linked & theirs.keys()
        for field in scene.mapper.target.reads - {Field.TAGS, Field.PRIVATE, Field.ADDED, Field.HIGHLIGHTS}
        if not same(field, before[ref].get(field), theirs[ref].get(field))
        and not same(field, theirs[ref].get(field), now[ref].get(field))
        and not (field is Field.NOTE and HIGHLIGHTS_MARKER in before[ref].note + now[ref].note + theirs[ref].note)
        and not (field is Field.TITLE and scene.mapper.target.limits.title_required)
    ]
    assert not [
        ref
        for ref in linked & theirs.keys()
        if not quotes(theirs[ref]) - quotes(before[ref]) <= quotes(now[ref])
        and Field.HIGHLIGHTS in scene.mapper.target.reads
    ]


@slow
@given(scenes(existing=Existing.MERGE), st.data())
def test_tags_of_the_targets_own_stay(scene: Scene, data: st.DataObject) -> None:
    """Removing tags at the source takes away what they were paired with, never what the target's people added."""
    target = scene.mapper.target
    for ref, bookmark in list(scene.account.held.items()):
        scene.account.held[ref] = attrs.evolve(bookmark, tags=(*bookmark.tags, OWN_TAGS[0]))
    scene.run()
    for ref, bookmark in list(scene.account.held.items()):
        scene.account.held[ref] = attrs.evolve(bookmark, tags=(*bookmark.tags, OWN_TAGS[1]))
    own = {ref: set(bookmark.tags) & set(OWN_TAGS) for ref, bookmark in scene.account.held.items()}
    edited_source = tuple(
        attrs.evolve(entry, bookmark=attrs.evolve(entry.bookmark, tags=data.draw(st.just(()) | st.just(("new",)))))
        for entry in scene.source
    )
    scene.source = edited_source
    scene.run()
    comparable = equal_under(target.tags)

    assert all(
        {comparable(tag) for tag in tags} <= {comparable(tag) for tag in scene.account.held[ref].tags}
        for ref, tags in own.items()
    )


@slow
@given(scenes(faithful=True, existing=Existing.MERGE))
def test_every_value_arrives_or_is_listed(scene: Scene) -> None:
    """A bookmark that is added holds at the target what the source had, but for the fields in its losses."""
    policy = attrs.evolve(scene.policy, mapper=attrs.evolve(scene.mapper, tags=TagPolicy()))
    scene = Scene(policy, Account(scene.mapper.target), scene.source)
    made = scene.run()
    sources = {entry.ref: scene.mapper.lift_source(entry.bookmark) for entry in scene.source}
    listed = {(loss.url, loss.field) for step in made.steps for loss in step.losses}
    alone = [
        step for step in made.steps if [urls.key(item.url) for item in sources.values()].count(urls.key(step.url)) == 1
    ]

    assert not [
        (step.url, field)
        for step in alone
        for field in scene.mapper.read & scene.mapper.seen - {Field.TAGS, Field.PRIVATE}
        if (step.url, field.value) not in listed
        and HIGHLIGHTS_MARKER not in sources[step.source_ref].note
        and not same(
            field,
            _wanted(sources[step.source_ref], scene.mapper.target).get(field),
            scene.mapper.lift_target(scene.account.held[scene.book.links[step.source_ref].right.ref]).get(field),
        )
        and not (field is Field.ADDED and sources[step.source_ref].added is None)
        and not (field is Field.TITLE and scene.mapper.target.limits.finds_titles and not step.operation.bookmark.title)
    ]


def _wanted(bookmark: Bookmark, target: Capabilities) -> Bookmark:
    title, url, limits = bookmark.title, bookmark.url, target.limits
    if limits.title_required and (not title.strip() or title in (url, url[: limits.title])):
        return attrs.evolve(bookmark, title="")
    return bookmark


@slow
@given(entries(), mappers())
def test_equal_sides_with_links_need_no_write(source: tuple[Entry, ...], mapper: Mapper) -> None:
    """Where both hold what they held at the last agreement, nothing is planned, however different they are."""
    scene = Scene(Policy(mapper, "from", "to"), Account(mapper.target), source)
    scene.run()
    links = scene.book.all
    again = scene.run()

    assert ((), len(links)) == (again.steps, again.unchanged)
    assert set(map(_essence, links)) == set(map(_essence, scene.book.all))


def _essence(link: object) -> str:
    return repr(attrs.evolve(link, pairs=tuple(sorted(link.pairs))))  # type: ignore[attr-defined, misc]


@slow
@given(scenes(existing=Existing.SKIP))
def test_skipping_leaves_every_entry_of_the_target_alone(scene: Scene) -> None:
    """With --existing skip there are only Adds."""
    assert not any(isinstance(step.operation, Update) for step in scene.plan().steps)
