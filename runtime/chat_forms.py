"""Forms of the catalogue as the chat asks for them: checked, worded and made ready by the desk's own form checker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from bot.ports import FilledForm, FormOutline, FormQuestion, FormSheet, QuestionKind, Refusal, RefusalReason
from casework.attachments.models import IncomingFile
from casework.cases import service as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.catalogue import answers as answer_reader
from casework.catalogue import form_checker
from casework.catalogue.answers import ErrorCode
from casework.catalogue.form_checker import FormResult
from casework.catalogue.models import LANGUAGES, Catalogue, Field, FieldType, FilingChannel, Form
from casework.clock import local_date
from casework.desk import Desk
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal.forms import explain_all, kept_answers, read_aloud, request_on
from mail_gateway.inbound.dates_in_text import days_in

NOBODY = Actor(person_id=None, name="")
KINDS = {
    FieldType.SELECT: QuestionKind.CHOICE,
    FieldType.LOOKUP: QuestionKind.CHOICE,
    FieldType.DATE: QuestionKind.DATE,
    FieldType.MONTH: QuestionKind.MONTH,
    FieldType.YEAR: QuestionKind.YEAR,
    FieldType.INTEGER: QuestionKind.NUMBER,
    FieldType.DECIMAL: QuestionKind.NUMBER,
    FieldType.MONEY: QuestionKind.MONEY,
    FieldType.EMAIL: QuestionKind.EMAIL,
    FieldType.CASE_NUMBER: QuestionKind.CASE_NUMBER,
}


def outlines(catalogue: Catalogue) -> list[FormOutline]:
    """Return what the assistant's files have to know of each form that can be filed by chat."""
    return [
        FormOutline(
            key=form.key,
            fields=tuple(field.key for field in form.fields),
            written=frozenset(field.key for field in form.fields if _kind(field) is QuestionKind.TEXT),
            documents=tuple(document.key for document in form.documents),
            names={language: (form.label.in_(language),) for language in LANGUAGES},
        )
        for form in catalogue.forms
        if FilingChannel.CHAT in form.channels
    ]


def _kind(field: Field) -> QuestionKind:
    return KINDS.get(field.type, QuestionKind.TEXT)


def may_file(form: Form, actor: Actor | None) -> bool:
    """Return whether somebody may file a form by chat; nobody in particular is an employee."""
    return FilingChannel.CHAT in form.channels and may(actor or NOBODY, Action.FILE, audience=form.audience)


def sheet_of(form: Form, typed: Mapping[str, str], language: str, today: date) -> FormSheet:
    """Return a form as it stands with what was typed in the chat."""
    answers = _written_out(form, typed, language, today)
    result = form_checker.check(form, answers, (), language, today)
    approved = form_checker.approvable_documents(form, answers, (), language) or ()
    needed = form_checker.required_documents(form, answers, language)
    fields = [
        FormQuestion(
            field.key,
            _kind(field),
            field.label.in_(language),
            field.required,
            tuple((option.key, option.label.in_(language)) for option in field.options),
        )
        for field in form_checker.visible_fields(form, answers, language)
    ]
    documents = [
        FormQuestion(document.key, QuestionKind.DOCUMENT, document.label.in_(language), required=True)
        for document in needed
        if document.key not in approved
    ]
    answered = [field.key for field in form.fields if field.key in result.values]
    aloud = [value for _, value in read_aloud(form, result.values, language)]
    return FormSheet(
        key=form.key,
        label=form.label.in_(language),
        questions=(*fields, *documents),
        answers=kept_answers(form, result.values),
        readable=dict(zip(answered, aloud, strict=True)),
        problems=explain_all(form, result.errors, language),
        approvals=tuple(document.label.in_(language) for document in needed if document.key in approved),
    )


def _written_out(form: Form, typed: Mapping[str, str], language: str, today: date) -> dict[str, str]:
    """Read days and months that were written in words; all else is the checker's."""
    found = dict(typed)
    for field in form.fields:
        raw = answer_reader.clean(typed.get(field.key, ""))
        if not raw or field.type not in {FieldType.DATE, FieldType.MONTH}:
            continue
        wrong = answer_reader.read_answer(field, raw, language, today)
        if isinstance(wrong, answer_reader.WrongAnswer) and wrong.code in {ErrorCode.NOT_A_DATE, ErrorCode.NOT_A_MONTH}:
            found[field.key] = _in_words(field, raw, today) or raw
    return found


def _in_words(field: Field, raw: str, today: date) -> str | None:
    """Return the one day or month that these words name, or None; the same reader as for mails says which."""
    days = days_in(f"1 {raw}" if field.type is FieldType.MONTH else raw, today)
    if len(days) != 1:
        return None
    return days[0].on.strftime("%Y-%m" if field.type is FieldType.MONTH else "%Y-%m-%d")


def check(form: Form, answers: Mapping[str, str], documents: Sequence[str], language: str, today: date) -> FormResult:
    """Check what is about to be filed; what somebody will be asked to approve need not be handed in."""
    approved = form_checker.approvable_documents(form, answers, documents, language) or ()
    return form_checker.check(form, answers, {*documents, *approved}, language, today)


async def file_form(
    session: AsyncSession, desk: Desk, form: Form, requester: Actor, filled: FilledForm, files: Sequence[IncomingFile]
) -> Case | Refusal:
    """Open a case on a form; answers have to be complete, documents may follow."""
    documents = [file.document_key for file in files if file.document_key]
    language = requester.language
    result = check(form, filled.answers, documents, language, local_date(desk.clock.now()))
    if result.errors or result.missing_fields:
        return Refusal(RefusalReason.INVALID, "\n".join(explain_all(form, result.problems, language).values()))
    asked = request_on(form, result.values, files, language, Channel.CHAT)
    wanted = tuple(form_checker.explain(problem, form, language) for problem in result.problems)
    return await cases.open_case(session, desk, requester, replace(asked, wanted=wanted))


def incoming(form: Form, filled: FilledForm, files: Mapping[str, IncomingFile]) -> list[IncomingFile]:
    """Return the uploads of a form, the documents it names first and in its order, as its page hands them in."""
    named = [
        replace(files[key], document_key=document.key, sensitive=document.sensitive)
        for document in form.documents
        for key in filled.documents.get(document.key, ())
    ]
    return [*named, *(files[key] for key in filled.files)]
