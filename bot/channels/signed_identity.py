"""Shows that what a Rasa server passes on about a person is what we told it: nothing else is believed.

What was signed holds for a few minutes: whoever reads the server's memory later cannot be that person again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

SIGNATURE, SIGNED_AT = "signature", "signed_at"
OURS = frozenset({SIGNATURE, SIGNED_AT})
BELIEVED_FOR = 300.0  # seconds: longer than any answer takes


def signed(key: bytes, conversation_id: str, metadata: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Return metadata with our signature over it, the moment, and the conversation that it belongs to."""
    told = {**metadata, SIGNED_AT: at}
    return {**told, SIGNATURE: _mark(key, conversation_id, told)}


def believed(key: bytes, conversation_id: str, metadata: Mapping[str, Any], at: float) -> dict[str, Any]:
    """Return the metadata that we signed for this conversation just now; nothing at all where we did not."""
    told = {name: value for name, value in metadata.items() if name != SIGNATURE}
    expected, brought = _mark(key, conversation_id, told), str(metadata.get(SIGNATURE, ""))
    if not hmac.compare_digest(expected.encode(), brought.encode(errors="replace")):
        return {}
    return unsigned(told) if abs(at - told[SIGNED_AT]) <= BELIEVED_FOR else {}


def unsigned(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata without what we put to it."""
    return {name: value for name, value in metadata.items() if name not in OURS}


def _mark(key: bytes, conversation_id: str, metadata: Mapping[str, Any]) -> str:
    said = json.dumps([conversation_id, dict(metadata)], sort_keys=True, ensure_ascii=True)
    return hmac.new(key, f"chat metadata {said}".encode(), hashlib.sha256).hexdigest()
