"""Cases for the assistant: the port `bot.ports.CaseDesk`, kept by the services of casework."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.ports import Asker, CaseSummary, FilledForm, Refusal, RefusalReason, Task, TaskKind
from casework.approvals import service as approvals
from casework.approvals import store as approval_store
from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import service as cases
from casework.cases import store
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, require
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.catalogue import form_checker
from casework.catalogue.form_checker import FormResult
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.db import Database
from casework.desk import Desk
from casework.drafts import sending
from casework.errors import Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor
from runtime import chat_forms

MOST_TASKS = 20
LONGEST_ID = 9  # digits
REFUSED = (NotFound, NotPermitted, TransitionNotAllowed, InvalidInput, Conflict)


def _refusal(error: Exception) -> Refusal:
    match error:
        case NotFound():
            return Refusal(RefusalReason.NOT_FOUND)
        case NotPermitted():
            return Refusal(RefusalReason.NOT_ALLOWED)
        case InvalidInput():
            return Refusal(RefusalReason.INVALID, str(error))
        case _:
            return Refusal(RefusalReason.NOT_NOW)


class _Refused(Exception):
    """Nothing was done; what the transaction held is taken back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def _done(case: Case | Refusal) -> Case:
    if isinstance(case, Refusal):
        raise _Refused(case)
    return case


class Uploads(Protocol):
    """Where the files are that a channel took in for a person."""

    async def read(self, session: AsyncSession, person_id: int, keys: Sequence[str]) -> list[IncomingFile]:
        """Return the files with these keys, one for each; raises `NotFound` for one that is not the person's."""
        ...

    async def put_on(self, session: AsyncSession, person_id: int, keys: Sequence[str], number: str) -> None:
        """Note that a case took the files along."""
        ...


class NoUploads:
    """Stands for uploads where no channel takes any."""

    async def read(self, _: AsyncSession, __: int, keys: Sequence[str]) -> list[IncomingFile]:
        """Return nothing for no keys."""
        if keys:
            raise NotFound
        return []

    async def put_on(self, _: AsyncSession, __: int, ___: Sequence[str], ____: str) -> None:
        """Note nothing."""


