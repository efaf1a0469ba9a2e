"""The inputs of every implemented form: none is left out, and what is shown is what is read back."""

import json
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import templates
from casesvc.pages.documents import faulty_input, sections
from casesvc.pages.environment import make_environment
from casesvc.pages.form_fields import GIVEN_BY_REGISTER, Fault, Posted, parse, widgets
from casesvc.pages.form_shapes import TAG, WidgetKind, shapes_of, title_of
from evidence.moments import BEIJING
from templates.fields import parts

SAMPLES = Path(__file__).parents[1] / "templates" / "samples"
FORMS = [form.id for form in templates.catalogue() if form.implemented]
VARIANTS = [
    ("D13", {"attestation": {"kind": "party", "name": "赵建喆"}}),
    ("D13", {"attestation": {"kind": "none", "reason": "当事人拒绝签名\n无见证人到场"}}),
    (
        "D31",
        {
            "cause": {
                "kind": "not_found",
                "started_at": "2026-11-24T14:00:00+08:00",
                "area": "2号仓库",
                "excluded": ["雷击", "自燃"],
                "not_excluded": ["电气故障"],
            },
            "archive_copy": False,
        },
    ),
]
forms = pytest.mark.parametrize("form_id", FORMS)
often = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
PAGE = make_environment().from_string(
    '{% from "fields.html" import show %}{% for widget in inputs %}{{ show(widget) }}{% endfor %}'
)


def sample(form_id, **changes):
    return {**json.loads((SAMPLES / f"{form_id}.json").read_text("utf-8")), **changes}


class Browser(HTMLParser):
    """What a browser would send of a page: `sent`, names and values; `inputs`, the attributes of each by its name."""

    def __init__(self, html):
        super().__init__()
        self.sent, self.inputs, self.ids = {}, {}, []
        self.template, self.area, self.select = 0, None, None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "template":
            self.template += 1
        if self.template:
            return
        if "id" in found:
            self.ids.append(found["id"])
        if "name" in found and tag in {"input", "select", "textarea"}:
            name = found["name"]
            self.inputs[name] = found
            if tag == "textarea":
                self.area, self.sent[name] = name, ""
            elif tag == "select":
                self.select, self.sent[name] = name, ""
            elif found.get("type") not in {"radio", "checkbox"} or "checked" in found:
                self.sent[name] = found.get("value", "")
        if tag == "option" and "selected" in found:
            self.sent[self.select] = found["value"]

    def handle_endtag(self, tag):
        if tag == "template":
            self.template -= 1
        if tag == "textarea" and self.area:
            self.sent[self.area] = self.sent[self.area].replace("\r\n", "\n").removeprefix("\n").replace("\n", "\r\n")
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.sent[self.area] += data


def shown(form_id, posted, **more):
    return Browser(PAGE.render(inputs=widgets(form_id, posted, **more)))


def typed(form_id, values):
    """The typed fields of values, whoever gave them: absent and null are the same, the number is the register's."""
    fields = {key: value for key, value in values.items() if value is not None}
    if GIVEN_BY_REGISTER in templates.fields_of(form_id).model_fields:
        number = templates.number(templates.form(form_id), org="安", year=2000, serial=1)
        fields[GIVEN_BY_REGISTER] = number
    return templates.validated(form_id, fields)


# ── nothing is left out ──
def paths_of(model, path=""):
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        yield here
        for part in parts(field.annotation):
            yield from paths_of(part, f"{here}.*" if "tuple" in str(field.annotation) else here)


def paths_shown(inputs):
    for widget in inputs:
        yield widget.path
        if widget.kind is WidgetKind.UNION:
            yield f"{widget.path}.{TAG}"
        for option in widget.options:
            yield from paths_shown(option.children)
        if widget.blank is not None:
            yield from paths_shown([widget.blank])
        yield from paths_shown(widget.children if widget.kind is WidgetKind.GROUP else ())


