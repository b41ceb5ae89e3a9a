"""What a program can ask for: each operation is one row, from which the routes and the OpenAPI document are made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.api.bodies import Body
from casework.api.models import Scope
from casework.desk import Desk
from casework.people.models import Actor

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Call:
    """One request: within which transaction, for whom, and what was sent."""

    session: AsyncSession
    desk: Desk
    actor: Actor
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Body


@dataclass(frozen=True)
class Reply:
    """What is answered: JSON, or the bytes of a file with their headers."""

    content: Mapping[str, Any]
    status: int = 200
    file: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One thing that a program can ask for.

    `path` is written as OpenAPI writes it. `takes` and `gives` name schemas of `casework.api.schemas`. One that
    `writes` has a writing transaction; a GET that does so writes down who read.
    """

    method: str
    path: str
    name: str
    summary: str
    scope: Scope | None
    work: Callable[[Call], Awaitable[Reply]]
    gives: str
    takes: str | None = None
    query: tuple[str, ...] = ()
    writes: bool = True
    status: int = 200

    def route(self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.RouteDef:
        """Return the route of this operation."""
        return web.route(self.method, PREFIX + self.path, handler, name=f"api-{self.name}")
