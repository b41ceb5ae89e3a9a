"""The profile: keys, addresses, photo and sessions; each delicate change needs a fresh proof and is told by mail."""

import io
import re
from datetime import timedelta

import pyotp
import pytest
from PIL import Image
from portal_site import Browser, Site
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.digital_keys import app_codes, passwords, token_codes
from casework.digital_keys.step_up import held_by
from casework.outbox import service as outbox
from casework.people import photos
from casework.people import store as people
from casework.people.models import Level

PASSWORD = "drie fietsen in de regen"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


async def mails(site: Site, kind: str) -> list[tuple[str, str]]:
    async with site.database.reading() as session:
        return [(mail.to_address, mail.text) for mail in await outbox.all_mails(session) if mail.kind == kind]


async def keys(site: Site) -> set[str]:
    async with site.database.reading() as session:
        return set((await held_by(session, site.cast.an.person_id)).keys)


async def addresses(site: Site) -> list[tuple[str, bool]]:
    async with site.database.reading() as session:
        held = await people.addresses(session, site.cast.an.person_id)
    return [(address.address, address.is_primary) for address in held]


DELICATE = [
    ("GET", "/profile/password"), ("POST", "/profile/password"), ("POST", "/profile/app"), ("GET", "/profile/app"),
    ("GET", "/profile/app/image"), ("POST", "/profile/app/confirm"), ("POST", "/profile/app/remove"),
    ("POST", "/profile/list"), ("POST", "/profile/list/remove"), ("GET", "/profile/addresses"),
    ("POST", "/profile/addresses"), ("POST", "/profile/addresses/code"), ("POST", "/profile/addresses/1/primary"),
    ("POST", "/profile/addresses/1/remove"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), DELICATE)
@pytest.mark.parametrize("why", ["low", "stale"])
async def test_a_change_of_keys_needs_a_fresh_proof(site, method, path, why):
    browser = await site.browser_of(site.cast.an, Level.LOW if why == "low" else Level.SUBSTANTIAL)
    site.desk.clock.advance(timedelta(minutes=16 if why == "stale" else 0))
    page = await (browser.get(path) if method == "GET" else browser.post(path))
    assert page.status == 303
    assert page.location.startswith("/sign-in/step-up?next=%2F")
    assert await keys(site) == set()


async def test_a_new_password_ends_the_other_sessions_and_is_told(site):
    browser, other = await site.browser_of(site.cast.an), await site.browser_of(site.cast.an)
    page = await browser.post("/profile/password", {"password": PASSWORD, "password_again": PASSWORD})
    assert (page.status, page.location) == (303, "/profile?done=password")
    assert await keys(site) == {"password"}
    assert ((await browser.get("/cases")).status, (await other.get("/cases")).status) == (200, 302)
    [(to, said)] = await mails(site, "security")
    assert (to, "er is een wachtwoord gekozen" in said) == ("an.peeters@health.example", True)


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (PASSWORD, PASSWORD + "!", "niet gelijk"),
        ("kort", "kort", "minstens 12 tekens"),
        ("123456789012", "123456789012", "makkelijk te raden"),
        ("an.peeters@health", "an.peeters@health", "weinig meer dan uw naam"),
        ("x" * 999, "x" * 999, "hoogstens 128"),
    ],
)
async def test_a_password_that_cannot_be_used_is_refused_with_its_reason(site, password, again, said):
    browser = await site.browser_of(site.cast.an)
    page = await browser.post("/profile/password", {"password": password, "password_again": again})
    assert (page.status, said in page.text, password in page.text) == (422, True, False)
    assert await keys(site) == set()


async def test_an_app_counts_after_its_first_right_code_and_can_be_removed(site):
    browser = await site.browser_of(site.cast.an)
    assert (await browser.post("/profile/app")).location == "/profile/app"
    shown = await browser.get("/profile/app")
    secret = "".join(re.findall(r'class="secret">([^<]+)<', shown.text)[0].split())
    image = await browser.get("/profile/app/image")
    assert (image.headers["Content-Type"], image.text[:4]) == ("image/svg+xml; charset=utf-8", "<svg")
    assert (await browser.post("/profile/app/confirm", {"code": "000000"})).status == 422
    assert await keys(site) == set()
    code = pyotp.TOTP(secret).at(int(site.desk.clock.now().timestamp()))
    assert (await browser.post("/profile/app/confirm", {"code": code})).location == "/profile?done=app"
    assert await keys(site) == {"app"}
    assert (await browser.get("/profile/app")).status == 404
    assert (await browser.get("/profile/app/image")).status == 404
    await browser.post("/profile/app")
    assert await keys(site) == {"app"}
    await browser.post("/profile/app/remove")
    assert await keys(site) == set()
    assert len(await mails(site, "security")) == 2


