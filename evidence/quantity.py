"""Quantities of samples: an amount with its unit, written as people write it (250 g, 3段, 约0.5 kg)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

# a unit is a word: what has marks in it (1段，长米) says more than one quantity
_WRITTEN = re.compile(r"(约)?\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([^\W\d_]{1,12}|%)")
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width digits, letters and marks, as Chinese keyboards write them."""


@dataclass(frozen=True)
class Quantity:
    """``about`` where it was estimated."""

    amount: Decimal
    unit: str
    about: bool = False

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The quantity that ``text`` names, as one number in figures and one unit; None where it is anything else."""
        found = _WRITTEN.fullmatch(text.translate(_NARROW).strip())
        return cls(Decimal(found[2]), found[3], bool(found[1])) if found else None

    def less(self, amount: Decimal) -> Self:
        return type(self)(self.amount - amount, self.unit, self.about)

    def __str__(self) -> str:
        space = " " if self.unit.isascii() else ""
        return f"{'约' if self.about else ''}{self.amount:f}{space}{self.unit}"


def differ(registered: str, counted: str) -> bool:
    """Whether two quantities as written contradict each other: not where one is missing, or was only estimated."""
    if not registered or not counted:
        return False
    there, seen = Quantity.of(registered), Quantity.of(counted)
    if there is None or seen is None:
        return "".join(registered.split()) != "".join(counted.split())
    return there.unit != seen.unit or (there.amount != seen.amount and not there.about and not seen.about)
