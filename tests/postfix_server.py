"""Debian's Postfix on this machine's loopback, with folders of its own, on the lines that the documentation gives."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ports import free_port

PAGE = Path(__file__).parents[1] / "docs" / "mail.md"
POSTFIX = "/usr/sbin/postfix"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test.example
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{outside}
alias_maps =
alias_database =
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
smtp_destination_concurrency_failed_cohort_limit = 1000
transport_retry_time = 1s
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def fragment() -> str:
    """Return the lines for `main.cf` out of the documentation."""
    return re.findall(r"```main\.cf\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]


@asynccontextmanager
async def postfix(desk_port: int, outside_port: int) -> AsyncIterator[int]:
    """Run Postfix while the block lasts, and give its port; skips the test where it cannot be run."""
    if not Path(POSTFIX).exists() or os.geteuid() != 0:  # noqa: ASYNC240 -- a small folder of a test
        pytest.skip("needs Postfix, and root to start it")
    folder, port = Path(tempfile.mkdtemp(prefix="balie-postfix-")), free_port()
    folder.chmod(0o755)  # noqa: ASYNC240 -- a small folder of a test
    for part in ("queue", "data", "conf"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    lines = MAIN.format(folder=folder, outside=outside_port) + fragment().replace(":2525", f":{desk_port}")
    (folder / "conf" / "main.cf").write_text(lines)
    (folder / "conf" / "master.cf").write_text(MASTER.format(port=port))
    started = await asyncio.to_thread(_postfix, folder, "start")
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        yield port
    finally:
        await asyncio.to_thread(_postfix, folder, "stop")
        shutil.rmtree(folder)


def _postfix(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [POSTFIX, "-c", folder / "conf", command], capture_output=True, text=True, check=False, timeout=60
    )
