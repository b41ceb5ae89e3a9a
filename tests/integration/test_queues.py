"""The queue of the handlers: narrowed, sorted, paged and counted, and views of it kept under a name."""

from datetime import timedelta

import pytest
from factories import make_case, make_cast
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, inspect, select, update

from casework.cases import handling, store
from casework.cases.models import NEVER, Case, Status
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.queues import service
from casework.queues import store as queues
from casework.queues.filters import Awaited, Due, Holder, Order, QueueFilter, read_filter
from casework.queues.store import Standpoint
from casework.service_levels import due_times


async def furnish(database, desk):
    """Three cases: An's is nobody's, Luc's is Hanne's and waits for him, Greta's is Omar's."""
    async with database.transaction() as session:
        cast = await make_cast(session)
        for requester in (cast.an, cast.luc, cast.greta):
            await make_case(session, desk, requester)
        second, third = [await store.by_number(session, number) for number in ("HRB0000002", "HRB0000003")]
        words = Words(text="Since when?", channel=Channel.WEB)
        await handling.write_to_requester(session, desk, second, cast.hanne, words, kind=MessageKind.QUESTION)
        await handling.claim(session, desk, third, cast.omar, Channel.WEB)
    await due_times.reckon_stale(database, desk)
    return cast


def standpoint(desk, actor, **more):
    now = desk.clock.now()
    return Standpoint(person_id=actor.person_id, now=now, soon_at=now + timedelta(days=2), **more)


async def numbers(database, stand, **wanted):
    async with database.reading() as session:
        found = await queues.page(session, QueueFilter(**wanted), stand)
    return [int(row.case.number[3:]) for row in found.rows]


async def test_a_filter_narrows_the_queue(database, desk):
    cast = await furnish(database, desk)
    stand = standpoint(desk, cast.hanne)
    asked = {
        "nobody": {"holder": Holder.NOBODY}, "mine": {"holder": Holder.MINE}, "team": {"team": "Dossierbeheer"},
        "language": {"language": "fr"}, "status": {"status": Status.ASSIGNED},
        "organisation": {"organisation": cast.greta.organisation_id}, "requester": {"awaited": Awaited.REQUESTER},
        "desk": {"awaited": Awaited.DESK}, "words": {"words": "since"}, "no words": {"words": "?!"},
        "form": {"form": "household"}, "over": {"due": Due.OVER}, "all": {},
    }  # fmt: skip
    assert {name: sorted(await numbers(database, stand, **wanted)) for name, wanted in asked.items()} == {
        "nobody": [1], "mine": [2], "team": [2, 3], "language": [2], "status": [3], "organisation": [3],
        "requester": [2], "desk": [1, 3], "words": [2], "no words": [], "form": [], "over": [], "all": [1, 2, 3],
    }  # fmt: skip


async def test_a_handlers_own_request_is_in_no_queue_of_theirs(database, desk):
    cast = await furnish(database, desk)
    async with database.transaction() as session:
        await make_case(session, desk, cast.hanne)

    assert 4 not in await numbers(database, standpoint(desk, cast.hanne))
    assert 4 in await numbers(database, standpoint(desk, cast.omar))


async def test_an_untaken_case_is_in_the_queue_of_the_team_of_its_form(database, desk):
    cast = await furnish(database, desk)
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000001")
        await handling.classify(session, desk, case, cast.hanne, "household", {}, Channel.WEB)
    team = desk.catalogue.form("household").team
    stand = standpoint(desk, cast.hanne, forms_of_team={team: frozenset({"household"})})

    assert 1 in await numbers(database, stand, team=team)


