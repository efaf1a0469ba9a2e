"""D31 火灾事故认定书: time, place and cause of a fire (108/121号令 arts. 29-32); never responsibility."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from templates.values import (
    AtLeastOne,
    Count,
    Day,
    FormFields,
    LegalNumber,
    Line,
    Moment,
    Paragraphs,
    Part,
    SquareMetres,
    Wording,
    Yuan,
)


class CauseFound(Part, title="能够认定起火原因"):
    """The cause is established: time, area, point and cause of origin (art. 30)."""

    kind: Literal["found"] = Field(title="认定结论")
    started_at: Moment = Field(title="起火时间", description="带时区的时间，打印为“×时×分许”")
    area: Line = Field(title="起火部位", examples=["库房东北部货架区"])
    point: Line = Field(title="起火点", examples=["库房东墙配电箱下方，距北墙2.35米、距地面0.40米处"])
    reason: Line = Field(title="起火原因", examples=["配电箱出线端电气线路短路引燃下方堆放的纸箱"])


class CauseNotFound(Part, title="不能认定起火原因"):
    """The cause cannot be established: what evidence excludes and what it cannot exclude (art. 30)."""

    kind: Literal["not_found"] = Field(title="认定结论")
    started_at: Moment = Field(title="起火时间", description="带时区的时间，打印为“×时×分许”")
    area: Line | None = Field(default=None, title="起火部位")
    point: Line | None = Field(default=None, title="起火点")
    excluded: tuple[Line, ...] = Field(title="可以排除的起火原因", min_length=1, examples=[["雷击"]])
    not_excluded: tuple[Line, ...] = Field(title="不能排除的起火原因", min_length=1, examples=[["电气故障"]])

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.area is None and self.point is None:
            raise ValueError("起火部位和起火点至少填写一项")
        return self


Cause = Annotated[CauseFound | CauseNotFound, Field(discriminator="kind")]


class Evidence(Part):
    """One kind of evidence and how much of it."""

    name: Line = Field(title="证据名称", examples=["对张某等的《询问笔录》", "现场照片"])
    count: AtLeastOne = Field(title="数量")
    unit: Line = Field(title="计量单位", examples=["份", "张", "段"])


class Determination(FormFields):
    """Fields of D31."""

    wording: ClassVar = Wording("H", "S-RDS: a published 火灾事故认定书; review line art. 35")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    number: LegalNumber = Field(title="文号", examples=["安文消火认字〔2026〕第0001号"])
    occurred_at: Moment = Field(title="火灾发生时间", description="带时区的时间，打印为“×时×分许”")
    place: Line = Field(title="火灾地点")
    course: Paragraphs | None = Field(default=None, title="火灾经过及烧损情况", description="以句号结束")
    burned_area: SquareMetres = Field(title="过火面积", description="单位：平方米")
    direct_loss: Yuan = Field(title="直接财产损失", description="单位：元")
    deaths: Count = Field(title="死亡人数", description="单位：人")
    injuries: Count = Field(title="受伤人数", description="单位：人")
    cause: Cause = Field(title="起火原因认定")
    evidence: tuple[Evidence, ...] = Field(title="证据", min_length=1, max_length=100)
    review_agency: Line = Field(title="受理复核的上一级机构", examples=["安阳市消防救援支队"])
    parties: tuple[Line, ...] = Field(title="送达的当事人", min_length=1, max_length=50)
    issued_on: Day = Field(title="成文日期")
    archive_copy: bool = Field(default=False, title="附卷联", description="附卷联在文末加印签收栏（2009年填写说明）")
