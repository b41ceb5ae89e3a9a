import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.cases import commands
from casework.cases.commands import Command, CommandError, CommandFault, CommandName, ParsedReply
from casework.catalogue import text_loader
from casework.catalogue.models import LANGUAGES

MINE = Command(CommandName.MINE)
NOTE = Command(CommandName.NOTE)
INFO = Command(CommandName.INFO)
HOUSEHOLD = Command(CommandName.FORM, "household", {"kind": "change", "effective": "2026-09-01", "children": "2"})


def faults(text):
    return [error.fault for error in commands.parse_commands(text).errors]


def parsed(text):
    reply = commands.parse_commands(text)
    assert reply.errors == ()
    return [*reply.commands, reply.text]


def test_reply_without_commands_is_its_text():
    assert parsed("Dag Anna,\n\nuw dossier is in orde.\n") == ["Dag Anna,\n\nuw dossier is in orde."]


def test_empty_reply_is_nothing():
    assert commands.parse_commands(" \n\u00a0\n") == ParsedReply((), "")


def test_commands_stand_one_on_each_of_the_first_lines():
    text = "#mine\n#form household kind=change effective=2026-09-01 children=2\nDag Anna,\nhet is in orde."

    assert parsed(text) == [MINE, HOUSEHOLD, "Dag Anna,\nhet is in orde."]


def test_empty_lines_before_and_between_commands_do_not_matter():
    assert parsed("\n \u00a0\n#mine\n\n#note\n\n  bellen\n") == [MINE, NOTE, "  bellen"]


@pytest.mark.parametrize(
    "text",
    [
        "Beste,\n\n#note niet voor de medewerker",
        "#mine\nZie punt\n  # Notitie: intern",
        "#info\nWelke maand?\n#note ze belde al",
        "Bonjour,\n#nota secret",
        "Hello,\n#noet secret",
        "*#note* secret",
        "Guten Tag\n\u200b#notiz geheim",
        "Dag\n#1 is klaar\n#form household",
    ],
)
def test_command_below_text_that_would_go_to_the_requester_is_refused(text):
    assert faults(text) == [CommandFault.COMMAND_BELOW_TEXT]


@pytest.mark.parametrize("text", ["Zie #note", "Zie\n> #note", "Zie\n#2 is klaar\n#belangrijk", "Zie\n##note"])
def test_sign_that_is_no_command_is_text(text):
    assert parsed(text) == [text]


def test_note_may_hold_commands_as_text():
    assert parsed("#note\nZie\n#mine") == [NOTE, "Zie\n#mine"]


def test_many_signs_below_text_are_read_in_time_of_their_length():
    text = "Zie\n" + "".join(f"#x{number}\n" for number in range(50_000))

    assert parsed(text + "#noet") == [text + "#noet"]
    assert faults(text + "#note") == [CommandFault.COMMAND_BELOW_TEXT]


@pytest.mark.parametrize("line", ["#1 is klaar", "#", "##mine", "# 2", "nr #mine", "#-mine", "#_mine"])
def test_line_that_is_no_word_after_a_sign_is_text(line):
    assert parsed(line) == [line]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("#MINE", MINE),
        ("#Mijn", MINE),
        ("#moi", MINE),
        ("#meins", MINE),
        ("# mine", MINE),
        ("#\u00a0mine\u200b", MINE),
        ("\ufeff#mine.", MINE),
        ("#Notitie", NOTE),
        ("#nota", NOTE),
        ("#Notiz:", NOTE),
        ("#vraag", INFO),
        ("#question", INFO),
        ("#Frage", INFO),
        ("#info", INFO),
    ],
)
def test_command_is_understood_in_every_language_and_as_mail_programs_write_it(line, command):
    assert parsed(f"{line}\ntekst") == [command, "tekst"]


@pytest.mark.parametrize("word", ["form", "FORM", "formulier", "formulaire", "Formular"])
def test_form_is_understood_in_every_language(word):
    assert parsed(f"#{word} household") == [Command(CommandName.FORM, "household"), ""]


def test_text_of_note_and_info_may_begin_on_their_line():
    assert parsed("#note geheim\n#mine") == [NOTE, "geheim\n#mine"]
    assert parsed("#mine\n#info: Wanneer is ze geboren?\nGroeten") == [*(MINE, INFO, "Wanneer is ze geboren?\nGroeten")]


