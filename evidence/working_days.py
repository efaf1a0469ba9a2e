"""Working days in China: the State Council's holidays and shifted working days, year by year (chinesecalendar)."""

from datetime import date, datetime, time, timedelta

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day``; for a year not yet published, Monday to Friday (see :func:`is_published`)."""
    if is_published(day):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def is_published(day: date) -> bool:
    """Whether the holidays of that year are known; where not, a limit counted over it is to be looked at again."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def after_working_days(start: datetime, days: int) -> datetime:
    """The end of the last of ``days`` working days, the day of ``start`` not counted (民法典 art. 201).

    ``start`` in local time; the result is the midnight at which that day ends, in the same zone.
    """
    day = start.date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(), start.tzinfo)
