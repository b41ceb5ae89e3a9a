"""A thousand messages of one person in a minute, on both databases: each is answered, and nobody else waits for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from chat_site import open_chat, open_tab
from portal_site import Site


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    async with open_chat(database, desk, sign_in_rules, model_folder) as opened:
        yield opened


@pytest.mark.soak
async def test_a_thousand_messages_in_a_minute_are_each_answered_and_the_desk_stays_quick(site):
    tab, luc = await open_tab(await site.browser_of(site.cast.an)), await open_tab(await site.browser_of(site.cast.luc))
    await luc.say("bonjour")
    for number in range(1000):
        await tab.socket.send_json({"text": "hallo", "key": str(number)})
    async with asyncio.timeout(5):
        await luc.say("merci")
    frames = await tab.frames(970 + 60)
    assert sum(frame["type"] == "notice" for frame in frames) == 970
