"""A `balie serve` process, with a mail server of the test's own to receive what it sends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import trained_assistant
from aiosmtpd.smtp import SMTP, Envelope, Session
from factories import PEOPLE
from ports import free_port

ROOT = Path(__file__).parents[1]
# The installed command may be of another checkout; what is tested is the one that the test stands in.
BALIE = (
    sys.executable, "-P", "-c",
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[0] = 'balie'; from runtime.cli.main import run; run()",
)  # fmt: skip
DESK = "hr@balie.example"


@dataclass
class Arrived:
    """A mail that the service sent, as the receiving server saw it."""

    mail_from: str
    to: str
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(preferencelist=("plain",))
        assert body is not None
        return str(body.get_content())


@dataclass
class Postbox:
    """The receiving server: keeps every mail, in the order of arrival."""

    arrived: list[Arrived] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)  # aiosmtpd's null sender
        self.arrived += [Arrived(sender, to, message) for to in envelope.rcpt_tos]
        return "250 kept"

    def to(self, address: str) -> list[Arrived]:
        return [mail for mail in self.arrived if mail.to == address]

    async def next_to(self, address: str, *, after: int = 0, seconds: float = 15) -> Arrived:
        """Wait for the mail to an address that comes after so many earlier ones."""
        await until(lambda: len(self.to(address)) > after, seconds, f"mail {after + 1} to {address}")
        return self.to(address)[after]


async def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until something is so; say what did not come about."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"did not come about in {seconds} s: {what}")
        await asyncio.sleep(0.05)


@dataclass
class Service:
    """A running `balie serve`, and the commands beside it on the same data."""

    environment: dict[str, str]
    folder: Path
    http: str
    smtp_port: int
    postbox: Postbox
    process: subprocess.Popen[bytes] | None = None

    def balie(self, *arguments: str, code: int = 0, given: str = "") -> str:
        return self._ended(arguments, code, given).stdout

    def refusal(self, *arguments: str) -> str:
        """Run a command that must end with code 1, and return what it says about that."""
        return self._ended(arguments, 1, "").stderr

    def _ended(self, arguments: tuple[str, ...], code: int, given: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*BALIE, *arguments],
            env=self.environment,
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.balie(*arguments, "--json"))

    async def json_until(self, condition: Callable[[Any], object], *arguments: str, seconds: float = 15) -> Any:
        """Run a command until what it prints is as wanted."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await asyncio.to_thread(self.json, *arguments)
            if condition(found):
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{arguments} stayed {json.dumps(found, indent=1)[:3000]}")
            await asyncio.sleep(0.2)

    async def start(self) -> None:
        self.process = self._launch()
        async with aiohttp.ClientSession() as client:
            for _ in range(300):
                if self.process.poll() is not None:
                    break
                try:
                    async with client.get(self.http + "/") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        raise AssertionError((self.folder / "serve.log").read_text()[-4000:])

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self.folder / "serve.log").open("ab") as log:
            return subprocess.Popen([*BALIE, "serve"], env=self.environment, cwd=self.folder, stdout=log, stderr=log)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the desk and return its exit code, while the postbox of the test goes on answering it."""
        return await asyncio.to_thread(self._stop, how)

    def _stop(self, how: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=30)  # a desk that has just started first lets its assistant get ready

    async def send(self, message: EmailMessage, *, mail_from: str | None = None, to: str = DESK) -> None:
        sender = message["From"].addresses[0].addr_spec if mail_from is None else mail_from
        await self.hand_in(message.as_bytes(policy=policy.SMTP), sender, to)

    async def hand_in(self, raw: bytes, mail_from: str, to: str = DESK) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp_port) as client:
            await client.sendmail(mail_from, [to], raw)


def environment(folder: Path, *, smtp: int, http: int, relay: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BALIE_")}
    return kept | {
        "BALIE_DATA_DIR": str(folder / "var"),
        "BALIE_HTTP_PORT": str(http),
        "BALIE_SMTP_PORT": str(smtp),
        "BALIE_RELAY_URL": f"smtp://127.0.0.1:{relay}",
        "BALIE_DESK_ADDRESS": DESK,
        "BALIE_PAYROLL_HANDOVER_SECONDS": "1",
        **more,
    }


@asynccontextmanager
async def receiving() -> AsyncGenerator[tuple[Postbox, int]]:
    """Receive mail on a free port while the block lasts."""
    box = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    try:
        yield box, server.sockets[0].getsockname()[1]
    finally:
        server.close()  # uvloop waits for ever at its end for one that is still open


def prepare(folder: Path, postbox: Postbox, relay: int, **more: str) -> Service:
    """Return a service with ports and a data folder of its own, its people imported, not started yet."""
    trained_assistant.lend(folder / "var")
    smtp, http = free_port(), free_port()
    variables = environment(folder, smtp=smtp, http=http, relay=relay, **more)
    service = Service(variables, folder, f"http://127.0.0.1:{http}", smtp, postbox)
    (folder / "people.csv").write_text(PEOPLE)
    service.balie("people", "import", "people.csv")
    return service
