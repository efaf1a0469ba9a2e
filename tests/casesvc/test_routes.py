"""Every route of the application, asked by people who may not see the case: none of them is told anything of it.

A route without a row below fails the test, so nobody adds one without saying who may not use it.
"""

import io
import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from litestar.routes import HTTPRoute
from PIL import Image
from sqlmodel import func, select

from casesvc.accounts import Account, add_account
from casesvc.acts import system_actor
from casesvc.publishing import sequence_and_publish
from evidence.clamav import Clamd, Scanned, ScanOutcome
from evidence.log import Sequencer
from evidence.record import RecordEntry
from evidence.register import unit_by_code
from tests.casesvc.conftest import ALARM, PASSWORD, SCENE, Browser, content_digest
from tests.casesvc.routes import Call, body, form
from tests.casesvc.routes_audit import LISTS_OF_AUDIT, OF_AUDIT
from tests.casesvc.routes_custody import OF_CUSTODY, ready
from tests.casesvc.routes_laboratory import LISTS_OF_LABORATORY, OF_LABORATORY, ready_laboratory
from tests.casesvc.routes_places import LISTS_OF_PLACES, OF_PLACES, ready_places
from tests.casesvc.test_accounts import NEW
from tests.casesvc.test_document_page import D13
from tests.casesvc.test_scanning import wait_for_scan
from tests.casesvc.test_walk import SAMPLE, wait_for_readings
from tests.casesvc.tus import PIECE, TUS, address, metadata
from workflows.roles import Role

PAGE, API = {"accept": "text/html"}, {"accept": "application/json"}


OPENING = {"name": "宏远纸品仓库火灾", "fire_at": "2026-11-24T22:40"}
CLOCK = {
    "device": "东门海康 DVR",
    "shown": "2026-11-24T23:01:05",
    "beijing_at": "2026-11-24T23:00:05+08:00",
    "how": "手机网络时间同框拍照",
    "unknown_device": "true",
}
COPY = {"title": "公开用", "operations": [{"op": "redact", "x": 0, "y": 0, "width": 8, "height": 8}]}
STEP = {"slug": "scene_inspected", "facts": SCENE}

