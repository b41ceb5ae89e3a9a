"""The web case log: what admins find in it, and how they page through it."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from factories import make_case
from portal_site import Page

from casework.audit import service as audit
from casework.cases import handling, service
from casework.cases import store as cases
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from casework.portal.shell.log_filter import LogFilter, read_log_filter


def rows(page: Page) -> list[list[str]]:
    """Return the cells of the table, as somebody reads them."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


async def test_the_log_holds_every_event_with_who_what_when_and_by_which_channel(site):
    case = await site.answered_case(site.cast.an)
    await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    page = await (await site.browser_of(site.cast.ada)).get(f"/admin/log?number={case.number}")
    assert rows(page) == [
        ["15/09/2026 10:00", "An Peeters", "opened the ticket", case.number, "on the web"],
        ["15/09/2026 10:00", "Hanne Claes", "Status: Awaiting acceptance", case.number, "by e-mail"],
        ["15/09/2026 10:00", "Hanne Claes", "answered", case.number, "by e-mail"],
        ["15/09/2026 10:00", "Hanne Claes", "Status: Assigned", case.number, "by e-mail"],
        ["15/09/2026 10:00", "Hanne Claes", "took this ticket", case.number, "by e-mail"],
        ["15/09/2026 10:00", "An Peeters", "asked this", case.number, "by e-mail"],
    ]


async def test_the_log_lists_every_case_and_every_mail_with_its_state(site):
    await site.case_of(site.cast.an)
    await site.case_of(site.cast.luc)
    browser = await site.browser_of(site.cast.ada)
    cases = rows(await browser.get("/admin/log?show=cases"))
    assert [(row[0], row[2], row[3]) for row in cases] == [
        ("HRB0000002", "Luc Martin", "Open"),
        ("HRB0000001", "An Peeters", "Open"),
    ]
    mails = rows(await browser.get("/admin/log?show=mails"))
    assert [(row[1], row[3], row[4]) for row in mails] == [
        ("omar.diallo@balie.example", "HRB0000002", "Waiting"),
        ("hanne.claes@balie.example", "HRB0000002", "Waiting"),
        ("luc.martin@health.example", "HRB0000002", "Waiting"),
        ("omar.diallo@balie.example", "HRB0000001", "Waiting"),
        ("hanne.claes@balie.example", "HRB0000001", "Waiting"),
        ("an.peeters@health.example", "HRB0000001", "Waiting"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("person=peeters", ["HRB0000001"]),
        ("person=AN.PEETERS@health", ["HRB0000001"]),
        ("person=An%20Peet", ["HRB0000001"]),
        ("person=E101", ["HRB0000002"]),
        ("person=%25", []),
        ("number=hrb0000002", ["HRB0000002"]),
        ("number=HRB1234567", []),
        ("from=2026-09-16", ["HRB0000002"]),
        ("to=2026-09-15", ["HRB0000001"]),
        ("from=2026-09-15&to=2026-09-16", ["HRB0000002", "HRB0000001"]),
        ("from=nonsense", ["HRB0000002", "HRB0000001"]),
        ("channel=web", []),
        ("channel=mail", ["HRB0000002", "HRB0000001"]),
        ("channel=pigeon", ["HRB0000002", "HRB0000001"]),
    ],
)
async def test_the_log_is_filtered_by_number_person_date_and_channel(site, query, found):
    await site.case_of(site.cast.an)
    site.desk.clock.advance(timedelta(days=1))
    await site.case_of(site.cast.luc)
    browser = await site.browser_of(site.cast.ada)
    cases = rows(await browser.get(f"/admin/log?show=cases&{query}"))
    assert [row[0] for row in cases] == found
    mails = rows(await browser.get(f"/admin/log?show=mails&{query}"))
    assert {row[3] for row in mails} == set(found)


async def furnish(site):
    """Two organisations, two handlers, and words that are found with and without their accents."""
    async with site.database.transaction() as session:
        first = await make_case(session, site.desk, site.cast.an, text="Mijn congé-attest en mijn fiets")
        await make_case(session, site.desk, site.cast.greta, text="Meine Bescheinigung")
    async with site.database.transaction() as session:
        case = await cases.by_number(session, first.number)
        await handling.claim(session, site.desk, case, site.cast.hanne, Channel.WEB)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=assigned", {("took this ticket", "HRB0000001")}),
        ("kind=opened&organisation=2", {("asked this", "HRB0000002")}),
        ("kind=opened&organisation=99", set()),
        ("handler=claes", {("asked this", "HRB0000001"), ("took this ticket", "HRB0000001"),
                           ("Status: Assigned", "HRB0000001")}),
        ("handler=diallo", set()),
        ("words=CONGE+attest", {("asked this", "HRB0000001")}),
        ("words=fiet", {("asked this", "HRB0000001")}),
        ("words=conge+Bescheinigung", set()),
        ("words=%22%29+OR+1%3D1+--", set()),
        ("words=%27%3B%3A*%26%7C", set()),
        ("kind=Drop%20table", {("asked this", "HRB0000001"), ("took this ticket", "HRB0000001"),
                               ("Status: Assigned", "HRB0000001"), ("asked this", "HRB0000002")}),
    ],
)  # fmt: skip
async def test_the_log_is_filtered_by_kind_organisation_handler_and_words(site, query, found):
    await furnish(site)
    ada = await site.browser_of(site.cast.ada)
    shown = {(row[2], row[3]) for row in rows(await ada.get(f"/admin/log?{query}"))}
    assert shown - {("signed in", "")} == found
    for shows in ("cases", "mails"):
        assert (await ada.get(f"/admin/log?show={shows}&{query}")).status == 200


