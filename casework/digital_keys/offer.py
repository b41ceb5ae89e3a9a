"""Which ways to sign in the desk offers at all, and which an organisation has switched off for its people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys.models import Way, WayOff
from casework.digital_keys.openid.provider import Provider


@dataclass(frozen=True)
class Offer:
    """The ways that the page of sign-in shows, and the provider behind each that has one."""

    ways: frozenset[Way] = frozenset(Way)
    providers: Mapping[Way, Provider] = field(default_factory=dict)

    def shows(self, way: Way) -> bool:
        """Return whether a way is on the page; an own provider only where there is one."""
        return way in self.ways and (way is not Way.HOME or way in self.providers)

    def works(self, way: Way) -> bool:
        """Return whether a way can be used: shown, and connected to its provider if it needs one."""
        return self.shows(way) and (way not in {Way.EID, Way.ITSME} or way in self.providers)


async def is_off(session: AsyncSession, organisation_id: int, way: Way) -> bool:
    """Return whether an organisation has switched a way off."""
    query = select(WayOff.way).where(WayOff.organisation_id == organisation_id, WayOff.way == way)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def switch_off(session: AsyncSession, organisation_id: int, ways: Iterable[Way]) -> None:
    """Switch exactly these ways off for the people of an organisation; every other one is on."""
    await session.execute(delete(WayOff).where(WayOff.organisation_id == organisation_id))
    session.add_all(WayOff(organisation_id=organisation_id, way=way.value) for way in sorted(set(ways)))
    await session.flush()
