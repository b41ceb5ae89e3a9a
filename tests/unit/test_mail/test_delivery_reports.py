"""What a mail server's own words say of a mail: whether it may still arrive, how final its failure is, and why."""

import pytest

from casework.outbox.bounces import Severity
from mail_gateway.inbound.delivery_reports import read_report
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind

ORIGINAL = """
----- Original message -----

Received: from desk.example by relay.example (Relay v4.6.1 (550 2-6-1999)); Mon, 1 Mar 2027 10:00:00 +0100
Message-ID: <one@desk.example>
Subject: permanent contract: 5.1.1 will be retried

Dear An
"""
STILL_UNDER_WAY = {
    "retried": "An automatic notice\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nIt will be retried for 2 days: 4.4.1",
    "queue": "Hi!\n\nA message is delayed for more than 10 minutes for\nan@home.example: no answer\n",
    "not yet": "A message that you sent has not yet been delivered to\nan@home.example\nNo action is required.",
    "Dutch": "Uw bericht is nog niet bezorgd bij an@home.example. Er wordt opnieuw geprobeerd.",
    "French": "Votre message est retardé. Il n'est pas besoin de le renvoyer: 4.2.2",
    "German": "Die Zustellung Ihrer Nachricht an an@home.example ist verzögert.",
    "if it fails": "A temporary problem; we will retry for 47 hours. You'll be notified if it fails permanently.",
    "Dutch again": "Er is een tijdelijk probleem met je bericht. De server probeert het nog 47 uur.",
    "Dutch for days": "Uw bericht kon niet worden afgeleverd.\nWe blijven het de komende 5 dagen proberen: 4.4.1",
    "French again": "Votre message n'a pas pu être remis. Nous continuerons à essayer: 4.4.1",
    "German again": "Ihre Nachricht konnte bisher nicht zugestellt werden. Der Server versucht es noch 47 Stunden.",
    "an event": '{"eventType": "DeliveryDelay", "delayedRecipients": [{"status": "4.4.1"}]}',
    "a version": "Gateway v5.1.2: your message is delayed for an@home.example",
}
FAILED = {
    "code": ("It could not be delivered.\n<an@home.example>: 550 5.1.1 no such user", Severity.HARD),
    "passing code": ("It could not be delivered after 5 days.\n<an@home.example>: 452 4.2.2 full", Severity.SOFT),
    "permanent": ("Delivery to this recipient failed permanently:\n  an@home.example", Severity.HARD),
    "given up": ("It was still being retried; I've given up: an@home.example", Severity.HARD),
    "nothing said": ("It could not be delivered to an@home.example", Severity.SOFT),
    "code beside a delay": ("It was delayed, then refused.\n<an@home.example>: 550 5.7.1 policy", Severity.HARD),
    "time is over": ("Die Zustellung wurde mehrfach erneut versucht.\n<an@home.example>: 4.4.7", Severity.SOFT),
    "tries no more": (
        "It was delayed too long.\nI'm not going to try again.\n<an@home.example>: Sorry (#4.4.1)",
        Severity.SOFT,
    ),
    "Dutch": ("Het werd vertraagd en wordt niet meer opnieuw geprobeerd: an@home.example 4.4.1", Severity.SOFT),
}
REASONS = {
    "a code": (
        "Hi!\n\nWe could not deliver it.\n<an@home.example>: 550 5.1.1 no such user",
        "<an@home.example>: 550 5.1.1 no such user",
    ),
    "words of servers": ("Hi!\n\nSorry.\nThe mailbox of An is closed.", "The mailbox of An is closed."),
    "behind an address": (
        "This message was created by mail delivery software.\n\n  an@home.example\n    Unrouteable address\n\nBye",
        "an@home.example Unrouteable address",
    ),
    "below the promise of a copy": (
        "Hi!\n\nWe attach a copy of your message.\n<an@home.example>: 550 5.1.1 no such user",
        "<an@home.example>: 550 5.1.1 no such user",
    ),
    "on the line of an address": (
        "It is attached below.\n<an@home.example>\n\n<an@home.example>: connect to mx.home.example: timed out",
        "<an@home.example>: connect to mx.home.example: timed out",
    ),
    "letters": ("------- Why --------\n\nNobody of that name in the book", "Nobody of that name in the book"),
    "nothing else": ("*** !!! ***", "*** !!! ***"),
}


def report(text: str):
    head = "From: MAILER-DAEMON@relay.example\nSubject: Mail\nContent-Type: text/plain; charset=utf-8\n\n"
    mail = parse_mail((head + text + "\n" + ORIGINAL).encode())
    assert mail.kind is MailKind.BOUNCE
    return read_report(mail)


@pytest.mark.parametrize("text", STILL_UNDER_WAY.values(), ids=STILL_UNDER_WAY)
def test_a_mail_that_may_still_arrive_has_not_failed(text):
    assert (report(text).severity, report(text).message_ids) == (None, ("one@desk.example",))


@pytest.mark.parametrize(("text", "severity"), FAILED.values(), ids=FAILED)
def test_a_failure_is_as_final_as_the_server_says(text, severity):
    assert report(text).severity is severity


@pytest.mark.parametrize(("text", "reason"), REASONS.values(), ids=REASONS)
def test_the_reason_is_the_line_that_tells_most_and_never_one_of_the_mail_that_came_back(text, reason):
    assert report(text).reason == reason


@pytest.mark.parametrize(
    ("fields", "severity", "reason"),
    [
        ("Action: relayed (to a mailer that reports nothing)\nStatus: 2.1.5", None, "2.1.5 The mailbox is closed."),
        ("Action: Delayed (no answer)\nStatus: 4.4.1", None, "4.4.1 The mailbox is closed."),
        ("Action: failed (gone)\nStatus: 5.1.1", Severity.HARD, "5.1.1 The mailbox is closed."),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 No such user", Severity.HARD, "550 No such user"),
    ],
)
def test_fields_decide_and_a_bare_status_goes_with_the_line_that_tells_most(fields, severity, reason):
    raw = (
        "From: MAILER-DAEMON@relay.example\nReferences: <zero@desk.example> <one@desk.example>\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\n\nHi!\nThe mailbox is closed.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; x.example\n\n"
        f"Final-Recipient: rfc822; an@home.example\n{fields}\n\n--b--\n"
    )
    found = read_report(parse_mail(raw.encode()))

    assert (found.severity, found.reason, found.message_ids) == (severity, reason, ("one@desk.example",))
