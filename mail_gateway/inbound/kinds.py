"""Tells mail that people wrote from mail that programs sent, by what its headers and parts show.

A sign counts only if people's mail does not carry it. Subjects count at their beginning, without a reply or
forward prefix: a person who forwards a bounce is a person.
"""

import re
from collections import Counter

from mail_gateway.inbound import absence_notes, bounce_words, reply_text
from mail_gateway.inbound import automatic_words as words
from mail_gateway.models import Address, MailKind

# The header that carries the instance on everything the desk sends.
INSTANCE_HEADER = "x-balie-instance"

# RFC 5321 section 6.3 names 100 as a limit for loops; no honest path comes near half of it.
_HOPS = 50

# A report says what it is about at its beginning.
_OPENING_CHARS = 3_000

# Notes writes `An Peeters is out of the office.`, with its full stop or the day of return; people leave it out.
_NAMED_ABSENCE = re.compile(
    r"(?:auto: ?)?.{2,80} (?:is out of the office|is niet op kantoor|est absent(?:e|\(e\))? du bureau|ist außer haus)"
    r"(?:\.|\.? \(returning [^()]{1,40}\)\.?| (?:until|tot|jusqu'au|bis) [0-9][0-9./-]{5,9}\.?)"
)

# Programs that react to a mail refer to it, and some ask not to be answered by other programs.
_REFERRING = frozenset({"in-reply-to", "references"})
_REACTION_HEADERS = _REFERRING | {"x-auto-response-suppress"}
# The codes of RFC 5321, 4.2 and RFC 3463, and words that mail servers alone use of an address.
_SAID_BY_SERVER = re.compile(
    r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.@])[45][0-5]\d[ -][^\n]{0,80}"
    r"(?:user|mailbox|recipient|address|relay|<)"
    r"|<[^<>\s@]+@[^<>\s]+>|remote host said|transcript of session|following (?:address|recipient)|user unknown"
    r"|unknown user|no such user|mailbox (?:full|unavailable|not found)|address (?:rejected|not found)|permanent error"
    r"|smtp error|delivery (?:has failed|status|to the following)|volgende (?:geadresseerden|ontvangers)"
    r"|destinataires? (?:suivants?|ou groupes)|folgenden? empfänger|(?:message|mail|e-mail|nachricht|bericht)"
    r"[^.\n]{0,40}(?:could not be delivered|couldn't be delivered|was not delivered|zugestellt werden|pas pu être remis"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd))"
)
# By a day, or by an illness, a subject tells an HR desk something; programs write it in the text.
_SAYS_WHEN = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:today|tomorrow|next|sick|ill|this)\b"
    r"|\b(?:maan|dins|woens|donder|vrij|zater|zon)dag|\b(?:vandaag|morgen|volgende|deze|ziek\w*)\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aujourd|demain|prochaine?|malad\w+|cette?)\b"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|heute|nächste|diese|krank)"
    r"|\b(?:lunes|martes|miércoles|jueves|viernes|lunedì|martedì|mercoledì|giovedì|venerdì|hoy|mañana|oggi|domani)\b"
)
# Programs put the subject that they answer behind their own words; people put it in front.
_ANSWERED = re.compile(r".[ (\[](?:re|aw|antw|tr|was) ?: ")
# A mark behind the subject that is answered, by which older web mail told of a program.
_MARKED_BEHIND = re.compile(
    r"[(\[](?:auto(?:mati(?:c|sche?|que)|mated)?[ -]?(?:response|reply|re|antwort|antwoord)"
    r"|réponse automatique|out of office)[)\]]\Z"
)
_NOBODY = re.compile(r"<>|<mailer-daemon(?:@[^<>]*)?>")
_COMPLAINT = re.compile(r"(?:complaint about message from|email feedback report for ip) [0-9a-f.:]{7,39}")
_ORIGINALS = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"})


