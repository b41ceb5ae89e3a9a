"""By when a case is to be answered, and who hears of it, once, when it was not."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars import store as calendars
from casework.cases import notices
from casework.cases import store as cases
from casework.cases.models import Case, Status
from casework.catalogue.models import EffectKind
from casework.desk import Desk
from casework.messages import service as messages
from casework.messages.models import Channel, Event, EventKind
from casework.people.models import THE_DESK
from casework.service_levels import levels, running
from casework.service_levels.levels import Cutoff
from casework.service_levels.models import Escalation
from casework.service_levels.running import Happening, Standing

STANDS_STILL = (Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE, Status.CLOSED_COMPLETE)
WITHOUT_PAY = frozenset({EffectKind.NONE, EffectKind.SIMULATION_ONLY})


async def standing(session: AsyncSession, desk: Desk, case: Case) -> Standing:
    """Return how a case stands by the clock of its organisation and its form; one query for its events."""
    level = levels.packaged().of_form(case.form_key)
    calendar = level.calendar(await calendars.of_organisation(session, case.organisation_id))
    query = select(Event.at, Event.kind, Event.data).where(Event.case_id == case.id, Event.kind.in_(running.COUNTED))
    happenings = [
        Happening(at, EventKind(kind), data.get("to", ""))
        for at, kind, data in await session.execute(query.order_by(Event.id))
    ]
    return running.stand(case.opened_at, happenings, desk.clock.now(), calendar, level.days * calendar.day)


async def cutoffs(session: AsyncSession, desk: Desk, cases: Sequence[Case]) -> dict[int, Cutoff]:
    """Return for each of these cases that touches pay, by its id, until when it counts for the next pay."""
    forms = {case.id: desk.catalogue.form(case.form_key) for case in cases if case.form_key and not case.is_closed}
    paid = [case for case in cases if (form := forms.get(case.id)) and form.payroll.kind not in WITHOUT_PAY]
    known = await calendars.of_organisations(session, {case.organisation_id for case in paid})
    now = desk.clock.now()
    return {case.id: levels.packaged().next_cutoff(now, known[case.organisation_id]) for case in paid}


async def cutoff(session: AsyncSession, desk: Desk, case: Case) -> Cutoff | None:
    """Return until when a case has to be closed to count for the next pay; nothing if it does not touch pay."""
    return (await cutoffs(session, desk, [case])).get(case.id)


async def to_look_at(session: AsyncSession) -> Sequence[int]:
    """Return the cases whose clock may run and of which nobody was told that their time is over."""
    query = (
        select(Case.id)
        .outerjoin(Escalation, Escalation.case_id == Case.id)
        .where(Case.status_value.not_in(STANDS_STILL), Escalation.case_id.is_(None))
        .order_by(Case.id)
    )
    return (await session.execute(query)).scalars().all()


async def escalate(session: AsyncSession, desk: Desk, case_id: int) -> None:
    """Tell the handlers of a case that its time is over, if it is: once for each case, whoever asks."""
    case = await cases.by_id(session, case_id)
    stands = await standing(session, desk, case)
    if stands.whose is not running.Whose.DESK or not stands.is_overdue:
        return
    now = desk.clock.now()
    try:
        async with session.begin_nested():
            await session.execute(insert(Escalation).values(case_id=case_id, at=now))
    except IntegrityError:
        return  # another process told them first
    messages.enter(session, case_id=case_id, kind=EventKind.OVERDUE, actor=THE_DESK, channel=Channel.SYSTEM, at=now)
    await notices.tell_overdue(session, desk, case)
