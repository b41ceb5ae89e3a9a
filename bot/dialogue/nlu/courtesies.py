"""Sets aside what is only polite: `Hello, how many days of leave do I have left, kind regards` asks for a number."""

from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from bot.dialogue.nlu.folding import normal

# Fewer words than this are no question: `hello there` is a greeting.
FEWEST = 2

Phrases = frozenset[tuple[str, ...]]


@cache
def phrases() -> tuple[Phrases, Phrases]:
    """Read what stands before and what stands after, in folded words; the latter backwards."""
    text = (files("bot.dialogue.nlu") / "courtesies.yml").read_text(encoding="utf-8")
    lists: dict[str, list[str]] = YAML(typ="safe", pure=True).load(text)
    before, after = ([tuple(normal(phrase).split()) for phrase in lists[place]] for place in ("before", "after"))
    return frozenset(before), frozenset(phrase[::-1] for phrase in after)


def set_aside(text: str) -> str:
    """Return the folded words of a text without the courtesies around them, while enough of them is left."""
    before, after = phrases()
    words = normal(text).split()
    words = words[_leading(words, before) :]
    words = words[::-1]
    return " ".join(words[_leading(words, after) :][::-1])


def _leading(words: Sequence[str], courtesies: Collection[tuple[str, ...]]) -> int:
    """Count the words at the start that are courtesies, one after another."""
    longest = max(map(len, courtesies))
    at = 0
    while True:
        lengths = range(min(longest, len(words) - at - FEWEST), 0, -1)
        found = next((length for length in lengths if tuple(words[at : at + length]) in courtesies), 0)
        if not found:
            return at
        at += found
