"""A case of thousands of photographs, entered as intake and the reader enter them, without the bytes of most."""

import hashlib
import io
from collections.abc import Collection
from typing import Any

from PIL import Image

from casesvc.installation import Installation
from evidence.act import Act, Actor
from evidence.digest import Digesting, Digests
from evidence.exhibit import Kind, Purpose, original_of
from evidence.intake import Received, collect_file
from evidence.reading import Copy, Outcome, enter_reading
from evidence.register import case_by_number
from storage import StoredObject

NAMES = {5: "<b>东墙</b>"}
"""Titles other than the file's name."""
CATEGORIES = ("方位", "概貌", "重点部位", "细目")


def stated(index: int) -> dict[str, str]:
    """What the collector says of photograph ``index``."""
    person = {"taken_by": "李文静"} if index % 3 == 0 else {}
    return {"category": CATEGORIES[index % 4], "place": f"库房{index % 5}", **person}


def written(index: int) -> dict[str, Any]:
    """What the camera wrote into it: every tenth has no position, every seventh no time."""
    place = {"latitude": f"{36.1 + index % 40 * 1e-4:.6f}", "longitude": f"{114.35 + index % 50 * 1e-4:.6f}"}
    time = {"device_time": f"2026:11:{index % 28 + 1:02} 08:{index % 60:02}:00"}
    return {
        "make": "HUIYAN",
        "model": f"X{index % 3}",
        **(place if index % 10 else {}),
        **(time if index % 7 else {}),
    }


def enter_many(here: Installation, by: Actor, number: str, count: int, *, pictured: Collection[int] = ()) -> None:
    """Photographs 0 to ``count`` - 1 of the case; those of ``pictured`` have a thumbnail and a preview."""
    copies = {index: _copies(here, index) for index in pictured}
    with here.database.begin(by) as act:
        for index in range(count):
            _enter(act, number, index, copies.get(index, []))


def _enter(act: Act, number: str, index: int, copies: list[Copy]) -> None:
    digest = hashlib.sha256(str(index).encode()).hexdigest()
    stored = StoredObject(f"originals/{number}/{index}", "1", 1000)
    received = Received(f"IMG_{index:04}.jpg", stored, Digests(1000, digest, digest))
    case = case_by_number(act.tx, number)
    exhibit = collect_file(act, case, received, kind=Kind.PHOTO, name=NAMES.get(index, ""), facts=stated(index))
    enter_reading(act, original_of(act.tx, exhibit), Outcome("reader of the test", facts=written(index), copies=copies))


def _copies(here: Installation, index: int) -> list[Copy]:
    made = []
    for purpose, width in ((Purpose.THUMBNAIL, 360), (Purpose.PREVIEW, 900)):
        out = io.BytesIO()
        colour = (90 + index * 37 % 120, 80 + index * 61 % 120, 70 + index * 17 % 120)
        Image.new("RGB", (width, width * 2 // 3), colour).save(out, "JPEG")
        digesting = Digesting([out.getvalue()])
        stored = here.store.put(f"derived/many-{index}-{purpose.value}", digesting)
        made.append(
            Copy(purpose, stored, digesting.digests.sha256, digesting.digests.sm3, "tool of the test", {"fit": width})
        )
    return made
