"""Says on a case's timeline what it changes in pay, month by month: the engine with its facts, and without."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import THE_DESK
from payroll.effects.models import CaseEffect, EffectState
from payroll.effects.months_touched import MonthChange, changes_of
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.runs import problems
from payroll.runs import store as runs
from payroll.runs.problems import Problem

NO_RULE = "no_rule"


async def show_months(
    session: AsyncSession, case: Case, effect: CaseEffect, parameters: ParameterSet, now: datetime
) -> None:
    """Enter what changes in the months that can be calculated; the others stay, each with its problem.

    What a colleague's pay comes to is not told on the timeline of whoever filed the case.
    """
    person_id = effect.person_id or case.requester_id
    known = await facts_store.all_of_person(session, person_id) if effect.months_to_show else ()
    shown: list[MonthChange] = []
    left: dict[str, Problem] = {}
    paid_with = await runs.paid_with(session, person_id, effect.known_from)
    months = [PayMonth.parse(period) for period in effect.months_to_show]
    for month, change in changes_of(known, person_id, months, effect.known_from, parameters, paid_with).items():
        if isinstance(change, Problem):
            left[str(month)] = change
        else:
            shown.append(change)
    entries = [
        {"period": month.period, "wage_type": line["wage_type"], "amount": line["difference"]}
        for month in shown
        for line in month.lines
    ]
    says_all = not effect.needs_officer and (shown or not left)
    if person_id == case.requester_id and (entries or says_all):
        _enter(session, case, EventKind.PAY_EFFECT, {"months": entries}, now)
    effect.shown = [*effect.shown, *(month.as_kept for month in shown)]
    effect.months_to_show = list(left)
    effect.state = EffectState.APPLIED if left else EffectState.KEPT if effect.needs_officer else EffectState.COMPLETE
    await show_problems(session, case, [*left.values(), *_for_officer(person_id, case, effect)], now)


def _for_officer(person_id: int, case: Case, effect: CaseEffect) -> list[Problem]:
    """Return what an officer has to add to the facts of a case."""
    if not effect.needs_officer:
        return []
    kept = ", ".join(effect.needs_officer)
    message = f"the facts of {case.form_key} are kept, and no rule of the engine works out {kept}: enter the amount"
    return [Problem(person_id, NO_RULE, None, message)]


async def show_problems(session: AsyncSession, case: Case, found: Sequence[Problem], now: datetime) -> None:
    """Put these problems in the place of the case's earlier ones; the timeline hears of them when they are new."""
    data = [
        {
            "table": problem.rule,
            "on": problem.on.isoformat() if problem.on is not None else None,
            "period": problem.period,
            "message": problem.message,
        }
        for problem in found
    ]
    before = {(shown.rule, shown.on, shown.period, shown.message) for shown in await problems.of_case(session, case.id)}
    if {(problem.rule, problem.on, problem.period, problem.message) for problem in found} - before:
        _enter(session, case, EventKind.PROBLEM, {"problems": data}, now)
    await problems.replace(session, f"case {case.number}", found, now, case_id=case.id)


def _enter(session: AsyncSession, case: Case, kind: EventKind, data: dict[str, Any], now: datetime) -> None:
    messages.enter(session, case_id=case.id, kind=kind, actor=THE_DESK, channel=Channel.SYSTEM, at=now, data=data)
