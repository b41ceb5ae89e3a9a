"""When handlers are available for chat: they say so themselves, and not while a deputy stands in for them."""

from collections.abc import Sequence

from bot.handover import store
from bot.handover.models import Duty
from bot.handover.service import HandoverDesk


async def begin(handover: HandoverDesk, handler_id: int, languages: Sequence[str]) -> bool:
    """Make a handler available in these languages, or in their own if none is named; false for one who is away."""
    now = handover.clock.now()
    async with handover.database.transaction() as session:
        facts = await handover.desk.handler(session, handler_id)
        if facts is None or facts.is_away:
            return False
        duty = await store.duty(session, handler_id, lock=True)
        if duty is None:
            duty = Duty(handler_id=handler_id, since_at=now)
            session.add(duty)
        duty.team, duty.languages, duty.seen_at = facts.team, list(languages) or [facts.language], now
    handover.changed.notify()
    return True


async def end(handover: HandoverDesk, handler_id: int) -> None:
    """Give a handler no new conversation; those they hold go on."""
    async with handover.database.transaction() as session:
        duty = await store.duty(session, handler_id, lock=True)
        if duty is not None:
            duty.languages = []  # the row stays: it says whether the handler of a running talk is still there
    handover.changed.notify()
