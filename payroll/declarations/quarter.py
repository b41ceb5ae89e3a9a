"""The rows of a quarter for social security, with the codes that have a source; what has none is named as missing."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people.models import Person, Statute
from payroll.engine.money import Cents, format_cents
from payroll.engine.wage_types import WageType

EMPLOYEE = "495"
ORDINARY_PAY = "1"
SPECIAL_CONTRIBUTION, HOLIDAY_RETENTION, WORK_BONUS = ("90001", "856"), ("90002", "870"), ("90110", "0001")
MONTHS_OF_QUARTER = 3
MISSING = ("employer_category", "contribution_rates", "occupation", "public_sector_career_data")
MISSING_FOR_STATUTORY = ("worker_code", *MISSING)
MISSING_FOR_ALLOWANCE = ("remuneration_code_of_end_of_year_allowance",)
PAID_APART = "15"
"""From here on wage types of pay are paid apart from the month."""


def months(year: int, quarter: int) -> frozenset[str]:
    """Return the months of a quarter, such as 2026-07 to 2026-09 for the third."""
    first = (quarter - 1) * MONTHS_OF_QUARTER + 1
    return frozenset(f"{year:04d}-{month:02d}" for month in range(first, first + MONTHS_OF_QUARTER))


async def rows(session: AsyncSession, booked: Mapping[int, Counter[str]]) -> list[dict[str, Any]]:
    """Return the row of each worker on whom something was booked, in the order of their ids."""
    query = select(Person.id, Person.employee_number, Person.national_number, Person.statute)
    people = {
        id_: (number, national_number, statute)
        for id_, number, national_number, statute in await session.execute(query)
        if id_ in booked
    }
    return [_row(*people[person_id], amounts) for person_id, amounts in booked.items()]


def _row(employee_number: str, national_number: str | None, statute: str, amounts: Counter[str]) -> dict[str, Any]:
    contractual = statute == Statute.CONTRACTUAL
    blocks = (
        (SPECIAL_CONTRIBUTION, amounts["special_contribution"] + amounts["special_contribution_quarter"]),
        (HOLIDAY_RETENTION, amounts["exceptional_contribution"]),
        (WORK_BONUS, amounts["work_bonus_a"] + amounts["work_bonus_b"]),
    )
    return {
        "employee_number": employee_number,
        "national_number": national_number,
        "statute": statute,
        "worker_code": EMPLOYEE if contractual else None,
        "remunerations": [{"code": ORDINARY_PAY, "amount": format_cents(_pay(amounts))}],
        "blocks": [
            {"block": block, "code": code, "amount": format_cents(cents)} for (block, code), cents in blocks if cents
        ],
        "missing": [*(MISSING if contractual else MISSING_FOR_STATUTORY), *_missing_apart(amounts)],
    }


def _pay(amounts: Counter[str]) -> Cents:
    """Return the ordinary pay: what is paid apart is not declared under its code."""
    return sum(cents for name, cents in amounts.items() if "10" <= WageType[name.upper()].value < PAID_APART)


def _missing_apart(amounts: Counter[str]) -> tuple[str, ...]:
    return MISSING_FOR_ALLOWANCE if amounts["end_of_year_allowance"] else ()


def as_json_lines(found: list[dict[str, Any]]) -> bytes:
    """Return the rows as a file, one JSON object on each line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found).encode()
