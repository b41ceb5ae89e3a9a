"""The tree of organisations: who stands above and below whom. It is small, so it is read whole."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.errors import InvalidInput
from casework.people.models import Organisation


async def names(session: AsyncSession) -> list[tuple[int, str]]:
    """Return every organisation with its name, by name."""
    query = select(Organisation.id, Organisation.name).order_by(Organisation.name)
    return [(organisation_id, name) for organisation_id, name in await session.execute(query)]


async def line_of(session: AsyncSession, organisation_id: int) -> list[int]:
    """Return an organisation and those above it, the nearest first."""
    return _line(await _parents(session), organisation_id)


async def lines_of(session: AsyncSession, organisation_ids: Collection[int]) -> dict[int, list[int]]:
    """Return each of these organisations with those above it, the nearest first."""
    parents = await _parents(session)
    return {one: _line(parents, one) for one in organisation_ids}


async def with_parts(session: AsyncSession, organisation_id: int) -> frozenset[int]:
    """Return an organisation and every organisation below it."""
    parents = await _parents(session)
    return frozenset(one for one in parents if organisation_id in _line(parents, one))


async def put_below(session: AsyncSession, name: str, parent_name: str | None) -> None:
    """Put an organisation below another one, or on its own. Raises `InvalidInput` for an unknown name or a circle."""
    by_name = {one.name: one for one in (await session.execute(select(Organisation))).scalars()}
    for wanted in filter(None, (name, parent_name)):
        if wanted not in by_name:
            raise InvalidInput({"organisation": f"there is no organisation {wanted!r}; people are imported first"})
    part, parent = by_name[name], by_name[parent_name] if parent_name else None
    parents = {one.id: one.parent_id for one in by_name.values()}
    if parent is not None and part.id in _line(parents, parent.id):
        raise InvalidInput({"organisation": f"{name!r} cannot stand below itself"})
    part.parent_id = parent.id if parent else None


async def _parents(session: AsyncSession) -> Mapping[int, int | None]:
    return {one: parent for one, parent in await session.execute(select(Organisation.id, Organisation.parent_id))}


def _line(parents: Mapping[int, int | None], organisation_id: int) -> list[int]:
    """Follow the tree upwards; a circle, which `put_below` refuses, would end where it began."""
    line: list[int] = []
    here: int | None = organisation_id
    while here is not None and here not in line:
        line.append(here)
        here = parents.get(here)
    return line
