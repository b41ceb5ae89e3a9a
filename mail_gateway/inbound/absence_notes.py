"""Knows an absence note by its words, in the languages of those who write to the desk.

Who asks for leave writes of absence too, so the words alone never make a mail an automatic one.
"""

import re

_OPENING_CHARS = 400
_LONGEST_NOTE = 2_000

# Each names somebody who writes of their own absence, in their language: a stop word may stand between its halves.
_ABSENT = re.compile(
    r"\b(?:i am|i'm|i will be|i'll be|i shall be)\b[^!?\n]{0,30}?\b(?:away|not in the office|travell?ing"
    r"|out of (?:the )?office|(?:on|taking) (?:\w+ )?(?:leave|holidays?|vacation))\b"
    r"|\bi (?:will|shall) not be reading my e?-?mail\b"
    r"|\b(?:ik ben|ben ik|ik zal)\b[^!?\n]{0,30}?\b(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar)"
    r"|(?:met|op|in) (?:\w+ )?(?:verlof|vakantie|reis)|buiten kantoor)\b"
    r"|\b(?:je suis|je serai)\b[^!?\n]{0,30}?\b"
    r"(?:absente?\b|(?:en|de) (?:congés?|vacances|déplacement)\b|hors (?:du|de mon) bureau\b)"
    r"|\b(?:ich bin|bin ich|ich werde)\b[^!?\n]{0,40}?\b(?:abwesend|außer haus|nicht (?:im (?:büro|hause?)|erreichbar)"
    r"|(?:im|in|auf) (?:\w+ )?(?:urlaub|ferien|dienstreise))\b"
    r"|\b(?:estoy|estaré|me encuentro)\b[^!?\n]{0,30}?\b(?:fuera|ausente|de vacaciones)\b"
    r"|\b(?:sono|sarò)\b[^!?\n]{0,30}?\b(?:assente|fuori (?:ufficio|sede)|in (?:ferie|vacanza))\b"
    r"|\b(?:jestem|będę|przebywam)\b[^!?\n]{0,30}?\b(?:nieobecn\w+|na urlopie|poza biurem)\b"
    r"|\b(?:estou|estarei)\b[^!?\n]{0,30}?\b(?:ausente|fora|de férias)\b"
    r"|不在にして|不在と(?:なります|なって)|休暇(?:中|を(?:取得|頂|いただ))"
)
_OPENING_OF_NOTE = 160
_LONGEST_BARE_NOTE = 900
_THANKS = re.compile(
    r"(?:thanks|thank you) for (?:contacting|getting)|(?:(?:thanks|thank you) for your|(?:bedankt|dank (?:u|je)) voor"
    r" (?:uw|je|jouw)|merci (?:de|pour) votre|danke? (?:ihnen )?für (?:ihre|deine)|gracias por su|grazie per (?:la|il)"
    r" (?:sua|suo))[^.!]{0,20}\b(?:e-?mails?|mails?|messages?|enquiry|inquiry|bericht|courriels?|nachricht|anfrage"
    r"|correo|mensaje|messaggio)\b"
)
# Whoever hands in a paper or speaks of one is a person, who reports to an HR desk that they are ill.
_PAPER = re.compile(
    r"\b(?:attached|attachment|enclosed|certificate|bijlage|bijgevoegd|hierbij|attest|getuigschrift|annexe|ci-joint\w*"
    r"|pièces? jointes?|certificat|anlage|anhang|anbei|beigefügt\w*|krankmeldung|bescheinigung|attestiert)\b"
)
_ILL = re.compile(r"\b(?:ziek\w*|malad\w+|krank\w*|ill|illness|sick\w*)\b")
_INSTEAD = re.compile(
    r"(?:urgent|urgence|urgenz|dringend|emergency|immediate|in my absence|during my absence|tijdens mijn|en mon absence"
    r"|pendant mon absence|in meiner abwesenheit|während meiner|urgente|mia assenza|mi ausencia)"
    r"[^.!]{0,120}(?:contact|call|reach|write|mail|turn to|wenden|terecht|bellen|bel |adresser|joindre|appele"
    r"|erreich|contatt|contacte|@|\+?\d{2,4}[ /.]\d{2})"
    r"|(?:contact|wend u|contacteer|contactez|adressez-vous|wenden sie sich|kontaktieren)"
    r"[^.!]{0,100}(?:urgent|urgence|dringend|immediate|in my absence|tijdens mijn|en mon absence|abwesenheit)"
)
# Whoever asks to be called themselves writes no note.
_TO_ME = re.compile(
    r"(?:call|phone|reach|contact|mail|write to) me\b|(?:bel|contacteer|mail) (?:me|mij)\b"
    r"|\bm(?:e|ij) (?:\w+ ){0,4}(?:bellen|bereiken|contacteren)|-moi\b"
    r"|\bm(?:e |')(?:joindre|appeler|contacter)|\bmich\b"
)
_AROUND = 30
_READ_WHEN = re.compile(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:on|after|upon) my return"
    r"|when i (?:return|am back|get back)"
    r"|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)|(?:bij|na) mijn ter\w+"
    r"|(?:dès|à|de) mon retour|votre (?:e-?mail|mail|message) (?:sera|ne sera)|nach meiner rückkehr"
    r"|ihre (?:e-?mail|mail|nachricht) (?:wird|werde)|wird nicht weitergeleitet|al mio rientro|a mi regreso"
    r"|(?:your|this) (?:e-?mail|message) (?:will|is) (?:be|not)"
)
_UNTIL = re.compile(r"\b(?:until|till|back|tot|t/m|terug|jusqu\w*|retour|bis|zurück|wieder|hasta|fino|do|até)\b|まで")
_UNTIL_IS_NEAR = 40
_SPAN = re.compile(r"\b(?:from|between|van|vanaf|tussen|vom|von|zwischen|desde|del|dal|od)\b")
# What a note tells whoever writes, and hardly anybody who answers a question.
_TO_ANYBODY = re.compile(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|in my absence"
    r"|during my absence|(?:your|this) (?:e-?mail|message) (?:will|is) "
    r"|(?:on|after|upon) my return|when i (?:return|am back)|thank you for your (?:e-?mail|mail|message)"
    r"|tijdens mijn (?:afwezigheid|verlof|vakantie)|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)"
    r"|bij mijn terugkomst|na mijn terugkeer|bedankt voor (?:uw|je) (?:e-?mail|mail|bericht)"
    r"|en mon absence|pendant mon absence|dès mon retour|à mon retour|votre (?:e-?mail|mail|message) "
    r"|während meiner abwesenheit|in meiner abwesenheit|nach meiner rückkehr|ihre (?:e-?mail|mail|nachricht) "
    r"|wird nicht weitergeleitet|vielen dank für ihre|durante mi ausencia|su (?:correo|mensaje)"
    r"|durante la mia assenza|al mio rientro|pilnych|po powrocie|durante a minha ausência|緊急|ご連絡"
    r"|please (?:direct|address|forward|resend) your (?:e-?mail|message|question|enquiry|request)"
    r"|(?:richt|stuur|gelieve) (?:uw|je) (?:e-?mail|mail|bericht|vraag|vragen) |richten sie ihre "
    r"|veuillez (?:adresser|envoyer|transmettre) (?:votre|vos) (?:e-?mail|mail|message|demande|question)"
)


