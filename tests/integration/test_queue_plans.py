"""No page of the queue, no count of a view and no search sorts what it finds or walks a table: their indexes do it."""

from datetime import timedelta

import pytest
from factories import make_case, make_cast
from sqlalchemy import event

from casework.audit import service as audit
from casework.portal import case_log
from casework.portal.case_log import Where
from casework.portal.shell.log_filter import LogFilter
from casework.portal.views.workspace import STANDARD
from casework.queues import store as queues
from casework.queues.filters import Awaited, Order, QueueFilter
from casework.queues.store import Standpoint
from casework.search import service as search

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FEW = (Awaited.APPROVER, Awaited.ADVISER)  # found by what is awaited, which is little, and then sorted
VIEWS = [view for _, view in STANDARD if view.awaited not in FEW] + [QueueFilter(order=order) for order in Order]


async def plans_of(database, work) -> list[str]:
    """Return each step by which SQLite carries out what was asked, but for those of questions inside others."""
    asked = []
    engine = database._reader.sync_engine
    note = lambda _c, _cursor, statement, parameters, *_: asked.append((statement, parameters))  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    async with database.reading() as session:
        await work(session)
    event.remove(engine, "before_cursor_execute", note)
    steps = []
    async with database.reading() as session:
        connection = await session.connection()
        for statement, parameters in asked:
            if not statement.startswith("BEGIN"):
                rows = await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
                steps += [row[-1] for row in rows]
    return steps


def costly(steps: list[str]) -> list[str]:
    walked = [step for step in steps if step.startswith(("SCAN cases", "SCAN audit_entries"))]
    return [step for step in steps if "ORDER BY" in step] + [step for step in walked if "ix_cases_queue" not in step]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.asked))
async def test_a_page_of_the_queue_and_its_count_come_from_an_index(database, desk, view):
    async with database.transaction() as session:
        cast = await make_cast(session)
        await make_case(session, desk, cast.an)
    now = desk.clock.now()
    stand = Standpoint(cast.hanne.person_id, now, now + timedelta(days=2))

    page = await plans_of(database, lambda session: queues.page(session, view, stand))
    counted = await plans_of(database, lambda session: queues.counts(session, [view], stand))

    assert (costly(page), costly(counted)) == ([], [])
    assert any("ix_cases_queue" in step for step in page)
    assert any("ix_cases_queue" in step for step in counted)


async def test_the_newest_hits_of_a_search_come_without_sorting_them(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an, text="bicycle")
        audit.record(
            session, at=desk.clock.now(), action="read", actor=cast.hanne, channel="web", case_id=case.id,
            details={"why": "bicycles"},
        )  # fmt: skip
    found = {}

    async def searched(session):
        found["cases"] = [one.number for one in await search.find(session, cast.hanne, "bicyc", 5)]

    async def looked_through(session):
        page = await case_log.page(session, "events", LogFilter(words="bicyc claes"), Where())
        found["log"] = [entry.action for entry, _ in page.rows]

    assert costly(await plans_of(database, searched)) == []
    assert costly(await plans_of(database, looked_through)) == []
    assert found == {"cases": ["HRB0000001"], "log": ["read"]}
