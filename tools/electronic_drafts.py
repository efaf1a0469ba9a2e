"""First drafts of the forms on electronic data: D17 and D18, each a record and the list that belongs to it."""

from docx.document import Document as Docx
from docx.shared import Length
from form_layout import (
    BLANK,
    LIST_PITCH,
    RECORD_PITCH,
    add,
    add_facts,
    add_head,
    add_running_head,
    add_signature,
    blank_document,
    or_nothing,
    turn_to_landscape,
)
from form_lists import Column, add_list


def draft_d17() -> Docx:
    document = blank_document()
    add_running_head(document, "电子数据提取笔录及提取固定清单" + BLANK + "{{ case_number }}")
    add_head(document, "电子数据提取笔录")
    line = "笔录文字"
    add(document, line, "案件编号：{{ case_number }}")
    add(document, line, "案由：{{ fire_name }}")
    add(document, line, "开始时间：{{ started_at }}")
    add(document, line, "结束时间：{{ ended_at }}")
    add(document, line, "提取地点：{{ place }}")
    add(
        document,
        line,
        "提取对象：{{ source.name }}{% if source.brand %}，品牌{{ source.brand }}{% endif %}"
        "{% if source.model %}，型号{{ source.model }}{% endif %}"
        "{% if source.serial %}，序列号{{ source.serial }}{% endif %}"
        "{% if source.account %}，账号{{ source.account }}{% endif %}",
    )
    add(document, line, "原始存储介质未封存的原因及其存放地点：" + or_nothing("original_kept"))
    add(document, line, "提取内容：{{ content }}")
    add(document, line, "提取方法：{{ method }}")
    add(
        document,
        line,
        "使用的工具：{% for tool in tools %}{{ tool.name }}（版本{{ tool.version }}）"
        "{% if not loop.last %}、{% endif %}{% endfor %}",
    )
    add(document, line, "设备时间与北京时间的误差：{{ clock }}")
    add(document, line, "提取过程：{{ process }}")
    add(document, line, "录像文件：" + or_nothing("video_file"))
    add(document, line, "提取电子数据共{{ items | length }}项，见《电子数据提取固定清单》。", keep=True)
    add(document, line, keep=True)
    _add_signers(document, "提取人", date_at=103, pitch=RECORD_PITCH)
    turn_to_landscape(document)
    add_head(document, "电子数据提取固定清单", gap=False)
    add_facts(document, "案由：{{ fire_name }}（案件编号：{{ case_number }}）")
    columns = (
        Column("序号", 10, "{{ loop.index }}", centred=True),
        Column("名称", 50, "{{ item.name }}"),
        Column("类别", 18, "{{ item.category }}", centred=True),
        Column("文件格式", 18, "{{ item.format }}", centred=True),
        Column("大小（字节）", 26, "{{ item.size }}", centred=True),
        Column("创建、修改时间", 36, (f"创建：{or_nothing('item.created')}", f"修改：{or_nothing('item.modified')}")),
        Column("来源路径", 47, "{{ item.path }}"),
        Column("备注", 20, or_nothing("item.remark"), centred=True),
    )
    add_list(document, columns, "item in items", digests=True)
    _add_signers(document, "提取人", date_at=125, pitch=LIST_PITCH)
    add(document, "份数说明", "本笔录及清单一式二份，一份交持有人（提供人），一份附卷。")
    return document


def draft_d18() -> Docx:
    document = blank_document()
    add_running_head(document, "原始存储介质封存笔录及封存清单" + BLANK + "{{ case_number }}")
    add_head(document, "原始存储介质封存笔录")
    line = "笔录文字"
    add(document, line, "案件编号：{{ case_number }}")
    add(document, line, "案由：{{ fire_name }}")
    add(document, line, "开始时间：{{ started_at }}")
    add(document, line, "结束时间：{{ ended_at }}")
    add(document, line, "封存地点：{{ place }}")
    add(document, line, "封存过程：{{ process }}")
    add(document, line, "录像文件：" + or_nothing("video_file"))
    add(
        document,
        line,
        "封存原始存储介质共{{ media | length }}件，见《原始存储介质封存清单》。封存后，不解除封存状态不能使用或者启动"
        "被封存的存储介质，也不能增加、删除、修改其中的电子数据。封存前后均已拍照，照片反映封口、封条的状况。",
        keep=True,
    )
    add(document, line, keep=True)
    _add_signers(document, "封存人", date_at=103, pitch=RECORD_PITCH)
    turn_to_landscape(document)
    add_head(document, "原始存储介质封存清单", gap=False)
    add_facts(document, "案由：{{ fire_name }}（案件编号：{{ case_number }}）")
    seals = ("{%p for seal in item.seals %}", "{{ seal.number }}（{{ seal.position }}）", "{%p endfor %}")
    columns = (
        Column("序号", 9, "{{ loop.index }}", centred=True),
        Column("物证编号", 33, "{{ item.exhibit }}"),
        Column("介质类型", 18, "{{ item.medium }}"),
        Column("品牌、型号", 24, ("{{ item.brand }}", "{{ item.model }}")),
        Column("序列号", 31, "{{ item.serial }}"),
        Column("容量", 13, "{{ item.capacity }}", centred=True),
        Column("封存时电源状态", 18, "{{ item.power }}", centred=True),
        Column("封存措施", 22, "{{ item.measures }}"),
        Column("封条号及粘贴位置", 25, seals),
        Column("照片号", 18, ("封存前", "{{ item.photos_before }}", "封存后", "{{ item.photos_after }}"), centred=True),
        Column("备注", 14, or_nothing("item.remark"), centred=True),
    )
    add_list(document, columns, "item in media", small=True)
    _add_signers(document, "封存人", date_at=125, pitch=LIST_PITCH)
    add(document, "份数说明", "本笔录及清单一式三份，持有人（提供人）、保管人各一份，附卷一份。")
    return document


def _add_signers(document: Docx, officer: str, *, date_at: float, pitch: Length) -> None:
    """Officers, holder and witness; where one does not sign, the reason."""
    style = "签名"
    add(document, style, "{%p for officer in officers %}")
    add_signature(document, f"{officer}{{{{ officer }}}}（签名）", date_at=date_at, pitch=pitch)
    add(document, style, "{%p endfor %}")
    for field, kind, who, why in (
        ("holder", "holder", "持有人", "持有人（提供人）未签名的原因"),
        ("witness", "witness", "见证人", "无见证人的原因"),
    ):
        add(document, style, f"{{%p if {field}.kind == '{kind}' %}}")
        add_signature(document, f"{who}{{{{ {field}.name }}}}（签名）", date_at=date_at, pitch=pitch)
        add(document, style, "{%p else %}")
        reason = add(document, style, f"{why}：{{{{ {field}.reason }}}}", keep=True)
        reason.paragraph_format.line_spacing = pitch
        add(document, style, "{%p endif %}")
