"""People at work at once: on both stacks nobody waits for ever, nothing forks, nothing false is found."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import select

from casesvc.accounts import LoginSession, actor_of
from casesvc.acts import now, verify_all
from casesvc.database import Database
from evidence.record import What, read
from evidence.register import case_by_number
from tests.casesvc.conftest import SCENE, both_stacks
from workflows.steps import take_step

pytestmark = both_stacks


def actors(service):
    with service.here.database.reading() as tx:
        return {login: actor_of(tx, login) for login in ("investigator", "legal", "approver")}


def test_views_and_steps_of_one_case_do_not_stop_each_other(service):
    case = service.open_case()
    service.take("approver", case, "investigators_assigned", first="甲", second="乙")
    by = actors(service)
    database: Database = service.here.database

    def view(_):
        with database.begin(by["legal"]) as act:
            read(act, What.VIEW, purpose="查看", case=case_by_number(act.tx, case))

    def step(_):
        with database.begin(by["investigator"]) as act:
            take_step(act, case_by_number(act.tx, case), "scene_inspected", SCENE)

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(work, number) for number in range(40) for work in (view, step)]
    assert [job.exception() for job in done if job.exception()] == []
    assert verify_all(service.here).findings == []


def test_verification_beside_work_finds_nothing_that_is_not_there(service):
    case = service.open_case()
    ended = threading.Event()

    def work():
        number = 0
        while not ended.is_set():
            service.upload(case, b"bytes %d" % number)
            number += 1

    service.investigator  # noqa: B018 - logged in before the race
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work) for _ in range(2)]
        try:
            found = [verify_all(service.here).findings for _ in range(12)]
        finally:
            ended.set()
    assert [job.exception() for job in working] == [None, None]
    assert found == [[]] * 12


def test_requests_of_sessions_not_seen_for_long_do_not_wait_for_each_other(service):
    case = service.open_case()
    client = service.legal
    with service.here.database.logins() as tx:
        tx.execute(
            sa.update(LoginSession).values(begun_at=now() - timedelta(hours=1), seen_at=now() - timedelta(minutes=30))
        )
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.get(f"/api/v1/cases/{case}/exhibits").status_code, range(60)))
    assert set(answers) == {200}
    service.app.state.jobs.wake()
    for _ in range(100):
        with service.here.database.reading() as tx:
            seen = max(row.seen_at for row in tx.exec(select(LoginSession)))
        if seen > now() - timedelta(minutes=1):
            break
        time.sleep(0.1)
    assert seen > now() - timedelta(minutes=1)
