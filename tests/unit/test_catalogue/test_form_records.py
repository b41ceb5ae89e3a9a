"""A form written down with a case is read back as it was, by this version and by later ones."""

import json

import pytest

from casework.catalogue import loader, records
from casework.catalogue.errors import CatalogueError
from casework.catalogue.service import load_catalogue

CATALOGUE = load_catalogue()
SMALL = """
texts: {{}}
statuses: {{}}
option_sets: {{}}
themes:
  - key: t
    label: {{nl: t, fr: t, de: t, en: t}}
    forms:
      - key: f
        label: {{nl: f, fr: f, de: f, en: f}}
        payroll: {{effect: none}}
        related: {{to: {to!r}, label: {{nl: a, fr: b, de: c, en: d}}}}
        fields: []
"""


@pytest.mark.parametrize("form", CATALOGUE.forms, ids=lambda form: form.key)
def test_a_form_comes_back_from_its_record_as_it_was(form):
    assert records.read_form(json.loads(json.dumps(records.write_form(form)))) == form


def test_a_record_of_another_version_is_read_as_far_as_it_goes():
    form = CATALOGUE.form("pension")
    record = records.write_form(form)
    del record["hint"]
    record["colour"] = "blue"
    record["fields"][0]["weight"] = 3

    assert records.read_form(record) == form


@pytest.mark.parametrize("to", ["/help/absences", "https://elsewhere.example/page", "https://elsewhere.example"])
def test_a_related_link_leads_to_a_page_of_ours_or_over_https(to):
    assert loader.load(SMALL.format(to=to), "small.yaml").form("f").related.to == to


@pytest.mark.parametrize(
    "to", ["//elsewhere.example", "javascript:alert(1)", "http://elsewhere.example", "/a b", "/\\x"]
)
def test_any_other_related_link_is_refused_with_its_line(to):
    with pytest.raises(CatalogueError) as refused:
        loader.load(SMALL.format(to=to), "small.yaml")

    assert str(refused.value).startswith("small.yaml, line 12")
