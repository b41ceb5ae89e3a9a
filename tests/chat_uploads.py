"""Files that a chat took in, held in memory."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.errors import NotFound


class HeldUploads:
    """Files by their key; whoever asks for another is told that there is none."""

    def __init__(self, files: Mapping[str, IncomingFile]) -> None:
        self._files = files
        self.on_cases: list[tuple[str, str]] = []

    async def read(self, _: AsyncSession, __: int, keys: Sequence[str]) -> list[IncomingFile]:
        if not set(keys) <= set(self._files):
            raise NotFound
        return [self._files[key] for key in keys]

    async def put_on(self, _: AsyncSession, __: int, keys: Sequence[str], number: str) -> None:
        self.on_cases += [(key, number) for key in keys]
