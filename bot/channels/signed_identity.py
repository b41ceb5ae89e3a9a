"""Shows that what a Rasa server passes on about a person is what we told it: nothing else is believed."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

SIGNATURE = "signature"


def signed(key: bytes, conversation_id: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with our signature over it and over the conversation that it belongs to."""
    return {**metadata, SIGNATURE: _mark(key, conversation_id, metadata)}


def believed(key: bytes, conversation_id: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata that we signed for this conversation; nothing at all where we did not."""
    told = {name: value for name, value in metadata.items() if name != SIGNATURE}
    expected, brought = _mark(key, conversation_id, told), str(metadata.get(SIGNATURE, ""))
    return told if hmac.compare_digest(expected.encode(), brought.encode(errors="replace")) else {}


def _mark(key: bytes, conversation_id: str, metadata: Mapping[str, Any]) -> str:
    said = json.dumps([conversation_id, dict(metadata)], sort_keys=True, ensure_ascii=True)
    return hmac.new(key, f"chat metadata {said}".encode(), hashlib.sha256).hexdigest()
