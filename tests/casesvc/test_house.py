"""Promises about the code and its papers that a test can keep."""

import io
import re
import time
from pathlib import Path

import pytest
from litestar.openapi.spec import OpenAPI
from PIL import Image

from casesvc.headers import PAGE_POLICY
from casesvc.settings import Settings
from tests.casesvc.conftest import Browser

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("casesvc", "evidence", "storage", "templates", "workflows")


def sources():
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


@pytest.fixture(scope="module")
def made_once_for_this_file():
    return object()


def test_tests_that_share_what_was_made_stay_on_one_worker(request, made_once_for_this_file):
    if request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@test_house")


def test_only_the_database_module_commits():
    committing = [path for path in sources() if re.search(r"\.commit\(", path.read_text("utf-8"))]
    assert committing == [ROOT / "casesvc" / "database.py"]


DESTRUCTIVE = re.compile(
    r"\bremove_objects?\(|\.unlink\(|\brmtree\(|\bos\.(?:remove|rename|replace|f?truncate)\("
    r"|(?<!KEY )\b(?:DELETE|UPDATE|TRUNCATE)\b"  # SQL as text, locks left out
    r"|\b(?:tx|sa|session|sqlmodel)\.(?:delete|update)\(|(?<![@.\w])(?:delete|update)\("
)
PERMITTED = {
    "casesvc/accounts.py:touch": "when a login was last in use, not evidence",
    "casesvc/api/uploads.py:overridden": "the HTTP method of that name: giving up what is no evidence",
    "casesvc/installation.py:publish_secret": "the draft of the secret, once it is published",
    "casesvc/logins.py:_forget": "wrong passwords are counted, not evidence",
    "casesvc/totp.py:remove": "the key of one-time codes that hold no more; that they were is in the record",
    "casesvc/totp.py:spend": "the newest code that was used, not evidence",
    "evidence/append_only.py:refusing": "the triggers that refuse it",
    "evidence/append_only.py:triggers": "the triggers that refuse it",
    "evidence/append_only.py:_postgres_no_truncate": "the triggers that refuse it",
    "evidence/custody_defect.py:keep_defects": "what lists know of the gaps of a chain, made anew from it",
    "storage/disk.py:write_new": "the draft of the marker, once it is published",
    "storage/file_store.py:_clear": "what killed puts left, and makings nobody went on with: never an object",
    "storage/file_store.py:_seal": "the second name of a file that has its own",
    "storage/file_store.py:abandon": "the parts of an object that never came to be",
    "storage/file_store.py:complete": "what a torn part left beyond the last, before it is an object",
    "evidence/sending.py:_move": "where a file on its way in stands: no evidence yet",
    "evidence/sending.py:end_sending": "the parts of a file that has ended, one way or the other",
    "storage/file_store.py:_seal_published": "the first name of an object that has its own",
    "storage/file_store.py:put": "the second name of a file that has its own, or the rest of a failed put",
    "storage/file_store.py:set_legal_hold": "the marker of a hold that is lifted",
    "storage/file_store.py:try_delete": "the canary's attack, below canary/ only",
    "storage/minio_store.py:try_delete": "the canary's attack, below canary/ only",
}


def destructions():
    """Where the code deletes or overwrites something, by file and function."""
    found = set()
    for path in sources():
        function = ""
        for line in path.read_text("utf-8").splitlines():
            if begun := re.match(r"\s*(?:async )?def (\w+)", line):
                function = begun[1]
            elif DESTRUCTIVE.search(line):
                found.add(f"{path.relative_to(ROOT).as_posix()}:{function}")
    return found


@pytest.mark.parametrize(
    ("line", "destroys"),
    [
        ("client.remove_object(bucket, key)", True),
        ("list(client.remove_objects(bucket, keys))", True),
        ("path.unlink(missing_ok=True)", True),
        ("shutil.rmtree(folder)", True),
        ("os.replace(new, old)", True),
        ("os.ftruncate(descriptor, size)", True),
        ('tx.execute(sa.text("DELETE FROM exhibit"))', True),
        ('"UPDATE custody_event SET body = 1"', True),
        ("tx.delete(row)", True),
        ("tx.exec(sa.delete(Exhibit))", True),
        ("tx.exec(delete(Exhibit))", True),
        ("@delete(", False),
        ("digest.update(block)", False),
        ("text.replace(old, new)", False),
    ],
)
def test_the_search_for_destruction_finds_it(line, destroys):
    assert bool(DESTRUCTIVE.search(line)) is destroys


