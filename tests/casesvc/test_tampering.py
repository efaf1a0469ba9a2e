"""``casesvc verify`` finds what was changed behind the service's back, on both stacks."""

import pytest

from tests.casesvc.conftest import both_stacks
from tests.tampering import tamper

pytestmark = both_stacks


@pytest.fixture
def worked(service):
    case = service.open_case()
    service.take("approver", case, "investigators_assigned", first="甲", second="乙")
    for number in range(3):
        assert service.upload(case, b"picture %d" % number, f"{number}.jpg").status_code == 201
    return service


@pytest.mark.parametrize(("table", "found"), [("custody_event", "保管事件"), ("record_entry", "操作记录")])
def test_bytes_that_somebody_made_text_of_end_no_verification(worked, command, table, found):
    """SQLite keeps text where bytes should be; PostgreSQL refuses it."""
    engine = worked.here.database.engine
    if engine.dialect.name == "postgresql":
        tamper(engine, f"UPDATE {table} SET body = '\\x7b'")
    else:
        tamper(engine, f"UPDATE {table} SET body = 'text'")
    for words in (("verify",), ("verify", "--chains"), ("log", "verify")):
        done = command(*words)
        assert done.exit_code in {0, 1}, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit)
    assert found in command("verify").output


@pytest.mark.usefixtures("worked")
def test_an_untouched_installation(command):
    done = command("verify")
    assert done.exit_code == 0, done.output
    assert "证据 3 件" in done.output
    assert "未发现问题" in done.output


def test_a_byte_changed_in_a_stored_object(worked, command, request):
    if worked.here.settings.store == "file":
        folder, found = worked.here.settings.data_dir / "objects", "存储的字节与登记的校验值不符"
    else:  # on the server's own disk, below its API and its locks
        folder, found = request.getfixturevalue("minio_server").home / "data", "存储读不出文件"
        folder = folder / worked.here.settings.s3_bucket
    (path,) = [path for path in folder.rglob("*") if path.is_file() and b"picture 1" in path.read_bytes()]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"picture 1", b"Picture 1"))
    done = command("verify")
    assert done.exit_code == 1, done.output
    assert f"-0002  {found}" in done.output
    assert done.output.count("发现  ") == 1


def test_an_original_swapped_for_another_object(worked, command):
    # the lock keeps the old version: what is left to an intruder is to point the record at another object
    forged = worked.here.store.put("originals/forged", [b"Picture 1"])
    tamper(
        worked.here.database.engine,
        f"UPDATE original SET object_key = '{forged.key}', object_version = '{forged.version}' "
        "WHERE file_name = '1.jpg'",
    )
    done = command("verify")
    assert done.exit_code == 1, done.output
    assert "-0002  存储的字节与登记的校验值不符" in done.output


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE exhibit SET name = 'other' WHERE serial = 2", "-0002 #0  证据登记与提取事件不符"),
        ("UPDATE custody_event SET person_id = 3 WHERE exhibit_id = 2", "-0002 #0  索引列与事件原文不符"),
        ("UPDATE case_step SET person_id = 3 WHERE slug = 'investigators_assigned'", "办案步骤与操作记录不符"),
        ("DELETE FROM custody_event WHERE exhibit_id = 2", "-0002 #0  保管链缺少事件"),
        ("DELETE FROM record_entry WHERE seq = 1", "操作记录 #1  操作记录缺少条目"),
        ("DELETE FROM case_step WHERE slug = 'investigators_assigned'", "办案步骤在案件中缺失"),
    ],
)
def test_a_row_changed_or_removed(worked, command, statement, found):
    tamper(worked.here.database.engine, statement)
    done = command("verify")
    assert done.exit_code == 1, done.output
    assert found in done.output
