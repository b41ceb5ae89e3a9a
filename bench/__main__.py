"""`make bench`: runs every measure, or the one that is named (`make bench ONLY=filing`), and prints its ratios."""

import asyncio
import signal
import sys

from bench import assistant, filing, hostile, pages, payroll_months, receiving

MEASURES = {
    "payroll": payroll_months.measure,
    "hostile": hostile.measure,
    "receiving": receiving.measure,
    "filing": filing.measure,
    "assistant": assistant.measure,
    "pages": lambda: asyncio.run(pages.measure()),
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(MEASURES)
    unknown = [name for name in wanted if name not in MEASURES]
    if unknown:
        sys.exit(f"there is no measure {unknown[0]}; there are: {', '.join(MEASURES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("the bench was told to end"))  # in order, and so its servers
    for name in wanted:
        MEASURES[name]()
