"""Finds where the quoted mail starts in an answer, so that it can be folded; nothing is ever deleted.

The rule behind every choice here: text of the writer must not disappear from view. Where the words of the
writer and quoted words alternate, or where nothing would be left, the whole text stays. Every line is looked
at a bounded number of times, with plain string operations: the time is linear whatever the text holds.
"""

import re
from collections.abc import Sequence

from mail_gateway.inbound import reply_lines, reply_words

_FOLDED_LINES = 20_000
_ATTRIBUTION_LINES = 4
_HEADER_BLOCK_LINES = 14
_SIGNATURE_LINES = 12
_CARD_CHARS = 60
_POSTSCRIPT = re.compile(r"(?:p\. ?s|n\. ?b|ps|nb)\b", re.IGNORECASE)
# A link whose bracket is closed on the next line, which so begins like a quoted one.
_OPEN_LINK = re.compile(r"<(?:https?|mailto):[^<>\s]*\Z")
# An introduction that stands behind the writer's own words: `Fine. On 1 March 2027, An wrote:`.
_BEHIND_WORDS = re.compile(r"[^\s<>] (?=(?:On|Op|Le|Am|Den|El|Il|Em) [^<@:]{0,18}\d)")


def fold(text: str, *, quoted: Sequence[tuple[int, int]] = (), forwarded: bool = False) -> int:
    """Return the offset in an answer where the quoted part starts, or its length where nothing is folded.

    `quoted` are stretches of the text that are known to be quoted, in order (from the HTML). A forward is
    whole: what it holds is what the sender wants read.
    """
    if forwarded or text.count("\n") > _FOLDED_LINES:
        return len(text)
    lines = _Lines(text, quoted)
    cut = lines.quote_start()
    if cut is None:
        return len(text)
    cut = lines.without_signature(cut)
    return lines.starts[cut] if cut < len(lines.texts) else len(text)


def own_start(text: str, *, quoted: Sequence[tuple[int, int]] = (), forwarded: bool = False) -> int:
    """Return the offset in an answer where the writer begins below a quote at its top; 0 where none stands there.

    Answers between quoted lines stay in their places, unless a command (`#note`) opens them: it must not go out as
    words because somebody writes below what they quote.
    """
    if forwarded or text.count("\n") > _FOLDED_LINES:
        return 0
    lines = _Lines(text, quoted)
    first = lines.first_own()
    if first is None or (lines.is_quoted_after(first) and not lines.texts[first].startswith("#")):
        return 0
    return lines.starts[first]


def own_words(text: str, start: int, end: int, *, quoted: Sequence[tuple[int, int]] = ()) -> str:
    """Return what stands from `start` to `end` of an answer, without the quoted lines among which somebody answers.

    Where nothing else stands there, the quoted lines stay: some programs write all that they say so.
    """
    is_quoting = bool(quoted) or ">" in text
    if not is_quoting or text.count("\n") > _FOLDED_LINES:
        return text[start:end]
    lines = _Lines(text, quoted)
    bounds = zip(lines.starts, [*lines.starts[1:], len(text)], lines.is_quoted, strict=True)
    own = "".join(text[at:after] for at, after, is_quoted in bounds if start <= at < end and not is_quoted)
    return own if own.strip() else text[start:end]


