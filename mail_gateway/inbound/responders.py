"""Finds the replies of absence programs that mark nothing, so that no program's words pass for its owner's.

Only replies to the desk are looked at, and only to let a person decide: who asks for leave writes of absence too.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import commands
from casework.cases.models import Case
from casework.messages import store as messages
from casework.people.models import Actor
from mail_gateway.models import ParsedMail

ABSENCE_NOTE = "reads like an absence note"
SAID_BEFORE = "says the same words again within a day"
REASONS = (ABSENCE_NOTE, SAID_BEFORE)

REPEATED_WITHIN = timedelta(hours=24)
SHORTEST_REPEAT = 20
"""Thanks and consent are often said twice."""
_OPENING_CHARS = 400
_LONGEST_NOTE = 2_000

# Each names somebody who writes of their own absence, in their language: a stop word may stand between its halves.
_ABSENT = re.compile(
    r"\b(?:i am|i'm|i will be|i'll be|i shall be)\b[^!?\n]{0,30}?\b(?:away|not in the office|travell?ing"
    r"|out of (?:the )?office|(?:on|taking) (?:\w+ )?(?:leave|holidays?|vacation))\b"
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
_UNTIL = re.compile(r"\b(?:until|till|back|tot|t/m|terug|jusqu\w*|retour|bis|zurück|wieder|hasta|fino|do|até)\b|まで")
_UNTIL_IS_NEAR = 40
_SPAN = re.compile(r"\b(?:from|between|van|vanaf|tussen|vom|von|zwischen|desde|del|dal|od)\b")
# What a note tells whoever writes, and hardly anybody who answers a question.
_TO_ANYBODY = re.compile(
    r"(?:limited|no|not have|without) (?:access|e-?mail)|(?:urgent|emergency|immediate assistance)|in my absence"
    r"|during my absence|(?:your|this) (?:e-?mail|message) (?:will|is) "
    r"|(?:on|after|upon) my return|when i (?:return|am back)|thank you for your (?:e-?mail|mail|message)"
    r"|dringend|tijdens mijn (?:afwezigheid|verlof|vakantie)|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|lees)"
    r"|bij mijn terugkomst|na mijn terugkeer|bedankt voor (?:uw|je) (?:e-?mail|mail|bericht)"
    r"|urgence|urgent|en mon absence|pendant mon absence|dès mon retour|à mon retour|votre (?:e-?mail|mail|message) "
    r"|während meiner abwesenheit|in meiner abwesenheit|dringende|nach meiner rückkehr|ihre (?:e-?mail|mail|nachricht) "
    r"|wird nicht weitergeleitet|vielen dank für ihre|urgente|durante mi ausencia|su (?:correo|mensaje)"
    r"|durante la mia assenza|al mio rientro|pilnych|po powrocie|durante a minha ausência|緊急|ご連絡"
)


def reads_like_absence_note(text: str) -> bool:
    """Tell whether a reply says that its writer is away, in the way of a note that answers whatever comes in.

    `I am away until Monday` does; who names the days from when to when may well answer a question about them.
    """
    own = " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    absent = _ABSENT.search(own[:_OPENING_CHARS])
    if absent is None or len(own) > _LONGEST_NOTE:
        return False
    if _TO_ANYBODY.search(own):
        return True
    sentence = own[absent.start() : absent.end() + _UNTIL_IS_NEAR]
    return bool(_UNTIL.search(sentence)) and "?" not in own and not _SPAN.search(sentence)


async def why_doubted(
    session: AsyncSession, mail: ParsedMail, writer: Actor, case: Case | None, now: datetime
) -> str | None:
    """Return why a reply may be a program's, or None; a decision and what brings files are always heard."""
    if case is None and not mail.answers:
        return None
    if commands.parse_decision(mail.answer_text) or any(not file.inline for file in mail.attachments):
        return None
    own = mail.answer_text.strip()
    if reads_like_absence_note(own):
        return ABSENCE_NOTE
    if writer.person_id is None or len(own) < SHORTEST_REPEAT:
        return None
    # Who handles cases says the same in many of them; who asks does not.
    only_in = None if case is None or case.requester_id == writer.person_id else case.id
    said = await messages.said_by(session, writer.person_id, since=now - REPEATED_WITHIN, case_id=only_in)
    return SAID_BEFORE if own in said else None
