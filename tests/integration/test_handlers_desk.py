"""What handlers do beside one another: hand a case over, see who is writing, and learn what was said meanwhile."""

import asyncio
import re
from datetime import timedelta

import pytest
from factories import make_case, make_cast
from sqlalchemy import select

from casework.cases import handing_over, handling, store
from casework.cases.handing_over import Handing
from casework.cases.models import Status
from casework.errors import AlreadyHandled, InvalidInput, NotPermitted, TransitionNotAllowed
from casework.messages import store as messages
from casework.messages.models import Channel
from casework.outbox.models import OutboxMail
from casework.queues.models import SavedView
from casework.replying import service as replying
from casework.service_levels import due_times

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def told_on(database, number, *, with_notes):
    async with database.reading() as session:
        case = await store.by_number(session, number)
        entries = await messages.timeline(session, case.id, with_notes=with_notes)
    return [(entry.kind.value, entry.actor, entry.data) for entry in entries]


async def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        await make_case(session, desk, cast.an)

    async def claim(actor):
        async with database.transaction() as session:
            case = await store.by_number(session, "HRB0000001")
            await handling.claim(session, desk, case, actor, Channel.WEB)

    outcomes = await asyncio.gather(claim(cast.hanne), claim(cast.omar), return_exceptions=True)
    [refused] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, AlreadyHandled)
    async with database.reading() as session:
        case = await store.by_number(session, "HRB0000001")
    holder = {cast.hanne.person_id: cast.hanne.name, cast.omar.person_id: cast.omar.name}[case.handler_id]
    assert refused.handler == holder
    told = [data for kind, _, data in await told_on(database, case.number, with_notes=True) if kind == "assigned"]
    assert told == [{"handler": holder}]


async def test_a_case_is_handed_over_with_a_reason_that_only_handlers_read(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handing_over.hand_over(
            session, desk, case, cast.hanne, Handing(cast.omar, " You know this. ", Channel.WEB)
        )
    async with database.reading() as session:
        case = await store.by_number(session, "HRB0000001")
        mails = (
            (await session.execute(select(OutboxMail.person_id).where(OutboxMail.kind == "assigned"))).scalars().all()
        )
    assert (case.handler_id, case.status, mails) == (cast.omar.person_id, Status.ASSIGNED, [cast.omar.person_id])
    inside = await told_on(database, case.number, with_notes=True)
    assert inside[1:] == [
        ("assigned", "Hanne Claes", {"handler": "Omar Diallo", "given": "yes"}),
        ("routed", "Hanne Claes", {"handler": "Omar Diallo", "comment": "You know this."}),
        ("status", "Hanne Claes", {"from": "open", "to": "assigned"}),
    ]
    outside = await told_on(database, case.number, with_notes=False)
    assert [kind for kind, _, _ in outside] == ["opened", "assigned", "status"]


async def test_a_case_that_is_given_back_is_nobodys_again(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.claim(session, desk, case, cast.hanne, Channel.WEB)
        await handing_over.give_back(session, desk, case, cast.omar, "She is ill", Channel.WEB)
        assert (case.handler_id, case.status) == (None, Status.OPEN)
        await handing_over.give_back(session, desk, case, cast.omar, "", Channel.WEB)  # a second time changes nothing
        await handling.claim(session, desk, case, cast.omar, Channel.WEB)
        assert case.handler_id == cast.omar.person_id
    told = await told_on(database, "HRB0000001", with_notes=False)
    assert [data for kind, _, data in told if kind == "given_back"] == [{"handler": "Hanne Claes"}]


@only_sqlite
async def test_nobody_is_given_a_case_that_they_may_not_handle(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.hanne)
        for unfit in (cast.hanne, cast.luc, cast.ada):
            with pytest.raises(InvalidInput):
                await handing_over.hand_over(session, desk, case, cast.omar, Handing(unfit, "", Channel.WEB))
        with pytest.raises(NotPermitted):
            await handing_over.hand_over(session, desk, case, cast.hanne, Handing(cast.omar, "", Channel.WEB))
        case.status_value = Status.CLOSED_COMPLETE
        with pytest.raises(TransitionNotAllowed):
            await handing_over.hand_over(session, desk, case, cast.omar, Handing(cast.omar, "", Channel.WEB))
        with pytest.raises(TransitionNotAllowed):
            await handing_over.give_back(session, desk, case, cast.omar, "", Channel.WEB)


@only_sqlite
async def test_a_handler_gives_a_case_away_and_back_on_its_page(site):
    case = await site.case_of(site.cast.an)
    hanne = await site.browser_of(site.cast.hanne)
    omar_id = site.cast.omar.person_id
    page = await hanne.get(f"/cases/{case.number}")
    assert re.findall(r'<option value="(\d+)">([^<]+)</option>', page.text) == [
        (str(site.cast.hanne.person_id), "Hanne Claes"), (str(omar_id), "Omar Diallo"),
    ]  # fmt: skip
    sent = await hanne.post(f"/cases/{case.number}/hand-over", {"handler": str(omar_id), "reason": "French"})
    assert sent.location == f"/cases/{case.number}?done=handed_over"
    assert (await site.case(case.number)).handler_id == omar_id
    assert (await hanne.post(f"/cases/{case.number}/hand-over", {"handler": "999"})).status == 422
    sent = await hanne.post(f"/cases/{case.number}/give-back", {"reason": "Wrong"})
    assert sent.location == f"/cases/{case.number}?done=given_back"
    assert (await site.case(case.number)).handler_id is None
    own = await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    assert "French" not in own.text
    assert "gaf dit ticket aan Omar Diallo" in own.text


@only_sqlite
async def test_the_queue_says_at_once_that_an_answer_waits_and_a_ticket_what_else_its_requester_asks(site):
    first, _, third = [await site.case_of(who) for who in (site.cast.an, site.cast.luc, site.cast.an)]
    await due_times.reckon_stale(site.database, site.desk)
    hanne, an = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.an)
    page = await hanne.get(f"/cases/{first.number}")
    beside = page.text.partition('id="also-asked"')[2].partition("</section>")[0]
    assert re.findall(r"/cases/(HRB\d+)", beside) == [third.number]
    assert 'id="also-asked"' not in (await an.get(f"/cases/{first.number}")).text

    await hanne.post(f"/cases/{first.number}/reply", {"kind": "answer", "text": "Ten.", "seen": "99"})

    due = re.findall(r'<span class="due">([^<]+)</span>', (await hanne.get("/workspace?order=oldest")).text)
    assert due == ["Wacht op de aanvrager", *["Te doen tegen 29/09/2026 10:00"] * 2]


@only_sqlite
async def test_others_see_who_is_writing_until_they_stop(site, clock):
    case = await site.case_of(site.cast.an)
    path = f"/cases/{case.number}"
    hanne, omar = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.omar)
    assert (await hanne.post(path + "/reply/draft", {"text": "You have", "kind": "info"})).status == 204

    assert "Hanne Claes rédige une réponse en ce moment." in (await omar.get(path)).text
    assert "Hanne Claes schrijft" not in (await hanne.get(path)).text
    assert "presence" not in (await (await site.browser_of(site.cast.an)).get(path)).text
    clock.advance(replying.TYPING + timedelta(seconds=1))
    assert "Hanne Claes rédige" not in (await omar.get(path)).text


