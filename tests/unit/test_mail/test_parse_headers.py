from datetime import UTC, datetime, timedelta, timezone

import pytest

from mail_gateway.inbound.mime.addresses import read_addresses
from mail_gateway.inbound.mime.headers import decode_words
from mail_gateway.inbound.mime.parameters import read_parameters
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Address, Defect


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"an@home.example", [("", "an@home.example")]),
        (b"<an@home.example>", [("", "an@home.example")]),
        (b"An Peeters <an@home.example>", [("An Peeters", "an@home.example")]),
        (b'"Peeters, An" <an@home.example>', [("Peeters, An", "an@home.example")]),
        (b"Peeters, An <an@home.example>", [("Peeters, An", "an@home.example")]),
        (b"=?utf-8?q?Andr=C3=A9=2C_P?= <a@home.example>", [("André, P", "a@home.example")]),
        (b'"=?iso-8859-1?q?Andr=E9?=" <a@home.example>', [("André", "a@home.example")]),
        (b"'An' <an@home.example>", [("An", "an@home.example")]),
        (b"an@home.example (An Peeters)", [("An Peeters", "an@home.example")]),
        (b"An Peeters (HR) <an@home.example>", [("An Peeters (HR)", "an@home.example")]),
        (b"(An) <an@home.example>", [("An", "an@home.example")]),
        (b"a@home.example, b@home.example; c@home.example", [("", f"{x}@home.example") for x in "abc"]),
        (b"Team: a@home.example, B <b@home.example>;", [("", "a@home.example"), ("B", "b@home.example")]),
        (b"undisclosed-recipients:;", []),
        (b"", []),
        (b"An <an@home.example", [("An", "an@home.example")]),
        (b"An (not closed <an@home.example>", [("An (not closed", "an@home.example")]),
        (b"<@relay.example:an@home.example>", [("", "an@home.example")]),
        (b'"a@home.example" <b@home.example>', [("a@home.example", "b@home.example")]),
        (b"MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        (b"An <work> <a@home.example> <b@home.example>", [("An <work>", "a@home.example"), ("", "b@home.example")]),
        (b"An <a@home.example> Bo <b@home.example>", [("An", "a@home.example"), ("Bo", "b@home.example")]),
        (b"An <a@home.example> <a@home.example>", [("An", "a@home.example")]),
        (b"a@home.example b@home.example", [("", "a@home.example"), ("", "b@home.example")]),
        (b"<<an@home.example>>", [("", "an@home.example")]),
        (b"An an@home.example>", [("An", "an@home.example")]),
        (b'"very odd"@home.example', [("", '"very odd"@home.example')]),
        (b'An <"very <odd>, so"@home.example>', [("An", '"very <odd>, so"@home.example')]),
        (b'"an.peeters"@home.example', [("", "an.peeters@home.example")]),
        (b'"An Peeters <an@home.example>', [("An Peeters", "an@home.example")]),
        (b'"An" <a@home.example>, "Bo <b@home.example>', [("An", "a@home.example"), ("Bo", "b@home.example")]),
        (b"an@home.example:", [("", "an@home.example:")]),
        ("Zoë <zoe@home.example>".encode(), [("Zoë", "zoe@home.example")]),
        ("Zoë <zoe@home.example>".encode("cp1252"), [("Zoë", "zoe@home.example")]),
        (b"a@home.example\r\n ,b@home.example", [("", "a@home.example"), ("", "b@home.example")]),
    ],
)
def test_address_list_is_read_as_people_write_it(value, expected):
    assert read_addresses(value) == tuple(Address(name, address) for name, address in expected)


def test_address_with_a_bracket_trick_is_not_taken_for_its_first_half():
    (found,) = read_addresses(b"alice@home.example)bob@other.example")

    assert found.address != "alice@home.example"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=", "éé"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
        ("=?iso-8859-1?Q?a_=E9?= b", "a é b"),
        ("a =?us-ascii?Q?b?= c", "a b c"),
        ("=?iso-8859-1?Q?hello world?=", "hello world"),
        ("=?utf-8*nl?Q?dag?=", "dag"),
        ("=?x-nonsense?Q?dag?=", "dag"),
        ("=?utf-8?Q?=C3=A9?= =?iso-8859-1?Q?=E9?=", "éé"),
        ("=?iso-2022-jp?B?GyRCJDMbKEI=?=", "こ"),
        ("=?utf-8?X?dag?=", "=?utf-8?X?dag?="),
        ("50=?", "50=?"),
    ],
)
def test_encoded_words_are_decoded_as_mail_programs_write_them(text, expected):
    assert decode_words(text) == expected


