import random

import pytest

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.reply_text import fold, own_start

ANSWERS = {
    "nl": "Dag collega,\n\nJa, 3 maart past voor mij.\nHet attest volgt morgen.\n\nGroeten\nAn",
    "fr": "Bonjour,\n\nOui, le 3 mars me convient.\nL'attestation suit demain.\n\nBien à vous\nAn",
    "de": "Guten Tag,\n\nja, der 3. März passt mir.\nDie Bescheinigung folgt morgen.\n\nGruß\nAn",
    "en": "Hello,\n\nYes, 3 March suits me.\nThe certificate follows tomorrow.\n\nRegards\nAn",
}
QUOTED = {
    "nl": "Dag An,\n\nWelke dag past voor u?\n\nDe personeelsdienst",
    "fr": "Bonjour An,\n\nQuel jour vous convient ?\n\nLe service du personnel",
    "de": "Guten Tag An,\n\nwelcher Tag passt Ihnen?\n\nDie Personalabteilung",
    "en": "Hello An,\n\nWhich day suits you?\n\nThe HR desk",
}
# Labels of the header block: from, sent, to, subject.
LABELS = {
    "nl": ("Van:", "Verzonden:", "Aan:", "Onderwerp:", "maandag 3 februari 2025 10:05"),
    "fr": ("De :", "Envoyé :", "À :", "Objet :", "lundi 3 février 2025 10:05"),
    "de": ("Von:", "Gesendet:", "An:", "Betreff:", "Montag, 3. Februar 2025 10:05"),
    "en": ("From:", "Sent:", "To:", "Subject:", "Monday, February 3, 2025 10:05 AM"),
}
GMAIL = {
    "nl": "Op ma 3 feb 2025 om 10:05 schreef Personeelsdienst Balie <\nbalie@desk.example>:",
    "fr": "Le lun. 3 févr. 2025 à 10:05, Service du personnel <balie@desk.example> a\nécrit :",
    "de": "Am Mo., 3. Feb. 2025 um 10:05 Uhr schrieb Personalabteilung <\nbalie@desk.example>:",
    "en": "On Mon, Feb 3, 2025 at 10:05 AM The HR desk <balie@desk.example> wrote:",
}
APPLE = {
    "nl": "Op 3 feb 2025, om 10:05 heeft Personeelsdienst <balie@desk.example> het volgende geschreven:",
    "fr": "Le 3 févr. 2025 à 10:05, Service du personnel <balie@desk.example> a écrit :",
    "de": "Am 03.02.2025 um 10:05 schrieb Personalabteilung <balie@desk.example>:",
    "en": "On 3 Feb 2025, at 10:05, The HR desk <balie@desk.example> wrote:",
}
THUNDERBIRD = {
    "nl": "Op 3-2-2025 om 10:05 schreef Personeelsdienst:",
    "fr": "Le 03/02/2025 à 10:05, Service du personnel a écrit :",
    "de": "Am 03.02.25 um 10:05 schrieb Personalabteilung:",
    "en": "On 03/02/2025 10:05, The HR desk wrote:",
}
MOBILE = {
    "nl": ("Outlook voor ", "iOS", " downloaden"),
    "fr": ("Télécharger Outlook pour ", "iOS", ""),
    "de": ("Outlook für ", "iOS", " beziehen"),
    "en": ("Get Outlook for ", "iOS", ""),
}
CLIENTS = ("outlook desktop", "owa", "outlook mobile", "gmail", "apple mail", "thunderbird")
LANGUAGES = ("nl", "fr", "de", "en")


def _header_block(language):
    sender, sent, to, subject, moment = LABELS[language]
    return (
        f"{sender} Balie <balie@desk.example>\n{sent} {moment}\n"
        f"{to} An Peeters <an@home.example>\n{subject} [HRB0001167] 3/3"
    )


