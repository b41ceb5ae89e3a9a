"""Gives the cases that nobody has to handlers; a case for which there is nobody waits in the queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.assignment.rules import Rule, Rules
from casework.cases import handing_over, store
from casework.cases.handing_over import Handing
from casework.cases.models import Case, Status
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.clock import local_date
from casework.deputies import store as deputies
from casework.desk import Desk
from casework.messages.models import Channel, Event, EventKind
from casework.people import store as people
from casework.people.models import THE_DESK, Organisation, Person


@dataclass(frozen=True)
class Candidate:
    """A handler who can have a case: how many wait for them already, and whether they speak its language."""

    person: Person
    load: int
    same_language: bool


async def waiting(session: AsyncSession) -> Sequence[int]:
    """Return the cases that nobody has, oldest first, but those that somebody put back: a person decides on these."""
    given_back = select(Event.id).where(Event.case_id == Case.id, Event.kind == EventKind.GIVEN_BACK)
    query = select(Case.id).where(
        Case.status_value == Status.OPEN, Case.handler_id.is_(None), ~given_back.correlate(Case).exists()
    )
    return (await session.execute(query.order_by(Case.id))).scalars().all()


async def assign(session: AsyncSession, desk: Desk, rules: Rules, case_id: int) -> None:
    """Give a case to the handler whom its rule finds, with the reason; leave it where it is when there is none."""
    case = await store.locked(session, case_id)
    if case.handler_id is not None or case.status is not Status.OPEN:
        return
    language = (await people.person(session, case.requester_id)).language
    organisation = (await session.get_one(Organisation, case.organisation_id)).name
    rule = rules.of(case.form_key, organisation, language)
    if rule is None:
        return
    found = await _candidates(session, desk, rules, rule, case, language)
    best = choose(found)
    if best is None:
        return
    reason = {
        "rule": rule.name,
        "load": str(best.load),
        "candidates": str(len(found)),
        "language": "same" if best.same_language else "other",
    }
    to = await people.actor(session, best.person.id)
    await handing_over.hand_over(session, desk, case, THE_DESK, Handing(to, "", Channel.SYSTEM, reason))


def choose(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return who gets a case: one who speaks its language before one who does not, then the one with the least work."""
    return min(candidates, key=lambda one: (not one.same_language, one.load, one.person.id), default=None)


async def _candidates(
    session: AsyncSession, desk: Desk, rules: Rules, rule: Rule, case: Case, language: str
) -> list[Candidate]:
    form = desk.catalogue.form(case.form_key) if case.form_key else None
    team = rule.team or (form.team if form else None)
    able = [
        one
        for one in await people.handlers(session, team)
        if one.id != case.requester_id and (not rule.skill or one.employee_number in rules.skills[rule.skill])
    ]
    away = await deputies.standing_in(session, [one.id for one in able], local_date(desk.clock.now()))
    loads = await _loads(session, [one.id for one in able])
    found = [Candidate(one, loads.get(one.id, 0), one.language == language) for one in able if one.id not in away]
    return [one for one in found if one.load < rules.most_open and (one.same_language or not rule.same_language)]


async def _loads(session: AsyncSession, handler_ids: Sequence[int]) -> dict[int, int]:
    """Return for each of these handlers how many of their cases wait for the desk."""
    resting = (*WAITING_FOR_REQUESTER, Status.CLOSED_COMPLETE)
    query = (
        select(Case.handler_id, func.count())
        .where(Case.handler_id.in_(handler_ids), Case.status_value.not_in(resting))
        .group_by(Case.handler_id)
    )
    return {handler_id: count for handler_id, count in await session.execute(query) if handler_id is not None}
