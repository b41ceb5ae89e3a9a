"""A run reads the law as the file of its administration says, and the page on law tables says how."""

from decimal import Decimal
from pathlib import Path

import pytest
from factories import make_cast
from pay_office import AN, enter, equip, hire, run
from portal_site import open_site, words_of
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from casework.portal.app import create_app
from payroll.engine import own_law, parameters
from payroll.engine.parameters import ParameterSet
from payroll.pages.law import LAW
from payroll.pages.section import SECTION
from payroll.runs.models import PayResult, PayRun

END_OF_YEAR = "EY-1,E100,2026-09-01,end of year,700.00,end_of_year_allowance,worked out,"


def taxable(tmp_path: Path) -> ParameterSet:
    folder = tmp_path / "law"
    folder.mkdir()
    (folder / "readings.yaml").write_text("annual_reference: taxable\n", encoding="utf-8")
    return own_law.read(folder)


@pytest.mark.parametrize(("gross", "rate"), [("3282.54", "43.41"), ("3282.55", "46.44")])
async def test_normal_annual_pay_after_contributions_chooses_the_percentage(
    database: Database, clock: SettableClock, tmp_path: Path, gross: str, rate: str
) -> None:
    law = taxable(tmp_path)
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


async def test_page_says_how_disputed_points_are_read_and_which_of_it_was_chosen(
    database: Database, desk: Desk, sign_in_rules: SignInRules, tmp_path: Path
) -> None:
    app = create_app(database=database, desk=desk, rules=sign_in_rules, sections=[SECTION])
    app[LAW] = taxable(tmp_path)
    async with open_site(database, desk, sign_in_rules, app=app) as site:
        page = await (await site.browser_of(site.cast.ada)).get("/admin/payroll/law")

    assert words_of(page).partition("How disputed points of the law are read ")[2] == (
        "For the special social security contribution, a small income of a spouse counts as none. "
        "Whose annual pay is within the limit for the children owes no tax on an exceptional payment. "
        "The tax on an exceptional payment follows twelve times the taxable pay of a month. "
        "This is how the administration chose to read it. "
        "Where the law caps an indexation, the cap holds for a full-time month. "
        "The household and residence allowance falls by bands."
    )
