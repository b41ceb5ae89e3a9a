"""Who wrote a mail: From is only a claim, and trust is a value with its evidence."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.people import store as people
from casework.people.models import Actor, Person
from mail_gateway.models import Envelope, ParsedMail
from mail_gateway.outbound.reply_address import Reference, Signer


class TrustLevel(StrEnum):
    """How far a mail is known to be from who it says.

    Proven: sent to the reply address that only this person has. Vouched: an admin released the mail. Unproven: a
    known address, which anybody can write into a mail. Contested: sent to a reply address of somebody else.
    """

    PROVEN = "proven"
    VOUCHED = "vouched"
    UNPROVEN = "unproven"
    CONTESTED = "contested"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trust:
    """A level of trust, and what it rests upon."""

    level: TrustLevel
    evidence: str

    @property
    def suffices_to_act(self) -> bool:
        """Whether a mail of this trust may decide, command or answer; otherwise it may only ask and add."""
        return self.level in {TrustLevel.PROVEN, TrustLevel.VOUCHED}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail is taken to be from; `token` is the reply address that they wrote to."""

    actor: Actor | None
    trust: Trust
    token: Reference | None = None


async def identify(
    session: AsyncSession, signer: Signer, mail: ParsedMail, envelope: Envelope, *, released: bool
) -> Sender:
    """Return who a mail is from, as far as the mail and the address it was sent to can show."""
    address = people.normalise_address(mail.from_.address)
    claimed = await people.person_by_address(session, address)
    tokens = [token for rcpt in envelope.rcpt_tos if (token := signer.read_reply_address(rcpt)) and token.person_id]
    own = next((token for token in tokens if claimed and token.person_id == claimed.id), None)
    if claimed and own:
        evidence = f"{address} wrote to the reply address of the mail {own.mail_id}, which only they have"
        return Sender(await people.actor(session, claimed.id), Trust(TrustLevel.PROVEN, evidence), own)
    if released:
        return await _vouched(session, claimed, tokens)
    if tokens:
        evidence = f"{address} wrote to the reply address of the mail {tokens[0].mail_id}, which somebody else has"
        return Sender(None, Trust(TrustLevel.CONTESTED, evidence), tokens[0])
    if claimed:
        evidence = f"{address} is known, and anybody can write it into a mail"
        return Sender(await people.actor(session, claimed.id), Trust(TrustLevel.UNPROVEN, evidence))
    return Sender(None, Trust(TrustLevel.UNKNOWN, f"nobody here has the address {address}"))


async def _vouched(session: AsyncSession, claimed: Person | None, tokens: list[Reference]) -> Sender:
    """Take an admin's word: the mail is from whom it says, or else from the owner of the reply address."""
    token = next(iter(tokens), None)
    person = claimed
    if person is None and token is not None:
        person = await session.get(Person, token.person_id)
    if person is None or not person.active:
        return Sender(None, Trust(TrustLevel.UNKNOWN, "released by an admin, but nobody here has this address"), token)
    trust = Trust(TrustLevel.VOUCHED, "released by an admin")
    return Sender(await people.actor(session, person.id), trust, token)
