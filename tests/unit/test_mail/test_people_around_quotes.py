"""People quote programs, sign as their offices do and name colleagues: none of that makes them programs."""

import pytest
from kind_of_mail import kind

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind

AN = "An Peeters <an@home.example>"
ANSWERS = "In-Reply-To: <1@desk.example>"
SUPPRESSES = "X-Auto-Response-Suppress: DR, OOF, AutoReply"
QUOTED_NOTE = (
    "> Bonjour,\n>\n> Je suis absent jusqu'à lundi. En cas d'urgence, appelez Luc.\n"
    "> Ceci est un message automatique.\n"
)
SIGNATURE = (
    "An Peeters\nan@home.example<mailto:an@home.example>\n\n"
    "This message and any attachments are for the named recipient alone; if it was not delivered to them, delete it."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Le lun. 2 mars 2026 à 10:12, HR <hr@desk.example> a écrit :\n\n{QUOTED_NOTE}\nMerci, c'est noté.", "person"),
        (f"{QUOTED_NOTE}\nMerci, c'est noté.", "person"),
        (f"Merci.\n\n{QUOTED_NOTE}\nC'est noté.", "person"),
        (QUOTED_NOTE.replace("> ", "").replace(">", ""), "auto_reply"),
    ],
)
@pytest.mark.parametrize("subject", ["Re: fiche", "Absence de mardi", "x"])
def test_words_that_somebody_quotes_are_not_theirs(subject, text, expected):
    assert kind(AN, subject, text, ANSWERS) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<blockquote>{}</blockquote><p>Merci.</p><blockquote>Bien à vous</blockquote>", MailKind.PERSON),
        ("<p>{}</p>", MailKind.AUTO_REPLY),
        ("<blockquote>{}</blockquote>", MailKind.AUTO_REPLY),
    ],
)
def test_words_that_a_page_quotes_are_not_its_writers(page, expected):
    said = page.format("Ceci est un message automatique.")
    head = f"From: {AN}\nSubject: Re: x\n{ANSWERS}\nContent-Type: text/html; charset=utf-8"

    assert parse_mail(f"{head}\n\n<html><body>{said}</body></html>".encode()).kind == expected


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Onbestelbaar: mijn ecocheques", "Ze kwamen nooit aan."),
        ("Échec de remise du badge", "Il n'est pas arrivé."),
        ("Unzustellbar: Einschreiben", "Die neue Anschrift ist Kirchweg 2."),
        ("Delivery report of the overtime project", "The hours are below."),
        ("Mail delivery system of our building", "The carts come at ten and at three."),
    ],
)
def test_signature_of_an_office_is_no_finding_of_a_server(subject, text):
    assert kind(AN, subject, f"{text}\n\n{SIGNATURE}") == MailKind.PERSON
    quoted = "On Mon, 2 Mar 2026 at 10:12, HR <hr@desk.example> wrote:\n\n> We have got your question."
    assert kind(AN, subject, f"{text}\n\n{quoted}", ANSWERS) == MailKind.PERSON
    assert kind("x@x.example", subject, "<an@home.example>\n550 5.1.1 gone") == MailKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "text", "more"),
    [
        ("Undelivered Mail Returned to Sender", "Mijn vraag kwam zo terug: ik wil verlof op 5 mei.", ()),
        ("Once more", "This message was undeliverable on Friday. It is about my hours.", ()),
        ("Luc Jans is out of the office until 12/03/2026", "He reported sick this morning.", ()),
        ("Luc Jans est absent du bureau.", "Il s'est déclaré malade.", ()),
        ("Afwezig: Luc Jans", "Luc Jans is ziek tot vrijdag.", ()),
        ("Out of office: Luc", "LET OP: externe mail\n\nLuc is on sick leave until June.", ()),
        ("Portail", "Le portail affiche « Ce message a été envoyé automatiquement » et rien d'autre.", ()),
        ("Portal", 'It says "This message was sent automatically" and nothing else.', ()),
        ("Vakantie in juli", "Ik ben afwezig 3-14 juli. Bij vragen kan u terecht bij Els.", ()),
        ("Urlaub im Juli", "Ich bin vom 3. bis 14. Juli im Urlaub. Währenddessen wenden Sie sich an Anna.", ()),
        ("Away for the course", "I am away 3 and 4 March. For urgent matters contact Els.", ()),
        ("Abwesenheitsmeldung", "Hiermit melde ich meine gestrige Abwesenheit.", (SUPPRESSES,)),
        ("Out of the office", "I will be out of the office from 4 to 8 May.", (SUPPRESSES,)),
        ("Auto: leasing", "The car goes back in May.\n\n> Which car is it?", (ANSWERS,)),
        (
            "Re: x",
            "I am away until Monday. If it is urgent, contact my manager Luc.\n\n> Who confirms the hours?",
            (ANSWERS,),
        ),
        (
            "Re: x",
            "Dank voor uw mail. Dit is een automatisch bericht dat ik elke week krijg, het klopt niet.",
            (ANSWERS,),
        ),
        ("Re: x", "Je suis absent lundi. Ce message est généré automatiquement par la pointeuse, à tort.", (ANSWERS,)),
        ("Re: x", "Automatisch antwoord: mijn naam staat daar nog in.", (ANSWERS,)),
        ("Re: x", "Thank you. The auto-reply on our mailbox still names my predecessor.", (ANSWERS,)),
        ("Congé", "Je serai en congé du 4 au 8 mai. Merci d'enregistrer ce congé.", (SUPPRESSES,)),
        ("Ooops", "Dat was het verkeerde bestand.", (ANSWERS,)),
        ("Automatisch antwoord gedeelde mailbox", "Daar staat nog mijn naam in.", ()),
        ("Automatische ontvangstbevestiging", "Die kwam niet voor mijn aanvraag van maandag.", ()),
        ("Fraværsmelding", "Jeg er syk i dag.", ()),
        ("Gelezen: uw bericht", "Het bericht werd gelezen. Ik ga niet akkoord.", ()),
        ("Lu : votre message", "Votre message a été lu. Je ne suis pas d'accord.", ()),
    ],
)
def test_person_with_the_words_of_a_program_is_a_person(subject, text, more):
    assert kind(AN, subject, text, *more) == MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Afwezig: HRB0001167", "Luc helpt u.", MailKind.AUTO_REPLY),
        ("An Peeters is out of the office.", "Luc helps you.", MailKind.AUTO_REPLY),
        ("is out of the office.", "I will be out of the office until 12/03.", MailKind.AUTO_REPLY),
        ("Luc Jans is niet op kantoor.", "Ik ben afwezig tot 12/03.", MailKind.AUTO_REPLY),
        ("Automatisch antwoord gedeelde mailbox", "Ik ben met verlof, mijn vervanger is Els.", MailKind.AUTO_REPLY),
        ("Auto-Reply from An", "Thank you for your mail about my team.", MailKind.AUTO_REPLY),
        ("Read: my leave", "Your message\n\nSubject: my leave\n\nwas read on Monday.", MailKind.REPORT),
        ("Automatic reply", "My last day was 3 March.", MailKind.AUTO_REPLY),
        ("Met vakantie", "Ik ben met vakantie. Uw mail wordt niet gelezen.", MailKind.AUTO_REPLY),
        ("x", "Votre message n'a pas atteint certains ou tous les destinataires.", MailKind.BOUNCE),
        ("Undeliverable: x", "Your message to luc.jans@x.example couldn't be delivered.", MailKind.BOUNCE),
        ("Delivery failure", "Your mail\n\n Subject: mijn loon\n\nwas not delivered: user unknown", MailKind.BOUNCE),
        ("Non remis : x", "Impossible de contacter le(s) destinataire(s) suivant(s) :", MailKind.BOUNCE),
    ],
)
def test_program_with_such_words_is_still_one(subject, text, expected):
    assert kind(AN, subject, text) == expected
