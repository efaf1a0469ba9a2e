"""Terms: the first day does not count, times of examination do not, and what overlaps is taken off once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.examination import Span
from evidence.moments import BEIJING
from evidence.register import Procedure
from tests.workflows.conftest import AT
from workflows.deadlines import DETERMINATION, counted, deadlines, determination_term

RULE = deadlines()[DETERMINATION]
ALARM = datetime(2026, 3, 2, 22, 49, tzinfo=BEIJING)  # a Monday; thirty days later it is Wednesday 1 April
LATER = ALARM + timedelta(days=3650)
UNSPANNED = date(2026, 4, 1)


def day(number, hour=12):
    return datetime(2026, 3, 2, hour, tzinfo=BEIJING) + timedelta(days=number)


def span(start, end, name="JY1"):
    return Span(name, start, end)


def term(*spans, settled=None, now=LATER, begin=ALARM):
    return counted(RULE, begin, spans, settled, now)


def test_the_row_says_where_it_comes_from():
    assert (RULE.days, RULE.confidence) == (30, "H")
    assert "第十八条" in RULE.basis
    assert RULE.arithmetic_confidence != "H", "shown as 待中心确认"


def test_thirty_days_without_the_first():
    assert term(now=day(1)).due == UNSPANNED
    assert term(begin=ALARM.replace(hour=0, minute=0)).due == UNSPANNED
    assert term(begin=ALARM.astimezone(UTC)).due == UNSPANNED, "the day is that of Beijing"
    assert term(now=day(30, 23)).left(day(30, 23)) == 0
    assert term(now=day(31, 0)).left(day(31, 0)) == -1


def test_a_last_day_on_which_nobody_works_is_followed_by_one_on_which_they_do():
    # 30 days after Tuesday 1 September 2026 is 1 October, the national holiday: the next working day
    found = term(begin=datetime(2026, 9, 1, 8, tzinfo=BEIJING))
    assert found.due > date(2026, 10, 1)
    assert not found.certain or found.due == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([(5, 15)], 10),
        ([(5, 15), (15, 20)], 15),
        ([(5, 15), (10, 20)], 15),  # what overlaps counts once
        ([(5, 25), (10, 12)], 20),
        ([(20, 40)], 20),  # begun within the term, ended beyond its thirty days
        ([(40, 50)], 0),  # begun when it had run out
        ([(5, 15), (38, 43)], 15),  # within the term as it was lengthened
        ([(-10, 5)], 5),  # from the alarm on
        ([(15, 5)], 0),
    ],
)
def test_times_of_examination_are_taken_off(spans, days):
    given = [span(day(start, 23) if start >= 0 else day(start), day(end, 23)) for start, end in spans]
    found = term(*given)
    expected = UNSPANNED + timedelta(days=days)
    assert found.due >= expected
    assert (found.due - expected).days <= 3, "no more than over the weekend or a holiday of three days"
    assert found.not_counted // timedelta(days=1) in {days, days - 1, days + 1}


def test_an_examination_under_way_moves_the_last_day_on():
    open_ = span(day(10), None)
    found = [term(open_, now=day(number)).due for number in (11, 18, 25)]
    assert found == sorted(set(found))
    assert term(open_, now=day(11)).running
    assert not term(span(day(10), day(11)), now=day(12)).running


def test_once_it_is_settled_nothing_moves_it():
    settled = day(20)
    one, other = (term(span(day(10), None), settled=settled, now=now) for now in (day(21), day(300)))
    assert one == other
    assert one.left(day(300)) == (one.due - settled.date()).days
    assert not one.running


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100)), max_size=8))
def test_no_more_is_taken_off_than_there_was_and_order_says_nothing(times):
    spans = [span(day(start), day(start + length)) for start, length in times]
    found = term(*spans)
    assert timedelta() <= found.not_counted <= sum((each.end - each.start for each in spans), timedelta())
    assert term(*reversed(spans)).due == found.due
    assert found.due >= UNSPANNED


def test_the_term_of_a_case_runs_from_the_alarm(house):
    with house.database.reading() as tx:
        found = determination_term(tx, house.case, AT)
    assert (found.begin, found.settled, found.spans) == (AT, None, ())
    assert found.due == date(2026, 12, 24)


def test_the_simple_procedure_has_no_such_term(house):
    with house.database.reading() as tx:
        house.case.procedure = Procedure.SUMMARY
        assert determination_term(tx, house.case, AT) is None
