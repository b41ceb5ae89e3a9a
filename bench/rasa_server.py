"""A Rasa 3.6 server on the assistant's own files, to compare with, from an environment of its own Python."""

import asyncio
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError, ClientSession, web
from rasa_sdk import Action

from bot.channels.rasa_webhook import RasaWebhook

ROOT = Path(__file__).resolve().parents[1]
ASSISTANT = ROOT / "bot" / "assistant"
CACHE = ROOT / "var" / "parity"
READY_SECONDS = 180
TOKEN = "a token for this comparison alone"
KEY = b"a key for this comparison alone"


def program() -> Path:
    """Return where Rasa is, or would be: in the environment that RASA_ENV names, of Python 3.10 with rasa==3.6.21."""
    return Path(os.environ.get("RASA_ENV", "var/rasa")) / "bin" / "rasa"


@asynccontextmanager
async def serving(rasa: Path, actions: Iterable[Action], cache: Path = CACHE) -> AsyncIterator[str]:
    """Run a Rasa server on the files of today with these actions, which run here; give its address."""
    model = await asyncio.to_thread(_trained, rasa, cache)
    async with _actions(actions) as actions_url, _server(rasa, model, actions_url) as url:
        yield url


def _trained(rasa: Path, cache: Path) -> Path:
    """Return the model of these files, trained now if nobody did before."""
    content = b"".join(path.read_bytes() for path in sorted(ASSISTANT.rglob("*.yml")))
    name = hashlib.sha256(content).hexdigest()[:16]
    model = cache / f"{name}.tar.gz"
    if not model.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [rasa, "train", "--domain", "domain", "--out", cache, "--fixed-model-name", name]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, cwd=ASSISTANT, env=_environment(""), check=True, **quiet)
    return model


def _environment(actions_url: str) -> dict[str, str]:
    own = {"BALIE_ACTIONS_URL": actions_url, "BALIE_RASA_TOKEN": TOKEN, "RASA_TELEMETRY_ENABLED": "false"}
    return {**os.environ, **own, "PYTHONPATH": ""}


@asynccontextmanager
async def _actions(actions: Iterable[Action]) -> AsyncIterator[str]:
    """Serve the actions, and give their address."""
    app = web.Application(client_max_size=64 * 1024**2)
    app.add_routes(RasaWebhook(actions, TOKEN, KEY, time.time).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/rasa/webhook"
    await runner.cleanup()


@asynccontextmanager
async def _server(rasa: Path, model: Path, actions_url: str) -> AsyncIterator[str]:
    """Run a Rasa server, and give its address once it answers."""
    port = _free_port()
    options = ["--enable-api", "--auth-token", TOKEN, "--interface", "127.0.0.1", "--port", str(port)]
    endpoints = ["--endpoints", ASSISTANT / "endpoints.yml", "--model", model]
    process = await asyncio.create_subprocess_exec(
        rasa, "run", *options, *endpoints, env=_environment(actions_url), cwd=model.parent, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        yield url
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(READY_SECONDS), ClientSession() as http:
        while True:
            try:
                async with http.get(f"{url}/status", params={"token": TOKEN}) as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                pass  # not there yet
            await asyncio.sleep(1)
