"""From a kept mail to a case with its letters in the outbox: CPU against django-helpdesk's `get_email`."""

import time

from bench import environments, helpdesk_environment, mails, report
from bench.processes import worker

FEWEST_ROUNDS, MOST_ROUNDS = 3, 7
SECONDS = 50
"""After so long no further round begins for one size."""
COUNT = {"5 KB": 160, "200 KB": 80}
AIM = 4.0


def measure() -> None:
    """Print the CPU milliseconds of a mail, all processes of the desk counted, and the ratio to django-helpdesk."""
    report.heading("mails to cases, CPU ms a mail (less is better); baseline: django-helpdesk 2.6, get_email")
    try:
        python = helpdesk_environment.python()
    except environments.CannotBeBuilt as error:
        report.skipped("filing", f"django-helpdesk cannot be installed: {error}")
        return
    with worker("bench.desk_filing") as desk, worker("bench.helpdesk_filing", python=python) as helpdesk:
        for name, size in mails.SIZES.items():
            for each in (desk, helpdesk):  # warm before it counts
                each.ask(size, 20)
            pairs: list[report.Pair] = []
            deadline = time.monotonic() + SECONDS
            while len(pairs) < FEWEST_ROUNDS or (len(pairs) < MOST_ROUNDS and time.monotonic() < deadline):
                pairs.append((desk.ask(size, COUNT[name]), helpdesk.ask(size, COUNT[name])))
            report.row(name, pairs, "get_email", AIM, less_is_better=True)
