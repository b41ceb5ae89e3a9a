"""Hides national numbers in texts that people wrote: nobody needs them in a log."""

import re
from collections.abc import Mapping
from typing import Any

NATIONAL_NUMBER = re.compile(r"(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)")
MASKED = "••.••.••-•••.••"


def mask_national_numbers(text: str) -> str:
    """Return a text in which whatever looks like a national number (rijksregisternummer/numéro national) is hidden."""
    return NATIONAL_NUMBER.sub(MASKED, text)


def mask_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details of an entry with the national numbers in their texts hidden."""
    return {key: mask_national_numbers(value) if isinstance(value, str) else value for key, value in details.items()}
