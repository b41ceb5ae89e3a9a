"""Who was paid too much gets a link and nothing else, reads until when they can object, and objects on their page."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from pay_office import AN, GRETA, LUC, equip, hire, run, settle
from portal_site import Browser, Site, open_site
from sqlalchemy import select, update

from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.clock import local_date
from casework.outbox import bounces
from casework.outbox.bounces import Severity
from casework.outbox.models import MailKind, OutboxMail, OutboxState
from payroll.engine.periods import PayMonth
from payroll.pages.section import SECTION
from payroll.payslips.models import PaySlip
from payroll.repayments import service as repayments
from payroll.repayments import telling
from payroll.repayments.models import PlanState, RepaymentPlan

TOO_MUCH = "E101,2026-08-01,,100.00,1,single,none,0,0,mistake"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        await equip(database)
        await hire(database, desk.clock, AN, LUC, GRETA)
        august = await run(database, desk.clock, PayMonth(2026, 8))
        await settle(database, desk.clock, august, opened.cast.ada)
        await hire(database, desk.clock, TOO_MUCH)
        await settle(database, desk.clock, await run(database, desk.clock), opened.cast.ada)
        yield opened


async def told(site: Site) -> list[OutboxMail]:
    """Write what waits to be told, and return all such mails."""
    async with site.database.reading() as session:
        waiting = await telling.waiting(session)
    for plan_id in waiting:
        async with site.database.transaction() as session:
            await telling.tell(session, site.desk, plan_id)
    async with site.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.kind == MailKind.REPAYMENT)
        return list((await session.execute(query)).scalars())


async def plan_of(site: Site) -> tuple[RepaymentPlan, str]:
    async with site.database.reading() as session:
        plan = (await session.execute(select(RepaymentPlan))).scalar_one()
        query = select(PaySlip.id).where(PaySlip.run_id == plan.run_id, PaySlip.person_id == plan.person_id)
        return plan, f"/payslips/{(await session.execute(query)).scalar_one()}"


async def luc(site: Site) -> Browser:
    return await site.browser_of(site.cast.luc)


def read(html: str) -> str:
    body = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def test_who_owes_is_told_once_by_a_link_and_nothing_else(site: Site) -> None:
    plan, page = await plan_of(site)

    [mail] = await told(site)
    again = await told(site)

    assert [one.id for one in again] == [mail.id]
    assert mail.to_address == "luc.martin@health.example"
    everything = mail.subject + mail.text + mail.html
    assert everything.count(site.desk.settings.link(page)) == 2
    assert [word for word in ("Luc", "Martin", "2026", str(plan.owed)[:-2], "EUR") if word in everything] == []


async def sent(site: Site) -> None:
    """Let the mails of repayments leave at this moment, and what waits for that happen."""
    async with site.database.transaction() as session:
        kind = update(OutboxMail).where(OutboxMail.kind == MailKind.REPAYMENT)
        await session.execute(kind.values(state=OutboxState.SENT, sent_at=site.desk.clock.now()))
    await sweep(site)


async def sweep(site: Site) -> None:
    """Do what the schedule does once a mail has left or come back."""
    for waiting, step in ((telling.left, telling.begin_term), (telling.came_back, telling.stop_term)):
        async with site.database.reading() as session:
            plans = await waiting(session)
        for plan_id in plans:
            async with site.database.transaction() as session:
                await step(session, site.desk, plan_id)


async def test_the_thirty_days_count_from_the_day_on_which_the_mail_left(site: Site) -> None:
    site.desk.clock.advance(timedelta(days=31))  # since the run was approved
    before = await plan_of(site)
    await told(site)
    waiting = await plan_of(site)
    site.desk.clock.advance(timedelta(days=2))  # the relay was away
    await sent(site)
    site.desk.clock.advance(timedelta(days=1))
    await sent(site)

    plan, page = await plan_of(site)
    shown = await (await luc(site)).get(page)

    async with site.database.reading() as session:
        query = select(AuditEntry.at, AuditEntry.actor, AuditEntry.channel).where(
            AuditEntry.action == "mail_of_repayment"
        )
        logged = [tuple(entry) for entry in await session.execute(query)]
    assert logged == [(site.desk.clock.now() - timedelta(days=1), "Balie", "mail")]
    assert [one.objection_until for one, _ in (before, waiting)] == [None, None]
    assert plan.objection_until == date(2026, 11, 17)
    assert "Vous pouvez contester jusqu'au 17 novembre 2026 inclus." in read(shown.text)


@pytest.mark.parametrize(
    ("later", "until"), [(timedelta(days=3), date(2026, 10, 18)), (timedelta(hours=1), date(2026, 10, 15))]
)
async def test_a_mail_that_comes_back_stops_the_term_until_a_letter_begins_one(
    site: Site, later: timedelta, until: date
) -> None:
    await told(site)
    await sent(site)
    running, _ = await plan_of(site)
    async with site.database.transaction() as session:
        mail_id = (
            await session.execute(select(OutboxMail.id).where(OutboxMail.kind == MailKind.REPAYMENT))
        ).scalar_one()
        now = site.desk.clock.now()
        assert await bounces.record(session, mail_id, severity=Severity.HARD, reason="no such user", now=now)
    await sweep(site)
    stopped, _ = await plan_of(site)
    site.desk.clock.advance(later)
    async with site.database.transaction() as session:
        on = local_date(site.desk.clock.now())
        await repayments.told(session, site.desk.clock, stopped.id, site.cast.ada, "system", on)
    await sweep(site)

    plan, _ = await plan_of(site)
    terms = [one.objection_until for one in (running, stopped, plan)]
    assert terms == [date(2026, 10, 15), None, until]


async def test_an_objection_opens_a_case_and_stops_what_would_be_recovered(site: Site) -> None:
    _, page = await plan_of(site)
    browser = await luc(site)
    shown = await browser.get(page)

    objected = await browser.post(f"{page}/objection", {"words": "I did work in August."})
    second = await browser.post(f"{page}/objection", {"words": "I did."})

    assert "Vous pouvez contester dans les trente jours qui suivent notre message à ce sujet." in read(shown.text)
    plan, _ = await plan_of(site)
    async with site.database.reading() as session:
        [case] = (await session.execute(select(Case))).scalars().all()
    assert (objected.status, objected.location) == (303, f"/cases/{case.number}?done=sent")
    assert (plan.state, plan.reason) == (PlanState.OBJECTED, case.number)
    assert plan.objection_until == date(2026, 10, 15)  # no mail begins the term of whoever objected before it
    assert case.subject == "Contestation du remboursement sur la fiche de traitement de septembre 2026"
    assert second.status == 409
    assert "Vous avez contesté. Rien n'est récupéré avant la décision." in read(second.text)


@pytest.mark.parametrize(("days", "words", "status"), [(0, " ", 422), (31, "Too late?", 409)])
async def test_an_objection_without_words_or_too_late_changes_nothing(
    site: Site, days: int, words: str, status: int
) -> None:
    _, page = await plan_of(site)
    await told(site)
    await sent(site)
    site.desk.clock.advance(timedelta(days=days))
    browser = await luc(site)
    await browser.get(page)

    refused = await browser.post(f"{page}/objection", {"words": words})

    plan, _ = await plan_of(site)
    async with site.database.reading() as session:
        opened = (await session.execute(select(Case))).scalars().all()
    assert (refused.status, refused.text.count('role="alert"'), plan.state, opened) == (status, 1, "proposed", [])


async def test_nobody_else_objects_and_who_owes_nothing_has_nothing_to_object_to(site: Site) -> None:
    _, page = await plan_of(site)
    ada, an = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.an)
    async with site.database.reading() as session:
        query = select(PaySlip.id).where(PaySlip.person_id == site.cast.an.person_id).order_by(PaySlip.id)
        own = f"/payslips/{(await session.execute(query.limit(1))).scalar_one()}"

    shown = [await ada.get(page), await an.get(own)]
    refused = [await browser.post(f"{slip}/objection", {"words": "No."}) for browser, slip in ((ada, page), (an, own))]

    assert ["objection" in one.text for one in shown] == [False, False]
    assert [one.status for one in refused] == [404, 404]


async def test_what_was_decided_stands_on_the_page(site: Site) -> None:
    plan, page = await plan_of(site)
    async with site.database.transaction() as session:
        await repayments.waive(session, site.desk.clock, plan.id, site.cast.ada, "web", "our mistake")
    shown = await (await luc(site)).get(page)
    assert "Vous ne devez pas rembourser ce montant." in read(shown.text)
