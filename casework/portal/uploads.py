"""Looks at the files that somebody hands in on a page, before anything is kept: their kind, and what a scanner says."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from casework.attachments.models import IncomingFile
from casework.attachments.scanning import ScannerAway, scanned
from casework.attachments.sniffing import sniff
from casework.catalogue.models import Form
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext


async def look_at(
    request: web.Request, files: Sequence[IncomingFile], form: Form | None
) -> tuple[list[IncomingFile], str]:
    """Return the files with what was found in them, or none and the sentence that says why they cannot be taken.

    A harmful file is taken and kept in quarantine, as one that came by mail is.
    """
    desk = shell(request).desk
    types = [await asyncio.to_thread(sniff, file.content) for file in files]
    names = [file.filename for file, type_ in zip(files, types, strict=True) if not desk.catalogue.takes(type_, form)]
    if names:
        sentence = gettext(
            request, "%(names)s cannot be used here. Send it as a PDF, a photo, a text or an office document."
        )
        return [], sentence % {"names": ", ".join(names)}
    try:
        return await scanned(desk.scanner, files), ""
    except ScannerAway:
        return [], gettext(request, "Your files could not be checked for viruses just now. Try again in a few minutes.")
