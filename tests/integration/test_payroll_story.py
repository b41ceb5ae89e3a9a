"""Twelve months of one employee, to the cent: every slip, difference, payment file and tax sheet.

What is expected comes from the second payroll of the tests, which shares no code with the engine; pay by working days
and who lives in the household are worked out by hand here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from factories import Cast, make_case, make_cast
from lxml import etree
from pay_office import LAW, SETTINGS, equip, hire, run, settle
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.cases import handling
from casework.cases import service as cases
from casework.cases import store as case_store
from casework.cases.models import Case
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor, PersonRole, Role
from payroll import paying
from payroll.declarations import outputs, periods
from payroll.effects import counterfacts
from payroll.effects.service import apply_closed_cases
from payroll.engine.periods import PayMonth
from payroll.facts import door
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip
from payroll.runs import problems, store

Cents = dict[str, int]
Household = Mapping[str, str | int]
SINGLE: Household = {"civil_status": "single"}
CHILDREN: Household = {**SINGLE, "children": 2}
DEPENDANT: Household = {**CHILDREN, "other_dependants": 1}
WITHHELD = {"contribution", "pension_contribution", "health_contribution", "special_contribution", "withholding_tax",
            "exceptional_contribution", "exceptional_withholding_tax"}  # fmt: skip
HIRED = "E100,2025-09-15,,3000.00,1,single,none,0,0,hired in mid-month"
COLLEAGUE = "E101,2025-09-01,,3000.00,1,single,none,0,0,nothing ever changes"
REGIME = {"statute": "contractual"}
SHEET_AMOUNTS = {"f10_2060", "f10_2062", "f10_2064", "f10_2074", "f10_2075", "f10_2115", "f10_2059"}
PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@dataclass(frozen=True)
class Apart:
    """What is paid apart: its gross amount, stated by an officer, and twelve months of the pay of the moment."""

    treatment: str
    column: str
    amount: str
    annual_pay: int


@dataclass(frozen=True)
class Correction:
    """A month that was paid before, and the household that it is now known with, by one case."""

    case: str
    period: str
    before: Household
    after: Household


@dataclass(frozen=True)
class Chapter:
    """One month: what comes in before its run, and what the run has to come to.

    `days` are the paid days and the working days; `files` and `takes_back` name cases.
    """

    period: str
    gross: str
    days: tuple[str, int]
    household: Household = field(default_factory=lambda: SINGLE)
    files: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    takes_back: str = ""
    apart: Apart | None = None
    corrects: Sequence[Correction] = ()


def corrections(case: str, before: Household, after: Household, *months: str) -> list[Correction]:
    return [Correction(case, month, before, after) for month in months]


STORY = (
    # September 2025 has 22 working days, 12 of them from the 15th on: 3000.00 x 12 / 22.
    Chapter("2025-09", "1636.36", ("12", 22)),
    Chapter("2025-10", "3000.00", ("23", 23)),
    Chapter("2025-11", "3000.00", ("20", 20)),
    Chapter("2025-12", "3000.00", ("23", 23), apart=Apart("end_of_year_allowance", "exceptional", "700.00", 36000)),
    Chapter("2026-01", "3000.00", ("22", 22)),
    Chapter("2026-02", "3000.00", ("20", 20)),
    Chapter("2026-03", "3000.00", ("22", 22)),
    # Two children since January, said in April; four days of five since April: 2400.00, and 22 x 4/5 days.
    Chapter(
        "2026-04", "2400.00", ("17.6", 22), CHILDREN,
        files={
            "late": ("household", {"kind": "change", "effective": "2026-01-01", "children": "2"}),
            "four days": ("work_regime_reduction", {**REGIME, "regime": "four_day_week", "start": "2026-04-01"}),
        },
        corrects=corrections("late", SINGLE, CHILDREN, "2026-01", "2026-02", "2026-03"),
    ),
    Chapter(
        "2026-05", "2400.00", ("16.8", 21), DEPENDANT,
        files={"wrong": ("household", {"kind": "change", "effective": "2026-02-01", "other_dependants": "1"})},
        apart=Apart("holiday_pay", "holiday_pay", "2000.00", 28800),
        corrects=corrections("wrong", CHILDREN, DEPENDANT, "2026-02", "2026-03", "2026-04"),
    ),
    # The dependant was a mistake: a counter-fact. Unpaid from 15 June: ten of 22 working days, of each four fifths.
    Chapter(
        "2026-06", "1090.90", ("8", 22), CHILDREN,
        files={"leave": ("work_regime_reduction", {**REGIME, "regime": "parental_unpaid", "start": "2026-06-15",
                                                   "end": "2026-07-14"})},
        takes_back="wrong",
        corrects=corrections("wrong", DEPENDANT, CHILDREN, "2026-02", "2026-03", "2026-04", "2026-05"),
    ),
    # What was right: a dependant since May. Paid from 15 July: 13 of 23 working days at four fifths.
    Chapter(
        "2026-07", "1356.52", ("10.4", 23), DEPENDANT,
        files={"right": ("household", {"kind": "change", "effective": "2026-05-01", "other_dependants": "1"})},
        corrects=corrections("right", CHILDREN, DEPENDANT, "2026-05", "2026-06"),
    ),
    # The last day is 14 August: 10 of 21 working days at four fifths.
    Chapter(
        "2026-08", "1142.85", ("8", 21), DEPENDANT,
        files={"exit": ("exit", {"employee": "E100", "last_day": "2026-08-14"})},
    ),
)  # fmt: skip
CHAPTERS = {chapter.period: chapter for chapter in STORY}


def in_cents(amount: Decimal) -> int:
    return int(amount * 100)


def month_of(period: str, household: Household, statute: str = "contractual") -> Cents:
    """Return the month of the second payroll, as it is kept: whole cents by wage type, without zeros."""
    chapter = CHAPTERS[period]
    gross, days = Decimal(chapter.gross), (Decimal(chapter.days[0]), chapter.days[1])
    if statute == "statutory":
        gross, days = Decimal("3000.00"), (Decimal(chapter.days[1]), chapter.days[1])
    worked = reference.month(str(PayMonth.parse(period).last_on), statute, gross, household, days=days)
    names = ("gross", "work_bonus_a", "work_bonus_b", "special_contribution", "withholding_tax", "taxable", "net")
    amounts = {name: in_cents(worked[name]) for name in names}
    if statute == "contractual":
        amounts["contribution"] = in_cents(worked["contribution"])
    else:
        amounts["pension_contribution"], amounts["health_contribution"] = 22500, 10650  # 7.5 and 3.55 % of 3000.00
    return {name: cents for name, cents in amounts.items() if cents}


def apart_of(period: str, household: Household, apart: Apart) -> Cents:
    """Return what is paid apart; the reduction for children is what the tax without children has more."""
    day, amount = str(PayMonth.parse(period).last_on), Decimal(apart.amount)
    paid = reference.exceptional(day, apart.column, amount, apart.annual_pay, household)
    without = reference.exceptional(day, apart.column, amount, apart.annual_pay, {**household, "children": 0})
    amounts = {
        apart.treatment: amount,
        "exceptional_contribution": paid["contribution"],
        "exceptional_withholding_tax": without["withholding_tax"],
        "exceptional_child_reduction": without["withholding_tax"] - paid["withholding_tax"],
        "taxable": paid["taxable"],
        "net": paid["net"],
    }
    return {name: in_cents(value) for name, value in amounts.items() if value}


def whole(chapter: Chapter) -> Cents:
    """Return what a month comes to with all that was known at its run."""
    month = month_of(chapter.period, chapter.household)
    return dict(Counter(month) + Counter(apart_of(chapter.period, chapter.household, chapter.apart))) \
        if chapter.apart else month  # fmt: skip


def changes(correction: Correction) -> Cents:
    """Return by how much a month differs."""
    before, after = (month_of(correction.period, one) for one in (correction.before, correction.after))
    found = {name: after.get(name, 0) - before.get(name, 0) for name in before | after}
    return {name: cents for name, cents in found.items() if cents}


def shown(amounts: Cents) -> Cents:
    """Return amounts as a slip shows them."""
    return {name: -cents if name in WITHHELD else cents for name, cents in amounts.items()}


class Office:
    """Those who act in the story, on one desk."""

    def __init__(self, database: Database, desk: Desk, clock: SettableClock, cast: Cast, local_hr: Actor) -> None:
        self.database, self.desk, self.clock, self.cast = database, desk, clock, cast
        self.numbers: dict[str, str] = {}
        self.local_hr = local_hr

    async def live(self, chapter: Chapter) -> int:
        """Let a month's tickets and entries come in, and run, approve, pay and close it; return its run."""
        month = PayMonth.parse(chapter.period)
        self.clock.at = datetime(month.year, month.month, 20, 8, 0, tzinfo=UTC)
        if chapter.takes_back:
            async with self.database.transaction() as session:
                number = self.numbers[chapter.takes_back]
                await counterfacts.take_back(session, self.clock, number, self.cast.ada, Channel.WEB, "a mistake")
        for name, (form, answers) in chapter.files.items():
            self.numbers[name] = (await self._close(form, answers)).number
        if chapter.apart:
            await self._enter(chapter.apart, month)
        run_id = await run(self.database, self.clock, month)
        await settle(self.database, self.clock, run_id, self.cast.ada)
        await paying.close(self.database, self.clock, run_id, self.cast.ada, "web")
        return run_id

    async def _close(self, form: str, answers: Mapping[str, str]) -> Case:
        """Have a ticket answered, refused once, answered again and accepted; payroll takes it over after that only."""
        who = self.local_hr if form == "exit" else self.cast.an
        async with self.database.transaction() as session:
            case = await make_case(session, self.desk, who, text="Please.")
            await handling.classify(session, self.desk, case, self.cast.hanne, form, answers, Channel.WEB)
        for accepted in (False, True):
            async with self.database.transaction() as session:
                case = await case_store.by_number(session, case.number)
                words = Words(text="Done.", channel=Channel.WEB)
                await handling.write_to_requester(
                    session, self.desk, case, self.cast.hanne, words, kind=MessageKind.ANSWER
                )
                await cases.decide(
                    session, self.desk, case, who, accepted=accepted, comment="" if accepted else "no", channel="web"
                )
            taken = await apply_closed_cases(self.database, self.clock, self.desk.catalogue, LAW, SETTINGS)
            assert taken == int(accepted)
        return case

    async def _enter(self, apart: Apart, month: PayMonth) -> None:
        doorway = door.DOORWAYS["expenses"]
        row = f"{apart.treatment},E100,{month.first_on},{apart.treatment},{apart.amount},{apart.treatment},worked out,"
        entries, refused = doorway.read(f"{','.join(doorway.columns)}\n{row}")
        assert refused == []
        async with self.database.transaction() as session:
            assert (await door.enter(session, self.clock, doorway, entries, "Ada Bakker")).problems == ()

    async def slips(self, run_id: int) -> dict[int, Slip]:
        """Return the slips of a run by person."""
        async with self.database.reading() as session:
            query = select(PaySlip).where(PaySlip.run_id == run_id)
            return {one.person_id: Slip.of(one.content) for one in (await session.execute(query)).scalars()}

    async def paid(self, run_id: int) -> dict[str, str]:
        """Return the amounts of the payment file of a run by name, read from its bytes."""
        async with self.database.reading() as session:
            made = [one for one in await outputs.of_run(session, run_id) if one.filename.endswith(".xml")]
            (content,) = [(await outputs.read(session, one.id))[1] for one in made]
        credits_ = etree.fromstring(content).iterfind(".//p:CdtTrfTxInf", PAIN)
        return {one.findtext(".//p:Cdtr/p:Nm", "", PAIN): one.findtext(".//p:InstdAmt", "", PAIN) for one in credits_}

    async def sheet(self, year: int) -> dict[str, int]:
        """Return the amounts on the tax sheet of An."""
        made = await periods.make_year(self.database, self.clock, year)
        sheets = etree.fromstring(made.content).iterfind(".//Fiche28110")
        (own,) = [one for one in sheets if one.findtext("f2013") == "Peeters An"]
        return {one.tag: int(one.text or 0) for one in own if one.tag in SHEET_AMOUNTS}


