"""Whose tries are counted: the browser behind a proxy of ours, and nobody whom a browser names itself."""

import dataclasses
from ipaddress import ip_network

import pytest
from portal_site import open_site

from casework.portal.shell.client_address import address_behind


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        ((), "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ((), "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (PROXIES, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "nonsense", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        (PROXIES, "fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_only_proxies_of_ours_are_believed(proxies, remote, forwarded, expected):
    assert address_behind(proxies, remote, [forwarded] if forwarded else []) == expected


async def test_one_browser_behind_the_proxy_uses_up_its_own_tries_alone(database, desk, sign_in_rules):
    settings = dataclasses.replace(desk.settings, proxies=PROXIES)
    async with open_site(database, dataclasses.replace(desk, settings=settings), sign_in_rules) as site:
        browser = site.stranger()
        await browser.get("/sign-in")
        sent = {"address": "an.peeters@health.example", "code": "000000"}
        statuses = [
            (await browser.post("/sign-in/code", sent, headers={"X-Forwarded-For": f"192.0.2.{n}, 203.0.113.9"})).status
            for n in range(202)
        ]
        other = await browser.post("/sign-in/code", sent, headers={"X-Forwarded-For": "203.0.113.10"})
    assert (statuses, other.status) == ([422] * 200 + [429] * 2, 422)
