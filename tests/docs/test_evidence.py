"""Each fact of the inventory stands in the table of evidence, and each test that is named there exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT.parent / "shared" / "mission" / "seed-inventory.md"
EVIDENCE = (ROOT / "docs/evidence.md").read_text()
FACT = re.compile(r"^\| ((?:PC[A-F]|LOG)-\d+) \|", re.MULTILINE)


def test_every_test_that_the_evidence_names_exists():
    named = set(re.findall(r"`(test_\w+\.py::test_\w+)`", EVIDENCE))
    written = {
        f"{file.name}::{name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE)
    }

    assert sorted(named - written) == []
    assert len(named) > 80


def test_every_fact_of_the_inventory_is_proven_or_said_not_to_be_so():
    if not INVENTORY.exists():
        pytest.skip("the inventory is not beside this checkout")

    assert FACT.findall(EVIDENCE) == FACT.findall(INVENTORY.read_text())
