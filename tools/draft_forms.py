"""Starts the first draft of a form; afterwards the .docx is the source and is edited in Word or WPS.

Usage: python tools/draft_forms.py D13 [D31 …] [--into templates/forms] [--force]
An existing form is not overwritten without --force: it may hold what a clerk has changed since.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from custody_drafts import draft_custody_statement, draft_d22, draft_d61
from custody_list_draft import draft_custody_list
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Pt
from electronic_drafts import draft_d17, draft_d18
from form_layout import BLANK, EM, LIST_PITCH, add, add_facts, add_head, add_seal, add_signature, blank_document
from form_lists import Column, add_list


def draft_d13() -> Docx:
    document = blank_document(landscape=True)
    add_head(document, "火灾痕迹物品提取清单", gap=False)
    add_facts(document, "火灾名称：{{ fire_name }}", "提取地点：{{ place }}", "提取时间：{{ extracted_at }}")
    columns = (
        Column("序号", 10, "{{ loop.index }}", centred=True),
        Column("名称", 26, "{{ item.name }}"),
        Column("数量", 16, "{{ item.quantity }}", centred=True),
        Column("规格特征", 40, "{{ item.features }}"),
        Column("提取部位", 49, "{{ item.position }}"),
        Column("提取方法", 20, "{{ item.method }}", centred=True),
        Column("包装", 26, "{{ item.packing }}"),
        Column("照片号", 18, "{{ item.photo }}", centred=True),
        Column("备注", 20, "{{ item.remark if item.remark else '／' }}", centred=True),
    )
    add_list(document, columns, "item in items")
    add(document, "签名", "{%p for extractor in extractors %}")
    add_signature(document, "提取人{{ extractor }}（签名）", pitch=LIST_PITCH)
    add(document, "签名", "{%p endfor %}")
    add(document, "签名", "{%p if attestation.kind == 'witness' %}")
    add_signature(document, "见证人{{ attestation.name }}（签名）", pitch=LIST_PITCH)
    add(document, "签名", "{%p elif attestation.kind == 'party' %}")
    add_signature(document, "当事人{{ attestation.name }}（签名）", pitch=LIST_PITCH)
    add(document, "签名", "{%p else %}")
    add(document, "签名", "无见证人、当事人签名的原因：{{ attestation.reason }}", keep=True)
    add(document, "签名", "{%p endif %}")
    add(document, "份数说明", "本清单一式二份，一份交当事人，一份附卷。")
    return document


def draft_d31() -> Docx:
    document = blank_document()
    add_head(document, "火灾事故认定书", "{{ number }}")
    body = "正文首行缩进"
    add(
        document,
        body,
        "火灾事故基本情况：{{ occurred_at }}许，{{ place }}发生火灾。{% if course %}{{ course }}{% endif %}"
        "过火面积约{{ burned_area }}平方米，直接财产损失{{ direct_loss }}元，"
        "{% if deaths and injuries %}造成{{ deaths }}人死亡、{{ injuries }}人受伤"
        "{% elif deaths %}造成{{ deaths }}人死亡{% elif injuries %}造成{{ injuries }}人受伤"
        "{% else %}未造成人员伤亡{% endif %}。",
    )
    add(document, body, "{%p if cause.kind == 'found' %}")
    add(
        document,
        body,
        "经调查，对起火原因认定如下：起火时间为{{ cause.started_at }}许，起火部位为{{ cause.area }}，"
        "起火点为{{ cause.point }}，起火原因为{{ cause.reason }}。",
    )
    add(document, body, "{%p else %}")
    add(
        document,
        body,
        "经调查，对起火原因认定如下：起火时间为{{ cause.started_at }}许，"
        "{% if cause.area %}起火部位为{{ cause.area }}，{% endif %}"
        "{% if cause.point %}起火点为{{ cause.point }}，{% endif %}"
        "起火原因无法查清，可以排除{{ cause.excluded | join('、') }}，"
        "不能排除{{ cause.not_excluded | join('、') }}。",
    )
    add(document, body, "{%p endif %}")
    add(
        document,
        body,
        "以上事实有{% for each in evidence %}{{ each.name }}{{ each.count }}{{ each.unit }}"
        "{% if not loop.last %}、{% endif %}{% endfor %}等证据证实。",
    )
    add(
        document,
        body,
        "当事人对本认定有异议的，可以自本认定书送达之日起十五个工作日内，"
        "向{{ review_agency }}提出书面复核申请。复核以一次为限。",
        keep=True,
    )
    add_seal(document)
    copies = (
        "本认定书一式{{ (parties | length + 1) | numeral }}份：送达{{ parties | join('、') }}"
        "{% if parties | length > 1 %}各{% endif %}一份，附卷一份。"
    )
    add(document, "份数说明", copies).paragraph_format.space_before = Pt(24)
    add(document, "份数说明", "{%p if archive_copy %}")
    add(document, "签名", "{%p for party in parties %}")
    add(document, "签名", "当事人：{{ party }}", keep=True)
    add_signature(document, "签收（签名或者盖章）", date_at=103)
    add(document, "签名", "{%p endfor %}")
    add(document, "份数说明", "{%p endif %}")
    return document


def draft_d48() -> Docx:
    document = blank_document()
    add_head(document, "涉嫌犯罪案件移送书", "{{ number }}")
    body = "正文首行缩进"
    add(document, "顶格", "{{ police }}：")
    add(
        document,
        body,
        "{% for each in suspects %}{{ each.name }}"
        "{% if each.identifier %}（{{ each.kind }}：{{ each.identifier }}）{% endif %}"
        "{% if not loop.last %}、{% endif %}{% endfor %}涉嫌{{ charge }}一案，经本机构调查，"
        "依照{{ charge_basis | join('、') }}的规定，涉嫌构成犯罪。"
        "根据《中华人民共和国行政处罚法》第二十七条、《行政执法机关移送涉嫌犯罪案件的规定》第三条，"
        "现将该案移送你单位，请依法处理。",
    )
    add(
        document,
        body,
        "根据《行政执法机关移送涉嫌犯罪案件的规定》第十二条，本机构自接到立案通知书之日起三日内将涉案物品"
        "及与案件有关的其他材料移交你单位。",
    )
    add(
        document,
        body,
        "根据《行政执法机关移送涉嫌犯罪案件的规定》第八条，你单位认为没有犯罪事实，或者犯罪事实显著轻微，"
        "不需要追究刑事责任，依法不予立案的，请说明理由并书面通知本机构，退回有关案卷材料。",
    )
    add(document, "顶格")
    add(document, body, "{%p for each in attachments %}")
    # The last three go with the seal, so that it never stands alone on a page; a longer chain would break apart.
    add(document, body, "{%p if loop.revindex > 3 %}")
    _add_attachment(document, body, keep=False)
    add(document, body, "{%p else %}")
    _add_attachment(document, body, keep=True)
    add(document, body, "{%p endif %}")
    add(document, body, "{%p endfor %}")
    add(document, "顶格", keep=True)
    add(document, body, "联系人：{{ contact }}" + BLANK * 2 + "电话：{{ phone }}", keep=True)
    add_seal(document)
    add(document, "份数说明", "抄送：{{ procuratorate }}").paragraph_format.space_before = Pt(24)
    add(document, "份数说明", "本移送书一式三份，公安机关、人民检察院各一份，附卷一份。")
    _add_return_slip(document)
    return document


def _add_attachment(document: Docx, style: str, *, keep: bool) -> None:
    attachment = add(
        document,
        style,
        "{% if loop.first %}附件：{% else %}　　　{% endif %}"
        "{{ loop.index }}. {{ each.name }}（{{ each.copies }}份，"
        "{% if each.copies > 1 %}每份{% endif %}{{ each.pages }}页）",
        keep=keep,
    )
    attachment.alignment = ALIGN.LEFT
    attachment.paragraph_format.left_indent, attachment.paragraph_format.first_line_indent = EM * 6, -EM * 4


def _add_return_slip(document: Docx) -> None:
    """The slip is a sheet of its own: it goes back to the agency (310号令 art. 7)."""
    add(document, "文书标题", "涉嫌犯罪案件移送书（回执）").paragraph_format.page_break_before = True
    add(document, "顶格")
    add(document, "顶格", "{{ agency }}：")
    add(
        document,
        "正文首行缩进",
        "今收到你单位移送的《涉嫌犯罪案件移送书》（{{ number }}）及附件共",
        BLANK * 3,
        "件",
        BLANK * 3,
        "页。",
    )
    add(document, "顶格")
    add(document, "正文首行缩进", "收件人（签名）：", BLANK * 8)
    add(document, "正文首行缩进", "收件单位（印章）：")
    add(document, "顶格")
    day = (BLANK * 3, "年", BLANK * 2, "月", BLANK * 2, "日", BLANK * 2, "时", BLANK * 2, "分")
    add(document, "文号", *day)


DRAFTS: dict[str, Callable[[], Docx]] = {
    "D13": draft_d13,
    "D17": draft_d17,
    "D18": draft_d18,
    "D22": draft_d22,
    "D31": draft_d31,
    "D48": draft_d48,
    "D61": draft_d61,
    "custody_list": draft_custody_list,
    "custody_statement": draft_custody_statement,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("forms", nargs="+", choices=sorted(DRAFTS))
    parser.add_argument("--into", type=Path, default=Path(__file__).parent.parent / "templates" / "forms")
    parser.add_argument("--force", action="store_true", help="overwrite a form that exists")
    arguments = parser.parse_args()
    for form in arguments.forms:
        target = arguments.into / f"{form}.docx"
        if target.exists() and not arguments.force:
            print(f"{target} exists; edit it in Word, or give --force to lose its changes", file=sys.stderr)
            return 1
        DRAFTS[form]().save(target)
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
