"""Reads a request out of a mail: the form that it names, its answers, and the documents that came with it.

A form is taken only from a mail that names it: a case without a form costs a handler one command, a case on
the wrong form costs the requester an answer to something they never asked.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from casework.cases.permissions import Action, may
from casework.catalogue import form_checker, words
from casework.catalogue import service as catalogue_service
from casework.catalogue.models import (
    LANGUAGES,
    Catalogue,
    FieldType,
    FilingChannel,
    Form,
    RequiredDocument,
)
from casework.catalogue.search import FormSearch
from casework.people.models import Actor
from mail_gateway.inbound import reply_text
from mail_gateway.inbound.plain_answers import plain_answers
from mail_gateway.inbound.request_documents import documents_in, takes
from mail_gateway.models import ParsedMail

THRESHOLD = 0.75
# How sure each way of naming a form is; a lone word such as "vakantie" stands over many an ordinary question.
_BY_LINE, _BY_LABEL, _BY_PHRASE, _BY_WORD, _BY_SEARCH = 1.0, 0.9, 0.8, 0.6, 0.4
_PHRASE_IN_SUBJECT, _WORD_IN_SUBJECT, _PHRASE_IN_TEXT, _WORD_IN_TEXT = 0.7, 0.55, 0.65, 0.4
_PER_ANSWER, _PER_PLAIN_ANSWER, _MOST_ANSWERS = 0.2, 0.1, 2

# Other words for the dates that begin and end something.
_BEGIN_LABELS = frozenset(
    words.fold("van vanaf begin start startdatum debut beginn ab from beginning ingangsdatum").split()
)
_END_LABELS = frozenset(words.fold("tot einde eind fin ende bis end until to").split())
# Where a mail that somebody passes on begins, in the words of the mail programs.
_PASSED_ON = re.compile(
    r"^[ \t>*]*(?:-{2,}[ \t]*(?:Forwarded|Original|Doorgestuurd|Oorspronkelijk|Message transf|Message d'origine|"
    r"Weitergeleitete|Urspr)|Begin forwarded|Begin doorgestuurd|Début du message|Anfang der weitergeleitet)|"
    r"^[ \t>*]*(?:From|Van|De|Von)\*?[ \t]*:[^\n]*@",
    re.IGNORECASE | re.MULTILINE,
)
_FORM_LINES = frozenset({"form", "formulier", "formulaire", "formular"})
_LINE = re.compile(r"[\s>*•-]{0,8}([^\W\d_][^:=]{0,80})[:=]\s*(\S.*)")
_MOST_LINES, _LONGEST_LINE = 300, 2_000
_SHORTEST_QUESTION = 10
_SHORTEST_NAME = 6  # of a form, to be looked for among other words
_NAMES_STAND_WITHIN = 1_500  # letters of a text: a request says at its beginning what it is about


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
        self._by_first_word: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if len(name) >= _SHORTEST_NAME:
                self._by_first_word[name.split()[0]].append(name)
        self._fields = frozenset(name for form in catalogue.forms for name in _fields_by_name(form))

    def read(self, mail: ParsedMail, requester: Actor, today: date) -> MailRequest:
        """Return the form that a first mail names, filled as far as its own plain words and its files go."""
        own = own_words(mail)
        lines, rest = _plain_lines(own, self._fields)
        language = requester.language
        form, confidence = self._classify(mail.subject, own, lines, rest, language, today)
        nothing = MailRequest(documents=[None] * len(mail.attachments))
        if form is None or confidence < THRESHOLD or not _may_file(requester, form):
            return nothing
        said = answers_in(lines, form)
        said |= plain_answers(form, f"{mail.subject}\n{rest}", said, language, today)
        answers = _with_question(form, _usable(form, said, lines, language, today), rest)
        needed = form_checker.required_documents(form, answers, language)
        usable = [takes(self._catalogue, form, file) for file in mail.attachments]
        documents = documents_in(mail, needed, usable=usable)
        handed_in = {document.key for document in documents if document is not None}
        approved = form_checker.approvable_documents(form, answers, handed_in, language) or ()
        result = form_checker.check(form, answers, {*handed_in, *approved}, language, today)
        return MailRequest(
            documents=documents,
            form=form,
            confidence=confidence,
            fields=dict(result.values),
            wanted=tuple(form_checker.explain(problem, form, language) for problem in result.problems),
        )

    def _classify(
        self, subject: str, own: str, lines: Sequence[tuple[str, str]], rest: str, language: str, today: date
    ) -> tuple[Form | None, float]:
        for label, value in lines:
            if label in _FORM_LINES:
                named = catalogue_service.find_form(self._catalogue, value)
                return (named, _BY_LINE) if isinstance(named, Form) else (None, 0.0)
        form, confidence = self._by_subject(words.fold(subject))
        if form is None and sum(label in self._fields for label, _ in lines) >= _MOST_ANSWERS:
            best = self._search.find(f"{subject}\n{own}", language, limit=1)
            form, confidence = (best[0].form, _BY_SEARCH) if best else (None, 0.0)
        if confidence <= _BY_WORD:
            among_words = self._by_words(words.fold(subject), words.fold(rest[:_NAMES_STAND_WITHIN]))
            form, confidence = among_words if among_words[1] > confidence else (form, confidence)
        if form is None:
            return None, 0.0
        said = answers_in(lines, form)
        right = form_checker.check(form, said, (), language, today).values
        plain = plain_answers(form, f"{subject}\n{rest}", said, language, today)
        right_too = form_checker.check(form, plain, (), language, today).values
        evidence = _PER_ANSWER * min(len(right), _MOST_ANSWERS)
        evidence += _PER_PLAIN_ANSWER * min(len(right_too), _MOST_ANSWERS)
        return form, round(min(_BY_LINE, confidence + evidence), 2)

    def _by_words(self, subject: str, text: str) -> tuple[Form | None, float]:
        """Return the form that is named among other words: by a phrase rather than a word, in the subject rather."""
        in_subject = self._named_in(subject, _PHRASE_IN_SUBJECT, _WORD_IN_SUBJECT)
        in_text = self._named_in(text, _PHRASE_IN_TEXT, _WORD_IN_TEXT)
        return max(in_subject, in_text, key=lambda found: found[1])

    def _named_in(self, where: str, by_phrase: float, by_word: float) -> tuple[Form | None, float]:
        """Return the one form whose longest name stands in these words; two forms are none."""
        padded = f" {where} "
        near = (name for word in set(where.split()) for name in self._by_first_word.get(word, ()))
        named = [name for name in near if f" {name} " in padded]
        longest = [name for name in named if not any(name in other for other in named if other != name)]
        forms = {self._names[name].key: self._names[name] for name in longest}
        if len(forms) != 1:
            return None, 0.0
        return next(iter(forms.values())), by_phrase if any(" " in name for name in longest) else by_word

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


def own_words(mail: ParsedMail) -> str:
    """Return what the writer of a mail says themselves: nothing that they quote or pass on."""
    own = mail.reply_text if mail.answers else mail.text
    begins = _PASSED_ON.search(own)
    return own[: reply_text.fold(own)][: begins.start() if begins else None]


def answers_of_reply(
    mail: ParsedMail, form: Form, kept: Mapping[str, str], language: str, today: date
) -> dict[str, str]:
    """Return what a reply, above what it quotes, says about the fields of a form; `kept` are those answered before."""
    lines, rest = _plain_lines(mail.answer_text, _fields_by_name(form))
    said = answers_in(lines, form)
    return said | plain_answers(form, rest, {**kept, **said}, language, today)


def _usable(
    form: Form, said: Mapping[str, str], lines: Sequence[tuple[str, str]], language: str, today: date
) -> dict[str, str]:
    """Leave out what was read from running text and is wrong: it is asked, and nobody is told that they wrote it."""
    by_line = answers_in(lines, form)
    wrong = {error.field_key for error in form_checker.check(form, said, (), language, today).errors}
    return {key: value for key, value in said.items() if key in by_line or key not in wrong}


def _fields_by_name(form: Form) -> dict[str, str]:
    named = {words.fold(name): asked.key for asked in form.fields for name in (asked.key, *asked.label.in_each())}
    ends = [asked for asked in form.fields if asked.type is FieldType.DATE and asked.not_before]
    if len(ends) == 1 and ends[0].not_before:
        for key, others in ((ends[0].not_before, _BEGIN_LABELS), (ends[0].key, _END_LABELS)):
            named = {**dict.fromkeys(others, key), **named}
    return named


def _plain_lines(text: str, known: Collection[str]) -> tuple[list[tuple[str, str]], str]:
    """Return the `label: value` lines with their labels folded, and the text without those whose label is known."""
    lines: list[tuple[str, str]] = []
    rest: list[str] = []
    for number, line in enumerate(text.split("\n")):
        found = _LINE.fullmatch(line.strip()) if number < _MOST_LINES and len(line) <= _LONGEST_LINE else None
        label = words.fold(found[1]) if found else ""
        if found:
            lines.append((label, found[2].strip()))
        if label not in known and label not in _FORM_LINES:
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
    return FilingChannel.MAIL in form.channels and may(requester, Action.FILE, audience=form.audience)
