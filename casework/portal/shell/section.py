"""What an edge hands in to have pages of its own in the portal."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.messages.models import EventKind
from casework.messages.store import TimelineEntry
from casework.people.models import Actor, Role
from casework.portal.shell.panels import Panel

# Says what an event means, as plain text in the visitor's language.
Narrator = Callable[[web.Request, TimelineEntry], str]


@dataclass(frozen=True)
class Link:
    """A link in the navigation: in the header, or with `admin` on the page of admins.

    `label` is an English sentence of the section's own domain, marked with `wording.sentence`. Without roles it is
    shown to everyone who signed in.
    """

    path: str
    label: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    admin: bool = False


@dataclass(frozen=True)
class Counter:
    """Something that waits for a person, counted among their active items on the start page.

    `label` is an English sentence, as that of a `Link`. Without roles it is shown to everyone who signed in.
    """

    path: str
    label: str
    count: Callable[[AsyncSession, Actor], Awaitable[int]]
    roles: frozenset[Role] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Section:
    """The pages of one edge.

    `domain` names where its words stand: templates under `templates/web/<domain>/`, style and script under
    `templates/web/<domain>/static/`, sentences in `templates/locale/<language>/<domain>.po`.
    `narrators` say what the events that the edge writes on a timeline mean (of a kind such as `pay_effect`).
    """

    domain: str
    routes: Sequence[web.AbstractRouteDef] = ()
    panels: Sequence[Panel] = ()
    links: Sequence[Link] = ()
    counters: Sequence[Counter] = ()
    narrators: Mapping[EventKind, Narrator] = field(default_factory=dict)
