"""A command that cannot do its work says what to do, in one line and with exit code 1 or 2, and never a traceback."""

import socket
import subprocess
from pathlib import Path

import pytest
from ports import free_port
from served_desk import BALIE


def _balie(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"BALIE_DATA_DIR": "var", **{f"BALIE_{name}": value for name, value in settings.items()}}
    return subprocess.run(
        [*BALIE, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "said"),
    [
        (["case", "show", "HRB0000009"], {}, 1, "there is no case HRB0000009"),
        (["case", "list"], {"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, 1, "the database cannot be used"),
        (["case", "list"], {"DATA_DIR": "/proc/nowhere"}, 1, "the data folder cannot be used"),
        (["mail", "raw", "7"], {}, 1, "there is no received mail 7"),
        (["mail", "raw", "99999999999999999999"], {}, 2, "Invalid value"),
        (["people", "import", "absent.csv"], {}, 1, "absent.csv cannot be read"),
        (["payroll", "run", "--period", "September"], {}, 1, "is not a month: write it as 2026-09"),
        (["payroll", "calculate", "absent.json"], {}, 1, "absent.json cannot be read"),
        (["case", "lst"], {}, 2, "No such command"),
    ],
)
def test_command_that_cannot_work_says_what_to_do(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], code: int, said: str
) -> None:
    done = _balie(tmp_path, *arguments, **settings)

    assert (done.returncode, said in " ".join(done.stderr.split()), "Traceback" in done.stderr) == (code, True, False)


def test_serve_on_a_busy_port_names_the_settings(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _balie(tmp_path, "serve", HTTP_PORT=port, SMTP_PORT=str(free_port()))

    assert (done.returncode, "BALIE_HTTP_PORT" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
