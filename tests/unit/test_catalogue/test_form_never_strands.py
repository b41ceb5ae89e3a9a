"""No form can reach a state from which it can never be submitted: doing what the checker says always gets there."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from casework.catalogue import form_checker
from casework.catalogue.models import (
    Audience,
    Condition,
    EffectKind,
    Field,
    FieldType,
    FilingChannel,
    Form,
    Option,
    PayrollEffect,
    RequiredDocument,
    Texts,
    WordLists,
)

TODAY = date(2026, 9, 15)
RIGHT = {
    FieldType.TEXT: "a subject",
    FieldType.TEXTAREA: "a question",
    FieldType.DATE: "2026-10-01",
    FieldType.MONTH: "2026-10",
    FieldType.YEAR: "2026",
    FieldType.EMAIL: "an@home.example",
    FieldType.CASE_NUMBER: "HRB0001167",
}
NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


def named(text: str) -> Texts:
    return Texts(text, text, text, text)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Draw a form as the loader would let through: conditions look up, at choices, and bounds leave a number."""
    fields: list[Field] = []
    for index in range(draw(st.integers(1, 7))):
        key = f"field{index}"
        kind = draw(st.sampled_from([FieldType.SELECT, FieldType.SELECT, *RIGHT, *NUMBERS]))
        options = [Option(f"o{index}x{n}", named(f"choice {index} {n}")) for n in range(draw(st.integers(1, 4)))]
        earlier = [field.key for field in fields if field.type is kind and kind is FieldType.DATE]
        minimum = draw(st.integers(0, 50))
        fields.append(
            Field(
                key=key,
                type=kind,
                label=named(key),
                required=draw(st.booleans()),
                options=tuple(options) if kind is FieldType.SELECT else (),
                conditions=draw(conditions(fields)),
                not_before=draw(st.sampled_from([None, *earlier])),
                minimum=Decimal(minimum),
                maximum=Decimal(minimum + draw(st.integers(0, 50))),
            )
        )
    documents = [RequiredDocument(f"paper{n}", named(f"paper {n}"), draw(conditions(fields))) for n in range(3)]
    return Form(
        key="drawn", theme="drawn", label=named("drawn"), fields=tuple(fields), documents=tuple(documents),
        payroll=PayrollEffect(EffectKind.NONE), approval=None, audience=tuple(Audience), channels=tuple(FilingChannel),
        synonyms=WordLists(),
    )  # fmt: skip


def conditions(fields: list[Field]) -> st.SearchStrategy[tuple[Condition, ...]]:
    choices = [field for field in fields if field.options]
    if not choices:
        return st.just(())
    one = st.sampled_from(choices).flatmap(
        lambda field: st.builds(
            Condition,
            field=st.just(field.key),
            options=st.lists(st.sampled_from([option.key for option in field.options]), min_size=1).map(tuple),
            negated=st.booleans(),
        )
    )
    return st.lists(one, max_size=2).map(tuple)


def right_answer(field: Field) -> str:
    if field.options:
        return field.options[0].key
    return str(field.minimum) if field.type in NUMBERS else RIGHT[field.type]


def mended(form: Form, answers: dict[str, str], result: form_checker.FormResult) -> dict[str, str]:
    """Do what the checker says: fill in what is missing, put something right where something is wrong."""
    for key in [*result.missing_fields, *(error.field_key for error in result.errors)]:
        field = form.field(key)
        if field is None:
            del answers[key]
        else:
            answers[key] = right_answer(field)
            if field.not_before:
                answers[field.not_before] = right_answer(field)
    return answers


@settings(max_examples=300, deadline=None)
@given(form=forms(), data=st.data())
def test_from_any_state_a_form_that_is_mended_as_told_can_be_submitted(form, data):
    words = st.sampled_from(["", "nonsense", "2026-09-01", "2027-01-01", "3", *RIGHT.values()])
    choices = [option.key for field in form.fields for option in field.options]
    any_answer = st.one_of(words, st.sampled_from(choices)) if choices else words
    answers = data.draw(st.dictionaries(st.sampled_from([field.key for field in form.fields]), any_answer))
    documents: set[str] = set()

    for _ in range(2 * len(form.fields) + 2):
        result = form_checker.check(form, answers, documents, "nl", TODAY)
        if result.is_complete:
            break
        answers = mended(form, dict(answers), result)
        documents |= set(result.missing_documents)

    assert result.problems == ()


@given(form=forms(), data=st.data())
def test_what_is_not_asked_is_never_required(form, data):
    answers = {
        field.key: data.draw(st.sampled_from(["", *(option.key for option in field.options)])) for field in form.fields
    }
    visible = {field.key for field in form_checker.visible_fields(form, answers, "nl")}

    result = form_checker.check(form, answers, (), "nl", TODAY)

    assert set(result.missing_fields) <= visible
