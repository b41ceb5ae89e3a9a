"""Works off what the mail server kept: read, screen, identify, route, and act, each mail in one transaction."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from casework import new_rows
from casework.attachments import service as attachments
from casework.attachments.inspection import KeptContent
from casework.attachments.models import Attachment
from casework.attachments.scanning import ScannerAway
from casework.clock import Clock
from casework.db import Database
from casework.messages.models import Event
from casework.messages.service import storable
from casework.outbox.letters import one_line
from casework.outbox.models import OutboxMail
from casework.people import store as people
from casework.search.models import SearchEntry
from casework.workloop import work_until
from mail_gateway import store
from mail_gateway.errors import MailUnreadable
from mail_gateway.inbound import screening
from mail_gateway.inbound.clamd import Clamd
from mail_gateway.inbound.filing import Mailroom, Outcome, file_mail
from mail_gateway.inbound.sender_check import UNCHECKED, SenderCheck
from mail_gateway.models import ParsedMail
from mail_gateway.settings import MailSettings
from mail_gateway.store import DATABASE_IS_AWAY, MailState, ReceivedMail

log = logging.getLogger(__name__)

MAILS_AT_ONCE = 16
TOGETHER_SECONDS = 0.5
PATIENCE_SECONDS = 2.0
LARGE = 1024 * 1024
TRIES = 4
# Mails are read in another process, so hardly one can stop this one; a desk that is killed often for other reasons
# must not put innocent mails aside.
MOST_CLAIMS = 100
LONGEST_REASON = 500
OTHERS_WERE_FIRST = (StaleDataError, IntegrityError)

Parser = Callable[[bytes], Awaitable[ParsedMail]]
"""Reads a mail within bounds of time and memory. Raises `MailUnreadable`."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A mail that was read, what was found about its sender, and whether its files are wanted."""

    parsed: ParsedMail
    check: SenderCheck
    accepted: bool


