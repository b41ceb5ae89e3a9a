"""Proving more in a session that is open already: one further key, next to the one that opened it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys import app_codes, brakes, passwords, token_codes
from casework.people.sign_in import SignInRules


class Key(StrEnum):
    """A key that a person may hold here."""

    PASSWORD = "password"  # noqa: S105 -- the name of a kind of key
    APP = "app"
    TOKEN = "token"  # noqa: S105


@dataclass(frozen=True)
class Held:
    """Which keys a person holds, and which code of the list would be asked for."""

    keys: frozenset[Key]
    place: int | None
    codes_left: int


async def held_by(session: AsyncSession, person_id: int) -> Held:
    """Return which keys a person holds."""
    app = await app_codes.of_person(session, person_id)
    place = await token_codes.next_place(session, person_id)
    held = {
        Key.PASSWORD: await passwords.of_person(session, person_id) is not None,
        Key.APP: app is not None and app.confirmed_at is not None,
        Key.TOKEN: place is not None,
    }
    keys = frozenset(key for key, has in held.items() if has)
    return Held(keys, place, await token_codes.left(session, person_id))


async def prove(session: AsyncSession, rules: SignInRules, person_id: int, key: Key, value: str, now: datetime) -> bool:
    """Return whether a key is right, and use a code up; wrong ones are counted, and after ten nothing is right."""
    account = brakes.account(rules.key, f"person {person_id}", "step-up")
    if not await brakes.is_open(session, account, now):
        return False
    if key is Key.PASSWORD:
        right = await passwords.is_right(await passwords.of_person(session, person_id), value)
    elif key is Key.APP:
        right = await app_codes.is_right(session, rules.key, person_id, value, rules.world_time(now))
    else:
        right = await token_codes.is_right(session, rules.key, person_id, value, now)
    await (brakes.forget(session, account) if right else brakes.count(session, account, now))
    return right
