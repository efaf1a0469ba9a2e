"""The gallery of a case: a page that lists, filters and maps by itself what the API tells it, and its viewer."""

from urllib.parse import urlsplit

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import Session, select

from casesvc.api.exhibits import see_exhibit
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.headers import page_policy
from casesvc.installation import Installation
from casesvc.pages.exhibits import film_note
from casesvc.permissions import Permission, case_for
from casesvc.present import present_case
from evidence.exhibit import Derivative, Exhibit, Original


@get("/cases/{number:str}/gallery", include_in_schema=False, sync_to_thread=True)
def gallery_page(request: CaseRequest, state: State, tx: Looking, number: FromPath[str]) -> Template:
    here: Installation = state.installation
    case = case_for(tx, request.user, number, Permission.SEE_CASE)
    tiles = here.settings.map_tiles
    context = {
        "by": request.user,
        "case": present_case(tx, case),
        "tiles": tiles,
        "tiles_gcj02": here.settings.map_tiles_gcj02,
    }
    address = urlsplit(tiles)
    policy = page_policy(f"{address.scheme}://{address.netloc}" if tiles else "")
    return Template("gallery.html", context=context, headers={"content-security-policy": policy})


@get("/cases/{number:str}/gallery/{exhibit:str}", include_in_schema=False, sync_to_thread=True)
def viewed(act: Acting, number: FromPath[str], exhibit: FromPath[str]) -> Template:
    """What the viewer shows of one exhibit: a part of a page."""
    case = case_for(act.tx, act.by, number, Permission.SEE_EXHIBIT)
    detail = see_exhibit(act, number, exhibit, purpose="图库中查看", with_reads=False).detail
    context = {"case": case, "detail": detail, "copies": _copies(act.tx, exhibit), "film_note": film_note(detail)}
    return Template("gallery_exhibit.html", context=context)


def _copies(tx: Session, exhibit: str) -> set[str]:
    """What the copies of an exhibit are for, as slugs."""
    query = select(Derivative.purpose).join(Original).join(Exhibit).where(Exhibit.number == exhibit)
    return set(tx.exec(query))
