"""Seals: each number is used on one exhibit, once."""

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard
from evidence.chain import stated
from evidence.columns import UtcDateTime, upserting
from evidence.custody_event import CustodyEvent, EventType
from evidence.errors import FactMissing, SealTaken
from evidence.exhibit import Exhibit

LONGEST = 60


class Seal(SQLModel, table=True):
    """A seal that was used: on one exhibit, once."""

    number: str = Field(primary_key=True, max_length=LONGEST)
    exhibit_id: int = Field(foreign_key="exhibit.id", index=True)
    seq: int
    at: datetime = Field(sa_type=UtcDateTime)


guard(Seal)


def use_seals(tx: Session, used: Iterable[tuple[str, CustodyEvent]]) -> None:
    """Enter the seals that events put on; SealTaken where one is on, or was on, any exhibit."""
    new = sorted(used, key=itemgetter(0))  # in one order for everybody: who takes the same number is waited for
    if not new:
        return
    if any(len(number) > LONGEST for number, _ in new):
        raise FactMissing(f"不超过{LONGEST}个字的封条号")
    rows = [{"number": number, "exhibit_id": on.exhibit_id, "seq": on.seq, "at": on.at} for number, on in new]
    insert = upserting(tx, Seal).values(rows).on_conflict_do_nothing()
    free = set(tx.execute(insert.returning(sa.column("number", sa.String))).scalars())
    for number, _ in new:
        if number not in free:
            raise _taken(tx, number, next(event for one, event in new if one == number))
        free.remove(number)


def complete_seals(tx: Session) -> None:
    """Enter the seals of chains that were made before seals were registered; of a number used twice, its first use."""
    entered = sa.exists().where(
        col(Seal.exhibit_id) == col(CustodyEvent.exhibit_id), col(Seal.seq) == col(CustodyEvent.seq)
    )
    query = (
        select(CustodyEvent.exhibit_id, CustodyEvent.seq, CustodyEvent.at, CustodyEvent.body)
        .where(col(CustodyEvent.type).in_([EventType.SEALED, EventType.RESEALED]), ~entered)
        .order_by(col(CustodyEvent.id))
    )
    for batch in tx.exec(query).partitions(1000):
        rows = [
            {"number": number, "exhibit_id": exhibit_id, "seq": seq, "at": at}
            for exhibit_id, seq, at, body in batch
            if isinstance(number := stated(body).facts.get("seal_after"), str) and 0 < len(number) <= LONGEST
        ]
        if rows:
            tx.execute(upserting(tx, Seal).on_conflict_do_nothing(), rows)


def _taken(tx: Session, number: str, event: CustodyEvent) -> SealTaken:
    """Which exhibit has it is told within its case: of another, who acts may not know."""
    on = tx.get_one(Exhibit, tx.get_one(Seal, number).exhibit_id)
    same = on.case_id == tx.get_one(Exhibit, event.exhibit_id).case_id
    return SealTaken(number, f"证据 {on.number}" if same else "其他案件的证据")
