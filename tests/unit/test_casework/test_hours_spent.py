"""What handlers read of the hours that a ticket took."""

from datetime import timedelta

import pytest

from casework.portal.colleagues import started_hours


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, ""), (1, "< 1"), (59, "< 1"), (60, "1"), (61, "2"), (480, "8"), (481, "9")]
)
def test_hours_are_started_ones_and_less_than_one_is_said(minutes, shown):
    assert started_hours(timedelta(minutes=minutes)) == shown
