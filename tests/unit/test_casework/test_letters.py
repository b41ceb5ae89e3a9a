"""Every mail of the desk exists in every language, says what it must, and can hold any words."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from casework.outbox import letters
from casework.outbox.models import MailKind
from casework.people.models import LANGUAGES

HOSTILE = "<script>alert(1)</script> & {{ 7*7 }}"
CASE = SimpleNamespace(number="HRB0000042", subject="My leave", sender_proven=False, form_confidence=80)
CONTEXT = {
    "case": CASE,
    "number": "HRB0000042",
    "numbers": ["HRB0000042"],
    "person": SimpleNamespace(first_name="An"),
    "requester": SimpleNamespace(name="An Peeters"),
    "text": HOSTILE,
    "filenames": ["report.pdf"],
    "form": "Telework",
    "read": [("Question", HOSTILE)],
    "link": "https://desk.balie.example/cases/HRB0000042",
    "is_question": False,
    "occasion": "answer",
    "into": "HRB0000043",
    "accepted": False,
    "comment": HOSTILE,
    "problems": [HOSTILE],
    "wanted": [HOSTILE],
    "desk_address": "hr@balie.example",
    "address": "an.peeters@health.example",
    "mail_subject": "My leave",
    "code": "123456",
    "sender": SimpleNamespace(basis="signed", about="health.example"),
    "minutes": 10,
    "is_message": False,
    "change": "address_added",
    "at": "29 September 2026 14:00",
    "close_on": date(2026, 9, 29),
    "final_on": date(2026, 10, 13),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(MailKind))
def test_every_mail_renders_in_every_language_without_trusting_its_words(kind: MailKind, language: str) -> None:
    letter = letters.render(kind, language, CONTEXT)

    assert f'<html lang="{language}">' in letter.html
    assert (letter.subject.strip() != "", "\n" in letter.subject) == (True, False)
    assert ("<script>" in letter.html, "49" in letter.text) == (False, False)
    assert "\n\n\n" not in letter.text


@pytest.mark.parametrize("kind", list(MailKind))
def test_no_two_languages_say_the_same(kind: MailKind) -> None:
    bodies = {letters.render(kind, language, CONTEXT).text for language in LANGUAGES}

    assert len(bodies) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_question", [True, False])
def test_link_mail_holds_a_link_and_nothing_personal(language: str, is_question: bool) -> None:
    letter = letters.render(MailKind.LINK, language, CONTEXT | {"is_question": is_question})

    everything = letter.subject + letter.text + letter.html
    assert CONTEXT["link"] in letter.text
    assert [word for word in ("An", "Peeters", "My leave", HOSTILE) if word in everything.split()] == []


LINK_ONLY = [
    MailKind.APPROVAL_REQUEST, MailKind.APPROVAL_NEWS, MailKind.DEPUTY, MailKind.REMINDER, MailKind.CLOSED_UNANSWERED,
    MailKind.OVERDUE,
    MailKind.ASSIGNED,
    MailKind.REPAYMENT,
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LINK_ONLY)
def test_a_mail_about_somebody_elses_part_needs_a_number_and_a_link_and_nothing_else(kind, language) -> None:
    allowed = {key: CONTEXT[key] for key in ("number", "numbers", "link", "is_message", "close_on", "final_on")}

    letter = letters.render(kind, language, allowed)  # a template that asks for more raises

    assert CONTEXT["link"] in letter.text
    assert CONTEXT["link"] in letter.html


def test_templates_hold_no_folder_that_is_not_a_kind_of_mail() -> None:
    folders = {path.name for path in (Path(__file__).parents[3] / "templates/mail").iterdir() if path.is_dir()}

    assert folders == {kind.value for kind in MailKind}


@pytest.mark.parametrize(
    ("given", "line"), [("Hello\r\nBcc: x@evil.example", "Hello Bcc: x@evil.example"), ("a\x00b\u2028c", "a b c")]
)
def test_one_line_leaves_nothing_that_could_begin_a_header(given: str, line: str) -> None:
    assert letters.one_line(given) == line
