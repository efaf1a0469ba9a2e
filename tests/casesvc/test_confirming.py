"""Confirming an act by password or one-time code: who is let through, once, and what guessing meets."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pyotp
import pytest
from pydantic import SecretStr
from sqlmodel import select

from casesvc import confirming, logins
from casesvc.accounts import account_of, actor_of
from casesvc.confirming import Confirmation, Confirmed, Means, confirm
from casesvc.enrolling import begin_enrolment, end_enrolment
from casesvc.errors import (
    ConfirmationRefused,
    InputRefused,
    LoginPaused,
    LoginRefused,
    PasswordChangeNeeded,
    PasswordWrong,
    TotpNotInForce,
    TotpUnreadable,
    TotpUsed,
)
from casesvc.logins import MOST_FAILURES, log_in
from casesvc.pages.environment import make_environment
from casesvc.pages.facts import fact_name, fact_text
from casesvc.passwords import matches
from casesvc.problems import PROBLEMS
from casesvc.totp import Totp
from evidence.record import RecordEntry
from tests.casesvc.conftest import PASSWORD, both_stacks
from tests.casesvc.test_accounts import INITIAL, NEW
from tests.casesvc.test_totp import begun, enrolled

BY_PASSWORD, BY_CODE = Confirmed(Means.PASSWORD), Confirmed(Means.TOTP)


def signer(service, login: str = "legal"):
    with service.here.database.reading() as tx:
        return actor_of(tx, login)


def sign(service, proof: str, login: str = "legal") -> Confirmed:
    return confirm(service.here, signer(service, login), Confirmation(proof=SecretStr(proof)))


@pytest.fixture
def moment(monkeypatch) -> datetime:
    """Ten minutes from now, in the middle of a time step: no test waits, none runs over a step's end."""
    later = int(datetime.now(UTC).timestamp() + 600) // 30 * 30 + 15
    at = datetime.fromtimestamp(later, UTC)
    monkeypatch.setattr(confirming, "now", lambda: at)
    return at


@pytest.fixture
def codes(service, moment):
    """The codes of the legal officer, by steps from the present one."""
    key = enrolled(service.legal)
    return lambda steps=0: pyotp.TOTP(key).at(moment, counter_offset=steps)


def other_than(*right: str) -> str:
    return next(code for code in ("000000", "000001", "000002", "000003") if code not in right)


# ── right and wrong ───────────────────────────────────────


@both_stacks
def test_the_own_password_confirms_and_another_does_not(service):
    assert sign(service, PASSWORD) == BY_PASSWORD
    for wrong in (PASSWORD + " ", PASSWORD.lower(), "x", "（"):
        with pytest.raises(ConfirmationRefused):
            sign(service, wrong)
        assert sign(service, PASSWORD) == BY_PASSWORD


@both_stacks
def test_a_code_confirms_once(service, codes):
    assert sign(service, codes()) == BY_CODE
    for _ in range(2):
        with pytest.raises(TotpUsed):
            sign(service, codes())
    assert sign(service, PASSWORD) == BY_PASSWORD, "the password stays as good"
    assert sign(service, codes(1)) == BY_CODE


@pytest.mark.parametrize("typed", ["{} ", "{:.3} {:.3}", "wide"])
def test_a_code_is_read_as_people_type_it(service, codes, typed):
    code = codes()
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    proof = {"{} ": f"{code} ", "{:.3} {:.3}": f"{code[:3]} {code[3:]}", "wide": wide}[typed]
    assert sign(service, proof) == BY_CODE


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_codes_of_the_steps_beside_hold(service, codes, steps):
    assert sign(service, codes(steps)) == BY_CODE


@pytest.mark.parametrize("steps", [-20, -2, 2, 20])
def test_codes_farther_off_do_not(service, codes, steps):
    with pytest.raises(ConfirmationRefused):
        sign(service, codes(steps))


def test_after_a_code_none_of_a_step_before_holds(service, codes):
    assert sign(service, codes(1)) == BY_CODE
    for steps in (1, 0):
        with pytest.raises(TotpUsed):
            sign(service, codes(steps))


def test_the_first_code_that_put_the_key_in_force_is_used_by_that(service):
    key = begun(service.legal)
    code = pyotp.TOTP(key).now()
    assert service.legal.post("/api/v1/session/totp/first-code", json={"code": code}).status_code == 204
    with pytest.raises(TotpUsed):
        sign(service, code)


