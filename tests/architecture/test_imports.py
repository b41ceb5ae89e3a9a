"""The walls of the house stand, and a hole in one is noticed."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_import_contracts_are_kept() -> None:
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout


def test_purity_of_the_engine_names_every_other_part_of_payroll() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["source_modules"] == ["payroll.engine"]]
    parts = {f"payroll.{path.stem}" for path in (ROOT / "payroll").iterdir() if not path.name.startswith("__")}

    assert parts - set(pure["forbidden_modules"]) == {"payroll.engine", "payroll.errors"}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("casework/cases/store.py", "import mail_gateway.errors"),
        ("casework/outbox/models.py", "import casework.portal"),
        ("bot/ports.py", "import casework.cases.store"),
        ("mail_gateway/errors.py", "import payroll"),
        ("payroll/engine/__init__.py", "import casework.db"),
    ],
)
def test_forbidden_import_is_caught(tmp_path: Path, module: str, forbidden: str) -> None:
    for package in ("runtime", "casework", "mail_gateway", "payroll", "bot"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{forbidden}\n")

    done = _lint(tmp_path)

    assert (done.returncode, "BROKEN" in done.stdout) == (1, True), done.stdout


def test_the_service_begins_without_the_packages_of_optional_channels() -> None:
    code = "import sys, runtime.service; print([name for name in sys.modules if name.split('.')[0] in %r])"
    optional = ("microsoft_agents", "slack_bolt", "slack_sdk", "nio")
    done = subprocess.run(
        [sys.executable, "-c", code % (optional,)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
