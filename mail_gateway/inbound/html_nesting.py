"""Leaves out what nests deeper in HTML than a person ever wrote, before anything reads the HTML as a tree."""

import re
from collections import Counter

from mail_gateway.inbound import limits

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})[^<>]*+>?")
_VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)
# These end without an end tag, so leaving one out makes nothing deeper; what nests them is counted.
_SELF_ENDING = frozenset(
    {
        "body",
        "colgroup",
        "dd",
        "dt",
        "head",
        "html",
        "li",
        "option",
        "p",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
    }
)
# With these come others that are not counted: the body, row and cell of a table, the item of a list.
_LEVELS = {"dl": 2, "menu": 2, "ol": 2, "select": 2, "table": 4, "ul": 2}
# The HTML standard reopens these in each following block, which multiplies what a sender writes once.
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def flatten(html: str) -> str:
    """Leave out the tags that nest deeper than a person ever wrote; the sanitiser's time grows with depth."""
    if html.count("<") <= limits.HTML_FORMATTING_DEPTH:
        return html
    flattening = _Flattening()
    flat = _TAG.sub(flattening.tag, html)
    return flat if flattening.dropped else html


class _Flattening:
    """Counts the elements that are open while the tags pass by."""

    def __init__(self) -> None:
        self.dropped = 0
        self._depth = 0
        self._formatting = 0
        self._open: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def tag(self, found: re.Match[str]) -> str:
        """Return what stands in the place of one tag."""
        name = found[2].lower()
        if name in _VOID or name in _SELF_ENDING:
            return found[0]
        keeps = self._end(name) if found[1] else self._start(name)
        return found[0] if keeps else " "

    def _start(self, name: str) -> bool:
        is_formatting = name in _FORMATTING
        if (
            self._depth >= limits.HTML_DEPTH
            or (is_formatting and self._formatting >= limits.HTML_FORMATTING_DEPTH)
            # A table is laid out once for each table around it.
            or (name == "table" and self._open[name] >= limits.HTML_TABLES)
        ):
            self._left_out[name] += 1
            self.dropped += 1
            return False
        self._open[name] += 1
        self._depth += _LEVELS.get(name, 1)
        self._formatting += is_formatting
        return True

    def _end(self, name: str) -> bool:
        if self._left_out[name]:
            self._left_out[name] -= 1
            return False
        if self._open[name]:
            self._open[name] -= 1
            self._depth -= _LEVELS.get(name, 1)
            self._formatting -= name in _FORMATTING
        return True
