"""The slots that an edge fills on a page of the desk, such as the pay preview on a case."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people.models import Actor


class Place(StrEnum):
    """Where a panel stands; the comment says what `PanelContext.subject` is there."""

    FRONT = "front"  # nothing: anybody may look
    START = "start"  # nothing: the start page of a signed-in person
    QUICK_TASKS = "quick_tasks"  # nothing: what can be done on the start page at once, such as an approval
    CASE_PAGE = "case_page"  # the `casework.cases.models.Case`, already permitted to be read
    CASE_LOG = "case_log"  # the `casework.portal.shell.log_filter.LogFilter` that the admin chose
    PROFILE = "profile"  # nothing: the settings of a signed-in person
    WORKSPACE = "workspace"  # nothing: the page of handlers
    ADMIN = "admin"  # nothing: the page of admins


@dataclass(frozen=True)
class PanelContext:
    """What a panel is drawn from: the request, the page's own database session, and what the page is about."""

    request: web.Request
    session: AsyncSession
    actor: Actor | None
    subject: Any = None


@dataclass(frozen=True)
class Panel:
    """A part of a page: `render` returns its HTML (see `pages.render_fragment`), or empty markup when there is none."""

    place: Place
    render: Callable[[PanelContext], Awaitable[Markup]]


async def fill(panels: Iterable[Panel], place: Place, context: PanelContext) -> list[Markup]:
    """Draw the panels of a place, in the order in which they were registered, leaving out the empty ones."""
    drawn = [await panel.render(context) for panel in panels if panel.place is place]
    return [markup for markup in drawn if markup.strip()]
