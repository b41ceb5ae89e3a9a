"""A read mail on its way from the process that read it: JSON with longer texts and files behind it.

A mail may have taken that process over, so whoever reads an answer believes nothing of it. It can make no more than the
words of `mail_gateway.models`, each of its type; nor can it make much of little, as a pickle can.
"""

import json
import struct
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any, get_args, get_origin, get_type_hints

from casework.attachments.inspection import KeptContent
from mail_gateway.models import ParsedMail

HEAD = struct.Struct(">Q")
LONG = 200  # characters; longer texts are as long in an answer as in the mail, whatever they hold
MOST_OUTLINE = 2 * 1024 * 1024  # bytes of JSON, which may become thirty times as much in memory

Reader = Callable[[Any, "_Rest"], Any]


class AnswerMakesNoSense(Exception):
    """The answer holds something else than a read mail."""


def write_answer(mail: ParsedMail) -> list[bytes]:
    """Return what `read_answer` reads, in pieces: together they would lie in memory a second time."""
    rest: list[bytes] = []
    outline = json.dumps(_plain(mail, rest), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return [HEAD.pack(len(outline)), outline, *rest]


def _plain(value: Any, rest: list[bytes]) -> Any:
    if isinstance(value, str):
        if len(value) <= LONG:
            return value
        value = value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        rest.append(value)
        return len(value)
    if isinstance(value, tuple | frozenset):
        return [_plain(each, rest) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return [_plain(getattr(value, field.name), rest) for field in fields(value)]
    return value


def read_answer(answer: bytes) -> ParsedMail:
    """Return the mail that was written. Raises `AnswerMakesNoSense`."""
    try:
        (length,) = HEAD.unpack_from(answer)
        if length > MOST_OUTLINE:
            raise AnswerMakesNoSense
        whole = memoryview(answer)
        outline = json.loads(bytes(whole[HEAD.size : HEAD.size + length]))
        rest = _Rest(whole[HEAD.size + length :])
        mail: ParsedMail = _reader(ParsedMail)(outline, rest)
    except (struct.error, ValueError, TypeError, RecursionError) as error:
        raise AnswerMakesNoSense from error
    return mail


class _Rest:
    """What lies behind the outline of an answer, taken from its beginning to its end."""

    def __init__(self, left: memoryview) -> None:
        self._left = left

    def take(self, length: object) -> bytes:
        """Return the next so many bytes. Raises `ValueError`."""
        if type(length) is not int or not 0 <= length <= len(self._left):
            raise ValueError("an answer that is shorter than it says")
        taken, self._left = bytes(self._left[:length]), self._left[length:]
        return taken


@cache
def _reader(wanted: Any) -> Reader:
    """Return what reads a value of this type."""
    if wanted in _OF_ONE:
        return _OF_ONE[wanted]
    if isinstance(wanted, type) and is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return partial(_read_words, wanted, [_reader(hints[field.name]) for field in fields(wanted)])
    kinds = get_args(wanted)
    if get_origin(wanted) is types.UnionType:
        return partial(_read_optional, _reader(kinds[0]))
    if kinds:
        count = None if kinds[-1] is Ellipsis or len(kinds) == 1 else len(kinds)
        return partial(_read_several, get_origin(wanted), _reader(kinds[0]), count)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return lambda value, _: wanted(value)
    return partial(_read_exactly, wanted)


def _read_words(wanted: type, readers: list[Reader], value: Any, rest: _Rest) -> Any:
    return wanted(*(read(each, rest) for read, each in zip(readers, value, strict=True)))


def _read_optional(read: Reader, value: Any, rest: _Rest) -> Any:
    return None if value is None else read(value, rest)


def _read_several(wanted: type, read: Reader, count: int | None, value: Any, rest: _Rest) -> Any:
    """Read a list into a tuple or a set; a text is none, though one could go through it."""
    if type(value) is not list or count not in (None, len(value)):
        raise TypeError("an answer with something else than a list")
    return wanted([read(each, rest) for each in value])


def _read_text(value: Any, rest: _Rest) -> str:
    return value if type(value) is str else rest.take(value).decode("utf-8", "surrogatepass")


def _read_exactly(wanted: type, value: Any, _: _Rest) -> Any:
    if type(value) is not wanted:
        raise TypeError("an answer with a value of another type")
    return value


def _refuse(_value: Any, _rest: _Rest) -> Any:
    raise TypeError("an answer with something that only the desk finds out")


_OF_ONE: dict[Any, Reader] = {
    str: _read_text,
    bytes: lambda value, rest: rest.take(value),
    datetime: lambda value, _: datetime.fromisoformat(value),
    KeptContent: _refuse,
}
