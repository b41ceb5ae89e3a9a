"""The chat in Matrix: /sync and /send over the wire, by strangers and by people, over a restart."""

import asyncio
import logging
import re
from contextlib import asynccontextmanager

import pytest
from chat_site import open_talks
from matrix_stand_in import AN, BOT, ROOM, homeserver

from runtime.outside_channels import OutsideAccess

LINK = re.compile(r"https://desk\.balie\.example(/chat/accounts/\S+)")
CODE = re.compile(r"<strong>(\d{6})</strong>")
ASK = "Hoe staat het met mijn tickets?"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def matrix():
    async with homeserver() as stand_in:
        yield stand_in


@asynccontextmanager
async def listening(talks):
    """Let the worker that asks the homeserver run for as long as the block lasts."""
    stop = asyncio.Event()
    work = asyncio.create_task(talks.works["chat in matrix"](stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(work, 5)


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder, matrix):
    outside = OutsideAccess(matrix=matrix.access)
    opened = open_talks(database, desk, sign_in_rules, model_folder, outside=outside)
    async with opened as (found, talks), listening(talks):
        await matrix.until_heard()
        yield found


async def tie(site, matrix) -> None:
    """Tie the account to An."""
    matrix.write(matrix.event(ASK))
    link = LINK.search("\n".join(await matrix.until_answered(1)))[1]
    browser = await site.browser_of(site.cast.an)
    await browser.get(link)
    matrix.write(matrix.event(CODE.search((await browser.post(link)).text)[1]))
    assert (await matrix.until_answered(2))[1] == "Dank u, nu weet ik wie u bent. Waarmee kan ik u helpen?"


async def test_nothing_personal_is_said_until_the_account_is_tied_and_then_the_own_tickets_are(site, matrix):
    case = await site.case_of(site.cast.an, "The secret of An")
    await tie(site, matrix)
    assert case.number not in "".join(matrix.texts)

    matrix.write(matrix.event(ASK))

    assert case.number in (await matrix.until_answered(3))[-1]
    assert {room for room, _ in matrix.sent.values()} == {ROOM}
    assert {content["msgtype"] for _, content in matrix.sent.values()} == {"m.notice"}


async def test_an_encrypted_room_is_told_what_to_do(site, matrix):
    secret = matrix.event("") | {"type": "m.room.encrypted"}
    secret["content"] = {
        "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "device_id": "D", "sender_key": "k", "session_id": "s",
    }  # fmt: skip
    matrix.write(secret)
    assert (await matrix.until_answered(1))[0].startswith("Dit gesprek is versleuteld; dat kan ik niet lezen.")


async def test_where_others_read_along_strangers_write_or_nothing_is_said_nothing_is_told(site, matrix):
    matrix.members["!many:chat.example"] = [BOT, AN, "@luc:chat.example"]
    matrix.write(matrix.event(ASK), room="!many:chat.example")
    assert await matrix.until_answered(1) == ["Hier lezen anderen mee. Schrijf me in een privégesprek."]

    matrix.write(
        matrix.event(ASK, "@stranger:elsewhere.example"),
        matrix.event(ASK, BOT),
        matrix.event("a notice of another bot", msgtype="m.notice"),
        matrix.event("* hallo", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$event1"}}),
    )
    matrix.write(matrix.event("photo.png", msgtype="m.image", url="mxc://chat.example/a"))

    assert (await matrix.until_answered(2))[1].startswith("Hier lees ik alleen tekst.")
    await matrix.until_heard()
    assert len(matrix.sent) == 2


async def test_only_colleagues_bring_the_bot_into_a_room(site, matrix):
    matrix.invite("!foreign:elsewhere.example", "@stranger:elsewhere.example")
    matrix.invite("!own:chat.example", AN)
    await matrix.until_heard()
    assert matrix.joined == ["!own:chat.example"]


async def once(database, desk, sign_in_rules, model_folder, matrix) -> None:
    """Start the chat, let it answer everything, and stop it."""
    outside = OutsideAccess(matrix=matrix.access)
    opened = open_talks(database, desk, sign_in_rules, model_folder, outside=outside)
    async with opened as (_, talks), listening(talks):
        await matrix.until_heard()


async def test_after_a_restart_it_goes_on_where_it_was_and_answers_what_came_meanwhile_once(
    database, desk, sign_in_rules, model_folder, matrix
):
    matrix.told[0] = {"join": {ROOM: {"timeline": {"events": [matrix.event("hallo")], "limited": False}}}}
    await once(database, desk, sign_in_rules, model_folder, matrix)
    assert matrix.texts == []  # it was said before we came

    matrix.write(matrix.event(ASK))
    for _ in range(2):
        await once(database, desk, sign_in_rules, model_folder, matrix)

    assert [bool(LINK.search(text)) for text in matrix.texts] == [True]


async def test_a_homeserver_that_refuses_is_asked_again_and_said_so_in_the_log(site, matrix, caplog):
    with caplog.at_level(logging.WARNING, "bot.channels.matrix"):
        matrix.refuses_to_send = True
        matrix.write(matrix.event("hallo"))
        await matrix.until_heard()
    assert [record.getMessage() for record in caplog.records] == ["an answer did not reach Matrix: M_FORBIDDEN"]
    matrix.refuses_to_send = False
    matrix.write(matrix.event(ASK))
    assert LINK.search((await matrix.until_answered(1))[0])
