import re

import pytest

from mail_gateway.inbound.description import describe
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.screening import RULES, Action, OwnIdentity, Verdict, screen
from mail_gateway.models import Envelope, MailKind

OWN = OwnIdentity(addresses=frozenset({"balie@desk.example"}), instance_id="desk-1")
ENVELOPE = Envelope("an@home.example", ("balie@desk.example",))


def mail(*lines, body="Dag"):
    given = "\n".join(lines)
    missing = "" if re.search("^From:", given, re.MULTILINE) else "From: An <an@home.example>\n"
    subject = "" if "Subject:" in given else "Subject: Verlof\n"
    return parse_mail(f"{missing}{subject}{given}\n\n{body}".replace("\n\n\n", "\n\n").encode())


REPORT = "Content-Type: multipart/report; boundary=b; report-type="
KINDS = [
    ("Auto-Submitted: auto-replied", MailKind.AUTO_REPLY),
    ("Auto-Submitted: auto-replied; owner-email=an@home.example", MailKind.AUTO_REPLY),
    ("Auto-Submitted: auto-generated (vacation)", MailKind.AUTO_REPLY),
    ("Auto-Submitted: auto-generated\nList-Id: <news.x.example>", MailKind.BULK),
    ("Auto-Submitted: no", MailKind.PERSON),
    ("X-Autoreply: yes", MailKind.AUTO_REPLY),
    ("X-Autorespond: yes", MailKind.AUTO_REPLY),
    ("X-FC-Machinegenerated: true", MailKind.AUTO_REPLY),
    ("Precedence: auto_reply", MailKind.AUTO_REPLY),
    ("X-MS-Exchange-Inbox-Rules-Loop: an@home.example\nX-Auto-Response-Suppress: All", MailKind.AUTO_REPLY),
    ("X-Auto-Response-Suppress: All", MailKind.PERSON),
    ("Return-Path: <>", MailKind.AUTO_REPLY),
    ("Return-Path: <an@home.example>", MailKind.PERSON),
    ("Subject: Automatisch antwoord: uw vraag", MailKind.AUTO_REPLY),
    ("Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A?= demande", MailKind.AUTO_REPLY),
    ("Subject: Automatische Antwort: Anfrage", MailKind.AUTO_REPLY),
    ("Subject: Abwesenheitsnotiz", MailKind.AUTO_REPLY),
    ("Subject: Out of Office: request", MailKind.AUTO_REPLY),
    ("Subject: Re: Out of Office: request", MailKind.PERSON),
    ("Subject: Out of Office", MailKind.PERSON),
    ("Subject: Out of Office\nReferences: <1@desk.example>", MailKind.AUTO_REPLY),
    ("Subject: Out of Office AutoReply: request", MailKind.AUTO_REPLY),
    ("Subject: Absence du bureau : demande", MailKind.AUTO_REPLY),
    ("Subject: Afwezig: uw vraag", MailKind.AUTO_REPLY),
    ("Subject: Afwezigheid op 3 maart", MailKind.PERSON),
    ("Subject: Out of office on 3 March", MailKind.PERSON),
    ("Subject: Absence du bureau le 3 mars", MailKind.PERSON),
    ("Subject: Absence du 3 au 5 mars", MailKind.PERSON),
    ("Subject: Verlof volgende week", MailKind.PERSON),
    ("Subject: Auto: nieuwe leasing", MailKind.PERSON),
    ("Subject: Delivery problem with my payslip", MailKind.PERSON),
    ("Subject: Afwezig tot 5 maart\nX-Auto-Response-Suppress: All", MailKind.AUTO_REPLY),
    ("Subject: Auto: uw vraag\nIn-Reply-To: <1@desk.example>", MailKind.AUTO_REPLY),
    ("X-Apple-Action: VACATION", MailKind.AUTO_REPLY),
    ("Precedence: bulk", MailKind.BULK),
    ("Precedence: junk", MailKind.BULK),
    ("X-Precedence: list", MailKind.BULK),
    ("List-Unsubscribe: <mailto:x@y.example>", MailKind.BULK),
    ("Sender: An <an@home.example>\nTo: an@home.example\nPrecedence: bulk", MailKind.BULK),
    ("List-Post: NO\nX-BeenThere: news@y.example", MailKind.BULK),
    ("X-BeenThere: https://www.y.example/news\nPrecedence: list", MailKind.BULK),
    ("Subject: Re: news\nPrecedence: bulk\nIn-Reply-To: <1@desk.example>", MailKind.BULK),
    ("From: no-reply@shop.example", MailKind.BULK),
    ("From: MAILER-DAEMON@mx.example", MailKind.BOUNCE),
    (
        "From: Mail Delivery System <x@mx.example>\nSubject: Undelivered Mail Returned to Sender",
        MailKind.BOUNCE,
    ),
    ("From: postmaster@mx.example\nSubject: Onbestelbaar: verlof", MailKind.BOUNCE),
    ("From: postmaster@mx.example\nSubject: Vraag", MailKind.PERSON),
    ("X-Failed-Recipients: b@home.example", MailKind.BOUNCE),
    ("Return-Path: <>\nSubject: Unzustellbar: Urlaub", MailKind.BOUNCE),
    ("Subject: FW: Undeliverable: verlof", MailKind.PERSON),
    (REPORT + "delivery-status", MailKind.BOUNCE),
    (REPORT + "disposition-notification", MailKind.REPORT),
    (REPORT + "feedback-report", MailKind.REPORT),
    ("Auto-Submitted: auto-generated\nSubject: Gelezen: verlof", MailKind.REPORT),
    ("Subject: Lu : le règlement", MailKind.PERSON),
    ("X-Balie-Instance: another", MailKind.LOOP),
    ("\n".join(["Received: x"] * 60), MailKind.LOOP),
    ("\n".join(["Received: x"] * 12), MailKind.PERSON),
    ("X-Loop: somebody@else.example", MailKind.PERSON),
]


