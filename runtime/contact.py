"""Gives a conversation between two people the desk: hours, handlers and the case, kept by the services of casework."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import uploads
from bot.ports import CaseAnswer, HandlerFacts, Opening, Talk
from casework.audit import service as audit
from casework.calendars import store as calendars
from casework.cases import handling, notices, service, store
from casework.cases.models import Case, Status
from casework.clock import local_date
from casework.deputies import store as deputies
from casework.desk import Desk
from casework.errors import NotFound
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor, Role, Team
from runtime import chat_files

SUBJECT = {
    "nl": "Chatgesprek met een medewerker",
    "fr": "Conversation par chat avec un collaborateur",
    "de": "Chat-Gespräch mit einem Mitarbeiter",
    "en": "Chat with a colleague",
}


class DeskContact:
    """Keeps `bot.ports.ContactDesk`: each call is a part of the caller's transaction."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def opening(self, session: AsyncSession, person_id: int) -> Opening:
        """Return whether handlers work now, by the calendar of the person's organisation."""
        person = await people.person(session, person_id)
        calendar = await calendars.of_organisation(session, person.organisation_id)
        now = self._desk.clock.now()
        opens_at = calendar.after_hours(now, timedelta())
        return Opening(opens_at == now, opens_at)

    async def handler(self, session: AsyncSession, handler_id: int) -> HandlerFacts | None:
        """Return a handler; None for anybody else."""
        person = await people.person(session, handler_id)
        if not person.active or Role.HANDLER not in await people.roles(session, handler_id):
            return None
        away = await deputies.standing_in(session, [handler_id], local_date(self._desk.clock.now()))
        team = await session.get(Team, person.team_id) if person.team_id is not None else None
        return HandlerFacts(person.id, person.name, person.language, team.name if team else "", handler_id in away)

    async def name(self, session: AsyncSession, person_id: int) -> str:
        """Return what somebody is called."""
        return (await people.person(session, person_id)).name

    async def own_case(self, session: AsyncSession, person_id: int, number: str) -> tuple[str, str] | None:
        """Return the number of a person's own open case, and the team of its form where that has any handler."""
        case = await _found(session, number)
        if case is None or case.requester_id != person_id or case.is_closed:
            return None
        form = self._desk.catalogue.form(case.form_key) if case.form_key else None
        if form is None or form.team is None or form.team not in await people.team_names(session):
            return case.number, ""
        return case.number, form.team

    async def note_read(self, session: AsyncSession, handler_id: int, person_id: int, number: str | None) -> None:
        """Write down in the log that a handler read somebody's conversation."""
        handler = await people.actor(session, handler_id)
        case = await _found(session, number) if number else None
        audit.record(
            session,
            at=self._desk.clock.now(),
            action="read_chat",
            actor=handler,
            channel=Channel.WEB,
            case_id=case.id if case else None,
            details={"name": await self.name(session, person_id)},
        )

    async def open_cases(self, session: AsyncSession, person_id: int, limit: int) -> Sequence[str]:
        """Return the numbers of a person's newest open cases."""
        newest, _ = await store.open_of_requester(session, person_id, limit)
        return [case.number for case in newest]

    async def waits(self, session: AsyncSession, number: str) -> bool:
        """Return whether a case is open and nobody has taken it yet."""
        case = await _found(session, number)
        return case is not None and not case.is_closed and case.handler_id is None

    async def file(self, session: AsyncSession, talk: Talk) -> str:
        """Put a conversation on a case, a new one where none is named, and return its number."""
        requester = await people.actor(session, talk.person_id)
        return (await self._keep(session, talk, requester, taken_by=None)).number

    async def begin(self, session: AsyncSession, talk: Talk, handler_id: int) -> str:
        """Give a handler the case of a conversation, a new one where none is named, and return its number."""
        handler = await people.actor(session, handler_id)
        requester = await people.actor(session, talk.person_id)
        case = await self._keep(session, talk, requester, taken_by=handler)
        if case.handler_id is None and not case.is_closed:
            await handling.claim(session, self._desk, case, handler, Channel.CHAT)
        return case.number

    async def _keep(self, session: AsyncSession, talk: Talk, requester: Actor, taken_by: Actor | None) -> Case:
        rows, files = await chat_files.of_person(session, self._desk, talk.person_id, talk.uploads)
        words = Words(text=talk.text, channel=Channel.CHAT)
        case = await _found(session, talk.number) if talk.number else None
        if case is None:
            subject = SUBJECT.get(talk.language, SUBJECT["nl"])
            request = service.Request(subject=subject, words=words, files=files, taken_by=taken_by)
            case = await service.open_case(session, self._desk, requester, request)
        elif talk.text or files:
            case = await service.add_message(session, self._desk, case, requester, words, files=files)
        await uploads.take(session, rows, case.number)
        return case

    async def conclude(self, session: AsyncSession, number: str, handler_id: int, text: str, *, solved: bool) -> None:
        """Keep what was said on the case and send the person a link to it; solved, the case waits for their yes."""
        case = await store.locked(session, (await store.by_number(session, number)).id)
        handler = await people.actor(session, handler_id)
        words = Words(text=text, channel=Channel.CHAT)
        if solved and not case.is_closed and case.status is not Status.AWAITING_ACCEPTANCE:
            await handling.write_to_requester(session, self._desk, case, handler, words, kind=MessageKind.ANSWER)
        else:
            await handling.keep_conversation(session, self._desk, case, handler, words)

    async def answers(self, session: AsyncSession, people: Sequence[int], since: datetime) -> Sequence[CaseAnswer]:
        """Return what handlers wrote to these people on cases that began in the chat, the oldest first."""
        written = await store.answered_since(session, people, since, Channel.CHAT)
        return [
            CaseAnswer(
                f"answer-{message.id}",
                case.requester_id,
                case.number,
                self._desk.settings.link(f"/cases/{case.number}"),
            )
            for message, case in written
        ]

    async def send_copy(self, session: AsyncSession, person_id: int) -> None:
        """Send somebody a link to what was said in the chat, and no word of it."""
        await notices.send_transcript(session, self._desk, person_id, "/chat/transcript")


async def _found(session: AsyncSession, number: str) -> Case | None:
    try:
        return await store.by_number(session, number)
    except NotFound:
        return None
