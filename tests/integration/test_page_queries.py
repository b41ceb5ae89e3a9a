"""No page asks the database more often where there is more to show, and none needs many questions."""

from collections.abc import AsyncIterator

import pytest
from portal_site import Site, open_site
from sqlalchemy import event

from casework.audit import service as audit
from casework.cases import handling
from casework.cases import store as cases
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import EmailAddress, Organisation, Person, PersonRole
from casework.webhooks.models import Webhook, WebhookDelivery
from mail_gateway.pages.section import SECTION as MAILS
from payroll.pages.section import SECTION as PAYROLL

MOST = 40
PAGES = {
    "an": ("/", "/cases", "/tasks", "/cases/HRB0000001", "/cases/HRB0000001?tab=attachments", "/search?q=kind",
           "/catalogue", "/profile"),
    "hanne": ("/workspace", "/workspace?holder=nobody&order=newest", "/workspace?words=question&awaited=desk",
              "/workspace/answers", "/cases/HRB0000001", "/cases/HRB0000001/together", "/cases/HRB0000001/advice",
              "/cases/HRB0000001/consultation", "/cases/HRB0000002/merge?into=HRB0000001",
              "/workspace?awaited=adviser"),
    "ada": ("/admin", "/admin/log", "/admin/log?page=2", "/admin/log?show=cases", "/admin/log?show=mails",
            "/admin/log?person=peeters", "/admin/log?organisation=1", "/admin/log?handler=claes",
            "/admin/log?words=leave", "/admin/log?kind=read", "/admin/users", "/admin/users/1",
            "/admin/organisations", "/admin/catalogue",
            "/admin/settings", "/admin/jobs", "/admin/tokens", "/admin/webhooks", "/admin/mail"),
}  # fmt: skip
FEW, MANY = 10, 200


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, sections=[MAILS, PAYROLL]) as opened:
        yield opened


class Counter:
    """Counts the statements that reach the database."""

    def __init__(self, site: Site) -> None:
        self.count = 0
        for engine in site.database.engines:
            event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, *_details: object) -> None:
        self.count += 1


async def grow(site: Site, first: int, last: int) -> None:
    """Bring the desk from so many rows of everything to so many more, the first case included."""
    async with site.database.transaction() as session:
        now = site.desk.clock.now()
        case = await cases.by_number(session, "HRB0000001")
        for number in range(first, last):
            session.add(Organisation(name=f"Organisation {number}"))
            person = Person(
                employee_number=f"N{number}", first_name="Nele", last_name=f"N{number}", language="nl",
                organisation_id=1, statute="statutory",
            )  # fmt: skip
            session.add(person)
            await session.flush()
            session.add_all(
                [PersonRole(person_id=person.id, role="employee"), PersonRole(person_id=person.id, role="legal")]
            )
            session.add(EmailAddress(person_id=person.id, address=f"n{number}@health.example", is_primary=True))
            audit.record(session, at=now, action="read", actor=site.cast.hanne, channel="web", case_id=case.id)
            words = Words(text=f"Question {number}", channel=Channel.WEB)
            await handling.write_note(session, site.desk, case, site.cast.hanne, words)
            session.add(
                WebhookDelivery(
                    webhook_id=1, entry_id=number, kind="answer", number=case.number, happened_at=now, due_at=now,
                    state="failed",
                )
            )  # fmt: skip
    for number in range(first, last, 10):
        new = await site.case_of(site.cast.an, f"Leave {number}")
        async with site.database.transaction() as session:
            held = await cases.by_number(session, new.number)
            said = Words(text="Ten.", channel=Channel.MAIL)
            await handling.write_to_requester(session, site.desk, held, site.cast.hanne, said, kind=MessageKind.ANSWER)


async def count(site: Site, counter: Counter) -> dict[str, int]:
    found = {}
    for name, paths in PAGES.items():
        browser = await site.browser_of(getattr(site.cast, name))
        for path in paths:
            counter.count = 0
            assert (await browser.get(path)).status == 200, path
            found[f"{name} {path}"] = counter.count
    return found


async def test_no_page_asks_more_often_where_there_is_more_and_none_asks_forty_times(site):
    await site.answered_case(site.cast.an)
    await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        now = site.desk.clock.now()
        session.add(
            Webhook(url="https://system.example/", kinds=["answer"], salt="s", told_until=0, made_by="Ada", made_at=now)
        )
    counter = Counter(site)
    await grow(site, 1, FEW)
    await count(site, counter)  # what the portal remembers for a while is asked for the first time
    with_few = await count(site, counter)
    await grow(site, FEW, MANY)
    with_many = await count(site, counter)

    assert with_many == with_few
    assert {path: asked for path, asked in with_many.items() if asked > MOST} == {}
    assert max(with_many.values()) > 3
