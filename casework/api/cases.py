"""Cases for programs: the same services as the pages, on behalf of the holder of the token."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from casework.api.operations import Call, Reply
from casework.api.showing import show_case, show_entry, show_file
from casework.attachments import service as attachments
from casework.attachments.models import Attachment, IncomingFile
from casework.audit import service as audit
from casework.cases import handling, service, store
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, may, require
from casework.catalogue import form_checker
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.errors import InvalidInput, NotFound, NotPermitted
from casework.messages import store as messages
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.portal.forms import explain_all, may_file, request_on

PAGE = 50
LARGEST_PAGE = 100
LARGEST_ID = 2**31 - 1


def page_of(call: Call) -> tuple[int | None, int]:
    """Return below which id a page begins, and how many rows it has. Raises `InvalidInput`."""
    found = []
    for name, otherwise, most in (("before", None, LARGEST_ID), ("limit", PAGE, LARGEST_PAGE)):
        text = call.query.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
            raise InvalidInput({name: f"a number between 1 and {most} is needed"})
        found.append(int(text) if text else otherwise)
    before, limit = found
    return before, limit or PAGE


async def list_cases(call: Call) -> Reply:
    """List one's own cases, those one handles, those that nobody has, or all; the newest first."""
    whose = call.query.get("of", "mine")
    query = select(Case)
    match whose:
        case "mine":
            query = query.where(Case.requester_id == call.actor.person_id)
        case "handled" if may(call.actor, Action.WORK):
            query = query.where(Case.handler_id == call.actor.person_id)
        case "unassigned" if may(call.actor, Action.WORK):
            query = query.where(Case.handler_id.is_(None), Case.status_value != Status.CLOSED_COMPLETE)
        case "all" if may(call.actor, Action.SEE_EVERY_CASE):
            pass
        case "handled" | "unassigned" | "all":
            raise NotPermitted
        case _:
            raise InvalidInput({"of": "mine, handled, unassigned or all is needed"})
    status = call.query.get("status")
    if status is not None:
        if status not in set(Status):
            raise InvalidInput({"status": f"one of {', '.join(Status)} is needed"})
        query = query.where(Case.status_value == status)
    before, limit = page_of(call)
    if before is not None:
        query = query.where(Case.id < before)
    found = (await call.session.execute(query.order_by(Case.id.desc()).limit(limit + 1))).scalars().all()
    shown = [case for case in found[:limit] if may(call.actor, Action.READ, case)]
    who = await people.names(call.session, _concerned(shown))
    onward = found[limit - 1].id if len(found) > limit else None
    return Reply({"cases": [show_case(case, who) for case in shown], "next_before": onward})


def _concerned(cases: Sequence[Case]) -> set[int]:
    return {person_id for case in cases for person_id in (case.requester_id, case.handler_id) if person_id}


async def readable_case(call: Call) -> Case:
    """Return the case of this address. Raises `NotFound`, also when it is none of the holder's business."""
    case = await store.by_number(call.session, call.path["number"])
    require(call.actor, Action.READ, case)
    return case


async def get_case(call: Call) -> Reply:
    """Show a case with its timeline and files; the reading is written down."""
    case = await readable_case(call)
    now = call.desk.clock.now()
    audit.record(call.session, at=now, action="read", actor=call.actor, channel=Channel.API, case_id=case.id)
    return Reply(await _whole(call, case))


async def _whole(call: Call, case: Case) -> dict[str, Any]:
    sees_notes = may(call.actor, Action.READ_NOTES, case)
    timeline = await messages.timeline(call.session, case.id, with_notes=sees_notes)
    files = await attachments.of_case(call.session, case.id, with_internal=sees_notes)
    readable = [file for file in files if may(call.actor, Action.READ_DOCUMENT, case, sensitivity=file.sensitive)]
    unnamed = {file.sha256 for file in files} - {file.sha256 for file in readable}
    shown = show_case(case, await people.names(call.session, _concerned([case])))
    return shown | {
        "fields": case.fields,
        "timeline": [show_entry(entry) for entry in timeline if entry.data.get("sha256") not in unnamed],
        "attachments": [show_file(file) for file in readable],
        "linked": [
            one.number for one in await store.linked(call.session, case.id) if may(call.actor, Action.READ, one)
        ],
    }


async def open_case(call: Call) -> Reply:
    """Open a case for the holder of the token: as plain words, or on a form, which must be complete."""
    if call.actor.person_id is None:
        raise NotPermitted("a service has no cases of its own: use a token that acts as a person")
    key = call.body.text("form", required=False, longest=60)
    ask = _on_form(call, key) if key else _in_words(call)
    case = await service.open_case(call.session, call.desk, call.actor, ask)
    return Reply(await _whole(call, case), 201, headers={"Location": f"/api/v1/cases/{case.number}"})


