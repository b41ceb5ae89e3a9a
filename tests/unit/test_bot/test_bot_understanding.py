"""From a sentence to an intent: speed, held-back sentences, refusal, payloads, entities, the cache."""

import subprocess
import sys
from collections import Counter
from importlib.resources import files

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.dialogue.nlu import classifier, courtesies, model_cache
from bot.dialogue.nlu.entities import EntityFinder
from bot.dialogue.nlu.examples import Example, read_examples
from bot.dialogue.nlu.folding import normal
from bot.dialogue.nlu.interpreter import Interpreter
from bot.dialogue.nlu.spelling import Speller, plain
from bot.dialogue.nlu.terms import parts_of_words, words_and_pairs
from bot.dialogue.nlu.threshold import choose_thresholds
from bot.dialogue.project import load_project
from bot.errors import TrainingFailed
from bot.generation import INTERRUPTS

# Written apart from the examples; none of them is one.
UNSEEN = {
    "greet": ["hoi daar", "bonjour balie, ça va", "guten Tag zusammen", "good morning to you"],
    "thanks": ["heel fijn, dankjewel", "merci infiniment", "danke dir", "thank you so much indeed"],
    "affirm": ["ja zeker", "oui bien sûr", "ja natürlich", "yes indeed"],
    "deny": ["nee, toch maar niet", "non surtout pas", "nein, lieber nicht", "no, that's not correct"],
    "help": ["waar kan je mij mee helpen", "que savez-vous faire", "what kind of things can you do"],
    "stop": ["annuleer dit maar", "annulez tout", "ich will abbrechen", "please cancel this"],
    "file_request": [
        "ik zou graag een vraag willen stellen over mijn wedde",
        "je voudrais introduire une question",
        "ich hätte eine Frage an den Personaldienst",
        "I'd like to submit a question",
    ],
    "case_status": [
        "hoever staan jullie met mijn aanvraag",
        "où en est mon ticket",
        "wie ist der Stand meiner Anfrage",
        "any update on my case",
    ],
    "missing_information": [
        "welke documenten moet ik nog bezorgen",
        "quels papiers dois-je encore fournir",
        "welche Unterlagen brauchen Sie noch",
    ],
    "request_human": [
        "kan ik met een echt mens praten",
        "je voudrais parler avec un agent",
        "ich will mit einem echten Menschen reden",
        "let me speak with a real person",
    ],
    "switch_language": ["kan je Frans spreken", "pouvez-vous parler néerlandais", "could you answer in German"],
}
OUT_OF_SCOPE = [
    "hoeveel inwoners heeft Gent",
    "speel muziek",
    "zet het licht aan",
    "quelle est la recette du tiramisu",
    "allume la lumière",
    "qui est le président des États-Unis",
    "wie alt bist du",
    "wo ist der Bahnhof",
    "can you recommend a book",
    "how tall is the Eiffel tower",
    "turn off the tv",
    "lorem ipsum dolor",
]


# What people type where a form asks for a day, a number, a choice or an account.
VALUES = [
    *("1/9/2026", "2026-09-01", "01.01.2028", "1 september 2026", "15 oktober 2026", "3 juni", "vanaf 1 januari 2027"),
    *("1er octobre 2026", "le 15 mars 2027", "3 juin", "3. Mai 2026", "am 15. Dezember 2026", "1 October 2027"),
    *("May 3, 2027", "09/2026", "2027", "4", "15", "12,50", "1.234,56", "50%", "4/5", "38:00", "7 km", "3,5 km"),
    *("BE68539007547034", "BE68 5390 0754 7034", "1000 Brussel", "0470 12 34 56", "Rue de la Loi 16"),
]


@pytest.fixture(scope="module")
def training():
    return load_project(files("bot") / "assistant").training


@pytest.fixture(scope="module")
def ranker(training, cache_folder):
    return model_cache.load_or_train(training.examples, "out_of_scope", cache_folder)


@pytest.fixture(scope="module")
def interpreter(training, ranker):
    return Interpreter(training, {e.intent for e in training.examples} | {"nlu_fallback"}, ranker)


def understood(interpreter, text):
    return interpreter.parse(text, {})["intent"]["name"]


def test_unseen_sentences_are_understood(interpreter, training):
    known = {normal(example.text) for example in training.examples}
    tried = [(intent, text) for intent, texts in UNSEEN.items() for text in texts]
    answers = [(intent, understood(interpreter, text)) for intent, text in tried if normal(text) not in known]
    right = sum(meant == given for meant, given in answers)
    wrong = sum(given not in (meant, "nlu_fallback", "out_of_scope") for meant, given in answers)

    assert right / len(answers) >= 0.8
    assert wrong / len(answers) <= 0.05


