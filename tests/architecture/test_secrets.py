"""No secret stands in the repository (ASVS 13.3.1), and every secret that the desk draws has 128 bits (11.5.1)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture.test_repository import ROOT, repository_texts

LOOKS_OF_A_SECRET = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    r"\bglpat-[A-Za-z0-9_-]{20}",
    r"\bxox[abprs]-[0-9A-Za-z-]{20}",
    r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20}",
    r"\b(?:postgresql|smtps?|imaps?|https?)://[^\s/:@\"'{}<>]+:(?!password@|secret@)[^\s/@\"'{}<>]{6,}@",
)
SECRET = re.compile("|".join(LOOKS_OF_A_SECRET))
LEAST_BYTES = 16
# Drawn where nobody gains anything by guessing it: a number under which a fault is found again, a worker's name, and
# the name of a file while it is written.
NO_SECRETS = {
    "casework/api/problems.py",
    "casework/attachments/storage.py",
    "casework/portal/shell/error_pages.py",
    "runtime/service.py",
}
DRAWN = {"token_urlsafe", "token_hex", "token_bytes"}


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx0123456789", True),
        ("postgresql://balie:" + "vn93hf82hd@host/name", True),
        ("token = 'gh" + "p_" + "a1B2" * 9 + "'", True),
        ("-----BEGIN PRIVATE KEY-----", False),
        ("postgresql://user:password@host/name", False),
        ("https://desk.balie.example/cases/HRB0001167", False),
    ],
)
def test_a_secret_is_known_when_it_is_seen(text, is_secret):
    assert bool(SECRET.search(text)) is is_secret


def test_no_file_of_the_repository_holds_a_key_or_a_password():
    held = {name: text for name, text in repository_texts().items() if not name.startswith("tests/data/")}

    assert [name for name, text in held.items() if SECRET.search(text)] == []


def drawings(path: Path) -> Iterator[tuple[str, int]]:
    """Return each token that a module draws, by the name of the function, with its bytes; without a number it is 32."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DRAWN:
            size = node.args[0] if node.args else ast.Constant(32)
            yield node.func.attr, size.value if isinstance(size, ast.Constant) else LEAST_BYTES


def test_every_token_that_opens_something_has_128_bits():
    packages = ("bot", "casework", "mail_gateway", "payroll", "runtime")
    drawn = {
        (str(path.relative_to(ROOT)), size)
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for _, size in drawings(path)
    }

    assert {(name, size) for name, size in drawn if size < LEAST_BYTES and name not in NO_SECRETS} == set()
    assert len({name for name, _ in drawn}) > 12
