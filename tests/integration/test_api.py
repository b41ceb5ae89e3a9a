"""The REST interface: what programs can do with a token, and how they are answered."""

import asyncio
import base64
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from portal_site import Site
from sqlalchemy import func, select

from casework.api import tokens
from casework.api.door import REQUESTS
from casework.api.models import ApiToken, Scope
from casework.api.operations import PREFIX
from casework.api.routes import OPERATIONS
from casework.api.schemas import SCHEMAS
from casework.attachments.models import IncomingFile
from casework.cases import service
from casework.cases.models import Case
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import THE_DESK, Actor, Role


@dataclass
class Program:
    """A program with a token."""

    site: Site
    token: str

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        status, _, content = await self.ask_whole(method, path, body, **headers)
        return status, content

    async def ask_whole(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = await self.site.client.request(method, PREFIX + path, data=data, headers=sent)
        raw = await answer.read()
        is_json = "json" in answer.headers["Content-Type"]
        return answer.status, answer.headers, json.loads(raw) if is_json else raw


async def program_of(
    site: Site, who: Actor | None, *scopes: Scope, roles: tuple[Role, ...] = (), days: int = 30
) -> Program:
    async with site.database.transaction() as session:
        token = await tokens.make(
            session,
            name="Dossier system",
            person=await people.person(session, who.person_id) if who else None,
            roles=roles,
            scopes=scopes or tuple(Scope),
            life=timedelta(days=days),
            maker=THE_DESK,
            channel="system",
            now=site.desk.clock.now(),
        )
    return Program(site, token)


async def test_a_case_goes_from_filing_to_acceptance_through_the_interface(site):
    an, hanne = await program_of(site, site.cast.an), await program_of(site, site.cast.hanne)

    status, headers, opened = await an.ask_whole("POST", "/cases", {"subject": "Leave", "text": "How many days?"})
    assert (status, headers["Location"]) == (201, "/api/v1/cases/HRB0000001")
    assert (opened["number"], opened["status"], opened["channel"]) == ("HRB0000001", "open", "api")
    where = "/cases/HRB0000001"
    assert (await hanne.ask("POST", where + "/claim"))[1]["handler"] == "Hanne Claes"
    assert (await hanne.ask("POST", where + "/answer", {"text": "Only for us.", "kind": "note"}))[0] == 201
    assert (await hanne.ask("POST", where + "/answer", {"text": "Since when?", "kind": "question"}))[0] == 201
    assert (await an.ask("POST", where + "/messages", {"text": "Since May."}))[1]["status"] == "work_in_progress"
    assert (await hanne.ask("POST", where + "/answer", {"text": "Ten."}))[1]["status"] == "awaiting_acceptance"
    status, closed = await an.ask("POST", where + "/decision", {"accepted": True, "comment": "Thanks"})
    assert (status, closed["status"]) == (200, "closed_complete")
    said = [entry["text"] for entry in closed["timeline"] if entry["text"]]
    assert said == ["How many days?", "Since when?", "Since May.", "Ten."]
    assert [entry["text"] for entry in (await hanne.ask("GET", where))[1]["timeline"] if entry["kind"] == "note"] == [
        "Only for us."
    ]


async def test_a_form_is_checked_as_on_the_web_and_its_documents_take_their_places(site):
    an = await program_of(site, site.cast.an)
    status, refused = await an.ask(
        "POST", "/cases", {"form": "work_regime_reduction", "fields": {"regime": "early_return"}}
    )
    assert (status, refused["title"]) == (
        422,
        "Unprocessable Content" if "Content" in refused["title"] else "Unprocessable Entity",
    )
    assert "start_on" in refused["errors"] or len(refused["errors"]) >= 2
    assert (await an.ask("POST", "/cases", {"form": "nothing"}))[1]["errors"] == {
        "form": "there is no such form for you"
    }
    form = (await an.ask("GET", "/catalogue/work_regime_reduction?language=en"))[1]
    assert {field["key"] for field in form["fields"]} >= {"regime"}
    wrong = [{"filename": "a.txt", "content": base64.b64encode(b"x").decode(), "document": "no_such"}]
    status, refused = await an.ask("POST", "/cases", {"form": "household", "files": wrong})
    assert (status, list(refused["errors"])) == (422, ["files"])


async def test_a_token_alone_chooses_no_other_bank_account(site):
    an = await program_of(site, site.cast.an)
    fields = {"data_kind": "bank_account", "effective": "2026-12-01", "change": "BE68 5390 0754 7034"}
    status, refused = await an.ask("POST", "/cases", {"form": "person_function_data", "fields": fields})
    page = "https://desk.balie.example/catalogue/forms/person_function_data"
    assert status == 403
    assert refused["detail"] == f"a token alone does not prove enough for this choice: sign in and file it at {page}"
    assert (await an.ask("GET", "/cases"))[1]["cases"] == []
    status, opened = await an.ask(
        "POST", "/cases", {"form": "person_function_data", "fields": {**fields, "data_kind": "function"}}
    )
    assert (status, opened["form"]) == (201, "person_function_data")


async def test_health_papers_come_out_for_their_owner_and_handlers_alone(site):
    an = await program_of(site, site.cast.an)
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        file = IncomingFile("a.txt", "text/plain", b"ill", sensitive="health")
        await service.add_message(session, site.desk, case, site.cast.an, Words("", Channel.WEB), files=[file])
    (kept,) = (await an.ask("GET", f"/cases/{case.number}"))[1]["attachments"]
    place = f"/cases/{case.number}/attachments/{kept['id']}"
    assert (await an.ask("GET", place))[0] == 200
    assert (await (await program_of(site, site.cast.hanne)).ask("GET", place))[0] == 200
    ada = await program_of(site, site.cast.ada)
    assert (await ada.ask("GET", place))[0] == 404
    seen = (await ada.ask("GET", f"/cases/{case.number}"))[1]
    assert seen["attachments"] == []
    assert kept["sha256"] not in json.dumps(seen)
    assert "a.txt" not in json.dumps(seen)


async def test_files_come_and_go_as_they_were_and_only_to_those_who_may(site):
    an, luc = await program_of(site, site.cast.an), await program_of(site, site.cast.luc)
    await an.ask("POST", "/cases", {"text": "See the file."})
    file = {"filename": "../proof é.txt", "content_type": "text/plain", "content": base64.b64encode(b"proof").decode()}
    status, case = await an.ask("POST", "/cases/HRB0000001/attachments", {"files": [file]})
    assert (status, case["attachments"][0]["filename"], case["attachments"][0]["size"]) == (201, "proof é.txt", 5)
    place = f"/cases/HRB0000001/attachments/{case['attachments'][0]['id']}"
    status, headers, content = await an.ask_whole("GET", place)
    assert (status, content) == (200, b"proof")
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''proof%20%C3%A9.txt"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await luc.ask("GET", place))[0] == 404
    assert (await an.ask("GET", "/cases/HRB0000001/attachments/99"))[0] == 404
    assert (await an.ask("GET", "/cases/HRB0000001/attachments/" + "9" * 30))[0] == 404
    assert (await an.ask("GET", "/cases/HRB0000001/attachments/x"))[0] == 404


async def test_lists_come_in_pages_that_do_not_shift(site):
    an = await program_of(site, site.cast.an)
    for number in range(5):
        await an.ask("POST", "/cases", {"text": f"Question {number}"})
    seen, path = [], "/cases?limit=2"
    while path:
        status, page = await an.ask("GET", path)
        assert status == 200
        seen += [case["number"] for case in page["cases"]]
        await site.case_of(site.cast.an)
        path = f"/cases?limit=2&before={page['next_before']}" if page["next_before"] else ""
    assert seen == [f"HRB000000{number}" for number in (5, 4, 3, 2, 1)]
    assert (await an.ask("GET", "/cases?limit=0"))[0] == 422
    assert (await an.ask("GET", "/cases?before=x"))[1]["errors"] == {
        "before": "a number between 1 and 2147483647 is needed"
    }
    assert (await an.ask("GET", "/cases?status=lost"))[0] == 422
    assert (await an.ask("GET", "/cases?of=everybody"))[0] == 422
    assert len((await an.ask("GET", "/cases?status=open&limit=100"))[1]["cases"]) == 8
    hanne = await program_of(site, site.cast.hanne)
    assert len((await hanne.ask("GET", "/cases?of=unassigned"))[1]["cases"]) == 8
    assert (await hanne.ask("GET", "/cases?of=handled"))[1]["cases"] == []


async def test_the_same_request_twice_is_done_once_and_answered_alike(site):
    an = await program_of(site, site.cast.an)
    first = await an.ask("POST", "/cases", {"text": "Once"}, Idempotency_Key="k-1")
    status, headers, again = await an.ask_whole("POST", "/cases", {"text": "Once"}, Idempotency_Key="k-1")
    assert (first[0], first[1]) == (status, again)
    assert headers["Idempotent-Replayed"] == "true"
    status, refused = await an.ask("POST", "/cases", {"text": "Another"}, Idempotency_Key="k-1")
    assert (status, list(refused["errors"])) == (422, ["Idempotency-Key"])
    assert (await an.ask("POST", "/cases", {"text": "x"}, Idempotency_Key="k" * 201))[0] == 422
    assert (await an.ask("POST", "/cases", {"text": ""}, Idempotency_Key="k-2"))[0] == 422
    assert (await an.ask("POST", "/cases", {"text": "now"}, Idempotency_Key="k-2"))[0] == 201
    site.desk.clock.advance(timedelta(hours=25))
    assert (await an.ask("POST", "/cases", {"text": "A day later"}, Idempotency_Key="k-1"))[0] == 201


async def test_the_same_request_at_one_moment_is_done_once(site):
    an = await program_of(site, site.cast.an)
    answers = await asyncio.gather(
        *(an.ask("POST", "/cases", {"text": "Once"}, Idempotency_Key="k-1") for _ in range(6))
    )
    assert [status for status, _ in answers] == [201] * 6
    assert {content["number"] for _, content in answers} == {"HRB0000001"}
    async with site.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(Case))).scalar_one() == 1


