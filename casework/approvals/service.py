"""Asks for approvals one after the other, takes each decision once, and keeps who is asked in step with the chart.

An approval is locked before it is looked at, so that of two decisions at one moment the second finds the first.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import askings, store
from casework.approvals.models import DECIDED, Approval, ApprovalState, Asking
from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import store as cases
from casework.cases.correspondence import say_with_files
from casework.cases.models import Case
from casework.catalogue import form_checker
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.deputies import service as deputies
from casework.desk import Desk
from casework.errors import Conflict, NotFound, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words, storable
from casework.people import store as people
from casework.people.models import THE_DESK, Actor


class AlreadyDecided(Conflict):
    """Somebody decided this approval before, or it is somebody else's by now."""


async def begin(session: AsyncSession, desk: Desk, case: Case, *, is_new: bool = False) -> None:
    """Ask for the approvals that a case wants, once its form is complete but for them.

    A request that changed since it was asked is asked anew: nobody approved what it says now. Asking the same twice
    does nothing. For a case that `is_new` nothing was asked.
    """
    form = desk.catalogue.form(case.form_key) if case.form_key else None
    before = () if is_new else await store.of_case(session, case.id)
    asked = [one for one in before if one.state != ApprovalState.DROPPED]
    if asked and form is not None and (asked[0].form_key, asked[0].fields) == (form.key, case.fields):
        return
    steps = await _steps(session, desk, case, form) if form is not None and not case.is_closed else ()
    if asked:
        await _drop(session, desk, asked)
        _enter(session, desk, case, EventKind.APPROVAL_DROPPED, THE_DESK, Channel.SYSTEM, {})
    if not steps or form is None:
        return
    round_ = before[0].round + 1 if before else 1
    for number, rule in enumerate(steps, start=1):
        session.add(
            Approval(
                case_id=case.id,
                round=round_,
                step=number,
                rule=rule,
                form_key=form.key,
                fields=dict(case.fields),
                state=ApprovalState.WAITING,
            )
        )
    await session.flush()
    await _open_next(session, desk, case)


async def _steps(session: AsyncSession, desk: Desk, case: Case, form: Form) -> Sequence[str]:
    """Return who has to approve a case; nobody while something else is missing, which would be approved unseen."""
    answers = form_checker.as_answers(form, case.fields, "nl")
    files = await attachments.of_case(session, case.id, with_internal=True)
    handed_in = [file.document_key for file in files if file.document_key]
    stands_for = form_checker.approvable_documents(form, answers, handed_in)
    if stands_for is None:
        return ()
    today = local_date(desk.clock.now())
    complete = form_checker.check(form, answers, {*handed_in, *stands_for}, "nl", today).is_complete
    return form_checker.approval_steps(form, answers) if complete else ()


async def _drop(session: AsyncSession, desk: Desk, asked: Sequence[Approval]) -> None:
    for one in asked:
        if one.state not in DECIDED:
            one.state = ApprovalState.DROPPED
            await askings.end_all(session, desk, one.id)


async def _open_next(session: AsyncSession, desk: Desk, case: Case) -> None:
    waiting = [one for one in await store.of_case(session, case.id) if one.state == ApprovalState.WAITING]
    if waiting:
        waiting[0].state = ApprovalState.OPEN
        waiting[0].asked_at = desk.clock.now()
        await _keep_in_step(session, desk, waiting[0], case, first=True)


async def _keep_in_step(
    session: AsyncSession, desk: Desk, approval: Approval, case: Case, *, first: bool = False
) -> None:
    """Ask whom the chart and the deputies of today name, and nobody else."""
    names = await askings.settle(session, desk, approval, case, first=first)
    if names is not None:
        kind = EventKind.APPROVAL_ASKED if first else EventKind.APPROVAL_MOVED
        _enter(session, desk, case, kind, THE_DESK, Channel.SYSTEM, {"step": approval.step, "names": names})


async def reroute(session: AsyncSession, desk: Desk, approval_id: int) -> None:
    """Bring one open approval to whoever has to decide it today: a manager may have changed, a deputy begun.

    On a case that is closed nobody is asked any longer.
    """
    approval = await _locked(session, approval_id)
    case = await cases.by_id(session, approval.case_id)
    if approval.state != ApprovalState.OPEN:
        return
    if case.is_closed:
        await _drop(session, desk, await store.of_case(session, case.id))
    else:
        await _keep_in_step(session, desk, approval, case)


