"""The command line: the same acts, the same words, exit codes for scripts."""

import hashlib
import json

import pytest

import casesvc.cli
from casesvc.demo import PASSWORD
from tests.casesvc.conftest import Browser
from tests.casesvc.test_walk import SAMPLE

OPENING = (
    *(
        "open-case",
        "--as",
        "investigator",
        "--name",
        "仓库火灾",
        "--place",
        "文明大道",
        "--fire-at",
        "2026-11-24 22:40",
    ),
    *("--caller", "马会计", "--phone", "138", "--burning", "纸箱"),
)


def test_a_case_is_opened_filled_and_verified(command, service, tmp_path):
    case = command(*OPENING).output.strip()
    assert case == "4105022026O0001"
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(b"\xff\xd8 picture")
    collected = command("collect", "--as", "investigator", "--case", case, "--kind", "photo", str(photo))
    assert collected.exit_code == 0, collected.output
    number, sha256, _, name = collected.output.split()
    assert (number, sha256, name) == (f"{case}-0001", hashlib.sha256(photo.read_bytes()).hexdigest(), "现场.jpg")

    service.take("approver", case, "investigators_assigned", first="甲", second="乙")
    service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE)
    fields = service.investigator.get(f"/api/v1/cases/{case}/documents/drafts/D13").json()["fields"]
    issued = command("issue", "--as", "investigator", "--case", case, "--fields", "-", "D13", input=json.dumps(fields))
    assert issued.exit_code == 0, issued.output
    assert issued.output.split()[0] == f"{case}-D13-01"

    verified = command("verify", "--case", case)
    assert verified.exit_code == 0, verified.output
    assert "证据 2 件" in verified.output
    assert "文书 1 份" in verified.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("collect", "--as", "investigator", "--case", "nonsense", __file__), "没有编号为“nonsense”的案件"),
        (("verify", "--case", "nonsense"), "没有编号为“nonsense”的案件"),
        (("collect", "--as", "nobody", "--case", "x", __file__), "没有账号“nobody”"),
        (("open-case", "--as", "legal", *OPENING[3:]), "登记接报"),
    ],
)
def test_refusals_speak_chinese_and_exit_with_2(command, arguments, words):
    refused = command(*arguments)
    assert refused.exit_code == 2
    assert refused.exception is None or isinstance(refused.exception, SystemExit)
    assert words in refused.output


def test_one_bad_file_does_not_keep_the_others_out(command, tmp_path):
    case = command(*OPENING).output.strip()
    (tmp_path / "空.jpg").touch()
    (tmp_path / "好.jpg").write_bytes(b"picture")
    files = [str(tmp_path / name) for name in ("空.jpg", "好.jpg")]
    done = command("collect", "--as", "investigator", "--case", case, *files)
    assert done.exit_code == 2
    assert "0 字节" in done.output
    assert f"{case}-0001" in done.output
    assert "1 个文件未登记" in done.output


def test_fields_that_are_no_json_are_refused(command):
    refused = command("issue", "--as", "investigator", "--case", "x", "--fields", "-", "D13", input="{")
    assert refused.exit_code == 2
    assert "不是有效的 JSON" in refused.output


def test_the_canary_tells_the_truth_of_files_on_disk(command):
    told = command("canary")
    assert told.exit_code == 1
    assert "覆盖：未拒绝" in told.output
    assert "不能防止" in told.output


def test_a_person_is_added_and_logs_in(command, service):
    arguments = ("--name", "新人", "--certificate", "豫消9", "--unit", "410502", "--role", "investigator")
    weak = command("user", "add", "xinren", *arguments, "--password", "12345678901")
    assert (weak.exit_code, "密码至少" in weak.output) == (2, True)
    added = command("user", "add", "xinren", *arguments, "--password", PASSWORD)
    assert added.exit_code == 0, added.output
    assert Browser(service.app).log_in("xinren", PASSWORD).get("/api/v1/session").json()["name"] == "新人"
    again = command("user", "add", "xinren", *arguments, "--password", PASSWORD)
    assert "已被使用" in again.output


def test_the_demo_is_entered_once(command):
    told = command("demo")
    assert told.exit_code == 0
    assert "保持不变" in told.output


def test_migrate_says_the_version(command):
    assert "0004" in command("migrate").output


def test_a_file_that_cannot_be_read_keeps_the_others_from_nothing(command, service, tmp_path, monkeypatch):
    case = service.open_case()
    for name in ("坏卡.jpg", "好.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    read = casesvc.cli.blocks_of

    def failing(path):
        if path.name == "坏卡.jpg":
            raise OSError(5, "Input/output error")
        return read(path)

    monkeypatch.setattr(casesvc.cli, "blocks_of", failing)
    done = command("collect", "--as", "investigator", "--case", case, *map(str, tmp_path.glob("*.jpg")))
    assert done.exit_code == 2
    assert "坏卡.jpg”读不到" in done.output
    assert f"{case}-0001" in done.output


def test_a_service_does_not_start_on_a_database_of_another_version(command, service):
    with service.here.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    done = command("serve")
    assert done.exit_code == 2
    assert "casesvc migrate" in done.output
    assert "0001" in done.output


def test_a_wrong_use_is_told_in_chinese(command):
    done = command("verify", "--nonsense")
    assert done.exit_code == 2
    assert "用法有误" in done.output
    assert "--help" in done.output
