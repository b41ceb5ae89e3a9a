"""The chat in Microsoft Teams: over the wire of the Bot Framework, with real tokens, by strangers and by people."""

import re
import time
from datetime import timedelta

import pytest
from chat_site import open_talks
from joserfc.jwk import RSAKey
from sqlalchemy import select
from teams_stand_in import TeamsPerson, microsoft

from bot.accounts.models import OutsideAccount
from casework.audit.models import AuditEntry
from casework.outbox import service as outbox
from casework.people.models import Person
from runtime.outside_channels import OutsideAccess

LINK = re.compile(r"https://desk\.balie\.example(/chat/accounts/\S+)")
CODE = re.compile(r"<strong>(\d{6})</strong>")


@pytest.fixture
async def an(database, desk, sign_in_rules, model_folder):
    """An, who writes in Teams."""
    async with microsoft() as stand_in:
        outside = OutsideAccess(teams=stand_in.access)
        async with open_talks(database, desk, sign_in_rules, model_folder, outside=outside) as (site, _):
            yield TeamsPerson(site, stand_in)


async def link_in(teams: TeamsPerson, text: str = "Hoe staat het met mijn tickets?") -> str:
    return LINK.search("\n".join(await teams.texts(text)))[1]


async def tie(teams: TeamsPerson, browser) -> list[str]:
    """Tie the account to whoever uses the browser."""
    link = await link_in(teams)
    await browser.get(link)
    return await teams.texts(CODE.search((await browser.post(link)).text)[1])


async def test_nothing_personal_is_said_until_the_account_is_tied_and_then_the_own_tickets_are(an):
    case = await an.site.case_of(an.site.cast.an, "The secret of An")
    before = await an.texts(f"Hoe staat het met {case.number}?")
    assert (len(before), case.subject in "".join(before), bool(LINK.search(before[0]))) == (1, False, True)

    said = await tie(an, await an.site.browser_of(an.site.cast.an))

    assert said == ["Dank u, nu weet ik wie u bent. Waarmee kan ik u helpen?"]
    after = "\n".join(await an.texts(f"Hoe staat het met {case.number}?"))
    assert (case.number in after, LINK.search(after)) == (True, None)
    assert an.microsoft.tokens_given == 1


async def test_a_request_is_filed_by_buttons_that_are_typed_and_stands_in_the_chat_of_the_page(an):
    browser = await an.site.browser_of(an.site.cast.an)
    await tie(an, browser)
    await an.say("Ik wil een vraag indienen")
    await an.say("Mijn loon van september klopt niet, er ontbreekt een premie")
    shown = await an.say("Loon van september")
    titles = [button["title"] for card in shown[-1].get("attachments", []) for button in card["content"]["buttons"]]
    filed = "\n".join(await an.texts(titles[0]))
    number = re.search(r"HRB\d{7}", filed)[0]
    assert (await an.site.case(number)).requester_id == an.site.cast.an.person_id
    assert number in (await browser.get("/chat")).text


async def test_a_press_of_a_button_that_is_past_is_told_so_and_does_nothing(an):
    await tie(an, await an.site.browser_of(an.site.cast.an))
    await an.say("Ik wil een vraag indienen")
    await an.say("Mijn loon van september klopt niet, er ontbreekt een premie")
    shown = await an.say("Loon van september")
    [yes, no] = [button["value"] for button in shown[-1]["attachments"][0]["content"]["buttons"]]
    filed = await an.texts(yes["choice"], value=yes)
    assert re.search(r"HRB\d{7}", "\n".join(filed))
    past = "Die keuze staat niet meer open. Kies opnieuw, of typ uw antwoord."
    assert [await an.texts(one["choice"], value=one) for one in (no, yes)] == [[past], [past]]


