"""Mail made to cost much: parsing stays linear, bounded and says what it left out."""

import gc
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Defect, ParsedMail

HEAD = b"From: an@home.example\nSubject: x\nIn-Reply-To: <1@desk.example>\n"


def _text(piece):
    return lambda count: HEAD + b"\nJa\n" + piece * count


def _html(piece):
    return lambda count: HEAD + b"Content-Type: text/html\n\n" + piece * count


def _header(piece):
    return lambda count: piece * count + b"\n\nx"


def _value(name, piece):
    return lambda count: name + b": " + piece * count + b"\n\nx"


def _parts(part):
    return lambda count: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part * count + b"--b--\n"


def nested(count):
    levels = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(count))
    return HEAD + b"".join(levels) + b"Content-Type: text/plain\n\ndeep\n"


def pieces_of_a_parameter(count):
    return HEAD + b"Content-Type: text/plain;" + b"".join(b" name*%d*=a;\n" % n for n in range(count)) + b"\n\nx"


HOSTILE = {
    "nested multiparts": (nested, 4_000),
    "same boundary": (_parts(b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n'), 4_000),
    "nested messages": (_header(b"Content-Type: message/rfc822\n\n"), 4_000),
    "many parts": (_parts(b"--b\n\nx\n"), 20_000),
    "many files": (_parts(b"--b\nContent-Disposition: attachment; filename=a.txt\n\nx\n"), 2_000),
    "dashed lines": (_parts(b"--\n"), 60_000),
    "long boundary": (_value(b"Content-Type", b"multipart/mixed; boundary=" + b"a" * 99), 1_000),
    "pieces of a parameter": (pieces_of_a_parameter, 10_000),
    "unfolded parameters": (lambda count: HEAD + b"Content-Type: text/plain;\n" + b"a=b;\n" * count + b"\nx", 40_000),
    "quoted parameter": (_value(b"Content-Type", b'"\\'), 50_000),
    "addresses": (_value(b"Cc", b"a@b.example, "), 20_000),
    "open brackets": (_value(b"Reply-To", b"("), 60_000),
    "open angles": (_value(b"To", b"<"), 60_000),
    "open quotes": (_value(b"To", b'"\\'), 50_000),
    "encoded words": (_value(b"Subject", b"=?utf-8?q?a?= "), 15_000),
    "broken encoded words": (_value(b"Subject", b"=?a?q?"), 30_000),
    "encoded names": (_value(b"To", b"=?a?q?,"), 12_000),
    "equal signs": (_value(b"To", b"="), 60_000),
    "escapes": (_value(b"Subject", b"\x1b$B"), 30_000),
    "escaped names": (_value(b"To", b"\x1b$B!!\x1b(B <a@b.example>, "), 6_000),
    "escaped text": (_text(b"\x1b$B!!\x1b(B"), 20_000),
    "cut file names": (_value(b"Content-Type", b"a/b; name=a" + b";b" * 9), 6_000),
    "types": (_header(b"Content-Type: multipart/mixed; boundary=b\n"), 10_000),
    "lost boundary": (lambda count: HEAD + b"Content-Type: multipart/mixed\n\n" + b"--a \t\n" * count, 16_000),
    "empty lines above": (lambda count: b"\r\n" * count + HEAD + b"\nx", 60_000),
    "references": (_value(b"References", b"<a@b.example> "), 15_000),
    "open references": (_value(b"References", b"<"), 100_000),
    "senders": (_header(b"From: a@b.example\n"), 10_000),
    "empty fields": (_header(b"a:\n"), 30_000),
    "introductions": (_text(b"On a a a "), 12_000),
    "finished introductions": (_text(b"On 2 Jan 2025 10:00 <a@b.example> wrote:\n"), 3_000),
    "unfinished introductions": (_text(b"On 1 a@b.example wrote\n"), 6_000),
    "header blocks": (_text(b"De : x\n"), 14_000),
    "half header blocks": (_text(b"From: a\n"), 12_000),
    "quotes and answers": (_text(b"> a\nb\n"), 16_000),
    "quote signs": (_text(b">"), 100_000),
    "line breaks": (_text(b"\n"), 100_000),
    "packed files": (_text(b"begin 644 a\n#86)C\n`\nend\n"), 20_000),
    "begun files": (_text(b"begin 644 a\n"), 30_000),
    "endless file": (_text(b"begin 644 a\n" + b"#86)C\n" * 99), 1_000),
    "blanks": (_text(b" "), 100_000),
    "signature delimiters": (_text(b"--\n"), 6_000),
    "broken utf-8": (_text(b"\xc3"), 100_000),
    "divs": (_html(b"<div>"), 20_000),
    "formatting": (_html(b"<b>"), 30_000),
    "formatting over paragraphs": (_html(b"<font size=1>p<p>"), 6_000),
    "tables": (_html(b"<table><td>"), 9_000),
    "blockquotes": (_html(b"<blockquote>x"), 8_000),
    "containers of quotes": (_html(b"<div class=gmail_quote>x"), 8_000),
    "cut quotes": (_html(b"<div class=gmail_quote><blockquote>x</blockquote>"), 4_000),
    "charsets in html": (_html(b"<meta "), 12_000),
    "comments": (_html(b"<!--"), 25_000),
    "open tags": (_html(b"<a "), 30_000),
    "references to images": (_html(b"<img src=cid:a>"), 6_000),
}


def _cpu_seconds(raw):
    """Return what reading costs, without the collector: its rounds grow with all that other tests have left."""
    fastest = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            started = time.process_time()
            parse_mail(raw)
            fastest = min(fastest, time.process_time() - started)
    finally:
        gc.enable()
    return fastest


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_input_costs_at_most_two_and_a_half_times_the_time(name):
    build, count = HOSTILE[name]
    parse_mail(build(10))

    # Another process may disturb a measurement; work that grows faster fails every time.
    ratios = []
    for _ in range(3):
        half, whole = _cpu_seconds(build(count // 2)), _cpu_seconds(build(count))
        ratios.append(whole / half)
        if whole < 0.01 or ratios[-1] <= 2.5:
            break

    assert whole < 0.01 or min(ratios) <= 2.5
    assert whole < 1.0


def test_nesting_beyond_the_bound_is_said_and_its_text_left_out():
    mail = parse_mail(nested(1_200))

    assert Defect.TOO_DEEP in mail.defects
    assert mail.text == ""


def test_nesting_within_the_bound_is_read():
    assert parse_mail(nested(90)).text == "deep"


def test_parts_beyond_the_bound_are_said():
    mail = parse_mail(HOSTILE["many files"][0](2_000))

    assert Defect.TOO_MANY_PARTS in mail.defects
    assert len(mail.attachments) == 999


def test_addresses_beyond_the_bound_are_said():
    mail = parse_mail(b"From: an@home.example\n" + _value(b"Cc", b"a@b.example, ")(2_000))

    assert Defect.TOO_MANY_ADDRESSES in mail.defects
    assert len(mail.cc) == 1_000


def test_header_beyond_the_bound_is_said_and_the_body_found():
    mail = parse_mail(b"From: an@home.example\n" + b"X-Filler: y\n" * 40_000 + b"Subject: late\n\nhello\n")

    assert (mail.defects, mail.subject, mail.text) == ((Defect.HEADER_TOO_LONG,), "", "hello")


def test_thousand_hops_are_read_and_fields_beyond_the_bound_are_said():
    hops = parse_mail(b"Received: x\n" * 1_000 + b"From: an@home.example\n\nx")
    flood = parse_mail(b"From: an@home.example\n" + b"a:\n" * 3_000 + b"\nhello")

    assert (len(hops.header_values("received")), hops.defects) == (1_000, ())
    assert (len(flood.headers), flood.defects, flood.text) == (2_000, (Defect.HEADER_TOO_LONG,), "hello")


def test_long_thread_keeps_its_start_and_its_newest_messages():
    references = " ".join(f"<{number}@desk.example>" for number in range(500))

    mail = parse_mail(f"References: {references}\n\nx".encode())

    assert len(mail.references) == 200
    assert (mail.references[0], mail.references[1], mail.references[-1]) == (
        "0@desk.example",
        "301@desk.example",
        "499@desk.example",
    )


def test_text_beyond_the_bound_is_cut_and_said():
    mail = parse_mail(HEAD + b"\n" + b"0123456789abcde\n" * 200_000)

    assert Defect.TEXT_TOO_LONG in mail.defects
    assert len(mail.text) <= 2 * 1024 * 1024


@pytest.mark.parametrize(
    "subject",
    [
        b"=?utf-8?Q?hello=0D=0ABcc:_victim@home.example?=",
        b"=?utf-8?B?aGVsbG8NCkJjYzogdmljdGltQGhvbWUuZXhhbXBsZQ==?=",
        b"hello\rBcc: victim@home.example",
        b"hello\x00\x0b\x0c Bcc: victim@home.example",
    ],
)
def test_no_header_value_holds_a_line_break(subject):
    mail = parse_mail(b"From: an@home.example\nSubject: " + subject + b"\n\nx")

    assert mail.subject == "hello Bcc: victim@home.example"
    assert mail.header("bcc") == ""


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-7", "windows-1252"])
def test_text_holds_nothing_that_a_database_refuses(charset):
    body = b"a\x00b\xed\xa0\x80+2AA-\xd8\x00c"

    mail = parse_mail(b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n" + body)

    assert "\x00" not in mail.text
    mail.text.encode("utf-8")


FRAGMENTS = [
    b"From: ",
    b"Subject: ",
    b"To: ",
    b"Content-Type: ",
    b"multipart/mixed; boundary=b",
    b"text/html",
    b"text/calendar",
    b"application/pkcs7-mime",
    b"application/ms-tnef",
    b"message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"--b",
    b"--b--",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"=?utf-8?b?",
    b"?=",
    b"<",
    b">",
    b'"',
    b"(",
    b";",
    b"=",
    b"\xff",
    b"\x00",
    b"0\x80",
    b'x\x9f>"',
    b"BEGIN:VEVENT\n",
    b"DTSTART:",
    b"99991231T235959",
    b"END:VEVENT\n",
    b"charset=",
    b"utf-16",
    b"name*0*=",
    b"Date: Mon, 99 Foo 2025 99:99:99 +9999",
    b"References: ",
    b"begin 644 x\n",
    b"x-uuencode",
    b"<blockquote>",
    b"> ",
]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=12), max_size=40).map(b"".join))
def test_any_bytes_give_a_mail(raw):
    mail = parse_mail(raw)

    assert isinstance(mail, ParsedMail)
    assert 0 <= mail.reply_end <= len(mail.text)
    (mail.text + mail.html + mail.subject).encode("utf-8")


@pytest.mark.parametrize("charset", ["shift_jis", "gbk", "big5", "gb18030", "iso-8859-1"])
def test_charset_of_the_text_hides_no_sign_around_the_address_of_the_sender(charset):
    lead = b"\xa4" if charset == "big5" else b"\x81"
    sender = b'"a' + lead + b'\\" <director@health.example> (" <an@health.example>)'
    raw = b"From: " + sender + b"\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\nx"

    assert parse_mail(raw).from_.address == "an@health.example"


def test_sender_whom_japanese_hides_from_others_is_held():
    hidden = b'From: "a\x1b$B?"\x1b(B <an@health.example> (" <director@health.example>)\n\nx'
    honest = 'From: "ああ" <an@health.example>\n\nx'.encode("iso-2022-jp")

    found = [(parse_mail(raw).from_.address, parse_mail(raw).defects) for raw in (hidden, honest)]

    assert found[0][1] == (Defect.SEVERAL_SENDERS,)
    assert found[1] == ("an@health.example", ())
