"""Starts desks as processes for the acceptance tests, and stops them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from served_desk import Postbox, Service, prepare, receiving


@pytest.fixture
async def post() -> AsyncIterator[tuple[Postbox, int]]:
    async with receiving() as received:
        yield received


@pytest.fixture
async def service(tmp_path: Path, post: tuple[Postbox, int]) -> AsyncIterator[Service]:
    running = prepare(tmp_path, *post)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def service_pair(
    tmp_path: Path, post: tuple[Postbox, int], postgres_url: str
) -> AsyncIterator[tuple[Service, Service]]:
    shared = {"BALIE_DATABASE_URL": postgres_url, "BALIE_SECRET_KEY": "the same for both"}
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    first, second = (prepare(folder, *post, **shared) for folder in folders)
    await first.start()
    await second.start()
    yield first, second
    await first.stop()
    await second.stop()
