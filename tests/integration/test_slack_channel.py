"""The chat in Slack: signed events over the wire, within the window of their time, and a stand-in for its API."""

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from chat_site import open_talks
from portal_site import Site

from bot.channels.slack import SlackAccess
from runtime.chat import Chat
from runtime.outside_channels import OutsideAccess

SECRET, BOT = "the signing secret of the app", "xoxb-of-the-desk"
LINK = re.compile(r"https://desk\.balie\.example(/chat/accounts/\S+)")
CODE = re.compile(r"<strong>(\d{6})</strong>")
NUMBERS = itertools.count(1)


@dataclass
class Slack:
    """Stands in for Slack's Web API, and for An who writes a direct message there."""

    site: Site | None = None
    talks: Chat | None = None
    said: "asyncio.Queue[dict]" = field(default_factory=asyncio.Queue)
    updated: list[dict] = field(default_factory=list)
    is_away: bool = False
    refused: asyncio.Event = field(default_factory=asyncio.Event)

    async def test_token(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {BOT}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "user": "balie"})

    async def post_message(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {BOT}"
        form = await request.post()
        if self.is_away:
            self.refused.set()
            return web.json_response({"ok": False, "error": "service_unavailable"})
        self.said.put_nowait(dict(form) or await request.json())
        return web.json_response({"ok": True, "ts": "1.1"})

    async def update(self, request: web.Request) -> web.Response:
        self.updated.append(await request.json())
        return web.json_response({"ok": True, "ts": "1.1"})

    async def press(self, shown: dict, title: str) -> int:
        """Press a button of what was shown, as Slack tells it: a form with JSON in it."""
        button = next(one for one in shown["blocks"][-1]["elements"] if one["text"]["text"] == title)
        told = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": "UAN"},
            "channel": {"id": "D1", "name": "directmessage"},
            "message": {"ts": "1.1", "text": shown["text"], "blocks": shown["blocks"]},
            "actions": [button | {"action_ts": str(next(NUMBERS))}],
        }
        body = urlencode({"payload": json.dumps(told)})
        return await self.send(body, **{"Content-Type": "application/x-www-form-urlencoded"})

    async def next(self) -> dict:
        """Return the next thing that is shown."""
        return await asyncio.wait_for(self.said.get(), 20)

    async def tie(self) -> None:
        """Tie the account to An."""
        link = LINK.search(await self.texts("Hoe staat het met mijn tickets?"))[1]
        browser = await self.site.browser_of(self.site.cast.an)
        await browser.get(link)
        await self.texts(CODE.search((await browser.post(link)).text)[1])

    def event(self, text: str, **other: str) -> dict:
        event = {"type": "message", "user": "UAN", "channel": "D1", "channel_type": "im", "text": text, "ts": "1.0"}
        number = next(NUMBERS)
        return {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event": event | other}

    async def send(self, body: dict | str, secret: str = SECRET, at: int | None = None, **headers: str) -> int:
        content = body if isinstance(body, str) else json.dumps(body)
        stamp = str(int(time.time()) if at is None else at)
        signed = hmac.new(secret.encode(), f"v0:{stamp}:{content}".encode(), hashlib.sha256).hexdigest()
        mine = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}
        mine |= {"Content-Type": "application/json"} | headers
        answer = await self.site.client.post("/channels/slack", data=content.encode(), headers=mine)
        self.answered = await answer.text()
        return answer.status

    async def texts(self, text: str, **other: str) -> str:
        """Write something, and return the first answer that is shown."""
        assert await self.send(self.event(text, **other)) == 200
        shown = await asyncio.wait_for(self.said.get(), 20)
        assert shown["channel"] == "D1"
        return shown["text"]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def slack(database, desk, sign_in_rules, model_folder):
    stand_in = Slack()
    app = web.Application()
    app.router.add_post("/api/auth.test", stand_in.test_token)
    app.router.add_post("/api/chat.postMessage", stand_in.post_message)
    app.router.add_post("/api/chat.update", stand_in.update)
    async with TestServer(app) as server:
        outside = OutsideAccess(slack=SlackAccess(SECRET, BOT, str(server.make_url("/api/"))))
        async with open_talks(database, desk, sign_in_rules, model_folder, outside=outside) as (site, talks):
            stand_in.site, stand_in.talks = site, talks
            yield stand_in


async def test_a_direct_message_is_answered_and_tells_about_tickets_once_the_account_is_tied(slack):
    case = await slack.site.case_of(slack.site.cast.an, "The secret of An")
    before = await slack.texts(f"Hoe staat het met {case.number}?")
    link = LINK.search(before)[1]
    browser = await slack.site.browser_of(slack.site.cast.an)
    await browser.get(link)
    code = CODE.search((await browser.post(link)).text)[1]
    assert await slack.texts(code) == "Dank u, nu weet ik wie u bent. Waarmee kan ik u helpen?"
    assert case.number in await slack.texts(f"Hoe staat het met {case.number}?")