# in an order in which the rightful person can make them all
OF_A_CASE = {
    "GET /cases/{number:str}": Call("investigator"),
    "GET /cases/{number:str}/upload": Call("investigator"),
    "GET /cases/{number:str}/uploads": Call("legal"),
    "GET /cases/{number:str}/samples/new": Call("investigator"),
    "GET /cases/{number:str}/gallery": Call("legal"),
    "GET /cases/{number:str}/gallery/{exhibit:str}": Call("legal", fills={"exhibit": "photo"}),
    "POST /cases/{number:str}/samples/new": form("investigator", **{**SAMPLE, "seal": "FY-90"}),
    "POST /cases/{number:str}/steps": form(
        "investigator", slug="scene_inspected", **{f"fact.{name}": value for name, value in SCENE.items()}
    ),
    "GET /cases/{number:str}/documents/new/{form:str}": Call("investigator", fills={"form": "D13"}),
    "POST /cases/{number:str}/documents/new/{form:str}": Call("investigator", {"data": D13}, {"form": "D13"}),
    "GET /cases/{number:str}/timeline": Call("investigator"),
    "POST /cases/{number:str}/clocks": form("investigator", **{**CLOCK, "beijing_at": "2026-11-24T23:00:05"}),
    "GET /cases/{number:str}/exhibits/{exhibit:str}": Call("investigator"),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}/proof": Call("legal"),
    "POST /cases/{number:str}/exhibits/{exhibit:str}/scan": Call("legal", fills={"exhibit": "photo"}),
    "POST /cases/{number:str}/verification": form("legal"),
    "GET /cases/{number:str}/verifications/{run:int}": Call("legal"),
    "GET /api/v1/cases/{number:str}": Call("investigator"),
    "GET /api/v1/cases/{number:str}/steps": Call("investigator"),
    "POST /api/v1/cases/{number:str}/steps": body("investigator", **STEP),
    "POST /api/v1/cases/{number:str}/verification": Call("legal"),
    "GET /api/v1/cases/{number:str}/verifications": Call("legal"),
    "GET /api/v1/cases/{number:str}/exhibits": Call("investigator"),
    "GET /api/v1/cases/{number:str}/gallery": Call("legal"),
    "GET /api/v1/cases/{number:str}/uploads": Call("investigator"),
    "POST /api/v1/uploads": Call("investigator", lambda known: {"headers": known["announcement"]}),
    "GET /api/v1/uploads/{name:str}": Call("investigator", fills={"name": "upload"}),
    "PATCH /api/v1/uploads/{name:str}": Call(
        "investigator", {"headers": {**PIECE, "upload-offset": "0"}, "content": b"x"}, {"name": "upload"}
    ),
    "POST /api/v1/uploads/{name:str}": Call(
        "investigator",
        {"headers": {**PIECE, "upload-offset": "1", "x-http-method-override": "PATCH"}, "content": b""},
        {"name": "upload"},
    ),
    "DELETE /api/v1/uploads/{name:str}": Call("investigator", {"headers": TUS}, {"name": "upload"}),
    "PUT /api/v1/uploads/{name:str}": Call(
        "investigator",
        lambda known: {
            "params": {"case": known["number"], "file_name": "b.jpg", "kind": "photo"},
            "headers": {"content-digest": content_digest(b"bytes"), "content-type": "application/octet-stream"},
            "content": b"bytes",
        },
        {"name": "one-request"},
    ),
    "GET /api/v1/cases/{number:str}/timeline": Call("investigator"),
    "GET /api/v1/cases/{number:str}/clocks": Call("legal"),
    "POST /api/v1/cases/{number:str}/clocks": body("investigator", **CLOCK),
    "POST /api/v1/cases/{number:str}/exhibits/samples": body("investigator", **{**SAMPLE, "seal": "FY-91"}),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}": Call("investigator"),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}/original": Call(
        "legal", {"params": {"purpose": "核对"}}, {"exhibit": "photo"}
    ),
    "POST /api/v1/cases/{number:str}/exhibits/{exhibit:str}/scan": Call("legal", fills={"exhibit": "photo"}),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}/{copy:str}": Call(
        "legal", fills={"exhibit": "photo", "copy": "thumbnail"}
    ),
    "GET /cases/{number:str}/exhibits/{exhibit:str}/edit": Call("investigator", fills={"exhibit": "photo"}),
    "POST /api/v1/cases/{number:str}/exhibits/{exhibit:str}/copies": Call(
        "legal", {"json": COPY}, {"exhibit": "photo"}
    ),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}/copies/{copy:int}": Call(
        "approver", fills={"exhibit": "photo", "copy": "edited"}
    ),
    "GET /api/v1/cases/{number:str}/documents": Call("legal"),
    "POST /api/v1/cases/{number:str}/documents": Call(
        "investigator", lambda known: {"json": {"form": "D13", "fields": known["fields"]}}
    ),
    "GET /api/v1/cases/{number:str}/documents/drafts/{form:str}": Call("investigator", fills={"form": "D13"}),
    "GET /api/v1/cases/{number:str}/documents/{document:str}/file": Call("legal"),
    **OF_CUSTODY,
    **OF_AUDIT,
    **OF_PLACES,
    **OF_LABORATORY,
    "GET /incidents/{number:str}/case": Call("investigator"),
    "POST /incidents/{number:str}/case": form("investigator", **OPENING),
    "POST /api/v1/cases": Call(
        "investigator",
        lambda known: {"json": {**OPENING, "fire_at": "2026-11-24T22:40:00+08:00", "incident": known["other"]}},
    ),
}
OF_ACCOUNTS = {
    "GET /accounts": Call("administrator"),
    "GET /accounts/new": Call("administrator"),
    "POST /accounts/new": form("administrator", **NEW),
    "GET /accounts/{login:str}": Call("administrator"),
    "POST /accounts/{login:str}/reset": form("administrator", password=PASSWORD),
    "POST /accounts/{login:str}/disable": form("administrator"),
    "GET /api/v1/accounts": Call("administrator"),
    "POST /api/v1/accounts": body("administrator", **NEW),
    "POST /api/v1/accounts/{login:str}/reset": body("administrator", password=PASSWORD),
    "POST /api/v1/accounts/{login:str}/disable": Call("administrator"),
}
LISTS = {
    # each person's own: they name no case, exhibit or incident that he may not see
    *("GET /", "GET /cases", "GET /incidents", "GET /incidents/new", "GET /forms", "GET /status"),
    *("GET /password", "GET /totp", "GET /custody", "GET /api/v1/handovers"),
    *("GET /api/v1/cases", "GET /api/v1/incidents", "GET /api/v1/forms", "GET /api/v1/units", "GET /api/v1/status"),
    *("GET /api/v1/session", "GET /api/v1/session/totp", "GET /api/v1/health", "GET /login"),
    # how much there is in the log, and nothing of it
    *("GET /log", "GET /api/v1/log", "GET /api/v1/log/check"),
    *("GET /api/v1/log/checkpoint", "GET /api/v1/log/consistency"),
    *("GET /schema", "GET /schema/openapi.json", "GET /schema/oauth2-redirect.html"),
    *LISTS_OF_PLACES,
    *LISTS_OF_LABORATORY,
    *LISTS_OF_AUDIT,
}
OF_NO_CASE = {
    # writing that names no case: his own session and password, his own unit's alarm, the store
    *("POST /login", "POST /logout", "POST /password", "POST /incidents/new", "POST /status/canary"),
    *("POST /totp", "POST /totp/first-code", "POST /totp/end", "POST /api/v1/session/totp"),
    *("POST /api/v1/session/totp/first-code", "POST /api/v1/session/totp/end"),
    *("POST /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/password", "POST /api/v1/incidents"),
    "POST /api/v1/canary",
    # files of ours
    *("GET /schema/{path:str}", "GET /static/{file_path:path}"),
}
SECRETS = ("宏远纸品仓库", "文明大道", "马会计", "13803720000", "断路器残骸", "东墙配电箱全景", "某investigator")