class _Lines:
    """The lines of a text with what is known of each; the methods take and give numbers of lines."""

    def __init__(self, text: str, quoted: Sequence[tuple[int, int]]) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.is_quoted: list[bool] = []
        self.is_delimiter: list[bool] = []
        waiting = list(reversed(quoted))
        start = 0
        for raw in text.split("\n"):
            line = raw.replace("\u00a0", " ").strip(" \t\r\u200b\ufeff")
            while waiting and waiting[-1][1] <= start:
                waiting.pop()
            end = start + len(raw)
            inside = bool(waiting and waiting[-1][0] < end and line)
            self.is_quoted.append(inside or self._is_marked(line))
            self.texts.append(line)
            self.is_delimiter.append(raw.rstrip("\r") == "-- ")
            self.starts.append(start)
            start = end + 1
        if text.startswith(">From ") and self.is_quoted[1:2] == [False]:
            self.is_quoted[0] = bool(quoted)

    def _is_marked(self, line: str) -> bool:
        """Tell whether the next line bears a mark of quotes.

        The end of a bracket that was wrapped is none, and neither is the one by which mailbox files tell words from the
        line above a mail (`>From Monday on`).
        """
        if not line.startswith((">", "|>")) or line.startswith(">:"):
            return False
        if not self.texts or self.is_quoted[-1]:
            return True
        return not (line.startswith(">From ") or _OPEN_LINK.search(self.texts[-1]))

    def quote_start(self) -> int | None:
        """Return the line at which the quoted part starts, the number of lines if there is none.

        None means that the text must stay whole.
        """
        number = 0
        while number < len(self.texts):
            line = self.texts[number]
            if not line:
                number += 1
                continue
            if reply_lines.is_marker(line, reply_words.FORWARDED_MESSAGE) and not self.is_quoted[number]:
                return None
            after = self._quote_after(number)
            if after is None:
                number += 1
                continue
            if not self._has_own_text(number) or self._own_text_from(after):
                return None
            return None if self._answers_inside(number, after) else self._with_rule_above(number)
        return len(self.texts)

    def first_own(self) -> int | None:
        """Return the line where the writer begins below a quote at the top, None where no such quote stands."""
        number, is_below_quote = 0, False
        while number < len(self.texts):
            line = self.texts[number]
            if line and not reply_lines.is_rule(line) and not self.is_quoted[number]:
                end = self._attribution_end(number)
                follower = len(self.texts) if end is None else self._next_with_text(end)
                if follower == len(self.texts) or not self.is_quoted[follower]:
                    return number if is_below_quote else None
                number = follower
            is_below_quote = is_below_quote or self.is_quoted[number]
            number += 1
        return None

    def is_quoted_after(self, number: int) -> bool:
        """Tell whether a quoted line stands below this one."""
        return any(self.is_quoted[number:])

    def _quote_after(self, number: int) -> int | None:
        """Return the line where quoted text is certain if the quoted part starts at `number`, else None."""
        line = self.texts[number]
        if reply_lines.introduces_all_below(line):
            return len(self.texts)
        if self.is_quoted[number]:
            return number
        is_marker = reply_lines.is_marker(line, reply_words.ORIGINAL_MESSAGE)
        if is_marker or self._is_header_block(number):
            return self._marked_below(self._next_with_text(number + 1) if is_marker else number)
        end = self._attribution_end(number)
        if end is None:
            return None
        follower = self._next_with_text(end)
        if follower < len(self.texts) and self.is_quoted[follower]:
            return follower
        is_doubtless = reply_lines.is_doubtless_attribution(" ".join(self.texts[number:end]))
        return len(self.texts) if is_doubtless and follower < len(self.texts) else None

    def _marked_below(self, number: int) -> int:
        """Return the first marked line below the headers at `number`, the number of lines if the quote has no marks."""
        while number < len(self.texts) and not self.is_quoted[number] and reply_lines.label(self.texts[number]):
            while number < len(self.texts) and self.texts[number] and not self.is_quoted[number]:
                number += 1
            number = self._next_with_text(number)
        return number if number < len(self.texts) and self.is_quoted[number] else len(self.texts)

    def _own_text_from(self, number: int) -> bool:
        """Tell whether the writer speaks again after the quoted text that starts at `number`."""
        while number < len(self.texts):
            line = self.texts[number]
            if not line or self.is_quoted[number] or reply_lines.is_rule(line):
                number += 1
            elif line == "--" or reply_lines.is_sent_from(line):
                return self._count_text(number, len(self.texts)) > _SIGNATURE_LINES
            elif self._is_header_block(number) or reply_lines.is_marker(line, reply_words.ORIGINAL_MESSAGE):
                return False
            else:
                end = self._attribution_end(number)
                if end is None:
                    return True
                number = end
        return False

    def _attribution_end(self, number: int) -> int | None:
        """Return the line after an introduction (`On … An <an@home.example> wrote:`) at `number`."""
        joined = ""
        for end in range(number, min(number + _ATTRIBUTION_LINES, len(self.texts))):
            line = self.texts[end]
            if not line or self.is_quoted[end]:
                return None
            joined = f"{joined} {line}"
            if len(joined) > reply_lines.LONGEST_ATTRIBUTION:
                return None
            if reply_lines.ends_attribution(line):
                introduces = reply_lines.is_attribution(joined) and not self._starts_later(number, end + 1)
                return end + 1 if introduces else None
        return None

    def _starts_later(self, number: int, end: int) -> bool:
        """Tell whether the first line of what looks like an introduction begins as the writer's own last line."""
        first = self.texts[number]
        if not reply_lines.starts_attribution(first) and (shared := _BEHIND_WORDS.search(first)):
            return reply_lines.wrote(" ".join([first[shared.end() :], *self.texts[number + 1 : end]]))
        for later in range(number + 1, end):
            rest = " ".join(self.texts[later:end])
            if reply_lines.starts_attribution(self.texts[later]) and reply_lines.is_attribution(rest):
                return True
        if reply_lines.starts_attribution(first) or any(sign.isdigit() or sign in "<@" for sign in first):
            return False
        return number + 1 < end and reply_lines.is_attribution(" ".join(self.texts[number + 1 : end]))

    def _is_header_block(self, number: int) -> bool:
        """Tell whether the headers of a quoted mail (From, Sent, To, Subject) start at `number`."""
        if reply_lines.label(self.texts[number]) is None:
            return False
        kinds: set[str] = set()
        others = blanks = 0
        shows_mail = False
        for line in self.texts[number : number + _HEADER_BLOCK_LINES]:
            kind = reply_lines.label(line)
            if kind:
                kinds.add(kind)
                blanks = 0
                # A trip goes from a place to a place on a day too; only a mail has an address, a subject or a moment at
                # which it was sent.
                is_moment = kind == "date" and reply_lines.says_when_sent(line)
                shows_mail = shows_mail or kind == "subject" or "@" in line or is_moment
                if shows_mail and "from" in kinds and len(kinds - {"cc"}) >= 3:
                    return True
            elif line:
                others += 4 if reply_lines.is_marker(line, reply_words.ORIGINAL_MESSAGE) else 1
            else:
                blanks += 1
            if others > 3 or blanks > 1:
                return False
        return False

    def _with_rule_above(self, number: int) -> int:
        """Move the start of the quoted part up over a drawn line."""
        above = self._previous_with_text(number)
        if above >= 0 and reply_lines.is_rule(self.texts[above]):
            return above
        return number

    def _answers_inside(self, number: int, after: int) -> bool:
        """Tell whether the writer announces answers within a quote whose lines are not marked."""
        if after < len(self.texts) and not all(
            self.is_quoted[line] or not self.texts[line] for line in range(after, len(self.texts))
        ):
            return False
        own = " ".join(self.texts[:number]).lower()
        return len(own) < 400 and any(phrase in own for phrase in reply_words.ANSWERS_INSIDE)

    def without_signature(self, cut: int) -> int:
        """Move the cut up over a signature (`-- `) or a line that the mail program added."""
        last = self._previous_with_text(cut)
        for number in range(last, max(last - _SIGNATURE_LINES - 4, 0), -1):
            if self.texts[number] == "--" and self._has_own_text(number):
                if self._is_signature(number, cut):
                    cut = number
                break
        last = self._previous_with_text(cut)
        if last > 0 and reply_lines.is_sent_from(self.texts[last]) and self._has_own_text(last):
            return last
        return cut

    def _is_signature(self, number: int, end: int) -> bool:
        """Tell whether a name card stands below dashes; people draw a line of two between their paragraphs too."""
        lines = [line for line in self.texts[number + 1 : end] if line]
        if len(lines) >= _SIGNATURE_LINES or any(map(_POSTSCRIPT.match, lines)):
            return False
        return self.is_delimiter[number] or not any(len(line) > _CARD_CHARS or line.endswith("?") for line in lines)

    def _has_own_text(self, end: int) -> bool:
        return any(self.texts[number] and not reply_lines.is_rule(self.texts[number]) for number in range(end))

    def _count_text(self, start: int, end: int) -> int:
        return sum(bool(self.texts[number]) for number in range(start, end))

    def _next_with_text(self, number: int) -> int:
        while number < len(self.texts) and not self.texts[number]:
            number += 1
        return number

    def _previous_with_text(self, number: int) -> int:
        number -= 1
        while number >= 0 and not self.texts[number]:
            number -= 1
        return number
