from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailroom import letter, wire

from casework.catalogue import form_checker
from casework.catalogue.service import load_catalogue
from casework.people.models import Actor, Role
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.requests import MailRequest, RequestReader

READER = RequestReader(load_catalogue())
TODAY = date(2026, 9, 15)


def read(
    subject: str, text: str, *, files: tuple[str, ...] = (), language: str = "nl", roles: tuple[Role, ...] = ()
) -> MailRequest:
    mail = letter("an@health.example", text, subject=subject)
    for name in files:
        mail.add_attachment(b"%PDF-1.4\n", maintype="application", subtype="pdf", filename=name)
    requester = Actor(1, "An Peeters", language, frozenset({Role.EMPLOYEE, *roles}), 1)
    return READER.read(parse_mail(wire(mail)), requester, TODAY)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Mijn verlof", "Hoeveel dagen heb ik nog?"),
        ("verlof", "Hoeveel dagen heb ik nog?"),
        ("Vraag", "Goeiedag,\nik ben in augustus verhuisd. Wat moet ik doen?\nTel: 02 000 00 00"),
        ("Question", "Bonjour,\nma fiche de paie du mois d'août n'est pas correcte : il manque une prime."),
        ("Telewerk", "Mag ik volgende week thuiswerken? Gelieve te laten weten: ja of nee."),
        ("Geburt", "Guten Tag, mein Kind ist geboren. Was soll ich tun?"),
        ("My payslip of August", "I think the amount is wrong.\nName: An Peeters\nDepartment: Health"),
        ("Change of household composition: how?", "How do I do this?"),
        ("", ""),
        ("form", "formulier: bestaat niet"),
    ],
)
def test_ordinary_question_gets_no_form(subject: str, text: str):
    assert read(subject, text) == MailRequest(documents=[])


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Wijziging van de gezinssamenstelling", "Goeiedag"),
        ("MODIFICATION DE LA COMPOSITION DE MENAGE", "Bonjour"),
        ("Family composition", "Hello"),
        ("Geburt", "Art: Änderung"),
        ("Een vraag", "formulier: household"),
        ("Een vraag", "Dag\n- Form: composition du ménage"),
        ("Wijziging in mijn gezin", "Datum van de wijziging: 1/9/2026\nAantal kinderen ten laste: 2"),
    ],
)
def test_mail_that_names_its_form_gets_it(subject: str, text: str):
    found = read(subject, text)

    assert found.form is not None
    assert found.form.key == "household"
    assert found.confidence >= 0.75


def test_lines_are_read_by_the_form_checker_and_what_lacks_is_said_in_the_language_of_the_requester():
    text = "Bonjour,\n\n* Type : modification\nNombre d'enfants à charge = 2\nÉtat civil: martien\n\nMerci"

    found = read("Composition du ménage", text, language="fr")

    assert dict(found.fields) == {"kind": "change", "children": 2}
    assert len(found.wanted) == 2
    assert "État civil" in found.wanted[0]
    assert "Date de la modification" in found.wanted[1]


def test_first_line_about_a_field_counts():
    found = read("Family composition", "kind: change\nkind: correction\n", language="en")

    assert dict(found.fields) == {"kind": "change"}


@pytest.mark.parametrize("name", ["akkoord telewerk.pdf", "Telearbeitsvereinbarung_An.pdf", "telework-agreement.pdf"])
def test_file_named_after_a_required_document_is_that_document(name: str):
    text = "form: telework\nkind: regular\nstart: 1/10/2026"

    found = read("Telewerk", text, files=("notes.pdf", name))

    assert [document.key if document else None for document in found.documents] == [None, "telework_agreement"]
    assert found.wanted == ()
    assert dict(found.fields) == {"kind": "regular", "start": "2026-10-01"}


def test_document_that_did_not_come_is_wanted():
    found = read("Telewerk", "form: telework\nkind: regular\nstart: 1/10/2026", files=("scan001.pdf",))

    assert (found.documents, len(found.wanted)) == ([None], 1)
    assert "Akkoord van telewerk" in found.wanted[0]


def test_text_of_the_mail_answers_the_one_open_question_of_a_form():
    text = "Formulier: Weddevraag\nMaand van de weddefiche: 08/2026\n\nMijn premie staat er niet op."

    found = read("Weddevraag", text)

    assert dict(found.fields) == {"month": "2026-08", "question": "Mijn premie staat er niet op."}
    assert found.wanted == ()


def test_form_of_the_personnel_service_is_for_the_personnel_service():
    assert read("x", "form: exit").form is None
    found = read("x", "form: exit", roles=(Role.LOCAL_HR,)).form
    assert found is not None
    assert found.key == "exit"


def test_many_lines_are_read_to_a_bound():
    lines = "\n".join(f"label {number}: value" for number in range(5_000))

    assert read("Family composition", lines + "\nkind: change", language="en").fields == {}


