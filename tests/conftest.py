"""What tests share: a database of each kind, a clock that stands still, a desk with a few invented people."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import postgres
import pytest
import structlog
import trained_assistant
from sqlalchemy import create_engine, make_url

from casework.attachments.storage import FolderStorage
from casework.catalogue.models import Catalogue
from casework.catalogue.service import load_catalogue
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from casework.settings import DeskSettings
from runtime import event_loop, tables

SECRET = b"a secret that only tests know"


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Have tests run on the loop that the desk is served on."""
    return {"served": event_loop.new_event_loop}


def pytest_configure(config: pytest.Config) -> None:
    """Have one folder for what the processes of a run share, and tracebacks that take no seconds each to draw."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    if trained_assistant.FOLDER not in os.environ:
        shared = tempfile.TemporaryDirectory(prefix="balie-assistant-")
        os.environ[trained_assistant.FOLDER] = shared.name
        config.add_cleanup(shared.cleanup)


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


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> Iterator[str]:
    """Give the name of a database with every table and no row, to copy: creating them takes ten times as long."""
    with postgres.fresh_database(postgres_server) as url:
        _create_tables(_for_sqlalchemy(url))
        yield str(make_url(url).database)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """Give the address of a new database; it has every table where the test asks for `database` too."""
    template = request.getfixturevalue("postgres_tables") if "database" in request.fixturenames else None
    with postgres.fresh_database(postgres_server, template) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return _for_sqlalchemy(url)


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with every table and no row, to copy: creating them takes seventy times as long."""
    file = tmp_path_factory.mktemp("tables") / "balie.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    _create_tables(f"sqlite:///{file}")
    return file


@pytest.fixture
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    if opened.is_sqlite:
        shutil.copy(request.getfixturevalue("sqlite_tables"), str(make_url(database_url).database))
    yield opened
    await opened.close()


def _for_sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _create_tables(url: str) -> None:
    tables.load()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def packaged_catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2026, 9, 15, 8, 0, tzinfo=UTC))


@pytest.fixture
def desk(tmp_path: Path, clock: SettableClock, packaged_catalogue: Catalogue) -> Desk:
    settings = DeskSettings(desk_address="hr@balie.example", public_url="https://desk.balie.example", secret_key=SECRET)
    return Desk(settings=settings, clock=clock, catalogue=packaged_catalogue, storage=FolderStorage(tmp_path / "files"))


@pytest.fixture
def sign_in_rules() -> SignInRules:
    return SignInRules(key=SECRET, idle=timedelta(minutes=20))


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """Return where the trained model of the assistant is kept."""
    return trained_assistant.folder()
