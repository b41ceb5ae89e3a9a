"""Brings the tree of organisations, their closed days and their working hours in from CSV files; twice is as once.

Nothing is kept of a file with a bad row: the caller's transaction is left with the problems, and ends it.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from io import StringIO

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars.models import ClosedDay, OpeningHours
from casework.errors import InvalidInput
from casework.people import organisations
from casework.people.models import Organisation

TREE = ("organisation", "parent")
CLOSED_DAYS = ("organisation", "on", "name")
HOURS = ("organisation", "opens", "closes", "weekdays")


@dataclass(frozen=True)
class LineProblem:
    """Why one line of a file was refused; the line number counts the heading as line 1."""

    line: int
    reason: str


async def import_tree(session: AsyncSession, text: str) -> list[LineProblem]:
    """Put each organisation below its parent, or on its own where the parent is empty."""
    rows, problems = _rows(text, TREE, may_be_empty="parent")
    for line, row in rows:
        try:
            await organisations.put_below(session, row["organisation"], row["parent"] or None)
        except InvalidInput as error:
            problems.append(LineProblem(line, "; ".join(error.fields.values())))
    return problems


async def import_closed_days(session: AsyncSession, text: str) -> list[LineProblem]:
    """Keep the days on which organisations are closed beside the legal holidays; those of before stay."""

    def read(organisation_id: int, row: Mapping[str, str]) -> ClosedDay:
        return ClosedDay(organisation_id=organisation_id, on=date.fromisoformat(row["on"]), name=row["name"])

    return await _import(session, text, CLOSED_DAYS, read, "'on' has to be a day such as 2026-05-15")


async def import_hours(session: AsyncSession, text: str) -> list[LineProblem]:
    """Keep the working hours of organisations, in the place of what was known."""
    return await _import(
        session, text, HOURS, _hours,
        "'opens' and 'closes' have to be times such as 08:00 and 17:00, 'weekdays' digits such as 12345",
    )  # fmt: skip


def _hours(organisation_id: int, row: Mapping[str, str]) -> OpeningHours:
    opens, closes = time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])
    if not opens < closes or not re.fullmatch(r"(?!.*(.).*\1)[1-7]+", row["weekdays"]):
        raise ValueError
    return OpeningHours(
        organisation_id=organisation_id,
        opens=opens.isoformat("minutes"),
        closes=closes.isoformat("minutes"),
        weekdays=row["weekdays"],
    )


async def _import(
    session: AsyncSession,
    text: str,
    columns: tuple[str, ...],
    read: Callable[[int, Mapping[str, str]], ClosedDay | OpeningHours],
    advice: str,
) -> list[LineProblem]:
    known = {name: one for name, one in await session.execute(select(Organisation.name, Organisation.id))}
    rows, problems = _rows(text, columns)
    for line, row in rows:
        if row["organisation"] not in known:
            problems.append(LineProblem(line, f"there is no organisation {row['organisation']!r}"))
            continue
        try:
            await session.merge(read(known[row["organisation"]], row))
        except ValueError:
            problems.append(LineProblem(line, advice))
    return problems


def _rows(
    text: str, columns: tuple[str, ...], may_be_empty: str = ""
) -> tuple[list[tuple[int, dict[str, str]]], list[LineProblem]]:
    """Return the rows with the line each stands on, and a problem for each that lacks something."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    if tuple(reader.fieldnames or ()) != columns:
        return [], [LineProblem(1, f"the heading has to be {','.join(columns)}")]
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[LineProblem] = []
    for record in reader:
        row = {column: str(record.get(column) or "").strip() for column in columns}
        empty = [column for column in columns if not row[column] and column != may_be_empty]
        if empty or None in record:
            problems.append(LineProblem(reader.line_num, f"{', '.join(empty)} must be filled in, and nothing more"))
        else:
            rows.append((reader.line_num, row))
    return rows, problems
