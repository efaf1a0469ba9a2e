"""Chinese words for what the record keeps under slugs: names of facts, and their values as people read them."""

import json
import re
from datetime import datetime
from typing import Any

from casesvc.confirming import Means
from evidence.custody_event import EventType
from evidence.custody_rules import Receiver, editions
from evidence.exhibit import Kind
from evidence.family import Relation
from evidence.findings import FindingKind
from evidence.intake import Hazard
from evidence.moments import BEIJING
from evidence.register import Procedure
from evidence.standing import Whereabouts
from evidence.stock_take import Seen
from templates.values import numeral
from workflows.steps import Decision

FACTS = {
    "name": "名称",
    "kind": "种类",
    "category": "照片类别",
    "place": "地点",
    "decision": "决定",
    "unit": "单位",
    "quantity": "数量",
    "features": "规格特征",
    "position": "提取部位",
    "method": "提取方法",
    "packing": "包装方式",
    "second_officer": "第二提取人",
    "taken_by": "拍摄（提取）人",
    "witness": "见证人",
    "no_witness_reason": "无见证人的原因",
    "photo": "对应照片号",
    "source": "来源设备或存储卡",
    "path": "在来源中的路径",
    "remark": "备注",
    "seal_after": "封条号",
    "seal_before": "所见封条号",
    "place_code": "场所编码",
    "condition": "状态",
    "purpose": "用途",
    "term": "期限",
    "handover": "移交编号",
    "offer": "对应的移交事件",
    "act": "事项",
    "checked": "校验值核对",
    "paper": "签字的交接单",
    "photos": "照片",
    "witnesses": "见证人",
    "reason": "原因",
    "opinion": "意见",
    "breach": "不符合规定的情况",
    "receiver": "交给谁",
    "request": "对应的申请事件",
    "taken_over": "对应的接管事件",
    "supersedes": "更正的事件",
    "facts": "更正后的内容",
    "hazard": "保管要求",
    "remote_returned_at": "异地提取返回时间",
    "medium_type": "介质类型",
    "brand": "品牌型号",
    "device_serial": "序列号",
    "capacity": "容量",
    "power_state": "开关机状态",
    "measures": "断网断电等措施",
    "device_holder": "持有人（提供人）",
    "relation": "关系",
    "parent": "来源证据",
    "children": "分出的证据",
    "event": "对应的事件",
    "quantity_before": "原有数量",
    "quantity_after": "剩余数量",
    "tool": "工具及版本",
    "source_path": "在设备中的路径",
    "original_at": "原件存放处",
    "maker": "制作人",
    "notice": "事先告知当事人的情况",
    "label": "标签式样",
    "last_seen": "最后一次见到",
    "happened_at": "实际发生时间",
    "from": "交出人",
    "to": "持有人",
    "file": "电子文件",
    "result": "核验结果",
    "findings": "发现的问题",
    "incident": "接报编号",
    "received_at": "接报时间",
    "procedure": "调查程序",
    "fire_at": "起火时间",
    "opened_at": "立案时间",
    "document": "文书编号",
    "form": "文书式样",
    "sha256": "文书 SHA-256",
    "sm3": "文书 SM3",
    "template_sha256": "模板 SHA-256",
    "data_sha256": "数据 SHA-256",
    "duration": "时长",
    "confirmed_by": "确认方式",
    "received_as": "接收身份",
    "stock_take": "盘点编号",
    "whereabouts": "去向",
}
IN_EVENT = {
    **{(event, "place"): "保管场所" for event in ("handed_in", "returned", "stored", "moved", "counted")},
    ("counted", "result"): "盘点结果",
    ("handed_in", "to"): "接收人",
    ("collected", "to"): "提取人",
}
EXIF = {
    "media_type": "文件类型（按内容）",
    "device_time": "拍摄时间（设备时钟）",
    "device_time_subsecond": "拍摄时间（秒以下）",
    "device_time_offset": "设备时区",
    "device_time_raw": "拍摄时间原文",
    "changed_time": "文件修改时间（不是拍摄时间）",
    "container_time": "录制时间（文件所载）",
    "container_local_time": "录制时间（设备当地）",
    "duration": "时长",
    "make": "设备厂商",
    "model": "设备型号",
    "serial": "机身序列号",
    "lens": "镜头",
    "software": "写入软件",
    "exposure": "曝光时间（秒）",
    "f_number": "光圈值",
    "iso": "感光度 ISO",
    "focal_length": "焦距（毫米）",
    "orientation": "方向",
    "latitude": "纬度（WGS-84，度）",
    "longitude": "经度（WGS-84，度）",
    "format": "格式",
    "width": "宽（像素）",
    "height": "高（像素）",
    "rotation": "旋转（度）",
    "frame_rate": "帧率（帧/秒）",
    "video_codec": "视频编码",
    "audio_codec": "音频编码",
    "pages": "页数",
}
RESULTS = {"unchanged": "一致，未发现改动", "differs": "不一致，见核验报告"}
_WITH_LABELS = frozenset(
    {"kind", "procedure", "result", "findings", "decision", "confirmed_by", "act", "relation", "hazard", "received_as"}
)
_LABELLED = (Kind, Procedure, FindingKind, Decision, Means, EventType, Relation, Hazard, Receiver, Seen)
SLUGS = {
    **RESULTS,
    **{item.value: item.label for enum in _LABELLED for item in enum},
}
WHEREABOUTS = {each.value: each.label for each in Whereabouts}
"""Apart from SLUGS: an act and where it takes an exhibit share a slug, not the words."""
EVENTS = {"offer", "request", "taken_over", "supersedes", "event"}
"""Facts that name another event of the chain by its seq, which people count from 1."""
DIGESTS = {"sha256", "sm3", "template_sha256", "data_sha256"}
TURNED = {
    "Horizontal (normal)": "正常（未旋转）",
    "Rotated 90 CW": "顺时针 90°",
    "Rotated 180": "旋转 180°",
    "Rotated 90 CCW": "逆时针 90°",
    "AVC": "H.264（AVC）",
    "HEVC": "H.265（HEVC）",
}
STORE_NOTES = {
    "made writable and written over": "已改为可写并被覆盖",
    "removed": "已删除",
    "no retention to shorten": "没有保存期可缩短",
    "no COMPLIANCE retention to shorten": "没有合规保存期可缩短",
    "accepted": "已接受",
    "accepted (as a version of its own, if the bucket is versioned)": "已接受（带版本的桶另存为新版本，不动旧版本）",
}
CATALOGUE = (
    (r"\{orgcode\}", "单位代码"),
    (r"\{org\}", "×"),
    (r"(?<=文号 )X", "×"),
    (r"-YYYYMMDD-NNNN", "-年月日-序号"),
    (r"-YYYY-NNNN", "-年-序号"),
    (r"〔YYYY〕", "〔年份〕"),
    (r"第NNNN号", "第××××号"),
    (r"〔年份〕N号", "〔年份〕×号"),
    (r"第N次", "第×次"),
    (r"(?<=\d)\.\.$", " 起"),
    (r" \(internal\)", "（内部编号）"),
    (r" \((?:character string )?unverified(?:; 2009 form name (\w+))?\)", "（字号未核实）"),
    (r"none or serial of (D\d+)", r"无，或用 \1 的编号"),
    (r"with (D\d+)", r"随 \1"),
    (r"^none; ", ""),
    (r"^none$", "无"),
    (r"issued by government", "由政府编号"),
    (r"文号 per government", "由政府编文号"),
    (r"national system no\.", "国家系统编号"),
    (r"from supervision system", "由监督系统编号"),
    (r"exhibit no\.", "证据编号"),
    (r"seal no\.", "封条号"),
    (r"case no\.", "案件编号"),
    (r"^serial$", "顺序号"),
    (r"108/121号令", "火灾事故调查规定"),
    (r"\b(310|493)号", r"国务院令第\1号"),
    (r"(?<!〕)\b87号", "国办发〔2017〕87号"),
    (r"(XF 839) (\d+(?:\.\d+)+)", r"\1 第\2条"),
    (r" §(\d+)", r" 第\1章"),
    (r" ?\((\d+) working days\)", r"（\1个工作日）"),
    (r" ?\((\d+) days\)", r"（\1日）"),
    (r" ?\(24h/3 days\)", "（24小时／3日）"),
    (r"Annex ([A-Z])", r"附录\1"),
    (r" ?\(ref\.\)", "（参考）"),
    (r" / successor", "（或其后续标准）"),
    (r"; agency rule", "；机关内部规定"),
    (r"for 刑法", "刑法"),
    (r" \((\d{4})\)", r"（\1年）"),
    (r"; ", "；"),
)
_ARTICLES = re.compile(r" ?\barts?\.\s*([0-9]+(?:\([0-9]\))?(?:[-,] ?[0-9]+(?:\([0-9]\))?)*)")
_ARTICLE = re.compile(r"([-,]?) ?([0-9]+)(?:\(([0-9])\))?")
_EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d.*)")
_RATIO = re.compile(r"(\d{1,9})/([1-9]\d{0,8})", re.ASCII)
_SECONDS = re.compile(r"(\d{1,9})(\.\d{1,3})? s", re.ASCII)
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
    if slug == "duration":
        return _duration(text)
    if slug in EVENTS and text.isdecimal():
        text = f"第 {int(text) + 1} 条"
    labels = WHEREABOUTS if slug == "whereabouts" else SLUGS if slug in _WITH_LABELS else {}
    return labels.get(text, text)


