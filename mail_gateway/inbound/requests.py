"""Reads a request out of a mail: the form that it names, its answers, and the documents that came with it.

A form is taken only from a mail that names it: a case without a form costs a handler one command, a case on
the wrong form costs the requester an answer to something they never asked.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from casework.catalogue import form_checker, words
from casework.catalogue import service as catalogue_service
from casework.catalogue.models import (
    LANGUAGES,
    Audience,
    Catalogue,
    Channel,
    FieldType,
    Form,
    RequiredDocument,
    Texts,
)
from casework.catalogue.search import FormSearch
from casework.people.models import Actor, Role
from mail_gateway.models import ParsedMail

THRESHOLD = 0.75
# How sure each way of naming a form is; a lone word such as "vakantie" stands over many an ordinary question.
_BY_LINE, _BY_LABEL, _BY_PHRASE, _BY_WORD, _BY_SEARCH = 1.0, 0.9, 0.8, 0.6, 0.4
_PER_ANSWER, _MOST_ANSWERS = 0.2, 2

_FORM_LINES = frozenset({"form", "formulier", "formulaire", "formular"})
_LINE = re.compile(r"[\s>*•-]{0,8}([^\W\d_][^:=]{0,80})[:=]\s*(\S.*)")
_MOST_LINES, _LONGEST_LINE = 300, 2_000
_SHORTEST_QUESTION = 10
_SHORTEST_WORD = 4  # of a label, to be looked for in a file name
_ENOUGH_OF_A_LABEL = 0.5


@dataclass(frozen=True, slots=True)
class MailRequest:
    """What a mail asks for. `wanted` says what is missing or wrong, in the language of the requester.

    `documents` has one entry for each file of the mail: the required document that it is, if it is one.
    """

    documents: Sequence[RequiredDocument | None]
    form: Form | None = None
    confidence: float = 0.0
    fields: Mapping[str, str | int] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()


class RequestReader:
    """The names that a catalogue gives to its forms and fields, made ready once to read many mails."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._search = FormSearch(catalogue)
        self._names = {words.fold(name): form for form in reversed(catalogue.forms) for name in form.names()}
        self._fields = frozenset(name for form in catalogue.forms for name in _fields_by_name(form))

    def read(self, mail: ParsedMail, requester: Actor, today: date) -> MailRequest:
        """Return the form that a first mail names, filled as far as its plain lines and its files go."""
        lines, rest = _plain_lines(mail.text)
        form, confidence = self._classify(mail, lines, requester.language, today)
        nothing = MailRequest(documents=[None] * len(mail.attachments))
        if form is None or confidence < THRESHOLD or not _may_file(requester, form):
            return nothing
        answers = _with_question(form, answers_in(lines, form), rest)
        needed = form_checker.required_documents(form, answers, requester.language)
        documents = documents_in(mail, needed)
        handed_in = {document.key for document in documents if document is not None}
        approved = form_checker.approvable_documents(form, answers, handed_in, requester.language) or ()
        result = form_checker.check(form, answers, {*handed_in, *approved}, requester.language, today)
        return MailRequest(
            documents=documents,
            form=form,
            confidence=confidence,
            fields=dict(result.values),
            wanted=tuple(form_checker.explain(problem, form, requester.language) for problem in result.problems),
        )

    def _classify(
        self, mail: ParsedMail, lines: Sequence[tuple[str, str]], language: str, today: date
    ) -> tuple[Form | None, float]:
        for label, value in lines:
            if label in _FORM_LINES:
                named = catalogue_service.find_form(self._catalogue, value)
                return (named, _BY_LINE) if isinstance(named, Form) else (None, 0.0)
        form, confidence = self._by_subject(words.fold(mail.subject))
        if form is None and sum(label in self._fields for label, _ in lines) >= _MOST_ANSWERS:
            best = self._search.find(f"{mail.subject}\n{mail.text}", language, limit=1)
            form, confidence = (best[0].form, _BY_SEARCH) if best else (None, 0.0)
        if form is None:
            return None, 0.0
        right = form_checker.check(form, answers_in(lines, form), (), language, today).values
        return form, min(_BY_LINE, confidence + _PER_ANSWER * min(len(right), _MOST_ANSWERS))

    def _by_subject(self, subject: str) -> tuple[Form | None, float]:
        form = self._names.get(subject)
        if form is None:
            return None, 0.0
        labels = {words.fold(form.key), *(words.fold(form.label.in_(language)) for language in LANGUAGES)}
        is_phrase = " " in subject
        if subject in labels:
            return form, _BY_LABEL if is_phrase else _BY_WORD
        return form, _BY_PHRASE if is_phrase else _BY_WORD


def answers_in(lines: Sequence[tuple[str, str]], form: Form) -> dict[str, str]:
    """Return what the lines say about the fields of a form; the first line about a field counts."""
    named = _fields_by_name(form)
    answers: dict[str, str] = {}
    for label, value in lines:
        if label in named:
            answers.setdefault(named[label], value)
    return answers


def answers_of_reply(mail: ParsedMail, form: Form) -> dict[str, str]:
    """Return what the plain lines of a reply, above what it quotes, say about the fields of a form."""
    return answers_in(_plain_lines(mail.answer_text)[0], form)


def documents_in(mail: ParsedMail, needed: Collection[RequiredDocument]) -> list[RequiredDocument | None]:
    """Return for each file of a mail which of the needed documents it is, judged by its name."""
    return [None if file.inline else _document_called(file.filename, needed) for file in mail.attachments]


def _fields_by_name(form: Form) -> dict[str, str]:
    return {words.fold(name): asked.key for asked in form.fields for name in (asked.key, *_labels(asked.label))}


def _document_called(filename: str, needed: Collection[RequiredDocument]) -> RequiredDocument | None:
    name = words.fold(filename.rpartition(".")[0] or filename)
    scored = [
        (_share(words.fold(label), name), document)
        for document in needed
        for label in (document.key, *_labels(document.label))
    ]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] > _ENOUGH_OF_A_LABEL else None


def _share(label: str, name: str) -> float:
    """Return how much of a label's words stand in a file name; words may be written as one."""
    telling = [word for word in label.split() if len(word) >= _SHORTEST_WORD]
    joined = name.replace(" ", "")
    return sum(word in joined for word in telling) / len(telling) if telling else 0.0


def _labels(texts: Texts) -> Iterator[str]:
    return (texts.in_(language) for language in LANGUAGES)


def _plain_lines(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the `label: value` lines with their labels folded, and the text without them."""
    lines: list[tuple[str, str]] = []
    rest: list[str] = []
    for number, line in enumerate(text.split("\n")):
        found = _LINE.fullmatch(line.strip()) if number < _MOST_LINES and len(line) <= _LONGEST_LINE else None
        if found:
            lines.append((words.fold(found[1]), found[2].strip()))
        else:
            rest.append(line)
    return lines, "\n".join(rest).strip()


def _with_question(form: Form, answers: dict[str, str], rest: str) -> dict[str, str]:
    """Take the text of the mail as the answer to the one open question of a form, if it has one."""
    open_questions = [
        asked.key
        for asked in form_checker.visible_fields(form, answers)
        if asked.required and asked.type is FieldType.TEXTAREA and asked.key not in answers
    ]
    if len(open_questions) != 1 or len(rest) < _SHORTEST_QUESTION:
        return answers
    return {**answers, open_questions[0]: rest}


def _may_file(requester: Actor, form: Form) -> bool:
    by_mail = Channel.MAIL in form.channels
    return by_mail and (Audience.EMPLOYEE in form.audience or requester.has(Role.LOCAL_HR))
