"""Codes by a mobile app: time-based one-time passwords (RFC 6238), each step good for one use."""

import hmac
import io
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import rowcount
from casework.digital_keys.models import AppKey
from casework.digital_keys.secrecy import seal, unseal

STEP_SECONDS = 30
STEPS_OF_SKEW = 1


async def prepare(session: AsyncSession, key: bytes, person_id: int, now: datetime) -> str:
    """Return a new secret for an app; it counts only after `confirm`, and replaces one that never did."""
    secret = pyotp.random_base32(length=32)
    await keep(session, key, person_id, secret, now, confirmed=False)
    return secret


async def keep(
    session: AsyncSession, key: bytes, person_id: int, secret: str, now: datetime, *, confirmed: bool
) -> None:
    """Keep the secret of an app in place of one that was never confirmed."""
    await session.execute(delete(AppKey).where(AppKey.person_id == person_id, AppKey.confirmed_at.is_(None)))
    sealed = seal(key, secret, str(person_id))
    session.add(AppKey(person_id=person_id, secret=sealed, created_at=now, confirmed_at=now if confirmed else None))
    await session.flush()


async def of_person(session: AsyncSession, person_id: int) -> AppKey | None:
    """Return a person's app key, confirmed or not."""
    return (await session.execute(select(AppKey).where(AppKey.person_id == person_id))).scalar_one_or_none()


def secret_of(held: AppKey, key: bytes) -> str:
    """Return the secret of an app key; empty when the desk's key has changed since."""
    return unseal(key, held.secret, str(held.person_id)) or ""


def address(secret: str, account: str) -> str:
    """Return what an app reads from the image: the `otpauth` address."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="Balie")


def qr_image(text: str) -> bytes:
    """Return a text as a QR code, drawn as SVG."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=5, border=4, xmldecl=False)
    return drawn.getvalue()


async def is_right(session: AsyncSession, key: bytes, person_id: int, code: str, now: datetime) -> bool:
    """Use up a code of the app: the present step or a neighbour, and none that is not newer than the last one used."""
    held = await of_person(session, person_id)
    if held is None or held.confirmed_at is None:
        return False
    return await _use(session, held, key, code, now)


async def confirm(session: AsyncSession, key: bytes, person_id: int, code: str, now: datetime) -> bool:
    """Let an app count from now on, if it makes the right codes."""
    held = await of_person(session, person_id)
    if held is None or held.confirmed_at is not None or not await _use(session, held, key, code, now):
        return False
    await session.execute(update(AppKey).where(AppKey.person_id == person_id).values(confirmed_at=now))
    return True


async def _use(session: AsyncSession, held: AppKey, key: bytes, code: str, now: datetime) -> bool:
    secret = secret_of(held, key)
    typed = "".join(code.split()).encode()
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - STEPS_OF_SKEW, present + STEPS_OF_SKEW + 1):
        if secret and hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), typed):
            newer = (AppKey.person_id == held.person_id) & (AppKey.last_step < step)
            return rowcount(await session.execute(update(AppKey).where(newer).values(last_step=step))) == 1
    return False


async def remove(session: AsyncSession, person_id: int) -> bool:
    """Take a person's app key away; return whether there was one."""
    return rowcount(await session.execute(delete(AppKey).where(AppKey.person_id == person_id))) == 1
