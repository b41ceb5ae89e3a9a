"""Household and residence allowance: haard- en standplaatstoelage / allocation de foyer et de résidence."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from payroll.engine.brackets import UNBOUNDED, Brackets, find_rows
from payroll.engine.household import FlagColumn
from payroll.engine.money import MONTHS_OF_YEAR, RATE_SCALE, CentsColumn, truncate_to_cent
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.readings import AllowanceTaper, Readings
from payroll.engine.rules import indexation
from payroll.engine.rules.indexation import indexed
from payroll.engine.rules.part_month import WorkingTime, part_time_pay

TABLE = "household_residence_allowance"
TAPER_TABLE = "household_residence_taper"


@dataclass(frozen=True)
class Entitled:
    """Who has the household allowance and who the residence allowance; nobody has both."""

    household: FlagColumn
    residence: FlagColumn


def tables(readings: Readings) -> tuple[str, ...]:
    """Return the tables of the allowance, by the chosen reading."""
    return (TAPER_TABLE if readings.allowance_taper is AllowanceTaper.TAPERED else TABLE, indexation.TABLE)


def allowance_law(on: date, parameters: ParameterSet) -> dict[str, InForce]:
    """Return the tables of the allowance on a date.

    Raises PastVerified with the table's name for the unverified taper, unless an officer signed for it.
    """
    return parameters.all_in_force(tables(parameters.readings), on)


def household_residence_allowance(
    annual: CentsColumn, entitled: Entitled, working_time: WorkingTime, law: dict[str, InForce]
) -> CentsColumn:
    """Return the month's allowance on an annual full-time pay at pivot 138.01 (KB/AR 13/07/2017).

    The amount at the pivot follows the coefficient, then the part of full time; each is truncated to the cent.
    """
    index = law[indexation.TABLE]
    month = _tapered if TAPER_TABLE in law else _by_bands
    rows = law.get(TAPER_TABLE) or law[TABLE]
    full_time = np.select(
        [entitled.household, entitled.residence],
        [month(annual, rows, index, "household"), month(annual, rows, index, "residence")],
        0,
    )
    return part_time_pay(full_time.astype(np.int64), working_time)


def _by_bands(annual: CentsColumn, law: InForce, index: InForce, kind: str) -> CentsColumn:
    return indexed(Brackets.of(law.rows(kind)).apply(annual), index)


def _tapered(annual: CentsColumn, law: InForce, index: InForce, kind: str) -> CentsColumn:
    rows = law.rows(kind)
    row = find_rows(np.array([each.cents_or("upto", UNBOUNDED) for each in rows], dtype=np.int64), annual)
    fixed = np.array([each.cents_or("base", 0) for each in rows], dtype=np.int64)[row]
    start = np.array([each.cents_or("less_pay_from", 0) for each in rows], dtype=np.int64)[row]
    year = np.where(start > 0, start - annual, fixed)
    return truncate_to_cent(year * index.rate("coefficient").ten_thousandths, RATE_SCALE * MONTHS_OF_YEAR)
