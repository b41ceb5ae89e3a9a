"""Answers that are given often: own and shared, in the requester's language, with their places filled in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.canned import service
from casework.canned.service import Wording
from casework.cases.models import Status
from casework.errors import InvalidInput, NotFound


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


GREETING = Wording("Greeting", {"nl": "Dag {name}, over {number}.", "fr": "Bonjour {name}. {handler}"}, shared=False)


async def keep(site, owner, wording):
    async with site.database.transaction() as session:
        return (await service.keep(session, owner.person_id, wording, site.desk.clock.now())).id


async def filled(site, requester, handler, answer_id):
    case = await site.case_of(requester)
    async with site.database.reading() as session:
        return await service.filled(session, case, handler, answer_id)


async def test_an_answer_is_in_the_language_of_the_requester_or_the_first_there_is(site):
    answer = await keep(site, site.cast.hanne, GREETING)
    said = [await filled(site, who, site.cast.hanne, answer) for who in (site.cast.an, site.cast.luc, site.cast.greta)]
    assert said == [
        "Dag An Peeters, over HRB0000001.", "Bonjour Luc Martin. Hanne Claes", "Dag Greta Vogel, over HRB0000003.",
    ]  # fmt: skip


async def test_an_own_answer_is_offered_to_nobody_else_until_it_is_shared(site):
    answer = await keep(site, site.cast.hanne, GREETING)
    with pytest.raises(NotFound):
        await filled(site, site.cast.an, site.cast.omar, answer)
    async with site.database.transaction() as session:
        assert await service.offered_to(session, site.cast.omar.person_id) == []
        shared = Wording("Greeting", GREETING.texts, shared=True)
        await service.keep(session, site.cast.hanne.person_id, shared, site.desk.clock.now(), answer)
        assert [one.title for one in await service.offered_to(session, site.cast.omar.person_id)] == ["Greeting"]
        with pytest.raises(NotFound):
            await service.keep(session, site.cast.omar.person_id, shared, site.desk.clock.now(), answer)
        with pytest.raises(NotFound):
            await service.throw_away(session, site.cast.omar.person_id, answer)
        await service.throw_away(session, site.cast.hanne.person_id, answer)


@pytest.mark.parametrize("wording", [Wording(" ", {"nl": "x"}, shared=False), Wording("x", {"nl": " "}, shared=False)])
async def test_an_answer_needs_a_title_and_a_text(site, wording):
    with pytest.raises(InvalidInput, match="missing"):
        await keep(site, site.cast.hanne, wording)


@given(st.text(alphabet="{}namex "), st.text(alphabet="{}namex "))
def test_a_value_is_never_taken_for_a_place(text, value):
    said = service.fill(text, {"name": value})
    assert said == value.join(re.split(r"\{name\}", text))


async def test_an_answer_is_written_changed_inserted_and_removed_on_the_pages(site):
    hanne, case = await site.browser_of(site.cast.hanne), await site.case_of(site.cast.luc)
    written = {"title": "Days", "text_fr": "Il vous reste <b>dix</b> jours, {name}.", "shared": "yes"}
    assert (await hanne.post("/workspace/answers", written)).location == "/workspace/answers?done=answer_kept"
    assert (
        ">Il vous reste &lt;b&gt;dix&lt;/b&gt; jours, {name}.</textarea>"
        in (await hanne.get("/workspace/answers/1")).text
    )
    assert (await hanne.post("/workspace/answers/1", written | {"title": "Leave"})).status == 303
    assert (await hanne.post("/workspace/answers", {"title": "Nothing"})).status == 422

    omar = await site.browser_of(site.cast.omar)
    page = await omar.get(f"/cases/{case.number}")
    assert '<option value="1">Leave</option>' in page.text
    page = await omar.post(
        f"/cases/{case.number}/reply", {"text": "Bonjour.", "kind": "info", "canned": "1", "insert": "yes"}
    )
    assert page.status == 200
    assert ">Bonjour.\n\nIl vous reste &lt;b&gt;dix&lt;/b&gt; jours, Luc Martin.</textarea>" in page.text
    assert 'value="info" checked' in page.text
    assert (await site.case(case.number)).status is Status.OPEN
    assert (await omar.get("/workspace/answers/1")).status == 404
    none = await omar.post(f"/cases/{case.number}/reply", {"text": "Bonjour.", "insert": "yes"})
    assert (none.status, ">Bonjour.</textarea>" in none.text) == (422, True)
    assert (await hanne.post("/workspace/answers/1/delete")).location == "/workspace/answers?done=answer_deleted"
