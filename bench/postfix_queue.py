"""An own Postfix that takes mail on a free port of this machine and puts it on hold: durable, and nothing else."""

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

COMMAND = "/usr/sbin/postfix"
START_SECONDS = 20
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.balie.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_alias_maps =
virtual_mailbox_maps = static:anybody
virtual_mailbox_domains = balie.example
local_recipient_maps =
alias_maps =
alias_database =
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = static:HOLD
message_size_limit = 40000000
in_flow_delay = 0
"""
# The columns are: service, type, private, unprivileged, chroot, wakeup, most processes, command.
MASTER = """\
127.0.0.1:{port} inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
anvil unix - - n - 1 anvil
"""


def why_not() -> str:
    """Return why no Postfix can be measured here, or an empty text."""
    if shutil.which(COMMAND) is None:
        return "Postfix is not installed (Debian: apt-get install postfix)"
    return "" if os.geteuid() == 0 else "Postfix needs to be started as root"


@asynccontextmanager
async def postfix_server() -> AsyncGenerator[tuple[int, int]]:
    """Serve an own Postfix in a scratch folder and end it with its children; gives its port and its first process."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        config = _configure(Path(folder), port)
        await _postfix(config, "start")
        try:
            await _answers(port)
            yield port, int((Path(folder) / "queue" / "pid" / "master.pid").read_text())
        finally:
            await _postfix(config, "stop")


def _configure(folder: Path, port: int) -> Path:
    """Lay out a scratch folder for an instance, and return the folder of its configuration."""
    folder.chmod(0o755)
    config = folder / "config"
    for each in (config, folder / "queue", folder / "data"):
        each.mkdir()
    shutil.chown(folder / "data", "postfix")
    (config / "main.cf").write_text(MAIN.format(folder=folder))
    (config / "master.cf").write_text(MASTER.format(port=port))
    return config


async def _postfix(config: Path, verb: str) -> None:
    process = await asyncio.create_subprocess_exec(
        COMMAND, "-c", str(config), verb, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"postfix {verb} failed: {said.decode(errors='replace')}")


async def _answers(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            writer.close()
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
