"""What stands in front of a subject: answers, forwards, and the marks of mail servers before them."""

import pytest

from mail_gateway.inbound.subjects import is_forward_subject, is_reply_subject, without_marks


@pytest.mark.parametrize(
    ("subject", "reply", "forward"),
    [
        ("Re: x", True, False),
        ("RE : x", True, False),
        ("Antw: x", True, False),
        ("AW: x", True, False),
        ("Re[2]: x", True, False),
        ("Betr.: x", True, False),
        ("回复\N{FULLWIDTH COLON}x", True, False),
        ("[EXTERNAL] RE: x", True, False),
        ("***SPAM*** Antw: x", True, False),
        ("TR: x", False, True),
        ("WG: x", False, True),
        ("Fwd: x", False, True),
        ("EXT: Fwd: x", False, True),
        ("Regarding: x", False, False),
        ("Reservatie: x", False, False),
        ("[EXTERNAL] x", False, False),
        ("[team] Re: x", False, False),
        ("x", False, False),
    ],
)
def test_subject_prefix_says_answer_or_forward(subject, reply, forward):
    assert (is_reply_subject(subject), is_forward_subject(subject)) == (reply, forward)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("[EXTERNAL] x", "x"),
        ("[EXTERNAL SENDER] ***SPAM*** x", "x"),
        ("{Spam?} x", "x"),
        ("[Possible spam]: x", "x"),
        ("EXTERN: x", "x"),
        ("[EXTENSION] x", "[EXTENSION] x"),
        ("External training", "External training"),
        ("[team] x", "[team] x"),
        ("(ext " + "(" * 10_000, "(ext " + "(" * 10_000),
        ("", ""),
    ],
)
def test_marks_of_mail_servers_are_no_words_of_the_writer(subject, said):
    assert without_marks(subject) == said
