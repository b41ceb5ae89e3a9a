"""House rule: no file over 500 lines, no function over 60."""

import ast
import subprocess
import sys
from pathlib import Path

LONGEST_FILE = 500
LONGEST_FUNCTION = 60


def too_long(path: Path) -> list[str]:
    """Return a line for each thing in a file that is longer than allowed."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    found = [f"{path}: {lines} lines"] if lines > LONGEST_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


def main() -> int:
    """Print what is too long; exit code 1 when there is anything."""
    listed = subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True, check=True).stdout
    found = [line for name in listed.splitlines() if Path(name).exists() for line in too_long(Path(name))]
    print("\n".join(found) or "no file over 500 lines, no function over 60")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
