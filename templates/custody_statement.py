"""保管链情况说明: the custody chains of a case as the record has them, with their defects, for a court.

Not one of the catalogue's forms: no text prescribes it. It states what is recorded and what was checked, and judges
nothing.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from templates.catalogue import template_of
from templates.errors import FormNotImplemented
from templates.rendering import Rendered, fill
from templates.validation import checked
from templates.values import AtLeastOne, Digest, FormFields, Line, Moment, Paragraphs, Part, ShortDigest, Wording

NAME, TITLE = "custody_statement", "保管链情况说明"


class StatedEvent(Part):
    """One event of a chain. ``sha256`` is the first 16 characters of the digest of its canonical bytes."""

    number: AtLeastOne = Field(title="序号", description="事件在本件保管链中的序号")
    recorded_at: Moment = Field(title="记录时间")
    happened_at: Moment | None = Field(default=None, title="发生时间", description="与记录时间相同的，空着")
    act: Line = Field(title="行为", examples=["提取", "接收入库"])
    giver: Line | None = Field(default=None, title="由谁")
    receiver: Line | None = Field(default=None, title="交谁")
    place: Line | None = Field(default=None, title="地点")
    seal_before: Line | None = Field(default=None, title="原封条号")
    seal_after: Line | None = Field(default=None, title="现封条号")
    by: Line = Field(title="记录人")
    remark: Paragraphs | None = Field(default=None, title="备注")
    sha256: ShortDigest = Field(title="事件校验值", description="SHA-256的前16位")


class StatedDefect(Part):
    """Where a chain does not meet a rule, and what the person concerned said about it."""

    what: Line = Field(title="缺陷")
    event: AtLeastOne | None = Field(default=None, title="事件序号")
    clause: Line = Field(title="依据", examples=["《公安机关办理行政案件程序规定》第一百九十条"])
    remark: Paragraphs | None = Field(default=None, title="有关人员的说明")


class StatedExhibit(Part):
    """One exhibit: what it is, where it came from, where it is now, its chain and the defects found in it."""

    number: Line = Field(title="物证编号")
    name: Line = Field(title="名称")
    kind: Line = Field(title="种类", examples=["痕迹物品", "视频"])
    quantity: Line | None = Field(default=None, title="数量")
    collected_at: Moment | None = Field(default=None, title="提取时间")
    collected_where: Line | None = Field(default=None, title="提取地点")
    collected_by: tuple[Line, ...] = Field(default=(), title="提取人", max_length=10)
    witness: Line | None = Field(default=None, title="见证人")
    no_witness_reason: Paragraphs | None = Field(default=None, title="无见证人的原因")
    sha256: Digest | None = Field(default=None, title="SHA-256校验值")
    sm3: Digest | None = Field(default=None, title="SM3校验值")
    holder: Line | None = Field(default=None, title="现持有人")
    place: Line | None = Field(default=None, title="现存放地点")
    seal: Line | None = Field(default=None, title="现封条号")
    events: tuple[StatedEvent, ...] = Field(default=(), title="保管事件", max_length=5_000)
    defects: tuple[StatedDefect, ...] = Field(default=(), title="缺陷", max_length=5_000)

    @model_validator(mode="after")
    def _held_by_somebody(self) -> Self:
        if not self.events and not self.defects:
            raise ValueError("没有保管事件记录的证据，须列为缺陷")
        return self


class CustodyStatement(FormFields):
    """Fields of the statement. ``checks`` says what was really checked to make it, one sentence each."""

    wording: ClassVar = Wording("L", "own wording; no model read")

    agency: Line = Field(title="机构名称")
    case_number: Line = Field(title="案件编号")
    fire_name: Line = Field(title="火灾名称")
    made_at: Moment = Field(title="制作时间")
    made_by: Line = Field(title="制作人")
    rules_version: Line = Field(title="所用保管规则的版本", examples=["2026.1"])
    exhibits: tuple[StatedExhibit, ...] = Field(title="证据", min_length=1, max_length=2_000)
    checks: tuple[Paragraphs, ...] = Field(
        title="核对的内容",
        min_length=1,
        max_length=20,
        examples=["重新计算每一事件的SHA-256，与所存的值和下一事件所引的值比对。"],
    )


def render_statement(fields: BaseModel | Mapping[str, Any]) -> Rendered:
    """Fill the statement; refusals as for a form of the catalogue (templates.rendering.render)."""
    given = checked(NAME, CustodyStatement, fields)
    template = template_of(NAME)
    if template is None:
        raise FormNotImplemented(NAME)
    return fill(NAME, template, given, title=TITLE)
