"""Signs for law tables on the desk: one officer signs, a second one confirms, and from then on payroll goes by it.

A calculation uses the signatures that were confirmed by the moment whose knowledge it rests on. So a run that was
begun keeps the law with which it began, whoever signs for what meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.clock import Clock
from casework.people.models import Actor
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.parameters import ParameterSet
from payroll.errors import PayrollError
from payroll.facts import service as facts
from payroll.runs.models import PayProblem
from payroll.signatures.models import LawSignature

LONGEST_REASON = 1000
FURTHEST = timedelta(days=366)
"""How far beyond the day that is needed a signature may reach: new figures come at least once a year."""


class SignatureInvalid(PayrollError):
    """A signature names a table that waits for one, a day that it needs, at most a year later, and a reason."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{type(self).__doc__} Look at {field}.")
        self.field = field


class SecondOfficerNeeded(PayrollError):
    """A signature is confirmed by another officer than the one who signed."""


class SignatureSettled(PayrollError):
    """There is no such signature that waits to be confirmed."""


@dataclass(frozen=True)
class Unsigned:
    """A table whose figures payroll met and may not use: verified until a day, or by nobody, and needed until one."""

    table: str
    verified_until: date | None
    needed_until: date


async def in_force(session: AsyncSession, law: ParameterSet, known_at: datetime) -> ParameterSet:
    """Return the law with what officers had signed for at a moment: of each table the signature that reaches furthest.

    A signature for a table that the law no longer has, or now has with other figures, is left out.
    """
    confirmed = (await session.execute(select(LawSignature).where(LawSignature.confirmed_at <= known_at))).scalars()
    reached: dict[str, date] = {}
    for one in confirmed:
        if not is_for_other_figures(one, law):
            reached[one.table_name] = max(one.until, reached.get(one.table_name, one.until))
    for table, until in sorted(reached.items()):
        if until > law.signed_until.get(table, date.min):
            law = law.signed(table, until)
    return law


def is_for_other_figures(signature: LawSignature, law: ParameterSet) -> bool:
    """Return whether the figures that somebody signed for are no longer those of the law."""
    table = law.tables.get(signature.table_name)
    return table is None or table.digest != signature.figures


async def unsigned(session: AsyncSession, clock: Clock, law: ParameterSet) -> Sequence[Unsigned]:
    """Return the tables that keep a run or an open month up and that a signature would let through, by name."""
    signed = await in_force(session, law, await facts.known_moment(session, clock))
    query = select(PayProblem.rule, PayProblem.on).where(PayProblem.on.is_not(None)).distinct()
    needed: dict[str, date] = {}
    for rule, on in await session.execute(query):
        for table in rule.split(", "):
            if table in law.tables and on is not None:
                needed[table] = max(on, needed.get(table, on))
    return list(_past_verified(signed, sorted(needed.items())))


def _past_verified(law: ParameterSet, needed: Iterable[tuple[str, date]]) -> Iterator[Unsigned]:
    for table, on in needed:
        try:
            law.in_force(table, on)
        except PastVerified as error:
            yield Unsigned(table, error.verified_until[table], on)
        except ParameterMissing:
            continue  # there are no figures at all, so nobody can answer for them


async def all_signatures(session: AsyncSession) -> Sequence[LawSignature]:
    """Return every signature that was not withdrawn, the newest first."""
    stands = LawSignature.confirmed_by_id.is_(None) | LawSignature.confirmed_at.is_not(None)
    return (await session.execute(select(LawSignature).where(stands).order_by(LawSignature.id.desc()))).scalars().all()


async def reaching(session: AsyncSession, day: date, known_at: datetime) -> Sequence[LawSignature]:
    """Return the signatures that held at a moment and reach a day, oldest first: what a run may rest on."""
    query = select(LawSignature).where(LawSignature.until >= day, LawSignature.confirmed_at <= known_at)
    return (await session.execute(query.order_by(LawSignature.id))).scalars().all()


async def sign(
    session: AsyncSession,
    clock: Clock,
    law: ParameterSet,
    table: str,
    until: date | None,
    reason: str,
    actor: Actor,
    channel: str,
) -> LawSignature:
    """Sign for a table that waits, at least until the day that is needed. Raises `SignatureInvalid`."""
    waiting = {one.table: one for one in await unsigned(session, clock, law)}
    if table not in waiting or actor.person_id is None:
        raise SignatureInvalid("table")
    needed = waiting[table].needed_until
    if until is None or not needed <= until <= needed + FURTHEST:
        raise SignatureInvalid("until")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise SignatureInvalid("reason")
    signature = LawSignature(
        table_name=table,
        figures=law.tables[table].digest,
        until=until,
        reason=reason.strip(),
        signed_by_id=actor.person_id,
        signed_at=clock.now(),
    )
    session.add(signature)
    await session.flush()
    _log(session, clock, signature, actor, channel, "sign_law_table")
    return signature


async def confirm(session: AsyncSession, clock: Clock, signature_id: int, actor: Actor, channel: str) -> None:
    """Confirm what another officer signed; it holds from here on. Raises `SignatureSettled`, `SecondOfficerNeeded`."""
    moment = await facts.next_moment(session, clock)
    signature = await _waiting(session, signature_id)
    if actor.person_id in (None, signature.signed_by_id):
        raise SecondOfficerNeeded
    signature.confirmed_by_id, signature.confirmed_at = actor.person_id, moment
    _log(session, clock, signature, actor, channel, "confirm_law_signature")


async def withdraw(session: AsyncSession, clock: Clock, signature_id: int, actor: Actor, channel: str) -> None:
    """Take back what nobody confirmed, as its signer or as another officer; the log keeps it.

    Raises `SignatureSettled`.
    """
    signature = await _waiting(session, signature_id)
    signature.confirmed_by_id = actor.person_id  # not deleted: its number must never mean another signature
    _log(session, clock, signature, actor, channel, "withdraw_law_signature")


async def _waiting(session: AsyncSession, signature_id: int) -> LawSignature:
    query = select(LawSignature).where(LawSignature.id == signature_id).with_for_update()
    signature = (await session.execute(query)).scalar_one_or_none()
    if signature is None or signature.confirmed_by_id is not None:
        raise SignatureSettled
    return signature


def _log(session: AsyncSession, clock: Clock, signature: LawSignature, actor: Actor, channel: str, action: str) -> None:
    details = {
        "signature": signature.id,
        "table": signature.table_name,
        "until": signature.until.isoformat(),
        "reason": signature.reason,
    }
    audit.record(session, at=clock.now(), action=action, actor=actor, channel=channel, details=details)