async def granted(session: AsyncSession, form: Form, case: Case) -> tuple[str, ...]:
    """Return the documents that the approvals of a case stand for: none before the last step has approved."""
    asked = await store.of_case(session, case.id)
    given = bool(asked) and all(one.state == ApprovalState.GIVEN for one in asked)
    if form.approval is None or not given or asked[0].form_key != form.key:
        return ()
    return form.approval.satisfies


async def asked_of(session: AsyncSession, desk: Desk, approval_id: int, actor: Actor) -> tuple[Approval, Case, Actor]:
    """Return an open approval that somebody is asked for, its case, and how they act in it: perhaps for another.

    Raises `NotFound` for everybody else, and `AlreadyDecided`.
    """
    approval = await _locked(session, approval_id)
    case = await cases.by_id(session, approval.case_id)
    if approval.state == ApprovalState.OPEN:
        await _keep_in_step(session, desk, approval, case)
    asked = [one for one in await store.askings(session, approval.id) if one.person_id == actor.person_id]
    if not asked and not await store.was_asked(session, approval.id, actor.person_id):
        raise NotFound
    if approval.state != ApprovalState.OPEN or not asked:
        raise AlreadyDecided
    return approval, case, await _as_asked(session, desk, asked, actor)


async def _as_asked(session: AsyncSession, desk: Desk, asked: Sequence[Asking], actor: Actor) -> Actor:
    for_id = None if any(one.for_id is None for one in asked) else asked[0].for_id
    if for_id is None:
        return actor
    return await deputies.acting(session, desk, actor, for_id, (await people.person(session, for_id)).name)


async def decide(
    session: AsyncSession, desk: Desk, approval_id: int, actor: Actor, *, approved: bool, reason: str, channel: Channel
) -> Case:
    """Give or refuse an approval, once; given, the next step is asked, refused, there is none.

    The requester and the handlers are told by a link. Returns the case. Raises `NotFound` for somebody who was never
    asked, `AlreadyDecided`, and `TransitionNotAllowed` on a closed case.
    """
    approval, case, acting = await asked_of(session, desk, approval_id, actor)
    _require_open(case)
    mine = [one for one in await store.askings(session, approval.id) if one.person_id == actor.person_id]
    approval.state = ApprovalState.GIVEN if approved else ApprovalState.REFUSED
    approval.decided_at = desk.clock.now()
    approval.decided_by_id = actor.person_id
    approval.acted_for_id = mine[0].for_id if acting.acts_for else None
    approval.reason = storable(reason.strip())
    await askings.end_all(session, desk, approval.id)
    kind = EventKind.APPROVAL_GIVEN if approved else EventKind.APPROVAL_REFUSED
    _enter(session, desk, case, kind, acting, channel, {"step": approval.step, "comment": approval.reason})
    await session.flush()
    if approved:
        await _open_next(session, desk, case)
    else:
        for later in await store.of_case(session, case.id):
            if later.state == ApprovalState.WAITING:
                later.state = ApprovalState.DROPPED
    await askings.tell_news(session, desk, case, is_message=False, key=f"decided:{approval.id}")
    return case


async def say(
    session: AsyncSession, desk: Desk, approval_id: int, actor: Actor, words: Words, files: Sequence[IncomingFile] = ()
) -> Case:
    """Put the words of an approver who has not decided on the case; the requester and the handlers are told by a link.

    Raises as `decide` does.
    """
    _, case, acting = await asked_of(session, desk, approval_id, actor)
    _require_open(case)
    message, _ = await say_with_files(session, desk, case, MessageKind.MESSAGE, acting, words, files)
    await askings.tell_news(session, desk, case, is_message=True, key=f"said:{message.id}")
    return case


def _require_open(case: Case) -> None:
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, case.status)


async def _locked(session: AsyncSession, approval_id: int) -> Approval:
    query = select(Approval).where(Approval.id == approval_id).with_for_update()
    found = (await session.execute(query, execution_options={"populate_existing": True})).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def _enter(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    kind: EventKind,
    actor: Actor,
    channel: Channel,
    data: dict[str, int | str],
) -> None:
    messages.enter(
        session, case_id=case.id, kind=kind, actor=actor, channel=channel, at=desk.clock.now(), data=dict(data)
    )