class ChatCaseDesk:
    """Cases on behalf of the person who chats: one transaction a call."""

    def __init__(self, database: Database, desk: Desk, uploads: Uploads | None = None) -> None:
        self._database = database
        self._desk = desk
        self._uploads = uploads or NoUploads()

    async def open_request(
        self, person_id: str, subject: str, text: str, attachments: Sequence[str], key: str = ""
    ) -> str | Refusal:
        """Open a case with this question, once for each key, and answer its number."""

        async def begin(session: AsyncSession, requester: Actor) -> Case | Refusal:
            files = await self._uploads.read(session, int(person_id), attachments)
            words = Words(text=text, channel=Channel.CHAT)
            case = await cases.open_case(session, self._desk, requester, cases.Request(subject, words, files))
            await self._uploads.put_on(session, int(person_id), attachments, case.number)
            return case

        return await self._once(person_id, key, begin)

    async def file_form(self, asker: Asker, filled: FilledForm, key: str) -> str | Refusal:
        """Open a case on a form, once for each key, and answer its number."""
        form = self._desk.catalogue.form(filled.key)
        if form is None:
            return Refusal(RefusalReason.NOT_FOUND)

        async def begin(session: AsyncSession, requester: Actor) -> Case | Refusal:
            if not chat_forms.may_file(form, requester):
                return Refusal(RefusalReason.NOT_ALLOWED)
            if not asker.is_proven and form_checker.is_delicate(form, filled.answers, requester.language):
                return Refusal(RefusalReason.NOT_PROVEN)
            keys = [*(one for keys in filled.documents.values() for one in keys), *filled.files]
            taken = await self._uploads.read(session, int(asker.person_id), keys)
            files = chat_forms.incoming(form, filled, dict(zip(keys, taken, strict=True)))
            case = await chat_forms.file_form(session, self._desk, form, requester, filled, files)
            if not isinstance(case, Refusal):
                await self._uploads.put_on(session, int(asker.person_id), keys, case.number)
            return case

        return await self._once(asker.person_id, key, begin)

    async def _once(
        self, person_id: str, key: str, do: Callable[[AsyncSession, Actor], Awaitable[Case | Refusal]]
    ) -> str | Refusal:
        """Do something with a case and answer its number, unless this key did before: then that is its answer.

        Of two at one moment the second waits for the first.
        """
        now = self._desk.clock.now()
        try:
            async with self._database.transaction() as session:
                people.remember(session)
                if key and not await sending.begin(session, int(person_id), key, now):
                    return await sending.led_to(session, int(person_id), key) or Refusal(RefusalReason.UNAVAILABLE)
                case = _done(await do(session, await people.actor(session, int(person_id))))
                if key:
                    await sending.finish(session, int(person_id), key, case)
                return case.number
        except _Refused as refused:
            return refused.refusal
        except REFUSED as error:
            return _refusal(error)

    async def cases_of(self, person_id: str, language: str) -> list[CaseSummary]:
        """Return every case the person asked for, the newest first."""
        found = await self._database.find(store.OF_REQUESTER, person_id=int(person_id))
        return [
            CaseSummary(number, subject, status, self._label(Status(status), language), status in WAITING_FOR_REQUESTER)
            for number, subject, status in found
        ]

    def _label(self, status: Status, language: str) -> str:
        worded = self._desk.catalogue.status(status)
        return worded.label.in_(language) if worded else status.value

    def _form(self, case: Case) -> Form | None:
        return self._desk.catalogue.form(case.form_key) if case.form_key else None

    async def add_message(self, person_id: str, number: str, text: str, key: str = "") -> str | Refusal:
        """Put a message of the requester on the case, once for each key, and answer the number of what holds it."""

        async def add(session: AsyncSession, requester: Actor) -> Case:
            case = await _own_case(session, requester, number)
            words = Words(text=text, channel=Channel.CHAT)
            return await cases.add_message(session, self._desk, case, requester, words)

        return await self._once(person_id, key, add)

    async def decide(
        self, person_id: str, number: str, *, accepted: bool, comment: str, key: str = ""
    ) -> Refusal | None:
        """Accept or refuse the solution that was proposed on the case, once for each key."""

        async def decide(session: AsyncSession, requester: Actor) -> Case:
            case = await _own_case(session, requester, number)
            await cases.decide(
                session, self._desk, case, requester, accepted=accepted, comment=comment, channel=Channel.CHAT
            )
            return case

        done = await self._once(person_id, key, decide)
        return done if isinstance(done, Refusal) else None

    async def missing(self, person_id: str, number: str, language: str) -> list[str] | Refusal:
        """Say which documents or answers the case still waits for, as labels."""
        lacking = await self._lacking(person_id, number, language)
        if lacking is None or isinstance(lacking, Refusal):
            return [] if lacking is None else lacking
        form, result = lacking
        labels = {field.key: field.label for field in form.fields} | {
            document.key: document.label for document in form.documents
        }
        return [labels[key].in_(language) for key in (*result.missing_fields, *result.missing_documents)]

    async def missing_documents(self, person_id: str, number: str, language: str) -> list[tuple[str, str]] | Refusal:
        """Return the required documents that the case still waits for."""
        lacking = await self._lacking(person_id, number, language)
        if lacking is None or isinstance(lacking, Refusal):
            return [] if lacking is None else lacking
        form, result = lacking
        labels = {document.key: document.label.in_(language) for document in form.documents}
        return [(key, labels[key]) for key in result.missing_documents]

    async def _lacking(self, person_id: str, number: str, language: str) -> tuple[Form, FormResult] | Refusal | None:
        """Return the form of a case, checked as it stands; None for a case without one."""
        try:
            async with self._database.reading() as session:
                case = await _own_case(session, await people.actor(session, int(person_id)), number)
                files = await attachments.of_case(session, case.id, with_internal=False)
                form = self._form(case)
                granted = await approvals.granted(session, form, case) if form is not None else ()
        except REFUSED as error:
            return _refusal(error)
        if form is None:
            return None
        answers = form_checker.as_answers(form, case.fields, language)
        documents = [*granted, *(file.document_key for file in files if file.document_key)]
        return form, form_checker.check(form, answers, documents, language, local_date(self._desk.clock.now()))

    async def hand_in(
        self, person_id: str, number: str, document: str, uploads: Sequence[str], key: str = ""
    ) -> str | Refusal:
        """Put files on the case, under the document they are, once for each key, and answer what holds them."""

        async def put(session: AsyncSession, requester: Actor) -> Case:
            case = await _own_case(session, requester, number)
            form = self._form(case)
            wanted = form.document(document) if form is not None and document else None
            files = await self._uploads.read(session, int(person_id), uploads)
            if wanted is not None:
                files = [replace(file, document_key=wanted.key, sensitive=wanted.sensitive) for file in files]
            words = Words(text="\n".join(file.filename for file in files), channel=Channel.CHAT)
            held = await cases.add_message(session, self._desk, case, requester, words, files=files)
            await self._uploads.put_on(session, int(person_id), uploads, held.number)
            return held

        return await self._once(person_id, key, put)

    async def tasks_of(self, person_id: str, language: str) -> list[Task]:
        """Return the person's own cases that wait for them, then what they are asked to approve."""
        async with self._database.reading() as session:
            own = await store.waiting_for(session, int(person_id), MOST_TASKS)
            asked = await approval_store.waiting_for(session, int(person_id))
            names = await people.names(session, {case.requester_id for _, _, case in asked})
        mine = [Task(TaskKind.CASE, case.number, self._line(case, language)) for case in own]
        others = [
            Task(TaskKind.APPROVAL, str(one.id), f"{case.number} | {case.subject} | {names[case.requester_id]}")
            for one, _, case in asked[:MOST_TASKS]
        ]
        return [*mine, *others]

    def _line(self, case: Case, language: str) -> str:
        return f"{case.number} | {case.subject} | {self._label(case.status, language)}"

    async def decide_approval(self, person_id: str, key: str, *, approved: bool, reason: str) -> str | Refusal:
        """Give or refuse an approval; what the person was never asked does not exist here."""
        if not (key.isascii() and key.isdigit() and len(key) <= LONGEST_ID):
            return Refusal(RefusalReason.NOT_FOUND)

        async def decide(session: AsyncSession, actor: Actor) -> Case:
            return await approvals.decide(
                session, self._desk, int(key), actor, approved=approved, reason=reason, channel=Channel.CHAT
            )

        return await self._once(person_id, f"approval-{int(key)}-{'yes' if approved else 'no'}", decide)


async def _own_case(session: AsyncSession, requester: Actor, number: str) -> Case:
    """Return the person's own case; another person's does not exist for the chat. Raises `NotFound`."""
    case = await store.by_number(session, number)
    require(requester, Action.WRITE, case)
    return case
