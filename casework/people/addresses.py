"""One person, many addresses: each added after a code proved it, one of them primary, none of them another's."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import rowcount
from casework.errors import NotFound
from casework.people import sign_in, store
from casework.people.models import CodePurpose, EmailAddress, Person
from casework.people.sign_in import Asking, SignInRules

LONGEST = 254
MOST = 10


def is_address(written: str) -> bool:
    """Return whether this can be an e-mail address that we write to."""
    local, at, domain = written.rpartition("@")
    plain = written.isprintable() and not any(c.isspace() or c in ',;<>()"\\' for c in written)
    return bool(at and local and "." in domain.strip(".") and plain and len(written) <= LONGEST)


async def ask_proof(
    session: AsyncSession, rules: SignInRules, person: Person, address: str, browser: str, now: datetime
) -> None:
    """Mail a code to an address that somebody says is theirs; nothing is said, and none mailed, if it is taken."""
    address = store.normalise_address(address)
    taken = select(EmailAddress.id).where(EmailAddress.address == address, EmailAddress.verified_at.is_not(None))
    held = await store.addresses(session, person.id)
    if len(held) < MOST and (await session.execute(taken)).scalar_one_or_none() is None:
        await sign_in.mail_code(session, rules, person, address, now, _asking(browser))


def _asking(browser: str) -> Asking:
    return Asking(browser, purpose=CodePurpose.ADDRESS)


async def prove(
    session: AsyncSession, rules: SignInRules, person_id: int, address: str, code: str, browser: str, now: datetime
) -> bool:
    """Add an address to a person if the code is right, and nobody else proved it meanwhile."""
    address = store.normalise_address(address)
    proven = await sign_in.redeem_code(session, rules, address, code, now, _asking(browser))
    if proven is None or proven.id != person_id:
        return False
    query = select(EmailAddress).where(EmailAddress.address == address)
    known = (await session.execute(query)).scalar_one_or_none()
    if known is None:
        session.add(EmailAddress(person_id=person_id, address=address, verified_at=now))
    elif known.verified_at is None:
        known.person_id, known.verified_at, known.is_primary = person_id, now, False
    else:
        return False
    await session.flush()
    return True


async def make_primary(session: AsyncSession, person_id: int, address_id: int) -> None:
    """Send our mails to this address of a person from now on. Raises `NotFound`."""
    theirs = (EmailAddress.id == address_id) & (EmailAddress.person_id == person_id)
    proven = select(EmailAddress.id).where(theirs, EmailAddress.verified_at.is_not(None))
    if (await session.execute(proven)).scalar_one_or_none() is None:
        raise NotFound
    await session.execute(update(EmailAddress).where(EmailAddress.person_id == person_id).values(is_primary=False))
    await session.execute(update(EmailAddress).where(theirs).values(is_primary=True))


async def remove(session: AsyncSession, person_id: int, address_id: int) -> None:
    """Take an address away from a person, but never the primary one. Raises `NotFound`."""
    gone = await session.execute(
        delete(EmailAddress).where(
            EmailAddress.id == address_id, EmailAddress.person_id == person_id, EmailAddress.is_primary.is_(False)
        )
    )
    if rowcount(gone) != 1:
        raise NotFound
