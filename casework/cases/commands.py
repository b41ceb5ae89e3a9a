"""What a person on a case writes in a reply: commands in its first lines, or one word that decides.

This is the one grammar for mail, chat and workspace:

    #mine                                 the case becomes mine
    #form household kind=change note="two words"   the case is this form, with these answers
    #note                                 what follows stays among handlers
    #info                                 what follows is a question to the requester
    #for an@health.example                what follows is a mail of this person, and the case is theirs

Commands stand at the top, one on each line; empty lines between them do not matter. The text of #note
and #info may begin on their line. #for stands alone, on a mail that a handler forwards to the desk.
From the first other line on everything is text; a line of it that looks like a
command is refused unless the text stays internal or is a forwarded mail, since an internal note below a
greeting would else go to the requester. What mail programs do
to a line is undone: special blanks, curly quotes, a #form cut into several lines. When one line is not
understood no command is returned at all: nothing happens by half.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cache

from casework.catalogue import text_loader, words
from casework.catalogue.models import Texts


class CommandName(StrEnum):
    """What a handler can tell the desk to do."""

    MINE = "mine"
    FORM = "form"
    NOTE = "note"
    INFO = "info"
    FOR = "for"


class CommandFault(StrEnum):
    """Why a command was not understood."""

    UNKNOWN_COMMAND = "unknown_command"
    REPEATED_COMMAND = "repeated_command"
    NOTE_AND_INFO = "note_and_info"
    UNEXPECTED_WORDS = "unexpected_words"
    COMMAND_BELOW_TEXT = "command_below_text"
    FORM_MISSING = "form_missing"
    NOT_A_FIELD = "not_a_field"
    REPEATED_FIELD = "repeated_field"
    QUOTE_NOT_CLOSED = "quote_not_closed"
    FOR_WHOM = "for_whom"
    FOR_ALONE = "for_alone"
    FOR_ON_A_CASE = "for_on_a_case"
    FOR_A_STRANGER = "for_a_stranger"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `form` is the key or name of a form as typed, `answers` what was typed for its fields.

    `address` is the one whose mail is forwarded.
    """

    name: CommandName
    form: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True, slots=True)
class CommandError:
    """A command that was not understood; `params` fill the text that says so."""

    fault: CommandFault
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A reply taken apart. With errors there are no commands, and nothing of the reply may be carried out."""

    commands: tuple[Command, ...]
    text: str
    errors: tuple[CommandError, ...] = ()

    def has(self, name: CommandName) -> bool:
        """Tell whether this command was given."""
        return any(command.name is name for command in self.commands)


@dataclass(frozen=True, slots=True)
class Decision:
    """The requester's word on a proposed solution."""

    accepted: bool
    comment: str