async def test_a_new_list_is_shown_once_and_the_former_one_is_worth_nothing(site):
    browser = await site.browser_of(site.cast.an)
    first = re.findall(r"<code>(\w{4} \w{4})</code>", (await browser.post("/profile/list")).text)
    second = re.findall(r"<code>(\w{4} \w{4})</code>", (await browser.post("/profile/list")).text)
    assert (len(first), len(second), set(first) & set(second)) == (24, 24, set())
    async with site.database.transaction() as session:
        asked = (session, site.rules.key, site.cast.an.person_id)
        now = site.desk.clock.now()
        right = [await token_codes.is_right(*asked, codes[0], now) for codes in (first, second)]
    assert right == [False, True]
    assert not set(second) & set(re.findall(r"\w{4} \w{4}", (await browser.get("/profile")).text))


@pytest.mark.parametrize("key", ["password", "app", "token"])
async def test_one_further_key_raises_the_level_under_a_new_cookie(site, key):
    now, person_id = site.desk.clock.now(), site.cast.an.person_id
    async with site.database.transaction() as session:
        await passwords.set_password(session, person_id, PASSWORD, now)
        secret = await app_codes.prepare(session, site.rules.key, person_id, now)
        (await app_codes.of_person(session, person_id)).confirmed_at = now
        codes = await token_codes.print_list(session, site.rules.key, person_id, now)
    proof = {"password": PASSWORD, "app": pyotp.TOTP(secret).at(int(now.timestamp())), "token": codes[0]}[key]
    browser = await site.browser_of(site.cast.an, Level.LOW)
    former = dict(browser.cookies)
    wrong = await browser.post("/sign-in/step-up", {"key": key, "proof": "wrong", "next": "/profile/password"})
    assert wrong.status == 422
    page = await browser.post("/sign-in/step-up", {"key": key, "proof": proof, "next": "/profile/password"})
    assert (page.status, page.location) == (303, "/profile/password")
    assert (await browser.get("/profile/password")).status == 200
    assert (await Browser(site.client, former).get("/cases")).status == 302


async def test_guessing_a_further_key_ends_after_ten(site):
    async with site.database.transaction() as session:
        await passwords.set_password(session, site.cast.an.person_id, PASSWORD, site.desk.clock.now())
    browser = await site.browser_of(site.cast.an, Level.LOW)
    for _ in range(10):
        await browser.post("/sign-in/step-up", {"key": "password", "proof": "guess"})
    assert (await browser.post("/sign-in/step-up", {"key": "password", "proof": PASSWORD})).status == 422
    site.desk.clock.advance(timedelta(minutes=15))
    assert (await browser.post("/sign-in/step-up", {"key": "password", "proof": PASSWORD})).status == 303
    assert (await browser.post("/sign-in/step-up", {"key": "nonsense", "proof": "x"})).status == 422


async def add_address(site: Site, browser: Browser, address: str) -> str:
    await browser.post("/profile/addresses", {"address": address})
    found = [said for to, said in await mails(site, "sign_in_code") if to == address]
    return re.findall(r"^\d{6}$", found[-1], re.MULTILINE)[0] if found else ""


async def test_an_address_is_added_by_its_code_made_primary_and_removed(site):
    browser = await site.browser_of(site.cast.an)
    code = await add_address(site, browser, "an.peeters@new.example")
    wrong = {"address": "an.peeters@new.example", "code": f"{(int(code) + 1) % 1_000_000:06d}"}
    assert (await browser.post("/profile/addresses/code", wrong)).status == 422
    right = {"address": "An.Peeters@NEW.example", "code": code}
    assert (await browser.post("/profile/addresses/code", right)).location == "/profile?done=address_added"
    assert ("an.peeters@new.example", False) in await addresses(site)
    shown = (await browser.get("/profile")).text
    [place] = re.findall(r"/profile/addresses/(\d+)/primary\"[^/]+</button>|/profile/addresses/(\d+)/primary", shown)[
        -1:
    ]
    chosen = next(part for part in place if part)
    await browser.post(f"/profile/addresses/{chosen}/primary")
    assert (await addresses(site))[0] == ("an.peeters@new.example", True)
    assert (await browser.post(f"/profile/addresses/{chosen}/remove")).status == 404
    assert [to for to, _ in await mails(site, "security")] == ["an.peeters@health.example"] * 2


