"""Working days as the State Council made them: holidays, shifted days, and years that nobody knows yet."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.moments import BEIJING
from evidence.working_days import after_working_days, is_published, is_working_day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 10, 1), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 9), True),
        (date(2025, 9, 28), True),  # a Sunday, worked for the holiday
        (date(2025, 10, 11), True),  # a Saturday, worked for it
        (date(2025, 10, 12), False),
        (date(2026, 1, 1), False),
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
    ],
)
def test_holidays_and_the_days_worked_for_them(day, works):
    assert is_working_day(day) is works


def test_a_year_that_is_not_published_has_weekdays_and_says_so():
    assert is_published(date(2025, 1, 1))
    assert not is_published(date(2090, 1, 1))
    assert is_working_day(date(2090, 1, 2))
    assert not is_working_day(date(2090, 1, 7))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-24T16:00", 7, "2026-12-04T00:00"),
        ("2026-11-24T00:00", 7, "2026-12-04T00:00"),
        ("2026-11-24T23:59", 1, "2026-11-26T00:00"),
        ("2025-09-30T10:00", 1, "2025-10-10T00:00"),
        ("2025-09-26T10:00", 2, "2025-09-30T00:00"),
    ],
)
def test_the_day_itself_is_not_counted_and_the_last_day_runs_to_its_end(start, days, end):
    begun = datetime.fromisoformat(start).replace(tzinfo=BEIJING)
    assert after_working_days(begun, days) == datetime.fromisoformat(end).replace(tzinfo=BEIJING)


@given(st.dates(date(2005, 1, 1), date(2060, 1, 1)), st.integers(0, 23), st.integers(0, 20))
def test_so_many_working_days_lie_between(day, hour, days):
    start = datetime(day.year, day.month, day.day, hour, tzinfo=BEIJING)
    end = after_working_days(start, days)
    between = (end.date() - start.date()).days
    assert sum(is_working_day(start.date() + timedelta(days=each)) for each in range(1, between)) == days
    assert after_working_days(start, days + 1) > end
