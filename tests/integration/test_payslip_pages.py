"""My payslips: read by their person and by officers only, each reading written down, and a line that is disputed."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pikepdf
import pytest
from pay_office import AN, GRETA, LUC, equip, hire, run, settle
from portal_site import Browser, Site, open_site
from sqlalchemy import select, update

from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.people.models import Level, Person, PersonRole, Role
from payroll.pages.section import SECTION
from payroll.payslips import document
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip
from payroll.runs.models import PayRun, RunState


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        await equip(database)
        await hire(database, desk.clock, AN, LUC, GRETA)
        run_id = await run(database, desk.clock)
        await settle(database, desk.clock, run_id, opened.cast.ada)
        yield opened


async def slip_of(site: Site, person_id: int | None) -> PaySlip:
    async with site.database.reading() as session:
        return (await session.execute(select(PaySlip).where(PaySlip.person_id == person_id))).scalar_one()


async def actions(site: Site) -> list[tuple[str, int | None, str]]:
    async with site.database.reading() as session:
        entries = (await session.execute(select(AuditEntry).order_by(AuditEntry.id))).scalars().all()
    return [(one.action, one.actor_id, one.details["employee_number"]) for one in entries if "payslip" in one.action]


def read(html: str) -> str:
    body = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


async def test_a_person_reads_their_slips_by_year_with_lines_and_law(site: Site) -> None:
    an = await site.browser_of(site.cast.an)
    slip = await slip_of(site, site.cast.an.person_id)

    overview = await an.get("/payslips")
    page = await an.get(f"/payslips/{slip.id}")

    assert "2026 Maand Wat het is Netto Gestort op Als bestand september 2026 Wedde 2.261,34 EUR" in read(overview.text)
    assert f'<a href="/payslips/{slip.id}">september 2026</a>' in overview.text
    assert "Gestort op 29 september 2026 op de rekening die eindigt op 7034." in read(page.text)
    assert "Bedrijfsvoorheffing -437,87 EUR" in read(page.text)
    assert (
        "Bijzondere bijdrage, afrekening van het kwartaal 0,01 EUR Het verschil tussen wat op de wedde van het "
        "kwartaal verschuldigd is en wat er al van ingehouden is. RSZ/ONSS, BBSZ/CSSS"
    ) in read(page.text)
    assert "KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé bedragen van kracht sinds 1 januari 2026" in read(
        page.text
    )
    assert await actions(site) == [("read_payslip", site.cast.an.person_id, "E100")]


async def test_nobody_but_the_person_and_officers_knows_of_a_slip(site: Site) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    async with site.database.transaction() as session:
        session.add(PersonRole(person_id=site.cast.greta.person_id, role=Role.PAYROLL))

    statuses = {}
    for name in ("luc", "hanne", "greta", "ada"):
        browser = await site.browser_of(getattr(site.cast, name))
        statuses[name] = [(await browser.get(f"/payslips/{slip.id}{end}")).status for end in ("", "/pdf")]
    assert statuses == {"luc": [404, 404], "hanne": [404, 404], "greta": [200, 200], "ada": [200, 200]}
    assert (await actions(site))[:2] == [
        ("read_payslip", site.cast.greta.person_id, "E100"),
        ("download_payslip", site.cast.greta.person_id, "E100"),
    ]


async def test_a_slip_cannot_be_read_before_its_run_is_paid(site: Site) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    async with site.database.transaction() as session:
        await session.execute(update(PayRun).values(state=RunState.APPROVED))
    an = await site.browser_of(site.cast.an)
    assert (await an.get(f"/payslips/{slip.id}")).status == 404
    assert "Er is nog geen weddefiche" in read((await an.get("/payslips")).text)


async def test_a_disputed_line_becomes_a_case_that_quotes_it(site: Site) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    an = await site.browser_of(site.cast.an)
    await an.get(f"/payslips/{slip.id}")

    sent = await an.post(
        f"/payslips/{slip.id}/dispute", {"line": "2026-09 withholding_tax", "words": "I have two children."}
    )

    async with site.database.reading() as session:
        [case] = (await session.execute(select(Case))).scalars().all()
    assert (sent.status, sent.location) == (303, f"/cases/{case.number}?done=sent")
    assert (case.form_key, case.requester_id) == ("pay_question", site.cast.an.person_id)
    assert case.subject == "Weddefiche van september 2026: bedrijfsvoorheffing"
    assert case.fields["month"] == "2026-09"
    assert case.fields["question"] == "I have two children."
    page = await an.get(f"/cases/{case.number}")
    assert "Lijn op de weddefiche van september 2026: bedrijfsvoorheffing, -437,87 EUR" in read(page.text)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"line": "2026-09 withholding_tax", "words": ""}, 422),
        ({"line": "2026-09 holiday_pay", "words": "Where is it?"}, 422),
        ({"line": "", "words": "x"}, 422),
    ],
)
async def test_a_dispute_without_words_or_of_no_line_is_refused(site: Site, sent: dict[str, str], status: int) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    an = await site.browser_of(site.cast.an)
    await an.get(f"/payslips/{slip.id}")
    assert (await an.post(f"/payslips/{slip.id}/dispute", sent)).status == status
    async with site.database.reading() as session:
        assert (await session.execute(select(Case))).first() is None


async def test_only_the_person_disputes_a_line(site: Site) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    ada: Browser = await site.browser_of(site.cast.ada)
    await ada.get(f"/payslips/{slip.id}")
    sent = {"line": "2026-09 net", "words": "Too much."}
    assert (await ada.post(f"/payslips/{slip.id}/dispute", sent)).status == 404


@pytest.mark.parametrize(
    ("language", "title", "total"),
    [
        ("nl", "Weddefiche september 2026", "Netto te betalen"),
        ("fr", "Fiche de traitement septembre 2026", "Net à payer"),
        ("de", "Gehaltszettel September 2026", "Netto zu zahlen"),
        ("en", "Payslip September 2026", "Net payable"),
    ],
)
async def test_the_pdf_declares_what_it_is_and_can_be_read_aloud(
    site: Site, language: str, title: str, total: str
) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    an = await site.browser_of(site.cast.an)

    page = await an.get(f"/payslips/{slip.id}/pdf?language={language}")
    again = await an.get(f"/payslips/{slip.id}/pdf?language={language}")

    assert page.body == again.body
    assert page.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(page.body)) as pdf:
        about = pdf.open_metadata()
        assert (about["pdfaid:part"], about["pdfaid:conformance"], about["pdfuaid:part"]) == ("3", "A", "1")
        assert about["dc:title"] == title
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked) is True
        roles = [str(node.S) for node in nodes(pdf.Root.StructTreeRoot)]
    assert [role for role in roles if role in {"/H1", "/H2"}] == ["/H1", "/H2"]
    assert roles.count("/Table") == 3
    assert roles.count("/TH") == 3
    printed = document._printed(Slip.of(slip.content), language, slip.issued_at)
    assert printed["net"]["label"] == total


def nodes(root: pikepdf.Object) -> list[pikepdf.Object]:
    """Return the tagged parts of a document, in reading order."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append(node)
            children = node.get("/K", [])
            waiting = [*(children if isinstance(children, pikepdf.Array) else [children]), *waiting]
    return found


