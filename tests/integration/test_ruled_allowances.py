"""Allowances that the rules work out from tickets, entries and scales: their lines, and what stops them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from factories import Cast, make_case, make_cast
from pay_office import LAW, SETTINGS, equip, hire, run
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.cases import handling
from casework.cases import service as cases
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from payroll.effects import preview
from payroll.effects.service import apply_closed_cases
from payroll.engine import own_law, parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import door
from payroll.facts import service as facts
from payroll.runs import problems
from payroll.runs.models import PayResult

AUGUST, SEPTEMBER = PayMonth(2026, 8), PayMonth(2026, 9)
AN = "E100,2026-08-01,,3000.00,1,single,none,0,0,hired"
PART_TIME = "E100,2026-08-01,,3000.00,0.8,single,none,0,0,hired"
SCALES = 'scale,step,annual_at_100,valid_from,valid_to,source\nA,1,16000.00,2024-01-01,,"of this test alone"\n'


@pytest.fixture
async def cast(database: Database) -> Cast:
    async with database.transaction() as session:
        cast = await make_cast(session)
    await equip(database)
    return cast


def own(tmp_path: Path, **files: str) -> ParameterSet:
    folder = tmp_path / "law"
    folder.mkdir()
    for name, text in files.items():
        suffix = "yaml" if name in LAW.tables else "csv"
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return own_law.read(folder)


def bicycle_of_2026() -> str:
    """Return the table with a figure for 2026, as an administration would add it."""
    text = (parameters.LAW / "bicycle.yaml").read_text(encoding="utf-8")
    return text + (
        '  - from: "2026-01-01"\n    to: null\n    verified_until: "2026-12-31"\n    source: "of this test alone"\n'
        '    status: "sourced"\n    values:\n      per_km: "0.38"\n      most_in_year: "3690.00"\n'
    )


async def _close(
    database: Database, desk: Desk, cast: Cast, form: str, answers: Mapping[str, str], law: ParameterSet = LAW
) -> None:
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an, text="Please.")
        await handling.classify(session, desk, case, cast.hanne, form, answers, Channel.WEB)
        words = Words(text="Done.", channel=Channel.WEB)
        await handling.write_to_requester(session, desk, case, cast.hanne, words, kind=MessageKind.ANSWER)
        await cases.decide(session, desk, case, cast.an, accepted=True, comment="", channel=Channel.WEB)
    await apply_closed_cases(database, desk.clock, desk.catalogue, law, SETTINGS)


async def _enter(database: Database, clock: SettableClock, what: str, *rows: str) -> list[str]:
    doorway = door.DOORWAYS[what]
    entries, unreadable = doorway.read("\n".join((",".join(doorway.columns), *rows)))
    async with database.transaction() as session:
        done = await door.enter(session, clock, doorway, entries, "Ada Bakker")
    return [one.reason for one in (*unreadable, *done.problems)]


async def _amounts(database: Database, cast: Cast) -> dict[str, int]:
    async with database.reading() as session:
        query = select(PayResult.amounts).where(PayResult.person_id == cast.an.person_id).order_by(PayResult.id.desc())
        return dict((await session.execute(query.limit(1))).scalar_one_or_none() or {})


async def _problems(database: Database) -> list[tuple[str | None, str]]:
    async with database.reading() as session:
        return [(one.employee, one.rule) for one in await problems.all_problems(session)]


async def test_kilometres_by_bicycle_are_paid_without_an_officer(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    law = own(tmp_path, bicycle=bicycle_of_2026())
    await hire(database, clock, AN)
    answers = {"start": "2026-08-17", "transport": "bike", "km_month": "210"}
    await _close(database, desk, cast, "commuting", answers, law)

    await run(database, clock, AUGUST, law=law)

    # 11 of the 21 working days: 110 km at 0.38, which neither tax nor contributions touch.
    plain = reference.month("2026-08-31", "contractual", reference.Decimal("3000.00"), {"civil_status": "single"})
    amounts = await _amounts(database, cast)
    assert (amounts["bicycle_allowance"], amounts["net"]) == (4180, int(plain["net"] * 100) + 4180)
    assert await _problems(database) == []

    # What was counted stands before what was agreed; the maximum of the year could be reached, so an officer looks.
    assert await _enter(database, clock, "counts", "KM-1,E100,2026-08-31,bicycle_metres,100001,,") == []
    await run(database, clock, AUGUST, law=law)
    assert (await _amounts(database, cast))["bicycle_allowance"] == 101 * 38
    assert await _enter(database, clock, "counts", "KM-2,E100,2026-08-31,bicycle_metres,900000,,") == []
    await run(database, clock, AUGUST, law=law)
    assert await _problems(database) == [("E100", "ruled_allowance")]


async def test_figure_that_nobody_verified_pays_nothing_until_it_is_signed_or_stated(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _close(database, desk, cast, "telework", {"kind": "regular", "start": "2026-08-01", "days_month": "3"})
    await run(database, clock, AUGUST)
    assert {rule for _, rule in await _problems(database)} == {"telework"}
    assert await _amounts(database, cast) == {}

    await run(database, clock, AUGUST, law=LAW.signed("telework", date(2026, 12, 31)))
    assert (await _amounts(database, cast))["telework_allowance"] == 2000  # one day or more, and not four

    stated = "AL-1,E100,2026-08-01,,telework,22.50,untaxed,by hand,"
    assert await _enter(database, clock, "allowances", stated) == []
    await run(database, clock, AUGUST)
    amounts = await _amounts(database, cast)
    assert (amounts.get("telework_allowance"), amounts["untaxed_allowances"]) == (None, 2250)


async def test_workers_share_of_meal_vouchers_follows_the_days_that_were_counted(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    assert await _enter(database, clock, "counts", "MV-1,E100,2026-08-31,meal_voucher_days,18,,") == []
    assert await _enter(database, clock, "counts", "MV-2,E100,2026-08-31,vouchers,18,,") != []
    assert await _enter(database, clock, "counts", "MV-3,E100,2026-08-31,meal_voucher_days,eighteen,,") != []

    await run(database, clock, AUGUST)

    assert (await _amounts(database, cast))["meal_vouchers"] == 18 * 109


async def test_language_allowance_waits_where_no_source_says_what_part_time_does(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, PART_TIME)
    answers = {"allowance": "bilingualism", "language_article": "art12", "start": "2026-08-01", "question": "?"}
    await _close(database, desk, cast, "allowances", answers)

    await run(database, clock, AUGUST)

    assert ("E100", "ruled_allowance") in await _problems(database)


async def test_indexation_that_nobody_verified_stops_who_rests_on_it_and_nobody_else(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, AN.replace("E100", "E101"))
    answers = {"allowance": "bilingualism", "language_article": "art12", "start": "2026-08-01", "question": "?"}
    await _close(database, desk, cast, "allowances", answers)

    await run(database, clock, AUGUST)
    assert (await _amounts(database, cast))["language_allowance"] == 23811  # 110.00 x 2.1647
    await run(database, clock, SEPTEMBER)

    async with database.reading() as session:
        paid = (await session.execute(select(PayResult.person_id).where(PayResult.period == "2026-09"))).scalars().all()
    assert paid == [cast.luc.person_id]


async def test_household_allowance_follows_the_scale_and_the_preview_shows_it(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    law = own(tmp_path, scales=SCALES)
    home = {"kind": "change", "effective": "2026-08-01", "civil_status": "single", "children": "0",
            "other_dependants": "0"}  # fmt: skip
    await _close(database, desk, cast, "household", home, law)
    assert await _enter(database, clock, "scales", "SC-1,E100,2026-08-01,,A,1,,80,contractual,,") == []
    assert await _enter(database, clock, "scales", "SC-1,E100,2026-08-01,,A,1,,80,contractual,,") == []
    assert await _enter(database, clock, "scales", "SC-2,E100,2026-08-01,,A,1,2020-01-01,,,,") != []
    answers = {"allowance": "household_residence", "household_or_residence": "household", "start": "2026-08-01",
               "question": "?"}  # fmt: skip
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an, text="Please.")
        await handling.classify(session, desk, case, cast.hanne, "allowances", answers, Channel.WEB)
        moment = await facts.known_moment(session, clock) + facts.TICK
        expected = await preview.of_case(session, desk.catalogue, law, case, moment)
    await _close(database, desk, cast, "allowances", answers, law)

    await run(database, clock, AUGUST, law=law)

    # 16000.00 x 2.1647 / 12 = 2886.26, four fifths of it; 60.00 x 2.1647 = 129.88, four fifths of it.
    amounts = await _amounts(database, cast)
    assert {name: amounts[name] for name in ("full_time_pay", "gross", "household_residence_allowance")} == {
        "full_time_pay": 288626,
        "gross": 230900,
        "household_residence_allowance": 10390,
    }
    assert expected is not None
    (month,) = [one for one in expected.months if one.period == "2026-08"]
    assert ("household_residence_allowance", "103.90") in [
        (line["wage_type"], line["difference"]) for line in month.lines
    ]


@pytest.mark.parametrize(("stated", "paid"), [("2026-08-01", 12000), ("2026-08-17", 6184 + 6285)])
async def test_household_allowance_that_an_officer_stated_under_another_name_is_not_paid_twice(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, tmp_path: Path, stated: str, paid: int
) -> None:
    law = own(tmp_path, scales=SCALES)
    await hire(database, clock, AN.replace("3000.00,1,", ",,"))
    assert await _enter(database, clock, "scales", "SC-1,E100,2026-08-01,,A,1,,,,,") == []
    answers = {"allowance": "household_residence", "household_or_residence": "household", "start": "2026-08-01",
               "question": "?"}  # fmt: skip
    await _close(database, desk, cast, "allowances", answers, law)
    row = f"HR-1,E100,{stated},,haardtoelage,120.00,household_residence,,"
    assert await _enter(database, clock, "allowances", row) == []

    await run(database, clock, AUGUST, law=law)

    # Eleven of the 21 working days of August are from the 17th on; by the rule a whole month is 129.88.
    assert (await _amounts(database, cast))["household_residence_allowance"] == paid


async def test_place_on_a_scale_whose_row_says_no_fraction_is_full_time_whatever_held_before(
    database: Database, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    await hire(database, clock, AN.replace("3000.00,1,", ",,"))
    rows = ("SC-1,E100,2026-07-01,,A,1,,50,,,", "SC-2,E100,2026-08-01,,A,1,,,,,")
    assert await _enter(database, clock, "scales", *rows) == []

    await run(database, clock, AUGUST, law=own(tmp_path, scales=SCALES))

    amounts = await _amounts(database, cast)
    assert amounts["gross"] == amounts["full_time_pay"] == 288626
