"""Who wrote a mail: From is only a claim, and trust is a value with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.people import store as people
from casework.people.models import Actor, Person
from mail_gateway.inbound.authentication import Border, proof_of_sender
from mail_gateway.models import Envelope, ParsedMail
from mail_gateway.outbound.reply_address import Reference, Signer


class TrustLevel(StrEnum):
    """How far a mail is known to be from who it says.

    Proven: sent to the reply address that only this person has, or found to come from the domain of a known address
    by our own border. Vouched: an admin released the mail. Unproven: a known address, which anybody can write into a
    mail. Contested: sent to a reply address of somebody else.
    """

    PROVEN = "proven"
    VOUCHED = "vouched"
    UNPROVEN = "unproven"
    CONTESTED = "contested"
    UNKNOWN = "unknown"


class Deed(StrEnum):
    """What a mail may bring about."""

    ASK = "open a case, and add to one's own"
    DECIDE = "accept or refuse an answer"
    HANDLE = "answer and command as a handler"
    APPROVE = "approve or refuse what somebody else asks"


MAY: Mapping[TrustLevel, frozenset[Deed]] = {
    TrustLevel.PROVEN: frozenset(Deed),
    TrustLevel.VOUCHED: frozenset(Deed) - {Deed.APPROVE},
    TrustLevel.UNPROVEN: frozenset({Deed.ASK}),
    TrustLevel.CONTESTED: frozenset(),
    TrustLevel.UNKNOWN: frozenset(),
}
"""The one table of what each level of trust may do; a case that is opened without proof is marked so."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A level of trust, and what it rests upon."""

    level: TrustLevel
    evidence: str

    def may(self, deed: Deed) -> bool:
        """Tell whether a mail of this trust may do something."""
        return deed in MAY[self.level]

    @property
    def is_proof(self) -> bool:
        """Whether nothing more needs to be shown for what is one's own; only a proven mail approves for another."""
        return MAY[self.level] >= {Deed.ASK, Deed.DECIDE, Deed.HANDLE}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail is taken to be from; `token` is the reply address that they wrote to."""

    actor: Actor | None
    trust: Trust
    token: Reference | None = None


async def identify(
    session: AsyncSession, signer: Signer, border: Border, mail: ParsedMail, envelope: Envelope, *, released: bool
) -> Sender:
    """Return who a mail is from, as far as the mail, our border and the address it was sent to can show."""
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
    proof = proof_of_sender(mail, envelope, border)
    if claimed and proof:
        trust = Trust(TrustLevel.PROVEN, f"{address} is known, and {proof}")
        return Sender(await people.actor(session, claimed.id), trust)
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
