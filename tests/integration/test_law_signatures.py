"""An officer signs for a law table on the page, a second one confirms it, and from then on pay goes by it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pay_office import AN, LAW, equip, hire, run, settle
from portal_site import Browser, Page, Site, open_site, words_of
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.people.models import PersonRole, Role
from casework.people.sign_in import SignInRules
from payroll.engine.parameters import with_replacements
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.pages.section import SECTION
from payroll.payslips.models import PaySlip
from payroll.runs import problems
from payroll.runs.models import PayRun
from payroll.runs.monthly import run_due_months
from payroll.runs.service import resume
from payroll.settings import PayrollSettings
from payroll.signatures import service as signatures

PAGE = "/admin/payroll/law"
OCTOBER = PayMonth(2026, 10)  # past the day until which any table was verified


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database: Database, desk: Desk, sign_in_rules: SignInRules, clock: SettableClock) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        clock.at = datetime(2026, 10, 20, 8, tzinfo=UTC)
        await equip(database)
        await hire(database, clock, AN)
        async with database.transaction() as session:
            session.add(PersonRole(person_id=opened.cast.greta.person_id, role=Role.PAYROLL))
        yield opened


async def waiting(site: Site) -> list[str]:
    async with site.database.reading() as session:
        return [one.table for one in await signatures.unsigned(session, site.desk.clock, LAW)]


async def sign(browser: Browser, table: str, until: str = "2026-12-31", reason: str = "published unchanged") -> Page:
    await browser.get(PAGE)
    return await browser.post(PAGE, {"table": table, "until": until, "reason": reason})


async def sign_for_all(site: Site) -> int:
    """Let two officers sign for whatever keeps pay up; return how many tables that were."""
    first, second = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.greta)
    tables = await waiting(site)
    for number, table in enumerate(tables, start=1):
        assert (await sign(first, table)).location == f"{PAGE}?done=signed"
        await second.get(PAGE)
        assert (await second.post(f"{PAGE}/{number}/confirm", {})).location == f"{PAGE}?done=confirmed"
    return len(tables)


async def test_two_officers_let_a_run_through_and_each_slip_says_so(site: Site) -> None:
    clock = site.desk.clock
    before = await run(site.database, clock, OCTOBER)
    needed = await waiting(site)
    assert await sign_for_all(site) == len(needed) > 0
    after = await run(site.database, clock, OCTOBER)
    await settle(site.database, clock, after, site.cast.ada)

    async with site.database.reading() as session:
        standing = [one.rule for one in await problems.all_problems(session)]
        slip = (await session.execute(select(PaySlip))).scalar_one()
        logged = (await session.execute(select(AuditEntry.action, AuditEntry.actor, AuditEntry.details))).all()
    assert (before, after, standing, await waiting(site)) == (1, 2, [], [])
    assert {table for table, version in slip.content["months"][0]["parameters"].items() if "signed" in version} >= set(
        needed
    )
    done = [(action, actor, details["table"]) for action, actor, details in logged if "law" in action]
    assert done[:2] == [
        ("sign_law_table", "Ada Bakker", needed[0]),
        ("confirm_law_signature", site.cast.greta.name, needed[0]),
    ]
    page = await (await site.browser_of(site.cast.ada)).get(f"/admin/payroll/runs/{after}")
    assert "Officers signed for these law tables; the slips that rest on one of them say so." in words_of(page)
    assert f"published unchanged (Ada Bakker, {site.cast.greta.name})" in words_of(page)
    own = await (await site.browser_of(site.cast.an)).get(f"/payslips/{slip.id}")
    assert "niet geverifieerd, ondertekend door een weddebeheerder" in words_of(own)


async def test_nobody_signs_alone_nor_for_what_is_not_asked_nor_without_a_reason(site: Site) -> None:
    await run(site.database, site.desk.clock, OCTOBER)
    needed = await waiting(site)
    ada = await site.browser_of(site.cast.ada)

    refused = [
        await sign(ada, "telework"),
        await sign(ada, needed[0], until="2026-10-30"),
        await sign(ada, needed[0], until="2028-01-01"),
        await sign(ada, needed[0], until="soon"),
        await sign(ada, needed[0], reason="  "),
    ]
    await sign(ada, needed[0])
    await sign(ada, needed[0], until="2027-01-31", reason="once more")
    own = await ada.post(f"{PAGE}/1/confirm", {})
    async with site.database.reading() as session:
        law = await signatures.in_force(session, LAW, datetime(2030, 1, 1, tzinfo=UTC))
    greta = await site.browser_of(site.cast.greta)
    await greta.get(PAGE)
    confirmed = [await greta.post(f"{PAGE}/{number}/confirm", {}) for number in (2, 1, 1, 99)]

    assert [one.status for one in refused] == [422] * 5
    assert (own.status, law.signed_until) == (409, {})
    assert [one.status for one in confirmed] == [303, 303, 409, 409]
    async with site.database.reading() as session:
        law = await signatures.in_force(session, LAW, datetime(2030, 1, 1, tzinfo=UTC))
    assert law.signed_until == {needed[0]: date(2027, 1, 31)}  # the one that reaches furthest, whichever came last
    assert needed[0] not in await waiting(site)


async def test_a_signature_that_nobody_confirmed_can_be_withdrawn_and_given_anew(site: Site) -> None:
    await run(site.database, site.desk.clock, OCTOBER)
    needed = (await waiting(site))[0]
    ada, greta = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.greta)
    await sign(ada, needed, reason="wrong")

    page = await greta.get(PAGE)
    withdrawn = await greta.post(f"{PAGE}/1/withdraw", {})
    late = [await greta.post(f"{PAGE}/1/{step}", {}) for step in ("confirm", "withdraw")]
    again = await sign(ada, needed, reason="right")
    await greta.post(f"{PAGE}/2/confirm", {})
    held = await greta.post(f"{PAGE}/2/withdraw", {})

    assert "Zurückziehen" in words_of(page)
    assert (withdrawn.location, again.location) == (f"{PAGE}?done=withdrawn", f"{PAGE}?done=signed")
    assert [one.status for one in (*late, held)] == [409] * 3
    assert "wrong" not in words_of(await greta.get(PAGE))
    async with site.database.reading() as session:
        [signature] = await signatures.all_signatures(session)
        logged = (await session.execute(select(AuditEntry.action, AuditEntry.actor))).all()
    assert (signature.reason, signature.confirmed_by_id) == ("right", site.cast.greta.person_id)
    assert ("withdraw_law_signature", site.cast.greta.name) in [tuple(row) for row in logged]


async def test_a_signature_holds_for_the_figures_that_were_seen_and_no_others(site: Site, tmp_path: Path) -> None:
    await run(site.database, site.desk.clock, OCTOBER)
    await sign_for_all(site)
    seen = LAW.tables["contributions"]
    published = tmp_path / "contributions.yaml"
    published.write_bytes(seen.path.read_bytes() + b"# Published anew.\n")

    async with site.database.reading() as session:
        moment = datetime(2030, 1, 1, tzinfo=UTC)
        held = await signatures.in_force(session, LAW, moment)
        changed = await signatures.in_force(session, with_replacements({"contributions": published}), moment)
    assert changed.signed_until == {name: day for name, day in held.signed_until.items() if name != "contributions"}
    assert "contributions" in held.signed_until


async def test_a_run_that_was_begun_keeps_the_law_it_began_with_whoever_signs_meanwhile(
    site: Site, clock: SettableClock
) -> None:
    settings = PayrollSettings()
    await run(site.database, clock, OCTOBER)
    async with site.database.transaction() as session:
        begun = (await session.execute(select(PayRun))).scalar_one()
        begun.state = "open"  # as a process leaves it that is killed before it ends the run
    await sign_for_all(site)

    assert await resume(site.database, clock, LAW)
    clock.advance(timedelta(days=3))
    made = await run_due_months(site.database, clock, LAW, settings)

    async with site.database.reading() as session:
        rows = await session.execute(select(PayRun.id, PayRun.parameters))
        fingerprints = {one: fingerprint for one, fingerprint in rows}
        now = await signatures.in_force(session, LAW, await facts.known_moment(session, clock))
    assert fingerprints[1] == LAW.fingerprint
    assert {fingerprints[one] for one in made} == {now.fingerprint} != {LAW.fingerprint}
