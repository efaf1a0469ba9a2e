"""保管链情况说明: what is recorded and what is wrong with it, said plainly, however long the chains are."""

import copy
from io import BytesIO

import pytest
from docx import Document

import templates
from templates import CustodyStatement, FieldInvalid, FieldMissing, render_statement
from templates.custody_statement import NAME, TITLE
from tests.templates.reading import all_fields, facts, pages, tags, used, words
from tests.templates.test_rendering import GOLDEN, INJECTIONS, places, without


@pytest.fixture
def fields(sample):
    return sample(NAME)


def test_tags_are_fields_and_fields_are_tags():
    found = set()
    used(tags(NAME), [CustodyStatement], {"loop": None}, found)
    assert found == all_fields(CustodyStatement)


def test_it_is_no_form_of_the_catalogue(fields):
    assert NAME not in {each.id for each in templates.catalogue()}
    for ask in (templates.form, templates.fields_of, lambda name: templates.render(name, fields)):
        with pytest.raises(templates.FormUnknown):
            ask(NAME)
    assert CustodyStatement.wording.confidence == "L"


def one(fields):
    return fields | {"exhibits": [fields["exhibits"][1]]}


def unrecorded(fields):
    """An exhibit of which nothing is recorded but what it is."""
    lost = {"what": "没有保管事件记录", "clause": "《公安机关办理行政案件程序规定》第一百八十九条"}
    bare = {"number": "4105022026O0001-0099", "name": "无记录的物品", "kind": "痕迹物品", "defects": [lost]}
    return fields | {"exhibits": [bare]}


@pytest.mark.parametrize("variant", [dict, one, unrecorded])
def test_golden_text(variant, fields):
    name = NAME if variant is dict else f"{NAME}-{variant.__name__}"
    assert render_statement(variant(fields)).text + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_the_paper_bears_the_title_and_no_clock(fields):
    first, second = render_statement(fields), render_statement(CustodyStatement.model_validate(fields))
    assert first == second
    core = Document(BytesIO(first.content)).core_properties
    assert core.title == TITLE
    assert not any((core.author, core.last_modified_by, core.comments, core.created, core.modified))


def test_each_missing_field_is_named(fields):
    for path in places(fields, CustodyStatement):
        with pytest.raises(FieldMissing) as refused:
            render_statement(without(fields, path))
        assert refused.value.form == NAME
        assert refused.value.field == ".".join(map(str, path))
        assert not refused.value.label.isascii()
        assert str(refused.value).isascii()


@pytest.mark.parametrize(
    ("path", "value", "label", "reason"),
    [
        (["exhibits", 0, "events", 1, "sha256"], "a" * 15, "证据第1项“保管事件”第2项“事件校验值”", "前16位"),
        (
            ["exhibits", 0, "events", 1, "recorded_at"],
            "2026-11-25T20:16:00",
            "证据第1项“保管事件”第2项“记录时间”",
            "时区",
        ),
        (["exhibits", 0, "events", 0, "number"], 0, "证据第1项“保管事件”第1项“序号”", "不能小于1"),
        (["exhibits", 1, "sha256"], "A" * 64, "证据第2项“SHA-256校验值”", "64位十六进制"),
        (["exhibits", 0, "defects", 0, "colour"], "red", "证据第1项“缺陷”第1项“colour”", "没有这一项"),
        (["checks"], [" "], "核对的内容第1项", ""),
    ],
)
def test_invalid_fields(path, value, label, reason, fields):
    with pytest.raises((FieldInvalid, FieldMissing)) as refused:
        render_statement(without(fields, path, blank=value))
    assert refused.value.label == label
    assert reason in getattr(refused.value, "reason", "")


def test_an_exhibit_without_events_is_never_without_defects(fields):
    del fields["exhibits"][1]["events"]
    with pytest.raises(FieldInvalid) as refused:
        render_statement(fields)
    assert (refused.value.field, refused.value.reason) == ("exhibits.1", "没有保管事件记录的证据，须列为缺陷")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, "／"),
        (None, "FT-2", "→ FT-2"),
        ("FT-1", None, "FT-1"),
        ("FT-1", "FT-1", "FT-1"),
        ("FT-1", "FT-2", "FT-1 → FT-2"),
    ],
)
def test_a_seal_that_stays_is_written_once(before, after, expected, fields):
    fields["exhibits"][0]["events"][0] |= {"seal_before": before, "seal_after": after}
    table = Document(BytesIO(render_statement(fields).content)).tables[2]
    assert table.rows[1].cells[6].text == expected


def test_defects_are_counted_and_none_is_left_out(fields):
    text = render_statement(fields).text
    assert "证据2件的保管链，其中1件发现缺陷，1件未发现缺陷" in text
    assert "4105022026O0001-0002的缺陷2项：" in text
    assert "4105022026O0001-0031未发现缺陷。" in text
    for defect in fields["exhibits"][0]["defects"]:
        assert defect["what"] in text
        assert defect["clause"] in text
        assert defect.get("remark", "未作说明") in text


@pytest.mark.parametrize("text", [*INJECTIONS, "<w:p/>", "]]>", "&lt;", "𠮷🔥"])
def test_hostile_text_stays_what_it_is(text, fields):
    exhibit = fields["exhibits"][0]
    fields["made_by"] = exhibit["name"] = exhibit["events"][2]["giver"] = exhibit["defects"][0]["what"] = f"甲{text}乙"
    exhibit["events"][2]["remark"] = exhibit["defects"][1]["remark"] = f"一{text}\n二{text}"
    rendered = render_statement(fields).text
    assert rendered.count(f"甲{text}乙") == 6  # the maker and the name stand twice
    assert rendered.count(f"一{text}\n二{text}") == 2


def many(fields, exhibits, events):
    made = []
    for at in range(exhibits):
        each = copy.deepcopy(fields["exhibits"][at % 2]) | {"number": f"4105022026O0001-{at + 1:04}"}
        chain = each["events"]
        each["events"] = [
            chain[step % len(chain)] | {"number": step + 1, "sha256": f"{at:08x}{step:08x}"} for step in range(events)
        ]
        made.append(each)
    return fields | {"exhibits": made}


def test_long_chains_are_stated_in_full(fields):
    rendered = render_statement(many(fields, 40, 25))
    for at in range(40):
        for step in range(25):
            assert f"{at:08x}{step:08x}" in rendered.text
    overview, *others = Document(BytesIO(rendered.content)).tables
    assert len(overview.rows) == 41
    assert len(others) == 40 * 2 + 20  # facts and events of each, defects of every second


def test_on_paper(fields, to_pdf):
    fields["exhibits"][0]["name"] = "长" * 300
    fields["exhibits"][0]["events"][0]["place"] = "x" * 300
    pdf = to_pdf(render_statement(many(fields, 6, 20)).content, NAME)
    assert "(A4)" in facts(pdf)
    found = list(pages(pdf))
    for page in found:
        assert page[0].startswith(TITLE)
        assert page[0].endswith("4105022026O0001")
    last = "".join(found[-1]).replace(" ", "")
    assert "不能证明的事项" in last
    assert "制作人李监（签名）" in last
    printed = list(words(pdf))
    assert any(fields["exhibits"][1]["sha256"] in word for *_, word in printed)
    for width, left, right, word in printed:
        assert 60 < left <= right < width - 60, word
