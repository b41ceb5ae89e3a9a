"""Every operation of the interface, asked by every kind of holder with every scope: who may is decided in one table."""

import base64
from datetime import timedelta

import pytest
from portal_site import Site

from casework.api import tokens
from casework.api.models import Scope
from casework.api.operations import PREFIX, Operation
from casework.api.routes import OPERATIONS
from casework.people import store as people
from casework.people.models import THE_DESK

FILE = {"filename": "a.txt", "content": base64.b64encode(b"a").decode()}
BODIES = {
    "openCase": {"text": "A question"},
    "writeMessage": {"text": "More"},
    "addFiles": {"files": [FILE]},
    "decide": {"accepted": True},
    "claim": {},
    "answer": {"text": "An answer"},
}
# Who asks about the case of An, which waits for her decision and is handled by Hanne, and what comes back.
# The holders: An, Luc who has nothing to do with it, Hanne who handles it, Omar another handler, Ada an admin.
HOLDERS = ("an", "luc", "hanne", "omar", "ada")
ALLOWED = {
    "whoAmI": (200, 200, 200, 200, 200),
    "listCases": (200, 200, 200, 200, 200),
    "openCase": (201, 201, 201, 201, 201),
    "getCase": (200, 404, 200, 200, 200),
    "writeMessage": (201, 404, 403, 403, 403),
    "addFiles": (201, 404, 403, 403, 403),
    "getFile": (200, 404, 200, 200, 200),
    "decide": (200, 404, 403, 403, 403),
    "claim": (403, 404, 200, 409, 403),
    "answer": (403, 404, 201, 201, 403),
    "listForms": (200, 200, 200, 200, 200),
    "getForm": (200, 200, 200, 200, 200),
    "findPeople": (403, 403, 403, 403, 200),
}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


async def token_of(site: Site, name: str, *scopes: Scope) -> str:
    actor = getattr(site.cast, name)
    async with site.database.transaction() as session:
        person = await people.person(session, actor.person_id)
        now, life = site.desk.clock.now(), timedelta(days=30)
        return await tokens.make(
            session, name="t", person=person, roles=(), scopes=scopes, life=life, maker=THE_DESK, channel="system",
            now=now,
        )  # fmt: skip


async def ask(site: Site, operation: Operation, number: str, file_id: int, token: str) -> int:
    path = PREFIX + operation.path.format(number=number, id=file_id, key="household")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = BODIES[operation.name] if operation.method == "POST" else None
    answer = await site.client.request(operation.method, path, json=body, headers=headers)
    return answer.status


async def prepare(site: Site) -> tuple[str, int]:
    """Open the case of An with a file and an answer; return its number and the id of the file."""
    case = await site.answered_case(site.cast.an)
    token = await token_of(site, "an", Scope.CASES_WRITE)
    answer = await site.client.post(
        f"{PREFIX}/cases/{case.number}/attachments",
        json={"files": [FILE]},
        headers={"Authorization": f"Bearer {token}"},
    )
    return case.number, (await answer.json())["attachments"][0]["id"]


def test_the_table_names_every_operation():
    assert set(ALLOWED) == {operation.name for operation in OPERATIONS}
    assert set(BODIES) == {operation.name for operation in OPERATIONS if operation.method == "POST"}


@pytest.mark.parametrize("holder", HOLDERS)
async def test_each_holder_may_what_the_pages_let_them_do(site, holder):
    for operation in OPERATIONS:
        number, file_id = await prepare(site)
        token = await token_of(site, holder, *Scope)
        wanted = ALLOWED[operation.name][HOLDERS.index(holder)]
        assert await ask(site, operation, number, file_id, token) == wanted, operation.name


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_scope_opens_its_own_operations_and_no_other(site, scope):
    number, file_id = await prepare(site)
    token = await token_of(site, "ada", scope)
    for operation in OPERATIONS:
        status = await ask(site, operation, number, file_id, token)
        if operation.scope in {None, scope}:
            assert status == ALLOWED[operation.name][HOLDERS.index("ada")], operation.name
        else:
            assert status == 403, operation.name


async def test_without_a_token_nothing_is_answered(site):
    number, file_id = await prepare(site)
    for operation in OPERATIONS:
        assert await ask(site, operation, number, file_id, "") == 401, operation.name
