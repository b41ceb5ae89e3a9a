"""What is remembered of every message: the language, the case it is about, the files that came with it."""

import secrets
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import ValidationAction

from bot.actions import session

Slots = dict[str, Any]


class RememberMessage(ValidationAction):
    """Fills the slots that hold for the whole conversation."""

    def __init__(self) -> None:
        self._of_domain: tuple[Slots, list[str]] | None = None

    def domain_slots(self, domain: Slots) -> list[str]:
        """List the slots of no form; rasa-sdk asks anew for each of them, and looks at all of the domain each time."""
        if self._of_domain is None or self._of_domain[0] is not domain:
            self._of_domain = domain, super().domain_slots(domain)
        return self._of_domain[1]

    def extract_language(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Follow the session's language when it changes, and a wish to switch when it names a language."""
        ours = session.session_language(tracker)
        wanted = session.mentioned_language(tracker) if _intent(tracker) == "switch_language" else None
        if wanted:
            return {"language": wanted, "session_language": ours}
        if ours and ours != tracker.get_slot("session_language"):
            return {"language": ours, "session_language": ours}
        return {}

    def extract_case_number(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Remember the case that was mentioned last."""
        number = session.mentioned_case(tracker)
        return {"case_number": number} if number else {}

    def extract_request_attachments(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Collect the files that come in until a request takes them along; a message is looked at more than once."""
        keys = session.uploads(tracker)
        if str(tracker.get_slot("requested_slot") or "").startswith("document_"):
            return {}  # it is the document that was asked for
        kept = tracker.get_slot("request_attachments") or []
        return {"request_attachments": list(dict.fromkeys([*kept, *keys]))} if keys else {}

    def extract_draft_key(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Give what is filed next a name of its own; it is kept until that is filed."""
        return {} if tracker.get_slot("draft_key") else {"draft_key": secrets.token_urlsafe(18)}

    def extract_solution_proposed(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Forget the proposed solution as soon as something else than yes or no is said."""
        if tracker.get_slot("solution_proposed") and _intent(tracker) not in ("affirm", "deny"):
            return {"solution_proposed": None}
        return {}

    def validate_solution_proposed(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep it as it is; only our own actions set it."""
        return {"solution_proposed": value}

    def validate_draft_key(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep it as it is; only our own actions set it."""
        return {"draft_key": value}

    def validate_draft_form(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep it as it is; only our own actions set it."""
        return {"draft_form": value}

    def validate_approval(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep what the button named; whether the person is asked for it, the desk knows."""
        return {"approval": str(value)}

    def validate_language(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep to the languages that are spoken here."""
        return {"language": value if value in session.LANGUAGES else session.DEFAULT_LANGUAGE}

    def validate_session_language(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep it as it is; it was checked when it was read."""
        return {"session_language": value}

    def validate_case_number(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Write it in full; what is no case number is forgotten."""
        return {"case_number": session.case_number(str(value))}

    def validate_request_attachments(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep them as they are; the desk checks its own uploads."""
        return {"request_attachments": value}


def _intent(tracker: Tracker) -> str | None:
    return (tracker.latest_message.get("intent") or {}).get("name")
