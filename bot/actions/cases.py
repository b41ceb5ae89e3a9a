"""Talk about cases that exist: where they stand, what they wait for, what to add, yes or no to a solution."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session
from bot.actions.form_parts import SignedInForm, written_text
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, CaseSummary, Refusal

Slots = dict[str, Any]

CLOSED = "closed_complete"
AWAITING_ACCEPTANCE = "awaiting_acceptance"
SHOWN = 6


class CaseAction(Action, ABC):
    """An action about a signed-in person's own cases."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Say how to sign in, or go on for the person who is."""
        person = session.person_id(tracker)
        if person is None:
            say(dispatcher, tracker, "sign_in")
            return []
        return await self.run_for(person, dispatcher, tracker)

    @abstractmethod
    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Do the work for this person."""


class CaseStatus(CaseAction):
    """Says where one case stands, or all of them."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_case_status"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Answer for the case that was mentioned, else list the newest, open ones first."""
        cases = await self._desk.cases_of(person, session.language(tracker))
        number = session.mentioned_case(tracker) or _only(cases)
        if number:
            return _tell_status(dispatcher, tracker, cases, number)
        if cases:
            shown = sorted(cases, key=lambda case: case.status == CLOSED)[:SHOWN]
            say(dispatcher, tracker, "case_list", cases=_lines(shown))
        else:
            say(dispatcher, tracker, "no_cases")
        return []


class MissingInformation(CaseAction):
    """Says what a case still waits for."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_missing_information"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Answer for the case that is meant, else for each case that waits for the person."""
        language = session.language(tracker)
        number = session.mentioned_case(tracker) or tracker.get_slot("case_number")
        waiting = [number] if number else await self._waiting(person, language)
        if not waiting:
            say(dispatcher, tracker, "nothing_waits")
        for one in waiting:
            missing = await self._desk.missing(person, one, language)
            if isinstance(missing, Refusal):
                explain(dispatcher, tracker, missing, one)
            elif missing:
                items = "\n".join(f"• {item}" for item in missing)
                say(dispatcher, tracker, "missing", number=one, items=items)
            else:
                say(dispatcher, tracker, "nothing_missing", number=one)
        return []

    async def _waiting(self, person: str, language: str) -> list[str]:
        cases = await self._desk.cases_of(person, language)
        return [case.number for case in cases if case.waiting_for_me][:SHOWN]


class AddMessage(CaseAction):
    """Puts a message on a case."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_add_message"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Hand the message over; what the desk refuses stays in the draft."""
        number = str(tracker.get_slot("case_number"))
        key = session.draft_key(tracker)
        held = await self._desk.add_message(person, number, str(tracker.get_slot("message_text")), key)
        if isinstance(held, Refusal):
            explain(dispatcher, tracker, held, number)
            return []
        where = say_where(dispatcher, tracker, "message_added", number, held)
        return [*where, SlotSet("message_text", None), SlotSet("draft_key", None)]


class AcceptSolution(CaseAction):
    """Accepts the solution that was proposed."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_accept_solution"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Accept for the case that is meant; ask which when more than one could be."""
        shown = tracker.get_slot("case_number") if tracker.get_slot("solution_proposed") else None
        proposed = await self._proposed(person, session.language(tracker))
        number = session.mentioned_case(tracker) or shown or _only(proposed)
        if number is None:
            ask_which(dispatcher, tracker, proposed, "accept_solution")
            return [SlotSet("solution_proposed", None)]
        refusal = await self._desk.decide(person, number, accepted=True, comment="")
        if refusal:
            explain(dispatcher, tracker, refusal, number)
        else:
            say(dispatcher, tracker, "solution_accepted", number=number)
        return [SlotSet("solution_proposed", None)]

    async def _proposed(self, person: str, language: str) -> list[CaseSummary]:
        cases = await self._desk.cases_of(person, language)
        return [case for case in cases if case.status == AWAITING_ACCEPTANCE]


class RefuseSolution(CaseAction):
    """Refuses the solution that was proposed, with the reason."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_refuse_solution"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Hand the refusal and its reason over."""
        number = str(tracker.get_slot("case_number"))
        reason = str(tracker.get_slot("refusal_reason"))
        key = session.draft_key(tracker)
        refusal = await self._desk.decide(person, number, accepted=False, comment=reason, key=key)
        if refusal:
            explain(dispatcher, tracker, refusal, number)
        else:
            say(dispatcher, tracker, "solution_refused", number=number)
        return [SlotSet("refusal_reason", None), SlotSet("draft_key", None)]


class AskWhichCase(CaseAction):
    """Asks which case is meant, with a button for each that could be."""

    def __init__(self, desk: CaseDesk, form: str, *, only_proposed: bool) -> None:
        super().__init__(desk)
        self._form = form
        self._only_proposed = only_proposed

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{self._form}_case_number"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Show the cases that are open, or those with a proposed solution."""
        cases = await self._desk.cases_of(person, session.language(tracker))
        if self._only_proposed:
            shown = [case for case in cases if case.status == AWAITING_ACCEPTANCE]
        else:
            shown = [case for case in cases if case.status != CLOSED]
        ask_which(dispatcher, tracker, shown, "inform_case")
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


def ask_which(dispatcher: CollectingDispatcher, tracker: Tracker, cases: Sequence[CaseSummary], intent: str) -> None:
    """Offer a button for each case; without any, say that the number is needed."""
    if not cases:
        say(dispatcher, tracker, "which_case_number")
        return
    choices = [
        {"title": f"{case.number} {case.subject}", "payload": f'/{intent}{{"case_number": "{case.number}"}}'}
        for case in cases[:SHOWN]
    ]
    say(dispatcher, tracker, "which_case", choices=choices)


def say_where(dispatcher: CollectingDispatcher, tracker: Tracker, key: str, asked: str, held: str) -> list[EventType]:
    """Say that a case holds what was brought; a new one where that case is closed, and then we talk of that."""
    if held == asked:
        say(dispatcher, tracker, key, number=held)
        return []
    say(dispatcher, tracker, "opened_instead", closed=asked, number=held)
    return [SlotSet("case_number", held)]


def _tell_status(
    dispatcher: CollectingDispatcher, tracker: Tracker, cases: Sequence[CaseSummary], number: str
) -> list[EventType]:
    case = next((case for case in cases if case.number == number), None)
    if case is None:
        say(dispatcher, tracker, "case_not_found", number=number)
        return []
    say(
        dispatcher,
        tracker,
        "case_status",
        number=case.number,
        subject=case.subject,
        status=case.status_label,
    )
    if case.status == AWAITING_ACCEPTANCE:
        say(dispatcher, tracker, "solution_proposed", number=case.number)
        return [SlotSet("case_number", case.number), SlotSet("solution_proposed", value=True)]
    if case.waiting_for_me:
        say(dispatcher, tracker, "case_waits_for_you", number=case.number)
    return [SlotSet("case_number", case.number)]


def _lines(cases: Sequence[CaseSummary]) -> str:
    return "\n".join(f"• {case.number} | {case.subject} | {case.status_label}" for case in cases)


def _only(cases: Sequence[CaseSummary]) -> str | None:
    return cases[0].number if len(cases) == 1 else None