async def test_somebody_elses_address_is_neither_added_nor_told_of(site):
    browser = await site.browser_of(site.cast.an)
    free = await browser.post("/profile/addresses", {"address": "luc.martin@xxxxxx.example"})
    taken = await browser.post("/profile/addresses", {"address": "luc.martin@health.example"})
    assert free.text == taken.text.replace("@health", "@xxxxxx")
    assert [to for to, _ in await mails(site, "sign_in_code")] == ["luc.martin@xxxxxx.example"]
    for action in ("primary", "remove"):
        assert (await browser.post(f"/profile/addresses/3/{action}")).status == 404
    assert await addresses(site) == [("an.peeters@health.example", True), ("an@home.example", False)]


@pytest.mark.parametrize(
    "address",
    ["", "an", "an@", "@x.example", "a b@x.example", "an@x.example\r\nBcc: all@x.example", "a,b@x.example", "x" * 260],
)
async def test_what_is_no_address_gets_no_mail(site, address):
    browser = await site.browser_of(site.cast.an)
    assert (await browser.post("/profile/addresses", {"address": address})).status == 422
    assert await mails(site, "sign_in_code") == []


def image(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options) -> bytes:
    drawn = io.BytesIO()
    Image.new(mode, size, "red").save(drawn, kind, **options)
    return drawn.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_drawn_anew_without_its_metadata_and_served_strictly(site, kind):
    browser = await site.browser_of(site.cast.an)
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    sent = image(kind, exif=exif) + b"<script>alert(1)</script>"
    page = await browser.post("/profile/photo", files=[("photo", "me.jpg", sent)])
    assert page.location == "/profile?done=photo"
    shown = await browser.get("/profile/photo")
    with Image.open(io.BytesIO(shown.body)) as drawn:
        assert (drawn.format, drawn.size, len(drawn.getexif())) == ("JPEG", (photos.SIDE, photos.SIDE), 0)
    assert b"script" not in shown.body
    assert b"where I live" not in shown.body
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert (await (await site.browser_of(site.cast.luc)).get("/profile/photo")).status == 404
    await browser.post("/profile/photo/remove")
    assert (await browser.get("/profile/photo")).status == 404


BOMB = image("PNG", (30_000, 3_000), mode="1")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + b"\0" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", image("PNG")[:60], image("BMP"), BOMB,
     b"\xff\xd8\xff\xe0" + b"x" * 100],
    ids=["nothing", "gif", "svg", "cut", "bmp", "bomb", "no jpeg"],
)  # fmt: skip
async def test_what_is_no_photo_is_refused(site, content):
    browser = await site.browser_of(site.cast.an)
    page = await browser.post("/profile/photo", files=[("photo", "me.png", content)])
    assert (page.status, "Kies een foto (JPEG" in page.text) == (422, True)
    assert (await browser.get("/profile/photo")).status == 404


async def test_signing_out_everywhere_ends_every_session_of_the_person_alone(site):
    here, there, luc = [await site.browser_of(who) for who in (site.cast.an, site.cast.an, site.cast.luc)]
    page = await here.post("/profile/sessions/end-all")
    assert (page.location, "__Host-balie" in here.cookies) == ("/?done=signed_out", False)
    assert [(await one.get("/cases")).status for one in (there, luc)] == [302, 200]


async def test_the_registration_hands_out_a_list_after_looking_at_a_document(site):
    ada = await site.browser_of(site.cast.ada)
    sent = {"address": "an.peeters@health.example", "document": "passport", "checked": "yes"}
    for missing in ("document", "checked"):
        assert (await ada.post("/registration", sent | {missing: ""})).status == 422
    assert (await ada.post("/registration", sent | {"address": "ada.bakker@balie.example"})).status == 422
    page = await ada.post("/registration", sent)
    assert (page.status, len(re.findall(r"<code>\w{4} \w{4}</code>", page.text))) == (200, 24)
    assert await keys(site) == {"token"}
    async with site.database.reading() as session:
        entry = (await session.execute(select(AuditEntry).where(AuditEntry.action == "identity_checked"))).scalar_one()
    assert entry.details == {"person": site.cast.an.person_id, "document": "passport"}
    assert [to for to, _ in await mails(site, "security")] == ["an.peeters@health.example"]
