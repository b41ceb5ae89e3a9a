"""What becomes of an answer to which nobody says yes or no: two reminders, a closing, a window to come back."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars import store as calendars
from casework.calendars.working_time import WorkingCalendar
from casework.cases import notices, store
from casework.cases.lifecycle import close_unanswered, reopen
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, require
from casework.clock import BRUSSELS, local_date
from casework.desk import Desk
from casework.errors import TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, Event, EventKind
from casework.messages.service import storable
from casework.people import store as people
from casework.people.models import THE_DESK, Actor


async def waiting(session: AsyncSession) -> Sequence[int]:
    """Return every case that waits for an acceptance, the oldest first."""
    query = select(Case.id).where(Case.status_value == Status.AWAITING_ACCEPTANCE).order_by(Case.id)
    return (await session.execute(query)).scalars().all()


async def follow_up(session: AsyncSession, desk: Desk, case_id: int) -> None:
    """Do what is due on a case that waits for an acceptance: remind, or close; once, however often this is asked.

    The days are working days of the requester's organisation, counted from the day after the answer.
    """
    case = await store.locked(session, case_id)
    if case.status is not Status.AWAITING_ACCEPTANCE:
        return
    rules, today = desk.settings.acceptance, local_date(desk.clock.now())
    requester = await people.person(session, case.requester_id)
    calendar = await calendars.of_organisation(session, requester.organisation_id)
    answered_on = local_date(await _waits_since(session, case.id))
    passed = calendar.days_between(answered_on, today)
    if passed > rules.close_after:
        await _close(session, desk, case, calendar, today)
        return
    due = sum(passed >= after for after in rules.reminders_after)
    if due > await _reminders(session, case.id):
        close_on = calendar.days_after(answered_on, rules.close_after)
        _enter(session, desk, case, EventKind.REMINDED, THE_DESK, Channel.SYSTEM, close_on.isoformat())
        await notices.remind(session, desk, case, close_on)


async def _waits_since(session: AsyncSession, case_id: int) -> datetime:
    """Return when the desk last answered: a second answer starts the count anew."""
    query = select(func.max(Event.id)).where(Event.case_id == case_id, Event.kind == EventKind.ANSWER)
    return (await session.execute(select(Event.at).where(Event.id == query.scalar_subquery()))).scalar_one()


async def _reminders(session: AsyncSession, case_id: int) -> int:
    """Return how many reminders have left since the desk last answered."""
    answer = select(func.max(Event.id)).where(Event.case_id == case_id, Event.kind == EventKind.ANSWER)
    query = select(func.count()).where(
        Event.case_id == case_id, Event.kind == EventKind.REMINDED, Event.id > answer.scalar_subquery()
    )
    return (await session.execute(query)).scalar_one()


async def _close(session: AsyncSession, desk: Desk, case: Case, calendar: WorkingCalendar, today: date) -> None:
    final_on = calendar.days_after(today, desk.settings.acceptance.reopen_within)
    final_at = datetime.combine(final_on + timedelta(days=1), time(), BRUSSELS)
    close_unanswered(session, case, final_at, clock=desk.clock)
    await notices.tell_closed_unanswered(session, desk, case, final_on)


async def come_back(
    session: AsyncSession, desk: Desk, case: Case, actor: Actor, *, comment: str, channel: Channel
) -> None:
    """Open a case again that was closed because nobody answered, with the requester's reason.

    Payroll may take it at the same moment: the row is locked before the clock is asked, so that one of them is first.
    Raises `NotPermitted`, `NotFound`, or `TransitionNotAllowed` for a case that is closed for good.
    """
    require(actor, Action.DECIDE, case)
    case = await store.locked(session, case.id)
    reopen(session, case, actor=actor, channel=channel, clock=desk.clock)
    comment = storable(comment.strip())
    _enter(session, desk, case, EventKind.REOPENED, actor, channel, comment)
    await notices.report_decision(session, desk, case, accepted=False, comment=comment)


async def agree_after_all(
    session: AsyncSession, desk: Desk, case: Case, actor: Actor, *, comment: str, channel: Channel
) -> None:
    """Make a case final at once that was closed because nobody answered: the requester accepts after all.

    Raises as `come_back` does.
    """
    require(actor, Action.DECIDE, case)
    case = await store.locked(session, case.id)
    if case.final_at is None or desk.clock.now() >= case.final_at:
        raise TransitionNotAllowed(case.number, case.status, Status.CLOSED_COMPLETE)
    case.final_at = desk.clock.now()
    _enter(session, desk, case, EventKind.ACCEPTED, actor, channel, storable(comment.strip()))


def _enter(
    session: AsyncSession, desk: Desk, case: Case, kind: EventKind, actor: Actor, channel: Channel, said: str
) -> None:
    data = {"close_on": said} if kind is EventKind.REMINDED else {"comment": said}
    messages.enter(session, case_id=case.id, kind=kind, actor=actor, channel=channel, at=desk.clock.now(), data=data)
