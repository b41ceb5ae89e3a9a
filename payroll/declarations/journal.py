"""The accounting journal of a run: every amount of the ledger once, debit and credit equal."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from payroll.declarations.tables import csv_bytes
from payroll.engine.money import Cents, format_cents
from payroll.engine.wage_types import WageType
from payroll.errors import PayrollError
from payroll.runs.ledger import NET, Ledger, signed

COLUMNS = ("account", "name", "period", "wage_type", "debit", "credit")
# The minimum chart of accounts (royal decree of 21 October 2018, annex), by the first digit of a wage type.
ACCOUNTS = {
    "1": ("620", "Remuneration"),
    "2": ("454", "Social security"),
    "3": ("453", "Taxes withheld"),
    "4": ("623", "Other personnel costs and deductions"),
}
OWED_TO_STAFF = ("455", "Remuneration payable")
OWED_BY_STAFF = ("416", "Sundry receivables")


@dataclass(frozen=True)
class Posting:
    """One line, in cents: either debit or credit is zero."""

    account: str
    name: str
    period: str
    wage_type: str
    debit: Cents
    credit: Cents


class JournalUnbalanced(PayrollError):
    """The debit and the credit of a journal differ."""


class Journal:
    """What a run books, added up by month and wage type."""

    def __init__(self) -> None:
        self._sums: Counter[tuple[str, str]] = Counter()
        self._owed_to_staff = self._owed_by_staff = 0

    def add(self, ledger: Ledger) -> None:
        """Take in what is booked on some people."""
        for entries in ledger.values():
            for booked in entries:
                for wage_type, cents in booked.amounts.items():
                    self._sums[booked.period, wage_type] += signed(wage_type, cents)
            owed = sum(booked.net for booked in entries)
            self._owed_to_staff += max(owed, 0)
            self._owed_by_staff += max(-owed, 0)

    def postings(self) -> list[Posting]:
        """Return the lines, by account, month and wage type. Raises `JournalUnbalanced`."""
        found = [
            *(_posting(_account(name), period, name, cents) for (period, name), cents in self._sums.items()),
            _posting(OWED_TO_STAFF, "", NET, -self._owed_to_staff),
            _posting(OWED_BY_STAFF, "", NET, self._owed_by_staff),
        ]
        postings = sorted((one for one in found if one.debit or one.credit), key=astuple)
        if sum(posting.debit for posting in postings) != sum(posting.credit for posting in postings):
            raise JournalUnbalanced
        return postings


def _account(wage_type: str) -> tuple[str, str]:
    return ACCOUNTS.get(WageType[wage_type.upper()].value[0], ("", ""))


def _posting(account: tuple[str, str], period: str, wage_type: str, cents: Cents) -> Posting:
    return Posting(*account, period, wage_type, max(cents, 0), max(-cents, 0))


def as_csv(postings: Iterable[Posting]) -> bytes:
    """Return the journal as a file."""
    return csv_bytes(
        COLUMNS,
        (
            (one.account, one.name, one.period, one.wage_type, format_cents(one.debit), format_cents(one.credit))
            for one in postings
        ),
    )
