import base64
import hashlib

import pytest

from mail_gateway.inbound.description import describe
from mail_gateway.inbound.filenames import safe_name, without_doubles
from mail_gateway.inbound.mime.charsets import decode
from mail_gateway.inbound.mime.transfer import decode_transfer
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Defect

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def mixed(*parts, kind="mixed"):
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return (
        b"From: an@home.example\r\nContent-Type: multipart/"
        + kind.encode()
        + b"; boundary=b\r\n\r\n"
        + body
        + b"--b--\r\n"
    )


def part(header, content=b"x"):
    return header.encode() + b"\r\n\r\n" + content


def image(header="", *, data=PNG):
    head = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64"
    return part(head + ("\r\n" + header if header else ""), base64.encodebytes(data))


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        ("é€".encode(), "iso-8859-1", ("é€", True)),
        ("é€".encode("cp1252"), "iso-8859-1", ("é€", True)),
        ("é€".encode("cp1252"), None, ("é€", True)),
        ("é".encode("cp1252"), "utf-8", ("é", True)),
        ("m\u2019établir".encode("cp1258"), "windows-1258", ("m\u2019établir", True)),
        ("中\u9555".encode("gb18030"), "gb2312", ("中\u9555", True)),
        ("한".encode("cp949"), "ks_c_5601-1987", ("한", True)),
        ("é".encode("cp850"), "cp-850", ("é", True)),
        ("é".encode("utf-16"), "utf-16", ("é", True)),
        (b"+AOk-", "utf-7", ("é", True)),
        (b"\xef\xbb\xbfa", "utf-8", ("a", True)),
        (b"a", "x-unknown", ("a", True)),
        (b"a-b", "punycode", ("a-b", True)),
        (b"a", 'utf-8"', ("a", True)),
        ("é".encode("cp1252"), "windows-99999", ("é", True)),
        ("é".encode("iso8859-15"), "iso885915", ("é", True)),
        ("héhéhé".encode() + b"\xc3", "utf-8", ("héhéhé\ufffd", False)),
        (b"\x81\x8d", None, ("\ufffd\ufffd", False)),
        (b"", None, ("", True)),
    ],
)
def test_charset_is_repaired_in_the_order_that_serves_most_mail(data, declared, expected):
    assert decode(data, declared) == expected


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"aGFsbG8=", "base64", (b"hallo", True)),
        (b"aGFs\r\nbG8=\r\n", "BASE64", (b"hallo", True)),
        (b"aGFsbG8", "base64", (b"hallo", True)),
        (b"aGFs!bG8=", "base64", (b"hallo", True)),
        (b"aA==aA==", "base64", (b"hh", True)),
        (b"aGFsbG8A1", "base64", (b"hallo\x00", False)),
        (b"a=C3=A9=\r\nb", "quoted-printable", ("aéb".encode(), True)),
        (b"a=ZZ", "Quoted-Printable;", (b"a=ZZ", True)),
        (b"begin 644 a\n%:&%L;&\\\nend\n", "x-uuencode", (b"hallo", True)),
        (b"begin 644 a\n%:&%L;&\\\n", "uuencode", (b"hallo", False)),
        (b"begin 644 a\n%:&%L;&\\!!!\nend\n", "uuencode", (b"hallo", True)),
        (b"begin 644 a\n%\xff\xff\xff\xff\xff\xff\xff\n\nend\n", "uuencode", (b"", True)),
        (b"plain", "8bit", (b"plain", True)),
        (b"plain", "x-nonsense", (b"plain", False)),
    ],
)
def test_transfer_encoding_is_undone_as_far_as_it_can_be(data, encoding, expected):
    assert decode_transfer(data, encoding) == expected


def test_plain_and_html_of_one_mail_are_text_and_html():
    mail = parse_mail(
        mixed(
            part("Content-Type: text/plain", b"plain"),
            part("Content-Type: text/html", b"<p>shown</p>"),
            kind="alternative",
        )
    )

    assert (mail.text, mail.html, mail.attachments) == ("plain", "<p>shown</p>", ())


def test_html_alone_is_read_as_text():
    mail = parse_mail(b"Content-Type: text/html\n\n<p>one</p><p>two</p>")

    assert (mail.text, mail.html) == ("one\n\ntwo", "<p>one</p><p>two</p>")


