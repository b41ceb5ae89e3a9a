"""What a requester adds to the form of their own case, once it is open: what is still missing, and nothing else."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import service as approvals
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, require
from casework.catalogue import form_checker
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.desk import Desk
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Actor

TAKES_NO_MORE = frozenset({Status.AWAITING_ACCEPTANCE, Status.CLOSED_COMPLETE})


def form_to_fill(desk: Desk, case: Case) -> Form | None:
    """Return the form that the requester may still add to, if there is one: none once the case has its answer."""
    if case.form_key is None or case.status in TAKES_NO_MORE:
        return None
    return desk.catalogue.form(case.form_key)


async def fill_missing(
    session: AsyncSession, desk: Desk, case: Case, requester: Actor, answers: Mapping[str, str], channel: Channel
) -> None:
    """Keep the requester's answers to fields that are empty; what stands there, and what cannot be used, is left.

    So is all of it where one of the choices is only for who has signed in well enough: the words reach the handler.
    Raises `NotPermitted` or `NotFound` for anybody but the requester.
    """
    require(requester, Action.WRITE, case)
    form = form_to_fill(desk, case)
    if form is None:
        return
    kept = form_checker.as_answers(form, case.fields, requester.language)
    today = local_date(desk.clock.now())
    result = form_checker.check(form, {**answers, **kept}, (), requester.language, today)
    new = {key: value for key, value in result.values.items() if key not in case.fields}
    if not new or form_checker.has_delicate_choice(form, {**answers, **kept}, requester.language):
        return
    case.fields = {**case.fields, **new}
    messages.enter(
        session,
        case_id=case.id,
        kind=EventKind.FILLED,
        actor=requester,
        channel=channel,
        at=desk.clock.now(),
        data={"form": form.key, "fields": dict(case.fields)},
    )
    await approvals.begin(session, desk, case)
