"""The pages of taking files in: hashed in the browser and sent by the API, each answered with a receipt."""

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template

from casesvc.acts import now
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.present import present_case, present_sending
from casesvc.sendings import expires_at
from evidence.exhibit import Kind
from evidence.sending import sendings_of

CATEGORIES = ("方位", "概貌", "重点部位", "细目")
FILE_KINDS = tuple(kind for kind in Kind if not kind.tangible)
TEXTS = (
    ("place", "提取地点", 200),
    ("taken_by", "拍摄（提取）人", 60),
    ("witness", "见证人", 60),
    ("source", "来源设备或存储卡", 100),
)


@get("/cases/{number:str}/upload", include_in_schema=False, sync_to_thread=True)
def upload_page(request: CaseRequest, tx: Looking, number: FromPath[str]) -> Template:
    by = request.user
    case = case_for(tx, by, number, Permission.COLLECT_EXHIBIT)
    context = {
        "by": by,
        "case": present_case(tx, case),
        "holder": f"{by.name}（{by.unit}）",
        "categories": CATEGORIES,
        "kinds": FILE_KINDS,
        "texts": TEXTS,
    }
    return Template("upload.html", context=context)


@get("/cases/{number:str}/uploads", include_in_schema=False, sync_to_thread=True)
def uploads_page(request: CaseRequest, state: State, tx: Looking, number: FromPath[str]) -> Template:
    """Uploads that became no exhibit, for everybody who sees the case."""
    case = case_for(tx, request.user, number, Permission.SEE_CASE)
    here: Installation = state.installation
    context = {
        "by": request.user,
        "case": present_case(tx, case),
        "uploads": [
            present_sending(tx, sending, expires_at(here, sending), now()) for sending in sendings_of(tx, case)
        ],
        "hours": here.settings.upload_hours,
    }
    return Template("uploads.html", context=context)
