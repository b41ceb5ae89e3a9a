"""Organisations, their closed days and hours from CSV: good rows are kept, a bad one is named with its line."""

from datetime import date, time

import pytest

from casework.calendars import importing, store
from casework.people import organisations

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_what_is_imported_twice_is_the_calendar_of_an_organisation_and_of_those_below_it(database, cast):
    for _ in range(2):
        async with database.transaction() as session:
            assert await importing.import_tree(session, "organisation,parent\nFOD Justitie,Balie\nBalie,\n") == []
            days = "organisation,on,name\nBalie,2026-05-15,Bridge day\n"
            assert await importing.import_closed_days(session, days) == []
            hours = "organisation,opens,closes,weekdays\nFOD Justitie,07:30,12:00,135\n"
            assert await importing.import_hours(session, hours) == []

    async with database.reading() as session:
        served = await organisations.with_parts(session, cast.hanne.organisation_id)
        calendar = await store.of_organisation(session, cast.greta.organisation_id)
    assert served == {cast.hanne.organisation_id, cast.greta.organisation_id}
    assert (calendar.opens, calendar.closes, calendar.weekdays) == (time(7, 30), time(12), {0, 2, 4})
    assert calendar.closed_on == {date(2026, 5, 15)}


@pytest.mark.parametrize(
    ("bring", "text", "lines"),
    [
        (importing.import_tree, "organisation\nBalie\n", [1]),
        (importing.import_tree, "organisation,parent\nNowhere,Balie\nBalie,Balie\n", [2, 3]),
        (importing.import_closed_days, "organisation,on,name\nBalie,15/05/2026,x\nBalie,2026-05-15,\n", [2, 3]),
        (importing.import_closed_days, "organisation,on,name\nNowhere,2026-05-15,x\n", [2]),
        (importing.import_hours, "organisation,opens,closes,weekdays\nBalie,17:00,08:00,12345\n", [2]),
        (importing.import_hours, "organisation,opens,closes,weekdays\nBalie,08:00,17:00,115\n", [2]),
        (importing.import_hours, "organisation,opens,closes,weekdays\nBalie,08:00,17:00,890\nBalie,8,9,1,2\n", [2, 3]),
    ],
)
async def test_a_bad_row_is_named_with_its_line(database, cast, bring, text, lines):
    async with database.transaction() as session:
        assert sorted(problem.line for problem in await bring(session, text)) == lines
