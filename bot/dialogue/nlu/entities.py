"""Finds entities by pattern and by list, and maps the words people use onto one value."""

import re
from typing import Any

from bot.dialogue.nlu.examples import TrainingData


class EntityFinder:
    """Patterns and lists of the training data. Only entities that some example annotates are looked for."""

    def __init__(self, data: TrainingData) -> None:
        named = [*data.patterns, *((name, _any_of(words)) for name, words in data.lookups)]
        self._patterns = [(n, re.compile(p, re.IGNORECASE)) for n, p in named if n in data.annotated]
        self._synonyms = data.synonyms

    def find(self, text: str) -> list[dict[str, Any]]:
        """List the entities of a text, with their place in it and the value they stand for."""
        return [
            {
                "entity": name,
                "start": match.start(),
                "end": match.end(),
                "value": self._synonyms.get(match.group().lower(), match.group()),
            }
            for name, pattern in self._patterns
            for match in pattern.finditer(text)
        ]


def _any_of(words: tuple[str, ...]) -> str:
    return r"(\b" + r"\b|\b".join(re.escape(word) for word in words) + r"\b)"
