"""Brings facts in from a CSV file: a bad row is refused with its line number and reason, twice is the same as once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.messages.service import storable
from casework.people.importing import RowProblem
from casework.people.models import Person
from payroll.engine.household import MOST_DEPENDANTS, CivilStatus, Household, SpouseIncome
from payroll.engine.money import Cents
from payroll.engine.rules.contributions import Statute
from payroll.facts import csv_rows, service, store
from payroll.facts.csv_rows import Refused
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import Span, news, without
from payroll.facts.values import Pay, household_values

COLUMNS = (
    "employee_number", "valid_from", "valid_to", "gross_month", "fraction", "civil_status", "spouse_income",
    "children", "other_dependants", "reason",
)  # fmt: skip
REQUIRED = ("employee_number", "valid_from", "civil_status")
_FRACTION = re.compile(r"([01])(?:\.(\d{1,4}))?", re.ASCII)
_COUNT = re.compile(r"\d{1,2}", re.ASCII)


@dataclass(frozen=True)
class FactRow:
    """One good line of the file: the pay and the household of one person on some days.

    Without an amount it states the household alone, of somebody whom a pay scale pays.
    """

    line: int
    employee_number: str
    first_on: date
    last_on: date
    gross_month: Cents | None
    fraction: tuple[int, int]
    household: Mapping[str, str | int]
    reason: str


@dataclass(frozen=True)
class FactsReport:
    """What an import did: rows that brought something new, rows that said what was known, rows that were refused."""

    added: int
    unchanged: int
    problems: tuple[RowProblem, ...]


def read_facts(text: str) -> tuple[list[FactRow], list[RowProblem]]:
    """Read a facts file: its good rows, and a problem for each bad one."""
    rows, problems = csv_rows.read(text, COLUMNS, REQUIRED, _row)
    return _without_doubles(rows, problems)


def _row(line: int, cells: Mapping[str, str]) -> FactRow:
    first_on, last_on = csv_rows.days(cells, "valid_from", "valid_to")
    is_paid = [bool(cells.get(column)) for column in ("gross_month", "fraction")]
    if any(is_paid) and not all(is_paid):
        raise Refused("gross_month and fraction are filled in both, or neither for somebody whom a pay scale pays")
    return FactRow(
        line=line,
        employee_number=cells["employee_number"],
        first_on=first_on,
        last_on=last_on,
        gross_month=csv_rows.amount(cells, "gross_month") if any(is_paid) else None,
        fraction=_fraction(cells["fraction"]) if any(is_paid) else (1, 1),
        household=_household(cells),
        reason=storable(cells.get("reason", "")),
    )


def _fraction(text: str) -> tuple[int, int]:
    """Read a part of full time as an exact fraction: 0.8 is 8 of 10."""
    match = _FRACTION.fullmatch(text)
    decimals = (match[2] or "").rstrip("0") if match else ""
    numerator, denominator = (int(match[1] + decimals), 10 ** len(decimals)) if match else (0, 1)
    if not 0 < numerator <= denominator:
        raise Refused(f"fraction {text!r} is not a decimal above 0 and up to 1, such as 1 or 0.8")
    return numerator, denominator


def _household(cells: Mapping[str, str]) -> dict[str, str | int]:
    status = _choice(cells["civil_status"], CivilStatus, "civil_status")
    income = cells.get("spouse_income", "")
    if not income and Household(civil_status=CivilStatus(status)).couple:
        raise Refused(f"spouse_income must be filled in for {status}: {' '.join(SpouseIncome)}")
    return household_values(
        {
            "civil_status": status,
            "spouse_income": _choice(income or SpouseIncome.NONE, SpouseIncome, "spouse_income"),
            "children": _count(cells, "children"),
            "other_dependants": _count(cells, "other_dependants"),
        }
    )


def _choice(text: str, known: type[CivilStatus] | type[SpouseIncome], column: str) -> str:
    if text not in set(known):
        raise Refused(f"{column} {text!r} is not one of {' '.join(known)}")
    return str(known(text).value)


def _count(cells: Mapping[str, str], column: str) -> int:
    text = cells.get(column) or "0"
    if not _COUNT.fullmatch(text):
        raise Refused(f"{column} {text!r} is not a whole number from 0 to {MOST_DEPENDANTS}")
    return int(text)


def _without_doubles(rows: list[FactRow], problems: list[RowProblem]) -> tuple[list[FactRow], list[RowProblem]]:
    """Refuse a second row of one person that begins on the same day: which of the two holds would be a guess."""
    seen: dict[tuple[str, date], int] = {}
    kept = []
    for row in rows:
        key = (row.employee_number, row.first_on)
        if key in seen:
            reason = f"employee_number {key[0]} has a row from {key[1]} on line {seen[key]} too"
            problems.append(RowProblem(row.line, reason))
        else:
            seen[key] = row.line
            kept.append(row)
    return kept, sorted(problems, key=lambda problem: problem.line)


async def import_facts(session: AsyncSession, clock: Clock, rows: Iterable[FactRow], author: str) -> FactsReport:
    """Add what these rows say and earlier imports did not; a row for nobody we know is refused and reported.

    Of two rows of one person the one that begins later holds on the days that both cover. What a case changed stays
    as it is, unless the rows say something new about the same days.
    """
    known = {
        number: (person_id, Statute(statute))
        for number, person_id, statute in await session.execute(
            select(Person.employee_number, Person.id, Person.statute)
        )
    }
    by_person: dict[str, list[FactRow]] = defaultdict(list)
    problems = []
    for row in rows:
        if row.employee_number in known:
            by_person[row.employee_number].append(row)
        else:
            problems.append(RowProblem(row.line, f"nobody has employee_number {row.employee_number}"))
    moment = await service.next_moment(session, clock)
    held = await store.imported(session, {known[number][0] for number in by_person})
    added = unchanged = 0
    for number, of_person in by_person.items():
        person_id, statute = known[number]
        changed: set[int] = set()
        for kind, spans in _spans(of_person, statute).items():
            for row, new in _news(spans, held.get((person_id, kind), [])):
                origin = Origin(FactSource.IMPORT, author, row.reason)
                service.record(session, person_id, kind, new, origin, moment)
                changed.add(row.line)
        added += len(changed)
        unchanged += len(of_person) - len(changed)
    return FactsReport(added, unchanged, tuple(problems))


def _spans(rows: list[FactRow], statute: Statute) -> dict[FactKind, list[tuple[FactRow, Span]]]:
    ordered = sorted(rows, key=lambda row: row.first_on)
    return {
        FactKind.PAY: [
            (row, Span(row.first_on, row.last_on, Pay(row.gross_month, *row.fraction, statute).values))
            for row in ordered
            if row.gross_month is not None
        ],
        FactKind.HOUSEHOLD: [(row, Span(row.first_on, row.last_on, row.household)) for row in ordered],
    }


def _news(rows: list[tuple[FactRow, Span]], held: list[Span]) -> Iterator[tuple[FactRow, list[Span]]]:
    """Yield the rows that say something new, each with the days of its own on which it does."""
    for number, (row, span) in enumerate(rows):
        own = without([span], *(later for _, later in rows[number + 1 :]))
        if new := news(own, held):
            yield row, new
