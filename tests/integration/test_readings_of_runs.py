"""A run reads the law as the file of its administration says, and keeps the law that it began with."""

from decimal import Decimal
from pathlib import Path

import pytest
from factories import make_cast
from pay_office import AN, enter, equip, hire, run
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.clock import SettableClock
from casework.db import Database
from payroll.engine import own_law, parameters
from payroll.runs.models import PayResult, PayRun

END_OF_YEAR = "EY-1,E100,2026-09-01,end of year,700.00,end_of_year_allowance,worked out,"


@pytest.mark.parametrize(("gross", "rate"), [("3282.54", "43.41"), ("3282.55", "46.44")])
async def test_normal_annual_pay_after_contributions_chooses_the_percentage(
    database: Database, clock: SettableClock, tmp_path: Path, gross: str, rate: str
) -> None:
    folder = tmp_path / "law"
    folder.mkdir()
    (folder / "readings.yaml").write_text("annual_reference: taxable\n", encoding="utf-8")
    law = own_law.read(folder)
    async with database.transaction() as session:
        await make_cast(session)
    await equip(database)
    await hire(database, clock, AN.replace("3000.00", gross))
    await enter(database, clock, "expenses", END_OF_YEAR)

    run_id = await run(database, clock, law=law)

    month = reference.month("2026-09-30", "contractual", Decimal(gross), {"civil_status": "single"})
    paid = reference.exceptional("2026-09-30", "exceptional", Decimal("700.00"), 12 * month["taxable"], {})
    tax = reference.cent(Decimal("608.51") * Decimal(rate) / 100)  # twelve times the gross pay would ask 46.44 %
    async with database.reading() as session:
        amounts = (await session.execute(select(PayResult.amounts))).scalar_one()
        kept = await session.get_one(PayRun, run_id)
    assert paid["withholding_tax"] == tax
    assert amounts["exceptional_withholding_tax"] == int(tax * 100)
    assert kept.parameters == law.fingerprint != parameters.packaged().fingerprint
