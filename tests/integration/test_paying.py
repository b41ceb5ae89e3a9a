"""From calculated to closed: approved by a second person, paid once, and reconciled to the cent."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from factories import Cast, make_cast
from lxml import etree
from pay_office import AN, EMPLOYERS, GRETA, LAW, LUC, SEPTEMBER, SETTINGS, equip, hire, run, settle
from sqlalchemy import func, select, update

from casework.audit.models import AuditEntry
from casework.clock import SettableClock
from casework.db import Database
from casework.people.models import Person
from payroll import paying
from payroll.declarations import outputs
from payroll.employers import importing as employers
from payroll.engine.periods import PayMonth
from payroll.facts.models import Fact
from payroll.payments.models import PayPayment
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip, SlipKind
from payroll.reconciliation import NotReconciled
from payroll.repayments.models import RepaymentPlan
from payroll.runs import problems
from payroll.runs.lifecycle import (
    EarlierRunStands,
    OtherPayerNeeded,
    ProblemsStand,
    SecondPersonNeeded,
    StepNotAllowed,
)
from payroll.runs.models import PayRun, RunState
from payroll.runs.service import run_period

PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    async with database.transaction() as session:
        cast = await make_cast(session)
    await equip(database)
    await hire(database, clock, AN, LUC, GRETA)
    return cast


async def _state(database: Database, run_id: int) -> str:
    async with database.reading() as session:
        return (await session.execute(select(PayRun.state).where(PayRun.id == run_id))).scalar_one()


async def _files(database: Database, run_id: int) -> dict[str, bytes]:
    async with database.reading() as session:
        return {one.filename: (await outputs.read(session, one.id))[1] for one in await outputs.of_run(session, run_id)}


async def _paid(database: Database) -> list[tuple[str, str, int]]:
    query = select(PayPayment.name, PayPayment.iban, PayPayment.amount).order_by(PayPayment.id)
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(query)]


async def test_a_run_is_approved_paid_and_closed_and_each_step_is_written_down(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock, ordered_by=cast.hanne)
    await settle(database, clock, run_id, cast.ada)
    await paying.close(database, clock, run_id, cast.ada, "web")

    assert await _state(database, run_id) == RunState.CLOSED
    assert await _paid(database) == [
        ("An Peeters", "BE68539007547034", 226134),
        ("Luc Martin", "BE71096123456769", 219614),
        ("Greta Vogel", "NL91ABNA0417164300", 308768),
    ]
    async with database.reading() as session:
        query = select(AuditEntry.action, AuditEntry.actor_id).order_by(AuditEntry.id)
        steps = [tuple(row) for row in await session.execute(query) if row[0].endswith("_pay_run")]
    assert steps == [
        ("approve_pay_run", cast.ada.person_id),
        ("pay_pay_run", cast.ada.person_id),
        ("close_pay_run", cast.ada.person_id),
    ]


async def test_whoever_ordered_a_run_cannot_approve_it(database: Database, clock: SettableClock, cast: Cast) -> None:
    run_id = await run(database, clock, ordered_by=cast.ada)
    with pytest.raises(SecondPersonNeeded):
        await paying.approve(database, clock, run_id, cast.ada, "web")
    assert await _state(database, run_id) == RunState.CALCULATED


async def test_a_run_that_nobody_is_named_for_is_paid_by_another_than_who_approved_it(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run_period(database, clock, LAW, SETTINGS, SEPTEMBER)
    await paying.approve(database, clock, run_id, cast.ada, "web")
    with pytest.raises(OtherPayerNeeded):
        await paying.pay(database, clock, run_id, cast.ada, "web")
    assert await _paid(database) == []
    await paying.pay(database, clock, run_id, cast.omar, "web")
    assert await _state(database, run_id) == RunState.PAID


async def test_no_step_can_be_left_out_or_taken_twice(database: Database, clock: SettableClock, cast: Cast) -> None:
    run_id = await run(database, clock)
    with pytest.raises(StepNotAllowed):
        await paying.pay(database, clock, run_id, cast.ada, "web")
    with pytest.raises(StepNotAllowed):
        await paying.close(database, clock, run_id, cast.ada, "web")
    await settle(database, clock, run_id, cast.ada)
    for step in (paying.approve, paying.pay):
        with pytest.raises(StepNotAllowed):
            await step(database, clock, run_id, cast.ada, "web")
    async with database.reading() as session:
        assert (await session.execute(select(func.count(PayPayment.id)))).scalar_one() == 3


@pytest.mark.parametrize("iban", [None, "", "BE68539007547035", "not an account"])
async def test_nobody_is_paid_while_somebody_has_no_valid_account(
    database: Database, clock: SettableClock, cast: Cast, iban: str | None
) -> None:
    run_id = await run(database, clock)
    await _set_iban(database, cast.an.person_id, iban)

    with pytest.raises(ProblemsStand):
        await paying.approve(database, clock, run_id, cast.ada, "web")
    async with database.reading() as session:
        found = [(one.employee, one.rule, one.period) for one in await problems.all_problems(session)]
    assert found == [("E100", "account", "2026-09")]

    await _set_iban(database, cast.an.person_id, "BE68 5390 0754 7034")
    await settle(database, clock, run_id, cast.ada)
    assert (await _paid(database))[0] == ("An Peeters", "BE68539007547034", 226134)


async def _set_iban(database: Database, person_id: int | None, iban: str | None) -> None:
    async with database.transaction() as session:
        await session.execute(update(Person).where(Person.id == person_id).values(iban=iban))


async def test_a_stated_account_stands_before_the_imported_one_as_soon_as_it_is_known(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock)
    await _set_iban(database, cast.an.person_id, None)
    for number, since in (("NL91ABNA0417164300", date(2026, 1, 1)), ("BE71096123456769", date(2026, 10, 1))):
        async with database.transaction() as session:
            session.add(
                Fact(person_id=cast.an.person_id, kind="account", values={"iban": number}, valid_from=since,
                     known_from=clock.now(), source="case", author="Balie", reason="stated")
            )  # fmt: skip
    await settle(database, clock, run_id, cast.ada)
    assert (await _paid(database))[0] == ("An Peeters", "NL91ABNA0417164300", 226134)


async def test_an_account_that_goes_wrong_after_approval_stops_the_payment(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock)
    await paying.approve(database, clock, run_id, cast.ada, "web")
    await _set_iban(database, cast.an.person_id, "BE00")
    with pytest.raises(ProblemsStand):
        await paying.pay(database, clock, run_id, cast.ada, "web")
    assert await _paid(database) == []


async def test_runs_are_approved_in_their_order(database: Database, clock: SettableClock, cast: Cast) -> None:
    first = await run(database, clock, PayMonth(2026, 8))
    second = await run(database, clock)
    with pytest.raises(EarlierRunStands):
        await paying.approve(database, clock, second, cast.ada, "web")
    await paying.approve(database, clock, first, cast.ada, "web")
    await paying.approve(database, clock, second, cast.ada, "web")


async def test_a_run_that_could_calculate_nobody_keeps_no_later_one_up(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await run(database, clock, PayMonth(2026, 11))  # beyond the law tables
    second = await run(database, clock)
    await settle(database, clock, second, cast.ada)
    assert await _state(database, second) == RunState.PAID


async def test_the_payment_file_holds_each_payment_and_its_sums(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock)
    await settle(database, clock, run_id, cast.ada)

    files = await _files(database, run_id)
    health = etree.fromstring(files["BALIE-2026-09-1-1.xml"])
    said = {path: health.xpath(f"string(//p:{path})", namespaces=PAIN) for path in (
        "MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "PmtInfId", "CtgyPurp/p:Cd", "ReqdExctnDt/p:Dt", "Dbtr/p:Nm",
        "Dbtr/p:PstlAdr/p:StrtNm", "Dbtr/p:PstlAdr/p:BldgNb", "Dbtr/p:PstlAdr/p:PstCd", "Dbtr/p:PstlAdr/p:TwnNm",
        "Dbtr/p:PstlAdr/p:Ctry",
    )}  # fmt: skip
    assert said == {
        "MsgId": "BALIE-2026-09-1-1",
        "CreDtTm": "2026-09-15T08:00:00Z",
        "NbOfTxs": "2",
        "CtrlSum": "4457.48",
        "PmtInfId": "BALIE-2026-09-1-1-1",
        "CtgyPurp/p:Cd": "SALA",
        "ReqdExctnDt/p:Dt": "2026-09-29",
        "Dbtr/p:Nm": "FOD Gezondheid",
        "Dbtr/p:PstlAdr/p:StrtNm": "Galileelaan",
        "Dbtr/p:PstlAdr/p:BldgNb": "5 bus 2",
        "Dbtr/p:PstlAdr/p:PstCd": "1210",
        "Dbtr/p:PstlAdr/p:TwnNm": "Sint-Joost-ten-Node",
        "Dbtr/p:PstlAdr/p:Ctry": "BE",
    }
    references = health.xpath("//p:EndToEndId/text()", namespaces=PAIN)
    assert references == [f"2026-09-1-{cast.an.person_id}", f"2026-09-1-{cast.luc.person_id}"]
    assert sorted(files) == [
        "BALIE-2026-09-1-1.xml", "BALIE-2026-09-1-2.xml", "journal-2026-09-1.csv", "withholding-2026-09-1.csv",
    ]  # fmt: skip


async def test_journal_and_return_say_what_the_ledger_says(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(
        database,
        clock,
        "E102,2026-01-01,,0.00,1,single,none,0,0,not paid",
        "E101,2026-01-01,,0.00,1,single,none,0,0,no",
    )
    run_id = await run(database, clock)
    await settle(database, clock, run_id, cast.ada)

    files = await _files(database, run_id)
    assert files["journal-2026-09-1.csv"].decode().splitlines() == [
        "account,name,period,wage_type,debit,credit",
        "453,Taxes withheld,2026-09,withholding_tax,0.00,437.87",
        "454,Social security,2026-09,contribution,0.00,392.10",
        "454,Social security,2026-09,special_contribution,0.00,19.24",
        "454,Social security,2026-09,special_contribution_quarter,0.01,0.00",
        "454,Social security,2026-09,work_bonus_a,110.54,0.00",
        "455,Remuneration payable,,net,0.00,2261.34",
        "620,Remuneration,2026-09,gross,3000.00,0.00",
    ]
    assert files["withholding-2026-09-1.csv"].decode().splitlines()[1] == "0308357159,2026-09,2026-09,2,2718.44,437.87"


async def test_two_that_pay_a_run_at_the_same_time_pay_it_once(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock)
    await paying.approve(database, clock, run_id, cast.ada, "web")
    other = Database(database.url)

    ended = await asyncio.gather(
        paying.pay(database, clock, run_id, cast.ada, "web"),
        paying.pay(other, clock, run_id, cast.omar, "web"),
        return_exceptions=True,
    )
    await other.close()

    assert [type(one) for one in ended if one is not None] == [StepNotAllowed]
    assert await _state(database, run_id) == RunState.PAID
    assert len(await _paid(database)) == 3


async def test_a_later_run_pays_the_difference_and_who_owes_has_thirty_days(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await settle(database, clock, await run(database, clock, PayMonth(2026, 8)), cast.ada)
    await hire(database, clock, "E100,2026-08-01,,3000.00,1,single,none,2,0,children",
               "E101,2026-08-01,,100.00,1,single,none,0,0,mistake")  # fmt: skip
    second = await run(database, clock)
    await settle(database, clock, second, cast.ada)

    payments = (await _paid(database))[3:]
    assert [name for name, _, _ in payments] == ["An Peeters", "Greta Vogel"]
    assert payments[0][2] == 239934 + 13800
    async with database.reading() as session:
        [owed] = (await session.execute(select(RepaymentPlan))).scalars().all()
        slips = (await session.execute(select(PaySlip).where(PaySlip.run_id == second))).scalars().all()
    assert (owed.person_id, owed.objection_until) == (cast.luc.person_id, None)
    read = [Slip.of(slip.content) for slip in slips]
    assert [(slip.name, [(month.period, month.is_whole) for month in slip.months]) for slip in read] == [
        ("An Peeters", [("2026-09", True), ("2026-08", False)]),
        ("Luc Martin", [("2026-09", True), ("2026-08", False)]),
        ("Greta Vogel", [("2026-09", True)]),
    ]
    assert owed.owed == -read[1].net
    await paying.reconcile(database, second)
    async with database.reading() as session:
        assert [one.rule for one in await problems.all_problems(session)] == ["repayment"]
    await settle(database, clock, await run(database, clock), cast.ada)  # the plan still waits, and keeps no run up


async def test_a_slip_that_only_corrects_is_a_recalculation(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await settle(database, clock, await run(database, clock), cast.ada)
    await hire(database, clock, "E100,2026-09-01,,3000.00,1,single,none,2,0,children")
    again = await run(database, clock)
    await settle(database, clock, again, cast.ada)

    async with database.reading() as session:
        [slip] = (await session.execute(select(PaySlip).where(PaySlip.run_id == again))).scalars().all()
    assert Slip.of(slip.content).kind is SlipKind.RECALCULATION
    assert Slip.of(slip.content).net == 13800


async def test_a_payment_or_slip_that_was_tampered_with_is_found(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await run(database, clock)
    await settle(database, clock, run_id, cast.ada)
    await paying.reconcile(database, run_id)
    async with database.transaction() as session:
        await session.execute(update(PayPayment).where(PayPayment.person_id == cast.an.person_id).values(amount=226135))
    with pytest.raises(NotReconciled, match=r"2261\.35 instead of 2261\.34 \(1 in all\)"):
        await paying.reconcile(database, run_id)
    with pytest.raises(NotReconciled):
        await paying.close(database, clock, run_id, cast.ada, "web")
    assert await _state(database, run_id) == RunState.PAID


async def test_an_approval_after_the_pay_day_pays_on_the_next_target_day(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = datetime(2026, 9, 30, 8, tzinfo=UTC)
    run_id = await run(database, clock)
    clock.at = datetime(2026, 10, 2, 8, tzinfo=UTC)  # a Friday
    await settle(database, clock, run_id, cast.ada)
    async with database.reading() as session:
        days = (await session.execute(select(PayPayment.execution_on).distinct())).scalars().all()
    assert days == [date(2026, 10, 5)]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("FOD Zon,x,0308357159,s,1,1000,t,BE,BE68539007547034,5",
         "there is no organisation 'FOD Zon'; import people first"),
        ("FOD Justitie,x,0308357158,s,1,1000,t,BE,BE68539007547034,5", "'0308357158' is not an enterprise number"),
        ("FOD Justitie,x,0308357159,s,1,1000,t,BE,BE68539007547035,5", "'BE68539007547035' is not an IBAN"),
        ("FOD Justitie,x,0308357159,s,1,1000,t,be,BE68539007547034,5",
         "country has to be a code of two letters, such as BE"),
        ("FOD Justitie,x,0308357159,s,1,1000,,BE,BE68539007547034,5", "town must be filled in"),
        ("FOD Justitie,x,0308357159,s,1,1000,t,BE,BE68539007547034,40", "cutoff_days has to be from 0 to 15"),
    ],
)  # fmt: skip
async def test_an_employer_that_cannot_be_used_is_refused_with_its_line(
    database: Database, cast: Cast, wrong: str, reason: str
) -> None:
    async with database.transaction() as session:
        kept, found = await employers.import_employers(session, f"{EMPLOYERS.splitlines()[0]}\n{wrong}\n")
    assert (kept, [(one.line, one.reason) for one in found]) == (0, [(2, reason)])


async def test_the_run_knows_its_whole_key(database: Database, clock: SettableClock, cast: Cast) -> None:
    run_id = await run(database, clock, SEPTEMBER, cast.hanne)
    async with database.reading() as session:
        made = (await session.execute(select(PayRun).where(PayRun.id == run_id))).scalar_one()
    assert (made.period, made.organisation_id, made.known_at, made.ordered_by_id) == (
        "2026-09", None, made.known_at, cast.hanne.person_id,
    )  # fmt: skip
    assert (len(made.parameters), len(made.engine)) == (64, 64)
