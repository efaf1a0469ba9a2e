"""First drafts of the forms that go with custody: D22, D61 and the statement of a chain."""

from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt
from form_layout import (
    BLANK,
    EM,
    FANGSONG,
    HEITI,
    NOTHING,
    RECORD_PITCH,
    SMALL,
    SMALL_HEAD,
    add,
    add_facts,
    add_head,
    add_running_head,
    add_seal,
    add_signature,
    add_style,
    blank_document,
    or_nothing,
)
from form_lists import Column, add_list, add_row, add_table, fill_cell, fill_row

DATE = (BLANK * 3, "年", BLANK * 2, "月", BLANK * 2, "日")


def draft_d22() -> Docx:
    document = blank_document()
    add_head(document, "检验（鉴定）委托书", "{{ number }}")
    body = "正文首行缩进"
    add(document, "顶格", "{{ institution }}：")
    add(
        document,
        body,
        "根据《火灾事故调查规定》第二十三条的规定，现委托你单位对下列检材进行检验（鉴定）。",
    )
    # Left, not justified: a number that is not broken would stretch its line.
    add(document, body, "一、火灾名称：{{ fire_name }}（案件编号：{{ case_number }}）").alignment = ALIGN.LEFT
    add(document, body, "二、火灾简要情况：{{ summary }}")
    add(document, body, "三、检材：", keep=True).paragraph_format.space_after = Pt(3)
    columns = (
        Column("序号", 10, "{{ loop.index }}", centred=True),
        Column("检材编号", 38, "{{ item.number }}"),
        Column("名称", 34, "{{ item.name }}"),
        Column("数量", 22, "{{ item.quantity }}", centred=True),
        Column("包装", 22, "{{ item.packing }}"),
        Column("封条号及封存状态", 30, "{{ item.seal }}"),
    )
    add_list(document, columns, "item in samples")
    add(document, body, "四、委托检验（鉴定）事项：", keep=True)
    add(document, body, "{%p for question in questions %}")
    add(document, body, "{{ loop.index }}. {{ question }}")
    add(document, body, "{%p endfor %}")
    add(document, body, "五、检验（鉴定）期限：经与你单位约定，于{{ due_on }}以前出具检验（鉴定）文书。")
    add(document, body, "六、检材保管期限：经与你单位约定，为{{ keep_period }}。")
    add(document, body, "{%p for each in attachments %}")
    attachment = add(
        document, body, "{% if loop.first %}附件：{% else %}　　　{% endif %}{{ loop.index }}. {{ each }}", keep=True
    )
    attachment.alignment = ALIGN.LEFT
    attachment.paragraph_format.left_indent, attachment.paragraph_format.first_line_indent = EM * 6, -EM * 4
    add(document, body, "{%p endfor %}")
    add(document, body, "送检人：{{ carriers | join('、') }}", keep=True)
    add(document, body, "联系人：{{ contact }}" + BLANK * 2 + "电话：{{ phone }}", keep=True)
    add_seal(document)
    copies = "本委托书一式三份，受委托机构、送检人各一份，附卷一份。"
    line = add(document, "份数说明", copies)
    line.paragraph_format.space_before, line.paragraph_format.space_after = Pt(12), Pt(6)
    _add_receipt(document)
    return document


def _add_receipt(document: Docx) -> None:
    """The institution signs for what it received, on the same sheet."""
    table = add_table(document, [156], rows=2)
    fill_cell(table.rows[0].cells[0], "表头", "受委托机构收件回执")
    cell = table.rows[1].cells[0]
    cell.paragraphs[0]._p.getparent().remove(cell.paragraphs[0]._p)  # noqa: SLF001
    for texts in (
        ("收到检材共", BLANK * 4, "件。封条及包装：□完好" + BLANK + "□下列序号有异常：", BLANK * 12),
        ("收件机构（印章）：",),
        ("收件人（签名）：", BLANK * 10, BLANK * 4 + " ", *DATE),
    ):
        add(cell, "表格文字", *texts).paragraph_format.line_spacing = Pt(26)
    for row in table.rows:
        for paragraph in row.cells[0].paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def draft_d61() -> Docx:
    document = blank_document(landscape=True)
    line = "小四文字"
    add_running_head(document, "证据（案卷）交接单" + BLANK + "{{ number }}")
    add_head(document, "证据（案卷）交接单", gap=False)
    times = ("交接时间：", ("handed_over_at", 12), f"{BLANK * 2}归还期限：{or_nothing('return_by')}")
    add(document, line, *with_blanks("编号：{{ number }}" + BLANK * 2, *times)).paragraph_format.space_before = Pt(6)
    add(document, line, "火灾名称：{{ fire_name }}（案件编号：{{ case_number }}）")
    add(document, line, "交接事由：{{ purpose }}")
    for side, who in (("giver", "移交人"), ("receiver", "接收人")):
        add(document, line, f"{{%p if {side}.kind == 'member' %}}")
        add(
            document,
            line,
            f"{who}：{{{{ {side}.name }}}}，{{{{ {side}.unit }}}}，执法证件号{{{{ {side}.certificate }}}}",
        )
        add(document, line, "{%p else %}")
        by_hand = ((f"{side}.name", 7), "，单位：", (f"{side}.unit", 14), "，证件：", (f"{side}.document", 14))
        add(document, line, *with_blanks(f"{who}：", *by_hand))
        add(document, line, "{%p endif %}")
    columns = (
        Column("序号", 10, "{{ loop.index }}", centred=True),
        Column("物证（案卷）编号", 46, "{{ item.number }}"),
        Column("名称", 54, "{{ item.name }}"),
        Column("数量", 28, "{{ item.quantity }}", centred=True),
        Column("封条号", 26, or_nothing("item.seal"), centred=True),
        Column("交接前状态", 34, "{{ item.state }}"),
        Column("备注", 27, or_nothing("item.remark"), centred=True),
    )
    add_list(document, columns, "item in items", digests=True)
    counted = "接收人清点核对：□全部相符" + BLANK + "□下列序号不符或者不予接收，原因："
    signing = ("（签名）：", BLANK * 6, "  ", *DATE)
    both = ("移交人", *signing, "\t接收人", *signing)
    by_pen = [add(document, line, *texts, keep=True) for texts in ((counted, BLANK * 22), both)]
    add(document, line, "{%p if witness %}")
    by_pen.append(add(document, line, "见证人{{ witness }}", *signing, keep=True))
    add(document, line, "{%p endif %}")
    for each in by_pen:
        each.paragraph_format.line_spacing = RECORD_PITCH
        each.paragraph_format.tab_stops.add_tab_stop(Mm(116))
    add(document, line, "本交接单一式二份，移交人、接收人各执一份。")
    return document


