"""The page that takes in files: hashed in the browser, sent one by one to the API, each answered with a receipt."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.permissions import Permission, case_for
from casesvc.present import present_case
from evidence.exhibit import Kind

CATEGORIES = ("方位", "概貌", "重点部位", "细目")
FILE_KINDS = tuple(kind for kind in Kind if kind is not Kind.PHYSICAL)


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
    }
    return Template("upload.html", context=context)
