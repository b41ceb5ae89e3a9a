"""Works off what the mail server kept: read, screen, identify, route, and act, each mail in one transaction."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from casework.clock import Clock
from casework.db import Database
from casework.messages.service import storable
from casework.outbox.letters import one_line
from casework.workloop import work_until
from mail_gateway import store
from mail_gateway.errors import MailUnreadable
from mail_gateway.inbound.clamd import Clamd, ScannerAway
from mail_gateway.inbound.filing import Mailroom, Outcome, file_mail
from mail_gateway.models import ParsedMail
from mail_gateway.settings import MailSettings
from mail_gateway.store import MailState, ReceivedMail

log = logging.getLogger(__name__)

MAILS_AT_ONCE = 8
PATIENCE_SECONDS = 2.0
TRIES = 4
# Mails are read in another process, so hardly one can stop this one; a desk that is killed often for other reasons
# must not put innocent mails aside.
MOST_CLAIMS = 100
LONGEST_REASON = 500
OTHERS_WERE_FIRST = (StaleDataError, IntegrityError)
DATABASE_IS_AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)

Parser = Callable[[bytes], Awaitable[ParsedMail]]
"""Reads a mail within bounds of time and memory. Raises `MailUnreadable`."""


class Intake:
    """One worker on received mail; several may run, in one process or in many, and no mail is done twice."""

    def __init__(
        self, database: Database, room: Mailroom, settings: MailSettings, parse: Parser, *, owner: str
    ) -> None:
        self._database = database
        self._room = room
        self._clock: Clock = room.desk.clock
        self._settings = settings
        self._parse = parse
        self._clamd = Clamd(settings.clamd, settings.scan_seconds) if settings.clamd else None
        self._owner = owner
        self._stop = asyncio.Event()
        self._slow: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, finish what is under way, and give back what was claimed and not begun."""
        self._stop = stop
        await work_until(stop, self._database, self._settings.intake_poll_seconds, self.work_off)
        if self._slow:
            _, hanging = await asyncio.wait(self._slow, timeout=self._settings.stop_seconds)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        async with self._database.transaction() as session:
            await store.give_back(session, owner=self._owner)

    async def work_off(self) -> bool:
        """Work on the oldest mails that wait; False if none did.

        They are read side by side and acted upon in the order in which they came, so that a reply does not overtake
        the mail it answers; one that takes long to read steps aside.
        """
        now = self._clock.now()
        async with self._database.reading() as session:
            if not await store.anything_waits(session, now):
                return False
        async with self._database.transaction() as session:
            mails = await store.claim(session, owner=self._owner, now=now, limit=MAILS_AT_ONCE)
        readings = [(mail, asyncio.create_task(self._read(mail.id))) for mail in mails]
        for mail, reading in readings:
            if self._stop.is_set():
                reading.cancel()
                continue
            done, _ = await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
            if done:
                await self._work_on(mail, reading)
            else:
                task = asyncio.create_task(self._work_on(mail, reading))
                self._slow.add(task)
                task.add_done_callback(self._slow.discard)
        return bool(mails)

    async def _read(self, mail_id: int) -> ParsedMail:
        async with self._database.reading() as session:
            raw = await store.raw(session, mail_id)
        parsed = await self._parse(raw)
        return parsed if self._clamd is None else await self._clamd.look_at(parsed)

    async def _work_on(self, mail: ReceivedMail, reading: asyncio.Task[ParsedMail]) -> None:
        """Act on one mail; whatever it does to us, it ends in a state and touches no other mail."""
        try:
            if mail.claims > MOST_CLAIMS:
                await self._shunt(mail.id, f"the desk stopped {mail.claims - 1} times while it worked on this mail")
            else:
                await self._act(mail.id, await reading)
        except MailUnreadable as error:
            await self._shunt(mail.id, str(error))
        except ScannerAway as error:
            log.warning("mail %d waits for the virus scanner: %s", mail.id, error)
            await self._wait_for_scanner(mail.id)
        except DATABASE_IS_AWAY as error:
            log.warning("mail %d waits for its lease to end: %s", mail.id, type(error).__name__)
        except Exception as error:
            log.exception("mail %d is shunted", mail.id)
            await self._shunt(mail.id, f"{type(error).__name__}: {error}")

    async def _act(self, mail_id: int, parsed: ParsedMail) -> None:
        for try_ in range(TRIES):
            try:
                await self._file(mail_id, parsed)
            except (*OTHERS_WERE_FIRST, *DATABASE_IS_AWAY):
                if try_ == TRIES - 1:
                    raise
                await asyncio.sleep(0.1 * 2**try_)
            else:
                return

    async def _file(self, mail_id: int, parsed: ParsedMail) -> None:
        """File a mail: what it changes and its own state are kept together, or not at all."""
        async with self._database.transaction() as session:
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is None:
                return  # the lease ran out, and another worker has it
            mail.subject = one_line(storable(parsed.subject))
            mail.from_address = storable(parsed.from_.address).lower() or mail.from_address
            _settle(mail, await file_mail(session, self._room, parsed, mail.envelope, released=mail.released))

    async def _wait_for_scanner(self, mail_id: int) -> None:
        """Leave a mail until its lease ends; however long the scanner is away, the mail is not to blame."""
        async with self._database.transaction() as session:
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is not None:
                mail.claims -= 1

    async def _shunt(self, mail_id: int, reason: str) -> None:
        async with self._database.transaction() as session:
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is not None:
                _settle(mail, Outcome(MailState.SHUNTED, reason))


def _settle(mail: ReceivedMail, outcome: Outcome) -> None:
    mail.state = outcome.state
    mail.reason = None if outcome.reason is None else one_line(storable(outcome.reason))[:LONGEST_REASON]
    mail.case_id = None if outcome.case is None else outcome.case.id
    if outcome.sender is not None:
        mail.person_id = None if outcome.sender.actor is None else outcome.sender.actor.person_id
        mail.trust = outcome.sender.trust.level
        mail.evidence = "; ".join(filter(None, (outcome.sender.trust.evidence, outcome.route)))
    mail.lease_owner = mail.leased_until = None