async def test_a_token_that_is_unknown_expired_revoked_or_of_somebody_who_left_opens_nothing(site):
    luc = await program_of(site, site.cast.luc, days=1)
    assert (await luc.ask("GET", "/me"))[1]["name"] == "Luc Martin"
    for wrong in ("", "balie_nothing", luc.token[:-1], "é"):
        status, headers, problem = await Program(site, wrong).ask_whole("GET", "/me")
        assert (status, problem["status"], headers["WWW-Authenticate"]) == (401, 401, "Bearer")
        assert headers["Content-Type"] == "application/problem+json; charset=utf-8"
    basic = Program(site, "")
    assert (await basic.ask("GET", "/me", Authorization=f"Basic {luc.token}"))[0] == 401
    site.desk.clock.advance(timedelta(days=1))
    assert (await luc.ask("GET", "/me"))[0] == 401

    an = await program_of(site, site.cast.an)
    async with site.database.transaction() as session:
        held = (
            await session.execute(select(ApiToken).where(ApiToken.person_id == site.cast.an.person_id))
        ).scalar_one()
        await tokens.revoke(session, held.id, by=THE_DESK, channel="system", now=site.desk.clock.now())
    assert (await an.ask("GET", "/me"))[0] == 401
    hanne = await program_of(site, site.cast.hanne)
    async with site.database.transaction() as session:
        (await people.person(session, site.cast.hanne.person_id)).active = False
    assert (await hanne.ask("GET", "/me"))[0] == 401


