"""Mails as old, foreign and careless programs write them, each reduced to what is odd in it."""

import pytest

from mail_gateway.inbound.mime import japanese
from mail_gateway.inbound.mime.addresses import read_addresses
from mail_gateway.inbound.mime.charsets import decode
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Address

HEAD = b"From: An Peeters <an@home.example>\nSubject: x\n"
PDF = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjMK\n"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Отпуск в мае", "koi8-r"),
        ("Отпуск в мае", "windows-1251"),
        ("休暇について", "shift_jis"),
        ("休暇について", "iso-2022-jp"),
        ("關於休假", "big5"),
        ("关于休假", "gb2312"),
        ("휴가 신청", "euc-kr"),
        ("Dovolená ěšč", "iso-8859-2"),
    ],
)
@pytest.mark.parametrize("multipart", [False, True])
def test_raw_header_is_read_in_the_charset_of_the_text(text, charset, multipart):
    raw = text.encode(charset)
    content = f"Content-Type: text/plain; charset={charset}\n\n".encode() + raw
    body = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + content + b"\n--b--\n" if multipart else content

    mail = parse_mail(b"From: " + raw + b" <an@home.example>\nSubject: " + raw + b"\n" + body)

    assert (mail.subject, mail.from_, mail.text) == (text, Address(text, "an@home.example"), text)


def test_raw_japanese_header_needs_no_declared_charset():
    assert parse_mail(b"Subject: " + "休暇".encode("iso-2022-jp") + b"\n\nx").subject == "休暇"


@pytest.mark.parametrize(
    "value",
    [
        b"\x1b$B<eve@other.example>\x1b(B <an@home.example>",
        b"\x1b$Beve@other.example\x1b(B <an@home.example>",
    ],
)
def test_escapes_hide_no_address_that_others_read(value):
    assert "other.example" in "".join(found.name + found.address for found in read_addresses(value, "iso-2022-jp"))


@pytest.mark.parametrize("charset", ["utf-7", "iso-2022-jp", "hz-gb-2312", "utf-16"])
def test_charset_that_could_hide_a_part_of_an_address_is_not_believed(charset):
    raw = "Zoë <zoe@home.example>, ~{+AGE-\x1b(B".encode("cp1252")

    assert read_addresses(raw, charset) == read_addresses(raw)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"=?utf-8?Q?Peeters,_An?= <an@home.example>", [("Peeters, An", "an@home.example")]),
        (b"=?utf-8?Q?HR: An (Gent)?= <an@home.example>", [("HR: An (Gent)", "an@home.example")]),
        (b"=?utf-8?Q?An?= <a@home.example>, =?utf-8?Q?Bo?= <b@home.example>", [("An", "a"), ("Bo", "b")]),
        (b"=?utf-8?Q?<eve@other.example>,?= <an@home.example>", [("=?utf-8?Q?", "eve@other.example")]),
        (b"a=b@home.example, c=?d@home.example", [("", "a=b"), ("", "c=?d")]),
    ],
)
def test_encoded_name_with_signs_that_part_a_list_is_one_name(value, expected):
    wanted = [Address(name, box if "@" in box else f"{box}@home.example") for name, box in expected]

    assert list(read_addresses(value))[: len(wanted)] == wanted


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        ("休暇".encode("iso-2022-jp"), None, "休暇"),
        ("休暇".encode("iso-2022-jp"), "us-ascii", "休暇"),
        (b"\x1b$B-!\x1b(B", "iso-2022-jp", "①"),
        (b"\x1b$B|b\x1b(B", "iso-2022-jp", "髙"),
        (b"a\x1b(I1\x1b(B \x1b$B5Y2K\x1b(J", "iso-2022-jp", "aｱ 休暇"),
        (b"\x1b$B5Y\n2K\x1b(B", "iso-2022-jp", "休\n暇"),
        ("鷗".encode("iso2022_jp_ext"), "iso-2022-jp-ms", "鷗"),
        (b"\x1b$B5\x1b(B", None, "\x1b$B5\x1b(B"),
        (b"\x1b[1mbold\x1b[0m", None, "\x1b[1mbold\x1b[0m"),
        ("こん".encode("cp932"), "windows-31j", "こん"),
        ("こん".encode("euc-jp"), "x-euc-jp", "こん"),
        ("привет".encode("mac-cyrillic"), "x-mac-cyrillic", "привет"),
        ("你".encode("big5"), "x-big5", "你"),
        (b"plain words", "utf-16", "plain words"),
        (b"even", "unicode", "even"),
    ],
)
def test_text_under_a_loose_label_is_read(data, declared, expected):
    assert decode(data, declared) == (expected, True)