def test_note_with_a_blank_after_the_sign_is_never_sent_as_text():
    assert parsed("# note niet doorsturen") == [NOTE, "niet doorsturen"]


@pytest.mark.parametrize(
    "value",
    [
        '"twee woorden"',
        "\u201ctwee woorden\u201d",
        "\u201etwee woorden\u201c",
        "\u201dtwee woorden\u201d",
        "\u00abtwee woorden\u00bb",
        "\u00ab\u00a0twee\u202fwoorden\u00a0\u00bb",
        "'twee woorden'",
        "\u2018twee woorden\u2019",
        '"twee  woorden",',
    ],
)
def test_value_with_blanks_stands_in_quotes_of_any_shape(value):
    form = Command(CommandName.FORM, "telework", {"comment": "twee woorden", "kind": "regular"})

    assert parsed(f"#form telework comment={value} kind=regular") == [form, ""]


def test_value_may_hold_quotes_that_do_not_end_it():
    text = "#form telework comment='l\u2019accord d\u2019Anna' reason=l\u2019accord"

    assert commands.parse_commands(text).commands[0].answers == {
        "comment": "l\u2019accord d\u2019Anna",
        "reason": "l\u2019accord",
    }


def test_fields_may_be_set_apart_by_commas_and_their_names_by_case_or_hyphen():
    text = "#form household Kind=change, civil-status=married; effective=01/09/2026, fraction=12,5"

    assert commands.parse_commands(text).commands[0].answers == {
        "kind": "change",
        "civil_status": "married",
        "effective": "01/09/2026",
        "fraction": "12,5",
    }


def test_field_may_be_left_empty():
    assert commands.parse_commands('#form household kind= comment=""').commands[0].answers == {
        "kind": "",
        "comment": "",
    }


def test_form_may_be_called_by_its_name_in_words():
    text = "#form Wijziging van de gezinssamenstelling kind=change"

    assert parsed(text) == [
        Command(CommandName.FORM, "Wijziging van de gezinssamenstelling", {"kind": "change"}),
        "",
    ]
    assert parsed('#form "Fiche fiscale"') == [Command(CommandName.FORM, "Fiche fiscale"), ""]


def test_form_that_a_mail_program_cut_into_lines_is_put_together():
    text = "#form household kind=change\neffective=2026-09-01\nchildren=2\nDag Anna"

    assert parsed(text) == [HOUSEHOLD, "Dag Anna"]


def test_quote_that_a_mail_program_cut_is_put_together():
    text = '#form telework comment="een lange\nuitleg" kind=regular\nDag'

    assert parsed(text) == [
        Command(CommandName.FORM, "telework", {"comment": "een lange uitleg", "kind": "regular"}),
        "Dag",
    ]


def test_form_ends_at_an_empty_line():
    assert parsed("#form household kind=change\n\nchildren=2 is wat u vroeg") == [
        Command(CommandName.FORM, "household", {"kind": "change"}),
        "children=2 is wat u vroeg",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("#mien", CommandError(CommandFault.UNKNOWN_COMMAND, {"typed": "mien", "nearest": "mine"})),
        (
            "#formulir x",
            CommandError(CommandFault.UNKNOWN_COMMAND, {"typed": "formulir", "nearest": "formulier"}),
        ),
        ("#mine dank u", CommandError(CommandFault.UNEXPECTED_WORDS, {"command": "mine", "typed": "dank u"})),
        ("#form", CommandError(CommandFault.FORM_MISSING)),
        ("#form kind=change", CommandError(CommandFault.FORM_MISSING)),
        ("#form household kind=change zo", CommandError(CommandFault.NOT_A_FIELD, {"typed": "zo"})),
        ("#form household kind=a Kind=b", CommandError(CommandFault.REPEATED_FIELD, {"typed": "kind"})),
        ('#form household comment="open', CommandError(CommandFault.QUOTE_NOT_CLOSED, {"typed": "comment"})),
        ('#form "household', CommandError(CommandFault.QUOTE_NOT_CLOSED, {"typed": '"household'})),
        ("#mine\n#mine", CommandError(CommandFault.REPEATED_COMMAND, {"command": "mine"})),
        ("#form a\n#form b", CommandError(CommandFault.REPEATED_COMMAND, {"command": "form"})),
        ("#note\n#info\ntekst", CommandError(CommandFault.NOTE_AND_INFO)),
        ("#info\n#note tekst", CommandError(CommandFault.NOTE_AND_INFO)),
    ],
)
def test_command_that_is_not_understood_is_an_error_and_nothing_is_left_to_do(text, error):
    reply = commands.parse_commands("#mine\n" + text if "#mine" not in text else text)

    assert (reply.errors, reply.commands) == ((error,), ())


