"""Questions about pay and leave: told where the desk can tell, and otherwise asked of a person on the right form."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, words
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import Asker, PayDesk, Refusal, RefusalReason

Slots = dict[str, Any]


class PayAction(Action, ABC):
    """A question of a signed-in person about their own pay or leave."""

    otherwise: str

    def __init__(self, pay: PayDesk) -> None:
        self._pay = pay

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Tell it, or say that it cannot be told here yet and offer the form on which it is asked."""
        asker = session.asker(tracker)
        if asker is None:
            say(dispatcher, tracker, "sign_in")
            return []
        told = await self.told(asker, tracker)
        if not isinstance(told, Refusal):
            dispatcher.utter_message(text=told)
        elif told.reason is RefusalReason.UNAVAILABLE:
            say(dispatcher, tracker, self.otherwise)
        else:
            explain(dispatcher, tracker, told)
        return []

    @abstractmethod
    async def told(self, asker: Asker, tracker: Tracker) -> str | Refusal:
        """Ask the desk."""


class ExplainPayslip(PayAction):
    """Explains the newest payslip."""

    otherwise = "payslip_not_yet"

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_explain_payslip"

    async def told(self, asker: Asker, tracker: Tracker) -> str | Refusal:
        """Tell each line of the newest slip, and where it stands."""
        language = session.language(tracker)
        explained = await self._pay.explain_payslip(asker, language)
        if isinstance(explained, Refusal):
            return explained
        lines = "\n".join(f"- {line}" for line in explained.lines)
        return words.text("payslip", language, {"month": explained.month, "lines": lines, "url": explained.url})


class SimulatePay(PayAction):
    """Works out what somebody would earn."""

    otherwise = "simulation_not_yet"

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_simulate_pay"

    async def told(self, asker: Asker, tracker: Tracker) -> str | Refusal:
        """Tell the net of the month as it is and under each regime, and where the rest stands."""
        language = session.language(tracker)
        simulated = await self._pay.simulate(asker, language)
        if isinstance(simulated, Refusal):
            return simulated
        regimes = "\n".join(f"- {one.label}: {one.net}" for one in simulated.regimes)
        values = {"month": simulated.month, "net": simulated.net, "regimes": regimes, "url": simulated.url}
        return words.text("simulation", language, values)


class LeaveBalance(PayAction):
    """Tells how much leave is left."""

    otherwise = "leave_not_yet"

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_leave_balance"

    async def told(self, asker: Asker, tracker: Tracker) -> str | Refusal:
        """Ask for the number of days."""
        return await self._pay.leave_left(asker, session.language(tracker))


class NoPayYet:
    """Stands for pay where nobody offers it yet."""

    async def explain_payslip(self, _: Asker, __: str) -> Refusal:
        """Answer that it is not available."""
        return Refusal(RefusalReason.UNAVAILABLE)

    async def simulate(self, _: Asker, __: str) -> Refusal:
        """Answer that it is not available."""
        return Refusal(RefusalReason.UNAVAILABLE)

    async def leave_left(self, _: Asker, __: str) -> Refusal:
        """Answer that it is not available."""
        return Refusal(RefusalReason.UNAVAILABLE)
