"""What tests of payroll's pages share: people with pay, and a page as somebody reads it."""

import re

from portal_site import Page, Site

from payroll.facts import importing

HEADING = ",".join(importing.COLUMNS)
AN = "E100,2026-01-01,,3000.00,1,single,none,0,0,hired"
LUC = "E101,2026-01-01,,3000.00,1,single,none,0,0,hired"
TWO_CHILDREN = {"kind": "change", "effective": "2026-09-01", "children": "2"}


def rows(page: Page, title: str) -> list[list[str]]:
    """Return the cells of the table below a heading, as somebody reads them."""
    body = page.text.partition(f'id="{title}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(re.sub(r"(<[^>]+>)+", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


async def hire(site: Site, *lines: str) -> None:
    """Import pay and households."""
    read, refused = importing.read_facts("\n".join((HEADING, *lines)))
    assert refused == []
    async with site.database.transaction() as session:
        await importing.import_facts(session, site.desk.clock, read, "Ada Bakker")