def test_empty_plain_text_beside_html_is_read_from_the_html():
    mail = parse_mail(
        mixed(
            part("Content-Type: text/plain", b" \r\n"),
            part("Content-Type: text/html", b"<p>words</p>"),
            kind="alternative",
        )
    )

    assert mail.text == "words"


def test_alternative_with_one_form_is_read_and_shown_in_that_form():
    plain = parse_mail(mixed(part("Content-Type: text/plain", b"plain"), kind="alternative"))
    both = parse_mail(
        mixed(
            part("Content-Type: text/html", b"<p>a</p>"),
            part("Content-Type: multipart/alternative; boundary=c", b"--c\r\n\r\nb\r\n--c--"),
        )
    )

    assert (plain.text, plain.html) == ("plain", "")
    assert (both.text, both.html) == ("a\n\nb", "<p>a</p><pre>b</pre>")


def test_plain_text_beside_html_is_shown_with_it():
    mail = parse_mail(mixed(part("Content-Type: text/html", b"<p>a</p>"), part("Content-Type: text/plain", b"1 < 2")))

    assert (mail.text, mail.html) == ("a\n\n1 < 2", "<p>a</p><pre>1 &lt; 2</pre>")


def test_file_whose_encoding_is_broken_is_kept_and_said():
    mail = parse_mail(mixed(part("Content-Type: image/png\r\nContent-Transfer-Encoding: base64", b"aGFsbG8A1")))

    assert mail.attachments[0].content == b"hallo\x00"
    assert Defect.ENCODING_BROKEN in mail.defects


def test_text_after_a_file_is_still_text():
    mail = parse_mail(
        mixed(part("Content-Type: text/plain", b"one"), image(), part("Content-Type: text/plain", b"two"))
    )

    assert (mail.text, len(mail.attachments)) == ("one\n\ntwo", 1)


def test_named_text_behind_the_first_part_is_a_file():
    mail = parse_mail(
        mixed(part("Content-Type: text/plain", b"one"), part('Content-Type: text/plain; name="a.txt"', b"two"))
    )

    assert mail.text == "one"
    assert [(file.filename, file.content) for file in mail.attachments] == [("a.txt", b"two")]


def test_file_is_described_by_its_bytes_and_by_its_sender():
    mail = parse_mail(
        mixed(
            part("Content-Type: text/plain", b"hi"),
            image('Content-Disposition: attachment; filename="scan.pdf"').replace(b"image/png", b"application/pdf"),
        )
    )

    (file,) = mail.attachments
    assert (file.filename, file.declared_type, file.content_type) == (
        "scan.pdf",
        "application/pdf",
        "image/png",
    )
    assert (file.size, describe(mail, "a.eml")["attachments"][0]["sha256"]) == (
        len(PNG),
        hashlib.sha256(PNG).hexdigest(),
    )
    assert not file.inline


def test_image_that_the_html_refers_to_is_inline_whatever_its_disposition():
    mail = parse_mail(
        mixed(
            part("Content-Type: text/html", b'<p>x<img src="cid:Logo@1.example"></p>'),
            image("Content-ID: <logo@1.example>\r\nContent-Disposition: attachment"),
            image("Content-ID: <other@1.example>"),
            kind="related",
        )
    )

    assert [(file.content_id, file.inline) for file in mail.attachments] == [
        ("logo@1.example", True),
        ("other@1.example", False),
    ]
    assert mail.html == '<p>x<img src="cid:Logo@1.example"></p>'


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        ("Content-Type: image/png", "image.png"),
        ("Content-Type: application/octet-stream", "image.png"),
        ("Content-Type: application/pgp-signature", "signature.asc"),
        ("Content-Type: application/pkcs7-signature", "smime.p7s"),
        ("Content-Type: text/calendar", "invite.ics"),
        ("Content-Type: image/png\r\nContent-Location: https://x.example/a/logo.png?1", "logo.png"),
        ("Content-Type: image/png; name=../../etc/passwd", "passwd"),
        ("Content-Type: image/png; name=%2e%2e", "%2e%2e"),
        ("Content-Type: image/png; name=..", "image.png"),
    ],
)
def test_nameless_or_unsafe_part_gets_a_sensible_name(header, filename):
    nameless = part(f"{header}\r\nContent-Transfer-Encoding: base64", base64.b64encode(PNG))

    mail = parse_mail(mixed(part("Content-Type: text/plain"), nameless))

    assert [file.filename for file in mail.attachments] == [filename]