def _in_words(call: Call) -> service.Request:
    words = Words(text=call.body.text("text"), channel=Channel.API)
    subject = call.body.text("subject", required=False, longest=service.LONGEST_SUBJECT)
    return service.Request(subject=subject, words=words, files=call.body.files())


def _on_form(call: Call, key: str) -> service.Request:
    form = call.desk.catalogue.form(key)
    if form is None or not may_file(form, call.actor):
        raise InvalidInput({"form": "there is no such form for you"})
    language, answers = call.actor.language, call.body.answers("fields")
    if form_checker.has_delicate_choice(form, answers, language):
        page = call.desk.settings.link(f"/catalogue/forms/{form.key}")
        raise NotPermitted(f"a token alone does not prove enough for this choice: sign in and file it at {page}")
    files = [_in_slot(form, file) for file in call.body.files()]
    result = form_checker.check(
        form,
        answers,
        {file.document_key for file in files if file.document_key},
        language,
        local_date(call.desk.clock.now()),
    )
    if result.problems:
        raise InvalidInput(explain_all(form, result.problems, language))
    return request_on(form, result.values, files, language, Channel.API)


def _in_slot(form: Form | None, file: IncomingFile) -> IncomingFile:
    """Return a file as the document that it was sent as. Raises `InvalidInput` for a document the form has not."""
    if file.document_key is None:
        return file
    document = form.document(file.document_key) if form else None
    if document is None:
        raise InvalidInput({"files": f"there is no document {file.document_key} on this form"})
    return replace(file, sensitive=document.sensitive)


async def write_message(call: Call) -> Reply:
    """Add the requester's words to their case; on a closed case they open a new one."""
    return await _add(call, call.body.text("text"), call.body.files())


async def add_files(call: Call) -> Reply:
    """Add files to one's own case."""
    files = call.body.files()
    if not files:
        raise InvalidInput({"files": "at least one file is needed"})
    return await _add(call, "", files)


async def _add(call: Call, text: str, files: Sequence[IncomingFile]) -> Reply:
    case = await readable_case(call)
    form = call.desk.catalogue.form(case.form_key) if case.form_key else None
    words = Words(text=text, channel=Channel.API)
    placed = [_in_slot(form, file) for file in files]
    held = await service.add_message(call.session, call.desk, case, call.actor, words, files=placed)
    return Reply(await _whole(call, held), 201)


async def claim(call: Call) -> Reply:
    """Make a case the holder's own to handle."""
    case = await readable_case(call)
    if call.actor.person_id is None:
        raise NotPermitted("a service handles no cases: use a token that acts as a person")
    await handling.claim(call.session, call.desk, case, call.actor, Channel.API)
    return Reply(await _whole(call, case))


async def answer(call: Call) -> Reply:
    """Answer the requester, ask them something, or write an internal note."""
    case = await readable_case(call)
    kind = call.body.text("kind", required=False, longest=10) or "answer"
    words, files = Words(text=call.body.text("text"), channel=Channel.API), call.body.files()
    if kind not in {"answer", "question", "note"}:
        raise InvalidInput({"kind": "answer, question or note is needed"})
    if kind == "note":
        await handling.write_note(call.session, call.desk, case, call.actor, words, files=files)
    else:
        if call.actor.person_id is None:
            raise NotPermitted("a service answers nobody: use a token that acts as a person")
        await handling.write_to_requester(
            call.session, call.desk, case, call.actor, words, kind=MessageKind(kind), files=files
        )
    return Reply(await _whole(call, case), 201)


async def decide(call: Call) -> Reply:
    """Accept or refuse the answer on one's own case."""
    case = await readable_case(call)
    comment = call.body.text("comment", required=False, longest=10_000)
    accepted = call.body.boolean("accepted")
    await service.decide(
        call.session, call.desk, case, call.actor, accepted=accepted, comment=comment, channel=Channel.API
    )
    return Reply(await _whole(call, case))


async def get_file(call: Call) -> Reply:
    """Hand out the bytes of a file, and write the reading down."""
    case = await readable_case(call)
    wanted = int(call.path["id"]) if call.path["id"].isascii() and call.path["id"].isdigit() else 0
    query = select(Attachment).where(Attachment.id == min(wanted, LARGEST_ID), Attachment.case_id == case.id)
    file = (await call.session.execute(query)).scalar_one_or_none()
    if file is None or (file.internal and not may(call.actor, Action.READ_NOTES, case)):
        raise NotFound
    require(call.actor, Action.READ_DOCUMENT, case, sensitivity=file.sensitive)
    if file.quarantined is not None:
        raise NotPermitted("this file is in quarantine: it may be harmful")
    audit.record(
        call.session,
        at=call.desk.clock.now(),
        action="read_file",
        actor=call.actor,
        channel=Channel.API,
        case_id=case.id,
        details={"filename": file.filename, "sha256": file.sha256},
    )
    headers = {
        "Content-Type": file.content_type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
    }
    return Reply({}, file=await call.desk.storage.get(file.sha256), headers=headers)
