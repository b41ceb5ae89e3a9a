"""Content that arrives inside another format: S/MIME, winmail.dat, calendars."""

import base64
import struct
from datetime import UTC, datetime

import pytest

from mail_gateway.inbound.invites import read_invites
from mail_gateway.inbound.mime.smime import Sealed, signed_content
from mail_gateway.inbound.mime.tnef import unpack
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import CalendarInvite, Defect

SIGNED, ENVELOPED = bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d010703")
DATA = bytes.fromhex("2a864886f70d010701")


def element(tag, value):
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + value


def streamed(tag, *values):
    return bytes([tag, 0x80]) + b"".join(values) + b"\0\0"


def signed(octets, *, kind=SIGNED):
    content = element(0x30, element(6, DATA) + (element(0xA0, octets) if octets else b""))
    inner = element(0x30, element(2, b"\1") + element(0x31, element(0x30, b"")) + content + element(0x31, b""))
    return element(0x30, element(6, kind) + element(0xA0, inner))


def streamed_signed(content):
    octets = streamed(0x24, *(element(4, content[at : at + 10]) for at in range(0, len(content), 10)))
    inner = streamed(0x30, element(6, DATA), streamed(0xA0, octets))
    algorithms = streamed(0x31, element(0x30, b""))
    return streamed(0x30, element(6, SIGNED), streamed(0xA0, streamed(0x30, element(2, b"\1"), algorithms, inner)))


INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "Het attest is getekend, één blad.\r\n".encode() * 10
SIGNED_TEXT = ("Het attest is getekend, één blad.\n" * 10).rstrip()


def pkcs7_mail(data):
    return (
        b"From: an@home.example\nContent-Type: application/pkcs7-mime; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
    )


@pytest.mark.parametrize(
    "data",
    [
        signed(element(4, INNER)),
        signed(element(0x24, element(4, INNER[:50]) + element(4, INNER[50:]))),
        streamed_signed(INNER),
    ],
)
def test_opaque_signed_mail_is_read_without_the_certificate(data):
    mail = parse_mail(pkcs7_mail(data))

    assert mail.text == SIGNED_TEXT
    assert mail.defects == (Defect.SIGNATURE_NOT_VERIFIED,)
    assert [file.filename for file in mail.attachments] == ["smime.p7m"]


def test_clear_signed_mail_is_read_and_its_signature_listed():
    mail = parse_mail(
        b"From: an@home.example\nContent-Type: multipart/signed; boundary=b; protocol=x\n\n--b\n" + INNER
        + b"\n--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--\n"
    )  # fmt: skip

    assert mail.text == SIGNED_TEXT
    assert [file.filename for file in mail.attachments] == ["smime.p7s"]
    assert mail.defects == (Defect.SIGNATURE_NOT_VERIFIED,)


def test_encrypted_content_is_kept_and_said():
    mail = parse_mail(pkcs7_mail(signed(b"", kind=ENVELOPED)))

    assert (mail.text, mail.defects) == ("", (Defect.ENCRYPTED,))
    assert len(mail.attachments) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0",
        b"\x30\x80",
        b"\x30\x80" * 5_000,
        b"\x30\x89" + b"\xff" * 20,
        b"no structure",
        signed(b""),
        signed(element(2, b"1")),
    ],
)
def test_structure_without_readable_content_is_only_a_file(data):
    assert signed_content(data) is Sealed.WITHOUT_CONTENT


def test_signed_mail_in_signed_mail_is_opened_a_bounded_number_of_times():
    inner = INNER
    for _ in range(10):
        inner = b"Content-Type: application/pkcs7-mime\n\n" + signed(element(4, inner))

    mail = parse_mail(b"From: an@home.example\n" + inner)

    assert mail.text == ""
    assert len(mail.attachments) == 4


def attribute(name, value):
    return b"\1" + struct.pack("<II", name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*entries):
    return struct.pack("<I", len(entries)) + b"".join(entries)


def variable(kind, name, value, *, extra=b""):
    padded = value + b"\0" * (-len(value) % 4)
    return struct.pack("<HH", kind, name) + extra + struct.pack("<II", 1, len(value)) + padded


