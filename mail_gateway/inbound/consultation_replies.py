"""The answers of other services to what the desk asked them: the reply address of our own mail is their only key."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.referral import consulting
from casework.referral.models import Consultation
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Reference, Signer

EVIDENCE = "the reply address of our question to another service"


async def find_consultation(session: AsyncSession, signer: Signer, envelope: Envelope) -> Consultation | None:
    """Return the question that a mail answers: one of ours that went to nobody of the desk's people."""
    for token in _of_nobody(signer, envelope.rcpt_tos):
        consultation = await consulting.of_mail(session, token.mail_id)
        if consultation is not None and consultation.case_id == token.case_id:
            return consultation
    return None


def _of_nobody(signer: Signer, rcpt_tos: Sequence[str]) -> list[Reference]:
    tokens = [signer.read_reply_address(rcpt) for rcpt in rcpt_tos]
    return [token for token in tokens if token is not None and not token.person_id and token.case_id]
