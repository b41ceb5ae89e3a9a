"""Somebody who fills in a form by chat, answering whatever is asked; and the same answers for the page of the form."""

import json
from dataclasses import dataclass, field

from chat_uploads import HeldUploads
from unit.test_bot.desk_in_memory import InMemoryTrackerStore

from bot.actions.registry import all_actions
from bot.conversation import Assistant, BotMessage
from bot.ports import TrackerStore
from bot.settings import AssistantSettings
from casework.attachments.models import IncomingFile
from casework.catalogue.models import Field, FieldType, Form
from casework.db import Database
from casework.desk import Desk
from casework.people.models import Actor
from runtime.adapters import ChatCaseDesk
from runtime.chat_catalogue import ChatFormCatalogue

DAYS = {"nl": "1 september 2027", "fr": "1er septembre 2027", "de": "1. September 2027", "en": "September 1, 2027"}
MONTHS = {"nl": "augustus 2026", "fr": "août 2026", "de": "August 2026", "en": "August 2026"}
WORDS = {"nl": "Zoals besproken", "fr": "Comme convenu", "de": "Wie besprochen", "en": "As agreed"}


@dataclass
class FormTalk:
    """One person who fills in forms in one conversation."""

    assistant: Assistant
    store: InMemoryTrackerStore
    person: Actor
    language: str
    is_proven: bool = True
    last: list[BotMessage] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"talk-{self.person.person_id}-{self.language}"

    async def say(self, text: str, *uploads: str) -> list[BotMessage]:
        facts = {"person_id": str(self.person.person_id), "language": self.language, "is_proven": self.is_proven}
        self.last = await self.assistant.handle(self.name, text, facts | {"attachments": list(uploads)})
        return self.last

    @property
    def asked(self) -> str | None:
        """The slot that is asked for now."""
        events = json.loads(self.store.saved[self.name])["events"]
        asked = [event["value"] for event in events if event["event"] == "slot" and event["name"] == "requested_slot"]
        return asked[-1] if asked else None

    @property
    def choices(self) -> list[str]:
        return [button["payload"] for message in self.last for button in message.buttons]

    async def fill_in(self, form: Form, chosen: dict[str, str], *, hand_in: bool = True) -> list[BotMessage]:
        """Answer every question up to the summary, and return it."""
        await self.say(f'/file_form{{"form": "{form.key}"}}')
        for _ in range(30):
            asked = self.asked or ""
            if asked == "form_confirmed":
                return self.last
            if asked.startswith("document_"):
                await (self.say("", asked) if hand_in else self.say("/skip"))
            else:
                await self.say(typed(_field(form, asked), chosen, self.language))
        message = f"{form.key} does not come to an end: {self.last}"
        raise AssertionError(message)


def _field(form: Form, slot: str) -> Field:
    found = form.field(slot.removeprefix("field_"))
    assert found is not None, slot
    return found


def typed(asked: Field, chosen: dict[str, str], language: str) -> str:
    """Answer a field as people of this language type it; a choice by its button or by its label."""
    if asked.options:
        key = chosen.get(asked.key, asked.options[0].key)
        option = asked.option(key)
        assert option is not None, key
        return f'/choose{{"choice": "{key}"}}' if language in ("fr", "de") else option.label.in_(language)
    return {
        FieldType.DATE: DAYS[language],
        FieldType.MONTH: MONTHS[language],
        FieldType.YEAR: "2025",
        FieldType.INTEGER: "2",
        FieldType.DECIMAL: "12.5" if language == "en" else "12,5",
        FieldType.MONEY: "1.234,50 €",
        FieldType.EMAIL: "an@home.example",
        FieldType.CASE_NUMBER: "HRB0000001",
    }.get(asked.type, WORDS[language])


def on_the_page(form: Form, chosen: dict[str, str], language: str) -> dict[str, str]:
    """The same answers, as a browser sends them."""
    plain = {
        FieldType.DATE: "2027-09-01",
        FieldType.MONTH: "2026-08",
        FieldType.YEAR: "2025",
        FieldType.INTEGER: "2",
        FieldType.DECIMAL: "12,5",
        FieldType.MONEY: "1234,50",
        FieldType.EMAIL: "an@home.example",
        FieldType.CASE_NUMBER: "HRB0000001",
    }
    return {
        asked.key: chosen.get(asked.key, asked.options[0].key)
        if asked.options
        else plain.get(asked.type, WORDS[language])
        for asked in form.fields
    }


def open_talk(
    database: Database,
    desk: Desk,
    settings: AssistantSettings,
    person: Actor,
    language: str,
    store: TrackerStore | None = None,
) -> FormTalk:
    """Begin to talk with the real assistant on the real desk; every document is at hand as an upload."""
    files = {
        f"document_{document.key}": IncomingFile(f"{document.key}.txt", "text/plain", document.key.encode())
        for form in desk.catalogue.forms
        for document in form.documents
    }
    memory = InMemoryTrackerStore()
    actions = all_actions(ChatCaseDesk(database, desk, HeldUploads(files)), ChatFormCatalogue(database, desk))
    return FormTalk(Assistant(store or memory, actions, settings), memory, person, language)