@pytest.mark.parametrize(
    ("value", "leading", "expected"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'TEXT/Plain;\r\n\tCharset="utf-8"', "text/plain", {"charset": "utf-8"}),
        (b'multipart/mixed\r\n\tboundary="b"', "multipart/mixed", {"boundary": "b"}),
        (b'multipart/mixed; boundary="foo\r\n bar"', "multipart/mixed", {"boundary": "foo bar"}),
        (b"attachment; filename=my report.pdf", "attachment", {"filename": "my report.pdf"}),
        (b'attachment; filename="a;b.pdf"', "attachment", {"filename": "a;b.pdf"}),
        (b'attachment; filename="a\\"b.pdf"', "attachment", {"filename": 'a"b.pdf'}),
        (b'attachment; filename="C:\\temp\\x.pdf"', "attachment", {"filename": "C:\\temp\\x.pdf"}),
        (b"attachment; filename*=utf-8''%e2%82%ac.pdf", "attachment", {"filename": "€.pdf"}),
        (
            b"attachment; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.pdf",
            "attachment",
            {"filename": "€.pdf"},
        ),
        (b"attachment; filename=x; filename*=utf-8''y", "attachment", {"filename": "y"}),
        (b'attachment; filename="=?utf-8?Q?=E2=82=AC?=.pdf"', "attachment", {"filename": "€.pdf"}),
        ('attachment; filename="Ré.pdf"'.encode("cp1252"), "attachment", {"filename": "Ré.pdf"}),
        (b"text/plain; charset=a; charset=b", "text/plain", {"charset": "a"}),
        (b'attachment; filename="open', "attachment", {"filename": "open"}),
        (b"filename=a.pdf", "", {"filename": "a.pdf"}),
        (b"attachment filename=a.pdf", "attachment", {"filename": "a.pdf"}),
        (b"; ;=;x", "", {}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read_as_senders_write_them(value, leading, expected):
    assert read_parameters(value) == (leading, expected)


def test_identifiers_come_without_brackets():
    mail = parse_mail(
        b"Message-ID: <3@home.example>\nIn-Reply-To: <2@desk.example> (your mail)\n"
        b"References: <1@desk.example>\n\t<2@desk.example> <1@desk.example>\n\nx"
    )

    assert mail.message_id == "3@home.example"
    assert mail.in_reply_to == "2@desk.example"
    assert mail.references == ("1@desk.example", "2@desk.example")
    assert mail.answers


def test_identifiers_without_brackets_are_still_found():
    mail = parse_mail(b"Message-ID: 3@home.example\nIn-Reply-To: Your message of Monday\n\nx")

    assert (mail.message_id, mail.in_reply_to) == ("3@home.example", None)
    assert not mail.answers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Mon, 3 Feb 2025 10:05:00 +0100", datetime(2025, 2, 3, 10, 5, tzinfo=timezone(timedelta(hours=1)))),
        (b"3 Feb 2025 10:05:00 GMT (winter)", datetime(2025, 2, 3, 10, 5, tzinfo=UTC)),
        (b"Mon, 3 Feb 2025 10:05:00 -0000", datetime(2025, 2, 3, 10, 5, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 99 Feb 2025 10:05:00 +9999", None),
    ],
)
def test_date_is_aware_or_missing(value, expected):
    mail = parse_mail(b"From: an@home.example\nDate: " + value + b"\n\nx")

    assert mail.date == expected
    assert (Defect.DATE_UNREADABLE in mail.defects) == (expected is None)


def test_several_senders_are_counted_and_said():
    mail = parse_mail(b"From: an@home.example\nFrom: boss@desk.example\n\nx")

    assert (mail.from_count, mail.from_.address) == (2, "an@home.example")
    assert mail.defects == (Defect.SEVERAL_SENDERS,)


def test_two_mailboxes_in_one_sender_header_are_said():
    mail = parse_mail(b"From: an@home.example, boss@desk.example\n\nx")

    assert (mail.from_count, mail.defects) == (1, (Defect.SEVERAL_SENDERS,))


def test_missing_sender_is_said():
    mail = parse_mail(b"Subject: x\n\nx")

    assert (mail.from_, mail.defects) == (Address("", ""), (Defect.NO_SENDER,))


def test_header_is_read_past_an_envelope_line_and_a_fold_that_lost_its_blank():
    mail = parse_mail(
        b"From an@home.example Mon Feb  3 10:05:00 2025\n"
        b"From: an@home.example\nSubject: one\ntwo three\nTo: b@desk.example\n\nbody"
    )

    assert (mail.subject, mail.to[0].address, mail.text) == ("one two three", "b@desk.example", "body")


def test_parameter_that_lost_its_blank_is_read_as_one():
    mail = parse_mail(
        b"From: an@home.example\nSubject: x\nContent-Type: multipart/mixed;\nboundary=one\n\n"
        b"--one\nContent-Type: multipart/alternative;\nboundary=two\n\n"
        b"--two\nContent-Type: text/plain;\ncharset=iso-8859-1\n\ncaf\xe9\n--two--\n\n--one--\n"
    )

    assert (mail.text, mail.attachments) == ("café", ())


def test_text_that_looks_like_a_parameter_is_text_below_a_whole_field():
    mail = parse_mail(b"From: an@home.example\nContent-Type: text/plain; charset=utf-8\nstart=Monday\n\nx")

    assert mail.text == "start=Monday\n\nx"


def test_header_access_is_by_lower_case_name_in_order():
    mail = parse_mail(b"Received: one\nX-A: =?utf-8?q?=C3=A9?=\nreceived: two\n\nx")

    assert mail.header_values("received") == ("one", "two")
    assert (mail.header("x-a"), mail.header("x-b")) == ("é", "")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_of_every_system_are_read(line_end):
    raw = line_end.join([b"From: an@home.example", b"Subject: x", b"", b"one", b"two"])

    mail = parse_mail(raw)

    assert (mail.subject, mail.text) == ("x", "one\ntwo")


def test_nothing_at_all_is_a_mail_without_sender():
    mail = parse_mail(b"")

    assert (mail.text, mail.attachments, mail.defects) == ("", (), (Defect.NO_SENDER,))


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("=?utf-8?q?an=40home=2Eexample?=", "", "an@home.example"),
        ("=?utf-8?q?An_Peeters_=3Can=40home=2Eexample=3E?=", "An Peeters", "an@home.example"),
        ("=?utf-8?q?An_at_home?=", "An at home", ""),
    ],
)
def test_address_that_was_encoded_too_is_read(sender, name, address):
    found = parse_mail(f"From: {sender}\nSubject: x\n\nx".encode()).from_

    assert (found.name, found.address) == (name, address)
