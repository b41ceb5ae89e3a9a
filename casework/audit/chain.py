"""The arithmetic of the chain: each entry's seal covers what it says and the seal before it.

Whoever changes, removes, adds or moves a row breaks every seal from there on. The format is for ever: seals that were
written once are compared with it.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

BEGINNING = "0" * 64
"""What stands for the seal before the first entry."""


def seal(
    previous: str,
    *,
    id: int,  # noqa: A002 -- named as the column
    at: datetime,
    action: str,
    actor_id: int | None,
    actor: str,
    channel: str,
    case_id: int | None,
    details: dict[str, Any],
) -> str:
    """Return the seal of an entry that follows the one with this seal: SHA-256 over a JSON array, in hexadecimal."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [previous, id, moment, action, actor_id, actor, channel, case_id, details]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
