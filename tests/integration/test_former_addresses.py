"""Old links lead on: where the administrator says, to pages of ours alone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from portal_site import Site, open_site

from casework.catalogue.errors import CatalogueError
from casework.portal import former_addresses
from casework.portal.app import create_app
from runtime import wiring
from runtime.settings import SettingsError

DOCS = Path(__file__).parents[2] / "docs/employee.md"
[EXAMPLE] = re.findall(r"```yaml\n(addresses:.*?)```", DOCS.read_text(), re.DOTALL)


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    former = former_addresses.load(EXAMPLE, "example.yaml")
    app = create_app(database=database, desk=desk, rules=sign_in_rules, former=former)
    async with open_site(database, desk, sign_in_rules, app=app) as opened:
        yield opened


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("id=my_requests", "/cases"),
        ("id=my_requests&lang=fr", "/cases"),
        ("id=ticket&number=HRC0001234", "/cases/HRC0001234"),
        ("id=ticket", "/"),
        ("id=ticket&number=..%2F..%2Fadmin", "/"),
        ("id=ticket&number=%2F%2Felsewhere.example", "/"),
        ("id=ticket&number=1%0d%0aSet-Cookie:a=b", "/"),
        ("id=sc_home", "/"),
        ("", "/"),
    ],
)
async def test_an_old_link_leads_to_the_page_of_today(site, former, now):
    page = await site.stranger().get(f"/persocontact?{former}")

    assert (page.status, page.location) == (302, now)


@pytest.mark.parametrize(
    "line",
    [
        '{from: "https://elsewhere.example/a", to: "/"}',
        '{from: "/", to: "/cases"}',
        '{from: "/a", to: "https://elsewhere.example"}',
        '{from: "/a", to: "//elsewhere.example"}',
        '{from: "/a"}',
        '{from: "/a", to: "/", also: "/b"}',
    ],
)
def test_a_line_that_leads_nowhere_is_refused_with_its_place(line, tmp_path):
    file = tmp_path / "former.yaml"
    file.write_text(f"addresses:\n  - {line}\n")

    with pytest.raises(CatalogueError, match=r"former\.yaml"):
        former_addresses.load(file.read_text(), file.name)
    with pytest.raises(SettingsError, match="FORMER_ADDRESSES"):
        wiring.read_former_addresses(file)
