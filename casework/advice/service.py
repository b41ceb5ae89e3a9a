"""Asks colleagues for advice about a case and keeps what they answer; the requester learns nothing of it.

Whoever is of the legal cell and handles no cases reads the question and answers it, and sees nothing else of the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from casework.advice import store
from casework.advice.models import Advice, AdviceState
from casework.advice.store import Asked
from casework.cases import handling
from casework.cases.models import Case
from casework.cases.permissions import Action, may, require
from casework.clock import local_date
from casework.desk import Desk
from casework.errors import InvalidInput, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.messages.service import Words
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people import store as people
from casework.people.models import Actor, Person, Role, Team

LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Question:
    """What is asked, of a team or of one handler, and by which day an answer is needed."""

    text: str
    due_on: date | None
    team: Team | None = None
    person: Person | None = None

    @property
    def asked_of(self) -> str:
        """The name of the one who is asked, or of the team."""
        return self.person.name if self.person is not None else self.team.name if self.team is not None else ""


async def ask(session: AsyncSession, desk: Desk, case: Case, handler: Actor, question: Question) -> Advice:
    """Ask for advice: a note with the question, and a mail without it to each who can answer.

    Raises `InvalidInput` keyed `to`, `text` or `due_on`, `TransitionNotAllowed` on a closed case, `NotPermitted`.
    """
    require(handler, Action.HANDLE, case)
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, case.status)
    now = desk.clock.now()
    asked = await _who_can_answer(session, case, question)
    wrong = {} if question.text.strip() else {"text": "missing"}
    if not asked:
        wrong["to"] = "nobody"
    if question.due_on is None or question.due_on < local_date(now):
        wrong["due_on"] = "past"
    if wrong or question.due_on is None:
        raise InvalidInput(wrong)
    note = await handling.write_note(session, desk, case, handler, Words(question.text[:LONGEST_TEXT], Channel.WEB))
    advice = Advice(
        case_id=case.id,
        team_id=question.team.id if question.team else None,
        person_id=question.person.id if question.person else None,
        question_id=note.id,
        due_on=question.due_on,
        asked_by_id=handler.person_id,
        asked_at=now,
    )
    session.add(advice)
    data = {"name": question.asked_of, "due_on": question.due_on.isoformat()}
    _enter(session, desk, case, EventKind.ADVICE_ASKED, handler, data)
    await session.flush()
    for person in asked:
        if person.id != handler.person_id:
            await _tell(session, desk, case, person.id, "asked", f"advice:{advice.id}:{person.id}")
    return advice


async def _who_can_answer(session: AsyncSession, case: Case, question: Question) -> list[Person]:
    """Return the handlers and advisers who are asked; nobody is asked about their own request."""
    if question.person is not None:
        chosen = [one for one in await people.handlers(session) if one.id == question.person.id]
    else:
        chosen = [*await people.advisers(session, question.team.id)] if question.team is not None else []
    return [one for one in chosen if one.id != case.requester_id]


async def asked_of(session: AsyncSession, case: Case, actor: Actor) -> Sequence[Asked]:
    """Return what somebody of the legal cell, or their team, is asked about a case and has not answered."""
    if actor.person_id is None or not actor.has(Role.LEGAL):
        return ()
    return await store.open_of_person(session, await people.person(session, actor.person_id), case.id)


async def answer(session: AsyncSession, desk: Desk, case: Case, advice_id: int, handler: Actor, text: str) -> None:
    """Keep the answer as an internal note and tell the one who asked, by a mail without it.

    Any handler may answer, since any may write a note, and whoever of the legal cell is asked. Raises `InvalidInput`
    keyed `text`, `TransitionNotAllowed` for what is answered or ended already, `NotPermitted` or `NotFound`.
    """
    if not any(one.advice.id == advice_id for one in await asked_of(session, case, handler)):
        require(handler, Action.HANDLE, case)
    advice = await _open(session, case, advice_id)
    if not text.strip():
        raise InvalidInput({"text": "missing"})
    note = await handling.keep_note(session, desk, case, handler, Words(text[:LONGEST_TEXT], Channel.WEB))
    advice.state, advice.answer_id, advice.closed_at = AdviceState.GIVEN, note.id, desk.clock.now()
    _enter(session, desk, case, EventKind.ADVICE_GIVEN, handler, {})
    told = {advice.asked_by_id, case.handler_id} - {handler.person_id, None}
    for person_id in sorted(one for one in told if one is not None):
        if may(await people.actor(session, person_id), Action.HANDLE, case):
            await _tell(session, desk, case, person_id, "given", f"advice:{advice.id}:given:{person_id}")


async def end(session: AsyncSession, desk: Desk, case: Case, advice_id: int, handler: Actor) -> None:
    """Say that advice is no longer needed. Raises `TransitionNotAllowed`, `NotPermitted` or `NotFound`."""
    require(handler, Action.HANDLE, case)
    advice = await _open(session, case, advice_id)
    advice.state, advice.closed_at = AdviceState.ENDED, desk.clock.now()
    _enter(session, desk, case, EventKind.ADVICE_ENDED, handler, {})


async def _open(session: AsyncSession, case: Case, advice_id: int) -> Advice:
    advice = await store.advice(session, case.id, advice_id)
    if advice.state != AdviceState.OPEN:
        raise TransitionNotAllowed(case.number, advice.state, AdviceState.GIVEN)
    return advice


async def _tell(session: AsyncSession, desk: Desk, case: Case, person_id: int, occasion: str, key: str) -> None:
    link = desk.settings.link(f"/cases/{case.number}/advice")
    await outbox.tell(
        session,
        kind=MailKind.ADVICE,
        person_id=person_id,
        context={"number": case.number, "occasion": occasion, "link": link},
        now=desk.clock.now(),
        case_id=case.id,
        dedupe_key=key,
    )


def _enter(session: AsyncSession, desk: Desk, case: Case, kind: EventKind, actor: Actor, data: dict[str, str]) -> None:
    messages.enter(
        session, case_id=case.id, kind=kind, actor=actor, channel=Channel.WEB, at=desk.clock.now(), data=data
    )
