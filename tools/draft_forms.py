"""Starts the first draft of a form; afterwards the .docx is the source and is edited in Word or WPS.

Usage: python tools/draft_forms.py D13 [D31 …] [--into templates/forms] [--force]
An existing form is not overwritten without --force: it may hold what a clerk has changed since.
Layout: GB/T 9704-2012 for paper, type area and fonts;
filling rules of 2009 and 2012 for the head, number and seal of legal forms.
"""

# ruff: noqa: SLF001 (python-docx has no public way to its XML)

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

FANGSONG, HEITI, SONG, TITLE = "仿宋_GB2312", "黑体", "宋体", "方正小标宋简体"
# 22 lines × 28 characters on 156 × 225 mm: measured in LibreOffice; a document grid gives 19 lines.
LINE_PITCH = Pt(28.95)
CHARACTER_SPACING = -5  # twentieths of a point
EM = Pt(15.75)  # one 3号 character with its spacing
KEPT_STYLES = {
    "Normal",
    "Default Paragraph Font",
    "Normal Table",
    "No List",
    "Header",
    "Footer",
    "Table Grid",
}
BLANK = "\u3000"  # a full-width space: what a pen fills


def element(tag: str, **attributes: str | int) -> OxmlElement:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def set_font(holder: object, family: str, size: float, spacing: int = CHARACTER_SPACING) -> None:
    """Font, size (pt) and spacing (1/20 pt) of a style or a run; w:eastAsia is what Word uses for Chinese."""
    properties = holder.element.get_or_add_rPr() if hasattr(holder, "element") else holder._r.get_or_add_rPr()
    holder.font.name, holder.font.size = family, Pt(size)
    fonts = properties.find(qn("w:rFonts"))
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), family)
    for old in properties.findall(qn("w:spacing")):
        properties.remove(old)
    size_at = properties.find(qn("w:sz"))
    size_at.addprevious(element("w:spacing", val=spacing))
    if properties.find(qn("w:szCs")) is None:
        size_at.addnext(element("w:szCs", val=int(size * 2)))


def add_style(
    document: Docx,
    name: str,
    family: str = FANGSONG,
    size: float = 16,
    *,
    align: ALIGN = ALIGN.JUSTIFY,
    indent: Length | None = None,
    pitch: Length = LINE_PITCH,
    spacing: int = CHARACTER_SPACING,
) -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    set_font(style, family, size, spacing)
    style.paragraph_format.alignment = align
    style.paragraph_format.first_line_indent = indent or Pt(0)
    style.paragraph_format.line_spacing = pitch
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    return style


def blank_document(*, landscape: bool = False) -> Docx:
    """A4 with the margins, styles and page numbers of GB/T 9704 and nothing of the library's own."""
    document = Document()
    for style in list(document.styles):
        if style.name not in KEPT_STYLES:
            style.delete()
    for style in document.styles.element.findall(qn("w:style")):
        for link in style.findall(qn("w:link")):  # to the styles just deleted
            style.remove(link)
    _set_defaults(document)
    _set_page(document, landscape=landscape)
    add_style(document, "机构名称", TITLE, 18, align=ALIGN.CENTER)
    add_style(document, "文书标题", TITLE, 22, align=ALIGN.CENTER)
    add_style(document, "文号", align=ALIGN.RIGHT)
    add_style(document, "正文首行缩进", indent=Length(EM * 2))
    add_style(document, "顶格", align=ALIGN.LEFT)
    seal = add_style(document, "落款", align=ALIGN.CENTER)
    # Date: four characters free on the right (GB/T 9704 §7.3.5); the seal place stands centred over it.
    seal.paragraph_format.left_indent, seal.paragraph_format.right_indent = Length(EM * 14), Length(EM * 4)
    add_style(document, "份数说明", size=14, align=ALIGN.LEFT, pitch=Pt(24), spacing=0)
    add_style(document, "表头", HEITI, 10.5, align=ALIGN.CENTER, pitch=Pt(16), spacing=0)
    add_style(document, "表格文字", FANGSONG, 10.5, align=ALIGN.LEFT, pitch=Pt(16), spacing=0)
    add_style(document, "签名", size=14, align=ALIGN.LEFT, spacing=0)
    core = document.core_properties
    core.author = core.comments = core.last_modified_by = core.title = core.keywords = ""
    return document


