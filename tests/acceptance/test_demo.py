"""The commands that show the desk: the played path, and the served desk with demo people."""

import asyncio
import subprocess

import aiohttp
from ports import free_port
from served_desk import BALIE


def test_demo_plays_the_whole_path(tmp_path) -> None:
    done = subprocess.run([*BALIE, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stderr) == (0, "")
    assert "net 2261.34 -> 2399.34 EUR" in done.stdout
    steps = [line.partition(".")[0] for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert steps == [str(number) for number in range(1, 12)]


async def test_serve_demo_has_people_and_cases_at_the_first_look(tmp_path) -> None:
    http = free_port()
    environment = {"BALIE_DATA_DIR": "var", "BALIE_HTTP_PORT": str(http), "BALIE_SMTP_PORT": str(free_port())}
    process = subprocess.Popen(
        [*BALIE, "serve", "--demo"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(8)]
        await _page_with("HRB0000001", f"http://127.0.0.1:{http}/development/mailbox")
        process.terminate()
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()

    assert f"http://127.0.0.1:{http}" in said[0]
    cases = subprocess.run(
        [*BALIE, "case", "list"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert cases.stdout.count("HRB000000") == 4
    assert "2026-09-15T" in cases.stdout


async def _page_with(words: str, address: str) -> None:
    """Open a page until it shows some words."""
    async with aiohttp.ClientSession() as client:
        for _ in range(100):
            async with client.get(address) as page:
                text = await page.text()
            if words in text:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"{address} never showed {words}: {text}")


def test_demo_day_is_refused_outside_demo_data(tmp_path) -> None:
    environment = {"BALIE_DATA_DIR": "var", "BALIE_DEMO_TODAY": "2026-09-15"}
    done = subprocess.run(
        [*BALIE, "serve"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=30
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "BALIE_DEMO_TODAY is for demo data only" in done.stderr
