"""Accounts: who makes and closes them, whose the password is, and what guessing it meets."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlmodel import func, select

from casesvc import logins, passwords
from casesvc.accounts import LONGEST, Account, LoginSession, recognise
from casesvc.acts import now, system_actor
from casesvc.auth import COOKIE
from casesvc.errors import LoginPaused, LoginRefused, LoginTaken
from casesvc.logins import MOST_FAILURES, PAUSE, LoginFailure, log_in
from casesvc.pages.forms import local_path
from evidence.record import RecordEntry, What
from tests.casesvc.conftest import PASSWORD, Browser, both_stacks
from tests.casesvc.test_bad_input import problem

INITIAL = "Chushi-119-a"
OWN = "Ziji-119-own"
NEW = {
    "name": "新人",
    "certificate": "豫消41050299",
    "unit": "410502",
    "login": "xinren",
    "password": INITIAL,
    "roles": ["investigator"],
}


def account_entries(service) -> list[dict]:
    with service.here.database.reading() as tx:
        entries = tx.exec(select(RecordEntry).where(RecordEntry.what == What.ACCOUNT).order_by(RecordEntry.seq)).all()
    bodies = [json.loads(entry.body) for entry in entries]
    return [{"by": body["by"]["name"], **body["facts"]} for body in bodies if body["facts"]["login"] == NEW["login"]]


def added(service, **changes) -> Browser:
    """A person whom the administrator has just added, logged in with the initial password."""
    answer = service.administrator.post("/api/v1/accounts", json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    return Browser(service.app).log_in(NEW["login"], INITIAL)


def own(service) -> Browser:
    """The same person with a password of his own."""
    person = added(service)
    assert person.post("/api/v1/password", json={"old": INITIAL, "new": OWN}).status_code == 204
    return person


# ── the administrator and cases ───────────────────────────


@pytest.mark.parametrize("other", ["investigator", "custodian", "legal", "approver", "supervisor"])
def test_an_administrator_has_no_other_role(service, other):
    answer = service.administrator.post("/api/v1/accounts", json={**NEW, "roles": ["administrator", other]})
    assert "不得兼任" in problem(answer, 422, "roles-apart")
    page = service.administrator.post("/accounts/new", data={**NEW, "roles": ["administrator", other]})
    assert page.status_code == 422
    assert account_entries(service) == []


def test_an_account_is_entered_in_the_record_without_its_password(service):
    added(service)
    assert account_entries(service) == [
        {
            "by": "某administrator",
            "act": "created",
            "login": "xinren",
            "person": "新人",
            "certificate": "豫消41050299",
            "unit": "410502",
            "roles": ["investigator"],
        }
    ]
    with service.here.database.reading() as tx:
        bodies = b"".join(tx.exec(select(RecordEntry.body)))
    assert INITIAL.encode() not in bodies
    assert b"argon2" not in bodies


def test_an_account_made_at_the_machine_is_entered_too(command, service):
    arguments = ("--name", "新人", "--certificate", "豫消9", "--unit", "410502", "--role", "investigator")
    assert command("user", "add", "xinren", *arguments, "--password", INITIAL).exit_code == 0
    assert command("user", "disable", "xinren").exit_code == 0
    with pytest.raises(AssertionError):
        Browser(service.app).log_in("xinren", INITIAL)
    assert command("user", "reset", "xinren", "--password", OWN).exit_code == 0
    Browser(service.app).log_in("xinren", OWN)
    entries = account_entries(service)
    assert [(entry["by"], entry["act"]) for entry in entries] == [
        ("系统", "created"),
        ("系统", "disabled"),
        ("系统", "reset"),
    ]
    assert "没有账号" in command("user", "disable", "nobody").output


def test_only_the_administrator_manages_accounts(service):
    added(service)
    for person in (service.investigator, service.supervisor, service.approver):
        for answer in (
            person.get("/api/v1/accounts"),
            person.post("/api/v1/accounts", json={**NEW, "login": "other", "certificate": "other"}),
            person.post("/api/v1/accounts/xinren/disable"),
            person.post("/api/v1/accounts/xinren/reset", json={"password": OWN}),
        ):
            problem(answer, 403, "not-permitted")
        assert person.get("/accounts").status_code == 403
    assert [entry["act"] for entry in account_entries(service)] == ["created"]


# ── whose the password is ─────────────────────────────────


def test_a_given_password_opens_nothing_but_its_own_change(service):
    person = added(service)
    assert person.get("/api/v1/session").status_code == 200
    for path in ("/api/v1/cases", "/api/v1/incidents", "/api/v1/forms", "/api/v1/units"):
        assert "先改成" in problem(person.get(path), 403, "password-change-needed")
    for path in ("/", "/cases", "/forms", "/incidents/new"):
        page = person.get(path, follow_redirects=False)
        assert (page.status_code, page.headers["location"]) == (303, "/password")
    assert "请先修改密码" in person.get("/password").text

    assert person.post("/api/v1/password", json={"old": INITIAL, "new": OWN}).status_code == 204
    assert person.get("/api/v1/cases").json() == []
    assert "请先修改密码" not in person.get("/password").text
    Browser(service.app).log_in("xinren", OWN)
    problem(
        Browser(service.app).post("/api/v1/session", json={"login": "xinren", "password": INITIAL}),
        401,
        "login-refused",
    )
    assert [(entry["by"], entry["act"]) for entry in account_entries(service)] == [
        ("某administrator", "created"),
        ("新人", "password_changed"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "status", "slug"),
    [
        ("wrong", OWN, 422, "password-wrong"),
        (INITIAL, INITIAL, 422, "password-unchanged"),
        (INITIAL, "short-1", 422, "password-weak"),
        (INITIAL, "onlyletters", 422, "password-weak"),
    ],
)
def test_a_password_that_does_not_become_the_owners(service, old, new, status, slug):
    person = added(service)
    problem(person.post("/api/v1/password", json={"old": old, "new": new}), status, slug)
    problem(person.get("/api/v1/cases"), 403, "password-change-needed")
    page = person.post("/password", data={"old": old, "new": new, "again": new}, headers={"accept": "text/html"})
    assert page.status_code == status


def test_the_page_changes_the_password_and_asks_for_it_twice(service):
    person = added(service)
    answer = person.post("/password", data={"old": INITIAL, "new": OWN, "again": OWN + "x"})
    assert answer.status_code == 400
    assert "不一致" in answer.text
    changed = person.post("/password", data={"old": INITIAL, "new": OWN, "again": OWN})
    assert "密码已修改" in changed.text
    assert person.get("/cases").status_code == 200


def test_a_changed_password_ends_the_other_sessions_of_the_account(service):
    here, elsewhere = own(service), Browser(service.app).log_in("xinren", OWN)
    assert here.post("/api/v1/password", json={"old": OWN, "new": INITIAL + "2"}).status_code == 204
    problem(elsewhere.get("/api/v1/cases"), 401, "not-logged-in")
    assert here.get("/api/v1/cases").status_code == 200


def test_guessing_the_old_password_in_an_open_session_pauses_too(service):
    person = added(service)
    for _ in range(MOST_FAILURES):
        problem(person.post("/api/v1/password", json={"old": "wrong", "new": OWN}), 422, "password-wrong")
    problem(person.post("/api/v1/password", json={"old": INITIAL, "new": OWN}), 429, "login-paused")


# ── closing and resetting ─────────────────────────────────


def test_a_disabled_account_is_out_at_once_and_comes_back_by_a_reset(service):
    person = own(service)
    assert service.administrator.post("/api/v1/accounts/xinren/disable").json()["disabled_at"]
    problem(person.get("/api/v1/cases"), 401, "not-logged-in")
    again = Browser(service.app).post("/api/v1/session", json={"login": "xinren", "password": OWN})
    problem(again, 401, "login-refused")
    assert service.administrator.post("/api/v1/accounts/xinren/disable").status_code == 200  # twice is once

    shown = service.administrator.post("/api/v1/accounts/xinren/reset", json={"password": INITIAL}).json()
    assert (shown["disabled_at"], shown["password_set_by_owner"]) == (None, False)
    back = Browser(service.app).log_in("xinren", INITIAL)
    problem(back.get("/api/v1/cases"), 403, "password-change-needed")
    acts = [entry["act"] for entry in account_entries(service)]
    assert acts == ["created", "password_changed", "disabled", "reset"]


def test_a_reset_ends_the_sessions(service):
    person = own(service)
    service.administrator.post("/api/v1/accounts/xinren/reset", json={"password": INITIAL})
    problem(person.get("/api/v1/cases"), 401, "not-logged-in")


def test_a_disabled_person_acts_at_the_machine_no_more(service, command):
    own(service)
    service.administrator.post("/api/v1/accounts/xinren/disable")
    refused = command("collect", "--as", "xinren", "--case", "x", __file__)
    assert "已停用" in refused.output


def test_an_account_that_is_not_there(service):
    answer = service.administrator.post("/api/v1/accounts/nobody/disable")
    assert "没有账号" in problem(answer, 404, "account-unknown")


def test_the_administrators_pages(service):
    administrator = service.administrator
    made = administrator.post("/accounts/new", data=NEW)
    assert "账号已建立" in made.text
    listed = administrator.get("/accounts").text
    assert 'data-account="xinren"' in listed
    assert "待本人改密码" in listed
    assert "已停用" in administrator.post("/accounts/xinren/disable").text
    assert "重新启用" in administrator.get("/accounts").text
    assert "密码已重置" in administrator.post("/accounts/xinren/reset", data={"password": OWN}).text
    Browser(service.app).log_in("xinren", OWN)


# ── what is taken ─────────────────────────────────────────


@both_stacks
def test_login_and_certificate_are_one_persons(service):
    added(service)
    taken = service.administrator.post("/api/v1/accounts", json={**NEW, "login": "other"})
    assert "已被使用" in problem(taken, 409, "certificate-taken")
    taken = service.administrator.post("/api/v1/accounts", json={**NEW, "certificate": "other"})
    assert "已被使用" in problem(taken, 409, "login-taken")
    assert len(account_entries(service)) == 1


@both_stacks
def test_of_two_adds_at_once_one_is_told(service):
    service.administrator.get("/api/v1/accounts")
    clients = [Browser(service.app).log_in("administrator") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(client.post, "/api/v1/accounts", json={**NEW, "login": f"xinren{n}"})
            for n, client in enumerate(clients)
        ]
        answers = sorted((one.result() for one in asked), key=lambda answer: answer.status_code)
    assert answers[0].status_code == 201
    problem(answers[1], 409, "certificate-taken")


@pytest.mark.parametrize("change", [{"login": "a b"}, {"login": "a/b"}, {"name": "新\x00人"}, {"unit": "4105\x0002"}])
def test_what_no_account_can_be_called(service, change):
    answer = service.administrator.post("/api/v1/accounts", json={**NEW, **change})
    assert answer.status_code == 400, answer.text


def test_an_error_that_is_not_a_taken_name_stays_what_it_is():
    from sqlalchemy.exc import IntegrityError

    from casesvc.accounts import _taken

    reason = IntegrityError("INSERT", {}, Exception("NOT NULL constraint failed: account.roles"))
    assert _taken(reason, "a", "b") is reason
    reason = IntegrityError("INSERT", {}, Exception('violates unique constraint "uq_account_login"'))
    assert isinstance(_taken(reason, "a", "b"), LoginTaken)


# ── guessing ──────────────────────────────────────────────


def attempt(service, login: str, password: str, address: str):
    return log_in(service.here, login, password, address=address)


@both_stacks
def test_failures_count_by_login_and_address(service):
    for _ in range(MOST_FAILURES):
        with pytest.raises(LoginRefused):
            attempt(service, "legal", "wrong", "10.0.0.1")
    with pytest.raises(LoginPaused):
        attempt(service, "legal", PASSWORD, "10.0.0.1")
    assert attempt(service, "legal", PASSWORD, "10.0.0.2"), "the owner elsewhere is not kept out"
    assert attempt(service, "approver", PASSWORD, "10.0.0.1"), "nor are others at the same address"


def test_known_and_unknown_logins_cannot_be_told_apart(service):
    def answers(login):
        browser = Browser(service.app)
        tried = [
            browser.post("/api/v1/session", json={"login": login, "password": f"wrong{n}"})
            for n in range(MOST_FAILURES + 2)
        ]
        return [(one.status_code, one.json()["type"], one.json()["detail"].replace(login, "…")) for one in tried]

    known = answers("legal")
    assert answers("nobody") == known
    assert [status for status, *_ in known] == [401] * MOST_FAILURES + [429] * 2
    own(service)
    service.administrator.post("/api/v1/accounts/xinren/disable")
    assert answers("xinren") == known, "nor is a closed one"


def test_a_pause_ends_and_what_is_over_is_forgotten(service, monkeypatch):
    for _ in range(MOST_FAILURES):
        with pytest.raises(LoginRefused):
            attempt(service, "legal", "wrong", "10.0.0.1")
    later = now() + PAUSE + timedelta(seconds=1)
    monkeypatch.setattr(logins, "now", lambda: later)
    with pytest.raises(LoginRefused):
        attempt(service, "nobody", "wrong", "10.0.0.9")
    with service.here.database.reading() as tx:
        assert tx.exec(select(func.count()).select_from(LoginFailure)).one() == 1
    assert attempt(service, "legal", PASSWORD, "10.0.0.1")


def test_four_failures_and_a_success_begin_anew(service):
    for _ in range(2):
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(LoginRefused):
                attempt(service, "legal", "wrong", "10.0.0.1")
        assert attempt(service, "legal", PASSWORD, "10.0.0.1")


def test_failures_older_than_ten_minutes_do_not_count(service, monkeypatch):
    begun = now()
    for minutes in (0, 4, 8, 9, 11, 12, 13):
        monkeypatch.setattr(logins, "now", lambda minutes=minutes: begun + timedelta(minutes=minutes))
        with pytest.raises(LoginRefused):
            attempt(service, "legal", "wrong", "10.0.0.1")
    assert attempt(service, "legal", PASSWORD, "10.0.0.1")


@pytest.mark.usefixtures("slow_passwords")
def test_of_many_guesses_at_once_the_right_one_is_not_told(service):
    """More than five are under way: what comes after the fifth failure looks alike, right or wrong."""
    begin = threading.Barrier(12)

    def guess(password):
        begin.wait()
        try:
            attempt(service, "legal", password, "10.0.0.1")
        except (LoginRefused, LoginPaused) as reason:
            return type(reason)
        return None

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, [f"wrong{n}" for n in range(12)]))
    assert outcomes.count(LoginRefused) == MOST_FAILURES
    assert outcomes.count(LoginPaused) == 12 - MOST_FAILURES


@pytest.mark.usefixtures("slow_passwords")
def test_a_few_hashes_at_once_and_none_inside_a_transaction(service, monkeypatch):
    database, verify = service.here.database, passwords._HASHER.verify
    mine, under_way, most, open_during = threading.local(), [], [], []

    def watched(opening):
        @contextmanager
        def inner():
            mine.open = True
            try:
                with opening() as tx:
                    yield tx
            finally:
                mine.open = False

        return inner

    class Watching:
        def verify(self, *arguments):
            under_way.append(1)
            most.append(len(under_way))
            open_during.append(mine.open)
            try:
                return verify(*arguments)
            finally:
                under_way.pop()

    monkeypatch.setattr(database, "reading", watched(database.reading))
    monkeypatch.setattr(database, "logins", watched(database.logins))
    monkeypatch.setattr(passwords, "_HASHER", Watching())
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda n: attempt(service, "legal", PASSWORD, f"10.0.1.{n}"), range(12)))
    assert max(most) <= passwords.AT_ONCE
    assert open_during == [False] * 12


@both_stacks
@pytest.mark.parametrize("login", ["le\x00gal", "\u202elegal"])
def test_a_login_that_cannot_be_written_gets_the_ordinary_refusal(service, login):
    browser = Browser(service.app)
    answer = browser.post("/api/v1/session", json={"login": login, "password": "wrong\x00"})
    problem(answer, 401, "login-refused")
    page = browser.post("/login", data={"login": login, "password": PASSWORD, "next": "/"})
    assert page.status_code == 401
    assert "账号或密码不正确" in page.text


def test_the_hash_of_a_hash_is_no_password(service):
    with service.here.database.reading() as tx:
        stored = tx.exec(select(Account.password_hash).where(Account.login == "legal")).one()
    with pytest.raises(LoginRefused):
        attempt(service, "legal", stored, "10.0.0.1")
    assert not passwords.matches("", "")


# ── sessions ──────────────────────────────────────────────


def seen(service, token: str, at: datetime, idle: timedelta = timedelta(hours=8)):
    with service.here.database.reading() as tx:
        return recognise(tx, token, address="10.0.0.1", at=at, idle=idle)


def test_a_session_ends_however_busy_it_is(service):
    token, idle = attempt(service, "legal", PASSWORD, "10.0.0.1"), timedelta(hours=8)
    begun = now()
    assert seen(service, token, begun + idle + timedelta(minutes=1)) is None, "idle"
    for hours in range(1, LONGEST * 8 + 1):
        at = begun + timedelta(hours=hours, seconds=-5)
        known = seen(service, token, at)
        assert known is not None
        with service.here.database.logins() as tx:
            session = tx.get_one(LoginSession, known.session_id)
            session.seen_at = at
            tx.add(session)
    assert seen(service, token, begun + LONGEST * idle + timedelta(seconds=5)) is None


def test_a_new_login_ends_the_session_it_replaces(service):
    browser = Browser(service.app).log_in("legal")
    first = browser.cookies[COOKIE]
    browser.log_in("approver")
    assert browser.get("/api/v1/session").json()["name"] == "某approver"
    other = Browser(service.app)
    other.cookies.set(COOKIE, first)
    problem(other.get("/api/v1/session"), 401, "not-logged-in")


def test_a_refused_login_ends_nothing(service):
    browser = Browser(service.app).log_in("legal")
    browser.post("/api/v1/session", json={"login": "legal", "password": "wrong"})
    assert browser.get("/api/v1/session").status_code == 200


@pytest.mark.parametrize(
    ("url", "path"),
    [("/cases?x=1", "/cases?x=1"), ("//[x", "/"), ("//evil", "/"), ("http://evil/", "/"), ("/\\evil", "/"), ("x", "/")],
)
def test_a_login_leads_nowhere_else(url, path):
    assert local_path(url) == path


def test_the_system_itself_has_no_login(service):
    with pytest.raises(LoginRefused):
        attempt(service, system_actor().name, PASSWORD, "10.0.0.1")
