"""Mails of programs that nobody here uses, each reduced to what a reader of mail gets wrong in it."""

import base64
import time

import pytest

from mail_gateway.inbound.mime.addresses import read_addresses
from mail_gateway.inbound.mime.charsets import decode
from mail_gateway.inbound.mime.dates import read_date
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Defect

HEAD = b"From: An Peeters <an@home.example>\nSubject: x\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\n\n"


def _multipart(kind, *parts):
    lines = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return parse_mail(HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\n\n" + lines + b"--b--\n")


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        (r"An(a nice \) one) <an(her account)@home.example(her host)>", "An (a nice ) one)", "an@home.example"),
        ("An <an@home(comment).  example>", "An", "an@home.example"),
        ("An (first) (second) <an@home.example>", "An (first second)", "an@home.example"),
        ("an@home.example An Peeters", "An Peeters", "an@home.example"),
        ("an@home.example <An Peeters>", "An Peeters", "an@home.example"),
        ('<"An Peeters" an@home.example>', "An Peeters", "an@home.example"),
        ("An (an@home.example)", "An", "an@home.example"),
        ("An [mailto:an@home.example]", "An", "an@home.example"),
        ("An <SMTP:an@home.example>", "An", "an@home.example"),
        ("An <<an@home.example>>", "An", "an@home.example"),
        ("An <an@[IPv6:2001:db8::1]>", "An", "an@[IPv6:2001:db8::1]"),
        ("HR: An <an@home.example>", "HR: An", "an@home.example"),
        ("Peeters (HR), An <an@home.example>", "Peeters (HR), An", "an@home.example"),
        (r"\"An\" Peeters <an@home.example>", '"An" Peeters', "an@home.example"),
        ("An <@old.example,@[IPv6:2001:db8::1]:an@home.example>", "An", "an@home.example"),
        ("an at home.example (An Peeters)", "An Peeters", "an@home.example"),
        ("An Peeters <an at home.example>", "An Peeters", "an@home.example"),
        ("An at home (HR)", "An at home (HR)", ""),
        ("MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "MAILER-DAEMON"),
        ("=?utf-8?Q?An?_of_Bo?= <an@home.example>", "An? of Bo", "an@home.example"),
    ],
)
def test_sender_is_found_where_programs_put_it(value, name, address):
    [found] = read_addresses(value.encode())

    assert (found.name, found.address) == (name, address)


@pytest.mark.parametrize(
    "value",
    [
        r"me@home.example (<boss@home.example>\\)",
        "me@home.example (<boss@home.example><)",
        r'("<boss@home.example>\") me@home.example',
        r"me@home.example (\<boss@home.example>\)>",
        "me@home.example (<boss@home.example>",
        "me@home.example <\nboss@home.example>",
    ],
)
def test_sender_whom_others_read_as_a_comment_is_doubtful(value):
    mail = parse_mail(f"From: {value}\nSubject: x\n\nx\n".encode())

    assert Defect.SEVERAL_SENDERS in mail.defects


@pytest.mark.parametrize(
    "value",
    [
        "An Peeters (HR) <an@home.example>",
        "An Peeters (HR <an@home.example>",
        "An =) <an@home.example>",
        '"An (HR" <an@home.example>',
        "an@home.example (An",
        r"an@home.example (An \(HR\))",
        "an(ours)@home.example",
        "An\n<an@home.example>",
    ],
)
def test_brackets_in_a_name_make_no_doubt(value):
    mail = parse_mail(f"From: {value}\nSubject: x\n\nx\n".encode())

    assert (mail.from_.address, mail.defects) == ("an@home.example", ())


def test_entries_without_a_name_and_an_address_are_left_out():
    assert [found.address for found in read_addresses(b"An <an@home.example>,\n <>,\n <>")] == ["an@home.example"]


def test_address_that_lost_the_blank_of_its_fold_is_whole():
    mail = parse_mail(HEAD + b"Cc: Bo <bo@\nhome.example>\n\nHello\n")

    assert ([found.address for found in mail.cc], mail.text) == (["bo@home.example"], "Hello")