class Scanner(Clamd):
    """Has newer signatures whenever it is asked, so that an original may be scanned again."""

    def version(self) -> str:
        return f"ClamAV 1/{next(SIGNATURES)}"

    def scan(self, blocks: Iterable[bytes]) -> Scanned:
        assert b"".join(blocks)
        return Scanned(ScanOutcome.CLEAN)


SIGNATURES = itertools.count(1)


@pytest.fixture
def here(here):
    return replace(here, scanner=Scanner("localhost:3310"))


def routes(app) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_asked_below(service):
    rows = [*OF_A_CASE, *OF_ACCOUNTS, *LISTS, *OF_NO_CASE]
    assert len(rows) == len(set(rows))
    assert routes(service.app) == set(rows), "a new route needs a row: who may not use it?"
    assert not [row for row in LISTS if "{" in row]


@pytest.fixture
def strangers(service) -> dict[str, Browser]:
    """A neighbour county's investigator and its examiner, a member of the unit without any role, the administrator, and
    nobody.
    """
    with service.here.database.begin(system_actor()) as act:
        known = act.tx.exec(select(Account.password_hash).where(Account.login == "legal")).one()
        for login, unit, roles in (("roleless", "410502", set()), ("other examiner", "410523", {Role.EXAMINER})):
            add_account(
                act,
                unit_by_code(act.tx, unit),
                name="某外人",
                certificate=login,
                login=login,
                password_hash=known,
                roles=frozenset(roles),
                password_set_by_owner=True,
            )
    return {
        "neighbour": service.neighbour,
        "administrator": service.administrator,
        **{login: Browser(service.app).log_in(login) for login in ("roleless", "other examiner")},
        "anonymous": Browser(service.app),
    }