@pytest.mark.parametrize(("lines", "kind"), KINDS)
def test_kind_is_told_from_headers(lines, kind):
    assert mail(lines).kind is kind


def test_bounce_is_told_from_its_delivery_status_part():
    report = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfailed\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n--b--\n"
    )

    assert parse_mail(f"From: mx@mx.example\n{report}".encode()).kind is MailKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Delivery failure", "Your message to <b@home.example> was not delivered: 550 5.1.1 unknown user"),
        ("wat dan ook", "Hi. This is the qmail-send program at mx.example.\nI'm afraid"),
        ("Uw bericht", "This message was created automatically by mail delivery software."),
    ],
)
def test_bounce_is_told_from_what_it_says(subject, body):
    assert mail(f"Subject: {subject}", body=body).kind is MailKind.BOUNCE


def test_person_who_forwards_a_bounce_is_a_person():
    body = "This message was created automatically by mail delivery software."

    assert mail("Subject: TR: Mail delivery failed", body=body).kind is MailKind.PERSON


@pytest.mark.parametrize(("lines", "kind"), KINDS)
def test_automatic_mail_is_never_accepted_and_that_of_people_is(lines, kind):
    verdict = screen(mail(lines), ENVELOPE, OWN)

    assert verdict.action is (Action.ACCEPT if kind is MailKind.PERSON else Action.IGNORE)


