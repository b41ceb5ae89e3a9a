"""Twelve months of one employee, to the cent: every slip, difference, payment file and tax sheet.

What is expected comes from the second payroll of the tests, which shares no code with the engine; the scale, pay by
working days, allowances, holiday pay and the end-of-year allowance are worked out by hand here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from factories import Cast, make_case, make_cast
from lxml import etree
from pay_office import SETTINGS, equip, hire, run, settle
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
from payroll.engine import own_law
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip
from payroll.runs import problems, store

Cents = dict[str, int]
Household = Mapping[str, str | int]
SINGLE: Household = {"civil_status": "single"}
CHILDREN: Household = {**SINGLE, "children": 2}
DEPENDANT: Household = {**CHILDREN, "other_dependants": 1}
WITHHELD = {"contribution", "pension_contribution", "health_contribution", "special_contribution", "withholding_tax",
            "special_contribution_quarter", "exceptional_contribution", "end_of_year_contribution",
            "exceptional_withholding_tax"}  # fmt: skip
COLLEAGUE = "E101,2025-09-01,,3000.00,1,single,none,0,0,nothing ever changes"
REGIME = {"statute": "contractual"}
SHEET_AMOUNTS = {"f10_2060", "f10_2062", "f10_2064", "f10_2074", "f10_2075", "f10_2115", "f10_2059"}
PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
# Two steps of a scale: the first is an example that BOSA published, the second is ours. Five years are completed on
# 15 January 2025, six on 15 January 2026. Nobody verified the telework amount of after 2023: an officer signed for it.
SCALES = """scale,step,annual_at_100,valid_from,valid_to,source
B1,5 years,18152.00,2024-01-01,,"BOSA, example of a pay calculation"
B1,6 years,18640.00,2024-01-01,,"of this test alone"
"""
ENTRY = {"employee": "E100", "start": "2025-09-15", "statute": "contractual", "scale": "B1",
         "seniority_from": "2020-01-15"}  # fmt: skip
HOME = {"kind": "change", "effective": "2025-09-15", "civil_status": "single", "children": "0", "other_dependants": "0"}
BY_LOCAL_HR = {"entry", "exit"}
LAST_OF_QUARTER = {"2025-09", "2025-12", "2026-03", "2026-06", "2026-08"}
"""The months with the last pay of a quarter: An leaves in August, while Luc stays."""
CONTRIBUTIONS = {"end_of_year_allowance": "end_of_year_contribution", "holiday_pay": "exceptional_contribution"}


@dataclass(frozen=True)
class Apart:
    """What is paid apart: its gross amount, and twelve months of the pay of the moment; see `worked_out`.

    `contribution` is the one of statutory staff on the end-of-year allowance; all else bears 13.07 %.
    """

    treatment: str
    column: str
    amount: str
    annual_pay: str
    contribution: str | None = None


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

    `days` are the paid days and the working days, `full_time` is what the scale comes to; `files` and `takes_back` name
    cases.
    """

    period: str
    full_time: str
    gross: str
    days: tuple[str, int]
    household: Household = field(default_factory=lambda: SINGLE)
    files: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    takes_back: str = ""
    apart: Apart | None = None
    colleague: Apart | None = None
    corrects: Sequence[Correction] = ()
    language: str = "0"
    premium: str = "0"
    telework: str = "0"


def corrections(case: str, before: Household, after: Household, *months: str) -> list[Correction]:
    return [Correction(case, month, before, after) for month in months]