async def test_a_token_is_kept_as_a_hash_and_a_cookie_opens_nothing(site):
    an = await program_of(site, site.cast.an)
    async with site.database.reading() as session:
        kept = (await session.execute(select(ApiToken))).scalar_one()
    assert an.token.startswith("balie_")
    assert len(an.token) >= 49
    assert an.token not in str(vars(kept))
    browser = await site.browser_of(site.cast.ada)
    assert (await browser.get("/api/v1/me")).status == 401
    answer = await an.ask_whole("GET", "/me")
    assert "Set-Cookie" not in answer[1]


async def test_a_service_has_the_roles_it_was_given_and_no_cases_of_its_own(site):
    case = await site.case_of(site.cast.an)
    service = await program_of(site, None, roles=(Role.HANDLER,))
    assert (await service.ask("GET", "/me"))[1] == {"name": "Dossier system", "roles": ["handler"], "language": "en"}
    assert (await service.ask("GET", f"/cases/{case.number}"))[0] == 200
    assert (await service.ask("POST", "/cases", {"text": "mine"}))[0] == 403
    assert (await service.ask("POST", f"/cases/{case.number}/claim"))[0] == 403
    assert (await service.ask("POST", f"/cases/{case.number}/answer", {"text": "hello"}))[0] == 403
    assert (await service.ask("POST", f"/cases/{case.number}/answer", {"text": "seen", "kind": "note"}))[0] == 201
    assert (await service.ask("POST", f"/cases/{case.number}/messages", {"text": "as An"}))[0] == 403
    assert (await service.ask("GET", "/cases?of=mine"))[1]["cases"] == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"\xff", b'"text"', b"[" * 100_000, {"text": 7}, {"text": " "}, {"text": "x", "files": {}},
     {"text": "x", "files": [{"filename": "a", "content": "%%%"}]}, {"text": "x", "files": [1]},
     {"text": "x", "files": [{"content": ""}]}, {"text": "x" * 100_001}],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_with_the_place_and_changes_nothing(site, body):
    an = await program_of(site, site.cast.an)
    status, problem = await an.ask("POST", "/cases", body)
    assert status == 422
    assert len(problem["errors"]) == 1
    async with site.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(Case))).scalar_one() == 0


