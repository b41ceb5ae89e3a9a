"""Tells the answers of programs, absence notes above all, from what people write about such things."""

import re

from mail_gateway.inbound import absence_notes, absence_subjects, self_descriptions, subjects
from mail_gateway.inbound import automatic_words as words
from mail_gateway.inbound.signs import Signs, is_new, starts

# Notes writes `An Peeters is out of the office.`, with its full stop or the day of return; people leave it out.
_NAMED_ABSENCE = re.compile(
    r"(?:auto: ?)?(?:(.{2,80}) )?"
    r"(?:is out of the office|is niet op kantoor|est absent(?:e|\(e\))? du bureau|ist außer haus)"
    r"(?:\.|\.? \(returning [^()]{1,40}\)\.?| (?:until|tot|jusqu'au|bis) [0-9][0-9./-]{5,9}\.?)"
)

# What Exchange asks of other programs with a note; with more words, or fewer, it asks that of people's mail too.
_SUPPRESSED_BY_NOTES = frozenset({"all", "oof"})
# By a day, or by an illness, a subject tells an HR desk something; programs write it in the text. Numbers of cases,
# which programs repeat, begin with letters.
_SAYS_WHEN = re.compile(
    r"(?<![a-z\d])\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:today|tomorrow|next|sick|ill|illness|this)\b"
    r"|\b(?:maan|dins|woens|donder|vrij|zater|zon)dag|\b(?:vandaag|morgen|volgende|deze|ziek\w*)\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aujourd|demain|prochaine?|malad\w+|cette?)\b"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|heute|nächste|diese|krank)"
    r"|\b(?:lunes|martes|miércoles|jueves|viernes|lunedì|martedì|mercoledì|giovedì|venerdì|hoy|mañana|oggi|domani)\b"
)
# What a program says of itself, people say of one that is to be set up or put right.
_ANSWER = (
    r"(?:automatisch\w* (?:antwoord|antwort\w*|bericht)|automatic (?:reply|answer|response)|auto-?(?:reply|response)"
    r"|out[ -]of[ -]office|vacation (?:message|reply)|afwezigheids\w+|abwesenheits\w+|réponse automatique"
    r"|message d'absence)"
)
_SET_UP = (
    r"(?:set|switch|turn|put|activate|deactivate|disable|enable|instellen|instel|stel|zetten|zet|uitzetten|aanzetten"
    r"|activeren|uitschakelen|inschakelen|activer|désactiver|mettre|enlever|installer|configurer|einrichten|richte\w*"
    r"|ausschalten|einschalten|schalten|aktivieren|deaktivieren|does(?:n't| not) work|werkt niet|funktioniert nicht"
    r"|ne (?:marche|fonctionne) pas)"
)
_ARRANGES = re.compile(rf"\b{_ANSWER}\b[^.!?]{{0,60}}?\b{_SET_UP}\b|\b{_SET_UP}\b[^.!?]{{0,60}}?\b{_ANSWER}\b")
# People speak of automatic answers too; a program that does says what it is.
_SPEAKS_OF_ONE = re.compile(
    r"(?<!this is an )(?<!dit is een )(?<!ceci est une )(?<!est une )(?<!ist eine )(?<!als )"
    r"\b(?:automatische? antwoord(?:en)?|automatic (?:repl(?:y|ies)|answers?|responses?)|réponses? automatiques?"
    r"|automatischen? antwort(?:en)?|automatische bevestiging(?:en)?|automatic confirmations?"
    r"|confirmations? automatiques?|automatischen? (?:empfangs)?bestätigung(?:en)?)\b"
)
# Under the title of an answer, and without a word of absence or thanks, who names what is theirs has one put right.
_OF_THEIRS = re.compile(
    r"\b(?:my|mijn|mon|ma|mes|mein\w*) (?!absence|last|return|colleague|e?-?mail|phone|mobile|assistant|deputy|office"
    r"|afwezigheid|laatste|terug|collega|gsm|vervang|dernier|retour|collègue|courriel|portable|remplaçant|bureau"
    r"|abwesenheit|letzt|rückkehr|kolleg|handy|vertret|büro)\w"
)
# A note stands for days; who tells an HR desk that they are ill, or where they are, does so on the day.
_ON_THE_DAY = re.compile(
    r"\b(?:today|tomorrow|vandaag|(?<!goede )(?<!guten )morgen|aujourd'hui|demain|heute)\b|\b(?:tand)?arts\b|\bdokter\b"
    r"|\bdoctor\b|\bdentist\b|\bmédecin\b|\bdentiste\b|\b(?:zahn)?arzt|\btele(?:werk|work)|\bthuiswerk|\btélétravail\b"
    r"|\bhome ?office\b"
)
_DENIALS = frozenset({"no", "0", "false", "none"})
# Programs put the subject that they answer behind their own words; people put it in front.
_ANSWERED = re.compile(r".[ (\[](?:re|aw|antw|tr|was) ?: ")
_MARKS = (":", "] ", ") ")
# A mark behind the subject that is answered, by which older web mail told of a program.
_MARKED_BEHIND = re.compile(
    r"[(\[](?:auto(?:mati(?:c|sche?|que)|mated)?[ -]?(?:response|reply|re|antwort|antwoord)"
    r"|réponse automatique|out of office)[)\]]\Z"
)

