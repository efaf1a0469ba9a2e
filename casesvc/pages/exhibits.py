"""An exhibit with its chain, its handing-in, and the registration of a physical sample."""

import shutil
from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from casesvc.acts import now
from casesvc.api.custody import see_family
from casesvc.api.exhibits import MediumIn, SampleIn, enter_sample, see_exhibit
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.copies import edits
from casesvc.pages.custody import doings
from casesvc.pages.facts import FACTS
from casesvc.pages.forms import Form, beijing_or_none, filled, go
from casesvc.permissions import Permission, case_for, may
from casesvc.present import present_case
from casesvc.present_custody import present_family
from casesvc.scanning import scan_again
from casesvc.shown import EventOut, ExhibitDetailOut, ReadOut
from evidence.custody_event import EventType
from evidence.exhibit import Kind, Purpose
from evidence.reading import FFMPEG, ReadingFinding

ChainShown = Annotated[str, QueryParameter(name="chain", description="`all`: a long chain whole")]
SAMPLE = {**FACTS, "seal": "封条号", "taken_at": "提取时间", "returned_at": "异地提取返回时间"}
LONG_CHAIN, FIRST, NEWEST = 80, 10, 50
"""Events of a chain that is shown whole; of a longer one, how many from its beginning and its end."""
_NOT_PLAYABLE = [
    finding.label
    for finding in (
        ReadingFinding.NOT_STORED,
        ReadingFinding.TOO_LARGE,
        ReadingFinding.TIMED_OUT,
        ReadingFinding.UNREADABLE_FILE,
        ReadingFinding.UNREADABLE_VIDEO,
        ReadingFinding.NO_VIDEO,
        ReadingFinding.PLAYBACK_FAILED,
        ReadingFinding.PLAYBACK_TOO_LARGE,
    )
]


@get("/cases/{number:str}/exhibits/{exhibit:str}", include_in_schema=False, sync_to_thread=True)
def exhibit_page(
    act: Acting,
    state: State,
    number: FromPath[str],
    exhibit: FromPath[str],
    shown: Annotated[str, QueryParameter(name="chain", description="all for a long chain whole")] = "",
) -> Template:
    seen = see_exhibit(act, number, exhibit, purpose="查看证据及保管链")
    case, detail, standing = seen.case, seen.detail, seen.standing
    own = case.unit_id == act.by.unit_id
    family = see_family(act.tx, act.by, number, exhibit)
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "detail": detail,
        "chain": folded_chain(detail, whole=shown == "all"),
        "doings": doings(act.by, case, seen.exhibit, standing),
        "corrections": corrections(detail),
        "corrects": own and may(act.by, Permission.RECORD_CUSTODY),
        "approves": own and may(act.by, Permission.APPROVE_CUSTODY) and standing.request is not None,
        "reviews": may(act.by, Permission.REVIEW_TAKE_OVER) and standing.review is not None,
        "film_note": film_note(detail),
        "reads": folded(detail.reads),
        "edits": edits(act.tx, act.by, case, seen.exhibit),
        "family": present_family(act.tx, family) if len(family) > 1 else [],
        "scanner": state.installation.scanner is not None,
    }
    return Template("exhibit.html", context=context)


def folded_chain(detail: ExhibitDetailOut, *, whole: bool) -> tuple[list[EventOut], int, list[EventOut]]:
    """The events of a page: the first, how many between are left out, and the newest; a short chain is whole."""
    chain = detail.chain
    if whole or len(chain) <= LONG_CHAIN:
        return chain, 0, []
    return chain[:FIRST], len(chain) - FIRST - NEWEST, chain[-NEWEST:]


def corrections(detail: ExhibitDetailOut) -> dict[int, list[int]]:
    """For each event that was put right: the seq of those that say so."""
    found: dict[int, list[int]] = {}
    for event in detail.chain:
        superseded = event.facts.get("supersedes")
        if event.type == EventType.CORRECTED and isinstance(superseded, int):
            found.setdefault(superseded, []).append(event.seq)
    return found


def film_note(detail: ExhibitDetailOut) -> str:
    """Why a film cannot be played yet, or at all; empty where it can, and for what is no film."""
    reading = detail.reading
    film = reading is not None and str(reading.facts.get("media_type", "")).startswith("video/")
    if not film and detail.exhibit.kind != Kind.VIDEO:
        return ""
    if any(copy["copy"] == Purpose.PLAYBACK for copy in detail.derived):
        return ""
    tried = reading is not None and (FFMPEG in reading.reader or not film)
    if reading is not None and tried:
        why = [finding for finding in reading.findings if finding in _NOT_PLAYABLE]
        return f"可播放预览无法生成：{'；'.join(why) or '请下载原件用专用播放器查看'}。"
    if shutil.which(FFMPEG) is None:
        return "服务器未安装 ffmpeg，不能生成可播放预览，请告知管理员。"
    return "可播放预览正在生成，稍后刷新本页。"


def folded(reads: Iterable[ReadOut]) -> list[tuple[ReadOut, int]]:
    """Reads as they are listed, each with how many: thumbnails that one person saw one after another are one row."""

    def alike(item: ReadOut) -> tuple[object, ...]:
        seen = item.what, item.purpose, item.by, item.unit, item.address
        return seen if item.purpose == Purpose.THUMBNAIL.label else (item.seq,)

    rows = [list(same) for _, same in groupby(reads, key=alike)]
    return [(same[0], len(same)) for same in rows]


@post("/cases/{number:str}/exhibits/{exhibit:str}/scan", include_in_schema=False, sync_to_thread=True)
def scan(request: CaseRequest, state: State, number: FromPath[str], exhibit: FromPath[str]) -> Response[Any]:
    scan_again(state.installation, request.user, number, exhibit)
    return go(request, f"/cases/{number}/exhibits/{exhibit}#file-title")


@get("/cases/{number:str}/samples/new", include_in_schema=False, sync_to_thread=True)
def new_sample(request: CaseRequest, tx: Looking, number: FromPath[str]) -> Template:
    case = case_for(tx, request.user, number, Permission.COLLECT_EXHIBIT)
    return Template("sample_new.html", context={"by": request.user, "case": present_case(tx, case), "now": now()})


@post("/cases/{number:str}/samples/new", include_in_schema=False, sync_to_thread=True)
def register_sample(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    times = {name: beijing_or_none(data, name, SAMPLE[name]) for name in ("taken_at", "returned_at")}
    medium = filled(MediumIn, data, SAMPLE) if "is_medium" in data else None
    exhibit = enter_sample(act, number, filled(SampleIn, data, SAMPLE, **times, medium=medium))
    return go(request, f"/cases/{number}/exhibits/{exhibit.number}")
