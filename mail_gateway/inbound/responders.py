"""Finds the replies of absence programs that mark nothing, so that no program's words pass for its owner's.

Only replies to the desk are looked at, and only to let a person decide: who asks for leave writes of absence too.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import commands
from casework.cases.models import Case
from casework.messages import store as messages
from casework.people.models import Actor
from mail_gateway.inbound.absence_notes import reads_like_absence_note
from mail_gateway.models import ParsedMail

ABSENCE_NOTE = "reads like an absence note"
SAID_BEFORE = "says the same words again within a day"

REPEATED_WITHIN = timedelta(hours=24)
SHORTEST_REPEAT = 20
"""Thanks and consent are often said twice."""


async def why_doubted(
    session: AsyncSession, mail: ParsedMail, writer: Actor, case: Case | None, now: datetime
) -> str | None:
    """Return why a reply may be a program's, or None; a decision and what brings files are always heard."""
    if case is None and not mail.answers:
        return None
    if commands.parse_decision(mail.answer_text) or any(not file.inline for file in mail.attachments):
        return None
    own = mail.answer_text.strip()
    if reads_like_absence_note(own):
        return ABSENCE_NOTE
    if writer.person_id is None or len(own) < SHORTEST_REPEAT:
        return None
    # Who handles cases says the same in many of them; who asks does not.
    only_in = None if case is None or case.requester_id == writer.person_id else case.id
    said = await messages.said_by(session, writer.person_id, since=now - REPEATED_WITHIN, case_id=only_in)
    return SAID_BEFORE if own in said else None
