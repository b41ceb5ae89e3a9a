"""From the YAML file to the catalogue: nothing that could strand a requester gets through."""

import hashlib
import json
import re
from dataclasses import asdict, replace

from casework.catalogue import field_loader, words
from casework.catalogue.field_loader import OptionSets, read_key
from casework.catalogue.models import (
    LANGUAGES,
    Approval,
    ApprovalStep,
    Approver,
    Audience,
    Catalogue,
    EffectKind,
    Field,
    FilingChannel,
    Form,
    NamedText,
    PayrollEffect,
    RelatedLink,
    RequiredDocument,
    StatusText,
    Theme,
    WordLists,
)
from casework.catalogue.text_loader import read_texts
from casework.catalogue.yaml_section import Section, read

_VERSION_LENGTH = 12  # hex digits: 48 bits tell the versions of one desk apart


def load(content: str, file: str) -> Catalogue:
    """Return the catalogue that the text of the file describes.

    Raises CatalogueError, with the file, the line and the reason, on anything unknown, missing, doubled or
    dangling, and on a form that could never be submitted.
    """
    top = read(content, file)
    top.allow("texts", "statuses", "accepts", "common_fields", "option_sets", "themes")
    sets = top.section("option_sets")
    option_sets = {key: field_loader.read_options(sets, key) for key in sets.own_keys()}
    texts = top.section("texts")
    return _with_version(
        Catalogue(
            version="",
            themes=_themes(top, option_sets),
            statuses=_statuses(top.section("statuses")),
            texts=tuple(NamedText(key, read_texts(texts, key)) for key in texts.own_keys()),
            accepts=top.names("accepts"),
        )
    )


def _with_version(catalogue: Catalogue) -> Catalogue:
    content = asdict(catalogue)
    del content["version"]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    digest = hashlib.sha256(canonical.encode("ascii")).hexdigest()
    return replace(catalogue, version=digest[:_VERSION_LENGTH])


def _statuses(section: Section) -> tuple[StatusText, ...]:
    found = []
    for key in section.own_keys():
        status = section.section(key)
        status.allow("label", "explain")
        found.append(StatusText(key, read_texts(status, "label"), read_texts(status, "explain")))
    return tuple(found)


def _themes(top: Section, option_sets: OptionSets) -> tuple[Theme, ...]:
    themes: dict[str, Theme] = {}
    owners: dict[str, str] = {}
    for section in top.sections("themes"):
        section.allow("key", "label", "guide", "audience", "forms")
        key = read_key(section)
        if key in themes:
            raise section.error(f"the theme {key!r} stands here twice")
        forms = []
        for entry in section.sections("forms"):
            form = _form(entry, section, top.sections("common_fields"), option_sets)
            _claim_names(entry, form, owners)
            forms.append(form)
        guide = read_texts(section, "guide") if section.has("guide") else None
        themes[key] = Theme(key, read_texts(section, "label"), tuple(forms), guide)
    if not owners:
        raise top.error("there is no form, so nobody could ask anything", "themes")
    return tuple(themes.values())


def _claim_names(entry: Section, form: Form, owners: dict[str, str]) -> None:
    """Refuse a form that is called like another one: each name has to lead to one form."""
    if form.key in owners.values():
        raise entry.error(f"the form {form.key!r} stands here twice")
    for name in sorted({words.fold(name) for name in form.names()}):
        if name in owners:
            raise entry.error(f"{name!r} is already a name of the form {owners[name]!r}")
        owners[name] = form.key


def _form(entry: Section, theme: Section, common: tuple[Section, ...], option_sets: OptionSets) -> Form:
    entry.allow(
        *("key", "label", "hint", "synonyms", "audience", "channels", "team", "accepts"),
        *("approval", "payroll", "fields", "documents", "related"),
    )
    fields = field_loader.read_fields(entry, common, option_sets)
    documents = field_loader.read_documents(entry, fields)
    audience = entry if entry.has("audience") else theme
    return Form(
        key=read_key(entry),
        theme=read_key(theme),
        label=read_texts(entry, "label"),
        fields=fields,
        documents=documents,
        payroll=_payroll(entry.section("payroll")),
        approval=_approval(entry, fields, documents),
        audience=audience.members("audience", Audience),
        channels=entry.members("channels", FilingChannel),
        synonyms=_synonyms(entry.optional_section("synonyms")),
        hint=read_texts(entry, "hint") if entry.has("hint") else None,
        team=entry.optional_text("team"),
        accepts=entry.names("accepts"),
        related=_related(entry.optional_section("related")),
    )


def _related(section: Section | None) -> RelatedLink | None:
    if section is None:
        return None
    section.allow("to", "label")
    to = section.text("to")
    if not re.fullmatch(r"/(?!/)[^\s\\]*|https://[^\s/\\]+(/[^\s\\]*)?", to):
        raise section.error(f"a related link leads to a page of ours or to https://, not to {to!r}", "to")
    return RelatedLink(to, read_texts(section, "label"))


def _payroll(section: Section) -> PayrollEffect:
    section.allow("effect", "retro")
    return PayrollEffect(section.member("effect", EffectKind), section.flag("retro"))


def _approval(entry: Section, fields: tuple[Field, ...], documents: tuple[RequiredDocument, ...]) -> Approval | None:
    """Read who approves: one person as `by`, or several one after the other as `steps`, some only `when`."""
    section = entry.optional_section("approval")
    if section is None:
        return None
    section.allow("by", "steps", "satisfies")
    satisfies = section.names("satisfies")
    known = [document.key for document in documents]
    for key in satisfies:
        if key not in known:
            raise section.error(f"the form requires no document {key!r}, so no approval can stand for it")
    if section.has("by") == section.has("steps"):
        raise section.error("an approval has either one 'by' or a list of 'steps'")
    if section.has("by"):
        return Approval((ApprovalStep(section.member("by", Approver)),), satisfies)
    steps = tuple(_approval_step(step, fields) for step in section.sections("steps"))
    if not steps:
        raise section.error("the steps name nobody who approves", "steps")
    return Approval(steps, satisfies)


def _approval_step(step: Section, fields: tuple[Field, ...]) -> ApprovalStep:
    step.allow("by", "when", "when_not")
    return ApprovalStep(step.member("by", Approver), field_loader.read_conditions(step, fields))


def _synonyms(section: Section | None) -> WordLists:
    if section is None:
        return WordLists()
    section.allow(*LANGUAGES)
    for language in LANGUAGES:
        if not section.names(language):
            raise section.error(f"the synonyms in {language!r} are missing")
    return WordLists(*(section.names(language) for language in LANGUAGES))
