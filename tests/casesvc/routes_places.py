"""The routes of places, labels and stock-takes, for :mod:`tests.casesvc.test_routes`."""

from typing import Any

from tests.casesvc.conftest import PASSWORD
from tests.casesvc.routes import Call, body, form
from tests.casesvc.test_walk import SAMPLE

FOUND = {"quantity": "1 个", "condition": "完好"}


def shelved(service, number: str, count: int, prefix: str) -> list[str]:
    """Samples of a case in the hands of its custodian, on no shelf yet."""
    samples = [
        service.investigator.post(
            f"/api/v1/cases/{number}/exhibits/samples", json={**SAMPLE, "seal": f"{prefix}-{at}"}
        ).json()["number"]
        for at in range(count)
    ]
    handover = service.offer(number, *samples).json()["number"]
    answers = [{"exhibit": each, "seal_before": f"{prefix}-{at}", **FOUND} for at, each in enumerate(samples)]
    assert service.answer(number, handover, *answers).status_code == 201
    return samples


def ready_places(service, number: str) -> dict[str, Any]:
    """A room W1 with a cabinet, a room W2 that is being counted twice over, three samples in the custodian's hands."""
    made = [
        {"kind": "room", "segment": "W1", "name": "物证室"},
        {"kind": "cabinet", "segment": "G1", "name": "一号柜", "parent": "W1"},
        *({"kind": "room", "segment": f"W{at}", "name": f"{at}号库"} for at in (2, 3, 4, 5)),
    ]
    for place in made:
        answer = service.custodian.post("/api/v1/places", json=place)
        assert answer.status_code == 201, answer.text
    begun = [
        service.custodian.post("/api/v1/stock-takes", json={"unit": "410502", "place": code}).json()
        for code in ("W2", "W3")
    ]
    first, second, third = shelved(service, number, 3, "FYP")
    return {
        "unit": "410502",
        "code": "W1-G1",
        "p1": first,
        "p2": second,
        "p3": third,
        "count1": begun[0]["stock_take"]["number"],
        "count2": begun[1]["stock_take"]["number"],
    }


CHANGE = {"name": "一号柜", "capacity": 20}
COUNT1, COUNT2 = {"number": "count1"}, {"number": "count2"}

# in an order in which the rightful person can make them all
OF_PLACES = {
    "GET /custody/places/new": Call("custodian", {"params": {"parent": "W1"}}),
    "POST /custody/places/new": form("custodian", kind="cabinet", segment="G2", name="二号柜", parent="W1"),
    "POST /custody/places/labels": Call("custodian", {"data": {"place": ["W1", "W1-G1"], "format": "sheet_70_37"}}),
    "GET /custody/places/{unit:str}/{code:str}": Call("supervisor"),
    "POST /custody/places/{unit:str}/{code:str}": form("custodian", **CHANGE, seen="0"),
    "POST /api/v1/places": body("custodian", kind="room", segment="W9", name="新库"),
    "GET /api/v1/places/{unit:str}/{code:str}": Call("supervisor"),
    "POST /api/v1/places/{unit:str}/{code:str}": body("custodian", **CHANGE, seen=1),
    "POST /api/v1/places/{unit:str}/{code:str}/exhibits": Call(
        "custodian", lambda known: {"json": {"exhibits": [known["p1"]]}}
    ),
    "POST /custody/scan/put-away": Call(
        "custodian",
        lambda known: {"data": {"unit": "410502", "place": "W1", "exhibits": f"{known['p2']},{known['p3']}"}},
    ),
    "GET /custody/scan": Call("supervisor", lambda known: {"params": {"code": known["p1"]}}),
    "GET /api/v1/scan": Call("investigator", lambda known: {"params": {"code": known["p1"]}}),
    "GET /cases/{number:str}/labels": Call("investigator"),
    "POST /cases/{number:str}/labels": Call(
        "custodian", lambda known: {"data": {"exhibit": known["p1"], "format": "thermal_60_40"}}
    ),
    "POST /api/v1/cases/{number:str}/labels": Call("investigator", lambda known: {"json": {"exhibits": [known["p1"]]}}),
    "POST /custody/stock-takes": form("supervisor", place="410502/W4"),
    "GET /custody/stock-takes/{number:str}": Call("custodian", fills=COUNT1),
    "POST /custody/stock-takes/{number:str}/scans": Call(
        "custodian", lambda known: {"data": {"code": known["p1"]}}, COUNT1
    ),
    "POST /custody/stock-takes/{number:str}/end": Call("custodian", {"data": {"proof": PASSWORD}}, COUNT1),
    "POST /api/v1/stock-takes": body("custodian", unit="410502", place="W5"),
    "GET /api/v1/stock-takes/{number:str}": Call("supervisor", fills=COUNT2),
    "POST /api/v1/stock-takes/{number:str}/scans": Call(
        "supervisor", lambda known: {"json": {"code": known["p2"]}}, COUNT2
    ),
    "POST /api/v1/stock-takes/{number:str}/end": Call("supervisor", {"json": {"proof": PASSWORD}}, COUNT2),
}
LISTS_OF_PLACES = {
    *("GET /custody/places", "GET /custody/stock-takes", "GET /api/v1/places", "GET /api/v1/stock-takes"),
}