async def test_numbered_pages_of_the_whole_log_hold_every_row_once_while_new_ones_arrive(site):
    async def write(count):
        async with site.database.transaction() as session:
            for number in range(count):
                audit.record(
                    session, at=site.desk.clock.now(), action=f"n-{number}", actor=site.cast.an, channel="chat"
                )

    browser = await site.browser_of(site.cast.ada)
    await write(120)
    seen, path = [], "/admin/log"
    while path:
        page = await browser.get(path)
        seen.append([row[2] for row in rows(page)])
        await write(7)
        onward = re.findall(r'rel="next" href="([^"]+)"', page.text)
        path = onward[0].replace("&amp;", "&") if onward else ""
    assert [len(page) for page in seen] == [50, 50, 21]
    assert [row for page in seen for row in page] == [*(f"n-{n}" for n in reversed(range(120))), "signed in"]

    second = await browser.get("/admin/log?top=121&page=2")
    assert [row[2] for row in rows(second)] == seen[1]
    assert 'rel="prev" href="/admin/log?show=events&amp;top=121&amp;page=1"' in second.text
    for beyond in ("page=999", "page=0", "page=x", "page=" + "9" * 30, "top=0", "top=-1", "top=99999999999999999999"):
        assert (await browser.get(f"/admin/log?{beyond}")).status == 200


async def test_what_people_write_is_only_text_in_the_log(site):
    payload = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    async with site.database.transaction() as session:
        words = Words(text=payload, channel=Channel.MAIL)
        await service.open_case(session, site.desk, site.cast.an, service.Request(subject=payload, words=words))
        audit.record(
            session, at=site.desk.clock.now(), action=payload[:40], actor=Actor(None, payload), channel="chat",
            details={"filename": payload, "name": payload},
        )  # fmt: skip
        audit.record(
            session, at=site.desk.clock.now(), action="person_changed", actor=site.cast.ada, channel="web",
            details={"name": payload},
        )  # fmt: skip
    ada = await site.browser_of(site.cast.ada)
    for query in ("", "?show=cases", "?show=mails", f"?words={quote(payload)}", f"?person={quote(payload)}",
                  f"?handler={quote(payload)}", f"?kind={quote(payload)}&number={quote(payload)}"):  # fmt: skip
        page = await ada.get(f"/admin/log{query}")
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


async def test_pages_of_the_log_never_shift_while_new_rows_arrive(site):
    async def write(names):
        async with site.database.transaction() as session:
            for name in names:
                audit.record(session, at=site.desk.clock.now(), action=name, actor=site.cast.an, channel="chat")

    await write(f"event-{number:03}" for number in range(120))
    browser = await site.browser_of(site.cast.ada)
    seen = []
    path = "/admin/log?channel=chat"
    while path:
        page = await browser.get(path)
        seen += [row[2] for row in rows(page)]
        await write([f"later-{len(seen)}"])
        onward = re.findall(r'rel="next" href="([^"]+)"', page.text)
        path = onward[0].replace("&amp;", "&") if onward else ""
    assert seen == [f"event-{number:03}" for number in reversed(range(120))]


def test_the_days_of_a_filter_are_belgian_days():
    chosen = LogFilter(first_on=date(2026, 9, 15), last_on=date(2026, 10, 25))
    assert chosen.begins_at == datetime(2026, 9, 14, 22, tzinfo=UTC)
    assert chosen.ends_at == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert LogFilter().begins_at is None
    assert LogFilter().ends_at is None


def test_a_filter_is_the_same_after_it_went_through_an_address():
    chosen = LogFilter("HRB0000001", "An", date(2026, 9, 15), date(2026, 9, 16), "mail")
    assert read_log_filter(chosen.as_query()) == chosen
    assert read_log_filter({"from": "0001-01-01", "to": "9999-12-31", "before": "x"}) == LogFilter()
