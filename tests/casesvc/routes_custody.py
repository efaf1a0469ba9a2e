"""The routes of custody, for :mod:`tests.casesvc.test_routes`: each with the person whose work it is."""

from typing import Any

from tests.casesvc.conftest import PASSWORD
from tests.casesvc.routes import Call
from tests.casesvc.test_scanning import wait_for_scan
from tests.casesvc.test_walk import SAMPLE, wait_for_readings

FOUND = {"quantity": "1 个", "condition": "封口完好"}
OUTSIDE = {"outside_name": "赵工", "outside_organisation": "河南省某检验所", "purpose": "检验"}
TERM = "2027-01-01T10:00"
SAMPLES = 17
UNSEALED = 15
"""Those after it can be divided and copied."""


def ready(service, number: str, picture: bytes) -> dict[str, Any]:
    """What the calls below need: samples s1 to s17, handovers of some of them, two at a laboratory, a signed paper."""
    cases = f"/api/v1/cases/{number}"
    known: dict[str, Any] = {}
    for count in range(1, SAMPLES + 1):
        sample = {**SAMPLE, "name": f"断路器残骸{count}", "seal": f"FY-{count}"}
        if count > UNSEALED:
            sample |= {"quantity": "250 g", "seal": ""}
        known[f"s{count}"] = service.investigator.post(f"{cases}/exhibits/samples", json=sample).json()["number"]
    for count in (2, 3, 6, 7):
        known[f"h{count}"] = service.offer(number, known[f"s{count}"]).json()["number"]
    for count in (4, 8, 9, 10):
        sent = {"act": "sent_for_examination", "term": f"{TERM}:00+08:00", **OUTSIDE}
        known[f"h{count}"] = service.offer(number, known[f"s{count}"], **sent).json()["number"]
    for paper in ("paper", "paper4", "paper8", "paper9", "paper10", "signed9", "signed10"):
        sent = service.upload(number, picture + paper.encode(), "交接单.jpg", kind="document")
        known[paper] = sent.json()["exhibit"]["number"]
        wait_for_readings(service, number, known[paper])
        wait_for_scan(service, number, known[paper])
    for count in (9, 10):
        answer = {"exhibit": known[f"s{count}"], "accepted": True, "seal_before": f"FY-{count}", **FOUND}
        signed = {"answers": [answer], "paper": known[f"signed{count}"], "proof": PASSWORD}
        taken = service.investigator.post(f"{cases}/handovers/{known[f'h{count}']}/paper", json=signed)
        assert taken.status_code == 201, taken.text
    return known


def answers(count: int, **more: object):
    """The JSON answer that accepts sample ``count``."""

    def content(known: dict[str, Any]) -> dict[str, Any]:
        each = {"exhibit": known[f"s{count}"], "accepted": True, "seal_before": f"FY-{count}", **FOUND}
        paper = {"paper": known[f"paper{count}"]} if "paper" in more else {}
        return {"json": {"answers": [each], "proof": PASSWORD, **more, **paper}}

    return content


def answered(count: int, **more: str):
    """The same as a form."""

    def content(known: dict[str, Any]) -> dict[str, Any]:
        exhibit = known[f"s{count}"]
        own = {**FOUND, "seal_before": f"FY-{count}", "answer": "accept"}
        paper = {"paper": known[f"paper{count}"]} if "paper" in more else {}
        fields = {f"{name}:{exhibit}": value for name, value in own.items()}
        return {"data": {"exhibits": exhibit, **fields, "proof": PASSWORD, **more, **paper}}

    return content


def of(count: int, *, key: str = "exhibits", **more: object):
    """JSON about sample ``count``, a list of one where the field is a list."""

    def content(known: dict[str, Any]) -> dict[str, Any]:
        exhibit = known[f"s{count}"]
        return {"json": {key: [exhibit] if key == "exhibits" else exhibit, **more}}

    return content


def form_of(count: int, *, key: str = "exhibits", **more: object):
    return lambda known: {"data": {key: known[f"s{count}"], **more}}


def asking(count: int, **more: str):
    """The query of a form's page."""
    return lambda known: {"params": {"exhibits": known[f"s{count}"], **more}}


DECIDED = {"decision": "agreed", "opinion": "同意", "proof": PASSWORD}
TAKEN = {"reason": "库房漏水", "proof": PASSWORD}
ASKED = {"type": "returned_to_owner", "reason": "案件已结"}

