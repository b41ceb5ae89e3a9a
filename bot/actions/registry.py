"""Every action of the assistant, put together with the ports it needs."""

from rasa_sdk import Action

from bot.actions.cases import (
    AcceptSolution,
    AddMessage,
    AskWhichCase,
    CaseStatus,
    CheckMessage,
    CheckRefusal,
    MissingInformation,
    RefuseSolution,
)
from bot.actions.form_parts import Ask
from bot.actions.guidance import Fallback, FindForm, Rephrase, Restart, SwitchLanguage
from bot.actions.handover import CheckHandover, HandOver
from bot.actions.memory import RememberMessage
from bot.actions.requests import CheckRequest, FileRequest, ForgetDraft
from bot.ports import CaseDesk, FormCatalogue, PersonDesk


def all_actions(desk: CaseDesk, catalogue: FormCatalogue, people: PersonDesk | None = None) -> list[Action]:
    """Build the actions that `domain.yml` lists; without `people` a hand-over is a case at once."""
    return [
        RememberMessage(),
        Fallback(),
        Restart(),
        Ask("request_form", "request_text"),
        Ask("request_form", "request_subject"),
        Ask("request_form", "request_confirmed"),
        CheckRequest(),
        FileRequest(desk),
        ForgetDraft(),
        CaseStatus(desk),
        MissingInformation(desk),
        AskWhichCase(desk, "message_form", only_proposed=False),
        Ask("message_form", "message_text"),
        CheckMessage(),
        AddMessage(desk),
        AcceptSolution(desk),
        AskWhichCase(desk, "refuse_form", only_proposed=True),
        Ask("refuse_form", "refusal_reason"),
        CheckRefusal(),
        RefuseSolution(desk),
        Ask("handover_form", "handover_confirmed"),
        CheckHandover(),
        HandOver(desk, people),
        SwitchLanguage(),
        FindForm(catalogue),
        Rephrase(),
    ]