@forms
def test_every_field_of_a_form_has_an_input(form_id):
    inputs = widgets(form_id, Posted({}))
    marks = {"__0__", "__1__", "__2__"}
    found = {".".join("*" if step in marks else step for step in path.split(".")) for path in paths_shown(inputs)}
    assert set(paths_of(templates.fields_of(form_id))) - found == {GIVEN_BY_REGISTER} & set(
        templates.fields_of(form_id).model_fields
    )


def models_of(model):
    yield model
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            yield from models_of(part)


@forms
def test_every_input_and_every_choice_has_a_chinese_name(form_id):
    for model in models_of(templates.fields_of(form_id)):
        for shape in shapes_of(model).values():
            assert shape.label
            assert not shape.label.isascii()
            assert all(words and not words.isascii() for _, words in shape.choices)
            assert all(not title_of(member, tag).isascii() for tag, member in (shape.variants or {}).items())


def test_a_field_that_no_input_fits_is_refused():
    class Odd(BaseModel):
        odd: dict[str, str]

    with pytest.raises(TypeError):
        shapes_of(Odd)


# ── what is shown is read back ──
@forms
def test_an_empty_form_reads_back_as_empty_and_is_refused_by_name(form_id):
    sent = shown(form_id, Posted({})).sent
    posted = parse(form_id, sent)
    assert not posted.aside
    with pytest.raises(templates.FieldMissing):
        typed(form_id, posted.fields)


@pytest.mark.parametrize(("form_id", "changes"), [*((form_id, {}) for form_id in FORMS), *VARIANTS])
def test_a_sample_survives_the_page(form_id, changes):
    values = sample(form_id, **changes)
    posted = parse(form_id, shown(form_id, Posted(values)).sent)
    assert typed(form_id, posted.fields) == typed(form_id, values)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20).filter(str.strip)
VALUES = {
    WidgetKind.TEXT: TEXTS,
    WidgetKind.PARAGRAPHS: st.lists(TEXTS, min_size=1, max_size=3).map("\r\n".join),
    # no summer time in China since 1992: before, an hour of the year stands for two moments
    WidgetKind.MOMENT: st.datetimes(datetime.fromisoformat("1992-01-01"), timezones=st.just(BEIJING)).map(
        lambda at: at.replace(microsecond=0).isoformat()
    ),
    WidgetKind.DATE: st.dates().map(str),
    WidgetKind.INTEGER: st.integers(0, 10**12),
    WidgetKind.DECIMAL: st.decimals(0, 10**9, places=2).map(str),
    WidgetKind.BOOLEAN: st.booleans(),
}


def values_of(shape):
    match shape.kind:
        case WidgetKind.CHOICE:
            found = st.sampled_from([slug for slug, _ in shape.choices])
        case WidgetKind.GROUP:
            found = fields_of(shape.model)
        case WidgetKind.UNION:
            found = st.one_of(
                fields_of(member).map(lambda values, tag=tag: {TAG: tag, **values})
                for tag, member in shape.variants.items()
            )
        case WidgetKind.ROWS | WidgetKind.LINES:
            found = st.lists(values_of(shape.item), min_size=1, max_size=3)
        case _:
            found = VALUES[shape.kind]
    return st.none() | found if shape.nullable else found


def fields_of(model):
    shapes = {key: shape for key, shape in shapes_of(model).items() if key != GIVEN_BY_REGISTER}
    return st.fixed_dictionaries({key: values_of(shape) for key, shape in shapes.items()})


@forms
@often
@given(data=st.data())
def test_any_values_survive_the_page(form_id, data):
    values = data.draw(fields_of(templates.fields_of(form_id)))
    assert parse(form_id, shown(form_id, Posted(values)).sent).fields == values


KEYS = st.lists(
    st.sampled_from(["items", "cause", "found", "kind", "evidence", "0", "7", "999999", "name", "extractors", "", "x"]),
    max_size=5,
).map(".".join)


