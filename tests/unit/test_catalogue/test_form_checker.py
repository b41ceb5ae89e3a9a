import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.catalogue import form_checker, loader, service, text_loader
from casework.catalogue.answers import ErrorCode
from casework.catalogue.form_checker import FieldError
from casework.catalogue.models import LANGUAGES, FieldType

TODAY = date(2026, 9, 15)
CATALOGUE = service.load_catalogue()
HOUSEHOLD = CATALOGUE.form("household")
REGIME = CATALOGUE.form("work_regime_reduction")
REGIME_ANSWERS = {"start": "2026-10-01", "statute": "contractual"}

TYPED = {
    FieldType.TEXT: ["een onderwerp"],
    FieldType.TEXTAREA: ["een vraag\nop twee regels"],
    FieldType.DATE: ["2026-09-01", "01/09/2026", "1.9.2026", "01-09-2026"],
    FieldType.MONTH: ["2026-09", "09/2026", "9.2026"],
    FieldType.YEAR: ["2026"],
    FieldType.INTEGER: ["0", "2"],
    FieldType.DECIMAL: ["12,5", "12.5", "80"],
    FieldType.MONEY: ["1234,50", "1.234,50 €"],
    FieldType.EMAIL: ["anna@mail.example"],
    FieldType.PERSON: ["anna@mail.example", "1234"],
    FieldType.PERSON_NEW: ["Anna Peeters"],
    FieldType.CASE_NUMBER: ["HRB0001167", "hrb 0001167"],
    FieldType.PAYSLIP_LINE: ["1010"],
    FieldType.OWN_ABSENCE: ["verlof van september"],
}


def check(form, answers, documents=(), language="nl"):
    return form_checker.check(form, answers, documents, language, TODAY)


def every_choice(form, answers=None, start=0):
    """Walk all ways to choose on a form; yield the choices made, each visible choice answered."""
    answers = answers or {}
    for position in range(start, len(form.fields)):
        field = form.fields[position]
        if field.options and field in form_checker.visible_fields(form, answers):
            for option in field.options:
                yield from every_choice(form, {**answers, field.key: option.key}, position + 1)
            return
    yield answers


@pytest.mark.parametrize("form", CATALOGUE.forms, ids=lambda form: form.key)
def test_every_choice_on_every_form_can_be_completed(form):
    for chosen in every_choice(form):
        visible = form_checker.visible_fields(form, chosen)
        answers = {field.key: TYPED[field.type][0] for field in visible if not field.options} | chosen
        documents = [document.key for document in form_checker.required_documents(form, answers)]

        result = check(form, answers, documents)

        assert result.problems == ()
        assert set(result.values) == {field.key for field in visible}


@given(data=st.data(), form=st.sampled_from(CATALOGUE.forms), language=st.sampled_from(LANGUAGES))
def test_every_form_can_be_completed_in_the_words_of_any_language(data, form, language):
    answers = {}
    for field in form.fields:
        if field not in form_checker.visible_fields(form, answers, language):
            continue
        if not field.required and not data.draw(st.booleans()):
            continue
        if field.options:
            option = data.draw(st.sampled_from(field.options))
            names = [option.key, *(option.label.in_(spoken) for spoken in (language, "nl"))]
            answers[field.key] = data.draw(st.sampled_from([*names, names[1].upper(), f" {names[0]} "]))
        else:
            answers[field.key] = data.draw(st.sampled_from(TYPED[field.type]))
    documents = {document.key for document in form_checker.required_documents(form, answers, language)}

    result = check(form, answers, documents, language)

    assert (result.problems, result.is_complete) == ((), True)


@settings(max_examples=200)
@given(
    form=st.sampled_from(CATALOGUE.forms),
    language=st.sampled_from(LANGUAGES),
    typed=st.lists(st.one_of(st.text(), st.sampled_from(["2026-09-01", "1", "change", "Gehuwd", "-1"]))),
    data=st.data(),
)
def test_any_answer_gives_a_result_that_can_be_kept_and_explained(form, language, typed, data):
    keys = data.draw(st.lists(st.sampled_from([*(f.key for f in form.fields), "nonsense"]), min_size=len(typed)))
    answers = dict(zip(keys, typed, strict=False))

    result = check(form, answers, language=language)

    assert json.loads(json.dumps(result.values)) == result.values
    assert result.is_complete is (result.problems == ())
    for problem in result.problems:
        assert form_checker.explain(problem, form, language).strip() != ""
    visible = {field.key for field in form_checker.visible_fields(form, answers, language)}
    assert set(result.missing_fields) <= visible
    assert set(result.values) <= visible
    assert set(result.values).isdisjoint(error.field_key for error in result.errors)


