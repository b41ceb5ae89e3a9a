"""Reads what programs put in front of a subject: that it answers, is passed on, or came from outside."""

import re

from mail_gateway.inbound import reply_words

_READ_CHARS = 20
# `[EXTERNAL]`, `***SPAM***`, `{Spam?}`, `EXT:`: how mail servers mark what they let in.
_MARKS = re.compile(
    r"(?:\s*(?:[\[({<*]{1,10} ?(?:(?:suspected|possible|likely|probable) )?"
    r"(?:ext|external|externe?|extérieur|spam|bulk|junk)\b[^\[\](){}<>*:]{0,30}[\])}>*]{1,10}:?"
    r"|(?:external|externe?|ext|spam):(?=\s)))+\s*",
    re.IGNORECASE,
)


def without_marks(subject: str) -> str:
    """Return a subject without the marks of mail servers in front of it."""
    found = _MARKS.match(subject)
    return subject if found is None else subject[found.end() :]


def is_reply_subject(subject: str) -> bool:
    """Tell whether a subject starts with a prefix by which mail programs mark an answer."""
    return _prefix(subject) in reply_words.REPLY_PREFIXES


def is_forward_subject(subject: str) -> bool:
    """Tell whether a subject starts with a prefix by which mail programs mark a forward."""
    return _prefix(subject) in reply_words.FORWARD_PREFIXES


def _prefix(subject: str) -> str:
    shown = without_marks(subject).lstrip().replace("\N{FULLWIDTH COLON}", ":")
    before, colon, _ = shown[:_READ_CHARS].partition(":")
    # `Re[2]:` and `Re(2):` count the answers.
    return re.sub(r"[\[(]\d+[\])]|[\s.]", "", before).lower() if colon else ""
