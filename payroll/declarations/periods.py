"""Makes what is declared of a quarter and of a year, from the runs that were paid; a later run makes a new version."""

from collections.abc import Sequence

from casework.clock import Clock, local_date
from casework.db import Database, insert_once
from payroll import reconciliation
from payroll.declarations import outputs, quarter, tax_sheets, year_ledger
from payroll.declarations.outputs import Made, OutputKind
from payroll.runs.models import JobClaim, PayRun
from payroll.runs.pay_day import is_quiet_hour

MONTHS_OF_QUARTER = 3
QUARTERS = 4
READY_ON = 5
"""The day of the month from which the outputs of the quarter or year before are made."""


async def make_quarter(database: Database, clock: Clock, year: int, number: int) -> Made:
    """Make and keep the rows of a quarter for social security."""
    async with database.reading() as session:
        runs = await year_ledger.settled_runs(session)
        booked = await year_ledger.of_months(session, runs, quarter.months(year, number))
        content = quarter.as_json_lines(await quarter.rows(session, booked))
    key = f"{year}-Q{number}-{_last(runs)}"
    return await _keep(database, clock, await outputs.made(OutputKind.QUARTER, key, f"quarter-{key}.jsonl", content))


async def make_year(database: Database, clock: Clock, year: int) -> Made:
    """Make and keep the tax sheets of an income year. Raises `NotReconciled`."""
    async with database.reading() as session:
        runs = await year_ledger.settled_runs(session)
        people = await year_ledger.of_year(session, runs, year)
        known_at = runs[-1].known_at if runs else clock.now()
        sheets = await tax_sheets.sheets(session, people, year, known_at)
    reconciliation.of_sheets(people, sheets)
    key = f"{year}-{_last(runs)}"
    content = tax_sheets.as_xml(year, sheets)
    return await _keep(database, clock, await outputs.made(OutputKind.TAX_SHEETS, key, f"281.10-{key}.xml", content))


async def make_due_outputs(database: Database, clock: Clock) -> list[Made]:
    """Make the outputs of the last quarter and the last year, each once, when their time has come."""
    now = clock.now()
    today = local_date(now)
    if is_quiet_hour(now) or today.day < READY_ON:
        return []
    number = (today.month - 1) // MONTHS_OF_QUARTER
    year, last_quarter = (today.year, number) if number else (today.year - 1, QUARTERS)
    made = []
    if not await _had_its_turn(database, "quarter", year * QUARTERS + last_quarter):
        made.append(await make_quarter(database, clock, year, last_quarter))
        await _claim(database, clock, "quarter", year * QUARTERS + last_quarter)
    if not await _had_its_turn(database, "year", today.year - 1):
        made.append(await make_year(database, clock, today.year - 1))
        await _claim(database, clock, "year", today.year - 1)
    return made


async def _had_its_turn(database: Database, job: str, turn: int) -> bool:
    async with database.reading() as session:
        return await session.get(JobClaim, (job, turn)) is not None


async def _claim(database: Database, clock: Clock, job: str, turn: int) -> None:
    """Say that a turn is over, once its output is kept: of one that was killed before that, another makes it again.

    Two who make it at the same time make the same bytes, which are kept once.
    """
    async with database.transaction() as session:
        await insert_once(session, JobClaim, {"job": job, "turn": turn, "claimed_at": clock.now()})


async def _keep(database: Database, clock: Clock, made: Made) -> Made:
    async with database.transaction() as session:
        await outputs.keep(session, made, clock.now())
    return made


def _last(runs: Sequence[PayRun]) -> int:
    return runs[-1].id if runs else 0