@given(data=st.data(), form=st.sampled_from(CATALOGUE.forms), language=st.sampled_from(LANGUAGES))
def test_kept_values_written_as_answers_are_read_back_the_same(data, form, language):
    answers = {field.key: data.draw(st.sampled_from(typed_for(field))) for field in form.fields}
    values = check(form, answers).values

    written = form_checker.as_answers(form, values, language)

    assert check(form, written, language=language).values == values


def typed_for(field):
    return [option.key for option in field.options] or TYPED[field.type]


def test_values_are_written_as_people_of_the_language_write_them():
    values = {"kind": "change", "effective": "2026-09-01", "children": 2, "gone": "x"}

    assert form_checker.as_answers(HOUSEHOLD, values, "de") == {
        "kind": "Änderung",
        "effective": "01.09.2026",
        "children": "2",
    }


def test_household_change_of_the_handbook_is_complete():
    result = check(HOUSEHOLD, {"kind": "change", "effective": "2026-09-01", "children": "2"})

    assert result.is_complete
    assert result.values == {"kind": "change", "effective": "2026-09-01", "children": 2}


def test_partners_income_is_asked_unless_the_person_has_no_partner():
    asked = {
        status: "spouse_income" in [f.key for f in form_checker.visible_fields(HOUSEHOLD, {"civil_status": status})]
        for status in ["", "single", "Gehuwd", "legal_cohabitant", "Verwitwet", "divorced", "séparé"]
    }

    assert asked == {
        "": True,
        "single": False,
        "Gehuwd": True,
        "legal_cohabitant": True,
        "Verwitwet": False,
        "divorced": False,
        "séparé": False,
    }


def test_answer_to_a_field_that_is_not_asked_is_left_out():
    answers = {
        "kind": "change",
        "effective": "2026-09-01",
        "civil_status": "single",
        "spouse_income": "rubbish",
    }

    result = check(HOUSEHOLD, answers)

    assert result.is_complete
    assert "spouse_income" not in result.values


def test_required_field_is_missing_when_it_holds_only_blanks():
    result = check(HOUSEHOLD, {"kind": " \u00a0\n", "effective": "2026-09-01"})

    assert (result.missing_fields, result.errors, result.is_complete) == (("kind",), (), False)


def test_required_field_with_a_wrong_answer_is_an_error_and_not_missing():
    result = check(HOUSEHOLD, {"kind": "chnage", "effective": "2026-09-01"})

    assert result.missing_fields == ()
    assert result.errors == (FieldError("kind", ErrorCode.UNKNOWN_OPTION, {"value": "chnage"}),)
    assert result.values == {"effective": "2026-09-01"}


def test_unknown_field_names_the_nearest_one():
    result = check(HOUSEHOLD, {"kind": "change", "effective": "2026-09-01", "childs": "2"})

    assert result.errors == (FieldError("childs", ErrorCode.UNKNOWN_FIELD, {"nearest": "children"}),)


def test_issuer_is_required_only_where_it_is_asked():
    missing = {
        regime: check(REGIME, REGIME_ANSWERS | {"regime": regime}).missing_fields
        for regime in ("foster_leave", "adoption_leave")
    }

    assert missing == {"foster_leave": ("issuer",), "adoption_leave": ()}


KEEPS_WORKING = ("manager_agreement", "approved_timetable")


@pytest.mark.parametrize(
    ("regime", "documents"),
    [
        ("reduced_duties", KEEPS_WORKING),
        ("career_break_full", ("manager_agreement",)),
        ("career_break_part", KEEPS_WORKING),
        ("career_break_medical", (*KEEPS_WORKING, "medical_certificate")),
        ("career_break_parental", (*KEEPS_WORKING, "birth_certificate")),
        ("career_break_palliative", (*KEEPS_WORKING, "medical_certificate")),
        ("parental_unpaid", (*KEEPS_WORKING, "birth_certificate")),
        ("four_day_week", KEEPS_WORKING),
        ("four_day_week_premium", KEEPS_WORKING),
        ("part_time_55", KEEPS_WORKING),
        ("part_time_50", KEEPS_WORKING),
        ("long_absence", ("manager_agreement",)),
        ("early_return", ("supporting_document",)),
        ("probation_leave", ("manager_agreement",)),
        ("carer_leave", ("manager_agreement", "carer_recognition")),
        ("adoption_leave", ("manager_agreement", "adoption_certificates")),
        ("reception_leave", ("manager_agreement", "host_parent_proof")),
        ("foster_leave", ("manager_agreement", "foster_decision")),
    ],
)
def test_each_regime_asks_its_documents(regime, documents):
    assert check(REGIME, REGIME_ANSWERS | {"regime": regime}).missing_documents == documents


