"""Reads the parts of one form from the catalogue file: its fields, their options, its documents."""

import re
from collections.abc import Mapping
from decimal import Decimal

from casework.catalogue import words
from casework.catalogue.models import (
    CALENDAR_TYPES,
    CHOICES,
    LANGUAGES,
    NUMBERS,
    Condition,
    Field,
    FieldType,
    Option,
    RequiredDocument,
    Sensitivity,
)
from casework.catalogue.text_loader import read_texts
from casework.catalogue.yaml_section import Section

OptionSets = Mapping[str, tuple[Option, ...]]
_LARGEST_NUMBER = Decimal(999_999_999)


def read_key(section: Section) -> str:
    """Return the section's `key`, which stands in links and commands: small letters, digits, underscores."""
    key = section.text("key")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        raise section.error(f"the key {key!r} may hold only small letters, digits and underscores", "key")
    return key


def read_options(section: Section, key: str) -> tuple[Option, ...]:
    """Return the options listed under the key: at least one, and no two that read alike."""
    found: dict[str, Option] = {}
    taken: dict[tuple[str, str], str] = {}  # language and name, and the option that has it
    for entry in section.sections(key):
        entry.allow("key", "label", "sensitive")
        option = Option(read_key(entry), read_texts(entry, "label"), _sensitivity(entry))
        if option.key in found:
            raise entry.error(f"the option {option.key!r} stands here twice")
        _claim_names(entry, option, taken)
        found[option.key] = option
    if not found:
        raise section.error(f"{key!r} holds no option, so nobody could choose one", key)
    return tuple(found.values())


def _claim_names(entry: Section, option: Option, taken: dict[tuple[str, str], str]) -> None:
    """Refuse an option that reads like another one in one language; a key reads the same in all."""
    for language in LANGUAGES:
        for name in {words.fold(option.key), words.fold(option.label.in_(language))}:
            other = taken.setdefault((language, name), option.key)
            if other != option.key:
                raise entry.error(f"the options {other!r} and {option.key!r} both read {name!r} in {language}")


def read_fields(form: Section, common: tuple[Section, ...], option_sets: OptionSets) -> tuple[Field, ...]:
    """Return the fields of a form in their order, the common ones last.

    A field may refer only to fields before it, so that what is asked can be worked out from top to bottom.
    """
    found: dict[str, Field] = {}
    for entry in (*form.sections("fields"), *common):
        field = _field(entry, found, option_sets)
        if field.key in found:
            raise entry.error(f"the field {field.key!r} stands twice in this form")
        found[field.key] = field
    return tuple(found.values())


def read_documents(form: Section, fields: tuple[Field, ...]) -> tuple[RequiredDocument, ...]:
    """Return the documents of a form, each required wherever its conditions hold."""
    known = {field.key: field for field in fields}
    found: dict[str, RequiredDocument] = {}
    for entry in form.sections("documents"):
        entry.allow("key", "label", "sensitive", "when", "when_not")
        key = read_key(entry)
        if key in found:
            raise entry.error(f"the document {key!r} stands twice in this form")
        found[key] = RequiredDocument(key, read_texts(entry, "label"), _conditions(entry, known), _sensitivity(entry))
    return tuple(found.values())


def _sensitivity(entry: Section) -> Sensitivity | None:
    return entry.member("sensitive", Sensitivity) if entry.has("sensitive") else None


def read_conditions(entry: Section, fields: tuple[Field, ...]) -> tuple[Condition, ...]:
    """Return under which choices something holds: all of its `when`, and none of its `when_not`."""
    return _conditions(entry, {field.key: field for field in fields})


def _field(entry: Section, earlier: Mapping[str, Field], option_sets: OptionSets) -> Field:
    entry.allow("key", "type", "label", "required", "options", "when", "when_not", "check", "minimum", "maximum")
    kind = entry.member("type", FieldType)
    minimum, maximum = _bounds(entry, kind)
    return Field(
        key=read_key(entry),
        type=kind,
        label=read_texts(entry, "label"),
        required=entry.flag("required"),
        options=_field_options(entry, kind, option_sets),
        conditions=_conditions(entry, earlier),
        not_before=_not_before(entry, kind, earlier),
        minimum=minimum,
        maximum=maximum,
    )


def _field_options(entry: Section, kind: FieldType, option_sets: OptionSets) -> tuple[Option, ...]:
    if kind not in CHOICES:
        if entry.has("options"):
            raise entry.error(f"a field of type {kind} has no options", "options")
        return ()
    if entry.is_list("options"):
        return read_options(entry, "options")
    name = entry.text("options")
    if name not in option_sets:
        known = f"; did you mean {words.nearest(name, option_sets)!r}?" if option_sets else ""
        raise entry.error(f"there is no option set {name!r}{known}", "options")
    return option_sets[name]


def _conditions(entry: Section, fields: Mapping[str, Field]) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for word, negated in (("when", False), ("when_not", True)):
        if entry.has(word):
            asked = entry.section(word)
            found += [_condition(asked, key, fields, negated=negated) for key in asked.own_keys()]
    return tuple(found)


def _condition(asked: Section, key: str, fields: Mapping[str, Field], *, negated: bool) -> Condition:
    field = fields.get(key)
    if field is None or field.type not in CHOICES:
        raise asked.error(f"a condition needs a select or lookup field that stands before it, not {key!r}", key)
    options = asked.names(key)
    if not options:
        raise asked.error(f"the condition on {key!r} names no option", key)
    known = [option.key for option in field.options]
    for option in options:
        if option not in known:
            meant = words.nearest(option, known)
            raise asked.error(f"the field {key!r} has no option {option!r}; did you mean {meant!r}?", key)
    return Condition(key, options, negated)


def _not_before(entry: Section, kind: FieldType, earlier: Mapping[str, Field]) -> str | None:
    check = entry.optional_text("check")
    if check is None:
        return None
    match = re.fullmatch(r">=\s*([a-z][a-z0-9_]*)", check.strip())
    if match is None:
        raise entry.error('a check has to read like ">= start"', "check")
    other = earlier.get(match[1])
    if other is None or other.type is not kind or kind not in CALENDAR_TYPES:
        raise entry.error(f"{check!r} has to compare with an earlier field of the same calendar type", "check")
    return other.key


def _bounds(entry: Section, kind: FieldType) -> tuple[Decimal, Decimal]:
    for key in ("minimum", "maximum"):
        if entry.has(key) and kind not in NUMBERS:
            raise entry.error(f"a field of type {kind} has no {key}", key)
    minimum, maximum = entry.number("minimum", Decimal(0)), entry.number("maximum", _LARGEST_NUMBER)
    if not 0 <= minimum <= maximum <= _LARGEST_NUMBER:
        raise entry.error(f"no number from 0 to {_LARGEST_NUMBER} lies between {minimum} and {maximum}")
    if kind is FieldType.INTEGER and minimum.to_integral_value() != minimum:
        raise entry.error("the minimum of an integer has to be whole", "minimum")
    return minimum, maximum
