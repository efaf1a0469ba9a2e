"""One part of a stored object, as a browser asks for it when somebody seeks in a film (RFC 9110 §14)."""

import re
from collections.abc import Generator

from litestar.response import Stream

from casesvc.installation import Installation
from storage import StoredObject

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def part_of(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and the byte after the last that a Range field asks for; None where the whole is to be sent.

    That is allowed for every field, and done for what is no single part of this object.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        first, end = max(size - int(found[2]), 0), size
    else:
        first, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    return (first, end) if first < end else None


def send_part(here: Installation, stored: StoredObject, part: tuple[int, int], media_type: str) -> Stream:
    """Stream one part with 206."""
    first, end = part
    headers = {
        "content-length": str(end - first),
        "content-range": f"bytes {first}-{end - 1}/{stored.size}",
        "x-content-type-options": "nosniff",
    }
    blocks = here.store.read(stored.key, stored.version, first)
    return Stream(_limited(blocks, end - first), status_code=206, media_type=media_type, headers=headers)


def _limited(blocks: Generator[bytes, None, None], size: int) -> Generator[bytes, None, None]:
    """The first ``size`` bytes of blocks."""
    try:
        for block in blocks:
            yield block[:size]
            size -= len(block)
            if size <= 0:
                break
    finally:
        blocks.close()
