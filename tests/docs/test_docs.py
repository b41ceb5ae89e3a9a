"""What the documents say is so."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from casework.outbox.models import MailKind
from runtime.cli.main import GROUPS, commands
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]


def _commands(command: TyperCommand | TyperGroup, *path: str) -> dict[str, str]:
    """Return every command below this one as it is typed, with its help."""
    if not isinstance(command, TyperGroup):
        return {" ".join(path): str(command.help or "")}
    below = [_commands(each, *path, name) for name, each in command.commands.items()]
    return {typed: said for each in below for typed, said in each.items()}


def test_every_setting_is_documented_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)

    assert documented == [field.name.upper() for field in fields(Settings)]


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    offered = _commands(typer.main.get_command(commands()))

    assert len(offered) >= 14
    assert [command for command, said in offered.items() if not said] == []
    assert [command for command in offered if command not in readme] == []


def test_a_group_that_is_loaded_alone_offers_what_it_offers_among_all() -> None:
    offered = _commands(typer.main.get_command(commands()))

    for group in GROUPS:
        alone = _commands(typer.main.get_command(commands([group, "--json"])))
        assert alone == {typed: said for typed, said in offered.items() if typed.partition(" ")[0] == group}


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        (document.name, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_the_map_names_every_folder_that_a_reader_meets() -> None:
    mapped = re.findall(r"^\| `([a-z_]+)/` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    met = {path.split("/")[0] for path in kept if "/" in path and not path.startswith(".")}

    assert sorted(mapped) == sorted(met)


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
