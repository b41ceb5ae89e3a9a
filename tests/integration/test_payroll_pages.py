"""Payroll on the pages of the desk: the timeline, panels that follow the filter, lists for officers."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import make_case
from pay_pages import AN, LUC, TWO_CHILDREN, hire, rows
from portal_site import Browser, Site, open_site, words_of
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import handling
from casework.cases import service as cases
from casework.cases.models import Case
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words
from casework.people.models import THE_DESK, PersonRole, Role
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.pages.section import SECTION
from payroll.runs import problems
from payroll.runs.problems import EVERYBODY, Problem
from payroll.runs.schedule import calculate_open_months
from payroll.runs.service import run_period
from payroll.settings import PayrollSettings

SETTINGS = PayrollSettings()
LAW = parameters.packaged()
TABLE = {"table": "withholding_tax", "on": "2027-01-31", "period": "2027-01", "message": "Not verified."}
CHILDREN = [
    {"period": "2026-09", "wage_type": "withholding_tax", "amount": "-138.00"},
    {"period": "2026-09", "wage_type": "net", "amount": "138.00"},
]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        yield opened


async def closed_case(site: Site, answers: Mapping[str, str], form: str = "household") -> Case:
    an, hanne = site.cast.an, site.cast.hanne
    case = await site.case_of(an, "My household changed.")
    async with site.database.transaction() as session:
        held = await session.merge(case)
        await handling.classify(session, site.desk, held, hanne, form, answers, Channel.WEB)
        words = Words(text="Done.", channel=Channel.WEB)
        await handling.write_to_requester(session, site.desk, held, hanne, words, kind=MessageKind.ANSWER)
        await cases.decide(session, site.desk, held, an, accepted=True, comment="", channel=Channel.WEB)
    return case


async def apply(site: Site) -> None:
    await apply_closed_cases(site.database, site.desk.clock, site.desk.catalogue, LAW, SETTINGS)


async def run(site: Site, period: str = "2026-09") -> int:
    return await run_period(site.database, site.desk.clock, LAW, SETTINGS, PayMonth.parse(period))


async def officer(site: Site) -> Browser:
    """Return the browser of somebody who is in payroll and nothing else."""
    async with site.database.transaction() as session:
        session.add(PersonRole(person_id=site.cast.greta.person_id, role=Role.PAYROLL))
    return await site.browser_of(site.cast.greta)


async def enter(site: Site, case: Case, kind: EventKind, data: dict[str, Any]) -> None:
    async with site.database.transaction() as session:
        at = site.desk.clock.now()
        messages.enter(session, case_id=case.id, kind=kind, actor=THE_DESK, channel=Channel.SYSTEM, at=at, data=data)


async def test_the_timeline_says_what_changed_in_pay_and_in_which_month(site):
    await hire(site, AN)
    case = await closed_case(site, TWO_CHILDREN)
    await apply(site)
    own = await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    assert (
        "Uw wedde wijzigt: september 2026: netto te betalen + 138,00 EUR (bedrijfsvoorheffing \u2212 138,00 EUR)"
        in words_of(own)
    )
    theirs = await (await site.browser_of(site.cast.omar)).get(f"/cases/{case.number}")
    assert "Le traitement change : septembre 2026: net à payer + 138,00 EUR" in words_of(theirs)


async def test_a_month_that_the_law_does_not_cover_is_told_without_the_words_of_the_program(site):
    await hire(site, AN)
    case = await closed_case(site, {**TWO_CHILDREN, "effective": "2031-01-01"})
    await apply(site)
    said = words_of(await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}"))
    assert (
        "De wedde van januari 2031 kan nog niet berekend worden: de wettelijke tabellen dekken 31 januari 2031" in said
    )
    assert "De weddedienst brengt dit in orde; u hoeft niets te doen." in said
    assert "Not verified" not in said


@pytest.mark.parametrize(
    ("form", "answers", "before", "after"),
    [
        (
            "household",
            TWO_CHILDREN,
            "The ticket is closed; payroll takes the change over at its next turn.",
            "Payroll has taken the change over, and every month is calculated. Household: from 1 September 2026",
        ),
        (
            "household",
            {"kind": "change", "children": "2"},
            "The ticket is closed; payroll takes the change over at its next turn.",
            (
                "Payroll could not take the change over yet; it tries again by itself. This ticket "
                "does not reach pay by "
                "itself yet: the form does not say from which day it holds. Enter the fact by hand."
            ),
        ),
        (
            "household",
            {**TWO_CHILDREN, "effective": "2031-01-01"},
            "The ticket is closed; payroll takes the change over at its next turn.",
            (
                "Payroll has taken the change over; some months cannot be calculated yet: January 2031 "
                "Household: from 1 January 2031 The pay of January 2031 cannot be calculated yet: the law tables"
            ),
        ),
        (
            "telework",
            {"kind": "regular", "start": "2026-09-01"},
            "The ticket is closed; payroll takes the change over at its next turn.",
            (
                "Payroll keeps what this ticket says; an amount has to be added by hand. "
                "Telework: from 1 September 2026 This ticket does not reach pay by itself yet: what the ticket says "
                "is kept, but no rule works out the amount. Enter the amount by an import, then settle the ticket."
            ),
        ),
    ],
)
async def test_staff_see_beside_a_case_how_far_it_is_on_its_way_to_pay(site, form, answers, before, after):
    await hire(site, AN)
    case = await closed_case(site, answers, form)
    ada, an = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.an)
    assert before in words_of(await ada.get(f"/cases/{case.number}"))
    await apply(site)
    assert after in words_of(await ada.get(f"/cases/{case.number}"))
    assert 'aria-labelledby="pay"' not in (await an.get(f"/cases/{case.number}")).text


async def test_nothing_stands_beside_a_case_that_does_not_touch_pay(site):
    case = await site.case_of(site.cast.an)
    ada = await site.browser_of(site.cast.ada)
    assert 'aria-labelledby="pay"' not in (await ada.get(f"/cases/{case.number}")).text


async def test_staff_see_no_panel_on_their_own_request(site):
    async with site.database.transaction() as session:
        case = await make_case(session, site.desk, site.cast.ada)
        await handling.classify(session, site.desk, case, site.cast.hanne, "household", TWO_CHILDREN, Channel.WEB)
    own = await (await site.browser_of(site.cast.ada)).get(f"/cases/{case.number}")
    theirs = await (await site.browser_of(site.cast.hanne)).get(f"/cases/{case.number}")
    assert 'aria-labelledby="pay"' not in own.text
    assert "Zodra het ticket gesloten is, neemt de weddeberekening de wijziging vanzelf over." in words_of(theirs)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["HRB0000002", "HRB0000001"]),
        ("number=hrb0000001", ["HRB0000001"]),
        ("person=Martin", ["HRB0000002"]),
        ("person=an.peeters@health.example", ["HRB0000001"]),
        ("person=%25", []),
        ("from=2026-09-16", ["HRB0000002"]),
        ("to=2026-09-15", ["HRB0000001"]),
        ("channel=system", ["HRB0000002", "HRB0000001"]),
        ("channel=mail", []),
    ],
)
async def test_the_case_log_tells_the_effects_on_pay_as_it_is_filtered(site, query, found):
    first = await site.case_of(site.cast.an)
    await enter(site, first, EventKind.PAY_EFFECT, {"months": CHILDREN})
    site.desk.clock.advance(timedelta(days=1))
    second = await site.case_of(site.cast.luc)
    await enter(site, second, EventKind.PROBLEM, {"problems": [TABLE]})
    page = await (await site.browser_of(site.cast.ada)).get(f"/admin/log?{query}")
    told = rows(page, "pay-effects")
    assert [row[1] for row in told] == found
    if not query:
        assert told[1][2] == "Pay changes: September 2026: net payable + 138,00 EUR (withholding tax \u2212 138,00 EUR)"
        assert "the law tables do not cover 31 January 2027 (withholding tax)." in told[0][2]


async def test_the_case_log_leads_on_to_older_effects_with_the_same_choice(site):
    case = await site.case_of(site.cast.an)
    for _ in range(25):
        await enter(site, case, EventKind.PAY_EFFECT, {"months": []})
    browser = await site.browser_of(site.cast.ada)
    page = await browser.get(f"/admin/log?number={case.number}&show=cases")
    onward = re.findall(r'href="([^"]+)">Older effects', page.text)[0].replace("&amp;", "&")
    assert "show=cases" in onward
    older = await browser.get(onward)
    assert (len(rows(page, "pay-effects")), len(rows(older, "pay-effects"))) == (20, 5)


@pytest.mark.parametrize("path", ["/admin/payroll", "/admin/payroll/runs/1"])
async def test_the_lists_of_payroll_are_for_its_officers_and_admins(site, path):
    await hire(site, AN)
    await run(site)
    for who, status in ((site.cast.an, 403), (site.cast.hanne, 403), (site.cast.ada, 200)):
        assert (await (await site.browser_of(who)).get(path)).status == status, who.name
    assert (await (await officer(site)).get(path)).status == 200
    assert (await site.stranger().get(path)).status == 302


async def test_an_officer_finds_the_lists_in_the_menu_and_an_admin_on_their_own_page(site):
    assert '<a href="/admin/payroll">Gehaltsabrechnung</a>' in (await (await officer(site)).get("/")).text
    assert "/admin/payroll" not in (await (await site.browser_of(site.cast.an)).get("/")).text
    assert '<a href="/admin/payroll">Payroll</a>' in (await (await site.browser_of(site.cast.ada)).get("/admin")).text


async def test_what_waits_is_listed_with_what_to_do(site):
    case = await site.case_of(site.cast.an)
    found = [
        Problem(EVERYBODY, "withholding_tax", "2027-01", "Not verified.", date(2027, 1, 31)),
        Problem(site.cast.an.person_id, "spouse_income", None, "a couple begins", date(2026, 9, 1)),
    ]
    async with site.database.transaction() as session:
        now = site.desk.clock.now()
        await problems.replace(session, "calculation 2027-01", found[:1], now)
        await problems.replace(session, f"case {case.number}", found[1:], now, case_id=case.id)
    browser = await site.browser_of(site.cast.ada)
    page = await browser.get("/admin/payroll")
    assert rows(page, "problems") == [
        [
            "15/09/2026 10:00",
            "everybody",
            (
                "The pay of January 2027 cannot be calculated yet: the law tables do not cover 31 January 2027 "
                "(withholding tax). What the program noted Not verified."
            ),
            (
                "Add the published figures, verify the tables for that day, or sign for them; "
                "the calculation is then repeated."
            ),
            "daily calculation",
            "\u2013",
        ],
        [
            "15/09/2026 10:00",
            "An Peeters E100",
            (
                "This ticket does not reach pay by itself yet: a couple begins on 1 September 2026, "
                "and the form does not "
                "say what the partner earns. What the program noted a couple begins"
            ),
            "Enter the fact by hand.",
            "ticket",
            case.number,
        ],
    ]
    assert f'href="/cases/{case.number}"' in page.text
    assert f'href="/cases/{case.number}"' not in (await (await officer(site)).get("/admin/payroll")).text
    assert '<a href="/admin/payroll"><strong>2</strong>' in (await browser.get("/admin")).text


async def test_law_tables_that_keep_everybody_up_are_told_once_and_not_once_more_for_a_statute(site):
    found = [
        Problem(EVERYBODY, rule, "2026-10", "Not verified.", date(2026, 10, 31))
        for rule in ("withholding_tax, contributions, work_bonus", "withholding_tax, contributions", "indexation")
    ]
    async with site.database.transaction() as session:
        await problems.replace(session, "run 2026-10", found, site.desk.clock.now())
        told = [one.rule for one in await problems.all_problems(session)]
    assert told == [found[0].rule, found[2].rule]


async def test_a_long_list_of_what_waits_goes_on(site):
    found = [Problem(EVERYBODY, "household", f"{2000 + number}-01", "none", None) for number in range(60)]
    async with site.database.transaction() as session:
        await problems.replace(session, "run 2026-09", found, site.desk.clock.now())
    browser = await site.browser_of(site.cast.ada)
    first = await browser.get("/admin/payroll")
    onward = re.findall(r'rel="next" href="([^"]+)"', first.text)[0]
    second = await browser.get(onward)
    assert (len(rows(first, "problems")), len(rows(second, "problems"))) == (50, 10)
    assert "rel=" not in second.text.partition("<main")[2].partition("months")[0]


async def test_open_months_and_runs_are_listed_with_what_they_come_to(site):
    await hire(site, AN, LUC)
    await run(site)
    await closed_case(site, TWO_CHILDREN)
    await apply(site)
    site.desk.clock.advance(timedelta(days=1))
    await calculate_open_months(site.database, site.desk.clock, LAW, SETTINGS)
    await run(site)
    page = await (await site.browser_of(site.cast.ada)).get("/admin/payroll")
    month = rows(page, "months")
    assert [row[:2] for row in month] == [["September 2026", "2"]]
    assert month[0][2] == "6.000,00 EUR"
    assert [row[:6] for row in rows(page, "runs")] == [
        ["September 2026", "2", "calculated", "1", "1", "+ 138,00 EUR"],
        ["September 2026", "1", "calculated", "2", "0", "\u2013"],
    ]


async def test_a_run_shows_each_persons_month_and_what_it_booked(site):
    await hire(site, AN, LUC)
    await run(site)
    case = await closed_case(site, TWO_CHILDREN)
    await apply(site)
    second = await run(site)
    browser = await site.browser_of(site.cast.ada)
    page = await browser.get(f"/admin/payroll/runs/{second}")
    told = rows(page, "main")
    assert [row[0] for row in told] == ["An Peeters E100", "Luc Martin E101"]
    assert told[0][1:4] == ["3.000,00 EUR", "299,87 EUR", "2.399,34 EUR"]
    assert told[0][4] == (
        f"September 2026: withholding tax \u2212 138,00 EUR ( {case.number} )"
        f" September 2026: net payable + 138,00 EUR ( {case.number} )"
    )
    assert told[1][4] == "\u2013"
    earlier = rows(await browser.get("/admin/payroll/runs/1"), "main")
    assert earlier[0][1:5] == ["3.000,00 EUR", "437,87 EUR", "2.261,34 EUR", "\u2013"]
    assert (await browser.get("/admin/payroll/runs/99")).status == 404


async def test_each_look_at_the_pay_of_people_is_written_down(site):
    await hire(site, AN)
    run_id = await run(site)
    await (await site.browser_of(site.cast.ada)).get(f"/admin/payroll/runs/{run_id}")
    async with site.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "read_pay_run")
        entry = (await session.execute(query)).scalar_one()
    assert (entry.actor, entry.details) == ("Ada Bakker", {"run": run_id, "period": "2026-09", "people": ["E100"]})


async def test_what_a_problem_holds_is_shown_as_text(site):
    hostile = "<script>alert(1)</script>%(x)s{{ 7 * 7 }}"
    case = await site.case_of(site.cast.an)
    await enter(site, case, EventKind.PROBLEM, {"problems": [{**TABLE, "table": hostile, "message": hostile}]})
    async with site.database.transaction() as session:
        found = [Problem(site.cast.an.person_id, hostile, "2026-09", hostile, date(2026, 9, 30))]
        await problems.replace(session, f"case {case.number}", found, site.desk.clock.now(), case_id=case.id)
    browser = await site.browser_of(site.cast.ada)
    for path in ("/admin/payroll", "/admin/log", f"/cases/{case.number}"):
        page = await browser.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text, path
        assert "%(x)s{{ 7 * 7 }}" in page.text, path
