"""What the manual of the desk before this one names is found under that name, by the words that it uses."""

import pytest

from casework.catalogue import service
from casework.catalogue.search import FormSearch

CATALOGUE = service.load_catalogue()
SEARCH = FormSearch(CATALOGUE)
REGIME = CATALOGUE.form("work_regime_reduction")

SUBJECTS = [
    ("toelagen en vergoedingen", "allowances"),
    ("weddevraag", "pay_question"),
    ("fiscale fiche", "fiscal_sheet"),
    ("weddesimulatie", "pay_simulation"),
    ("woon-werkverkeer", "commuting"),
    ("geldelijke loopbaan", "pecuniary_career_question"),
    ("verbetering van de gezinssamenstelling", "household"),
    ("wijziging van de gezinssamenstelling", "household"),
    ("samenstelling van het huishouden", "household"),
    ("getuigschriften", "certificates"),
    ("functiegegevens", "person_function_data"),
    ("structureel telewerk", "telework"),
    ("regulier of incidenteel telewerk", "telework"),
    ("telewerkcontract", "telework"),
    ("moederschapsverlof", "maternity"),
    ("verminderde prestaties wegens ziekte", "reduced_duties_sickness"),
    ("vermindering van werkregime", "work_regime_reduction"),
    ("tewerkstelling na 65 jaar", "work_after_65"),
    ("pensioen", "pension"),
    ("problemen met PersoPoint applicaties", "application_problem"),
    ("ziekte- en verloftellers", "application_problem"),
    ("attestaanvraag door de werkgever", "employer_attestation"),
    ("attesten verzenden", "send_certificate"),
]
OPTIONS = {
    "reduced_duties": "Verminderde prestaties (excl. ziekte)",
    "career_break_full": "Loopbaanonderbreking voltijds",
    "career_break_part": "Loopbaanonderbreking deeltijds",
    "career_break_medical": "Loopbaanonderbreking voor medische bijstand",
    "career_break_parental": "Loopbaanonderbreking voor ouderschapsverlof",
    "career_break_palliative": "Loopbaanonderbreking voor palliatieve zorgen",
    "parental_unpaid": "Onbezoldigd ouderschapsverlof (geen loopbaanonderbreking)",
    "four_day_week": "Vierdagenwerkweek",
    "four_day_week_premium": "Vierdagenweek met premie",
    "part_time_55": "Deeltijds werken vanaf 55 jaar",
    "part_time_50": "Deeltijds werken vanaf 50 jaar",
    "long_absence": "Afwezigheid van lange duur wegens persoonlijke aangelegenheden",
    "early_return": "Vervroegde werkhervatting",
    "probation_leave": "Verlof voor stage",
    "carer_leave": "Verlof voor mantelzorg",
    "adoption_leave": "Adoptieverlof",
    "reception_leave": "Opvangverlof",
    "foster_leave": "Pleegouderverlof",
}


@pytest.mark.parametrize(("words", "form"), SUBJECTS)
def test_a_subject_of_the_manual_is_found_by_its_own_words(words, form):
    assert SEARCH.find(words, "nl", 3)[0].form.key == form


def test_the_form_of_fewer_hours_offers_each_kind_by_its_name():
    assert {option.key: option.label.nl for option in REGIME.field("regime").options} == OPTIONS
    assert (REGIME.label.nl, REGIME.hint.nl.split(", ")[:3]) == (
        "Vermindering van werkregime",
        ["Loopbaanonderbreking", "ouderschapsverlof", "vierdagenweek"],
    )


def test_each_theme_of_the_manual_stands_in_the_catalogue_and_any_other_question_comes_last():
    assert [theme.label.nl for theme in CATALOGUE.themes] == [
        "Bezoldigingen",
        "Geldelijke loopbaan",
        "Persoons- en tewerkstellingsgegevens",
        "Afwezigheden en ziektes",
        "Uitdiensttreding",
        "Attesten",
        "Problemen met PersoPoint applicaties",
        "Lokale HR: personeelsbeheer en samenwerking",
        "Andere vraag",
    ]


def test_the_decision_about_a_foster_child_names_who_took_it():
    assert [option.label.nl for option in REGIME.field("issuer").options] == [
        "Rechtbank",
        "Door een Gemeenschap erkende dienst voor pleegzorg",
        "Diensten van l'Aide à la Jeunesse",
        "Comité Bijzondere Jeugdbijstand",
        "Jugendhilfedienst",
    ]


def test_an_appointment_for_keys_is_asked_at_either_place_with_an_address_of_ones_own():
    form = CATALOGUE.form("digital_keys_appointment")
    assert [option.label.nl for option in form.field("place").options] == ["Lokaal registratiekantoor", "FOD BOSA"]
    assert form.field("personal_email").required


def test_the_form_of_fewer_hours_asks_begin_and_statute_and_leaves_the_end_open():
    fields = {field.key: (field.label.nl, field.required) for field in REGIME.fields}
    assert [fields[key] for key in ("regime", "start", "end", "statute", "comment")] == [
        ("Vermindering van werkregime", True),
        ("Begindatum", True),
        ("Einddatum", False),
        ("Statuut", True),
        ("Opmerking", False),
    ]
    assert CATALOGUE.text("empty_choice").nl == "-- Geen --"
