"""The rules of keeping as data: every row has its clause, and speaks of acts, places and persons that there are."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import pytest

from evidence.custody_event import EventType
from evidence.custody_rules import _edition, editions, rules_for, rules_on
from evidence.oversight import TAKEN
from evidence.standing import CHANGING, TRANSFERS, Whereabouts

RULES = editions()[-1]
ACTS = RULES.acts.values()
HANDOVERS = RULES.handovers.values()


@pytest.mark.parametrize("row", [*ACTS, *HANDOVERS], ids=lambda row: row.slug)
def test_a_row_is_of_an_act_that_there_is_in_places_that_there_are(row):
    assert row.slug in set(EventType)
    assert set(row.where) <= set(Whereabouts)
    assert "第" in row.basis


@pytest.mark.parametrize("row", ACTS, ids=lambda row: row.slug)
def test_an_act_is_by_somebody_and_names_its_facts_in_chinese(row):
    assert row.by in {"holder", "unit"}
    assert not row.facts.keys() & row.may.keys()
    names = [*row.facts.values(), *row.may.values()]
    assert len(set(names)) == len(names)
    assert not any(name.isascii() for name in names)


def test_custody_moves_by_the_handovers_of_the_rules_and_no_other_act():
    assert set(RULES.handovers) == set(TRANSFERS)
    assert not set(RULES.handovers) & set(RULES.acts)
    assert {EventType(row.slug) for row in HANDOVERS if row.ends} == {
        EventType.TRANSFERRED_TO_POLICE,
        EventType.RETURNED_TO_OWNER,
    }
    assert {row.slug for row in HANDOVERS if row.term} == {"borrowed", "sent_for_examination"}
    assert CHANGING - {EventType.DERIVED} <= set(RULES.acts)
    assert "from" not in TAKEN


def test_what_the_law_says_in_figures():
    limits = {slug: (limit.hours, limit.working_days) for slug, limit in RULES.limits.items()}
    assert limits["hand_in"] == limits["hand_in_remote"] == (24, 0)
    assert limits["preservation"] == (0, 7)
    assert limits["owner_unclaimed"] == (4320, 0)
    needing = {row.slug for row in (*ACTS, *HANDOVERS) if row.approval}
    assert needing == {"borrowed", "returned_to_owner", "destroyed"}
    assert {row.slug: row.witnesses for row in (*ACTS, *HANDOVERS) if row.witnesses > 1} == {
        "returned_to_owner": 2,
        "destroyed": 2,
    }
    assert RULES.limits["hand_in"].end(datetime(2026, 11, 24, 8, tzinfo=UTC)) == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_the_edition_is_that_of_the_day_of_the_fire_in_beijing():
    first = editions()[0]
    assert rules_on(date(1999, 1, 1)) is first
    assert rules_on(date(2999, 1, 1)) is RULES
    before = datetime(first.effective_from.year, first.effective_from.month, first.effective_from.day, tzinfo=UTC)
    assert rules_for(before - timedelta(hours=7)) is first


def test_a_word_that_no_row_has_stands_for_itself():
    assert RULES.label("nothing") == "nothing"
    assert RULES.basis("nothing") == ""
    assert RULES.label("hand_in") == "提取后交保管人"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('confidence = "H"', 'confidence = "X"', "confidence"),
        ('basis = "机关内部规定"', 'basis = ""', "basis"),
        ("hours = 4320", "hours = 0", "length"),
        ("working_days = 7", "working_days = 7\nhours = 1", "length"),
    ],
)
def test_a_table_that_is_not_complete_is_not_taken(old, new, told):
    text = (resources.files("evidence") / "data" / "custody_rules.toml").read_text("utf-8")
    assert old in text
    assert tomllib.loads(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=told):
        _edition(text.replace(old, new, 1))
