"""Whatever the log keeps is told in words: no code of ours stands on a page."""

import ast
import re
from pathlib import Path

from casework.digital_keys.notices import Change
from casework.messages.models import EventKind

ROOT = Path(__file__).parents[3]
PACKAGES = ("casework", "mail_gateway", "payroll", "bot", "runtime")
# Actions that a function of ours is handed, and writes down for its caller.
HANDED_ON = {
    "read_payslip", "download_payslip", "deputy_named", "deputy_ended", "account_linked", "account_unlinked",
    "waived_repayment", "agreed_repayment",
}  # fmt: skip
TIMELINE = (ROOT / "templates/web/portal/timeline.html").read_text()


def test_each_action_of_the_log_and_each_event_has_words():
    told = set(re.findall(r'"(\w+)"', "".join(re.findall(r"kind (?:==|in) [^%]+%", TIMELINE))))

    assert sorted((_actions() | HANDED_ON | set(Change) | set(EventKind)) - told) == []
    assert len(_actions()) > 25


def _actions() -> set[str]:
    """Return what the code writes down by `audit.record`, or by payroll's own `_log` and `write_down`."""
    found: set[str] = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text())):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
                    [action] = [each.value for each in call.keywords if each.arg == "action"]
                    found |= {part.value for part in ast.walk(action) if isinstance(part, ast.Constant)}
                elif isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("_log", "write_down")):
                    found |= {part.value for part in call.args if isinstance(part, ast.Constant)}
    return found