def test_signs_of_the_standard_are_read_as_python_reads_them():
    text = "あいう漢字、。「」〜ー休暇"

    assert japanese.decode(text.encode("iso2022_jp")) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (b"<html><head><meta charset=iso-8859-2></head><p>\xb1</p>", "ą"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>\xcd\xc1\xca</p>', "май"),
        (b'<meta charset="utf-16"><p>abcd</p>', "abcd"),
        ('<meta charset="koi8-r"><p>é</p>'.encode(), "é"),
    ],
)
@pytest.mark.parametrize("declared", [b"", b"; charset=US-ASCII"])
def test_html_that_names_its_charset_itself_is_read_in_it(html, text, declared):
    assert parse_mail(HEAD + b"Content-Type: text/html" + declared + b"\n\n" + html).text == text


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"", b"<html><body><p>Hello <b>there</b></p></body></html>", "Hello there"),
        (b"", b"\n<!DOCTYPE html><p>Hello</p>", "Hello"),
        (b"Content-Type: html\n", b"<p>Hello</p>", "Hello"),
        (b"Content-Type: text\n", b"Hello", "Hello"),
        (b"Content-Type: text/plain\n", b"<html>is a word</html>", "<html>is a word</html>"),
        (b"", b"Use <html> for it", "Use <html> for it"),
        (b"Content-Transfer-Encoding: quoted-printabel\n", b"h=C3=A9", "hé"),
        (b"Content-Transfer-Encoding: base64,\n", b"aGk=", "hi"),
    ],
)
def test_text_is_read_as_what_it_is(head, body, text):
    assert parse_mail(HEAD + head + b"\n" + body).text == text


@pytest.mark.parametrize(
    "types", [(b"text/plain", b"multipart/mixed; boundary=b"), (b"multipart/mixed; boundary=b", b"x/y")]
)
def test_of_two_types_of_a_mail_that_one_counts_which_says_how_to_cut_it(types):
    head = HEAD + b"".join(b"Content-Type: " + one + b"\n" for one in types)

    mail = parse_mail(head + b"\n--b\nContent-Type: text/plain\n\nhello\n--b\n" + PDF + b"--b--\n")

    assert (mail.text, [file.filename for file in mail.attachments]) == ("hello", ["a.pdf"])


@pytest.mark.parametrize("declared", [b"", b"; boundary=other", b'; boundary=""'])
def test_parts_are_found_where_the_boundary_is_lost(declared):
    body = b"--real\nContent-Type: text/plain\n\nhello\n--real\n" + PDF + b"--real--\n"

    mail = parse_mail(HEAD + b"Content-Type: multipart/mixed" + declared + b"\n\n" + body)

    assert (mail.text, [file.filename for file in mail.attachments]) == ("hello", ["a.pdf"])


def test_dashes_without_a_part_are_text_where_the_boundary_is_lost():
    text = "--\nAn Peeters\n-- other --\nContent"

    assert parse_mail(HEAD + b"Content-Type: multipart/mixed\n\n" + text.encode()).text == text


@pytest.mark.parametrize("above", [b"\n", b"\r\n\r\n", b"\xef\xbb\xbf\n", b"\n          \n", b"   \n"])
def test_empty_lines_above_a_mail_hide_no_header(above):
    mail = parse_mail(above + b"Received: by x\n" + HEAD + b"\nhello")

    assert (mail.subject, mail.text) == ("x", "hello")


@pytest.mark.parametrize(
    "saved",
    [
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw.replace(b"\n", b"\r") + b"\n",
        lambda raw: raw.replace(b"\n", b"\r") + b"x" * 600 + b"\nepilogue",
        lambda raw: raw.replace(b"\n", b"\r\r\n"),
        lambda raw: raw.decode().encode("utf-16"),
        lambda raw: b"345\n" + raw,
    ],
)
def test_mail_is_read_as_programs_save_it(saved):
    body = b"--b\nContent-Type: text/plain\n\nhello\nworld\n--b\n" + PDF + b"--b--\n"

    mail = parse_mail(saved(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + body))

    assert (mail.from_.address, mail.text) == ("an@home.example", "hello\nworld")
    assert [(file.filename, file.size) for file in mail.attachments] == [("a.pdf", 9)]


