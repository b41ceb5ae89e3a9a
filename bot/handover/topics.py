"""Knows the subjects that a person should talk about with a person: then one is offered at once, unasked."""

import re
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML


@cache
def _wanted() -> re.Pattern[str]:
    text = (files("bot.handover") / "topics.yml").read_text(encoding="utf-8")
    topics: dict[str, dict[str, list[str]]] = YAML(typ="safe", pure=True).load(text)
    stems = {stem for languages in topics.values() for stem_list in languages.values() for stem in stem_list}
    return re.compile(r"\b(?:" + "|".join(re.escape(stem) for stem in sorted(stems)) + ")", re.IGNORECASE)


def is_sensitive(text: str) -> bool:
    """Return whether a text touches one of the subjects of `topics.yml`, in whichever of our languages it is."""
    return _wanted().search(text) is not None
