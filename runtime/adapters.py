"""Gives the assistant the desk: each port of `bot.ports`, kept by the services of casework."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot import uploads
from bot.ports import CaseSummary, FormField, FormMatch, Refusal, RefusalReason
from casework.approvals import service as approvals
from casework.attachments import service as attachments
from casework.cases import service as cases
from casework.cases import store
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.catalogue import form_checker
from casework.catalogue.models import Form
from casework.catalogue.search import FormSearch
from casework.clock import local_date
from casework.db import Database
from casework.desk import Desk
from casework.errors import Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor
from runtime import chat_files

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


class ChatCaseDesk:
    """Cases on behalf of the person who chats: one transaction a call."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    async def open_request(self, person_id: str, subject: str, text: str, attachments: Sequence[str]) -> str | Refusal:
        """Open a case with this question and answer its number."""
        async with self._database.transaction() as session:
            requester = await people.actor(session, int(person_id))
            rows, files = await chat_files.of_person(session, self._desk, int(person_id), attachments)
            request = cases.Request(subject=subject, words=Words(text=text, channel=Channel.CHAT), files=files)
            number = (await cases.open_case(session, self._desk, requester, request)).number
            await uploads.take(session, rows, number)
        return number

    async def cases_of(self, person_id: str, language: str) -> list[CaseSummary]:
        """Return every case the person asked for, the newest first."""
        async with self._database.reading() as session:
            found = await store.of_requester(session, int(person_id))
        return [self._summary(case, language) for case in found]

    def _summary(self, case: Case, language: str) -> CaseSummary:
        form = self._form(case)
        status = self._desk.catalogue.status(case.status)
        return CaseSummary(
            number=case.number,
            subject=case.subject,
            status=case.status.value,
            status_label=status.label.in_(language) if status else case.status.value,
            form_label=form.label.in_(language) if form else None,
            waiting_for_me=case.status in WAITING_FOR_REQUESTER,
        )

    def _form(self, case: Case) -> Form | None:
        return self._desk.catalogue.form(case.form_key) if case.form_key else None

    async def add_message(self, person_id: str, number: str, text: str) -> Refusal | None:
        """Put a message of the requester on the case."""
        try:
            async with self._database.transaction() as session:
                case, requester = await _own_case(session, person_id, number)
                words = Words(text=text, channel=Channel.CHAT)
                await cases.add_message(session, self._desk, case, requester, words)
        except REFUSED as error:
            return _refusal(error)
        return None

    async def decide(self, person_id: str, number: str, *, accepted: bool, comment: str) -> Refusal | None:
        """Accept or refuse the solution that was proposed on the case."""
        try:
            async with self._database.transaction() as session:
                case, requester = await _own_case(session, person_id, number)
                await cases.decide(
                    session, self._desk, case, requester, accepted=accepted, comment=comment, channel=Channel.CHAT
                )
        except REFUSED as error:
            return _refusal(error)
        return None

    async def missing(self, person_id: str, number: str, language: str) -> list[str] | Refusal:
        """Say which documents or answers the case still waits for, as labels."""
        try:
            async with self._database.reading() as session:
                case, _ = await _own_case(session, person_id, number)
                files = await attachments.of_case(session, case.id, with_internal=False)
                form = self._form(case)
                granted = await approvals.granted(session, form, case) if form is not None else ()
        except REFUSED as error:
            return _refusal(error)
        if form is None:
            return []
        answers = form_checker.as_answers(form, case.fields, language)
        documents = [*granted, *(file.document_key for file in files if file.document_key)]
        today = local_date(self._desk.clock.now())
        result = form_checker.check(form, answers, documents, language, today)
        labels = {field.key: field.label for field in form.fields} | {
            document.key: document.label for document in form.documents
        }
        return [labels[key].in_(language) for key in (*result.missing_fields, *result.missing_documents)]


async def _own_case(session: AsyncSession, person_id: str, number: str) -> tuple[Case, Actor]:
    """Return the person's own case; another person's does not exist for the chat. Raises `NotFound`."""
    case = await store.by_number(session, number)
    requester = await people.actor(session, int(person_id))
    require(requester, Action.WRITE, case)
    return case, requester


class ChatFormCatalogue:
    """The forms of the catalogue, as the assistant asks for them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._search = FormSearch(desk.catalogue)

    async def find(self, words: str, language: str) -> list[FormMatch]:
        """Return the forms that fit these words, the best first, at most five."""
        return [
            FormMatch(
                match.form.key, match.form.label.in_(language), self._desk.settings.link(f"/catalogue/{match.form.key}")
            )
            for match in self._search.find(words, language, limit=5)
        ]

    async def fields(self, form_key: str, language: str) -> list[FormField] | Refusal:
        """Return the fields of a form in the order in which they are asked."""
        form = self._desk.catalogue.form(form_key)
        if form is None:
            return Refusal(RefusalReason.NOT_FOUND)
        return [
            FormField(
                field.key,
                field.label.in_(language),
                field.type.value,
                field.required,
                tuple((option.key, option.label.in_(language)) for option in field.options),
            )
            for field in form.fields
        ]