async def test_what_is_due_first_comes_first_and_is_counted_when_its_time_is_over(database, desk, clock):
    cast = await furnish(database, desk)
    clock.advance(timedelta(days=1))
    async with database.transaction() as session:
        await make_case(session, desk, cast.an)
    await due_times.reckon_stale(database, desk)
    assert await numbers(database, standpoint(desk, cast.hanne)) == [1, 3, 4, 2]  # the clock of the second stands still

    async with database.reading() as session:
        row = (await queues.page(session, QueueFilter(), standpoint(desk, cast.hanne))).rows[0]
    clock.advance(row.due_at - clock.now())
    assert await numbers(database, standpoint(desk, cast.hanne), due=Due.OVER) == [1, 3]
    await due_times.reckon_stale(database, desk)  # more than a day later all are reckoned again, to the same moments
    assert await numbers(database, standpoint(desk, cast.hanne), due=Due.OVER) == [1, 3]
    assert await numbers(database, standpoint(desk, cast.hanne), due=Due.SOON) == [4]


async def test_a_case_that_changed_is_reckoned_again_and_no_other(database, desk, clock):
    cast = await furnish(database, desk)
    assert await due_times.reckon_stale(database, desk) == 0
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000001")
        await handling.claim(session, desk, case, cast.hanne, Channel.WEB)
    assert await due_times.reckon_stale(database, desk) == 1
    clock.advance(timedelta(days=1, seconds=1))
    assert await due_times.reckon_stale(database, desk) == 3


@pytest.mark.parametrize("order", Order)
async def test_every_page_goes_on_where_the_one_before_ended(database, desk, clock, order):
    async with database.transaction() as session:
        cast = await make_cast(session)
        for _ in range(queues.PAGE + 3):
            await make_case(session, desk, cast.an)
    await due_times.reckon_stale(database, desk)
    stand, wanted = standpoint(desk, cast.hanne), QueueFilter(order=order)
    async with database.reading() as session:
        first = await queues.page(session, wanted, stand)
        second = await queues.page(session, wanted, stand, first.next_after)
    seen = [row.case.id for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows), second.next_after) == (queues.PAGE, 3, "")
    assert seen == sorted(seen, reverse=order is Order.NEWEST)
    assert len(set(seen)) == queues.PAGE + 3


@pytest.mark.parametrize("after", ["x", "~", "x~1", "2026-01-01~1", "9" * 20, "1~x", "²"])
async def test_a_place_that_nobody_understands_is_the_beginning(database, desk, after):
    cast = await furnish(database, desk)
    async with database.reading() as session:
        found = await queues.page(session, QueueFilter(), standpoint(desk, cast.hanne), after)
    assert len(found.rows) == 3


async def test_all_views_are_counted_with_one_question(database, desk):
    cast = await furnish(database, desk)
    asked = []
    event.listen(database._reader.sync_engine, "before_cursor_execute", lambda *details: asked.append(details[2]))
    async with database.reading() as session:
        views = [QueueFilter(), QueueFilter(holder=Holder.MINE), QueueFilter(words="since"), QueueFilter(due=Due.OVER)]
        counted = await queues.counts(session, views, standpoint(desk, cast.hanne))
        assert await queues.counts(session, [], standpoint(desk, cast.hanne)) == []
    assert counted == [3, 1, 1, 0]
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


