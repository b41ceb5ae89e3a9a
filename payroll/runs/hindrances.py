"""What keeps a run that was begun from being finished: told to whoever waits for it, and shown until it is gone."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import Database
from payroll.errors import PayrollError
from payroll.runs import lifecycle, problems
from payroll.runs.models import PayRun, RunState
from payroll.runs.problems import EVERYBODY, Problem

OTHER_LAW, BROKEN = "other_law", "run_broken"


class RunHeld(PayrollError):
    """A run that was begun cannot be finished yet."""

    rule = ""

    def __init__(self, run: PayRun, why: str) -> None:
        self.run_id = run.id
        super().__init__(f"run {run.number} of {run.period} (id {run.id}) {why}")


class OtherLaw(RunHeld):
    """A run was begun with other law tables, or by another version of the program, than there are now."""

    rule = OTHER_LAW

    def __init__(self, run: PayRun) -> None:
        super().__init__(
            run,
            "was begun with other law tables, or by another version of the program, than there are now; "
            f"put those back and it goes on, or begin it anew with `balie payroll begin-anew {run.id}`",
        )


class PartsBroken(RunHeld):
    """The program failed on parts of a run; the others are done, and these are tried again."""

    rule = BROKEN

    def __init__(self, run: PayRun, faults: dict[int, str]) -> None:
        named = ", ".join(f"{part} ({fault})" for part, fault in faults.items())
        super().__init__(run, f"cannot be finished: the program failed on part {named}; it is tried again")


async def show(database: Database, now: datetime, held: RunHeld) -> bool:
    """Show why a run is held, unless some process finished it meanwhile; return whether it is still open."""
    async with database.transaction() as session:
        run = await lifecycle.locked(session, held.run_id)
        if run.state != RunState.OPEN:
            return False
        problem = Problem(EVERYBODY, held.rule, run.period, str(held))
        await problems.replace(session, lifecycle.hindrance_source(run), [problem], now)
        return True


async def clear(session: AsyncSession, run: PayRun, now: datetime) -> None:
    """Take back what was shown of a run: it is finished, or begins anew."""
    await problems.replace(session, lifecycle.hindrance_source(run), (), now)
