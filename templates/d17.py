"""D17 电子数据提取笔录及提取固定清单: what data was taken from where and how (法发〔2016〕22号 arts. 7-15)."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from templates.signing import Holder, NoWitness, Witness
from templates.values import Bytes, Digest, FormFields, Line, Moment, Paragraphs, Part, Wording, in_order


class DataSource(Part):
    """What the data is on or in: a device or medium, an account, or both."""

    name: Line = Field(title="对象名称", examples=["智能手机", "视频监控主机", "云盘账号"])
    brand: Line | None = Field(default=None, title="品牌")
    model: Line | None = Field(default=None, title="型号")
    serial: Line | None = Field(default=None, title="序列号", description="设备序列号、IMEI等")
    account: Line | None = Field(default=None, title="账号")


class Tool(Part):
    """A program or device that the extraction or the digests were made with."""

    name: Line = Field(title="工具名称", examples=["只读锁", "手机取证软件"])
    version: Line = Field(title="工具版本", examples=["6.2.1"])


class ExtractedData(Part):
    """One row. Its serial number is its place in the list, counted from 1."""

    name: Line = Field(title="名称", examples=["20261124_140512.mp4"])
    category: Line = Field(title="类别", examples=["视频", "聊天记录"])
    format: Line = Field(title="文件格式", examples=["MP4"])
    size: Bytes = Field(title="大小", description="单位：字节")
    created: Line | None = Field(
        default=None, title="创建时间", description="按设备所记，写到秒", examples=["2026-11-24 14:05:12"]
    )
    modified: Line | None = Field(default=None, title="修改时间", description="按设备所记，写到秒")
    path: Paragraphs = Field(title="来源路径", examples=["/DCIM/Camera/20261124_140512.mp4"])
    sha256: Digest = Field(title="SHA-256校验值", description="64位十六进制")
    sm3: Digest = Field(title="SM3校验值", description="64位十六进制")
    remark: Line | None = Field(default=None, title="备注")


class DataExtraction(FormFields):
    """Fields of D17."""

    wording: ClassVar = Wording("H", "S-D16 arts. 14, 15: facts; lines and columns by them, no printed model read")

    agency: Line = Field(title="机构名称", examples=["安阳市文峰区消防救援大队"])
    case_number: Line = Field(title="案件编号")
    fire_name: Line = Field(title="案由", examples=["文峰区宏远纸品仓库“11·24”火灾"])
    started_at: Moment = Field(title="开始时间", description="带时区的时间，按北京时间打印")
    ended_at: Moment = Field(title="结束时间", description="带时区的时间，按北京时间打印")
    place: Line = Field(title="提取地点")
    source: DataSource = Field(title="提取对象")
    original_kept: Paragraphs | None = Field(
        default=None,
        title="原始存储介质未封存的原因及其存放地点",
        examples=["监控主机需继续运行，仍安装于2号仓库值班室"],
    )
    content: Paragraphs = Field(title="提取内容", examples=["11月24日13时至15时2号仓库北门监控录像"])
    method: Paragraphs = Field(title="提取方法", examples=["以只读方式连接，导出原格式文件，提取后当场计算校验值"])
    tools: tuple[Tool, ...] = Field(title="使用的工具", min_length=1, max_length=20)
    clock: Line = Field(title="设备时间与北京时间的误差", examples=["设备时间快3分12秒"])
    process: Paragraphs = Field(title="提取过程")
    video_file: Line | None = Field(default=None, title="录像文件", description="无见证人的，必须录像")
    items: tuple[ExtractedData, ...] = Field(title="提取的电子数据", min_length=1, max_length=500)
    officers: tuple[Line, ...] = Field(title="提取人", min_length=2, max_length=6, description="二人以上")
    holder: Holder = Field(title="持有人（提供人）签名")
    witness: Witness = Field(title="见证人签名")

    @model_validator(mode="after")
    def _recorded(self) -> Self:
        in_order(self.started_at, self.ended_at)
        if isinstance(self.witness, NoWitness) and self.video_file is None:
            raise ValueError("无见证人的，应当对提取活动录像，并填写录像文件")
        return self