def exif_name(slug: str) -> str:
    return EXIF.get(slug, slug)


def exif_text(value: Any, slug: str = "") -> str:
    """A value as a camera wrote it; its clock's 2026:11:25 06:40:05 and ratios of numbers as people write them."""
    text = str(value)
    if slug == "duration":
        return _duration(text)
    if slug in {"f_number", "focal_length"} and (ratio := _RATIO.fullmatch(text)):
        return f"{int(ratio[1]) / int(ratio[2]):.3g}"
    if clock := _EXIF_TIME.fullmatch(text):
        return f"{clock[1]}-{clock[2]}-{clock[3]} {clock[4]}"
    return TURNED.get(text, text)


def _duration(text: str) -> str:
    """Seconds as a recording states them, 3725.040 s, as 1:02:05.040."""
    found = _SECONDS.fullmatch(text)
    if found is None:
        return text
    minutes, seconds = divmod(int(found[1]), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}{found[2]}"


def store_note(note: str) -> str:
    """What a store answered to an attack, in Chinese where it is one of our own sentences."""
    return STORE_NOTES.get(note, note)


def catalogue_text(text: str) -> str:
    """A number format or legal basis of the catalogue, whose remarks are in English, in Chinese."""
    text = _ARTICLES.sub(lambda found: "".join(map(_article, _ARTICLE.finditer(found[1]))), text)
    for english, chinese in CATALOGUE:
        text = re.sub(english, chinese, text)
    return text