def _prefixed(text):
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def as_text(client, language):
    answer, quoted, block = ANSWERS[language], QUOTED[language], _header_block(language)
    if client == "outlook desktop":
        return f"{answer}\n\n{block}\n\n{quoted}\n"
    if client == "owa":
        return f"{answer}\n\n{'_' * 32}\n{block}\n\n{quoted}\n"
    if client == "outlook mobile":
        before, system, after = MOBILE[language]
        return f"{answer}\n\n{before}{system}<https://aka.ms/o0ukef>{after}\n{'_' * 32}\n{block}\n\n{quoted}\n"
    introduction = {"gmail": GMAIL, "apple mail": APPLE, "thunderbird": THUNDERBIRD}[client][language]
    blank = "" if client == "thunderbird" else "\n"
    return f"{answer}\n\n{introduction}\n{blank}{_prefixed(quoted)}\n"


def _paragraphs(text, opening="<p>", closing="</p>"):
    return "".join(f"{opening}{paragraph.replace(chr(10), '<br>')}{closing}" for paragraph in text.split("\n\n"))


def _bold_block(language):
    lines = _header_block(language).replace("<", "&lt;").replace(">", "&gt;").split("\n")
    marks = ("" if " :" not in line else " :" for line in lines)
    return "<br>".join(
        f"<b>{line.partition(':')[0].strip()}{mark or ':'}</b>{line.partition(':')[2]}"
        for line, mark in zip(lines, marks, strict=True)
    )


def as_html(client, language):
    answer, quoted = ANSWERS[language], QUOTED[language]
    block = _bold_block(language)
    if client == "outlook desktop":
        return (
            "<html><head><style>p.MsoNormal{margin:0cm}</style></head>"
            '<body lang="NL-BE"><div class="WordSection1">'
            + _paragraphs(answer, '<p class="MsoNormal">', "<o:p></o:p></p><p><o:p>&nbsp;</o:p></p>")
            + '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            + f'<p class="MsoNormal">{block}<o:p></o:p></p></div></div>'
            + _paragraphs(quoted, '<p class="MsoNormal">', "<o:p></o:p></p>")
            + "</div></body></html>"
        )
    if client == "owa":
        return (
            f'<html><body dir="ltr"><div class="elementToProof">{_paragraphs(answer)}</div>'
            '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
            f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri" color="#000000">{block}</font>'
            f"<div>&nbsp;</div></div><div>{_paragraphs(quoted)}</div></body></html>"
        )
    if client == "outlook mobile":
        before, system, after = MOBILE[language]
        return (
            f'<html><body><div dir="ltr">{_paragraphs(answer, "<div>", "</div><div><br></div>")}</div>'
            f'<div id="ms-outlook-mobile-signature" dir="ltr">{before}<a href="https://aka.ms/o0ukef">{system}</a>'
            f'{after}</div><div id="mail-editor-reference-message-container"><div>'
            f'<hr style="width:98%"><div id="divRplyFwdMsg">{block}</div>{_paragraphs(quoted)}'
            "</div></div></body></html>"
        )
    introduction = {"gmail": GMAIL, "apple mail": APPLE, "thunderbird": THUNDERBIRD}[client][language]
    introduction = introduction.replace("<\n", "<").replace("<", "&lt;").replace(">", "&gt;")
    if client == "gmail":
        return (
            f'<div dir="ltr">{_paragraphs(answer, "<div>", "</div><div><br></div>")}</div><br>'
            '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
            f'{introduction}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
            f'border-left:1px solid rgb(204,204,204)">{_paragraphs(quoted)}</blockquote></div>'
        )
    if client == "apple mail":
        return (
            f"<html><body>{_paragraphs(answer, '<div>', '</div><div><br></div>')}"
            f'<div><br><blockquote type="cite"><div>{introduction}</div>'
            f'<br class="Apple-interchange-newline">'
            f"<div>{_paragraphs(quoted)}</div></blockquote></div></body></html>"
        )
    return (
        f"<!DOCTYPE html><html><body>{_paragraphs(answer)}"
        f'<div class="moz-cite-prefix">{introduction}<br></div>'
        f'<blockquote type="cite" cite="mid:1@desk.example">{_paragraphs(quoted)}</blockquote></body></html>'
    )