# So programs name themselves in front of the subject that they answer. A notification or a message is a person's too,
# who says of whom or of what it is: `Out of office notification: An Peeters`.
_BEFORE_SUBJECT = ("holiday reply: ", "vacation reply: ", "vacation response: ")


def is_auto_reply(signs: Signs) -> bool:
    """Tell whether a program answered, by its own headers first, then by its subject and words."""
    if signs.auto_submitted:
        # What a program sends to many is bulk; RFC 3834 has the same word for notices to one person.
        return signs.auto_submitted.startswith("auto-replied") or not signs.has_any(words.LIST_HEADERS)
    return (
        any(signs.get(name) not in _DENIALS for name in words.MACHINE_HEADERS.intersection(signs.first))
        or signs.precedence in words.AUTO_REPLY_PRECEDENCES
        or signs.get("x-apple-action") == "vacation"
        or any(signs.get(name).startswith(values) for name, values in words.MACHINE_VALUES)
        or _is_named_absence(signs)
        or (signs.quotes_nothing and bool(_MARKED_BEHIND.search(signs.subject)))
        or _is_called_auto_reply(signs)
        or ((_is_perhaps_auto_reply(signs) or _is_bare_note(signs)) and not signs.to_several)
        or _is_bulk_note(signs)
        or _says_it_is_automatic(signs)
        or ("x-ms-exchange-inbox-rules-loop" in signs.first and "x-auto-response-suppress" in signs.first)
        or (signs.null_return_path and not signs.has_any(words.LIST_HEADERS))
    )


def _is_named_absence(signs: Signs) -> bool:
    """Tell whether a subject says that its sender is away; who says so of another is a person."""
    named = _NAMED_ABSENCE.fullmatch(signs.subject) if is_new(signs.subject) else None
    if named is None:
        return False
    sender = f"{signs.sender_name} {signs.sender_local}"
    return any(name in sender for name in (named[1] or "").split()) or absence_notes.tells_of_absence(signs.own_words)


def _is_called_auto_reply(signs: Signs) -> bool:
    """Tell whether the subject names an automatic answer; who asks the desk about one puts no colon behind it."""
    is_peoples = starts(signs.subject, (*absence_subjects.ABSENCE_REPORTS, *absence_subjects.ANSWERS_ABOUT_ABSENCE))
    if not is_peoples and not starts(signs.subject, words.AUTO_REPLY_SUBJECTS):
        return False
    own = signs.first_words
    if _ARRANGES.search(own):
        return False
    if is_peoples:
        return (_answers_a_mail(signs) or _is_note(signs)) and not _ON_THE_DAY.search(own)
    if _SPEAKS_OF_ONE.search(own):
        return False
    if ":" in signs.subject:
        return True
    is_answer = absence_notes.tells_of_absence(own) or absence_notes.answers_anybody(own)
    return not signs.asks and (is_answer or not _OF_THEIRS.search(own))


def _reacts(signs: Signs) -> bool:
    """Tell whether headers show that a mail reacts to another; who quotes that has written a subject of their own."""
    return signs.answers_without_quoting or signs.get("x-auto-response-suppress") in _SUPPRESSED_BY_NOTES


