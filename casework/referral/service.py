"""Sends a requester on to the service that is competent for their question, as an answer that they accept or refuse."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import handling
from casework.cases.models import Case
from casework.catalogue.models import LANGUAGES
from casework.desk import Desk
from casework.errors import InvalidInput
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor


async def refer(
    session: AsyncSession, desk: Desk, case: Case, handler: Actor, service_key: str, comment: str, channel: Channel
) -> None:
    """Answer that another service is competent, and which; nothing of the case leaves the desk.

    Raises `InvalidInput` keyed `service` for one that is not in the directory, and what `handling.write_to_requester`
    raises.
    """
    known = desk.directory
    service = known.services.get(service_key)
    if service is None:
        raise InvalidInput({"service": "unknown"})
    language = (await people.person(session, case.requester_id)).language
    text = "\n\n".join(filter(None, (known.answer_about(service, language), comment.strip())))
    words = Words(text=text, channel=channel)
    await handling.write_to_requester(session, desk, case, handler, words, kind=MessageKind.ANSWER)
    messages.enter(
        session,
        case_id=case.id,
        kind=EventKind.REFERRED,
        actor=handler,
        channel=channel,
        at=desk.clock.now(),
        data={"service": service.key, "names": {one: service.name.in_(one) for one in LANGUAGES}},
    )