@pytest.fixture
async def office(database: Database, desk: Desk, clock: SettableClock) -> Office:
    clock.at = datetime(2025, 9, 10, 8, 0, tzinfo=UTC)
    async with database.transaction() as session:
        cast = await make_cast(session)
        session.add(PersonRole(person_id=cast.luc.person_id, role=Role.LOCAL_HR))
        await session.flush()
        local_hr = await people.actor(session, cast.luc.person_id or 0)
    await equip(database)
    await hire(database, clock, HIRED, COLLEAGUE)
    return Office(database, desk, clock, cast, local_hr)


def expected_slip(chapter: Chapter) -> dict[str, Cents]:
    """Return the lines of each month on the slip, as it shows them."""
    months: dict[str, Cents] = {chapter.period: shown(whole(chapter))}
    for correction in chapter.corrects:
        if changes(correction):
            months[correction.period] = shown(changes(correction))
    return months


def expected_sheet(year: str) -> dict[str, int]:
    """Return the sheet of a year: the sums of what the second payroll says was booked in its runs."""
    sums: Counter[str] = Counter()
    for chapter in STORY:
        if chapter.period.startswith(year):
            for amounts in (whole(chapter), *(changes(one) for one in chapter.corrects)):
                sums.update(amounts)
    tax = sums["withholding_tax"] + sums["exceptional_withholding_tax"] - sums["exceptional_child_reduction"]
    codes = {
        "f10_2060": sums["taxable"],
        "f10_2062": sums["taxable"],
        "f10_2074": tax,
        "f10_2075": sums["special_contribution"],
        "f10_2115": sums["work_bonus_a"] + sums["work_bonus_b"],
    }
    filled = {code: cents for code, cents in codes.items() if cents}
    return {**filled, "f10_2059": sum(filled.values())}


