"""Takes the pictures of docs/screenshots: ten pages of a desk with invented people, in a real browser.

Usage: PYTHONPATH=.:tests python tools/screenshots.py [folder]
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright
from portal_site import Site, open_site

from casework.attachments.models import IncomingFile
from casework.attachments.storage import FolderStorage
from casework.cases import handling, service
from casework.cases import store as cases
from casework.catalogue import favourites
from casework.catalogue.service import load_catalogue
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.desk import Desk
from casework.drafts import service as drafts
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import sign_in, store
from casework.people.models import Actor
from casework.people.sign_in import SignInRules
from casework.settings import DeskSettings
from runtime import tables

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
KEY = b"a key for pictures alone"
COLOURS = 224
DESKTOP, PHONE = 1200, 360
# What each picture is called, who looks, at which page, on how wide a window.
PICTURES = (
    ("start", "an", "/", DESKTOP),
    ("start-on-a-phone", "an", "/", PHONE),
    ("search", "an", "/search?q=verlof", DESKTOP),
    ("catalogue", "an", "/catalogue", DESKTOP),
    ("form", "an", "/catalogue/forms/work_regime_reduction?regime=career_break_parental", DESKTOP),
    ("case-with-answer", "an", "/cases/HRB0000001", DESKTOP),
    ("my-cases", "an", "/cases", DESKTOP),
    ("help", "an", "/help", DESKTOP),
    ("where-to-enter-an-absence", "an", "/help/absences?absence=work_regime_reduction.four_day_week", DESKTOP),
    ("case-for-a-handler", "hanne", "/cases/HRB0000001", DESKTOP),
)


@asynccontextmanager
async def furnished_site(folder: Path) -> AsyncIterator[Site]:
    """Serve a portal on which something has happened already."""
    tables.load()
    database = Database(f"sqlite+aiosqlite:///{folder / 'balie.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    clock = SettableClock(datetime(2026, 9, 15, 8, 0, tzinfo=UTC))
    settings = DeskSettings(
        desk_address="hr@balie.example",
        public_url="http://127.0.0.1",
        secret_key=KEY,
        self_service_url="https://self-service.example/",
        expenses_url="https://expenses.example/",
    )
    desk = Desk(settings, clock, load_catalogue(), FolderStorage(folder / "files"))
    async with open_site(database, desk, SignInRules(key=KEY, idle=timedelta(hours=1))) as site:
        await furnish(site, clock)
        yield site
    await database.close()


async def furnish(site: Site, clock: SettableClock) -> None:
    """Open a few cases: one answered, one under way, one closed, and a draft."""
    an = site.cast.an
    await _open(
        site, an, "Hoeveel verlofdagen heb ik nog?", "Ik wil in oktober verlof nemen. Hoeveel dagen heb ik nog?"
    )
    await _open(site, an, "Fietsvergoeding", "Sinds september kom ik met de fiets. Wat moet ik bezorgen?")
    await _open(site, an, "Weddefiche van augustus", "De toelage ontbreekt op mijn weddefiche van augustus.")
    for number, words in (
        ("HRB0000001", "U hebt nog tien dagen, tot 31 december."),
        ("HRB0000003", "Dat is rechtgezet."),
    ):
        clock.advance(timedelta(minutes=25))
        await _answer(site, number, words)
    async with site.database.transaction() as session:
        case = await cases.by_number(session, "HRB0000003")
        await service.decide(session, site.desk, case, an, accepted=True, comment="Bedankt!", channel=Channel.WEB)
        await favourites.mark(session, an.person_id or 0, "telework", wanted=True)
        form = site.desk.catalogue.form("maternity")
        if form is not None:
            await drafts.save(session, site.desk, an.person_id or 0, drafts.new_key(), form, {"statute": "contractual"})
    clock.advance(timedelta(minutes=40))


async def _open(site: Site, requester: Actor, subject: str, text: str) -> None:
    async with site.database.transaction() as session:
        file = IncomingFile("planning.pdf", "application/pdf", b"%PDF-1.4 a plan")
        ask = service.Request(subject=subject, words=Words(text=text, channel=Channel.MAIL), files=[file])
        await service.open_case(session, site.desk, requester, ask)


async def _answer(site: Site, number: str, words: str) -> None:
    async with site.database.transaction() as session:
        case = await cases.by_number(session, number)
        said = Words(text=f"Dag An\n\n{words}\n\nHanne Claes", channel=Channel.WEB)
        await handling.write_to_requester(session, site.desk, case, site.cast.hanne, said, kind=MessageKind.ANSWER)


async def take(site: Site, chromium: Browser, folder: Path) -> None:
    """Take every picture."""
    root = str(site.client.make_url("")).rstrip("/")
    for name, who, path, width in PICTURES:
        page = await _window(site, chromium, root, getattr(site.cast, who), width)
        await page.goto(root + path)
        await page.wait_for_load_state("domcontentloaded")
        shrink(await page.screenshot(full_page=True), folder / f"{name}.png")
        await page.context.close()


async def _window(site: Site, chromium: Browser, root: str, actor: Actor, width: int) -> Page:
    context = await chromium.new_context(locale="nl-BE", viewport={"width": width, "height": 800})
    async with site.database.transaction() as session:
        person = await store.person(session, actor.person_id or 0)
        token = await sign_in.begin_session(session, person, site.desk.clock.now())
    await context.add_cookies([{"name": "balie", "value": token, "url": root}])
    return await context.new_page()


def shrink(picture: bytes, path: Path) -> None:
    """Write a picture with few colours, which the pages have anyway."""
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)


async def main(folder: Path) -> None:
    """Take the pictures into a folder."""
    chromium_path = shutil.which("chromium")
    if chromium_path is None:
        raise SystemExit("Chromium is needed: install it, then run this again")
    with tempfile.TemporaryDirectory() as data:
        async with async_playwright() as playwright, furnished_site(Path(data)) as site:
            chromium = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
            await take(site, chromium, folder)
            await chromium.close()


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    into.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(into))
