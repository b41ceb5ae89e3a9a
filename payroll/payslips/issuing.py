"""Issues the payslips of a run: one for each person on whom it books something, once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people.models import Organisation, Person
from payroll.employers.models import PayEmployer
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.values import Pay
from payroll.payments import orders
from payroll.payments.accounts import Payee
from payroll.payslips import slip
from payroll.payslips.models import PaySlip
from payroll.runs.ledger import Booked, Ledger
from payroll.runs.models import PayResult, PayRun
from payroll.runs.person_months import PaidPart, PersonMonth, person_month
from payroll.runs.rows import insert_rows

SHOWN_DIGITS = 4
HUNDREDTHS = 100
BY_SCALE = "full_time_pay"
"""The line that tells what the scale of somebody comes to, who has no stated amount."""


async def issue(session: AsyncSession, run: PayRun, booked: Ledger, payees: Sequence[Payee], now: datetime) -> None:
    """Issue the slips of these people, of whom all is booked here; who has one of this run already keeps it."""
    if not payees:
        return
    people = (payees[0].person_id, payees[-1].person_id)
    query = select(PaySlip.person_id).where(PaySlip.run_id == run.id, PaySlip.person_id.between(*people))
    had = frozenset((await session.execute(query)).scalars())
    work = await _work(session, run, people)
    parameters = await _parameters(session, run, people)
    working_for = await _working_for(session, people)
    days = await orders.execution_days(session, run, {one.employer.organisation_id for one in payees if one.employer})
    rows = [
        {
            "run_id": run.id,
            "person_id": payee.person_id,
            "period": run.period,
            "issued_at": now,
            "content": _content(run, payee, working_for[payee.person_id], days)
            | {"months": _months(payee.person_id, booked, work, parameters)},
        }
        for payee in payees
        if payee.person_id not in had
    ]
    await insert_rows(session, PaySlip, rows)


def _content(run: PayRun, payee: Payee, working_for: tuple[str, str], days: Mapping[int, date]) -> dict[str, Any]:
    organisation, statute = working_for
    employer = payee.employer
    paid_on = days[employer.organisation_id].isoformat() if employer is not None and payee.is_paid else None
    return {
        "period": run.period,
        "number": run.number,
        "name": payee.name,
        "employee_number": payee.employee_number,
        "organisation": organisation,
        "employer": _address(employer),
        "statute": statute,
        "account": payee.iban[-SHOWN_DIGITS:] if payee.is_paid else "",
        "paid_on": paid_on,
    }


def _address(employer: PayEmployer | None) -> dict[str, str]:
    if employer is None:
        return {}
    columns = ("name", "enterprise_number", "street", "building", "postcode", "town", "country")
    return {column: getattr(employer, column) for column in columns}


def _months(
    person_id: int,
    booked: Ledger,
    work: Mapping[int, tuple[int, int, Cents]],
    parameters: Mapping[tuple[int, str], Mapping[str, str]],
) -> list[dict[str, Any]]:
    own_first = sorted(booked[person_id], key=lambda one: (not one.is_whole, one.period))
    nothing = (0, 0, 0)
    return [_month(one, work.get(person_id, nothing), parameters.get((person_id, one.period), {})) for one in own_first]


def _month(booked: Booked, work: tuple[int, int, Cents], parameters: Mapping[str, str]) -> dict[str, Any]:
    days_paid, days_of_month, full_time_pay = work if booked.is_whole else (0, 0, 0)
    return {
        "period": booked.period,
        "is_whole": booked.is_whole,
        "lines": [list(line) for line in slip.lines(booked.amounts)],
        "days_paid": days_paid,
        "days_of_month": days_of_month,
        "full_time_pay": full_time_pay or booked.amounts.get(BY_SCALE, 0),
        "parameters": dict(parameters),
    }


async def _work(session: AsyncSession, run: PayRun, people: tuple[int, int]) -> dict[int, tuple[int, int, Cents]]:
    """Return the paid days of the run's month and its working days, in hundredths, and the pay of a full-time month."""
    month = PayMonth.parse(run.period)
    facts = await facts_store.of_month(session, month, run.known_at, people)
    count = month.working_days() * HUNDREDTHS
    worked = {}
    for person_id, known in facts.items():
        asked = person_month(person_id, known, month, run.known_at)
        if isinstance(asked, PersonMonth):
            paid = asked.parts[-1].pay
            worked[person_id] = (_days_paid(asked.parts), count, paid.gross_month if isinstance(paid, Pay) else 0)
    return worked


def _days_paid(parts: Sequence[PaidPart]) -> int:
    """Return the working days that are paid, in hundredths; a day of a part of full time is that part of a day."""
    return sum(int(part.working_days * HUNDREDTHS * part.part) for part in parts)


async def _parameters(
    session: AsyncSession, run: PayRun, people: tuple[int, int]
) -> dict[tuple[int, str], Mapping[str, str]]:
    query = select(PayResult.person_id, PayResult.period, PayResult.parameters).where(
        PayResult.run_id == run.id, PayResult.person_id.between(*people)
    )
    return {(person_id, period): dates for person_id, period, dates in await session.execute(query)}


async def _working_for(session: AsyncSession, people: tuple[int, int]) -> dict[int, tuple[str, str]]:
    query = (
        select(Person.id, Organisation.name, Person.statute)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id.between(*people))
    )
    return {id_: (organisation, statute) for id_, organisation, statute in await session.execute(query)}
