"""What is printed, what is refused, and that nothing is lost on the way."""

import copy
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import get_args
from unicodedata import category

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from templates import FieldInvalid, FieldMissing, RenderIncomplete, TemplateBroken, fields_of, form, render
from templates.fields import parts
from templates.rendering import fill, text_of
from templates.validation import validated
from templates.values import numeral, printed

GOLDEN = Path(__file__).parent / "golden"


def variants(sample):
    """Every wording a form can take, by name."""
    yield "D13", "D13", sample("D13")
    yield (
        "D13-refused",
        "D13",
        sample("D13") | {"attestation": {"kind": "none", "reason": "当事人到场但拒绝签名。"}},
    )
    yield "D13-party", "D13", sample("D13") | {"attestation": {"kind": "party", "name": "赵建喆"}}
    yield "D31", "D31", sample("D31")
    unknown = {
        "kind": "not_found",
        "started_at": "2026-11-24T14:00:00+08:00",
        "area": "2号仓库东北部货架区",
        "excluded": ["雷击", "放火", "自燃"],
        "not_excluded": ["电气线路故障", "遗留火种"],
    }
    yield "D31-unknown", "D31", sample("D31") | {"cause": unknown, "archive_copy": False}
    one = {"deaths": 0, "injuries": 0, "parties": ["王师傅"], "archive_copy": False}
    yield "D31-one", "D31", sample("D31") | one
    yield "D48", "D48", sample("D48")
    for form_id in ("D17", "D18", "D22", "D61"):
        yield form_id, form_id, sample(form_id)
    unsigned = {
        "holder": {"kind": "none", "reason": "持有人拒绝签名。"},
        "witness": {"kind": "none", "reason": "深夜现场无符合条件的人员。"},
    }
    account = {"name": "云盘账号", "account": "138****0000"}
    yield "D17-unsigned", "D17", sample("D17") | unsigned | {"source": account, "original_kept": None}
    yield "D18-unsigned", "D18", sample("D18") | unsigned
    yield "D22-bare", "D22", sample("D22") | {"attachments": []}
    by_hand = {"receiver": {"kind": "outside", "unit": "火灾物证鉴定中心"}}
    unknown = dict.fromkeys(("handed_over_at", "return_by", "witness"))
    yield "D61-by-hand", "D61", sample("D61") | by_hand | unknown


def test_golden_text(sample):
    for name, form_id, fields in variants(sample):
        golden = (GOLDEN / f"{name}.txt").read_text("utf-8")
        assert render(form_id, fields).text + "\n" == golden, name


def places(fields, model, path=()):
    """Every required place in the sample, as a path."""
    for key, value in fields.items():
        field = model.model_fields[key]
        if field.is_required():
            yield (*path, key)
        below, here = (value[0], (*path, key, 0)) if isinstance(value, list) else (value, (*path, key))
        if isinstance(below, dict):
            yield from places(below, member(field, below), here)


def member(field, value):
    """The model of this value: the only one, or that of the union which its kind chooses."""
    found = list(parts(field.annotation))
    return (
        found[0]
        if len(found) == 1
        else next(each for each in found if value["kind"] in get_args(each.model_fields["kind"].annotation))
    )


def without(fields, path, blank=None):
    changed = copy.deepcopy(fields)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    if blank is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = blank
    return changed


def test_each_missing_field_is_named(form_id, sample):
    fields = sample(form_id)
    required = list(places(fields, fields_of(form_id)))
    assert len(required) > 10
    for path in required:
        with pytest.raises(FieldMissing) as refused:
            render(form_id, without(fields, path))
        assert refused.value.form == form_id
        assert refused.value.field == ".".join(map(str, path))
        assert not refused.value.label.isascii()
        assert str(refused.value).isascii()


def test_blank_text_is_missing(form_id, sample):
    for blank in (" \u3000 ", "", "\u200b", None):
        with pytest.raises(FieldMissing) as refused:
            render(form_id, sample(form_id) | {"agency": blank})
        assert (refused.value.field, refused.value.label) == ("agency", "机构名称")


