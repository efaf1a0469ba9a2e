"""The access record of an exhibit: who read it, from where, in which login and why; reading it is recorded too."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from casesvc.api.inputs import Given, Text
from casesvc.permissions import Permission, exhibit_for
from casesvc.present import present_read
from casesvc.shown import ReadOut
from evidence.act import Act
from evidence.record import READS, What, read, readers_of, reads_of

PAGE = 100
READING_THE_RECORD = "查看调阅记录"
_Empty = BeforeValidator(lambda value: value or None)


class ReadsAsked(Given):
    """Which reads; nothing of it has to be."""

    what: Annotated[What | None, _Empty] = Field(None, title="方式")
    person: Text = Field("", title="人员", max_length=40)
    before: Annotated[int | None, _Empty] = Field(None, title="翻页位置", ge=0, le=2**31 - 1)


class ReaderOut(BaseModel):
    name: str
    certificate: str


class ReadsOut(BaseModel):
    """A page of the access record of an exhibit, newest first."""

    reads: list[ReadOut]
    readers: list[ReaderOut] = Field(description="Everybody who has read it")
    sorts: list[dict[str, str]] = Field(description="How it can be read: slug and label")
    next: str = Field(description="The parameter `before` of the next page; empty at the end")


def see_reads(act: Act, number: str, exhibit: str, asked: ReadsAsked) -> ReadsOut:
    """A page of the record, as it was before this reading of it."""
    case, row = exhibit_for(act.tx, act.by, number, exhibit, Permission.SEE_READS)
    readers = readers_of(act.tx, row)
    person = next((each.id for each in readers if each.certificate == asked.person), 0) if asked.person else None
    found = reads_of(act.tx, row, PAGE + 1, what=asked.what, person_id=person, before=asked.before)
    read(act, What.AUDIT, purpose=READING_THE_RECORD, case=case, exhibit=row)
    return ReadsOut(
        reads=[present_read(entry) for entry in found[:PAGE]],
        readers=[ReaderOut(name=each.name, certificate=each.certificate) for each in readers],
        sorts=[{"slug": what.value, "label": what.label} for what in READS],
        next=str(found[PAGE - 1].seq) if len(found) > PAGE else "",
    )
