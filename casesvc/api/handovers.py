"""Handovers: offered by who holds, answered exhibit by exhibit by who receives, withdrawn by who offered."""

from collections import Counter
from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from pydantic import Field
from sqlmodel import Session, select

from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Later, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.confirming import Confirmation
from casesvc.database import Acting, Looking
from casesvc.errors import InputRefused, PersonUnknown
from casesvc.handing import check_receiver, handover_for, reread, signed
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, exhibit_in, exhibits_in, require
from casesvc.placing import placed
from casesvc.present_custody import present_handover
from casesvc.shown_custody import HandoverOut
from evidence.act import Act, Actor
from evidence.custody_event import EventType
from evidence.errors import NotTheReceiver
from evidence.handing_over import Answer, Checked, To, answer, answer_on_paper, offer, take_back, withdraw
from evidence.handover import Handover, is_receiver, offers_open, open_items
from evidence.register import Person, unit_by_code

HandoverNumber = Annotated[str, PathParameter(description="Handover number, e.g. JJ41050220260001")]
Names = Annotated[list[Annotated[Text, Field(max_length=60)]], Field(max_length=5)]
Numbers = Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=50)]


class OfferedIn(Given):
    """An exhibit as its giver sees it."""

    exhibit: Text = Field(title="证据", max_length=40)
    seal_before: Text = Field("", title="封条号", max_length=60)
    quantity: Text = Field("", title="数量", max_length=100)
    condition: Text = Field("", title="状态", max_length=200)
    remark: Text = Field("", title="备注", max_length=300)


class OfferIn(Given):
    """An offer of exhibits. The receiver is one of: the certificate of a person, the code of a unit (its custodians or
    laboratory), or somebody outside by name and organisation.
    """

    type: EventType = Field(title="移交事项", description="The act by which custody is to move")
    items: list[OfferedIn] = Field(title="证据", min_length=1, max_length=500)
    receiver: Text = Field("", title="接收人证件号", max_length=40)
    unit: Text = Field("", title="接收单位", max_length=6)
    outside_name: Text = Field("", title="接收人姓名", max_length=60)
    outside_organisation: Text = Field("", title="接收人单位或身份", max_length=120)
    outside_document: Text = Field("", title="接收人证件号码", max_length=60)
    purpose: Text = Field("", title="用途", max_length=300)
    term: Later | None = Field(None, title="期限", description="When the exhibits are to be back")
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class AnswerIn(Given):
    """What the receiver found of one exhibit."""

    exhibit: Text = Field(title="证据", max_length=40)
    accepted: bool = Field(title="接收")
    reason: Text = Field("", title="拒收原因", max_length=300)
    seal_before: Text = Field("", title="所见封条号", max_length=60)
    quantity: Text = Field("", title="清点数量", max_length=100)
    condition: Text = Field("", title="接收时的状态", max_length=200)
    place: Text = Field("", title="保管场所", max_length=200)
    place_code: Text = Field("", title="场所编码", max_length=60)
    photos: Numbers = Field(default_factory=list, title="照片编号")
    witness: Text = Field("", title="见证人", max_length=60)
    witnesses: Names = Field(default_factory=list, title="见证人")
    remark: Text = Field("", title="备注", max_length=300)

    def facts(self) -> dict[str, object]:
        return self.model_dump(exclude={"exhibit", "accepted", "reason"})


class AnsweringIn(Confirmation):
    """The receiver's answer, confirmed with the own password or a one-time code."""

    answers: list[AnswerIn] = Field(title="证据", min_length=1, max_length=500)
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class PaperIn(Confirmation):
    """That somebody outside signed the printed form: its scan is an exhibit of the case."""

    answers: list[AnswerIn] = Field(title="证据", min_length=1, max_length=500)
    paper: Text = Field(title="签字交接单的证据编号", max_length=40)
    happened_at: Moment | None = Field(None, title="签字时间")
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class TakeBackIn(PaperIn):
    """That somebody outside gave exhibits back, and signed."""

    type: EventType = Field(EventType.RECEIVED_BACK, title="事项")
    purpose: Text = Field("", title="用途", max_length=300)


class WithdrawIn(Given):
    reason: Text = Field("", title="撤回原因", max_length=300)


