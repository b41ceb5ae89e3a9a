"""What happens to somebody who asked for a person: they wait, talk, leave, or find it all on a case.

Each function is one transaction. A wish is changed only under a lock, so that of two handlers one gets it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot import store as conversations
from bot import uploads
from bot.actions import words
from bot.channels.listeners import Listeners
from bot.handover import estimate, store, transcript
from bot.handover.models import QUEUED, Handover, HandoverState
from bot.ports import ContactDesk, Filed, Queued, Talk
from bot.store import Speaker, Utterance
from casework.clock import Clock
from casework.db import Database, Wakeup

PERSON_HERE = timedelta(seconds=60)  # since their page last asked; after it somebody counts as gone
HANDLER_HERE = timedelta(seconds=90)
MOST_TALKS = 3  # of one handler, when they take more than the one that starts by itself
LONGEST_REPLY = 5_000


class Refused(StrEnum):
    """Why a handler could not do what they wanted with a conversation."""

    GONE = "gone"
    TOO_MANY = "too_many"
    OWN = "own"
    AWAY = "away"


class HandoverDesk:
    """Every wish for a person, from the asking to the end."""

    def __init__(self, database: Database, clock: Clock, desk: ContactDesk, listeners: Listeners) -> None:
        self.database = database
        self.clock = clock
        self.desk = desk
        self.listeners = listeners
        self.changed = Wakeup()  # for whoever gives conversations out

    async def ask(
        self, conversation_id: str, person_id: str, language: str, case_number: str | None, keys: Sequence[str]
    ) -> Queued | Filed:
        """Put somebody in the queue, or outside opening hours their conversation on a case; asked twice, once."""
        async with self.database.transaction() as session:
            # It also locks the conversation: of two wishes at once the second finds the first.
            await conversations.begin(session, conversation_id, int(person_id), language, self.clock.now())
            one = await store.live(session, conversation_id)
            if one is None:
                one = await self._begin(session, conversation_id, int(person_id), language, case_number)
            opening = await self.desk.opening(session, one.person_id)
            if one.state == HandoverState.WAITING and not opening.is_open:
                await self.file(session, one, keys)
            answer = (
                Filed(one.case_number or "", opening.opens_at)
                if one.state == HandoverState.FILED
                else await self.place(session, one)
            )
        self.tell(conversation_id)
        return answer

    async def _begin(
        self, session: AsyncSession, conversation_id: str, person_id: int, language: str, case_number: str | None
    ) -> Handover:
        now = self.clock.now()
        known = await self.desk.own_case(session, person_id, case_number) if case_number else None
        one = Handover(
            conversation_id=conversation_id,
            person_id=person_id,
            language=language,
            team=known[1] if known else "",
            case_number=known[0] if known else None,
            state=HandoverState.WAITING,
            asked_at=now,
            person_seen_at=now,
            told_sequence=await conversations.begun_anew_after(session, conversation_id, now),
        )
        session.add(one)
        await session.flush()
        return one

    async def place(self, session: AsyncSession, one: Handover) -> Queued:
        """Return the place of somebody who waits, and how long it may take, where that is known."""
        position = await store.position(session, one)
        seen = await store.on_duty(session, self.clock.now() - HANDLER_HERE)
        able = [duty for duty in seen if one.language in duty.languages and one.team in ("", duty.team)]
        lengths = await store.lengths(session, one.team, one.language)
        return Queued(position, estimate.minutes_to_wait(position, len(able), lengths))

    async def file(self, session: AsyncSession, one: Handover, keys: Sequence[str] = ()) -> None:
        """Put the conversation of somebody who waits on a case; their place is kept."""
        talk = await self._talk(session, one, keys)
        one.case_number, one.state = await self.desk.file(session, talk), HandoverState.FILED

    async def _talk(self, session: AsyncSession, one: Handover, keys: Sequence[str] = ()) -> Talk:
        name = await self.desk.name(session, one.person_id)
        text, one.told_sequence = await transcript.since(
            session, one.conversation_id, one.told_sequence, name, one.language
        )
        pending = await uploads.waiting(session, one.conversation_id)
        return Talk(one.person_id, one.language, text, one.case_number, [*dict.fromkeys([*keys, *pending])])

    async def leave(self, conversation_id: str) -> None:
        """Take somebody out of the queue, or end the talk they are in, because they want it."""
        async with self.database.transaction() as session:
            one = await self.locked_live(session, conversation_id)
            if one is None:
                return
            if one.is_talking:
                await self.finish(session, one, solved=False)
            else:
                one.state, one.ended_at = HandoverState.LEFT, self.clock.now()
                await self.announce(session, one, "handover_left")
        self.tell(conversation_id)

    async def file_now(self, conversation_id: str) -> None:
        """Make a case of a conversation whose person does not want to wait."""
        async with self.database.transaction() as session:
            one = await self.locked_live(session, conversation_id)
            if one is None or one.state != HandoverState.WAITING:
                return
            await self.file(session, one)
            await self.announce(session, one, "handover_filed", number=one.case_number or "")
        self.tell(conversation_id)

    async def locked_live(self, session: AsyncSession, conversation_id: str) -> Handover | None:
        """Return the wish of a conversation that has not ended, and let nobody else change it meanwhile."""
        one = await store.live(session, conversation_id)
        return await store.locked(session, one.id) if one else None

    async def take(self, handover_id: int, handler_id: int, *, most: int = MOST_TALKS) -> Refused | None:
        """Begin to talk with somebody who waits: of two handlers who want to, one does."""
        async with self.database.transaction() as session:
            duty = await store.duty(session, handler_id, lock=True)
            facts = await self.desk.handler(session, handler_id)
            if facts is None or facts.is_away or duty is None or not duty.languages:
                return Refused.AWAY
            if len(await store.talks_of(session, handler_id)) >= most:
                return Refused.TOO_MANY
            one = await store.locked(session, handover_id)
            if one is None or one.state not in QUEUED:
                return Refused.GONE
            if one.person_id == handler_id:
                return Refused.OWN
            one.handler_id, one.handler_name = handler_id, facts.name
            one.state, one.begun_at, one.mailed_at = HandoverState.TALKING, self.clock.now(), None
            one.case_number = await self.desk.begin(session, await self._talk(session, one), handler_id)
            await self.announce(session, one, "handover_begun", name=facts.name, number=one.case_number)
        self.tell(one.conversation_id)
        return None

    async def answer(self, handover_id: int, handler_id: int, text: str) -> Refused | None:
        """Say something to the person; when they are gone it also stands on the case, and a link to it is mailed."""
        async with self.database.transaction() as session:
            one = await self._own_talk(session, handover_id, handler_id)
            if one is None:
                return Refused.GONE
            now = self.clock.now()
            said = Utterance(Speaker.HANDLER, text[:LONGEST_REPLY], {"name": one.handler_name})
            await conversations.write_down(session, one.conversation_id, [said], now)
            is_gone = now - one.person_seen_at > PERSON_HERE
            if is_gone and (one.mailed_at is None or one.mailed_at < one.person_seen_at):
                await self._conclude(session, one, solved=False)
                one.mailed_at = now
        self.tell(one.conversation_id)
        return None

    async def end(self, handover_id: int, handler_id: int, *, solved: bool) -> Refused | None:
        """End a talk: the assistant is back, and the person gets a link to what was said."""
        async with self.database.transaction() as session:
            one = await self._own_talk(session, handover_id, handler_id)
            if one is None:
                return Refused.GONE
            await self.finish(session, one, solved=solved)
        self.tell(one.conversation_id)
        return None

    async def give_back(self, handover_id: int, handler_id: int) -> Refused | None:
        """Let somebody wait for another handler, at the place they had."""
        async with self.database.transaction() as session:
            one = await self._own_talk(session, handover_id, handler_id)
            if one is None:
                return Refused.GONE
            await self.back_to_queue(session, one)
        self.tell(one.conversation_id)
        return None

    async def _own_talk(self, session: AsyncSession, handover_id: int, handler_id: int) -> Handover | None:
        one = await store.locked(session, handover_id)
        return one if one is not None and one.is_talking and one.handler_id == handler_id else None

    async def back_to_queue(self, session: AsyncSession, one: Handover) -> None:
        """Let somebody wait again at the place they had; what was said meanwhile stands on the case."""
        await self._conclude(session, one, solved=False)
        one.state, one.handler_id, one.handler_name, one.begun_at = HandoverState.WAITING, None, "", None
        await self.announce(session, one, "handover_back")

    async def finish(self, session: AsyncSession, one: Handover, *, solved: bool) -> None:
        """End a talk within a transaction."""
        await self._conclude(session, one, solved=solved)
        one.state, one.ended_at = HandoverState.ENDED, self.clock.now()
        await self.announce(session, one, "handover_ended", name=one.handler_name, number=one.case_number or "")

    async def _conclude(self, session: AsyncSession, one: Handover, *, solved: bool) -> None:
        if one.handler_id is None or one.case_number is None:
            return
        talk = await self._talk(session, one)
        if talk.text:
            await self.desk.conclude(session, one.case_number, one.handler_id, talk.text, solved=solved)

    async def announce(self, session: AsyncSession, one: Handover, key: str, **values: str) -> None:
        """Say something to the person in the name of the assistant, in their language."""
        parts = {"custom": {"case": {"number": one.case_number}}} if "number" in values else {}
        said = Utterance(Speaker.ASSISTANT, words.text(key, one.language, values), parts)
        await conversations.write_down(session, one.conversation_id, [said], self.clock.now())

    async def see_person(self, one: Handover, now: datetime) -> None:
        """Write down that the person is still there, if that was long ago."""
        if now - one.person_seen_at >= PERSON_HERE / 3:
            async with self.database.transaction() as session:
                await store.see_person(session, one.id, now)
            self.changed.notify()

    def tell(self, conversation_id: str) -> None:
        """Have everybody who shows or gives out a conversation look again."""
        self.listeners.wake(conversation_id)
        self.changed.notify()
