"""What the forms have in common: their questions, and checks of what somebody wrote out."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from bot.actions import session
from bot.actions.words import say

Slots = dict[str, Any]

SHORTEST_TEXT = 10
SHORTEST_SUBJECT, LONGEST_SUBJECT = 3, 120


class SignedInForm(FormValidationAction):
    """A form for signed-in people; for anybody else it ends at once, and its action says how to sign in."""

    async def required_slots(
        self, domain_slots: list[str], _: CollectingDispatcher, tracker: Tracker, __: Slots
    ) -> list[str]:
        """Ask nothing of somebody who is not signed in."""
        return domain_slots if session.person_id(tracker) else []


class Ask(Action):
    """Asks for one slot of a form, in the words of the answer `ask_` and the slot's name."""

    def __init__(self, form: str, slot: str) -> None:
        self._form = form
        self._slot = slot

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{self._form}_{self._slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Ask; the question may quote what was answered before."""
        say(dispatcher, tracker, f"ask_{self._slot}", **tracker.current_slot_values())
        return []


def written_text(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> str | None:
    """Accept a text of some length; otherwise say so, and answer None so that it is asked again."""
    if not _typed(value, tracker):
        return None
    text = str(value).strip()
    if len(text) < SHORTEST_TEXT:
        say(dispatcher, tracker, "text_too_short")
        return None
    return text


def subject_line(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> str | None:
    """Accept one line that fits in a list; otherwise say so, and answer None so that it is asked again."""
    if not _typed(value, tracker):
        return None
    text = " ".join(str(value).split())
    if not SHORTEST_SUBJECT <= len(text) <= LONGEST_SUBJECT:
        say(dispatcher, tracker, "subject_length", shortest=SHORTEST_SUBJECT, longest=LONGEST_SUBJECT)
        return None
    return text


def _typed(value: Any, tracker: Tracker) -> bool:
    """Tell a text from the payload of a button that was still on the screen."""
    latest = str(tracker.latest_message.get("text") or "").strip()
    return bool(str(value).strip()) and not (str(value).strip() == latest and not session.said(tracker))
