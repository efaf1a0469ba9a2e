"""One-time codes: the vectors of RFC 6238, how a key is sealed, and how a person comes to have codes and loses them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from sqlmodel import select

from casesvc import totp
from casesvc.accounts import account_of
from casesvc.errors import TotpUnreadable
from casesvc.logins import MOST_FAILURES
from casesvc.totp import Totp, code_in, new_key, opened, step_of, uri_of
from evidence.record import RecordEntry, What
from tests.casesvc.conftest import PASSWORD, Browser, both_stacks
from tests.casesvc.test_accounts import INITIAL, own
from tests.casesvc.test_bad_input import problem

API = "/api/v1/session/totp"
RFC_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", the key of RFC 6238 appendix B
VECTORS = [  # seconds since 1970; the last six of the eight digits there
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def shown(person) -> dict:
    answer = person.get(API)
    assert answer.status_code == 200, answer.text
    return answer.json()


def begun(person, password: str = PASSWORD) -> str:
    """The key of somebody who has just begun."""
    answer = person.post(API, json={"password": password})
    assert answer.status_code == 204, answer.text
    return shown(person)["key"]


def enrolled(person, password: str = PASSWORD) -> str:
    """The key of somebody whose codes are in force."""
    key = begun(person, password)
    answer = person.post(f"{API}/first-code", json={"code": pyotp.TOTP(key).now()})
    assert answer.status_code == 204, answer.text
    return key


def changes(service, login: str) -> list[tuple[str, str]]:
    """What the record says was done to an account, and by whom."""
    with service.here.database.reading() as tx:
        entries = tx.exec(select(RecordEntry).where(RecordEntry.what == What.ACCOUNT).order_by(RecordEntry.seq)).all()
    bodies = [json.loads(entry.body) for entry in entries]
    return [(body["facts"]["act"], body["by"]["name"]) for body in bodies if body["facts"]["login"] == login]


def rows(service) -> list[Totp]:
    with service.here.database.reading() as tx:
        return list(tx.exec(select(Totp)))


# ── codes ─────────────────────────────────────────────────


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_codes_are_those_of_the_rfc(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_KEY, code, at) == seconds // 30


@pytest.mark.parametrize(("later", "held"), [(-31, False), (-30, True), (0, True), (30, True), (59, True), (60, False)])
def test_a_code_holds_in_its_step_and_those_beside(later, held):
    begin = datetime.fromtimestamp(2000000010, UTC)  # of a step
    code = pyotp.TOTP(RFC_KEY).at(begin)
    assert step_of(RFC_KEY, code, begin + timedelta(seconds=later)) == (2000000010 // 30 if held else None)


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        ("287082", "287082"),
        (" 287 082 ", "287082"),
        ("２８７０８２", "287082"),
        ("28708", None),
        ("2870821", None),
        ("28708a", None),
        ("٢٨٧٠٨٢", None),
        ("Anyang-119", None),
        ("", None),
    ],
)
def test_six_digits_are_a_code_and_all_else_may_be_a_password(proof, code):
    assert code_in(proof) == code


def test_an_authenticator_is_told_issuer_account_and_key():
    key = new_key()
    read = pyotp.parse_uri(uri_of(key, "王 建国"))
    assert (read.secret, read.name, read.issuer) == (key, "王 建国", totp.ISSUER)
    assert (read.digits, read.interval, read.digest().name) == (6, 30, "sha1")
    assert len(key) == 32
    assert new_key() != key


def test_a_key_is_opened_with_the_same_secret_and_for_the_same_account_only(service):
    with service.here.database.logins() as tx:
        legal, other = (account_of(tx, login).id for login in ("legal", "approver"))
        totp.begin(tx, "a" * 64, legal, datetime.now(UTC))
    row = rows(service)[0]
    key = opened("a" * 64, row)
    assert len(key) == 32
    assert key not in row.sealed_key
    with pytest.raises(TotpUnreadable):
        opened("b" * 64, row)
    with pytest.raises(TotpUnreadable):
        opened("a" * 64, Totp(account_id=other, sealed_key=row.sealed_key, begun_at=row.begun_at))


@both_stacks
def test_the_database_takes_no_codes_in_force_without_a_first_one(service):
    begun(service.legal)
    with pytest.raises(sa.exc.IntegrityError), service.here.database.logins() as tx:
        tx.execute(sa.update(Totp).values(in_force_since=datetime.now(UTC)))


# ── begun, in force, ended ────────────────────────────────


@both_stacks
def test_codes_are_begun_put_in_force_and_ended_and_the_record_says_so(service):
    person = service.legal
    assert shown(person) == {"state": "none", "in_force_since": None, "until": None, "key": "", "uri": ""}
    key = begun(person)
    waiting = shown(person)
    assert (waiting["state"], waiting["key"]) == ("begun", key)
    assert pyotp.parse_uri(waiting["uri"]).secret == key

    assert person.post(f"{API}/first-code", json={"code": pyotp.TOTP(key).now()}).status_code == 204
    held = shown(person)
    assert (held["state"], held["key"], held["uri"]) == ("in_force", "", ""), "a key in force is never shown again"
    assert held["in_force_since"]

    assert person.post(f"{API}/end", json={"password": PASSWORD}).status_code == 204
    assert shown(person)["state"] == "none"
    assert rows(service) == []
    assert changes(service, "legal") == [
        ("created", "系统"),
        ("totp_begun", "某legal"),
        ("totp_in_force", "某legal"),
        ("totp_ended", "某legal"),
    ]


def test_neither_beginning_nor_ending_is_done_without_the_password(service):
    """Whoever finds a session open could sign in its owner's name with a key of his own."""
    person = service.legal
    problem(person.post(API, json={"password": "wrong"}), 422, "password-wrong")
    assert shown(person)["state"] == "none"
    key = enrolled(person)
    for proof in ("wrong", pyotp.TOTP(key).now()):
        problem(person.post(f"{API}/end", json={"password": proof}), 422, "password-wrong")
    assert shown(person)["state"] == "in_force"


