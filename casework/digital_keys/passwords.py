"""Passwords after NIST SP 800-63B: long enough, not obvious, no rules of composition; kept with argon2id."""

import asyncio
import unicodedata
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys.models import Password

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT = 5
SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)  # fmt: skip
LONGEST_RUN = 6

# The parameters of RFC 9106, section 4, second choice: 64 MiB, three passes.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# What a password is compared with where there is none, so that nobody learns from the time it takes: random words,
# hashed once for all, since hashing them at each start took every command a fifth of a second.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$d54uB8XBSfDdu1XVQ+OdrA$NSC34raJSuOcqyGrdgtSv1bPchwZcFk8uGpHyBYrSEI"


class Weakness(StrEnum):
    """Why a password cannot be used."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    OBVIOUS = "obvious"
    PERSONAL = "personal"


def weakness(password: str, *about: str) -> Weakness | None:
    """Return why a password cannot be used, or `None`; `about` are words that anybody may know of the person."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(plain) > LONGEST:
        return Weakness.TOO_LONG
    folded = plain.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT or _is_run(folded):
        return Weakness.OBVIOUS
    rest = folded
    for word in sorted({part.casefold() for text in about for part in _words(text)}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return Weakness.PERSONAL if len(rest) < SHORTEST // 2 else None


def _normal(password: str) -> str:
    """Return a password in the one form that is hashed, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def _words(text: str) -> list[str]:
    return [part for part in "".join(c if c.isalnum() else " " for c in text).split() if len(part) > 2]


def _is_run(folded: str) -> bool:
    """Return whether a password is little more than keys or letters in a row, or one short part again and again."""
    for row in SEQUENCES:
        for way in (row, row[::-1]):
            for start in range(len(way) - LONGEST_RUN + 1):
                folded = folded.replace(way[start : start + LONGEST_RUN], "")
    return len(folded) <= SHORTEST // 2 or any(
        folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, 5)
    )


async def set_password(session: AsyncSession, person_id: int, password: str, now: datetime) -> None:
    """Keep a new password in place of the former; it has been found good by `weakness`."""
    hashed = await asyncio.to_thread(_hasher.hash, _normal(password))
    await session.execute(delete(Password).where(Password.person_id == person_id))
    session.add(Password(person_id=person_id, password_hash=hashed, set_at=now))
    await session.flush()


async def of_person(session: AsyncSession, person_id: int) -> Password | None:
    """Return a person's password, as it is kept."""
    return (await session.execute(select(Password).where(Password.person_id == person_id))).scalar_one_or_none()


async def is_right(held: Password | None, password: str) -> bool:
    """Return whether a password is the one that is kept; it takes as long where none is."""
    if len(password) > LONGEST * 4:
        return False
    return await asyncio.to_thread(_verify, held.password_hash if held else NOBODYS, _normal(password)) and bool(held)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
