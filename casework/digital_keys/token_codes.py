"""Codes by token: a list on paper, each code good for one use, asked for by its place on the list."""

import hmac
import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import rowcount
from casework.digital_keys.models import TokenCode
from casework.digital_keys.secrecy import keyed_hash

CODES = 24
LENGTH = 8
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without signs that look alike


async def print_list(session: AsyncSession, key: bytes, person_id: int, now: datetime) -> list[str]:
    """Return a new list of codes; the former list is worth nothing from now on. It can be read this once."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    await remove(session, person_id)
    session.add_all(
        TokenCode(person_id=person_id, place=place, code_hash=_hash(key, person_id, place, code), printed_at=now)
        for place, code in enumerate(codes, start=1)
    )
    await session.flush()
    return codes


def _hash(key: bytes, person_id: int, place: int, code: str) -> str:
    return keyed_hash(key, "token code", str(person_id), str(place), code)


async def next_place(session: AsyncSession, person_id: int) -> int | None:
    """Return the place of the code that is asked for: the first that was not used."""
    query = select(func.min(TokenCode.place)).where(TokenCode.person_id == person_id, TokenCode.used_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def left(session: AsyncSession, person_id: int) -> int:
    """Return how many codes of a person's list were not used."""
    query = select(func.count()).where(TokenCode.person_id == person_id, TokenCode.used_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def is_right(session: AsyncSession, key: bytes, person_id: int, code: str, now: datetime) -> bool:
    """Use up the code that was asked for."""
    query = select(TokenCode).where(TokenCode.person_id == person_id, TokenCode.used_at.is_(None))
    asked = (await session.execute(query.order_by(TokenCode.place).limit(1))).scalar_one_or_none()
    typed = "".join(c for c in code.upper() if c.isalnum())
    if asked is None or not hmac.compare_digest(asked.code_hash, _hash(key, person_id, asked.place, typed)):
        return False
    unused = (TokenCode.id == asked.id) & TokenCode.used_at.is_(None)
    return rowcount(await session.execute(update(TokenCode).where(unused).values(used_at=now))) == 1


async def remove(session: AsyncSession, person_id: int) -> bool:
    """Take a person's list away; return whether there was one."""
    return rowcount(await session.execute(delete(TokenCode).where(TokenCode.person_id == person_id))) > 0
