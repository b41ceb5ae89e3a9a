"""A mail alone changes no bank account: the request waits as a draft for who signs in well enough to send it."""

import re
from pathlib import Path

import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import open_site

from casework.outbox.models import MailKind
from casework.people.models import Level
from casework.portal.forms import FIELD_PREFIX
from mail_gateway.inbound.confirmations import REASON
from mail_gateway.store import MailState

ASKS = """formulier: Persoonsgegevens en functiegegevens
Soort gegevens: Rekeningnummer voor de wedde
Begindatum: 1/10/2026

Mijn nieuwe rekening is BE68 5390 0754 7034, gelieve daarop te storten.
"""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_another_bank_account_asked_by_mail_waits_for_a_strong_sign_in(
    database, desk, sign_in_rules, tmp_path: Path
):
    async with open_site(database, desk, sign_in_rules) as site:
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        received = await story.arrives(letter(AN, ASKS, subject="Nieuwe rekening"), mail_from=AN)

        assert (received.state, received.reason, await story.cases()) == (MailState.PROCESSED, REASON, [])
        [mail] = await story.told()
        assert (mail.kind, mail.to_address, "BE68" in mail.text + mail.html) == (MailKind.CONFIRM, AN, False)
        path = re.search(r"https://desk\.balie\.example(/catalogue/\S+)", mail.text)[1]
        an = await site.browser_of(site.cast.an, Level.LOW)
        page = await an.get(path)
        assert "BE68 5390 0754 7034" in page.text
        assert "BE68" not in (await (await site.browser_of(site.cast.luc)).get(path)).text
        key = path.partition("?draft=")[2]
        answers = {
            "draft": key,
            FIELD_PREFIX + "data_kind": "bank_account",
            FIELD_PREFIX + "effective": "2026-10-01",
            FIELD_PREFIX + "change": "BE68 5390 0754 7034",
        }
        weak = await an.post("/catalogue/forms/person_function_data", answers)
        assert weak.location.startswith("/sign-in/step-up")
        assert await story.cases() == []

        strong = await site.browser_of(site.cast.an)
        await strong.get(path)
        sent = await strong.post("/catalogue/forms/person_function_data", answers)
        assert sent.status == 303
        [case] = await story.cases()
        assert (case.form_key, case.fields["data_kind"]) == ("person_function_data", "bank_account")


async def test_what_is_not_delicate_is_opened_at_once_and_no_reply_makes_it_so(
    database, desk, sign_in_rules, tmp_path: Path
):
    async with open_site(database, desk, sign_in_rules):
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        plain = "formulier: Persoonsgegevens en functiegegevens\nBegindatum: 1/10/2026\n"
        await story.arrives(letter(AN, plain, subject="Gegevens"), mail_from=AN)
        [case] = await story.cases()
        assert case.form_key == "person_function_data"
        to = await story.reply_address(MailKind.SUMMARY, AN)
        await story.arrives(letter(AN, "Soort gegevens: Rekeningnummer voor de wedde", subject="Re: Gegevens"), to=to)
        [case] = await story.cases()
        assert case.fields == {"effective": "2026-10-01"}
        assert await story.told(MailKind.CONFIRM) == []