async def test_the_pdf_holds_what_the_law_asks_for(site: Site) -> None:
    slip = await slip_of(site, site.cast.greta.person_id)
    printed = document._printed(Slip.of(slip.content), "en", slip.issued_at)

    assert printed["employer"] == [
        "FOD Justitie", "Waterloolaan 115", "1000 Brussel", "Enterprise number 0308.357.753",
    ]  # fmt: skip
    assert printed["boxes"] == [
        [("Name", "Greta Vogel"), ("Staff number", "E102"), ("Organisation", "FOD Justitie"),
         ("Statute", "contractual")],
        [("Period", "1 Sept 2026 to 30 Sept 2026"), ("Days paid", "17,6 of 22 working days"),
         ("Full-time pay", "5.000,00 EUR")],
    ]  # fmt: skip
    assert printed["net"] == {
        "label": "Net payable",
        "amount": "3.087,68 EUR",
        "words": "Paid on 29 Sept 2026 to the account that ends in 4300",
    }
    [month] = printed["months"]
    assert [(line["label"], line["amount"]) for line in month["lines"]] == [
        ("Gross pay of the month", "4.000,00"),
        ("Total gross", "4.000,00"),
        ("Personal social security contribution", "\u2212522,80"),
        ("Taxable amount", "3.477,20"),
        ("Special social security contribution", "\u221234,35"),
        # 43.32 + 1.10 % of (12000.00 - 6570.54) is 103.04, and three advances of 34.35 are 103.05.
        ("Special contribution, settlement of the quarter", "0,01"),
        ("Withholding tax", "\u2212355,18"),
        ("Net payable", "3.087,68"),
    ]


async def test_what_a_name_says_to_the_typesetter_stays_text(site: Site) -> None:
    slip = await slip_of(site, site.cast.an.person_id)
    hostile = {**slip.content, "name": '#read("/etc/passwd") #panic() $x$ *b* <a> \\'}
    made = document.pdf(Slip.of(hostile), "en", slip.issued_at)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) == 1


async def test_what_changes_later_leaves_a_slip_as_it_was_issued(site: Site) -> None:
    kept = await slip_of(site, site.cast.an.person_id)
    an = await site.browser_of(site.cast.an)
    before = (await an.get(f"/payslips/{kept.id}/pdf")).body
    async with site.database.transaction() as session:
        married = update(Person).where(Person.id == site.cast.an.person_id)
        await session.execute(married.values(last_name="Claes", iban="BE71096123456769"))
    await hire(site.database, site.desk.clock, "E100,2026-09-01,,3500.00,1,single,none,3,0,raised")
    await settle(site.database, site.desk.clock, await run(site.database, site.desk.clock), site.cast.ada)
    assert (await an.get(f"/payslips/{kept.id}/pdf")).body == before


async def test_a_code_by_mail_alone_opens_no_payslip_and_no_simulation(site: Site) -> None:
    weak = await site.browser_of(site.cast.an, Level.LOW)
    slip = await slip_of(site, site.cast.an.person_id)
    officer = await site.browser_of(site.cast.ada, Level.LOW)
    pages = ("/payslips", f"/payslips/{slip.id}", f"/payslips/{slip.id}/pdf", "/pay/simulation")

    led = {path: (await weak.get(path)).location for path in pages}

    assert {path: to.partition("?")[0] for path, to in led.items()} == dict.fromkeys(pages, "/sign-in/step-up")
    assert led[f"/payslips/{slip.id}"].endswith(f"?next=%2Fpayslips%2F{slip.id}")
    assert (await officer.get(f"/payslips/{slip.id}")).location.startswith("/sign-in/step-up")
    assert (await officer.get("/admin/payroll/runs/1")).location.startswith("/sign-in/step-up")
    assert await actions(site) == []
