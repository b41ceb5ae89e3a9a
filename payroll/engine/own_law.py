"""The law as an administration keeps it: a folder with tables that replace ours, its pay scales, and what was signed.

`NAME.yaml` replaces the table of that name, `scales.csv` holds the pay scales, and `signatures.csv` says until when
which officer signed for which table of figures that nobody verified: one row for each table. What officers sign
for on the desk stands beside it, and of both the signature that reaches furthest holds.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from payroll.engine.errors import LawFileInvalid
from payroll.engine.parameters import ParameterSet, with_replacements, with_scales

SCALES, SIGNATURES = "scales.csv", "signatures.csv"
COLUMNS = ["table", "until", "signed_by", "reason"]


def read(folder: Path) -> ParameterSet:
    """Return the law that ships with the engine and, before it, what the folder says.

    Raises LawFileInvalid, with file and line, for a fault in one of its files and for a file of another name.
    """
    if not folder.is_dir():
        raise LawFileInvalid(folder, 1, "there is no such folder")
    for path in sorted(folder.iterdir()):
        if path.suffix != ".yaml" and path.name not in (SCALES, SIGNATURES):
            raise LawFileInvalid(path, 1, f"expected tables of the law (NAME.yaml), {SCALES} or {SIGNATURES}")
    law = with_replacements({path.stem: path for path in sorted(folder.glob("*.yaml"))})
    if (folder / SCALES).exists():
        law = with_scales(law, folder / SCALES)
    if (folder / SIGNATURES).exists():
        for table, until in _signatures(folder / SIGNATURES, law):
            law = law.signed(table, until)
    return law


def _signatures(path: Path, law: ParameterSet) -> Iterator[tuple[str, date]]:
    """Yield each table with the day until which somebody signed for it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LawFileInvalid(path, 1, f"cannot be read: {error}") from error
    if not rows or rows[0][1] != COLUMNS:
        raise LawFileInvalid(path, 1, f"the columns must be {', '.join(COLUMNS)}")
    signed: dict[str, int] = {}
    for line, row in rows[1:]:
        if len(row) != len(COLUMNS) or not all(cell.strip() for cell in row):
            raise LawFileInvalid(path, line, f"fill in {', '.join(COLUMNS)}")
        if row[0] not in law.tables:
            raise LawFileInvalid(path, line, f"there is no table {row[0]!r}")
        if row[0] in signed:
            raise LawFileInvalid(path, line, f"{row[0]!r} is signed for in line {signed[row[0]]}; keep one row of it")
        signed[row[0]] = line
        yield row[0], _day(path, line, row[1])


def _day(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise LawFileInvalid(path, line, f"until {text!r} is not a date; write it as 2026-12-31") from error
