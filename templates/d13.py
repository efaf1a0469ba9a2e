"""D13 火灾痕迹物品提取清单: what is taken, from where, by whom (108/121号令 art. 21; XF 839 §4.7; 式样二)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from templates.signing import WitnessSigns
from templates.values import FormFields, Line, Moment, Paragraphs, Part, Wording


class ExtractedItem(Part):
    """One row. Its serial number is its place in the list, counted from 1 (filling rules of 2009)."""

    name: Line = Field(title="名称", examples=["配电箱内断路器残骸"])
    quantity: Line = Field(title="数量", description="数字连同单位", examples=["1个", "约200克"])
    features: Line = Field(title="规格特征", examples=["DZ47型，壳体熔融变形，触头粘连"])
    position: Paragraphs = Field(
        title="提取部位",
        description="写明实测距离，单位米",
        examples=["库房东墙配电箱内，距北墙2.35米，距地面1.40米"],
    )
    method: Line = Field(title="提取方法", examples=["拆取", "剪取", "铲取"])
    packing: Line = Field(title="包装", examples=["物证袋密封"])
    photo: Line = Field(title="照片号", examples=["036—039"])
    remark: Line | None = Field(default=None, title="备注")


class PartySigns(Part, title="当事人签名"):
    """The party, or one who acts for it, signs."""

    kind: Literal["party"] = Field(title="签名人类别")
    name: Line = Field(title="当事人姓名")


class NobodySigns(Part, title="无人签名，写明原因"):
    """Nobody could or would sign: the extractors write why (108/121号令 art. 21)."""

    kind: Literal["none"] = Field(title="签名人类别")
    reason: Paragraphs = Field(title="无见证人或当事人签名的原因", examples=["当事人拒绝签名"])


Attestation = Annotated[WitnessSigns | PartySigns | NobodySigns, Field(discriminator="kind")]


class ExtractionList(FormFields):
    """Fields of D13."""

    wording: ClassVar = Wording("H", "S-121 art. 21; S-839 §4.7; S-DB23 annex A; columns of 式样二 (2009)")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    fire_name: Line = Field(title="火灾名称", examples=["文峰区宏远纸品仓库“11·24”火灾"])
    place: Line = Field(title="提取地点")
    extracted_at: Moment = Field(title="提取时间", description="带时区的时间，按北京时间打印")
    items: tuple[ExtractedItem, ...] = Field(title="提取的痕迹物品", min_length=1, max_length=500)
    extractors: tuple[Line, ...] = Field(title="提取人", min_length=2, max_length=2, description="二人")
    attestation: Attestation = Field(title="见证人或者当事人签名")
