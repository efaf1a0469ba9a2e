"""Examinations: what a laboratory is asked, how far it is, its report, and the time that the fire's term leaves out."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import Session

from casesvc.database import Database
from evidence.act import Act
from evidence.custody import perform
from evidence.custody_event import EventType
from evidence.errors import (
    ActOutOfPlace,
    ExaminationEnded,
    ExaminationUnknown,
    FactMissing,
    HappensLater,
    PaperUnknown,
    ReceiverMissing,
    TermTooEarly,
)
from evidence.examination import (
    Commission,
    Course,
    commission,
    course_of,
    courses_of,
    examination_by_number,
    examinations_asked,
    examinations_for,
    examinations_of,
    exhibits_examined,
    is_overdue,
    report,
    report_of,
    sent_at,
    spans_of,
)
from evidence.exhibit import Kind
from evidence.handing_over import Answer, To, answer_on_paper, offer, take_back
from evidence.intake import collect_file, collect_sample, receive
from evidence.register import Procedure, register_case, unit_by_code
from evidence.verification import Report, verify_case, walk_record
from tests.evidence.conftest import AT
from tests.evidence.test_family import FACTS
from tests.tampering import tamper

ASKED = Commission("鉴定导线熔痕的熔化性质", AT + timedelta(days=20), institute="省消防总队鉴定中心")
OUTSIDE = To(name="李鉴定", organisation="省消防总队鉴定中心", document="鉴1")


def days(number):
    return AT + timedelta(days=number)


def on(act, number):
    """The same person, that many days later."""
    return Act(act.tx, act.by, days(number))


def sample(world):
    return collect_sample(world.investigator, world.case, FACTS, name="带熔痕的铜导线")


def paper(world, name="report.pdf", case=None, day=0):
    received = receive(world.store, [name.encode()], file_name=name)
    return collect_file(on(world.investigator, day), case or world.case, received, kind=Kind.DOCUMENT)


def asked(world, exhibits=None, act=None, laboratory=None, **changes):
    said = Commission(**{**vars(ASKED), **changes})
    return commission(act or world.investigator, world.case, exhibits or [sample(world)], said, laboratory=laboratory)


def send(world, exhibit, day, *, happened=None):
    """To the institute outside, on a signed form."""
    act = on(world.investigator, day)
    term = days(day + 20)
    made = offer(act, world.case, EventType.SENT_FOR_EXAMINATION, [exhibit], OUTSIDE, purpose="检验", term=term)
    found = [Answer(exhibit, True, facts={"quantity": "250 g", "condition": "完好"})]
    signed = {"paper": paper(world, f"d61-{day}.pdf", day=day), "confirmed_by": "password"}
    happened_at = days(happened) if happened is not None else None
    answer_on_paper(act, world.case, made, found, **signed, happened_at=happened_at)


def fetch(world, exhibit, day):
    found = [Answer(exhibit, True, facts={"quantity": "250 g", "condition": "完好"})]
    act = on(world.investigator, day)
    signed = {"paper": paper(world, f"back-{day}.pdf", day=day), "confirmed_by": "password"}
    take_back(act, world.case, EventType.RECEIVED_BACK, found, **signed, purpose="检毕取回")


def reported(world, made, day=10, **changes):
    told = {"number": "鉴字2026-101", "conclusion": "一次短路熔痕", **changes}
    return report(on(world.investigator, day), world.case, made, paper(world), **told)


def test_a_commission_has_a_number_and_its_exhibits_in_their_order(world):
    first, second = sample(world), sample(world)
    made = asked(world, [second, first, second])
    assert made.number == "JY41050220260001"
    assert exhibits_examined(world.tx, made) == [first, second]
    assert examination_by_number(world.tx, world.case, made.number) is made
    assert asked(world).number == "JY41050220260002"
    assert examinations_of(world.tx, world.case)[0] is made


def test_a_laboratory_of_ours_has_it_on_its_list_and_the_unit_too(world):
    city, county = unit_by_code(world.tx, "410500"), unit_by_code(world.tx, "410523")
    made = asked(world, laboratory=city, institute="")
    assert made.institute == city.name
    assert examinations_for(world.tx, city.id) == [made]
    assert examinations_asked(world.tx, [world.unit.id]) == [made]
    assert examinations_for(world.tx, county.id) == examinations_asked(world.tx, [county.id]) == []
    assert examinations_for(world.tx, world.unit.id) == []


def test_what_is_overdue_longest_stands_at_the_top_and_what_has_its_report_at_the_end(world):
    late, soon, done = (asked(world, due_at=days(day)) for day in (9, 3, 1))
    reported(world, done)
    assert examinations_asked(world.tx, [world.unit.id]) == [soon, late, done]
    courses = courses_of(world.tx, [late, soon, done])
    overdue = [is_overdue(each, courses[each.id], days(5)) for each in (late, soon, done)]
    assert overdue == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"institute": "  "}, ReceiverMissing),
        ({"questions": " \n"}, FactMissing),
        ({"due_at": AT}, TermTooEarly),
        ({"due_at": AT - timedelta(days=1)}, TermTooEarly),
        ({"keep_until": days(19)}, TermTooEarly),
        ({"destroys": True}, FactMissing),
        ({"destroys": True, "notice": "  "}, FactMissing),
    ],
)
def test_a_commission_states_what_the_law_asks_for(world, changes, refusal):
    with pytest.raises(refusal):
        asked(world, **changes)
    assert examinations_of(world.tx, world.case) == []


def test_a_test_that_destroys_is_asked_for_with_the_notice_to_the_parties(world):
    made = asked(world, destroys=True, notice="11月25日已电话告知马会计，无异议")
    assert (made.destroys, made.notice) == (True, "11月25日已电话告知马会计，无异议")


def test_nothing_is_asked_of_nothing_and_of_nothing_that_is_gone(world):
    with pytest.raises(FactMissing):
        commission(world.investigator, world.case, [], ASKED)
    lost = sample(world)
    perform(world.investigator, world.case, lost, EventType.LOST, {"reason": "清点未见", "last_seen": "昨日"})
    with pytest.raises(ActOutOfPlace):
        asked(world, [sample(world), lost])


def test_the_course_follows_from_the_samples_way_and_the_report(world):
    exhibit = sample(world)
    made = asked(world, [exhibit])
    assert course_of(world.tx, made) is Course.REQUESTED
    send(world, exhibit, 1)
    assert course_of(world.tx, made) is Course.OUT
    fetch(world, exhibit, 8)
    assert course_of(world.tx, made) is Course.BACK
    reported(world, made)
    assert course_of(world.tx, made) is Course.ENDED


def test_a_report_before_the_samples_are_back_does_not_end_it(world):
    first, second = sample(world), sample(world)
    made = asked(world, [first, second])
    send(world, first, 1)
    send(world, second, 2)
    reported(world, made)
    assert course_of(world.tx, made) is Course.REPORTED
    fetch(world, first, 11)
    assert course_of(world.tx, made) is Course.REPORTED
    fetch(world, second, 12)
    assert course_of(world.tx, made) is Course.ENDED


def test_a_report_comes_once_with_its_file_its_number_and_what_it_says(world):
    made = asked(world)
    for missing in ("number", "conclusion"):
        with pytest.raises(FactMissing):
            reported(world, made, **{missing: " "})
    for wrong in (sample(world), paper(world, case=other_case(world))):
        with pytest.raises(PaperUnknown):
            report(on(world.investigator, 10), world.case, made, wrong, number="1", conclusion="无")
    kept = reported(world, made)
    assert report_of(world.tx, made) is kept
    with pytest.raises(ExaminationEnded):
        reported(world, made, day=11)


def test_a_report_came_between_the_commission_and_now(world):
    made = asked(world)
    with pytest.raises(HappensLater):
        reported(world, made, received_at=days(11))
    with pytest.raises(TermTooEarly):
        reported(world, made, received_at=AT - timedelta(seconds=1))
    assert reported(world, made, received_at=days(7)).received_at == days(7)


def test_an_examination_of_another_case_is_unknown(world):
    made = asked(world)
    for case, number in ((other_case(world), made.number), (world.case, "JY41050220269999"), (world.case, "")):
        with pytest.raises(ExaminationUnknown):
            examination_by_number(world.tx, case, number)


def other_case(world):
    said = {"fire_at": AT, "place": "文源街", "procedure": Procedure.ORDINARY}
    return register_case(world.investigator, world.unit, name="另一起火灾", **said)


# ── the time that the term of the determination leaves out (火灾事故调查规定 art. 18)


def test_the_time_from_the_samples_arrival_to_the_report_is_not_counted(world):
    exhibit = sample(world)
    made = asked(world, [exhibit])
    assert spans_of(world.tx, world.case) == []
    send(world, exhibit, 3)
    (span,) = spans_of(world.tx, world.case)
    assert (span.examination, span.start, span.end) == (made.number, days(3), None)
    reported(world, made, day=12, received_at=days(9))
    (span,) = spans_of(world.tx, world.case)
    assert (span.start, span.end) == (days(3), days(9)), "that the report was entered late lengthens nothing"


def test_a_report_is_not_there_before_the_samples_and_no_time_runs_backward(world):
    early, late = sample(world), sample(world)
    made = asked(world, [early])
    send(world, early, 3)
    with pytest.raises(TermTooEarly, match="送检时间"):
        reported(world, made, day=12, received_at=days(2))
    other = asked(world, [late])
    reported(world, other, day=4)
    send(world, late, 5)
    assert [span.examination for span in spans_of(world.tx, world.case)] == [made.number]


def test_it_begins_when_the_form_was_signed_and_not_when_that_was_entered(world):
    exhibit = sample(world)
    made = asked(world, [exhibit], act=on(world.investigator, 1), due_at=days(20))
    send(world, exhibit, 4, happened=2)
    assert sent_at(world.tx, made) == days(2)


def test_a_sample_sent_before_the_commission_begins_no_time(world):
    exhibit = sample(world)
    send(world, exhibit, 1)
    asked(world, [exhibit], act=on(world.investigator, 2))
    assert spans_of(world.tx, world.case) == []


def test_a_sending_begins_the_examination_that_it_is_for_and_no_other(world):
    """One commission was never followed; a later one to another institute was: or else the first would never end."""
    exhibit = sample(world)
    left = asked(world, [exhibit], institute="另一鉴定机构")
    made = asked(world, [exhibit], act=on(world.investigator, 1), institute=OUTSIDE.organisation)
    send(world, exhibit, 2)
    assert sent_at(world.tx, left) is None
    assert [span.examination for span in spans_of(world.tx, world.case)] == [made.number]
    again = asked(world, [exhibit], act=on(world.investigator, 3), institute=OUTSIDE.organisation)
    assert sent_at(world.tx, again) is None, "it went before this was asked"


def test_of_commissions_to_nobody_in_particular_the_latest_is_meant(world):
    exhibit = sample(world)
    first = asked(world, [exhibit], institute="甲")
    second = asked(world, [exhibit], act=on(world.investigator, 1), institute="乙")
    send(world, exhibit, 2)
    assert (sent_at(world.tx, first), sent_at(world.tx, second)) == (None, days(2))


# ── two at once, and what somebody did behind the service's back


def test_of_two_who_enter_the_report_at_once_one_is_told_that_it_is_there(world):
    made, file = asked(world), paper(world)
    world.tx.commit()
    database = Database(str(world.engine.url.render_as_string(hide_password=False)))
    begin, told = threading.Barrier(2), []

    def enter_it(number):
        begin.wait()
        try:
            with database.begin(world.investigator.by) as act:
                mine = [act.tx.merge(each, load=False) for each in (world.case, made, file)]
                report(Act(act.tx, act.by, days(5)), *mine, number=number, conclusion="一次短路熔痕")
            told.append("done")
        except ExaminationEnded:
            told.append("there already")

    threads = [threading.Thread(target=enter_it, args=(number,)) for number in ("1", "2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert sorted(told) == ["done", "there already"]


def found(world):
    report = Report()
    with Session(world.engine) as tx:
        verify_case(tx, world.case, walk_record(tx, report), report)
    return {(finding.where, finding.kind.value, finding.registered) for finding in report.findings}


@pytest.fixture
def recorded(world):
    """An examination of the second of three samples and its report."""
    sample(world)
    made = asked(world, [sample(world)])
    sample(world)
    reported(world, made)
    world.tx.commit()
    return made.number


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE examination SET questions = '鉴定助燃剂成分'",
        "UPDATE examination SET institute = '某某公司'",
        "UPDATE examination SET laboratory_id = 1",
        "UPDATE examination SET due_at = '2027-01-01 00:00:00'",
        "UPDATE examination SET keep_until = '2027-01-01 00:00:00'",
        "UPDATE examination SET notice = '已告知'",
        "UPDATE examination SET requested_at = '2020-01-01 00:00:00'",
        "UPDATE examination SET person_id = 2",
        "UPDATE examination_item SET exhibit_id = 3",
        "INSERT INTO examination_item (examination_id, exhibit_id) VALUES (1, 3)",
        "DELETE FROM examination_item",
        "UPDATE examination_report SET conclusion = '电热熔痕'",
        "UPDATE examination_report SET number = '鉴字2026-102'",
        "UPDATE examination_report SET received_at = '2020-01-01 00:00:00'",
        "UPDATE examination_report SET exhibit_id = 1",
        "UPDATE examination_report SET person_id = 2",
    ],
)
def test_a_changed_examination_is_found(world, recorded, statement):
    assert found(world) == set()
    tamper(world.engine, statement)
    assert {(kind, number) for _, kind, number in found(world)} == {("examination_differs", recorded)}


def test_a_removed_report_and_a_removed_examination_are_missed(world, recorded):
    tamper(world.engine, "DELETE FROM examination_report")
    assert [kind for _, kind, _ in found(world)] == ["examination_missing"]
    tamper(world.engine, "DELETE FROM examination_item", "DELETE FROM examination")
    assert {kind for _, kind, _ in found(world)} == {"examination_missing"}


def test_nobody_changes_or_removes_an_examination(world, recorded):
    for table in ("examination", "examination_item", "examination_report"):
        for statement in (f"UPDATE {table} SET examination_id = 1", f"DELETE FROM {table}"):
            wanted = statement.replace("SET examination_id", "SET id") if table == "examination" else statement
            with pytest.raises(Exception, match="append only"), world.engine.begin() as connection:
                connection.exec_driver_sql(wanted)
