"""Chinese words for what the record keeps under slugs: names of facts, and their values as people read them."""

import json
import re
from datetime import datetime
from typing import Any

from evidence.moments import BEIJING
from evidence.exhibit import Kind
from evidence.register import Procedure
from evidence.verification import FindingKind

FACTS = {
    "name": "名称",
    "kind": "种类",
    "category": "照片类别",
    "place": "地点",
    "witness": "见证人",
    "no_witness_reason": "无见证人的原因",
    "quantity": "数量",
    "features": "规格特征",
    "position": "提取部位",
    "method": "提取方法",
    "packing": "包装方式",
    "second_officer": "第二提取人",
    "photo": "对应照片号",
    "remark": "备注",
    "seal_after": "封条号",
    "from": "交出人",
    "to": "持有人",
    "file": "电子文件",
    "result": "核验结果",
    "findings": "发现的问题",
    "incident": "接报编号",
    "received_at": "接报时间",
    "procedure": "调查程序",
    "fire_at": "起火时间",
    "document": "文书编号",
    "form": "文书式样",
    "sha256": "文书 SHA-256",
    "sm3": "文书 SM3",
    "template_sha256": "模板 SHA-256",
    "data_sha256": "数据 SHA-256",
}
IN_EVENT = {("handed_in", "place"): "保管场所", ("handed_in", "to"): "接收人", ("collected", "to"): "提取人"}
EXIF = {
    "device_time": "拍摄时间（设备时钟）",
    "device_time_offset": "设备时区",
    "make": "设备厂商",
    "model": "设备型号",
    "serial": "机身序列号",
    "exposure": "曝光时间（秒）",
    "f_number": "光圈值",
    "iso": "感光度 ISO",
    "focal_length": "焦距（毫米）",
    "orientation": "方向",
    "latitude": "纬度（WGS-84，度）",
    "longitude": "经度（WGS-84，度）",
    "format": "图像格式",
    "width": "宽（像素）",
    "height": "高（像素）",
}
RESULTS = {"unchanged": "一致，未发现改动", "differs": "不一致，见核验报告"}
SLUGS = {**RESULTS, **{item.value: item.label for enum in (Kind, Procedure, FindingKind) for item in enum}}
DIGESTS = {"sha256", "sm3", "template_sha256", "data_sha256"}
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def fact_name(slug: str, event: str = "") -> str:
    """The Chinese name of a fact, in the words of the event where they differ."""
    return IN_EVENT.get((event, slug)) or FACTS.get(slug, slug)


def fact_text(value: Any, slug: str = "") -> str:
    """A recorded value as people read it: persons with unit, times in Beijing, enums by label."""
    if isinstance(value, dict):
        return _of_dict(value)
    if isinstance(value, list):
        return "、".join(fact_text(item, slug) for item in value) or "无"
    if value is None:
        return "无"
    text = str(value)
    if _RFC3339.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    known = slug in {"kind", "procedure", "result", "findings"}
    return SLUGS.get(text, text) if known else text


def exif_name(slug: str) -> str:
    return EXIF.get(slug, slug)


def parsed(body: str) -> dict[str, Any]:
    """The members of a custody event's body."""
    members: dict[str, Any] = json.loads(body)
    return members


def _of_dict(value: dict[str, Any]) -> str:
    if "unit" in value and "name" in value:
        certificate = value.get("certificate", "")
        return f"{value['name']}（{value['unit']}{'，' + certificate if certificate else ''}）"
    if "size" in value and "name" in value:
        return f"{value['name']}（{value['size']}）"
    return "；".join(f"{fact_name(slug)}：{fact_text(item, slug)}" for slug, item in value.items())
