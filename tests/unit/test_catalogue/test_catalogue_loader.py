import pytest

from casework.catalogue import loader, service
from casework.catalogue.errors import CatalogueError
from casework.catalogue.models import Condition, FilingChannel

TEXT = "{nl: a, fr: b, de: c, en: d}"
SMALL = """\
texts:
  submit: {nl: Indienen, fr: Introduire, de: Einreichen, en: Submit}
statuses:
  open:
    label: {nl: Open, fr: Ouvert, de: Offen, en: Open}
    explain: {nl: Ontvangen., fr: Reçu., de: Erhalten., en: Received.}
common_fields:
  - {key: comment, type: textarea, label: {nl: Opmerking, fr: Remarque, de: Bemerkung, en: Comment}}
option_sets:
  colour:
    - {key: red, label: {nl: Rood, fr: Rouge, de: Rot, en: Red}}
    - {key: blue, label: {nl: Blauw, fr: Bleu, de: Blau, en: Blue}}
themes:
  - key: paint
    label: {nl: Verf, fr: Peinture, de: Farbe, en: Paint}
    forms:
      - key: order
        label: {nl: Bestelling, fr: Commande, de: Bestellung, en: Order}
        approval: {by: manager, satisfies: [receipt]}
        payroll: {effect: none}
        fields:
          - {key: colour, type: select, options: colour, required: true, label: {nl: Kleur, fr: Couleur, de: Farbe, en: Colour}}
          - {key: litres, type: integer, minimum: 1, maximum: 9, label: {nl: Liter, fr: Litres, de: Liter, en: Litres}}
          - {key: start, type: date, when: {colour: [red]}, label: {nl: Van, fr: Du, de: Von, en: From}}
          - {key: end, type: date, check: ">= start", label: {nl: Tot, fr: Au, de: Bis, en: Until}}
        documents:
          - {key: receipt, when_not: {colour: [blue]}, label: {nl: Bon, fr: Reçu, de: Beleg, en: Receipt}}
      - key: question
        label: {nl: Vraag, fr: Question, de: Frage, en: Question}
        synonyms: {nl: [navraag], fr: [demande], de: [Anfrage], en: [query]}
        payroll: {effect: none}
"""  # noqa: E501 - one field a line, as in the catalogue itself


def refusal(content):
    with pytest.raises(CatalogueError) as caught:
        loader.load(content, "small.yaml")
    return caught.value


def line_of(content, part):
    return content[: content.index(part)].count("\n") + 1


