"""The log of whoever has many tickets holds the same entries in the same order as if each of all were looked at."""

import pytest
from factories import make_case, make_cast
from sqlalchemy import insert

from casework.audit.models import AuditEntry
from casework.cases.models import Case, Status
from casework.portal import case_log
from casework.portal.case_log import MANY, PAGE, WALKED, Where
from casework.portal.shell.log_filter import LogFilter

OLDEST, NEWEST, BETWEEN = 70, 80, WALKED * PAGE


async def furnish(session, desk) -> None:
    """A handler with many tickets: a few entries on them long ago, a few just now, and others' in between."""
    cast = await make_cast(session)
    others = await make_case(session, desk, cast.an)
    columns = {
        "subject": "Leave", "status_value": Status.CLOSED_COMPLETE, "requester_id": cast.luc.person_id, "version": 1,
        "organisation_id": 2, "handler_id": cast.hanne.person_id, "channel": "mail", "opened_at": desk.clock.now(),
    }  # fmt: skip
    busy = [{"id": number, "number": f"HRC{number:07d}", **columns} for number in range(100, 101 + MANY)]
    await session.execute(insert(Case), busy)
    of_cases = [*range(100, 100 + OLDEST), *[others.id] * BETWEEN, *range(100, 100 + NEWEST)]
    await session.execute(
        insert(AuditEntry),
        [
            {
                "id": place, "at": desk.clock.now(), "action": "read", "actor": "Omar Diallo", "channel": "web",
                "actor_id": cast.omar.person_id, "case_id": case_id, "seal": "",
            }
            for place, case_id in enumerate(of_cases, 1_000)
        ],
    )  # fmt: skip


@pytest.mark.parametrize("chosen", [LogFilter(handler="claes"), LogFilter(organisation_id=2), LogFilter(person="luc")])
async def test_every_entry_comes_once_and_in_order_however_it_is_found(database, desk, chosen):
    async with database.transaction() as session:
        await furnish(session, desk)
    found, before, sizes = [], None, []

    async with database.reading() as session:
        while before is not None or not sizes:
            page = await case_log.page(session, "events", chosen, Where(before))
            found += [entry.id for entry, _ in page.rows]
            sizes.append(len(page.rows))
            before = page.next_before

    long_ago, now = range(1_000, 1_000 + OLDEST), range(1_000 + OLDEST + BETWEEN, 1_000 + OLDEST + BETWEEN + NEWEST)
    assert found == [*reversed(now), *reversed(long_ago)]
    assert sizes == [PAGE, PAGE, PAGE]
