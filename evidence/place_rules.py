"""What a storage place may take: which duties, rows of the rules, putting an exhibit into it would break."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session, col, select

from evidence.custody import CustodyStanding
from evidence.exhibit import Exhibit
from evidence.intake import Hazard
from evidence.place import StoragePlace, count_in, lock_places, standings_in, stood


def place_breaks(
    tx: Session, place: StoragePlace, exhibits: Sequence[Exhibit], arrived: Counter[int] | None = None
) -> dict[int, list[str]]:
    """Which duties it would break to put each exhibit (by id) into ``place``: place_open, place_fits, place_full.

    Locks what it counts, so that of two acts at once only one takes the last free position: call it before any chain
    is locked. ``arrived`` counts, by id of the place, what the same act puts into other places of the same room.
    """
    arrived = Counter() if arrived is None else arrived
    here = stood(tx, place)
    limited = [each for each in here.line if each.state.capacity is not None]
    lock_places(tx, [*(each.place for each in limited), place])
    query = select(CustodyStanding).where(col(CustodyStanding.exhibit_id).in_([each.id for each in exhibits]))
    rows = {row.exhibit_id: row for row in tx.exec(query)}
    broken: dict[int, list[str]] = {exhibit.id: [] for exhibit in exhibits}
    for exhibit in exhibits:
        row = rows.get(exhibit.id)
        if here.closed:
            broken[exhibit.id].append("place_open")
        if row is not None and row.hazard == Hazard.DANGEROUS and not here.fit_for_hazard:
            broken[exhibit.id].append("place_fits")
    for each in limited:
        inside = {row.exhibit_id for row in standings_in(tx, each.place, broken)}
        free = (each.state.capacity or 0) - count_in(tx, each.place) - arrived[each.place.id]
        arriving = [exhibit for exhibit in exhibits if exhibit.id not in inside]
        arrived[each.place.id] += len(arriving)
        for exhibit in arriving[max(free, 0) :]:
            if "place_full" not in broken[exhibit.id]:
                broken[exhibit.id].append("place_full")
    return broken
