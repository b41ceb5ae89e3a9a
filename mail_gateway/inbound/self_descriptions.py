"""Knows the words by which a program says that a program wrote them, in the languages of those who write to the desk.

People speak of such mails too, and quote them; they do so in their own name.
"""

from mail_gateway.inbound.absence_notes import answers_anybody, flat, tells_of_absence
from mail_gateway.inbound.unaccented import compiled

# How a program says what it is.
_IS_AUTOMATIC = (
    r"(?:this is an? (?:automat(?:ic|ed)|auto)[ -]?(?:ally generated )?"
    r"(?:reply|response|answer|message|e-?mail|acknowledge?ment|confirmation|notification)\b"
    r"|dit is een automatisch(?:e)? (?:gegenereerd(?:e)? )?(?:antwoord|bericht|e-?mail|mail|\w*bevestiging|melding)\b"
    r"|ceci est une? (?:réponse|message|courriel|e-?mail|accusé de réception|confirmation)"
    r" (?:automatique|généré automatiquement)"
    r"|dies(?:e e-?mail|e nachricht)? (?:ist eine automatisch(?:e|"
    r" generierte) (?:antwort|nachricht|e-?mail|\w*bestätigung)|wurde automatisch (?:erstellt|generiert))"
    r"|éste?a? es una? (?:respuesta|mensaje) automátic|quest[ao] è una? (?:risposta|messaggio) automatic"
    r"|esta é uma (?:resposta|mensagem) automática|dette er e[nt] automatisk |detta är ett automat|tämä on automaatti"
    r"|to jest automatyczn|toto je automatick)"
)
# Who shows the desk what a program wrote says that they got it: `This is an automatic message that I received.`
_GOT_IT = (
    r"(?!,? (?:(?:that |which )?i (?:have |keep |just )?(?:get|got|receiv)|d(?:at|ie) ik (?:krijg|kreeg|ontv)"
    r"|que (?:j'ai reçu|je reçois)|d(?:ie|as) ich (?:bekomm|bekam|erhalt|erhielt)))"
)
_AUTOMATIC = compiled(rf"(?:\W{{0,20}}(?:note|nota|remarque|hinweis)\W{{0,3}})?\W{{0,20}}{_IS_AUTOMATIC}{_GOT_IT}")
# Thanks may stand above it; then it says no more of itself than that: `Thank you for your mail. This is an auto-reply.`
_THANKING = compiled(
    r"\W{0,20}(?:(?:hi|hello|dear|hallo|dag|beste|geachte|bonjour|guten tag|liebe\w*|sehr geehrte\w*)\b"
    r"[^.!?,]{0,40}[,!.]? ?)?[^.!?]{0,60}\b(?:thanks?|bedankt|dank|merci|danke|gracias|grazie)\b[^.!?]{0,80}[.!] ?"
    rf"{_IS_AUTOMATIC}(?=[.,;:!]|\Z| (?:from|to let|confirming|van|om|de|pour|von|um)\b)"
)
# As a title above a note; people who want such an answer changed write it there too.
_TITLE = compiled(
    r"\W{0,20}(?:(?:message|réponse|courriel) automatique|automatisch (?:antwoord|bericht)"
    r"|automatische (?:antwort|nachricht)|auto(?:matic|mated)?[ -]?(?:reply|response|message)) ?[:\u2013-] ?\w"
)
# What a program says of the mail that it answers, or holds back until its sender shows to be a person.
_TO_YOURS = compiled(
    r"\b(?:this is an automated response to your (?:message|mail|e-?mail)|this (?:account|mailbox) is protected by"
    r"|your (?:message|mail|e-?mail) (?:has been|was) waitlisted"
    r"|to (?:ensure|complete) (?:the )?delivery of your (?:message|mail|e-?mail))\b"
)
# What a program says of its mail anywhere in it, and people of one that they got, whose words they put in quotes.
_SENT_BY_PROGRAM = compiled(
    rf"(?<![\"'\u201c\u201e\u2018\xab])(?<!\xab )\b(?:{_IS_AUTOMATIC}"
    r"|\bthis (?:e-?mail|message|reply|response) (?:is|was|has been)"
    r" (?:automatically (?:generated|sent|created)|(?:generated|sent|created) automatically)\b(?! by (?:the )?mail )"
    r"|\bautomated (?:message|e-?mail|reply|response)\b.{1,3}(?:please )?do not (?:reply|respond)\b"
    r"|\b(?:reply|respond) to this automated (?:message|e-?mail)\b"
    r"|\b(?:dit (?:bericht|antwoord)|deze (?:e-?mail|mail)) (?:is|wordt|werd) automatisch"
    r" (?:gegenereerd|verstuurd|verzonden)\b"
    r"|\b(?:ce (?:message|courriel|mail)|cet e-?mail|cette réponse) (?:est|a été) (?:généré|envoyé)e? automatiquement\b"
    r"|\bdiese (?:e-?mail|nachricht|antwort) (?:ist|wird|wurde) automatisch"
    r" (?:erstellt|erzeugt|generiert|versandt|versendet|gesendet)\b)"
)
_FIRST_PERSON = compiled(r"\b(?:i|i'm|i've|my|me|ik|mijn|mij|je|j'ai|j'attends|mon|ma|mes|moi|ich|mein\w*|mir|mich)\b")


def says_it_is_automatic(text: str) -> bool:
    """Tell whether a program says that it wrote a text: at its beginning, or where it speaks of your mail.

    What nobody writes in their own name may say so anywhere, and so may who is away, in a sentence of its own.
    """
    own = flat(text)
    if _AUTOMATIC.match(own) or _TO_YOURS.search(own):
        return True
    if "auto" not in own:  # as in nearly every mail, and the searches through all of a text cost more than this
        return False
    if _THANKING.match(own) or (_TITLE.match(own) and (tells_of_absence(text) or answers_anybody(text))):
        return True
    said = _SENT_BY_PROGRAM.search(own)
    if said is None or not is_in_own_name(own):
        return said is not None
    return tells_of_absence(text) and not own[said.end() : said.end() + 1].strip(".!")


def is_in_own_name(text: str) -> bool:
    """Tell whether somebody speaks of themselves, as hardly a program does."""
    return _FIRST_PERSON.search(flat(text)) is not None
