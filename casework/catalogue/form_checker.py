"""The one checker of a filled-in form: web, mail and chat ask it the same and get the same answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from functools import cache

from casework.catalogue import answers as answer_reader
from casework.catalogue import text_loader, words
from casework.catalogue.answers import ErrorCode, Value, WrongAnswer
from casework.catalogue.models import Approver, Condition, Field, Form, RequiredDocument, Texts

_TEXTS = "texts.yaml"
_LONGEST_QUOTE = 60  # of a field name that nobody knows, as it is shown again to whoever typed it


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to mend. `field_key` names a field, a document, or what was typed for an unknown field."""

    field_key: str
    code: ErrorCode
    params: Mapping[str, str] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormResult:
    """What a filled-in form comes to; `values` holds what is right, also when something else is wrong."""

    values: Mapping[str, Value]
    missing_fields: tuple[str, ...] = ()
    missing_documents: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the form can be submitted as it is."""
        return not self.problems

    @property
    def problems(self) -> tuple[FieldError, ...]:
        """All there is to mend, ready for `explain`: wrong answers, then empty fields, then documents."""
        fields = (FieldError(key, ErrorCode.MISSING_FIELD) for key in self.missing_fields)
        documents = (FieldError(key, ErrorCode.MISSING_DOCUMENT) for key in self.missing_documents)
        return (*self.errors, *fields, *documents)


def check(form: Form, answers: Mapping[str, str], documents: Collection[str], language: str, today: date) -> FormResult:
    """Return what is right, wrong and missing in these answers and documents.

    `documents` are the keys of the required documents handed in; an approval in the desk counts by adding its
    `satisfies`. `language` decides between options that are called alike in two languages.
    """
    given = {key: answer_reader.clean(raw) for key, raw in answers.items()}
    visible = visible_fields(form, given, language)
    needed = required_documents(form, given, language)
    answered = [field for field in visible if given.get(field.key)]
    values: dict[str, Value] = {}
    errors = [_unknown_field(form, key) for key in given if form.field(key) is None]
    for field in answered:
        found = answer_reader.read_answer(field, given[field.key], language, today)
        if isinstance(found, WrongAnswer):
            errors.append(FieldError(field.key, found.code, found.params))
        else:
            values[field.key] = found
    errors += _too_early(visible, values)
    for error in errors:
        values.pop(error.field_key, None)
    return FormResult(
        values=values,
        missing_fields=tuple(field.key for field in visible if field.required and field not in answered),
        missing_documents=tuple(document.key for document in needed if document.key not in documents),
        errors=tuple(errors),
    )


def visible_fields(form: Form, answers: Mapping[str, str], language: str = "nl") -> tuple[Field, ...]:
    """Return the fields that are asked, given the choices made so far."""
    return _follow_choices(form, answers, language)[0]


def required_documents(form: Form, answers: Mapping[str, str], language: str = "nl") -> tuple[RequiredDocument, ...]:
    """Return the documents that these choices ask for."""
    _, chosen = _follow_choices(form, answers, language)
    return tuple(document for document in form.documents if _holds(document.conditions, chosen))


def is_delicate(form: Form, answers: Mapping[str, str], language: str = "nl") -> bool:
    """Return whether these choices, or a document that they ask for, are for those who proved well who they are."""
    documents = required_documents(form, answers, language)
    return has_delicate_choice(form, answers, language) or any(document.sensitive for document in documents)


def has_delicate_choice(form: Form, answers: Mapping[str, str], language: str = "nl") -> bool:
    """Return whether one of these choices itself is for those who proved well who they are, as another bank account."""
    fields, chosen = _follow_choices(form, answers, language)
    options = (field.option(chosen.get(field.key) or "") for field in fields)
    return any(option is not None and option.sensitive for option in options)


def approval_steps(form: Form, answers: Mapping[str, str], language: str = "nl") -> tuple[Approver, ...]:
    """Return who has to approve a request with these choices, in their order; nobody where the form asks for nobody."""
    if form.approval is None:
        return ()
    _, chosen = _follow_choices(form, answers, language)
    return tuple(step.by for step in form.approval.steps if _holds(step.conditions, chosen))


def approvable_documents(
    form: Form, answers: Mapping[str, str], handed_in: Collection[str], language: str = "nl"
) -> tuple[str, ...] | None:
    """Return the documents that an approval in the desk will stand for, or None if no approval has to be asked.

    It has not when all that it stands for is handed in on paper, or is not required with these choices.
    """
    if form.approval is None or not approval_steps(form, answers, language):
        return None
    if not form.approval.satisfies:
        return ()
    needed = {document.key for document in required_documents(form, answers, language)}
    open_ = tuple(key for key in form.approval.satisfies if key in needed and key not in handed_in)
    return open_ or None


def as_answers(form: Form, values: Mapping[str, Value], language: str) -> dict[str, str]:
    """Return kept values as answers in this language: to show them, or to check them again with new ones.

    A value whose field the form no longer has is left out.
    """
    known = {field.key: field for field in form.fields}
    return {
        key: answer_reader.write_answer(known[key], value, language) for key, value in values.items() if key in known
    }


def explain(error: FieldError, form: Form, language: str) -> str:
    """Return one sentence or two that say what is wrong and what to do.

    The sentence may quote what was typed: whoever shows it escapes it.
    """
    field, document = form.field(error.field_key), form.document(error.field_key)
    named = document if error.code is ErrorCode.MISSING_DOCUMENT else field
    other = form.field(error.params.get("other", ""))
    blanks = dict(error.params)
    if field and "earliest" in blanks:
        blanks["earliest"] = answer_reader.write_answer(field, blanks["earliest"], language)
    blanks["name"] = named.label.in_(language) if named else error.field_key
    blanks["other"] = other.label.in_(language) if other else ""
    blanks["options"] = ", ".join(option.label.in_(language) for option in field.options) if field else ""
    return _sentences()[error.code].in_(language).format(**blanks)


def _follow_choices(
    form: Form, answers: Mapping[str, str], language: str
) -> tuple[tuple[Field, ...], Mapping[str, str | None]]:
    """Walk the form from top to bottom: a choice decides about fields below it, never above."""
    visible: list[Field] = []
    chosen: dict[str, str | None] = {}
    for field in form.fields:
        if _holds(field.conditions, chosen):
            visible.append(field)
            raw = answer_reader.clean(answers.get(field.key, ""))
            chosen[field.key] = answer_reader.find_option(field, raw, language)
    return tuple(visible), chosen


def _holds(conditions: tuple[Condition, ...], chosen: Mapping[str, str | None]) -> bool:
    return all(condition.holds_for(chosen.get(condition.field)) for condition in conditions)


def _unknown_field(form: Form, typed: str) -> FieldError:
    nearest = words.nearest(typed, [field.key for field in form.fields])
    return FieldError(typed[:_LONGEST_QUOTE], ErrorCode.UNKNOWN_FIELD, {"nearest": nearest})


def _too_early(visible: tuple[Field, ...], values: Mapping[str, Value]) -> list[FieldError]:
    """Compare calendar answers; as they are kept, their order as values is their order in time."""
    found = []
    for field in visible:
        earliest = values.get(field.not_before) if field.not_before else None
        value = values.get(field.key)
        if earliest is not None and value is not None and str(value) < str(earliest):
            found.append(
                FieldError(
                    field.key,
                    ErrorCode.TOO_EARLY,
                    {"other": str(field.not_before), "earliest": str(earliest)},
                )
            )
    return found


@cache
def _sentences() -> Mapping[str, Texts]:
    return text_loader.load_packaged(__package__, _TEXTS)
