"""Each word list of mail servers is reached: no entry stands in it that nothing can match."""

import pytest
from kind_of_mail import kind

from mail_gateway.inbound import bounce_subjects, bounce_words
from mail_gateway.models import MailKind

FINDING = "<an@home.example>: 550 5.1.1 user unknown"


@pytest.mark.parametrize("opening", bounce_words.BOUNCE_OPENINGS)
def test_what_only_a_mail_server_begins_with_is_a_bounce_whoever_sent_it(opening):
    assert kind("Gateway <gw@x.example>", "Mail", f"{opening} an@home.example") is MailKind.BOUNCE
    ornaments = "" if opening.startswith("-") else "*** "
    broken = opening.replace(" ", "\n", 1)
    assert kind("Gateway <gw@x.example>", "Mail", f"{ornaments}{broken} an@home.example") is MailKind.BOUNCE


@pytest.mark.parametrize("opening", bounce_words.PEOPLES_OPENINGS)
def test_what_people_begin_with_too_is_a_bounce_above_what_a_server_found(opening):
    assert kind("Gateway <gw@x.example>", "Mail", f"{opening}\n{FINDING}") is MailKind.BOUNCE


@pytest.mark.parametrize("subject", bounce_subjects.BOUNCE_SUBJECTS)
def test_what_a_report_is_called_makes_a_bounce_above_what_a_server_found(subject):
    assert kind("Gateway <gw@x.example>", f"{subject} x", FINDING) is MailKind.BOUNCE


@pytest.mark.parametrize("subject", bounce_subjects.SERVER_SUBJECTS)
def test_what_only_a_mail_server_calls_its_mail_is_a_bounce(subject):
    assert kind("Gateway <gw@x.example>", f"{subject}x", "See below.") is MailKind.BOUNCE


@pytest.mark.parametrize(
    "text",
    [
        "The following addresses had problems, can you look at them?",
        "I am not a member of this mailing list. You are not a member of this mailing list, it said.",
        "Why does it say: you are not a member of this mailing list <news@lists.example>?",
        "Dear HR, this is a warning message only because my manager asks for one.",
        "This is a warning message only, as my manager said: the hours of March are over the limit.",
        "Message from InterScan in my inbox: your payslip was blocked. It came from the desk.",
        "Undeliverable address: so\nthe postman wrote on my payslip. It is Church Road 2 now.",
        "This is an automated message I keep getting from the clock.",
        "Dit is een automatisch bericht dat ik kreeg van de prikklok.",
        "Ceci est un message automatique que j'ai reçu du guichet.",
        "Dies ist eine automatische Nachricht, die ich bekommen habe.",
        f"Wij kregen dit:\n\nYour message could not be delivered.\n{FINDING}",
        f"Nous avons reçu ceci :\n\nYour message could not be delivered.\n{FINDING}",
        f"Dag,\n\nThis message was created automatically by mail delivery software.\n{FINDING}",
    ],
)
def test_people_who_write_such_words_are_people(text):
    assert kind("An <an@home.example>", "Mail", text) is MailKind.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "Votre message n'a pas encore été remis à an@home.example. Nous continuerons à essayer.",
        "Ihre Nachricht an an@home.example wurde noch nicht zugestellt. Der Server versucht es weiter.",
        "Uw bericht is nog niet bezorgd bij an@home.example. De server probeert het nog.",
    ],
)
def test_a_server_that_says_not_yet_reports_too(text):
    assert kind("Gateway <gw@x.example>", "Mail delivery failed", text) is MailKind.BOUNCE
