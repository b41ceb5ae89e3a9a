"""Looks before a run is approved whether everybody whom it pays can be paid: an account, and an employer who pays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people.models import Person
from payroll.employers import store as employers
from payroll.employers.importing import is_iban
from payroll.employers.models import PayEmployer
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts
from payroll.facts.models import FactKind
from payroll.runs import ledger, lifecycle, problems
from payroll.runs.models import PayRun
from payroll.runs.problems import Problem

ACCOUNT, EMPLOYER = "account", "employer"


@dataclass(frozen=True)
class Payee:
    """Somebody on whom a run books something: what they get or owe, and from and to where."""

    person_id: int
    employee_number: str
    name: str
    iban: str
    amount: Cents
    employer: PayEmployer | None

    @property
    def is_paid(self) -> bool:
        """Whether money goes to them."""
        return self.amount > 0


async def payees(session: AsyncSession, run: PayRun, amounts: Mapping[int, Cents]) -> Sequence[Payee]:
    """Return everybody who is to be paid or owes these amounts, in the order of their ids.

    Their account is the one that is known today for the last day of the month, whatever was known when it was run.
    """
    if not amounts:
        return ()
    people = (min(amounts), max(amounts))
    last_on = PayMonth.parse(run.period).last_on
    stated = await facts.held_on(session, FactKind.ACCOUNT, last_on, facts.LATEST, people)
    by_organisation = await employers.by_organisation(session)
    columns = (
        Person.id, Person.employee_number, Person.first_name, Person.last_name, Person.iban, Person.organisation_id,
    )  # fmt: skip
    query = select(*columns).where(Person.id.between(*people)).order_by(Person.id)
    return [
        Payee(
            id_,
            number,
            f"{first} {last}",
            _compact(str(stated[id_]["iban"]) if id_ in stated else iban),
            amounts[id_],
            by_organisation.get(organisation_id),
        )
        for id_, number, first, last, iban, organisation_id in await session.execute(query)
        if id_ in amounts
    ]


async def look(session: AsyncSession, run: PayRun, now: datetime) -> int:
    """Put what stands in the way of paying a run in the place of what was found before; return how much that is."""
    amounts = await ledger.nets(session, run)
    found = [problem for payee in await payees(session, run, amounts) for problem in _problems(run, payee)]
    await problems.replace(session, lifecycle.payment_source(run), found, now)
    return len(found)


def _problems(run: PayRun, payee: Payee) -> Iterator[Problem]:
    if payee.employer is None:
        message = "no employer is known for the organisation; import the employers"
        yield Problem(payee.person_id, EMPLOYER, run.period, message)
    if payee.is_paid and not is_iban(payee.iban):
        message = "no valid account is known; ask for the account, enter it, and look again"
        yield Problem(payee.person_id, ACCOUNT, run.period, message)


def _compact(iban: str | None) -> str:
    """Return an account as banks write it to each other; whether it is one is looked at elsewhere."""
    return "".join((iban or "").split()).upper()