def winmail():
    named = struct.pack("<HH", 0x001F, 0x8001) + b"g" * 16 + struct.pack("<II", 1, 4) + "X\0".encode("utf-16-le")
    named += struct.pack("<II", 1, 4) + "v\0".encode("utf-16-le")
    message = properties(
        struct.pack("<HHI", 0x0003, 0x0E07, 5),
        named,
        struct.pack("<HH", 0x1003, 0x0E08) + struct.pack("<III", 2, 1, 2),
        variable(0x001F, 0x1000, "Zie bijlage, één blad\0".encode("utf-16-le")),
        variable(0x0102, 0x1013, b"<p>Zie <b>bijlage</b></p>"),
    )
    file = properties(variable(0x001F, 0x3707, "Attest ziekte.txt\0".encode("utf-16-le")))
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(0x00069007, struct.pack("<II", 1252, 0))
        + attribute(0x00069003, message)
        + attribute(0x00069002, b"\1" * 14)
        + attribute(0x00018010, b"ATTEST~1.TXT\0")
        + attribute(0x0006800F, b"ziek van 3 tot 5 maart\n")
        + attribute(0x00069005, file)
    )


def tnef_mail(data, text=b""):
    return (
        b"From: an@home.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text
        + b"\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(data) + b"--b--\n"
    )  # fmt: skip


def test_winmail_is_unpacked_into_its_texts_and_files():
    packed = unpack(winmail())

    assert packed.texts == [
        ("text/plain", "Zie bijlage, één blad".encode()),
        ("text/html", b"<p>Zie <b>bijlage</b></p>"),
    ]
    assert packed.files == [("Attest ziekte.txt", b"ziek van 3 tot 5 maart\n")]


def test_mail_whose_text_is_only_in_winmail_is_read():
    mail = parse_mail(tnef_mail(winmail()))

    assert (mail.text, mail.html) == ("Zie bijlage, één blad", "<p>Zie <b>bijlage</b></p>")
    assert [(file.filename, file.content) for file in mail.attachments] == [
        ("Attest ziekte.txt", b"ziek van 3 tot 5 maart\n")
    ]


def test_text_beside_winmail_is_not_doubled():
    mail = parse_mail(tnef_mail(winmail(), b"Zie bijlage"))

    assert mail.text == "Zie bijlage"
    assert [file.filename for file in mail.attachments] == ["Attest ziekte.txt"]


def test_winmail_that_is_none_is_kept_and_said():
    mail = parse_mail(tnef_mail(b"something else"))

    assert [file.filename for file in mail.attachments] == ["winmail.dat"]
    assert Defect.TNEF_BROKEN in mail.defects


def test_structure_of_another_kind_is_only_a_file():
    assert signed_content(signed(element(4, b"x"), kind=DATA)) is Sealed.WITHOUT_CONTENT


def test_old_attributes_of_winmail_are_read():
    data = (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(0x0006800F, b"no file was announced")
        + attribute(0x0002800C, "één\0".encode("cp1252"))
        + attribute(0x00069002, b"")
        + attribute(
            0x00069005,
            properties(struct.pack("<HH", 0x0003, 0x8000) + b"g" * 16 + struct.pack("<III", 0, 7, 1)),
        )
        + attribute(0x00018010, b"a.txt\0")
    )

    packed = unpack(data)

    assert (packed.texts, packed.files) == ([("text/plain", "één".encode())], [("a.txt", b"")])


def test_winmail_cut_anywhere_gives_the_beginning_of_what_it_held():
    def contents(data: bytes) -> list[bytes]:
        packed = unpack(data)
        return [content for _, content in (*packed.texts, *packed.files)] if packed else []

    whole = winmail()
    held = contents(whole)

    for end in range(len(whole)):
        found = contents(whole[:end])
        assert len(found) <= len(held) == 3
        parts = zip(found, held, strict=False)
        assert [part for part, kept in parts if not kept.startswith(part.removesuffix("\ufffd".encode()))] == []