def answer_mail(content, subtype):
    return (
        "From: An Peeters <an@home.example>\r\nTo: balie@desk.example\r\nSubject: RE: [HRB0001167] 3/3\r\n"
        f"In-Reply-To: <1@desk.example>\r\nContent-Type: text/{subtype}; charset=utf-8\r\n\r\n{content}"
    ).encode()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_answer_as_text_is_cut_exactly_where_the_quote_starts(client, language):
    mail = parse_mail(answer_mail(as_text(client, language), "plain"))

    assert mail.reply_text == ANSWERS[language]
    assert mail.language == language


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_answer_as_html_is_cut_exactly_where_the_quote_starts(client, language):
    mail = parse_mail(answer_mail(as_html(client, language), "html"))

    assert mail.reply_text == ANSWERS[language]
    assert QUOTED[language].split("\n\n")[1] in mail.text


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_that_is_no_answer_stays_whole(client, language):
    content = as_text(client, language)
    raw = b"From: an@home.example\nSubject: Vraag\nContent-Type: text/plain; charset=utf-8\n\n" + content.encode()

    mail = parse_mail(raw)

    assert mail.reply_text == content.rstrip()


@pytest.mark.parametrize("prefix", ["FW", "Fwd", "WG", "TR", "Doorst"])
def test_forward_stays_whole(prefix):
    content = as_text("outlook desktop", "nl")
    raw = answer_mail(content, "plain").replace(b"Subject: RE:", f"Subject: {prefix}:".encode())

    assert parse_mail(raw).reply_text == content.rstrip()


def test_forwarded_message_in_an_answer_stays_whole():
    text = "Zie onder.\n\n---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nSubject: y\n\nHallo\n"

    assert fold(text) == len(text)


def test_answers_between_quoted_lines_stay_whole():
    text = (
        "On 3 Feb 2025, at 10:05, Desk <b@d.example> wrote:\n\n> Which day?\n\nThe third.\n\n"
        "> Which form?\n\nThe blue one.\n"
    )

    assert fold(text) == len(text)


def test_answer_between_blockquotes_of_html_stays_whole():
    html = (
        "<p>See my answers</p><blockquote type=cite>Which day?</blockquote>"
        "<p>The third.</p><blockquote type=cite>And?</blockquote>"
    )

    mail = parse_mail(answer_mail(html, "html"))

    assert mail.reply_text == mail.text
    assert "The third." in mail.reply_text


@pytest.mark.parametrize(
    "container",
    ['<div class="gmail_quote gmail_quote_container">', '<div class="protonmail_quote">', '<div class="gmail_quote">'],
)
def test_answers_between_the_pieces_of_a_container_stay_whole(container):
    html = (
        f"<div>Hello,</div>{container}<div class=gmail_attr>On Mon, 3 Feb 2025, HR wrote:</div>"
        "<blockquote>question one</blockquote><div>answer one</div><blockquote>question two</blockquote></div>"
    )
    mail = parse_mail(f"Subject: Re: x\nContent-Type: text/html\n\n{html}".encode())

    assert "answer one" in mail.reply_text


def test_indented_text_of_the_writer_is_no_quote():
    indented = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px"><p>Mag het?</p></blockquote>'
    html = f"<p>Mijn vraag:</p>{indented}"

    mail = parse_mail(answer_mail(html, "html"))

    assert mail.reply_text == mail.text


def test_quote_with_nothing_above_stays_whole():
    text = as_text("outlook desktop", "nl").removeprefix(ANSWERS["nl"]).lstrip()

    assert fold(text) == len(text)


@pytest.mark.parametrize("phrase", ["Zie hieronder.", "Voir ci-dessous", "Siehe unten", "See my answers in red below"])
def test_announced_answers_inside_an_unmarked_quote_stay_in_view(phrase):
    text = f"{phrase}\n\n{_header_block('nl')}\n\nWelke dag?\nDe derde.\n"

    assert fold(text) == len(text)


def test_signature_behind_its_delimiter_is_folded():
    assert "Ja.\n\n-- \nAn Peeters\nDienst X\n"[: fold("Ja.\n\n-- \nAn Peeters\nDienst X\n")] == "Ja.\n\n"


def test_line_of_a_german_phone_is_folded():
    text = "Ja, gerne.\n\nVon meinem iPhone gesendet\n"

    assert text[: fold(text)] == "Ja, gerne.\n\n"


