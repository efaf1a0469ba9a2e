"""Promises about the code and its papers that a test can keep."""

import re
from pathlib import Path

import pytest
from litestar.openapi.spec import OpenAPI

from casesvc.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("casesvc", "evidence", "storage", "templates", "workflows")


def sources():
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_only_the_database_module_commits():
    committing = [path for path in sources() if re.search(r"\.commit\(", path.read_text("utf-8"))]
    assert committing == [ROOT / "casesvc" / "database.py"]


def test_nothing_deletes_an_object_a_row_or_a_file_of_evidence():
    pattern = re.compile(r"tx\.delete\(|sa\.delete\(|sqlmodel.*\bdelete\b|remove_object\b")
    found = [path for path in sources() if pattern.search(path.read_text("utf-8"))]
    assert found in ([], [ROOT / "storage" / "minio_store.py"]), "the canary's attack is the one removal there is"


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


def test_a_page_runs_no_script_but_ours(service):
    page = service.investigator.get("/cases", headers={"accept": "text/html"})
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|style=", page.text)
