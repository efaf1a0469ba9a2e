"""D22 检验（鉴定）委托书 and its receipt: time limit and keep period are agreed (108/121号令 art. 23)."""

from typing import ClassVar

from pydantic import Field

from templates.values import Day, FormFields, LegalNumber, Line, Paragraphs, Part, Wording


class Sample(Part):
    """One row. Its serial number is its place in the list, counted from 1."""

    number: Line = Field(title="检材编号", examples=["4105022026O0001-0002"])
    name: Line = Field(title="名称", examples=["铜导线（带熔痕）"])
    quantity: Line = Field(title="数量", description="数字连同单位", examples=["1段，长0.62米"])
    packing: Line = Field(title="包装", examples=["硬纸盒固定"])
    seal: Line = Field(title="封条号及封存状态", description="未封存的，写明未封存", examples=["封条0002，完好"])


class ExaminationCommission(FormFields):
    """Fields of D22."""

    wording: ClassVar = Wording("M", "108/121号令 art. 23 recalled; no printed model read; number unverified")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    number: LegalNumber = Field(title="文号", examples=["安文消鉴委字〔2026〕第0001号"])
    institution: Line = Field(title="受委托的检验（鉴定）机构")
    case_number: Line = Field(title="案件编号")
    fire_name: Line = Field(title="火灾名称", examples=["文峰区宏远纸品仓库“11·24”火灾"])
    summary: Paragraphs = Field(title="火灾简要情况", description="以句号结束")
    samples: tuple[Sample, ...] = Field(title="检材", min_length=1, max_length=200)
    questions: tuple[Line, ...] = Field(
        title="委托检验（鉴定）事项", min_length=1, max_length=50, examples=["鉴定导线熔痕的熔化性质"]
    )
    due_on: Day = Field(title="约定的检验（鉴定）期限", description="最迟出具结论的日期")
    keep_period: Line = Field(title="约定的检材保管期限", examples=["出具检验（鉴定）文书之日起六个月"])
    attachments: tuple[Line, ...] = Field(default=(), title="附件", max_length=50, examples=["提取清单复印件1份"])
    carriers: tuple[Line, ...] = Field(title="送检人", min_length=1, max_length=4)
    contact: Line = Field(title="联系人")
    phone: Line = Field(title="联系电话")
    issued_on: Day = Field(title="成文日期")
