"""What to say when the desk said no: one answer for each reason."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.words import say
from bot.ports import Refusal, RefusalReason

_ANSWERS = {
    RefusalReason.NOT_FOUND: "case_not_found",
    RefusalReason.NOT_ALLOWED: "not_allowed",
    RefusalReason.NOT_NOW: "not_now",
    RefusalReason.NOT_PROVEN: "not_proven",
    RefusalReason.INVALID: "not_accepted",
    RefusalReason.UNAVAILABLE: "try_later",
}


def explain(dispatcher: CollectingDispatcher, tracker: Tracker, refusal: Refusal, number: str = "") -> None:
    """Say why it was not done, with the desk's own sentence after it when there is one."""
    say(dispatcher, tracker, _ANSWERS[refusal.reason], number=number)
    if refusal.detail:
        dispatcher.utter_message(text=refusal.detail)
