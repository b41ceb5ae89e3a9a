"""The words of a payslip in four languages; those of the lines are the wage types' own."""

from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

from ruamel.yaml import YAML

from casework.portal.shell.package_data import templates_folder

Words: TypeAlias = Mapping[str, str]


def of_language(language: str) -> Words:
    """Return the words of a language, by key."""
    return {key: by_language[language] for key, by_language in _all().items()}


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    text = (templates_folder() / "documents" / "payslip.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Mapping[str, str]] = YAML(typ="safe", pure=True).load(text)
    return read