@pytest.fixture
def filled(service) -> dict[str, Any]:
    """A case with a photograph, a sample, an issued document and a kept verification; two incidents without a case."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    service.open_case()
    number = service.open_case()  # the first one's number stands in the descriptions of the API as an example
    service.take("approver", number, "investigators_assigned", first="王建国", second="李文静")
    photo = service.upload(number, picture.getvalue(), "东墙配电箱全景.jpg").json()["exhibit"]["number"]
    wait_for_readings(service, number, photo)
    wait_for_scan(service, number, photo)
    cases = f"/api/v1/cases/{number}"
    sample = service.investigator.post(f"{cases}/exhibits/samples", json=SAMPLE).json()["number"]
    fields = service.investigator.get(f"{cases}/documents/drafts/D13").json()["fields"]
    issued = service.investigator.post(f"{cases}/documents", json={"form": "D13", "fields": fields})
    assert issued.status_code == 201, issued.text
    run = service.legal.post(f"{cases}/verification").json()["id"]
    copy = service.investigator.post(f"{cases}/exhibits/{photo}/copies", json={**COPY, "title": "断路器残骸"})
    upload = address(service.investigator, number, 2, "断路器残骸.mp4").rsplit("/", 1)[1]
    sequence_and_publish(service.here, Sequencer())
    incidents = [service.investigator.post("/api/v1/incidents", json=ALARM).json()["number"] for _ in range(2)]
    return {
        **ready(service, number, picture.getvalue()),
        **ready_places(service, number),
        **ready_laboratory(service, number, picture.getvalue()),
        "number": number,
        "photo": photo,
        "exhibit": sample,
        "fields": fields,
        "document": issued.json()["number"],
        "run": str(run),
        "edited": str(copy.json()["id"]),
        "login": "legal",
        "upload": upload,
        "announcement": {**TUS, "upload-length": "1", "upload-metadata": metadata(case=number, filename="a.bin")},
        "incident": incidents[0],
        "other": incidents[1],
    }


def ask(client, row: str, call: Call, known: dict[str, Any]):
    method, path = row.split()
    fills = {**known, **{name: known.get(value, value) for name, value in call.fills.items()}}
    if "/incidents/" in path:
        fills["number"] = known["incident"]
    path = re.sub(r"\{(\w+):\w+\}", lambda part: fills[part[1]], path)
    content = dict(call.content(known) if callable(call.content) else call.content)
    headers = {**(API if path.startswith("/api/") else PAGE), **content.pop("headers", {})}
    return client.request(method, path, headers=headers, follow_redirects=False, **content)


def test_strangers_are_told_nothing_and_the_person_whose_work_it_is_gets_through(service, strangers, filled):
    before = entries(service)
    told = []
    for row, call in {**OF_A_CASE, **OF_ACCOUNTS}.items():
        for who, client in strangers.items():
            if who == call.by:
                continue
            answer = ask(client, row, call, filled)
            if not refused(answer, who) or any(secret in answer.text for secret in SECRETS):
                told.append((row, who, answer.status_code))
    assert told == []
    assert entries(service) == before, "a refusal leaves nothing behind"

    shut_out = []
    for row, call in OF_A_CASE.items():
        answer = ask(getattr(service, call.by), row, call, filled)
        if answer.status_code >= 400 or answer.headers.get("location") == "/login":
            shut_out.append((row, answer.status_code, answer.text[-400:]))
    assert shut_out == [], "or else the refusals above prove nothing"


def test_a_persons_lists_name_nothing_he_may_not_see(service, strangers, filled):
    found = []
    numbers = [filled[key] for key in ("number", "exhibit", "photo", "document", "incident", "other")]
    for row in LISTS:
        for who, client in strangers.items():
            answer = ask(client, row, Call(who), filled)
            assert answer.status_code < 500
            found += [(row, who, word) for word in (*SECRETS, *numbers) if word in answer.text]
    assert found == []


def refused(answer, who: str) -> bool:
    """A problem; a page sends only one who is not logged in elsewhere, to do so."""
    sent_to_login = who == "anonymous" and answer.headers.get("location", "").startswith("/login")
    return answer.status_code in {401, 403, 404} or sent_to_login


def entries(service) -> int:
    with service.here.database.reading() as tx:
        return tx.exec(select(func.count()).select_from(RecordEntry)).one()
