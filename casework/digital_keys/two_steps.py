"""User name and password, then a code: the second step is asked alike, whether or not the first was right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import rowcount
from casework.digital_keys import app_codes, brakes, offer, passwords, token_codes
from casework.digital_keys.models import PendingProof, Way
from casework.digital_keys.secrecy import fresh_token, keyed_hash, token_hash
from casework.people import sign_in, store
from casework.people.models import CodePurpose, Person
from casework.people.sign_in import CODE_LIFETIME, Asking, SignInRules

ATTEMPTS = 5


@dataclass(frozen=True)
class FirstStep:
    """What was filled in as the first step, and in which browser; `device` tells whose known browser that is."""

    address: str
    password: str
    way: Way
    browser: str
    device: Callable[[int], str] = lambda _person_id: ""


@dataclass(frozen=True)
class Checked:
    """Whose password was given: nobody's where it was wrong. `account` is what failures are counted for."""

    person: Person | None
    account: str
    known_device: bool


async def check_password(session: AsyncSession, rules: SignInRules, step: FirstStep) -> Checked:
    """Compare the password; it takes as long for an address that nobody knows."""
    person = await store.person_by_address(session, step.address)
    held = await passwords.of_person(session, person.id) if person else None
    right = await passwords.is_right(held, step.password)
    device = step.device(person.id) if person else ""
    return Checked(person if right else None, brakes.account(rules.key, step.address, device), bool(device))


async def begin(session: AsyncSession, rules: SignInRules, step: FirstStep, checked: Checked, now: datetime) -> str:
    """Return the token of the second step; a code is mailed if that is the way and the password was right."""
    person = checked.person
    if person is None:
        await brakes.count(session, checked.account, now)
    elif await offer.is_off(session, person.organisation_id, step.way):
        person = None
    token, hashed = fresh_token()
    session.add(
        PendingProof(
            token_hash=hashed,
            way=step.way,
            account=checked.account,
            address=step.address,
            person_id=person.id if person else None,
            browser=step.browser,
            expires_at=now + CODE_LIFETIME,
        )
    )
    if person is not None and step.way is Way.PASSWORD_MAIL:
        await sign_in.mail_code(
            session, rules, person, step.address, now, _asking(step.browser, known_device=checked.known_device)
        )
    return token


def _asking(browser: str, *, known_device: bool = False) -> Asking:
    return Asking(browser, known_device=known_device, purpose=CodePurpose.SECOND_FACTOR)


async def place_asked(session: AsyncSession, rules: SignInRules, address: str) -> int:
    """Return which code of the list is asked for; for somebody without a list a place that is as believable."""
    person = await store.person_by_address(session, address)
    place = await token_codes.next_place(session, person.id) if person else None
    return place or int(keyed_hash(rules.key, "place", address), 16) % token_codes.CODES + 1


async def find(session: AsyncSession, token: str, browser: str, now: datetime) -> PendingProof | None:
    """Return the first step that a token stands for, while it is good, in the browser that took it."""
    query = select(PendingProof).where(_good(token, browser, now))
    return (await session.execute(query)).scalar_one_or_none()


def _good(token: str, browser: str, now: datetime) -> ColumnElement[bool]:
    return (
        (PendingProof.token_hash == token_hash(token))
        & (PendingProof.browser == browser)
        & PendingProof.used_at.is_(None)
        & (PendingProof.expires_at > now)
        & (PendingProof.attempts < ATTEMPTS)
    )


async def finish(
    session: AsyncSession, rules: SignInRules, token: str, browser: str, code: str, now: datetime
) -> tuple[Person, Way] | None:
    """Return who signed in and how, and use both steps up; `None` when anything of it was wrong."""
    counted = update(PendingProof).where(_good(token, browser, now)).values(attempts=PendingProof.attempts + 1)
    found = (await session.execute(counted.returning(PendingProof.id))).scalar_one_or_none()
    if found is None:
        return None
    pending = await session.get_one(PendingProof, found, populate_existing=True)
    if not await brakes.is_open(session, pending.account, now) or pending.person_id is None:
        return None
    person = await store.person(session, pending.person_id)
    if not await _is_right(session, rules, pending, code, now):
        await brakes.count(session, pending.account, now)
        return None
    unused = (PendingProof.id == pending.id) & PendingProof.used_at.is_(None)
    used = await session.execute(update(PendingProof).where(unused).values(used_at=now))
    await brakes.forget(session, pending.account)
    return (person, Way(pending.way)) if rowcount(used) == 1 and person.active else None


async def _is_right(session: AsyncSession, rules: SignInRules, pending: PendingProof, code: str, now: datetime) -> bool:
    person_id = pending.person_id or 0
    if pending.way == Way.PASSWORD_APP:
        return await app_codes.is_right(session, rules.key, person_id, code, rules.world_time(now))
    if pending.way == Way.PASSWORD_TOKEN:
        return await token_codes.is_right(session, rules.key, person_id, code, now)
    asking = _asking(pending.browser)
    return await sign_in.redeem_code(session, rules, pending.address, code, now, asking) is not None
