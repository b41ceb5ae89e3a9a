"""Who is talking, in which language, and what was said: read from the channel's session, never guessed."""

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker

from bot.ports import Asker

LANGUAGES = ("nl", "fr", "de", "en")
DEFAULT_LANGUAGE = "nl"

_CASE_NUMBER = re.compile(r"\bHRB[\s.-]?(\d{1,7})\b", re.IGNORECASE)
_LANGUAGE_WORDS = {
    "nl": ("nederlands", "nederlandstalig", "néerlandais", "niederländisch", "dutch", "flemish", "vlaams"),
    "fr": ("frans", "franstalig", "français", "francais", "französisch", "franzosisch", "french"),
    "de": ("duits", "duitstalig", "allemand", "deutsch", "german"),
    "en": ("engels", "engelstalig", "anglais", "englisch", "english"),
}
_WORD = re.compile(r"\w+")


def person_id(tracker: Tracker) -> str | None:
    """Name the signed-in person, or None when the channel knows nobody."""
    found = _metadata(tracker).get("person_id")
    return str(found) if found else None


def asker(tracker: Tracker) -> Asker | None:
    """Name the signed-in person, with what their session proved of them."""
    person = person_id(tracker)
    return Asker(person, is_proven=_metadata(tracker).get("is_proven") is True) if person else None


def session_language(tracker: Tracker) -> str | None:
    """Name the language of the channel's session, when it is one we speak."""
    found = _metadata(tracker).get("language")
    return found if found in LANGUAGES else None


def language(tracker: Tracker) -> str:
    """Name the language to answer in."""
    return tracker.get_slot("language") or session_language(tracker) or DEFAULT_LANGUAGE


def uploads(tracker: Tracker) -> list[str]:
    """List the keys of the files that came with the last message."""
    return [str(key) for key in _metadata(tracker).get("attachments") or ()]


def draft_key(tracker: Tracker) -> str:
    """Return what the next thing that is filed is known by."""
    return str(tracker.get_slot("draft_key") or "")


def has_just_done(tracker: Tracker, action: str) -> bool:
    """Tell whether an action ran since the person spoke."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] == action:
            return True
    return False


def has_just_set(tracker: Tracker, slot: str) -> bool:
    """Tell whether a slot got its value from what the person said last."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "slot" and event["name"] == slot and event["value"] is not None:
            return True
    return False


def _metadata(tracker: Tracker) -> Mapping[str, Any]:
    return tracker.latest_message.get("metadata") or {}


def said(tracker: Tracker) -> str:
    """Give the last message as it was typed; the payload of a button gives nothing."""
    text = str(tracker.latest_message.get("text") or "").strip()
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    return "" if intent and text.startswith(f"/{intent}") else text


def mentioned_case(tracker: Tracker) -> str | None:
    """Find the case number in the last message, from a button or typed in any of the usual ways."""
    for value in tracker.get_latest_entity_values("case_number"):
        number = case_number(str(value))
        if number:
            return number
    return case_number(said(tracker))


def case_number(text: str) -> str | None:
    """Write the last case number of a text in full, `HRB` and seven digits."""
    digits = _CASE_NUMBER.findall(text)
    return f"HRB{int(digits[-1]):07d}" if digits else None


def mentioned_language(tracker: Tracker) -> str | None:
    """Find the language that is named in the last message, from a button or in words."""
    for value in tracker.get_latest_entity_values("language"):
        if value in LANGUAGES:
            return str(value)
    words = set(_WORD.findall(said(tracker).lower()))
    return next((key for key, names in _LANGUAGE_WORDS.items() if words & set(names)), None)
