"""The .docx files: their tags are the fields and the fields their tags; layout of GB/T 9704 (§6)."""

import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
from docx import Document
from docx.oxml.ns import qn
from pydantic import BaseModel

from templates import fields_of, form, render
from templates.catalogue import template_of
from tests.templates.reading import all_fields, facts, pages, tags, used

# No punctuation: nothing may stretch a line.
HANZI = "消防救援机构依法对火灾现场进行勘验并提取痕迹物品制作笔录"
assert len(HANZI) == 28


def test_tags_are_fields_and_fields_are_tags(form_id):
    model, found = fields_of(form_id), set()
    used(tags(form_id), [model], {"loop": None}, found)
    # What chooses the wording appears once as `cause.kind == …`, whichever part it came from.
    assert found == all_fields(model)


def test_fields_speak_chinese(form_id):
    for model, name in all_fields(fields_of(form_id)):
        title = model.model_fields[name].title
        assert title, (model, name)
        assert re.search(r"[\u4e00-\u9fff]", title)
    assert issubclass(fields_of(form_id), BaseModel)
    assert fields_of(form_id).wording.confidence == form(form_id).confidence
    assert fields_of(form_id).model_json_schema()["properties"]["agency"]["title"] == "机构名称"


def test_no_binary_fraction_is_asked(form_id):
    for model, name in all_fields(fields_of(form_id)):
        annotation = model.model_fields[name].annotation
        assert float not in {annotation, *get_args(annotation)}


def test_page(form_id, sample):
    section = Document(BytesIO(render(form_id, sample(form_id)).content)).sections[0]
    sides = [round(getattr(section, f"{side}_margin").mm) for side in ("top", "right", "bottom", "left")]
    paper = (round(section.page_width.mm), round(section.page_height.mm))
    if form_id in {"D13", "D61"}:
        assert (paper, sides) == ((297, 210), [28, 37, 26, 35])
    else:
        assert (paper, sides) == ((210, 297), [37, 26, 35, 28])
    assert section._sectPr.find(qn("w:docGrid")) is None


def test_fonts(form_id, sample):
    document = Document(BytesIO(render(form_id, sample(form_id)).content))
    normal = document.styles["Normal"].element
    fonts = normal.rPr.find(qn("w:rFonts"))
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia")} == {"仿宋_GB2312"}
    assert normal.rPr.find(qn("w:sz")).get(qn("w:val")) == "32"
    assert normal.rPr.find(qn("w:spacing")).get(qn("w:val")) == "-5"
    assert normal.pPr.find(qn("w:spacing")).get(qn("w:line")) == "579"  # 28.95 pt
    assert normal.pPr.find(qn("w:spacing")).get(qn("w:lineRule")) == "exact"
    title = document.styles["文书标题"].element.rPr
    assert title.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "方正小标宋简体"
    assert title.find(qn("w:sz")).get(qn("w:val")) == "44"
    runs = list(document.element.body.iter(qn("w:r")))
    assert runs
    for run in runs:
        style = run.getparent().pPr.pStyle.val
        fonts = (document.styles.element.get_by_id(style) if run.rPr is None else run).rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) in {"仿宋_GB2312", "黑体", "方正小标宋简体"}, run.xml
        assert not [name for name in fonts.attrib if "heme" in name]


def test_page_number(form_id):
    with zipfile.ZipFile(BytesIO(template_of(form_id))) as package:
        footers = [package.read(name).decode() for name in package.namelist() if "footer" in name]
    assert len(footers) == 2  # odd right, even left
    for footer in footers:
        assert "— " in footer
        assert ">PAGE<" in footer
        assert 'w:eastAsia="宋体"' in footer
        assert '<w:sz w:val="28"/>' in footer


def test_list_rows_stay_whole(sample):
    table = Document(BytesIO(render("D13", sample("D13")).content)).tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert table.rows[-1].cells[0].text == "（以下空白）"
    assert len(table.rows) == 7


def test_tags_are_visible_to_a_clerk(form_id):
    text = "\n".join(each.text for each in Document(BytesIO(template_of(form_id))).paragraphs)
    assert "{{ agency }}" in text


def test_twenty_two_lines_of_twenty_eight_characters(sample, to_pdf):
    fields = sample("D31") | {"course": HANZI * 50 + "。"}
    pdf = to_pdf(render("D31", fields).content, "long")
    assert re.search(r"595\.\d+ x 841\.\d+ pts \(A4\)", facts(pdf))
    second, third = list(pages(pdf))[1:3]
    assert [len(line) for line in second] == [28] * 22
    assert len(third[0]) == 28


def test_each_form_on_paper(form_id, sample, to_pdf):
    pdf = to_pdf(render(form_id, sample(form_id)).content, form_id)
    assert "(A4)" in facts(pdf)
    printed = "".join("".join(page) for page in pages(pdf)).replace(" ", "")
    assert form(form_id).name_zh in printed
    fonts = subprocess.run(["pdffonts", pdf], check=True, capture_output=True, text=True).stdout
    assert "CJK" in fonts or "Fandol" in fonts or "FangSong" in fonts
    assert "WenQuanYi" not in fonts


def test_signature_lines_keep_together(sample, to_pdf):
    """The seal never stands on a page alone: the last paragraph of the text comes with it."""
    for length in range(1, 12, 2):
        fields = sample("D31") | {"course": HANZI * length + "。", "archive_copy": False}
        for page in pages(to_pdf(render("D31", fields).content, f"seal{length}")):
            joined = "".join(page)
            if "（机构印章）" in joined:
                assert "复核以一次为限。" in joined
                assert "2026年12月21日" in joined.replace(" ", "")


def test_the_seal_of_a_referral_never_stands_alone(sample, to_pdf):
    one = sample("D48")["attachments"][0]
    for count in (1, 2, 4, 9, 30):
        fields = sample("D48") | {"attachments": [one] * count}
        for page in pages(to_pdf(render("D48", fields).content, f"referral{count}")):
            joined = "".join(page)
            if "（机构印章）" in joined:
                assert f"{count}. 涉嫌犯罪案件情况的调查报告" in joined
                assert "2026年12月24日" in joined.replace(" ", "")


def test_a_short_list_stays_on_one_page(sample, to_pdf):
    fields = sample("D13") | {"items": sample("D13")["items"][:4]}
    assert len(list(pages(to_pdf(render("D13", fields).content, "short")))) == 1


def test_draft_refuses_to_overwrite(tmp_path):
    tool = Path(__file__).parents[2] / "tools" / "draft_forms.py"
    command = [sys.executable, tool, "D31", "--into", tmp_path]
    assert subprocess.run(command, check=False).returncode == 0
    drafted = (tmp_path / "D31.docx").read_bytes()
    (tmp_path / "D31.docx").write_bytes(b"a clerk's work")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    assert (tmp_path / "D31.docx").read_bytes() == b"a clerk's work"
    assert subprocess.run([*command, "--force"], check=False).returncode == 0
    assert len((tmp_path / "D31.docx").read_bytes()) == pytest.approx(len(drafted), abs=50)
