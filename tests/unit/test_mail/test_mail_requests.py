from datetime import date

import pytest
from mailroom import letter, wire

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