@pytest.mark.parametrize(
    ("form_id", "path", "value", "label", "reason"),
    [
        ("D31", ["number"], "安文消火认字[2026]1号", "文号", "文号应如"),
        ("D31", ["deaths"], -1, "死亡人数", "不能小于0"),
        ("D31", ["deaths"], True, "死亡人数", "浮点数"),
        ("D31", ["direct_loss"], 179000.0, "直接财产损失", "浮点数"),
        ("D31", ["direct_loss"], "1.005", "直接财产损失", "小数最多2位"),
        ("D31", ["direct_loss"], "NaN", "直接财产损失", "应填写数字"),
        ("D31", ["occurred_at"], "2026-11-24T14:05:00", "火灾发生时间", "时区"),
        ("D31", ["occurred_at"], "0001-01-01T00:00:00+14:00", "火灾发生时间", "1900年至2100年"),
        ("D31", ["occurred_at"], "9999-12-31T23:59:59-12:00", "火灾发生时间", "1900年至2100年"),
        ("D31", ["cause", "started_at"], "1899-12-31T23:59:59+08:00", "起火原因认定“起火时间”", "1900年至2100年"),
        ("D13", ["extracted_at"], "2101-01-01T00:00:00+08:00", "提取时间", "1900年至2100年"),
        ("D48", ["issued_on"], "9999-12-31", "成文日期", "1900年至2100年"),
        ("D31", ["issued_on"], "明天", "成文日期", "应填写日期"),
        ("D31", ["place"], "甲\n乙", "火灾地点", "不能换行"),
        ("D31", ["course"], "甲\x07乙", "火灾经过及烧损情况", "控制字符"),
        ("D31", ["course"], "甲\ud800乙", "火灾经过及烧损情况", "残缺的编码"),
        ("D31", ["course"], "甲\uffff乙", "火灾经过及烧损情况", "控制字符"),
        ("D31", ["place"], "甲\u202e乙", "火灾地点", "文字方向"),
        ("D31", ["place"], "甲\u2028乙", "火灾地点", "控制字符"),
        ("D31", ["place"], "长" * 301, "火灾地点", "最多填写300个字"),
        ("D31", ["cause", "kind"], "perhaps", "起火原因认定“认定结论”", "可选的类别"),
        ("D31", ["cause", "reason"], "甲\t乙", "起火原因认定“起火原因”", "控制字符"),
        ("D31", ["evidence", 1, "count"], 0, "证据第2项“数量”", "不能小于1"),
        ("D31", ["evidence", 1, "extra"], "x", "证据第2项“extra”", "没有这一项"),
        ("D13", ["extractors"], ["王赟"], "提取人", "至少填写2项"),
        ("D13", ["items", 0, "position"], "甲\x00", "提取的痕迹物品第1项“提取部位”", "控制字符"),
        ("D17", ["items", 0, "size"], -1, "提取的电子数据第1项“大小”", "不能小于0"),
        ("D17", ["items", 1, "sha256"], "AB" * 32, "提取的电子数据第2项“SHA-256校验值”", "64位十六进制"),
        ("D17", ["items", 1, "sm3"], "a" * 65, "提取的电子数据第2项“SM3校验值”", "最多填写64个字"),
        ("D17", ["officers"], ["王赟"], "提取人", "至少填写2项"),
        ("D18", ["media", 0, "seals", 0, "position"], "甲\n乙", "封存的原始存储介质第1项“封条”第1项“粘贴位置”", "换行"),
        ("D22", ["number"], "安文消鉴委字2026第1号", "文号", "文号应如"),
        ("D22", ["due_on"], "尽快", "约定的检验（鉴定）期限", "应填写日期"),
        ("D61", ["number"], "JJ-26-1", "编号", "JJ-2026-0001"),
        ("D61", ["handed_over_at"], "2026-11-28T09:40:00", "交接时间", "时区"),
        ("D61", ["receiver", "kind"], "ghost", "接收人“人员类别”", "可选的类别"),
        ("D48", ["suspects", 0, "kind"], "ghost", "涉嫌犯罪的当事人第1项“证件类别”", "可选的类别"),
    ],
)
def test_invalid_fields(form_id, path, value, label, reason, sample):
    fields = without(sample(form_id), path, blank=value)
    with pytest.raises(FieldInvalid) as refused:
        render(form_id, fields)
    assert refused.value.label == label
    assert refused.value.field == ".".join(map(str, path))
    assert reason in refused.value.reason
    assert str(refused.value).isascii()