def _answers_a_mail(signs: Signs) -> bool:
    answers = _reacts(signs) or bool(_ANSWERED.search(signs.subject))
    return answers or signs.subject.startswith(_BEFORE_SUBJECT)


def _is_note(signs: Signs) -> bool:
    """Tell whether a text is a note to anybody, or, below a title of programs, tells of an absence without a day."""
    own = signs.first_words
    if signs.to_several:
        return False
    if absence_notes.reads_like_absence_note(signs.opening) or self_descriptions.says_it_is_automatic(own):
        return True
    is_lone_title = not {signs.subject, f"{signs.subject}:"}.isdisjoint(absence_subjects.PERHAPS_AUTO_REPLY_SUBJECTS)
    names_a_program = is_lone_title or starts(signs.subject, absence_subjects.ANSWERS_ABOUT_ABSENCE)
    return names_a_program and absence_notes.tells_of_absence(own) and not (signs.asks or _SAYS_WHEN.search(own))


def _says_it_is_automatic(signs: Signs) -> bool:
    """Tell whether the text itself begins by saying that a program wrote it."""
    if subjects.is_forward_subject(signs.subject) or signs.has_any(words.LIST_HEADERS) or signs.hands_in_document:
        return False
    return self_descriptions.says_it_is_automatic(signs.own_words) and not signs.asks


def _is_bare_note(signs: Signs) -> bool:
    """Tell whether a mail is nothing but an absence note; no note hands in a document, and whoever is ill does."""
    if signs.hands_in_document or subjects.is_forward_subject(signs.subject):
        return False
    answers = signs.answers_without_quoting
    if absence_notes.is_bare_note(signs.own_words, signs.subject, answers=answers):
        return True
    # People answer under the subject of what they answer, and most programs for absences under one of their own.
    has_own_title = answers or bool(_ANSWERED.search(signs.subject))
    if not has_own_title or not is_new(signs.subject):
        return False
    return absence_notes.is_note_of_its_own(signs.own_words)


def _is_bulk_note(signs: Signs) -> bool:
    """Tell whether a mail asks not to be answered by programs, is no list's, and answers whoever writes."""
    if not signs.asks_no_answer:
        return False
    own = signs.own_words
    return absence_notes.reads_like_absence_note(own) or absence_notes.answers_anybody(own)


def _is_perhaps_auto_reply(signs: Signs) -> bool:
    """Weigh a subject that people use too, who report to an HR desk that they are ill or on leave."""
    subject = signs.subject
    says_when = bool(_SAYS_WHEN.search(subject))
    stands_in_front = any(mark in subject for mark in _MARKS)
    if stands_in_front and starts(subject, absence_subjects.ABSENCE_BEFORE_SUBJECT) and not says_when:
        return not signs.asks and not _tells_of_themselves(signs) and not _speaks_of_another(signs)
    is_programs = starts(subject, absence_subjects.PERHAPS_AUTO_REPLY_SUBJECTS)
    is_peoples = not is_programs and starts(subject, absence_subjects.PEOPLES_ABSENCE_SUBJECTS)
    if (not is_peoples and not is_programs) or _ARRANGES.search(signs.first_words):
        return False
    if (_ANSWERED.search(subject) and not signs.asks) or signs.asks_no_answer:
        return True
    suppresses = signs.get("x-auto-response-suppress") in _SUPPRESSED_BY_NOTES and not signs.asks
    if suppresses or absence_notes.speaks_to_anybody(signs.opening):
        return True
    if is_peoples:
        says_it_all = subject.startswith(absence_subjects.FIRST_PERSON) and not says_when
        return signs.answers_without_quoting and (says_it_all or absence_notes.reads_like_absence_note(signs.opening))
    return _is_note(signs) or (_reacts(signs) and not says_when and not signs.asks)


def _speaks_of_another(signs: Signs) -> bool:
    """Tell whether a line begins with what stands behind the mark, as who writes of a colleague names them again."""
    behind = re.split(r"[:)\]] ?", signs.subject, maxsplit=1)[1].strip()
    return bool(behind) and any(line.startswith(behind) for line in signs.opening.splitlines())


def _tells_of_themselves(signs: Signs) -> bool:
    """Tell whether somebody says where they are today, or asks for an automatic answer."""
    told = f"{signs.subject} {signs.first_words}"
    return bool(_ARRANGES.search(told) or _ON_THE_DAY.search(told))
