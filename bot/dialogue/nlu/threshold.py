"""How sure is sure enough: measured on sentences and on whole intents that the classifier did not see."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.nlu.classifier import confidences, train
from bot.dialogue.nlu.examples import Example

FOLDS = 4
# A wrong answer costs more trust than a question to rephrase.
COST_OF_WRONG = 2.0
ACCEPTED_MISTAKES = 0.02
# The range that is searched, in hundredths.
LOWEST, HIGHEST = 15, 85


@dataclass(frozen=True, slots=True)
class Trial:
    """One unseen sentence: how sure the classifier was, and whether it was right.

    `known` is false when the whole intent was kept from it, as with a question nobody foresaw.
    """

    confidence: float
    right: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence to answer, and from which to interrupt."""

    answer: float
    interrupt: float


def choose_thresholds(examples: Sequence[Example], out_of_scope: str) -> Thresholds:
    """Find the confidence that best keeps right answers and refuses wrong ones and unknown questions.

    An answer with the intent `out_of_scope` is a refusal. To interrupt, nearly every answer must be right.
    """
    trials = [trial for fold in range(FOLDS) for trial in _trials(examples, fold, out_of_scope)]
    known = sum(trial.known for trial in trials) or 1
    unknown = (len(trials) - known) or 1
    steps = [at / 100 for at in range(LOWEST, HIGHEST + 1)]
    answer = max(steps, key=lambda step: _worth(trials, step, known, unknown))
    certain = (step for step in steps if step >= answer and _mistakes(trials, step) <= ACCEPTED_MISTAKES)
    return Thresholds(answer, next(certain, HIGHEST / 100))


def _mistakes(trials: Sequence[Trial], threshold: float) -> float:
    answered = [trial for trial in trials if trial.confidence >= threshold]
    return sum(not (trial.right and trial.known) for trial in answered) / (len(answered) or 1)


def _worth(trials: Sequence[Trial], threshold: float, known: int, unknown: int) -> float:
    answered = [trial for trial in trials if trial.known and trial.confidence >= threshold]
    right = sum(trial.right for trial in answered)
    wrong = len(answered) - right
    refused = sum(not trial.known and trial.confidence < threshold for trial in trials)
    return (right - COST_OF_WRONG * wrong) / known + refused / unknown


def _trials(examples: Sequence[Example], fold: int, out_of_scope: str) -> list[Trial]:
    """Train without one fold of the sentences and one fold of the intents, and try both out."""
    intents = sorted({e.intent for e in examples} - {out_of_scope})
    hidden = {intent for at, intent in enumerate(intents) if at % FOLDS == fold}
    kept, tried, place = [], [], dict.fromkeys(intents, 0)
    for example in examples:
        place[example.intent] = place.get(example.intent, 0) + 1
        unseen = example.intent in hidden or place[example.intent] % FOLDS == fold
        (tried if unseen else kept).append(example)
    if len({e.intent for e in kept}) < 2 or not tried:
        return []
    named, sure = confidences(train(kept), [e.text for e in tried])
    return [
        Trial(confidence, intent == example.intent, example.intent not in hidden)
        for example, intent, confidence in zip(tried, named, sure, strict=True)
        if not (example.intent in hidden and intent == out_of_scope)
    ]
