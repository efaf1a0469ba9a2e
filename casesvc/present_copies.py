"""Edited copies as faces show them."""

from sqlmodel import Session

from casesvc.shown import CopyOut
from evidence.editing import EditedCopy, edited_of
from evidence.exhibit import Original


def present_copies(tx: Session, original: Original) -> list[CopyOut]:
    """The edited copies of an original, oldest first."""
    return [present_copy(edited) for edited in edited_of(tx, original)]


def present_copy(edited: EditedCopy) -> CopyOut:
    row = edited.row
    return CopyOut(
        id=row.id,
        title=edited.title,
        made_at=row.made_at,
        by=edited.said.by.name,
        unit=edited.said.by.unit,
        original_sha256=row.original_sha256,
        tool=row.tool,
        parameters=row.parameters,
        size=row.size,
        sha256=row.sha256,
        sm3=row.sm3,
    )
