"""Hides national numbers in texts that people wrote: nobody needs them in a log."""

import re

NATIONAL_NUMBER = re.compile(r"(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)")
MASKED = "••.••.••-•••.••"


def mask_national_numbers(text: str) -> str:
    """Return a text in which whatever looks like a national number (rijksregisternummer/numéro national) is hidden."""
    return NATIONAL_NUMBER.sub(MASKED, text)