# in an order in which the rightful person can make them all
OF_CUSTODY = {
    "GET /cases/{number:str}/custody/offer": Call("investigator", asking(1, type="handed_in")),
    "POST /cases/{number:str}/custody/offer": Call(
        "investigator", form_of(1, type="handed_in", to="unit:410502", purpose="入库保管")
    ),
    "GET /cases/{number:str}/handovers/{handover:str}": Call("custodian", fills={"handover": "h2"}),
    "POST /cases/{number:str}/handovers/{handover:str}/answers": Call("custodian", answered(2), {"handover": "h2"}),
    "POST /cases/{number:str}/handovers/{handover:str}/withdrawal": Call(
        "investigator", {"data": {"reason": "改送检"}}, {"handover": "h3"}
    ),
    "POST /cases/{number:str}/handovers/{handover:str}/paper": Call(
        "investigator", answered(4, paper=""), {"handover": "h4"}
    ),
    "GET /api/v1/cases/{number:str}/handovers": Call("legal"),
    "POST /api/v1/cases/{number:str}/handovers": Call(
        "investigator",
        lambda known: {
            "json": {
                "type": "handed_in",
                "items": [{"exhibit": known["s5"]}],
                "unit": "410502",
                "purpose": "入库保管",
            }
        },
    ),
    "GET /api/v1/cases/{number:str}/handovers/{handover:str}": Call("legal", fills={"handover": "h6"}),
    "POST /api/v1/cases/{number:str}/handovers/{handover:str}/answers": Call(
        "custodian", answers(6), {"handover": "h6"}
    ),
    "POST /api/v1/cases/{number:str}/handovers/{handover:str}/withdrawal": Call(
        "investigator", {"json": {"reason": "改送检"}}, {"handover": "h7"}
    ),
    "POST /api/v1/cases/{number:str}/handovers/{handover:str}/paper": Call(
        "investigator", answers(8, paper=""), {"handover": "h8"}
    ),
    "GET /cases/{number:str}/custody/take-back": Call("investigator", asking(9)),
    "POST /cases/{number:str}/custody/take-back": Call("investigator", answered(9, paper="", purpose="检毕取回")),
    "POST /api/v1/cases/{number:str}/handovers/taken-back": Call(
        "investigator", answers(10, paper="", purpose="检毕取回")
    ),
    "GET /cases/{number:str}/custody/act": Call("investigator", asking(11, type="labelled")),
    "POST /cases/{number:str}/custody/act": Call(
        "investigator", form_of(11, type="labelled", **{"fact:label": "热敏 60×40"})
    ),
    "POST /api/v1/cases/{number:str}/custody/acts": Call(
        "investigator", of(11, type="labelled", facts={"label": "A4"})
    ),
    "GET /cases/{number:str}/custody/correct": Call("investigator", asking(11, event="0")),
    "POST /cases/{number:str}/custody/correct": Call(
        "investigator", form_of(11, key="exhibit", event="0", reason="写错", **{"fact:method": "剪取"})
    ),
    "POST /api/v1/cases/{number:str}/custody/corrections": Call(
        "custodian", of(11, key="exhibit", event=0, facts={"packing": "纸箱"}, reason="写错")
    ),
    "GET /cases/{number:str}/custody/request": Call("investigator", asking(12, type="returned_to_owner")),
    "POST /cases/{number:str}/custody/request": Call("investigator", form_of(12, **ASKED)),
    "POST /cases/{number:str}/custody/decision": Call("approver", form_of(12, **DECIDED)),
    "POST /api/v1/cases/{number:str}/custody/requests": Call("custodian", of(13, **ASKED)),
    "POST /api/v1/cases/{number:str}/custody/decisions": Call("approver", of(13, **DECIDED)),
    "GET /cases/{number:str}/custody/take-over": Call("custodian", asking(14)),
    "POST /cases/{number:str}/custody/take-over": Call("custodian", form_of(14, **TAKEN)),
    "POST /cases/{number:str}/custody/review": Call("supervisor", form_of(14, **DECIDED)),
    "POST /api/v1/cases/{number:str}/custody/take-overs": Call("custodian", of(15, **TAKEN)),
    "POST /api/v1/cases/{number:str}/custody/reviews": Call("supervisor", of(15, **DECIDED)),
    "POST /api/v1/cases/{number:str}/custody/splits": Call(
        "investigator",
        of(
            16,
            key="exhibit",
            portions=[{"name": "断路器残骸甲", "quantity": "50 g"}],
            remainder="200 g",
            reason="留样",
            second_officer="李文静",
        ),
    ),
    "POST /api/v1/cases/{number:str}/custody/derivations": Call(
        "investigator",
        lambda known: {
            "json": {
                "exhibit": known["s17"],
                "children": [known["paper"]],
                "relation": "working_copy",
                "facts": {"method": "复制", "original_at": "物证室", "maker": "王建国"},
            }
        },
    ),
    "GET /api/v1/cases/{number:str}/custody/families/{exhibit:str}": Call("legal", fills={"exhibit": "s16"}),
}
