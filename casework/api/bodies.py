"""Reads the JSON that a program sent; none of it is trusted, and what is wrong is named by its field."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casework.attachments.models import IncomingFile
from casework.errors import InvalidInput

LONGEST_TEXT = 100_000
MOST_FILES = 20


@dataclass(frozen=True)
class Body:
    """The object that was sent; empty where nothing was."""

    values: Mapping[str, Any]

    def text(self, name: str, *, required: bool = True, longest: int = LONGEST_TEXT) -> str:
        """Return a text. Raises `InvalidInput` for anything else, for one that is too long, or for none."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise InvalidInput({name: "a text is needed"})
        if len(value) > longest:
            raise InvalidInput({name: f"at most {longest} characters are possible"})
        if required and not value.strip():
            raise InvalidInput({name: "this is needed"})
        return value.strip()

    def boolean(self, name: str) -> bool:
        """Return true or false. Raises `InvalidInput`."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise InvalidInput({name: "true or false is needed"})
        return value

    def answers(self, name: str) -> dict[str, str]:
        """Return the answers to a form, by the key of the field. Raises `InvalidInput`."""
        value = self.values.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(each, str | int) for each in value.values()):
            raise InvalidInput({name: "an object of texts is needed"})
        return {key: str(each)[:LONGEST_TEXT] for key, each in value.items()}

    def files(self, name: str = "files") -> list[IncomingFile]:
        """Return the files that were sent along, their content in Base64. Raises `InvalidInput`."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_FILES:
            raise InvalidInput({name: f"a list of at most {MOST_FILES} files is needed"})
        return [_file(f"{name}[{place}]", each) for place, each in enumerate(value)]


def _file(name: str, sent: object) -> IncomingFile:
    if not isinstance(sent, dict):
        raise InvalidInput({name: "an object with filename and content is needed"})
    body = Body(sent)
    try:
        content = base64.b64decode(str(sent.get("content", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput({f"{name}.content": "Base64 is needed"}) from error
    return IncomingFile(
        filename=body.text("filename", longest=500),
        declared_type=body.text("content_type", required=False, longest=200),
        content=content,
        document_key=body.text("document", required=False, longest=60) or None,
    )


def read_body(raw: bytes) -> Body:
    """Read what was sent; nothing is an empty object. Raises `InvalidInput`."""
    if not raw.strip():
        return Body({})
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"body": "JSON in UTF-8 is needed"}) from error
    if not isinstance(value, dict):
        raise InvalidInput({"body": "a JSON object is needed"})
    return Body(value)