def with_blanks(*pieces: str | tuple[str, int]) -> list[str]:
    """Runs of a line; a pair is a field and the room for a pen, in characters, where it is empty."""
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, tuple):
            name, width = piece
            texts += [f"{{% if {name} %}}{{{{ {name} }}}}{{% else %}}", BLANK * width, "{% endif %}"]
        else:
            texts.append(piece)
    return texts


NOT_PROVED = (
    "本说明只反映系统中的记录。各事件的校验值相互连接；核对相符的，只能说明记录写入后没有被个别改动、删除或者插入，"
    "不能证明下列事项：写入时所记的内容属实；没有发生过未经记录的接触、开封；封条未被仿制；电子数据在登记以前未被改动；"
    "掌握全部数据的人没有整体重写记录（对此须与系统以外留存的校验值比对）。"
    "上述事项须结合笔录、照片、录像、封条实物和有关人员的陈述判断。写有“发生时间”的事件为事后记录，该时间由记录人陈述。"
)


def draft_custody_statement() -> Docx:
    document = blank_document(landscape=True)
    add_style(document, "分项标题", HEITI, 12, align=ALIGN.LEFT, pitch=Pt(20), spacing=0)
    add_style(document, "说明文字", FANGSONG, 12, indent=Pt(24), pitch=Pt(20), spacing=0)
    document.styles["分项标题"].paragraph_format.space_before = Pt(10)
    document.styles["分项标题"].paragraph_format.keep_with_next = True
    add_running_head(document, "保管链情况说明" + BLANK + "{{ case_number }}")
    add_head(document, "保管链情况说明", gap=False)
    add_facts(
        document,
        "火灾名称：{{ fire_name }}（案件编号：{{ case_number }}）",
        f"制作时间：{{{{ made_at }}}}{BLANK * 2}制作人：{{{{ made_by }}}}",
        "所用保管规则的版本：{{ rules_version }}",
    )
    text = "说明文字"
    add(
        document,
        text,
        "本说明列出证据{{ exhibits | length }}件的保管链，其中{{ exhibits | selectattr('defects') | list | length }}件"
        "发现缺陷，{{ exhibits | rejectattr('defects') | list | length }}件未发现缺陷。"
        "事件和缺陷均照系统记录全部列出。",
    )
    add(document, text, "{%p if exhibits | length > 1 %}")
    columns = (
        Column("序号", 12, "{{ loop.index }}", centred=True),
        Column("物证编号", 42, "{{ exhibit.number }}"),
        Column("名称", 81, "{{ exhibit.name }}"),
        Column("种类", 24, "{{ exhibit.kind }}", centred=True),
        Column("现持有人", 32, or_nothing("exhibit.holder"), centred=True),
        Column("事件", 16, "{{ exhibit.events | length }}", centred=True),
        Column(
            "缺陷", 18, "{% if exhibit.defects %}{{ exhibit.defects | length }}项{% else %}无{% endif %}", centred=True
        ),
    )
    add_list(document, columns, "exhibit in exhibits", closed=False, small=True)
    add(document, text, "{%p endif %}")
    add(document, text, "{%p for exhibit in exhibits %}")
    _add_exhibit(document, text)
    add(document, text, "{%p endfor %}")
    add(document, "分项标题", "核对的内容")
    add(document, text, "{%p for check in checks %}")
    add(document, text, "{{ loop.index }}. {{ check }}")
    add(document, text, "{%p endfor %}")
    add(document, "分项标题", "不能证明的事项")
    add(document, text, NOT_PROVED, keep=True)
    add_signature(document, "制作人{{ made_by }}（签名）")
    add(document, "签名", "（机构印章）")
    return document