_NAMES = {
    **dict.fromkeys(["mine", "mijn", "moi", "meins"], CommandName.MINE),
    **dict.fromkeys(["form", "formulier", "formulaire", "formular"], CommandName.FORM),
    **dict.fromkeys(["note", "nota", "notitie", "notiz"], CommandName.NOTE),
    **dict.fromkeys(["info", "vraag", "question", "frage"], CommandName.INFO),
    **dict.fromkeys(["for", "voor", "pour", "für", "fuer"], CommandName.FOR),
}
_ABOUT_THE_TEXT = {CommandName.NOTE, CommandName.INFO}
_BEARS_COMMANDS_IN_TEXT = {CommandName.NOTE, CommandName.FOR}
_ALIKE = 0.75  # from here on a word below the first text is taken for a misspelt command
_DECISIONS = {
    **dict.fromkeys(["ja", "oui", "yes"], True),
    **dict.fromkeys(["nee", "neen", "non", "nein", "no"], False),
}
# A blank after the sign is allowed: "# note" that became text would send an internal note to the requester.
_COMMAND = re.compile(r"# ?([^\W\d_][\w-]*)[:.,;!]* ?(.*)")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[\w-]+(?:\.[\w-]+)+")
_FIELD = re.compile(r"([^\W\d_][\w-]*)=")
_INVISIBLE = re.compile("[\N{SOFT HYPHEN}\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DOUBLE = '"\N{FULLWIDTH QUOTATION MARK}\u201c\u201d\u201e\u201f\u00ab\u00bb'
_SINGLE = "'\u2018\u2019\u201a\u201b\u2039\u203a"
_CLOSING = {quote: re.compile(rf"[{family}](?=[ ,;]|$)") for family in (_DOUBLE, _SINGLE) for quote in family}
_MOST_CUTS = 10  # lines into which a mail program may have cut one #form
_MARKUP = "*_-\N{BULLET} "  # what mail programs put before a line that is bold or listed
_MOST_COMPARED = 200  # words below the first text that are compared with commands
_MOST_ERRORS = 10  # shown at once; whoever sends more gets no more of our time
_LONGEST_QUOTE = 60  # of what was typed, as it is shown again
_LONGEST_FOR = 1000  # characters in which an address is looked for
_LONGEST_DECISION = 40  # letters of a first line that can still be one word among punctuation
_TEXTS = "commands.yaml"


def parse_commands(text: str) -> ParsedReply:
    """Take the commands off the top of a reply; the work grows with the length of the reply, no faster."""
    lines = _lines(text)
    commands: list[Command] = []
    errors: list[CommandError] = []
    position = _skip_blank(lines, 0)
    while position < len(lines) and len(errors) < _MOST_ERRORS:
        typed = _COMMAND.fullmatch(_tidy(lines[position]))
        if typed is None:
            break
        name = _NAMES.get(typed[1].casefold())
        if name in _ABOUT_THE_TEXT and typed[2]:
            commands.append(Command(name))
            lines[position] = typed[2]
            break
        end = _end_of_form(lines, position) if name is CommandName.FORM else position + 1
        read = _read_command(name, typed, [_tidy(line) for line in lines[position + 1 : end]])
        if isinstance(read, Command):
            commands.append(read)
        else:
            errors.append(read)
        position = _skip_blank(lines, end)
    errors += _conflicts(commands)
    if _BEARS_COMMANDS_IN_TEXT.isdisjoint(command.name for command in commands):
        errors += _commands_below(lines[position:])
    return ParsedReply(() if errors else tuple(commands), "\n".join(lines[position:]).rstrip(), tuple(errors))


def parse_decision(text: str) -> Decision | None:
    """Return the decision when the first line is yes or no alone, in any language of the desk; else None.

    "Ja, maar …" is a message: whoever sets a condition has not decided.
    """
    lines = _lines(text)
    position = _skip_blank(lines, 0)
    word = _tidy("".join(lines[position : position + 1])).casefold()
    if len(word) > _LONGEST_DECISION:
        return None
    letters = [at for at, char in enumerate(word) if unicodedata.category(char)[0] not in "PZ"]
    word = word[letters[0] : letters[-1] + 1] if letters else ""
    if word not in _DECISIONS:
        return None
    return Decision(_DECISIONS[word], "\n".join(lines[position + 1 :]).strip())


def explain(error: CommandError, language: str) -> str:
    """Return what was not understood and what to write instead; it quotes what was typed, so escape it."""
    return _sentences()[error.fault].in_(language).format(**error.params)


@cache
def _sentences() -> Mapping[str, Texts]:
    return text_loader.load_packaged(__package__, _TEXTS)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _tidy(line: str) -> str:
    return " ".join(_INVISIBLE.sub("", line).split())


def _skip_blank(lines: Sequence[str], position: int) -> int:
    while position < len(lines) and not _tidy(lines[position]):
        position += 1
    return position


def _end_of_form(lines: Sequence[str], start: int) -> int:
    """Return the line after a #form: the next lines belong to it while they go on with fields or a quote."""
    joined, end = _tidy(lines[start]), start + 1
    while end < min(len(lines), start + _MOST_CUTS) and (line := _tidy(lines[end])):
        is_open = any(value is None for _, value in _split(joined))
        if not is_open and not _FIELD.match(line):
            break
        joined, end = f"{joined} {line}", end + 1
    return end


def _read_command(name: CommandName | None, typed: re.Match[str], more: Sequence[str]) -> Command | CommandError:
    if name is None:
        nearest = words.nearest(typed[1], _NAMES)
        return CommandError(CommandFault.UNKNOWN_COMMAND, {"typed": _quote(typed[1]), "nearest": nearest})
    if name is CommandName.FORM:
        return _read_form(" ".join([typed[2], *more]))
    if name is CommandName.FOR:
        return _read_for(typed[2])
    if typed[2]:
        return CommandError(CommandFault.UNEXPECTED_WORDS, {"command": name, "typed": _quote(typed[2])})
    return Command(name)


def _read_form(typed: str) -> Command | CommandError:
    name: list[str] = []
    answers: dict[str, str] = {}
    for key, value in _split(typed):
        if value is None:
            return CommandError(CommandFault.QUOTE_NOT_CLOSED, {"typed": _quote(key or typed)})
        if key is None and answers:
            return CommandError(CommandFault.NOT_A_FIELD, {"typed": _quote(value)})
        if key is None:
            name.append(value)
        elif key in answers:
            return CommandError(CommandFault.REPEATED_FIELD, {"typed": _quote(key)})
        else:
            answers[key] = value
    if not name:
        return CommandError(CommandFault.FORM_MISSING)
    return Command(CommandName.FORM, " ".join(name), answers)


def _read_for(typed: str) -> Command | CommandError:
    """Read the one address, which mail programs may write twice, as a name and as a link."""
    addresses = {found.casefold() for found in _ADDRESS.findall(typed[:_LONGEST_FOR])}
    if len(addresses) != 1:
        return CommandError(CommandFault.FOR_WHOM, {"typed": _quote(typed)})
    return Command(CommandName.FOR, address=addresses.pop())


def _split(typed: str) -> Iterator[tuple[str | None, str | None]]:
    """Yield field and value; no field for a bare word, no value (and the end) for a quote that stays open."""
    position = 0
    while position < len(typed):
        if typed[position] in " ,;":
            position += 1
            continue
        named = _FIELD.match(typed, position)
        key = named[1].casefold().replace("-", "_") if named else None
        start = named.end() if named else position
        closing = _CLOSING.get(typed[start : start + 1])
        if closing is None:
            blank = typed.find(" ", start)
            position = blank if blank >= 0 else len(typed)
            yield key, typed[start:position].rstrip(",;")
            continue
        closed = closing.search(typed, start + 1)
        if closed is None:
            yield key, None
            return
        position = closed.end()
        yield key, typed[start + 1 : closed.start()].strip()


def _conflicts(commands: Sequence[Command]) -> Iterator[CommandError]:
    names = [command.name for command in commands]
    for name in CommandName:
        if names.count(name) > 1:
            yield CommandError(CommandFault.REPEATED_COMMAND, {"command": name})
    if CommandName.NOTE in names and CommandName.INFO in names:
        yield CommandError(CommandFault.NOTE_AND_INFO)
    if CommandName.FOR in names and len(set(names)) > 1:
        yield CommandError(CommandFault.FOR_ALONE)


def _commands_below(text: Sequence[str]) -> Iterator[CommandError]:
    """Yield the first line of the text that was meant as a command, misspelt, marked up or not."""
    tidied = (_tidy(line).lstrip(_MARKUP) for line in text)
    marked = (_COMMAND.fullmatch(line) for line in tidied if line.startswith("#"))
    for number, typed in enumerate(filter(None, marked)):
        name = _meant(typed[1].casefold(), may_be_misspelt=number < _MOST_COMPARED)
        if name is not None:
            params = {"typed": _quote(typed[1]), "command": name}
            yield CommandError(CommandFault.COMMAND_BELOW_TEXT, params)
            return


def _meant(word: str, *, may_be_misspelt: bool) -> CommandName | None:
    if word in _NAMES or not may_be_misspelt or len(word) > _LONGEST_QUOTE:
        return _NAMES.get(word)
    return next((_NAMES[near] for near in get_close_matches(word, _NAMES, n=1, cutoff=_ALIKE)), None)


def _quote(typed: str) -> str:
    return typed if len(typed) <= _LONGEST_QUOTE else f"{typed[:_LONGEST_QUOTE]}…"
