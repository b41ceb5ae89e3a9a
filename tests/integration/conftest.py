"""What tests of several parts share: a portal with its people, a mailroom with those who write to it, a cast."""

from collections.abc import AsyncIterator
from pathlib import Path

import factories
import pytest
from factories import Cast
from mail_story import SECRET, Story
from mailroom import Bench, mail_settings
from portal_site import Site, open_site

from casework.db import Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules


@pytest.fixture
async def site(database: Database, desk: Desk, sign_in_rules: SignInRules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules) as opened:
        yield opened


@pytest.fixture
def bench(database: Database, desk: Desk, tmp_path: Path) -> Bench:
    return Bench(database, desk, mail_settings(tmp_path, SECRET))


@pytest.fixture
async def story(bench: Bench) -> Story:
    async with bench.database.transaction() as session:
        await factories.bring_people(session)
    return Story(bench)


@pytest.fixture
async def cast(database: Database) -> Cast:
    async with database.transaction() as session:
        return await factories.make_cast(session)
