"""Who looks at a page: a signed-in person with their roles, or somebody we do not know yet."""

from dataclasses import dataclass

from aiohttp import web

from casework.errors import CaseworkError, NotPermitted
from casework.people.models import Actor, Role


class SignInNeeded(CaseworkError):
    """Sign in to see this page."""


@dataclass(frozen=True)
class Visitor:
    """The person of a request, the session they came with, and the language they read.

    `csrf_token` is what every form of the page must bring back; `tasks` counts the cases that wait for this person.
    """

    language: str
    actor: Actor | None = None
    session_id: int | None = None
    csrf_token: str = ""
    tasks: int = 0

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


def require_role(request: web.Request, *roles: Role) -> Actor:
    """Return the signed-in person if they hold any of these roles. Raises `SignInNeeded` or `NotPermitted`."""
    actor = signed_in(request)
    if not actor.has(*roles):
        raise NotPermitted
    return actor