def test_questions_nobody_foresaw_are_refused(interpreter):
    refused = [understood(interpreter, text) in ("nlu_fallback", "out_of_scope") for text in OUT_OF_SCOPE]

    assert sum(refused) / len(refused) >= 0.75


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("waar staat mijn dosier", "case_status"),
        ("wer bearbeitet meinen antarg", "case_status"),
        ("my cases pleaze", "case_status"),
        ("combien de congees me reste-t-il", "leave_balance"),
        ("MERCIIII beaucoup", "thanks"),
    ],
)
def test_slip_of_the_keyboard_is_read_past(interpreter, text, intent):
    assert understood(interpreter, text) == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Goeiemorgen, hoeveel verlof heb ik nog? Alvast bedankt, mvg", "leave_balance"),
        ("Bonjour madame, pourriez-vous me dire où en est mon dossier, cordialement", "case_status"),
        ("Guten Tag, welches Formular brauche ich? Mit freundlichen Grüßen", "which_form"),
        ("Hello, I would like to know what is missing from my file, kind regards", "missing_information"),
        ("hallo daar", "greet"),
        ("hello, how do I cook rice", "out_of_scope"),
    ],
)
def test_courtesies_say_nothing_of_what_is_meant(interpreter, text, intent):
    assert understood(interpreter, text) == intent


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello, hello, my cases please", "my cases"),
        ("hello cases", "hello cases"),
        ("Kind regards", "kind regards"),
        ("", ""),
    ],
)
def test_courtesies_are_set_aside_while_two_words_are_left(text, left):
    assert courtesies.set_aside(text) == left


def test_a_word_is_set_right_by_one_slip_and_no_more():
    written = Speller(["mijn verlof", "verlof op maandag", "verloop"])

    assert written("verlf velrof verloft verlxf") == "verlof verlof verlof verlof"
    assert written("vrlf op maandagg in tuin") == "vrlf op maandag in tuin"


def test_any_case_number_and_any_number_are_the_same():
    assert plain("HRB0001167 op 3/10/2026") == "casenumber op 0 00 0000"


def test_a_very_long_word_stays_as_it_is():
    assert Speller(["verlof"])("xq" * 50_000) == "xq" * 50_000


@pytest.mark.parametrize("text", ["Ja!", "  JA ", "ja...", "Tout à fait.", "inderdaad", "Jawohl", "By all means"])
def test_word_of_the_lists_is_certain_whatever_its_case_and_punctuation(interpreter, text):
    assert interpreter.parse(text, {})["intent"] == {"name": "affirm", "confidence": 1.0}


def test_payload_of_a_button_is_taken_as_it_is(interpreter):
    parse = interpreter.parse('/case_status{"case_number": "HRB0000002"}', {"person_id": "p"})

    assert parse["intent"] == {"name": "case_status", "confidence": 1.0}
    assert [(e["entity"], e["value"]) for e in parse["entities"]] == [("case_number", "HRB0000002")]
    assert parse["metadata"] == {"person_id": "p"}


@pytest.mark.parametrize("text", ["/case_status{broken", "/case_status{'a': 1}", "/case_status{[1]}"])
def test_payload_that_cannot_be_read_keeps_its_intent(interpreter, text):
    parse = interpreter.parse(text, {})

    assert (parse["intent"]["name"], parse["entities"]) == ("case_status", [])


def test_payload_of_an_unknown_intent_is_a_sentence(interpreter):
    assert interpreter.parse("/drop_tables", {})["intent"]["name"] != "drop_tables"


