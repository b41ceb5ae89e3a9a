"""Finds the forms that a few words, or a whole mail, seem to be about."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from casework.catalogue import words
from casework.catalogue.models import LANGUAGES, Catalogue, Form, Theme

# How much a word of each kind of text says about the form.
_NAME, _HINT, _OPTION, _THEME, _FIELD = 6.0, 3.0, 2.5, 2.0, 1.0
# How much is left of that when two words are the same, start alike, or one is a part of the other.
_SAME, _START, _PART = 1.0, 0.7, 0.4
_OTHER_LANGUAGE = 0.5
_SHORTEST_START, _SHORTEST_PART = 3, 5  # letters; a shorter piece of a word says too little
_MOST_LETTERS, _MOST_WORDS = 20_000, 200  # of a query: what a mail is about stands in its first pages
_FILLERS = """
    de het een en van in op te voor met is ik mijn u uw je we wij dat die niet aan om bij naar of hoe wat kan
    le la les un une des du et a au aux pour avec est mon ma mes vous votre ce que qui ne pas dans sur comment
    der das ein eine und zu fur mit ist ich mein meine sie ihr nicht auf im den dem wie was kann
    the an and to i my you your it this that not on at how what can do l d s n c j qu
"""
_SILENT = frozenset(_FILLERS.split())


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form that was found; a higher `score` fits better, and compares only within one search."""

    form: Form
    score: float


class FormSearch:
    """The words of a catalogue, made ready once to be searched many times."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._forms = catalogue.forms
        self._weights = {language: _weigh(catalogue, language) for language in LANGUAGES}
        self._phrases = {
            form.key: {name for name in map(words.fold, form.names()) if " " in name} for form in self._forms
        }

    def find(self, query: str, language: str, limit: int = 10) -> tuple[FormMatch, ...]:
        """Return the forms that fit these words, the best first; the reader's own language weighs most."""
        folded = words.fold(query[:_MOST_LETTERS])
        asked = [word for word in dict.fromkeys(folded.split()) if word not in _SILENT][:_MOST_WORDS]
        scores = dict.fromkeys((form.key for form in self._forms), 0.0)
        for word in asked:
            for key, score in self._score_word(word, language).items():
                scores[key] += score
        for form in self._forms:
            said = [phrase for phrase in self._phrases[form.key] if f" {phrase} " in f" {folded} "]
            scores[form.key] += _NAME * max((len(phrase.split()) for phrase in said), default=0)
        matches = [FormMatch(form, scores[form.key]) for form in self._forms if scores[form.key] > 0]
        return tuple(sorted(matches, key=lambda match: -match.score)[:limit])

    def _score_word(self, asked: str, language: str) -> dict[str, float]:
        """Return the best that one word says about each form; a word that fits few forms says more."""
        best: dict[str, float] = {}
        for spoken, weights in self._weights.items():
            nearness = 1.0 if spoken == language else _OTHER_LANGUAGE
            for known, forms in weights.items():
                likeness = _likeness(asked, known)
                for key, weight in forms.items() if likeness else ():
                    best[key] = max(best.get(key, 0.0), weight * likeness * nearness)
        rarity = log(1 + len(self._forms) / len(best)) if best else 0.0
        return {key: score * rarity for key, score in best.items()}


def _likeness(asked: str, known: str) -> float:
    if asked == known:
        return _SAME
    shorter, longer = sorted((asked, known), key=len)
    if len(shorter) >= _SHORTEST_START and longer.startswith(shorter):
        return _START if shorter == asked or len(shorter) >= _SHORTEST_PART else 0.0
    return _PART if len(shorter) >= _SHORTEST_PART and shorter in longer else 0.0


def _weigh(catalogue: Catalogue, language: str) -> dict[str, dict[str, float]]:
    """Return for each word of the catalogue in this language how much it says about each form.

    A kind of text counts once, however often it repeats the word.
    """
    kinds: dict[str, dict[str, set[float]]] = {}
    for theme in catalogue.themes:
        for form in theme.forms:
            for text, weight in _texts(form, theme, language):
                for word in set(words.fold(text).split()) - _SILENT:
                    kinds.setdefault(word, {}).setdefault(form.key, set()).add(weight)
    return {word: {key: sum(found) for key, found in forms.items()} for word, forms in kinds.items()}


def _texts(form: Form, theme: Theme, language: str) -> Iterator[tuple[str, float]]:
    yield form.key, _NAME
    yield form.label.in_(language), _NAME
    yield from ((synonym, _NAME) for synonym in form.synonyms.in_(language))
    yield from ((hint.in_(language), _HINT) for hint in [form.hint] if hint)
    yield theme.label.in_(language), _THEME
    for field in form.fields:
        yield field.label.in_(language), _FIELD
        yield from ((option.label.in_(language), _OPTION) for option in field.options)
    yield from ((document.label.in_(language), _FIELD) for document in form.documents)