async def test_a_view_is_counted_no_further_than_it_is_looked_through(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        first = await make_case(session, desk, cast.an)
        row = {column.key: getattr(first, column.key) for column in inspect(Case).columns if column.key != "id"}
        many = [row | {"number": f"HRB9{number:06d}"} for number in range(queues.MOST_COUNTED + 50)]
        await session.execute(insert(Case), many)
    stand = standpoint(desk, cast.hanne)
    async with database.reading() as session:
        assert await queues.counts(session, [QueueFilter()], stand) == [queues.MOST_COUNTED + 1]
        mine = (await session.execute(select(Case.id).order_by(Case.id).limit(40))).scalars().all()
    async with database.transaction() as session:
        await session.execute(update(Case).where(Case.id.in_(mine)).values(handler_id=cast.hanne.person_id))
    async with database.reading() as session:
        assert await queues.counts(session, [QueueFilter(holder=Holder.MINE)], stand) == [40]


async def test_a_due_time_is_written_without_a_new_version_and_not_over_a_change(database, desk):
    await furnish(database, desk)
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000001")
        before, version = case.due_at, case.version
        await session.execute(update(Case).where(Case.id == case.id).values(due_at=NEVER, version=version + 1))
    assert await due_times.reckon_stale(database, desk) == 1
    async with database.reading() as session:
        case = await store.by_number(session, "HRB0000001")
    assert (case.due_at, case.version, before < NEVER) == (before, version + 1, True)


WANTED = st.builds(
    QueueFilter,
    holder=st.none() | st.sampled_from(Holder), team=st.text(max_size=20), form=st.text(max_size=20),
    organisation=st.none() | st.integers(1, 999), language=st.sampled_from(["", "nl", "fr", "de", "en"]),
    status=st.none() | st.sampled_from(list(Status)[:-1]), due=st.none() | st.sampled_from(Due),
    awaited=st.none() | st.sampled_from(Awaited), words=st.text(max_size=20).map(str.strip),
    order=st.sampled_from(Order),
)  # fmt: skip


@given(WANTED)
def test_a_filter_that_was_written_down_reads_the_same(wanted):
    assert read_filter(wanted.asked) == wanted


@given(
    st.dictionaries(st.sampled_from(["holder", "status", "due", "organisation", "language", "order", "x"]), st.text())
)
def test_no_address_is_too_strange_for_a_filter(asked):
    assert read_filter(read_filter(asked).asked) == read_filter(asked)


def test_what_is_closed_is_no_choice_of_the_queue():
    assert read_filter({"status": "closed_complete"}) == QueueFilter()


async def test_a_view_is_its_owners_until_it_is_shared_with_the_team(database, desk):
    cast = await furnish(database, desk)
    now = desk.clock.now()
    hanne, omar, an = cast.hanne.person_id, cast.omar.person_id, cast.an.person_id
    async with database.transaction() as session:
        await service.keep(session, hanne, " French  one ", QueueFilter(language="fr"), now, for_team=True)
        await service.keep(session, hanne, "Own", QueueFilter(holder=Holder.MINE), now, for_team=False)
    async with database.reading() as session:
        seen = {who: [view.name for view in await service.views_of(session, who)] for who in (hanne, omar, an)}
    assert seen == {hanne: ["French one", "Own"], omar: ["French one"], an: []}


async def test_a_view_of_the_same_name_replaces_the_earlier_one(database, desk):
    cast = await furnish(database, desk)
    hanne = cast.hanne.person_id
    async with database.transaction() as session:
        for language in ("fr", "de"):
            await service.keep(session, hanne, "One", QueueFilter(language=language), desk.clock.now(), for_team=False)
        assert [view.asked for view in await service.views_of(session, hanne)] == [{"language": "de"}]


async def test_a_view_needs_a_name_and_there_is_a_limit(database, desk):
    cast = await furnish(database, desk)
    hanne = cast.hanne.person_id
    async with database.transaction() as session:
        with pytest.raises(InvalidInput, match="missing"):
            await service.keep(session, hanne, "  ", QueueFilter(), desk.clock.now(), for_team=False)
        for number in range(service.MOST_VIEWS):
            await service.keep(session, hanne, f"View {number}", QueueFilter(), desk.clock.now(), for_team=False)
        with pytest.raises(InvalidInput, match="too_many"):
            await service.keep(session, hanne, "One more", QueueFilter(), desk.clock.now(), for_team=False)


async def test_nobody_throws_away_the_view_of_another(database, desk):
    cast = await furnish(database, desk)
    async with database.transaction() as session:
        view = await service.keep(session, cast.hanne.person_id, "Ours", QueueFilter(), desk.clock.now(), for_team=True)
        with pytest.raises(NotFound):
            await service.throw_away(session, cast.omar.person_id, view.id)
        await service.throw_away(session, cast.hanne.person_id, view.id)
        assert await service.views_of(session, cast.omar.person_id) == []