STORY = (
    # 18152.00 x 2.1223 / 12 = 3210.33. September has 22 working days, 12 of them from the 15th on: x 12 / 22.
    Chapter(
        "2025-09", "3210.33", "1751.08", ("12", 22),
        files={"home": ("household", HOME), "entry": ("entry", ENTRY)},
    ),
    Chapter("2025-10", "3210.33", "3210.33", ("23", 23)),
    Chapter(
        "2025-11", "3210.33", "3210.33", ("20", 20),
        apart=Apart("end_of_year_allowance", "exceptional", "128.79", "38523.96"),
        colleague=Apart("end_of_year_allowance", "exceptional", "227.97", "36000.00", "1.96"),
    ),
    # 20.00 x 2.1223 for article 8.
    Chapter(
        "2025-12", "3210.33", "3210.33", ("23", 23), language="42.44",
        files={"language": ("allowances", {"allowance": "bilingualism", "language_article": "art8", "question": "?",
                                           "start": "2025-12-01", "end": "2026-03-31"})},
    ),
    # Six years on the 15th: 18640.00 x 2.1223 / 12 = 3296.63. 3210.33 x 10 / 22, then the rest of 3296.63.
    Chapter("2026-01", "3296.63", "3257.41", ("22", 22), language="42.44"),
    Chapter(
        "2026-02", "3296.63", "3296.63", ("20", 20), language="42.44", telework="50",
        files={"telework": ("telework", {"kind": "regular", "days_month": "4", "start": "2026-02-01",
                                         "end": "2026-02-28"})},
    ),
    # The coefficient is 2.1647 from here on: 3362.50, and 20.00 x 2.1647.
    Chapter("2026-03", "3362.50", "3362.50", ("22", 22), language="43.29"),
    # Two children since January, said in April; four days of five since April, with the premium of 70.14 x 2.1647.
    Chapter(
        "2026-04", "3362.50", "2690.00", ("17.6", 22), CHILDREN, premium="151.83",
        files={
            "late": ("household", {"kind": "change", "effective": "2026-01-01", "children": "2"}),
            "four days": ("work_regime_reduction", {**REGIME, "regime": "four_day_week_premium",
                                                    "start": "2026-04-01"}),
        },
        corrects=corrections("late", SINGLE, CHILDREN, "2026-01", "2026-02", "2026-03"),
    ),
    Chapter(
        "2026-05", "3362.50", "2690.00", ("16.8", 21), DEPENDANT, premium="151.83",
        files={"wrong": ("household", {"kind": "change", "effective": "2026-02-01", "other_dependants": "1"})},
        apart=Apart("holiday_pay", "holiday_pay", "913.98", "34101.96"),
        colleague=Apart("holiday_pay", "holiday_pay", "920.00", "36000.00"),
        corrects=corrections("wrong", CHILDREN, DEPENDANT, "2026-02", "2026-03", "2026-04"),
    ),
    # The dependant was a mistake: a counter-fact. Unpaid from 15 June: ten of 22 working days, of each four fifths.
    Chapter(
        "2026-06", "3362.50", "1222.72", ("8", 22), CHILDREN, premium="69.01",
        files={"leave": ("work_regime_reduction", {**REGIME, "regime": "parental_unpaid", "start": "2026-06-15",
                                                   "end": "2026-07-14"})},
        takes_back="wrong",
        corrects=corrections("wrong", DEPENDANT, CHILDREN, "2026-02", "2026-03", "2026-04", "2026-05"),
    ),
    # What was right: a dependant since May. Paid from 15 July: 13 of 23 working days at four fifths.
    Chapter(
        "2026-07", "3362.50", "1520.43", ("10.4", 23), DEPENDANT, premium="85.81",
        files={"right": ("household", {"kind": "change", "effective": "2026-05-01", "other_dependants": "1"})},
        corrects=corrections("right", CHILDREN, DEPENDANT, "2026-05", "2026-06"),
    ),
    # The last day is 14 August: 10 of 21 working days at four fifths.
    Chapter(
        "2026-08", "3362.50", "1280.95", ("8", 21), DEPENDANT, premium="72.30",
        files={"exit": ("exit", {"employee": "E100", "last_day": "2026-08-14"})},
    ),
)  # fmt: skip
CHAPTERS = {chapter.period: chapter for chapter in STORY}


