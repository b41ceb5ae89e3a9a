"""The real clamd, where it is installed, with one signature of our own."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

HARMFUL = b"%PDF-1.4\nthis is harmful"
FOUND = "Own.Harm-1.UNOFFICIAL"


@asynccontextmanager
async def clamd_or_skip(folder: Path) -> AsyncIterator[Path]:
    """Start a clamd that finds nothing but `HARMFUL`, and give its socket; without one the test is skipped."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        pytest.skip("clamd is not installed here")
    (folder / "db").mkdir()
    digest = hashlib.md5(HARMFUL, usedforsecurity=False).hexdigest()
    (folder / "db/own.hdb").write_text(f"{digest}:{len(HARMFUL)}:Own.Harm-1\n")
    socket, config = folder / "clamd.sock", folder / "clamd.conf"
    config.write_text(f"LocalSocket {socket}\nDatabaseDirectory {folder / 'db'}\nForeground yes\n")
    process = await asyncio.create_subprocess_exec(
        program, "--config-file", str(config), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            while not socket.exists():
                if process.returncode is not None:
                    pytest.skip("clamd does not start here")
                await asyncio.sleep(0.05)
        yield socket
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