def _set_defaults(document: Docx) -> None:
    styles = document.styles.element
    defaults = styles.find(qn("w:docDefaults"))
    run = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(run):
        run.remove(child)
    run.append(element("w:rFonts", ascii=FANGSONG, hAnsi=FANGSONG, eastAsia=FANGSONG, cs=FANGSONG))
    # Latin text stays "en-US": marked Chinese, a number would be broken over two lines.
    run.append(element("w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
    paragraph = defaults.find(qn("w:pPrDefault")).find(qn("w:pPr"))
    for child in list(paragraph):
        paragraph.remove(child)
    normal = document.styles["Normal"]
    set_font(normal, FANGSONG, 16)
    normal.paragraph_format.line_spacing = LINE_PITCH
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    properties = normal.element.get_or_add_pPr()
    spacing = properties.find(qn("w:spacing"))
    # No widow control (a full page has 22 lines), no extra space between Chinese and digits, no grid.
    spacing.addprevious(element("w:widowControl", val=0))
    spacing.addprevious(element("w:kinsoku", val=1))
    spacing.addprevious(element("w:overflowPunct", val=1))
    for tag in ("w:autoSpaceDE", "w:autoSpaceDN"):
        spacing.addprevious(element(tag, val=0))
    spacing.addprevious(element("w:snapToGrid", val=0))
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    for relation in list(document.part.package.rels.values()):
        if relation.reltype.endswith("/thumbnail"):
            del document.part.package.rels[relation.rId]
    for relation in list(document.part.rels.values()):
        if relation.reltype.endswith(("/stylesWithEffects", "/customXml")):
            del document.part.rels[relation.rId]


def _set_page(document: Docx, *, landscape: bool) -> None:
    section = document.sections[0]
    width, height = Mm(210), Mm(297)
    top, right, bottom, left = Mm(37), Mm(26), Mm(35), Mm(28)
    if landscape:
        # The head of a broad table lies at the binding edge (GB/T 9704 §8): binding is up, top is right.
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height, top, right, bottom, left = height, width, left, top, right, bottom
    section.page_width, section.page_height = width, height
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = (
        top,
        right,
        bottom,
        left,
    )
    section.header_distance = Mm(15)
    # 14 pt of number, 7 mm under the type area.
    section.footer_distance = Length(bottom - Mm(7) - Pt(15))
    section.gutter = 0
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        footer.is_linked_to_previous = False
        number = footer.paragraphs[0]
        number.alignment = align
        number.paragraph_format.left_indent = number.paragraph_format.right_indent = Pt(14)
        number.paragraph_format.line_spacing = Pt(15)
        _add_page_number(number)


def _add_page_number(paragraph: Paragraph) -> None:
    def piece(text: str = "") -> object:
        run = paragraph.add_run(text)
        set_font(run, SONG, 14, 0)
        return run

    piece("— ")
    for kind in ("begin", "separate", "end"):
        if kind == "end":
            piece("1")
        piece()._r.append(element("w:fldChar", fldCharType=kind))
        if kind == "begin":
            instruction = element("w:instrText")
            instruction.text = "PAGE"
            piece()._r.append(instruction)
    piece(" —")


def add(holder: Docx | _Cell, style: str, *texts: str, keep: bool = False) -> Paragraph:
    """A paragraph of this style; each text is one run in its font, BLANKs underlined."""
    paragraph = holder.add_paragraph(style=style)
    _write(paragraph, texts)
    paragraph.paragraph_format.keep_with_next = keep or None
    return paragraph


def _write(paragraph: Paragraph, texts: tuple[str, ...]) -> None:
    style = paragraph.style
    fonts = style.element.rPr.find(qn("w:rFonts"))
    spacing = style.element.rPr.find(qn("w:spacing"))
    for text in texts:
        run = paragraph.add_run(text)
        set_font(run, fonts.get(qn("w:eastAsia")), style.font.size.pt, int(spacing.get(qn("w:val"))))
        run.underline = True if set(text) == {BLANK} else None


def add_head(document: Docx, title: str, number: str | None = None) -> None:
    """Agency, title, number: the head of a legal form; black, no red line."""
    add(document, "机构名称", "{{ agency }}")
    add(document, "文书标题", title).paragraph_format.space_before = Pt(6)
    if number:
        add(document, "文号", number)
    add(document, "顶格")


def add_seal(document: Docx) -> None:
    add(document, "落款", keep=True)
    add(document, "落款", "（机构印章）", keep=True)
    add(document, "落款", "{{ issued_on }}")


# Each form -----------------------------------------------------------------


LIST_PITCH = Pt(23)  # of the lines around a list: closer, so that a short list stays on one page


def draft_d13() -> Docx:
    document = blank_document(landscape=True)
    add_head(document, "火灾痕迹物品提取清单")
    document.paragraphs[-1]._p.getparent().remove(document.paragraphs[-1]._p)
    for line in ("火灾名称：{{ fire_name }}", "提取地点：{{ place }}", "提取时间：{{ extracted_at }}"):
        fact = add(document, "签名", line)
        fact.paragraph_format.line_spacing = LIST_PITCH
    fact.paragraph_format.space_after = Pt(4)
    columns = (
        ("序号", 10, "{{ loop.index }}"),
        ("名称", 26, "{{ item.name }}"),
        ("数量", 16, "{{ item.quantity }}"),
        ("规格特征", 40, "{{ item.features }}"),
        ("提取部位", 49, "{{ item.position }}"),
        ("提取方法", 20, "{{ item.method }}"),
        ("包装", 26, "{{ item.packing }}"),
        ("照片号", 18, "{{ item.photo }}"),
        ("备注", 20, "{{ item.remark if item.remark else '／' }}"),
    )
    table = document.add_table(rows=5, cols=len(columns), style="Table Grid")
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", w=57, type="dxa"))  # 1 mm
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    head, begin, body, end, rest = table.rows
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    head._tr.get_or_add_trPr().append(element("w:tblHeader"))
    for position, (name, width, tag) in enumerate(columns):
        table.columns[position].width = Mm(width)
        for row in table.rows:
            row.cells[position].width = Mm(width)
        fill_cell(head.cells[position], "表头", name)
        cell = fill_cell(body.cells[position], "表格文字", tag)
        if name in {"序号", "数量", "提取方法", "照片号", "备注"}:
            cell.paragraphs[0].alignment = ALIGN.CENTER
    fill_row(begin, "{%tr for item in items %}")
    fill_row(end, "{%tr endfor %}")
    rest_text = fill_row(rest, "（以下空白）").paragraphs[0]
    rest_text.alignment, rest_text.paragraph_format.keep_with_next = ALIGN.CENTER, True
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


def fill_cell(cell: _Cell, style: str, text: str) -> _Cell:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    cell.paragraphs[0].style = style
    _write(cell.paragraphs[0], (text,))
    return cell


def fill_row(row: _Row, text: str) -> _Cell:
    return fill_cell(row.cells[0].merge(row.cells[-1]), "表格文字", text)


def add_signature(document: Docx, who: str, *, date_at: float = 125, pitch: Length = LINE_PITCH) -> None:
    """Each signature with its own date (filling rules of 2009)."""
    date = (BLANK * 3, "年", BLANK * 2, "月", BLANK * 2, "日")
    line = add(document, "签名", f"{who}：", BLANK * 9, "\t", *date, keep=True)
    line.paragraph_format.line_spacing = pitch
    line.paragraph_format.tab_stops.add_tab_stop(Mm(date_at))


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


DRAFTS: dict[str, Callable[[], Docx]] = {"D13": draft_d13, "D31": draft_d31, "D48": draft_d48}


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
