"""Answers mails that did nothing because nobody knows who wrote them: rarely, and telling a stranger nothing."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import notices
from casework.cases.models import Case
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox.letters import one_line
from casework.outbox.models import MailKind, OutboxMail
from casework.people import store as people
from casework.people.models import LANGUAGES, Actor
from casework.people.store import normalise_address
from mail_gateway.models import ParsedMail
from mail_gateway.outbound.compose import is_address

ONE_ANSWER_WITHIN = timedelta(hours=1)
NO_ANSWER_WANTED = frozenset({"all", "oof", "autoreply"})
LONGEST_SUBJECT = 80


async def answer_stranger(session: AsyncSession, desk: Desk, mail: ParsedMail) -> None:
    """Tell somebody we do not know how to register: once an hour at most, and not if their program asks for silence."""
    address = normalise_address(mail.from_.address)
    now = desk.clock.now()
    if not is_address(address) or not await _may_answer(session, desk, mail, MailKind.REGISTER, address):
        return
    answer = outbox.tell_address(
        session,
        kind=MailKind.REGISTER,
        address=address,
        language=mail.language if mail.language in LANGUAGES else "nl",
        context={"desk_address": desk.settings.desk_address},
        now=now,
        in_reply_to=mail.message_id,
    )
    # Two processes may look at the same time: the hour of the clock, unique, lets one of them through.
    answer.dedupe_key = f"{MailKind.REGISTER}:{address}:{now:%Y%m%d%H}"


async def ask_for_proof(session: AsyncSession, desk: Desk, mail: ParsedMail, handler: Actor, case: Case | None) -> None:
    """Tell a handler, at the address we know, what to do about a mail that may be somebody else's: once an hour."""
    if handler.person_id is None:
        return
    address = await people.primary_address(session, handler.person_id)
    if await _may_answer(session, desk, mail, MailKind.UNPROVEN, address):
        subject = one_line(mail.subject)[:LONGEST_SUBJECT]
        await notices.ask_for_proof(session, desk, case, handler.person_id, subject, mail.message_id)


async def _may_answer(session: AsyncSession, desk: Desk, mail: ParsedMail, kind: MailKind, address: str) -> bool:
    wishes = {wish.strip() for wish in mail.header("x-auto-response-suppress").lower().split(",")}
    recent = select(OutboxMail.id).where(
        OutboxMail.kind == kind,
        OutboxMail.to_address == address,
        OutboxMail.created_at > desk.clock.now() - ONE_ANSWER_WITHIN,
    )
    recently_answered = (await session.execute(recent.limit(1))).scalar_one_or_none() is not None
    return wishes.isdisjoint(NO_ANSWER_WANTED) and not recently_answered
