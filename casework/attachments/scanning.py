"""Has files looked at by a virus scanner before anybody opens a transaction: a scan takes seconds, a lock must not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from casework.attachments.models import IncomingFile
from casework.errors import CaseworkError


class ScannerAway(CaseworkError):
    """The virus scanner cannot be reached or does not answer."""


class Scanner(Protocol):
    """Whoever knows harmful files."""

    async def scan(self, content: bytes) -> str | None:
        """Return the name of what is in these bytes, or why they could not be checked; None if they are clean.

        Raises `ScannerAway`.
        """


async def scanned(scanner: Scanner | None, files: Sequence[IncomingFile]) -> list[IncomingFile]:
    """Return the files with what was found in each; as they came where there is no scanner. Raises `ScannerAway`."""
    if scanner is None:
        return list(files)
    return [replace(file, quarantined=await scanner.scan(file.content)) for file in files]
