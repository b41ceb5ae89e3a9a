"""Dovecot on this machine's loopback, in a folder of its own: a real IMAP server with one mailbox."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import free_port

MAIL_USER = 65533
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
first_valid_uid = {uid}
last_valid_uid = {uid}
first_valid_gid = {uid}
mail_location = maildir:{folder}/mail
mail_uid = {uid}
mail_gid = {uid}
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
imap_capability = {capability}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class ImapServer:
    """A running Dovecot; what is put into `new` is mail that came."""

    folder: Path
    port: int
    encrypted_port: int

    def deliver(self, name: str, raw: bytes) -> None:
        """Put a mail into the mailbox as a delivery agent does."""
        unfinished = self.folder / "mail" / "tmp" / name
        unfinished.write_bytes(raw)
        os.chown(unfinished, MAIL_USER, MAIL_USER)
        unfinished.rename(self.folder / "mail" / "new" / name)

    def create(self, folder: str) -> None:
        """Make a folder beside the mailbox."""
        place = self.folder / "mail" / f".{folder}"
        for part in ("new", "cur", "tmp"):
            (place / part).mkdir(parents=True)
        (place / "maildirfolder").touch()
        for path in (place, *place.iterdir()):
            os.chown(path, MAIL_USER, MAIL_USER)

    def seen(self) -> int:
        """Return how many mails bear the flag that says so."""
        return len([file for file in (self.folder / "mail" / "cur").iterdir() if "S" in file.name.partition(":2,")[2]])

    def moved(self, folder: str) -> int:
        return sum(len(list((self.folder / "mail" / f".{folder}" / part).iterdir())) for part in ("new", "cur"))


@asynccontextmanager
async def dovecot(*, capability: str = "", certificate: tuple[Path, Path] | None = None) -> AsyncIterator[ImapServer]:
    """Run Dovecot while the block lasts; skips the test where there is none."""
    program = shutil.which("dovecot", path="/usr/sbin:" + os.environ.get("PATH", ""))
    if program is None or os.geteuid() != 0:
        pytest.skip("needs Dovecot, and root to start it")
    folder = Path(tempfile.mkdtemp(prefix="balie-imap-"))  # where the server, which is not root, may go
    for part in ("run", "state", "mail/new", "mail/cur", "mail/tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for path in (folder, folder / "mail", *(folder / "mail").rglob("*")):
        os.chown(path, MAIL_USER, MAIL_USER)
    folder.chmod(0o755)  # noqa: ASYNC240 -- a small file of a test
    server = ImapServer(folder, free_port(), free_port())
    server.create("Kept")
    keys = "" if certificate is None else f"ssl_cert = <{certificate[0]}\nssl_key = <{certificate[1]}"
    (folder / "dovecot.conf").write_text(
        CONFIG.format(
            folder=folder, uid=MAIL_USER, plain=server.port, encrypted=server.encrypted_port, capability=capability,
            ssl="yes" if certificate else "no", certificate=keys,
        )
    )  # fmt: skip
    process = subprocess.Popen([program, "-F", "-c", folder / "dovecot.conf"])
    try:
        await _greets(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


async def _greets(server: ImapServer, process: subprocess.Popen[bytes]) -> None:
    refused: OSError | None = None
    for _ in range(200):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            greeting = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            if greeting.startswith(b"* OK"):
                return
        except OSError as error:  # it does not listen yet; what it said last is told below, if it never does
            refused = error
        assert process.poll() is None, (server.folder / "dovecot.log").read_text()
        await asyncio.sleep(0.05)
    raise AssertionError((server.folder / "dovecot.log").read_text()) from refused
