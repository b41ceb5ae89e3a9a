"""What the documents say is so."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

from served_desk import BALIE

from casework.outbox.models import MailKind
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]


def _commands(*path: str) -> set[str]:
    """Return every command below this one, as it is typed."""
    shown = subprocess.run([BALIE, *path, "--help"], capture_output=True, text=True, check=True).stdout
    below = re.findall(r"^│ ([a-z-]+) ", shown.partition("Commands")[2], re.MULTILINE)
    return {" ".join(path)} if not below else set().union(*(_commands(*path, name) for name in below))


def test_every_setting_is_documented_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)

    assert documented == [field.name.upper() for field in fields(Settings)]


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = _commands()

    assert len(commands) >= 14
    assert [command for command in commands if command.split()[-1] not in readme] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        (document.name, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_folder_in_the_map_exists() -> None:
    folders = re.findall(r"^\| `([a-z_]+/)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert len(folders) == 8


def test_every_kind_of_mail_has_its_templates_in_four_languages() -> None:
    wanted = {
        f"{kind}/{language}/{part}"
        for kind in MailKind
        for language in ("nl", "fr", "de", "en")
        for part in ("subject.txt", "body.txt", "body.html")
    }
    mail = ROOT / "templates/mail"

    assert {str(path.relative_to(mail)) for path in mail.glob("*/*/*")} == wanted


def test_every_proof_of_reliability_is_a_test() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs/reliability.md").read_text())
    written = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    tests = set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))

    assert sorted(set(named) - tests) == []
    assert len(set(named)) > 70
