"""Forms of the catalogue as web pages: which a person may file, what was filled in, and what each field shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casework.attachments.models import IncomingFile
from casework.cases.permissions import Action, may
from casework.cases.service import Request
from casework.catalogue import form_checker
from casework.catalogue.answers import Value
from casework.catalogue.models import Catalogue, Field, FieldType, FilingChannel, Form, RequiredDocument, Theme
from casework.drafts.models import DraftFile
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from casework.portal.shell.bodies import Posted
from casework.portal.shell.formats import day

FIELD_PREFIX = "field-"
DOCUMENT_PREFIX = "document-"
INPUT_TYPES = {
    FieldType.DATE: "date",
    FieldType.MONTH: "month",
    FieldType.EMAIL: "email",
}
INPUT_MODES = {
    FieldType.INTEGER: "numeric",
    FieldType.YEAR: "numeric",
    FieldType.DECIMAL: "decimal",
    FieldType.MONEY: "decimal",
}
CENTS = 100


def may_file(form: Form, actor: Actor) -> bool:
    """Return whether a person may file a form on the web."""
    return FilingChannel.WEB in form.channels and may(actor, Action.FILE, audience=form.audience)


def forms_for(catalogue: Catalogue, actor: Actor) -> list[Form]:
    """Return the forms a person may file on the web."""
    return [form for form in catalogue.forms if may_file(form, actor)]


def themes_for(catalogue: Catalogue, actor: Actor) -> list[tuple[Theme, list[Form]]]:
    """Return the themes that hold something for a person, each with those forms."""
    themes = [(theme, [form for form in theme.forms if may_file(form, actor)]) for theme in catalogue.themes]
    return [(theme, forms) for theme, forms in themes if forms]


@dataclass(frozen=True)
class FieldView:
    """One field as it is drawn: its present answer, and what is wrong with it."""

    field: Field
    value: str
    problem: str

    @property
    def name(self) -> str:
        """The name of the input."""
        return FIELD_PREFIX + self.field.key

    @property
    def input_type(self) -> str:
        """The type of an input that is neither a choice nor a long text."""
        return INPUT_TYPES.get(self.field.type, "text")

    @property
    def input_mode(self) -> str:
        """The keyboard that a telephone should show."""
        return INPUT_MODES.get(self.field.type, "text")


@dataclass(frozen=True)
class DocumentView:
    """One document that has to be attached, what was handed in already, and whether it is missing.

    `approved` says that whoever approves will be asked instead, if it is not attached.
    """

    document: RequiredDocument
    problem: str
    kept: tuple[DraftFile, ...] = ()
    approved: bool = False

    @property
    def name(self) -> str:
        """The name of the input."""
        return DOCUMENT_PREFIX + self.document.key


@dataclass(frozen=True)
class FormView:
    """A form as it stands with these answers: only the fields and documents that they ask for.

    `others` were handed in besides those documents.
    """

    form: Form
    fields: tuple[FieldView, ...]
    documents: tuple[DocumentView, ...]
    others: tuple[DraftFile, ...] = ()

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What has to be mended: the name of each input concerned, and the sentence."""
        parts: list[FieldView | DocumentView] = [*self.documents, *self.fields]
        return [(part.name, part.problem) for part in parts if part.problem]

    @property
    def steering(self) -> frozenset[str]:
        """The keys of the choices on which other fields or documents depend; after one the page is drawn anew."""
        parts: list[Field | RequiredDocument] = [*self.form.fields, *self.form.documents]
        return frozenset(condition.field for part in parts for condition in part.conditions)


def view_form(
    form: Form,
    answers: Mapping[str, str],
    language: str,
    problems: Mapping[str, str] | None = None,
    kept: Sequence[DraftFile] = (),
) -> FormView:
    """Return a form as it is drawn; `problems` are sentences by the key of a field or document."""
    said = problems or {}
    approved = form_checker.approvable_documents(form, answers, (), language) or ()
    wanted = form_checker.required_documents(form, answers, language)
    named = {document.key for document in wanted}
    return FormView(
        form,
        tuple(
            FieldView(field, answers.get(field.key, ""), said.get(field.key, ""))
            for field in form_checker.visible_fields(form, answers, language)
        ),
        tuple(
            DocumentView(
                document,
                said.get(document.key, ""),
                tuple(file for file in kept if file.document_key == document.key),
                document.key in approved,
            )
            for document in wanted
        ),
        tuple(file for file in kept if file.document_key not in named),
    )


def posted_answers(form: Form, posted: Posted) -> dict[str, str]:
    """Return what was filled in for the fields of a form; anything else that was sent is left out."""
    return {field.key: posted.text(FIELD_PREFIX + field.key) for field in form.fields}


def explain_all(form: Form, problems: tuple[form_checker.FieldError, ...], language: str) -> dict[str, str]:
    """Return a sentence for each field or document that has to be mended."""
    return {problem.field_key: form_checker.explain(problem, form, language) for problem in problems}


def kept_answers(form: Form, kept: Mapping[str, Value]) -> dict[str, str]:
    """Return the answers that a case keeps as they are typed into a field again; amounts are kept in cents."""
    return {key: _typed(form.field(key), value) for key, value in kept.items()}


def _typed(field: Field | None, value: Value) -> str:
    if field is not None and field.type is FieldType.MONEY and isinstance(value, int):
        return f"{value // CENTS}.{value % CENTS:02d}"
    return str(value)


def read_aloud(form: Form, kept: Mapping[str, Value], language: str) -> list[tuple[str, str]]:
    """Return each answer of a case with its label, as people write it; the order is that of the form."""
    return [
        (field.label.in_(language), _written(field, kept[field.key], language))
        for field in form.fields
        if field.key in kept
    ]


def request_on(
    form: Form, answers: Mapping[str, Value], files: Sequence[IncomingFile], language: str, channel: Channel
) -> Request:
    """Return what is asked of the desk on a form, whatever the channel: its words are the answers, read aloud."""
    said = "\n".join(f"{label}: {value}" for label, value in read_aloud(form, answers, language))
    return Request(
        subject=form.label.in_(language),
        words=Words(text=said, channel=channel),
        files=files,
        form_key=form.key,
        fields=dict(answers),
    )


def _written(field: Field, value: Value, language: str) -> str:
    option = field.option(str(value))
    if option is not None:
        return option.label.in_(language)
    if field.type is FieldType.DATE:
        return day(date.fromisoformat(str(value)), language)
    if field.type is FieldType.MONEY:
        return f"{_typed(field, value)} €"
    return str(value)
