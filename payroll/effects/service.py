"""Makes facts of closed cases, each exactly once, and writes on their timeline what changes in pay and when."""

from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import store as cases
from casework.cases.models import Case
from casework.catalogue.models import Catalogue
from casework.clock import Clock
from casework.db import Database
from payroll.effects import declared, making, showing, store
from payroll.effects.models import CaseEffect, EffectState
from payroll.effects.months_touched import months_touched
from payroll.effects.statements import Unclear
from payroll.engine.parameters import ParameterSet
from payroll.facts import service as facts
from payroll.runs.problems import Problem
from payroll.settings import PayrollSettings
from payroll.signatures import service as signatures

UNKNOWN_FORM = "unknown_form"
log = structlog.get_logger()


async def apply_closed_cases(
    database: Database, clock: Clock, catalogue: Catalogue, parameters: ParameterSet, settings: PayrollSettings
) -> int:
    """Hand every closed case that touches pay to payroll, each in a transaction of its own.

    A case that cannot be applied becomes a problem that is shown and tried again, and stops no other one. However
    often this runs, and however many processes run it, a case becomes facts once. Returns how many were looked at.
    """
    effects = declared.packaged()
    async with database.reading() as session:
        due = await store.due(
            session,
            forms_without_effect=declared.forms_without_effect(catalogue),
            mapped=declared.effects_with_facts(catalogue, effects),
            tried_before=clock.now() - settings.retry_after,
            now=clock.now(),
        )
    for case_id in due:
        try:
            async with database.transaction() as session:
                await apply_case(session, clock, catalogue, parameters, case_id)
        except OperationalError:
            raise  # the database is away: that is no fault of the case, and the next turn tries again
        except Exception as fault:
            log.exception("case_not_applied", case_id=case_id)
            async with database.transaction() as session:
                await _note_fault(session, clock, catalogue, case_id, type(fault).__name__)
    return len(due)


async def apply_case(
    session: AsyncSession, clock: Clock, catalogue: Catalogue, parameters: ParameterSet, case_id: int
) -> None:
    """Make facts of one closed case, unless it has become facts before, and show what they change in pay.

    A case that was opened again or merged meanwhile is left alone.
    """
    moment = await facts.next_moment(session, clock)
    law = await signatures.in_force(session, parameters, moment)
    case = await cases.locked(session, case_id)
    if not case.is_closed or case.is_merged or (case.final_at is not None and clock.now() < case.final_at):
        return
    effect = await _effect(session, catalogue, case, moment)
    if not EffectState(effect.state).has_facts:
        problem = await _make_facts(session, catalogue, law, case, effect, moment)
        if problem is not None:
            await showing.show_problems(session, case, [problem], clock.now())
            return
    if effect.state != EffectState.COMPLETE:
        await showing.show_months(session, case, effect, law, clock.now())


async def _effect(session: AsyncSession, catalogue: Catalogue, case: Case, moment: datetime) -> CaseEffect:
    """Return the effect of a case as it stands, or a new one, tried at this moment."""
    form = catalogue.form(case.form_key or "")
    name = form.payroll.kind.value if form is not None else UNKNOWN_FORM
    effect = await store.effect(session, case.id, name)
    if effect is None:
        effect = CaseEffect(
            case_id=case.id,
            effect=name,
            state=EffectState.PROBLEM,
            known_from=moment,
            months_to_show=[],
            shown=[],
            needs_officer=[],
        )
        session.add(effect)
    effect.tried_at = moment
    return effect


async def _make_facts(
    session: AsyncSession,
    catalogue: Catalogue,
    parameters: ParameterSet,
    case: Case,
    effect: CaseEffect,
    moment: datetime,
) -> Problem | None:
    """Write the facts of a case and mark it as applied; or return why they cannot be written."""
    form_effect = declared.packaged().get(case.form_key or "")
    if form_effect is None or catalogue.form(case.form_key or "") is None:
        effect.state = EffectState.BY_HAND
        message = f"nothing is declared for the form {case.form_key}: enter the fact by hand"
        return Problem(case.requester_id, effect.effect, None, message)
    made = await making.make(session, case, form_effect, effect.effect, moment)
    if isinstance(made, Unclear):
        effect.state = EffectState.PROBLEM
        return Problem(case.requester_id, made.rule, None, made.message, made.on)
    session.add_all(made.facts)
    await session.flush()
    effect.state = EffectState.APPLIED
    effect.known_from = moment
    effect.person_id = made.person_id
    effect.needs_officer = made.needs_officer
    touched = months_touched([*made.known, *made.facts], made.first_on, made.last_on, moment, parameters)
    effect.months_to_show = [str(month) for month in touched]
    return None


async def _note_fault(session: AsyncSession, clock: Clock, catalogue: Catalogue, case_id: int, fault: str) -> None:
    """Show a case that broke the program as a problem, so that somebody sees it and it waits for its next turn."""
    moment = await facts.next_moment(session, clock)
    case = await cases.by_id(session, case_id)
    await _effect(session, catalogue, case, moment)
    message = f"the program failed on this case ({fault}); it is tried again, or enter the fact by hand"
    await showing.show_problems(session, case, [Problem(case.requester_id, "program", None, message)], clock.now())