async def test_a_link_works_once_and_for_a_quarter_of_an_hour_and_a_newer_one_voids_it(an, clock):
    browser = await an.site.browser_of(an.site.cast.an)
    first = await link_in(an)
    second = await link_in(an)
    assert [(await browser.get(link)).status for link in (first, second, second + "0", "/chat/accounts/1.x.y")] == [
        404, 200, 404, 404,
    ]  # fmt: skip
    await browser.get(second)
    assert [(await browser.post(second)).status for _ in range(2)] == [200, 404]
    third = await link_in(an, "Wat zijn mijn tickets?")
    clock.advance(timedelta(minutes=15))
    browser = await an.site.browser_of(an.site.cast.an)
    assert (await browser.get(third)).status == 404


async def test_whoever_follows_a_strangers_link_gives_the_stranger_nothing(an):
    stranger = TeamsPerson(an.site, an.microsoft, "29:stranger")
    await an.texts("hallo")
    link = await link_in(stranger)
    browser = await an.site.browser_of(an.site.cast.an)
    await browser.get(link)
    code = CODE.search((await browser.post(link)).text)[1]
    await an.texts(code)  # typed where she writes herself, the code of another account is no code
    assert await owners(an) == {"29:an": None, "29:stranger": None}


async def test_after_five_wrong_codes_the_right_one_is_none(an):
    browser = await an.site.browser_of(an.site.cast.an)
    link = await link_in(an)
    await browser.get(link)
    code = CODE.search((await browser.post(link)).text)[1]
    for number in range(5):
        await an.texts(f"{(int(code) + 1 + number) % 10**6:06}")
    await an.texts(code)
    assert await owners(an) == {"29:an": None}


async def owners(teams: TeamsPerson) -> dict[str, int | None]:
    async with teams.site.database.reading() as session:
        rows = (await session.execute(select(OutsideAccount))).scalars()
        return {row.account: row.person_id for row in rows}


async def test_an_account_is_taken_away_in_the_profile_by_its_owner_alone_and_both_stand_in_the_log(an):
    browser, other = [await an.site.browser_of(one) for one in (an.site.cast.an, an.site.cast.luc)]
    await tie(an, browser)
    assert "Microsoft Teams: An in Teams" in (await browser.get("/profile")).text
    assert "Microsoft Teams" not in (await other.get("/profile")).text
    assert (await other.post("/profile/accounts/1/remove")).status == 404
    await browser.get("/profile")
    assert (await browser.post("/profile/accounts/1/remove")).location == "/profile?done=account_removed"
    assert LINK.search("\n".join(await an.texts("Hoe staat het met mijn tickets?")))
    async with an.site.database.reading() as session:
        query = select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.action.like("account_%"))
        kept = [tuple(row) for row in await session.execute(query.order_by(AuditEntry.id))]
    assert kept == [("account_linked", an.site.cast.an.person_id), ("account_unlinked", an.site.cast.an.person_id)]


async def test_whoever_no_longer_works_here_is_nobody_in_teams_either(an):
    await tie(an, await an.site.browser_of(an.site.cast.an))
    async with an.site.database.transaction() as session:
        (await session.get(Person, an.site.cast.an.person_id)).active = False
    assert LINK.search("\n".join(await an.texts("Hoe staat het met mijn tickets?")))


async def test_what_the_handler_writes_to_somebody_in_teams_is_mailed_as_well(an):
    await tie(an, await an.site.browser_of(an.site.cast.an))
    offered = await an.say("Ik wil een medewerker spreken")
    await an.say(offered[-1]["attachments"][0]["content"]["buttons"][0]["title"])
    hanne = await an.site.browser_of(an.site.cast.hanne)
    await hanne.get("/workspace/chat")
    await hanne.post("/workspace/chat/duty", {"available": "yes", "language_nl": "yes"})
    await hanne.post("/workspace/chat/1/take")
    number = re.search(r"HRB\d{7}", (await hanne.get("/workspace/chat/1")).text)[0]
    await an.texts("Ik ben er nog")
    mails = await mails_about(an, number)
    await hanne.post("/workspace/chat/1", {"text": "U hebt nog tien dagen."})
    assert await mails_about(an, number) == mails + 1
    assert await an.texts("Dank u, dat was alles") == ["Hanne Claes: U hebt nog tien dagen."]
    assert "Dank u, dat was alles" in (await hanne.get("/workspace/chat/1")).text


