"""How a reader tells what it found, and what of a text may be told."""

import json
from typing import Any

LONGEST_FACT = 200  # characters


def tell(**found: Any) -> None:
    """``facts`` by slug, ``findings`` as slugs, ``copies`` by purpose with the program and its parameters."""
    print(json.dumps(found), flush=True)  # noqa: T201 - the answer of this program


def plain(text: str) -> str:
    """What of a text can be printed and recorded: cameras pad with NUL, hostile files bring anything."""
    return "".join(char for char in text if char.isprintable()).strip()[:LONGEST_FACT]
