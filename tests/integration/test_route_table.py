"""Every route as every role: who gets in is written here, route by route; a route that is not named fails the test."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from chat_site import whole_chat_section
from factories import PEOPLE, bring_people
from portal_site import Browser, Site, open_site

from bot.accounts.models import OutsideAccount
from casework.attachments.models import IncomingFile
from casework.canned import service as canned
from casework.canned.service import Wording
from casework.cases import service
from casework.digital_keys import app_codes
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people import kept_posts, photos, store
from casework.people.kept_posts import Sent
from casework.people.models import Level
from casework.queues import service as queues
from casework.queues.filters import QueueFilter
from mail_gateway.pages import section as mail_pages
from mail_gateway.store import MailContent, ReceivedMail
from payroll.declarations import outputs
from payroll.declarations.outputs import OutputKind
from payroll.pages import section as payroll_pages
from payroll.payslips.models import PaySlip
from payroll.repayments.models import RepaymentPlan
from payroll.runs.models import PayRun

MORE_PEOPLE = (
    PEOPLE
    + """L400,,Mia,Lambert,mia.lambert@health.example,fr,FOD Gezondheid,statutory,employee;local_hr,,,
M500,,Tom,Willems,tom.willems@health.example,nl,FOD Gezondheid,statutory,employee,,,
P600,,Pia,Maes,pia.maes@balie.example,nl,Balie,statutory,employee;payroll,,,
"""
).replace("Gezondheid,contractual,employee,,,\n", "Gezondheid,contractual,employee,,M500,\n", 1)
ROLES = {
    "requester": "an.peeters@health.example",
    "colleague": "luc.martin@health.example",
    "elsewhere": "greta.vogel@justice.example",
    "manager": "tom.willems@health.example",
    "local_hr": "mia.lambert@health.example",
    "handler": "hanne.claes@balie.example",
    "admin": "ada.bakker@balie.example",
    "payroll": "pia.maes@balie.example",
}
NOBODY = "nobody"
LIVE = "GET /cases/{number}/live"
EVERYBODY = frozenset({NOBODY, *ROLES})
SIGNED_IN = frozenset(ROLES)
OWN = frozenset({"requester"})
READERS = frozenset({"requester", "handler", "admin", "local_hr"})
HANDLERS, ADMINS, OFFICERS = frozenset({"handler"}), frozenset({"admin"}), frozenset({"admin", "payroll"})
REGISTRARS = frozenset({"admin", "local_hr"})

# The things in these addresses are those of the requester: their case, its file, their session, address and kept form.
TABLE = {
    "GET /static/{folder}/{name}": EVERYBODY,
    "GET /": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "POST /sign-in/code": EVERYBODY,
    "GET /sign-in/password": EVERYBODY,
    "POST /sign-in/password": EVERYBODY,
    "POST /sign-in/second": EVERYBODY,
    "GET /sign-in/with/{way}": frozenset(),  # there is no provider here
    "GET /sign-in/return": frozenset(),  # nobody was sent to one
    "GET /sign-in/step-up": SIGNED_IN,
    "POST /sign-in/step-up": SIGNED_IN,
    "POST /sign-out": EVERYBODY,
    "GET /sign-out/done": EVERYBODY,
    "GET /session": EVERYBODY,
    "POST /session/extend": EVERYBODY,
    "GET /kept/{id}": OWN,
    "GET /search": SIGNED_IN,
    "GET /cases": SIGNED_IN,
    "GET /tasks": SIGNED_IN,
    "GET /cases/{number}": READERS,
    "POST /cases/{number}/messages": OWN,
    "POST /cases/{number}/decision": OWN,
    "POST /cases/{number}/claim": HANDLERS,
    "POST /cases/{number}/reply": HANDLERS,
    "POST /cases/{number}/form": HANDLERS,
    "GET /attachments/{id}": READERS,
    "GET /catalogue": SIGNED_IN,
    "GET /catalogue/forms/{key}": SIGNED_IN,
    "POST /catalogue/forms/{key}": SIGNED_IN,
    "GET /workspace": HANDLERS,
    "POST /workspace/views": HANDLERS,
    "GET /workspace/answers": HANDLERS,
    "POST /workspace/answers": HANDLERS,
    "GET /workspace/answers/{id}": HANDLERS,
    "POST /workspace/answers/{id}": HANDLERS,
    "POST /workspace/answers/{id}/delete": HANDLERS,
    "POST /workspace/views/{id}/delete": HANDLERS,
    "POST /cases/{number}/reply/draft": HANDLERS,
    "POST /cases/{number}/hand-over": HANDLERS,
    "POST /cases/{number}/give-back": HANDLERS,
    "POST /cases/{number}/referral": HANDLERS,
    "GET /cases/{number}/advice": HANDLERS,
    "POST /cases/{number}/advice": HANDLERS,
    "POST /cases/{number}/advice/{id}/answer": frozenset(),  # no advice is asked
    "POST /cases/{number}/advice/{id}/end": frozenset(),
    "GET /cases/{number}/consultation": HANDLERS,
    "POST /cases/{number}/consultation": HANDLERS,
    "POST /workspace/bulk": HANDLERS,
    "POST /workspace/bulk/confirm": HANDLERS,
    "GET /cases/{number}/together": HANDLERS,
    "GET /cases/{number}/merge": HANDLERS,
    "POST /cases/{number}/merge": frozenset(),  # there is no other ticket
    "POST /cases/{number}/merge/end": HANDLERS,
    "POST /cases/{number}/split": HANDLERS,
    "POST /cases/{number}/links": HANDLERS,
    "POST /cases/{number}/links/end": frozenset(),  # nothing is linked
    "GET /admin": ADMINS,
    "GET /admin/log": ADMINS,
    "GET /profile": SIGNED_IN,
    "POST /profile/language": SIGNED_IN,
    "POST /profile/shortcuts": SIGNED_IN,
    "POST /profile/sessions/{id}/end": OWN,
    "GET /profile/photo": OWN,
    "POST /profile/photo": SIGNED_IN,
    "POST /profile/photo/remove": SIGNED_IN,
    "GET /profile/password": SIGNED_IN,
    "POST /profile/password": SIGNED_IN,
    "GET /profile/app": OWN,
    "GET /profile/app/image": OWN,
    "POST /profile/app": SIGNED_IN,
    "POST /profile/app/confirm": OWN,
    "POST /profile/app/remove": SIGNED_IN,
    "POST /profile/list": SIGNED_IN,
    "POST /profile/list/remove": SIGNED_IN,
    "GET /profile/addresses": SIGNED_IN,
    "POST /profile/addresses": SIGNED_IN,
    "POST /profile/addresses/code": SIGNED_IN,
    "POST /profile/addresses/{id}/primary": OWN,
    "POST /profile/addresses/{id}/remove": OWN,
    "POST /profile/sessions/end-all": SIGNED_IN,
    "GET /registration": REGISTRARS,
    "POST /registration": REGISTRARS,
    "GET /admin/mail": ADMINS,
    "GET /admin/mail/{id}": ADMINS,
    "GET /admin/mail/{id}/raw": ADMINS,
    "POST /admin/mail/{id}/release": ADMINS,
    "GET /help": SIGNED_IN,
    "GET /help/absences": SIGNED_IN,
    "GET /help/{key}": frozenset(),  # there is no article of that name
    "GET /search/suggestions": SIGNED_IN,
    "GET /approvals": SIGNED_IN,
    "GET /approvals/{id}": frozenset(),  # nobody is asked to approve anything
    "GET /approvals/{id}/files/{file}": frozenset(),
    "POST /approvals/{id}/decision": frozenset(),
    "GET /deputies": SIGNED_IN,
    "POST /deputies": SIGNED_IN,
    "POST /deputies/{id}/end": frozenset(),  # nobody has a deputy
    "GET /organisation": frozenset({"local_hr"}),
    "POST /cases/{number}/reopen": OWN,
    "POST /cases/{number}/watch/end": frozenset(),  # nobody follows it
    "POST /catalogue/forms/{key}/favourite": SIGNED_IN,
    "POST /drafts/{key}/delete": SIGNED_IN,
    "GET /admin/catalogue": ADMINS,
    "GET /admin/jobs": ADMINS,
    "POST /admin/jobs/mails/{id}": frozenset(),  # no job failed
    "POST /admin/jobs/notifications/{id}": frozenset(),
    "GET /admin/log/export": ADMINS,
    "POST /admin/mail/outgoing/{id}/release": ADMINS,
    "GET /admin/organisations": ADMINS,
    "GET /admin/settings": ADMINS,
    "GET /admin/tokens": ADMINS,
    "POST /admin/tokens": ADMINS,
    "POST /admin/tokens/{id}/revoke": frozenset(),  # there is no token
    "GET /admin/users": ADMINS,
    "GET /admin/users/{id}": ADMINS,
    "POST /admin/users/{id}": ADMINS,
    "GET /admin/webhooks": ADMINS,
    "POST /admin/webhooks": ADMINS,
    "POST /admin/webhooks/{id}/remove": frozenset(),  # there is none
    "GET /pay/simulation": SIGNED_IN,
    "GET /admin/payroll": OFFICERS,
    "GET /admin/payroll/runs/{id}": OFFICERS,
    "POST /admin/payroll/runs": OFFICERS,
    "POST /admin/payroll/runs/{id}/step": OFFICERS,
    "GET /admin/payroll/law": OFFICERS,
    "POST /admin/payroll/law": OFFICERS,
    "POST /admin/payroll/law/{id}/confirm": OFFICERS,
    "POST /admin/payroll/law/{id}/withdraw": OFFICERS,
    "GET /admin/payroll/outputs/{id}": OFFICERS,
    "GET /payslips": SIGNED_IN,
    "GET /payslips/{id}": OWN | OFFICERS,
    "GET /payslips/{id}/pdf": OWN | OFFICERS,
    "POST /payslips/{id}/dispute": OWN,
    "POST /payslips/{id}/objection": OWN,
    "GET /chat": SIGNED_IN,
    "POST /chat": SIGNED_IN,
    "POST /chat/files": SIGNED_IN,
    "GET /chat/ws": SIGNED_IN,
    "GET /chat/transcript": SIGNED_IN,
    "POST /chat/copy": SIGNED_IN,
    "GET /chat/embed.js": EVERYBODY,
    "GET /chat/frame": EVERYBODY,
    "POST /chat/frame": frozenset(),  # it names no conversation of ours
    "GET /chat/accounts/{token}": frozenset(),  # there is no such link
    "POST /chat/accounts/{token}": frozenset(),
    "POST /profile/accounts/{id}/remove": OWN,
    "POST /channels/teams": frozenset(),  # nobody brings a token of the Bot Framework
    "POST /channels/slack": frozenset(),  # nobody signs as Slack does
    "GET /workspace/chat": HANDLERS,
    "POST /workspace/chat/duty": HANDLERS,
    "GET /workspace/chat/{id}": frozenset(),  # nobody waits for a conversation
    "POST /workspace/chat/{id}": frozenset(),
    "POST /workspace/chat/{id}/take": HANDLERS,  # who are told that it is gone
    "POST /workspace/chat/{id}/end": frozenset(),
}
VALUES = {
    "{number}": "HRB0000001",
    "{key}": "household",
    "{way}": "eid",
    "{file}": "1",
    "{folder}": "portal",
    "{name}": "balie.css",
    "{token}": "1.x.y",
}
IDS = {
    "POST /profile/addresses/{id}/remove": "2",  # the second address: the first one is primary and stays
    "POST /admin/users/{id}": "5",  # somebody who asks for nothing here
}
SENT = {"text": "words", "decision": "accept", "language": "nl", "way": "password_app", "address": "x@y.example",
        "password": "p", "key": "app", "form": "household", "redraw": "yes"}  # fmt: skip
SLIP = {"period": "2026-09", "number": 1, "name": "An Peeters", "employee_number": "E100", "employer": {},
        "organisation": "FOD", "statute": "contractual", "account": "", "paid_on": None, "months": []}  # fmt: skip
APPROVES = {"POST /approvals/{id}/decision": {"decision": "approve"}}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    sections = (mail_pages.SECTION, payroll_pages.SECTION, whole_chat_section(database, desk, model_folder))
    async with open_site(database, desk, sign_in_rules, sections) as opened:
        async with database.transaction() as session:
            await bring_people(session, MORE_PEOPLE)
        await furnish(opened)
        yield opened


async def furnish(site: Site) -> None:
    """Give the requester one of everything: an answered case with a file, a session, a photo, a key and a kept form."""
    case = await site.answered_case(site.cast.an)
    await site.browser_of(site.cast.an)
    now, person_id = site.desk.clock.now(), site.cast.an.person_id
    async with site.database.transaction() as session:
        held = await session.merge(await site.case(case.number))
        file = IncomingFile("private.txt", "text/plain", b"private words")
        words = Words(text="With a file", channel=Channel.MAIL)
        await service.add_message(session, site.desk, held, site.cast.an, words, files=[file])
        await photos.keep(session, person_id, b"a photo", now)
        await app_codes.prepare(session, site.rules.key, person_id, now)
        handler_id = site.cast.hanne.person_id
        await canned.keep(session, handler_id, Wording("Days", {"nl": "Tien."}, shared=True), now)
        await queues.keep(session, handler_id, "French", QueueFilter(language="fr"), now, for_team=True)
        await kept_posts.keep(session, person_id, Sent("/cases", "/cases", [("text", "words")], []), now)
        session.add(
            OutsideAccount(channel="teams", account="29:an", name="An in Teams", person_id=person_id, linked_at=now)
        )
        session.add(
            ReceivedMail(dedupe_key="1", sha256="1", size=1, envelope_from="", rcpt_tos=[],
                         remote="", received_at=now, from_address="x@y.example", state="held")
        )  # fmt: skip
        await session.flush()
        session.add(MailContent(mail_id=1, raw=b"Subject: x\r\n\r\nx"))
        run = PayRun(period="2026-09", number=1, known_at=now, parameters="1", people_per_part=1, state="paid")
        session.add(run)
        await session.flush()
        session.add(PaySlip(run_id=1, person_id=person_id, period="2026-09", issued_at=now, content=SLIP))
        until = now.date() + timedelta(days=30)
        session.add(
            RepaymentPlan(run_id=1, person_id=person_id, period="2026-09", owed=1, made_at=now, objection_until=until)
        )
        await outputs.keep(session, await outputs.made(OutputKind.JOURNAL, "1", "journal.csv", b"x"), now, 1)


def routes(site: Site) -> list[str]:
    return sorted(
        f"{route.method} {route.resource.canonical}"
        for route in site.client.app.router.routes()
        if route.method != "HEAD"
        and route.resource is not None
        and not _has_a_test_of_its_own(route.resource.canonical)
    )


def _has_a_test_of_its_own(path: str) -> bool:
    """Leave out the interface of programs, which knows tokens and no roles, and what is followed without an end."""
    return path.startswith("/api/") or path.endswith("/live") or path == "/chat/events"


async def test_a_live_case_is_followed_by_its_readers_only(site):
    refused = [role for role in sorted(EVERYBODY - READERS - {NOBODY}) if not await is_let_in(site, LIVE, role)]
    assert refused == ["colleague", "elsewhere", "manager", "payroll"]


async def test_the_table_names_every_route(site):
    assert routes(site) == sorted(TABLE)


async def test_each_route_lets_in_whom_the_table_names_and_nobody_else(site):
    """Ask as those who are refused first, and reads before changes: what is asked for is then still there."""
    asked = [(written, role) for written in TABLE for role in EVERYBODY]
    asked.sort(key=lambda pair: (pair[1] in TABLE[pair[0]], pair))
    let_in = {pair for pair in asked if await is_let_in(site, *pair)}
    assert let_in == {(written, role) for written, roles in TABLE.items() for role in roles}


async def is_let_in(site: Site, written: str, role: str) -> bool:
    """Return whether a route does anything for a role: nobody sends them to sign in, or away."""
    method, path = written.split(" ")
    for name, value in (VALUES | {"{id}": IDS.get(written, "1")}).items():
        path = path.replace(name, value)
    browser = await browser_as(site, role)
    query = "?way=password_app" if path == "/sign-in/password" and method == "GET" else ""
    page = await (
        browser.get(path + query) if method == "GET" else browser.post(path, SENT | APPROVES.get(written, {}))
    )
    assert page.status < 500, (written, role)
    return page.status not in {401, 403, 404} and not page.location.startswith("/sign-in")


async def browser_as(site: Site, role: str) -> Browser:
    """Return the browser of somebody in a role, with the token for a form."""
    if role == NOBODY:
        stranger = site.stranger()
        await stranger.get("/sign-in")
        return stranger
    async with site.database.reading() as session:
        person = await store.person_by_address(session, ROLES[role])
        actor = await store.actor(session, person.id)
    return await site.browser_of(actor, Level.HIGH)
