"""Reads pay scales from a CSV file of the operator, since no scale ships with the desk: strict, with file and line.

Columns: scale, step, annual_at_100 (euro at pivot 138.01), valid_from, valid_to (empty while it holds), source. A step
of a scale has one amount on each day. The packaged sample shows the form; its two steps are no scale.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from payroll.engine.errors import AmountInvalid, LawFileInvalid, ParameterMissing
from payroll.engine.money import Cents, CentsColumn, parse_cents

TABLE = "scales"
_YEARS = re.compile(r"\d{1,3}", re.ASCII)
COLUMNS = ("scale", "step", "annual_at_100", "valid_from", "valid_to", "source")
SAMPLE = Path(__file__).parent / "scales" / "sample.csv"


@dataclass(frozen=True)
class ScaleStep:
    """The annual amount of one step at pivot 138.01, from one date to another, both included."""

    annual: Cents
    valid_from: date
    valid_to: date
    source: str
    line: int


@dataclass(frozen=True)
class Scales:
    """All steps of all scales of one file, each with its amounts in the order of time."""

    steps: Mapping[tuple[str, str], Sequence[ScaleStep]]

    def step(self, scale: str, step: str, on: date) -> ScaleStep:
        """Return a step on a date; raises ParameterMissing with the scale, the step and the date."""
        for each in self.steps.get((scale, step), ()):
            if each.valid_from <= on <= each.valid_to:
                return each
        raise ParameterMissing(TABLE, on, f"{scale}, {step}")

    def by_seniority(self, scale: str, years: int, on: date) -> ScaleStep:
        """Return the highest step that this many years reach: a step is named by its years, such as "5 years".

        Raises ParameterMissing with the scale, the years and the date.
        """
        named = {int(found[0]): step for of, step in self.steps if of == scale and (found := _YEARS.match(step))}
        reached = [begun for begun in named if begun <= years]
        if not reached:
            raise ParameterMissing(TABLE, on, f"{scale}, {years} years")
        return self.step(scale, named[max(reached)], on)

    def annual_amounts(self, placed: Sequence[tuple[str, str]], on: date) -> CentsColumn:
        """Return the annual amount at pivot 138.01 of each person's scale and step, in cents."""
        found = {place: self.step(*place, on).annual for place in set(placed)}
        return np.array([found[place] for place in placed], dtype=np.int64)


NONE = Scales({})
"""No scale at all: none ships with the desk."""


def read_scale_file(path: Path) -> Scales:
    """Read and check a file of scales; raises LawFileInvalid with the line of the first fault."""
    steps: dict[tuple[str, str], list[ScaleStep]] = {}
    for line, row in _rows(path):
        step = _step(path, line, row)
        steps.setdefault((row["scale"], row["step"]), []).append(step)
    for (scale, name), dated in steps.items():
        dated.sort(key=lambda step: step.valid_from)
        for earlier, later in pairwise(dated):
            if later.valid_from <= earlier.valid_to:
                raise LawFileInvalid(path, later.line, f"{scale}, {name} overlaps line {earlier.line}")
            if later.valid_from != earlier.valid_to + timedelta(days=1):
                reason = f"{scale}, {name} has no amount between {earlier.valid_to} and {later.valid_from}"
                raise LawFileInvalid(path, later.line, reason)
    return Scales(steps)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            head = next(reader, [])
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LawFileInvalid(path, 1, f"cannot be read: {error}") from error
    if tuple(head) != COLUMNS:
        raise LawFileInvalid(path, 1, f"the columns must be {', '.join(COLUMNS)}")
    for line, row in rows:
        if len(row) != len(COLUMNS):
            raise LawFileInvalid(path, line, f"expected {len(COLUMNS)} values, found {len(row)}")
    if not rows:
        raise LawFileInvalid(path, 1, "there is no step; add a line for each step")
    return [(line, dict(zip(COLUMNS, row, strict=True))) for line, row in rows]


def _step(path: Path, line: int, row: Mapping[str, str]) -> ScaleStep:
    for name in ("scale", "step", "source"):
        if not row[name].strip():
            raise LawFileInvalid(path, line, f"{name} is empty")
    try:
        annual = parse_cents(row["annual_at_100"])
        valid_from = date.fromisoformat(row["valid_from"])
        valid_to = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
    except (AmountInvalid, ValueError) as error:
        raise LawFileInvalid(path, line, str(error)) from error
    if valid_to < valid_from:
        raise LawFileInvalid(path, line, f"valid_to {valid_to} lies before valid_from {valid_from}")
    return ScaleStep(annual, valid_from, valid_to, row["source"], line)
