"""Leads addresses of the system before this one on to our pages, as a file of the administrator says."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from casework.catalogue.yaml_section import Section, read
from casework.portal.shell.redirects import local_path

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PLACE = re.compile(r"\{(\w+)\}")
VALUE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class FormerAddress:
    """An address as it was, what its query has to hold, and where it leads now; `{name}` is a part of its query."""

    path: str
    query: Mapping[str, str]
    to: str

    def leads(self, query: Mapping[str, str]) -> str | None:
        """Return where a query of this path leads, or `None` if it is another address."""
        if any(query.get(name) != value for name, value in self.query.items()):
            return None
        wanted = {name: query.get(name, "") for name in PLACE.findall(self.to)}
        if not all(VALUE.fullmatch(value) for value in wanted.values()):
            return None
        return PLACE.sub(lambda place: wanted[place[1]], self.to)


def load(content: str, file: str) -> tuple[FormerAddress, ...]:
    """Return the addresses that the text of a file lists. Raises `CatalogueError` with file, line and reason."""
    top = read(content, file)
    top.allow("addresses")
    return tuple(_address(section) for section in top.sections("addresses"))


def _address(section: Section) -> FormerAddress:
    section.allow("from", "to")
    former, to = urlsplit(section.text("from")), section.text("to")
    if former.scheme or former.netloc or not re.fullmatch(r"/[\w./-]+", former.path):
        raise section.error("an address begins with / and a word: leave https:// and the host out", "from")
    if local_path(PLACE.sub("x", to)) != PLACE.sub("x", to):
        raise section.error("this is no address of the desk: it begins with /", "to")
    return FormerAddress(former.path, dict(parse_qsl(former.query, keep_blank_values=True)), to)


def routes(addresses: Sequence[FormerAddress]) -> list[web.RouteDef]:
    """Return a route for each path; the first address that fits counts, and what fits none leads to the start page."""
    return [web.get(path, _leading(addresses, path)) for path in dict.fromkeys(one.path for one in addresses)]


def _leading(addresses: Sequence[FormerAddress], path: str) -> Handler:
    of_path = [one for one in addresses if one.path == path]

    async def lead_on(request: web.Request) -> web.StreamResponse:
        found = (one.leads(request.query) for one in of_path)
        return web.Response(status=302, headers={"Location": next((to for to in found if to is not None), "/")})

    return lead_on
