"""Asks people for an approval and tells what became of it; no mail says more than that there is something to read."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import chart, store
from casework.approvals.models import Approval, Asking
from casework.cases import notices
from casework.cases.models import Case
from casework.catalogue.models import Approver
from casework.clock import local_date
from casework.deputies import store as deputies
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people import store as people


async def settle(session: AsyncSession, desk: Desk, approval: Approval, case: Case, *, first: bool) -> str | None:
    """Ask those who have to decide today, and end what others were asked.

    Returns the names of the ones who decide, none where the chart knows nobody, or None if they are as they were.
    """
    approvers = await chart.approvers(session, case, Approver(approval.rule))
    standing_in = await deputies.standing_in(session, approvers, local_date(desk.clock.now()))
    barred = {case.requester_id, case.filed_by_id}
    wanted: dict[int, int | None] = {
        deputy: person for person, deputy in standing_in.items() if deputy not in barred
    } | dict.fromkeys(approvers)
    asked = await store.askings(session, approval.id)
    before = {one.person_id: one.for_id for one in asked}
    if before == wanted and not first:
        return None
    for one in asked:
        if wanted.get(one.person_id, 0) != one.for_id:
            one.ended_at = desk.clock.now()
    for person_id, for_id in sorted(wanted.items()):
        if before.get(person_id, 0) != for_id:
            await _ask(session, desk, approval, case, person_id, for_id)
    names = await people.names(session, wanted)
    return ", ".join(names[person_id] for person_id in [*approvers, *(one for one in wanted if one not in approvers)])


async def _ask(
    session: AsyncSession, desk: Desk, approval: Approval, case: Case, person_id: int, for_id: int | None
) -> None:
    now = desk.clock.now()
    asking = Asking(approval_id=approval.id, person_id=person_id, for_id=for_id, asked_at=now)
    session.add(asking)
    await session.flush()
    mail = await outbox.tell(
        session,
        kind=MailKind.APPROVAL_REQUEST,
        person_id=person_id,
        context={"number": case.number, "link": desk.settings.link(f"/approvals/{approval.id}")},
        now=now,
        case_id=case.id,
        dedupe_key=f"{MailKind.APPROVAL_REQUEST}:{asking.id}",
    )
    await session.flush()
    asking.mail_id = mail.id


async def end_all(session: AsyncSession, desk: Desk, approval_id: int) -> None:
    """End what anybody was asked for an approval."""
    open_ = (Asking.approval_id == approval_id) & Asking.ended_at.is_(None)
    await session.execute(update(Asking).where(open_).values(ended_at=desk.clock.now()))


async def tell_news(session: AsyncSession, desk: Desk, case: Case, *, is_message: bool, key: str) -> None:
    """Tell the requester, whoever filed for them, and the handlers that there is news of an approval to read."""
    handlers = await notices.handlers_of(session, desk, case)
    told = {case.requester_id, case.filed_by_id, *(handler.id for handler in handlers)} - {None}
    for person_id in sorted(one for one in told if one is not None):
        await outbox.tell(
            session,
            kind=MailKind.APPROVAL_NEWS,
            person_id=person_id,
            context={
                "number": case.number,
                "is_message": is_message,
                "link": desk.settings.link(f"/cases/{case.number}"),
            },
            now=desk.clock.now(),
            case_id=case.id,
            dedupe_key=f"{MailKind.APPROVAL_NEWS}:{key}:{person_id}",
        )
