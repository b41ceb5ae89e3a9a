"""Works off mails as django-helpdesk does: for each line SIZE COUNT it prints the CPU milliseconds a mail.

Runs in the environment of `bench.helpdesk_environment`. The mails lie in a folder, the letters to requester and handler
are rendered and sent nowhere, and the database is an SQLite file with Django's own settings.
"""

import itertools
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

from bench import mails

APPS = ("admin", "auth", "contenttypes", "humanize", "messages", "sessions", "sites")


def _configure(folder: Path) -> None:
    settings.configure(
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "helpdesk"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.db")}},
        HELPDESK_TEAMS_MODE_ENABLED=False,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        MEDIA_ROOT=str(folder / "media"),
        SECRET_KEY="for the bench",
        SITE_ID=1,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        USE_TZ=True,
    )
    django.setup()
    settings.ROOT_URLCONF = (path("", include("helpdesk.urls", namespace="helpdesk")),)
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)


def _work_off(inbox: Path, raws: Sequence[bytes]) -> float:
    """Return the CPU seconds for these mails."""
    for number, raw in enumerate(raws):
        (inbox / f"{number}.eml").write_bytes(raw)
    began = time.process_time()
    call_command("get_email", quiet=True)
    spent = time.process_time() - began
    assert not list(inbox.iterdir()), "some mails were not taken"
    return spent


def measure() -> None:
    """Answer how long it took from a mail in a folder to a ticket with its letters, until nobody asks more."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _configure(folder)
        from helpdesk.models import Queue, Ticket  # noqa: PLC0415 -- only once Django is configured

        (inbox := folder / "inbox").mkdir()
        Queue.objects.create(
            title="HR", slug="hr", email_address="hr@balie.example", new_ticket_cc="hanne.claes@balie.example",
            allow_email_submission=True, email_box_type="local", email_box_local_dir=str(inbox), email_box_interval=0,
        )  # fmt: skip
        numbers = itertools.count()
        done = 0
        for line in sys.stdin:
            size, count = map(int, line.split())
            spent = _work_off(inbox, [mails.request(next(numbers), size) for _ in range(count)])
            done += count
            tickets = Ticket.objects.count()
            assert tickets == done, f"{tickets} tickets of {done} mails"
            print(spent / count * 1000, flush=True)


if __name__ == "__main__":
    measure()