def test_lone_returns_in_a_mail_of_smtp_end_no_line():
    mail = parse_mail(b"Subject: x\rFrom: eve@other.example\r\nFrom: an@home.example\r\n\r\nx")

    assert (mail.from_.address, mail.from_count) == ("an@home.example", 1)


def test_header_whose_name_has_a_blank_spoils_no_mailbox_before_it():
    mail = parse_mail(
        b"From: An\nX Spam Report: yes\nTo: a@home.example,\nb@home.example\nSubject: a\nlong: b\nDate: c\n\nx"
    )

    assert (mail.from_, [to.address for to in mail.to]) == (Address("An", ""), ["a@home.example", "b@home.example"])


def test_text_without_a_header_is_text():
    assert parse_mail(b"\nNote: this is no header\n\nhello").text == "Note: this is no header\n\nhello"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("filename=a;b.pdf; size=3", "a;b.pdf"),
        ('filename="a;b.pdf"', "a;b.pdf"),
        ("filename=a.pdf; size=3; foo", "a.pdf"),
        ("filename=a.pdf;", "a.pdf"),
    ],
)
def test_file_name_with_a_semicolon_is_whole(parameters, name):
    part = f"Content-Type: application/pdf\nContent-Disposition: attachment; {parameters}\n\n%PDF-1.3\n"

    mail = parse_mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + part.encode() + b"--b--\n")

    assert [file.filename for file in mail.attachments] == [name]


def test_zone_of_a_date_with_a_header_glued_to_it_is_read():
    mail = parse_mail(b"Date: Fri, 07 Apr 2023 17:30:44 +0200Received: from x\n\nx")

    assert mail.date.isoformat() == "2023-04-07T17:30:44+02:00"


def test_fields_of_servers_that_lost_all_their_folds_end_no_header():
    mail = parse_mail(
        b"Received: from a\nby b\nwith ESMTP\nid 1 for <an@home.example>\nDKIM-Signature: v=1; d=home.example;\n"
        b"h=from:to\n:subject;\nbh=YWJj;\nb=ZGVm\nZ2hp\nSubject: Leave\nFrom: an@home.example (An)\n\nHello"
    )

    assert (mail.from_, mail.subject, mail.text) == (Address("An", "an@home.example"), "Leave", "Hello")


def test_references_are_read_encoded_and_from_several_fields():
    mail = parse_mail(
        b"References: <a@x.example>\n =?us-ascii?q?=3Cb=40x=2Eexample=3E?=\nReferences: <c@x.example>\n\nx"
    )

    assert mail.references == ("a@x.example", "b@x.example", "c@x.example")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"--bcd is a word\nmore", "own\n--bcd is a word\nmore"),
        (b"--bx--\nAddress: Church Road 2", "own\n--bx--\nAddress: Church Road 2"),
        (b"--b ", "own"),
        (b"--b--", "own"),
    ],
)
def test_line_that_begins_like_a_boundary_is_one_if_a_part_may_follow(line, text):
    mail = parse_mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nown\n" + line + b"\n--b--\n")

    assert mail.text == text


def test_message_whose_boundary_is_longer_stays_one_file():
    inner = (
        b"Subject: y\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\nContent-Type: text/plain\n\nin\n--b2--\n\n"
    )
    outer = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nout\n--b\nContent-Type: message/rfc822\n\n"

    mail = parse_mail(HEAD + outer + inner + b"--b--\n")

    assert (mail.text, [file.filename for file in mail.attachments]) == ("out", ["y.eml"])


@pytest.mark.parametrize(
    ("head", "end"),
    [("boundary=bo\n", ""), ("boundary=b\n\n--b\nContent-Type: multipart/related\n", "\n\n--b--\n")],
    ids=["cut", "of the outer parts alone"],
)
def test_longer_boundary_that_is_declared_nowhere_loses_no_part(head, end):
    parts = "\n--bo.x\nContent-Type: text/plain\n\nown\n--bo.x\nContent-Type: text/plain; name=a.txt\n\nin\n--bo.x--"

    mail = parse_mail(HEAD + f"Content-Type: multipart/mixed; {head}{parts}{end}".encode())

    assert (mail.text, [file.content for file in mail.attachments]) == ("own", [b"in"])


def test_signed_text_of_old_pgp_programs_is_read():
    text = "-----BEGIN PGP SIGNED MESSAGE-----\n\nHello\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----"

    mail = parse_mail(HEAD + b"Content-Type: application/pgp; x-action=sign\n\n" + text.encode())

    assert (mail.text, mail.attachments) == (text, ())
