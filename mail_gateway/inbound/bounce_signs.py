"""Tells the reports of mail that did not arrive by who sends them, what they are called, and how they begin."""

import re

from mail_gateway.inbound import absence_notes, automatic_words, bounce_subjects, bounce_words
from mail_gateway.inbound.signs import Signs, is_new, starts
from mail_gateway.inbound.unaccented import unaccented

_ADDRESS = re.compile(r"<[^<>\s@]+@[^<>\s]+>")
# The codes of RFC 5321, 4.2 and RFC 3463, and words that mail servers alone use of an address. Quotations and
# signatures have addresses in brackets too, behind a name.
_FINDING = (
    r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.@])[45][0-5]\d[ -][^\n]{0,80}"
    r"(?:user|mailbox|recipient|address|relay|<)"
    rf"|(?m:^)[ \t]*{_ADDRESS.pattern}|remote host said|transcript of session|user unknown|unknown user|no such user"
    r"|mailbox (?:is )?(?:full|unavailable|not found)|address (?:rejected|not found)|permanent error|smtp error"
)
_FOUND_BY_SERVER = re.compile(_FINDING)
# How another server answered (RFC 5321, 4.2), and the fields of a report that some gateway turned into text (RFC 3464).
_REPLY = re.compile(r"(?<![\d.@])[45][0-5]\d[ -]#?(?:[45]\.\d{1,3}\.\d|[^\n]{0,80}(?:user|mailbox|recipient|relay))")
_FIELD = re.compile(
    r"^(?:(final-recipient|original-recipient): *rfc822|(action): *(?:failed|delayed)|(status): *[45]\.\d"
    r"|(reporting-mta|remote-mta|diagnostic-code):)",
    re.MULTILINE,
)
_ENOUGH_FIELDS = 2
_SAID_BY_SERVER = re.compile(
    rf"{_FINDING}|following (?:address|recipient)|delivery (?:has failed|status|to the following)"
    r"|volgende (?:geadresseerde|ontvanger)"
    r"|destinataires?(?:\(s\))? (?:suivant|ou groupes)|folgende(?:n|\(r\))? empfänger"
    r"|(?:message|mail|e-mail|nachricht|bericht)(?:[^.\n]|\.(?=\w)){0,60}"
    r"(?:could not be delivered|couldn't be delivered|was not delivered|zugestellt werden|pas pu être remis"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd))"
)
# A server tells whoever sent a mail what became of it. A full stop stands within an address too.
_YOURS = (
    r"(?:your (?:e-?mail|mail|message)|(?:message|e-?mail|mail) (?:that )?you (?:have )?(?:sent|tried to send)"
    r"|(?:uw|je|jouw) (?:bericht|e-?mail|mail)|votre (?:message|courriel|e-?mail|mail)"
    r"|(?:ihre|deine) (?:nachricht|e-?mail|mail)|su (?:mensaje|correo)|(?:suo|tuo) messaggio|sua mensagem"
    r"|delivery (?:to|for) <?[^\s@<>]{1,64}@)"
)
_FAILED = (
    r"(?:(?:not|n't) (?:yet )?(?:been |be )?(?:delivered|accepted)|undeliver(?:able|ed)|rejected|refused"
    r"|blocked|bounced|failed|niet (?:worden )?(?:bezorgd|afgeleverd)|geweigerd|geblokkeerd"
    r"|(?:pu être|pas (?:encore )?été) (?:remis|délivré|distribué)|refusé|rejeté|nicht zugestellt|zugestellt werden"
    r"|abgelehnt|abgewiesen|blockiert"
    r"|no (?:se )?(?:pudo|ha podido|fue) (?:ser )?entrega\w+|non (?:è stato|può essere) (?:recapita|consegna)\w+"
    r"|não (?:pôde|foi) (?:ser )?entregue)"
)
_YOURS_FAILED = re.compile(rf"\b{_YOURS}\b(?:[^.!?]|\.(?=\w)){{0,120}}?\b{_FAILED}\b")
# What Exchange alone calls those who did not get a mail, or do not have it yet.
_OR_GROUPS = re.compile(
    r"(?:recipients or (?:groups|distribution lists)|geadresseerden of groepen|destinataires ou groupes"
    r"|empfänger oder (?:gruppen|verteiler\w*)|destinatarios o grupos|destinatari o gruppi)\b"
)
# Who speaks of what is theirs, or of the mails that they send and get, is a person, whatever they quote.
_OF_THEIR_OWN = re.compile(
    r"\b(?:i (?:get|got|receive|received|write|wrote|sen[dt]|moved)|my|mijn|mein\w*"
    r"|(?:mon|ma|mes) (?:nouvelle )?"
    r"(?:adresse|boîte|chef\w*|collègues?|courriels?|demande|e?-?mails?|messagerie|messages?)"
    r"|(?:wij|we) kr(?:ijgen|egen)|nous (?:recevons|avons reçu (?:ce\w*|une?))|wir (?:bekommen|bekamen)"
    r"|ik (?:krijg|kreeg|stuur\w*|schreef|schrijf)|je (?:reçois|vous écris)|j'ai (?:reçu|envoyé|écrit)"
    r"|ich (?:bekomme|erhalte|schreibe|schrieb))\b"
)
# A report repeats the subject of the mail that failed, which is a person's.
_REPEATED_SUBJECT = re.compile(r"^[ \t>]*(?:subject|onderwerp|objet|betreff)[ \t]*:.*", re.MULTILINE)
# What a server says in the first words of a mail that nobody sent, where an absence note says something else.
_NEVER_ARRIVED = re.compile(
    r"not a valid (?:user|address|recipient|mailbox)|(?:no such|unknown) user|user unknown|unable to deliver"
    r"|(?:could not be|couldn't be|was not|wasn't|cannot be|not been) delivered|undeliverable"
)
_FIRST_WORDS = 300
_END_OF_SENTENCE = re.compile(r"[.!?](?=\s)|\n[ \t]*\n")
_FIRST_SENTENCES = 400
# One server puts its finding behind the subject of the mail that it could not deliver.
_FAILED_BEHIND = re.compile(
    r"[(:\[] ?(?:delivery (?:failed|failure)|undeliverable|undelivered|non remis|unzustellbar|onbestelbaar)[)\]]?\Z"
)
_ORNAMENTS = '*=-#| \t\n"'
# What a cloud service calls a mail of its own that did not arrive.
_FAILED_EVENTS = frozenset({"bounce", "deliverydelay", "reject"})
_ENOUGH_EVIDENCE = 2  # one of these words stands in a mail about a parcel or a letter too
_HEADERS_ALONE = frozenset({"text/rfc822-headers", "message/rfc822-headers"})
_ORIGINALS = _HEADERS_ALONE | {"message/rfc822", "message/global"}


