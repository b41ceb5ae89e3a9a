"""Throws away the bytes of files that nothing refers to any more: of drafts that were left, of mails that were held.

So goes what a killed process had begun to write.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import Attachment
from casework.attachments.storage import Storage
from casework.db import Database
from casework.drafts.models import DraftFile
from casework.people.kept_posts import KeptPost

AGE = timedelta(days=7)  # bytes are kept before the row that names them is: much longer than any transaction lasts
BATCH = 500

# Says which of these contents something of another package refers to.
Referring = Callable[[AsyncSession, Collection[str]], Awaitable[set[str]]]


async def sweep(database: Database, storage: Storage, others: Sequence[Referring] = ()) -> int:
    """Set aside what nobody handed in for a week and nothing refers to; a week later it is gone. Return how many.

    It is asked again before anything goes for good: what somebody refers to by then is put back.
    """
    await storage.drop_fragments(AGE)
    left = await storage.left_for(AGE)
    count = 0
    for start in range(0, len(left), BATCH):
        batch = left[start : start + BATCH]
        async with database.reading() as session:
            unused = set(batch) - await _in_use(session, batch)
            for referring in others:
                unused -= await referring(session, batch)
        await storage.put_back(set(batch) - unused)
        count += await storage.set_aside(unused, AGE)
    return count


async def _in_use(session: AsyncSession, sums: Collection[str]) -> set[str]:
    """Return which of these something refers to."""
    used: set[str] = set()
    for column in (Attachment.sha256, DraftFile.sha256):
        used |= set((await session.execute(select(column).where(column.in_(sums)))).scalars())
    kept = (await session.execute(select(KeptPost.files))).scalars()
    return used | {file["sha256"] for files in kept for file in files}
