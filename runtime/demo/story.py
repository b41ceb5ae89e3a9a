"""`balie demo`: plays the whole path over real sockets on throw-away data, and prints what arrived at each step."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from casework.cases import store as cases
from casework.errors import CaseworkError
from casework.messages import store as messages
from casework.messages.models import EventKind
from payroll.engine.periods import PayMonth
from payroll.runs import report
from payroll.runs.report import RunReport
from payroll.runs.service import run_period
from runtime import schema, service, wiring
from runtime.demo import seed
from runtime.demo.postbox import Arrived, Postbox, receiving, reply, send, write
from runtime.demo.visitor import Visitor
from runtime.settings import Settings
from runtime.wiring import House, payroll_law, payroll_settings

AN, HANNE, ADA = "an.peeters@health.example", "hanne.claes@balie.example", "ada.bakker@balie.example"
DESK = "hr@balie.example"
DAY = date(2026, 9, 15)
MONTH = PayMonth(2026, 9)
SUBJECT = "Een vraag over mijn gezin"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
PATIENCE_SECONDS = 30

Say = Callable[[str], None]


@dataclass
class Stage:
    """Where the story plays: the served desk, the post, and the voice that tells it."""

    house: House
    postbox: Postbox
    smtp_port: int
    root: str
    say: Say
    step: int = 0

    def tell(self, title: str, *lines: str) -> None:
        """Print a step and what came of it."""
        self.step += 1
        self.say(f"\n{self.step}. {title}")
        for line in lines:
            self.say(f"   {line}")


async def play(say: Say) -> None:
    """Play the path. Raises `CaseworkError` when something that must arrive does not."""
    with tempfile.TemporaryDirectory(prefix="balie-demo-") as folder:
        async with receiving() as (postbox, relay):
            house = wiring.build(_settings(Path(folder), relay))
            try:
                await schema.upgrade(house.database)
                await seed.seed(house)
                async with service.running(house) as at:
                    root = f"http://127.0.0.1:{at.http_port}"
                    stage = Stage(house, postbox, at.smtp_port, root, say)
                    await _act(stage)
            finally:
                await house.database.close()


def _settings(folder: Path, relay: int) -> Settings:
    port = service.free_port()
    return replace(
        Settings(),
        data_dir=folder,
        database_url=f"sqlite+aiosqlite:///{folder / 'balie.db'}",
        http_port=port,
        public_url=f"http://127.0.0.1:{port}",
        smtp_port=0,
        relay_url=f"smtp://127.0.0.1:{relay}",
        payroll_handover_seconds=1.0,
        demo_today=DAY,
    )


async def _act(stage: Stage) -> None:
    before = await _run_month(stage)
    number = await _ask_by_mail(stage)
    await _handle_by_reply(stage, number)
    await _read_and_accept(stage, number)
    await _follow_into_pay(stage, number, before)
    await _ask_in_the_chat(stage)
    await _look_at_the_log(stage, number)


async def _ask_by_mail(stage: Stage) -> str:
    mail = write(AN, DESK, SUBJECT, "Sinds 1 september heb ik twee kinderen ten laste.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="geboorteakte.pdf")
    await send(stage.smtp_port, mail, DESK)
    stage.tell("An writes to the desk, with a PDF", f"to {DESK}: {SUBJECT}")
    summary = await _mail_about(stage, AN, SUBJECT)
    number = summary.subject.partition("]")[0].lstrip("[")
    stage.tell(
        "She receives the summary, in her own thread", summary.subject, f"Reply-To: {summary.message['Reply-To']}"
    )
    mail_to_handler = await _mail_about(stage, HANNE, number)
    stage.tell("Each handler receives the case as a mail", f"{HANNE}: {mail_to_handler.subject}")
    return number


async def _handle_by_reply(stage: Stage, number: str) -> None:
    text = "#form household kind=change effective=2026-09-01 children=2\nUw twee kinderen zijn genoteerd."
    mail = await _mail_about(stage, HANNE, number)
    message, address = reply(mail, HANNE, text)
    await send(stage.smtp_port, message, address)
    stage.tell("Hanne answers by replying, with a command on the first line", *text.splitlines())


async def _read_and_accept(stage: Stage, number: str) -> None:
    link = await _mail_about(stage, AN, f"{number}] er is")
    address = next(word for word in link.text.split() if word.endswith(f"/cases/{number}"))
    stage.tell("An receives a link, without the answer", link.subject, address)
    async with Visitor(stage.root, stage.postbox) as an:
        await an.visit(address)
        await an.sign_in(AN)
        stage.tell("She signs in with a code by mail and reads the answer", an.address, an.text("answer")[:120])
        await an.send("/decision", decision="accept", comment="Dank u wel")
        stage.tell("She accepts it", f"{number}: {an.text('status')}")


async def _mail_about(stage: Stage, address: str, words: str) -> Arrived:
    """Wait for the mail to an address whose subject holds some words."""
    for _ in range(PATIENCE_SECONDS * 20):
        found = [mail for mail in stage.postbox.to(address) if words in mail.subject]
        if found:
            return found[0]
        await asyncio.sleep(0.05)
    raise CaseworkError(f"no mail about {words!r} reached {address}")


async def _run_month(stage: Stage) -> RunReport:
    house = stage.house
    run_id = await run_period(house.database, house.clock, payroll_law(house), payroll_settings(house), MONTH)
    async with house.database.reading() as session:
        return await report.of_run(session, run_id)


async def _follow_into_pay(stage: Stage, number: str, before: RunReport) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        async with stage.house.database.reading() as session:
            case = await cases.by_number(session, number)
            timeline = await messages.timeline(session, case.id, with_notes=False)
        if any(entry.kind is EventKind.PAY_EFFECT for entry in timeline):
            break
        await asyncio.sleep(0.1)
    else:
        raise CaseworkError(f"{number} did not reach payroll within {PATIENCE_SECONDS} seconds")
    stage.tell("The closed case reaches payroll, exactly once", f"{number}: a dated fact from 2026-09-01")
    after = await _run_month(stage)
    [was], [is_] = (
        [r for r in each.as_json()["results"] if r["employee_number"] == "D1001"] for each in (before, after)
    )
    differences = [f"{one['wage_type']} {one['amount']} EUR, because of {one['case']}" for one in is_["differences"]]
    stage.tell("The month is run again and books the difference", f"net {was['net']} -> {is_['net']} EUR", *differences)


async def _ask_in_the_chat(stage: Stage) -> None:
    async with Visitor(stage.root, stage.postbox) as an:
        await an.visit("/sign-in?next=/chat")
        await an.sign_in(AN)
        said = ["Ik wil een vraag stellen", "Hoeveel verlofdagen heb ik nog?", "Verlofdagen", "ja"]
        for text in [*said, "Wat is de status van mijn ticket?"]:
            await an.send("/chat", text=text)
        said_there = an.page.xpath("//*[contains(@class, 'chat-message')][not(ancestor::template)]")
        answers = [" ".join(found.text_content().split()) for found in said_there]
    stage.tell("An asks the same way in the web chat, and how her case stands", *answers[-6:])


async def _look_at_the_log(stage: Stage, number: str) -> None:
    async with Visitor(stage.root, stage.postbox) as ada:
        await ada.visit(f"/sign-in?next=/admin/log%3Fnumber%3D{number}")
        await ada.sign_in(ADA)
        rows = [" | ".join(" ".join(cell.text_content().split()) for cell in row) for row in ada.page.iter("tr")]
    stage.tell("An admin sees every step in the case log", *rows[1:9], f"… {len(rows) - 1} rows")
