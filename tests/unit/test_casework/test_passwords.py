"""Which passwords can be used: long enough, not obvious, and nothing about signs or capitals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.digital_keys.passwords import LONGEST, SHORTEST, Weakness, weakness

ABOUT = ("An Peeters", "an.peeters@health.example", "FOD Gezondheid", "balie")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("drie fietsen in de regen", None),
        ("zonder hoofdletters", None),
        ("Ünïcödé geht auch", None),
        ("x" * 64 + "yzwvut", None),
        ("elf tekens!", Weakness.TOO_SHORT),
        ("", Weakness.TOO_SHORT),
        ("lang " * 26, Weakness.TOO_LONG),
        ("aaaaaaaaaaaaaaaa", Weakness.OBVIOUS),
        ("abababababababab", Weakness.OBVIOUS),
        ("123456789012", Weakness.OBVIOUS),
        ("qwertyuiopas", Weakness.OBVIOUS),
        ("azertyuiopqs", Weakness.OBVIOUS),
        ("fedcbaFEDCBA98765432", Weakness.OBVIOUS),
        ("an.peeters.balie", Weakness.PERSONAL),
        ("PeetersGezondheid1", Weakness.PERSONAL),
    ],
)
def test_a_password_is_judged_by_length_and_by_what_anybody_would_try(password, expected):
    assert weakness(password, *ABOUT) is expected


@given(st.text(max_size=SHORTEST - 1).filter(lambda text: text.isascii()))
def test_nothing_short_is_ever_good(password):
    assert weakness(password) is Weakness.TOO_SHORT


@given(st.text(min_size=SHORTEST, max_size=LONGEST))
def test_judging_never_breaks(password):
    assert weakness(password, *ABOUT) in {None, *Weakness}
