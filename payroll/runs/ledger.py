"""The ledger: what a run books, by person and month of origin; every output is read from here and from nowhere else.

The first result of a person's month is booked whole. Whatever came later is booked as the differences that a run
stored. A run's results and differences are never changed, so neither is what it books.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from payroll.engine.money import Cents
from payroll.engine.wage_types import WageType
from payroll.errors import PayrollError
from payroll.runs.amounts import Amounts
from payroll.runs.models import PayDifference, PayResult, PayRun

NET = "net"
_SIGNS = {one.name.lower(): 0 if one.informs_only else (-1 if one.is_deduction else 1) for one in WageType}


@dataclass(frozen=True)
class Booked:
    """What a run books on one month of a person, in cents by wage type: a tax is what was withheld.

    `is_whole` says that the month is booked for the first time; else these are differences.
    """

    period: str
    amounts: Amounts
    is_whole: bool

    @property
    def net(self) -> Cents:
        """What the person gets of it, or gives back."""
        return self.amounts.get(NET, 0)


Ledger = Mapping[int, Sequence[Booked]]


class LedgerBroken(PayrollError):
    """The amounts of a booking do not add up to its net."""


def shown(wage_type: str, cents: Cents) -> Cents:
    """Return an amount as a slip shows it: what is withheld is negative, what only informs stays as it is."""
    return -cents if _SIGNS[wage_type] < 0 else cents


def signed(wage_type: str, cents: Cents) -> Cents:
    """Return what an amount adds to the net: less for what is withheld, nothing for what only informs."""
    return _SIGNS[wage_type] * cents


async def of_run(session: AsyncSession, run: PayRun, people: tuple[int, int] | None = None) -> Ledger:
    """Return what a run books, of everybody or of a range of people (both included), oldest month first.

    Raises `LedgerBroken` where amounts do not add up to their net.
    """
    ledger: dict[int, list[Booked]] = defaultdict(list)
    for person_id, period, amounts in await _differences(session, run, people):
        ledger[person_id].append(Booked(period, amounts, is_whole=False))
    for person_id, amounts in await _first_results(session, run, people):
        ledger[person_id].append(Booked(run.period, amounts, is_whole=True))
    for person_id, entries in ledger.items():
        for booked in entries:
            _require_sum(person_id, booked)
    return dict(sorted(ledger.items()))


def payable(ledger: Ledger) -> dict[int, Cents]:
    """Return what each person is to be paid, or owes back where it is negative."""
    return {person_id: sum(one.net for one in entries) for person_id, entries in ledger.items()}


async def nets(session: AsyncSession, run: PayRun) -> dict[int, Cents]:
    """Return what each person is to be paid, or owes back, without reading what it is made of."""
    net = PayResult.amounts[NET].as_string()
    first = select(PayResult.person_id, func.coalesce(cast(net, BigInteger), 0)).where(*_is_first(run))
    changed = (
        select(PayDifference.person_id, func.sum(PayDifference.amount))
        .where(PayDifference.run_id == run.id, PayDifference.wage_type == NET)
        .group_by(PayDifference.person_id)
    )
    found = Counter({person_id: int(cents) for person_id, cents in await session.execute(first)})
    for person_id, cents in await session.execute(changed):
        found[person_id] += int(cents)
    return dict(sorted(found.items()))


def totals(ledger: Iterable[Sequence[Booked]]) -> Counter[str]:
    """Return the sum of each wage type."""
    sums: Counter[str] = Counter()
    for entries in ledger:
        for booked in entries:
            for wage_type, cents in booked.amounts.items():
                sums[wage_type] += cents
    return sums


async def _first_results(
    session: AsyncSession, run: PayRun, people: tuple[int, int] | None
) -> Sequence[tuple[int, Amounts]]:
    query = select(PayResult.person_id, PayResult.amounts).where(*_is_first(run), *_range(PayResult, people))
    return [(person_id, amounts) for person_id, amounts in await session.execute(query)]


def _is_first(run: PayRun) -> list[ColumnElement[bool]]:
    """Pick the results of a run that are the first ones of its month."""
    earlier = aliased(PayResult)
    before = select(earlier.id).where(
        earlier.person_id == PayResult.person_id, earlier.period == run.period, earlier.run_id < run.id
    )
    return [PayResult.run_id == run.id, PayResult.period == run.period, ~before.exists()]


async def _differences(
    session: AsyncSession, run: PayRun, people: tuple[int, int] | None
) -> Sequence[tuple[int, str, Amounts]]:
    query = (
        select(PayDifference.person_id, PayDifference.period, PayDifference.wage_type, func.sum(PayDifference.amount))
        .where(PayDifference.run_id == run.id, *_range(PayDifference, people))
        .group_by(PayDifference.person_id, PayDifference.period, PayDifference.wage_type)
        .order_by(PayDifference.person_id, PayDifference.period, PayDifference.wage_type)
    )
    found: dict[tuple[int, str], dict[str, Cents]] = defaultdict(dict)
    for person_id, period, wage_type, amount in await session.execute(query):
        if amount:
            found[person_id, period][wage_type] = int(amount)
    return [(person_id, period, amounts) for (person_id, period), amounts in found.items()]


def _range(table: type[PayResult | PayDifference], people: tuple[int, int] | None) -> list[ColumnElement[bool]]:
    return [] if people is None else [table.person_id.between(*people)]


def _require_sum(person_id: int, booked: Booked) -> None:
    if sum([_SIGNS[name] * cents for name, cents in booked.amounts.items()]) != booked.net:
        raise LedgerBroken(f"the amounts of person {person_id} in {booked.period} do not add up to their net")
