"""D17, D18, D22 and D61: what they insist on, hostile text in every field, and how long lists look on paper."""

import copy
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from templates import FieldInvalid, form, number, render
from templates.rendering import text_of
from tests.templates.reading import facts, pages, words
from tests.templates.test_rendering import INJECTIONS

CUSTODY = ("D17", "D18", "D22", "D61")
# What is not free text: numbers, digests, times, and what chooses.
TYPED = {
    "number",
    "sha256",
    "sm3",
    "kind",
    "started_at",
    "ended_at",
    "handed_over_at",
    "return_by",
    "due_on",
    "issued_on",
}
NO_WITNESS = {"kind": "none", "reason": "现场无符合条件的人员"}
MILLIMETRE = 72 / 25.4


def texts(value, key=""):
    """Every free text below a value, as (holder, key)."""
    if isinstance(value, dict):
        for name, below in value.items():
            if isinstance(below, str):
                if name not in TYPED or (key in {"items", "samples"} and name == "number"):
                    yield value, name
            else:
                yield from texts(below, name)
    elif isinstance(value, list):
        for position, below in enumerate(value):
            if isinstance(below, str):
                yield value, position
            else:
                yield from texts(below, key)


@pytest.mark.parametrize("form_id", CUSTODY)
@pytest.mark.parametrize("text", [*INJECTIONS, "<w:p/>", "]]>", "&lt;", "a & b < c", "喆堃赟㡣𠮷镕", "🔥"])
def test_hostile_text_in_every_field_stays_what_it_is(form_id, text, sample):
    fields = sample(form_id)
    marked = []
    for holder, key in list(texts(fields)):
        first = holder[key].split("\n")[0]
        holder[key] = f"{len(marked)}甲{text}乙{first}"
        marked.append(holder[key])
    rendered = render(form_id, fields)
    assert len(marked) > 15
    for value in marked:
        assert value in rendered.text
    assert text_of(rendered.content) == rendered.text
    assert "49" not in rendered.text.replace(text, "").replace("49乙", "").replace("49甲", "").replace("FT", "")


# ── what they insist on ──
def test_an_extraction_without_a_witness_is_filmed(sample):
    for form_id, what in (("D17", "提取活动"), ("D18", "封存活动")):
        render(form_id, sample(form_id) | {"witness": NO_WITNESS})
        with pytest.raises(FieldInvalid) as refused:
            render(form_id, sample(form_id) | {"witness": NO_WITNESS, "video_file": None})
        assert what in refused.value.reason
        assert "录像" in refused.value.reason


@pytest.mark.parametrize("form_id", ["D17", "D18"])
def test_nothing_ends_before_it_begins(form_id, sample):
    with pytest.raises(FieldInvalid) as refused:
        render(form_id, sample(form_id) | {"ended_at": "2026-11-25T01:00:00+08:00"})
    assert refused.value.reason == "结束时间不能早于开始时间"


def test_a_moment_may_begin_and_end_an_act(sample):
    at = sample("D17")["started_at"]
    assert (
        "开始时间：2026年11月25日14时10分\n结束时间：2026年11月25日14时10分"
        in render("D17", sample("D17") | {"ended_at": at}).text
    )


def test_both_digests_of_a_file_or_none(sample):
    for one in ("sha256", "sm3"):
        fields = sample("D61")
        del fields["items"][2][one]
        with pytest.raises(FieldInvalid) as refused:
            render("D61", fields)
        assert (refused.value.field, refused.value.label) == ("items.2", "交接的证据（案卷）第3项")
        assert "同时填写" in refused.value.reason


def test_one_side_of_a_handover_is_ours(sample):
    lab, ours = sample("D61")["receiver"], sample("D61")["giver"]
    render("D61", sample("D61") | {"giver": lab, "receiver": ours})  # received back from the laboratory
    with pytest.raises(FieldInvalid) as refused:
        render("D61", sample("D61") | {"giver": lab, "receiver": lab})
    assert "至少一方" in refused.value.reason


def test_an_outsider_is_named_by_person_or_organisation(sample):
    for known in ({"name": "赵建喆"}, {"unit": "文峰公安分局"}):
        render("D61", sample("D61") | {"receiver": {"kind": "outside", **known}})
    with pytest.raises(FieldInvalid) as refused:
        render("D61", sample("D61") | {"receiver": {"kind": "outside", "document": "身份证"}})
    assert refused.value.label == "接收人"