@pytest.mark.parametrize(
    "below",
    [
        "Does the second day suit you as well?",
        "And then there is the matter of the badge, which nobody found until now.",
    ],
)
def test_words_of_the_writer_below_a_line_of_two_dashes_stay(below):
    text = f"Yes, the first day suits me.\n\n--\n\n{below}\n\nAn"

    assert fold(text) == len(text)


@pytest.mark.parametrize(
    "trip",
    [
        "Van: Brussel\nAan: Gent\nDatum: 3 maart 2025\nBedrag: 12 euro",
        "De : Bruxelles\nÀ : Gand\nDate : 3 mars 2025\nMontant : 12 euros",
        "Von: Eupen\nAn: Gent\nDatum: 3. März 2025\nBetrag: 12 Euro",
        "From: Brussels\nTo: Ghent\nDate: 3 March 2025\nAmount: 12 euro",
    ],
)
def test_trip_from_a_place_to_a_place_is_no_header_of_a_mail(trip):
    text = f"Hello,\n\nthis is my trip:\n\n{trip}\n\nAn"

    assert fold(text) == len(text)


@pytest.mark.parametrize(
    "header",
    [
        "From: HR Desk\nSent: Monday, March 3, 2025 10:11 AM\nTo: An Peeters",
        "From: HR Desk\nTo: An Peeters; Bo;\n Cas;\n Dirk\nDate: 3 March\nSubject: x",
        "From: <hr@desk.example>\nTo: An\nDate: 3 March",
    ],
)
def test_header_of_a_mail_shows_an_address_a_time_or_a_subject(header):
    assert fold(f"Yes.\n\n{header}\n\nWhich day?") == len("Yes.\n\n")


def test_long_text_behind_a_signature_delimiter_stays():
    text = "Ja.\n\n-- \n" + "nog een regel\n" * 20

    assert fold(text) == len(text)


def test_sentence_that_starts_like_a_program_line_is_the_writers():
    text = "Ja.\n\nSent from my desk, this is easier than from my phone.\n"

    assert fold(text) == len(text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Op 3 maart schreef ik u het volgende:",
        "On 3 March I wrote you this:",
        "Le 3 mars, vous avez écrit ceci :",
        "Am 3. März schrieb ich Ihnen:",
        "Van: Brussel\nNaar: Gent\nDatum: 3 maart",
        "Op 3 maart 2025 schreef an@home.example " + "heel veel " * 60 + ":",
        "Von meinem Gehalt bleibt wenig.",
    ],
)
def test_own_sentence_that_looks_like_an_introduction_does_not_cut(sentence):
    text = f"Dag,\n\n{sentence}\n\nMijn vraag blijft open.\nAn\n"

    assert fold(text) == len(text)


def test_offset_is_in_the_whole_text_so_nothing_is_lost():
    mail = parse_mail(answer_mail(as_text("gmail", "fr"), "plain"))

    assert mail.text == as_text("gmail", "fr").rstrip()
    assert mail.text[mail.reply_end :].startswith("Le lun. 3 févr. 2025")


def test_fold_gives_an_offset_at_the_start_of_a_line_whatever_the_lines_are():
    pieces = [
        "",
        "> a",
        "Ja",
        "-- ",
        "From: a",
        "Sent: b",
        "To: c",
        "Subject: d",
        "On 1 Jan 2025 a@b.example wrote:",
        "_" * 20,
    ]
    chance = random.Random(7)

    for _ in range(500):
        text = "\n".join(chance.choices(pieces, k=chance.randint(0, 12)))
        end = fold(text)

        assert end == len(text) or end == 0 or text[end - 1] == "\n"
        assert text[:end].strip() or end == len(text)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Twelve.\n\n> How many?\n", 0),
        ("> How many?\n\nTwelve.\n", 13),
        ("On 3 Feb 2025, An <an@home.example> wrote:\n> How many?\n\nTwelve.\n", 56),
        ("> How many?\n\nTwelve.\n\n> And then?\n\nNone.\n", 0),
        ("> How many?\n\n#note\nTwelve.\n\n> And then?\n", 13),
        ("> How many?\n\n", 0),
        ("On 3 Feb 2025, An <an@home.example> wrote:\nTwelve.\n", 0),
        ("", 0),
    ],
)
def test_own_words_below_a_quote_are_found(text: str, start: int):
    assert own_start(text) == start