async def test_what_is_not_there_or_not_possible_is_a_problem_document(site):
    an = await program_of(site, site.cast.an)
    for method, path, wanted in (
        ("GET", "/nowhere", 404), ("DELETE", "/cases", 405), ("GET", "/cases/HRB0009999", 404),
        ("POST", "/cases/HRB0009999/messages", 422), ("GET", "/catalogue/nothing", 404),
    ):  # fmt: skip
        status, headers, problem = await an.ask_whole(method, path)
        assert (status, problem["status"]) == (wanted, wanted), path
        assert headers["Content-Type"].startswith("application/problem+json"), path
    case = await site.case_of(site.cast.an)
    status, problem = await an.ask("POST", f"/cases/{case.number}/decision", {"accepted": True})
    assert (status, problem["title"]) == (409, "Conflict")
    assert (await an.ask("POST", f"/cases/{case.number}/decision", {"accepted": "yes"}))[0] == 422


async def test_who_asks_too_often_has_to_wait(site):
    an, luc = await program_of(site, site.cast.an), await program_of(site, site.cast.luc)
    statuses = [(await an.ask("GET", "/me"))[0] for _ in range(REQUESTS + 1)]
    assert statuses == [200] * REQUESTS + [429]
    _, headers, problem = await an.ask_whole("GET", "/me")
    assert (headers["Retry-After"], problem["status"]) == ("60", 429)
    assert (await luc.ask("GET", "/me"))[0] == 200
    site.desk.clock.advance(timedelta(seconds=61))
    assert (await an.ask("GET", "/me"))[0] == 200


async def test_guessing_tokens_is_slowed_down_and_disturbs_no_other(site):
    an = await program_of(site, site.cast.an)
    guesses = [(await Program(site, f"balie_{number}").ask("GET", "/me"))[0] for number in range(32)]
    assert guesses == [401] * 30 + [429] * 2
    assert (await an.ask("GET", "/me"))[0] == 200


async def test_people_are_looked_up_by_admins_without_their_numbers(site):
    ada, hanne = await program_of(site, site.cast.ada), await program_of(site, site.cast.hanne)
    assert (await hanne.ask("GET", "/people?q=an"))[0] == 403
    status, found = await ada.ask("GET", "/people?q=PEETERS")
    assert (status, found["people"]) == (
        200,
        [
            {
                "employee_number": "E100", "name": "An Peeters", "language": "nl",
                "address": "an.peeters@health.example", "organisation": "FOD Gezondheid", "active": True,
            }
        ],
    )  # fmt: skip


async def test_the_document_describes_every_route_and_no_other(site):
    answer = await site.client.get("/api/v1/openapi.json")
    document = await answer.json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    served = {
        (route.method, route.resource.canonical)
        for route in site.client.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    assert served - {("GET", "/api/v1/openapi.json")} == described
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "https://desk.balie.example"}]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named == set(SCHEMAS)
    operations = [entry for methods in document["paths"].values() for entry in methods.values()]
    assert len({entry["operationId"] for entry in operations}) == len(OPERATIONS)
    for entry in operations:
        assert "application/problem+json" in entry["responses"]["401"]["content"]


async def test_what_is_answered_has_the_shape_that_is_described(site):
    an, ada = await program_of(site, site.cast.an), await program_of(site, site.cast.ada)
    file = {"filename": "a.txt", "content": base64.b64encode(b"a").decode()}
    await an.ask("POST", "/cases", {"text": "Hello", "files": [file]})
    for program, path, name in (
        (an, "/me", "Me"), (an, "/cases", "Cases"), (an, "/cases/HRB0000001", "Case"), (an, "/catalogue", "Forms"),
        (an, "/catalogue/household", "Form"), (ada, "/people", "People"), (an, "/cases/HRB0000009", "Problem"),
    ):  # fmt: skip
        fits((await program.ask("GET", path))[1], {"$ref": f"#/components/schemas/{name}"}, path)


KINDS = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def fits(value: Any, schema: dict[str, Any], place: str) -> None:
    """Compare a value with a schema, as far as ours go; every property must be described."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    assert not kinds or type(value) in {KINDS[kind] for kind in kinds}, f"{place}: {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), place
        for name, each in value.items():
            fits(each, schema["properties"][name], f"{place}.{name}")
    if isinstance(value, list):
        for each in value:
            fits(each, schema["items"], f"{place}[]")
