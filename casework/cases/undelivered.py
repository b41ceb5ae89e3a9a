"""What a case makes of a mail about it that did not arrive: its handlers see it, and are told."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import notices
from casework.cases import store as cases
from casework.desk import Desk
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.outbox import store as outbox
from casework.outbox.models import OutboxState
from casework.people.models import THE_DESK

EVENT_OF = {OutboxState.FAILED: EventKind.MAIL_FAILED, OutboxState.BOUNCED: EventKind.MAIL_BOUNCED}


async def report(session: AsyncSession, desk: Desk, mail_id: int, said: str) -> None:
    """Put a mail that failed or came back on the timeline of its case, and tell the handler; the status stays.

    `said` is what the other side gave as its reason. A mail about no case does nothing here.
    """
    mail = await outbox.mail(session, mail_id)
    if mail.case_id is None:
        return
    case = await cases.by_id(session, mail.case_id)
    data = {"address": mail.to_address, "mail": mail.id, "comment": said}
    if mail.bounce is not None:
        data["bounce"] = mail.bounce
    messages.enter(
        session,
        case_id=case.id,
        kind=EVENT_OF[OutboxState(mail.state)],
        actor=THE_DESK,
        channel=Channel.MAIL,
        at=desk.clock.now(),
        data=data,
    )
    await notices.report_undelivered(session, desk, case, mail, said)