class HandoverController(Controller):
    path = "/cases/{number:str}/handovers"
    tags = ["custody"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Handovers of a case, newest first",
        operation_id="listHandovers",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def handovers(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> list[HandoverOut]:
        case = case_for(tx, request.user, number, Permission.SEE_CASE)
        query = select(Handover).where(Handover.case_id == case.id).order_by(Handover.id.desc())  # type: ignore[attr-defined]
        return [present_handover(tx, each, request.user) for each in tx.exec(query)]

    @post(
        summary="Offer exhibits; custody moves only when the receiver accepts",
        operation_id="offerExhibits",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def offer(self, act: Acting, number: CaseNumber, data: JSONBody[OfferIn]) -> HandoverOut:
        return present_handover(act.tx, enter_offer(act, number, data), act.by)

    @get(
        "/{handover:str}",
        summary="A handover with its exhibits and how each was answered",
        operation_id="getHandover",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def handover(self, request: CaseRequest, tx: Looking, number: CaseNumber, handover: HandoverNumber) -> HandoverOut:
        return present_handover(tx, handover_for(tx, request.user, number, handover)[1], request.user)

    @post(
        "/{handover:str}/answers",
        summary="Accept or reject each exhibit; the stored bytes of electronic ones are read again",
        operation_id="answerHandover",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429, 503),
    )
    def answer(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        handover: HandoverNumber,
        data: JSONBody[AnsweringIn],
    ) -> HandoverOut:
        return enter_answer(state.installation, request.user, number, handover, data)

    @post(
        "/{handover:str}/paper",
        summary="Record the signed form of a receiver outside as his acceptance",
        operation_id="answerOnPaper",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429, 503),
    )
    def paper(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        handover: HandoverNumber,
        data: JSONBody[PaperIn],
    ) -> HandoverOut:
        return enter_paper(state.installation, request.user, number, handover, data)

    @post(
        "/{handover:str}/withdrawal",
        summary="Withdraw what has not been answered",
        operation_id="withdrawOffer",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def withdraw(
        self, act: Acting, number: CaseNumber, handover: HandoverNumber, data: JSONBody[WithdrawIn]
    ) -> HandoverOut:
        return present_handover(act.tx, enter_withdrawal(act, number, handover, data), act.by)

    @post(
        "/taken-back",
        summary="Receive exhibits back from somebody outside who has signed the form",
        operation_id="takeBack",
        sync_to_thread=True,
        status_code=204,
        responses=problems(403, 404, 409, 422, 429, 503),
    )
    def taken_back(self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[TakeBackIn]) -> None:
        enter_taking_back(state.installation, request.user, number, data)


@get(
    "/handovers",
    summary="What is offered to me and what I have offered, and nobody has answered",
    operation_id="openHandovers",
    tags=["custody"],
    sync_to_thread=True,
    responses=problems(403),
)
def open_handovers(request: CaseRequest, tx: Looking) -> list[HandoverOut]:
    require(request.user, Permission.RECEIVE_EXHIBIT)
    return present_open(tx, request.user)


def present_open(tx: Session, by: Actor) -> list[HandoverOut]:
    """To accept first, then what waits for others."""
    mine = {each.id: each for each in (*offers_open(tx, receiver=by), *offers_open(tx, giver=by))}
    return [present_handover(tx, each, by) for each in mine.values()]


def enter_offer(act: Act, number: str, data: OfferIn) -> Handover:
    case = case_for(act.tx, act.by, number, Permission.OFFER_EXHIBIT)
    exhibits = exhibits_in(act.tx, act.by, case, [item.exhibit for item in data.items])
    to = receiver_of(act.tx, data)
    check_receiver(act.tx, case, data.type, to)
    facts = {
        exhibit.id: item.model_dump(exclude={"exhibit"}) for exhibit, item in zip(exhibits, data.items, strict=True)
    }
    return offer(
        act,
        case,
        data.type,
        exhibits,
        to,
        purpose=data.purpose,
        term=data.term,
        facts=facts,
        breach_reason=data.breach_reason,
    )


def receiver_of(tx: Session, data: OfferIn) -> To:
    """Who is to receive, from what was sent; PersonUnknown for a certificate that nobody has."""
    if data.receiver:
        person = tx.exec(select(Person).where(Person.certificate == data.receiver)).one_or_none()
        if person is None:
            raise PersonUnknown(data.receiver)
        return To(person=person)
    if data.unit:
        return To(unit=unit_by_code(tx, data.unit))
    return To(name=data.outside_name, organisation=data.outside_organisation, document=data.outside_document)


def enter_answer(here: Installation, by: Actor, number: str, handover: str, data: AnsweringIn) -> HandoverOut:
    """Confirm, read the bytes again, then record; a refusal in the act moves nothing."""
    with here.database.reading() as tx:
        case, found = handover_for(tx, by, number, handover)
        if not is_receiver(by, tx, found):  # neither a code nor minutes of reading for what is refused anyway
            raise NotTheReceiver(handover)
        open_items(tx, found, exhibits_in(tx, by, case, [each.exhibit for each in data.answers]))
    means = signed(here, by, number, Permission.RECEIVE_EXHIBIT, data)
    checked = reread(here, by, number, [each.exhibit for each in data.answers if each.accepted])
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, number, Permission.RECEIVE_EXHIBIT)
        found = handover_for(act.tx, by, number, handover)[1]
        answers = _answers(act, number, data.answers, checked)
        answer(act, case, found, answers, confirmed_by=means, breach_reason=data.breach_reason)
        return present_handover(act.tx, found, by)


def enter_paper(here: Installation, by: Actor, number: str, handover: str, data: PaperIn) -> HandoverOut:
    with here.database.reading() as tx:
        case, found = handover_for(tx, by, number, handover)
        open_items(tx, found, exhibits_in(tx, by, case, [each.exhibit for each in data.answers]))
    means = signed(here, by, number, Permission.OFFER_EXHIBIT, data)
    checked = reread(here, by, number, [each.exhibit for each in data.answers if each.accepted])
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, number, Permission.OFFER_EXHIBIT)
        found = handover_for(act.tx, by, number, handover)[1]
        answer_on_paper(
            act,
            case,
            found,
            _answers(act, number, data.answers, checked),
            paper=exhibit_in(act.tx, by, case, data.paper),
            confirmed_by=means,
            happened_at=data.happened_at,
            breach_reason=data.breach_reason,
        )
        return present_handover(act.tx, found, by)


def enter_taking_back(here: Installation, by: Actor, number: str, data: TakeBackIn) -> None:
    """Nobody offered it to a person here, so its own unit takes it; what is not taken stays outside."""
    if not all(each.accepted for each in data.answers):
        raise InputRefused("取回时不能拒收：没有取回的证据请不要列入。")
    means = signed(here, by, number, Permission.RECORD_CUSTODY, data)
    checked = reread(here, by, number, [each.exhibit for each in data.answers])
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, number, Permission.RECORD_CUSTODY)
        take_back(
            act,
            case,
            data.type,
            _answers(act, number, data.answers, checked),
            paper=exhibit_in(act.tx, by, case, data.paper),
            confirmed_by=means,
            purpose=data.purpose,
            happened_at=data.happened_at,
            breach_reason=data.breach_reason,
        )


