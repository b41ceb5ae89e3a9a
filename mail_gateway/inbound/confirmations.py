"""What a mail alone may not ask, such as another bank account: it waits as a draft, to be sent by who has signed in."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.catalogue import form_checker
from casework.desk import Desk
from casework.drafts import service as drafts
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people.models import Actor
from mail_gateway.inbound.requests import MailRequest
from mail_gateway.models import ParsedMail

REASON = "nothing was opened: the request waits as a draft until its writer has signed in well enough to send it"


def needs_confirmation(asked: MailRequest, requester: Actor) -> bool:
    """Return whether a mail asks for what only somebody who proved well who they are may choose."""
    if asked.form is None:
        return False
    answers = form_checker.as_answers(asked.form, asked.fields, requester.language)
    return form_checker.has_delicate_choice(asked.form, answers, requester.language)


async def hold_for_confirmation(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    requester: Actor,
    asked: MailRequest,
    files: Sequence[IncomingFile],
) -> None:
    """Keep what a mail asks as a draft of its writer, and send them a link to it: no word of it is in that mail."""
    if asked.form is None or requester.person_id is None:
        raise ValueError("only a known form of a known person can be confirmed")
    key = drafts.new_key()
    answers = form_checker.as_answers(asked.form, asked.fields, requester.language)
    await drafts.save(session, desk, requester.person_id, key, asked.form, answers, files[: drafts.MOST_FILES])
    await outbox.tell(
        session,
        kind=MailKind.CONFIRM,
        person_id=requester.person_id,
        context={"link": desk.settings.link(f"/catalogue/forms/{asked.form.key}?draft={key}")},
        now=desk.clock.now(),
        in_reply_to=mail.message_id,
    )
