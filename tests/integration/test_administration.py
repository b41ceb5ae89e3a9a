"""The pages of admins: users, organisations, catalogue, settings, failed jobs, tokens and webhooks."""

import re

import pytest
from portal_site import Browser, Page, Site, open_site
from sqlalchemy import select, update

from casework.administration.section import SECTION
from casework.administration.settings_in_force import SettingInForce
from casework.api.models import ApiToken
from casework.audit.models import AuditEntry
from casework.outbox.models import OutboxMail
from casework.people import store as people
from casework.people.models import Role
from casework.portal.app import create_app
from casework.webhooks import service as webhooks
from casework.webhooks.models import Webhook
from runtime.settings import HIDDEN, read_settings, shown, sources


def pages() -> list[str]:
    return [
        route.path.split("{")[0] + ("1" if "{" in route.path else "")
        for route in SECTION.routes
        if route.method == "GET"
    ]


def cells(page: Page) -> list[list[str]]:
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


async def entries(site: Site, action: str) -> list[dict]:
    async with site.database.reading() as session:
        query = select(AuditEntry.details).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list((await session.execute(query)).scalars())


async def test_every_page_is_for_admins_alone(site):
    ada, hanne = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.hanne)
    for path in pages():
        assert (await ada.get(path)).status == 200, path
        assert (await hanne.get(path)).status == 403, path
        assert (await site.stranger().get(path)).status == 302, path
    changing = [route.path.replace(r"{id:\d{1,9}}", "1") for route in SECTION.routes if route.method == "POST"]
    for path in changing:
        assert (await hanne.post(path, {"name": "x"})).status == 403, path
    assert (len(pages()), len(changing)) == (8, 7)


async def test_users_are_found_and_their_access_is_changed_and_logged(site):
    ada = await site.browser_of(site.cast.ada)
    found = cells(await ada.get("/admin/users?q=PEETERS"))
    assert found == [["An Peeters", "E100", "an.peeters@health.example", "FOD Gezondheid", "Employee", "yes"]]
    an = f"/admin/users/{site.cast.an.person_id}"
    await ada.get(an)
    answer = await ada.post(an, {"role-employee": "yes", "role-handler": "yes", "active": "yes"})
    assert (answer.status, answer.location) == (303, f"{an}?done=changed")
    assert cells(await ada.get("/admin/users?q=E100"))[0][4] == "Employee, File manager"
    await ada.post(an, {"role-employee": "yes", "role-handler": "yes", "active": "yes"})
    assert await entries(site, "person_changed") == [
        {"name": "An Peeters", "person": site.cast.an.person_id, "given": ["handler"], "taken": [], "active": True}
    ]


async def test_whoever_is_no_longer_active_is_signed_out_at_once(site):
    an, ada = await site.browser_of(site.cast.an), await site.browser_of(site.cast.ada)
    path = f"/admin/users/{site.cast.an.person_id}"
    await ada.get(path)
    await ada.post(path, {"role-employee": "yes"})
    assert (await an.get("/cases")).status == 302
    await ada.post(path, {"role-employee": "yes", "active": "yes"})
    assert (await an.get("/cases")).status == 302
    assert cells(await ada.get("/admin/users?q=E100"))[0][5] == "yes"


async def test_an_admin_cannot_lock_themselves_out(site):
    ada = await site.browser_of(site.cast.ada)
    path = f"/admin/users/{site.cast.ada.person_id}"
    await ada.get(path)
    assert (await ada.post(path, {"role-admin": "yes"})).status == 403
    assert (await ada.post(path, {"role-employee": "yes", "active": "yes"})).status == 403
    assert (await ada.post(path, {"role-admin": "yes", "active": "yes"})).status == 303
    async with site.database.reading() as session:
        assert await people.roles(session, site.cast.ada.person_id) == {Role.ADMIN}
    assert (await ada.get("/admin/users/99999")).status == 404


async def test_organisations_and_catalogue_versions_are_counted(site):
    await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        await session.execute(update(OutboxMail).values(state="sent"))
    ada = await site.browser_of(site.cast.ada)
    assert cells(await ada.get("/admin/organisations")) == [
        ["Balie", "3", "0", "0"], ["FOD Gezondheid", "2", "1", "1"], ["FOD Justitie", "1", "0", "0"],
    ]  # fmt: skip
    page = await ada.get("/admin/catalogue")
    assert site.desk.catalogue.version in page.text
    assert "Nothing to show." in page.text


async def test_a_mail_that_failed_is_tried_again_by_an_admin_and_that_is_logged(site):
    await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        await session.execute(update(OutboxMail).where(OutboxMail.id == 1).values(state="failed", last_reply="550 no"))
        await session.execute(update(OutboxMail).where(OutboxMail.id == 2).values(state="bounced"))
    ada = await site.browser_of(site.cast.ada)
    page = await ada.get("/admin/jobs")
    assert [(row[1], row[3], row[5]) for row in cells(page)] == [
        ("hanne.claes@balie.example", "Came back", ""),
        ("an.peeters@health.example", "Failed 550 no", "Try again"),
    ]
    assert (await ada.post("/admin/jobs/mails/1")).location == "/admin/jobs?done=again"
    assert (await ada.post("/admin/jobs/mails/2")).status == 404
    assert (await ada.post("/admin/jobs/notifications/1")).status == 404
    assert await entries(site, "release_outgoing_mail") == [{"mail": 1}]
    assert [row[3] for row in cells(await ada.get("/admin/jobs"))] == ["Came back"]