class _Signs:
    """The headers of a mail, ready for the questions below."""

    def __init__(
        self,
        headers: tuple[tuple[str, str], ...],
        sender: Address,
        report_type: str,
        part_types: frozenset[str],
        text: str,
        own_end: int,
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
        self.subject = self.get("subject").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        self.opening = text[:_OPENING_CHARS].lower()
        self.own_words = text[:own_end]
        self.quotes_nothing = own_end == len(text)
        self._from_nobody = from_nobody

    def get(self, name: str) -> str:
        return self.first.get(name, "").strip().lower()

    def has_any(self, names: frozenset[str]) -> bool:
        return not names.isdisjoint(self.first)

    @property
    def null_return_path(self) -> bool:
        """Whether the envelope named no sender, by what servers and mailbox files note of it."""
        return self._from_nobody or any(_NOBODY.match(self.get(name)) for name in words.ENVELOPE_HEADERS)

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
        """Lists on which people talk name the address to which they write (RFC 2369, 3.4); newsletters have none."""
        listed = "mailto:" in self.get("list-post") or self.get("mailing-list").startswith(("list ", "contact "))
        return listed and not self.auto_submitted

    def precedence(self) -> str:
        return self.get("precedence") or self.get("x-precedence")


def kind_of(
    headers: tuple[tuple[str, str], ...],
    sender: Address,
    *,
    report_type: str,
    part_types: frozenset[str],
    text: str,
    own_end: int,
    from_nobody: bool = False,
) -> MailKind:
    """Return who or what wrote a mail.

    `report_type` is that of a `multipart/report` (RFC 6522), `part_types` are the declared types of parts.
    `own_end` is where quoted words begin in the text; `from_nobody` says that its mailbox file knows no sender.
    """
    signs = _Signs(headers, sender, report_type, part_types, text, own_end, from_nobody=from_nobody)
    for kind, applies in _KINDS:
        if applies(signs):
            return kind
    return MailKind.PERSON


def _is_loop(signs: _Signs) -> bool:
    return INSTANCE_HEADER in signs.first or signs.hops > _HOPS


def _is_bounce(signs: _Signs) -> bool:
    if signs.report_type == "delivery-status" or "message/delivery-status" in signs.part_types:
        return True
    if "x-failed-recipients" in signs.first or signs.sender_local.startswith(bounce_words.DAEMONS):
        return True
    return not signs.report_type and (_is_bounce_of_server(signs) or _says_undelivered(signs))


def _is_bounce_of_server(signs: _Signs) -> bool:
    """Tell whether who is known as a mail server speaks of a mail that did not arrive."""
    by_postmaster = signs.sender_local in bounce_words.POSTMASTERS or signs.sender_name.startswith(
        bounce_words.DAEMON_NAMES
    )
    returns_mail = not signs.part_types.isdisjoint(_ORIGINALS)
    if by_postmaster or signs.null_return_path:
        return _starts(signs.subject, bounce_words.BOUNCE_SUBJECTS) or _is_notice_of_failure(
            signs, returns_mail=returns_mail, by_server=by_postmaster
        )
    by_perhaps = signs.sender_local in bounce_words.PERHAPS_POSTMASTERS or signs.sender_name.startswith(
        bounce_words.PERHAPS_DAEMON_NAME
    )
    if not by_perhaps:  # nearly every mail; the search through its words costs more than all else here
        return False
    shows_it = returns_mail or bool(_SAID_BY_SERVER.search(signs.opening))
    return shows_it and _is_notice_of_failure(signs, returns_mail=False, by_server=True)


def _says_undelivered(signs: _Signs) -> bool:
    """Tell whether a mail of anybody says what only a mail server says."""
    if _starts(signs.subject, bounce_words.SERVER_SUBJECTS):
        return True
    opens_so = signs.opening.lstrip('* \t\n"').startswith(bounce_words.BOUNCE_OPENINGS)
    if opens_so and not reply_text.is_forward_subject(signs.subject) and not reply_text.is_reply_subject(signs.subject):
        return True
    if _starts(signs.subject, bounce_words.PEOPLES_FAILURE_SUBJECTS):
        return bool(_SAID_BY_SERVER.search(signs.opening))
    says_so = _starts(signs.subject, bounce_words.BOUNCE_SUBJECTS)
    return says_so and any(evidence in signs.opening for evidence in bounce_words.BOUNCE_EVIDENCE)


def _is_notice_of_failure(signs: _Signs, *, returns_mail: bool, by_server: bool) -> bool:
    """Tell whether a server's mail is about one that did not arrive; servers send absence notes too."""
    if _starts(signs.subject, words.AUTO_REPLY_SUBJECTS) or not _is_new(signs.subject):
        return False
    stems = (*bounce_words.FAILURE_STEMS, *bounce_words.SERVER_STEMS) if by_server else bounce_words.FAILURE_STEMS
    return returns_mail or any(stem in signs.subject for stem in stems)


def _is_report(signs: _Signs) -> bool:
    if signs.report_type or "message/disposition-notification" in signs.part_types:
        return True
    if _starts(signs.subject, words.REPORT_SUBJECTS) or signs.has_any(words.FEEDBACK_HEADERS):
        return True
    if _COMPLAINT.fullmatch(signs.subject) and "message/rfc822" in signs.part_types:
        return True
    machine_made = bool(signs.auto_submitted) or signs.null_return_path
    says_read = any(said in signs.opening for said in words.RECEIPT_WORDS)
    return (machine_made or says_read) and _starts(signs.subject, words.RECEIPT_SUBJECTS)


def _is_auto_reply(signs: _Signs) -> bool:
    if signs.auto_submitted:
        # What a program sends to many is bulk; RFC 3834 has the same word for notices to one person.
        return signs.auto_submitted.startswith("auto-replied") or not signs.has_any(words.LIST_HEADERS)
    return (
        signs.has_any(words.MACHINE_HEADERS)
        or signs.precedence() in words.AUTO_REPLY_PRECEDENCES
        or signs.get("x-apple-action") == "vacation"
        or any(signs.get(name).startswith(values) for name, values in words.MACHINE_VALUES)
        or bool(_NAMED_ABSENCE.fullmatch(signs.subject))
        or (signs.quotes_nothing and bool(_MARKED_BEHIND.search(signs.subject)))
        or _starts(signs.subject, words.AUTO_REPLY_SUBJECTS)
        or _is_perhaps_auto_reply(signs)
        or _is_bare_note(signs)
        or _is_bulk_note(signs)
        or ("x-ms-exchange-inbox-rules-loop" in signs.first and "x-auto-response-suppress" in signs.first)
        or (signs.null_return_path and not signs.has_any(words.LIST_HEADERS))
    )


def _is_bare_note(signs: _Signs) -> bool:
    """Tell whether a mail is nothing but an absence note; no note hands in a document, and whoever is ill does."""
    if signs.hands_in_document or reply_text.is_forward_subject(signs.subject):
        return False
    return absence_notes.is_bare_note(signs.own_words)


def _is_bulk_note(signs: _Signs) -> bool:
    """Tell whether a mail asks not to be answered by programs, is no list's, and tells anybody of an absence."""
    if signs.precedence() not in {"bulk", "junk"} or signs.has_any(words.LIST_HEADERS):
        return False
    return absence_notes.reads_like_absence_note(signs.own_words)


def _is_perhaps_auto_reply(signs: _Signs) -> bool:
    """Weigh a subject that people use too, who report to an HR desk that they are ill or on leave."""
    subject, note = signs.subject, absence_notes.reads_like_absence_note(signs.opening)
    says_when = bool(_SAYS_WHEN.search(subject))
    stands_in_front = ":" in subject or subject.startswith("out of ")
    if stands_in_front and _starts(subject, words.ABSENCE_BEFORE_SUBJECT) and not says_when:
        return True
    is_peoples = _starts(subject, words.PEOPLES_ABSENCE_SUBJECTS)
    if not is_peoples and not _starts(subject, words.PERHAPS_AUTO_REPLY_SUBJECTS):
        return False
    if _ANSWERED.search(subject) or signs.precedence() in {"bulk", "junk"}:
        return True
    if signs.get("x-auto-response-suppress") in {"all", "oof"} or absence_notes.speaks_to_anybody(signs.opening):
        return True
    if is_peoples:
        says_it_all = subject.startswith(words.FIRST_PERSON) and not says_when
        return signs.has_any(_REFERRING) and (note or says_it_all)
    return note or (signs.has_any(_REACTION_HEADERS) and not says_when)


def _is_bulk(signs: _Signs) -> bool:
    if signs.is_post and not signs.sender_local.startswith(words.NO_REPLIES):
        return False
    return (
        signs.has_any(words.LIST_HEADERS)
        or signs.precedence() in words.BULK_PRECEDENCES
        or signs.sender_local.startswith(words.NO_REPLIES)
    )


_KINDS = (
    (MailKind.LOOP, _is_loop),
    (MailKind.BOUNCE, _is_bounce),
    (MailKind.REPORT, _is_report),
    (MailKind.AUTO_REPLY, _is_auto_reply),
    (MailKind.BULK, _is_bulk),
)


def _starts(subject: str, beginnings: tuple[str, ...]) -> bool:
    """Tell whether a subject that is no answer and no forward starts with one of the words."""
    if not _is_new(subject):
        return False
    # Some words count before a colon only; a subject that is nothing but the word counts as well.
    told = f"{subject}:"
    return told.startswith(beginnings) or told.lstrip("*[(\"' ").startswith(beginnings)


def _is_new(subject: str) -> bool:
    """Tell whether a subject is neither an answer nor a forward; one mail server answers with `Re:[BOUNCE]`."""
    if "re:[bounce]" in subject:
        return True
    return not (reply_text.is_reply_subject(subject) or reply_text.is_forward_subject(subject))
