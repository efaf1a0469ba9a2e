"""D61 证据（案卷）交接单: both sides count and both sign (行政案件程序规定 art. 190; 刑事案件程序规定 art. 185)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from templates.values import Day, Digest, FormFields, HandoverNumber, Line, Moment, Part, Wording


class Member(Part, title="本系统人员"):
    """A person of a unit of ours, named by the enforcement certificate."""

    kind: Literal["member"] = Field(title="人员类别")
    name: Line = Field(title="姓名")
    unit: Line = Field(title="单位")
    certificate: Line = Field(title="执法证件号")


class Outsider(Part, title="外单位人员或者个人"):
    """Laboratory, police, owner: what is not known when the form is printed is written in by hand."""

    kind: Literal["outside"] = Field(title="人员类别")
    name: Line | None = Field(default=None, title="姓名", description="交接时手写的，可以空着")
    unit: Line | None = Field(default=None, title="单位", description="个人填“个人”")
    document: Line | None = Field(
        default=None, title="证件名称及号码", description="交接时手写的，可以空着", examples=["居民身份证410502…"]
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.name is None and self.unit is None:
            raise ValueError("姓名和单位至少填写一项")
        return self


Side = Annotated[Member | Outsider, Field(discriminator="kind")]


class HandedItem(Part):
    """One row. Its serial number is its place in the list, counted from 1."""

    number: Line = Field(title="物证（案卷）编号", examples=["4105022026O0001-0002"])
    name: Line = Field(title="名称")
    quantity: Line = Field(title="数量", description="数字连同单位", examples=["1个", "约200克"])
    seal: Line | None = Field(default=None, title="封条号", examples=["FT-000123"])
    state: Line = Field(title="交接前状态", examples=["封口完好", "未封装，外观完好"])
    sha256: Digest | None = Field(default=None, title="SHA-256校验值", description="电子数据填写，64位十六进制")
    sm3: Digest | None = Field(default=None, title="SM3校验值", description="电子数据填写，64位十六进制")
    remark: Line | None = Field(default=None, title="备注")

    @model_validator(mode="after")
    def _both_digests(self) -> Self:
        if (self.sha256 is None) != (self.sm3 is None):
            raise ValueError("SHA-256校验值和SM3校验值须同时填写")
        return self


class Handover(FormFields):
    """Fields of D61."""

    wording: ClassVar = Wording("M", "S-XSCX art. 185: counted and signed by both; no printed model read")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    number: HandoverNumber = Field(title="编号", examples=["JJ-2026-0001"])
    case_number: Line = Field(title="案件编号")
    fire_name: Line = Field(title="火灾名称", examples=["文峰区宏远纸品仓库“11·24”火灾"])
    purpose: Line = Field(title="交接事由", examples=["入库保管", "送检", "借出核对", "移送公安机关"])
    handed_over_at: Moment | None = Field(
        default=None, title="交接时间", description="带时区的时间，按北京时间打印；空着的，交接时手写"
    )
    return_by: Day | None = Field(default=None, title="归还期限", description="不需归还的，空着")
    giver: Side = Field(title="移交人")
    receiver: Side = Field(title="接收人")
    items: tuple[HandedItem, ...] = Field(title="交接的证据（案卷）", min_length=1, max_length=500)
    witness: Line | None = Field(default=None, title="见证人")

    @model_validator(mode="after")
    def _one_of_ours(self) -> Self:
        if self.giver.kind == self.receiver.kind == "outside":
            raise ValueError("移交人和接收人至少一方为本系统人员")
        return self
