"""The door by which expenses, absences, allowances, scales, counts and addresses come in, each once.

Whatever sends them later comes through here too. An entry is never changed: one that was wrong is cancelled by a row
of its own, which books a counter-fact, and the right one follows under another number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.messages.service import storable
from casework.people.importing import RowProblem
from casework.people.models import Person
from payroll.facts import csv_rows, service, store
from payroll.facts.csv_rows import Cells, Refused
from payroll.facts.importing import FactsReport
from payroll.facts.kinds import KINDS, AbsencePay, Treatment
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span, Values

LONGEST_REFERENCE = 80
AT_HOME = "BE"
MOST_ASKED = 5000  # numbers in one query: SQLite takes no more than 32766
DAYS = ("reference", "employee_number", "first_on", "last_on")


@dataclass(frozen=True)
class Entry:
    """One good line: what holds for one person on some days, or with `cancels` which entry counts no more."""

    line: int
    reference: str
    employee_number: str
    span: Span
    reason: str
    cancels: str = ""


@dataclass(frozen=True)
class Doorway:
    """One kind of entries: its columns, those that a row which cancels nothing needs, and what they state."""

    kind: FactKind
    source: FactSource
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    first_on: str
    last_on: str
    state: Callable[[Cells], Values]

    def read(self, text: str) -> tuple[list[Entry], list[RowProblem]]:
        """Read a file: its good rows, and a problem for each bad one."""
        return csv_rows.read(text, self.columns, ("reference", "employee_number"), self._entry)

    def _entry(self, line: int, cells: Cells) -> Entry:
        reference, cancels = cells["reference"], cells.get("cancels", "")
        if max(len(reference), len(cancels)) > LONGEST_REFERENCE:
            raise Refused(f"a reference has at most {LONGEST_REFERENCE} characters")
        filled = [column for column in self.needed if cells.get(column)]
        if cancels and filled:
            raise Refused(
                f"a row that cancels another one leaves {', '.join(filled)} empty; add a row for the right one"
            )
        span = Span(date.min, FOREVER, {}) if cancels else self._span(cells)
        return Entry(line, reference, cells["employee_number"], span, storable(cells.get("reason", "")), cancels)

    def _span(self, cells: Cells) -> Span:
        empty = [column for column in self.needed if not cells.get(column)]
        if empty:
            raise Refused(f"{', '.join(empty)} must be filled in")
        first_on, last_on = csv_rows.days(cells, self.first_on, self.last_on)
        return Span(first_on, last_on, self.state(cells))


def _expense(cells: Cells) -> Values:
    treatment = _choice(cells, "treatment", Treatment, Treatment.UNTAXED)
    return {"about": _word(cells, "about"), "amount": csv_rows.amount(cells, "amount"), "treatment": treatment}


def _absence(cells: Cells) -> Values:
    return {"absence": _word(cells, "absence"), "pay": _choice(cells, "pay", AbsencePay, None)}


def _allowance(cells: Cells) -> Values:
    treatment = _choice(cells, "treatment", Treatment, None)
    if Treatment(treatment).is_paid_apart:
        raise Refused(f"treatment {treatment!r} is paid once and not every month; import it with the expenses")
    return {"allowance": _word(cells, "allowance"), "amount": csv_rows.amount(cells, "amount"), "treatment": treatment}


def _scale(cells: Cells) -> Values:
    if bool(cells.get("step")) == bool(cells.get("seniority_from")):
        raise Refused("a place on a scale has either a step, or the day from which seniority counts (seniority_from)")
    stated = {name: _read(FactKind.SCALE, cells, name) for name in KINDS[FactKind.SCALE].fields if cells.get(name)}
    # The one takes the place of the other, and full time that of a part of it, whatever held before.
    return {"step": None, "seniority_from": None, "fraction": "1/1", **stated}


def _count(cells: Cells) -> Values:
    return {name: _read(FactKind.COUNT, cells, name) for name in ("counted", "number")}


def _address(cells: Cells) -> Values:
    stated = {name: _read(FactKind.ADDRESS, cells, name) for name in KINDS[FactKind.ADDRESS].fields if cells.get(name)}
    return {"country": AT_HOME, **stated}


def _read(kind: FactKind, cells: Cells, column: str) -> str | int:
    try:
        read = KINDS[kind].fields[column](cells[column])
    except ValueError as error:
        raise Refused(f"{column}: {error}") from error
    return storable(read) if isinstance(read, str) else read


def _word(cells: Cells, column: str) -> str:
    try:
        return storable(str(KINDS[FactKind.ABSENCE].fields["absence"](cells[column])))
    except ValueError as error:
        raise Refused(f"{column}: {error}") from error


def _choice(cells: Cells, column: str, known: type[StrEnum], otherwise: StrEnum | None) -> str:
    text = cells.get(column) or (otherwise.value if otherwise is not None else "")
    if text not in set(known):
        raise Refused(f"{column} {text!r} is not one of {' '.join(known)}")
    return text


DOORWAYS: Mapping[str, Doorway] = {
    "expenses": Doorway(
        FactKind.ONE_OFF,
        FactSource.EXPENSE,
        ("reference", "employee_number", "on", "about", "amount", "treatment", "reason", "cancels"),
        ("on", "about", "amount"),
        "on",
        "on",
        _expense,
    ),
    "absences": Doorway(
        FactKind.ABSENCE,
        FactSource.ABSENCE,
        (*DAYS, "absence", "pay", "reason", "cancels"),
        ("first_on", "absence", "pay"),
        "first_on",
        "last_on",
        _absence,
    ),
    "scales": Doorway(
        FactKind.SCALE,
        FactSource.SCALE,
        (*DAYS, "scale", "step", "seniority_from", "fraction", "statute", "reason", "cancels"),
        ("first_on", "scale"),
        "first_on",
        "last_on",
        _scale,
    ),
    "counts": Doorway(
        FactKind.COUNT,
        FactSource.COUNT,
        ("reference", "employee_number", "on", "counted", "number", "reason", "cancels"),
        ("on", "counted", "number"),
        "on",
        "on",
        _count,
    ),
    "addresses": Doorway(
        FactKind.ADDRESS,
        FactSource.ADDRESS,
        (*DAYS, "street", "building", "postcode", "town", "country", "reason", "cancels"),
        ("first_on", "street", "building", "postcode", "town"),
        "first_on",
        "last_on",
        _address,
    ),
    "allowances": Doorway(
        FactKind.ALLOWANCE,
        FactSource.ALLOWANCE,
        (
            "reference",
            "employee_number",
            "first_on",
            "last_on",
            "allowance",
            "amount",
            "treatment",
            "reason",
            "cancels",
        ),
        ("first_on", "allowance", "amount", "treatment"),
        "first_on",
        "last_on",
        _allowance,
    ),
}


async def enter(
    session: AsyncSession, clock: Clock, doorway: Doorway, entries: Iterable[Entry], author: str
) -> FactsReport:
    """Make a fact of each entry whose reference has not come in before.

    The same entry again changes nothing; another one under a reference that has come in is refused, and so is one for
    nobody we know, or that cancels what never came in.
    """
    rows = list(entries)
    moment = await service.next_moment(session, clock)
    known = await _known(session, doorway, rows)
    people = await _people(session, rows)
    outcomes = [await _enter_one(session, doorway, row, people, known, author, moment) for row in rows]
    await session.flush()
    return FactsReport(
        added=sum(outcome is True for outcome in outcomes),
        unchanged=sum(outcome is False for outcome in outcomes),
        problems=tuple(outcome for outcome in outcomes if isinstance(outcome, RowProblem)),
    )


async def _enter_one(
    session: AsyncSession,
    doorway: Doorway,
    entry: Entry,
    people: Mapping[str, tuple[int, str]],
    known: dict[str, Fact],
    author: str,
    moment: datetime,
) -> bool | RowProblem:
    """Enter one row: whether it brought something new, or why it is refused."""
    person_id, statute = people.get(entry.employee_number, (None, ""))
    if person_id is None:
        return RowProblem(entry.line, f"employee_number {entry.employee_number!r} is nobody's; import people first")
    cancelled = known.get(entry.cancels) if entry.cancels else None
    before = known.get(entry.reference)
    span = _with_statute(doorway.kind, entry.span, statute if before is None else before.values.get("statute"))
    if before is not None:
        if _says_the_same(entry, span, before, person_id, cancelled):
            return False
        reason = f"reference {entry.reference!r} has come in and said something else; cancel it, and use another number"
        return RowProblem(entry.line, reason)
    if entry.cancels and (cancelled is None or cancelled.person_id != person_id):
        return RowProblem(entry.line, f"no entry {entry.cancels!r} of this employee has come in")
    origin = Origin(doorway.source, author, entry.reason, reference=entry.reference)
    if cancelled is not None:
        await session.flush()
        return await service.counter(session, [cancelled], origin, moment) > 0
    (fact,) = service.drafted(person_id, doorway.kind, [span], origin, moment)
    session.add(fact)
    known[entry.reference] = fact
    return True


def _with_statute(kind: FactKind, span: Span, statute: str | None) -> Span:
    """Return a place on a scale with the statute of the person, where the row does not say it.

    It stands in the fact, and not only with the person, so that a month that is calculated again keeps its own.
    """
    if kind is not FactKind.SCALE or statute is None or not span.values:
        return span
    return replace(span, values={"statute": statute, **span.values})


def _says_the_same(entry: Entry, span: Span, before: Fact, person_id: int, cancelled: Fact | None) -> bool:
    if entry.cancels:
        return cancelled is not None and before.counters_id == cancelled.id
    return before.counters_id is None and before.person_id == person_id and before.span == span


async def _known(session: AsyncSession, doorway: Doorway, rows: Sequence[Entry]) -> dict[str, Fact]:
    """Return what has come in under the numbers of these entries, or of what they cancel."""
    wanted = sorted({row.reference for row in rows} | {row.cancels for row in rows if row.cancels})
    found: dict[str, Fact] = {}
    for start in range(0, len(wanted), MOST_ASKED):
        part = wanted[start : start + MOST_ASKED]
        found |= {str(fact.reference): fact for fact in await store.of_references(session, doorway.source, part)}
    return found


async def _people(session: AsyncSession, rows: Sequence[Entry]) -> dict[str, tuple[int, str]]:
    numbers = sorted({row.employee_number for row in rows})
    found: dict[str, tuple[int, str]] = {}
    for start in range(0, len(numbers), MOST_ASKED):
        asked = Person.employee_number.in_(numbers[start : start + MOST_ASKED])
        named = await session.execute(select(Person.employee_number, Person.id, Person.statute).where(asked))
        found |= {number: (person_id, statute) for number, person_id, statute in named}
    return found