def test_what_is_not_known_of_a_receiver_is_left_for_a_pen(sample):
    document = Document(
        BytesIO(render("D61", sample("D61") | {"receiver": {"kind": "outside", "unit": "中心"}}).content)
    )
    line = next(each for each in document.paragraphs if each.text.startswith("接收人：\u3000"))
    blanks = [run for run in line.runs if run.text and not run.text.strip("\u3000")]
    assert len(blanks) == 2
    assert all(run.underline for run in blanks)


def test_the_register_gives_numbers_that_the_forms_take(sample):
    for form_id in ("D22", "D61"):
        given = number(form(form_id), org="安文", year=2026, serial=12)
        assert given in render(form_id, sample(form_id) | {"number": given}).text


# ── on paper ──
def handover(sample, count):
    """A handover of so many items, each third with digests."""
    fields = sample("D61")
    three = fields["items"]
    fields["items"] = [copy.deepcopy(three[at % 3]) | {"number": f"4105022026O0001-{at + 1:04}"} for at in range(count)]
    return fields


@pytest.mark.parametrize(("count", "most"), [(1, 1), (3, 1), (20, 3), (300, 30)])
def test_a_handover_of_any_length_has_its_head_on_each_page(count, most, sample, to_pdf):
    pdf = to_pdf(render("D61", handover(sample, count)).content, f"handover{count}")
    found = list(pages(pdf))
    assert len(found) <= most
    for page in found:
        assert "JJ-2026-0001" in page[0]
        assert any("交接前状态" in line and "封条号" in line for line in page)
    printed = "\n".join(line for page in found for line in page)
    for at in range(count):
        assert f"4105022026O0001-{at + 1:04}" in printed
    assert "（以下空白）" in "".join(found[-1]).replace(" ", "")
    assert "接收人（签名）" in "".join(found[-1])


@pytest.mark.parametrize(("form_id", "rows"), [("D61", "items"), ("D17", "items")])
def test_digests_are_printed_whole_on_one_line(form_id, rows, sample, to_pdf):
    fields = sample(form_id)
    printed = [word for *_, word in words(to_pdf(render(form_id, fields).content, f"digests{form_id}"))]
    for item in fields[rows]:
        for name in ("sha256", "sm3"):
            assert name not in item or any(item[name] in word for word in printed)


def test_a_row_of_digests_says_whose_they_are(sample):
    table = Document(BytesIO(render("D61", sample("D61")).content)).tables[0]
    row = [cell.text for cell in table.rows[4].cells]
    assert row[:2] == ["3", "校验值"]
    assert row[2].split("\n")[0] == f"SHA-256：{sample('D61')['items'][2]['sha256']}"
    assert [each.cells[0].text for each in table.rows] == ["序号", "1", "2", "3", "3", "（以下空白）"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(each._tr.trPr.find(qn("w:cantSplit")) is not None for each in table.rows)


@pytest.mark.parametrize("form_id", CUSTODY)
def test_long_values_stay_on_the_paper(form_id, sample, to_pdf):
    fields = sample(form_id)
    for holder, key in list(texts(fields)):
        unbroken = "x" * 120 if key in {"path", "name", "serial"} else "长" * 120
        holder[key] = (unbroken + str(holder[key]).replace("\n", ""))[:290]
    for width, left, right, word in words(to_pdf(render(form_id, fields).content, f"long{form_id}")):
        assert 20 * MILLIMETRE <= left <= right <= width - 20 * MILLIMETRE, word


@pytest.mark.parametrize("form_id", ["D17", "D18"])
def test_a_record_is_upright_and_its_list_broad(form_id, sample, to_pdf):
    content = render(form_id, sample(form_id)).content
    record, listed = Document(BytesIO(content)).sections
    assert (round(record.page_width.mm), round(listed.page_width.mm)) == (210, 297)
    pdf = to_pdf(content, f"sections{form_id}")
    assert "(A4)" in facts(pdf)
    found = ["".join(page).replace(" ", "") for page in pages(pdf)]
    signed = [page for page in found if "见证人陈志国（签名）" in page]
    assert len(signed) == 2  # the record and the list are signed each
    assert "》。" in signed[0]  # no page with signatures alone: the last sentence comes with them
    assert "（以下空白）" in signed[1]


def test_the_receipt_of_a_commission_is_not_divided(sample, to_pdf):
    sample_one = sample("D22")["samples"][0]
    for count in (1, 12):
        fields = sample("D22") | {"samples": [sample_one] * count}
        for page in pages(to_pdf(render("D22", fields).content, f"commission{count}")):
            joined = "".join(page).replace(" ", "")
            assert ("受委托机构收件回执" in joined) == ("收件人（签名）" in joined)
            if "（机构印章）" in joined:
                assert "联系人：王赟" in joined
                assert "2026年11月27日" in joined
