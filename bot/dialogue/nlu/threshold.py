"""How sure is sure enough: measured on sentences that the classifier did not see when it was trained."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.nlu.classifier import confidences, train
from bot.dialogue.nlu.examples import Example

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


def choose_thresholds(examples: Sequence[Example], out_of_scope: str) -> Thresholds:
    """Find the confidence that keeps right answers and refuses questions nobody foresaw in equal measure.

    The examples of the intent `out_of_scope` stand for those questions. They are folded in like all others, for the
    classifier in use knows some of them too: one that it takes for out of scope is refused at any confidence. To
    interrupt, at most one answer in twenty may be wrong.
    """
    trials = [trial for fold in range(FOLDS) for trial in _unseen(examples, fold, out_of_scope)]
    steps = [at / 100 for at in range(LOWEST, HIGHEST + 1)]
    answer = max(steps, key=lambda step: _balance(trials, step))
    certain = (step for step in steps if step >= answer and _mistakes(trials, step) <= ACCEPTED_MISTAKES)
    return Thresholds(answer, next(certain, HIGHEST / 100))


def _unseen(examples: Sequence[Example], fold: int, out_of_scope: str) -> list[Trial]:
    """Every fifth sentence of each intent is kept from the classifier and asked afterwards."""
    kept: list[Example] = []
    tried: list[Example] = []
    place: dict[str, int] = {}
    for example in examples:
        place[example.intent] = place.get(example.intent, -1) + 1
        (tried if place[example.intent] % FOLDS == fold else kept).append(example)
    if len({example.intent for example in kept}) < 2 or not tried:
        return []
    named, sure = confidences(train(kept), [example.text for example in tried])
    return [
        Trial(0.0 if intent == out_of_scope else confidence, intent == example.intent, example.intent != out_of_scope)
        for example, intent, confidence in zip(tried, named, sure, strict=True)
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