def test_interruption_needs_certainty_where_any_text_may_be_the_answer(training):
    class HalfSure:
        def rank(self, text):
            return [("stop", 0.5), ("affirm", 0.1)]

        threshold, certainty = 0.4, 0.7

    interpreter = Interpreter(training, {"stop", "affirm"}, HalfSure())

    assert interpreter.parse("mag ik dan ophouden", {})["intent"]["name"] == "stop"
    assert interpreter.parse("mag ik dan ophouden", {}, sure_about={"stop"})["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize("value", VALUES)
def test_a_value_interrupts_no_form(interpreter, value):
    meant = interpreter.parse(value, {}, sure_about=INTERRUPTS)["intent"]["name"]

    assert meant not in INTERRUPTS


@pytest.mark.parametrize("value", ["1/9/2026", "2026-09-01", "12", "12,50", "4/5", "50 %", "09/2026", "0470 12 34 56"])
def test_figures_alone_are_no_sentence(interpreter, value):
    assert interpreter.parse(value, {})["intent"]["name"] == "nlu_fallback"


def test_two_intents_that_are_nearly_as_likely_are_not_guessed_between(training):
    class Torn:
        def rank(self, text):
            return [("stop", 0.46), ("affirm", 0.44)]

        threshold, certainty = 0.4, 0.7

    assert Interpreter(training, {"stop", "affirm"}, Torn()).parse("x", {})["intent"]["name"] == "nlu_fallback"


def test_model_is_kept_and_read_back(training, ranker, cache_folder):
    kept = list(cache_folder.glob("intents-*.pickle"))

    again = model_cache.load_or_train(training.examples, "out_of_scope", cache_folder)

    assert len(kept) == 1
    assert again.rank("hallo") == ranker.rank("hallo")


def test_damaged_model_is_trained_again(tmp_path):
    examples = [Example(f"word{at} {intent}", intent) for at in range(6) for intent in ("yes", "no")]
    model_cache.load_or_train(examples, "out_of_scope", tmp_path)
    path = next(tmp_path.glob("intents-*.pickle"))
    path.write_bytes(b"half a file")

    ranker = model_cache.load_or_train(examples, "out_of_scope", tmp_path)

    assert ranker.rank("word1 yes")[0][0] == "yes"
    assert path.read_bytes() != b"half a file"


def test_changed_examples_are_trained_anew(tmp_path):
    examples = [Example(f"word{at} {intent}", intent) for at in range(6) for intent in ("yes", "no")]
    model_cache.load_or_train(examples, "out_of_scope", tmp_path)

    model_cache.load_or_train([*examples, Example("absolutely", "yes")], "out_of_scope", tmp_path)

    assert len(list(tmp_path.iterdir())) == 2


def test_interrupting_needs_at_least_as_much_as_answering(training):
    texts, intents = zip(*((example.text, example.intent) for example in training.examples[::3]), strict=True)
    columns = classifier.n_grams().fit_transform(texts)

    chosen = choose_thresholds(columns, intents, "out_of_scope")

    assert 0 < chosen.answer <= chosen.interrupt < 1


def test_entities_are_found_by_pattern_and_by_list_with_their_synonyms():
    data = read_examples(
        [
            {"intent": "x", "examples": '- see [C-1](number)\n- the [HR]{"entity": "team", "value": "hr"} team\n'},
            {"regex": "number", "examples": r"- C-\d+"},
            {"lookup": "team", "examples": "- personnel\n- C++ group\n"},
            {"synonym": "hr", "examples": "- personnel\n"},
            {"lookup": "unused", "examples": "- see\n"},
        ]
    )

    found = EntityFinder(data).find("Personnel, see c-12")

    assert [e.text for e in data.examples] == ["see C-1", "the HR team"]
    assert [(e["entity"], e["start"], e["end"], e["value"]) for e in found] == [
        ("number", 15, 19, "c-12"),
        ("team", 0, 9, "hr"),
    ]


ODD = ["", " ", "a", "zzqx", "IK WIL NAAR HUIS", "ça va? " * 50, "HRB0001167 \U0001f600", "to to to be or not to be"]


def expected_ranking(examples, texts):
    """Return what the library's own way through its matrices makes of each text."""
    speller, union = Speller([example.text for example in examples]), classifier.n_grams()
    columns = union.fit_transform([speller(example.text) for example in examples])
    regression = classifier.fit(columns, [example.intent for example in examples])
    asked = regression.predict_proba(union.transform([speller(text) for text in texts]))
    return [dict(zip(map(str, regression.classes_), row, strict=True)) for row in asked]


def test_ranking_is_what_scikit_learn_says(training, ranker):
    texts = [*ODD, *(example.text for example in training.examples[::20])]

    for text, expected in zip(texts, expected_ranking(training.examples, texts), strict=True):
        assert dict(ranker.rank(text)) == pytest.approx(expected, abs=1e-12)


def test_ranking_of_two_intents_is_what_scikit_learn_says(tmp_path):
    examples = [Example(f"word{at} {intent}", intent) for at in range(6) for intent in ("yes", "no")]
    ranker = model_cache.load_or_train(examples, "out_of_scope", tmp_path)

    assert dict(ranker.rank("yes word3")) == pytest.approx(expected_ranking(examples, ["yes word3"])[0], abs=1e-12)


def test_terms_are_those_of_scikit_learns_own_analysers():
    parts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).build_analyzer()
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\w+").build_analyzer()

    for text in [*ODD, "een", "ik wil van verlof afzien"]:
        sentence = plain(text)
        assert Counter(parts_of_words(sentence)) == Counter(parts(sentence))
        assert Counter(words_and_pairs(sentence)) == Counter(words(sentence))


def test_what_cannot_be_learnt_is_told_with_the_reason(tmp_path):
    with pytest.raises(TrainingFailed, match="ValueError"):
        model_cache.load_or_train([Example("word", "one")], "out_of_scope", tmp_path)


def test_understanding_a_sentence_needs_no_scikit_learn(training, ranker, cache_folder):
    asked = (
        "import sys; from importlib.resources import files; from pathlib import Path\n"
        "from bot.dialogue.nlu import model_cache; from bot.dialogue.project import load_project\n"
        "examples = load_project(files('bot') / 'assistant').training.examples\n"
        f"ranker = model_cache.load_or_train(examples, 'out_of_scope', Path({str(cache_folder)!r}))\n"
        "print(ranker.rank('hallo')[0][0], 'sklearn' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert said.stdout == "greet False\n"
