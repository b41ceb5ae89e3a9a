"""What the actions say, in the four languages, from `words.yml` beside this module."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

from bot.actions import session

Button = dict[str, str]

NOTHING: Mapping[str, Any] = MappingProxyType({})


@cache
def _book() -> dict[str, dict[str, Any]]:
    text = (files("bot.actions") / "words.yml").read_text(encoding="utf-8")
    book: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(text)
    return book


def text(key: str, language: str, values: Mapping[str, Any] = NOTHING) -> str:
    """Write an answer in a language, its gaps filled; another language than ours gets the first one."""
    words = _book()["answers"][key]
    return str(words.get(language) or words[session.DEFAULT_LANGUAGE]).format_map(values)


def buttons(key: str, language: str, values: Mapping[str, Any] = NOTHING) -> list[Button]:
    """Write the buttons of an answer."""
    book = _book()
    chosen = [book["buttons"][name] for name in book["answers"][key].get("buttons") or ()]
    return [{"title": button[language], "payload": str(button["payload"]).format_map(values)} for button in chosen]


def say(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    key: str,
    *,
    choices: Sequence[Button] = (),
    **values: Any,
) -> None:
    """Say an answer in the conversation's language, with its own buttons and these choices after them."""
    language = session.language(tracker)
    offered = [*buttons(key, language, values), *choices]
    dispatcher.utter_message(text=text(key, language, values).rstrip(), buttons=offered)
