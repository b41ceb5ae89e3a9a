"""Officers take a run from the order to the files on pages, and are told what keeps it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pay_office import AN, GRETA, LUC, equip, hire
from portal_site import Browser, Page, Site, open_site
from sqlalchemy import Connection, event, select, update

from casework.audit.models import AuditEntry
from casework.people.models import Person, PersonRole, Role
from payroll.pages.section import SECTION
from payroll.payments import accounts, orders
from payroll.runs import parts
from payroll.runs.models import PayRun


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        async with database.transaction() as session:
            session.add(PersonRole(person_id=opened.cast.greta.person_id, role=Role.PAYROLL))
        await equip(database)
        await hire(database, desk.clock, AN, LUC, GRETA)
        yield opened


def read(page: Page) -> str:
    body = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


async def order(browser: Browser) -> str:
    await browser.get("/admin/payroll")
    sent = await browser.post("/admin/payroll/runs", {"period": "2026-09"})
    assert sent.status == 303
    return sent.location.partition("?")[0]


async def step(browser: Browser, address: str, what: str) -> Page:
    await browser.get(address)
    return await browser.post(f"{address}/step", {"step": what})


async def test_a_run_goes_from_the_order_to_its_files(site: Site) -> None:
    greta, ada = await site.browser_of(site.cast.greta), await site.browser_of(site.cast.ada)
    address = await order(greta)

    done = [(await step(ada, address, what)).location for what in ("approve", "pay", "close")]
    page = await ada.get(address)

    assert done == [f"{address}?done={what}" for what in ("approve", "pay", "close")]
    assert "Where it stands: closed" in read(page)
    assert "Ordered by: Greta Vogel Approved by: Ada Bakker" in read(page)
    files = re.findall(r'href="(/admin/payroll/outputs/\d+)"', page.text)
    fetched = [await ada.get(file) for file in files]
    assert [one.headers["Content-Disposition"] for one in fetched] == [
        'attachment; filename="BALIE-2026-09-1-1.xml"',
        'attachment; filename="BALIE-2026-09-1-2.xml"',
        'attachment; filename="journal-2026-09-1.csv"',
        'attachment; filename="withholding-2026-09-1.csv"',
    ]
    async with site.database.reading() as session:
        query = select(AuditEntry.details).where(AuditEntry.action == "read_pay_output").order_by(AuditEntry.id)
        logged = [details["filename"] for details in (await session.execute(query)).scalars()]
    assert logged == [
        "BALIE-2026-09-1-1.xml", "BALIE-2026-09-1-2.xml", "journal-2026-09-1.csv", "withholding-2026-09-1.csv",
    ]  # fmt: skip


async def test_of_two_who_take_the_same_step_one_is_told_how_it_stands(site: Site) -> None:
    address = await order(await site.browser_of(site.cast.greta))
    async with site.database.transaction() as session:
        session.add(PersonRole(person_id=site.cast.omar.person_id, role=Role.PAYROLL))
    both = [await site.browser_of(one) for one in (site.cast.ada, site.cast.omar)]
    shown = []

    for what in ("approve", "pay", "close"):
        shown += await asyncio.gather(*(step(one, address, what) for one in both))

    assert sorted(page.status for page in shown) == [303] * 3 + [409] * 3
    assert [page.text.count('role="alert"') for page in shown if page.status == 409] == [1, 1, 1]


async def test_a_run_that_was_approved_before_its_order_ended_is_shown_as_it_stands(site: Site) -> None:
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/payroll")

    @event.listens_for(site.database.engine.sync_engine, "begin")
    def _approve(connection: Connection) -> None:  # as an officer of another process who is faster
        connection.exec_driver_sql("UPDATE pay_runs SET state = 'approved' WHERE state = 'calculated'")

    sent = await ada.post("/admin/payroll/runs", {"period": "2026-09"})

    assert sent.status == 409
    assert "Somebody went on with this run meanwhile; this is how it stands now." in read(sent)
    assert "Where it stands: approved" in read(sent)


async def test_whoever_ordered_a_run_is_told_that_somebody_else_approves(site: Site) -> None:
    ada = await site.browser_of(site.cast.ada)
    address = await order(ada)
    shown = await ada.get(address)
    refused = await step(ada, address, "approve")
    assert "You ordered this run, so somebody else has to approve it." in read(shown)
    assert 'value="approve"' not in shown.text
    assert refused.status == 409
    assert "You ordered this run, so somebody else has to approve it." in read(refused)


async def test_a_run_with_a_problem_names_the_person_and_what_to_do_until_it_is_settled(site: Site) -> None:
    async with site.database.transaction() as session:
        await session.execute(update(Person).where(Person.id == site.cast.an.person_id).values(iban=None))
    greta, ada = await site.browser_of(site.cast.greta), await site.browser_of(site.cast.ada)
    address = await order(greta)

    refused = await step(ada, address, "approve")
    assert refused.status == 409
    assert (
        "An Peeters (E100) The pay of September 2026 cannot be paid out yet: no valid account is known for this "
        "person. Have the person ask for a change of bank account, or import the account with balie people import, and "
        "look at the run again."
    ) in read(refused)
    async with site.database.transaction() as session:
        await session.execute(update(Person).where(Person.id == site.cast.an.person_id).values(iban="BE68539007547034"))
    assert (await step(ada, address, "look")).location == f"{address}?done=look"
    assert "Nobody is paid while this stands" not in read(await ada.get(address))
    assert (await step(ada, address, "approve")).location == f"{address}?done=approve"


@pytest.mark.parametrize("what", ["", "undo", "pay", "close"])
async def test_a_step_that_does_not_follow_changes_nothing(site: Site, what: str) -> None:
    greta, ada = await site.browser_of(site.cast.greta), await site.browser_of(site.cast.ada)
    address = await order(greta)
    assert (await step(ada, address, what)).status in {409, 422}
    async with site.database.reading() as session:
        assert (await session.execute(select(PayRun.state))).scalar_one() == "calculated"


@pytest.mark.parametrize("what", ["look", "approve", "pay", "close"])
async def test_a_run_that_is_not_there_is_no_page(site: Site, what: str) -> None:
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/payroll")
    assert (await ada.post("/admin/payroll/runs/99/step", {"step": what})).status == 404


@pytest.mark.parametrize("period", ["", "2026-13", "next month", "0000-01"])
async def test_what_is_no_month_is_not_run(site: Site, period: str) -> None:
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/payroll")
    assert (await ada.post("/admin/payroll/runs", {"period": period})).status == 422


async def test_handlers_and_employees_neither_see_nor_move_a_run(site: Site) -> None:
    address = await order(await site.browser_of(site.cast.ada))
    for actor in (site.cast.hanne, site.cast.an):
        browser = await site.browser_of(actor)
        assert (await browser.get(address)).status == 403
        assert (await browser.post(f"{address}/step", {"step": "approve"})).status == 403
        assert (await browser.post("/admin/payroll/runs", {"period": "2026-08"})).status == 403
        assert (await browser.get("/admin/payroll/outputs/1")).status == 403


async def test_a_run_of_another_law_says_so_and_begins_anew_on_its_page(site: Site) -> None:
    people = [one.person_id or 0 for one in (site.cast.an, site.cast.luc, site.cast.greta)]
    async with site.database.transaction() as session:
        begun = PayRun(
            period="2026-09", number=1, known_at=site.desk.clock.now(), parameters="another law", people_per_part=2,
            ordered_by_id=site.cast.ada.person_id,
        )  # fmt: skip
        session.add(begun)
        await session.flush()
        await parts.plan(session, begun, people)
    greta, ada = await site.browser_of(site.cast.greta), await site.browser_of(site.cast.ada)
    await ada.get("/admin/payroll")

    refused = await ada.post("/admin/payroll/runs", {"period": "2026-09"})
    listed = await ada.get("/admin/payroll")
    anew = await step(ada, "/admin/payroll/runs/1", "anew")
    shown = await ada.get(anew.location)
    again = await step(greta, "/admin/payroll/runs/1", "anew")

    assert refused.status == 409
    assert "This run is under way: 0 of 2 parts are done." in read(refused)
    assert "This run was begun with other law tables, or by another version of the program" in read(refused)
    assert "Put those back and it goes on by itself, or begin the run anew on its page." in read(listed)
    assert anew.location == "/admin/payroll/runs/1?done=anew"
    assert "The run began anew." in read(shown)
    assert "Where it stands: calculated" in read(shown)
    assert again.status == 409


async def test_an_approved_run_over_whose_payments_a_process_died_says_how_many_are_ordered(site: Site) -> None:
    greta, ada = await site.browser_of(site.cast.greta), await site.browser_of(site.cast.ada)
    address = await order(greta)
    await step(ada, address, "approve")
    async with site.database.transaction() as session:
        run = (await session.execute(select(PayRun))).scalar_one()
        payees = await accounts.payees(session, run, {site.cast.an.person_id or 0: 100})
        await orders.order(session, run, payees)

    page = await ada.get(address)

    assert "Ordering the payments was broken off; 1 are ordered and stay as they are." in read(page)
    assert "Order the payments to go on." in read(page)
