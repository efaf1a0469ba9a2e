"""First draft of the auditor's list on paper."""

from docx.document import Document as Docx
from form_layout import BLANK, add, add_facts, add_head, add_running_head, add_signature, blank_document, or_nothing
from form_lists import Column, add_list


def draft_custody_list() -> Docx:
    document = blank_document(landscape=True)
    add_running_head(document, "保管链审查清单" + BLANK + "{{ made_at }}")
    add_head(document, "保管链审查清单", gap=False)
    add_facts(
        document,
        f"制作时间：{{{{ made_at }}}}{BLANK * 2}制作人：{{{{ made_by }}}}",
        "筛选条件：{{ chosen }}",
        "用途：{{ purpose }}" + BLANK * 2 + "共列{{ chains | length }}件",
    )
    columns = (
        Column("序号", 10, "{{ loop.index }}", centred=True),
        Column("证据编号", 42, "{{ chain.number }}"),
        Column("单位", 30, "{{ chain.unit }}"),
        Column("种类", 16, "{{ chain.kind }}", centred=True),
        Column("状态", 14, "{{ chain.health }}", centred=True),
        Column("去向、持有人", 27, "{{ chain.holder }}"),
        Column("存放地点", 24, or_nothing("chain.place")),
        Column("封条号", 20, or_nothing("chain.seal"), centred=True),
        Column("持有起始", 20, "{{ chain.since }}"),
        Column("期限和待办", 22, or_nothing("chain.remark")),
    )
    add_list(document, columns, "chain in chains", small=True)
    add(document, "小四文字", "{%p if rest %}")
    add(document, "小四文字", "{{ rest }}")
    add(document, "小四文字", "{%p endif %}")
    note = "状态以制作时间为准：按保管链的记录和保管规则判断，没有重新读取电子数据，没有清点实物。"
    add(document, "小四文字", note, keep=True)
    add_signature(document, "制作人{{ made_by }}（签名）")
    return document
