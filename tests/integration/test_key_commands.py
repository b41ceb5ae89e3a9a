"""`balie people ways` and `people codes`: what whoever runs the desk can do about keys."""

import pytest
from factories import PEOPLE
from typer.testing import CliRunner

from runtime.cli.main import commands


@pytest.fixture
def balie(tmp_path, monkeypatch):
    """Return a function that types a command on a desk with people."""
    monkeypatch.setenv("BALIE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE, encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(commands(), list(words))
        return done.exit_code, done.output

    assert run("migrate")[0] == 0
    assert run("people", "import", str(people))[0] == 0
    return run


def test_a_first_list_of_codes_is_printed_for_a_known_address(balie):
    status, said = balie("people", "codes", "an.peeters@health.example")
    lines = said.splitlines()
    assert (status, len(lines)) == (0, 24)
    assert [line.split()[0] for line in lines] == [str(place) for place in range(1, 25)]


def test_nobody_gets_codes_for_an_unknown_address(balie):
    status, said = balie("people", "codes", "nobody@else.example")
    assert (status, "nobody has the address nobody@else.example" in said) == (1, True)


def test_ways_are_switched_off_for_one_organisation_and_on_again(balie):
    off = balie("people", "ways", "FOD Gezondheid", "--off", "mail_code", "--off", "eid")
    assert off == (0, "FOD Gezondheid: eid, mail_code switched off\n")
    assert balie("people", "ways", "FOD Gezondheid") == (0, "FOD Gezondheid: nothing switched off\n")


@pytest.mark.parametrize("words", [("Nowhere",), ("FOD Gezondheid", "--off", "smoke")])
def test_an_unknown_organisation_or_way_is_refused(balie, words):
    assert balie("people", "ways", *words)[0] != 0