@pytest.mark.parametrize("hostile", ["@a:", "\\(", "<a:", "(a", '"a"', "mailto:", "=?u?q?", "=?u?q?a?", "[a@b]"])
def test_hostile_senders_take_linear_time(hostile):
    def seconds(times):
        start = time.process_time()
        read_addresses(hostile.encode() * times)
        return time.process_time() - start

    assert seconds(40_000) <= 4 * seconds(20_000) + 0.2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 1 Mar 2027 09(comment):   55  :  06 +0100", "2027-03-01T09:55:06+01:00"),
        ("Mon, 1 Mar 2027 09:55:06 GMT+0100", "2027-03-01T09:55:06+01:00"),
        ("Mon, 1 Mar 2027 09:55:06 CEST", "2027-03-01T09:55:06+02:00"),
        ("Mon, 1 Mar 2027 09:55:06.123 +0100", "2027-03-01T09:55:06+01:00"),
        ("Mon, 1 Mar 2027 09:55:60 +0100", "2027-03-01T09:55:59+01:00"),
        ("Mon, 1 Mar 127 09:55:06 +0100", "2027-03-01T09:55:06+01:00"),
        ("Mon, 1 Mar 2027 9:55:06 PM", "2027-03-01T21:55:06+00:00"),
        ("ma, 1 mrt 2027 09:55:06 +0100", "2027-03-01T09:55:06+01:00"),
        ("lun., 1 févr. 2027 09:55:06 +0100", "2027-02-01T09:55:06+01:00"),
        ("Freitag, 1. Oktober 2027 09:55:06", "2027-10-01T09:55:06+00:00"),
        ("Mon, 1 Mar 2027 09:55:06 +01:00", "2027-03-01T09:55:06+01:00"),
        ("Mon, 1 Mar 2027 09:55:06 GMT-5", "2027-03-01T09:55:06-05:00"),
        ("Mon, 1 Mar 2027 09:55GMT", "2027-03-01T09:55:00+00:00"),
        ("Mon, 1 Mar 2027 09:55:06 MET DST", "2027-03-01T09:55:06+02:00"),
        ("2027-03-01T09:55:06Z", "2027-03-01T09:55:06+00:00"),
        ("2027-03-01 09:55:06 +0100", "2027-03-01T09:55:06+01:00"),
    ],
)
def test_date_is_read_as_programs_write_it(value, expected):
    assert read_date(value).isoformat() == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "Mon, 32 Mar 2027 10:00:00 +0000",
        "01/02/2027 10:00",
        "+0100 " * 90,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_date_that_says_no_moment_is_none(value):
    assert read_date(value) is None


def test_date_that_was_cut_leaves_the_next_one():
    mail = parse_mail(HEAD + b"Date: Mon, 1 Mar 2027 09:t\nDate: Mon, 1 Mar 2027 09:55:06 +0100\n\nx")

    assert (mail.date.isoformat(), mail.defects) == ("2027-03-01T09:55:06+01:00", ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"=?utf-8?Q?Leave? Yes?=", "Leave? Yes"),
        (b"=?utf-8?Q?Leave??=", "Leave?"),
        (b"=?utf-8?B?TGVhdmU=?= =?utf-8?Q?_in_May?=", "Leave in May"),
        (b"=?utf-8?B?TGVhd?=\n =?utf-8?B?mU=?=", "Leave"),
        (b"=?utf-8?B?TGVhdm?=\n =?utf-8?B?U=?=", "Leave"),
        (b"=?utf-8?B?TGVhdmU?= =?utf-8?B?IGluIE1heQ?=", "Leave in May"),
        (b"=?utf-8?Q?Leave =?utf-8?Q?_in_May?=", "=?utf-8?Q?Leave  in May"),
    ],
)
def test_encoded_words_are_read_as_senders_write_them(value, expected):
    assert parse_mail(b"Subject: " + value + b"\n\nx").subject == expected


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("iso-8859-2 (Latin 2)", "iso8859-2"),
        ("charset=iso-8859-2", "iso8859-2"),
        ("8859-2", "iso8859-2"),
        ("'iso-8859-2';", "iso8859-2"),
        ("iso-8859-6-i", "iso8859-6"),
        ("cn-gb", "gb18030"),
        ("cn-big5", "big5"),
        ("koi8", "koi8_r"),
        ("dos-866", "cp866"),
        ("csEUCPkdFmtJapanese", "euc_jp"),
    ],
)
def test_charset_is_known_under_its_odd_names(declared, codec):
    sample = {"iso8859-2": "ě", "iso8859-6": "س", "gb18030": "你好", "big5": "你好", "euc_jp": "日本"}.get(
        codec, "привет"
    )

    assert decode(sample.encode(codec), declared) == (sample, True)