async def test_twelve_months_of_an_employee_to_the_cent(office: Office) -> None:
    an, luc = office.cast.an.person_id or 0, office.cast.luc.person_id or 0
    for chapter in STORY:
        run_id = await office.live(chapter)

        slips = await office.slips(run_id)
        expected = expected_slip(chapter)
        net = sum(month["net"] for month in expected.values())
        assert _lines(slips[an]) == expected, chapter.period
        assert slips[an].net == net
        colleague = month_of(chapter.period, SINGLE, "statutory")
        assert _lines(slips[luc]) == {chapter.period: shown(colleague)}
        assert await office.paid(run_id) == {
            "An Peeters": f"{Decimal(net) / 100:.2f}",
            "Luc Martin": f"{Decimal(colleague['net']) / 100:.2f}",
        }
        async with office.database.reading() as session:
            booked = await store.differences_of_run(session, run_id)
            assert await problems.all_problems(session) == []
        assert {(one.case, one.period, one.wage_type): one.amount for one in booked.get(an, ())} == {
            (office.numbers[correction.case], correction.period, wage_type): cents
            for correction in chapter.corrects
            for wage_type, cents in changes(correction).items()
        }
        assert luc not in booked

    assert (await office.sheet(2025), await office.sheet(2026)) == (expected_sheet("2025"), expected_sheet("2026"))


async def test_after_the_exit_nothing_is_paid_and_nothing_changes(office: Office) -> None:
    last = CHAPTERS["2026-08"]
    await office.live(last)
    office.clock.at = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
    run_id = await run(office.database, office.clock, PayMonth(2026, 9))
    await settle(office.database, office.clock, run_id, office.cast.ada)
    assert await office.paid(run_id) == {"Luc Martin": "2196.13"}


def _lines(slip: Slip) -> dict[str, Cents]:
    return {month.period: {line.wage_type: line.amount for line in month.lines} for month in slip.months}
