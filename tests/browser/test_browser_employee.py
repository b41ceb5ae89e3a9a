"""What an employee does, in a real browser: from the start page to acceptance, with script, without, and on a phone."""

import pytest
from axe_playwright_python.async_playwright import Axe

from casework.attachments import service as attachments
from casework.cases import handling
from casework.cases import store as cases
from casework.catalogue import form_checker
from casework.catalogue.service import load_catalogue
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words

pytestmark = pytest.mark.browser

REGIME = load_catalogue().form("work_regime_reduction")
REGIMES = [option.key for option in REGIME.field("regime").options]
PATH = "/catalogue/forms/work_regime_reduction"
PDF = b"%PDF-1.4 a paper"
WAYS = {
    "script": {},
    "no-script": {"java_script_enabled": False},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


def paper(name: str) -> dict[str, object]:
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": PDF}


async def answer(site, number: str, words: str) -> None:
    async with site.database.transaction() as session:
        case = await cases.by_number(session, number)
        said = Words(text=words, channel=Channel.WEB)
        await handling.write_to_requester(session, site.desk, case, site.cast.hanne, said, kind=MessageKind.ANSWER)


async def fill_in(page, regime: str, *, by_script: bool) -> list[str]:
    """Fill in the form for one option, with every document it asks for; return what those are."""
    async with page.expect_response(lambda response: response.request.method == "POST"):
        await page.locator("#field-regime").select_option(regime)
        if not by_script:
            await page.locator("button[name=redraw]").click()
    wanted = [one.key for one in form_checker.required_documents(REGIME, {"regime": regime})]
    if wanted:
        await page.locator(f"#document-{wanted[-1]}").wait_for()
    await page.locator("#field-start").fill("2026-10-01")
    await page.locator("#field-statute").select_option("statutory")
    if regime == "foster_leave":
        await page.locator("#field-issuer").select_option("court")
    for key in wanted:
        await page.locator(f"#document-{key}").set_input_files([paper(key)])
        if by_script:
            await page.locator(".documents .kept li", has_text=f"{key}.pdf").wait_for()
    return wanted


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", list(WAYS))
async def test_a_reduction_of_working_regime_is_filed_with_each_option_and_its_documents(site, reader, way):
    an = await reader(site.cast.an, **WAYS[way])
    assert len(REGIMES) == 18
    for number, regime in enumerate(REGIMES, 1):
        page = await an.open(PATH)
        wanted = await fill_in(page, regime, by_script=way != "no-script")
        shown = await page.locator(".documents input[type=file]").evaluate_all("all => all.map(one => one.name)")
        assert shown == [f"document-{key}" for key in wanted], regime
        await page.get_by_role("button", name="Indienen").click()
        await page.wait_for_url(f"**/cases/HRB{number:07d}?done=filed")
        async with site.database.reading() as session:
            case = await cases.by_number(session, f"HRB{number:07d}")
            files = await attachments.of_case(session, case.id, with_internal=True)
        assert (case.fields["regime"], [file.document_key for file in files]) == (regime, wanted)
        await page.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("way", list(WAYS))
async def test_a_case_goes_from_the_start_page_to_acceptance(site, reader, way):
    an = await reader(site.cast.an, **WAYS[way])
    page = await an.open("/")
    await page.locator(".hero input[type=search]").fill("pensioen")
    await page.locator(".hero button").click()
    await page.get_by_role("link", name="Pensioen", exact=True).click()
    await page.get_by_label("Laatste werkdag").fill("2027-06-30")
    await page.get_by_label("Statuut").select_option("statutory")
    await page.get_by_label("Andere documenten").set_input_files([paper("letter")])
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Uw aanvraag is verzonden.").wait_for()
    crumbs = await page.locator(".breadcrumb li").all_inner_texts()
    assert crumbs == ["Startpagina", "Mijn verzoek - HRB0000001"]
    await answer(site, "HRB0000001", "Alles is geregeld.")

    await page.goto(an.root + "/")
    task = page.locator(".task", has_text="Pensioen")
    await task.get_by_role("link", name="Pensioen").click()
    await page.get_by_text("Alles is geregeld.").first.wait_for()
    await page.get_by_label("Opmerking").fill("Bijna, maar er ontbreekt nog iets")
    await page.get_by_role("button", name="Ja", exact=True).click()
    await page.get_by_text("U koos ja, maar uw opmerking").wait_for()
    await page.get_by_label("Opmerking").fill("Bedankt!")
    await page.get_by_role("button", name="Ja", exact=True).click()
    await page.get_by_text("U hebt het antwoord aanvaard.").wait_for()
    assert (await site.case("HRB0000001")).status.value == "closed_complete"


async def test_suggestions_are_chosen_by_keyboard(site, reader):
    an = await reader(site.cast.an)
    page = await an.open("/")
    box = page.locator("#q")
    await box.press_sequentially("moeder")
    await page.get_by_role("option", name="Moederschapsverlof").wait_for()
    assert [violation["id"] for violation in (await Axe().run(page)).response["violations"]] == []
    await box.press("ArrowDown")
    assert await box.get_attribute("aria-activedescendant") == await page.get_by_role("option").first.get_attribute(
        "id"
    )
    await box.press("Escape")
    assert await box.get_attribute("aria-expanded") == "false"
    await box.press_sequentially("s")
    await page.get_by_role("option", name="Moederschapsverlof").wait_for()
    await box.press("ArrowDown")
    await box.press("Enter")
    await page.wait_for_url("**/catalogue/forms/maternity")


@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_suggestions_do_not_lie_on_the_button_that_searches(site, reader, width):
    an = await reader(site.cast.an, viewport={"width": width, "height": 740})
    page = await an.open("/")
    await page.locator("#q").press_sequentially("pensioen")
    await page.get_by_role("option", name="Pensioen").first.wait_for()
    await page.locator(".hero button").click()
    await page.get_by_role("heading", name="Zoeken").wait_for()
    assert page.url == f"{an.root}/search?q=pensioen"


async def test_what_is_typed_is_kept_and_found_again_on_the_start_page(site, reader):
    an = await reader(site.cast.an)
    page = await an.open("/catalogue/forms/free_question")
    await page.get_by_label("Onderwerp").fill("Half a question")
    await page.get_by_text("Bewaard als ontwerp").wait_for()
    await page.close()
    page = await an.open("/")
    await page.locator("section", has_text="Ontwerpen").get_by_role("link", name="Een vraag stellen").click()
    assert await page.get_by_label("Onderwerp").input_value() == "Half a question"


async def test_an_open_case_renews_itself_and_leaves_alone_what_is_being_typed(site, reader):
    case = await site.case_of(site.cast.an)
    an = await reader(site.cast.an)
    page = await an.open(f"/cases/{case.number}")
    await page.get_by_label("Uw bericht").fill("I am still typing")
    await page.wait_for_timeout(500)
    await answer(site, case.number, "Here is the answer.")
    await page.get_by_text("Here is the answer.").first.wait_for()
    await page.get_by_role("button", name="Ja", exact=True).wait_for()
    assert await page.get_by_label("Uw bericht").input_value() == "I am still typing"
    assert await page.locator(".status-card .status").inner_text() == "In afwachting van acceptatie"


async def test_a_form_is_filed_by_keyboard_alone(site, reader):
    an = await reader(site.cast.an)
    page = await an.open("/catalogue/forms/free_question")
    await page.locator("#field-subject").focus()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Only keys were pressed.")
    for _ in range(3):
        await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent.trim()") == "Indienen"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases/HRB0000001?done=filed")


async def test_what_is_typed_into_forms_searches_and_file_names_never_runs(site, reader):
    payload = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    an = await reader(site.cast.an)
    page = await an.open("/catalogue/forms/free_question")
    await page.get_by_label("Onderwerp").fill(payload)
    await page.get_by_label("Andere documenten").set_input_files([paper(payload.replace("/", ""))])
    await page.locator(".kept li").wait_for()
    await page.locator("#q, .header-search input").first.fill(payload[:40])
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Uw aanvraag is nog niet verzonden").wait_for()
    await page.get_by_label("Uw vraag").fill(payload)
    await page.get_by_role("button", name="Indienen").click()
    await page.wait_for_url("**/cases/HRB0000001?done=filed")
    for path in ("/search?q=" + "%22%3E%3Csvg%20onload%3Dalert(3)%3E", "/cases", "/", "/search?q=alert"):
        await (await an.open(path)).wait_for_load_state("networkidle")
    assert an.faults == []
