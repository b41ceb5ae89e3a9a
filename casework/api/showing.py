"""How cases, entries, files, forms and people are written in JSON; times are UTC in RFC 3339."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from casework.attachments.models import Attachment
from casework.cases.models import Case
from casework.catalogue.models import Field, Form, RequiredDocument
from casework.messages.store import TimelineEntry
from casework.people.models import Person


def moment(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def show_case(case: Case, names: Mapping[int, str]) -> dict[str, Any]:
    """Return a case without its timeline."""
    return {
        "number": case.number,
        "subject": case.subject,
        "status": case.status.value,
        "form": case.form_key,
        "form_version": case.form_version,
        "requester": names.get(case.requester_id),
        "handler": names.get(case.handler_id or 0),
        "channel": case.channel,
        "opened_at": moment(case.opened_at),
        "closed_at": moment(case.closed_at),
    }


def show_entry(entry: TimelineEntry) -> dict[str, Any]:
    """Return an entry of a timeline."""
    return {
        "id": entry.id,
        "at": moment(entry.at),
        "kind": entry.kind.value,
        "actor": entry.actor,
        "channel": entry.channel,
        "text": entry.text,
        "data": entry.data,
    }


def show_file(file: Attachment) -> dict[str, Any]:
    """Return what is known of a file, without its bytes."""
    return {
        "id": file.id,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "document": file.document_key,
        "sensitive": file.sensitive,
        "internal": file.internal,
        "quarantined": file.quarantined is not None,
        "added_at": moment(file.added_at),
    }


def show_form(form: Form, language: str) -> dict[str, Any]:
    """Return a form with its fields and documents, in a language."""
    return {
        "key": form.key,
        "label": form.label.in_(language),
        "fields": [_field(field, language) for field in form.fields],
        "documents": [_document(document, language) for document in form.documents],
    }


def _field(field: Field, language: str) -> dict[str, Any]:
    return {
        "key": field.key,
        "label": field.label.in_(language),
        "type": field.type.value,
        "mandatory": field.required,
        "options": [{"key": option.key, "label": option.label.in_(language)} for option in field.options],
        "conditional": bool(field.conditions),
    }


def _document(document: RequiredDocument, language: str) -> dict[str, Any]:
    return {
        "key": document.key,
        "label": document.label.in_(language),
        "conditional": bool(document.conditions),
    }


def show_person(person: Person, address: str | None, organisation: str) -> dict[str, Any]:
    """Return a person as admins look them up; no national number, no account number."""
    return {
        "employee_number": person.employee_number,
        "name": person.name,
        "language": person.language,
        "address": address,
        "organisation": organisation,
        "active": person.active,
    }
