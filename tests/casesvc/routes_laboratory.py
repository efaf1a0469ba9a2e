"""The routes of examinations and families, for :mod:`tests.casesvc.test_routes`."""

from typing import Any

from tests.casesvc.routes import Call
from tests.casesvc.test_scanning import wait_for_scan
from tests.casesvc.test_walk import SAMPLE, wait_for_readings

ASKED = {"laboratory": "410500", "questions": "断路器残骸的熔化性质", "due_at": "2027-01-10T17:00:00+08:00"}
SPLIT = {"remainder": "200 g", "reason": "留样", "second_officer": "李文静"}
REPORT = {"number": "鉴12", "conclusion": "断路器残骸为一次短路"}


def ready_laboratory(service, number: str, picture: bytes) -> dict[str, Any]:
    """Residue that the city's laboratory was asked to examine twice, a file, and the report."""
    cases = f"/api/v1/cases/{number}"
    residue = {**SAMPLE, "name": "断路器残骸旁的残留物", "quantity": "250 g", "seal": ""}
    known = {"residue": service.investigator.post(f"{cases}/exhibits/samples", json=residue).json()["number"]}
    for name, kind in (("copy of it", "electronic"), ("report", "document")):
        known[name] = service.upload(number, picture, f"断路器残骸.{name}", kind=kind).json()["exhibit"]["number"]
        wait_for_readings(service, number, known[name])
        wait_for_scan(service, number, known[name])
    for key in ("asked", "asked again"):
        asked = {**ASKED, "exhibits": [known["residue"]]}
        known[key] = service.investigator.post(f"{cases}/examinations", json=asked).json()["number"]
    return known


def told(kind: str, **more: str):
    """Fields and the exhibit that is the report."""
    return lambda known: {kind: {**REPORT, "exhibit": known["report"], **more}}


THIS, AGAIN, RESIDUE = {"examination": "asked"}, {"examination": "asked again"}, {"exhibit": "residue"}
# in an order in which the rightful person can make them all
OF_LABORATORY = {
    "GET /cases/{number:str}/examinations/new": Call("investigator"),
    "POST /cases/{number:str}/examinations/new": Call(
        "investigator", lambda known: {"data": {**ASKED, "exhibits": [known["residue"]], "due_at": "2027-01-10"}}
    ),
    "POST /api/v1/cases/{number:str}/examinations": Call(
        "investigator", lambda known: {"json": {**ASKED, "exhibits": [known["residue"]]}}
    ),
    "GET /cases/{number:str}/examinations/{examination:str}": Call("examiner", fills=THIS),
    "GET /api/v1/cases/{number:str}/examinations": Call("legal"),
    "GET /api/v1/cases/{number:str}/examinations/{examination:str}": Call("examiner", fills=THIS),
    "POST /cases/{number:str}/examinations/{examination:str}/report": Call("investigator", told("data"), THIS),
    "POST /api/v1/cases/{number:str}/examinations/{examination:str}/report": Call("investigator", told("json"), AGAIN),
    "GET /cases/{number:str}/exhibits/{exhibit:str}/split": Call("investigator", fills=RESIDUE),
    "POST /cases/{number:str}/exhibits/{exhibit:str}/split": Call(
        "investigator", {"data": {"name:1": "残留物甲", "quantity:1": "50 g", **SPLIT}}, RESIDUE
    ),
    "GET /cases/{number:str}/exhibits/{exhibit:str}/derive": Call("investigator", fills=RESIDUE),
    "POST /cases/{number:str}/exhibits/{exhibit:str}/derive": Call(
        "investigator",
        lambda known: {
            "data": {
                "relation": "working_copy",
                "children": [known["copy of it"]],
                "method": "复制",
                "original_at": "物证室",
                "maker": "王建国",
            }
        },
        RESIDUE,
    ),
}
LISTS_OF_LABORATORY = {"GET /custody/examinations", "GET /api/v1/examinations"}
