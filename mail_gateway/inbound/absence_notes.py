"""Knows an absence note by its words, in the languages of those who write to the desk.

Who asks for leave writes of absence too, so the words alone never make a mail an automatic one.
"""

import re

from mail_gateway.inbound import absence_words as words
from mail_gateway.inbound.unaccented import unaccented

_OPENING_CHARS = 400
_LONGEST_NOTE = 2_000
_OPENING_OF_NOTE = 160
_LONGEST_BARE_NOTE = 900
_AROUND = 30
_UNTIL_IS_NEAR = 40


def tells_of_absence(text: str) -> bool:
    """Tell whether somebody says near the beginning that they are away themselves."""
    return _absence(text, _OPENING_CHARS) is not None


def reads_like_absence_note(text: str) -> bool:
    """Tell whether somebody says that they are away, in the way of a note that answers whatever comes in.

    `I am away until Monday` does; who names the days from when to when may well answer a question about them.
    """
    absent = _absence(text, _OPENING_CHARS)
    if absent is None:
        return False
    own = without_small_print(text)
    if len(own) > _LONGEST_NOTE or words.PAPER.search(own):
        return False
    if _tells_anybody(own, absent):
        return True
    return _is_until(own, absent) and not words.QUESTION.search(own)


def speaks_to_anybody(text: str) -> bool:
    """Tell whether somebody who is away also says what a note says to whoever writes: who helps, when it is read.

    Who names the days from when to when, and who helps, may well tell the desk of both.
    """
    absent = _absence(text, _OPENING_CHARS)
    if absent is None:
        return False
    own = without_small_print(text)
    if len(own) > _LONGEST_NOTE or words.PAPER.search(own):
        return False
    if words.SPAN.search(_sentence(own, absent)):
        return words.TO_ANYBODY.search(own) is not None
    return _tells_anybody(own, absent)


def is_bare_note(text: str, subject: str, *, answers: bool = False) -> bool:
    """Tell whether a text is an absence note and nothing else, whatever its headers are.

    It opens with the absence, is short, asks nothing, hands nothing in, speaks of no illness, and tells whoever writes
    whom to turn to, and one thing more of a note: when mail is read, or thanks for theirs, which its title may give.
    Of a mail that `answers` another, the day until when is enough.
    """
    absent = _absence(text, _OPENING_OF_NOTE)
    if absent is None and not words.NOT_THERE.search(_beginning(text, _OPENING_OF_NOTE)):
        return False
    own = without_small_print(text)
    if _is_a_persons(own) or not _names_somebody_else(own):
        return False
    read_when = words.READ_WHEN.search(own) is not None
    if absent is None:
        # Who works part-time tells the desk so; a note says on top what to do with what cannot wait.
        return read_when and bool(words.URGENT.search(own))
    thanks = words.THANKS.search(own) or words.THANKS.match(flat(subject))
    return read_when or thanks is not None or (answers and _is_until(own, absent))


def is_note_of_its_own(text: str) -> bool:
    """Tell whether a text opens with an absence and says what becomes of the mail that it answers; thanks do not."""
    if _absence(text, _OPENING_OF_NOTE) is None:
        return False
    own = without_small_print(text)
    return not _is_a_persons(own) and (_names_somebody_else(own) or words.READ_WHEN.search(own) is not None)


def answers_anybody(text: str) -> bool:
    """Tell whether a text thanks for a mail or says what becomes of it, as whatever comes in is answered."""
    own = without_small_print(text)
    return len(own) <= _LONGEST_NOTE and bool(words.THANKS.search(own) or words.YOUR_MAIL.search(own))


def _is_a_persons(own: str) -> bool:
    """Tell what no bare note is: long, a question, about a paper that is handed in, or about an illness."""
    return len(own) > _LONGEST_BARE_NOTE or any(one.search(own) for one in (words.QUESTION, words.PAPER, words.ILL))


def _absence(text: str, within: int) -> re.Match[str] | None:
    """Find where somebody says near the beginning that they are away themselves."""
    return words.ABSENT.search(_beginning(text, within))


def without_small_print(text: str) -> str:
    """Return what somebody says, `flat`, without the small print of their company below it."""
    said = flat(text)
    small_print = words.SMALL_PRINT.search(said, 1)
    return said if small_print is None else said[: small_print.start()]


def _beginning(text: str, length: int) -> str:
    return flat(text[: 2 * length])[:length]


def _tells_anybody(own: str, absent: re.Match[str]) -> bool:
    if words.TO_ANYBODY.search(own) or _names_somebody_else(own):
        return True
    return bool(words.MEANWHILE.search(own)) and not words.SPAN.search(_sentence(own, absent))


def _is_until(own: str, absent: re.Match[str]) -> bool:
    """Tell whether somebody says until when they are away, and not from when, as whoever asks for days does."""
    sentence = _sentence(own, absent)
    return bool(words.UNTIL.search(sentence)) and not words.SPAN.search(sentence)


def _sentence(own: str, absent: re.Match[str]) -> str:
    return own[absent.start() : absent.end() + _UNTIL_IS_NEAR]


def _names_somebody_else(own: str) -> bool:
    """Tell whether it says whom to turn to when it is urgent, and that is not the writer."""
    found = words.INSTEAD.search(own)
    return found is not None and not words.TO_ME.search(own[found.start() : found.end() + _AROUND])


def flat(text: str) -> str:
    """Return the beginning of a text on one line, in lower case, without accents, with plain apostrophes."""
    beginning = text[: 2 * _LONGEST_NOTE].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(unaccented(beginning.lower()).split())
