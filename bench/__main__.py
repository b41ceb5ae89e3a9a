"""`make bench`: runs every measure and prints its ratios."""

import asyncio

from bench import mail_intake, pages, payroll_months

if __name__ == "__main__":
    payroll_months.measure()
    asyncio.run(mail_intake.measure())
    asyncio.run(pages.measure())
