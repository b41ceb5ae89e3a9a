"""The monthly run: at each employer's cut-off, once, however many processes keep the schedule."""

from datetime import date

import structlog

from casework.calendars import store as calendars
from casework.calendars.working_time import WorkingCalendar
from casework.clock import Clock, local_date
from casework.db import Database
from payroll.employers import store as employers
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.runs import service
from payroll.runs.hindrances import RunHeld
from payroll.runs.pay_day import cut_off, is_quiet_hour
from payroll.runs.service import Order
from payroll.settings import PayrollSettings

log = structlog.get_logger()

CUT_OFF_DAYS = 5
"""Working days before the pay day at which everybody is run where no employer is known."""


async def run_due_months(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings
) -> list[int]:
    """Finish what was interrupted, and run the present month of each employer whose cut-off has come.

    Returns the runs that this call made: none in the hour in which clocks change, none that another made, and none
    while a run cannot be finished, which is shown on the payroll page.
    """
    if is_quiet_hour(clock.now()):
        return []
    try:
        await service.resume(database, clock, parameters)
        return await _run_due(database, clock, parameters, settings)
    except RunHeld as held:
        log.warning("pay_run_held", run=held.run_id, why=str(held))
        return []


async def _run_due(database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings) -> list[int]:
    today = local_date(clock.now())
    month = PayMonth.of(today)
    due = [population for population, on in await _cut_offs(database, month) if on <= today]
    made = []
    for organisation_id in due:
        order = Order(month, organisation_id)
        job = "monthly run" if organisation_id is None else f"monthly run {organisation_id}"
        run_id = await service.carry_out_once(database, clock, parameters, settings, order, job)
        made += [run_id] if run_id is not None else []
    return made


async def _cut_offs(database: Database, month: PayMonth) -> list[tuple[int | None, date]]:
    """Return whose pay is run, and on which day it is cut off: each employer's people, or everybody's."""
    async with database.reading() as session:
        known = await employers.all_employers(session)
        by_organisation = await calendars.of_organisations(session, [one.organisation_id for one in known])
    if not known:
        return [(None, cut_off(month, WorkingCalendar(), CUT_OFF_DAYS))]
    return [
        (one.organisation_id, cut_off(month, by_organisation[one.organisation_id], one.cutoff_days)) for one in known
    ]
