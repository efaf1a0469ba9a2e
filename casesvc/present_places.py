"""From storage places and stock-takes to what faces show of them (:mod:`casesvc.shown_places`)."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlmodel import Session, col, select

from casesvc.confirming import Means
from casesvc.shown_places import (
    DifferenceOut,
    LabelOut,
    PlaceDetailOut,
    PlaceOut,
    ScanOut,
    ShelvedOut,
    StockTakeDetailOut,
    StockTakeOut,
)
from evidence.custody import CustodyStanding
from evidence.exhibit import Exhibit
from evidence.intake import Hazard
from evidence.label import Label
from evidence.place import Stood, StoragePlace, count_in, counts_of, places_of, standings_in, stood
from evidence.register import Case, Person, Unit
from evidence.stock_take import (
    Difference,
    Seen,
    StockTake,
    StockTakeEnd,
    StockTakeScan,
    differences_of,
    end_of,
    scans_of,
    unsettled,
)
from evidence.stock_taking import compare


def present_places(tx: Session, units: Iterable[int]) -> list[PlaceOut]:
    """The trees of several units, each place after the one it is in, with how many exhibits are in each."""
    shown = []
    for unit in tx.exec(select(Unit).where(col(Unit.id).in_(set(units))).order_by(col(Unit.code))):
        own = counts_of(tx, unit.id)
        found = places_of(tx, unit.id)
        total = dict.fromkeys((each.place.code for each in found), 0)
        for each in found:
            for above in each.line:
                total[above.place.code] += own.get(each.place.code, 0)
        shown += [_place(unit, each, total[each.place.code]) for each in found]
    return shown


def present_place(tx: Session, place: StoragePlace) -> PlaceOut:
    return _place(tx.get_one(Unit, place.unit_id), stood(tx, place), count_in(tx, place))


def present_contents(tx: Session, place: StoragePlace) -> PlaceDetailOut:
    rows = standings_in(tx, place)
    return PlaceDetailOut(place=present_place(tx, place), contents=present_shelved(tx, rows))


def _place(unit: Unit, found: Stood, exhibits: int) -> PlaceOut:
    place, state = found.place, found.state
    return PlaceOut(
        unit=unit.code,
        unit_name=unit.name,
        code=place.code,
        parent=found.path[-1].place.code if found.path else "",
        depth=len(found.path),
        kind=place.kind.value,
        kind_label=place.kind.label,
        name=state.name,
        words=found.words,
        capacity=state.capacity,
        access=state.access,
        fit_for_hazard=found.fit_for_hazard,
        own_fit_for_hazard=state.fit_for_hazard,
        closed=found.closed,
        own_closed=state.closed,
        exhibits=exhibits,
        seen=state.seq,
    )


def present_shelved(tx: Session, rows: Iterable[CustodyStanding]) -> list[ShelvedOut]:
    """Exhibits by number, in its order."""
    by_exhibit = {row.exhibit_id: row for row in rows}
    query = (
        select(Exhibit, Case.number)
        .join(Case, col(Exhibit.case_id) == col(Case.id))
        .where(col(Exhibit.id).in_(list(by_exhibit)))
        .order_by(col(Exhibit.number))
    )
    return [shelved(case, exhibit, by_exhibit[exhibit.id]) for exhibit, case in tx.exec(query)]


def shelved(case: str, exhibit: Exhibit, row: CustodyStanding) -> ShelvedOut:
    return ShelvedOut(
        number=exhibit.number,
        case=case,
        kind_label=exhibit.kind.label,
        hazard=hazard_label(row.hazard),
        whereabouts_label=row.whereabouts.label,
        holder=row.holder,
        place=row.place,
        place_code=row.place_code,
    )


def hazard_label(slug: str) -> str:
    return Hazard(slug).label if slug in set(Hazard) else ""


def present_label(label: Label) -> LabelOut:
    return LabelOut(**{**asdict(label), "hazard": hazard_label(label.hazard)})


# ── stock-takes ───────────────────────────────────────────


def present_stock_takes(tx: Session, found: list[StockTake]) -> list[StockTakeOut]:
    open_ = unsettled(tx, found)
    return [_stock_take(tx, each, end_of(tx, each), open_.get(each.id, 0)) for each in found]


def present_stock_take(tx: Session, stock_take: StockTake) -> StockTakeDetailOut:
    """A stock-take with what was seen; under way it is compared with the chains as they are now."""
    ended = end_of(tx, stock_take)
    if ended is None:
        return _under_way(tx, stock_take)
    differences = differences_of(tx, stock_take)
    kinds = {each.row.exhibit_id: each.row for each in differences}
    scans = [
        present_scan(
            tx,
            each,
            kinds[each.exhibit_id].kind if each.exhibit_id in kinds else Seen.AS_BOOKED,
            kinds[each.exhibit_id].booked if each.exhibit_id in kinds else "",
        )
        for each in scans_of(tx, stock_take)
    ]
    open_ = len([each for each in differences if each.settled is None])
    return StockTakeDetailOut(
        stock_take=_stock_take(tx, stock_take, ended, open_),
        scans=scans,
        missing=[],
        differences=[_difference(each) for each in differences],
    )


def _under_way(tx: Session, stock_take: StockTake) -> StockTakeDetailOut:
    now = compare(tx, stock_take)
    missing = [now.rows[id_] for id_, kind in now.seen.items() if kind is Seen.MISSING]
    return StockTakeDetailOut(
        stock_take=_stock_take(tx, stock_take, None, len(missing), now.expected, len(now.seen) - len(missing)),
        scans=[
            present_scan(tx, each, now.seen[each.exhibit_id], now.booked[each.exhibit_id])
            for each in scans_of(tx, stock_take)
        ],
        missing=present_shelved(tx, missing),
        differences=[],
    )


def present_scan(tx: Session, scan: StockTakeScan, result: Seen, booked: str) -> ScanOut:
    exhibit = tx.get_one(Exhibit, scan.exhibit_id)
    return ScanOut(
        exhibit=exhibit.number,
        case=tx.get_one(Case, exhibit.case_id).number,
        kind_label=exhibit.kind.label,
        place_code=tx.get_one(StoragePlace, scan.place_id).code,
        at=scan.at,
        by=tx.get_one(Person, scan.person_id).name,
        result=result.value,
        result_label=result.label,
        booked=booked,
    )


def _difference(each: Difference) -> DifferenceOut:
    return DifferenceOut(
        exhibit=each.exhibit.number,
        case=each.case.number,
        kind_label=each.exhibit.kind.label,
        result=each.row.kind.value,
        result_label=each.row.kind.label,
        booked=each.row.booked,
        seen_at=each.row.seen_at,
        settled_by=each.settled.type.label if each.settled else "",
        settled_at=each.settled.at if each.settled else None,
    )


def _stock_take(
    tx: Session, stock_take: StockTake, ended: StockTakeEnd | None, open_: int, expected: int = 0, counted: int = 0
) -> StockTakeOut:
    return StockTakeOut(
        number=stock_take.number,
        place=present_place(tx, tx.get_one(StoragePlace, stock_take.place_id)),
        begun_at=stock_take.begun_at,
        begun_by=tx.get_one(Person, stock_take.person_id).name,
        ended_at=ended.at if ended else None,
        ended_by=tx.get_one(Person, ended.person_id).name if ended else "",
        confirmed_by=Means(ended.confirmed_by).label if ended else "",
        expected=ended.expected if ended else expected,
        counted=ended.counted if ended else counted,
        open=open_,
    )