# How a program begins when it says what it is.
_AUTOMATIC = re.compile(
    r"(?:\W{0,20}(?:note|nota|remarque|hinweis)\W{0,3})?\W{0,20}(?:"
    r"this is an? (?:automat(?:ic|ed)|auto)[ -]?(?:ally generated )?(?:reply|response|answer|message|e-?mail)\b"
    r"|dit is een automatisch(?:e)? (?:gegenereerd(?:e)? )?(?:antwoord|bericht|e-?mail|mail)\b"
    r"|ceci est une? (?:réponse|message|courriel|e-?mail) (?:automatique|généré automatiquement)"
    r"|dies(?:e e-?mail|e nachricht)? (?:ist eine automatisch(?:e|"
    r" generierte) (?:antwort|nachricht|e-?mail)|wurde automatisch (?:erstellt|generiert))"
    r"|ésta? es una respuesta automática|questa è una risposta automatica|esta é uma resposta automática)"
)
# What a program says of the mail that it answers, or holds back until its sender shows to be a person.
_TO_YOURS = re.compile(
    r"\b(?:this is an automated response to your (?:message|mail|e-?mail)|this (?:account|mailbox) is protected by"
    r"|your (?:message|mail|e-?mail) (?:has been|was) waitlisted"
    r"|to (?:ensure|complete) (?:the )?delivery of your (?:message|mail|e-?mail))\b"
)


def says_it_is_automatic(text: str) -> bool:
    """Tell whether a program says that it wrote a text: at its beginning, or where it speaks of your mail."""
    own = _flat(text)
    return bool(_AUTOMATIC.match(own) or _TO_YOURS.search(own))


def tells_of_absence(text: str) -> bool:
    """Tell whether somebody says near the beginning that they are away themselves."""
    return bool(_ABSENT.search(_flat(text)[:_OPENING_CHARS]))


def reads_like_absence_note(text: str) -> bool:
    """Tell whether somebody says that they are away, in the way of a note that answers whatever comes in.

    `I am away until Monday` does; who names the days from when to when may well answer a question about them.
    """
    own = _flat(text)
    absent = _ABSENT.search(own[:_OPENING_CHARS])
    if absent is None or len(own) > _LONGEST_NOTE or _PAPER.search(own):
        return False
    if _tells_anybody(own):
        return True
    sentence = own[absent.start() : absent.end() + _UNTIL_IS_NEAR]
    return bool(_UNTIL.search(sentence)) and "?" not in own and not _SPAN.search(sentence)


def speaks_to_anybody(text: str) -> bool:
    """Tell whether somebody who is away also says what a note says to whoever writes: who helps, when it is read."""
    own = _flat(text)
    absent = _ABSENT.search(own[:_OPENING_CHARS])
    if absent is None or len(own) > _LONGEST_NOTE or _PAPER.search(own):
        return False
    return _tells_anybody(own)


def is_bare_note(text: str, subject: str) -> bool:
    """Tell whether a text is an absence note and nothing else, whatever its headers are.

    It opens with the absence, is short, asks nothing, hands nothing in, speaks of no illness, and tells whoever writes
    whom to turn to, and one thing more of a note: when mail is read, or thanks for theirs, which its title may give.
    """
    own = _flat(text)
    absent = _ABSENT.search(own[:_OPENING_OF_NOTE])
    if absent is None or len(own) > _LONGEST_BARE_NOTE or "?" in own or _PAPER.search(own) or _ILL.search(own):
        return False
    thanks = _THANKS.search(own) or _THANKS.match(_flat(subject))
    return _names_somebody_else(own) and bool(thanks or _READ_WHEN.search(own))


def _tells_anybody(own: str) -> bool:
    return bool(_TO_ANYBODY.search(own)) or _names_somebody_else(own)


def _names_somebody_else(own: str) -> bool:
    """Tell whether it says whom to turn to when it is urgent, and that is not the writer."""
    found = _INSTEAD.search(own)
    return found is not None and not _TO_ME.search(own[found.start() : found.end() + _AROUND])


def _flat(text: str) -> str:
    return " ".join(text[: 2 * _LONGEST_NOTE].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
