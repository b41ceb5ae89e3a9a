"""Ties an account elsewhere to a person: a link that is followed behind the sign-in, then a code typed back there.

The link alone would tie a stranger's account to whoever they can make follow it; the code shows that the one who
signed in and the one who writes are the same.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.models import OutsideAccount
from bot.ports import AccountDesk

LINK_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
MOST_TRIES = 5
LONGEST_NAME = 200


class AccountLinks:
    """Every step from a stranger's account to that of a person, and back; each a part of the caller's transaction."""

    def __init__(self, key: bytes, desk: AccountDesk) -> None:
        self._key = key
        self.desk = desk

    async def account(self, session: AsyncSession, channel: str, account: str, name: str) -> OutsideAccount:
        """Return an account that writes to us, under the name that it has now; the first time it is written down."""
        query = select(OutsideAccount).where(OutsideAccount.channel == channel, OutsideAccount.account == account)
        found = (await session.execute(query)).scalar_one_or_none()
        if found is None:
            found = OutsideAccount(channel=channel, account=account, name=name[:LONGEST_NAME], tries=0, secret_hash="")
            try:
                async with session.begin_nested():
                    session.add(found)
            except IntegrityError:  # its second message came at the same moment
                found = (await session.execute(query)).scalar_one()
        found.name = name[:LONGEST_NAME] or found.name
        return found

    def give_link(self, account: OutsideAccount, now: datetime) -> str:
        """Return the end of a link for the owner of an account; every earlier one is void."""
        secret = secrets.token_urlsafe(16)
        _keep(account, secret, now + LINK_LIFE)
        return f"{account.id}.{secret}.{self._mark(account.id, secret)}"

    async def of_link(self, session: AsyncSession, token: str, now: datetime) -> OutsideAccount | None:
        """Return the account of a link that can still be followed; None for any other."""
        written, _, rest = token.partition(".")
        secret, _, mark = rest.partition(".")
        if not (written.isascii() and written.isdigit() and len(written) <= 9):
            return None
        if not hmac.compare_digest(mark.encode(), self._mark(int(written), secret).encode()):
            return None
        account = await session.get(OutsideAccount, int(written), with_for_update=True)
        return account if account is not None and _is_open(account, secret, now) else None

    def confirm(self, account: OutsideAccount, person_id: int, now: datetime) -> str:
        """Use up the link of an account; returns the code that its owner has to type there."""
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        _keep(account, code, now + CODE_LIFE)
        account.confirmed_by = person_id
        return code

    async def try_code(self, session: AsyncSession, account: OutsideAccount, typed: str, now: datetime) -> bool:
        """Tie an account to whoever asked for the code, where it is the right one; after some wrong ones none is."""
        if account.confirmed_by is None:
            return False
        if not _is_open(account, typed, now):
            account.tries += 1
            if account.tries >= MOST_TRIES:
                _forget(account)
            return False
        account.person_id, account.linked_at = account.confirmed_by, now
        _forget(account)
        await self.desk.note(session, account.person_id, "account_linked", account.channel, account.name)
        return True

    async def language_of(self, session: AsyncSession, account: OutsideAccount) -> str | None:
        """Return the language of the owner of an account; None while it is nobody's, or of somebody who left."""
        return await self.desk.language(session, account.person_id) if account.person_id is not None else None

    async def of_person(self, session: AsyncSession, person_id: int) -> Sequence[OutsideAccount]:
        """Return the accounts of a person."""
        query = select(OutsideAccount).where(OutsideAccount.person_id == person_id).order_by(OutsideAccount.id)
        return (await session.execute(query)).scalars().all()

    async def untie(self, session: AsyncSession, person_id: int, account_id: int) -> bool:
        """Make an account nobody's again; false where it is not this person's."""
        account = await session.get(OutsideAccount, account_id, with_for_update=True)
        if account is None or account.person_id != person_id:
            return False
        account.person_id = account.linked_at = None
        await self.desk.note(session, person_id, "account_unlinked", account.channel, account.name)
        return True

    def _mark(self, account_id: int, secret: str) -> str:
        return hmac.new(self._key, f"account link {account_id} {secret}".encode(), hashlib.sha256).hexdigest()[:40]


def _keep(account: OutsideAccount, secret: str, until: datetime) -> None:
    account.secret_hash, account.secret_until = _hash(secret), until
    account.confirmed_by, account.tries = None, 0


def _forget(account: OutsideAccount) -> None:
    account.secret_hash, account.secret_until, account.confirmed_by = "", None, None


def _is_open(account: OutsideAccount, secret: str, now: datetime) -> bool:
    fits = hmac.compare_digest(account.secret_hash.encode(), _hash(secret).encode())
    return fits and account.secret_until is not None and now < account.secret_until


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
