"""Paper, styles, heads and signature lines that the drafts of all forms share.

Layout: GB/T 9704-2012 for paper, type area and fonts;
filling rules of 2009 and 2012 for the head, number and seal of legal forms.
"""

# ruff: noqa: SLF001 (python-docx has no public way to its XML)

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell
from docx.text.paragraph import Paragraph

FANGSONG, HEITI, SONG, TITLE = "仿宋_GB2312", "黑体", "宋体", "方正小标宋简体"
# 22 lines × 28 characters on 156 × 225 mm: measured in LibreOffice; a document grid gives 19 lines.
LINE_PITCH = Pt(28.95)
CHARACTER_SPACING = -5  # twentieths of a point
EM = Pt(15.75)  # one 3号 character with its spacing
RECORD_PITCH = Pt(25)
LIST_PITCH = Pt(23)  # of the lines around a list: closer, so that a short list stays on one page
KEPT_STYLES = {
    "Normal",
    "Default Paragraph Font",
    "Normal Table",
    "No List",
    "Header",
    "Footer",
    "Table Grid",
}
# The small type of long lists: runs take their font from the style alone, which halves a file with thousands of rows.
SMALL_HEAD, SMALL = "小字表头", "小字表格"
BLANK = "\u3000"  # a full-width space: what a pen fills
NOTHING = "／"  # a field that is not needed is struck through (filling rules of 2009)


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
    add_style(document, SMALL_HEAD, HEITI, 9, align=ALIGN.CENTER, pitch=Pt(13), spacing=0)
    add_style(document, SMALL, FANGSONG, 9, align=ALIGN.LEFT, pitch=Pt(13), spacing=0)
    add_style(document, "签名", size=14, align=ALIGN.LEFT, spacing=0)
    add_style(document, "笔录文字", size=14, align=ALIGN.LEFT, pitch=RECORD_PITCH, spacing=0)
    add_style(document, "小四文字", size=12, align=ALIGN.LEFT, pitch=Pt(20), spacing=0)
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
    _set_paper(section, landscape=landscape)
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


def _set_paper(section: Section, *, landscape: bool) -> None:
    width, height = Mm(210), Mm(297)
    top, right, bottom, left = Mm(37), Mm(26), Mm(35), Mm(28)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    if landscape:
        # The head of a broad table lies at the binding edge (GB/T 9704 §8): binding is up, top is right.
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


def turn_to_landscape(document: Docx) -> None:
    """What follows stands on broad pages, numbered on."""
    _set_paper(document.add_section(WD_SECTION.NEW_PAGE), landscape=True)


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
    """A paragraph of this style with these runs."""
    paragraph = holder.add_paragraph(style=style)
    write(paragraph, *texts)
    paragraph.paragraph_format.keep_with_next = keep or None
    return paragraph


def write(paragraph: Paragraph, *texts: str) -> None:
    """Each text as a run in the font of the paragraph's style; a text of BLANKs is underlined."""
    style = paragraph.style
    fonts = style.element.rPr.find(qn("w:rFonts"))
    spacing = style.element.rPr.find(qn("w:spacing"))
    for text in texts:
        run = paragraph.add_run(text)
        if style.name not in {SMALL_HEAD, SMALL}:
            set_font(run, fonts.get(qn("w:eastAsia")), style.font.size.pt, int(spacing.get(qn("w:val"))))
        if set(text) == {BLANK}:
            run.underline = True


def or_nothing(name: str) -> str:
    """The field of this name, or the stroke."""
    return f"{{{{ {name} if {name} else '{NOTHING}' }}}}"


def add_head(document: Docx, title: str, number: str | None = None, *, gap: bool = True) -> None:
    """Agency, title, number: the head of a legal form; black, no red line. A list stands close: no ``gap``."""
    add(document, "机构名称", "{{ agency }}")
    add(document, "文书标题", title).paragraph_format.space_before = Pt(6)
    if number:
        add(document, "文号", number)
    if gap:
        add(document, "顶格")


def add_running_head(document: Docx, text: str) -> None:
    """A line over every page, so that a loose sheet says what it belongs to."""
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        line = header.paragraphs[0]
        line.style, line.alignment = document.styles[SMALL], ALIGN.RIGHT
        write(line, text)


def add_facts(document: Docx, *lines: str) -> None:
    """The lines between the head and a list."""
    for line in lines:
        fact = add(document, "签名", line)
        fact.paragraph_format.line_spacing = LIST_PITCH
    fact.paragraph_format.space_after = Pt(4)


def add_seal(document: Docx) -> None:
    add(document, "落款", keep=True)
    add(document, "落款", "（机构印章）", keep=True)
    add(document, "落款", "{{ issued_on }}")


def add_signature(document: Docx, who: str, *, date_at: float = 125, pitch: Length = LINE_PITCH) -> None:
    """Each signature with its own date (filling rules of 2009)."""
    date = (BLANK * 3, "年", BLANK * 2, "月", BLANK * 2, "日")
    line = add(document, "签名", f"{who}：", BLANK * 9, "\t", *date, keep=True)
    line.paragraph_format.line_spacing = pitch
    line.paragraph_format.tab_stops.add_tab_stop(Mm(date_at))