def test_nothing_deletes_an_object_a_row_or_a_file_of_evidence():
    assert destructions() == set(PERMITTED)


def test_every_setting_is_documented_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    documented = set(re.findall(r"`(CASESVC_[A-Z0-9_]+)`", readme))
    assert documented == {f"CASESVC_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture
def schema(service) -> OpenAPI:
    return service.app.openapi_schema


def test_every_api_route_is_described(schema):
    operations = [
        (f"{method} {path}", operation)
        for path, item in schema.paths.items()
        for method in ("get", "post", "put", "delete", "patch")
        if (operation := getattr(item, method)) is not None
    ]
    assert len(operations) > 20
    ids = [operation.operation_id for _, operation in operations]
    assert len(set(ids)) == len(ids)
    for where, operation in operations:
        assert where.split()[1].startswith("/api/v1/"), f"{where} does not belong in the API"
        assert operation.summary, where
        assert re.fullmatch("[a-z][A-Za-z]+", operation.operation_id), where
        if where == "get /api/v1/health":
            continue
        refusals = {status: answer for status, answer in operation.responses.items() if status.startswith("4")}
        assert "401" in refusals, where
        for status, answer in refusals.items():
            assert list(answer.content) == ["application/problem+json"], f"{where} {status}"


def test_the_interactive_documentation_needs_no_other_host(service):
    page = service.investigator.get("/schema", headers={"accept": "text/html"})
    assert page.status_code == 200
    addresses = re.findall(r"(?:src|href)=\"(http[^\"]+)\"", page.text)
    assert addresses == []


def test_the_interactive_documentation_is_for_those_who_are_logged_in(service):
    stranger = Browser(service.app)
    for path in ("/schema", "/schema/openapi.json"):
        answer = stranger.get(path, headers={"accept": "text/html"}, follow_redirects=False)
        assert answer.status_code in {302, 307}, path
        assert answer.headers["location"].startswith("/login"), path


HTML = {"accept": "text/html"}


def test_no_answer_is_kept_by_a_browser_or_sniffed(service):
    case = service.open_case()
    person = service.investigator
    exhibit = service.upload(case, b"x").json()["exhibit"]["number"]
    answers = {
        "page": person.get("/cases", headers=HTML),
        "login": Browser(service.app).get("/login", headers=HTML),
        "json": person.get("/api/v1/cases"),
        "health": person.get("/api/v1/health"),
        "problem": person.get("/api/v1/cases/nonsense"),
        "problem page": person.get("/cases/nonsense", headers=HTML),
        "no such page": person.get("/nonsense", headers=HTML),
        "no login": Browser(service.app).get("/api/v1/cases"),
        "original": service.legal.get(f"/api/v1/cases/{case}/exhibits/{exhibit}/original", params={"purpose": "x"}),
    }
    for what, answer in answers.items():
        assert answer.headers["cache-control"] == "no-store", what
        assert answer.headers["x-content-type-options"] == "nosniff", what
        assert answer.headers["referrer-policy"] == "same-origin", what
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert answer.headers["content-security-policy"] == PAGE_POLICY, what
    assert answers["problem page"].status_code == 404
    static = person.get("/static/casesvc.css")
    assert static.headers["x-content-type-options"] == "nosniff"
    assert "no-store" not in static.headers.get("cache-control", "")


def test_a_thumbnail_is_kept_for_this_person_and_forgotten_with_the_logout(service):
    case = service.open_case()
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PNG")
    exhibit = service.upload(case, out.getvalue(), "a.png").json()["exhibit"]["number"]
    for _ in range(100):
        picture = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{exhibit}/thumbnail")
        if picture.status_code == 200:
            break
        time.sleep(0.1)
    assert picture.headers["cache-control"] == "private, max-age=3600"
    assert picture.headers["vary"] == "cookie"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert Browser(service.app).log_in("legal").delete("/api/v1/session").headers["clear-site-data"] == '"cache"'
    page = Browser(service.app).log_in("legal").post("/logout", follow_redirects=False)
    assert page.headers["clear-site-data"] == '"cache"'


def test_a_page_runs_no_script_but_ours(service):
    page = service.investigator.get("/cases", headers=HTML)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|style=", page.text)
