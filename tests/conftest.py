"""What tests share: a database of each kind, a clock that stands still, a desk with a few invented people."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import postgres
import pytest

from casework.attachments.storage import FolderStorage
from casework.catalogue.service import load_catalogue
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from casework.settings import DeskSettings
from runtime import tables

SECRET = b"a secret that only tests know"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    try:
        with postgres.server() as running:
            yield running.url
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    with postgres.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    tables.load()
    opened = Database(database_url)
    async with opened.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2026, 9, 15, 8, 0, tzinfo=UTC))


@pytest.fixture
def desk(tmp_path: Path, clock: SettableClock) -> Desk:
    settings = DeskSettings(desk_address="hr@balie.example", public_url="https://desk.balie.example", secret_key=SECRET)
    return Desk(settings=settings, clock=clock, catalogue=load_catalogue(), storage=FolderStorage(tmp_path / "files"))


@pytest.fixture
def sign_in_rules() -> SignInRules:
    return SignInRules(key=SECRET, idle=timedelta(minutes=20))
