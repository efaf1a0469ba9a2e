import csv
from datetime import date
from pathlib import Path

import pytest

import templates
from templates import FormUnknown, Numbering, NumberInvalid, TemplatesError, catalogue, edition, form, number

COLUMNS = [
    "id", "name_zh", "name_en", "number_format", "stage", "legal_basis", "signer", "copies", "confidence",
]  # fmt: skip


def rows():
    with (Path(templates.__file__).parent / "catalogue.csv").open(encoding="utf-8", newline="") as source:
        reader = csv.DictReader(source)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def test_seventy_forms_with_dense_ids():
    assert [each.id for each in catalogue()] == [f"D{n:02}" for n in range(1, 71)]


def test_every_column_of_the_source_is_there():
    for row, each in zip(rows(), catalogue(), strict=True):
        assert row == {column: str(getattr(each, column)) for column in COLUMNS}


def test_names_are_unique():
    assert len({each.name_zh for each in catalogue()}) == len({each.name_en for each in catalogue()}) == 70


def test_implemented_forms_are_those_with_fields():
    implemented = {each.id for each in catalogue() if each.implemented}
    assert implemented == {"D13", "D17", "D18", "D22", "D31", "D48", "D61"}
    for each in catalogue():
        if each.implemented:
            assert templates.fields_of(each.id)
        else:
            with pytest.raises(templates.FormNotImplemented) as refused:
                templates.fields_of(each.id)
            assert refused.value.form == each.id


def test_unknown_form():
    for ask in (form, templates.fields_of, lambda form_id: templates.render(form_id, {})):
        with pytest.raises(FormUnknown) as refused:
            ask("D71")
        assert refused.value.form == "D71"


def test_what_needs_confirmation():
    waiting = {each.id for each in catalogue() if each.needs_confirmation}
    assert {"D03", "D06", "D11", "D48", "D43", "D70"} <= waiting
    assert not {"D13", "D31", "D36", "D56"} & waiting
    for each in catalogue():
        assert each.needs_confirmation == (each.confidence == "L" or "unverified" in each.number_format)


def test_edition():
    assert edition().version
    assert edition().effective == date(2025, 5, 1)
    assert "火灾事故调查规定" in edition().source


@pytest.mark.parametrize(
    ("form_id", "org", "expected"),
    [
        ("D31", "安文", "安文消火认字〔2026〕第0012号"),
        ("D36", "安", "安消火收凭字〔2026〕第0012号"),
        ("D04", "安文", "安文消火简认字〔2026〕第0012号"),
        ("D43", "安", "安消火复决字〔2026〕第0012号"),
        ("D48", "安文", "安文消移字〔2026〕第0012号"),
        ("D56", "安", "安消函〔2026〕12号"),
        ("D57", "安", "安消〔2026〕12号"),
        ("D02", "4105", "4105-DJ-2026-0012"),
        ("D61", "", "JJ-2026-0012"),
        ("D62", "", "WZ-2026-0012"),
    ],
)
def test_numbers(form_id, org, expected):
    assert number(form(form_id), org=org, year=2026, serial=12) == expected


def test_number_by_day():
    day = date(2026, 11, 24)
    assert number(form("D01"), org="4105", year=2026, serial=7, day=day) == "4105-BJ-20261124-0007"
    with pytest.raises(NumberInvalid) as refused:
        number(form("D01"), org="4105", year=2026, serial=7)
    assert refused.value.part == "day"


def test_no_blank_is_left_in_any_number():
    for each in catalogue():
        printed = number(each, org="安文", year=2026, serial=1, day=date(2026, 1, 2))
        if each.numbering is Numbering.NONE:
            assert printed is None
        else:
            assert not set("{}YNX(") & set(printed.replace("JJ", "").replace("WZ", "").replace("DJ", ""))


@pytest.mark.parametrize("form_id", ["D07", "D13", "D16", "D51", "D60", "D67"])
def test_forms_without_a_number(form_id):
    assert number(form(form_id), org="安文", year=2026, serial=1) is None


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        ("org", {"org": " ", "year": 2026, "serial": 1}),
        ("year", {"org": "安文", "year": 26, "serial": 1}),
        ("serial", {"org": "安文", "year": 2026, "serial": 0}),
        ("serial", {"org": "安文", "year": 2026, "serial": 10_000}),
    ],
)
def test_numbers_that_cannot_be(part, facts):
    with pytest.raises(NumberInvalid) as refused:
        number(form("D31"), **facts)
    assert refused.value.part == part
    assert isinstance(refused.value, TemplatesError)
    assert str(refused.value).isascii()
