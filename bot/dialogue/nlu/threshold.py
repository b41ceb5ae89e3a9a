"""How sure is sure enough: measured on sentences that the classifier did not see when it was trained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogue.nlu.classifier import confidences, fit

FOLDS = 5
ACCEPTED_MISTAKES = 0.05
# The range that is searched, in hundredths.
LOWEST, HIGHEST = 15, 85


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence to answer, and from which to interrupt."""

    answer: float
    interrupt: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One unseen sentence: how sure the classifier was, whether it was right, whether it could have been.

    One that it takes for out of scope is answered by nobody: its confidence is none.
    """

    confidence: float
    right: bool
    known: bool


def choose_thresholds(columns: Any, intents: Sequence[str], out_of_scope: str) -> Thresholds:
    """Find the confidence that keeps right answers and refuses questions nobody foresaw in equal measure.

    Given are the columns of the examples, a row each, and what each means. The examples of the intent
    `out_of_scope` stand for those questions. They are folded in like all others, for the classifier in use knows
    some of them too: one that it takes for out of scope is refused at any confidence. To interrupt, at most one
    answer in twenty may be wrong.
    """
    trials = [trial for fold in _folds(intents) for trial in _unseen(columns, intents, fold, out_of_scope)]
    steps = [at / 100 for at in range(LOWEST, HIGHEST + 1)]
    answer = max(steps, key=lambda step: _balance(trials, step))
    certain = (step for step in steps if step >= answer and _mistakes(trials, step) <= ACCEPTED_MISTAKES)
    return Thresholds(answer, next(certain, HIGHEST / 100))


def _folds(intents: Sequence[str]) -> list[list[int]]:
    """Every fifth sentence of each intent makes a fold; given are the places of its sentences."""
    folds: list[list[int]] = [[] for _ in range(FOLDS)]
    place: Counter[str] = Counter()
    for at, intent in enumerate(intents):
        folds[place[intent] % FOLDS].append(at)
        place[intent] += 1
    return folds


def _unseen(columns: Any, intents: Sequence[str], fold: Sequence[int], out_of_scope: str) -> list[Trial]:
    """Keep the sentences of a fold from the classifier and ask them afterwards."""
    tried = set(fold)
    kept = [at for at in range(len(intents)) if at not in tried]
    meant = [intents[at] for at in kept]
    if len(set(meant)) < 2 or not tried:
        return []
    named, sure = confidences(fit(columns[kept], meant), columns[list(fold)])
    return [
        Trial(0.0 if intent == out_of_scope else confidence, intent == own, own != out_of_scope)
        for own, intent, confidence in zip((intents[at] for at in fold), named, sure, strict=True)
    ]


def _balance(trials: Sequence[Trial], threshold: float) -> float:
    """Take the smaller of two shares: right answers that are kept, unforeseen questions that are refused."""
    right = [trial for trial in trials if trial.known and trial.right]
    unforeseen = [trial for trial in trials if not trial.known]
    kept = sum(trial.confidence >= threshold for trial in right) / (len(right) or 1)
    refused = sum(trial.confidence < threshold for trial in unforeseen) / (len(unforeseen) or 1)
    return min(kept, refused) if unforeseen else kept


def _mistakes(trials: Sequence[Trial], threshold: float) -> float:
    answered = [trial for trial in trials if trial.confidence >= threshold]
    return sum(not (trial.right and trial.known) for trial in answered) / (len(answered) or 1)