def test_a_code_of_somebody_else_is_a_wrong_one(service, codes):
    enrolled(service.approver)
    with pytest.raises(ConfirmationRefused):
        sign(service, codes(), "approver")
    assert sign(service, codes()) == BY_CODE, "and the owner's stays unused"


def test_the_password_of_somebody_else_is_a_wrong_one(service):
    service.administrator.post("/api/v1/accounts", json={**NEW, "password": "Bieren-119-x"})
    with pytest.raises(ConfirmationRefused):
        sign(service, "Bieren-119-x")


def test_a_code_without_enrolment_asks_for_the_password(service, moment):
    with pytest.raises(TotpNotInForce):
        sign(service, "123456")
    key = begun(service.legal)
    with pytest.raises(TotpNotInForce):
        sign(service, pyotp.TOTP(key).at(moment))


def test_ended_codes_confirm_nothing(service, codes):
    assert service.legal.post("/api/v1/session/totp/end", json={"password": PASSWORD}).status_code == 204
    with pytest.raises(TotpNotInForce):
        sign(service, codes())


def test_a_closed_account_confirms_nothing(service, codes):
    by = signer(service)
    service.administrator.post("/api/v1/accounts/legal/disable")
    for proof in (PASSWORD, codes()):
        with pytest.raises(ConfirmationRefused):
            confirm(service.here, by, Confirmation(proof=SecretStr(proof)))


def test_a_password_that_somebody_else_gave_confirms_nothing(service):
    service.administrator.post("/api/v1/accounts", json=NEW)
    with pytest.raises(PasswordChangeNeeded):
        sign(service, INITIAL, NEW["login"])


@pytest.mark.parametrize("given", [{}, {"proof": ""}, {"proof": "x" * 201}, {"proof": None}, {"proof": 123456}])
def test_what_is_no_proof_is_told_by_the_name_of_its_field(given):
    with pytest.raises(InputRefused) as refused:
        Confirmation(**given)
    assert "密码或动态口令" in refused.value.detail


# ── guessing ──────────────────────────────────────────────


@both_stacks
def test_failures_to_confirm_and_to_log_in_are_counted_together(service, codes):
    wrong = other_than(*(codes(steps) for steps in (-1, 0, 1)))
    with pytest.raises(LoginRefused):
        log_in(service.here, "legal", "wrong", address="")
    for proof in ("wrong", wrong, "wrong", wrong):
        with pytest.raises(ConfirmationRefused):
            sign(service, proof)
    for proof in (PASSWORD, codes(), wrong):
        with pytest.raises(LoginPaused):
            sign(service, proof)
    with pytest.raises(LoginPaused):
        log_in(service.here, "legal", PASSWORD, address="")
    assert log_in(service.here, "legal", PASSWORD, address="10.0.0.2"), "elsewhere the owner is not kept out"


def test_a_right_proof_begins_the_count_anew(service, codes):
    for proof in (codes(-1), PASSWORD, codes(0)):
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(ConfirmationRefused):
                sign(service, "wrong")
        sign(service, proof)


def test_a_used_code_and_one_without_enrolment_are_no_guesses(service, codes):
    sign(service, codes())
    for _ in range(MOST_FAILURES + 1):
        with pytest.raises(TotpUsed):
            sign(service, codes())
        with pytest.raises(TotpNotInForce):
            sign(service, "123456", "approver")
    assert sign(service, codes(1)) == BY_CODE
    assert sign(service, PASSWORD, "approver") == BY_PASSWORD


@both_stacks
def test_of_many_at_once_with_the_same_code_exactly_one_wins(service, codes):
    by, begin = signer(service), threading.Barrier(8)

    def use(_):
        begin.wait()
        try:
            return confirm(service.here, by, Confirmation(proof=SecretStr(codes())))
        except (TotpUsed, LoginPaused) as reason:
            return type(reason)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(use, range(8)))
    assert outcomes.count(BY_CODE) == 1
    assert outcomes.count(TotpUsed) == 7