def test_document_handed_in_is_not_missing_and_one_too_many_does_no_harm():
    answers = REGIME_ANSWERS | {"regime": "long_absence"}

    assert check(REGIME, answers, {"manager_agreement", "holiday_photo"}).is_complete


def test_end_before_start_is_too_early_and_the_same_day_is_not():
    answers = REGIME_ANSWERS | {"regime": "long_absence"}

    late = check(REGIME, answers | {"end": "30/09/2026"}, ["manager_agreement"])

    assert late.errors == (FieldError("end", ErrorCode.TOO_EARLY, {"other": "start", "earliest": "2026-10-01"}),)
    assert "end" not in late.values
    assert check(REGIME, answers | {"end": "01/10/2026"}, ["manager_agreement"]).is_complete


def test_end_is_not_compared_with_a_start_that_is_wrong():
    answers = {"regime": "long_absence", "statute": "statutory", "start": "soon", "end": "2026-09-01"}

    assert [error.code for error in check(REGIME, answers).errors] == [ErrorCode.NOT_A_DATE]


def test_problems_name_wrong_answers_then_empty_fields_then_documents():
    problems = check(REGIME, {"regime": "adoption_leave", "start": "soon"}).problems

    assert [(problem.field_key, problem.code) for problem in problems] == [
        ("start", ErrorCode.NOT_A_DATE),
        ("statute", ErrorCode.MISSING_FIELD),
        ("manager_agreement", ErrorCode.MISSING_DOCUMENT),
        ("adoption_certificates", ErrorCode.MISSING_DOCUMENT),
    ]


def test_option_is_looked_up_in_the_readers_language_first():
    content = """
texts: {}
statuses: {}
option_sets:
  place:
    - {key: one, label: {nl: Kamer, fr: Salle, de: Bank, en: Room}}
    - {key: two, label: {nl: Bank, fr: Banque, de: Kasse, en: Bench}}
themes:
  - key: t
    label: {nl: t, fr: t, de: t, en: t}
    forms:
      - key: f
        label: {nl: f, fr: f, de: f, en: f}
        payroll: {effect: none}
        fields: [{key: place, type: select, options: place, label: {nl: p, fr: p, de: p, en: p}}]
"""
    form = loader.load(content, "places.yaml").form("f")

    chosen = {language: check(form, {"place": "bank"}, (), language).values["place"] for language in LANGUAGES}

    assert chosen == {"nl": "two", "fr": "two", "de": "one", "en": "two"}


def test_explain_says_what_to_do_in_the_readers_language():
    answers = {"regime": "four_day_week", "start": "2026-10-01", "end": "2026-09-01", "statut": "x"}
    problems = check(REGIME, answers).problems

    assert [form_checker.explain(problem, REGIME, "fr") for problem in problems] == [
        "Ce formulaire n'a pas de champ « statut ». Vouliez-vous dire « statute » ?",
        "« Date de fin » précède « Date de début ». Choisissez 01/10/2026 ou plus tard.",
        "Complétez « Statut ».",
        "Joignez ce document : Accord de votre chef.",
        "Joignez ce document : Horaire approuvé.",
    ]


def test_explain_lists_the_options_of_a_choice():
    error = FieldError("statute", ErrorCode.UNKNOWN_OPTION, {"value": "{x}"})

    assert form_checker.explain(error, REGIME, "nl") == (
        "“{x}” is geen keuze voor “Statuut”. Kies één van: Statutair, Contractueel."
    )


def test_there_is_a_text_for_every_error_and_for_nothing_else():
    texts = text_loader.load_packaged("casework.catalogue", "texts.yaml")

    assert sorted(texts) == sorted(ErrorCode)


def test_long_answers_cost_no_more_than_their_length_allows():
    answers = {"kind": "x" * 10_000_000, "effective": "9" * 10_000_000, "children": "1 " * 5_000_000}

    codes = [error.code for error in check(HOUSEHOLD, answers).errors]

    assert codes == [ErrorCode.UNKNOWN_OPTION, ErrorCode.NOT_A_DATE, ErrorCode.NOT_AN_INTEGER]
