"""The chat in a frame of another site: a stranger among strangers, and no cookie of anybody."""

import re

import pytest
from chat_site import open_talks

INTRANET = "https://intranet.example"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder):
    opened = open_talks(database, desk, sign_in_rules, model_folder, embed_origins=[INTRANET])
    async with opened as (found, _):
        yield found


def conversation_of(page) -> str:
    return re.search(r'name="conversation" value="([^"]+)"', page.text)[1]


async def test_a_guest_is_answered_and_told_to_sign_in_before_anything_personal(site):
    await site.case_of(site.cast.an, "The secret of An")
    guest = await site.browser_of(site.cast.an)
    page = await guest.get("/chat/frame?lang=nl")
    name = conversation_of(page)

    page = await guest.post("/chat/frame", {"conversation": name, "text": "Hoe staat het met HRB0000001?"})

    assert "Daarvoor moet ik weten wie u bent." in page.text
    assert "An Peeters" not in page.text
    page = await guest.post("/chat/frame", {"conversation": name, "text": "Ik wil een medewerker spreken"})
    assert 'href="/chat" target="_blank" rel="noopener"' in page.text


async def test_only_the_named_sites_may_frame_it_and_no_cookie_is_set(site):
    page = await site.stranger().get("/chat/frame")
    assert f"frame-ancestors {INTRANET}" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers
    script = await site.stranger().get("/chat/embed.js")
    assert (script.headers["Cross-Origin-Resource-Policy"], "Set-Cookie" in script.headers) == ("cross-origin", False)
    assert "frame-ancestors 'none'" in (await site.stranger().get("/")).headers["Content-Security-Policy"]


async def test_a_message_that_a_guests_browser_sends_again_is_heard_and_answered_once(site):
    guest = site.stranger()
    page = await guest.get("/chat/frame?lang=nl")
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', page.text)[1] for name in ("conversation", "key")}
    first = await guest.post("/chat/frame", form | {"text": "Welk formulier heb ik nodig?"})
    again = await guest.post("/chat/frame", form | {"text": "Welk formulier heb ik nodig?"})

    assert said_in(again) == said_in(first)
    assert said_in(first)[0] == "Welk formulier heb ik nodig?"


def said_in(page) -> list[str]:
    return re.findall(r'<p class="words">(.*?)</p>', page.text)


async def test_a_conversation_is_nobody_elses_and_a_forged_name_is_refused(site):
    one, other = site.stranger(), site.stranger()
    name = conversation_of(await one.get("/chat/frame"))
    await one.post("/chat/frame", {"conversation": name, "text": "mijn woorden"})
    assert "mijn woorden" not in (await other.get("/chat/frame")).text
    for forged in ("", "web-1." + name.partition(".")[2], "x.y", name + "0"):
        assert (await other.post("/chat/frame", {"conversation": forged, "text": "hallo"})).status == 403


OVER = {
    "nl": "Dit gesprek is voorbij of begon elders",
    "fr": "Cette conversation est terminée ou a commencé ailleurs",
    "de": "Dieses Gespräch ist beendet oder begann anderswo",
    "en": "This conversation is over or was begun elsewhere",
}


@pytest.mark.parametrize("language", OVER)
async def test_who_brings_a_conversation_that_is_none_reads_why_and_goes_on_with_the_same_words(site, language):
    guest = site.stranger()
    refused = await guest.post(f"/chat/frame?lang={language}", {"conversation": "x.y", "text": "mijn vraag"})
    assert (refused.status, OVER[language] in refused.text, "mijn vraag</textarea>" in refused.text) == (
        403, True, True,
    )  # fmt: skip
    again = await guest.post("/chat/frame", {"conversation": conversation_of(refused), "text": "mijn vraag"})
    assert again.status == 200


async def test_a_flood_and_a_long_message_are_declined(site):
    guest = site.stranger()
    name = conversation_of(await guest.get("/chat/frame"))
    long = await guest.post("/chat/frame", {"conversation": name, "text": "x" * 6000})
    assert (long.status, "te lang voor de chat" in long.text) == (413, True)
    for _ in range(29):
        await guest.post("/chat/frame", {"conversation": name, "text": ""})
    assert "Dat ging te snel" in (await guest.post("/chat/frame", {"conversation": name, "text": "hallo"})).text


async def test_a_guest_sends_no_more_than_a_form_of_words(site):
    guest = site.stranger()
    name = conversation_of(await guest.get("/chat/frame"))
    sent = await guest.post("/chat/frame", {"conversation": name, "text": "x" * 70_000})
    assert (sent.status, "te lang voor de chat" in sent.text) == (413, True)


async def test_a_name_that_is_no_text_is_a_forged_one(site):
    name = conversation_of(await site.stranger().get("/chat/frame"))
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=raw_unicode_escape"}
    for forged in ("\\ud800." + name.partition(".")[2], name + "\\ud800"):
        body = f"conversation={forged}&text=x"
        async with site.client.post("/chat/frame", data=body.encode(), headers=headers) as answer:
            assert answer.status == 403


async def test_without_a_named_site_there_is_no_frame(database, desk, sign_in_rules, model_folder):
    async with open_talks(database, desk, sign_in_rules, model_folder) as (site, _):
        assert [(await site.stranger().get(path)).status for path in ("/chat/frame", "/chat/embed.js")] == [404, 404]
