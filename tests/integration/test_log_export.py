"""The case log taken away as a file: everything that was chosen, and nothing that a spreadsheet would run."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from portal_site import Page, Site

from casework.audit import service as audit
from casework.cases import service
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.masking import mask_national_numbers
from casework.portal import log_export

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("https://elsewhere.example")',
    "=cmd|' /C calc'!A0",
]


async def open_case(site: Site, subject: str) -> None:
    async with site.database.transaction() as session:
        words = Words(text="words", channel=Channel.MAIL)
        await service.open_case(session, site.desk, site.cast.an, service.Request(subject=subject, words=words))


def rows_of(page: Page, kind: str) -> list[list[str]]:
    """Return the rows of a file as a spreadsheet would read them; a formula would not be a text."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(page.body.decode("utf-8-sig"), newline="")))
    book = openpyxl.load_workbook(io.BytesIO(page.body))
    rows = [list(row) for sheet in book for row in sheet.iter_rows()]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_no_cell_is_a_formula(site, kind):
    for subject in FORMULAS:
        await open_case(site, subject)
    page = await (await site.browser_of(site.cast.ada)).get(f"/admin/log/export?show=cases&format={kind}")
    assert (page.status, page.headers["Content-Disposition"]) == (
        200, f'attachment; filename="balie-cases-20260915-080000.{kind}"',
    )  # fmt: skip
    subjects = [row[1] for row in rows_of(page, kind)[1:]]
    assert len(subjects) == len(FORMULAS)
    assert [subject for subject in subjects if subject.startswith(log_export.FORMULA)] == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_file_holds_every_row_that_was_chosen_in_the_order_of_the_log(site, kind):
    for number in range(3):
        await open_case(site, f"Question {number}")
    case = await site.answered_case(site.cast.luc)
    ada = await site.browser_of(site.cast.ada)
    cases = rows_of(await ada.get(f"/admin/log/export?show=cases&person=peeters&format={kind}"), kind)
    assert [row[0] for row in cases] == ["Ticket", "HRB0000003", "HRB0000002", "HRB0000001"]
    events = rows_of(await ada.get(f"/admin/log/export?number={case.number}&format={kind}"), kind)
    assert [(row[2], row[3], row[4]) for row in events[1:]] == [
        ("Hanne Claes", "status", case.number),
        ("Hanne Claes", "answer", case.number),
        ("Hanne Claes", "status", case.number),
        ("Hanne Claes", "assigned", case.number),
        ("Luc Martin", "opened", case.number),
    ]
    mails = rows_of(await ada.get(f"/admin/log/export?show=mails&number={case.number}&format={kind}"), kind)
    assert "luc.martin@health.example" in {row[1] for row in mails}


async def test_an_export_is_itself_in_the_log_with_what_was_chosen(site):
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/log/export?person=Peeters&format=xlsx")
    [row] = rows_of(await ada.get("/admin/log/export?kind=export_log"), "csv")[2:]
    assert (row[2], row[3], row[6]) == ("Ada Bakker", "export_log", "list: events; format: xlsx; person: Peeters")


async def test_only_admins_take_the_log_away(site):
    for actor in (site.cast.an, site.cast.hanne):
        assert (await (await site.browser_of(actor)).get("/admin/log/export")).status == 403
    assert (await site.stranger().get("/admin/log/export")).status == 302


async def test_national_numbers_are_hidden_on_the_page_and_in_the_file(site):
    await open_case(site, "My number is 85.07.30-033.28, or 85073003328")
    async with site.database.transaction() as session:
        details = {"filename": "85.07.30-033.28.pdf"}
        now = site.desk.clock.now()
        audit.record(session, at=now, action="read_file", actor=site.cast.an, channel="web", details=details)
    ada = await site.browser_of(site.cast.ada)
    assert "downloaded the file ••.••.••-•••.••.pdf" in (await ada.get("/admin/log?kind=read_file")).text
    for page in (await ada.get("/admin/log?show=cases"), await ada.get("/admin/log/export?show=cases")):
        assert "033.28" not in page.text
        assert "85073003328" not in page.text
        assert page.text.count("••.••.••-•••.••") == 2


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("850730-033 28", "••.••.••-•••.••"),
        ("HRB0000001 of 2026-09-15", "HRB0000001 of 2026-09-15"),
        ("185073003328", "185073003328"),
        ("tel 02 740 79 64", "tel 02 740 79 64"),
    ],
)
def test_only_what_looks_like_a_national_number_is_hidden(text, masked):
    assert mask_national_numbers(text) == masked


@given(st.text(max_size=200))
def test_a_cell_never_begins_a_formula_and_keeps_its_words(text):
    cell = log_export.harmless(text)
    assert isinstance(cell, str)
    assert not cell.startswith(log_export.FORMULA)
    assert cell in {
        mask_national_numbers(text).replace("\x00", ""),
        "'" + mask_national_numbers(text).replace("\x00", ""),
    }


async def test_a_file_goes_on_over_many_chunks_and_sheets(tmp_path, database):
    async def chunks():
        for first in range(0, 25, 10):
            yield [(number, f"row {number}") for number in range(first, min(first + 10, 25))]

    path = tmp_path / "log.xlsx"
    await log_export.write_xlsx(path, ["n", "text"], chunks(), rows_of_a_sheet=20)
    book = openpyxl.load_workbook(path)
    assert [sheet.max_row for sheet in book] == [21, 6]
    assert [row[0].value for sheet in book for row in sheet.iter_rows(min_row=2)] == list(range(25))
    pieces = [piece async for piece in log_export.as_csv(["n", "text"], chunks())]
    assert b"".join(pieces).decode("utf-8-sig").splitlines()[-1] == '"24","row 24"'