def is_bounce(signs: Signs) -> bool:
    """Tell whether a mail reports that another did not arrive; one that a person passes on is that person's."""
    if signs.report_type == "delivery-status" or _is_refusal(signs):
        return True
    if signs.event:
        return signs.event in _FAILED_EVENTS
    if "message/delivery-status" in signs.part_types and is_new(signs.subject):
        return True
    if "x-failed-recipients" in signs.first or signs.sender_local.startswith(bounce_words.DAEMONS):
        return True
    return not signs.report_type and (_is_bounce_of_server(signs) or _says_undelivered(signs))


def _is_refusal(signs: Signs) -> bool:
    """Tell whether a receipt says that a filter of the recipient refused the mail (RFC 5429, 2.2)."""
    if signs.report_type != "disposition-notification":
        return False
    return "(rejected)" in signs.get("auto-submitted") or signs.subject.startswith("automatically rejected mail")


def _is_bounce_of_server(signs: Signs) -> bool:
    """Tell whether who is known as a mail server speaks of a mail that did not arrive."""
    by_postmaster = signs.sender_local in bounce_words.POSTMASTERS or signs.sender_name.startswith(
        bounce_words.DAEMON_NAMES
    )
    returns_mail = not signs.part_types.isdisjoint(_ORIGINALS)
    if by_postmaster and signs.sender_local not in bounce_words.POSTMASTERS and signs.asks:
        return False  # somebody who is called so
    if by_postmaster or signs.null_return_path:
        openings = () if signs.asks else bounce_words.PEOPLES_OPENINGS
        if starts(signs.subject, bounce_subjects.BOUNCE_SUBJECTS) or _begins_as_server(signs, openings):
            return True
        if signs.null_return_path and _NEVER_ARRIVED.search(signs.opening[:_FIRST_WORDS]) and is_new(signs.subject):
            return not starts(signs.subject, automatic_words.AUTO_REPLY_SUBJECTS)
        is_person = signs.asks and not returns_mail and not signs.null_return_path  # the postmaster of a small office
        return not is_person and _is_notice_of_failure(signs, returns_mail=returns_mail, by_server=by_postmaster)
    by_perhaps = signs.sender_local in bounce_words.PERHAPS_POSTMASTERS or signs.sender_name.startswith(
        bounce_words.PERHAPS_DAEMON_NAMES
    )
    if not by_perhaps:  # nearly every mail; the search through its words costs more than all else here
        return False
    shows_it = returns_mail or bool(_SAID_BY_SERVER.search(signs.opening))
    return shows_it and _is_notice_of_failure(signs, returns_mail=False, by_server=True)


