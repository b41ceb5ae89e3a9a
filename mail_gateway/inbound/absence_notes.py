"""Knows an absence note by its words, in the languages of those who write to the desk.

Who asks for leave writes of absence too, so the words alone never make a mail an automatic one.
"""

import re

from mail_gateway.inbound.unaccented import compiled, unaccented

_OPENING_CHARS = 400
_LONGEST_NOTE = 2_000

# Each names somebody who writes of their own absence, in their language: a stop word may stand between its halves.
_ABSENT = compiled(
    r"\b(?:i am|i'm|i will be|i'll be|i shall be)\b[^!?\n]{0,30}?\b(?:away|not in the office|travell?ing"
    r"|out of (?:the )?office|(?:on|taking) (?:\w+ ){0,2}(?:leave|holidays?|vacation))\b"
    r"|\bi (?:will|shall) not be reading my e?-?mail\b"
    r"|\b(?:ik ben|ben ik|ik zal)\b[^!?\n]{0,30}?\b(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar)"
    r"|(?:met|op|in) (?:\w+ )?(?:\w*verlof|\w*vakantie|reis)|buiten kantoor)\b"
    r"|\bik ben er (?:momenteel |tijdelijk |even )?niet\b"
    r"|\b(?:ik geniet|geniet ik) [^!?\n]{0,40}?\b(?:vakantie|verlof)\b"
    r"|\b(?:je suis|je serai)\b[^!?\n]{0,30}?\b"
    r"(?:absente?\b|(?:en|de) (?:congés?|vacances|déplacement)\b|hors (?:du|de mon) bureau\b)"
    r"|\bactuellement (?:absente?|en (?:congés?|vacances))\b"
    r"|\b(?:ich bin|bin ich|ich werde|ich befinde mich)\b[^!?\n]{0,40}?\b(?:abwesend|au(?:ß|ss)er haus"
    r"|nicht (?:im (?:b(?:ü|ue)ro|hause?)|erreichbar)"
    r"|(?:im|in|auf) (?:\w+ )?(?:urlaub|ferien|dienstreise|elternzeit|mutterschutz))\b"
    r"|\b(?:estoy|estaré|me encuentro)\b[^!?\n]{0,30}?\b(?:fuera|ausente|de vacaciones)\b"
    r"|\b(?:sono|sarò)\b[^!?\n]{0,30}?\b(?:assente|fuori (?:ufficio|sede)|in (?:ferie|vacanza))\b"
    r"|\b(?:jestem|będę|przebywam)\b[^!?\n]{0,30}?\b(?:nieobecn\w+|na urlopie|poza biurem)\b"
    r"|\b(?:estou|estarei)\b[^!?\n]{0,30}?\b(?:ausente|fora|de férias)\b"
    r"|\bjeg (?:er|holder)\b[^!?\n]{0,30}?\b"
    r"(?:ferie|fraværende|(?:ikke på|ude af|ute av) kontoret|bortreist|permisjon)\b"
    r"|\bjag (?:är|har)\b[^!?\n]{0,30}?\b(?:semester|frånvarande|inte på kontoret|bortrest|\w*ledig)\b"
    r"|\bolen\b[^!?\n]{0,30}?\b(?:lomalla|poissa|matkoilla|vapaalla)\b"
    r"|\b(?:jsem|budu)\b[^!?\n]{0,40}?\b(?:na dovolené|mimo kancelář|nepřítomn\w+)"
    r"|\bszabadságon (?:vagyok|leszek)\b|\bя\b[^!?\n]{0,30}?\bв отпуске\b"
    r"|不在にして|不在と(?:なります|なって)|休暇(?:中|を(?:取得|頂|いただ))"
)
_OPENING_OF_NOTE = 160
_LONGEST_BARE_NOTE = 900
_THANKS = compiled(
    r"(?:thanks|thank you) for (?:contacting|getting)|(?:(?:thanks|thank you) for your|(?:bedankt|dank (?:u|je)) voor"
    r" (?:uw|je|jouw)|merci (?:de|pour) votre|danke? (?:ihnen )?f(?:ü|ue)r (?:ihre|deine)|gracias por su"
    r"|grazie per (?:la|il) (?:sua|suo))[^.!]{0,20}\b(?:e-?mails?|mails?|messages?|enquiry|inquiry|bericht|courriels?|nachricht|anfrage"
    r"|correo|mensaje|messaggio)\b"
)
# Whoever hands in a paper or speaks of one is a person, who reports to an HR desk that they are ill.
_PAPER = compiled(
    r"\b(?:attached|attachment|enclosed|certificate|bijlage|bijgevoegd|hierbij|attest|getuigschrift|annexe|ci-joint\w*"
    r"|pièces? jointes?|certificat|anlage|anhang|anbei|beigefügt\w*|krankmeldung|bescheinigung|attestiert)\b"
)
_ILL = compiled(r"\b(?:ziek\w*|malad\w+|krank\w*|ill|illness|sick\w*)\b")
_INSTEAD = compiled(
    r"(?:urgent|urgence|urgenz|dringend|emergency|immediate|in my absence|during my absence|tijdens mijn|en mon absence"
    r"|pendant mon absence|in meiner abwesenheit|w(?:ä|ae)hrend meiner|urgente|mia assenza|mi ausencia)"
    r"[^.!]{0,120}(?:contact|call|reach|write|mail|turn to|wenden|terecht|bellen|bel |adresser|joindre|appele"
    r"|erreich|contatt|contacte|@|\+?\d{2,4}[ /.]\d{2})"
    r"|(?:gelieve|k[au]nt? u|u kunt|u kan)\b[^.!]{0,40}\b(?:(?:richten|wenden) tot|terecht bij|contact opnemen met)"
    r"|(?:contact|wend u|contacteer|contactez|adressez-vous|wenden sie sich|kontaktieren)"
    r"[^.!]{0,100}(?:urgent|urgence|dringend|immediate|in my absence|tijdens mijn|en mon absence|abwesenheit)"
)
# Whoever asks to be called themselves writes no note.
_TO_ME = compiled(
    r"(?:call|phone|reach|contact|mail|write to) me\b|(?:bel|contacteer|mail) (?:me|mij)\b"
    r"|\bm(?:e|ij) (?:\w+ ){0,4}(?:bellen|bereiken|contacteren)|-moi\b"
    r"|\bm(?:e |')(?:joindre|appeler|contacter)|\bmich\b"
)
_AROUND = 30
_READ_WHEN = compiled(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:on|after|upon) my return"
    r"|when i (?:return|am back|get back)"
    r"|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)|(?:bij|na) mijn ter\w+"
    r"|(?:dès|à|de) mon retour|votre (?:e-?mail|mail|message) (?:sera|ne sera)|nach meiner r(?:ü|ue)ckkehr"
    r"|ihre (?:e-?mail|mail|nachricht) (?:wird|werde)|wird nicht weitergeleitet|al mio rientro|a mi regreso"
    r"|(?:your|this) (?:e-?mail|message) (?:will|is) (?:be|not)"
)
_UNTIL = compiled(
    r"\b(?:until|till|back|tot|t/m|terug|jusqu\w*|retour|bis|zur(?:ü|ue)ck|wieder|hasta|fino|do|até)\b|まで"
)
_UNTIL_IS_NEAR = 40
_SPAN = compiled(r"\b(?:from|between|van|vanaf|tussen|vom|von|zwischen|desde|del|dal|od|du (?:\w+ )?\d+)\b")
# Notes speak of what happens meanwhile, and so does whoever tells the desk of an absence from one day to another.
_MEANWHILE = compiled(
    r"(?:in|during) my absence|tijdens mijn (?:afwezigheid|verlof|vakantie)|(?:en|pendant|durant) mon absence"
    r"|(?:w(?:ä|ae)hrend|in) meiner abwesenheit|durante (?:mi ausencia|la mia assenza|a minha ausência)"
)
# What a note tells whoever writes, and hardly anybody who answers a question.
_TO_ANYBODY = compiled(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:your|this) (?:e-?mail|message) (?:will|is) "
    r"|(?:on|after|upon) my return|when i (?:return|am back)|thank you for your (?:e-?mail|mail|message)"
    r"|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)|worden niet doorgestuurd"
    r"|bij mijn terugkomst|na mijn terugkeer|bedankt voor (?:uw|je) (?:e-?mail|mail|bericht)"
    r"|dès mon retour|à mon retour|votre (?:e-?mail|mail|message) "
    r"|nach meiner r(?:ü|ue)ckkehr|ihre (?:e-?mail|mail|nachricht) "
    r"|wird nicht weitergeleitet|vielen dank f(?:ü|ue)r ihre|su (?:correo|mensaje)|al mio rientro|pilnych|po powrocie"
    r"|緊急|ご連絡|ved hast\w+|ta(?:k|kk) for (?:din|di) |vid brådskande|tack för (?:ditt|din) "
    r"|kiireelli|kiitos viesti|viestisi"
    r"|naléhav|po (?:mém )?návratu|sürgős|срочн"
    r"|please (?:direct|address|forward|resend) your (?:e-?mail|message|question|enquiry|request)"
    r"|(?:richt|stuur|gelieve) (?:uw|je) (?:e-?mail|mail|bericht|vraag|vragen) |richten sie ihre "
    r"|veuillez (?:adresser|envoyer|transmettre) (?:votre|vos) (?:e-?mail|mail|message|demande|question)"
)


