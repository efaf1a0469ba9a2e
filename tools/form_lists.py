"""Tables that the drafts of forms share: lists with a row for each item, and rows of digests."""

# ruff: noqa: SLF001 (python-docx has no public way to its XML)

from collections.abc import Sequence
from typing import NamedTuple

from docx.document import Document as Docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table, _Cell, _Row
from form_layout import SMALL, SMALL_HEAD, element, write


class Column(NamedTuple):
    """One column of a list: its width in mm, and what a cell holds, a paragraph each."""

    name: str
    width: float
    texts: str | tuple[str, ...]
    centred: bool = False


def add_list(
    document: Docx,
    columns: Sequence[Column],
    each: str,
    *,
    digests: bool = False,
    closed: bool = True,
    small: bool = False,
) -> Table:
    """A table with a row for ``each`` ("item in items") and a head on every page.

    With ``digests`` a second row names the item's by its serial number, in full and unbroken; it is left out where the
    item has none. ``closed``: a last row says that nothing follows.
    """
    fonts = (SMALL_HEAD, SMALL) if small else ("表头", "表格文字")
    item = each.split(maxsplit=1)[0]
    table = add_table(document, [column.width for column in columns], rows=1)
    for cell, column in zip(table.rows[0].cells, columns, strict=True):
        fill_cell(cell, fonts[0], column.name, keep=True)
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
    fill_row(add_row(table), f"{{%tr for {each} %}}")
    for cell, column in zip(add_row(table).cells, columns, strict=True):
        texts = (column.texts,) if isinstance(column.texts, str) else column.texts
        fill_cell(cell, fonts[1], *texts, align=ALIGN.CENTER if column.centred else None)
    if digests:
        fill_row(add_row(table), f"{{%tr if {item}.sha256 %}}")
        add_digest_row(table, item)
        fill_row(add_row(table), "{%tr endif %}")
    fill_row(add_row(table), "{%tr endfor %}")
    if closed:
        rest = fill_row(add_row(table), "（以下空白）", align=ALIGN.CENTER)
        rest.paragraphs[0].paragraph_format.keep_with_next = True
    return table


def add_digest_row(table: Table, item: str) -> None:
    row = add_row(table)
    fill_cell(row.cells[0], SMALL, "{{ loop.index }}", align=ALIGN.CENTER)
    fill_cell(row.cells[1], SMALL, "校验值", align=ALIGN.CENTER)
    values = (f"SHA-256：{{{{ {item}.sha256 }}}}", f"SM3：{{{{ {item}.sm3 }}}}")
    fill_cell(row.cells[2].merge(row.cells[-1]), SMALL, *values)


def add_table(document: Docx, widths: Sequence[float], *, rows: int) -> Table:
    """An empty table with columns of these widths (mm), rows that are not divided between pages."""
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", w=57, type="dxa"))  # 1 mm
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for _ in range(rows):
        add_row(table)
    return table


def add_row(table: Table) -> _Row:
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
    return row


def fill_cell(cell: _Cell, style: str, *texts: str, align: ALIGN | None = None, keep: bool = False) -> _Cell:
    """A paragraph of this style for each text; with ``keep`` the row stays with the next."""
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for position, text in enumerate(texts):
        paragraph = cell.add_paragraph() if position else cell.paragraphs[0]
        paragraph.style, paragraph.alignment = style, align
        paragraph.paragraph_format.keep_with_next = keep or None
        write(paragraph, text)
    return cell


def fill_row(row: _Row, text: str, *, align: ALIGN | None = None) -> _Cell:
    return fill_cell(row.cells[0].merge(row.cells[-1]), "表格文字", text, align=align)
