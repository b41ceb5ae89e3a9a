"""Walks the pages of the portal as the table of routes names them, so that a new page is looked at by itself."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from factories import bring_people
from hierarchy import file_reduction
from integration import test_route_table as routes
from portal_site import Site
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.api import tokens
from casework.api.models import Scope
from casework.attachments.models import IncomingFile
from casework.cases import service
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.outbox.models import OutboxMail
from casework.people import store
from casework.people.models import THE_DESK, Actor, Role
from casework.webhooks import service as webhooks
from casework.webhooks.models import WebhookDelivery

# What stands in for a part of an address, where it is not what the table of routes asks with.
INSTEAD = {"/help/{key}": "/help/answer", "/approvals/{id}": "/approvals/1"}
# Addresses of a route that show something that its plain address does not.
BESIDES = {
    "/cases": ["/cases?show=closed&sort=subject"],
    "/cases/{number}": [
        "/cases/HRB0000001?tab=attachments", "/cases/HRB0000002", "/cases/HRB0000002?form=household",
        "/cases/HRB0000003",
    ],
    "/catalogue/forms/{key}": ["/catalogue/forms/work_regime_reduction?regime=foster_leave"],
    "/search": ["/search?q=verlof"],
    "/help/{key}": ["/help/follow-a-ticket"],
    "/help/absences": ["/help/absences?absence=annual_leave"],
    "/sign-in/password": ["/sign-in/password?way=password_token"],
    "/workspace": ["/workspace?language=fr"],
    "/admin/log": ["/admin/log?show=cases&organisation=1", "/admin/log?show=mails", "/admin/log?words=leave"],
    "/": ["/nowhere"],
}  # fmt: skip
MORE_ROLES = {"/approvals/{id}": {"manager"}, "/help/{key}": {"requester", "handler"},
              "/chat/accounts/{token}": {"requester"}}  # fmt: skip
NOT_WALKED = {
    "/sign-in/with/{way}": "leads to the provider",
    "/sign-in/return": "is where the provider sends people back to",
}
ORDER = (routes.NOBODY, *routes.ROLES)
TAG = re.compile(r"<(\w+)([^>]*)>")
LOOKS = re.compile(r'\b(?:class|type|role)="[^"]*"|\btabindex\b|\bpopover\b')


@dataclass(frozen=True)
class Visit:
    """One page as one role."""

    role: str
    address: str


async def furnish(site: Site) -> None:
    """Leave something to see on each page: one of everything, a request that waits for a manager, and long words."""
    async with site.database.transaction() as session:
        await bring_people(session, routes.MORE_PEOPLE)
    await routes.furnish(site)
    async with site.database.transaction() as session:
        words = Words(text="x" * 300 + "\nSee https://balie.example/" + "y" * 200, channel=Channel.WEB)
        file = IncomingFile("z" * 120 + ".pdf", "application/pdf", b"%PDF-1.4 d")
        await service.open_case(
            session, site.desk, site.cast.an, service.Request(subject="W" * 150, words=words, files=[file])
        )
        hired = await store.actor(session, site.cast.an.person_id or 0)
        local_hr = await store.person_by_address(session, routes.ROLES["local_hr"])
        assert local_hr is not None
        await file_reduction(session, site.desk, hired, filed_by=await store.actor(session, local_hr.id))
        await furnish_administration(session, site.desk.clock.now())


async def furnish_administration(session: AsyncSession, now: datetime) -> None:
    """Leave mails that failed, a token, and a notification that did not arrive."""
    await session.execute(update(OutboxMail).where(OutboxMail.id < 3).values(state="failed", last_reply="550 no"))
    await tokens.make(
        session, name="Dossier system", person=None, roles=(Role.ADMIN,), scopes=tuple(Scope),
        life=timedelta(days=9), maker=THE_DESK, channel="system", now=now,
    )  # fmt: skip
    url = "https://system.example/" + "a-long-path/" * 20
    webhook = await webhooks.make(session, url=url, kinds=["answer"], maker=THE_DESK, channel="system", now=now)
    session.add(
        WebhookDelivery(
            webhook_id=webhook.id, entry_id=1, kind="answer", number="HRB0000001", happened_at=now, due_at=now,
            state="failed", attempts=170, last_reply="500",
        )
    )  # fmt: skip


async def visits(site: Site) -> list[Visit]:
    """Return each page once for each look that it has to somebody; what is no page, such as a file, is left out."""
    found: list[Visit] = []
    for written, allowed in routes.TABLE.items():
        method, path = written.split(" ")
        if method != "GET" or path in NOT_WALKED:
            continue
        seen: set[tuple[str, ...]] = set()
        async for visit, looks in _pages(site, path, allowed | MORE_ROLES.get(path, set())):
            if not looks <= seen:
                seen |= looks
                found.append(visit)
    return found


async def _pages(site: Site, path: str, roles: frozenset[str]) -> AsyncIterator[tuple[Visit, set[tuple[str, ...]]]]:
    addresses = [filled_in(path), *BESIDES.get(path, [])]
    for role in sorted(roles, key=ORDER.index):
        browser = await routes.browser_as(site, role)
        for address in addresses:
            page = await browser.get(address)
            assert page.status < 500, (role, address)
            if page.headers.get("Content-Type", "").startswith("text/html") and page.status in {200, 404}:
                looks = {(tag, *LOOKS.findall(rest)) for tag, rest in TAG.findall(page.text)}
                yield Visit(role, address), looks


def filled_in(path: str) -> str:
    """Return an address of a route, with something that exists for each of its parts."""
    path = INSTEAD.get(path, path)
    for name, value in (routes.VALUES | {"{id}": "1"}).items():
        path = path.replace(name, value)
    assert "{" not in path, f"say in tests/every_page.py what stands for {path}"
    return path


async def actor_of(site: Site, role: str) -> Actor | None:
    """Return the person of a role; `None` for nobody."""
    if role == routes.NOBODY:
        return None
    async with site.database.reading() as session:
        person = await store.person_by_address(session, routes.ROLES[role])
        assert person is not None
        return await store.actor(session, person.id)