def calendar(*lines, method="REQUEST"):
    return "\r\n".join(["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [
                "SUMMARY:Gesprek\\, dienst",
                "DTSTART;TZID=Europe/Brussels:20250203T100000",
                "DTEND:20250203T100000Z",
            ],
            (
                "Gesprek, dienst",
                datetime(2025, 2, 3, 9, tzinfo=UTC),
                datetime(2025, 2, 3, 10, tzinfo=UTC),
                False,
            ),
        ),
        (
            ['DTSTART;TZID="Romance Standard Time":20250703T100000', "DURATION:PT1H30M"],
            ("", datetime(2025, 7, 3, 8, tzinfo=UTC), datetime(2025, 7, 3, 9, 30, tzinfo=UTC), False),
        ),
        (
            ["SUMMARY:Verlof en", "  meer", "DTSTART;VALUE=DATE:20250203"],
            ("Verlof en meer", datetime(2025, 2, 3), datetime(2025, 2, 4), True),  # noqa: DTZ001 -- no zone is given
        ),
        (
            ["DTSTART;TZID=Nowhere/Land:20250203T100000", "BEGIN:VALARM", "SUMMARY:alarm", "END:VALARM"],
            ("", datetime(2025, 2, 3, 10), None, False),  # noqa: DTZ001 -- idem
        ),
        (["DTSTART:20259903T100000", "SUMMARY:x"], ("x", None, None, False)),
        (["DTSTART;TZID=Asia/Tokyo:00010101T000000"], ("", None, None, False)),
        (
            ["DTSTART:99991231T235900Z", "DURATION:P9999W"],
            ("", datetime(9999, 12, 31, 23, 59, tzinfo=UTC), None, False),
        ),
    ],
)
def test_invite_is_read(lines, expected):
    summary, starts_at, ends_at, whole_day = expected

    assert read_invites(calendar(*lines)) == (CalendarInvite("REQUEST", summary, starts_at, ends_at, whole_day),)


def test_invite_of_a_mail_is_listed_and_kept_as_a_file():
    mail = parse_mail(
        b"From: an@home.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nUitnodiging\n"
        b"--b\nContent-Type: text/calendar; method=REQUEST\n\n"
        + calendar("SUMMARY:Gesprek", "DTSTART:20250203T090000Z").encode()
        + b"\n--b--\n"
    )

    assert [(invite.method, invite.summary) for invite in mail.calendar] == [("REQUEST", "Gesprek")]
    assert [file.filename for file in mail.attachments] == ["invite.ics"]


@pytest.mark.parametrize(
    ("body", "text", "files"),
    [
        ("See this.\n\nbegin 644 a b.txt\n#86)C\n`\nend\n\nAn", "See this.\n\n\nAn", [("a b.txt", b"abc")]),
        ("begin 644 1.txt\n#86)C\nend\nbegin 0644 2.txt\n#86)C\n \nend\n", "", [("1.txt", b"abc"), ("2.txt", b"abc")]),
        ("begin 644 a.txt\n#86)C\n`\n", "begin 644 a.txt\n#86)C\n`", []),
        ("begin 644 a.txt\nplease\nend\n", "begin 644 a.txt\nplease\nend", []),
        ("begin 644 a.txt\nend\n", "begin 644 a.txt\nend", []),
        ("We begin 644 days\nlater, the end\n", "We begin 644 days\nlater, the end", []),
    ],
)
def test_file_that_old_programs_put_into_the_text_is_a_file(body, text, files):
    mail = parse_mail(f"From: an@home.example\nSubject: x\n\n{body}".encode())

    assert mail.text == text
    assert [(file.filename, file.content) for file in mail.attachments] == files


def test_text_around_a_packed_file_keeps_its_charset():
    raw = "From: an@home.example\nContent-Type: text/plain; charset=iso-8859-1\n\nça va\nbegin 644 a\n#86)C\n`\nend\n"

    mail = parse_mail(raw.encode("iso-8859-1"))

    assert (mail.text, [file.content for file in mail.attachments]) == ("ça va", [b"abc"])