@forms
@often
@given(posted=st.dictionaries(KEYS, st.text(max_size=8) | st.lists(st.text(max_size=3), min_size=2, max_size=3)))
def test_whatever_is_posted_is_read_shown_again_and_refused_by_name(form_id, posted):
    read = parse(form_id, posted)
    again = parse(form_id, shown(form_id, read).sent)
    assert again.fields == read.fields
    with pytest.raises((templates.FieldMissing, templates.FieldInvalid)):
        typed(form_id, read.fields)


# ── rows, unions, times, digits ──
def test_rows_may_have_gaps_and_blank_rows_are_dropped():
    posted = {
        "items.9.name": "乙",
        "items.2.name": "甲",
        "items.4.name": "  ",
        "extractors.1": "刘镕",
        "extractors.0": "",
    }
    fields = parse("D13", posted).fields
    assert [row["name"] for row in fields["items"]] == ["甲", "乙"]
    assert fields["extractors"] == ["刘镕"]


def test_what_was_typed_in_the_other_member_is_kept_but_not_issued():
    posted = parse("D31", {"cause.kind": "found", "cause.found.area": "东侧", "cause.not_found.excluded.0": "雷击"})
    assert posted.fields["cause"] == {"kind": "found", "area": "东侧"}
    assert shown("D31", posted).sent["cause.not_found.excluded.0"] == "雷击"


def test_members_share_only_what_bears_the_same_name():
    sent = shown("D13", Posted({"attestation": {"kind": "witness", "name": "陈志国"}})).sent
    assert sent["attestation.party.name"] == ""
    values = sample("D31")
    assert shown("D31", Posted(values)).sent["cause.not_found.started_at"] == "2026-11-24T14:00"


def test_moments_are_shown_and_meant_in_beijing_time():
    assert shown("D31", Posted({"occurred_at": "2026-11-24T06:05:00Z"})).sent["occurred_at"] == "2026-11-24T14:05"
    assert parse("D31", {"occurred_at": "2026-11-24T14:05"}).fields["occurred_at"] == "2026-11-24T14:05:00+08:00"
    assert parse("D31", {"occurred_at": "昨天"}).fields["occurred_at"] == "昨天"


def test_full_width_digits_are_digits():
    fields = parse("D31", {"deaths": " ２ ", "direct_loss": "１７９０００．５"}).fields
    assert (fields["deaths"], fields["direct_loss"]) == (2, "179000.5")


# ── what is marked ──
@pytest.mark.parametrize(
    ("form_id", "changes", "marked"),
    [
        ("D13", {"items": [{"name": "甲"}]}, "f-items-0-quantity"),
        ("D13", {"extractors": ["王赟"]}, "f-extractors"),
        ("D13", {"attestation": {}}, "f-attestation"),
        ("D31", {"burned_area": "86x"}, "f-burned_area"),
        ("D31", {"parties": ["甲", "长" * 301]}, "f-parties-1"),
        ("D31", {"cause": {"kind": "found", "started_at": "2026-11-24T14:00:00+08:00"}}, "f-cause-found-area"),
    ],
)
def test_the_refused_field_is_the_one_that_is_marked(form_id, changes, marked):
    posted = Posted(sample(form_id, **changes))
    with pytest.raises((templates.FieldMissing, templates.FieldInvalid)) as refused:
        typed(form_id, posted.fields)
    fault = Fault(refused.value.field, "请填写")
    assert faulty_input(widgets(form_id, posted, fault=fault)) == marked
    page = shown(form_id, posted, fault=fault)
    assert marked in page.ids
    assert f"{marked}-error" in page.ids
    assert len(page.ids) == len(set(page.ids))


def test_what_equals_the_record_is_marked_until_it_is_changed():
    known = {"place": "甲地", "fire_name": "某火灾"}
    inputs = widgets("D13", Posted({"place": "甲地", "fire_name": "改过的名称"}), known=known)
    assert {widget.path for widget in inputs if widget.recorded} == {"place"}


@forms
def test_sections_keep_the_order_of_the_form(form_id):
    inputs = widgets(form_id, Posted({}))
    assert [widget for section in sections(inputs) for widget in section] == list(inputs)
    assert all(len(section) == 1 or not any(widget.nested for widget in section) for section in sections(inputs))
