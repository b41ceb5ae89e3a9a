"""Gathers what the page of a case shows to one person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.attachments.models import Attachment
from casework.canned import service as canned
from casework.canned.models import CannedAnswer
from casework.cases import filed_forms, merging, readings
from casework.cases import store as cases
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, may
from casework.cases.readings import Readings
from casework.catalogue.models import Form
from casework.desk import Desk
from casework.messages import store as messages
from casework.messages.models import EventKind
from casework.messages.store import TimelineEntry
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.forms import read_aloud
from casework.replying import service as replying


@dataclass(frozen=True)
class CaseView:
    """A case as one person may see it."""

    case: Case
    actor: Actor
    timeline: Sequence[TimelineEntry]
    files: Sequence[Attachment]
    linked: Sequence[Case]
    merged: Mapping[int, str]
    surviving: Case | None
    names: Mapping[int, str]
    form: Form | None
    answers: Sequence[tuple[str, str]]
    watchers: Sequence[str]
    is_watching: bool
    read: Readings
    readers: Sequence[tuple[str, datetime]]
    typing: Mapping[int, str]
    colleagues: Mapping[int, str]
    canned: Sequence[CannedAnswer]

    @property
    def requester(self) -> str:
        """The name of the one who asked."""
        return self.names[self.case.requester_id]

    @property
    def handler(self) -> str:
        """The name of the handler, or nothing while nobody has the case."""
        return self.names.get(self.case.handler_id or 0, "")

    @property
    def answer(self) -> TimelineEntry | None:
        """The desk's latest answer."""
        return self._latest(EventKind.ANSWER)

    @property
    def question(self) -> TimelineEntry | None:
        """The question that waits for the requester, if one does."""
        return self._latest(EventKind.QUESTION) if self.case.status is Status.AWAITING_INFO else None

    def _latest(self, kind: EventKind) -> TimelineEntry | None:
        own = (entry for entry in reversed(self.timeline) if entry.case_id == self.case.id)
        return next((entry for entry in own if entry.kind is kind), None)

    @property
    def latest_event(self) -> int:
        """The id of the last thing that happened."""
        return max((entry.id for entry in self.timeline), default=0)

    @property
    def mark(self) -> str:
        """What changes with what this person sees of the case, and not with their own looking at it."""
        return state_mark(self.latest_event, self.case, self.read, self.typing)

    @property
    def is_own(self) -> bool:
        """Whether the case is this person's own request."""
        return may(self.actor, Action.WRITE, self.case)

    @property
    def may_add(self) -> bool:
        """Whether this person can put a message or a document on the case from the requester's side."""
        return may(self.actor, Action.ADD, self.case)

    @property
    def may_decide(self) -> bool:
        """Whether this person can accept or refuse the answer now."""
        waits = self.case.status is Status.AWAITING_ACCEPTANCE
        return waits and may(self.actor, Action.DECIDE, self.case)

    @property
    def may_handle(self) -> bool:
        """Whether this person works on the case as a handler."""
        return may(self.actor, Action.HANDLE, self.case)

    @property
    def sees_senders(self) -> bool:
        """Whether this person is shown what proves who wrote a mail."""
        return may(self.actor, Action.READ_NOTES, self.case)

    @property
    def told(self) -> list[TimelineEntry]:
        """The timeline without the files that are shown with their message already."""
        shown = {file.sha256 for file in self.files if file.message_id}
        return [
            entry
            for entry in self.timeline
            if entry.kind is not EventKind.ATTACHED or entry.data.get("sha256") not in shown
        ]

    def files_of(self, entry: TimelineEntry) -> list[Attachment]:
        """Return the files that came with an entry of the timeline."""
        return [file for file in self.files if entry.message_id and file.message_id == entry.message_id]


def state_mark(latest_event: int, case: Case, read: Readings, typing: Iterable[int]) -> str:
    """Return the mark of what a page of a case shows, for the page and for the stream that renews it."""
    return "-".join(str(part) for part in (latest_event, case.version, read.seen, *typing))


async def view_case(session: AsyncSession, desk: Desk, case: Case, actor: Actor) -> CaseView:
    """Gather a case for somebody who may read it; the number of queries does not depend on its size."""
    sees_notes = may(actor, Action.READ_NOTES, case)
    form = await filed_forms.form_of(session, desk, case)
    merged = await merging.shown_with(session, case, actor)
    ids = [case.id, *(one.id for one in merged)]
    watching = await cases.watcher_ids(session, *ids)
    surviving = await cases.surviving(session, case)
    handles = may(actor, Action.HANDLE, case)
    now = desk.clock.now()
    typing = await replying.typing(session, case.id, actor.person_id or 0, now) if handles else ()
    known = [case.requester_id, *watching, *typing, *([case.handler_id] if case.handler_id else [])]
    names = await people.names(session, known)
    handlers = await people.handlers(session) if handles else ()
    files = await attachments.of_case(session, *ids, with_internal=sees_notes)
    shown = [file for file in files if may(actor, Action.READ_DOCUMENT, case, sensitivity=file.sensitive)]
    unnamed = {file.sha256 for file in files} - {file.sha256 for file in shown}
    timeline = await messages.timeline(session, *ids, with_notes=sees_notes)
    return CaseView(
        case=case,
        actor=actor,
        timeline=[entry for entry in timeline if entry.data.get("sha256") not in unnamed],
        files=shown,
        linked=[one for one in await cases.linked(session, case.id) if may(actor, Action.READ, one)],
        merged={one.id: one.number for one in merged},
        surviving=surviving if surviving is not case and may(actor, Action.READ, surviving) else None,
        names=names,
        form=form,
        answers=read_aloud(form, case.fields, actor.language) if form else (),
        watchers=[names[person_id] for person_id in watching],
        is_watching=actor.person_id in watching,
        read=await readings.of_case(session, case),
        readers=await readings.readers(session, case) if sees_notes else (),
        typing={person_id: names[person_id] for person_id in typing},
        canned=await canned.offered_to(session, actor.person_id or 0) if handles else (),
        colleagues={one.id: one.name for one in handlers if one.id not in {case.requester_id, case.handler_id}},
    )
