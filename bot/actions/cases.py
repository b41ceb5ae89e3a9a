"""Talk about cases that exist: where they stand, what they wait for, what to add, yes or no to a solution."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session
from bot.actions.free_text import SignedInForm, written_text
from bot.actions.refusals import explain
from bot.ports import CaseDesk, CaseSummary, Refusal

Slots = dict[str, Any]

CLOSED = "closed_complete"
AWAITING_ACCEPTANCE = "awaiting_acceptance"
SHOWN = 6


class CaseAction(Action):  # type: ignore[misc]
    """An action about a signed-in person's own cases."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Say how to sign in, or go on for the person who is."""
        person = session.person_id(tracker)
        if person is None:
            dispatcher.utter_message(response="utter_sign_in")
            return []
        return await self.run_for(person, dispatcher, tracker)

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Do the work for this person."""
        raise TypeError(f"{type(self).__name__} does not say what to do.")


class CaseStatus(CaseAction):
    """Says where one case stands, or all of them."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_case_status"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Answer for the case that was mentioned, else list the newest, open ones first."""
        cases = await self._desk.cases_of(person, session.language(tracker))
        number = session.mentioned_case(tracker)
        if number:
            _tell_status(dispatcher, cases, number)
        elif not cases:
            dispatcher.utter_message(response="utter_no_cases")
        elif len(cases) == 1:
            _tell_status(dispatcher, cases, cases[0].number)
        else:
            shown = sorted(cases, key=lambda case: case.status == CLOSED)[:SHOWN]
            dispatcher.utter_message(response="utter_case_list", cases=_lines(shown), count=len(cases))
        return []


class MissingInformation(CaseAction):
    """Says what a case still waits for."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_missing_information"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Answer for the case that is meant, else for each case that waits for the person."""
        language = session.language(tracker)
        number = session.mentioned_case(tracker) or tracker.get_slot("case_number")
        waiting = [number] if number else await self._waiting(person, language)
        if not waiting:
            dispatcher.utter_message(response="utter_nothing_waits")
        for one in waiting:
            missing = await self._desk.missing(person, one, language)
            if isinstance(missing, Refusal):
                explain(dispatcher, missing, one)
            elif missing:
                items = "\n".join(f"• {item}" for item in missing)
                dispatcher.utter_message(response="utter_missing", number=one, items=items)
            else:
                dispatcher.utter_message(response="utter_nothing_missing", number=one)
        return []

    async def _waiting(self, person: str, language: str) -> list[str]:
        cases = await self._desk.cases_of(person, language)
        return [case.number for case in cases if case.waiting_for_me][:SHOWN]


class AddMessage(CaseAction):
    """Puts a message on a case."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_add_message"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Hand the message over; what the desk refuses stays in the draft."""
        number = str(tracker.get_slot("case_number"))
        refusal = await self._desk.add_message(person, number, str(tracker.get_slot("message_text")))
        if refusal:
            explain(dispatcher, refusal, number)
            return []
        dispatcher.utter_message(response="utter_message_added", number=number)
        return [SlotSet("message_text", None)]


class AcceptSolution(CaseAction):
    """Accepts the solution that was proposed."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_accept_solution"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Accept for the case that is meant; ask which when more than one could be."""
        proposed = await proposals(self._desk, person, tracker)
        number = session.mentioned_case(tracker) or _only(proposed)
        if number is None:
            ask_which(dispatcher, proposed, "accept_solution")
            return []
        refusal = await self._desk.decide(person, number, accepted=True, comment="")
        if refusal:
            explain(dispatcher, refusal, number)
        else:
            dispatcher.utter_message(response="utter_solution_accepted", number=number)
        return []


class RefuseSolution(CaseAction):
    """Refuses the solution that was proposed, with the reason."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_refuse_solution"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Hand the refusal and its reason over."""
        number = str(tracker.get_slot("case_number"))
        reason = str(tracker.get_slot("refusal_reason"))
        refusal = await self._desk.decide(person, number, accepted=False, comment=reason)
        if refusal:
            explain(dispatcher, refusal, number)
        else:
            dispatcher.utter_message(response="utter_solution_refused", number=number)
        return [SlotSet("refusal_reason", None)]


class AskWhichCase(CaseAction):
    """Asks which case is meant, with a button for each that could be."""

    def __init__(self, desk: CaseDesk, form: str, *, only_proposed: bool) -> None:
        super().__init__(desk)
        self._form = form
        self._only_proposed = only_proposed

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{self._form}_case_number"

    async def run_for(
        self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        """Show the cases that are open, or those with a proposed solution."""
        cases = await self._desk.cases_of(person, session.language(tracker))
        if self._only_proposed:
            shown = [case for case in cases if case.status == AWAITING_ACCEPTANCE]
        else:
            shown = [case for case in cases if case.status != CLOSED]
        ask_which(dispatcher, shown, "inform_case")
        return []


class CheckMessage(SignedInForm):
    """Judges the answers of the message form."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_message_form"

    def validate_case_number(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take the number as it was recognised; whose case it is, the desk knows."""
        return {"case_number": value}

    def validate_message_text(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> Slots:
        """Ask again for a message of a few characters."""
        return {"message_text": written_text(value, dispatcher, tracker)}


class CheckRefusal(SignedInForm):
    """Judges the answers of the form that refuses a solution."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_refuse_form"

    def validate_case_number(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take the number as it was recognised; whose case it is, the desk knows."""
        return {"case_number": value}

    def validate_refusal_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots
    ) -> Slots:
        """Ask again for a reason of a few characters."""
        return {"refusal_reason": written_text(value, dispatcher, tracker)}


async def proposals(desk: CaseDesk, person: str, tracker: Tracker) -> list[CaseSummary]:
    """List the person's cases with a proposed solution."""
    cases = await desk.cases_of(person, session.language(tracker))
    return [case for case in cases if case.status == AWAITING_ACCEPTANCE]


def ask_which(dispatcher: CollectingDispatcher, cases: Sequence[CaseSummary], intent: str) -> None:
    """Offer a button for each case; without any, say that the number is needed."""
    if not cases:
        dispatcher.utter_message(response="utter_which_case_number")
        return
    buttons = [
        {"title": f"{case.number} {case.subject}", "payload": f'/{intent}{{"case_number": "{case.number}"}}'}
        for case in cases[:SHOWN]
    ]
    dispatcher.utter_message(response="utter_which_case", buttons=buttons)


def _tell_status(dispatcher: CollectingDispatcher, cases: Sequence[CaseSummary], number: str) -> None:
    case = next((case for case in cases if case.number == number), None)
    if case is None:
        dispatcher.utter_message(response="utter_case_not_found", number=number)
        return
    told = {"number": case.number, "subject": case.subject, "status": case.status_label}
    dispatcher.utter_message(response="utter_case_status", **told)
    if case.status == AWAITING_ACCEPTANCE:
        dispatcher.utter_message(response="utter_solution_proposed", number=case.number)
    elif case.waiting_for_me:
        dispatcher.utter_message(response="utter_case_waits_for_you", number=case.number)


def _lines(cases: Sequence[CaseSummary]) -> str:
    return "\n".join(f"• {case.number} – {case.subject} – {case.status_label}" for case in cases)


def _only(cases: Sequence[CaseSummary]) -> str | None:
    return cases[0].number if len(cases) == 1 else None
