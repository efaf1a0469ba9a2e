"""保管链审查清单: the auditor's list on paper."""

from datetime import UTC, date, datetime

import pytest

from templates import FieldInvalid, FieldMissing
from templates.custody_list import MOST_ROWS, NAME, CustodyList, ListedChain, render_list
from tests.templates.reading import all_fields, tags, used

ROW = {
    "number": "4105022026O0001-0002",
    "unit": "安阳市文峰区消防救援大队",
    "kind": "痕迹物品",
    "health": "有缺陷",
    "holder": "在库，赵敏",
    "place": "物证室 3 号柜 2 层",
    "seal": "FT-000118",
    "since": date(2026, 11, 20),
    "remark": "超过约定期限仍未归还：2026-11-24 10:00",
}
FIELDS = {
    "agency": "安阳市消防救援支队",
    "made_at": datetime(2026, 11, 25, 3, 0, tzinfo=UTC),
    "made_by": "孙丽华（豫消41050006）",
    "purpose": "季度保管检查",
    "chosen": "状态：有缺陷",
    "chains": [ROW],
}


def test_tags_are_fields_and_fields_are_tags():
    found = set()
    used(tags(NAME), [CustodyList], {"loop": None}, found)
    assert found == all_fields(CustodyList)


def test_it_lists_what_it_is_given_and_says_what_is_left_out():
    text = render_list(FIELDS | {"rest": "最多列1000件，其余未列。"}).text
    for words in ("4105022026O0001-0002", "2026年11月20日", "季度保管检查", "状态：有缺陷", "其余未列", "共列1件"):
        assert words in text
    assert "其余未列" not in render_list(FIELDS).text


def test_an_empty_list_is_a_list():
    assert "共列0件" in render_list(FIELDS | {"chains": []}).text


def test_nothing_of_a_value_is_taken_for_a_command():
    row = ROW | {"place": "{{ purpose }}{% raw %}<w:t>", "seal": "&amp;"}
    assert "{{ purpose }}{% raw %}<w:t>" in render_list(FIELDS | {"chains": [row]}).text


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_each_missing_field_is_named(field):
    with pytest.raises(FieldMissing) as refused:
        render_list({name: value for name, value in FIELDS.items() if name != field})
    assert refused.value.field == field


def test_a_longer_list_is_refused():
    with pytest.raises(FieldInvalid):
        render_list(FIELDS | {"chains": [ListedChain(**ROW)] * (MOST_ROWS + 1)})
