"""Each command does in the reply box what it does by mail, in every language, and is refused with the same words."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from mail_story import HANNE, SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import Browser, Site, open_site

from casework.cases.commands import CommandName
from casework.cases.models import Case
from casework.outbox.models import MailKind

REPLIES = {
    CommandName.MINE: ("#mine", "#mijn", "#moi", "#meins", "#mine\nTen days."),
    CommandName.FORM: (
        "#form household kind=change",
        "#formulier household kind=change effective=2026-09-01 children=2\nDone.",
        "#formulaire household",
        '#formular household kind="change"',
    ),
    CommandName.NOTE: (
        "#note Only for us",
        "#nota\nOnly for us",
        "#notitie Only for us\n#mine is text here",
        "#notiz x",
    ),
    CommandName.INFO: ("#info Since when?", "#vraag\nSince when?", "#question Since when?", "#frage Since when?"),
    CommandName.FOR: ("#for an.peeters@health.example", "#voor x", "#pour an.peeters@health.example\nWords", "#fuer x"),
}
MORE = (
    "Ten days.",
    "#mine\n#form household kind=change\n\n#info Since when?",
    "#noot secret",
    "Hello,\n#note secret",
    "#note x\n#info y",
    "#note\n#info\ny",
    "#mine #note x",
    "#mine\n#mine",
    "#form",
    "#form nonsense",
    '#form household kind="change',
    "#form household kind=nonsense",
    "#form household children=2 children=3",
    "#form household kind=change loose",
)


@dataclass
class Desk:
    """A desk with a handler's mail program and her browser."""

    site: Site
    story: Story
    hanne: Browser

    async def by_mail(self, case: Case, text: str) -> tuple[object, list[str]]:
        """Reply to the mail about a case; return what became of it, and the sentences that came back."""
        handed = [
            one for one in await self.story.told(MailKind.HANDLER) if (one.case_id, one.to_address) == (case.id, HANNE)
        ]
        to = self.story.reply_address_of(handed[0])
        await self.story.arrives(letter(HANNE, text, subject="Re: My leave"), mail_from=HANNE, to=to)
        refused = [one for one in await self.story.told(MailKind.COMMAND_PROBLEM) if one.case_id == case.id]
        return await self.state(case), [
            line[2:] for one in refused for line in one.text.splitlines() if line[:2] == "- "
        ]

    async def in_box(self, case: Case, text: str) -> tuple[object, str]:
        """Reply on the page of a case; return what became of it, and the page that refused it."""
        page = await self.hanne.post(f"/cases/{case.number}/reply", {"text": text, "kind": "answer"})
        return await self.state(case), unescape(page.text) if page.status == 422 else ""

    async def state(self, case: Case) -> object:
        now = await self.site.case(case.number)
        return now.status, now.handler_id, now.form_key, now.fields, await self.story.timeline(case.number)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def office(database, desk, sign_in_rules, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_site(database, desk, sign_in_rules) as site:
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        yield Desk(site, story, await site.browser_of(site.cast.hanne))


def test_the_table_holds_every_command():
    assert set(REPLIES) == set(CommandName)


async def test_a_reply_does_the_same_by_mail_and_in_the_box(office):
    an = office.site.cast.an
    differs = {}
    for text in (*(one for replies in REPLIES.values() for one in replies), *MORE):
        first, second = await office.site.case_of(an), await office.site.case_of(an)
        before = await office.state(first)
        by_mail, sentences = await office.by_mail(first, text)
        in_box, page = await office.in_box(second, text)
        refused_alike = bool(sentences) == bool(page) and all(one in page for one in sentences)
        nothing_done = by_mail == before
        if in_box != by_mail or not refused_alike or nothing_done != bool(sentences):
            differs[text] = (by_mail, in_box, sentences)
    assert differs == {}
