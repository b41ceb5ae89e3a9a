"""Writes what an admin chose of the case log as CSV or XLSX, row by row, with nothing in it that a spreadsheet runs."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import xlsxwriter

from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.clock import BRUSSELS
from casework.db import Database
from casework.outbox.models import OutboxMail
from casework.people.masking import mask_national_numbers
from casework.people.models import Person
from casework.portal import case_log
from casework.portal.shell.log_filter import LogFilter
from casework.portal.shell.wording import sentence

CHUNK = 1_000
ROWS_OF_A_SHEET = 1_000_000  # XLSX knows 1,048,576
LONGEST_CELL = 32_000  # XLSX knows 32,767 characters
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet takes UTF-8 for something else

Cell = str | int
Row = tuple[Cell, ...]

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "events": (
        sentence("Entry"), sentence("When"), sentence("Who"), sentence("What"), sentence("Ticket"),
        sentence("Channel"), sentence("Details"),
    ),
    "cases": (
        sentence("Ticket"), sentence("Subject"), sentence("Requester"), sentence("Status"), sentence("Form"),
        sentence("Channel"), sentence("Opened"), sentence("Closed"),
    ),
    "mails": (
        sentence("Written"), sentence("To"), sentence("Subject"), sentence("Ticket"), sentence("State"),
        sentence("Attempts"), sentence("Sent"),
    ),
}  # fmt: skip


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula, without national numbers (OWASP, CSV injection)."""
    if isinstance(cell, int):
        return cell
    text = mask_national_numbers(cell)[:LONGEST_CELL].replace("\x00", "")
    return "'" + text if text.startswith(FORMULA) else text


def _moment(at: Any) -> str:
    return "" if at is None else at.astimezone(BRUSSELS).isoformat(sep=" ", timespec="seconds")


def _entry(entry: AuditEntry, number: str | None) -> Row:
    details = "; ".join(f"{key}: {value}" for key, value in entry.details.items())
    return (entry.id, _moment(entry.at), entry.actor, entry.action, number or "", entry.channel, details)


def _case(case: Case, person: Person) -> Row:
    opened, closed = _moment(case.opened_at), _moment(case.closed_at)
    status, form = case.status_value, case.form_key or ""
    return (case.number, case.subject, person.name, status, form, case.channel, opened, closed)


def _mail(mail: OutboxMail, number: str | None) -> Row:
    written, sent = _moment(mail.created_at), _moment(mail.sent_at)
    return (written, mail.to_address, mail.subject, number or "", mail.state, mail.attempts, sent)


ROW_OF: Mapping[str, Callable[..., Row]] = {"events": _entry, "cases": _case, "mails": _mail}


async def rows(database: Database, name: str, chosen: LogFilter) -> AsyncIterator[list[Row]]:
    """Return the rows of a list, the newest first, some at a time; no transaction lasts longer than one of these."""
    before: int | None = None
    while True:
        async with database.reading() as session:
            found = await case_log.below(session, name, chosen, before, CHUNK)
        yield [tuple(harmless(cell) for cell in ROW_OF[name](*row)) for row in found.rows]
        before = found.next_before
        if before is None:
            return


async def as_csv(headings: Sequence[str], chunks: AsyncIterator[list[Row]]) -> AsyncIterator[bytes]:
    """Return a CSV file, piece by piece."""
    yield (BYTE_ORDER_MARK + _csv([tuple(headings)])).encode()
    async for chunk in chunks:
        yield _csv(chunk).encode()


def _csv(written: Sequence[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(written)
    return text.getvalue()


async def write_xlsx(
    path: Path, headings: Sequence[str], chunks: AsyncIterator[list[Row]], *, rows_of_a_sheet: int = ROWS_OF_A_SHEET
) -> None:
    """Write an XLSX file; a sheet that is full is followed by another."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with closing(_Sheets(xlsxwriter.Workbook(str(path), options), headings, rows_of_a_sheet)) as sheets:
        async for chunk in chunks:
            await asyncio.to_thread(sheets.write, chunk)


class _Sheets:
    """The sheets of a workbook, filled one after the other."""

    def __init__(self, book: Any, headings: Sequence[str], rows_of_a_sheet: int) -> None:
        self._book = book
        self._most = rows_of_a_sheet
        self._headings = headings
        self._begin()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.write_row(0, 0, self._headings)
        self._next = 1

    def write(self, chunk: Sequence[Row]) -> None:
        for row in chunk:
            if self._next > self._most:
                self._begin()
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    self._sheet.write_number(self._next, column, cell)
                else:
                    self._sheet.write_string(self._next, column, cell)
            self._next += 1

    def close(self) -> None:
        self._book.close()
