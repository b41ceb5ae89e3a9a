"""What one line of an answer shows: a header of what it quotes, an introduction, a rule, a mail program's words."""

import re

from mail_gateway.inbound import reply_words

LONGEST_ATTRIBUTION = 500
_DECORATION = " \t-_*=+>~\u2013\u2014|:\u00a0"
_RULE = frozenset("-_=*\u2013\u2014\u2015\u2500")
_TIME = re.compile(r"\d{1,2}[:.h]\d\d")
_DATE = re.compile(r"[\W_]*(?:dat[aeo]|datum|fecha|päivämäärä)\s*:", re.IGNORECASE)
# Mail programs write the year; people who list the hours of this month do not.
_YEAR = re.compile(r"(?:19|20)\d\d|\d[/.-]\d{1,2}[/.-]\d\d")
_YEAR_OR_TIME = re.compile(r"(?:19|20)\d\d|\d{1,2}[:.h]\d\d")


def label(line: str) -> str | None:
    """Return the kind of header that a line such as `*Van:* An` shows."""
    before, colon, value = line[:80].replace("\uff1a", ":").partition(":")
    kind = reply_words.HEADER_LABELS.get(before.strip(" *_>").lower()) if colon and len(before) < 40 else None
    # Who writes has letters; a meeting lasts from an hour to an hour.
    return None if kind == "from" and value.strip() and not any(map(str.isalpha, value)) else kind


def says_when_sent(line: str) -> bool:
    """Tell whether a line such as `Sent:` gives the hour of a day with its year; `Date:` stands above much else."""
    return not _DATE.match(line) and bool(_TIME.search(line) and _YEAR.search(line))


def is_marker(line: str, words: frozenset[str]) -> bool:
    """Tell whether a line is one of the given words between dashes, or followed by a colon."""
    if len(line) > 80 or not (line[0] in "-_*=+\u2013\u2014" or line.endswith((":", "-"))):
        return False
    return line.strip(_DECORATION).lower().replace("\u2019", "'") in words


def introduces_all_below(line: str) -> bool:
    """Tell whether a line is one of GroupWise, which marks no other: `>>> An <an@home.example> 1/03/2027 10:11 >>>`."""
    return len(line) < LONGEST_ATTRIBUTION and line.startswith(">>> ") and line.endswith(" >>>") and "@" in line


def is_rule(line: str) -> bool:
    """Tell whether a line is drawn and not written."""
    return len(line) >= 5 and set(line) <= _RULE


def ends_attribution(line: str) -> bool:
    """Tell whether a line ends as an introduction does: with a colon, or with dashes after the verb."""
    bare = line.rstrip("*_ ")
    if bare.endswith(">") and line[:4].isdigit():
        return True  # `2027/3/1 An Peeters <an@home.example>`, as Gmail once wrote it
    return bare.endswith((":", "\uff1a")) or (line.startswith("--") and line.endswith("--") and len(line) > 20)


def starts_attribution(line: str) -> bool:
    """Tell whether a line begins as an introduction does."""
    first, _, rest = line.lstrip("-*_ ").partition(" ")
    return bool(rest) and (first.lower() in reply_words.ATTRIBUTION_STARTS or first[:4].isdigit())


def is_attribution(joined: str) -> bool:
    """Tell whether lines put together introduce a quote: somebody wrote, or an address and a moment."""
    if not any(letter.isdigit() for letter in joined) and "@" not in joined:
        return False
    lower = joined.lower()
    if wrote(joined) or any(verb in lower for verb in reply_words.WRITES):
        return True
    return "<" in joined and "@" in joined and _YEAR_OR_TIME.search(joined) is not None


def is_doubtless_attribution(joined: str) -> bool:
    """Tell whether lines put together can be nothing but an introduction: some programs do not mark what follows."""
    begins = "@" in joined or joined[0] == "-"
    return begins and bool(_YEAR_OR_TIME.search(joined)) and (wrote(joined) or joined.endswith(">:"))


def wrote(joined: str) -> bool:
    """Tell whether the verb of an introduction stands in lines put together."""
    lower = joined.lower()
    return any(verb in lower for verb in reply_words.WROTE)


def is_sent_from(line: str) -> bool:
    """Tell whether a mail program wrote this line; a sentence that starts alike is the writer's."""
    lower = line.strip("*_<> ").partition("<")[0].strip().lower().replace("\u2019", "'")
    if len(lower.split()) > 9 or "," in lower or lower.endswith(("?", "!", ":")):
        return False
    if lower.startswith("von meinem "):
        return lower.rstrip(".").endswith("gesendet")
    return lower.startswith(reply_words.SENT_FROM)
