"""Signing in with eID and itsme: a provider that proves well is believed, and nothing else is."""

import asyncio
import dataclasses
import re
import threading
import wsgiref.simple_server
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from joserfc.jwk import RSAKey
from oidc_provider_mock import app as mock_app
from openid_provider import CLIENT, OpenIdProvider, serve
from portal_site import Browser, Page, Site, open_site
from sqlalchemy import select, update

from casework.audit.models import AuditEntry
from casework.digital_keys import offer as offers
from casework.digital_keys.models import ExternalIdentity, ProviderSession, Way
from casework.digital_keys.offer import Offer
from casework.digital_keys.openid.provider import LinksBy, Provider
from casework.people.models import Level, Person, WebSession

NUMBER = "85073003328"
CLIENT_KEY = RSAKey.generate_key(2048)
ENCRYPTION_KEY = RSAKey.generate_key(2048)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def provider(clock) -> AsyncIterator[OpenIdProvider]:
    made = OpenIdProvider(clock.now, CLIENT_KEY, ENCRYPTION_KEY, claims={"egovNRN": NUMBER, "acr": "level-eid"})
    async with serve(made) as served:
        yield served


@pytest.fixture
async def site(database, desk, sign_in_rules, provider) -> AsyncIterator[Site]:
    eid = Provider(
        provider.issuer, CLIENT, signing_key=CLIENT_KEY, encryption_key=ENCRYPTION_KEY, acr_values="level-eid",
        claim="egovNRN",
    )  # fmt: skip
    itsme = dataclasses.replace(eid, acr_values="level-itsme")
    offer = Offer(providers={Way.EID: eid, Way.ITSME: itsme})
    async with open_site(database, desk, sign_in_rules, offer=offer) as opened:
        async with database.transaction() as session:
            await session.execute(
                update(Person).where(Person.id == opened.cast.an.person_id).values(national_number=NUMBER)
            )
        yield opened


async def visit(browser: Browser, way: str = "eid", onward: str = "/cases") -> str:
    """Go to the provider, and return the path with which it sends the browser back."""
    leaving = await browser.get(f"/sign-in/with/{way}?next={onward}")
    assert leaving.status == 302
    async with aiohttp.ClientSession() as client, client.get(leaving.location, allow_redirects=False) as answer:
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


async def sign_in(browser: Browser, way: str = "eid", onward: str = "/cases") -> Page:
    return await browser.get(await visit(browser, way, onward))


async def opened_sessions(site: Site) -> list[WebSession]:
    async with site.database.reading() as session:
        return list((await session.execute(select(WebSession).order_by(WebSession.id))).scalars())


@pytest.mark.parametrize(
    ("language", "words", "needs"),
    [
        ("nl", "Je itsme-account aanmaken", ("computer met internetverbinding", "identiteitskaart", "pincode",
                                             "kaartlezer", "eID-software")),
        ("fr", "Créer votre compte itsme", ("ordinateur connecté à internet", "carte d'identité", "code PIN",
                                            "lecteur de carte", "logiciel eID")),
        ("de", "Ihr itsme-Konto anlegen", ("Computer mit Internetverbindung", "Personalausweis", "PIN-Code",
                                           "Kartenleser", "eID-Software")),
        ("en", "Create your itsme account", ("computer with internet", "identity card", "PIN code", "card reader",
                                             "eID software")),
    ],
)  # fmt: skip
async def test_the_page_says_where_an_itsme_account_is_made_and_what_an_eid_needs(site, language, words, needs):
    page = unescape((await site.stranger().get(f"/sign-in?lang={language}")).text)

    [linked] = re.findall(r'<a href="(https://[^"]+)" rel="noreferrer">([^<]+)</a>', page)
    [told] = re.findall(r"<dt>eID</dt><dd>([^<]+)</dd>", page)
    assert linked == (f"https://www.itsme-id.com/{language}-BE/get-started/eid", words)
    assert [need for need in needs if need not in told] == []