def enter_withdrawal(act: Act, number: str, handover: str, data: WithdrawIn) -> Handover:
    case = case_for(act.tx, act.by, number, Permission.OFFER_EXHIBIT)
    found = handover_for(act.tx, act.by, number, handover)[1]
    withdraw(act, case, found, reason=data.reason)
    return found


def _answers(act: Act, number: str, given: list[AnswerIn], checked: dict[str, Checked]) -> list[Answer]:
    """Answers with the exhibits they are about; a place that is named is one of the receiver's own unit."""
    case = case_for(act.tx, act.by, number, Permission.SEE_EXHIBIT)
    exhibits = {
        exhibit.number: exhibit for exhibit in exhibits_in(act.tx, act.by, case, [each.exhibit for each in given])
    }
    codes = sorted({each.place_code for each in given if each.accepted})
    arrived: Counter[int] = Counter()
    into = {
        code: placed(
            act,
            code,
            [exhibits[each.exhibit] for each in given if each.accepted and each.place_code == code],
            arrived,
        )
        for code in codes
    }
    return [
        Answer(
            exhibit,
            each.accepted,
            each.reason,
            {**each.facts(), **(into[each.place_code].facts if each.accepted else {})},
            checked.get(each.exhibit),
            into[each.place_code].broken.get(exhibit.id, ()) if each.accepted else (),
        )
        for each, exhibit in ((each, exhibits[each.exhibit]) for each in given)
    ]