async def test_what_is_not_signed_by_slack_now_is_refused(slack):
    event, now = slack.event("hallo"), int(time.time())
    assert [
        await slack.send(event, secret="another secret"),
        await slack.send(event, at=now - 301),
        await slack.send(event, at=now + 330),
        await slack.send(event, **{"X-Slack-Signature": ""}),
        await slack.send(event, **{"X-Slack-Request-Timestamp": "yesterday"}),
    ] == [401] * 5
    assert slack.said.empty()


async def test_a_replayed_event_is_answered_once(slack):
    event = slack.event("hallo")
    assert [await slack.send(event), await slack.send(event, **{"X-Slack-Retry-Num": "1"})] == [200, 200]
    await asyncio.wait_for(slack.said.get(), 20)
    last = slack.event("x" * 6000)
    assert await slack.send(last) == 200
    texts = []
    while not texts or not texts[-1].startswith("Dat bericht is te lang"):
        texts.append((await asyncio.wait_for(slack.said.get(), 20))["text"])
    assert len(texts) == 2  # the second thing that was said to the greeting, and this


async def test_others_who_read_along_hear_nothing_and_bots_are_passed_over(slack):
    said = await slack.texts("Hoe staat het met mijn tickets?", channel_type="channel")
    assert said == "Hier lezen anderen mee. Schrijf me in een privégesprek."
    assert await slack.send(slack.event("hallo", bot_id="B2")) == 200
    assert await slack.send(slack.event("hallo", subtype="message_changed")) == 200
    assert (await slack.texts("&lt;b&gt; &amp; hallo")).startswith("Dag")


async def test_the_address_is_greeted_back_when_slack_asks_whether_it_is_ours(slack):
    assert await slack.send({"type": "url_verification", "challenge": "a word"}) == 200
    assert "a word" in slack.answered


async def test_a_button_is_pressed_once_and_what_was_pressed_takes_its_place(slack):
    await slack.tie()
    await slack.texts("Ik wil een vraag indienen")
    await slack.texts("Mijn loon van september klopt niet, er ontbreekt een premie")
    await slack.send(slack.event("Loon van september"))
    shown = await slack.next()
    titles = [button["text"]["text"] for button in shown["blocks"][-1]["elements"]]
    assert (titles, shown["blocks"][0]["type"]) == (["Ja", "Nee"], "section")

    assert await slack.press(shown, "Ja") == 200

    number = re.search(r"HRB\d{7}", (await slack.next())["text"])[0]
    assert (await slack.site.case(number)).requester_id == slack.site.cast.an.person_id
    assert slack.updated[0]["blocks"][-1] == {"type": "context", "elements": [{"type": "plain_text", "text": "Ja"}]}
    assert [block["type"] for block in slack.updated[0]["blocks"]] == ["section", "context"]
    while not slack.said.empty():
        slack.said.get_nowait()
    await slack.press(shown, "Nee")  # it is still on another screen of hers
    assert (await slack.next())["text"] == "Die keuze staat niet meer open. Kies opnieuw, of typ uw antwoord."


async def test_what_a_handler_writes_comes_to_slack_unasked_in_order_and_is_tried_again(slack, clock):
    await slack.tie()
    await slack.texts("Ik wil een medewerker spreken")
    await slack.send(slack.event("Ja"))
    while not (await slack.next())["text"].startswith("U bent nummer 1 in de wachtrij."):
        pass
    hanne = await slack.site.browser_of(slack.site.cast.hanne)
    await hanne.get("/workspace/chat")
    await hanne.post("/workspace/chat/duty", {"available": "yes", "language_nl": "yes"})
    await slack.talks.giver.step()
    stop = asyncio.Event()
    telling = asyncio.create_task(slack.talks.works["chat elsewhere"](stop))
    assert (await slack.next())["text"].startswith("U spreekt nu met Hanne Claes.")
    slack.is_away = True
    for text in ("Eerste", "Tweede"):
        await hanne.get("/workspace/chat/1")
        await hanne.post("/workspace/chat/1", {"text": text})
    await asyncio.wait_for(slack.refused.wait(), 20)
    slack.is_away = False
    clock.advance(timedelta(seconds=31))
    assert [(await slack.next())["text"] for _ in range(2)] == ["Hanne Claes: Eerste", "Hanne Claes: Tweede"]
    stop.set()
    await asyncio.wait_for(telling, 5)
    assert slack.said.empty()


async def test_a_pressed_button_that_slack_did_not_sign_is_refused(slack):
    body = urlencode({"payload": json.dumps({"type": "block_actions"})})
    assert await slack.send(body, secret="x", **{"Content-Type": "application/x-www-form-urlencoded"}) == 401
