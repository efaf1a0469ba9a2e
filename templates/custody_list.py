"""保管链审查清单: what the auditor's desk lists, on paper. Not one of the catalogue's forms: no text prescribes it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from templates.catalogue import template_of
from templates.errors import FormNotImplemented
from templates.rendering import Rendered, fill
from templates.validation import checked
from templates.values import Day, FormFields, Line, Moment, Paragraphs, Part, Wording

NAME, TITLE = "custody_list", "保管链审查清单"
MOST_ROWS = 1_000


class ListedChain(Part):
    """One exhibit: how its chain stands. Its name is not in the list."""

    number: Line = Field(title="证据编号")
    unit: Line = Field(title="单位")
    kind: Line = Field(title="种类")
    health: Line = Field(title="状态", examples=["完整", "有缺陷"])
    holder: Line = Field(title="去向、持有人")
    place: Line | None = Field(default=None, title="存放地点")
    seal: Line | None = Field(default=None, title="封条号")
    since: Day = Field(title="持有起始")
    remark: Line | None = Field(default=None, title="期限和待办")


class CustodyList(FormFields):
    """Fields of the list. ``rest`` says that there are more, where that is so."""

    wording: ClassVar = Wording("L", "own wording; no model read")

    agency: Line = Field(title="机构名称")
    made_at: Moment = Field(title="制作时间")
    made_by: Line = Field(title="制作人")
    purpose: Line = Field(title="用途")
    chosen: Paragraphs = Field(title="筛选条件", examples=["状态：有缺陷；单位：410502"])
    chains: tuple[ListedChain, ...] = Field(title="证据", max_length=MOST_ROWS)
    rest: Line | None = Field(default=None, title="未列部分")


def render_list(fields: BaseModel | Mapping[str, Any]) -> Rendered:
    """Fill the list; refusals as for a form of the catalogue (templates.rendering.render)."""
    given = checked(NAME, CustodyList, fields)
    template = template_of(NAME)
    if template is None:
        raise FormNotImplemented(NAME)
    return fill(NAME, template, given, title=TITLE)
