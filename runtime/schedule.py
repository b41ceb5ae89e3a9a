"""Says when work that nobody asks for is done: APScheduler keeps the time, rows say whether there is anything left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import sweeping as chats
from bot import uploads
from casework.approvals import service as approvals
from casework.approvals import store as approval_store
from casework.assignment import service as assignment
from casework.attachments import sweeping
from casework.cases import unanswered
from casework.desk import Desk
from casework.drafts import sending
from casework.drafts import service as drafts
from casework.replying import service as replying
from casework.service_levels import due_times
from casework.service_levels import service as service_levels
from payroll.declarations.periods import make_due_outputs
from payroll.effects.service import apply_closed_cases
from payroll.repayments import telling
from payroll.runs.monthly import run_due_months
from payroll.runs.schedule import calculate_open_months
from runtime.wiring import House, payroll_law, payroll_settings

log = structlog.get_logger()

# A daily turn is claimed once whoever asks: asking more often than once a day makes a missed turn up.
LONGEST_WAIT = timedelta(minutes=15)
REROUTE_EVERY = timedelta(minutes=1)
STOP_SECONDS = 5.0
SWEEP_EVERY = timedelta(hours=1)
ASSIGN_EVERY = timedelta(minutes=1)
TELL_EVERY = timedelta(minutes=1)
RECKON_EVERY = timedelta(seconds=5)  # how late the queue knows by when a case is due


class Schedule:
    """The jobs of one process. Several processes may keep the same schedule: each turn is done once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._settings = payroll_settings(house)
        self._law = payroll_law(house)
        self._assignment = house.assignment
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._under_way: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        """Begin, with each job at once."""
        # A turn that finds the one before still at work is left out, which is no news: the next one does it all.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        handover = timedelta(seconds=self._house.settings.payroll_handover_seconds)
        self._every(handover, self.hand_over_closed_cases)
        self._every(min(self._settings.calculation_every, LONGEST_WAIT), self.calculate)
        self._every(LONGEST_WAIT, self.run_months)
        self._every(LONGEST_WAIT, self.make_outputs)
        self._every(TELL_EVERY, self.tell_of_repayments)
        self._every(REROUTE_EVERY, self.reroute_approvals)
        self._every(LONGEST_WAIT, self.follow_up_answers)
        self._every(LONGEST_WAIT, self.escalate)
        self._every(SWEEP_EVERY, self.sweep_chats)
        self._every(SWEEP_EVERY, self.sweep_drafts)
        self._every(RECKON_EVERY, self.reckon_due_times)
        if self._assignment is not None:
            self._every(ASSIGN_EVERY, self.assign)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no more jobs, and let those under way finish within a few seconds: APScheduler would cut them off."""
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
        self._scheduler.shutdown(wait=False)

    def _every(self, interval: timedelta, job: Callable[[], Awaitable[None]]) -> None:
        async def turn() -> None:
            task = asyncio.ensure_future(job())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.shield(task)

        self._scheduler.add_job(
            turn,
            IntervalTrigger(seconds=max(1, int(interval.total_seconds()))),
            next_run_time=datetime.now().astimezone(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    async def hand_over_closed_cases(self) -> None:
        """Hand every closed case that touches pay to payroll."""
        house = self._house
        await apply_closed_cases(house.database, house.clock, house.desk.catalogue, self._law, self._settings)

    async def sweep_chats(self) -> None:
        """Throw away what guests said in the chat, and what was begun there and left for as long as a draft is kept."""
        now = self._house.clock.now()
        async with self._house.database.transaction() as session:
            await chats.forget_guests(session, now)
            await chats.forget_left(session, now - timedelta(days=self._house.settings.draft_days), now)

    async def sweep_drafts(self) -> None:
        """Throw away what was left for too long: drafts, keys of pages that were sent, files that nothing refers to."""
        house = self._house
        before = house.clock.now() - timedelta(days=house.settings.draft_days)
        async with house.database.transaction() as session:
            await drafts.throw_away_left(session, before)
            await sending.forget(session, before)
            await replying.discard_left(session, before)
        await sweeping.sweep(house.database, house.desk.storage, [uploads.in_use])

    async def calculate(self) -> None:
        """Calculate the open months, if this turn has not been done."""
        await calculate_open_months(self._house.database, self._house.clock, self._law, self._settings)

    async def run_months(self) -> None:
        """Finish a run that was interrupted, and run the present month of each employer whose cut-off has come."""
        await run_due_months(self._house.database, self._house.clock, self._law, self._settings)

    async def make_outputs(self) -> None:
        """Make what is due of the last quarter and the last year."""
        await make_due_outputs(self._house.database, self._house.clock)

    async def tell_of_repayments(self) -> None:
        """Write to whoever owes something after a run that was paid; their time to object begins when it has left."""
        await self._each(telling.waiting, telling.tell)
        await self._each(telling.left, telling.begin_term)
        await self._each(telling.came_back, telling.stop_term)

    async def reroute_approvals(self) -> None:
        """Bring open approvals to whoever has to decide them today."""
        await self._each(approval_store.open_ids, approvals.reroute)

    async def follow_up_answers(self) -> None:
        """Remind those who have not accepted an answer, and close what they left."""
        await self._each(unanswered.waiting, unanswered.follow_up)

    async def reckon_due_times(self) -> None:
        """Keep by when each case is due, for the queue."""
        await due_times.reckon_stale(self._house.database, self._house.desk)

    async def assign(self) -> None:
        """Give the cases that nobody has to handlers, by the rules of the house."""
        await self._each(assignment.waiting, self._assign_one)

    async def _assign_one(self, session: AsyncSession, desk: Desk, case_id: int) -> None:
        if self._assignment is not None:
            await assignment.assign(session, desk, self._assignment, case_id)

    async def escalate(self) -> None:
        """Tell handlers which of their cases are overdue."""
        await self._each(service_levels.to_look_at, service_levels.escalate)

    async def _each(
        self,
        find: Callable[[AsyncSession], Awaitable[Sequence[int]]],
        do: Callable[[AsyncSession, Desk, int], Awaitable[None]],
    ) -> None:
        """Do something with each of what is found, in a transaction of its own: one that breaks stops no other."""
        async with self._house.database.reading() as session:
            found = await find(session)
        for one in found:
            try:
                async with self._house.database.transaction() as session:
                    await do(session, self._house.desk, one)
            except OperationalError:
                raise  # the database is away: the next turn tries again
            except Exception:
                log.exception("turn_failed", what=do.__qualname__, id=one)
