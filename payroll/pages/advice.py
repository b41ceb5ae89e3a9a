"""Says of each kind of problem what is missing and what to do about it: one table, in the order of the path to pay."""

from collections.abc import Mapping
from dataclasses import dataclass

from casework.catalogue.models import EffectKind
from casework.portal.shell.wording import sentence
from payroll.effects.service import UNKNOWN_FORM
from payroll.effects.showing import NO_RULE
from payroll.engine import scale_file
from payroll.engine.rules import arrears
from payroll.payments.accounts import ACCOUNT, EMPLOYER
from payroll.runs import paid_apart, ruled_allowances
from payroll.runs.hindrances import BROKEN, OTHER_LAW


@dataclass(frozen=True)
class Advice:
    """Why something could not be done, as the end of a sentence that may name `table` and `day`, and what to do."""

    cause: str
    remedy: str


TABLES: Mapping[str, str] = {
    "arrears": sentence("arrears of an earlier year"),
    "bicycle": sentence("bicycle allowance"),
    "contributions": sentence("social security contributions"),
    "end_of_year_allowance": sentence("end-of-year allowance"),
    "exceptional_payments": sentence("exceptional payments"),
    "family_reductions": sentence("reductions for family burden"),
    "fiscal_work_bonus": sentence("fiscal work bonus"),
    "four_day_week": sentence("four-day week"),
    "holiday_pay": sentence("holiday pay"),
    "household_residence_allowance": sentence("household and residence allowance"),
    "household_residence_taper": sentence("gradual household and residence allowance"),
    "indexation": sentence("indexation"),
    "language_allowance": sentence("language allowance"),
    "meal_vouchers": sentence("meal vouchers"),
    "pay_after_exit": sentence("yearly payments after the exit"),
    "special_contribution": sentence("special social security contribution"),
    "special_contribution_quarter": sentence("special social security contribution of a quarter"),
    "telework": sentence("telework allowance"),
    "withholding_tax": sentence("withholding tax"),
    "work_bonus": sentence("work bonus"),
    "yearly_payments": sentence("months of the yearly payments"),
}
ENTER_BY_HAND = sentence("Enter the fact by hand.")
BY_HAND = Advice(sentence("what this form means for pay is not worked out automatically"), ENTER_BY_HAND)
LAW_TABLE = Advice(
    sentence("the law tables do not cover %(day)s (%(table)s)"),
    sentence(
        "Add the published figures, verify the tables for that day, or sign for them; the calculation is then repeated."
    ),
)
KNOWN: Mapping[str, Advice] = {
    arrears.TABLE: Advice(
        sentence(
            "the difference is paid in a later year, as arrears, and no source gives the percentages of their tax"
        ),
        sentence("Sign for the arrears; as long as the year lasts, the month can be run again instead."),
    ),
    "effective": Advice(sentence("the form does not say from which day it holds"), ENTER_BY_HAND),
    "form": Advice(sentence("the form holds nothing that pay can be worked out from"), ENTER_BY_HAND),
    "household": Advice(
        sentence("no household is known on %(day)s"), sentence("Import a household that covers that day.")
    ),
    NO_RULE: Advice(
        sentence("what the ticket says is kept, but no rule works out the amount"),
        sentence("Enter the amount by an import, then settle the ticket."),
    ),
    "person": Advice(
        sentence("nobody is known whom the ticket could be about"),
        sentence("Import the employee; it is then tried again by itself."),
    ),
    "ends": Advice(sentence("nothing is known that could end on %(day)s"), ENTER_BY_HAND),
    "scale": Advice(
        sentence("a pay scale is known on %(day)s, without its step or the statute"),
        sentence("Import the place on the scale with its step and its statute."),
    ),
    scale_file.TABLE: Advice(
        sentence("the pay scales hold no amount of the step on %(day)s"),
        sentence("Add the step to the pay scales, with its source; the calculation is then repeated."),
    ),
    "one_off": Advice(
        sentence("an amount is due, and there is no pay in the month"),
        sentence("Move the amount to a month with pay."),
    ),
    ruled_allowances.RULE: Advice(
        sentence("an allowance is due of which no source gives the amount in this case"),
        sentence("Import the monthly amount under the name of the allowance; it stands before the rule."),
    ),
    paid_apart.RULE: Advice(
        sentence("the contribution on an end-of-year allowance of statutory staff does not follow from its amount"),
        sentence("Cancel the entry, and import what remains after contribution and tax as an untaxed amount."),
    ),
    "repayment": Advice(
        sentence("more is recovered than the month brings"),
        sentence("A repayment plan was made; tell the employee, and wait for the objection term to pass."),
    ),
    OTHER_LAW: Advice(
        sentence("the run was begun with other law tables, or by another version of the program, than there are now"),
        sentence("Put those back and it goes on by itself, or begin the run anew on its page."),
    ),
    BROKEN: Advice(
        sentence("the program failed on some of the people"),
        sentence("It is tried again by itself; if it stays, call the administrators."),
    ),
    ACCOUNT: Advice(
        sentence("no valid account is known for this person"),
        sentence(
            "Have the person ask for a change of bank account, or import the account with balie people import, and "
            "look at the run again."
        ),
    ),
    EMPLOYER: Advice(
        sentence("it is not known who pays for this organisation"),
        sentence("Import the employer of the organisation with balie payroll employers, and look at the run again."),
    ),
    "spouse_income": Advice(
        sentence("a couple begins on %(day)s, and the form does not say what the partner earns"), ENTER_BY_HAND
    ),
    "statute": Advice(
        sentence("the statute changes before %(day)s, within the month"),
        sentence("Let each statute begin on the first day of a month."),
    ),
    "program": Advice(
        sentence("the program failed on it"),
        sentence("It is tried again by itself; if it stays, enter the fact by hand."),
    ),
    UNKNOWN_FORM: BY_HAND,
    **{effect.value: BY_HAND for effect in EffectKind},
}


def on(rule: str) -> Advice:
    """Return the advice on a problem's rule; what is no rule of ours is the name of one or more law tables."""
    return KNOWN.get(rule, LAW_TABLE)
