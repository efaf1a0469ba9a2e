"""The procedure's table, and the steps of a case that it allows and refuses."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

import templates
from evidence.errors import FactMissing
from evidence.record import RecordEntry
from evidence.register import Procedure
from tests.workflows.conftest import AGREED, AT, HEARING, SCENE, SUSPICION
from workflows.errors import (
    FireAfterAlarm,
    IncidentHasCase,
    SamePerson,
    StepAlreadyRecorded,
    StepFactMissing,
    StepNeedsDocument,
    StepNotInProcedure,
    StepOutOfOrder,
    StepPersonsSame,
    StepRoleMissing,
    StepUnknown,
)
from workflows.incident import Incident, open_case, record_alarm
from workflows.procedure import procedure
from workflows.steps import check_step, stage_of, state_of, steps_of, take_step


def test_the_table_runs_from_alarm_to_referral_with_a_clause_for_each_step():
    table = procedure()
    assert [stage.slug for stage in table.stages] == ["incident", "investigation", "determination", "referral"]
    assert {step.stage for step in table.steps} == {stage.slug for stage in table.stages}
    assert all(step.basis and step.roles for step in table.steps)
    issued = {step.document for step in table.steps if step.document}
    assert issued >= {"D13", "D17", "D18", "D31", "D48", "D61"}
    assert all(templates.form(form).implemented for form in issued)


def test_the_stage_follows_from_the_steps(house):
    def stage():
        with house.database.reading() as tx:
            return stage_of(steps_of(tx, house.case)).slug

    assert stage() == "investigation"
    house.until_inspected()
    assert stage() == "investigation"
    house.take("investigator", "parties_heard", HEARING)
    assert stage() == "determination"
    house.take("legal", "suspicion_reported", SUSPICION)
    assert stage() == "referral"


def test_a_step_out_of_order_is_refused_with_what_is_missing(house):
    with pytest.raises(StepOutOfOrder) as refused:
        house.take("investigator", "scene_inspected", SCENE)
    assert refused.value.missing == "指派调查人员"
    assert "第二十条" in refused.value.basis


def test_a_step_belongs_to_its_roles(house):
    for role in ("investigator", "custodian", "legal", "supervisor", "administrator"):
        with pytest.raises(StepRoleMissing) as refused:
            house.take(role, "investigators_assigned", {"first": "甲", "second": "乙"})
        assert refused.value.roles == "审批负责人"


def test_only_repeatable_steps_repeat(house):
    house.until_inspected()
    house.take("investigator", "scene_inspected", SCENE)
    with pytest.raises(StepAlreadyRecorded):
        house.take("approver", "investigators_assigned", {"first": "甲", "second": "乙"})


def test_handler_and_approver_are_two_people(house):
    both = house.people["investigator"]
    object.__setattr__(both, "roles", frozenset({"investigator", "approver"}))
    house.until_inspected()
    house.take("investigator", "parties_heard", HEARING)
    with pytest.raises(SamePerson) as refused:
        house.take("investigator", "determination_approved", AGREED)
    assert (refused.value.step, refused.value.other) == ("认定审批", "认定说明")


@pytest.mark.parametrize("fact", list(SCENE))
def test_every_fact_of_a_step_is_required(house, fact):
    house.take("approver", "investigators_assigned", {"first": "王建国", "second": "李文静"})
    with pytest.raises(StepFactMissing) as refused:
        house.take("investigator", "scene_inspected", {**SCENE, fact: "  "})
    assert refused.value.fact == procedure().rule("scene_inspected").facts[fact]


def test_a_step_that_is_a_document_is_taken_by_issuing_it(house):
    with pytest.raises(StepNeedsDocument):
        house.take("investigator", "determination_issued")
    with pytest.raises(StepUnknown):
        house.take("investigator", "nonsense")


def test_each_row_says_whether_it_is_open_and_why_not(house):
    with house.database.reading() as tx:
        states = {
            state.rule.slug: state for state in state_of(house.case, steps_of(tx, house.case), house.people["approver"])
        }
    assert states["investigators_assigned"].refusal is None
    assert isinstance(states["scene_inspected"].refusal, StepRoleMissing)
    assert isinstance(states["determination_approved"].refusal, StepOutOfOrder)
    assert states["case_opened"].recorded[0].person == "某调查人员"


def test_a_step_stands_in_the_chained_record_with_the_version_that_allowed_it(house):
    step = house.take("approver", "investigators_assigned", {"first": "王建国", "second": "李文静"})
    with house.database.reading() as tx:
        entry = tx.get_one(RecordEntry, step.record_seq)
    assert json.loads(entry.body)["facts"] == {
        "step": "investigators_assigned",
        "procedure": procedure().version,
        "facts": {"first": "王建国", "second": "李文静"},
    }
    assert step.procedure == procedure().version
    with pytest.raises(sa.exc.DBAPIError, match="append only"), house.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE case_step SET slug = 'x'"))


def test_an_incident_has_a_dense_number_and_one_case(house):
    with house.database.reading() as tx:
        incident = tx.exec(select(Incident)).one()
    assert incident.number == "410502-BJ-20261124-0001"
    with house.database.begin(house.people["investigator"]) as act:
        second = record_alarm(act, house.unit, received_at=AT, caller="甲", phone="1", place="乙地", burning="草")
        assert second.number == "410502-BJ-20261124-0002"
        with pytest.raises(IncidentHasCase):
            open_case(act, house.unit, incident, name="火", fire_at=AT, procedure_type=Procedure.ORDINARY)


@pytest.mark.parametrize("fact", ["caller", "phone", "place", "burning"])
def test_an_alarm_needs_its_facts(house, fact):
    facts = {"caller": "甲", "phone": "1", "place": "乙地", "burning": "草", fact: " "}
    with pytest.raises(FactMissing), house.database.begin(house.people["investigator"]) as act:
        record_alarm(act, house.unit, received_at=AT, **facts)


def test_two_investigators_are_two_people(house):
    with pytest.raises(StepPersonsSame) as refused:
        house.take("approver", "investigators_assigned", {"first": "王建国", "second": "王建国"})
    assert refused.value.facts == "第一调查人、第二调查人"


def test_a_decision_not_to_agree_is_on_file_and_opens_nothing(house):
    house.until_inspected()
    house.take("investigator", "parties_heard", HEARING)
    refused = house.take("approver", "determination_approved", {"decision": "refused", "opinion": "补充调查"})
    assert not refused.stands
    with house.database.reading() as tx:
        steps = steps_of(tx, house.case)
        with pytest.raises(StepOutOfOrder):
            check_step(house.case, steps, procedure().rule("determination_issued"), house.people["investigator"])
    assert house.take("approver", "determination_approved", AGREED).stands
    house.take("legal", "suspicion_reported", SUSPICION)
    with pytest.raises(StepFactMissing, match="同意"):
        house.take("approver", "referral_approved", {"opinion": "同意"})


def test_the_summary_procedure_has_no_determination_of_the_ordinary_one(house):
    with house.database.begin(house.people["investigator"]) as act:
        incident = record_alarm(act, house.unit, received_at=AT, caller="甲", phone="1", place="乙地", burning="草")
        case = open_case(act, house.unit, incident, name="火", fire_at=AT, procedure_type=Procedure.SUMMARY)
        with pytest.raises(StepNotInProcedure):
            take_step(act, case, "parties_heard", HEARING)


def test_a_fire_does_not_begin_after_its_alarm(house):
    with house.database.begin(house.people["investigator"]) as act:
        incident = record_alarm(act, house.unit, received_at=AT, caller="甲", phone="1", place="乙地", burning="草")
        with pytest.raises(FireAfterAlarm):
            open_case(
                act,
                house.unit,
                incident,
                name="火",
                fire_at=AT + timedelta(minutes=1),
                procedure_type=Procedure.ORDINARY,
            )


def test_two_openings_of_one_incident_make_one_case(house):
    with house.database.begin(house.people["investigator"]) as act:
        incident = record_alarm(act, house.unit, received_at=AT, caller="甲", phone="1", place="乙地", burning="草")
        open_case(act, house.unit, incident, name="火", fire_at=AT, procedure_type=Procedure.ORDINARY)
    with pytest.raises(IncidentHasCase), house.database.begin(house.people["investigator"]) as act:
        open_case(act, house.unit, incident, name="火", fire_at=AT, procedure_type=Procedure.ORDINARY)