@pytest.mark.parametrize(
    ("text", "written", "declared"),
    [
        ("通知", "gb2312", "gb2312"),
        ("谢谢 Re: 1", "gb2312", "gb2312"),
        ("café", "utf-8", "gb2312"),
        ("привет", "utf-8", "gb2312"),
        ("你好", "utf-8", "gb2312"),
    ],
)
def test_signs_of_east_asia_that_look_like_utf8_are_read_as_declared(text, written, declared):
    assert decode(text.encode(written), declared) == (text, True)


def test_pictograms_of_java_programs_are_read():
    halves = "Ok \ud83d\ude00 é".encode("utf-8", "surrogatepass")

    assert decode(halves, "utf-8") == ("Ok \N{GRINNING FACE} é", True)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<html><body><p>Own</p></body></html><div>Below</div>", "Own\n\nBelow"),
        ("<html><body>Own</body></html><html><body>Below</body></html>", "Own\nBelow"),
        ("Own<hr>Below", "Own\nBelow"),
        ("<center>Own</center>Below", "Own\nBelow"),
        ("<dl><dt>Own<dd>Below</dl>", "Own\nBelow"),
        ("Own<br><scr</body>ipt>Below", "Own\nBelow"),
    ],
)
def test_words_below_the_end_of_a_page_or_a_line_are_read(page, expected):
    assert parse_mail(HEAD + HTML + page.encode()).text == expected


@pytest.mark.parametrize("between", [b"\n\n", b"\n_______________\n\n", b"=\n\n"])
def test_footer_below_base64_does_not_spoil_the_text(between):
    content = base64.b64encode("Één vraag over verlof in de maand mei".encode()).rstrip(b"=")
    mail = parse_mail(
        HEAD
        + TEXT[:-1]
        + b"Content-Transfer-Encoding: base64\n\n"
        + content
        + between
        + b"To leave the list, write to us\n"
    )

    assert (mail.text, mail.defects) == ("Één vraag over verlof in de maand mei", (Defect.ENCODING_BROKEN,))


@pytest.mark.parametrize(
    "text",
    [
        "Hallo,\n\nIk heb een vraag over mijn loon.",
        "Dear Anna\n\nMy pay is wrong, it seems.",
        "Goeiedag\n\nIk ben ziek: a@b.",
    ],
)
@pytest.mark.parametrize("above", ["", "\n\n"])
def test_greeting_above_words_that_call_themselves_base64_is_no_base64(text, above):
    mail = parse_mail(HEAD + TEXT[:-1] + f"Content-Transfer-Encoding: base64\n\n{above}{text}\n".encode())

    assert mail.text == text


@pytest.mark.parametrize("damage", [[b"", b"!"], [b"_____"], [b"", b"\xa0", b""]])
@pytest.mark.parametrize("at", [0, 5])
def test_damaged_base64_of_a_file_is_read_to_its_end(damage, at):
    content = bytes(range(256)) * 4
    lines = base64.encodebytes(content).splitlines()
    lines[at:at] = damage
    head = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
    [file] = parse_mail(HEAD + head + b"\n".join(lines) + b"\n").attachments

    assert file.content == content