async def test_a_token_is_made_shown_once_used_and_revoked(site):
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/tokens")
    form = {
        "name": "  Dossier <b>system</b> ",
        "address": "hanne.claes@balie.example",
        "days": "30",
        "scope-cases:read": "yes",
    }
    page = await ada.post("/admin/tokens", form)
    [token] = re.findall(r'<code class="secret">(balie_[\w-]{43})</code>', page.text)
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert token not in (await ada.get("/admin/tokens")).text
    headers = {"Authorization": f"Bearer {token}"}
    assert (await site.client.get("/api/v1/cases?of=all", headers=headers)).status == 200
    assert cells(await ada.get("/admin/tokens"))[0][:3] == [
        "Dossier &lt;b&gt;system&lt;/b&gt;",
        "Hanne Claes",
        "cases:read",
    ]
    assert (await ada.post("/admin/tokens/1/revoke")).location == "/admin/tokens?done=revoked"
    assert (await ada.post("/admin/tokens/1/revoke")).status == 404
    assert (await site.client.get("/api/v1/cases", headers=headers)).status == 401
    made = await entries(site, "token_made")
    assert made == [{"name": "Dossier <b>system</b>", "as": "Hanne Claes", "scopes": ["cases:read"]}]
    assert len(await entries(site, "token_revoked")) == 1


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"scope-cases:read": "yes", "role-admin": "yes"}, "Give the token a name"),
        ({"name": "x", "role-admin": "yes"}, "Tick what the token may be used for"),
        ({"name": "x", "scope-cases:read": "yes"}, "A token acts either as a person"),
        ({"name": "x", "scope-cases:read": "yes", "address": "nobody@health.example"}, "Nobody here has this address"),
        ({"name": "x", "scope-cases:read": "yes", "role-admin": "yes", "days": "367"}, "Between 1 and 366 days"),
        ({"name": "x", "scope-cases:read": "yes", "role-admin": "yes", "days": "-1"}, "Between 1 and 366 days"),
    ],
)
async def test_a_token_that_makes_no_sense_is_refused_and_what_was_typed_is_kept(site, form, problem):
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/tokens")
    page = await ada.post("/admin/tokens", form)
    assert page.status == 422
    assert problem in page.text
    assert f'name="name" value="{form.get("name", "")}"' in page.text
    async with site.database.reading() as session:
        assert (await session.execute(select(ApiToken))).all() == []


async def test_a_webhook_is_made_with_a_secret_that_is_shown_once_and_removed(site):
    ada = await site.browser_of(site.cast.ada)
    await ada.get("/admin/webhooks")
    page = await ada.post("/admin/webhooks", {"url": "https://system.example/balie", "kind-answer": "yes"})
    [secret] = re.findall(r'<code class="secret">(\w{64})</code>', page.text)
    async with site.database.reading() as session:
        webhook = (await session.execute(select(Webhook))).scalar_one()
    assert secret == webhooks.secret_of(site.desk.settings.secret_key, webhook)
    assert secret not in (await ada.get("/admin/webhooks")).text
    assert (await ada.post("/admin/webhooks/1/remove")).location == "/admin/webhooks?done=removed"
    assert "system.example" not in (await ada.get("/admin/webhooks")).text
    refused = await ada.post("/admin/webhooks", {"url": "http://inside", "kind-answer": "yes"})
    assert (refused.status, 'value="http://inside"' in refused.text) == (422, True)
    assert [each["host"] for each in await entries(site, "webhook_made")] == ["system.example"]
    assert [each["host"] for each in await entries(site, "webhook_removed")] == ["system.example"]


async def test_settings_are_shown_with_their_source_and_without_secrets(database, desk, sign_in_rules, tmp_path):
    (tmp_path / "balie.toml").write_text('smtp_port = 2600\nsecret_key = "deep secret"\n')
    environment = {
        "BALIE_RELAY_URL": "smtp://desk:hush@relay.example:25",
        "BALIE_DATABASE_URL": "postgresql://balie:hush@db.example/balie",
    }
    settings = read_settings(environment, tmp_path)
    values, came_from = shown(settings), sources(environment, tmp_path)
    assert (values["secret_key"], came_from["secret_key"]) == (HIDDEN, "file")
    assert (values["smtp_port"], came_from["smtp_port"]) == ("2600", "file")
    assert (values["relay_url"], came_from["relay_url"]) == (f"smtp://desk:{HIDDEN}@relay.example:25", "environment")
    assert values["database_url"] == f"postgresql+psycopg://balie:{HIDDEN}@db.example/balie"
    assert (values["http_port"], came_from["http_port"]) == ("8080", "default")
    assert values["smtp_tls_required"] == "false"
    assert values["authserv_peers"] == "127.0.0.0/8 ::1/128"
    assert "hush" not in str(values)

    in_force = [SettingInForce(name.upper(), value, came_from[name]) for name, value in values.items()]
    app = create_app(database=database, desk=desk, rules=sign_in_rules, settings_in_force=in_force)
    async with open_site(database, desk, sign_in_rules, app=app) as site:
        page = await (await site.browser_of(site.cast.ada)).get("/admin/settings")
    assert ["SMTP_PORT", "2600", "balie.toml"] in cells(page)
    assert ["SECRET_KEY", HIDDEN, "balie.toml"] in cells(page)
    assert "hush" not in page.text


async def test_what_people_are_called_is_only_text(site):
    async with site.database.transaction() as session:
        person = await people.person(session, site.cast.an.person_id)
        person.first_name = "<script>alert(1)</script>"
    ada: Browser = await site.browser_of(site.cast.ada)
    for path in ("/admin/users", f"/admin/users/{site.cast.an.person_id}"):
        assert "<script>alert" not in (await ada.get(path)).text
