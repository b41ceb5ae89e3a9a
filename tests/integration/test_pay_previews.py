"""What a ticket would change in pay, and the simulation: shown to whom it concerns, written down, and never binding."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from factories import make_case
from pay_office import equip, run, settle
from pay_pages import AN, LUC, TWO_CHILDREN, hire, rows
from portal_site import Page, Site, open_site, words_of
from sqlalchemy import select

from bot.ports import Asker, ExplainedPayslip, PaySimulation, Refusal, RefusalReason
from casework.audit.models import AuditEntry
from casework.cases import handling
from casework.cases.models import Case
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import Actor, Level, PersonRole, Role
from payroll.pages.section import SECTION
from runtime.chat_pay import ChatPayDesk

PREVIEW = 'id="pay-preview"'


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        yield opened


async def answered(
    site: Site, answers: Mapping[str, str], form: str = "household", requester: Actor | None = None
) -> Case:
    """Return a case whose answer waits for its requester."""
    async with site.database.transaction() as session:
        case = await make_case(session, site.desk, requester or site.cast.an)
        await handling.classify(session, site.desk, case, site.cast.hanne, form, answers, Channel.WEB)
        words = Words(text="Done.", channel=Channel.WEB)
        await handling.write_to_requester(session, site.desk, case, site.cast.hanne, words, kind=MessageKind.ANSWER)
        return case


def previewed(page: Page) -> list[str]:
    """Return the months and lines of the preview, as somebody reads them."""
    panel = page.text.partition(PREVIEW)[2].partition("</section>")[0]
    return [" ".join(html.unescape(one).split()) for one in re.findall(r"<(?:h3|li)>(.*?)</", panel, re.DOTALL)]


async def written_down(site: Site, action: str) -> list[tuple[str, dict[str, object]]]:
    async with site.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return [(entry.actor, entry.details) for entry in (await session.execute(query)).scalars()]


async def test_handler_and_requester_see_what_would_change_and_nobody_else_does(site):
    await hire(site, AN)
    case = await answered(site, {**TWO_CHILDREN, "effective": "2026-08-15"})
    async with site.database.transaction() as session:
        session.add(PersonRole(person_id=site.cast.greta.person_id, role=Role.PAYROLL))

    own = await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    theirs = await (await site.browser_of(site.cast.omar)).get(f"/cases/{case.number}")
    admins = await (await site.browser_of(site.cast.ada)).get(f"/cases/{case.number}")

    assert "De volgende weddefiche zou voor al deze maanden samen verrekenen: + 276,00 EUR netto." in words_of(own)
    assert "Dit is niet bindend" in words_of(own)
    assert "La prochaine fiche de traitement régulariserait" in words_of(theirs)
    assert previewed(own) == [
        "augustus 2026",
        "bedrijfsvoorheffing: 437,60 EUR wordt 299,60 EUR",
        "netto te betalen: 2.258,76 EUR wordt 2.396,76 EUR",
        "september 2026",
        "bedrijfsvoorheffing: 437,87 EUR wordt 299,87 EUR",
        "netto te betalen: 2.261,34 EUR wordt 2.399,34 EUR",
    ]
    assert (PREVIEW in admins.text, admins.status) == (False, 200)
    assert (await (await site.browser_of(site.cast.greta)).get(f"/cases/{case.number}")).status == 404
    assert await written_down(site, "read_pay_preview") == [
        ("An Peeters", {"months": ["2026-08", "2026-09"]}),
        ("Omar Diallo", {"months": ["2026-08", "2026-09"]}),
    ]


async def test_requester_sees_nothing_before_there_is_an_answer(site):
    await hire(site, AN)
    async with site.database.transaction() as session:
        case = await make_case(session, site.desk, site.cast.an)
        await handling.classify(session, site.desk, case, site.cast.hanne, "household", TWO_CHILDREN, Channel.WEB)

    assert PREVIEW not in (await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")).text
    assert PREVIEW in (await (await site.browser_of(site.cast.hanne)).get(f"/cases/{case.number}")).text


@pytest.mark.parametrize(
    ("form", "answers", "said"),
    [
        ("household", {"kind": "change", "effective": "2026-09-01", "civil_status": "married"},
         "Dit ticket komt nog niet vanzelf in de wedde terecht: op 1 september 2026 begint een koppel"),
        ("household", {**TWO_CHILDREN, "effective": "2031-01-01"},
         "De wedde van januari 2031 kan nog niet berekend worden: de wettelijke tabellen"),
        ("household", {**TWO_CHILDREN, "children": "0"}, "Dit zou niets wijzigen aan de wedde."),
        ("telework", {"kind": "regular", "start": "2026-09-01"}, "De weddedienst voegt hier met de hand een bedrag"),
    ],
)  # fmt: skip
async def test_what_cannot_be_worked_out_is_said(site, form, answers, said):
    await hire(site, AN)
    case = await answered(site, answers, form)
    browser = await site.browser_of(site.cast.hanne)
    assert said in words_of(await browser.get(f"/cases/{case.number}"))


async def test_pay_of_a_colleague_is_not_shown_to_the_local_hr_who_filed(site):
    await hire(site, AN, LUC)
    async with site.database.transaction() as session:
        session.add(PersonRole(person_id=site.cast.luc.person_id, role=Role.LOCAL_HR))
    case = await answered(site, {"employee": "E100", "last_day": "2026-09-15"}, "exit", site.cast.luc)

    assert PREVIEW not in (await (await site.browser_of(site.cast.luc)).get(f"/cases/{case.number}")).text
    handler = await (await site.browser_of(site.cast.hanne)).get(f"/cases/{case.number}")
    assert "brutowedde van de maand: 3.000,00 EUR wordt 1.500,00 EUR" in previewed(handler)


async def test_simulation_shows_every_regime_beside_the_present_pay(site):
    await hire(site, AN)
    page = await (await site.browser_of(site.cast.an)).get("/pay/simulation?part=50")

    assert page.status == 200
    assert "Dit is niet bindend." in words_of(page)
    named = [" ".join(line.split()) for line in _row_names(page.text)]
    assert named[:2] == ["Zoals het nu is", "Verminderde prestaties (excl. ziekte) (50 %)"]
    assert len(named) == 18  # the present pay and each of the 18 regimes but the early return, as nothing runs to end
    shown = dict(zip(named, rows(page, "regimes"), strict=True))
    assert shown["Zoals het nu is"][:2] == ["3.000,00 EUR", "2.261,34 EUR"]
    assert shown["Vierdagenwerkweek (80 %)"][0] == "2.400,00 EUR"
    # July and August owe 4.22 % of (6000.00 - 5836.14) = 6.91 in the quarter, of two advances of 19.24.
    assert shown["Loopbaanonderbreking voltijds"] == ["0,00 EUR", "31,57 EUR", "\u2212 2.229,77 EUR"]
    assert shown["Adoptieverlof"] == ["Niemand kan vooraf zeggen wat er betaald wordt; vraag het ons in een ticket."]
    assert await written_down(site, "read_pay_simulation") == [("An Peeters", {"period": "2026-09"})]


def _row_names(text: str) -> list[str]:
    parts = text.partition('id="regimes"')[2].split('<th scope="row">')[1:]
    return [part.partition("<")[0] for part in parts]


async def test_no_amount_stands_on_a_case_for_whoever_read_a_mail_alone(site):
    await hire(site, AN)
    case = await answered(site, {**TWO_CHILDREN, "effective": "2026-08-15"})
    weak = await site.browser_of(site.cast.an, Level.LOW)

    page = await weak.get(f"/cases/{case.number}")

    assert (page.status, "EUR" in page.text) == (200, False)
    assert "Bedragen van de wedde ziet u na een tweede bewijs van wie u bent." in words_of(page)
    assert f'href="/sign-in/step-up?next=%2Fcases%2F{case.number}"' in page.text
    assert await written_down(site, "read_pay_preview") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("month=2026-12", "De wedde van december 2026 kan nog niet berekend worden"),
        ("month=1999-01&part=7", "september 2026"),
        ("month=%00&part=%27", "september 2026"),
    ],
)
async def test_simulation_of_a_month_that_cannot_be_calculated_says_why(site, query, said):
    await hire(site, AN)
    page = await (await site.browser_of(site.cast.an)).get(f"/pay/simulation?{query}")
    assert page.status == 200
    assert said in words_of(page)


async def test_simulation_without_pay_says_so_and_a_stranger_has_to_sign_in(site):
    page = await (await site.browser_of(site.cast.luc)).get("/pay/simulation")
    assert "Aucun traitement à votre nom n'est connu pour ce mois." in words_of(page).replace("&#39;", "'")
    assert (await site.stranger().get("/pay/simulation")).status == 302


async def test_assistant_is_told_the_same_simulation_and_what_it_cannot_have(site):
    await hire(site, AN)
    pay = ChatPayDesk(site.database, site.desk)

    told = await pay.simulate(Asker(str(site.cast.an.person_id), is_proven=True), "de")

    assert isinstance(told, PaySimulation)
    assert (told.month, told.net) == ("September 2026", "2.261,34 EUR")
    assert told.url == "https://desk.balie.example/pay/simulation"
    nets = {one.label: one.net for one in told.regimes}
    assert nets["Langfristige Abwesenheit aus persönlichen Gründen"] == "31,57 EUR"  # what settles the quarter
    assert "Adoptionsurlaub" not in nets  # nobody can say beforehand what is paid
    assert [details for _, details in await written_down(site, "read_pay_simulation")] == [{"period": "2026-09"}]
    luc = Asker(str(site.cast.luc.person_id), is_proven=True)
    assert await pay.simulate(luc, "nl") == Refusal(RefusalReason.UNAVAILABLE)


async def test_assistant_explains_the_newest_payslip_line_by_line_and_the_reading_is_written_down(site):
    pay, asker = ChatPayDesk(site.database, site.desk), Asker(str(site.cast.an.person_id), is_proven=True)
    await hire(site, AN)
    await equip(site.database)
    run_id = await run(site.database, site.desk.clock)
    before = await pay.explain_payslip(asker, "nl")
    await settle(site.database, site.desk.clock, run_id, site.cast.ada)

    told = {language: await pay.explain_payslip(asker, language) for language in ("nl", "en")}

    assert before == Refusal(RefusalReason.UNAVAILABLE)  # a slip is read when its run is paid
    assert isinstance(told["nl"], ExplainedPayslip)
    assert (told["nl"].month, told["en"].month) == ("september 2026", "September 2026")
    assert told["nl"].url == "https://desk.balie.example/payslips/1"
    parts = [line.replace("\N{NO-BREAK SPACE}", " ").partition(" (") for line in told["nl"].lines]
    assert [amount for amount, _, _ in parts] == [
        "Brutowedde van de maand: 3.000,00 EUR.",
        "Persoonlijke socialezekerheidsbijdrage: 392,10 EUR",
        "Werkbonus, luik A: 110,54 EUR",
        "Belastbaar bedrag: 2.718,44 EUR.",
        "Bijzondere bijdrage sociale zekerheid: 19,24 EUR",
        (
            "Bijzondere bijdrage, afrekening van het kwartaal: -0,01 EUR, het verschil tussen wat op de wedde van het "
            "kwartaal verschuldigd is en wat er al van ingehouden is"
        ),
        "Bedrijfsvoorheffing: 437,87 EUR",
        "Netto te betalen: 2.261,34 EUR.",
    ]
    assert parts[6][2].startswith("KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé")
    assert (
        await written_down(site, "read_payslip")
        == [("An Peeters", {"payslip": 1, "period": "2026-09", "employee_number": "E100"})] * 2
    )
    luc = Asker(str(site.cast.luc.person_id), is_proven=True)
    assert await pay.explain_payslip(luc, "fr") == Refusal(RefusalReason.UNAVAILABLE)


async def test_assistant_tells_nobody_what_they_earn_who_did_not_prove_who_they_are(site):
    await hire(site, AN)
    pay, asker = ChatPayDesk(site.database, site.desk), Asker(str(site.cast.an.person_id))

    assert await pay.simulate(asker, "nl") == Refusal(RefusalReason.NOT_PROVEN)
    assert await pay.explain_payslip(asker, "nl") == Refusal(RefusalReason.NOT_PROVEN)
    assert await written_down(site, "read_pay_simulation") == []
