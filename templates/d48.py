"""D48 涉嫌犯罪案件移送书 with its return slip (310号令 arts. 3, 6-8, 12; 行政处罚法 art. 27)."""

from typing import ClassVar

from pydantic import Field

from templates.values import AtLeastOne, Day, FormFields, LabelledEnum, LegalNumber, Line, Part, Wording


class SuspectKind(LabelledEnum):
    """What a suspect is identified by: its label names the identifier that follows."""

    PERSON = "person", "公民身份号码"
    UNIT = "unit", "统一社会信用代码"


class Suspect(Part):
    """A person or a unit; the identifier is left out when it is not known."""

    kind: SuspectKind = Field(title="证件类别", description="自然人或者单位")
    name: Line = Field(title="姓名或者单位名称")
    identifier: Line | None = Field(default=None, title="证件号码")


class Attachment(Part):
    """One document that goes with the referral (310号令 art. 6)."""

    name: Line = Field(title="附件名称", examples=["涉嫌犯罪案件情况的调查报告", "涉案物品清单"])
    copies: AtLeastOne = Field(title="份数")
    pages: AtLeastOne = Field(title="页数", description="每份页数")


class Referral(FormFields):
    """Fields of D48."""

    wording: ClassVar = Wording(
        "M", "structure: published templates 27080567001, 26650759377; 310号令; number unverified"
    )

    agency: Line = Field(title="机构名称")
    number: LegalNumber = Field(title="文号", examples=["安文消移字〔2026〕第0001号"])
    police: Line = Field(title="受移送的公安机关", examples=["安阳市公安局文峰分局"])
    suspects: tuple[Suspect, ...] = Field(title="涉嫌犯罪的当事人", min_length=1, max_length=50)
    charge: Line = Field(title="涉嫌罪名", examples=["失火罪"])
    charge_basis: tuple[Line, ...] = Field(
        title="罪名依据", min_length=1, examples=[["《中华人民共和国刑法》第一百一十五条第二款"]]
    )
    attachments: tuple[Attachment, ...] = Field(title="附件", min_length=1, max_length=50)
    contact: Line = Field(title="联系人")
    phone: Line = Field(title="联系电话")
    procuratorate: Line = Field(title="抄送的同级人民检察院", examples=["安阳市文峰区人民检察院"])
    issued_on: Day = Field(title="成文日期")
