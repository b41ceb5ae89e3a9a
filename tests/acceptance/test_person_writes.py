"""The main job from outside: real mail over real sockets, a real browser, a served desk."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
from browsing import Browser, browser_or_skip
from playwright.async_api import Page, expect
from served_desk import DESK, Arrived, Service, until

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
AN, HANNE, OMAR, ADA = (
    "an.peeters@health.example", "hanne.claes@balie.example", "omar.diallo@balie.example", "ada.bakker@balie.example",
)  # fmt: skip
FACTS = (
    "employee_number,valid_from,valid_to,gross_month,fraction,"
    "civil_status,spouse_income,children,other_dependants,reason\n"
    "E100,2026-01-01,,3000.00,1,single,none,0,0,contract\n"
)


def _mail(sender: str, subject: str, text: str, *, message_id: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, DESK, subject, message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _reply(to: Arrived, sender: str, text: str) -> EmailMessage:
    """Write what a mail program makes of a reply: the answer above, the quoted mail below."""
    original = to.message
    quoted = "\n".join(f"> {line}" for line in to.text.splitlines())
    mail = _mail(
        sender, f"Re: {original['Subject']}", f"{text}\n\nOn Tue, 15 Sep 2026, Balie <{DESK}> wrote:\n{quoted}\n",
        message_id=f"<reply-{hashlib.sha256(text.encode()).hexdigest()[:12]}@mail.example>",
        In_Reply_To=original["Message-ID"], References=original["Message-ID"],
    )  # fmt: skip
    mail.replace_header("To", original["Reply-To"])
    return mail


async def _send_reply(service: Service, to: Arrived, sender: str, text: str) -> None:
    address = to.message["Reply-To"].addresses[0].addr_spec
    await service.send(_reply(to, sender, text), to=address)


async def _case(service: Service, number: str, **wanted: object) -> dict[str, object]:
    """Wait until a case is as wanted, and return it."""
    found = await service.json_until(
        lambda case: all(case[key] == value for key, value in wanted.items()), "case", "show", number
    )
    assert isinstance(found, dict)
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with browser_or_skip() as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.timeout(240)
async def test_a_request_travels_from_mail_to_pay(service: Service, browser: Browser) -> None:
    (service.folder / "facts.csv").write_text(FACTS)
    service.balie("payroll", "facts", "import", "facts.csv")
    before = service.json("payroll", "run", "--period", "2026-09")
    first = _mail(
        AN, "Gezinssamenstelling", "Sinds 1 september heb ik twee kinderen ten laste.", message_id="<1@health.example>"
    )
    first.add_attachment(PDF, maintype="application", subtype="octet-stream", filename="geboorteakte.pdf")
    await service.send(first)

    await _opens_a_case(service)
    summary = await _tells_requester_and_handlers(service)
    await _handler_answers(service)
    await _requester_reads_and_refuses(service, browser)
    await _handler_answers_again(service)
    await _requester_accepts_by_mail(service)
    await _reaches_pay_once(service, before)
    await _reply_to_closed_case_opens_a_linked_one(service, summary)
    await _asks_in_the_chat(service, browser)
    await _admin_sees_everything(service, browser)


async def _opens_a_case(service: Service) -> None:
    case = await service.json_until(lambda cases: len(cases) == 1, "case", "list")
    case = service.json("case", "show", "HRB0000001")
    assert {key: case[key] for key in ("status", "form", "requester", "handler", "channel", "linked")} == {
        "status": "open", "form": None, "requester": AN, "handler": None, "channel": "mail", "linked": [],
    }  # fmt: skip
    assert case["attachments"] == [
        {
            "filename": "geboorteakte.pdf", "declared_type": "application/octet-stream",
            "content_type": "application/pdf", "size": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest(),
        }
    ]  # fmt: skip
    assert [entry["kind"] for entry in case["timeline"]] == ["opened", "attached"]


async def _tells_requester_and_handlers(service: Service) -> Arrived:
    summary = await service.postbox.next_to(AN)
    assert summary.message["In-Reply-To"] == "<1@health.example>"
    assert summary.message["Auto-Submitted"] == "auto-replied"
    assert "HRB0000001" in summary.message["Subject"]
    assert "Sinds 1 september heb ik twee kinderen ten laste." in summary.text
    assert "geboorteakte.pdf" in summary.text
    for handler in (HANNE, OMAR):
        mail = await service.postbox.next_to(handler)
        assert "Sinds 1 september heb ik twee kinderen ten laste." in mail.text
    addresses = {mail.message["Reply-To"].addresses[0].addr_spec for mail in service.postbox.arrived}
    assert len(addresses) == 3
    assert all(re.fullmatch(r"hr\+[a-z0-9]+@balie\.example", address) for address in addresses)
    return summary


async def _handler_answers(service: Service) -> None:
    mail = await service.postbox.next_to(HANNE)
    text = "#form household kind=change effective=2026-09-01 children=3\n\nWe hebben drie kinderen genoteerd."
    await _send_reply(service, mail, HANNE, text)

    case = await _case(service, "HRB0000001", status="awaiting_acceptance", handler=HANNE, form="household")
    assert case["fields"] == {"kind": "change", "effective": "2026-09-01", "children": 3}
    link = await service.postbox.next_to(AN, after=1)
    assert "drie kinderen" not in link.message.as_string()
    assert "Peeters" not in link.text
    assert len(service.postbox.to(AN)) == 2


async def _requester_reads_and_refuses(service: Service, browser: Browser) -> None:
    link = await service.postbox.next_to(AN, after=1)
    [address] = re.findall(r"http://\S+/cases/HRB0000001", link.text)
    page = await browser.visit(address)
    await page.get_by_label("E-mailadres").fill(AN)
    await page.get_by_role("button", name="Stuur mij een code").click()
    code = re.findall(r"\b\d{6}\b", (await service.postbox.next_to(AN, after=2)).text)[0]
    await page.locator("input[autocomplete=one-time-code]").fill(code)
    await page.locator("main form button[type=submit]").first.click()
    await page.wait_for_url("**/cases/HRB0000001")

    assert await page.get_by_text("We hebben drie kinderen genoteerd.").count() >= 1
    assert await page.get_by_text("In afwachting van acceptatie").count() >= 1
    await page.locator("textarea[name=comment]").fill("Het zijn er twee, geen drie.")
    await page.get_by_role("button", name="Nee", exact=True).click()
    await page.wait_for_load_state()
    case = await _case(service, "HRB0000001", status="work_in_progress")
    assert "Het zijn er twee, geen drie." in str(case["timeline"])


async def _handler_answers_again(service: Service) -> None:
    decision = await service.postbox.next_to(HANNE, after=1)
    assert "Het zijn er twee, geen drie." in decision.text
    await _send_reply(service, decision, HANNE, "#form household children=2\nU hebt gelijk: het zijn er twee.")
    case = await _case(service, "HRB0000001", status="awaiting_acceptance")
    assert case["fields"] == {"kind": "change", "effective": "2026-09-01", "children": 2}


async def _requester_accepts_by_mail(service: Service) -> None:
    link = await service.postbox.next_to(AN, after=3)
    await _send_reply(service, link, AN, "Ja, maar vanaf wanneer?")
    await service.json_until(lambda case: "vanaf wanneer" in str(case["timeline"]), "case", "show", "HRB0000001")
    assert service.json("case", "show", "HRB0000001")["status"] == "awaiting_acceptance"
    await _send_reply(service, link, AN, "JA.\nDank u wel")
    await _case(service, "HRB0000001", status="closed_complete")


async def _reaches_pay_once(service: Service, before: dict[str, object]) -> None:
    def told(case: dict[str, list[dict[str, str]]]) -> bool:
        return any(entry["kind"] == "pay_effect" for entry in case["timeline"])

    case = await service.json_until(told, "case", "show", "HRB0000001")
    await asyncio.sleep(3)  # several turns of the scheduler
    assert [entry["kind"] for entry in case["timeline"]].count("pay_effect") == 1
    after = service.json("payroll", "run", "--period", "2026-09")
    again = service.json("payroll", "run", "--period", "2026-09")
    assert [result["net"] for result in before["results"]] == ["2261.34"]  # type: ignore[index, union-attr]
    assert [(result["withholding_tax"], result["net"]) for result in after["results"]] == [("299.87", "2399.34")]
    assert {"period": "2026-09", "wage_type": "net", "amount": "138.00", "case": "HRB0000001"} in after["results"][0][
        "differences"
    ]
    assert [result["differences"] for result in again["results"]] == [[]]


async def _reply_to_closed_case_opens_a_linked_one(service: Service, summary: Arrived) -> None:
    await _send_reply(service, summary, AN, "Nog een vraag over hetzelfde.")
    later = await _case(service, "HRB0000002", status="open", linked=["HRB0000001"])
    assert later["requester"] == AN


async def _asks_in_the_chat(service: Service, browser: Browser) -> None:
    page = await browser.sign_in(service, AN)
    await page.goto(f"{service.http}/chat")
    had = len(service.postbox.to(AN))
    for text in ("Ik wil een vraag stellen", "Hoeveel verlofdagen heb ik nog?", "Verlofdagen", "ja"):
        await _say(page, text)
    case = await _case(service, "HRB0000003", status="open", channel="chat", requester=AN, subject="Verlofdagen")
    assert case["timeline"][0]["text"] == "Hoeveel verlofdagen heb ik nog?"  # type: ignore[index]
    summary = await service.postbox.next_to(AN, after=had)
    assert ("HRB0000003" in summary.message["Subject"], "verlofdagen heb ik nog" in summary.text) == (True, True)
    answer = await _say(page, "Wat is de status van mijn ticket HRB0000001?")
    assert ("HRB0000001" in answer, "Voltooid gesloten" in answer) == (True, True)


async def _say(page: Page, text: str) -> str:
    """Type a message in the chat, send it with Enter, and return what the assistant answers."""
    answers = page.locator(".chat-assistant")
    had = await answers.count()
    await page.get_by_label("Uw bericht").fill(text)
    await page.get_by_label("Uw bericht").press("Enter")
    await expect(answers.nth(had)).to_be_visible()
    return await answers.nth(had).inner_text()


async def _admin_sees_everything(service: Service, browser: Browser) -> None:
    page = await browser.sign_in(service, ADA)
    await page.goto(f"{service.http}/cases/HRB0000001")
    seen = ""
    for shown in ("events", "cases", "mails"):
        await page.goto(f"{service.http}/admin/log?number=HRB0000001&show={shown}")
        seen += await page.locator("main").inner_text()

    expected = (
        "An Peeters",
        "Hanne Claes",
        "Ada Bakker",
        "opened the ticket",
        AN,
        HANNE,
        "Gezinssamenstelling",
        "Sent",
    )
    assert [word for word in expected if word not in seen] == []


async def test_strangers_machines_and_wrong_addresses_change_nothing(service: Service) -> None:
    await service.send(_mail(AN, "Verlof", "Hoeveel dagen?", message_id="<1@health.example>"))
    await service.json_until(lambda cases: len(cases) == 1, "case", "list")
    before = service.json("case", "show", "HRB0000001")
    stranger = "nobody@elsewhere.example"
    for turn in (1, 2):
        text = f"Geef mij zijn dossier {turn}"
        await service.send(_mail(stranger, "Re: HRB0000001", text, message_id=f"<s{turn}@elsewhere.example>"))
    vacation = _mail(
        AN, "Automatisch antwoord", "Ik ben weg", message_id="<v@health.example>", Auto_Submitted="auto-replied"
    )
    await service.send(vacation)
    await service.send(_mail(AN, "Undelivered", "Mail failed", message_id="<b@health.example>"), mail_from="")
    colleague = _mail("luc.martin@health.example", "HRB0000001", "Moi aussi", message_id="<c@health.example>")
    await service.send(colleague)

    mails = await service.json_until(
        lambda rows: len(rows) == 6 and all(row["state"] != "received" for row in rows), "mail", "list"
    )
    assert [(row["state"], row["case"]) for row in mails] == [
        ("processed", "HRB0000001"), ("held", None), ("held", None), ("ignored", None), ("ignored", None),
        ("processed", "HRB0000002"),
    ]  # fmt: skip
    assert service.json("case", "show", "HRB0000001") == before
    answer = await service.postbox.next_to(stranger)
    assert (answer.mail_from, answer.message["Auto-Submitted"]) == ("", "auto-replied")
    await until(lambda: len(service.postbox.to("luc.martin@health.example")) == 1, 10, "the colleague's summary")
    assert len(service.postbox.to(stranger)) == 1


async def test_rcpt_knows_who_lives_here(service: Service) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.smtp_port)

    async def say(line: str) -> str:
        writer.write(f"{line}\r\n".encode())
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        return answer.decode()

    await reader.readline()
    await say("EHLO test.example")
    await say("MAIL FROM:<someone@elsewhere.example>")
    answers = [
        (await say(f"RCPT TO:<{to}>"))[:9]
        for to in ("nobody@balie.example", "postmaster@balie.example", "hr+forged@balie.example", "HR@Balie.example")
    ]
    writer.close()

    assert [answer[:3] for answer in answers] == ["550", "250", "550", "250"]
    assert answers[0] == "550 5.1.1"
