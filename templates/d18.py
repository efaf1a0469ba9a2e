"""D18 原始存储介质封存笔录及封存清单: not to be used without breaking a seal (法发〔2016〕22号 art. 8)."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from templates.signing import Holder, NoWitness, Witness
from templates.values import FormFields, Line, Moment, Paragraphs, Part, Wording, in_order


class Seal(Part):
    """One seal and where it was put on."""

    number: Line = Field(title="封条号", examples=["FT-000123"])
    position: Line = Field(title="粘贴位置", examples=["屏蔽袋封口处"])


class SealedMedium(Part):
    """One row. Its serial number is its place in the list, counted from 1."""

    exhibit: Line = Field(title="物证编号", examples=["4105022026O0001-0012"])
    medium: Line = Field(title="介质类型", examples=["智能手机", "硬盘录像机", "U盘"])
    brand: Line = Field(title="品牌")
    model: Line = Field(title="型号")
    serial: Line = Field(title="序列号", description="无法读取的，写明原因")
    capacity: Line = Field(title="容量", examples=["256GB"])
    power: Line = Field(title="封存时电源状态", examples=["开机，飞行模式", "已断电"])
    measures: Line = Field(title="封存措施", description="信号屏蔽、切断电源等", examples=["信号屏蔽袋封装"])
    seals: tuple[Seal, ...] = Field(title="封条", min_length=1, max_length=20)
    photos_before: Line = Field(title="封存前照片号", examples=["001—003"])
    photos_after: Line = Field(title="封存后照片号", description="清晰反映封口和封条", examples=["004—006"])
    remark: Line | None = Field(default=None, title="备注")


class MediaSealing(FormFields):
    """Fields of D18."""

    wording: ClassVar = Wording("H", "S-D16 art. 8: facts; lines and columns by them, no printed model read")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    case_number: Line = Field(title="案件编号")
    fire_name: Line = Field(title="案由", examples=["文峰区宏远纸品仓库“11·24”火灾"])
    started_at: Moment = Field(title="开始时间", description="带时区的时间，按北京时间打印")
    ended_at: Moment = Field(title="结束时间", description="带时区的时间，按北京时间打印")
    place: Line = Field(title="封存地点")
    process: Paragraphs = Field(title="封存过程")
    video_file: Line | None = Field(default=None, title="录像文件", description="无见证人的，必须录像")
    media: tuple[SealedMedium, ...] = Field(title="封存的原始存储介质", min_length=1, max_length=200)
    officers: tuple[Line, ...] = Field(title="封存人", min_length=2, max_length=6, description="二人以上")
    holder: Holder = Field(title="持有人（提供人）签名")
    witness: Witness = Field(title="见证人签名")

    @model_validator(mode="after")
    def _recorded(self) -> Self:
        in_order(self.started_at, self.ended_at)
        if isinstance(self.witness, NoWitness) and self.video_file is None:
            raise ValueError("无见证人的，应当对封存活动录像，并填写录像文件")
        return self
