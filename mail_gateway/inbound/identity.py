"""Who wrote a mail: From is only a claim, and trust is a value with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.messages.models import SenderBasis, SenderEvidence
from casework.people import store as people
from casework.people.models import Actor, Person
from mail_gateway.inbound.authentication import Border, proof_of_sender
from mail_gateway.inbound.sender_check import UNCHECKED, Finding, SenderCheck
from mail_gateway.models import Envelope, ParsedMail
from mail_gateway.outbound.reply_address import Reference, Signer


class TrustLevel(StrEnum):
    """How far a mail is known to be from who it says.

    Proven: sent to the reply address that only this person has, or found to come from the domain of a known address
    by our own border or our own check. Vouched: an admin released the mail. Unproven: a known address, which anybody
    can write into a mail. Contested: sent to a reply address of somebody else.
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
    """A level of trust, and what it rests upon: a sentence for the log, and a basis that every language can say."""

    level: TrustLevel
    evidence: str
    basis: SenderBasis = SenderBasis.NOTHING
    about: str = ""

    def may(self, deed: Deed) -> bool:
        """Tell whether a mail of this trust may do something."""
        return deed in MAY[self.level]

    @property
    def shown(self) -> SenderEvidence:
        """What is kept with the words of the mail."""
        return SenderEvidence(self.basis, self.about)

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
    session: AsyncSession,
    signer: Signer,
    border: Border,
    mail: ParsedMail,
    envelope: Envelope,
    *,
    released: bool,
    check: SenderCheck = UNCHECKED,
) -> Sender:
    """Return who a mail is from, as far as the mail, our border, our check and the address it was sent to can show."""
    address = people.normalise_address(mail.from_.address)
    claimed = await people.person_by_address(session, address)
    tokens = [token for rcpt in envelope.rcpt_tos if (token := signer.read_reply_address(rcpt)) and token.person_id]
    own = next((token for token in tokens if claimed and token.person_id == claimed.id), None)
    if claimed and own:
        evidence = f"{address} wrote to the reply address of the mail {own.mail_id}, which only they have"
        trust = Trust(TrustLevel.PROVEN, evidence, SenderBasis.REPLY_ADDRESS)
        return Sender(await people.actor(session, claimed.id), trust, own)
    if released:
        return await _vouched(session, claimed, tokens)
    if tokens:
        evidence = f"{address} wrote to the reply address of the mail {tokens[0].mail_id}, which somebody else has"
        return Sender(None, Trust(TrustLevel.CONTESTED, evidence), tokens[0])
    if claimed:
        trust = _trust_in_known(address, proof_of_sender(mail, envelope, border), border, check)
        return Sender(await people.actor(session, claimed.id), trust)
    return Sender(None, Trust(TrustLevel.UNKNOWN, f"nobody here has the address {address}"))


def _trust_in_known(address: str, found_by_border: str | None, border: Border, check: SenderCheck) -> Trust:
    """Return the trust in a known address that no reply address proves."""
    domain = address.rpartition("@")[2]
    if found_by_border:
        evidence = f"{address} is known, and {found_by_border}"
        return Trust(TrustLevel.PROVEN, evidence, SenderBasis.BORDER, border.authserv_id)
    match check.finding:
        case Finding.SIGNED:
            evidence = f"{address} is known, and the mail is signed by {check.domain} (DKIM)"
            return Trust(TrustLevel.PROVEN, evidence, SenderBasis.SIGNED, check.domain)
        case Finding.SENT_BY_ITS_SERVER:
            evidence = f"{address} is known, and {check.domain} lets this server send its mail (SPF)"
            return Trust(TrustLevel.PROVEN, evidence, SenderBasis.SENT_BY_ITS_SERVER, check.domain)
        case Finding.UNANSWERED:
            evidence = f"{address} is known, and DNS did not answer what would prove it"
            return Trust(TrustLevel.UNPROVEN, evidence, SenderBasis.UNANSWERED)
        case Finding.NOTHING if check.asks in {"quarantine", "reject"}:
            evidence = f"{address} is known, but nothing proves it, and {domain} asks to {check.asks} such mail (DMARC)"
            return Trust(TrustLevel.UNPROVEN, evidence, SenderBasis.DISOWNED, domain)
    return Trust(TrustLevel.UNPROVEN, f"{address} is known, and anybody can write it into a mail")


async def _vouched(session: AsyncSession, claimed: Person | None, tokens: list[Reference]) -> Sender:
    """Take an admin's word: the mail is from whom it says, or else from the owner of the reply address."""
    token = next(iter(tokens), None)
    person = claimed
    if person is None and token is not None:
        person = await session.get(Person, token.person_id)
    if person is None or not person.active:
        return Sender(None, Trust(TrustLevel.UNKNOWN, "released by an admin, but nobody here has this address"), token)
    trust = Trust(TrustLevel.VOUCHED, "released by an admin", SenderBasis.VOUCHED)
    return Sender(await people.actor(session, person.id), trust, token)