@pytest.mark.parametrize(
    ("lines", "envelope", "expected"),
    [
        ([], ENVELOPE, Verdict.accept()),
        ([], Envelope("", ("balie@desk.example",)), Verdict.ignore("null envelope sender")),
        ([], Envelope("<>", ("balie@desk.example",)), Verdict.ignore("null envelope sender")),
        ([], Envelope("MAILER-DAEMON@mx.example", ()), Verdict.ignore("sent by a mail daemon")),
        (["From: Balie@desk.example"], ENVELOPE, Verdict.ignore("own mail came back")),
        (["X-Balie-Instance: desk-1"], ENVELOPE, Verdict.ignore("own mail came back")),
        (["X-Loop: balie@desk.example"], ENVELOPE, Verdict.ignore("own mail came back")),
        ([], Envelope("balie@desk.example", ()), Verdict.ignore("own mail came back")),
        (["From: an@home.example", "From: b@home.example"], ENVELOPE, Verdict.hold("several senders")),
        (["From: an@home.example, b@home.example"], ENVELOPE, Verdict.hold("several senders")),
        (["From: An"], ENVELOPE, Verdict.hold("no sender")),
        (["List-Id: <x.example>"], ENVELOPE, Verdict.ignore("bulk or list mail")),
        (["List-Post: <mailto:balie@desk.example>"], ENVELOPE, Verdict.accept()),
        (["List-Post: <mailto:talk@x.example>"], ENVELOPE, Verdict.ignore("bulk or list mail")),
        (["X-BeenThere: talk@x.example"], ENVELOPE, Verdict.ignore("bulk or list mail")),
        (["Sender: owner-talk@x.example", "Precedence: bulk"], ENVELOPE, Verdict.ignore("bulk or list mail")),
        (["Auto-Submitted: auto-replied"], ENVELOPE, Verdict.ignore("automatic reply")),
        (["X-Failed-Recipients: x@y.example"], ENVELOPE, Verdict.ignore("delivery report")),
        ([REPORT + "disposition-notification"], ENVELOPE, Verdict.ignore("report of a mail program")),
        (["Cc: " + "a@b.example, " * 1_100], ENVELOPE, Verdict.hold("could not be read in full")),
    ],
)
def test_first_rule_that_applies_decides(lines, envelope, expected):
    assert screen(mail(*lines), envelope, OWN) == expected


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("REQUEST", Action.ACCEPT),
        ("PUBLISH", Action.ACCEPT),
        ("REPLY", Action.IGNORE),
        ("COUNTER", Action.IGNORE),
    ],
)
def test_answers_of_calendar_programs_are_ignored_and_invitations_are_not(method, action):
    calendar = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n"

    assert screen(mail("Content-Type: text/calendar", body=calendar), ENVELOPE, OWN).action is action


def test_rules_have_names_of_their_own():
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)


def test_description_is_the_object_of_the_command():
    parsed = parse_mail(
        b"Message-ID: <2@home.example>\nIn-Reply-To: <1@desk.example>\nReferences: <1@desk.example>\n"
        b"From: An <an@home.example>\nTo: balie@desk.example\nCc: B <b@home.example>\n"
        b"Reply-To: c@home.example\n"
        b"Subject: RE: verlof\nDate: Mon, 3 Feb 2025 10:05:00 +0100\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nJa, dat is goed.\n\n"
        b"Op 3-2-2025 om 9:00 schreef Balie:\n> Mag het?\n"
        b"--b\nContent-Type: text/plain; name=a.txt\nContent-ID: <x@y.example>\n\nhallo\n--b--\n"
    )

    assert describe(parsed, "mails/een.eml") == {
        "file": "mails/een.eml",
        "message_id": "<2@home.example>",
        "in_reply_to": "<1@desk.example>",
        "references": ["<1@desk.example>"],
        "from": {"name": "An", "address": "an@home.example"},
        "to": [{"name": "", "address": "balie@desk.example"}],
        "cc": [{"name": "B", "address": "b@home.example"}],
        "reply_to": [{"name": "", "address": "c@home.example"}],
        "subject": "RE: verlof",
        "date": "2025-02-03T10:05:00+01:00",
        "text": "Ja, dat is goed.\n\nOp 3-2-2025 om 9:00 schreef Balie:\n> Mag het?",
        "html": "",
        "reply_text": "Ja, dat is goed.",
        "kind": "person",
        "language": "nl",
        "trust": "unchecked",
        "attachments": [
            {
                "filename": "a.txt",
                "declared_type": "text/plain",
                "content_type": "text/plain",
                "size": 5,
                "sha256": "d3751d33f9cd5049c4af2b462735457e4d3baf130bcbb87f389e349fbaeb20b9",
                "inline": False,
                "content_id": "x@y.example",
            }
        ],
        "defects": [],
    }


def test_missing_date_is_null():
    assert describe(parse_mail(b"From: an@home.example\n\nx"), "x")["date"] is None