def _article(found: re.Match[str]) -> str:
    """One article of a list such as 9, 14 or 12-13 or 6(2): 第九条, 、第十四条, 至第十三条, 第六条第（二）项."""
    joined, article, item = found.groups()
    before = {"": "", ",": "、", "-": "至"}[joined]
    return f"{before}第{numeral(int(article))}条" + (f"第（{numeral(int(item))}）项" if item else "")


def ordered(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Facts in the order people tell them, not that of canonical JSON."""
    order = list(FACTS)
    return sorted(facts.items(), key=lambda fact: order.index(fact[0]) if fact[0] in order else len(order))


def parsed(body: str) -> dict[str, Any]:
    """The members of a custody event's body; none where it was spoilt and is no longer JSON."""
    try:
        members = json.loads(body)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _of_dict(value: dict[str, Any]) -> str:
    if "unit" in value and "name" in value:
        certificate = value.get("certificate", "")
        return f"{value['name']}（{value['unit']}{'，' + certificate if certificate else ''}）"
    if "size" in value and "name" in value:
        return f"{value['name']}（{value['size']}）"
    if "exhibit" in value:
        return str(value["exhibit"])
    if isinstance(value.get("rules"), list):
        broken = "、".join(editions()[-1].label(str(slug)) for slug in value["rules"])
        return f"{broken}：{value.get('reason', '')}"
    if value.get("result") in RESULTS:
        return f"{RESULTS[value['result']]}（SHA-256 {value.get('sha256', '')}，SM3 {value.get('sm3', '')}）"
    return "；".join(f"{fact_name(slug)}：{fact_text(item, slug)}" for slug, item in value.items())
