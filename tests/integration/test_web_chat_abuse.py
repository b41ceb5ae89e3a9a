"""What the web chat does with those who should not be there, and with what nobody should send."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import WSServerHandshakeError
from chat_site import ORIGIN, chat_section, open_chat, open_tab
from portal_site import Site, open_site

from bot.channels import chat_feed

TOO_FAST = "Dat ging te snel: uw laatste bericht is niet verzonden. Wacht een minuut en verzend het opnieuw."
TOO_LONG = "Dat bericht is te lang voor de chat en is niet verzonden. Maak het korter, of stuur het per e-mail."
UNREADABLE = "Dat bericht kon niet gelezen worden. Laad de pagina opnieuw en verzend het nog eens."


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    async with open_chat(database, desk, sign_in_rules, model_folder) as opened:
        yield opened


@pytest.fixture
async def an(site):
    return await site.browser_of(site.cast.an)


async def refusal(browser, **options) -> int:
    with pytest.raises(WSServerHandshakeError) as refused:
        await open_tab(browser, **options)
    return refused.value.status


async def test_a_stranger_is_led_to_sign_in_and_back_and_gets_no_socket(site):
    page = await site.stranger().get("/chat")
    assert (page.status, page.location) == (302, "/sign-in?next=%2Fchat")
    assert await refusal(site.stranger()) == 401
    nobody = site.stranger()
    nobody.cookies["__Host-balie"] = "no-such-token"
    assert await refusal(nobody) == 401


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "https://desk.balie.example.elsewhere.example", None]
)
async def test_a_socket_from_another_origin_is_refused(an, origin):
    assert await refusal(an, origin=origin) == 403


async def test_a_message_from_another_sites_form_is_refused(site, an):
    an.token = ""
    assert (await an.post("/chat", {"text": "hallo"})).status == 403
    assert (await (await open_tab(await site.browser_of(site.cast.an))).say("dag"))[0]["seq"] == 2


async def test_the_address_of_the_socket_opened_as_a_page_leads_to_the_chat(an):
    page = await an.get("/chat/ws")
    assert (page.status, page.location) == (303, "/chat")


async def closing_code(tab) -> int | None:
    async with asyncio.timeout(3 * chat_feed.CHECK_SECONDS):
        assert await tab.frame() is None
    return tab.closed_with


async def test_signing_out_closes_every_tab_of_the_session_within_seconds(site, an):
    elsewhere = await open_tab(await site.browser_of(site.cast.an))
    tabs = [await open_tab(an), await open_tab(an)]
    await tabs[0].say("hallo")
    await tabs[1].frames(2)
    await an.post("/sign-out")

    assert [await closing_code(tab) for tab in tabs] == [4401, 4401]
    await elsewhere.frames(2)
    assert (await elsewhere.say("bedankt"))[0]["seq"] == 4


async def test_a_message_after_signing_out_is_not_taken(site, an):
    tab = await open_tab(an)
    await an.post("/sign-out")
    await tab.socket.send_json({"text": "hallo"})
    assert await closing_code(tab) == 4401
    assert (await (await open_tab(await site.browser_of(site.cast.an))).say("dag"))[0]["seq"] == 2


async def test_an_open_tab_does_not_keep_its_session_alive(an, clock):
    tab = await open_tab(an)
    clock.advance(timedelta(minutes=15))
    await asyncio.sleep(1.5 * chat_feed.CHECK_SECONDS)
    clock.advance(timedelta(minutes=6))
    assert await closing_code(tab) == 4401


async def test_what_a_person_says_keeps_their_session_alive(an, clock):
    tab = await open_tab(an)
    for turn in range(1, 4):
        clock.advance(timedelta(minutes=15))
        assert (await tab.say("hallo"))[0]["seq"] == 2 * turn


async def test_a_tab_drawn_in_another_session_is_told_to_load_again(an):
    page = await an.get("/chat")
    session_id = page.text.partition('data-session="')[2].partition('"')[0]
    assert (await (await open_tab(an, query=f"&session={session_id}")).say("hallo"))[0]["seq"] == 2
    assert await closing_code(await open_tab(an, query=f"&session={int(session_id) + 1}")) == 4409


async def test_when_the_service_stops_every_tab_is_told_at_once(database, desk, sign_in_rules, model_folder):
    section = chat_section(database, desk, model_folder)
    async with open_site(database, desk, sign_in_rules, [section]) as site:
        tabs = [await open_tab(await site.browser_of(who)) for who in (site.cast.an, site.cast.an, site.cast.luc)]
        await tabs[0].say("hallo")
        section.close()
        async with asyncio.timeout(1):
            assert await tabs[2].frame() is None
            assert await tabs[0].frame() is None
        assert (tabs[0].closed_with, tabs[2].closed_with) == (1001, 1001)


async def test_one_person_has_so_many_tabs_and_no_more(site, an):
    tabs = [await open_tab(an) for _ in range(10)]
    assert await closing_code(await open_tab(an)) == 4429
    await tabs[0].socket.close()
    assert (await (await open_tab(an)).say("hallo"))[0]["seq"] == 2
    assert (await (await open_tab(await site.browser_of(site.cast.luc))).say("bonjour"))[0]["seq"] == 2


@pytest.mark.parametrize("number", ["-1", "x", "1e3", "٣", "9" * 40, ""])
async def test_a_number_that_is_none_is_refused(an, number):
    assert await refusal(an, query=f"&session={number}") == 400
    assert (await an.get(f"/chat?before={number}")).status == 400


async def test_a_message_of_100_kb_is_answered_and_not_kept(an):
    tab = await open_tab(an)
    await tab.socket.send_json({"text": "x" * 100_000, "key": "k"})
    assert await tab.frame() == {"type": "notice", "text": TOO_LONG, "key": "k"}
    assert (await tab.say("hallo"))[0]["seq"] == 2

    page = await an.post("/chat", {"text": "y" * 100_000})
    assert (page.status, TOO_LONG in page.text, page.text.count("y" * 100_000)) == (413, True, 1)


async def test_a_frame_beyond_every_message_closes_the_socket(an):
    tab = await open_tab(an)
    await tab.socket.send_str("x" * 300_000)
    assert await closing_code(tab) == 1009
    assert (await (await open_tab(an)).say("hallo"))[0]["seq"] == 2


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hallo",
        "[]",
        '{"text": 5}',
        '{"text": ["a"]}',
        '{"key": "k"}',
        '{"payload": null}',
        "[" * 50_000,
        "9" * 5000,
    ],
)
async def test_a_frame_that_is_no_message_is_answered_so(an, frame):
    tab = await open_tab(an)
    await tab.socket.send_str(frame)
    assert await tab.frame() == {"type": "notice", "text": UNREADABLE, "key": ""}
    await tab.socket.send_bytes(b"\x00\xff")
    assert await tab.frame() == {"type": "notice", "text": UNREADABLE, "key": ""}
    assert (await tab.say("hallo"))[0]["seq"] == 2


async def test_characters_that_no_database_keeps_are_replaced(an):
    tab = await open_tab(an)
    await tab.socket.send_str('{"text": "a\\u0000b \\ud800c", "key": "\\ud800"}')
    assert (await tab.frame() or {})["text"] == "a\ufffdb ?c"


async def test_a_flood_is_answered_message_by_message_and_heard_again_a_minute_later(site, an, clock):
    tab = await open_tab(an)
    for number in range(100):
        await tab.socket.send_json({"text": "hallo", "key": str(number)})
    frames = await tab.frames(130)

    notices = [frame["key"] for frame in frames if frame["type"] == "notice"]
    assert notices == [str(number) for number in range(30, 100)]
    assert {frame["text"] for frame in frames if frame["type"] == "notice"} == {TOO_FAST}
    page = await an.post("/chat", {"text": "hallo"})
    assert (page.status, TOO_FAST in page.text) == (429, True)
    assert (await (await open_tab(await site.browser_of(site.cast.luc))).say("bonjour"))[0]["seq"] == 2

    clock.advance(timedelta(minutes=1))
    assert (await tab.say("hallo"))[0]["seq"] == 62


async def test_tabs_that_speak_at_once_are_answered_one_after_the_other(an):
    tabs = [await open_tab(an) for _ in range(5)]
    await asyncio.gather(*(tab.socket.send_json({"text": "hallo"}) for tab in tabs))
    frames = await tabs[0].frames(10)
    assert [frame["seq"] for frame in frames] == list(range(1, 11))
    assert [frame["from"] for frame in frames] == ["person", "assistant"] * 5


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"text": " "}, 422),
        ({}, 422),
        ({"payload": "/affirm"}, 409),
        ({"text": "x" * 5_001}, 413),
        ({"text": "x" * 5_000}, 303),
    ],
)
async def test_a_form_that_cannot_be_taken_is_shown_again_with_the_reason(an, form, status):
    await an.get("/chat")
    page = await an.post("/chat", form)
    assert page.status == status
    assert page.text.count('<p class="problem">') == (0 if status == 303 else 1)


async def test_a_page_may_fetch_and_connect_to_its_own_site_alone(an):
    page = await an.get("/chat")
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "style=" not in page.text
    assert "<script>" not in page.text
    assert ORIGIN not in page.text


async def test_a_session_that_ends_in_mid_form_loses_nothing(site, an, clock):
    await an.get("/chat")
    for text in ("Ik wil een vraag indienen", "How many days do I have left this year?", "Days of leave"):
        await an.post("/chat", {"text": text})
    clock.advance(timedelta(minutes=21))

    refused = await an.post("/chat", {"payload": "/affirm"})

    assert refused.status == 401
    back = await site.browser_of(site.cast.an)
    await back.get("/chat")
    assert (await back.post("/chat", {"payload": "/affirm"})).status == 303
    assert (await site.case("HRB0000001")).subject == "Days of leave"
