"""Writes the parts of the assistant's files that follow from the catalogue, so that a new form needs no work here."""

from collections.abc import Iterable, Iterator, Sequence

from bot.ports import FormOutline

FORM = "catalogue_form"
FIELD, DOCUMENT = "field_", "document_"
SKIPPED, ADDED = "/skip", "/affirm"

DOMAIN_FILE = "domain/catalogue.yml"
EXAMPLES_FILE = "data/nlu/catalogue.yml"
NOTE = "# Follows from the catalogue of forms. Do not edit: `balie bot generate` writes it.\n"

# What may interrupt while somebody writes out a text, and what may where the answer is a date, a number or a choice.
INTERRUPTS_TEXT = ("stop", "request_human", "skip")
INTERRUPTS = (
    *INTERRUPTS_TEXT,
    "change_answer",
    "help",
    "case_status",
    "missing_information",
    "my_tasks",
    "switch_language",
    "explain_payslip",
    "simulate_pay",
    "leave_balance",
)


def generated_files(outlines: Sequence[FormOutline]) -> dict[str, str]:
    """Return the content of each file that follows from these forms, by its path in the assistant's folder."""
    return {
        DOMAIN_FILE: NOTE + "\n".join(_domain(outlines)) + "\n",
        EXAMPLES_FILE: NOTE + "\n".join(_examples(outlines)) + "\n",
    }


def _domain(outlines: Sequence[FormOutline]) -> Iterator[str]:
    fields = _unique(key for outline in outlines for key in outline.fields)
    documents = _unique(key for outline in outlines for key in outline.documents)
    written = {key for outline in outlines for key in outline.written}
    slots = [*(FIELD + key for key in fields), *(DOCUMENT + key for key in documents)]
    yield 'version: "3.1"\n\nslots:'
    for key in fields:
        yield from _field_slot(FIELD + key, is_written=key in written)
    for key in documents:
        yield from _slot(DOCUMENT + key, "any")
        yield from _mapping(DOCUMENT + key, "from_intent", intent="skip", value=SKIPPED)
        yield from _mapping(DOCUMENT + key, "from_intent", intent="affirm", value=ADDED)
    yield f"\nforms:\n  {FORM}:\n    required_slots:"
    yield from (f"      - {slot}" for slot in ("form_key", *slots, "form_confirmed"))
    yield "\nactions:"
    yield from (f"  - action_ask_{FORM}_{slot}" for slot in slots)


def _field_slot(slot: str, *, is_written: bool) -> Iterator[str]:
    interrupts = INTERRUPTS_TEXT if is_written else INTERRUPTS
    yield from _slot(slot, "text")
    yield from _mapping(slot, "from_intent", intent="skip", value=SKIPPED)
    if not is_written:
        yield from _mapping(slot, "from_entity", entity="choice")
    yield from _mapping(slot, "from_text", not_intent=f"[{', '.join(interrupts)}]")


def _slot(name: str, kind: str) -> Iterator[str]:
    yield f"  {name}:\n    type: {kind}\n    influence_conversation: false\n    mappings:"


def _mapping(slot: str, kind: str, **more: str) -> Iterator[str]:
    yield f"      - type: {kind}"
    yield from (f"        {key}: {value}" for key, value in more.items())
    yield f"        conditions:\n          - active_loop: {FORM}\n            requested_slot: {slot}"


def _examples(outlines: Sequence[FormOutline]) -> Iterator[str]:
    """List what people call the forms: whoever says only that wants to file one."""
    names = _unique(name for outline in outlines for listed in outline.names.values() for name in listed)
    yield 'version: "3.1"\n\nnlu:\n  - intent: file_form\n    examples: |'
    yield from (f"      - {name}" for name in names)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
