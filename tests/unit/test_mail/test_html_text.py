import pytest

from mail_gateway.inbound.html_nesting import flatten
from mail_gateway.inbound.html_text import sanitised, text_of, without_embedded_files

A_TABLE = '<table><tbody><tr><td bgcolor="red">a</td></tr></tbody></table>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p onclick=x()>a</p>", "<p>a</p>"),
        ("<script>x()</script>a", "a"),
        ("<style>p{}</style><title>t</title>a", "a"),
        ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<img src="https://t.example/p.gif" width="1" height="1">a', "a"),
        ('<img src="https://t.example/p.gif" alt="logo of us">a', '<img alt="logo of us">a'),
        ('<img src="cid:a@b.example" alt="scan">', '<img src="cid:a@b.example" alt="scan">'),
        ('<img src="/attachments/1">', ""),
        ('<p style="background:url(https://t.example)">a</p>', "<p>a</p>"),
        ("<form action=x><input name=p>a</form>", "a"),
        ("<svg><a xlink:href='javascript:x()'>a</a></svg>b", "b"),
        ("<iframe src=x></iframe><object data=x></object>a", "a"),
        ("<tr><td colspan=2>a", "a"),
        ('<table><tbody><tr><td bgcolor="red">a</table>', A_TABLE),
    ],
)
def test_html_is_harmless_and_fetches_nothing(html, expected):
    assert sanitised(flatten(html)) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>een</p><p>twee</p>", "een\n\ntwee"),
        ("een<br>twee&nbsp;drie", "een\ntwee drie"),
        ("<div>een</div><div>twee</div>", "een\ntwee"),
        ("<ul><li>een<li>twee</ul>", "* een\n  * twee"),
        ("<head><title>t</title><style>p{}</style></head><body>tekst</body>", "tekst"),
        ("<script>x()</script>tekst", "tekst"),
        ("<table><tr><td>een<td>twee</table>", "een  twee"),
        ("<!-- weg -->tekst", "tekst"),
        ("tekst <b>zonder", "tekst zonder"),
        ("", ""),
        ("<!-- weg -->", ""),
        ("<p><?xml version='1.0'?>tekst</p>", "tekst"),
    ],
)
def test_html_is_read_as_text(html, expected):
    assert text_of(flatten(html)).text == expected


def quoted_texts(html):
    found = text_of(flatten(html))
    return [found.text[start:end].strip() for start, end in found.quoted]


@pytest.mark.parametrize(
    "html",
    [
        "<p>ik</p><blockquote type=cite>zij<blockquote>wij</blockquote></blockquote>",
        "<p>ik</p><div class=gmail_quote>zij<blockquote>wij</blockquote></div>",
        '<p>ik</p><div id="x_divRplyFwdMsg">zij</div><p>wij</p>',
        '<p>ik</p><div id="appendonsend"></div><div>zij</div><p>wij</p>',
        '<p>ik</p><div style="border:none;border-top:solid #B5C4DF 1.0pt">zij</div><p>wij</p>',
        '<p>ik</p><div class="yahoo_quoted">zij<p>wij</p></div>',
        '<p>ik</p><div class="OutlookMessageHeader">zij</div>wij',
    ],
)
def test_quotes_of_mail_programs_are_marked(html):
    (quoted,) = quoted_texts(html)

    assert quoted.split() == ["zij", "wij"]


@pytest.mark.parametrize("level", ["<table><tr><td>", "<div><table><tr><td>", "<ul><li>", "<blockquote><div>"])
@pytest.mark.parametrize("depth", [10, 70, 150, 1_000])
def test_text_is_read_at_any_depth(level, depth):
    assert text_of(flatten(level * depth + "diep")).text.endswith("diep")


def test_quotes_within_quotes_leave_no_empty_lines():
    html = "<p>ik</p>" + "<blockquote><p>zij</p>" * 50 + "</blockquote>" * 50 + "<p>ik</p>"

    assert "\n\n\n" not in text_of(html).text


def test_two_quotes_are_two_stretches():
    assert quoted_texts("<blockquote>a</blockquote>ik<blockquote>b</blockquote>") == ["a", "b"]


def test_marks_that_a_sender_puts_in_are_left_out():
    found = text_of("a\ue0f1b\ue0f2c\ue0f3d")

    assert (found.text, found.quoted) == ("abcd", ())


def test_depth_of_people_is_left_alone():
    newsletter = "<table><tr><td>" * 20 + "x" + "</td></tr></table>" * 20
    thread = "<div><div><blockquote>" * 70 + "x" + "</blockquote></div></div>" * 70
    html = newsletter + thread

    assert flatten(html) == html


def test_depth_beyond_the_bound_is_left_out_with_its_end_tags():
    flat = flatten("<div>" * 500 + "x" + "</div>" * 500)

    assert (flat.count("<div>"), flat.count("</div>"), flat.count("x")) == (300, 300, 1)


def test_formatting_beyond_its_bound_is_left_out():
    assert flatten("<font a=1>" * 50 + "x").count("<font") == 15


def test_files_written_into_html_are_left_out():
    html = '<p>a<img src="data:image/png;base64,' + "iVBO" * 1_000 + '=="> b</p>'

    assert without_embedded_files(html) == '<p>a<img src="data:"> b</p>'


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x00", "\x1f", "\uffff", "&#7;", "&#x1;", "&#xFFFE;", "&#11;"])
@pytest.mark.parametrize(
    "html",
    [
        "<p>own</p><blockquote>{}quoted</blockquote>",
        "<p>own</p><blockquote><b>quoted</b>{} by them</blockquote>",
        "<p>own</p><style>p {{}}</style>{} more",
        '<p>own</p><div class="gmail_quote">{}</div>',
        "<title>x</title>{}<p>own</p>",
    ],
)
def test_character_that_xml_does_not_know_stops_nothing(html: str, mark: str) -> None:
    assert "own" in text_of(html.format(mark)).text