async def mails_about(teams: TeamsPerson, number: str) -> int:
    case = await teams.site.case(number)
    async with teams.site.database.reading() as session:
        return len([mail for mail in await outbox.all_mails(session) if mail.case_id == case.id])


async def test_where_others_read_along_and_without_words_it_says_so(an):
    await tie(an, await an.site.browser_of(an.site.cast.an))
    group = {"id": "team", "conversationType": "channel", "tenantId": "x"}
    assert await an.texts("Hoe staat het met mijn tickets?", conversation=group) == [
        "Hier lezen anderen mee. Schrijf me in een privégesprek."
    ]
    assert (await an.texts("", attachments=[{"contentType": "image/png"}]))[0].startswith("Hier lees ik alleen tekst.")
    assert await an.texts("x", type="conversationUpdate") == []


async def test_a_flood_is_declined_message_by_message_and_heard_again_a_minute_later(an, clock):
    an.microsoft.said.clear()
    for _ in range(30):
        await an.texts("/stop")
    assert (await an.texts("hallo"))[0].startswith("Dat ging te snel")
    clock.advance(timedelta(minutes=1))
    assert not (await an.texts("hallo"))[0].startswith("Dat ging te snel")


async def test_a_message_that_is_brought_twice_is_answered_once(an):
    again = an.microsoft.activity("hallo")
    await an.send(again)
    said = len(an.microsoft.said)
    assert ((await an.send(again)).status, len(an.microsoft.said) - said) == (200, 0)


async def test_a_call_without_the_right_token_is_refused(an):
    microsoft_, activity = an.microsoft, an.microsoft.activity("hallo")
    now, foreign = int(time.time()), RSAKey.generate_key(2048, {"kid": "one"})
    wrong = {
        "none": "",
        "no token at all": "abc",
        "another's key": microsoft_.signed(microsoft_.claims(), foreign),
        "an unknown key": microsoft_.signed(microsoft_.claims(), kid="two"),
        "for another bot": microsoft_.signed(microsoft_.claims(aud="another")),
        "of another issuer": microsoft_.signed(microsoft_.claims(iss="https://login.microsoftonline.com/x/v2.0")),
        "over": microsoft_.signed(microsoft_.claims(exp=now - 301)),
        "not begun": microsoft_.signed(microsoft_.claims(nbf=now + 400)),
        "without an end": microsoft_.signed(microsoft_.claims(exp=None)),
        "for another address": microsoft_.signed(microsoft_.claims(serviceurl="https://evil.example")),
    }
    assert {why: (await an.send(activity, token)).status for why, token in wrong.items()} == dict.fromkeys(wrong, 401)
    assert microsoft_.said == []


async def test_another_tenant_and_another_channel_are_refused_and_nonsense_is_no_activity(an):
    elsewhere = an.microsoft.activity("hallo", channelData={"tenant": {"id": "another"}})
    assert (await an.send(elsewhere)).status == 403
    assert (await an.send(an.microsoft.activity("hallo", channelId="webchat"))).status == 401
    broken = {"type": "message", "channelId": "msteams", "serviceUrl": an.microsoft.url}
    assert (await an.send(broken | {"channelData": {"tenant": {"id": "tenant-of-the-desk"}}, "id": 1})).status == 400
    headers = {"Authorization": "Bearer x"}
    for body, status in ((b"[1]", 400), (b"{", 400), (b"\xff", 400), (b"x" * 300_000, 413)):
        assert (await an.site.client.post("/channels/teams", data=body, headers=headers)).status == status


async def test_without_settings_there_is_no_way_in(database, desk, sign_in_rules, model_folder):
    async with open_talks(database, desk, sign_in_rules, model_folder) as (site, _):
        for path in ("/channels/teams", "/channels/slack"):
            assert (await site.client.post(path, json={})).status == 404
        assert (await (await site.browser_of(site.cast.an)).get("/chat/accounts/1.x.y")).status == 404