@both_stacks
def test_many_guesses_of_a_code_at_once_find_a_pause(service, codes):
    by, begin = signer(service), threading.Barrier(12)
    right = {codes(steps) for steps in (-1, 0, 1)}
    guesses = [code for code in (f"{n:06}" for n in range(15)) if code not in right][:12]

    def guess(code):
        begin.wait()
        try:
            return confirm(service.here, by, Confirmation(proof=SecretStr(code)))
        except (ConfirmationRefused, LoginPaused) as reason:
            return type(reason)

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, guesses))
    assert outcomes.count(ConfirmationRefused) == MOST_FAILURES
    assert outcomes.count(LoginPaused) == 12 - MOST_FAILURES


def test_a_password_is_proven_while_nothing_is_open(service, monkeypatch):
    database, mine, seen = service.here.database, threading.local(), []

    def watched(opening):
        @contextmanager
        def inner(*arguments):
            mine.open = True
            try:
                with opening(*arguments) as session:
                    yield session
            finally:
                mine.open = False

        return inner

    def matching(password_hash, password):
        seen.append(mine.open)
        return matches(password_hash, password)

    by = signer(service)
    for opening in ("reading", "logins", "begin"):
        monkeypatch.setattr(database, opening, watched(getattr(database, opening)))
    monkeypatch.setattr(logins, "matches", matching)
    confirm(service.here, by, Confirmation(proof=SecretStr(PASSWORD)))
    begin_enrolment(service.here, by, PASSWORD)
    with pytest.raises(PasswordWrong):
        end_enrolment(service.here, by, "wrong")
    assert seen == [False] * 3


# ── what is kept ──────────────────────────────────────────


def test_neither_key_nor_proof_is_in_the_record_the_database_or_the_log(service, moment, caplog):
    caplog.set_level(logging.DEBUG)
    key = enrolled(service.legal)
    code = pyotp.TOTP(key).at(moment)
    guess = "Mima-119-cuo"
    sign(service, code)
    sign(service, PASSWORD)
    for wrong in (guess, code):
        with pytest.raises((ConfirmationRefused, TotpUsed)) as refused:
            sign(service, wrong)
        told = PROBLEMS[type(refused.value)].about(refused.value)
        assert not [secret for secret in (guess, code) if secret in f"{refused.value}{vars(refused.value)}{told}"]
    service.here.database.engine.dispose()
    database = b"".join(path.read_bytes() for path in service.here.settings.data_dir.glob("casesvc.sqlite3*"))
    with service.here.database.reading() as tx:
        record = b"".join(entry.body for entry in tx.exec(select(RecordEntry)))
        assert len(tx.exec(select(Totp)).all()) == 1
    logged = caplog.text.encode()
    for secret in (key, guess, PASSWORD):
        for where, kept in {"record": record, "database": database, "log": logged}.items():
            assert secret.encode() not in kept, f"{secret} in the {where}"
    assert code.encode() not in record
    assert code.encode() not in logged


def test_a_confirmation_does_not_show_what_it_carries():
    given = Confirmation(proof=SecretStr(PASSWORD))
    assert PASSWORD not in f"{given!r}{given}{given.model_dump()}{given.model_dump_json()}"


def test_with_another_secret_of_the_installation_only_the_password_confirms(service, codes):
    (service.here.settings.data_dir / "secret").write_text("0" * 64)
    for _ in range(MOST_FAILURES + 1):
        with pytest.raises(TotpUnreadable):
            sign(service, codes())
    assert sign(service, PASSWORD) == BY_PASSWORD
    assert service.legal.get("/api/v1/session/totp").json()["state"] == "in_force"
    with service.here.database.reading() as tx:
        assert tx.get(Totp, account_of(tx, "legal").id).last_step


# ── on pages ──────────────────────────────────────────────


def test_an_event_says_in_chinese_with_what_it_was_confirmed():
    assert fact_name("confirmed_by") == "确认方式"
    assert [fact_text(means.value, "confirmed_by") for means in Means] == ["登录密码", "动态口令"]


def test_a_form_asks_for_the_proof_and_says_in_whose_name(service):
    source = (
        '{% import "parts_confirm.html" as signing %}'
        '{{ signing.signature(by, "接收以上 3 件证据") }}{{ signing.signature(by, "拒收", id="refusal-proof") }}'
    )
    page = make_environment().from_string(source).render(by=signer(service))
    assert page.count('name="proof"') == 2
    assert 'id="proof"' in page
    assert 'id="refusal-proof"' in page
    assert "某legal" in page
    assert "接收以上 3 件证据" in page
    assert 'autocomplete="one-time-code"' in page
