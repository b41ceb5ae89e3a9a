"""Keeps canned answers, and fills one in for a case.

A text may hold `{name}` and `{number}`, the requester and the case, and `{handler}`, whoever writes. Anything else
between braces stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.canned.models import CannedAnswer
from casework.cases.models import Case
from casework.errors import InvalidInput, NotFound
from casework.messages.service import storable
from casework.people import store as people
from casework.people.models import LANGUAGES, Actor

LONGEST_TITLE = 80
LONGEST_TEXT = 10_000
MOST_ANSWERS = 200  # of one handler


@dataclass(frozen=True)
class Wording:
    """What somebody wrote: a title, and the text in each language that it has one in."""

    title: str
    texts: Mapping[str, str]
    shared: bool


async def offered_to(session: AsyncSession, person_id: int) -> Sequence[CannedAnswer]:
    """Return a handler's own answers and those that others share, by title."""
    seen = or_(CannedAnswer.owner_id == person_id, CannedAnswer.shared)
    query = select(CannedAnswer).where(seen).order_by(func.lower(CannedAnswer.title), CannedAnswer.id)
    return (await session.execute(query)).scalars().all()


async def keep(
    session: AsyncSession, person_id: int, wording: Wording, now: datetime, answer_id: int | None = None
) -> CannedAnswer:
    """Keep an answer, or with its id change one's own.

    Raises `InvalidInput`, keyed `title` or `texts`, with `missing` or `too_many`, and `NotFound` for that of another.
    """
    title = " ".join(storable(wording.title).split())[:LONGEST_TITLE]
    if not title:
        raise InvalidInput({"title": "missing"})
    said = {language: storable(wording.texts.get(language, "")).strip()[:LONGEST_TEXT] for language in LANGUAGES}
    texts = {language: text for language, text in said.items() if text}
    if not texts:
        raise InvalidInput({"texts": "missing"})
    if answer_id is None:
        await _require_room(session, person_id)
        kept = CannedAnswer(owner_id=person_id)
        session.add(kept)
    else:
        kept = await own(session, person_id, answer_id)
    kept.title, kept.texts, kept.shared, kept.saved_at = title, texts, wording.shared, now
    await session.flush()
    return kept


async def _require_room(session: AsyncSession, person_id: int) -> None:
    query = select(func.count()).where(CannedAnswer.owner_id == person_id)
    if (await session.execute(query)).scalar_one() >= MOST_ANSWERS:
        raise InvalidInput({"title": "too_many"})


async def own(session: AsyncSession, person_id: int, answer_id: int) -> CannedAnswer:
    """Return one of somebody's own answers. Raises `NotFound` for any other."""
    kept = await session.get(CannedAnswer, answer_id)
    if kept is None or kept.owner_id != person_id:
        raise NotFound
    return kept


async def throw_away(session: AsyncSession, person_id: int, answer_id: int) -> None:
    """Remove one of somebody's own answers. Raises `NotFound` for any other."""
    await session.delete(await own(session, person_id, answer_id))


async def filled(session: AsyncSession, case: Case, handler: Actor, answer_id: int) -> str:
    """Return an answer for a case in its requester's language, or in the first that there is.

    Raises `NotFound` for an answer that is not offered to this handler.
    """
    answer = await session.get(CannedAnswer, answer_id)
    if answer is None or not (answer.shared or answer.owner_id == handler.person_id):
        raise NotFound
    requester = await people.person(session, case.requester_id)
    known = [answer.texts[one] for one in (requester.language, *LANGUAGES) if one in answer.texts]
    return fill(known[0], {"name": requester.name, "number": case.number, "handler": handler.name})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the value in each known place; what a value holds is never a place itself."""
    pieces = text.split("{")
    filled_in = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}")
        filled_in.append(f"{values[name]}{rest}" if closed and name in values else "{" + piece)
    return "".join(filled_in)
