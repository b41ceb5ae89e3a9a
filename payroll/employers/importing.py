"""Brings employers in from a CSV file: a bad row is refused with its line and what to do; twice is the same as once."""

import csv
import re
from collections.abc import Mapping
from io import StringIO

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.be import vat

from casework.people.importing import RowProblem
from casework.people.models import Organisation
from payroll.employers.models import PayEmployer

COLUMNS = (
    "organisation", "name", "enterprise_number", "street", "building", "postcode", "town", "country", "iban",
    "cutoff_days",
)  # fmt: skip
LATEST_CUT_OFF = 15
_DAYS = re.compile(r"\d{1,2}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


async def import_employers(session: AsyncSession, text: str) -> tuple[int, list[RowProblem]]:
    """Keep the employers of a file in the place of what was known, and return how many there are, and what is wrong.

    Where anything is wrong the caller's transaction is to be taken back.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        return 0, [RowProblem(1, f"the heading has to be {','.join(COLUMNS)}")]
    known = {name: id_ for name, id_ in await session.execute(select(Organisation.name, Organisation.id))}
    problems, kept = [], 0
    for cells in reader:
        row = {column: (cells[column] or "").strip() for column in COLUMNS}
        if problem := _problem(row, known):
            problems.append(RowProblem(reader.line_num, problem))
            continue
        await session.merge(_employer(row, known[row["organisation"]]))
        kept += 1
    return kept, problems


def _problem(row: Mapping[str, str], known: Mapping[str, int]) -> str | None:
    empty = [column for column in COLUMNS if not row[column]]
    checks = (
        (bool(empty), f"{', '.join(empty)} must be filled in"),
        (row["organisation"] not in known, f"there is no organisation {row['organisation']!r}; import people first"),
        (not vat.is_valid(row["enterprise_number"]), f"{row['enterprise_number']!r} is not an enterprise number"),
        (not is_iban(row["iban"]), f"{row['iban']!r} is not an IBAN"),
        (not _COUNTRY.fullmatch(row["country"]), "country has to be a code of two letters, such as BE"),
        (not _may_be_cut_off(row["cutoff_days"]), f"cutoff_days has to be from 0 to {LATEST_CUT_OFF}"),
    )
    return next((reason for is_wrong, reason in checks if is_wrong), None)


def is_iban(text: str) -> bool:
    """Return whether a text is an IBAN: country, length, structure and check digits (ISO 13616)."""
    try:
        IBAN(text)
    except SchwiftyException:
        return False
    return True


def _may_be_cut_off(text: str) -> bool:
    return bool(_DAYS.fullmatch(text)) and int(text) <= LATEST_CUT_OFF


def _employer(row: Mapping[str, str], organisation_id: int) -> PayEmployer:
    return PayEmployer(
        organisation_id=organisation_id,
        name=row["name"],
        enterprise_number=vat.compact(row["enterprise_number"]),
        street=row["street"],
        building=row["building"],
        postcode=row["postcode"],
        town=row["town"],
        country=row["country"],
        iban=IBAN(row["iban"]).compact,
        cutoff_days=int(row["cutoff_days"]),
    )
