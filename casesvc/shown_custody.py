"""What faces show of custody: how exhibits stand, their gaps, and handovers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class DefectOut(BaseModel):
    """A gap in the keeping of an exhibit."""

    kind: str
    label: str
    minor: bool = Field(description="Weakens the chain, does not break it")
    seq: int | None = Field(description="The event where it shows; none where time alone brought it")
    rule: str = Field(description="The duty or limit, in Chinese; empty where none stands behind it")
    basis: str = Field(description="The clause")
    expected: str
    found: str
    reason: str = Field(description="What the person wrote about it")


class CustodyOut(BaseModel):
    """An exhibit as lists show it."""

    whereabouts: str
    whereabouts_label: str
    holder: str
    holder_unit: str
    place: str
    place_code: str
    seal: str
    hazard: str
    since: datetime | None
    health: str = Field(description="sound, attention or defective")
    health_label: str
    defects: int
    due_at: datetime | None = Field(description="When the next defect comes of itself")
    due_label: str
    open_offer: bool
    open_request: bool
    open_review: bool


class StandingOut(BaseModel):
    """How an exhibit stands, with every gap of its chain."""

    whereabouts: str
    whereabouts_label: str
    ended: bool
    holder: dict[str, Any]
    place: str
    place_code: str
    seal: str
    quantity: str
    hazard: str
    since: datetime | None
    offer: int | None = Field(description="seq of the offer that is open")
    request: int | None = Field(description="seq of the request that is open")
    review: int | None = Field(description="seq of the take-over that waits for its review")
    approved: list[str] = Field(description="Acts that were agreed to and not done yet")
    health: str
    health_label: str
    defects: list[DefectOut]
    rules: str = Field(description="Version of the rules by which it was judged")


class HandoverItemOut(BaseModel):
    """One exhibit of a handover, as the giver described it, and how it ended."""

    exhibit: str
    kind: str
    kind_label: str
    tangible: bool
    sealed: bool = Field(description="Whether it is under a seal, whose number the receiver has to read")
    quantity: str
    offered: dict[str, Any]
    outcome: str | None
    outcome_label: str
    answered_at: datetime | None
    answered_by: str
    reason: str = Field(description="Why it was rejected or withdrawn; empty where it was not")


class HandoverOut(BaseModel):
    """A handover; the names of exhibits are not in it: they stand on pages whose view is recorded."""

    number: str
    case: str
    case_name: str
    type: str
    type_label: str
    label: str
    basis: str
    giver: str
    receiver: str
    outside: bool
    purpose: str
    term: datetime | None
    offered_at: datetime
    reminded_at: datetime = Field(description="When the receiver is reminded")
    escalated_at: datetime = Field(description="When supervisors are told")
    open: int = Field(description="How many exhibits nobody has answered for")
    to_me: bool
    from_me: bool
    items: list[HandoverItemOut]


class MemberOut(BaseModel):
    """An exhibit in its family."""

    number: str
    kind_label: str
    depth: int
    relation: str
    relation_label: str = Field(description="What it is to its parent; empty for the eldest")
    quantity: str
    whereabouts_label: str
    holder: str
    health: str
    health_label: str


class ChainOut(BaseModel):
    """An exhibit in the auditor's list; its name is not in it: that stands on pages whose view is recorded."""

    exhibit: str
    case: str
    case_name: str
    unit: str
    kind: str
    kind_label: str
    custody: CustodyOut


class AuditOut(BaseModel):
    """A page of the auditor's list."""

    at: datetime = Field(description="The moment of which the health is told")
    chains: list[ChainOut]
    next: str = Field(description="The parameter `after` of the next page; empty at the end")


class PurposelessOut(BaseModel):
    """A read whose entry in the record says no purpose."""

    seq: int
    exhibit: str = Field(description="Empty where the whole case was read")
    what_label: str
    at: datetime
    by: str
    unit: str


class JudgedOut(BaseModel):
    """An exhibit of a case with every gap of its chain, each with its clause."""

    exhibit: str
    name: str
    kind: str
    kind_label: str
    custody: CustodyOut | None = Field(description="None where the row of its standing is gone")
    defects: list[DefectOut]


class CaseCustodyOut(BaseModel):
    """The chains of a case."""

    at: datetime
    rules: str = Field(description="Version of the rules by which they were judged")
    exhibits: list[JudgedOut]
    purposeless: list[PurposelessOut]