def cut(amount: Decimal | Fraction) -> Decimal:
    """Drop what is below the cent, of a decimal or of an exact fraction."""
    cents = int(amount * 100)
    return Decimal(cents) / 100


def in_cents(amount: Decimal) -> int:
    return int(amount * 100)


def month_of(period: str, household: Household, statute: str = "contractual") -> Cents:
    """Return the month of the second payroll, as it is kept: whole cents by wage type, without zeros."""
    chapter, day = CHAPTERS[period], str(PayMonth.parse(period).last_on)
    names = ("gross", "work_bonus_a", "work_bonus_b", "special_contribution", "withholding_tax", "taxable", "net")
    if statute == "statutory":
        worked = reference.month(day, statute, Decimal("3000.00"), household)
        more = {"pension_contribution": Decimal("225.00"), "health_contribution": Decimal("106.50")}  # 7.5 and 3.55 %
    else:
        taxable = Decimal(chapter.language) + Decimal(chapter.premium)
        days = (Decimal(chapter.days[0]), chapter.days[1])
        worked = reference.month(
            day, statute, Decimal(chapter.gross), household, days=days, taxable_allowances=taxable,
            untaxed=chapter.telework,
        )  # fmt: skip
        more = {
            "contribution": worked["contribution"],
            "language_allowance": Decimal(chapter.language),
            "four_day_week_premium": Decimal(chapter.premium),
            "telework_allowance": Decimal(chapter.telework),
            "full_time_pay": Decimal(chapter.full_time),
        }
    return {name: in_cents(value) for name, value in ({name: worked[name] for name in names} | more).items() if value}


def apart_of(period: str, household: Household, apart: Apart) -> Cents:
    """Return what is paid apart; the reduction for children is what the tax without children has more."""
    day, amount, pay = str(PayMonth.parse(period).last_on), Decimal(apart.amount), Decimal(apart.annual_pay)
    owed = Decimal(apart.contribution) if apart.contribution else None
    paid = reference.exceptional(day, apart.column, amount, pay, household, owed)
    without = reference.exceptional(day, apart.column, amount, pay, {**household, "children": 0}, owed)
    amounts = {
        apart.treatment: amount,
        CONTRIBUTIONS[apart.treatment]: paid["contribution"],
        "exceptional_withholding_tax": without["withholding_tax"],
        "exceptional_child_reduction": without["withholding_tax"] - paid["withholding_tax"],
        "taxable": paid["taxable"],
        "net": paid["net"],
    }
    return {name: in_cents(value) for name, value in amounts.items() if value}


def quarter_of(chapter: Chapter) -> list[Chapter]:
    """Return the months of a quarter until one of them."""
    months = [str(month) for month in PayMonth.parse(chapter.period).quarter]
    return [CHAPTERS[month] for month in months if month in CHAPTERS and month <= chapter.period]


def settlement(paid: Decimal, advances: Sequence[Cents]) -> Cents:
    """Return what is due on the pay of a quarter, of who lives alone, less the advances on it."""
    due = in_cents(reference.special(paid, SINGLE, reference.SPECIAL_OF_QUARTER))
    owed = due - sum(month.get("special_contribution", 0) for month in advances)
    return {"special_contribution_quarter": owed, "net": -owed} if owed else {}


def together(*amounts: Cents) -> Cents:
    """Return the sum of amounts by wage type, without zeros."""
    names = {name: sum(one.get(name, 0) for one in amounts) for month in amounts for name in month}
    return {name: cents for name, cents in names.items() if cents}


def whole(chapter: Chapter) -> Cents:
    """Return what a month comes to with all that was known at its run."""
    month = month_of(chapter.period, chapter.household)
    apart = apart_of(chapter.period, chapter.household, chapter.apart) if chapter.apart else {}
    if chapter.period not in LAST_OF_QUARTER:
        return together(month, apart)
    quarter = quarter_of(chapter)
    allowances = [one.apart.amount for one in quarter if one.apart and one.apart.treatment == "end_of_year_allowance"]
    paid = sum(Decimal(one.gross) + Decimal(one.language) + Decimal(one.premium) for one in quarter)
    advances = [month_of(one.period, one.household) for one in quarter]
    return together(month, apart, settlement(paid + sum(map(Decimal, allowances)), advances))


