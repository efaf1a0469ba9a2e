"""Examinations: a laboratory is asked, its report is entered; the samples go out and back by handovers."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import JSONBody, PathParameter
from pydantic import Field

from casesvc.acts import now
from casesvc.api.cases import CaseNumber
from casesvc.api.custody import Exhibits
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Later, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.examining import examination_for, examinations_in, examinations_seen
from casesvc.permissions import Permission, case_for
from casesvc.present_examinations import present_examination, present_examinations
from casesvc.shown_examinations import ExaminationDetailOut, ExaminationOut
from evidence.act import Act
from evidence.errors import FactMissing
from evidence.examination import Commission, Examination, commission, report
from evidence.exhibit import exhibit_by_number
from evidence.record import What, read
from evidence.register import unit_by_code

ExaminationNumber = Annotated[str, PathParameter(description="Examination number, e.g. JY41050220260001")]


class CommissionIn(Given):
    """What is asked, with which exhibits, until when. ``laboratory`` is the code of a unit of ours; for an institute
    outside it stays empty and ``institute`` names it.
    """

    exhibits: Exhibits = Field(title="检材")
    laboratory: Text = Field("", title="本系统检验鉴定机构", max_length=6)
    institute: Text = Field("", title="外部机构名称", max_length=120)
    contact: Text = Field("", title="机构联系人和电话", max_length=120)
    questions: Paragraphs = Field("", title="检验（鉴定）要求", max_length=2000)
    due_at: Later = Field(title="约定时限", description="When the report is to be there")
    keep_until: Later | None = Field(None, title="检材保管期限", description="Until when the samples are kept")
    destroys: bool = Field(False, title="检验会损耗检材")
    notice: Paragraphs = Field("", title="破坏性检验事先告知当事人的情况", max_length=500)


class ReportIn(Given):
    exhibit: Text = Field("", title="报告文件的证据编号", max_length=40)
    number: Text = Field("", title="报告编号", max_length=80)
    conclusion: Paragraphs = Field("", title="鉴定意见", max_length=2000)
    received_at: Moment | None = Field(None, title="收到报告的时间", description="When it came, if before now")


class ExaminationController(Controller):
    path = "/cases/{number:str}/examinations"
    tags = ["examinations"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Examinations of a case, oldest first",
        operation_id="listExaminations",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def examinations(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> list[ExaminationOut]:
        return present_examinations(tx, examinations_in(tx, request.user, number), now())

    @post(
        summary="Ask a laboratory to examine exhibits; sending them is a handover of its own",
        operation_id="commissionExamination",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def commission(self, act: Acting, number: CaseNumber, data: JSONBody[CommissionIn]) -> ExaminationDetailOut:
        made = enter_commission(act, number, data)
        case = case_for(act.tx, act.by, number, Permission.SEE_EXAMINATIONS)
        return present_examination(act.tx, case, made, act.at)

    @get(
        "/{examination:str}",
        summary="An examination with where its exhibits are",
        operation_id="getExamination",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def examination(self, act: Acting, number: CaseNumber, examination: ExaminationNumber) -> ExaminationDetailOut:
        return see_examination(act, number, examination)

    @post(
        "/{examination:str}/report",
        summary="Enter the report that was received; its file is an exhibit of the case",
        operation_id="enterReport",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def report(
        self, act: Acting, number: CaseNumber, examination: ExaminationNumber, data: JSONBody[ReportIn]
    ) -> ExaminationDetailOut:
        enter_report(act, number, examination, data)
        case, found = examination_for(act.tx, act.by, number, examination)
        return present_examination(act.tx, case, found, act.at)


@get(
    "/examinations",
    summary="The work list: what the own laboratory was asked and what was asked in the cases one sees, overdue first",
    operation_id="workList",
    tags=["examinations"],
    sync_to_thread=True,
    responses=problems(403),
)
def work_list(request: CaseRequest, tx: Looking) -> list[ExaminationOut]:
    return present_examinations(tx, examinations_seen(tx, request.user), now())


def enter_commission(act: Act, number: str, data: CommissionIn) -> Examination:
    case = case_for(act.tx, act.by, number, Permission.COMMISSION_EXAMINATION)
    exhibits = [exhibit_by_number(act.tx, case, each) for each in data.exhibits]
    laboratory = unit_by_code(act.tx, data.laboratory) if data.laboratory else None
    asked = Commission(**data.model_dump(exclude={"exhibits", "laboratory"}))
    return commission(act, case, exhibits, asked, laboratory=laboratory)


def enter_report(act: Act, number: str, examination: str, data: ReportIn) -> Examination:
    case, found = examination_for(act.tx, act.by, number, examination, Permission.COMMISSION_EXAMINATION)
    if not data.exhibit:
        raise FactMissing("报告文件的证据编号")
    paper = exhibit_by_number(act.tx, case, data.exhibit)
    told = data.model_dump(include={"number", "conclusion", "received_at"})
    report(act, case, found, paper, **told)
    return found


def see_examination(act: Act, number: str, examination: str) -> ExaminationDetailOut:
    """An examination with its exhibits by name; that they were looked at is recorded."""
    case, found = examination_for(act.tx, act.by, number, examination)
    shown = present_examination(act.tx, case, found, act.at)
    read(act, What.VIEW, purpose=f"查看检验鉴定委托 {found.number}", case=case)
    return shown