def _says_undelivered(signs: Signs) -> bool:
    """Tell whether a mail of anybody says what only a mail server says."""
    first_words = _REPEATED_SUBJECT.sub("", signs.opening[:_FIRST_WORDS])
    if _begins_as_server(signs) and is_new(signs.subject):
        # Whose first sentence goes on about what is theirs began like a server by chance.
        return not _OF_THEIR_OWN.search(_END_OF_SENTENCE.split(first_words, 1)[0])
    if _OF_THEIR_OWN.search(first_words):
        return False
    if starts(signs.subject, bounce_subjects.SERVER_SUBJECTS) and not signs.asks:
        return True
    if _opens_as_report(signs) and is_new(signs.subject):
        return True
    return (_is_called_undelivered(signs) or _tells_sender(signs)) and not signs.speaks_to_desk


def _tells_sender(signs: Signs) -> bool:
    """Tell whether the first sentences say that your mail failed, and what a server found or gave back shows it."""
    if not is_new(signs.subject):
        return False
    if "-recipient:" in signs.opening and len(set(_FIELD.findall(signs.opening))) >= _ENOUGH_FIELDS:
        return True
    told = " ".join(signs.opening[:_FIRST_SENTENCES].split())
    returned = not signs.part_types.isdisjoint(_ORIGINALS)
    if _OR_GROUPS.search(told) or (returned and _REPLY.search(told)):
        return True
    failed = _YOURS_FAILED.search(told) or _YOURS_FAILED.search(signs.subject)
    if failed is None:
        return False
    if _ADDRESS.search(failed[0]) or not signs.part_types.isdisjoint(_HEADERS_ALONE):
        return True
    return _FOUND_BY_SERVER.search(signs.opening) is not None


def _opens_as_report(signs: Signs) -> bool:
    """Tell whether the first words are a server's that people write too, and what a server said stands below them."""
    opening = signs.opening.lstrip(_ORNAMENTS)
    words = next(filter(opening.startswith, bounce_words.PEOPLES_OPENINGS), None)
    if words is None or signs.asks:
        return False
    return starts(signs.subject, bounce_subjects.BOUNCE_SUBJECTS) or bool(_SAID_BY_SERVER.search(opening, len(words)))


def _begins_as_server(signs: Signs, more: tuple[str, ...] = ()) -> bool:
    """Tell whether the first words are a server's, with the ornaments that belong to them or behind others."""
    words = (*bounce_words.BOUNCE_OPENINGS, *more)
    opening = " ".join(signs.opening[:_FIRST_WORDS].split())
    return opening.startswith(words) or opening.lstrip(_ORNAMENTS).startswith(words)


def _is_called_undelivered(signs: Signs) -> bool:
    """Tell whether the subject names a mail that did not arrive, and the text bears it out."""
    says_behind = signs.quotes_nothing and bool(_FAILED_BEHIND.search(signs.subject))
    if not says_behind and not starts(signs.subject, bounce_subjects.BOUNCE_SUBJECTS):
        return False
    if _SAID_BY_SERVER.search(signs.opening) or _YOURS_FAILED.search(signs.opening, 0, _FIRST_SENTENCES):
        return True
    if says_behind or starts(signs.subject, bounce_subjects.PEOPLES_FAILURE_SUBJECTS):
        return False
    said = absence_notes.without_small_print(signs.opening)
    return sum(unaccented(evidence) in said for evidence in bounce_words.BOUNCE_EVIDENCE) >= _ENOUGH_EVIDENCE


def _is_notice_of_failure(signs: Signs, *, returns_mail: bool, by_server: bool) -> bool:
    """Tell whether a server's mail is about one that did not arrive; servers send absence notes too."""
    if starts(signs.subject, automatic_words.AUTO_REPLY_SUBJECTS) or not is_new(signs.subject):
        return False
    stems = (
        (*bounce_subjects.FAILURE_STEMS, *bounce_subjects.SERVER_STEMS) if by_server else bounce_subjects.FAILURE_STEMS
    )
    return returns_mail or any(stem in signs.subject for stem in stems)