async def test_an_encrypted_token_of_the_provider_signs_in_at_the_highest_level(site, provider):
    browser = site.stranger()
    page = await sign_in(browser)
    assert (page.status, page.location) == (303, "/cases")
    assert (await browser.get("/cases")).status == 200
    [opened] = await opened_sessions(site)
    assert (opened.person_id, opened.level, opened.way) == (site.cast.an.person_id, Level.HIGH, "eid")
    [asked] = provider.visits
    assert (asked["acr_values"], asked["ui_locales"], len(asked["nonce"])) == ("level-eid", "nl", 43)


async def test_the_second_time_only_the_subject_counts_and_the_number_is_kept_nowhere(site, provider):
    await sign_in(site.stranger())
    provider.claims = {"acr": "level-eid", "egovNRN": "another"}
    assert (await sign_in(site.stranger())).status == 303
    async with site.database.reading() as session:
        [linked] = (await session.execute(select(ExternalIdentity))).scalars()
        entries = (await session.execute(select(AuditEntry))).scalars().all()
    assert (linked.person_id, provider.subject in linked.subject_hash) == (site.cast.an.person_id, False)
    assert [entry.action for entry in entries] == ["identity_linked", "signed_in", "signed_in"]
    assert NUMBER not in str([entry.details for entry in entries])


async def test_an_address_that_the_provider_tells_links_nobody(site, provider):
    provider.claims = {"acr": "level-eid", "email": "an.peeters@health.example", "email_verified": True}
    page = await sign_in(site.stranger())
    assert page.status == 403
    assert "kent u, maar Balie niet" in page.text
    assert await opened_sessions(site) == []


async def test_a_number_told_at_userinfo_links_as_well(site, provider):
    provider.claims = {"acr": "level-eid"}
    provider.told_at_userinfo = {"egovNRN": "85.07.30-033.28"}
    assert (await sign_in(site.stranger())).status == 303


async def test_userinfo_about_somebody_else_links_nobody(site, provider):
    provider.claims = {"acr": "level-eid"}
    provider.told_at_userinfo = {"egovNRN": NUMBER, "sub": "somebody else"}
    assert (await sign_in(site.stranger())).status == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another desk"},
        {"aud": [CLIENT, "another desk"]},
        {"aud": [CLIENT, "another desk"], "azp": "another desk"},
        {"nonce": "another"},
        {"acr": "level-itsme"},
        {"acr": None},
        {"sub": ""},
        {"sub": 1},
        {"exp": 0},
        {"exp": "soon"},
        {"iat": 0},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_visit_opens_nothing(site, provider, lie):
    provider.claims |= lie
    page = await sign_in(site.stranger())
    assert page.status == 403
    assert await opened_sessions(site) == []


async def test_clocks_may_differ_by_a_minute_and_not_by_more(site, provider, clock):
    for seconds, status in ((-55, 303), (55, 303), (300 + 65, 403), (-65, 403)):
        provider.now = lambda seconds=seconds: clock.now() - timedelta(seconds=seconds)
        browser = site.stranger()
        path = await visit(browser)
        provider.now = clock.now if abs(seconds) == 65 else provider.now
        provider.claims |= {
            "iat": int(clock.now().timestamp()) - seconds,
            "exp": int(clock.now().timestamp()) - seconds + 300,
        }
        assert (await browser.get(path)).status == status, seconds


async def test_a_token_signed_by_somebody_else_opens_nothing(site, provider):
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "first"})
    assert (await sign_in(site.stranger())).status == 403


async def test_a_token_that_should_be_encrypted_and_is_not_opens_nothing(site, provider):
    provider.encrypts_for = None
    assert (await sign_in(site.stranger())).status == 403


async def test_new_keys_of_the_provider_are_fetched_and_not_for_every_made_up_name(site, provider, clock):
    assert (await sign_in(site.stranger())).status == 303
    clock.advance(timedelta(minutes=1))
    provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    assert (await sign_in(site.stranger())).status == 303
    asked = provider.keys_asked
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "made up"})
    for _ in range(3):
        assert (await sign_in(site.stranger())).status == 403
    assert provider.keys_asked - asked <= 1


