"""A desk that lives in memory, for conversations without a database; the real one passes the same contract."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from bot.ports import AbsencePlace, CaseSummary, FormMatch, Refusal, RefusalReason, Shelf, Task, TaskKind

LABELS = {
    "open": {"nl": "Open", "fr": "Ouvert", "de": "Offen", "en": "Open"},
    "work_in_progress": {
        "nl": "Werk in uitvoering",
        "fr": "En cours de traitement",
        "de": "In Bearbeitung",
        "en": "Work in progress",
    },
    "awaiting_info": {"nl": "In afwachting", "fr": "En attente", "de": "Wartend", "en": "Awaiting info"},
    "awaiting_acceptance": {
        "nl": "In afwachting van acceptatie",
        "fr": "En attente d'acceptation",
        "de": "Wartet auf Annahme",
        "en": "Awaiting acceptance",
    },
    "closed_complete": {
        "nl": "Voltooid gesloten",
        "fr": "Clôturé",
        "de": "Abgeschlossen",
        "en": "Closed complete",
    },
}


@dataclass
class HeldCase:
    number: str
    person_id: str
    subject: str
    text: str
    status: str = "open"
    attachments: tuple[str, ...] = ()
    messages: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    comment: str = ""
    handed_in: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


class InMemoryCaseDesk:
    """The newest case first; another person's case is not found."""

    def __init__(self) -> None:
        self.cases: list[HeldCase] = []
        self.unavailable = False
        self.filed_under: dict[str, str] = {}
        self.asked: dict[str, list[Task]] = {}
        self.decided: list[tuple[str, bool, str]] = []

    def hold(self, person_id: str, subject: str, status: str, missing: tuple[str, ...] = ()) -> str:
        number = f"HRB{len(self.cases) + 1:07d}"
        self.cases.append(HeldCase(number, person_id, subject, "", status, missing=missing))
        return number

    async def open_request(self, person_id, subject, text, attachments, key="") -> str | Refusal:
        if self.unavailable:
            return Refusal(RefusalReason.UNAVAILABLE)
        if key in self.filed_under:
            return self.filed_under[key]
        number = self.hold(person_id, subject, "open")
        self.cases[-1] = replace(self.cases[-1], text=text, attachments=tuple(attachments))
        self.filed_under |= {key: number} if key else {}
        return number

    async def hand_in(self, person_id, number, document, uploads, key="") -> str | Refusal:
        case = self._find(person_id, number)
        if case is None:
            return Refusal(RefusalReason.NOT_FOUND)
        case.handed_in.append((document, tuple(uploads)))
        return number

    async def missing_documents(self, person_id, number, language) -> list[tuple[str, str]] | Refusal:
        case = self._find(person_id, number)
        return Refusal(RefusalReason.NOT_FOUND) if case is None else [(one.lower(), one) for one in case.missing]

    async def tasks_of(self, person_id, language) -> list[Task]:
        own = [
            Task(TaskKind.CASE, case.number, f"{case.number} | {case.subject} | {LABELS[case.status][language]}")
            for case in self.cases
            if case.person_id == person_id and case.status in ("awaiting_info", "awaiting_acceptance")
        ]
        return [*own, *self.asked.get(person_id, [])]

    async def decide_approval(self, person_id, key, *, approved, reason) -> str | Refusal:
        task = next((task for task in self.asked.get(person_id, []) if task.key == key), None)
        if task is None:
            return Refusal(RefusalReason.NOT_FOUND)
        self.asked[person_id].remove(task)
        self.decided.append((key, approved, reason))
        return task.label.partition(" ")[0]

    async def cases_of(self, person_id, language) -> list[CaseSummary]:
        return [
            CaseSummary(
                number=case.number,
                subject=case.subject,
                status=case.status,
                status_label=LABELS[case.status][language],
                waiting_for_me=case.status in ("awaiting_info", "awaiting_acceptance"),
            )
            for case in reversed(self.cases)
            if case.person_id == person_id
        ]

    async def add_message(self, person_id, number, text, key="") -> str | Refusal:
        case = self._find(person_id, number)
        if case is None:
            return Refusal(RefusalReason.NOT_FOUND)
        case.messages.append(text)
        return number

    async def decide(self, person_id, number, *, accepted, comment, key="") -> Refusal | None:
        case = self._find(person_id, number)
        if case is None:
            return Refusal(RefusalReason.NOT_FOUND)
        if case.status != "awaiting_acceptance":
            return Refusal(RefusalReason.NOT_NOW)
        case.status = "closed_complete" if accepted else "work_in_progress"
        case.comment = comment
        return None

    async def missing(self, person_id, number, language) -> list[str] | Refusal:
        case = self._find(person_id, number)
        return Refusal(RefusalReason.NOT_FOUND) if case is None else list(case.missing)

    def _find(self, person_id: str, number: str) -> HeldCase | None:
        return next((c for c in self.cases if c.number == number and c.person_id == person_id), None)


class InMemoryCatalogue:
    def __init__(self) -> None:
        self.forms = {"verlof": FormMatch("parental_leave", "Ouderschapsverlof", "/forms/parental_leave")}

    async def find(self, words, language, person_id=None) -> list[FormMatch]:
        return [form for word, form in self.forms.items() if word in words.lower()]

    async def shelves(self, person_id, language) -> list[Shelf]:
        return [Shelf("absence", "Afwezigheden", tuple(self.forms.values()))]

    async def may_file(self, person_id, form_key) -> bool:
        return any(form.key == form_key for form in self.forms.values())

    async def sheet(self, form_key, answers, language) -> None:
        return None

    async def absences(self, words, language) -> list[AbsencePlace]:
        return [AbsencePlace("Jaarlijks verlof")] if "vakantie" in words.lower() else []


class InMemoryTrackerStore:
    def __init__(self) -> None:
        self.saved: dict[str, str] = {}

    async def load(self, conversation_id) -> str | None:
        return self.saved.get(conversation_id)

    async def save(self, conversation_id, tracker) -> None:
        self.saved[conversation_id] = tracker

    @asynccontextmanager
    async def hold(self, conversation_id):
        yield
