"""What an open month comes to, part by part of its people: a part about which nothing changed is not calculated again.

A fact is never changed or deleted, so how many are known about some people tells whether something became known.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import Database
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.known import KnownFact
from payroll.facts.models import Fact
from payroll.runs import cycles, reach
from payroll.runs.amounts import tax_of
from payroll.runs.engine_version import engine_version
from payroll.runs.hindrances import BROKEN
from payroll.runs.models import MonthPart
from payroll.runs.months import Calculation, calculate
from payroll.runs.problems import EVERYBODY, Problem
from payroll.runs.rows import insert_rows

log = structlog.get_logger()


@dataclass(frozen=True)
class PartSum:
    """What the people with ids from `first_id` on come to in a month, in cents, and what it was calculated from."""

    first_id: int
    digest: str
    people: int = 0
    gross: Cents = 0
    withholding_tax: Cents = 0
    net: Cents = 0
    problems: tuple[Problem, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether the program failed on these people: it may not the next time."""
        return any(problem.rule == BROKEN for problem in self.problems)


async def calculated(
    database: Database, month: PayMonth, known_at: datetime, parameters: ParameterSet, people_per_part: int
) -> list[PartSum]:
    """Return the parts of a month, those that changed since they were kept calculated again; nothing is kept here."""
    async with database.reading() as session:
        kept = await _kept(session, month)
        digests = await _digests(session, month, known_at, parameters, people_per_part)
    since = reach.needed_since(month, parameters)
    found = []
    for first_id, digest in digests.items():
        part = kept.get(first_id)
        if part is None or part.digest != digest or part.is_broken:
            async with database.reading() as session:
                people = (first_id, first_id + people_per_part - 1)
                known = await facts_store.of_month(session, month, known_at, people, since)
            with cycles.not_searched():
                calculation = await _calculated(known, month, known_at, parameters)
            part = _summed(first_id, digest, calculation)
        found.append(part)
    return found


async def _calculated(
    known: Mapping[int, Sequence[KnownFact]], month: PayMonth, known_at: datetime, parameters: ParameterSet
) -> Calculation:
    """Calculate some people; where the program fails on them that is their problem, and stops nobody else."""
    try:
        return await asyncio.to_thread(calculate, known, month, dict.fromkeys(known, known_at), parameters)
    except Exception as fault:
        log.exception("open_month_failed", month=str(month), people=(min(known), max(known)))
        message = f"the program failed ({type(fault).__name__}) on people {min(known)} to {max(known)}"
        return Calculation(problems={min(known): Problem(EVERYBODY, BROKEN, str(month), message)})


async def keep(session: AsyncSession, months: Mapping[PayMonth, Iterable[PartSum]]) -> None:
    """Keep the parts of these months, and of no other month."""
    await session.execute(delete(MonthPart))
    rows = [
        {**vars(part), "period": str(month), "problems": [_as_kept(problem) for problem in part.problems]}
        for month, parts in months.items()
        for part in parts
    ]
    await insert_rows(session, MonthPart, rows)


def _summed(first_id: int, digest: str, calculation: Calculation) -> PartSum:
    people = calculation.amounts.values()
    return PartSum(
        first_id,
        digest,
        len(people),
        sum(amounts.get("gross", 0) for amounts in people),
        sum(map(tax_of, people)),
        sum(amounts.get("net", 0) for amounts in people),
        tuple(dict.fromkeys(calculation.problems.values())),
    )


async def _digests(
    session: AsyncSession, month: PayMonth, known_at: datetime, parameters: ParameterSet, people_per_part: int
) -> dict[int, str]:
    """Return the digest of what each part of a month is calculated from, by the first id of the part."""
    number = (Fact.person_id // people_per_part).label("number")
    query = (
        select(number, func.count(), func.max(Fact.id))
        .where(*facts_store.touching(month, reach.needed_since(month, parameters)), Fact.known_from <= known_at)
        .group_by(number)
        .order_by(number)
    )
    law = (parameters.fingerprint, sorted(parameters.signed_until.items()), engine_version())
    return {
        part * people_per_part: hashlib.sha256(repr((law, month, people_per_part, facts, latest)).encode()).hexdigest()
        for part, facts, latest in await session.execute(query)
    }


async def _kept(session: AsyncSession, month: PayMonth) -> dict[int, PartSum]:
    rows = (await session.execute(select(MonthPart).where(MonthPart.period == str(month)))).scalars()
    return {
        row.first_id: PartSum(
            row.first_id,
            row.digest,
            row.people,
            row.gross,
            row.withholding_tax,
            row.net,
            tuple(_problem(kept) for kept in row.problems),
        )
        for row in rows
    }


def _as_kept(problem: Problem) -> dict[str, Any]:
    return {**vars(problem), "on": problem.on.isoformat() if problem.on is not None else None}


def _problem(kept: Mapping[str, Any]) -> Problem:
    return Problem(**{**kept, "on": date.fromisoformat(kept["on"]) if kept["on"] else None})
