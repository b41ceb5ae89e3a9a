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
from bot.actions.guidance import (
    CheckHandover,
    Fallback,
    FindForm,
    HandOver,
    Rephrase,
    Restart,
    SwitchLanguage,
)
from bot.actions.memory import RememberMessage
from bot.actions.requests import CheckRequest, FileRequest, ForgetDraft
from bot.ports import CaseDesk, FormCatalogue


def all_actions(desk: CaseDesk, catalogue: FormCatalogue) -> list[Action]:
    """Build the actions that `domain.yml` lists."""
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
        HandOver(desk),
        SwitchLanguage(),
        FindForm(catalogue),
        Rephrase(),
    ]
