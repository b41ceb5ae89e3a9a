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
from bot.actions.documents import AskDocumentKind, CheckDocument, HandInDocument
from bot.actions.form_answers import CheckCatalogueForm
from bot.actions.form_filing import BeginForm, ChangeAnswer, DiscardForm, FileForm, PauseForm
from bot.actions.form_parts import Ask
from bot.actions.form_questions import AskField, AskForm, AskFormConfirmed
from bot.actions.guidance import Fallback, FindForm, Rephrase, Restart, SwitchLanguage
from bot.actions.handover import CheckHandover, HandOver
from bot.actions.memory import RememberMessage
from bot.actions.pay import ExplainPayslip, LeaveBalance, NoPayYet, SimulatePay
from bot.actions.requests import CheckRequest, FileRequest, ForgetDraft
from bot.actions.sheets import generated_slots
from bot.actions.tasks import Approve, CheckDecline, Decline, MyTasks
from bot.ports import CaseDesk, FormCatalogue, PayDesk, PersonDesk


def all_actions(
    desk: CaseDesk, catalogue: FormCatalogue, *, people: PersonDesk | None = None, pay: PayDesk | None = None
) -> list[Action]:
    """Build the actions that the domain lists.

    Without `people` a hand-over is a case at once; questions about pay are answered as far as `pay` can.
    """
    told = pay or NoPayYet()
    return [
        *_catalogue_form(desk, catalogue),
        ExplainPayslip(told),
        SimulatePay(told),
        LeaveBalance(told),
        AskWhichCase(desk, "document_form", only_proposed=False),
        AskDocumentKind(desk),
        Ask("document_form", "document_files"),
        CheckDocument(desk),
        HandInDocument(desk),
        MyTasks(desk),
        Approve(desk),
        Ask("decline_form", "decline_reason"),
        CheckDecline(),
        Decline(desk),
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


def _catalogue_form(desk: CaseDesk, catalogue: FormCatalogue) -> list[Action]:
    """Build what files a form of the catalogue; the questions follow from the generated slots."""
    return [
        BeginForm(),
        AskForm(catalogue),
        *(AskField(catalogue, slot) for slot in generated_slots()),
        AskFormConfirmed(catalogue),
        CheckCatalogueForm(catalogue),
        ChangeAnswer(catalogue),
        PauseForm(catalogue),
        DiscardForm(),
        FileForm(desk, catalogue),
    ]
