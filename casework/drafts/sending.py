"""Lets a page be sent once: pressed twice, or sent again by a browser, it leads to the same case."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.db import insert_once, rowcount
from casework.drafts.models import SentPage

# Put together once: that costs more than carrying it out.
_FINISH = (
    update(SentPage.metadata.tables[SentPage.__tablename__])
    .where(SentPage.person_id == bindparam("of"), SentPage.key == bindparam("as"))
    .values(case_id=bindparam("led_to"))
)


async def begin(session: AsyncSession, person_id: int, key: str, now: datetime) -> bool:
    """Claim a page's key for this transaction; return whether it is the first time that the page is sent.

    A second sender waits here until the first one has committed, and is then told that it was not the first.
    """
    return await insert_once(session, SentPage, {"person_id": person_id, "key": key, "sent_at": now})


async def finish(session: AsyncSession, person_id: int, key: str, case: Case) -> None:
    """Write down which case the page led to."""
    await session.execute(_FINISH, {"of": person_id, "as": key, "led_to": case.id})


async def led_to(session: AsyncSession, person_id: int, key: str) -> str | None:
    """Return the number of the case that a page led to, if it was sent before."""
    query = select(Case.number).join(SentPage, SentPage.case_id == Case.id)
    query = query.where(SentPage.person_id == person_id, SentPage.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def forget(session: AsyncSession, before: datetime) -> int:
    """Forget the pages that were sent before a moment: no browser sends them again; return how many."""
    return rowcount(await session.execute(delete(SentPage).where(SentPage.sent_at < before)))
