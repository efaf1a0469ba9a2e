"""Acts of custody beside handovers: what one side records, approvals, take-overs, corrections, families."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from pydantic import Field
from sqlmodel import Session, select

from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.exhibits import ExhibitNumber
from casesvc.api.handovers import Names, Numbers
from casesvc.api.inputs import Given, Later, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.confirming import Confirmation
from casesvc.database import Acting, Looking
from casesvc.handing import signed
from casesvc.installation import Installation
from casesvc.permissions import (
    Permission,
    case_for,
    entrusted_to,
    exhibit_for,
    exhibit_to_record,
    exhibits_in,
    exhibits_to_record,
    is_guest,
)
from casesvc.placing import place_code, placed
from casesvc.present import present_exhibits
from casesvc.present_custody import present_family
from casesvc.shown import ExhibitOut
from casesvc.shown_custody import MemberOut
from evidence.act import Act, Actor
from evidence.custody import lock_chains, perform_all
from evidence.custody_event import EventType
from evidence.exhibit import Exhibit
from evidence.family import Member, Portion, Relation, consume, derive, family_of, split
from evidence.oversight import Decision, approve, correct, request, review, take_over
from evidence.register import Case

Exhibits = Annotated[list[Annotated[Text, Field(max_length=40)]], Field(min_length=1, max_length=500)]
Done = tuple[Case, list[Exhibit]]
"""The case and the exhibits on which something was done."""
Facts = dict[str, Annotated[Paragraphs, Field(max_length=2000)]]


class ActIn(Given):
    """An act on one exhibit or on many, all or none; ``facts`` are those that its row of the rules names."""

    type: EventType = Field(title="保管事项")
    exhibits: Exhibits = Field(title="证据")
    facts: Facts = Field(default_factory=dict, title="事项内容")
    second_officer: Text = Field("", title="第二办理人", max_length=40)
    witness: Text = Field("", title="见证人", max_length=60)
    no_witness_reason: Text = Field("", title="无见证人的原因", max_length=300)
    witnesses: Names = Field(default_factory=list, title="见证人")
    photos: Numbers = Field(default_factory=list, title="照片编号")
    before: Text = Field("", title="实测数量", max_length=60, description="Measured quantity before a consumption")
    happened_at: Moment | None = Field(None, title="实际发生时间")
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)

    def stated(self) -> dict[str, Any]:
        beside = self.model_dump(include={"second_officer", "witness", "no_witness_reason", "witnesses", "photos"})
        return {**self.facts, **beside}


class RequestIn(Given):
    type: EventType = Field(title="申请事项", description="borrowed, returned_to_owner or destroyed")
    exhibits: Exhibits = Field(title="证据")
    reason: Paragraphs = Field("", title="申请理由", max_length=500)
    to: Text = Field("", title="交给谁", max_length=120)
    term: Later | None = Field(None, title="归还期限")


class DecisionIn(Confirmation):
    """A decision, confirmed with the own password or a one-time code."""

    exhibits: Exhibits = Field(title="证据")
    decision: Decision = Field(title="决定")
    opinion: Paragraphs = Field("", title="意见", max_length=500)


class TakeOverIn(Confirmation):
    exhibits: Exhibits = Field(title="证据")
    reason: Paragraphs = Field("", title="紧急接管的原因", max_length=500)
    seal_before: Text = Field("", title="所见封条号", max_length=60)
    quantity: Text = Field("", title="清点数量", max_length=100)
    condition: Text = Field("", title="接管时的状态", max_length=200)
    photos: Numbers = Field(default_factory=list, title="照片编号")
    happened_at: Moment | None = Field(None, title="实际接管时间")


class CorrectionIn(Given):
    exhibit: Text = Field(title="证据", max_length=40)
    event: int = Field(title="事件序号", ge=0, description="seq of the event that is put right")
    facts: Facts = Field(default_factory=dict, title="更正后的内容")
    happened_at: Moment | None = Field(None, title="实际发生时间")
    reason: Paragraphs = Field("", title="更正原因", max_length=500)


class PortionIn(Given):
    name: Text = Field("", title="分样名称", max_length=200)
    quantity: Text = Field("", title="分样数量", max_length=60)


class SplitIn(Given):
    exhibit: Text = Field(title="证据", max_length=40)
    portions: list[PortionIn] = Field(title="分样", min_length=1, max_length=50)
    remainder: Text = Field("", title="剩余数量", max_length=60)
    before: Text = Field("", title="实测数量", max_length=60)
    reason: Text = Field("", title="分样原因", max_length=300)
    second_officer: Text = Field("", title="第二办理人", max_length=40)
    photos: Numbers = Field(default_factory=list, title="照片编号")
    happened_at: Moment | None = Field(None, title="实际发生时间")
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class DeriveIn(Given):
    exhibit: Text = Field(title="原始存储介质", max_length=40)
    children: Exhibits = Field(title="提取或复制得到的文件")
    relation: Relation = Field(title="关系")
    facts: Facts = Field(default_factory=dict, title="事项内容")
    photos: Numbers = Field(default_factory=list, title="照片编号")
    happened_at: Moment | None = Field(None, title="实际发生时间")
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class CustodyController(Controller):
    path = "/cases/{number:str}/custody"
    tags = ["custody"]  # noqa: RUF012 - Litestar reads it as a plain list

    @post(
        "/acts",
        summary="Record an act that one side records by itself, on one or many exhibits",
        operation_id="recordAct",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def record_act(self, act: Acting, number: CaseNumber, data: JSONBody[ActIn]) -> list[ExhibitOut]:
        return _shown(act, enter_act(act, number, data))

    @post(
        "/requests",
        summary="Ask for approval of borrowing, return to the owner, or destruction",
        operation_id="requestApproval",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def request_approval(self, act: Acting, number: CaseNumber, data: JSONBody[RequestIn]) -> list[ExhibitOut]:
        return _shown(act, enter_request(act, number, data))

    @post(
        "/decisions",
        summary="Decide on requests",
        operation_id="decideRequest",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429),
    )
    def decide(
        self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[DecisionIn]
    ) -> list[ExhibitOut]:
        return enter_decision(state.installation, request.user, number, data)

    @post(
        "/take-overs",
        summary="Take exhibits over without their giver, because it could not wait",
        operation_id="takeOver",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429),
    )
    def take_over(
        self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[TakeOverIn]
    ) -> list[ExhibitOut]:
        return enter_take_over(state.installation, request.user, number, data)

    @post(
        "/reviews",
        summary="Review take-overs",
        operation_id="reviewTakeOver",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429),
    )
    def review(
        self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[DecisionIn]
    ) -> list[ExhibitOut]:
        return enter_review(state.installation, request.user, number, data)

    @post(
        "/corrections",
        summary="Say what is right of an earlier event; both stay",
        operation_id="correctEvent",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def correct(self, act: Acting, number: CaseNumber, data: JSONBody[CorrectionIn]) -> list[ExhibitOut]:
        return _shown(act, enter_correction(act, number, data))

    @post(
        "/splits",
        summary="Divide a sample; quantities have to balance",
        operation_id="splitSample",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def split(self, act: Acting, number: CaseNumber, data: JSONBody[SplitIn]) -> list[ExhibitOut]:
        return _shown(act, enter_split(act, number, data))

    @post(
        "/derivations",
        summary="Say that files were copied or extracted from a medium",
        operation_id="deriveFiles",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def derive(self, act: Acting, number: CaseNumber, data: JSONBody[DeriveIn]) -> list[ExhibitOut]:
        return _shown(act, enter_derivation(act, number, data))

    @get(
        "/families/{exhibit:str}",
        summary="The family of an exhibit: what it came from and what came of it",
        operation_id="getFamily",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def family(self, request: CaseRequest, tx: Looking, number: CaseNumber, exhibit: ExhibitNumber) -> list[MemberOut]:
        return present_family(tx, see_family(tx, request.user, number, exhibit))


def see_family(tx: Session, by: Actor, number: str, exhibit: str) -> list[Member]:
    """The family of an exhibit; to an examiner, those of it that were entrusted to him."""
    case, row = exhibit_for(tx, by, number, exhibit, Permission.SEE_EXHIBIT)
    members = family_of(tx, row)
    if not is_guest(by):
        return members
    entrusted = set(tx.exec(select(Exhibit.id).where(Exhibit.case_id == case.id, entrusted_to(by))))
    return [member for member in members if member.exhibit.id in entrusted]


def _shown(act: Act, done: Done) -> list[ExhibitOut]:
    """The exhibits, as they stand when the act is done."""
    case, exhibits = done
    return present_exhibits(act.tx, case, exhibits)


def _each(
    act: Act, number: str, permission: Permission, exhibits: list[str], do: Callable[[Case, Exhibit], object]
) -> Done:
    """Do the same with several exhibits in one act, in the order in which chains are locked."""
    case = case_for(act.tx, act.by, number, permission)
    found = exhibits_in(act.tx, act.by, case, sorted(set(exhibits)))
    lock_chains(act.tx, found)
    for exhibit in found:
        do(case, exhibit)
    return case, found


def enter_act(act: Act, number: str, data: ActIn) -> Done:
    case, exhibits = exhibits_to_record(act.tx, act.by, number, sorted(set(data.exhibits)), data.type)
    when, why, stated = data.happened_at, data.breach_reason, data.stated()
    if data.type is EventType.CONSUMED:  # of each as much is left as it had before
        lock_chains(act.tx, exhibits)
        for exhibit in exhibits:
            consume(act, case, exhibit, stated, before=data.before, happened_at=when, breach_reason=why)
        return case, exhibits
    into = placed(act, place_code(data.type, stated), exhibits)
    given, also = {**stated, **into.facts}, into.broken
    perform_all(act, case, exhibits, data.type, given, also_broken=also, happened_at=when, breach_reason=why)
    return case, exhibits


def enter_request(act: Act, number: str, data: RequestIn) -> Done:
    def do(case: Case, exhibit: Exhibit) -> None:
        request(act, case, exhibit, data.type, reason=data.reason, to=data.to, term=data.term)

    return _each(act, number, Permission.REQUEST_CUSTODY, data.exhibits, do)


def enter_decision(here: Installation, by: Actor, number: str, data: DecisionIn) -> list[ExhibitOut]:
    means = signed(here, by, number, Permission.APPROVE_CUSTODY, data)
    with here.database.begin(by) as act:

        def do(case: Case, exhibit: Exhibit) -> None:
            approve(act, case, exhibit, decision=data.decision, opinion=data.opinion, confirmed_by=means)

        return _shown(act, _each(act, number, Permission.APPROVE_CUSTODY, data.exhibits, do))


def enter_take_over(here: Installation, by: Actor, number: str, data: TakeOverIn) -> list[ExhibitOut]:
    means = signed(here, by, number, Permission.TAKE_OVER, data)
    found = data.model_dump(include={"seal_before", "quantity", "condition", "photos"})
    with here.database.begin(by) as act:

        def do(case: Case, exhibit: Exhibit) -> None:
            take_over(
                act,
                case,
                exhibit,
                reason=data.reason,
                confirmed_by=means,
                facts=found,
                happened_at=data.happened_at,
            )

        return _shown(act, _each(act, number, Permission.TAKE_OVER, data.exhibits, do))


def enter_review(here: Installation, by: Actor, number: str, data: DecisionIn) -> list[ExhibitOut]:
    means = signed(here, by, number, Permission.REVIEW_TAKE_OVER, data)
    with here.database.begin(by) as act:

        def do(case: Case, exhibit: Exhibit) -> None:
            review(act, case, exhibit, decision=data.decision, opinion=data.opinion, confirmed_by=means)

        return _shown(act, _each(act, number, Permission.REVIEW_TAKE_OVER, data.exhibits, do))


def enter_correction(act: Act, number: str, data: CorrectionIn) -> Done:
    def do(case: Case, exhibit: Exhibit) -> None:
        correct(act, case, exhibit, data.event, data.facts, reason=data.reason, happened_at=data.happened_at)

    return _each(act, number, Permission.RECORD_CUSTODY, [data.exhibit], do)


def enter_split(act: Act, number: str, data: SplitIn) -> Done:
    case, parent = exhibit_to_record(act.tx, act.by, number, data.exhibit, EventType.DERIVED)
    children = split(
        act,
        case,
        parent,
        [Portion(each.name, each.quantity) for each in data.portions],
        remainder=data.remainder,
        before=data.before,
        reason=data.reason,
        second_officer=data.second_officer,
        photos=data.photos,
        happened_at=data.happened_at,
        breach_reason=data.breach_reason,
    )
    return case, [parent, *children]


def enter_derivation(act: Act, number: str, data: DeriveIn) -> Done:
    case, parent = exhibit_to_record(act.tx, act.by, number, data.exhibit, EventType.DERIVED)
    children = exhibits_in(act.tx, act.by, case, data.children)
    facts = {**data.facts, "photos": data.photos}
    when, why = data.happened_at, data.breach_reason
    derive(act, case, parent, children, data.relation, facts, happened_at=when, breach_reason=why)
    return case, [parent, *children]
