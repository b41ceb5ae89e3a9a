"""What shows who or what wrote a mail: its headers, parts and first words, ready for the questions of `kinds`."""

import re
from collections import Counter

from mail_gateway.inbound import absence_notes, subjects
from mail_gateway.inbound import automatic_words as words
from mail_gateway.models import Address

# A report says what it is about at its beginning.
_OPENING_CHARS = 3_000
_FIRST_WORDS = 1_000
# Within a link it asks nothing, nor does `Urgent? Call Luc.`; what ends its line asks.
_QUESTION = re.compile(
    r"(?i:(?<!urgent)(?<!urgent )(?<!urgence)(?<!urgence )(?<!dringend))\?(?=[\s\"')\]]|\Z)"
    r"|\?[\"')\] ]{0,9}$",
    re.MULTILINE,
)
# What people want of a desk, and an absence note of nobody.
_REQUEST = re.compile(
    r"\b(?:please|kindly|could you) (?:register|record|enter|book|approve|process|switch|turn)\b"
    r"|\b(?:gelieve|graag|kunt u|kan u)\b[^.\n]{0,40}\b(?:registre|note(?:er|ren)|inboek|in te boeken|in ?te? ?geven)"
    r"|\b(?:merci|veuillez|prière)\b[^.\n]{0,40}\b(?:en prendre note|enregistrer|encoder|approuver)\b"
    r"|\bbitte\b[^.\n]{0,40}\b(?:eintragen|vermerken|erfassen|genehmigen)\b"
    r"|\b(?:por favor|per favore|prego)\b[^.\n]{0,40}\b(?:anót|regístr|registr)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|day)|hallo|beste|dag|geachte|goede(?:morgen|middag|dag)"
    r"|goeiedag|bonjour|bonsoir|cher|chère|madame|monsieur|guten (?:tag|morgen)|liebe[rs]?|sehr geehrte)\b"
)
# A cloud service tells of each mail in JSON, which may stand as a text within another.
_EVENT = re.compile(
    r'\\?"(?:notification|event)type\\?"\s*:\s*\\?"'
    r'(bounce|click|complaint|delivery|deliverydelay|open|reject|rendering failure|send|subscription)\\?"'
)
# An address and not a page; ezmlm and Yahoo put one more word in front of it.
_POSTED_TO = re.compile(r"(?:(?:list|contact) )?<?[^\s<>@/:\"]+@[^\s<>@/:\"]+")
_BETWEEN_ADDRESSES = re.compile(r"[\s<>,;:()\"']+")
_LIST_OWNER = re.compile(r"(?:\A|<)(?:owner-[^\s<>@]+|[^\s<>@]+-owner)@")
_NOBODY = re.compile(r"<>|<mailer-daemon(?:@[^<>]*)?>")


