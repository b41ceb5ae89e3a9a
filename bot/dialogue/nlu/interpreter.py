"""What was meant: a button's payload, a sentence known by heart, or the classifier's best guess."""

import json
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.dialogue.nlu import courtesies
from bot.dialogue.nlu.buttons import pressed
from bot.dialogue.nlu.entities import EntityFinder
from bot.dialogue.nlu.examples import TrainingData
from bot.dialogue.nlu.folding import normal
from bot.dialogue.nlu.ranking import Ranker

FALLBACK_INTENT = "nlu_fallback"
_PAYLOAD = re.compile(r"^/(?P<intent>[^{@]+)(?P<confidence>@[0-9.]+)?(?P<entities>\{.+\})?")
# A number, a date in figures: the answer to a question, and by itself no sentence.
_WORDS = re.compile(r"[^\W\d_]{2}")
# Two intents that are this close are as good as none.
AMBIGUITY = 0.05
RANKED = 10
# Of a payload, which anybody can type: more than this no button of ours says.
MOST_ENTITIES, LONGEST_VALUE = 10, 500

log = logging.getLogger(__name__)


class Interpreter:
    """Understands one sentence at a time, whatever was said before."""

    def __init__(self, data: TrainingData, intents: Collection[str], ranker: Ranker) -> None:
        self._intents = frozenset(intents)
        self._entities = EntityFinder(data)
        self._ranker = ranker
        self._by_heart = _by_heart(data)

    def parse(
        self,
        text: str,
        metadata: dict[str, Any],
        *,
        sure_about: Collection[str] = (),
        offered: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Say what a message means, in the shape rasa-sdk expects in `latest_message`.

        The intents in `sure_about` are only understood with certainty: while somebody writes out a question,
        a word that looks like "stop" must not end it. Whoever types the title of a button that is `offered` presses it.
        """
        known = self._from_payload(pressed(text, offered) or text) or self._from_memory(text)
        ranking, entities = known or (self._ranked(text, sure_about), self._entities.find(text))
        return {
            "text": text,
            "intent": ranking[0],
            "intent_ranking": ranking[:RANKED],
            "entities": entities,
            "metadata": metadata,
        }

    def _from_payload(self, text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
        match = _PAYLOAD.match(text.strip())
        if not match or match["intent"].strip() not in self._intents:
            return None
        ranking = [{"name": match["intent"].strip(), "confidence": _confidence(match["confidence"])}]
        start, end = match.span("entities")
        values = _object(match["entities"]) if match["entities"] else {}
        given = [(name, value) for name, one in values.items() for value in (one if isinstance(one, list) else [one])]
        return ranking, [
            {"entity": name, "value": value, "start": start, "end": end}
            for name, value in given[:MOST_ENTITIES]
            if isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE
        ]

    def _from_memory(self, text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
        intent = self._by_heart.get(normal(text)) or self._by_heart.get(courtesies.set_aside(text))
        return ([{"name": intent, "confidence": 1.0}], self._entities.find(text)) if intent else None

    def _ranked(self, text: str, sure_about: Collection[str]) -> list[dict[str, Any]]:
        ranked = self._ranker.rank(text)
        ranking = [{"name": name, "confidence": confidence} for name, confidence in ranked]
        best, confidence = ranked[0]
        unsure = confidence < (self._ranker.certainty if best in sure_about else self._ranker.threshold)
        if unsure or not _WORDS.search(text) or (len(ranked) > 1 and confidence - ranked[1][1] < AMBIGUITY):
            return [{"name": FALLBACK_INTENT, "confidence": self._ranker.threshold}, *ranking]
        return ranking


def _by_heart(data: TrainingData) -> dict[str, str]:
    """Sentences that mean one thing only are understood as they were written."""
    meanings: dict[str, set[str]] = {}
    for example in data.examples:
        meanings.setdefault(normal(example.text), set()).add(example.intent)
    return {text: min(intents) for text, intents in meanings.items() if text and len(intents) == 1}


def _confidence(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float((text or "@1")[1:])))
    except ValueError:
        return 0.0


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        log.info("a payload without a readable object was taken without it")
        return {}
    return value
