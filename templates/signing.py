"""Who signs a record beside the officers, or why nobody does (法发〔2016〕22号 arts. 14, 15; filling rules of 2009)."""

from typing import Annotated, Literal

from pydantic import Field

from templates.values import Line, Paragraphs, Part


class WitnessSigns(Part, title="见证人签名"):
    """A witness without interest in the fire signs."""

    kind: Literal["witness"] = Field(title="签名人类别")
    name: Line = Field(title="见证人姓名")


class NoWitness(Part, title="无见证人，写明原因"):
    """No fit person could witness: the officers write why, and film what they do."""

    kind: Literal["none"] = Field(title="签名人类别")
    reason: Paragraphs = Field(title="无见证人的原因", examples=["深夜现场无符合条件的人员"])


class HolderSigns(Part, title="持有人（提供人）签名"):
    """Who had the data or the medium in hand signs."""

    kind: Literal["holder"] = Field(title="签名人类别")
    name: Line = Field(title="持有人（提供人）姓名")


class HolderDoesNotSign(Part, title="持有人（提供人）未签名，写明原因"):
    """The holder could not or would not sign, or is not known."""

    kind: Literal["none"] = Field(title="签名人类别")
    reason: Paragraphs = Field(title="持有人（提供人）未签名的原因", examples=["持有人拒绝签名"])


Witness = Annotated[WitnessSigns | NoWitness, Field(discriminator="kind")]
Holder = Annotated[HolderSigns | HolderDoesNotSign, Field(discriminator="kind")]
