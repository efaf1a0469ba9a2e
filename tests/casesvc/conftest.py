"""The service as its users meet it: people with logins, a client per person, on either stack."""

import base64
import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import argon2
import pytest
from click.testing import CliRunner
from litestar import Litestar
from litestar.testing import TestClient

from casesvc import passwords
from casesvc.accounts import add_account
from casesvc.acts import system_actor
from casesvc.app import create_app
from casesvc.cli import main
from casesvc.installation import Installation, install, prepare_store, secret_of
from casesvc.jobs import Jobs
from casesvc.migrating import migrate
from casesvc.passwords import hashed
from casesvc.settings import Settings
from evidence.register import load_units, unit_by_code
from tests.casesvc.serving import Served, environment
from workflows.roles import Role

PASSWORD = "Anyang-119-test"
SERVICES_OWN = passwords._HASHER
"""What the service hashes passwords with, before the tests put something quick in its place."""
PEOPLE = {
    "investigator": ("410502", {Role.INVESTIGATOR}),
    "second": ("410502", {Role.INVESTIGATOR}),
    "custodian": ("410502", {Role.CUSTODIAN}),
    "keeper": ("410502", {Role.CUSTODIAN}),
    "legal": ("410502", {Role.LEGAL}),
    "approver": ("410502", {Role.APPROVER}),
    "supervisor": ("410500", {Role.SUPERVISOR}),
    "administrator": ("410500", {Role.ADMINISTRATOR}),
    "neighbour": ("410523", {Role.INVESTIGATOR}),
    "city": ("410500", {Role.INVESTIGATOR}),
    "examiner": ("410500", {Role.EXAMINER}),
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

    def offer(self, case: str, *exhibits: str, act: str = "handed_in", login: str = "investigator", **more: object):
        """Offer exhibits; to the unit's custodians unless ``more`` names another receiver."""
        to = more if {"receiver", "unit", "outside_name"} & set(more) else {"unit": "410502", **more}
        items = [{"exhibit": exhibit} for exhibit in exhibits]
        offered = {"type": act, "items": items, "purpose": "入库保管"} | to
        return getattr(self, login).post(f"/api/v1/cases/{case}/handovers", json=offered)

    def answer(self, case: str, handover: str, *answers: dict, login: str = "custodian", **more: object):
        """Answer a handover; each of ``answers`` names its exhibit and, where it is accepted, what was found."""
        given = [{"accepted": True, **each} for each in answers]
        body = {"answers": given, "proof": PASSWORD, **more}
        return getattr(self, login).post(f"/api/v1/cases/{case}/handovers/{handover}/answers", json=body)

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
        if portal := app.state.get("portal"):
            self.blocking_portal = portal  # the loop that the application runs in, as for every client of a server
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
    url = "peopled_postgres_url" if "here" in request.fixturenames else "postgres_url"
    bucket = re.sub("[^a-z0-9]", "", tmp_path.name.lower())[-20:] + "-evidence"
    return Settings(
        data_dir=tmp_path / "data",
        database_url=request.getfixturevalue(url),
        store="minio",
        s3_endpoint=minio.endpoint,
        s3_access_key=minio.access_key,
        s3_secret_key=minio.secret_key,
        s3_bucket=bucket,
        s3_secure=False,
        retention_days=1,
    )


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Passwords hashed with next to no work: a hash says how it was made, so what is kept is verified as ever.

    test_passwords.py looks at what the service itself takes.
    """
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        patch.setattr(passwords, "_NOBODYS", quick.hash(secrets.token_hex()))
        yield


@pytest.fixture
def slow_passwords(monkeypatch):
    """Each verification takes a while, as the service's own do: races have that long to go wrong."""
    verify = passwords._HASHER.verify

    def slowly(*arguments):
        time.sleep(0.1)
        return verify(*arguments)

    monkeypatch.setattr(passwords, "_HASHER", SimpleNamespace(verify=slowly))


@pytest.fixture(scope="session")
def peopled(tmp_path_factory, quick_passwords) -> Installation:
    """An installation on SQLite with everybody in it; its database file is copied for each test."""
    made = install(Settings(data_dir=tmp_path_factory.mktemp("peopled")))
    people(made)
    made.database.engine.dispose()
    return made


@pytest.fixture(scope="session")
def peopled_postgres(postgres_server, tmp_path_factory, quick_passwords) -> str:
    """The name of a PostgreSQL database with everybody in it."""
    name = postgres_server.create_database()
    made = install(Settings(data_dir=tmp_path_factory.mktemp("peopled"), database_url=postgres_server.url(name)))
    people(made)
    made.database.engine.dispose()  # of a database in use PostgreSQL makes no copy
    return name


@pytest.fixture
def peopled_postgres_url(postgres_server, peopled_postgres) -> Iterator[str]:
    """The SQLAlchemy URL of a copy of it, dropped after the test."""
    name = postgres_server.create_database(like=peopled_postgres)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def here(settings, stack, peopled) -> Installation:
    made = install(settings)
    prepare_store(made.store)
    if stack == "sqlite+file":
        shutil.copy(peopled.settings.data_dir / "casesvc.sqlite3", settings.data_dir)
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


@pytest.fixture(scope="session")
def built(peopled) -> Litestar:
    """The application, built once: of its 160 routes each build reads every signature anew."""
    return create_app(peopled)


def given(app: Litestar, here: Installation) -> Litestar:
    """The application with what is an installation's own exchanged; test_app.py proves that there is no more."""
    app.csrf_config.secret = secret_of(here.settings)
    app.csrf_config.cookie_secure = here.settings.secure_cookies
    app.state.installation = here
    app.state.jobs = Jobs(here)
    return app


@pytest.fixture
def service(here, built) -> Iterator[Service]:
    app = given(built, here)
    with TestClient(app) as running:
        app.state.portal = running.blocking_portal
        yield Service(here, app)
        del app.state.portal
    here.database.engine.dispose()


@pytest.fixture
def command(service, monkeypatch):
    """``casesvc …`` against the installation of the test, with its settings from the environment."""
    for name, value in environment(service.here.settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments, **more):
        return CliRunner().invoke(main, [*arguments], **more)

    return run


# ── the service as a process of its own, and people at browsers ───────────────


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """A service that runs, for all tests of a file; a test that kills it starts it again."""
    made = Served(tmp_path_factory.mktemp("served") / "data").start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def api(served):
    """The demo's investigator, as a program."""
    client = served.client()
    yield client
    client.close()


@pytest.fixture
def case(api) -> str:
    """The number of a new case."""
    return own_case(api)


def own_case(api) -> str:
    incident = api.post("/api/v1/incidents", json=ALARM).json()["number"]
    opening = {"incident": incident, "name": "宏远纸品仓库“11·24”火灾", "fire_at": "2026-11-24T22:40:00+08:00"}
    return api.post("/api/v1/cases", json=opening).json()["number"]


@pytest.fixture(scope="module")
def browser(chromium_path):
    """Chromium, for all tests of a file: Playwright leaves its thread to others only when it has ended."""
    from playwright.sync_api import sync_playwright

    from tests.casesvc.browsing import FLAGS, SCREENS

    SCREENS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def investigator(browser, served):
    """The demo's investigator at a browser, with no error on any of her pages."""
    from tests.casesvc.browsing import Person

    person = Person(browser, served, "diaocha")
    yield person
    assert person.complaints == []
    person.context.close()
