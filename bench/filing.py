"""From a kept mail to a case with its letters in the outbox: CPU against django-helpdesk's `get_email`."""

from bench import helpdesk_environment, mails, report
from bench.processes import figure

ROUNDS = 3
COUNT = {"5 KB": 80, "200 KB": 40}
AIM = 4.0


def measure() -> None:
    """Print the CPU milliseconds of a mail, all processes of the desk counted, and the ratio to django-helpdesk."""
    report.heading("mails to cases, CPU ms a mail (less is better); baseline: django-helpdesk 2.6, get_email")
    try:
        python = helpdesk_environment.python()
    except helpdesk_environment.CannotBeBuilt as error:
        report.skipped("filing", f"django-helpdesk cannot be installed: {error}")
        return
    for name, size in mails.SIZES.items():
        pairs = [
            (
                figure("bench.desk_filing", size, COUNT[name]),
                figure("bench.helpdesk_filing", size, COUNT[name], python=python),
            )
            for _ in range(ROUNDS)
        ]
        report.row(name, pairs, "get_email", AIM, less_is_better=True)