async def test_an_answer_counts_once_in_the_browser_that_asked_and_not_for_long(site, clock):
    browser, thief = site.stranger(), site.stranger()
    path = await visit(browser)
    await thief.get("/sign-in")
    assert (await thief.get(path)).status == 403
    assert (await browser.get(path)).status == 403
    again = await visit(browser)
    assert (await browser.get(again)).status == 303
    late = site.stranger()
    path = await visit(late)
    clock.advance(timedelta(minutes=16))
    assert (await late.get(path)).status == 403
    assert [opened.way for opened in await opened_sessions(site)] == ["eid"]


async def test_an_answer_of_another_issuer_or_without_a_code_opens_nothing(site):
    browser = site.stranger()
    path = await visit(browser)
    assert (await browser.get(path.replace("iss=", "iss=https%3A%2F%2Felsewhere.example&was="))).status == 403
    state = parse_qs(urlsplit(await visit(browser)).query)["state"][0]
    page = await browser.get(f"/sign-in/return?error=access_denied&state={state}")
    assert (page.status, page.location) == (303, "/sign-in?next=%2Fcases&done=cancelled")
    assert await opened_sessions(site) == []


@pytest.mark.parametrize("onward", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
async def test_a_visit_never_leads_to_another_site(site, onward):
    assert (await sign_in(site.stranger(), onward=onward)).location == "/"


async def test_an_organisation_can_switch_eid_off_and_somebody_who_left_is_not_let_in(site):
    async with site.database.transaction() as session:
        await offers.switch_off(session, site.cast.an.organisation_id, [Way.EID])
    page = await sign_in(site.stranger())
    assert (page.status, "gebruikt deze sleutel niet" in page.text) == (403, True)
    async with site.database.transaction() as session:
        await offers.switch_off(session, site.cast.an.organisation_id, [])
        await session.execute(update(Person).where(Person.id == site.cast.an.person_id).values(active=False))
    assert (await sign_in(site.stranger())).status == 403


async def test_eid_raises_the_level_of_an_open_session_under_a_new_cookie(site, provider):
    browser = await site.browser_of(site.cast.an, Level.LOW)
    former = browser.cookies["__Host-balie"]
    page = await sign_in(browser, onward="/profile/password")
    assert (page.status, page.location) == (303, "/profile/password")
    assert browser.cookies["__Host-balie"] != former
    assert (await browser.get("/profile/password")).status == 200
    assert (await Browser(site.client, {"__Host-balie": former}).get("/cases")).status == 302
    assert provider.visits[-1]["prompt"] == "login"
    assert [opened.level for opened in await opened_sessions(site)] == [Level.HIGH]


async def test_eid_of_somebody_else_raises_nothing(site):
    browser = await site.browser_of(site.cast.luc, Level.LOW)
    assert (await sign_in(browser)).status == 403
    assert [opened.level for opened in await opened_sessions(site)] == [Level.LOW]


async def fields_to_leave_with(page: Page) -> dict[str, str]:
    """Return where the form of the last step leads, as "action", and what it brings."""
    [action] = re.findall(r'<form method="post" action="([^"]+)" data-at-once>', page.text)
    return {"action": action} | dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


async def kept_tokens(site: Site) -> list[str]:
    async with site.database.reading() as session:
        return list((await session.execute(select(ProviderSession.sealed_token))).scalars())


async def test_signing_out_leads_on_to_the_provider_and_back_and_keeps_nothing(site, provider):
    browser = site.stranger()
    await sign_in(browser)
    await browser.get("/profile")
    [sealed] = await kept_tokens(site)
    page = await browser.post("/sign-out")
    fields = await fields_to_leave_with(page)

    assert (page.status, fields.pop("action")) == (200, f"{provider.issuer}/end-session")
    assert sorted(fields) == ["client_id", "id_token_hint", "post_logout_redirect_uri"]
    assert fields["id_token_hint"] not in sealed
    assert f"form-action 'self' https: {provider.issuer};" in page.headers["Content-Security-Policy"]
    assert "An Peeters" not in page.text
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{provider.issuer}/end-session", data=fields, allow_redirects=False)
    assert (answer.status, provider.signed_out) == (302, [provider.subject])
    assert answer.headers["Location"] == site.desk.settings.link("/sign-out/done")
    back = await browser.get("/sign-out/done")
    assert (back.location, "U bent afgemeld." in (await browser.get(back.location)).text) == ("/?done=signed_out", True)
    assert (await browser.get("/cases")).status == 302
    assert await kept_tokens(site) == []


async def test_a_key_of_the_provider_that_was_added_to_a_session_signs_out_there_too(site, provider):
    browser = await site.browser_of(site.cast.an, Level.LOW)
    await sign_in(browser, onward="/profile")
    await browser.get("/profile")

    fields = await fields_to_leave_with(await browser.post("/sign-out"))

    assert fields["action"] == f"{provider.issuer}/end-session"


@pytest.mark.parametrize("where", [None, "http://elsewhere.example/end", "javascript:alert(1)"])
async def test_where_the_provider_offers_no_safe_way_out_it_is_said_that_one_may_be_signed_in_there(
    site, provider, where
):
    provider.says_goodbye_at = where
    browser = site.stranger()
    await sign_in(browser)
    await browser.get("/profile")

    page = await browser.post("/sign-out")

    assert (page.status, page.location) == (303, "/?done=signed_out_here")
    assert "sluit op een gedeelde computer ook de browser" in (await browser.get(page.location)).text
    assert (await browser.get("/cases")).status == 302


async def test_tokens_of_sessions_that_are_long_over_are_not_kept(site, clock):
    await sign_in(site.stranger())
    former = await kept_tokens(site)
    clock.advance(timedelta(hours=12))
    await sign_in(site.stranger())

    kept = await kept_tokens(site)

    assert (len(former), len(kept), set(former) & set(kept)) == (1, 1, set())


async def test_a_provider_that_is_away_or_names_unsafe_addresses_is_said_to_be_away(database, desk, sign_in_rules):
    nobody = Provider("http://127.0.0.1:9", CLIENT)
    async with open_site(database, desk, sign_in_rules, offer=Offer(providers={Way.EID: nobody})) as opened:
        page = await opened.stranger().get("/sign-in/with/eid")
    assert (page.status, "antwoordt niet" in page.text) == (503, True)


@pytest.fixture
def mock_issuer() -> Iterator[str]:
    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *_args):
            return

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, mock_app(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library that the provider is made with
async def test_the_plain_flow_holds_with_a_provider_that_others_wrote(database, desk, sign_in_rules, mock_issuer):
    home = Provider(
        mock_issuer, "desk", "secret", scopes="openid", claim="sub", links_by=LinksBy.EMPLOYEE_NUMBER, name="Balie"
    )
    rules = dataclasses.replace(sign_in_rules, behind=timedelta(seconds=_seconds_behind(desk)))
    async with open_site(database, desk, rules, offer=Offer(providers={Way.HOME: home})) as opened:
        browser = opened.stranger()
        chooser = await browser.get("/sign-in?next=/cases")
        assert "Ik werk voor Balie" in chooser.text
        assert "Ik werk voor een andere federale overheidsdienst" in chooser.text
        leaving = await browser.get("/sign-in/with/home?next=/cases")
        async with aiohttp.ClientSession() as client:
            answer = await client.post(leaving.location, data={"sub": "E100"}, allow_redirects=False)
            back = urlsplit(answer.headers["Location"])
        page = await browser.get(f"{back.path}?{back.query}")
        assert (page.status, page.location) == (303, "/cases")
    await asyncio.sleep(0)


def _seconds_behind(desk) -> float:
    from datetime import UTC, datetime

    return (datetime.now(UTC) - desk.clock.now()).total_seconds()
