"""`balie payroll calculate` as a process: files, stdin, exit codes, and the same bytes on every machine."""

import json
import subprocess
from pathlib import Path

import pytest
from served_desk import BALIE

from payroll.engine.parameters import LAW

MONTH = {"pay_date": "2026-09-14", "gross": "3000.00"}
PAYMENT = {"pay_date": "2026-09-14", "kind": "holiday_pay", "amount": "2760.00", "annual_reference": "36000.00"}
MIXED = [MONTH, PAYMENT, {"gross": "1"}, MONTH | {"statute": "statutory"}, MONTH | {"pay_date": "2025-05-30"}]


def calculate(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    command = [*BALIE, "payroll", "calculate", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, input=stdin, capture_output=True, check=False, timeout=60
    )


def objects(done: subprocess.CompletedProcess) -> list[dict]:
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def as_bytes(*documents: dict) -> bytes:
    return "\n".join(json.dumps(document) for document in documents).encode()


def test_bytes_depend_on_no_hash_seed_locale_or_time_zone(tmp_path: Path) -> None:
    settings: list[dict[str, str]] = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "random", "TZ": "America/St_Johns", "PYTHONIOENCODING": "latin-1"},
    ]

    runs = [calculate(tmp_path, "-", stdin=as_bytes(*MIXED), **each) for each in settings]

    assert [run.returncode for run in runs] == [1, 1, 1]
    assert len(objects(runs[0])) == len(MIXED)
    assert "formule-clé" in runs[0].stdout.decode()
    assert {run.stdout for run in runs} == {runs[0].stdout}


def test_order_of_the_input_changes_no_object(tmp_path: Path) -> None:
    (tmp_path / "array.json").write_text(json.dumps(MIXED), encoding="utf-8")

    forward = calculate(tmp_path, "array.json")
    backward = calculate(tmp_path, "-", stdin=as_bytes(*reversed(MIXED)))

    assert objects(forward) == objects(backward)[::-1]


def test_file_with_a_bom_and_windows_lines_is_read(tmp_path: Path) -> None:
    (tmp_path / "lines.json").write_bytes(b"\xef\xbb\xbf" + as_bytes(MONTH, PAYMENT).replace(b"\n", b"\r\n") + b"\r\n")

    done = calculate(tmp_path, "lines.json")

    assert (done.returncode, [each["net"] for each in objects(done)], done.stderr) == (0, ["2261.33", "1382.22"], b"")


def test_odd_objects_are_errors_in_their_place(tmp_path: Path) -> None:
    lines = [
        b'{"pay_date": "2026-09-14", "\\ud800": 1, "gross": "1.00"}',
        b'{"pay_date": "2026-09-14", "gross": "\\ud800"}',
        b'{"household": ' + b'{"a": ' * 900 + b"1" + b"}" * 901,
        b"{" + b"[" * 200_000 + b"}",
        as_bytes(MONTH),
    ]

    done = calculate(tmp_path, "-", stdin=b"\n".join(lines))

    fields = [answer.get("error", {}).get("field") for answer in objects(done)]
    assert (done.returncode, fields, done.stderr) == (1, ["input", "gross", "pay_date", "input", None], b"")


def test_stdin_that_is_no_utf8_is_refused_in_one_line(tmp_path: Path) -> None:
    done = calculate(tmp_path, "-", stdin=b'{"gross": "\xff"}')

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"balie: what comes in on stdin is no UTF-8 text")


def test_table_is_replaced_and_progress_stays_off_the_output(tmp_path: Path) -> None:
    table = (LAW / "contributions.yaml").read_text(encoding="utf-8").replace('"13.07"', '"10.00"', 1)
    (tmp_path / "own.yaml").write_text(table, encoding="utf-8")

    done = calculate(tmp_path, "-", "--batch", "--table", "contributions=own.yaml", stdin=as_bytes(MONTH, MONTH))

    assert (done.returncode, [each["contribution"] for each in objects(done)]) == (0, ["300.00", "300.00"])
    assert b"| 2/2 [" in done.stderr


def test_officer_signs_for_a_month_that_is_not_verified(tmp_path: Path) -> None:
    october = as_bytes(MONTH | {"pay_date": "2026-10-30", "statute": "statutory"})
    tables = ("contributions", "withholding_tax", "family_reductions", "special_contribution")
    signatures = [word for table in tables for word in ("--signed", f"{table}=2026-10-31")]

    refused = calculate(tmp_path, "-", *signatures[:-2], stdin=october)
    done = calculate(tmp_path, "-", *signatures, stdin=october)

    assert "special_contribution (verified until 2026-09-30)" in objects(refused)[0]["error"]["message"]
    assert (done.returncode, objects(done)[0]["net"]) == (0, "2196.13")
    assert "(special_contribution 2022-04-01, signed for by an officer)" in objects(done)[0]["lines"][3]["reference"]


@pytest.mark.parametrize("signed", ["withholding_tax=soon", "levies=2026-12-31"])
def test_faulty_signature_stops_everything_in_one_line(tmp_path: Path, signed: str) -> None:
    done = calculate(tmp_path, "-", "--signed", signed, stdin=as_bytes(MONTH))

    assert (done.returncode, done.stdout, b"Traceback" in done.stderr) == (1, b"", False)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("contributions=absent.yaml", "the file must exist"),
        ("contributions=bad.yaml", "bad.yaml:1:"),
    ],
)
def test_faulty_table_stops_everything_in_one_line(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text("words", encoding="utf-8")

    done = calculate(tmp_path, "-", "--table", table, stdin=as_bytes(MONTH))

    assert (done.returncode, done.stdout, said in done.stderr.decode()) == (1, b"", True)
    assert "Traceback" not in done.stderr.decode()


def test_disputed_points_of_law_are_switched_by_option(tmp_path: Path) -> None:
    couple = {"civil_status": "married", "spouse_income": "small_own"}
    documents = as_bytes(
        MONTH | {"gross": "6000.00", "household": couple},
        PAYMENT | {"amount": "6000.00", "annual_reference": "14400.00", "household": {"children": 1}},
    )
    switches = ("--reading", "small_own_income=as_with_income", "--reading", "exemption=up_to_limit")

    usual, switched = (objects(calculate(tmp_path, "-", *options, stdin=documents)) for options in ((), switches))

    assert [answer["special_contribution"] for answer in (usual[0], switched[0])] == ["56.35", "51.64"]
    # 5215.80 taxable, of which 18858 - 14400 is exempt: 21.20 % of 757.80, less 7.5 % for a child
    assert [answer["withholding_tax"] for answer in (usual[1], switched[1])] == ["0.00", "148.60"]


def test_unknown_reading_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = calculate(tmp_path, "-", "--reading", "exemption=half", stdin=as_bytes(MONTH))

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == (
        "balie: --reading exemption=half: one of small_own_income=as_without_income, small_own_income=as_with_income, "
        "exemption=whole, exemption=up_to_limit is needed\n"
    )


def test_slips_are_told_in_the_language_that_was_asked(tmp_path: Path) -> None:
    command = [*BALIE, "payroll", "explain", "-", "--language", "fr", "--difference"]

    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"LC_ALL": "C"},
        input=as_bytes(MONTH, MONTH | {"gross": "2900.00"}),
        capture_output=True,
        check=True,
        timeout=60,
    )

    first = done.stdout.decode("utf-8").splitlines()[0].replace("\u00a0", " ").replace("\u202f", " ")
    assert first == (
        "22,05 EUR de moins en net : traitement d'un mois à temps plein de 2 900,00 EUR au lieu de 3 000,00 EUR "
        "depuis septembre 2026."
    )
