"""`make bench`: runs the measures, or the one that is named (`make bench ONLY=filing`), and prints its ratios.

Pages are measured on a desk that takes minutes to fill, on two databases; they run when they are named.
"""

import asyncio
import signal
import sys

from bench import assistant, filing, hostile, pages, pay_runs, payroll_months, receiving

MEASURES = {
    "payroll": payroll_months.measure,
    "pay_runs": pay_runs.measure,
    "hostile": hostile.measure,
    "receiving": receiving.measure,
    "filing": filing.measure,
    "assistant": assistant.measure,
    "pages": lambda: asyncio.run(pages.measure()),
}
WHEN_NAMED = {"pages"}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [name for name in MEASURES if name not in WHEN_NAMED]
    unknown = [name for name in wanted if name not in MEASURES]
    if unknown:
        sys.exit(f"there is no measure {unknown[0]}; there are: {', '.join(MEASURES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("the bench was told to end"))  # in order, and so its servers
    for name in wanted:
        MEASURES[name]()