def colleague_of(chapter: Chapter) -> Cents:
    """Return the month of Luc, to whom nothing happens but what is due to everybody."""
    month = month_of(chapter.period, SINGLE, "statutory")
    apart = apart_of(chapter.period, SINGLE, chapter.colleague) if chapter.colleague else {}
    if int(chapter.period[-2:]) % 3:
        return together(month, apart)
    quarter = quarter_of(chapter)
    # Of his end-of-year allowance, contributions are due on a ninth of 497.20: 55.24.
    allowance = Decimal("55.24") if chapter.period == "2025-12" else Decimal(0)
    paid = Decimal("3000.00") * len(quarter) + allowance
    return together(month, apart, settlement(paid, [month_of(one.period, SINGLE, "statutory") for one in quarter]))


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

    def __init__(
        self, database: Database, desk: Desk, clock: SettableClock, cast: Cast, local_hr: Actor, law: ParameterSet
    ) -> None:
        self.law = law
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
        run_id = await run(self.database, self.clock, month, law=self.law)
        await settle(self.database, self.clock, run_id, self.cast.ada)
        await paying.close(self.database, self.clock, run_id, self.cast.ada, "web")
        return run_id

    async def _close(self, form: str, answers: Mapping[str, str]) -> Case:
        """Have a ticket answered, refused once, answered again and accepted; payroll takes it over after that only."""
        who = self.local_hr if form in BY_LOCAL_HR else self.cast.an
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
            taken = await apply_closed_cases(self.database, self.clock, self.desk.catalogue, self.law, SETTINGS)
            assert taken == int(accepted)
        return case

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
def law(tmp_path: Path) -> ParameterSet:
    folder = tmp_path / "law"
    folder.mkdir()
    (folder / own_law.SCALES).write_text(SCALES, encoding="utf-8")
    return own_law.read(folder).signed("telework", date(2026, 12, 31))


@pytest.fixture
async def office(database: Database, desk: Desk, clock: SettableClock, law: ParameterSet) -> Office:
    clock.at = datetime(2025, 9, 10, 8, 0, tzinfo=UTC)
    async with database.transaction() as session:
        cast = await make_cast(session)
        session.add(PersonRole(person_id=cast.luc.person_id, role=Role.LOCAL_HR))
        await session.flush()
        local_hr = await people.actor(session, cast.luc.person_id or 0)
    await equip(database)
    await hire(database, clock, COLLEAGUE)
    return Office(database, desk, clock, cast, local_hr, law)


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
        "f10_2075": sums["special_contribution"] + sums["special_contribution_quarter"],
        "f10_2115": sums["work_bonus_a"] + sums["work_bonus_b"],
    }
    filled = {code: cents for code, cents in codes.items() if cents}
    return {**filled, "f10_2059": sum(filled.values())}


def test_what_the_year_pays_is_what_the_published_rules_say() -> None:
    """Work out scale, holiday pay and end-of-year allowance once more, by exact fractions and by hand."""
    october = cut(Decimal(18152) * Decimal("2.1223") / 12)
    march = cut(Decimal(18640) * Decimal("2.1647") / 12)
    assert (str(october), str(march)) == ("3210.33", "3362.5")

    performed = Fraction(12, 22) / 9  # of the nine months from January to September
    fixed = cut(Fraction("937.56") * performed)
    year = cut(Fraction(cut(cut(Decimal(18152) * Decimal("2.1223")) * Decimal("0.025"))) * performed)
    month = cut(Fraction(cut(october * Decimal("0.07"))) * performed)
    assert str(fixed + year + month) == CHAPTERS["2025-11"].apart.amount == "128.79"
    ninth = Fraction(1, 9)  # Luc: the allowance of October is under its least, 100.95 x 2.1223
    parts = (Fraction("937.56"), Fraction("900.00"), Fraction(cut(Decimal("100.95") * Decimal("2.1223"))))
    assert str(sum(cut(part * ninth) for part in parts)) == CHAPTERS["2025-11"].colleague.amount
    assert cut(Fraction("497.20") * ninth) * Decimal("0.0355") == Decimal("1.961020")

    of_2025 = (Fraction(12, 22) + 3) / 12
    assert str(cut(Fraction(cut(march * Decimal("0.92"))) * of_2025)) == CHAPTERS["2026-05"].apart.amount
    assert cut(Fraction("2760.00") * Fraction(4, 12)) == Decimal(CHAPTERS["2026-05"].colleague.amount)