class Signs:
    """What is known of a mail; everything that is compared is in lower case."""

    def __init__(
        self,
        headers: tuple[tuple[str, str], ...],
        sender: Address,
        report_type: str,
        part_types: frozenset[str],
        text: str,
        own_words: str,
        *,
        from_nobody: bool,
    ) -> None:
        self.first: dict[str, str] = {}
        for name, value in headers:
            self.first.setdefault(name, value)
        self.hops = Counter(name for name, _ in headers)["received"]
        self.report_type = report_type
        self.part_types = part_types
        self.sender_name = sender.name.lower()
        self.sender_local = sender.address.lower().partition("@")[0]
        # Some servers write the subject with underscores for its blanks.
        said = self.get("subject").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("_", " ")
        self.subject = subjects.without_marks(said)
        self.own_words = own_words
        self.quotes_nothing = own_words == text
        self.opening = own_words[:_OPENING_CHARS].lower()
        self._from_nobody = from_nobody

    def get(self, name: str) -> str:
        """Return the first header of that name, or nothing."""
        return self.first.get(name, "").strip().lower()

    def has_any(self, names: frozenset[str]) -> bool:
        """Tell whether one of the headers is there."""
        return not names.isdisjoint(self.first)

    @property
    def null_return_path(self) -> bool:
        """Whether the envelope named no sender, by what servers and mailbox files note of it."""
        return self._from_nobody or any(_NOBODY.match(self.get(name)) for name in words.ENVELOPE_HEADERS)

    @property
    def event(self) -> str:
        """What a cloud service tells of a mail that it sent, such as `bounce`; nothing in every other mail."""
        found = _EVENT.search(self.opening) if self.opening.startswith("{") else None
        return "" if found is None else found[1]

    @property
    def first_words(self) -> str:
        """What the writer says first, on one line."""
        said = self.own_words[:_FIRST_WORDS].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        return " ".join(said.split())

    @property
    def asks(self) -> bool:
        """Whether the writer asks or wants something; an absence note asks nothing of whoever reads it."""
        first_words = self.own_words[:_FIRST_WORDS]
        asked = bool(_QUESTION.search(first_words) or _REQUEST.search(first_words))
        return asked and not absence_notes.reads_like_absence_note(self.own_words)

    @property
    def speaks_to_desk(self) -> bool:
        """Whether somebody greets the desk or asks it something, as people do and reports of servers do not."""
        return self.asks or bool(_GREETING.match(self.opening))

    @property
    def to_several(self) -> bool:
        """Whether it is addressed to more than one; a program that answers writes to whoever wrote."""
        return len(self._addresses("to", "cc")) > 1

    @property
    def hands_in_document(self) -> bool:
        """Whether there is a part that is neither text nor picture, nor the signature of the mail."""
        return any(one.startswith("application/") and "signature" not in one for one in self.part_types)

    @property
    def auto_submitted(self) -> str:
        """The keyword of RFC 3834, without its parameters; `no` and nothing mean a person."""
        keyword = self.get("auto-submitted").replace("(", ";").partition(";")[0].strip()
        return "" if keyword == "no" else keyword

    @property
    def is_post(self) -> bool:
        """Whether it is written to a list on which people talk: such lists name the address to which they write.

        So says RFC 2369, 3.4; older ones have headers of their own for it, or the sender is their owner or that
        address, or answers go there. Newsletters have none of these, and they answer no mail.
        """
        if self.auto_submitted or self.get("list-post").startswith("no"):
            return False
        if "mailto:" in self.get("list-post") or any(_POSTED_TO.match(self.get(name)) for name in words.POST_HEADERS):
            return True
        sender, answers_to = self._addresses("sender"), self._addresses("reply-to")
        written_to = self._addresses("to", "cc")
        if self.precedence == "list":
            written_to |= sender & answers_to
        if ((sender | answers_to) & written_to) - self._addresses("from") or _LIST_OWNER.search(self.get("sender")):
            return True
        return self.has_any(words.REFERRING) and not is_new(self.subject) and self.has_any(words.LIST_HEADERS)

    @property
    def precedence(self) -> str:
        """The word by which old programs ask others not to answer."""
        return self.get("precedence") or self.get("x-precedence")

    @property
    def answers_without_quoting(self) -> bool:
        """Whether it refers to the mail that it answers and quotes none of it, as programs do and few people."""
        return self.has_any(words.REFERRING) and self.quotes_nothing

    @property
    def asks_no_answer(self) -> bool:
        """Whether it asks other programs not to answer, as old absence programs do, and no list put that there."""
        return self.precedence in {"bulk", "junk"} and not self.has_any(words.LIST_HEADERS) and not self.is_post

    def _addresses(self, *names: str) -> set[str]:
        """Return the addresses in headers, without a care for how they are written there."""
        told = ",".join(map(self.get, names))
        return {address for address in _BETWEEN_ADDRESSES.split(told) if "@" in address}


def starts(subject: str, beginnings: tuple[str, ...]) -> bool:
    """Tell whether a subject that is no answer and no forward starts with one of the words."""
    if not is_new(subject):
        return False
    # Some words count before a colon only; a subject that is nothing but the word counts as well.
    told = f"{subject}:"
    return told.startswith(beginnings) or told.lstrip("*[(\"' ").startswith(beginnings)


def is_new(subject: str) -> bool:
    """Tell whether a subject is neither an answer nor a forward; one mail server answers with `Re:[BOUNCE]`."""
    if "re:[bounce]" in subject:
        return True
    return not (subjects.is_reply_subject(subject) or subjects.is_forward_subject(subject))
