"""The shapes of what is sent and answered, as JSON Schema (2020-12) for the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
PERHAPS_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
ONWARD: Schema = {"type": ["integer", "null"], "description": "Send it as `before` to get the next page."}


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required.split()}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


FILES: Schema = _list_of("FileSent")
CASE = {
    "number": {"type": "string", "pattern": "^[A-Z]{3}[0-9]{7}$"},
    "subject": TEXT,
    "status": TEXT,
    "form": PERHAPS_TEXT,
    "form_version": PERHAPS_TEXT,
    "requester": PERHAPS_TEXT,
    "handler": PERHAPS_TEXT,
    "channel": TEXT,
    "opened_at": MOMENT,
    "closed_at": PERHAPS_MOMENT,
}

SCHEMAS: dict[str, Schema] = {
    "Problem": _object("type title status detail", type=TEXT, title=TEXT, status=NUMBER, detail=TEXT,
                       errors={"type": "object", "additionalProperties": TEXT}),
    "Me": _object("name roles language", name=TEXT, roles={"type": "array", "items": TEXT}, language=TEXT),
    "CaseSummary": _object("number subject status opened_at", **CASE),
    "Cases": _object("cases next_before", cases=_list_of("CaseSummary"), next_before=ONWARD),
    "Case": _object(
        "number subject status opened_at fields timeline attachments linked",
        **CASE,
        fields={"type": "object"},
        timeline=_list_of("Entry"),
        attachments=_list_of("File"),
        linked={"type": "array", "items": TEXT},
    ),
    "Entry": _object("id at kind actor channel text data", id=NUMBER, at=MOMENT, kind=TEXT, actor=TEXT, channel=TEXT,
                     text=TEXT, data={"type": "object"}),
    "File": _object(
        "id filename content_type size sha256 internal quarantined added_at",
        id=NUMBER, filename=TEXT, content_type=TEXT, size=NUMBER, sha256=TEXT, document=PERHAPS_TEXT,
        sensitive=PERHAPS_TEXT, internal=FLAG, quarantined=FLAG, added_at=MOMENT,
    ),
    "FileSent": _object("filename content", filename=TEXT, content_type=TEXT, document=TEXT,
                        content={"type": "string", "contentEncoding": "base64"}),
    "NewCase": _object("", subject=TEXT, text=TEXT, form=TEXT,
                       fields={"type": "object", "additionalProperties": {"type": ["string", "integer"]}}, files=FILES),
    "NewMessage": _object("text", text=TEXT, files=FILES),
    "NewFiles": _object("files", files=FILES),
    "NewAnswer": _object("text", text=TEXT, kind={"enum": ["answer", "question", "note"]}, files=FILES),
    "Decision": _object("accepted", accepted=FLAG, comment=TEXT),
    "Nothing": _object(""),
    "FormSummary": _object("key label", key=TEXT, label=TEXT),
    "Forms": _object("version forms", version=TEXT, forms=_list_of("FormSummary")),
    "Form": _object("key label fields documents", key=TEXT, label=TEXT, fields=_list_of("Field"),
                    documents=_list_of("Document")),
    "Field": _object("key label type mandatory options", key=TEXT, label=TEXT, type=TEXT, mandatory=FLAG,
                     options=_list_of("FormSummary"), conditional=FLAG),
    "Document": _object("key label conditional", key=TEXT, label=TEXT, conditional=FLAG),
    "Person": _object("employee_number name language active", employee_number=TEXT, name=TEXT, language=TEXT,
                      address=PERHAPS_TEXT, organisation=TEXT, active=FLAG),
    "People": _object("people next_before", people=_list_of("Person"), next_before=ONWARD),
}  # fmt: skip

QUERY: dict[str, tuple[Schema, str]] = {
    "of": ({"enum": ["mine", "handled", "unassigned", "all"]}, "Whose cases; without it one's own."),
    "status": (TEXT, "Only cases of this status."),
    "before": ({"type": "integer", "minimum": 1}, "Where the page begins: `next_before` of the page before."),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 100}, "How many rows; without it 50."),
    "language": ({"enum": ["nl", "fr", "de", "en"]}, "The language of labels; without it the holder's."),
    "q": (TEXT, "Words of a name or an address, or an employee number."),
}
