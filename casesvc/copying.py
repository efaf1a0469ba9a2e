"""The making of an edited copy: permission, bytes, and then the act that records them."""

from threading import BoundedSemaphore, Event

from casesvc.errors import CopyingBusy, NotAFile
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.readings import workplace
from evidence.act import Actor
from evidence.editing import EditedCopy, Operation, enter_copy, make_copy, same_copy
from evidence.exhibit import exhibit_by_number, original_of

AT_ONCE = 2
_MAKING = BoundedSemaphore(AT_ONCE)  # each may take 1.5 GB of memory


def copy_exhibit(
    here: Installation, by: Actor, case_number: str, number: str, operations: list[Operation], *, title: str
) -> EditedCopy:
    """Make an edited copy of an exhibit's original; asked for twice, it is made once."""
    with here.database.reading() as tx:
        case = case_for(tx, by, case_number, Permission.MAKE_COPY)
        original = original_of(tx, exhibit_by_number(tx, case, number))
        if original is None:
            raise NotAFile(number)
        if same := same_copy(tx, original, operations, title=title):
            return same
    if not _MAKING.acquire(blocking=False):  # pages must not wait for one
        raise CopyingBusy(AT_ONCE)
    try:
        made = make_copy(here.store, original, operations, workplace(here, Event()))
    finally:
        _MAKING.release()
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, case_number, Permission.MAKE_COPY)
        return enter_copy(act, case, exhibit_by_number(act.tx, case, number), original, made, title=title)
