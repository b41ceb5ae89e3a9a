"""A real browser for tests: Debian's Chromium, driven by playwright."""

import os
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from served_desk import Service

# Generous, because a busy machine may train the assistant meanwhile; a passing test never waits for it.
expect.set_options(timeout=30_000)

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass
class Browser:
    """One Chromium; each visitor has a window without the cookies of the others."""

    chromium: Chromium

    async def visit(self, address: str, *, width: int = 1280, scripts: bool = True) -> Page:
        """Open an address in a fresh window."""
        context = await self.window(width=width, scripts=scripts)
        page = await context.new_page()
        await page.goto(address)
        return page

    async def window(self, *, width: int = 1280, scripts: bool = True) -> BrowserContext:
        return await self.chromium.new_context(
            viewport={"width": width, "height": 900}, locale="nl-BE", java_script_enabled=scripts
        )

    async def sign_in(self, service: Service, address: str) -> Page:
        """Sign in as somebody, with the code that arrives by mail."""
        had = len(service.postbox.to(address))
        page = await self.visit(f"{service.http}/sign-in")
        await page.locator("input[type=email]").fill(address)
        await page.locator("main form button[type=submit]").click()
        code = re.findall(r"\b\d{6}\b", (await service.postbox.next_to(address, after=had)).text)[0]
        await page.locator("input[autocomplete=one-time-code]").fill(code)
        await page.locator("main form button[type=submit]").first.click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


@asynccontextmanager
async def browser_or_skip() -> AsyncGenerator[Browser]:
    """Start Chromium; where there is none the test is skipped, but never in CI."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium")
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield Browser(chromium)
        finally:
            await chromium.close()
