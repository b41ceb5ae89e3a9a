"""The law as an administration keeps it: a folder with tables that replace ours, its pay scales, and its readings.

`NAME.yaml` replaces the table of that name, `scales.csv` holds the pay scales, `readings.yaml` says how disputed points
are read. For figures that nobody verified officers sign on the desk, one after the other; no file signs for them.
"""

from pathlib import Path

from payroll.engine.errors import LawFileInvalid
from payroll.engine.parameters import ParameterSet, with_replacements, with_scales
from payroll.engine.readings_file import read_readings_file

SCALES = "scales.csv"
READINGS = "readings.yaml"
SIGNATURES = "signatures.csv"
"""A file by which one name alone once signed: refused, with what to do in its stead."""


def read(folder: Path) -> ParameterSet:
    """Return the law that ships with the engine and, before it, what the folder says.

    Raises LawFileInvalid, with file and line, for a fault in one of its files and for a file of another name.
    """
    if not folder.is_dir():
        raise LawFileInvalid(folder, 1, "there is no such folder")
    for path in sorted(folder.iterdir()):
        if path.name == SIGNATURES:
            raise LawFileInvalid(path, 1, "take it away, and let two officers sign on the page /admin/payroll/law")
        if path.suffix != ".yaml" and path.name != SCALES:
            raise LawFileInvalid(path, 1, f"expected tables of the law (NAME.yaml), {SCALES} or {READINGS}")
    law = with_replacements({path.stem: path for path in sorted(folder.glob("*.yaml")) if path.name != READINGS})
    if (folder / SCALES).exists():
        law = with_scales(law, folder / SCALES)
    if (folder / READINGS).exists():
        law = law.read_by(read_readings_file(folder / READINGS))
    return law
