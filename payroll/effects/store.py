"""Reads which closed cases have reached pay, one question each."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, Status
from payroll.effects.models import CaseEffect, EffectState
from payroll.facts.models import Fact


async def of_case(session: AsyncSession, case_id: int) -> Sequence[CaseEffect]:
    """Return the effects of a case on pay, oldest first; `runs.problems.of_case` has its problems."""
    query = select(CaseEffect).where(CaseEffect.case_id == case_id).order_by(CaseEffect.id)
    return (await session.execute(query)).scalars().all()


async def effect(session: AsyncSession, case_id: int, name: str) -> CaseEffect | None:
    """Return one effect of a case, if it was ever tried."""
    query = select(CaseEffect).where(CaseEffect.case_id == case_id, CaseEffect.effect == name)
    return (await session.execute(query)).scalar_one_or_none()


async def facts_of_case(session: AsyncSession, number: str) -> Sequence[Fact]:
    """Return the facts that a case became, in the order in which they were written."""
    return (await session.execute(select(Fact).where(Fact.case_number == number).order_by(Fact.id))).scalars().all()


async def due(
    session: AsyncSession,
    *,
    forms_without_effect: Collection[str],
    mapped: Collection[str],
    tried_before: datetime,
    now: datetime,
) -> Sequence[int]:
    """Return the closed cases that payroll has to look at, oldest first.

    These are the ones it never saw, and the ones that wait: again after a while, and as soon as something new is
    known about the requester. A case that has to be entered by hand waits until a form with its effect states facts,
    one whose facts are kept waits for an officer. One that was closed because nobody answered is looked at once it is
    final; one that goes on within another, never.
    """
    news = exists().where(Fact.person_id == Case.requester_id, Fact.known_from > CaseEffect.tried_at)
    waits = and_(
        CaseEffect.state.not_in((EffectState.COMPLETE, EffectState.KEPT)),
        or_(CaseEffect.state != EffectState.BY_HAND, CaseEffect.effect.in_(mapped)),
        or_(CaseEffect.tried_at <= tried_before, news),
    )
    query = (
        select(Case.id)
        .outerjoin(CaseEffect, CaseEffect.case_id == Case.id)
        .where(
            Case.status_value == Status.CLOSED_COMPLETE,
            Case.merged_into_id.is_(None),
            or_(Case.final_at.is_(None), Case.final_at <= now),
            Case.form_key.is_not(None),
            Case.form_key.not_in(forms_without_effect),
            or_(CaseEffect.id.is_(None), waits),
        )
    )
    return (await session.execute(query.order_by(Case.id))).scalars().unique().all()


async def latest_of_number(session: AsyncSession, number: str) -> CaseEffect | None:
    """Return the effect of the case with this number, if payroll has looked at it."""
    query = select(CaseEffect).join(Case, Case.id == CaseEffect.case_id).where(Case.number == number)
    return (await session.execute(query.order_by(CaseEffect.id.desc()).limit(1))).scalar_one_or_none()
