"""The repository speaks of the project alone: no real address, no path of a build machine, no registry's host name."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".html", ".csv", ".lock", ".js", ".css", ".po", ".cfg", ""}
# Assembled, so that this file does not match itself.
HOSTS = re.compile(
    "|".join(["py" + r"pi\.(org|python)", "python" + r"hosted\.org", "npm" + r"js\.(com|org)", "index" + "-url"])
)
PATHS = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "home/[a-z]"]))
ADDRESS = re.compile(r"[A-Za-z0-9_.+%-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


def repository_texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {}
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in TEXT and path.is_file():
            found[name] = path.read_text(encoding="utf-8")
    return found


def test_no_file_names_a_registry_or_a_build_machine() -> None:
    texts = repository_texts()

    assert "pyproject.toml" in texts
    assert [name for name, text in texts.items() if HOSTS.search(text) or PATHS.search(text)] == []


def test_every_address_ends_in_example() -> None:
    wrong = {
        (name, match.group(0))
        for name, text in repository_texts().items()
        for match in ADDRESS.finditer(text)
        if not match.group(1).lower().endswith(".example")
    }

    assert wrong == set()


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