@only_sqlite
async def test_what_was_typed_is_there_again_until_it_is_sent_or_emptied(site):
    case = await site.case_of(site.cast.an)
    path = f"/cases/{case.number}"
    hanne = await site.browser_of(site.cast.hanne)
    await hanne.post(path + "/reply/draft", {"text": "You have <b>", "kind": "info"})
    page = await hanne.get(path)
    assert 'value="info" checked' in page.text
    assert ">You have &lt;b&gt;</textarea>" in page.text
    await hanne.post(path + "/reply", {"text": "You have ten days.", "kind": "answer"})
    assert "You have &lt;b&gt;" not in (await hanne.get(path)).text
    await hanne.post(path + "/reply/draft", {"text": "More", "kind": "nonsense"})
    assert ">More</textarea>" in (await hanne.get(path)).text
    await hanne.post(path + "/reply/draft", {"text": " ", "kind": "answer"})
    assert ">More</textarea>" not in (await hanne.get(path)).text


@only_sqlite
async def test_a_reply_to_what_changed_meanwhile_is_shown_again_and_sent_anyway(site):
    case = await site.case_of(site.cast.an)
    path = f"/cases/{case.number}"
    hanne, omar = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.omar)
    seen = seen_on(await hanne.get(path))
    assert (await omar.post(path + "/reply", {"text": "Since when?", "kind": "info", "seen": seen})).status == 303

    page = await hanne.post(path + "/reply", {"text": "Ten days.", "kind": "answer", "seen": seen})
    assert page.status == 409
    assert ">Ten days.</textarea>" in page.text
    assert "Toch versturen" in page.text
    assert re.findall(r'<ul class="news">\s*<li><a [^>]+><strong>([^<]+)</strong>', page.text) == ["Omar Diallo"]
    assert (await site.case(case.number)).status is Status.AWAITING_INFO
    sent = await hanne.post(path + "/reply", {"text": "Ten days.", "kind": "answer", "seen": seen_on(page)})
    assert sent.location == f"{path}?done=answered"
    assert (await site.case(case.number)).status is Status.AWAITING_ACCEPTANCE


@only_sqlite
async def test_ones_own_words_are_no_news(site):
    case = await site.case_of(site.cast.an)
    path = f"/cases/{case.number}"
    hanne = await site.browser_of(site.cast.hanne)
    seen = seen_on(await hanne.get(path))
    await hanne.post(path + "/reply", {"text": "A note", "kind": "note", "seen": seen})
    assert (await hanne.post(path + "/reply", {"text": "Ten days.", "kind": "answer", "seen": seen})).status == 303


def seen_on(page) -> str:
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


@only_sqlite
async def test_a_selection_is_kept_shown_and_deleted_on_the_page(site):
    await site.case_of(site.cast.luc)
    hanne = await site.browser_of(site.cast.hanne)
    sent = await hanne.post("/workspace/views", {"name": "Frans", "language": "fr", "for_team": "yes"})
    assert sent.location == "/workspace?language=fr&done=view_kept"
    omar = await site.browser_of(site.cast.omar)
    page = await omar.get("/workspace?language=fr")
    assert '<h2 id="queue-title">Frans</h2>' in page.text
    assert re.findall(r'<span>Frans</span> <span class="count">(\d+)</span>', page.text) == ["1"]
    async with site.database.reading() as session:
        [view] = (await session.execute(select(SavedView))).scalars().all()
    assert (await omar.post(f"/workspace/views/{view.id}/delete")).status == 404
    assert (await hanne.post(f"/workspace/views/{view.id}/delete")).location == "/workspace?done=view_deleted"
    unnamed = await hanne.post("/workspace/views", {"language": "fr"})
    assert (unnamed.status, "Geef de weergave een naam." in unnamed.text) == (422, True)
