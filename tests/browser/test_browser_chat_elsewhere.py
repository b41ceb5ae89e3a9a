"""The chat on a page of another origin, in a real browser: from script tag to answer, and where it may not be."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from chat_site import open_talks
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser

GETS_READY_MS = 60_000
HEAD = '<head><title>Intranet</title><link rel="icon" href="data:,"></head>'


@asynccontextmanager
async def intranet(tags: list[str]) -> AsyncIterator[str]:
    """Serve a page of another site that holds these tags, and give its origin."""

    async def show(_: web.Request) -> web.Response:
        body = f"<!DOCTYPE html><html lang=en>{HEAD}<body><main><h1>Intranet</h1></main>{''.join(tags)}</body></html>"
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def sites(database, desk, sign_in_rules, model_folder):
    """Give a site that may show the chat, one that may not, and the portal whose chat it is."""
    served = dataclasses.replace(desk, settings=dataclasses.replace(desk.settings, public_url="http://127.0.0.1"))
    tags: list[str] = []
    async with intranet(tags) as allowed, intranet(tags) as foreign:
        opened = open_talks(database, served, sign_in_rules, model_folder, embed_origins=[allowed])
        async with opened as (site, _):
            own = str(site.client.make_url("")).rstrip("/")
            tags.append(f'<script src="{own}/chat/embed.js" data-label="Ask HR"></script>')
            yield allowed, foreign, own


async def visit(chromium, address: str, **options) -> tuple[Page, list[str]]:
    """Open a page in a window of its own; returns it with what its console says."""
    page = await (await chromium.new_context(locale="nl-BE", **options)).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(address)
    return page, said


@pytest.mark.parametrize("width", [1280, 360])
async def test_a_page_of_another_origin_leads_a_guest_to_an_answer(sites, chromium, width, tmp_path):
    allowed, _, own = sites
    page, said = await visit(chromium, allowed, viewport={"width": width, "height": 740})
    await page.keyboard.press("Tab")  # the button is out of reach of the page's own scripts, and so of the test's
    async with page.expect_event("framenavigated", lambda one: one.url == f"{own}/chat/frame"):
        await page.keyboard.press("Enter")
    frame = page.frame(url=f"{own}/chat/frame")
    assert frame is not None
    await frame.get_by_label("Uw bericht").fill("hallo")
    await frame.get_by_role("button", name="Verzenden").click()
    await expect(frame.locator(".chat-assistant").first).to_be_visible(timeout=GETS_READY_MS)
    await frame.get_by_label("Uw bericht").fill("Hoe staat het met mijn tickets?")
    await frame.get_by_role("button", name="Verzenden").click()
    await expect(frame.get_by_text("Daarvoor moet ik weten wie u bent.")).to_be_visible()
    assert await frame.get_by_role("link", name="Meld u aan").get_attribute("href") == "/chat"
    assert not await frame.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert (await Axe().run(page)).response["violations"] == []
    assert (said, await page.context.cookies(own)) == ([], [])
    await page.screenshot(path=tmp_path / "elsewhere.png")


async def test_a_site_that_is_not_named_gets_no_button_and_its_console_says_why(sites, chromium):
    _, foreign, own = sites
    page, said = await visit(chromium, foreign)
    await expect(page.get_by_role("heading", name="Intranet")).to_be_visible()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.tagName") == "BODY"
    assert said == [f"The chat of {own} may not be shown on {foreign}: BALIE_CHAT_EMBED_ORIGINS does not name it."]


async def test_a_frame_that_a_foreign_site_puts_there_itself_stays_empty(sites, chromium):
    _, foreign, own = sites
    page, said = await visit(chromium, foreign)
    await page.evaluate(
        "address => { const f = document.createElement('iframe'); f.src = address; document.body.append(f); }",
        f"{own}/chat/frame",
    )
    async with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        pass
    assert any("frame-ancestors" in line for line in said)
    assert await page.frame_locator("iframe").get_by_label("Uw bericht").count() == 0