def tells_of_absence(text: str) -> bool:
    """Tell whether somebody says near the beginning that they are away themselves."""
    return bool(_ABSENT.search(flat(text)[:_OPENING_CHARS]))


def reads_like_absence_note(text: str) -> bool:
    """Tell whether somebody says that they are away, in the way of a note that answers whatever comes in.

    `I am away until Monday` does; who names the days from when to when may well answer a question about them.
    """
    own = flat(text)
    absent = _ABSENT.search(own[:_OPENING_CHARS])
    if absent is None or len(own) > _LONGEST_NOTE or _PAPER.search(own):
        return False
    if _tells_anybody(own, absent):
        return True
    return _is_until(own, absent) and "?" not in own


def speaks_to_anybody(text: str) -> bool:
    """Tell whether somebody who is away also says what a note says to whoever writes: who helps, when it is read."""
    own = flat(text)
    absent = _ABSENT.search(own[:_OPENING_CHARS])
    if absent is None or len(own) > _LONGEST_NOTE or _PAPER.search(own):
        return False
    return _tells_anybody(own, absent)


def is_bare_note(text: str, subject: str, *, answers: bool = False) -> bool:
    """Tell whether a text is an absence note and nothing else, whatever its headers are.

    It opens with the absence, is short, asks nothing, hands nothing in, speaks of no illness, and tells whoever writes
    whom to turn to, and one thing more of a note: when mail is read, or thanks for theirs, which its title may give.
    Of a mail that `answers` another, the day until when is enough.
    """
    own = flat(text)
    absent = _ABSENT.search(own[:_OPENING_OF_NOTE])
    if absent is None or len(own) > _LONGEST_BARE_NOTE or "?" in own or _PAPER.search(own) or _ILL.search(own):
        return False
    thanks = _THANKS.search(own) or _THANKS.match(flat(subject))
    if not _names_somebody_else(own):
        return False
    return bool(thanks or _READ_WHEN.search(own)) or (answers and _is_until(own, absent))


def _tells_anybody(own: str, absent: re.Match[str]) -> bool:
    if _TO_ANYBODY.search(own) or _names_somebody_else(own):
        return True
    return bool(_MEANWHILE.search(own)) and not _SPAN.search(_sentence(own, absent))


def _is_until(own: str, absent: re.Match[str]) -> bool:
    """Tell whether somebody says until when they are away, and not from when, as whoever asks for days does."""
    sentence = _sentence(own, absent)
    return bool(_UNTIL.search(sentence)) and not _SPAN.search(sentence)


def _sentence(own: str, absent: re.Match[str]) -> str:
    return own[absent.start() : absent.end() + _UNTIL_IS_NEAR]


def _names_somebody_else(own: str) -> bool:
    """Tell whether it says whom to turn to when it is urgent, and that is not the writer."""
    found = _INSTEAD.search(own)
    return found is not None and not _TO_ME.search(own[found.start() : found.end() + _AROUND])


def flat(text: str) -> str:
    """Return the beginning of a text on one line, in lower case, without accents, with plain apostrophes."""
    beginning = text[: 2 * _LONGEST_NOTE].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(unaccented(beginning.lower()).split())
