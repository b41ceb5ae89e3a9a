"""Receipts, feedback loops and other reports of programs, beside people who pass one on."""

import pytest

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("An <an@home.example>", "Read: x", "Your message\n To: hr\n Subject: x\nwas read on 3/3/2026"),
        ("An <an@home.example>", "Gelesen: x", "Ihre Nachricht\n an HR\nwurde am Montag, 3. März 2025 10:11 gelesen."),
        ("An <an@home.example>", "Gelezen: x", "Uw bericht is gelezen op 3 maart"),
        ("An <an@home.example>", "Return Receipt (displayed) - x", "This is a Return Receipt for the mail you sent."),
        ("An <an@home.example>", "Läst: x", "Ditt meddelande lästes måndag 2 mars"),
        ("An <an@home.example>", "Confirmation de lecture - x", "Le message a été affiché par le destinataire."),
        ("An <an@home.example>", "Empfangsbestätigung (angezeigt) - x", "Die Nachricht wurde angezeigt."),
        ("An <an@home.example>", "Disposition notification: x", "It was shown."),
        ("noreply-dmarc@x.example", "Report domain: x.example Submitter: y.example", "See the file."),
        ("An <an@home.example>", "Message status - opened", "Your message was opened."),
        ("ses@x.example", "Event", '{"notificationType" : "Complaint","complaint":{}}'),
        (
            "no-reply@sns.cloud.example",
            "AWS Notification Message",
            '{"notificationType":"Complaint","mail":{"recipient":"an@home.example","smtp":"mailbox"}}',
        ),
        ("ses@x.example", "AWS Notification Message", '{"Message" : "{\\"notificationType\\":\\"Delivery\\"}"}'),
    ],
)
def test_report_that_no_header_marks_is_one(sender, subject, text):
    raw = f"From: {sender}\nTo: hr@balie.example\nSubject: {subject}\n\n{text}\n"

    assert parse_mail(raw.encode()).kind is MailKind.REPORT


@pytest.mark.parametrize("words", [b"192.0.2.1", b"192.0.2.xxx"])
def test_complaint_of_a_feedback_loop_without_any_report_part_is_a_report(words):
    raw = (
        b"From: staff@provider.example\r\nSubject: complaint about message from " + words + b"\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n"
    )

    assert parse_mail(raw).kind is MailKind.REPORT
    assert parse_mail(b"From: news@x.example\nX-HmXmrOriginalRecipient: an@home.example\n\nx").kind is MailKind.REPORT


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Subject: Automatically rejected mail\nAuto-Submitted: auto-replied", MailKind.BOUNCE),
        ("Subject: x\nAuto-Submitted: auto-replied (rejected)", MailKind.BOUNCE),
        ("Subject: Read: x\nAuto-Submitted: auto-replied", MailKind.REPORT),
    ],
)
def test_receipt_by_which_a_filter_refuses_a_mail_is_a_bounce(said, expected):
    raw = (
        f"From: Mail Delivery Subsystem <an@x.example>\n{said}\n"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
        "--b\n\nYour message was refused.\n--b\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822;an@x.example\nDisposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n"
    )

    assert parse_mail(raw.encode()).kind is expected


def test_person_who_passes_a_report_on_part_by_part_is_a_person():
    parts = "--b\n\nWhat is this?\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--\n"
    head = 'From: an@home.example\nSubject: {}\nContent-Type: multipart/mixed; boundary="b"\n\n'

    found = [parse_mail((head.format(subject) + parts).encode()).kind for subject in ("Fwd: x", "x")]

    assert found == [MailKind.PERSON, MailKind.BOUNCE]


def test_report_of_abuse_by_a_postmaster_is_no_bounce():
    raw = (
        b"From: postmaster@x.example\r\nSubject: Abuse report\r\n"
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nComplaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n"
    )

    assert parse_mail(raw).kind is MailKind.REPORT