def _add_exhibit(document: Docx, text: str) -> None:
    add(document, "分项标题", "{{ loop.index }}. {{ exhibit.number }}" + BLANK + "{{ exhibit.name }}")
    _add_exhibit_facts(document)
    add(document, text, "{%p if exhibit.events %}")
    add(document, text, "{{ exhibit.number }}的保管事件{{ exhibit.events | length }}项：", keep=True)
    columns = (
        Column("序号", 9, "{{ event.number }}", centred=True),
        Column("记录时间", 28, "{{ event.recorded_at }}"),
        Column("发生时间", 28, "{{ event.happened_at if event.happened_at else '同左' }}"),
        Column("行为", 16, "{{ event.act }}", centred=True),
        Column("由谁→交谁", 36, PASSED),
        Column("地点", 26, or_nothing("event.place")),
        Column("封条号（原→现）", 22, SEALS),
        Column("记录人", 18, "{{ event.by }}", centred=True),
        Column("备注", 22, or_nothing("event.remark")),
        Column("校验值（前16位）", 20, "{{ event.sha256 }}", centred=True),
    )
    add_list(document, columns, "event in exhibit.events", closed=False, small=True)
    add(document, text, "{%p else %}")
    add(document, text, "{{ exhibit.number }}没有可读的保管事件记录。")
    add(document, text, "{%p endif %}")
    add(document, text, "{%p if exhibit.defects %}")
    add(document, text, "{{ exhibit.number }}的缺陷{{ exhibit.defects | length }}项：", keep=True)
    columns = (
        Column("序号", 12, "{{ loop.index }}", centred=True),
        Column("缺陷", 83, "{{ defect.what }}"),
        Column("事件序号", 18, or_nothing("defect.event"), centred=True),
        Column("依据", 56, "{{ defect.clause }}"),
        Column("有关人员的说明", 56, "{{ defect.remark if defect.remark else '未作说明' }}"),
    )
    add_list(document, columns, "defect in exhibit.defects", closed=False)
    add(document, text, "{%p else %}")
    add(document, text, "{{ exhibit.number }}未发现缺陷。")
    add(document, text, "{%p endif %}")


def _add_exhibit_facts(document: Docx) -> None:
    rows = (
        (("种类", "{{ exhibit.kind }}"), ("数量", "exhibit.quantity"), ("现封条号", "exhibit.seal")),
        (("提取时间", "exhibit.collected_at"), ("提取地点", "exhibit.collected_where"), ("提取人", COLLECTORS)),
        (("见证人", WITNESS), ("现持有人", "exhibit.holder"), ("现存放地点", "exhibit.place")),
    )
    table = add_table(document, [22, 53, 22, 53, 22, 53], rows=0)
    for facts in rows:
        cells = add_row(table).cells
        for position, (label, held) in enumerate(facts):
            shown = held if "{" in held else f"{{{{ {held} if {held} else '未记载' }}}}"
            fill_cell(cells[2 * position], SMALL_HEAD, label, keep=True)
            fill_cell(cells[2 * position + 1], SMALL, shown, keep=True)
    fill_row(add_row(table), "{%tr if exhibit.sha256 or exhibit.sm3 %}")
    digests = add_row(table)
    fill_cell(digests.cells[0], SMALL_HEAD, "校验值", keep=True)
    values = (f"SHA-256：{or_nothing('exhibit.sha256')}", f"SM3：{or_nothing('exhibit.sm3')}")
    fill_cell(digests.cells[1].merge(digests.cells[-1]), SMALL, *values, keep=True)
    fill_row(add_row(table), "{%tr endif %}")


COLLECTORS = "{% if exhibit.collected_by %}{{ exhibit.collected_by | join('、') }}{% else %}未记载{% endif %}"
WITNESS = (
    "{% if exhibit.witness %}{{ exhibit.witness }}{% elif exhibit.no_witness_reason %}"
    "无，原因：{{ exhibit.no_witness_reason }}{% else %}未记载{% endif %}"
)


PASSED = (
    "{% if event.giver and event.receiver %}{{ event.giver }} → {{ event.receiver }}"
    "{% elif event.giver %}{{ event.giver }} →{% elif event.receiver %}→ {{ event.receiver }}"
    f"{{% else %}}{NOTHING}{{% endif %}}"
)
# A seal that stays the same is written once: an arrow to nothing would say that it was taken off.
SEALS = (
    "{% if event.seal_before and event.seal_after and event.seal_before != event.seal_after %}"
    "{{ event.seal_before }} → {{ event.seal_after }}"
    "{% elif event.seal_before %}{{ event.seal_before }}{% elif event.seal_after %}→ {{ event.seal_after }}"
    f"{{% else %}}{NOTHING}{{% endif %}}"
)
