"""The withholding-tax return of a run: taxable pay and the tax withheld from it, by employer and month of origin.

The law asks for a code of the nature of the income, which has no source here: it is left to whoever files it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from payroll.declarations.tables import csv_bytes
from payroll.engine.money import Cents, format_cents
from payroll.runs.amounts import tax_of
from payroll.runs.ledger import Ledger

COLUMNS = ("enterprise_number", "paid_in", "period", "people", "taxable", "withholding_tax")


@dataclass(frozen=True)
class ReturnRow:
    """What one employer withheld from the pay of one month, in cents."""

    enterprise_number: str
    paid_in: str
    period: str
    people: int
    taxable: Cents
    withholding_tax: Cents


class WithholdingReturn:
    """What a run withholds, added up by employer and month of origin."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, ledger: Ledger, enterprise_numbers: Mapping[int, str]) -> None:
        """Take in what is booked on some people, by the number of each one's employer."""
        for person_id, entries in ledger.items():
            for booked in entries:
                row = self._sums[enterprise_numbers.get(person_id, ""), booked.period]
                row[0] += 1
                row[1] += booked.amounts.get("taxable", 0)
                row[2] += tax_of(booked.amounts)

    def rows(self, paid_in: str) -> list[ReturnRow]:
        """Return the rows of a run that is paid in a month, by employer and month of origin."""
        return [ReturnRow(number, paid_in, period, *row) for (number, period), row in sorted(self._sums.items())]


def as_csv(rows: Iterable[ReturnRow]) -> bytes:
    """Return the rows as a file."""
    return csv_bytes(
        COLUMNS,
        (
            (one.enterprise_number, one.paid_in, one.period, one.people, format_cents(one.taxable),
             format_cents(one.withholding_tax))
            for one in rows
        ),
    )  # fmt: skip
