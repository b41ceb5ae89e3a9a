from importlib.resources import files
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from casework.catalogue.models import LANGUAGES, Audience, EffectKind, FieldType, Sensitivity

MISSION = Path(__file__).parents[3] / ".." / "shared" / "mission" / "catalogue.yaml"

FORMS = {
    "pay": ["allowances", "pay_question", "fiscal_sheet", "pay_simulation", "commuting"],
    "pecuniary_career": ["pecuniary_career_question"],
    "person_and_job": ["household", "telework", "certificates", "person_function_data"],
    "absence": [
        "work_regime_reduction",
        "maternity",
        "reduced_duties_sickness",
        "send_certificate",
        "other_leave",
    ],
    "leaving": ["work_after_65", "pension"],
    "attestations": ["employer_attestation"],
    "applications": ["application_problem", "digital_keys_appointment"],
    "local_hr": ["entry", "exit", "cooperation_question", "legal_advice", "tailored_report"],
    "other": ["free_question"],
}


def test_catalogue_has_its_themes_and_forms_in_order(catalogue):
    assert {theme.key: [form.key for form in theme.forms] for theme in catalogue.themes} == FORMS


def test_catalogue_explains_the_six_statuses(catalogue):
    assert [(status.key, status.label.nl, status.explain.nl) for status in catalogue.statuses] == [
        ("open", "Open", "We hebben uw ticket ontvangen."),
        (
            "assigned", "Toegewezen",
            "Het ticket is aan één van onze dossierbeheerders toegewezen om verwerkt te worden.",
        ),
        ("work_in_progress", "Werk in uitvoering", "We werken aan de oplossing van uw ticket."),
        ("awaiting_info", "In afwachting", "We hebben informatie van u of uw personeelsafdeling nodig."),
        (
            "awaiting_acceptance", "In afwachting van acceptatie",
            "We zijn klaar met de verwerking van uw ticket.",
        ),
        (
            "closed_complete", "Voltooid gesloten",
            ("Het ticket is gesloten, het blijft in uw geschiedenis"
             " maar kan niet meer gebruikt worden om te communiceren."),
        ),
    ]  # fmt: skip
    assert catalogue.status("lost") is None


def test_catalogue_texts_are_found_by_key(catalogue):
    assert catalogue.text("required_legend").nl == "* Geeft vereist aan"
    assert catalogue.text("nonsense") is None


def test_texts_fall_back_to_dutch_for_an_unknown_language(catalogue):
    label = catalogue.form("household").label

    assert label.in_("fr") == "Modification de la composition de ménage"
    assert label.in_("pt") == label.nl


def test_synonyms_fall_back_to_dutch_for_an_unknown_language(catalogue):
    synonyms = catalogue.form("household").synonyms

    assert synonyms.in_("pt") == synonyms.nl
    assert "mariage" in synonyms.in_("fr")


def test_every_form_has_synonyms_in_every_language(catalogue):
    bare = [(form.key, lang) for form in catalogue.forms for lang in LANGUAGES if not form.synonyms.in_(lang)]

    assert bare == []


def test_every_form_ends_with_an_optional_comment(catalogue):
    assert {(form.fields[-1].key, form.fields[-1].required) for form in catalogue.forms} == {("comment", False)}


def test_extended_menu_is_for_local_hr_alone(catalogue):
    assert {form.audience for form in catalogue.theme("local_hr").forms} == {(Audience.LOCAL_HR,)}
    assert catalogue.form("household").audience == (Audience.EMPLOYEE, Audience.LOCAL_HR)


def test_health_papers_are_marked(catalogue):
    marked = {
        (form.key, document.key)
        for form in catalogue.forms
        for document in form.documents
        if document.sensitive is Sensitivity.HEALTH
    }

    assert marked == {
        ("work_regime_reduction", "medical_certificate"),
        ("maternity", "medical_certificate"),
        ("reduced_duties_sickness", "medical_certificate"),
        ("send_certificate", "certificate"),
    }


def test_managers_approval_stands_for_the_agreement_of_the_chief(catalogue):
    assert catalogue.form("work_regime_reduction").approval.satisfies == ("manager_agreement",)


def test_household_change_has_a_retroactive_effect_on_tax(catalogue):
    payroll = catalogue.form("household").payroll

    assert (payroll.kind, payroll.retro) == (EffectKind.TAX_STATUS, True)


def test_household_offers_the_values_that_pay_knows(catalogue):
    household = catalogue.form("household")

    assert [option.key for option in household.field("civil_status").options] == [
        *("single", "married", "legal_cohabitant", "widowed", "divorced", "separated")
    ]
    assert [option.key for option in household.field("spouse_income").options] == [
        *("none", "own", "small_own", "small_pension")
    ]


def test_every_choice_has_options_and_nothing_else_has(catalogue):
    choices = {FieldType.SELECT, FieldType.LOOKUP}
    odd = [
        (form.key, field.key)
        for form in catalogue.forms
        for field in form.fields
        if bool(field.options) is not (field.type in choices)
    ]

    assert odd == []


def test_lookups_by_key_give_nothing_for_unknown_keys(catalogue):
    household = catalogue.form("household")

    assert catalogue.form("nonsense") is None
    assert catalogue.theme("nonsense") is None
    assert household.field("nonsense") is None
    assert household.document("nonsense") is None
    assert household.field("kind").option("nonsense") is None


def test_catalogue_carries_every_form_field_option_and_document_of_the_mission(catalogue):
    if not MISSION.exists():
        pytest.skip("the mission's own catalogue is not beside this checkout")
    mission = YAML(typ="safe", pure=True).load(MISSION.read_text("utf-8"))
    lost = []
    for theme in mission["themes"]:
        for wanted in theme["forms"]:
            form = catalogue.form(wanted["key"])
            lost += [wanted["key"]] if vars_of(form.label) != wanted["label"] else []
            for field in wanted["fields"]:
                ours = form.field(field["key"])
                same = ours and (ours.type, ours.required, vars_of(ours.label)) == (
                    *(field["type"], field["required"], field["label"]),
                )
                options = field.get("options", [])
                options = mission["option_sets"][options]["options"] if isinstance(options, str) else options
                kept = [ours.option(option["key"]) for option in options]
                lost += [] if same and None not in kept else [(wanted["key"], field["key"])]
            for document in wanted.get("attachments", []):
                ours = form.document(document["key"])
                lost += [] if ours and vars_of(ours.label) == document["label"] else [document["key"]]

    assert lost == []


def vars_of(texts):
    return {language: texts.in_(language) for language in LANGUAGES}


def test_packaged_files_are_where_the_package_looks_for_them():
    folder = files("casework.catalogue")

    assert [folder.joinpath(name).is_file() for name in ("catalogue.yaml", "texts.yaml")] == [True, True]
