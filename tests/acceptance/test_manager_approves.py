"""From outside: an employee mails a request, their manager approves it by replying, and both sides hear of it."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hierarchy import STAFF
from served_desk import DESK, Arrived, Postbox, Service, prepare, receiving

AN, MIA = "an@health.example", "mia@health.example"
REQUEST = "Vermindering van werkregime: four_day_week\nBegindatum: 2026-10-01\nStatuut: contractual\n"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with receiving() as (box, relay):
        running = prepare(tmp_path, box, relay)
        (tmp_path / "staff.csv").write_text(STAFF)
        running.balie("people", "import", "staff.csv")
        try:
            await running.start()
            yield running
        finally:
            await running.stop()


def _letter(sender: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, DESK, subject
    mail["Message-ID"] = f"<{abs(hash(text))}@mail.example>"
    mail.set_content(text)
    return mail


async def _reply(service: Service, to: Arrived, sender: str, text: str) -> None:
    address = to.message["Reply-To"].addresses[0].addr_spec
    mail = _letter(sender, f"Re: {to.message['Subject']}", text)
    mail["In-Reply-To"] = to.message["Message-ID"]
    await service.send(mail, to=address)


async def _until(service: Service, kind: str) -> list[str]:
    found = await service.json_until(
        lambda case: kind in [entry["kind"] for entry in case["timeline"]], "case", "show", "HRB0000001"
    )
    return [entry["kind"] for entry in found["timeline"]]


async def test_a_manager_approves_by_replying_and_only_once(service: Service) -> None:
    box: Postbox = service.postbox
    mail = _letter(AN, "Vermindering van werkregime", REQUEST)
    mail.add_attachment(b"Monday to Thursday", maintype="text", subtype="plain", filename="goedgekeurd rooster.txt")
    await service.send(mail)

    asked = await box.next_to(MIA)
    assert "HRB0000001" in asked.message["Subject"]
    assert [word for word in ("An Peeters", "Vermindering", "rooster") if word in asked.text] == []
    summary = await box.next_to(AN)
    assert "Akkoord" not in summary.text  # of the chief: it is asked, so An need not send it

    await _reply(service, asked, MIA, "Oui, mais seulement à partir de novembre")
    assert "approval_given" not in await _until(service, "message")
    await _reply(service, asked, MIA, "OUI\n\nBon repos !")
    await _until(service, "approval_given")
    await _reply(service, asked, MIA, "Non")
    await asyncio.sleep(2)

    told = await _until(service, "approval_given")
    assert [told.count(kind) for kind in ("approval_asked", "approval_given", "approval_refused")] == [1, 1, 0]
    news = await box.next_to(AN, after=2)
    assert "https" not in news.text
    assert f"{service.http}/cases/HRB0000001" in news.text
    assert "Bon repos" not in news.text
