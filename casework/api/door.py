"""The door of the interface: who knocks, how often, what for; then one transaction, and an answer that is kept.

It stands before the checks of the pages: no cookie is looked at here, so nothing can be forged by a browser.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.api import tokens
from casework.api.bodies import read_body
from casework.api.models import KeptReply
from casework.api.openapi import describe
from casework.api.operations import PREFIX, Call, Operation, Reply
from casework.api.problems import ScopeNeeded, TokenNeeded, problem_of
from casework.api.routes import OPERATIONS
from casework.api.tokens import Holder
from casework.errors import InvalidInput
from casework.portal.shell.keys import Shell, shell
from casework.portal.shell.section import Section
from casework.portal.shell.throttle import Throttle

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = "Idempotency-Key"
LONGEST_KEY = 200
KEPT_FOR = timedelta(hours=24)
REQUESTS = 300
FAILURES = 30
WINDOW = timedelta(minutes=1)


class Door:
    """Lets programs in; it counts requests in memory, for this process."""

    def __init__(self) -> None:
        self._requests = Throttle(REQUESTS, WINDOW)
        self._failures = Throttle(FAILURES, WINDOW)

    async def admit(self, request: web.Request, operation: Operation) -> Holder:
        """Return whose token a request carries. Raises `TokenNeeded`, `ScopeNeeded` or 429."""
        home = shell(request)
        now = home.desk.clock.now()
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        async with home.database.reading() as session:
            usable = kind.lower() == "bearer" and token.isascii()
            holder = await tokens.find(session, token.strip(), now) if usable else None
        if holder is None:
            peer = request.remote or ""
            self._failures.check(peer, now)
            self._failures.count(peer, now)
            raise TokenNeeded
        self._requests.check(str(holder.token_id), now)
        self._requests.count(str(holder.token_id), now)
        if operation.scope is not None and operation.scope not in holder.scopes:
            raise ScopeNeeded(f"this token lacks the scope {operation.scope}")
        return holder


DOOR = web.AppKey("door", Door)


@web.middleware
async def answer_programs(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what comes for the interface as JSON whatever happens; all else goes on to the pages."""
    if not request.path.startswith(PREFIX.rpartition("/")[0] + "/"):
        return await handler(request)
    try:
        return await request.match_info.handler(request)
    except Exception as error:  # noqa: BLE001 -- the outermost place of a request; what is unforeseen is logged there
        return problem_of(request, error)


def _serve(operation: Operation) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        holder = await request.app[DOOR].admit(request, operation)
        reply = await _carry_out(request, operation, holder)
        if reply.file is not None:
            return web.Response(body=reply.file, headers=reply.headers)
        text = json.dumps(reply.content, ensure_ascii=False)
        return web.Response(text=text, status=reply.status, content_type="application/json", headers=reply.headers)

    return serve


async def _carry_out(request: web.Request, operation: Operation, holder: Holder) -> Reply:
    home = shell(request)
    raw = await request.read() if operation.method != "GET" else b""
    key = request.headers.get(KEY, "") if operation.method == "POST" else ""
    if len(key) > LONGEST_KEY:
        raise InvalidInput({KEY: f"at most {LONGEST_KEY} characters are possible"})
    if not operation.writes:
        async with home.database.reading() as session:
            return await operation.work(_call(request, home, session, holder, raw))
    for last_try in (False, True):
        try:
            async with home.database.transaction() as session:
                await tokens.touch(session, holder.token_id, home.desk.clock.now())
                call = _call(request, home, session, holder, raw)
                return await _once(call, operation, holder, key, raw) if key else await operation.work(call)
        except IntegrityError:
            # The same request came twice at one moment: the other one has been answered by now.
            if last_try or not key:
                raise
    raise AssertionError("the second try returns or raises")


def _call(request: web.Request, home: Shell, session: AsyncSession, holder: Holder, raw: bytes) -> Call:
    return Call(session, home.desk, holder.actor, request.match_info, request.query, read_body(raw))


async def _once(call: Call, operation: Operation, holder: Holder, key: str, raw: bytes) -> Reply:
    """Do what is asked, or answer what was answered when the same request came before."""
    now = call.desk.clock.now()
    told = json.dumps([operation.name, dict(call.path)]).encode() + raw
    request_hash = hashlib.sha256(told).hexdigest()
    await _forget_old(call.session, holder.token_id, now)
    query = select(KeptReply).where(KeptReply.token_id == holder.token_id, KeptReply.key == key)
    kept = (await call.session.execute(query)).scalar_one_or_none()
    if kept is not None:
        if kept.request_hash != request_hash:
            raise InvalidInput({KEY: "this key was used for another request"})
        return Reply(kept.content, kept.status, headers={"Idempotent-Replayed": "true"})
    place = KeptReply(
        token_id=holder.token_id, key=key, request_hash=request_hash, status=0, content={}, kept_at=now
    )  # fmt: skip
    call.session.add(place)
    await call.session.flush()  # whoever sends the same request meanwhile waits here for our commit
    reply = await operation.work(call)
    place.status, place.content = reply.status, dict(reply.content)
    return reply


async def _forget_old(session: AsyncSession, token_id: int, now: datetime) -> None:
    old = delete(KeptReply).where(KeptReply.token_id == token_id, KeptReply.kept_at < now - KEPT_FOR)
    await session.execute(old)


async def _describe(request: web.Request) -> web.StreamResponse:
    """Hand out the OpenAPI document: it says nothing about anybody, so it needs no token."""
    return web.json_response(describe(OPERATIONS, shell(request).desk.settings.link("/").rstrip("/")))


SECTION = Section(
    domain="api",
    routes=(
        web.get(PREFIX + "/openapi.json", _describe),
        *(operation.route(_serve(operation)) for operation in OPERATIONS),
    ),
)