def test_load_reads_conditions_checks_and_defaults():
    catalogue = loader.load(SMALL, "small.yaml")

    order = catalogue.form("order")
    assert order.field("start").conditions == (Condition("colour", ("red",)),)
    assert order.document("receipt").conditions == (Condition("colour", ("blue",), negated=True),)
    assert order.field("end").not_before == "start"
    assert (order.field("litres").minimum, order.field("litres").maximum) == (1, 9)
    assert [field.key for field in catalogue.form("question").fields] == ["comment"]
    assert order.channels == tuple(FilingChannel)
    assert order.theme == "paint"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("type: integer", "typ: integer", "unknown key 'typ'; did you mean 'type'?"),
        ("type: integer", "type: intger", "'intger' is no type; did you mean 'integer'?"),
        ("effect: none", "effect: nothing", "'nothing' is no effect; did you mean 'none'?"),
        ("fr: Rouge, ", "", "'fr' is missing"),
        ("fr: Rouge, ", "fr: '', ", "'fr' is empty"),
        ("fr: Rouge, ", "fr: 12, ", "'fr' has to be a text (put it in quotes)"),
        ("options: colour", "options: color", "there is no option set 'color'; did you mean 'colour'?"),
        ("{key: blue", "{key: red", "the option 'red' stands here twice"),
        ("nl: Blauw", "nl: róod", "the options 'red' and 'blue' both read 'rood' in nl"),
        ("fr: Bleu", "fr: Red", "the options 'red' and 'blue' both read 'red' in fr"),
        (
            "{colour: [red]}",
            "{color: [red]}",
            "a condition needs a select or lookup field that stands before",
        ),
        (
            "{colour: [red]}",
            "{litres: [red]}",
            "a condition needs a select or lookup field that stands before",
        ),
        ("{colour: [red]}", "{colour: [rde]}", "has no option 'rde'; did you mean 'red'?"),
        ("{colour: [red]}", "{colour: []}", "the condition on 'colour' names no option"),
        ("{colour: [red]}", "{colour: red}", "'colour' has to be a list"),
        ("{colour: [blue]}", "{colour: [blue, blue]}", "'blue' is empty or stands twice in 'colour'"),
        ('">= start"', '"> start"', 'a check has to read like ">= start"'),
        ('">= start"', '">= begin"', "has to compare with an earlier field of the same calendar type"),
        ('">= start"', '">= litres"', "has to compare with an earlier field of the same calendar type"),
        ("minimum: 1", "minimum: 10", "no number from 0 to 999999999 lies between 10 and 9"),
        ("minimum: 1", "minimum: 1.5", "'minimum' has to be a whole number, or a decimal in quotes"),
        ("minimum: 1", 'minimum: "1.5"', "the minimum of an integer has to be whole"),
        ("minimum: 1", 'minimum: "one"', "'minimum' has to be a number"),
        ("minimum: 1", 'minimum: "NaN"', "'minimum' has to be a whole number"),
        ("type: date, check", "type: date, minimum: 1, check", "a field of type date has no minimum"),
        ("type: date, check", "type: date, options: colour, check", "a field of type date has no options"),
        ("required: true", "required: perhaps", "'required' has to be true or false"),
        ("{key: litres", "{key: Litres", "may hold only small letters, digits and underscores"),
        ("{key: litres", "{key: colour", "the field 'colour' stands twice in this form"),
        ("{key: litres", "{key: comment", "the field 'comment' stands twice in this form"),
        ("satisfies: [receipt]", "satisfies: [bill]", "the form requires no document 'bill'"),
        ("- key: question", "- key: order", "the form 'order' stands here twice"),
        ("[navraag]", "[Béstelling]", "'bestelling' is already a name of the form 'order'"),
        ("nl: [navraag], ", "", "the synonyms in 'nl' are missing"),
        ("submit:", "submit: x\n  submit:", "the key 'submit' stands here twice"),
        ("        payroll: {effect: none}\n        fields", "        fields", "'payroll' is missing"),
        ("  colour:\n", "  colour: []\n  shade:\n", "'colour' holds no option, so nobody could choose one"),
        ("statuses:\n", "statuses: none\nstates:\n", "unknown key 'states'"),
        ("  open:\n", "  open: hello\n  shut:\n", "expected `key: value` pairs here"),
        ("  submit: {", "  7: {", "a key has to be a text"),
    ],
)
def test_load_refuses_a_mistake_with_its_reason(old, new, reason):
    assert reason in refusal(SMALL.replace(old, new, 1)).reason


def test_refusal_names_file_and_line():
    broken = SMALL.replace("options: colour", "options: color")

    error = refusal(broken)

    assert (error.file, error.line) == ("small.yaml", line_of(broken, "options: color"))
    assert str(error) == f"small.yaml, line {error.line}: {error.reason}"


def test_refusal_of_a_doubled_document_names_it():
    receipt = SMALL[SMALL.index("          - {key: receipt") :].split("\n", maxsplit=1)[0] + "\n"

    assert "the document 'receipt' stands twice" in refusal(SMALL.replace(receipt, receipt * 2)).reason


def test_refusal_of_a_doubled_theme_names_it():
    theme = f"\n  - {{key: paint, label: {TEXT}, forms: []}}\n"

    assert refusal(SMALL.rstrip() + theme).reason == "the theme 'paint' stands here twice"


def test_catalogue_without_forms_is_refused():
    assert refusal(SMALL[: SMALL.index("themes:")] + "themes: []\n").reason.startswith("there is no form")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ("a: [", "this is not YAML"),
        ("\x00", "this is not YAML"),
        ("- a", "expected"),
    ],
)
def test_file_that_is_no_catalogue_at_all_is_refused(content, reason):
    assert refusal(content).reason.startswith(reason)


def test_version_follows_the_content_alone():
    version = loader.load(SMALL, "small.yaml").version

    assert loader.load("# a remark\n" + SMALL, "elsewhere.yaml").version == version
    assert loader.load(SMALL.replace("nl: Rood", "nl: Rose"), "small.yaml").version != version
    assert len(version) == 12


def test_load_catalogue_reads_a_file_of_ones_own(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(SMALL, "utf-8")

    assert service.load_catalogue(path).form("order").label.fr == "Commande"


def test_load_catalogue_says_which_file_it_cannot_read(tmp_path):
    missing, binary = tmp_path / "missing.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")

    for path in (missing, binary):
        with pytest.raises(CatalogueError, match="the file cannot be read") as caught:
            service.load_catalogue(path)
        assert caught.value.file == str(path)