@pytest.mark.parametrize(
    "content_type",
    [
        b"text / html; charset=utf-8",
        b"text/html, charset=utf-8",
        b"TEXT/HTML ; charset = utf-8",
        b"html; charset=utf-8",
    ],
)
def test_type_with_blanks_and_commas_is_still_that_type(content_type):
    assert parse_mail(HEAD + b"Content-Type: " + content_type + b"\n\n<p>Hello</p>").text == "Hello"


@pytest.mark.parametrize("content_type", [b"multipart", b"multipart/"])
def test_multipart_without_its_kind_is_cut_into_parts(content_type):
    mail = parse_mail(HEAD + b"Content-Type: " + content_type + b"; boundary=b\n\n--b\n" + TEXT + b"Hello\n--b--\n")

    assert mail.text == "Hello"


def test_forms_that_stand_side_by_side_are_not_said_twice():
    html = HTML + b"<p>Hello <b>An</b></p>\n"
    repeated = _multipart(b"mixed", TEXT + b"Hello An\n", html)
    related = _multipart(b"related", TEXT + b"Hello\n", html)

    assert (repeated.text, repeated.html.strip(), repeated.attachments) == ("Hello An", "<p>Hello <b>An</b></p>", ())
    assert (related.text, related.html.strip(), related.attachments) == ("Hello", "<p>Hello <b>An</b></p>", ())


def test_texts_that_differ_are_both_read():
    mail = _multipart(b"mixed", TEXT + b"Hello\n", HTML + b"<p>Bye</p>\n")

    assert (mail.text, mail.html.strip()) == ("Hello\n\nBye", "<pre>Hello</pre><p>Bye</p>")


def test_signature_of_an_unknown_kind_is_a_file():
    mail = _multipart(b"signed", TEXT + b"Hello\n", b"Content-Type: signature/plain\n\nAn\n")

    assert (mail.text, [file.declared_type for file in mail.attachments]) == ("Hello", ["signature/plain"])


def test_main_text_of_an_unknown_kind_is_read():
    markdown = b"Content-Type: text/markdown\n\n# Hello\n"

    assert parse_mail(HEAD + markdown).text == "# Hello"
    assert [file.content for file in _multipart(b"mixed", TEXT + b"Hello\n", markdown).attachments] == [b"# Hello\n"]
    assert parse_mail(HEAD + b"Content-Type: text/csv\n\na;b\n").text == ""


@pytest.mark.parametrize(
    ("written", "name"), [(b"'a b.pdf'", "a b.pdf"), (b'a.pdf"', "a.pdf"), (b'"a\'s.pdf"', "a's.pdf")]
)
def test_quotes_that_are_none_are_not_in_the_name(written, name):
    [file] = _multipart(b"mixed", b"Content-Disposition: attachment; filename=" + written + b"\n\nx\n").attachments

    assert file.filename == name


def test_empty_lines_above_an_unknown_field_are_no_text():
    assert parse_mail(b"\n\nX-Loop: no\n" + HEAD + b"\nHello").text == "Hello"
    assert parse_mail(b"\n\nNote: no mail\n\nHello").text == "Note: no mail\n\nHello"


@pytest.mark.parametrize(
    "introduction",
    [
        "Bo <bo@home.example> writes:",
        "Quoting Bo <bo@home.example>:",
        "Zitat von Bo <bo@home.example>:",
        "2027/3/1 Bo <bo@home.example>",
    ],
)
def test_introduction_above_marked_lines_is_cut(introduction):
    mail = parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n\n" + f"Own\n\n{introduction}\n\n> old\n".encode())

    assert mail.reply_text == "Own"


@pytest.mark.parametrize(
    "introduction",
    [
        ">>> Bo <bo@home.example> 1/03/2027 10:11 >>>",
        "----- Oorspronkelijk e-mail -----",
        "----- Mail original -----",
    ],
)
def test_line_above_an_unmarked_quote_is_cut_with_all_below(introduction):
    mail = parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n\n" + f"Own\n\n{introduction}\nold\n".encode())

    assert mail.reply_text == "Own"