def test_nested_message_is_a_file_named_by_its_subject():
    nested = b"From: b@home.example\r\nSubject: =?utf-8?q?Attest_f=C3=A9vrier?=\r\n\r\nhello"
    mail = parse_mail(mixed(part("Content-Type: text/plain", b"see"), part("Content-Type: message/rfc822", nested)))

    (file,) = mail.attachments
    assert (file.filename, file.content_type, file.content) == (
        "Attest février.eml",
        "message/rfc822",
        nested,
    )
    assert mail.text == "see"


def test_second_of_two_equal_names_gets_a_number():
    named = image('Content-Disposition: attachment; filename="scan.png"')

    mail = parse_mail(mixed(named, named, named))

    assert [file.filename for file in mail.attachments] == ["scan.png", "scan-2.png", "scan-3.png"]


def test_numbers_do_not_collide_with_names_that_are_there():
    assert without_doubles(["a.pdf", "A.pdf", "a.pdf", "a-2.pdf", "b"]) == [
        "a.pdf",
        "A-3.pdf",
        "a-4.pdf",
        "a-2.pdf",
        "b",
    ]


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("C:\\temp\\x.pdf", "x.pdf"),
        ("../../etc/passwd", "passwd"),
        ("Factuur 3/2025.pdf", "Factuur 3-2025.pdf"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("a\r\nb.pdf", "a_b.pdf"),
        (" .. ", ""),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("Re: vraag.eml", "Re: vraag.eml"),
    ],
)
def test_claimed_name_becomes_a_safe_one(claimed, expected):
    assert safe_name(claimed) == expected


def test_multipart_without_any_part_is_read_as_text():
    mail = parse_mail(b"Content-Type: multipart/mixed; boundary=b\n\nforgotten parts\n")

    assert mail.text == "forgotten parts"


def test_delimiter_of_the_outer_multipart_ends_the_inner_one():
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\n\n"
        b"--o\nContent-Type: multipart/alternative; boundary=i\n\n"
        b"--i\n\ntext\n--o\nContent-Disposition: attachment; filename=a.txt\n\nfile\n--o--\n"
    )

    mail = parse_mail(raw)

    assert mail.text == "text"
    assert [(file.filename, file.content) for file in mail.attachments] == [("a.txt", b"file")]


