"""Says in a handler's language why something could not be done, and what to do instead."""

from casework.cases.models import Status
from casework.errors import AlreadyHandled, CaseworkError, InvalidInput, TransitionNotAllowed

UNKNOWN_FORM = {
    "nl": "Er is geen formulier “{name}”; bedoelt u “{nearest}”?",
    "fr": "Il n'y a pas de formulaire « {name} » ; vouliez-vous dire « {nearest} » ?",
    "de": "Es gibt kein Formular „{name}“; meinen Sie „{nearest}“?",
    "en": "There is no form “{name}”; did you mean “{nearest}”?",
}
ALREADY_HANDLED = {
    "nl": "{handler} behandelt dit ticket al; overleg eerst.",
    "fr": "{handler} traite déjà ce ticket ; concertez-vous d'abord.",
    "de": "{handler} bearbeitet dieses Ticket bereits; sprechen Sie sich zuerst ab.",
    "en": "{handler} already has this case; talk to them first.",
}
CLOSED = {
    "nl": "Ticket {number} is gesloten; alleen een nota is nog mogelijk.",
    "fr": "Le ticket {number} est clôturé ; seule une note est encore possible.",
    "de": "Ticket {number} ist abgeschlossen; nur eine Notiz ist noch möglich.",
    "en": "Case {number} is closed; only a note is still possible.",
}
WRONG_MOMENT = {
    "nl": "Dit kan niet met ticket {number} zoals het nu staat; open het ticket om te zien wat er veranderd is.",
    "fr": "Ce n'est pas possible dans l'état actuel du ticket {number} ; ouvrez-le pour voir ce qui a changé.",
    "de": "Das geht mit Ticket {number} jetzt nicht; öffnen Sie es, um zu sehen, was sich geändert hat.",
    "en": "This cannot be done with case {number} as it now stands; open it to see what has changed.",
}
MERGED = {
    "nl": "Dit ticket is samengevoegd met {number}, van iemand anders. Antwoord daar, of maak het ongedaan.",
    "fr": "Ce ticket est fusionné avec {number}, de quelqu'un d'autre. Répondez sur ce ticket, ou annulez la fusion.",
    "de": "Dieses Ticket gehört nun zu {number} einer anderen Person. Antworten Sie dort, oder trennen Sie beide.",
    "en": "This case was merged into {number}, which is somebody else's. Reply on that one, or undo the merge.",
}


def merged(number: str, language: str) -> str:
    """Say that the words would reach somebody else than the one who was answered."""
    return MERGED[language].format(number=number)


def unknown_form(name: str, nearest: str, language: str) -> str:
    """Say that a form is unknown, and name the nearest one."""
    return UNKNOWN_FORM[language].format(name=name[:60], nearest=nearest)


def sentences(error: CaseworkError, language: str) -> tuple[str, ...]:
    """Return the sentences for an expected error of a handler's action, in their language."""
    match error:
        case InvalidInput():
            return tuple(error.fields.values())
        case AlreadyHandled():
            return (ALREADY_HANDLED[language].format(handler=error.handler),)
        case TransitionNotAllowed(from_=Status.CLOSED_COMPLETE):
            return (CLOSED[language].format(number=error.number),)
        case TransitionNotAllowed():
            return (WRONG_MOMENT[language].format(number=error.number),)
        case _:
            raise error