def test_every_mistake_is_named_at_once():
    assert faults("#mien\n#form\n#note\n#info\n") == [
        CommandFault.UNKNOWN_COMMAND,
        CommandFault.FORM_MISSING,
        CommandFault.NOTE_AND_INFO,
    ]


def test_long_line_is_quoted_short():
    (error,) = commands.parse_commands("#mine " + "x" * 1000).errors

    assert error.params["typed"] == "x" * 60 + "…"


def test_has_tells_which_commands_were_given():
    reply = commands.parse_commands("#mine\n#note\ntekst")

    assert {name for name in CommandName if reply.has(name)} == {CommandName.MINE, CommandName.NOTE}


def test_there_is_a_text_for_every_fault_and_for_nothing_else():
    texts = text_loader.load_packaged("casework.cases", "commands.yaml")

    assert sorted(texts) == sorted(CommandFault)


def test_every_fault_is_explained_with_what_was_typed():
    reply = commands.parse_commands("#mien\n#mine {x}\n#form a b=1 {typed}")

    assert [commands.explain(error, "en") for error in reply.errors] == [
        "We know no command #mien. Did you mean #mine? Nothing was carried out.",
        "Write “{x}” on the line after #mine, not behind it. Nothing was carried out.",
        "“{typed}” is not a field=value. Put a value with spaces in quotes. Nothing was carried out.",
    ]


PIECES = st.sampled_from(
    [
        "#mine",
        "#form household",
        "#form x",
        "#note",
        "#info",
        "#mien",
        " kind=change",
        ' a="b',
        '"',
        "«",
        "\n",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8))).map("".join), st.sampled_from(LANGUAGES))
def test_any_reply_is_parsed_and_its_errors_explained(text, language):
    reply = commands.parse_commands(text)

    assert not (reply.commands and reply.errors)
    assert len({command.name for command in reply.commands}) == len(reply.commands)
    assert all(commands.explain(error, language).endswith(".") for error in reply.errors)


@given(st.text())
def test_text_after_an_ordinary_first_line_is_never_touched(rest):
    text = f"Dag\n{rest}"

    assert commands.parse_commands(text).text == text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.text(st.sampled_from("abc é09=#.-/"), max_size=12).map(lambda value: " ".join(value.split())),
        max_size=5,
    )
)
def test_answers_that_are_quoted_come_back_as_they_were(answers):
    typed = " ".join(f'{key}="{value}"' for key, value in answers.items())

    assert parsed(f"#form household {typed}\ntekst") == [
        Command(CommandName.FORM, "household", answers),
        "tekst",
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "#form x " + 'a="' * 40_000,
        "#form x " + "a=b " * 40_000,
        "#form x\n" + 'a="b\n' * 40_000,
        "#x\n" * 40_000,
        "#mine\n" * 40_000,
        "#form x " + " " * 200_000,
        "\n" * 200_000,
        "#" * 200_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_reply_costs_time_by_its_length_only(hostile):
    started = time.process_time()
    commands.parse_commands(hostile)
    commands.parse_decision(hostile)

    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "line",
    [
        "#for an@health.example",
        "#Voor: An@Health.example",
        "#pour An Peeters <an@health.example>",
        "# für an@health.example <mailto:an@health.example>",
    ],
)
def test_for_names_the_one_whose_mail_it_is(line: str) -> None:
    reply = commands.parse_commands(f"{line}\n\nThe mail")

    assert reply.commands == (Command(CommandName.FOR, address="an@health.example"),)
    assert reply.text == "The mail"


@pytest.mark.parametrize("line", ["#for", "#for An Peeters", "#for an@health.example luc@health.example", "#for an@x"])
def test_for_without_exactly_one_address_is_refused(line: str) -> None:
    assert [error.fault for error in commands.parse_commands(line).errors] == [CommandFault.FOR_WHOM]


def test_for_stands_alone() -> None:
    reply = commands.parse_commands("#mine\n#for an@health.example")

    assert [error.fault for error in reply.errors] == [CommandFault.FOR_ALONE]
