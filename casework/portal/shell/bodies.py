"""What a browser posted: texts and files, none of it trusted, all of it bounded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDictProxy

from casework.attachments.models import IncomingFile

LARGEST_BODY = 32 * 1024 * 1024
LARGEST_ANONYMOUS_BODY = 64 * 1024
LONGEST_TEXT = 100_000
KEPT_FILES = web.RequestKey("kept_files", tuple)  # the files of a form that is sent again after signing in


@dataclass(frozen=True)
class Posted:
    """The fields of a form that was sent in."""

    fields: MultiDictProxy[str | bytes | bytearray | web.FileField]
    kept_files: Sequence[tuple[str, IncomingFile]] = ()

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """Return one text, trimmed and cut to a length; nothing when it was not sent."""
        value = self.fields.get(name, "")
        return value.strip()[:longest] if isinstance(value, str) else ""

    def raw(self, name: str, longest: int) -> str:
        """Return one text exactly as it was typed, blanks included; nothing when it is longer."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) and len(value) <= longest else ""

    async def files(
        self, name: str, *, document_key: str | None = None, sensitive: str | None = None
    ) -> list[IncomingFile]:
        """Return the files of one field; a field that was left empty has none, but those sent before signing in."""
        kept = [
            replace(file, document_key=document_key, sensitive=sensitive)
            for field, file in self.kept_files
            if field == name
        ]
        return kept + [
            IncomingFile(
                filename=field.filename,
                declared_type=field.content_type,
                content=await asyncio.to_thread(field.file.read),
                document_key=document_key,
                sensitive=sensitive,
            )
            for field in self.fields.getall(name, [])
            if isinstance(field, web.FileField) and field.filename
        ]


async def posted(request: web.Request) -> Posted:
    """Read the form that was sent in. Raises 400 for what is no form, and 413 for too much."""
    try:
        return Posted(await request.post(), request.get(KEPT_FILES, ()))
    except (ValueError, LookupError, HttpProcessingError) as error:
        raise web.HTTPBadRequest(text="the form cannot be read") from error


def refuse_large_anonymous(request: web.Request) -> None:
    """Raise 413 when somebody we do not know sends more than a sign-in form needs."""
    length = request.content_length
    if request.can_read_body and (length is None or length > LARGEST_ANONYMOUS_BODY):
        raise web.HTTPRequestEntityTooLarge(LARGEST_ANONYMOUS_BODY)
