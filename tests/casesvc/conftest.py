"""The service as its users meet it: people with logins, a client per person, on either stack."""

import base64
import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner
from litestar import Litestar
from litestar.testing import TestClient

from casesvc.accounts import add_account
from casesvc.acts import system_actor
from casesvc.app import create_app
from casesvc.cli import main
from casesvc.installation import Installation, install, prepare_store
from casesvc.migrating import migrate
from casesvc.passwords import hashed
from casesvc.settings import Settings
from evidence.register import load_units, unit_by_code
from tests.casesvc.serving import environment
from workflows.roles import Role

PASSWORD = "Anyang-119-test"
PEOPLE = {
    "investigator": ("410502", {Role.INVESTIGATOR}),
    "second": ("410502", {Role.INVESTIGATOR}),
    "custodian": ("410502", {Role.CUSTODIAN}),
    "legal": ("410502", {Role.LEGAL}),
    "approver": ("410502", {Role.APPROVER}),
    "supervisor": ("410500", {Role.SUPERVISOR}),
    "administrator": ("410500", {Role.ADMINISTRATOR}),
    "neighbour": ("410523", {Role.INVESTIGATOR}),
    "city": ("410500", {Role.INVESTIGATOR}),
}
ALARM = {
    "received_at": "2026-11-24T22:49:00+08:00",
    "caller": "马会计",
    "phone": "13803720000",
    "place": "安阳市文峰区文明大道东段",
    "burning": "纸箱",
}
SCENE = {"inspected_at": "25日8时至11时", "leader": "王建国", "result": "东墙配电箱处烧损最重"}


@dataclass
class Service:
    """An installation, its application, and a logged-in client for each person."""

    here: Installation
    app: Litestar
    clients: dict[str, "Browser"] = field(default_factory=dict)

    def __getattr__(self, login: str) -> "Browser":
        if login not in PEOPLE:
            raise AttributeError(login)
        if login not in self.clients:
            self.clients[login] = Browser(self.app).log_in(login)
        return self.clients[login]

    def open_case(self, login: str = "investigator") -> str:
        client = getattr(self, login)
        incident = client.post("/api/v1/incidents", json=ALARM).json()["number"]
        opening = {"incident": incident, "name": "宏远纸品仓库“11·24”火灾", "fire_at": "2026-11-24T22:40:00+08:00"}
        return client.post("/api/v1/cases", json=opening).json()["number"]

    def take(self, login: str, case: str, slug: str, **facts: str):
        return getattr(self, login).post(f"/api/v1/cases/{case}/steps", json={"slug": slug, "facts": facts})

    def upload(self, case: str, content: bytes, name: str = "a.jpg", login: str = "investigator", **query: str):
        """One file in one request; ``sending`` and ``headers`` may be given."""
        headers = {"content-type": "application/octet-stream", "content-digest": content_digest(content)}
        headers |= query.pop("headers", {})
        sending = query.pop("sending", secrets.token_hex(8))
        params = {"case": case, "file_name": name, "kind": "photo", **query}
        return getattr(self, login).put(f"/api/v1/uploads/{sending}", params=params, content=content, headers=headers)


def content_digest(content: bytes) -> str:
    """The field Content-Digest (RFC 9530) of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


class Browser(TestClient):
    """A client that keeps its cookies and sends the form token, as a browser's pages do."""

    def __init__(self, app: Litestar) -> None:
        super().__init__(app, raise_server_exceptions=False)
        self.get("/api/v1/health")

    def log_in(self, login: str, password: str = PASSWORD) -> "Browser":
        answer = self.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 204, answer.text
        return self

    def request(self, method, url, **arguments):
        if method not in {"GET", "HEAD"}:
            token = self.cookies.get("csrftoken", "")
            arguments["headers"] = {"x-csrftoken": token, **(arguments.get("headers") or {})}
        return super().request(method, url, **arguments)


@pytest.fixture(params=["sqlite+file"])
def stack(request) -> str:
    """Which database and store; tests that must hold on both say so with ``both_stacks``."""
    return request.param


both_stacks = pytest.mark.parametrize("stack", ["sqlite+file", "postgresql+minio"], indirect=True)


@pytest.fixture
def settings(stack, request, tmp_path) -> Settings:
    if stack == "sqlite+file":
        return Settings(data_dir=tmp_path / "data")
    minio = request.getfixturevalue("minio_server")
    bucket = re.sub("[^a-z0-9]", "", tmp_path.name.lower())[-20:] + "-evidence"
    return Settings(
        data_dir=tmp_path / "data",
        database_url=request.getfixturevalue("postgres_url"),
        store="minio",
        s3_endpoint=minio.endpoint,
        s3_access_key=minio.access_key,
        s3_secret_key=minio.secret_key,
        s3_bucket=bucket,
        s3_secure=False,
        retention_days=1,
    )


@pytest.fixture(scope="session")
def peopled(tmp_path_factory):
    """A SQLite file with everybody in it, copied for each test: hashing passwords well takes its time."""
    made = install(Settings(data_dir=tmp_path_factory.mktemp("peopled")))
    people(made)
    made.database.engine.dispose()
    return made.settings.data_dir / "casesvc.sqlite3"


@pytest.fixture
def here(settings, stack, peopled) -> Installation:
    made = install(settings)
    prepare_store(made.store)
    if stack == "sqlite+file":
        shutil.copy(peopled, settings.data_dir)
    else:
        people(made)
    return made


def people(made: Installation) -> None:
    """Migrate and enter everybody."""
    migrate(made.database.engine)
    password_hash = hashed(PASSWORD)
    with made.database.begin(system_actor()) as act:
        load_units(act.tx)
        for login, (unit, roles) in PEOPLE.items():
            add_account(
                act,
                unit_by_code(act.tx, unit),
                name=f"某{login}",
                certificate=login,
                login=login,
                password_hash=password_hash,
                roles=frozenset(roles),
                password_set_by_owner=True,
            )


@pytest.fixture
def service(here) -> Iterator[Service]:
    app = create_app(here)
    with TestClient(app):
        yield Service(here, app)
    here.database.engine.dispose()


@pytest.fixture
def command(service, monkeypatch):
    """``casesvc …`` against the installation of the test, with its settings from the environment."""
    for name, value in environment(service.here.settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments, **more):
        return CliRunner().invoke(main, [*arguments], **more)

    return run
