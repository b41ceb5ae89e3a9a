"""The short way of reading an address in a command says what the long way says, or nothing."""

from email._header_value_parser import get_angle_addr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.inbound.plain_commands import PLAIN_ADDRESS

PIECES = st.sampled_from(
    ["a", "Z", "0", ".", "+", "-", "_", "@", "<", ">", '"', " ", "(", ")", "[", "]", "\\", "é", ","]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(local=TEXTS, domain=TEXTS, rest=st.sampled_from(["", " SIZE=5", " BODY=8BITMIME SIZE=5", "x", " "]))
def test_plain_address_is_what_the_full_parser_reads(local: str, domain: str, rest: str) -> None:
    argument = f"<{local}@{domain}>{rest}"
    plain = PLAIN_ADDRESS.fullmatch(argument)

    if plain is not None:
        address, after = get_angle_addr(argument)
        assert (plain[1], (plain[2] or "").split()) == (address.addr_spec, after.split())


@pytest.mark.parametrize("argument", ["<>", "<a@b>x", "<a..b@c>", '<"a b"@c>', "a@b", "<a@[192.0.2.1]>", "<é@b>"])
def test_odd_address_is_left_to_the_full_parser(argument: str) -> None:
    assert PLAIN_ADDRESS.fullmatch(argument) is None


@pytest.mark.parametrize(
    ("argument", "read"),
    [
        ("<an.peeters@health.example>", ("an.peeters@health.example", None)),
        ("<hr+abc.def=x@balie.example> SIZE=500", ("hr+abc.def=x@balie.example", "SIZE=500")),
    ],
)
def test_plain_address_is_read(argument: str, read: tuple[str, str | None]) -> None:
    plain = PLAIN_ADDRESS.fullmatch(argument)

    assert plain is not None
    assert plain.groups() == read
