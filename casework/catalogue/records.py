"""Writes a form down as plain data and reads it back, so that a case keeps the form it was filed on."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from casework.catalogue.models import Form


def write_form(form: Form) -> dict[str, Any]:
    """Return a form as plain data that JSON can hold."""
    record: dict[str, Any] = _plain(asdict(form))
    return record


def read_form(record: Mapping[str, Any]) -> Form:
    """Return the form that a record describes.

    What a later version of the desk knows of a form and the record does not say is as if it were left out of the
    catalogue; what the record says and this version no longer knows is left aside.
    """
    form: Form = _read(Form, record)
    return form


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return str(value) if isinstance(value, Decimal | StrEnum) else value


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) is UnionType:
        kind = next(part for part in get_args(kind) if part is not type(None))
        return None if value is None else _read(kind, value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], held) for held in value)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {
            field.name: _read(hints[field.name], value[field.name]) for field in fields(kind) if field.name in value
        }
        return kind(**known)  # type: ignore[operator] # a class, which the type of is_dataclass does not say
    return kind(value)
