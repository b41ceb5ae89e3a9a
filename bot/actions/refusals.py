"""What to say when the desk said no: one answer for each reason."""

from rasa_sdk.executor import CollectingDispatcher

from bot.ports import Refusal, RefusalReason

_ANSWERS = {
    RefusalReason.NOT_FOUND: "utter_case_not_found",
    RefusalReason.NOT_ALLOWED: "utter_not_allowed",
    RefusalReason.NOT_NOW: "utter_not_now",
    RefusalReason.INVALID: "utter_not_accepted",
    RefusalReason.UNAVAILABLE: "utter_try_later",
}


def explain(dispatcher: CollectingDispatcher, refusal: Refusal, number: str = "") -> None:
    """Say why it was not done, with the desk's own sentence after it when there is one."""
    dispatcher.utter_message(response=_ANSWERS[refusal.reason], number=number)
    if refusal.detail:
        dispatcher.utter_message(text=refusal.detail)
