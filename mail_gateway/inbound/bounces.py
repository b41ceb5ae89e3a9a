"""Ties a report of delivery to the mail that it is about: the mail, its case and its address know of it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import store as cases
from casework.cases import undelivered
from casework.cases.models import Case
from casework.desk import Desk
from casework.messages.service import storable
from casework.outbox import bounces
from casework.outbox.letters import one_line
from casework.outbox.models import OutboxMail
from casework.people.store import normalise_address
from mail_gateway.inbound.delivery_reports import read_report, says_undelivered
from mail_gateway.models import Envelope, MailKind, ParsedMail
from mail_gateway.outbound.compose import reference_of
from mail_gateway.outbound.reply_address import Reference, Signer

MAY_REPORT = frozenset({MailKind.BOUNCE, MailKind.PERSON, MailKind.BULK})


async def record(
    session: AsyncSession, desk: Desk, signer: Signer, mail: ParsedMail, envelope: Envelope
) -> Case | None:
    """Write down what a mail reports of one of ours; returns the case of that mail, or None if it reports of none.

    The mail is found by the address to which it came back (its sender, which only it had) or by its own Message-ID
    in what was returned. Nobody is answered, and no case changes its status.
    """
    report = read_report(mail)
    reported = await _reported(session, _references(signer, envelope, report.message_ids))
    if reported is None or not _is_report(mail, envelope, reported):
        return None
    if report.severity is not None:
        reason = one_line(storable(report.reason))
        now = desk.clock.now()
        if await bounces.record(session, reported.id, severity=report.severity, reason=reason, now=now):
            await undelivered.report(session, desk, reported.id, reason)
    return None if reported.case_id is None else await cases.by_id(session, reported.case_id)


def _references(signer: Signer, envelope: Envelope, message_ids: tuple[str, ...]) -> list[Reference]:
    by_address = map(signer.read_reply_address, envelope.rcpt_tos)
    by_message_id = map(signer.read_message_id, message_ids)
    return [reference for reference in (*by_address, *by_message_id) if reference is not None]


async def _reported(session: AsyncSession, references: list[Reference]) -> OutboxMail | None:
    for reference in references:
        query = select(OutboxMail).where(OutboxMail.id == reference.mail_id)
        mail = (await session.execute(query)).scalar_one_or_none()
        if mail is not None and reference_of(mail) == reference:
            return mail
    return None


def _is_report(mail: ParsedMail, envelope: Envelope, reported: OutboxMail) -> bool:
    """Return whether a mail reports a failure.

    Holiday notes come back with a null sender too (RFC 3834, 3.3): of mail that is not marked as a report only
    what speaks of a failure counts, and nothing that the recipient themselves sent.
    """
    if mail.kind is MailKind.BOUNCE:
        return True
    by_recipient = normalise_address(mail.from_.address) == reported.to_address
    null_sender = envelope.mail_from.strip("<> ") == ""
    return null_sender and mail.kind in MAY_REPORT and not by_recipient and says_undelivered(mail)
