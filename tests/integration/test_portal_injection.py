"""What is sent to a page stays what it is: a file is a file, a word a word, and a field that nobody asked is none."""

from urllib.parse import quote

import pytest
from argon2 import extract_parameters

from casework.digital_keys import passwords
from casework.digital_keys.models import Password
from casework.messages import store as messages
from casework.messages.models import MessageKind

SCRIPT = b"<script>alert(document.domain)</script>"
GIF = b"GIF89a/*\x01\x00\x01\x00\x80*/=1;alert(1)//" + SCRIPT
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde" + SCRIPT
POLYGLOTS = {
    "picture and script": ("photo.gif", GIF),
    "picture and page": ("photo.png", PNG),
    "paper and archive": ("paper.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n" + SCRIPT + b"PK\x03\x04" + bytes(26)),
    "page by another name": ("notes.txt", b"<!DOCTYPE html><html><body>" + SCRIPT),
}
WORDS = [
    "'; DROP TABLE cases; --",
    '" OR "1"="1',
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "../../../../etc/passwd",
    "$(touch owned) `id` | id",
    "%0d%0aSet-Cookie: a=b",
    "=HYPERLINK(1)",
]
FIELDS = ("field-subject", "field-question", "field-comment")


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.mark.parametrize("kind", list(POLYGLOTS))
async def test_a_file_that_is_two_things_is_neither_shown_nor_run(site, kind):
    name, content = POLYGLOTS[kind]
    case = await site.case_of(site.cast.an)
    an = await site.browser_of(site.cast.an)
    await an.get(f"/cases/{case.number}")
    sent = await an.post(f"/cases/{case.number}/messages", {"text": "See"}, files=[("files", name, content)])
    assert sent.status == 303
    download = await an.get("/attachments/1")
    assert (download.status, download.body) == (200, content)
    assert download.headers["Content-Disposition"].startswith("attachment;")
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert download.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("kind", list(POLYGLOTS))
async def test_a_photo_that_is_also_something_else_is_drawn_anew_or_refused(site, kind):
    name, content = POLYGLOTS[kind]
    an = await site.browser_of(site.cast.an)
    await an.post("/profile/photo", files=[("photo", name, content)])
    kept = await an.get("/profile/photo")
    assert SCRIPT not in kept.body


async def test_words_of_another_language_are_words_here(site):
    an = await site.browser_of(site.cast.an)
    for number, words in enumerate(WORDS, 1):
        await an.get("/catalogue/forms/free_question")
        filed = await an.post("/catalogue/forms/free_question", dict.fromkeys(FIELDS, words))
        assert filed.location == f"/cases/HRB{number:07d}?done=filed", words
        case = await site.case(f"HRB{number:07d}")
        async with site.database.reading() as session:
            [request] = await messages.messages_of(session, case.id, [MessageKind.REQUEST])
        assert (case.fields["question"], case.fields["comment"]) == (words, words)
        assert words in request.text
        assert (await an.get(f"/search?q={quote(words)}")).status in {200, 303}
    assert (await site.case("HRB0000001")).status.value == "open"


async def test_fields_that_no_form_asks_change_nothing(site):
    an = await site.browser_of(site.cast.an)
    await an.get("/catalogue/forms/free_question")
    more = {
        "field-status": "closed_complete",
        "status": "closed_complete", "requester_id": "2", "handler_id": "4", "organisation_id": "9", "role": "admin",
        "number": "HRB0009999", "sender_proven": "no", "id": "77",
    }  # fmt: skip
    filed = await an.post("/catalogue/forms/free_question", {"field-subject": "A", "field-question": "B"} | more)
    assert filed.location == "/cases/HRB0000001?done=filed"
    case = await site.case("HRB0000001")
    assert (case.status.value, case.requester_id, case.handler_id) == ("open", site.cast.an.person_id, None)
    assert (case.organisation_id, sorted(case.fields)) == (site.cast.an.organisation_id, ["question", "subject"])
    await an.get("/profile")
    await an.post("/profile/language", {"language": "fr"} | more)
    assert (await an.get("/admin")).status == 403


@pytest.mark.parametrize("onward", ["/cases%0d%0aX-Mine:%201", "/cases%0aX-Mine:1", "%0d%0aX-Mine:1", "/cases%00"])
async def test_an_address_to_go_on_to_adds_no_header(site, onward):
    an = await site.browser_of(site.cast.an)
    led_on = await an.get(f"/sign-in?next={onward}")
    assert led_on.status == 303
    assert "X-Mine" not in led_on.headers
    assert led_on.location.startswith("/")


async def test_a_password_is_kept_so_that_trying_each_is_dear(database, site):
    person_id = site.cast.an.person_id
    async with database.transaction() as session:
        await passwords.set_password(session, person_id, "drie fietsen in de regen", site.desk.clock.now())
    async with database.reading() as session:
        kept = await session.get_one(Password, person_id)
    assert kept.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    # where none is kept, what is compared with instead costs the same
    assert extract_parameters(passwords.NOBODYS) == extract_parameters(kept.password_hash)
