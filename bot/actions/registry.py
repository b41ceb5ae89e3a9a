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
from bot.actions.guidance import CheckHandover, FindForm, HandOver, Rephrase, SwitchLanguage
from bot.actions.memory import RememberMessage
from bot.actions.requests import CheckRequest, FileRequest, ForgetDraft
from bot.ports import CaseDesk, FormCatalogue


def all_actions(desk: CaseDesk, catalogue: FormCatalogue) -> list[Action]:
    """Build the actions that `domain.yml` lists."""
    return [
        RememberMessage(),
        CheckRequest(),
        FileRequest(desk),
        ForgetDraft(),
        CaseStatus(desk),
        MissingInformation(desk),
        AskWhichCase(desk, "message_form", only_proposed=False),
        CheckMessage(),
        AddMessage(desk),
        AcceptSolution(desk),
        AskWhichCase(desk, "refuse_form", only_proposed=True),
        CheckRefusal(),
        RefuseSolution(desk),
        CheckHandover(),
        HandOver(desk),
        SwitchLanguage(),
        FindForm(catalogue),
        Rephrase(),
    ]
