"""The folder in which an administration keeps its law: scales and tables, refused with file and line."""

from datetime import date
from pathlib import Path

import pytest

from payroll.engine import own_law, parameters
from payroll.engine.errors import LawFileInvalid, ParameterMissing, PastVerified
from payroll.engine.parameters import LAW
from payroll.engine.readings import AnnualReference, Exemption, Readings

SCALES = (
    "scale,step,annual_at_100,valid_from,valid_to,source\n"
    "A,0 years,20000.00,2024-01-01,,test\nA,5 years,21000.00,2024-01-01,,test\nA,top,30000.00,2024-01-01,,test\n"
)
DAY = date(2026, 3, 31)
NAMES = "the readings are small_own_income, exemption, annual_reference, centenindex, allowance_taper"


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / name.replace("_csv", ".csv").replace("_yaml", ".yaml")).write_text(text, encoding="utf-8")
    return tmp_path


def test_empty_folder_is_the_law_that_ships(tmp_path: Path) -> None:
    assert own_law.read(tmp_path) == parameters.packaged()


def test_signature_opens_one_table_until_its_day_and_the_result_says_so() -> None:
    law = parameters.packaged().signed("telework", DAY)

    assert law.in_force("telework", DAY).version == "2023-06-01 signed"
    assert law.in_force("meal_vouchers", DAY).version == "2024-01-01"
    with pytest.raises(PastVerified):
        law.in_force("telework", date(2026, 4, 1))
    assert law.fingerprint != parameters.packaged().fingerprint


def test_scale_by_step_and_by_seniority(tmp_path: Path) -> None:
    scales = own_law.read(folder(tmp_path, scales_csv=SCALES)).scales

    assert [scales.by_seniority("A", years, DAY).annual for years in (0, 4, 5, 30)] == [
        2_000_000, 2_000_000, 2_100_000, 2_100_000,
    ]  # fmt: skip
    assert scales.step("A", "top", DAY).annual == 3_000_000
    with pytest.raises(ParameterMissing, match="B, 3 years"):
        scales.by_seniority("B", 3, DAY)


def test_table_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    text = (LAW / "meal_vouchers.yaml").read_text(encoding="utf-8").replace('"1.09"', '"1.19"')

    law = own_law.read(folder(tmp_path, meal_vouchers_yaml=text))

    assert law.in_force("meal_vouchers", DAY).cents("worker") == 119


@pytest.mark.parametrize(
    ("files", "line", "reason"),
    [
        ({"notes.txt": "?"}, 1, "expected tables of the law (NAME.yaml), scales.csv or readings.yaml"),
        ({"levy_yaml": "table: levy"}, 1, "there is no table 'levy'"),
        (
            {"signatures_csv": "table,until,signed_by,reason\ntelework,2026-12-31,Ada Bakker,looked up\n"},
            1,
            "take it away, and let two officers sign on the page /admin/payroll/law",
        ),
        ({"scales_csv": "scale,step\n"}, 1, "the columns must be scale, step, annual_at_100"),
        (
            {"readings_yaml": "exemption: whole\nlevy: all\n"},
            2,
            f"there is no reading 'levy'; {NAMES}",
        ),
        ({"readings_yaml": "# ours\nexemption: half\n"}, 2, "exemption is whole or up_to_limit, not 'half'"),
        (
            {"readings_yaml": "centenindex: paid_month\n"},
            1,
            "centenindex is full_time_month or uncapped, not",
        ),
        ({"readings_yaml": "exemption: whole\nexemption: whole\n"}, 2, 'found duplicate key "exemption"'),
        ({"readings_yaml": "exemption\n"}, 1, f"expected NAME: CHOICE lines; {NAMES}"),
        ({"readings_yaml": "<<: {exemption: whole}\n"}, 1, "expected NAME: CHOICE lines"),
        ({"readings_yaml": ""}, 1, "expected NAME: CHOICE lines"),
    ],
)
def test_fault_is_refused_with_file_and_line(tmp_path: Path, files: dict[str, str], line: int, reason: str) -> None:
    with pytest.raises(LawFileInvalid) as refusal:
        own_law.read(folder(tmp_path, **files))

    assert (refusal.value.line, refusal.value.reason[: len(reason)]) == (line, reason)


def test_another_way_to_read_the_law_is_another_law_and_the_same_one_is_not(tmp_path: Path) -> None:
    usual = own_law.read(folder(tmp_path, readings_yaml="exemption: whole\n"))
    chosen = own_law.read(folder(tmp_path, readings_yaml="annual_reference: taxable\nexemption: up_to_limit\n"))
    again = own_law.read(folder(tmp_path, readings_yaml="exemption: 'up_to_limit' # ours\nannual_reference: taxable"))
    other = own_law.read(folder(tmp_path, readings_yaml="exemption: up_to_limit\n"))

    assert chosen.readings == Readings(exemption=Exemption.UP_TO_LIMIT, annual_reference=AnnualReference.TAXABLE)
    assert (usual, again) == (parameters.packaged(), chosen)
    assert len({law.fingerprint for law in (usual, chosen, other)}) == 3


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawFileInvalid, match="there is no such folder"):
        own_law.read(tmp_path / "none")
