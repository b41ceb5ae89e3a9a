"""Somebody whose question is for another service is told which one, in their language; nothing leaves the desk."""

import pytest
from sqlalchemy import select

from casework.cases.models import Status
from casework.catalogue.errors import CatalogueError
from casework.messages import store as messages
from casework.outbox.models import OutboxMail
from casework.referral import directory

GOOD = """answer: {nl: "{service} {site}", fr: "{service}", de: "{service}", en: "{service}"}
services:
  one:
    name: {nl: Een, fr: Un, de: Eins, en: One}
    site: "https://one.example"
"""


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


async def test_the_requester_reads_which_service_is_competent_and_only_they_are_mailed(site):
    case = await site.case_of(site.cast.luc)
    hanne = await site.browser_of(site.cast.hanne)
    sent = await hanne.post(f"/cases/{case.number}/referral", {"service": "pensions", "comment": "Votre carrière."})
    assert sent.location == f"/cases/{case.number}?done=referred"
    assert (await site.case(case.number)).status is Status.AWAITING_ACCEPTANCE
    async with site.database.reading() as session:
        told = await messages.timeline(session, case.id, with_notes=False)
        query = select(OutboxMail.person_id).where(OutboxMail.case_id == case.id, OutboxMail.kind == "link")
        mailed = (await session.execute(query)).scalars().all()
    [said] = [entry.text for entry in told if entry.kind == "answer"]
    assert said == (
        "Votre question ne relève pas de notre compétence. Le service compétent est : Service fédéral des Pensions, "
        "https://www.sfpd.fgov.be. Si vous acceptez cette réponse, nous clôturons votre ticket.\n\nVotre carrière."
    )
    assert mailed == [site.cast.luc.person_id]
    assert "verwees de aanvrager door naar: Federale Pensioendienst" in (await hanne.get(f"/cases/{case.number}")).text


async def test_an_unknown_service_and_a_stranger_change_nothing(site):
    case = await site.case_of(site.cast.luc)
    hanne, luc = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.luc)
    assert (await hanne.post(f"/cases/{case.number}/referral", {"service": "nothing"})).status == 422
    assert (await luc.post(f"/cases/{case.number}/referral", {"service": "pensions"})).status == 403
    assert (await site.case(case.number)).status is Status.OPEN


def test_a_directory_is_read():
    read = directory.load(GOOD, "services.yaml")
    assert read.answer_about(read.services["one"], "nl") == "Een https://one.example"


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ("{service} {site}", "{name}", "only {service} and {site} can be filled in"),
        ("https://one", "http://one", "'site' has to begin with https://"),
        (", en: One", "", "en"),
        ("site:", "page:", "page"),
    ],
)
def test_a_directory_that_is_not_complete_is_refused(good, bad, reason):
    with pytest.raises(CatalogueError, match=reason.replace("{", r"\{")):
        directory.load(GOOD.replace(good, bad), "services.yaml")
