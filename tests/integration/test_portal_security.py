"""What holds on every page, whoever wrote it: headers, CSRF, permissions, escaping."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest
from portal_site import Browser, Site, open_site

from casework.attachments.models import IncomingFile
from casework.attachments.service import safe_filename
from casework.cases import service
from casework.messages.models import Channel
from casework.messages.service import Words
from mail_gateway.pages import section as mail_pages
from payroll.pages import section as payroll_pages

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
    "{% include 'layout.html' %}",
    "</textarea><script>alert(1)</script>",
    "\u202egnp.exe",
    "%(x)s %s %",
]
ANYBODY = {
    "/",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/password",
    "/sign-in/with/{way}",
    "/sign-in/return",
    "/sign-out/done",
    "/session",
    "/static/{folder}/{name}",
    "/development/mailbox",
    "/development/mailbox/{key}",
}
STAFF_ONLY = {"/workspace": "hanne", "/admin": "ada", "/admin/log": "ada"}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, tmp_path) -> AsyncIterator[Site]:
    sections = (mail_pages.SECTION, payroll_pages.SECTION)
    async with open_site(database, desk, sign_in_rules, sections, development_maildir=tmp_path / "mailbox") as opened:
        yield opened


def routes(site: Site, method: str) -> Iterator[tuple[str, str]]:
    """Return each address of the application: as it is written, and with values in its places."""
    for route in site.client.app.router.routes():
        written = route.resource.canonical if route.resource is not None else "/api/"
        if route.method == method and not written.startswith("/api/"):  # test_api_permissions walks those
            path = written
            filled = (
                path.replace("{number}", "HRB0000001")
                .replace("{id}", "1")
                .replace("{file}", "1")
                .replace("{key}", "household")
                .replace("{folder}", "portal")
                .replace("{name}", "balie.css")
            )
            yield path, filled


async def test_every_response_carries_the_security_headers(site):
    await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    visited = [*routes(site, "GET"), ("/nowhere", "/nowhere")]
    visited = [(written, path) for written, path in visited if not written.endswith("/live")]  # a stream never ends
    for _, path in visited:
        page = await browser.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert page.headers["X-Content-Type-Options"] == "nosniff", path
        assert page.headers["Referrer-Policy"] == "same-origin", path
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path
        assert page.headers["Server"] == "Balie", path
        kept = "public" if path.startswith("/static/") and page.status == 200 else "no-store"
        assert page.headers["Cache-Control"].startswith(kept), path
        if page.text:
            assert "charset" in page.headers["Content-Type"] or "octet" in page.headers["Content-Type"], path
    assert len(visited) > 15


async def test_without_signing_in_every_page_leads_to_sign_in(site):
    await site.case_of(site.cast.an)
    for written, path in routes(site, "GET"):
        page = await site.stranger().get(path)
        if written in ANYBODY:
            assert page.status in {200, 303, 403, 404}, path
        else:
            assert page.status == 302, path
            assert page.location.startswith("/sign-in?next=%2F"), path


async def test_every_change_needs_the_token_of_our_own_form(site):
    await site.case_of(site.cast.an)
    changing = list(routes(site, "POST"))
    assert len(changing) >= 10
    for _, path in changing:
        for browser in (site.stranger(), await site.browser_of(site.cast.an)):
            browser.token = ""
            assert (await browser.post(path)).status == 403, path
            browser.token = "a-token-of-somebody-else"
            assert (await browser.post(path)).status == 403, path


async def test_the_token_of_one_session_is_worth_nothing_in_another(site):
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    an.token = luc.token
    assert (await an.post("/profile/language", {"language": "fr"})).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://desk.balie.example.elsewhere.example"}, 403),
        ({"Origin": "https://desk.balie.example", "Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_sent_from_another_site_is_refused_even_with_the_token(site, headers, status):
    browser = await site.browser_of(site.cast.an)
    page = await browser.post("/profile/language", {"language": "nl"}, headers=headers)
    assert page.status == status


async def test_other_methods_change_nothing(site):
    browser = await site.browser_of(site.cast.an)
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        page = await browser._send(method, "/profile/language", headers={"X-CSRF-Token": browser.token})
        assert page.status == 405, method


@pytest.mark.parametrize("origin", [None, "https://elsewhere.example", "null"])
async def test_a_socket_from_another_site_is_refused(site, origin):
    browser = await site.browser_of(site.cast.an)
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"} | ({"Origin": origin} if origin else {})
    assert (await browser.get("/cases", headers=headers)).status == 403


@pytest.mark.parametrize("who", ["luc", "greta"])
async def test_a_colleague_sees_nothing_of_a_case_that_is_not_theirs(site, who):
    case = await site.answered_case(site.cast.an)
    async with site.database.transaction() as session:
        words = Words(text="With a file", channel=Channel.MAIL)
        file = IncomingFile("private.txt", "text/plain", b"private words")
        held = await site.case(case.number)
        held = await session.merge(held)
        await service.add_message(session, site.desk, held, site.cast.an, words, files=[file])
    browser = await site.browser_of(getattr(site.cast, who))
    number = case.number
    assert (await browser.get(f"/cases/{number}")).status == 404
    assert (await browser.get("/attachments/1")).status == 404
    for action in ("messages", "decision", "claim", "reply"):
        sent = {"text": "mine", "decision": "accept"}
        assert (await browser.post(f"/cases/{number}/{action}", sent)).status == 404, action
    assert (await browser.post(f"/cases/{number}/form", {"form": "household"})).status in {403, 404}
    found = await browser.get(f"/search?q={number}")
    assert (found.status, "My leave" in found.text) == (200, False)
    assert (await site.case(number)).status.value == "awaiting_acceptance"


async def test_a_number_that_does_not_exist_looks_like_one_that_is_not_yours(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.luc)
    theirs, nobodys = await browser.get(f"/cases/{case.number}"), await browser.get("/cases/HRB9999999")
    assert theirs.status == nobodys.status == 404
    assert theirs.text == nobodys.text


@pytest.mark.parametrize("path", list(STAFF_ONLY))
async def test_staff_pages_are_for_staff(site, path):
    for who in ("an", "hanne", "ada"):
        browser = await site.browser_of(getattr(site.cast, who))
        expected = 200 if STAFF_ONLY[path] == who else 403
        assert (await browser.get(path)).status == expected, who


async def test_a_session_of_somebody_else_cannot_be_ended(site):
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    assert (await luc.post("/profile/sessions/1/end")).status == 404
    assert (await an.get("/cases")).status == 200


async def test_what_people_write_is_shown_as_text_and_nothing_else(site):
    numbers = []
    async with site.database.transaction() as session:
        for payload in PAYLOADS:
            words = Words(text=payload, channel=Channel.MAIL)
            file = IncomingFile(payload + ".txt", "text/html", payload.encode())
            ask = service.Request(subject=payload, words=words, files=[file])
            numbers.append((await service.open_case(session, site.desk, site.cast.an, ask)).number)
    cases = [address for number in numbers for address in (f"/cases/{number}", f"/cases/{number}?tab=attachments")]
    lists = ["/", "/cases", "/workspace", "/admin/log", "/admin/log?show=cases", "/admin/log?show=mails"]
    for who in ("an", "hanne", "ada"):
        browser = await site.browser_of(getattr(site.cast, who))
        for path in (*cases, *lists):
            assert_harmless((await browser.get(path)).text, path)


async def test_what_stands_in_an_address_is_shown_as_text(site):
    browser = await site.browser_of(site.cast.ada)
    places = ("/search?q=", "/admin/log?person=", "/admin/log?number=", "/cases?show=", "/?done=", "/sign-in?next=")
    for place in places:
        for payload in PAYLOADS:
            path = place + quote(payload)
            page = await browser.get(path)
            assert page.status in {200, 303}, path
            assert_harmless(page.text, path)


def assert_harmless(html: str, path: str) -> None:
    """Fail when a page holds markup that none of our templates holds."""
    folded = html.lower()
    for forbidden in ("<script>", "<img src=x", "<svg onload", "' onmouseover='", 'href="javascript:', "7 * 7 = 49"):
        assert forbidden not in folded, (path, forbidden)
    assert folded.count("<script") <= 2, path


async def test_a_file_in_quarantine_is_marked_and_handed_to_nobody(site):
    async with site.database.transaction() as session:
        file = IncomingFile("bill.pdf", "application/pdf", b"%PDF-1.4 harmful", quarantined="Test.Harm-1")
        ask = service.Request(subject="A file", words=Words(text="See", channel=Channel.MAIL), files=[file])
        case = await service.open_case(session, site.desk, site.cast.an, ask)
    for who in (site.cast.an, site.cast.hanne, site.cast.ada):
        browser = await site.browser_of(who)
        assert (await browser.get("/attachments/1")).status == 403
        tab = await browser.get(f"/cases/{case.number}?tab=attachments")
        assert (tab.text.count("bill.pdf") > 0, 'href="/attachments/1"' in tab.text) == (True, False)


async def test_a_download_is_a_file_to_save_and_never_a_page(site):
    async with site.database.transaction() as session:
        page = b"<html><script>alert(1)</script></html>"
        file = IncomingFile('facture "\u00e9t\u00e9"\r\nX: 1;.html', "text/html", page)
        ask = service.Request(subject="A file", words=Words(text="See", channel=Channel.MAIL), files=[file])
        await service.open_case(session, site.desk, site.cast.an, ask)
    browser = await site.browser_of(site.cast.an)
    download = await browser.get("/attachments/1")
    assert download.status == 200
    assert download.body == page
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert download.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    disposition = download.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="facture _')
    assert "filename*=UTF-8''facture%20_%C3%A9t%C3%A9_" in disposition


def test_a_file_name_cannot_read_backwards_or_hide_a_part_of_itself():
    assert safe_filename("pay\u202efdp.exe") == "pay_fdp.exe"
    assert safe_filename("a\u200b.pdf\x85") == "a_.pdf_"


async def test_a_stranger_cannot_send_much(site):
    browser = site.stranger()
    await browser.get("/sign-in")
    page = await browser.post("/sign-in", {"address": "a@b.example", "x": "y" * 70_000})
    assert page.status == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nonsense", b"a=b"),
        ("application/x-www-form-urlencoded", b"a=%ff%fe\xff"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a\x00"\r\n\r\nb\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nX: " + 9000 * b"a" + b"\r\n\r\nb\r\n--x--\r\n"),
        ("application/json", b"{}"),
    ],
)
async def test_a_body_that_is_no_form_is_refused_without_a_fault(site, content_type, body):
    browser = await site.browser_of(site.cast.an)
    page = await browser._send("POST", "/profile/language", headers={"Content-Type": content_type}, data=body)
    assert page.status in {400, 403}


async def test_the_development_mailbox_is_for_this_machine_alone(site):
    browser: Browser = site.stranger()
    assert (await browser.get("/development/mailbox")).status == 200
    for name, value in (
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Real-IP", "192.0.2.1"),
        ("Via", "1.1 proxy.example"),
        ("Host", "elsewhere.example"),
        ("Host", "[::"),
    ):
        assert (await browser.get("/development/mailbox", headers={name: value})).status == 404, (name, value)
    assert (await browser.get("/development/mailbox", headers={"Host": "localhost:8080"})).status == 200


@pytest.mark.parametrize("name", ["__Host-balie", "__Host-balie-guest", "__Host-balie-language"])
async def test_a_cookie_that_we_never_gave_is_no_fault(site, name):
    reader, writer = await asyncio.open_connection(site.client.host, site.client.port)
    writer.write(f"GET /sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: {name}=".encode() + b"\xff\r\n\r\n")
    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    writer.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: <script>\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"GET /<script> HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"EHLO x\r\n",
    ],
)
async def test_garbage_gets_a_plain_refusal_with_the_security_headers(site, garbage):
    answered = await raw_exchange(site, garbage)
    head, _, body = answered.partition(b"\r\n\r\n")
    names = {line.partition(b":")[0].lower() for line in head.splitlines()[1:]}

    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert {b"content-security-policy", b"x-content-type-options", b"cache-control", b"server"} <= names
    assert b"Server: Balie" in head
    assert body == b"400: Bad Request"


async def test_trace_echoes_nothing_and_is_no_method_of_ours(site):
    answered = await raw_exchange(site, b"TRACE / HTTP/1.1\r\nHost: x\r\nCookie: secret=1\r\nConnection: close\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 405 ")
    assert b"secret=1" not in answered


async def raw_exchange(site, sent: bytes) -> bytes:
    """Write bytes to the portal's socket, and return all that comes back."""
    server = site.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
