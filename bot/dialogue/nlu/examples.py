"""Training sentences, entity words and patterns, as the assistant's NLU files list them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# [HRB0001167](case_number) or [Frans]{"entity": "language", "value": "fr"}
_ANNOTATION = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<entity>[^()]+)\)|(?P<spec>\{[^{}]+\}))")
_BULLET = re.compile(r"^\s*-\s?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence somebody could say, and what is meant by it."""

    text: str
    intent: str


@dataclass(slots=True)
class TrainingData:
    """Everything the NLU files say."""

    examples: list[Example] = field(default_factory=list)
    patterns: list[tuple[str, str]] = field(default_factory=list)
    lookups: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    annotated: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def read_examples(items: Iterable[Mapping[str, Any]]) -> TrainingData:
    """Read the entries of the `nlu` lists, in the order in which they stand."""
    data = TrainingData()
    for item in items:
        lines = _lines(item.get("examples"))
        if "intent" in item:
            data.examples += [Example(_plain(line, data), str(item["intent"])) for line in lines]
        elif "synonym" in item:
            data.synonyms |= {line.lower(): str(item["synonym"]) for line in lines}
        elif "regex" in item:
            data.patterns += [(str(item["regex"]), line) for line in lines]
        elif "lookup" in item:
            data.lookups.append((str(item["lookup"]), tuple(lines)))
        else:
            data.problems.append(f"An NLU entry has none of intent, synonym, regex, lookup: {dict(item)!r}.")
    return data


def _lines(examples: Any) -> list[str]:
    if isinstance(examples, list):
        return [str(e.get("text", "")).strip() if isinstance(e, Mapping) else str(e) for e in examples]
    return [line.strip() for line in _BULLET.sub("", str(examples or "")).splitlines() if line.strip()]


def _plain(line: str, data: TrainingData) -> str:
    """Take the annotations out of a sentence, and note which entities and synonyms they teach."""
    for found in _ANNOTATION.finditer(line):
        spec = json.loads(found["spec"]) if found["spec"] else {"entity": found["entity"]}
        name, _, value = str(spec["entity"]).partition(":")
        data.annotated.add(name)
        value = spec.get("value", value)
        if value and value != found["text"]:
            data.synonyms[found["text"].lower()] = str(value)
    return _ANNOTATION.sub(lambda found: found["text"], line)
