"""Reads the rows of a file that brings facts: a bad row is refused with its line number and the reason."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import TypeVar

from casework.people.importing import RowProblem
from payroll.engine.errors import AmountInvalid
from payroll.engine.money import Cents, parse_cents
from payroll.facts.timeline import FOREVER

Row = TypeVar("Row")
Cells = Mapping[str, str]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Refused(Exception):
    """A cell cannot be used; the message says why."""


def read(
    text: str, columns: Sequence[str], required: Sequence[str], make: Callable[[int, Cells], Row]
) -> tuple[list[Row], list[RowProblem]]:
    """Return what `make` made of the good rows, and a problem for each bad one; `make` raises `Refused`.

    A wrong heading, or a text that is no CSV, is one problem for all.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        heading = list(reader.fieldnames or ())
    except csv.Error as error:
        return [], [RowProblem(1, f"the file is not CSV: {error}")]
    if problem := _heading_problem(heading, columns, required):
        return [], [problem]
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for record in _records(reader):
        row = record if isinstance(record, RowProblem) else _made(reader.reader.line_num, record, required, make)
        if isinstance(row, RowProblem):
            problems.append(row)
        else:
            rows.append(row)
    return rows, problems


def days(cells: Cells, first: str, last: str) -> tuple[date, date]:
    """Return the first and the last day, which may be left open. Raises `Refused`."""
    first_on = day(cells, first)
    last_on = day(cells, last) if cells.get(last) else FOREVER
    if last_on < first_on:
        raise Refused(f"{last} {last_on} lies before {first} {first_on}")
    return first_on, last_on


def day(cells: Cells, column: str) -> date:
    """Return a date. Raises `Refused`."""
    try:
        if _DATE.fullmatch(cells[column]):
            return date.fromisoformat(cells[column])
    except ValueError:
        pass  # 2026-02-30 is written as a date and is none
    raise Refused(f"{column} {cells[column]!r} is not a date; write it as 2026-09-01")


def amount(cells: Cells, column: str) -> Cents:
    """Return an amount in cents. Raises `Refused`."""
    try:
        return parse_cents(cells[column])
    except AmountInvalid as error:
        raise Refused(f"{column}: {error}") from error


def _heading_problem(names: Sequence[str], columns: Sequence[str], required: Sequence[str]) -> RowProblem | None:
    for wrong, what in (
        ([column for column in required if column not in names], "the heading lacks"),
        ([column for column in names if column not in columns], "unknown column"),
        ([column for column in columns if names.count(column) > 1], "the heading repeats"),
    ):
        if wrong:
            return RowProblem(1, f"{what} {', '.join(wrong)}; expected {','.join(columns)}")
    return None


def _records(reader: "csv.DictReader[str]") -> Iterator[Cells | RowProblem]:
    """Yield the cells of each record, or a problem where the CSV itself is wrong."""
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowProblem(reader.reader.line_num, f"the line is not CSV: {error}")
            continue
        if None in record or None in record.values():
            reason = "the number of values differs from the heading; quote a value that holds a comma"
            yield RowProblem(reader.reader.line_num, reason)
            continue
        yield {column: cell.strip() for column, cell in record.items()}


def _made(line: int, cells: Cells, required: Sequence[str], make: Callable[[int, Cells], Row]) -> Row | RowProblem:
    empty = [column for column in required if not cells[column]]
    if empty:
        return RowProblem(line, f"{', '.join(empty)} must be filled in")
    try:
        return make(line, cells)
    except Refused as refused:
        return RowProblem(line, str(refused))
