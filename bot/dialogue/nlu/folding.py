"""What two ways of writing the same words have in common."""

import unicodedata


def normal(text: str) -> str:
    """Fold case, accents, punctuation and blanks, so that `Ja!` and `ja` are one."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
