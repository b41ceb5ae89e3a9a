"""Servers of no known name that tell a sender that a mail failed, beside people who write of mails that did."""

import pytest
from kind_of_mail import kind

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Email bounced", "Your email to <an@x.example> bounced: 552 5.2.2 over quota"),
        ("Message rejected", "Your message to <an@x.example> was rejected.\n550 5.7.1 Looks like spam"),
        ("Mailbox full", "Delivery to <an@x.example> failed: 552 5.2.2 mailbox full."),
        ("Not delivered: leave", "Your email to an@x.example could not be delivered.\nAnswer: 550 user unknown"),
        ("List", "Your message to the list <hr@lists.example> was refused: only members may write."),
        ("Bericht niet bezorgd", "Uw bericht aan <an@x.example> kon niet worden bezorgd.\n550 5.1.1 onbekend"),
        ("Geweigerd", "Uw mail aan <an@x.example> werd geweigerd: 554 5.7.1"),
        ("Message non délivré", "Votre message à <an@x.example> n'a pas pu être remis.\n550 5.1.1 inconnu"),
        ("Refus", "Votre courriel du 3 mars a été refusé.\n<an@x.example> : 552 5.2.2"),
        ("Nicht zustellbar", "Ihre Nachricht an an@x.example wurde abgewiesen: 550 5.1.1 unbekannter Empfänger"),
        ("Delivery delayed: leave", "Delivery to these recipients or groups has been delayed:\n\nan@x.example"),
        ("Bezorging vertraagd: verlof", "Bezorging aan deze geadresseerden of groepen is vertraagd:\nan@x.example"),
        ("Remise différée : congé", "La remise à ces destinataires ou groupes a été retardée :\nan@x.example"),
        ("Zustellung verzögert: Urlaub", "Die Zustellung an diese Empfänger oder Gruppen dauert länger:\nan@x.example"),
        (
            "**Message you sent blocked by our filter**",
            "Your message to: an@x.example\nwas blocked. The email you sent has NOT BEEN DELIVERED.",
        ),
    ],
)
@pytest.mark.parametrize("sender", ["Mail service of x <service@x.example>", "no-reply@x.example"])
def test_server_that_tells_a_sender_what_it_found_is_one(sender, subject, text):
    assert kind(sender, subject, text) is MailKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("My mails bounce", "Every mail that I send to payroll is returned: 550 5.1.1 user unknown."),
        ("Payroll", "I sent a mail to <pay@desk.example> and it was rejected with 550 5.7.1."),
        ("Sorry", "Your mail bounced because my address changed. My new one is <an@new.example>."),
        ("Your message", "Your message could not be delivered because I moved. My address is <an@new.example>."),
        ("Refused", "According to your mail my request was refused. Room 5.1.12."),
        ("Geweigerd", "In uw mail staat dat mijn aanvraag geweigerd is. Lokaal 5.1.12."),
        ("Adres", "Uw mail werd geweigerd omdat mijn adres veranderd is. Nieuw: <an@nieuw.example>."),
        ("Mes mails", "Mes mails à <paie@desk.example> sont refusés : 550 5.1.1 inconnu."),
        ("Adresse", "Votre message a été refusé car ma boîte était pleine. Nouvelle adresse : <an@x.example>"),
        ("Meine Mails", "Meine E-Mail an <lohn@desk.example> wurde abgewiesen: 550 5.1.1 unbekannt."),
        ("Your refusal", "Your message says that the leave was rejected. Please explain."),
        ("Delivery", "Delivery to the second floor failed twice; the parcel is at the post office."),
        ("Re: leave", "Your message to <luc@x.example> was rejected, he tells me: 550 5.7.1."),
    ],
)
def test_person_who_writes_of_a_mail_that_failed_is_a_person(subject, text):
    assert kind("An Peeters <an@home.example>", subject, text) is MailKind.PERSON


@pytest.mark.parametrize("mark", ["[EXTERNAL] ", "***SPAM*** ", "{Spam?} ", "EXT: ", "[Extern] [SPAM] "])
@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Automatisch antwoord: verlof", "Ik werk niet op vrijdag.", MailKind.AUTO_REPLY),
        ("Undelivered Mail Returned to Sender", "It came back.", MailKind.BOUNCE),
        ("Fwd: Undelivered Mail Returned to Sender", "This is the mail system at host x.example.", MailKind.PERSON),
        ("Re: Automatic reply: leave", "Then I wait.", MailKind.PERSON),
    ],
)
def test_mark_of_a_mail_server_changes_nothing(mark, subject, text, expected):
    assert kind("An Peeters <an@home.example>", f"{mark}{subject}", text) is expected


def with_part(sender: str, subject: str, text: str, part: str) -> bytes:
    """Return a mail of a text and one part more."""
    head = f'From: {sender}\nSubject: {subject}\nContent-Type: multipart/mixed; boundary="b"\n\n'
    return f"{head}--b\n\n{text}\n--b\nContent-Type: {part}\n\nSubject: x\n\ny\n--b--\n".encode()


@pytest.mark.parametrize(
    ("subject", "text", "part", "expected"),
    [
        ("Returned", "Your mail could not be delivered.", "text/rfc822-headers", MailKind.BOUNCE),
        ("A problem", "an@x.example said: 550 5.1.1 unknown", "message/rfc822", MailKind.BOUNCE),
        ("My mail", "Here is the mail that I sent on Monday.", "message/rfc822", MailKind.PERSON),
        ("My mail", "It came back to me, what now?", "text/rfc822-headers", MailKind.PERSON),
        ("Fwd: A problem", "an@x.example said: 550 5.1.1 unknown", "message/rfc822", MailKind.PERSON),
    ],
)
def test_mail_that_comes_back_beside_what_a_server_said_is_a_bounce(subject, text, part, expected):
    assert parse_mail(with_part("x@x.example", subject, text, part)).kind is expected


def test_report_that_became_text_is_a_bounce_and_one_that_somebody_asks_about_is_not():
    fields = "Final-Recipient: rfc822; an@x.example\nAction: failed\nStatus: 5.1.1"

    assert kind("x@x.example", "Notification", fields) is MailKind.BOUNCE
    assert kind("x@x.example", "Notification", fields.partition("\n")[0]) is MailKind.PERSON
    assert kind("An <an@home.example>", "Notification", f"Hello, what is this?\n\n{fields}") is MailKind.PERSON
