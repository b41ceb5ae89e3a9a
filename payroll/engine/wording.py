"""The words of the explanations in four languages, and how each language writes an amount and a month."""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth

NO_BREAK = "\N{NO-BREAK SPACE}"


def word(name: str, language: str, **filled: str) -> str:
    """Return a text of the catalogue in nl, fr, de or en, with what stands in braces filled in."""
    return catalogue()[name][language].format(**filled)


def euro(cents: Cents, language: str) -> str:
    """Write an amount as people of this language do: 1.234,56 EUR in Dutch."""
    thousands, decimal = catalogue()["separators"][language].split(" ")
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", thousands) + f"{decimal}{rest:02d}{NO_BREAK}EUR"


def days(hundredths: int, language: str) -> str:
    """Write a number of days that is given in hundredths: 1050 is 10,5 in Dutch."""
    whole, rest = divmod(hundredths, 100)
    decimal = catalogue()["separators"][language].split(" ")[1]
    return f"{whole}{decimal}{rest:02d}".rstrip("0").rstrip(decimal) if rest else str(whole)


def month(of: PayMonth, language: str) -> str:
    """Write a month with its year."""
    return f"{catalogue()['months'][language].split()[of.month - 1]} {of.year}"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by name and language."""
    text = Path(__file__).with_name("explanations.yaml").read_text(encoding="utf-8")
    return {str(name): dict(texts) for name, texts in YAML(typ="safe", pure=True).load(text).items()}
