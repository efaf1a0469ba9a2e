"""Edited copies of photographs: what may be done to one, made on a derived copy, and shown."""

from typing import Annotated, Any, Literal, Self

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.exhibits import ExhibitNumber, send
from casesvc.api.inputs import Given, Text
from casesvc.auth import CaseRequest
from casesvc.copying import copy_exhibit
from casesvc.errors import NotAFile
from casesvc.installation import Installation
from casesvc.permissions import Permission, exhibit_for
from casesvc.present_copies import present_copy
from casesvc.shown import CopyOut
from evidence.editing import edited_copy
from evidence.exhibit import original_of
from evidence.record import What, read
from storage import StoredObject

MOST_OPERATIONS = 200
WIDEST = 200_000  # pixels; more has no picture that is decoded
CopyId = Annotated[int, PathParameter(description="Id of the copy, as the exhibit lists it")]
Colour = Literal["red", "yellow", "blue", "green", "white", "black"]


def _whole(value: Any) -> Any:
    """What is recorded is what was sent: no text, fraction or truth value becomes a number."""
    if type(value) is not int:
        raise ValueError("应为整数")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Along = Annotated[Whole, Field(ge=0, le=WIDEST)]
Length = Annotated[Whole, Field(ge=1, le=WIDEST)]
Line = Annotated[Whole, Field(ge=1, le=200)]


class _Operation(BaseModel):
    """Places are whole pixels of the upright original, from its top left corner."""

    model_config = ConfigDict(extra="forbid")


class _Rectangle(_Operation):
    x: Along
    y: Along
    width: Length
    height: Length


class Rotate(_Operation):
    op: Literal["rotate"]
    clockwise: Literal[90, 180, 270]


class Crop(_Rectangle):
    op: Literal["crop"]


class Redact(_Rectangle):
    """Filled, never blurred: what was blurred can be reckoned back."""

    op: Literal["redact"]


class Outline(_Rectangle):
    op: Literal["frame", "ellipse"]
    line: Line
    colour: Colour


class Arrow(_Operation):
    op: Literal["arrow"]
    x: Along
    y: Along
    to_x: Along
    to_y: Along
    line: Line
    colour: Colour

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if (self.x, self.y) == (self.to_x, self.to_y):
            raise ValueError("起点和终点不能相同")
        return self


class Marker(_Operation):
    op: Literal["marker"]
    x: Along
    y: Along
    size: Annotated[Whole, Field(ge=12, le=1000)]
    number: Annotated[Whole, Field(ge=1, le=99)]
    colour: Colour


class Letters(_Operation):
    """``x`` and ``y`` are the left end of the base line; the text stands upright in the copy."""

    op: Literal["text"]
    x: Along
    y: Along
    size: Annotated[Whole, Field(ge=8, le=1000)]
    text: Text = Field(min_length=1, max_length=60)
    colour: Colour


def _few(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MOST_OPERATIONS:
        raise ValueError(f"最多 {MOST_OPERATIONS} 项")
    return value


AnyOperation = Annotated[
    Rotate | Crop | Redact | Outline | Arrow | Marker | Letters, Field(discriminator="op", title="操作")
]
_NAMES = {
    "rotate": "旋转",
    "crop": "裁剪",
    "redact": "遮盖",
    "frame": "方框",
    "ellipse": "圈注",
    "arrow": "箭头",
    "marker": "序号",
    "text": "文字",
    "x": "横坐标",
    "y": "纵坐标",
    "to_x": "终点横坐标",
    "to_y": "终点纵坐标",
    "width": "宽",
    "height": "高",
    "line": "线宽",
    "size": "大小",
    "colour": "颜色",
    "number": "数字",
    "clockwise": "角度",
    "op": "操作",
}


class CopyIn(Given):
    """What the copy is for, and what is done to the original, in order; at most one rotation and one crop."""

    title: Text = Field(title="用途", min_length=1, max_length=100)
    operations: Annotated[list[AnyOperation], BeforeValidator(_few)] = Field(title="标注", min_length=1)

    @field_validator("operations")
    @classmethod
    def _one_frame(cls, operations: list[Any]) -> list[Any]:
        for op in ("rotate", "crop"):
            if sum(operation.op == op for operation in operations) > 1:
                raise ValueError(f"中{_NAMES[op]}只能有一项")
        return operations

    @classmethod
    def name_of(cls, at: tuple[int | str, ...], data: Any) -> str:
        """“第 3 项（箭头）的线宽”."""
        if at[0] != "operations" or len(at) < 2:
            return super().name_of(at, data)
        op, members = (at[2], at[3:]) if len(at) > 2 else ("", ())
        kind = f"（{_NAMES[str(op)]}）" if str(op) in _NAMES else ""
        return f"第 {int(at[1]) + 1} 项{kind}" + "".join(f"的{_NAMES.get(str(name), name)}" for name in members)


class CopyController(Controller):
    path = "/cases/{number:str}/exhibits/{exhibit:str}/copies"
    tags = ["exhibits"]  # noqa: RUF012 - Litestar reads it as a plain list

    @post(
        summary="Make an edited copy of a photograph; the original is only read",
        description="Every copy is made of the original and the whole list, so that it can be made again. The same "
        "list for the same use asked for twice is answered with the copy that is there.",
        operation_id="makeCopy",
        sync_to_thread=True,
        responses=problems(403, 404, 422, 502, 503),
    )
    def make(
        self, request: CaseRequest, state: State, number: CaseNumber, exhibit: ExhibitNumber, data: JSONBody[CopyIn]
    ) -> CopyOut:
        operations = [operation.model_dump() for operation in data.operations]
        return present_copy(
            copy_exhibit(state.installation, request.user, number, exhibit, operations, title=data.title)
        )

    @get(
        "/{copy:int}",
        summary="An edited copy; its reading is recorded",
        operation_id="getEditedCopy",
        sync_to_thread=True,
        media_type="image/jpeg",
        responses=problems(403, 404, 502, 503),
    )
    def show(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        exhibit: ExhibitNumber,
        copy: CopyId,
        download: Annotated[bool, QueryParameter(description="As a file to keep, not to look at")] = False,  # noqa: FBT002 - a parameter of the address
    ) -> Stream:
        here: Installation = state.installation
        with here.database.begin(request.user) as act:
            case, row = exhibit_for(act.tx, act.by, number, exhibit, Permission.SEE_EXHIBIT)
            file = original_of(act.tx, row)
            if file is None:
                raise NotAFile(exhibit)
            edited = edited_copy(act.tx, row, file, copy)
            what = What.DOWNLOAD if download else What.VIEW
            read(act, what, purpose=f"标注副本：{edited.title}", case=case, exhibit=row)
        stored = StoredObject(edited.row.object_key, edited.row.object_version, edited.row.size)
        answer = send(here, stored, f"{exhibit}-标注副本-{copy}.jpg" if download else "", "image/jpeg")
        if not download:
            answer.headers |= {"cache-control": "private, max-age=3600", "vary": "cookie"}
        return answer
