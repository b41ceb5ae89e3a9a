"""Who looks at a page: a signed-in person with their roles, or somebody we do not know yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from casework.cases.permissions import Action, require
from casework.errors import CaseworkError
from casework.people.models import Actor, Level, Role
from casework.people.sign_in import OpenSession
from casework.portal.shell.keys import shell

FRESH = timedelta(minutes=15)


class SignInNeeded(CaseworkError):
    """Sign in to see this page."""


class StepUpNeeded(CaseworkError):
    """A further proof of who you are is needed here."""


@dataclass(frozen=True)
class Visitor:
    """The person of a request, the session they came with, and the language they read.

    `csrf_token` is what every form of the page must bring back; `tasks` counts the cases that wait for this person.
    `level` is what the session proved, at `proved_at`; `former` is a session that idled away.
    """

    language: str
    actor: Actor | None = None
    session_id: int | None = None
    csrf_token: str = ""
    tasks: int = 0
    level: Level = Level.LOW
    proved_at: datetime | None = None
    former: OpenSession | None = None

    def has(self, *roles: Role) -> bool:
        """Return whether a signed-in person holds any of these roles."""
        return self.actor is not None and self.actor.has(*roles)


VISITOR = web.RequestKey("visitor", Visitor)


def visitor(request: web.Request) -> Visitor:
    """Return who looks at this page."""
    return request[VISITOR]


def signed_in(request: web.Request) -> Actor:
    """Return the signed-in person. Raises `SignInNeeded`: a page then leads to sign-in and back."""
    actor = request[VISITOR].actor
    if actor is None:
        raise SignInNeeded
    return actor


def admitted(request: web.Request, area: Action) -> Actor:
    """Return the signed-in person if the policy lets them into an area. Raises `SignInNeeded` or `NotPermitted`."""
    actor = signed_in(request)
    require(actor, area)
    return actor


def require_level(request: web.Request, level: Level = Level.SUBSTANTIAL) -> Actor:
    """Return the signed-in person if their session proved enough. Raises `SignInNeeded` or `StepUpNeeded`.

    Whoever has to prove more comes back to the same page, or to what they had sent.
    """
    actor = signed_in(request)
    if request[VISITOR].level < level:
        raise StepUpNeeded
    return actor


def is_proven(request: web.Request) -> bool:
    """Return whether the session proved enough for what is delicate, as `require_level` asks for it."""
    return request[VISITOR].level >= Level.SUBSTANTIAL


def require_fresh(request: web.Request, level: Level = Level.SUBSTANTIAL) -> Actor:
    """Return the signed-in person if they proved enough within the last quarter of an hour, as for changing a key."""
    actor = require_level(request, level)
    proved_at = request[VISITOR].proved_at
    if proved_at is None or shell(request).desk.clock.now() - proved_at > FRESH:
        raise StepUpNeeded
    return actor
