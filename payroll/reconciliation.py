"""Holds every output of a run against its ledger, to the cent and person by person; a difference stops what follows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payroll.declarations.journal import OWED_TO_STAFF, Posting
from payroll.declarations.tax_sheets import TaxSheet
from payroll.declarations.withholding_return import ReturnRow
from payroll.declarations.year_ledger import PersonYear
from payroll.engine.money import Cents, format_cents
from payroll.errors import PayrollError
from payroll.payments.files import PaymentFile
from payroll.payments.models import PayPayment
from payroll.payslips.models import PaySlip
from payroll.repayments.models import RepaymentPlan
from payroll.runs import ledger as ledgers
from payroll.runs import parts
from payroll.runs.amounts import tax_of
from payroll.runs.ledger import Booked, Ledger
from payroll.runs.models import PayRun

AMOUNT = re.compile(rb'<InstdAmt Ccy="EUR">(\d+)\.(\d\d)<')
MOST_NAMED = 5

Key = TypeVar("Key", int, str)


class NotReconciled(PayrollError):
    """An output differs from the ledger."""

    def __init__(self, output: str, differences: Sequence[str]) -> None:
        named = "; ".join(differences[:MOST_NAMED])
        super().__init__(f"{output} differ from the ledger: {named} ({len(differences)} in all)")


@dataclass
class Expected:
    """What a ledger says that the files of a run come to, in cents: all that is paid, and the tax withheld."""

    payments: Cents = 0
    tax: Cents = 0

    def add(self, ledger: Ledger) -> None:
        """Take in what is booked on some people."""
        self.payments += sum(cents for cents in ledgers.payable(ledger).values() if cents > 0)
        self.tax += tax_of(ledgers.totals(ledger.values()))


async def of_run(session: AsyncSession, run: PayRun) -> None:
    """Check that payments, repayment plans and payslips are what the ledger says. Raises `NotReconciled`."""
    for people in await parts.ranges(session, run.id):
        await of_people(session, run, await ledgers.of_run(session, run, people), people)


async def of_people(session: AsyncSession, run: PayRun, ledger: Ledger, people: tuple[int, int]) -> None:
    """Check a run as `of_run` does, for a range of people, both included, of whom all is booked here."""
    payable = {person_id: cents for person_id, cents in ledgers.payable(ledger).items() if cents}
    paid = select(PayPayment.person_id, PayPayment.amount).where(
        PayPayment.run_id == run.id, PayPayment.person_id.between(*people)
    )
    owed = select(RepaymentPlan.person_id, RepaymentPlan.owed).where(
        RepaymentPlan.run_id == run.id, RepaymentPlan.person_id.between(*people)
    )
    settled = {person_id: cents for person_id, cents in await session.execute(paid)}
    settled |= {person_id: -cents for person_id, cents in await session.execute(owed)}
    require_same("payments", payable, settled)
    query = select(PaySlip.person_id, PaySlip.content).where(
        PaySlip.run_id == run.id, PaySlip.person_id.between(*people)
    )
    slips = {person_id: _lines(content["months"]) for person_id, content in await session.execute(query)}
    booked = {person_id: _booked(entries) for person_id, entries in ledger.items()}
    if slips != booked:
        require_same("payslips", _by_line(booked), _by_line(slips))


def of_files(
    expected: Expected, files: Iterable[PaymentFile], postings: Iterable[Posting], returned: Iterable[ReturnRow]
) -> None:
    """Check that the payment files, the journal and the return sum up to the ledger. Raises `NotReconciled`."""
    paid = {"payments": expected.payments}
    posted = sum(one.credit for one in postings if one.account == OWED_TO_STAFF[0])
    require_same("payment files", paid, {"payments": sum(_paid(file) for file in files)})
    require_same("journal", paid, {"payments": posted})
    require_same("withholding return", {"tax": expected.tax}, {"tax": sum(one.withholding_tax for one in returned)})


def of_sheets(people: Mapping[int, PersonYear], sheets: Sequence[TaxSheet]) -> None:
    """Check that the tax sheets of a year hold the tax, the taxable pay and the special contribution of its ledger.

    Raises `NotReconciled`.
    """
    expected = {
        "tax": sum(
            year.sum_of("withholding_tax", "exceptional_withholding_tax") - year.sum_of("exceptional_child_reduction")
            for year in people.values()
        ),
        "taxable": sum(year.sum_of("taxable") for year in people.values()),
        "special contribution": sum(
            year.sum_of("special_contribution", "special_contribution_quarter") for year in people.values()
        ),
    }
    on_sheets = {
        "tax": sum(sheet.amounts.get("f10_2074", 0) for sheet in sheets),
        "taxable": sum(sheet.amounts.get("f10_2062", 0) for sheet in sheets),
        "special contribution": sum(sheet.amounts.get("f10_2075", 0) for sheet in sheets),
    }
    require_same("tax sheets", expected, on_sheets)


def require_same(output: str, expected: Mapping[Key, Cents], found: Mapping[Key, Cents]) -> None:
    """Raise `NotReconciled` with what differs, unless both say the same."""
    differing = [
        f"{key}: {format_cents(there)} instead of {format_cents(cents)}"
        for key, cents, there in _pairs(expected, found)
        if cents != there
    ]
    if differing:
        raise NotReconciled(output, differing)


def _pairs(expected: Mapping[Key, Cents], found: Mapping[Key, Cents]) -> Iterator[tuple[Key, Cents, Cents]]:
    for key, cents in expected.items():
        yield key, cents, found.get(key, 0)
    for key, cents in found.items():
        if key not in expected:
            yield key, 0, cents


def _booked(entries: Sequence[Booked]) -> Mapping[str, Cents]:
    """Return what is booked on a person, as a slip shows it."""
    return _sums((name, ledgers.shown(name, cents)) for booked in entries for name, cents in booked.amounts.items())


def _lines(months: Iterable[Mapping[str, Any]]) -> Mapping[str, Cents]:
    """Return what the lines of a kept slip say."""
    return _sums((name, cents) for month in months for name, cents in month["lines"])


def _sums(amounts: Iterable[tuple[str, Cents]]) -> Mapping[str, Cents]:
    sums: dict[str, Cents] = {}
    for name, cents in amounts:
        sums[name] = sums.get(name, 0) + cents
    return sums


def _by_line(people: Mapping[int, Mapping[str, Cents]]) -> dict[str, Cents]:
    return {f"{person_id} {name}": cents for person_id, sums in people.items() for name, cents in sums.items()}


def _paid(file: PaymentFile) -> Cents:
    """Return what the payments of a file add up to, read from its bytes and not from its own control sum."""
    return sum(int(euro) * 100 + int(cents) for euro, cents in AMOUNT.findall(file.content))
