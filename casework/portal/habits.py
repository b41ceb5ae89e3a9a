"""Remembers which forms an organisation files most: asking takes a thousand cases, and the answer changes slowly."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiohttp import web

from casework.cases import store as cases
from casework.portal.shell.keys import shell

GOOD_FOR = timedelta(minutes=15)
MOST = 20


class Habits:
    """The most used forms of each organisation, as they were asked for last."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[datetime, Sequence[str]]] = {}

    async def of(self, request: web.Request, organisation_id: int | None) -> Sequence[str]:
        """Return the keys of the forms that an organisation uses most, at most a quarter of an hour old."""
        if organisation_id is None:
            return ()
        now = shell(request).desk.clock.now()
        asked_at, forms = self._known.get(organisation_id, (None, ()))
        if asked_at is None or now - asked_at >= GOOD_FOR:
            async with shell(request).database.reading() as session:
                forms = await cases.forms_used_in(session, organisation_id, MOST)
            self._known[organisation_id] = now, forms
        return forms


HABITS = web.AppKey("habits", Habits)