@pytest.mark.parametrize(
    "text",
    [
        "Meeting\n\nVan: 9:00\nTot: 10:00\nDatum: 1 maart 10:00\nAan: allen\nOnderwerp: plan\n\nKom je?",
        "Own\n\nBo (bo@home.example) schrijft op 1/3/2027 10:11:\n\nmore of our own",
        "Own\n\n-- Original Message --\nFrom: Bo <bo@home.example>\nTo: An\nSubject: x\n\n> old\n\nanswer\n\n> old",
        "Own\n\n-----Original Message-----\n> old\nanswer",
        "See <https://www.home.example/leave\n> for the form.",
        "Own\n\n>From Monday on I am at home.",
        "Trip\n\nVan: Gent\nAan: Brussel\nDatum: 1 maart, 10:00\n\nWie rijdt er?",
        "Mission :\nDe : Gand\nÀ : Bruxelles\nDate : 3/03/2027 à 10h15\n\nMerci de rembourser.",
    ],
    ids=[
        "hours of a meeting",
        "the present tense",
        "answers below a header",
        "answers below a line",
        "a wrapped link",
        "a mailbox file",
        "a trip",
        "a trip with its year",
    ],
)
def test_what_only_looks_like_a_quote_cuts_nothing(text):
    mail = parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n\n" + text.encode())

    assert mail.reply_text == text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Hello\nYes. On 1 March 2027, Bo wrote:\n> old", "Hello\nYes. On 1 March 2027, Bo wrote:"),
        ("To: all\nThanks\n-- Original message --\nFrom: Bo <bo@home.example>\nDate: 1/3/27\n\nold", "To: all\nThanks"),
        ("Own\n\n-- Original Message --\nFrom: Bo <bo@home.example>\nTo: An\nSubject: x\n\n> old", "Own"),
        (
            ">From Monday on\nI am ill.\n\nFrom: Bo <bo@home.example>\nTo: An\nSubject: x\n\nold",
            ">From Monday on\nI am ill.",
        ),
        ("Own\n\nJan Op de Beeck schreef op 1/3/2027:\n> old", "Own"),
    ],
    ids=[
        "own words before an introduction",
        "own words like a header",
        "marks below a header",
        "the first line of a mailbox file",
        "a name with such a word",
    ],
)
def test_words_around_a_quote_stay_and_the_quote_does_not(text, own):
    mail = parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n\n" + text.encode())

    assert mail.reply_text == own


def test_postscript_below_a_signature_is_kept():
    mail = parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n\nOwn\n\n-- \nAn\n\nPS: one more thing\n\n> old\n")

    assert mail.reply_text == "Own\n\n-- \nAn\n\nPS: one more thing"


def test_quote_of_outlook_for_mac_is_cut_without_its_header():
    page = b'<div>Own</div><span id="OLK_SRC_BODY_SECTION"><div>Old</div></span>'

    assert parse_mail(HEAD + b"In-Reply-To: <a@home.example>\n" + HTML + page).reply_text == "Own"


@pytest.mark.parametrize("text", ["Thanks :-)\n\nAn", "Note: this is no mail\n\nHello"])
def test_text_whose_first_line_holds_a_colon_has_no_header(text):
    assert parse_mail(text.encode()).text == text


def test_mail_that_calls_itself_an_attachment_is_a_text_unless_it_has_a_name():
    disposition = b"Content-Disposition: attachment"

    assert parse_mail(HEAD + disposition + b"\n\nHello").text == "Hello"
    assert parse_mail(HEAD + disposition + b"; filename=a.txt\n\nHello").text == ""


def test_named_part_of_no_known_type_is_a_file():
    mail = parse_mail(HEAD + b"Content-Type: unknown; name=scan.pdf\n\n\x00\x01")

    assert (mail.text, [(file.filename, file.content) for file in mail.attachments]) == (
        "",
        [("scan.pdf", b"\x00\x01")],
    )