@pytest.mark.parametrize(
    ("of_file", "names"),
    [
        (b"Content-Disposition: attachment; filename=a.bin\n", ["a.bin"]),
        (b"Content-Type: application/pdf; name=a.pdf\n", ["a.pdf"]),
        (b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n", ["text.txt"]),
    ],
)
def test_file_is_found_although_the_mail_closes_nothing(of_file, names):
    mail = parse_mail(
        b"Content-Type: multipart/mixed; boundary=o\n\n"
        b"--o\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nHello\n"
        b"--o\n" + of_file + b"\nZmlsZQ==\n"
    )

    assert (mail.text, [file.filename for file in mail.attachments]) == ("Hello", names)


def test_line_like_an_outer_delimiter_is_text_in_a_mail_that_closes_nothing():
    mail = parse_mail(
        b"Content-Type: multipart/mixed; boundary=o\n\n"
        b"--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nHello\n--o\nand goodbye\n"
    )

    assert mail.text == "Hello\n--o\nand goodbye"


def test_preamble_and_epilogue_are_no_text():
    mail = parse_mail(
        b"Content-Type: multipart/mixed; boundary=b\n\nYour program is too old\n--b\n\ntext\n--b--\nAdvertisement\n"
    )

    assert mail.text == "text"


def test_message_that_was_cut_is_read_and_said():
    mail = parse_mail(mixed(part("Content-Type: text/plain", b"one"), image())[:-60])

    assert (mail.text, len(mail.attachments)) == ("one", 1)
    assert Defect.CUT_SHORT in mail.defects


def test_words_declared_as_base64_are_read_as_words():
    mail = parse_mail(b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nThis was never encoded at all\n")

    assert mail.text == "This was never encoded at all"
    assert Defect.ENCODING_BROKEN in mail.defects


def test_encrypted_mail_is_kept_and_named():
    mail = parse_mail(
        mixed(
            part("Content-Type: application/pgp-encrypted", b"Version: 1"),
            part("Content-Type: application/octet-stream; name=encrypted.asc", b"-----BEGIN PGP MESSAGE-----"),
            kind="encrypted",
        )
    )

    assert [file.filename for file in mail.attachments] == ["version.asc", "encrypted.asc"]
    assert Defect.ENCRYPTED in mail.defects


def test_part_that_a_mail_names_as_its_main_one_is_its_text_wherever_it_stands():
    raw = (
        b'Content-Type: multipart/related; boundary=b; type="text/html"; start="<main@home.example>"\r\n\r\n--b\r\n'
        + image("Content-ID: <logo@home.example>")
        + b"\r\n--b\r\nContent-Type: text/html\r\nContent-ID: <main@home.example>\r\n\r\n"
        + b'<p>hello</p><img src="cid:logo@home.example">\r\n--b--\r\n'
    )
    mail = parse_mail(raw)

    assert (mail.text, [file.content_type for file in mail.attachments]) == ("hello", ["image/png"])


def test_mark_of_utf8_in_front_of_a_saved_mail_hides_no_header():
    mail = parse_mail(b"\xef\xbb\xbfFrom: an@home.example\r\nSubject: x\r\n\r\ntext")

    assert (mail.from_.address, mail.subject, mail.text) == ("an@home.example", "x", "text")


@pytest.mark.parametrize(
    ("parameters", "sent", "read"),
    [
        ("format=flowed", "One \nparagraph.\nAnother.", "One paragraph.\nAnother."),
        ("format=Flowed; delsp=yes", "Ein Do \nnau \ndampfer", "Ein Donaudampfer"),
        ("format=flowed", "> They wrote \n> this.\nI answer \nthat.", "> They wrote this.\nI answer that."),
        ("format=flowed", ">> deep \n> less", ">> deep\n> less"),
        ("format=flowed", "Dag \n-- \nAn", "Dag \n-- \nAn"),
        ("format=flowed", " From here\n > no quote", "From here\n > no quote"),
        ("format=flowed", "the end ", "the end"),
        ("format=fixed", "One \nline.", "One \nline."),
        ("", "One \nline.", "One \nline."),
    ],
)
def test_flowed_paragraphs_are_read_whole_and_others_as_they_stand(parameters, sent, read):
    head = f"From: an@home.example\r\nContent-Type: text/plain; {parameters}\r\n\r\n"

    assert parse_mail((head + sent.replace("\n", "\r\n")).encode()).text == read


def test_answer_above_a_flowed_quote_is_found():
    raw = (
        b"From: an@home.example\r\nSubject: Re: leave\r\nIn-Reply-To: <1@balie.example>\r\n"
        b"Content-Type: text/plain; format=flowed; delsp=no\r\n\r\n"
        b"I agree with \r\nthat.\r\n\r\nOn 1 September 2026 Balie \r\nwrote:\r\n> Do you \r\n> agree?\r\n"
    )

    assert parse_mail(raw).reply_text == "I agree with that."


@pytest.mark.parametrize("declared", ["plain/text", "text", "plain", "html/text", "/", "text/"])
def test_text_under_a_type_that_is_none_is_still_the_text(declared):
    raw = f"From: an@home.example\r\nContent-Type: {declared}\r\n\r\nGood morning, how many days do I have left?\r\n"

    parsed = parse_mail(raw.encode())

    assert (parsed.text, parsed.attachments) == ("Good morning, how many days do I have left?", ())


def test_file_under_a_type_that_is_none_is_still_a_file():
    raw = b"From: an@home.example\r\nContent-Type: unknown/image\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    parsed = parse_mail(raw + base64.encodebytes(PNG))

    assert [file.content_type for file in parsed.attachments] == ["image/png"]