@pytest.mark.parametrize(
    ("subject", "text", "language"),
    [
        ("Aanvraag telewerk", "Beste,\n\nGraag incidenteel telewerk van 1 maart tot en met 5 maart 2027.\n\nAn", "nl"),
        ("Demande de télétravail", "Bonjour,\n\nOccasionnel, du 1er au 5 mars 2027.\n\nAn", "fr"),
        ("Telearbeit", "Guten Tag,\n\ngelegentlich, vom 1. bis 5. März 2027\n\nAn", "de"),
        ("Telework contract", "Occasional, from 1/3 to 5/3/2027, please.", "en"),
        ("Question", "telework contract please: occasional, from 1/3 to 5/3/2027", "en"),
    ],
)
def test_sentences_fill_the_form_that_they_name(subject: str, text: str, language: str):
    found = read(subject, text, language=language)

    assert found.form is not None
    assert (found.form.key, dict(found.fields)) == (
        "telework",
        {"kind": "occasional", "start": "2027-03-01", "end": "2027-03-05"},
    )
    assert (found.confidence >= 0.75, len(found.wanted)) == (True, 1)


@pytest.mark.parametrize(
    ("said", "percent"),
    [("80%", "80"), ("80 procent", "80"), ("4/5", "80"), ("3/5", "60"), ("halftijds", "50"), ("80% of 4/5", "80")],
)
def test_part_of_full_time_is_read_in_the_ways_people_say_it(said: str, percent: str):
    text = f"form: work_regime_reduction\nregime: part_time_50\n\nIk wil {said} werken vanaf 1 maart 2027."

    assert dict(read("Minder werken", text).fields)["fraction"] == percent


@pytest.mark.parametrize(
    "text",
    [
        "form: telework\n\nVanaf 1 maart 2027 of vanaf 1 april 2027.",
        "form: telework\n\nZoals in mijn mail van 1 maart 2027.",
        "form: telework\n\nNiet incidenteel.",
        "form: telework\n\nRegulier (structureel) of incidenteel?",
    ],
)
def test_what_has_two_readings_is_asked(text: str):
    found = read("x", text)

    assert (dict(found.fields), len(found.wanted)) == ({}, 3)


def test_other_words_for_begin_and_end_are_labels_too():
    found = read("x", "form: telework\nvan: 1/3/2027\ntot: 5/3/2027\nSoort telewerk: incidenteel")

    assert dict(found.fields) == {"kind": "occasional", "start": "2027-03-01", "end": "2027-03-05"}


@pytest.mark.parametrize(
    "below",
    [
        "---------- Forwarded message ---------\nFrom: Luc <luc@health.example>\n\n",
        "-----Oorspronkelijk bericht-----\nVan: Luc <luc@health.example>\n\n",
        "Van: Luc <luc@health.example>\nVerzonden: maandag\nAan: An\nOnderwerp: x\n\n",
        "Op ma 1 mrt 2027 om 10:00 schreef Luc <luc@health.example>:\n> ",
    ],
)
@pytest.mark.parametrize("subject", ["Fwd: telewerk", "Re: telewerk", "telewerk"])
def test_request_in_what_is_passed_on_is_not_the_writers_own(subject: str, below: str):
    request = "formulier: telework\n> Soort telewerk: incidenteel, vanaf 1 maart 2027"

    assert read(subject, f"Ter info.\n\n{below}{request}").form is None


def test_document_is_known_by_its_first_words():
    found = read_with("x", "form: telework\nkind: regular\nstart: 1/10/2026", b"AKKOORD VAN TELEWERK\n\nTussen...")

    assert [document.key if document else None for document in found.documents] == ["telework_agreement"]
    assert found.wanted == ()


def read_with(subject: str, text: str, document: bytes) -> MailRequest:
    mail = letter("an@health.example", text, subject=subject)
    mail.add_attachment(document, maintype="text", subtype="plain", filename="scan.txt")
    return READER.read(parse_mail(wire(mail)), Actor(1, "An", "nl", frozenset({Role.EMPLOYEE}), 1), TODAY)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "vanaf",
                "van",
                "tot",
                "1",
                "31",
                "maart",
                "februari",
                "2027",
                "1/3",
                "5/3/2027",
                "80%",
                "4/5",
                "regulier",
                "incidenteel",
                "niet",
                "telewerk",
                "start:",
                "einde:",
                "kind:",
                "€",
                "12",
                "\n",
                "verlof",
                "gehuwd",
                ";",
                "a@b.example",
                "from",
                "to",
                "until",
                "bis",
                "29/2/2027",
            ]
        ),
        max_size=25,
    )
)
def test_form_checker_alone_decides_what_is_kept(pieces: list[str]):
    found = read("Telewerk", "form: telework\n" + " ".join(pieces))

    assert found.form is not None
    again = form_checker.check(found.form, form_checker.as_answers(found.form, found.fields, "nl"), (), "nl", TODAY)
    assert (dict(again.values), again.errors) == (dict(found.fields), ())
