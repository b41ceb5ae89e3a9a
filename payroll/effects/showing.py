"""Says on a case's timeline what it changes in pay, month by month: the engine with its facts, and without."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.clock import local_date
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import THE_DESK
from payroll.effects.models import CaseEffect, EffectState
from payroll.engine.money import format_cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.models import FactKind
from payroll.facts.service import TICK
from payroll.facts.timeline import FOREVER, within
from payroll.runs import problems
from payroll.runs.months import calculate, difference
from payroll.runs.problems import Problem


async def months_touched(session: AsyncSession, person_id: int, since: date, moment: datetime) -> list[str]:
    """Return the months with pay that a fact touches, from its first day up to the present month.

    A fact that begins later than that touches the month in which it begins.
    """
    known = await facts_store.of_person(session, person_id, FactKind.PAY)
    pay = within(facts_store.in_force(known, FactKind.PAY, moment), since, FOREVER)
    last = max(PayMonth.of(local_date(moment)), PayMonth.of(since))
    months = []
    month = PayMonth.of(max(since, pay[0].first_on)) if pay else last.following
    while month <= last:
        if within(pay, month.first_on, month.last_on):
            months.append(str(month))
        month = month.following
    return months


async def show_months(
    session: AsyncSession, case: Case, effect: CaseEffect, parameters: ParameterSet, now: datetime
) -> None:
    """Enter what changes in the months that can be calculated; the others stay, each with its problem."""
    entries: list[dict[str, str]] = []
    left: dict[str, Problem] = {}
    for period in effect.months_to_show:
        shown = await _changes(session, case.requester_id, effect, PayMonth.parse(period), parameters)
        if isinstance(shown, Problem):
            left[period] = shown
        else:
            entries += shown
    if len(left) < len(effect.months_to_show) or not left:
        _enter(session, case, EventKind.PAY_EFFECT, {"months": entries}, now)
    effect.months_to_show = list(left)
    effect.state = EffectState.APPLIED if left else EffectState.COMPLETE
    await show_problems(session, case, list(left.values()), now)


async def _changes(
    session: AsyncSession, person_id: int, effect: CaseEffect, month: PayMonth, parameters: ParameterSet
) -> list[dict[str, str]] | Problem:
    """Return what a month is with the facts of the effect less what it is without them, by wage type."""
    known = await facts_store.of_month(session, month, effect.known_from, person_id)
    without = calculate(known, month, {person_id: effect.known_from - TICK}, parameters)
    with_ = calculate(known, month, {person_id: effect.known_from}, parameters)
    if person_id in with_.problems:
        return with_.problems[person_id]
    changes = difference(without.amounts.get(person_id, {}), with_.amounts.get(person_id, {}))
    return [
        {"period": str(month), "wage_type": wage_type, "amount": format_cents(cents)}
        for wage_type, cents in changes.items()
    ]


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
