"""Case numbers: HRB and seven digits, given out in order and without gaps."""

import re

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework import past_session
from casework.cases.models import NumberSequence
from casework.sqlite_rows import StandingQuery

PREFIX = "HRB"
NUMBER = re.compile(r"\bHR[BC]\d{7}\b", re.IGNORECASE)

# Of the table and not of the class: nobody holds a sequence in memory.
_TABLE = NumberSequence.metadata.tables[NumberSequence.__tablename__]
_ADVANCE = StandingQuery(
    update(_TABLE).where(_TABLE.c.prefix == PREFIX).values(last=_TABLE.c.last + 1).returning(_TABLE.c.last)
)


async def next_number(session: AsyncSession) -> str:
    """Give out the next number; it is taken only if the caller's transaction commits."""
    taken = await past_session.find(session, _ADVANCE)
    if not taken:
        await _begin_sequence(session)
        taken = await past_session.find(session, _ADVANCE)
    [(last,)] = taken
    return f"{PREFIX}{last:07d}"


async def _begin_sequence(session: AsyncSession) -> None:
    try:
        async with session.begin_nested():
            await session.execute(insert(NumberSequence).values(prefix=PREFIX, last=0))
    except IntegrityError:
        return  # another process began it first


def numbers_in(text: str) -> list[str]:
    """Return the case numbers that a text names, in order, upper case."""
    return list(dict.fromkeys(match.upper() for match in NUMBER.findall(text[:10_000])))
