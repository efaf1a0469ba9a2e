"""What faces show of storage places, labels and stock-takes; exhibits by number, without their names."""

from datetime import datetime

from pydantic import BaseModel, Field


class PlaceOut(BaseModel):
    """A storage place as it is."""

    unit: str = Field(description="Division code of the unit")
    unit_name: str
    code: str
    parent: str = Field(description="Code of the place it is in; empty for a room")
    depth: int
    kind: str
    kind_label: str
    name: str
    words: str = Field(description="Names from the room down")
    capacity: int | None = Field(description="In exhibits, with the places in it; none: not limited")
    access: str
    fit_for_hazard: bool = Field(description="It, or a place it is in, is fit for dangerous goods")
    own_fit_for_hazard: bool
    closed: bool = Field(description="It, or a place it is in, is closed")
    own_closed: bool
    exhibits: int = Field(description="In it and in the places in it, by the chains")
    seen: int = Field(description="Which state of the place this is: to be sent with a change")


class ShelvedOut(BaseModel):
    """An exhibit by its number, and where its chain has it."""

    number: str
    case: str
    kind_label: str
    hazard: str
    whereabouts_label: str
    holder: str
    place: str
    place_code: str


class PlaceDetailOut(BaseModel):
    place: PlaceOut
    contents: list[ShelvedOut]


class ScannedOut(BaseModel):
    """What a code names: ``kind`` is exhibit or place, and that member is filled."""

    kind: str
    exhibit: ShelvedOut | None = None
    place: PlaceOut | None = None
    url: str = Field(description="Its page")


class LabelOut(BaseModel):
    """The fields of D14 and what both codes of the label say."""

    code: str
    number: str
    fire: str
    name: str
    quantity: str
    position: str
    taken_at: datetime | None
    packer: str
    witness: str
    seal: str
    hazard: str


class ScanOut(BaseModel):
    """An exhibit that was seen in a stock-take."""

    exhibit: str
    case: str
    kind_label: str
    place_code: str
    at: datetime
    by: str
    result: str
    result_label: str
    booked: str = Field(description="Where the chain has it")


class DifferenceOut(BaseModel):
    """What did not agree, and the event that settled it; it is open while there is none."""

    exhibit: str
    case: str
    kind_label: str
    result: str
    result_label: str
    booked: str
    seen_at: str
    settled_by: str = Field(description="The act, in Chinese; empty while it is open")
    settled_at: datetime | None


class StockTakeOut(BaseModel):
    number: str
    place: PlaceOut
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    ended_by: str
    confirmed_by: str
    expected: int
    counted: int
    open: int = Field(description="Differences that nothing has settled; while it is under way, exhibits not seen yet")


class StockTakeDetailOut(BaseModel):
    stock_take: StockTakeOut
    scans: list[ScanOut]
    missing: list[ShelvedOut] = Field(description="While it is under way: what has not been seen yet")
    differences: list[DifferenceOut]


class CountedOut(BaseModel):
    """The answer to a scan in a stock-take; ``again``: somebody had scanned it already."""

    scan: ScanOut
    again: bool
    counted: int
    expected: int