def test_unknown_cause_needs_a_place(sample):
    cause = {
        "kind": "not_found",
        "started_at": "2026-11-24T14:00+08:00",
        "excluded": ["雷击"],
        "not_excluded": ["自燃"],
    }
    with pytest.raises(FieldInvalid) as refused:
        render("D31", sample("D31") | {"cause": cause})
    assert (refused.value.label, refused.value.reason) == ("起火原因认定", "起火部位和起火点至少填写一项")


def test_an_unchecked_model_is_checked(sample):
    checked = validated("D31", sample("D31"))
    assert render("D31", checked).content == render("D31", sample("D31")).content
    for spoilt in (checked.model_copy(update={"deaths": -1}), checked.model_copy(update={"place": "甲\x00"})):
        with pytest.raises(FieldInvalid):
            render("D31", spoilt)


def test_determination_never_states_responsibility(sample):
    schema = str(fields_of("D31").model_json_schema())
    assert "责任" not in schema
    assert "responsib" not in schema.replace("It never states responsibility", "")
    assert "责任" not in render("D31", sample("D31")).text


def test_same_input_same_bytes(form_id, sample):
    first, second = render(form_id, sample(form_id)), render(form_id, sample(form_id))
    assert first == second
    assert len(first.template_sha256) == 64


def test_nothing_of_the_maker_is_left(form_id, sample):
    content = render(form_id, sample(form_id)).content
    core = Document(BytesIO(content)).core_properties
    assert core.title == form(form_id).name_zh
    assert not any((core.author, core.last_modified_by, core.comments, core.keywords, core.created, core.modified))
    with zipfile.ZipFile(BytesIO(content)) as package:
        everything = b"".join(package.read(name) for name in package.namelist())
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}
    for trace in (b"python-docx", b"Macintosh", b"Microsoft Word", b"{{", b"{%"):
        assert trace not in everything


INJECTIONS = [
    "{{ 7*7 }}",
    "{% raw %}",
    "{_{ 7*7 }_}",
    "{_%",
    "%_}",
    "{# x #}",
    "{%p endif %}",
    "{{r x }}",
    "%}",
    "{{",
]


@pytest.mark.parametrize(
    "text",
    [*INJECTIONS, "<w:p/>", "]]>", "&lt;", "a & b < c > \"d\" 'e'", "喆堃赟㡣𠮷镕", "ＡＢＣ１", "🔥👨‍🚒"],
)
def test_difficult_text_stays_what_it_is(text, sample):
    fields = sample("D31") | {"place": f"甲{text}乙", "course": f"一{text}\r\n　　二{text}。"}
    rendered = render("D31", fields)
    assert f"甲{text}乙" in rendered.text
    assert f"一{text}\n二{text}。" in rendered.text
    assert text_of(rendered.content) == rendered.text
    assert "49" not in rendered.text.replace(text, "")


def test_lines_become_paragraphs_of_the_same_style(sample):
    rendered = render("D31", sample("D31") | {"course": "甲。\n乙。\n\n丙。"})
    paragraphs = Document(BytesIO(rendered.content)).paragraphs
    at = next(n for n, each in enumerate(paragraphs) if each.text == "乙。")
    assert {each.style.name for each in paragraphs[at - 1 : at + 2]} == {"正文首行缩进"}
    assert paragraphs[at + 1].text.startswith("丙。过火面积约")


TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
texts = st.text(
    st.one_of(
        st.sampled_from("<>&\"'{}%#_\\`$"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x20000, max_codepoint=0x2FFFD, exclude_categories=["Cn"]),
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"], exclude_characters=TURNING),
    ),
    min_size=1,
    max_size=60,
).filter(lambda text: any(category(char) not in {"Cf", "Zs"} for char in text))  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=texts, lines=st.lists(texts, min_size=1, max_size=4))
def test_any_text_survives(line, lines, sample):
    fields = sample("D13") | {"place": line}
    fields["items"] = [fields["items"][0] | {"position": "\n".join(lines), "name": line, "remark": None}]
    row = next(
        [cell.text for cell in each.cells]
        for table in Document(BytesIO(render("D13", fields).content)).tables
        for each in table.rows
        if each.cells[0].text == "1"
    )
    assert row[1] == line.strip()
    assert row[4] == "\n".join(each.strip() for each in lines)


def template(*paragraphs):
    document, saved = Document(), BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    "tag",
    [
        "{{ nobody }}", "{{ cause.nobody }}", "{{ cause.nobody.deeper }}", "{% if %}",
        "{{ place | nofilter }}",
        "{% include 'x' %}", "{{ place + 1 }}", "{{ cause.model_dump() }}", "{{ place.__class__ }}",
        "{{ cause }}",
        "{{ archive_copy }}", "{{ injuries / 2 }}", "{% for x in deaths %}{% endfor %}",
    ],
)  # fmt: skip
def test_broken_templates(tag, sample):
    with pytest.raises(TemplateBroken) as refused:
        fill("D31", template(tag), validated("D31", sample("D31")), title="火灾事故认定书")
    assert refused.value.form == "D31"
    assert refused.value.detail


def test_a_template_that_is_no_docx(sample):
    with pytest.raises(TemplateBroken):
        fill("D31", b"not a zip", validated("D31", sample("D31")), title="火灾事故认定书")


def test_a_value_left_out_is_found(sample):
    with pytest.raises(RenderIncomplete) as refused:
        fill("D31", template("{{ agency }}"), validated("D31", sample("D31")), title="火灾事故认定书")
    assert (refused.value.field, refused.value.label) == ("number", "文号")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 3, 5), "2026年3月5日"),
        (datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "2026年11月24日14时05分"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027年1月1日00时00分"),
        (Decimal("179000.00"), "179000"),
        (Decimal("1.79E+5"), "179000"),
        (Decimal("12.5"), "12.5"),
        (3, "3"),
    ],
)
def test_printed(value, expected):
    assert printed(value) == expected


def test_money_has_two_places_or_none(sample):
    assert "直接财产损失1234567.50元" in render("D31", sample("D31") | {"direct_loss": Decimal("1234567.5")}).text


@pytest.mark.parametrize(
    ("deaths", "injuries", "expected"),
    [
        (0, 0, "元，未造成人员伤亡。"),
        (2, 0, "元，造成2人死亡。"),
        (0, 3, "元，造成3人受伤。"),
        (2, 3, "元，造成2人死亡、3人受伤。"),
    ],
)
def test_nobody_is_not_counted(deaths, injuries, expected, sample):
    assert expected in render("D31", sample("D31") | {"deaths": deaths, "injuries": injuries}).text


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (51, "五十一"),
        (108, "一百零八"),
        (115, "一百一十五"),
        (300, "三百"),
    ],
)
def test_numeral(number, expected):
    assert numeral(number) == expected


def test_no_numeral_beyond():
    with pytest.raises(ValueError, match="1000"):
        numeral(1000)


@pytest.mark.parametrize("value", [None, 1.5, True, ["a"]])
def test_not_printed(value):
    with pytest.raises(TypeError):
        printed(value)