def test_wrong_passwords_here_pause_too(service):
    person = service.legal
    for _ in range(MOST_FAILURES):
        problem(person.post(API, json={"password": "wrong"}), 422, "password-wrong")
    problem(person.post(API, json={"password": PASSWORD}), 429, "login-paused")
    login = Browser(service.app).post("/api/v1/session", json={"login": "legal", "password": PASSWORD})
    problem(login, 429, "login-paused")


def test_a_wrong_first_code_puts_nothing_in_force(service):
    person = service.legal
    key = begun(person)
    right = pyotp.TOTP(key).now()
    for code in (f"{(int(right) + 1) % 10**6:06}", "", "abc"):
        assert "没有启用" in problem(person.post(f"{API}/first-code", json={"code": code}), 422, "totp-wrong")
    assert shown(person)["state"] == "begun"
    problem(person.post(f"{API}/first-code", json={}), 400, "input-refused")


def test_a_first_code_needs_a_key_that_waits_for_it(service):
    person = service.legal
    problem(person.post(f"{API}/first-code", json={"code": "123456"}), 409, "totp-not-begun")
    key = begun(person)
    with service.here.database.logins() as tx:
        row = tx.exec(select(Totp)).one()
        row.begun_at -= totp.BEGUN_FOR
        tx.add(row)
    assert shown(person)["state"] == "none"
    late = person.post(f"{API}/first-code", json={"code": pyotp.TOTP(key).now()})
    assert "超过 15 分钟" in problem(late, 409, "totp-not-begun")
    assert enrolled(person) != key


def test_a_key_in_force_is_ended_before_another_begins(service):
    person = service.legal
    key = enrolled(person)
    problem(person.post(API, json={"password": PASSWORD}), 409, "totp-in-force")
    problem(person.post(f"{API}/first-code", json={"code": pyotp.TOTP(key).now()}), 409, "totp-in-force")


def test_what_is_not_in_force_is_not_ended(service):
    problem(service.legal.post(f"{API}/end", json={"password": PASSWORD}), 409, "totp-not-in-force")


def test_to_begin_again_makes_another_key(service):
    person = service.legal
    first = begun(person)
    assert begun(person) != first
    answer = person.post(f"{API}/first-code", json={"code": pyotp.TOTP(first).now()})
    problem(answer, 422, "totp-wrong")


def test_everybody_sees_and_ends_only_his_own(service):
    key = begun(service.legal)
    assert shown(service.approver)["state"] == "none"
    code = pyotp.TOTP(key).now()
    problem(service.approver.post(f"{API}/first-code", json={"code": code}), 409, "totp-not-begun")


@both_stacks
def test_a_reset_by_the_administrator_ends_them(service):
    person = own(service)
    with service.here.database.reading() as tx:
        password = {"password": "Ziji-119-own"}
        assert account_of(tx, "xinren").password_set_by_owner
    enrolled(person, password["password"])
    assert service.administrator.post("/api/v1/accounts/xinren/reset", json={"password": INITIAL}).status_code == 200
    assert rows(service) == []
    assert changes(service, "xinren")[-2:] == [("totp_ended", "某administrator"), ("reset", "某administrator")]
    back = Browser(service.app).log_in("xinren", INITIAL)
    problem(back.get(API), 403, "password-change-needed")


def test_a_reset_where_there_are_none_says_nothing_of_them(service):
    own(service)
    service.administrator.post("/api/v1/accounts/xinren/reset", json={"password": INITIAL})
    assert "totp_ended" not in [act for act, _ in changes(service, "xinren")]


# ── pages ─────────────────────────────────────────────────


def test_the_page_leads_from_the_password_to_the_code_to_the_end(service):
    person = service.legal
    assert 'data-test="totp-begin-form"' in person.get("/totp").text
    assert 'href="/totp"' in person.get("/").text

    page = person.post("/totp", data={"password": PASSWORD}).text
    key = shown(person)["key"]
    assert key in page
    assert f">{' '.join(re.findall('....', key))}</code>" in page
    assert re.search(r'<svg role="img" aria-label="[^"]+" xmlns="[^"]+" viewBox="0 0 \d+ \d+" class="qr">', page)
    assert not re.search(r"style=|<script(?![^>]*\bsrc=)|\son[a-z]+=", page)

    page = person.post("/totp/first-code", data={"code": pyotp.TOTP(key).now()}).text
    assert "动态口令已启用" in page
    assert 'data-test="totp-state"' in page
    assert key not in page
    page = person.post("/totp/end", data={"password": PASSWORD}).text
    assert "动态口令已停用" in page


def test_a_page_tells_what_was_wrong_in_chinese(service):
    person = service.legal
    wrong = person.post("/totp", data={"password": "wrong"})
    assert (wrong.status_code, "密码不正确" in wrong.text) == (422, True)
    missing = person.post("/totp/first-code", data={})
    assert (missing.status_code, "请填写“动态口令”" in missing.text) == (400, True)
