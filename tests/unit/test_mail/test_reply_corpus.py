"""Answers from other projects: no word of the writer's own may fold away."""

import pathlib
from collections import Counter

import pytest

from mail_gateway.inbound.reply_text import fold

SHARED = pathlib.Path(__file__).resolve().parents[4] / "shared"
TRIMMER = SHARED / "mail/corpora/email-reply-trimmer"
CRISP = SHARED / "mail/corpora/crisp-replies/fixtures"


def _read(file):
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _kept(text):
    return text[: fold(text)]


def _words(text):
    return Counter(word.strip(">") for word in text.split() if word.strip(">"))


@pytest.mark.skipif(not TRIMMER.is_dir(), reason="the shared mail corpora are not here")
def test_no_word_of_the_writer_is_folded_in_99_percent():
    mails = sorted((TRIMMER / "emails").glob("*.txt"))
    losing = [
        mail.name for mail in mails if _words(_read(TRIMMER / "trimmed" / mail.name)) - _words(_kept(_read(mail)))
    ]

    assert len(mails) == 64
    assert losing == []


@pytest.mark.skipif(not TRIMMER.is_dir(), reason="the shared mail corpora are not here")
def test_most_answers_are_cut_exactly():
    mails = sorted((TRIMMER / "emails").glob("*.txt"))
    exact = [
        mail.name for mail in mails if _kept(_read(mail)).split() == _read(TRIMMER / "trimmed" / mail.name).split()
    ]

    assert len(exact) >= 45


@pytest.mark.skipif(not CRISP.is_dir(), reason="the shared mail corpora are not here")
@pytest.mark.parametrize(
    ("name", "own_words"),
    [
        ("email_tricky_1_on_false_positive", None),
        ("email_tricky_2_url_with_wrote", None),
        ("email_tricky_3_code_block", None),
        ("email_tricky_4_from_in_body", None),
        ("email_tricky_6_regards_in_sentence", None),
        ("email_tricky_7_multiple_dashes", None),
        ("email_tricky_8_sent_from_in_content", None),
        ("email_tricky_13_timestamp_variations", None),
        ("email_tricky_17_forward_header", None),
        ("email_tricky_18_inline_reply", None),
        ("email_tricky_19_quote_without_header", None),
        ("email_with_date_headers", None),
        ("email_with_from_headers", None),
        ("email_sent_from_my_not_signature", None),
        ("email_tricky_9_nested_quotes", "I agree with the points below."),
        ("email_one_is_not_on", "Locally (on development), when I run..."),
        ("email_reply_header", "On the other hand, it could happen TWICE!"),
    ],
)
def test_traps_keep_the_words_of_the_writer(name, own_words):
    text = _read(CRISP / f"{name}.txt")

    assert (own_words or text.rstrip().rpartition("\n")[2]) in _kept(text)