class Intake:
    """One worker on received mail; several may run, in one process or in many, and no mail is done twice."""

    def __init__(
        self,
        database: Database,
        room: Mailroom,
        settings: MailSettings,
        parse: Parser,
        *,
        owner: str,
        large_mail: asyncio.Lock | None = None,
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
        self._large_mail = large_mail or asyncio.Lock()  # one is in memory at a time, from its reading to its end
        self._in_memory: int | None = None
        self._more_wait = False

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
        mails = await self._claim()
        raws = await self._raws_of_small(mails)
        readings = deque((mail, asyncio.create_task(self._read(mail, raws.pop(mail.id, None)))) for mail in mails)
        try:
            if await self._file_together(readings):
                return True
            while readings and not self._stop.is_set():
                done, _ = await asyncio.wait({readings[0][1]}, timeout=PATIENCE_SECONDS)
                task = asyncio.create_task(self._work_on(*readings.popleft()))
                self._slow.add(task)
                task.add_done_callback(self._slow.discard)
                if done:
                    await task
        finally:
            for mail, reading in readings:  # whatever ended this round, a large mail must not keep the next one out
                await self._drop(mail, reading)
        return bool(mails)

    async def _claim(self) -> Sequence[ReceivedMail]:
        """Lease the oldest mails; after a round that was not full, nothing is locked before anything waits."""
        now = self._clock.now()
        if not self._more_wait:
            async with self._database.reading() as session:
                if not await store.anything_waits(session, now):
                    return ()
        async with self._database.transaction() as session:
            mails = await store.claim(session, owner=self._owner, now=now, limit=MAILS_AT_ONCE)
        self._more_wait = len(mails) == MAILS_AT_ONCE
        return mails

    async def _raws_of_small(self, mails: Sequence[ReceivedMail]) -> dict[int, bytes]:
        """Fetch what small mails hold in one step; a mail that cannot be fetched fails later, by itself."""
        try:
            async with self._database.reading() as session:
                return await store.raws(session, [mail.id for mail in mails if mail.size <= LARGE])
        except DBAPIError as error:
            log.info("%d mails are fetched one by one: %s", len(mails), type(error).__name__)
            return {}

    async def _read(self, mail: ReceivedMail, raw: bytes | None) -> _Read:
        if mail.size > LARGE:
            await self._large_mail.acquire()
            self._in_memory = mail.id
        reading = self._parse(await self._raw(mail.id) if raw is None else raw)
        del raw  # its reader lets go of it as soon as it can
        parsed = await reading
        if self._clamd is not None:
            parsed = await self._clamd.look_at(parsed)
        if screening.screen(parsed, mail.envelope, self._room.own).action is not screening.Action.ACCEPT:
            return _Read(parsed, UNCHECKED, accepted=False)
        return _Read(parsed, await self._check_sender(parsed, mail), accepted=True)

    async def _raw(self, mail_id: int) -> bytes:
        async with self._database.reading() as session:
            return await store.raw(session, mail_id)

    async def _with_stored_files(self, reads: Sequence[_Read]) -> list[_Read]:
        """Put files on the disk while no transaction waits for it: a thousand of them would stop all other mail."""
        wanted = [file for read in reads if read.accepted for file in read.parsed.attachments]
        kept = iter(await attachments.store(self._room.desk, [file.content for file in wanted]))
        return [replace(read, parsed=_with_kept(read.parsed, kept)) if read.accepted else read for read in reads]

    async def _check_sender(self, parsed: ParsedMail, mail: ReceivedMail) -> SenderCheck:
        """Find out who sent a mail that the desk may act upon, while no transaction waits."""
        if self._room.checker is None:
            return UNCHECKED
        return await self._room.checker.check(parsed, mail.envelope, mail.received_at)

    async def _drop(self, mail: ReceivedMail, reading: asyncio.Task[_Read]) -> None:
        """Leave a mail, wherever its reading is, and make room for the next large one."""
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if self._in_memory == mail.id:
            self._in_memory = None
            self._large_mail.release()

    async def _file_together(self, readings: Collection[tuple[ReceivedMail, asyncio.Task[_Read]]]) -> bool:
        """File mails in one transaction, for one commit; False, and nothing happened, if one stands out.

        Filed one by one, such a mail costs no other mail anything.
        """
        stands_out = any(mail.size > LARGE or mail.claims > MOST_CLAIMS for mail, _ in readings)
        if len(readings) < 2 or stands_out:
            return False
        tasks = [reading for _, reading in readings]
        if not await _all_end(tasks) or self._stop.is_set() or any(task.exception() for task in tasks):
            return False
        try:
            reads = await self._with_stored_files([task.result() for task in tasks])
            async with self._database.transaction() as session:
                await store.wait_for_turn(session)
                people.remember(session)
                ours = await store.leased_among(session, [mail.id for mail, _ in readings], owner=self._owner)
                for (mail, _), read in zip(readings, reads, strict=True):
                    if mail.id in ours:
                        await self._file_within(session, ours[mail.id], read)
                await new_rows.put_together(session, Event, OutboxMail, Attachment, SearchEntry)
        except Exception as error:  # noqa: BLE001 -- which mail it was, and whether it passes, shows one by one
            log.info("%d mails are filed one by one: %s", len(readings), type(error).__name__)
            return False
        return True

    async def _work_on(self, mail: ReceivedMail, reading: asyncio.Task[_Read]) -> None:
        """Act on one mail, and make room for the next; without a database it waits for its lease to end."""
        try:
            await self._settle_one(mail, reading)
        except DATABASE_IS_AWAY as error:
            log.warning("mail %d waits for its lease to end: %s", mail.id, type(error).__name__)
        finally:
            await self._drop(mail, reading)

    async def _settle_one(self, mail: ReceivedMail, reading: asyncio.Task[_Read]) -> None:
        """Act on one mail; whatever it does to us, it ends in a state and touches no other mail."""
        try:
            if mail.claims > MOST_CLAIMS:
                await self._shunt(mail.id, f"the desk stopped {mail.claims - 1} times while it worked on this mail")
            else:
                [read] = await self._with_stored_files([await reading])
                await self._act(mail.id, read)
        except MailUnreadable as error:
            await self._shunt(mail.id, str(error))
        except (ScannerAway, OSError) as error:
            log.warning("mail %d waits for its lease to end: %s", mail.id, error)
            await self._wait_without_blame(mail.id)
        except DATABASE_IS_AWAY:
            raise
        except Exception as error:
            log.exception("mail %d is shunted", mail.id)
            await self._shunt(mail.id, f"{type(error).__name__}: {error}")

    async def _act(self, mail_id: int, read: _Read) -> None:
        for try_ in range(TRIES):
            try:
                await self._file(mail_id, read)
            except (*OTHERS_WERE_FIRST, *DATABASE_IS_AWAY):
                if try_ == TRIES - 1:
                    raise
                await asyncio.sleep(0.1 * 2**try_)
            else:
                return

    async def _file(self, mail_id: int, read: _Read) -> None:
        """File a mail: what it changes and its own state are kept together, or not at all."""
        async with self._database.transaction() as session:
            people.remember(session)
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is not None:  # else the lease ran out, and another worker has it
                await self._file_within(session, mail, read)

    async def _file_within(self, session: AsyncSession, mail: ReceivedMail, read: _Read) -> None:
        check = read.check
        if check.is_proof:
            check = check.once(came_before=await store.came_before(session, mail))
        outcome = await file_mail(session, self._room, read.parsed, mail.envelope, released=mail.released, check=check)
        mail.subject = one_line(storable(read.parsed.subject))
        mail.from_address = storable(read.parsed.from_.address).lower() or mail.from_address
        _settle(mail, outcome)

    async def _wait_without_blame(self, mail_id: int) -> None:
        """Leave a mail until its lease ends; however long the scanner is away or the disk full, it is not to blame."""
        async with self._database.transaction() as session:
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is not None:
                mail.claims -= 1

    async def _shunt(self, mail_id: int, reason: str) -> None:
        async with self._database.transaction() as session:
            mail = await store.leased(session, mail_id, owner=self._owner)
            if mail is not None:
                _settle(mail, Outcome(MailState.SHUNTED, reason))


async def _all_end(tasks: Collection[asyncio.Task[_Read]]) -> bool:
    """Wait for mails to be read; False as soon as, for a while, none of those under way comes to its end."""
    under_way: Collection[asyncio.Task[_Read]] = tasks
    while under_way:
        done, under_way = await asyncio.wait(under_way, timeout=TOGETHER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return False
    return True


def _with_kept(parsed: ParsedMail, kept: Iterator[KeptContent]) -> ParsedMail:
    return replace(parsed, attachments=tuple(replace(file, kept=next(kept)) for file in parsed.attachments))


def _settle(mail: ReceivedMail, outcome: Outcome) -> None:
    mail.state = outcome.state
    mail.reason = None if outcome.reason is None else one_line(storable(outcome.reason))[:LONGEST_REASON]
    mail.case_id = None if outcome.case is None else outcome.case.id
    if outcome.sender is not None:
        mail.person_id = None if outcome.sender.actor is None else outcome.sender.actor.person_id
        mail.trust = outcome.sender.trust.level
        mail.evidence = "; ".join(filter(None, (outcome.sender.trust.evidence, outcome.route)))
    mail.lease_owner = mail.leased_until = None
