"""Quantities: read as people write them, printed so that they are read the same again."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.quantity import Quantity


@pytest.mark.parametrize(
    ("written", "amount", "unit", "about", "printed"),
    [
        ("250 g", "250", "g", False, "250 g"),
        ("250g", "250", "g", False, "250 g"),
        ("３段", "3", "段", False, "3段"),
        ("２５０．５ ｇ", "250.5", "g", False, "250.5 g"),
        ("约　０．５　kg", "0.5", "kg", True, "约0.5 kg"),
        ("约200毫升", "200", "毫升", True, "约200毫升"),
        ("0 g", "0", "g", False, "0 g"),
        ("2.50 m²", "2.50", "m²", False, "2.50m²"),
        ("１００％", "100", "%", False, "100 %"),
    ],
)
def test_one_number_with_one_unit_is_read(written, amount, unit, about, printed):
    read = Quantity.of(written)
    assert read == Quantity(Decimal(amount), unit, about)
    assert str(read) == printed
    assert Quantity.of(printed) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", "   ", "g", "250", "若干", "三段", "两个", "半瓶", "一", "适量 g"),
        *("-5 g", "－５ g", "+5 g", "1,000 g", "1.2.3 g", ".5 g", "5. g", "1e3 g", "1/2 瓶", "NaN g", "∞ g"),
        *("1段，长0.62米", "1段，长米", "2 x 3 m", "3-5 段", "250 g g", "250\ng x", "约约3段", "大约3段", "٣ g", "²g"),
        *("1234567890123 g", "1.1234567 g", "3 " + "段" * 13, "5 g\x00", "5 <b>"),
    ],
)
def test_anything_else_is_not_taken_for_a_quantity(written):
    assert Quantity.of(written) is None


@given(st.decimals(0, 10**12 - 1, places=6), st.sampled_from(["g", "毫升", "段", "m²", "%"]), st.booleans())
def test_what_is_printed_is_read_the_same_again(amount, unit, about):
    quantity = Quantity(amount, unit, about)
    assert Quantity.of(str(quantity)) == quantity


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text):
    read = Quantity.of(text)
    assert read is None or Quantity.of(str(read)) == read


def test_what_is_left_keeps_unit_and_doubt():
    assert Quantity.of("约0.5 kg").less(Decimal("0.2")) == Quantity.of("约0.3 kg")
    assert str(Quantity.of("3段").less(Decimal(3))) == "0段"