def test_what_settles_the_quarters_is_what_the_constants_say_by_hand() -> None:
    settled = {period: whole(CHAPTERS[period]).get("special_contribution_quarter", 0) for period in LAST_OF_QUARTER}

    assert settled == {
        "2025-09": 0,  # 1751.08 is under both bounds
        # 3 x 3210.33 + 128.79 + 42.44 = 9802.22: 30.99 + 1.10 % of 3231.68 = 66.54. Advances: 10.33 + 1.10 % of
        # 1020.15 = 21.55, twice, and of 1062.59 = 22.02.
        "2025-12": 6654 - 2155 - 2155 - 2202,
        # 3257.41 + 3296.63 + 3362.50 + 42.44 + 42.44 + 43.29 = 10044.71: 30.99 + 1.10 % of 3474.17 = 69.21.
        "2026-03": 6921 - 2254 - 2297 - 2370,
        # 2 x 2841.83 + 1291.73 = 6975.39, without the holiday pay: 30.99 + 1.10 % of 404.85 = 35.44. Advances: of
        # 651.65 twice 17.50, and none of June.
        "2026-06": 3544 - 1750 - 1750,
        "2026-08": 0,  # 1606.24 + 1353.25 is under the bound of the quarter, and each under that of a month
    }
    # Luc: one month of 3000.00 owes nothing; 9055.24 owes 30.99 + 1.10 % of 2484.70 = 58.32; 9000.00 owes 57.71.
    luc = [colleague_of(CHAPTERS[period])["special_contribution_quarter"] for period in sorted(LAST_OF_QUARTER)[:4]]
    assert luc == [-1924, 5832 - 3 * 1924, -1, -1]


async def test_twelve_months_of_an_employee_to_the_cent(office: Office) -> None:
    an, luc = office.cast.an.person_id or 0, office.cast.luc.person_id or 0
    for chapter in STORY:
        run_id = await office.live(chapter)

        slips = await office.slips(run_id)
        expected = expected_slip(chapter)
        net = sum(month["net"] for month in expected.values())
        assert _lines(slips[an]) == expected, chapter.period
        assert slips[an].net == net
        assert (slips[an].months[0].parameters.get("telework") == "2023-06-01 signed") == (chapter.telework != "0")
        assert slips[an].months[0].full_time_pay == in_cents(Decimal(chapter.full_time))
        colleague = colleague_of(chapter)
        assert _lines(slips[luc]) == {chapter.period: shown(colleague)}, chapter.period
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
    await office.live(CHAPTERS["2025-09"])
    office.clock.at = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
    await office.live(CHAPTERS["2026-08"])
    office.clock.at = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
    run_id = await run(office.database, office.clock, PayMonth(2026, 9), law=office.law)
    await settle(office.database, office.clock, run_id, office.cast.ada)
    # 3000.00 - 331.50 - 453.13 - 19.24 + 0.01
    assert await office.paid(run_id) == {"Luc Martin": "2196.14"}


def _lines(slip: Slip) -> dict[str, Cents]:
    return {month.period: {line.wage_type: line.amount for line in month.lines} for month in slip.months}
