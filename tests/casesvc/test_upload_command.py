"""``casesvc upload`` against a service that runs: what it registers, finds, goes on with, refuses and says."""

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from casesvc import demo
from casesvc.card import Found, look_through
from casesvc.cli import main
from casesvc.remote import Refused, Remote, Standing
from casesvc.uploading import NotSent, Phase, State, Uploading, _Parcel, compared, sending_name
from tests.casesvc.conftest import own_case
from tests.casesvc.line import Line
from tests.casesvc.tus import TUS, announce, piece
from tests.servers import free_port

MIB = 1 << 20
OVERHEAD = 100_000  # bytes of headers and JSON, not of files


@pytest.fixture
def investigator(served):
    client = served.client()
    yield client
    client.close()


@pytest.fixture
def line_to(served):
    """Makes lines to the service."""
    lines = []

    def make(at=None, then=lambda: None) -> Line:
        lines.append(Line(served.port, at, then))
        return lines[-1]

    yield make
    for line in lines:
        line.close()


@pytest.fixture
def case(investigator) -> str:
    return own_case(investigator)


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """The working directory of the client; nothing but what it was asked for may appear there."""
    folder = tmp_path / "client"
    folder.mkdir()
    return folder


@pytest.fixture
def card(tmp_path) -> Path:
    folder = tmp_path / "卡1"
    folder.mkdir()
    return folder


class Command:
    """``casesvc upload`` as a process of its own in ``folder``."""

    def __init__(self, folder: Path, url: str, case: str) -> None:
        self.folder = folder
        self.url = url
        self.case = case

    def start(self, *arguments: str | Path, url: str = "", case: str = "", login: str = "diaocha", **more):
        command = [sys.executable, "-m", "casesvc.cli", "upload", "--server", url or self.url]
        command += ["--case", case or self.case, "--login", login, *map(str, arguments)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("CASESVC_")}
        env["CASESVC_PASSWORD"] = more.pop("password", demo.PASSWORD)
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen(command, cwd=self.folder, env=env, text=True, **pipes)

    def __call__(self, *arguments: str | Path, **more):
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def listed(self, *arguments: str | Path, **more) -> tuple[int, list[dict]]:
        """The exit code and the manifest."""
        file = self.folder.parent / f"{os.urandom(4).hex()}.jsonl"
        done = self("--manifest", file, *arguments, **more)
        assert "Traceback" not in done.stderr
        return done.returncode, [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture
def refused(elsewhere, served, case, monkeypatch):
    """``casesvc upload`` in this process, for what ends soon: exit code and what is said."""
    monkeypatch.chdir(elsewhere)

    def run(*arguments: str | Path, url: str = "", case: str = case, login: str = "diaocha", password=demo.PASSWORD):
        monkeypatch.setenv("CASESVC_PASSWORD", password)
        options = ["upload", "--server", url or served.url, "--case", case, "--login", login]
        ended = CliRunner().invoke(main, [*options, *map(str, arguments)])
        assert isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stderr

    return run


@pytest.fixture
def command(elsewhere, served, case):
    return Command(elsewhere, served.url, case)


def states(rows: list[dict]) -> dict[str, str]:
    return {Path(row["path"]).name: row["state"] for row in rows}


def exhibits(client, case: str) -> list[dict]:
    return client.get(f"/api/v1/cases/{case}/exhibits").json()


def fill(card: Path) -> dict[str, bytes]:
    """A card as cards are; the files that should become exhibits."""
    good = {
        "照片/东墙 配电箱.jpg": os.urandom(300_000),
        "照片/IMG_0001.JPG": os.urandom(200_000),
        unicodedata.normalize("NFC", "照片/é消防.jpg"): b"composed",
        unicodedata.normalize("NFD", "照片/é消防.jpg"): b"decomposed",
        "录像/2026/11/通道3.mp4": os.urandom(9 * MIB + 17),
        "录像/2026/11/通道3 副本.mp4": b"",
        "说明": b"notes",
    }
    good["录像/2026/11/通道3 副本.mp4"] = good["录像/2026/11/通道3.mp4"]
    others = {"照片/空.jpg": b"", "照片/._IMG_0001.JPG": b"fork", "Thumbs.db": b"x", "照片/.DS_Store": b"x"}
    for name, content in {**good, **others}.items():
        path = card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (card / "System Volume Information").mkdir()
    (card / "System Volume Information" / "WPSettings.dat").write_bytes(b"x")
    (card / "外面").symlink_to("/etc")
    (card / "照片" / "链接.jpg").symlink_to(card / "照片" / "IMG_0001.JPG")
    os.mkfifo(card / "管道")
    return good


def test_a_card_becomes_exhibits_and_a_second_run_sends_nothing(command, card, investigator, case, served, line_to):
    good = fill(card)
    code, rows = command.listed(card, "--source", "佳能 卡1", "--taken-by", "李文静")
    assert code == 1, "an empty file is not registered"
    registered = {os.path.relpath(row["path"], card): row for row in rows if row["state"] == "registered"}
    assert set(registered) == set(good)
    for name, row in registered.items():
        assert (row["sha256"], row["size"]) == (hashlib.sha256(good[name]).hexdigest(), len(good[name]))
        assert (row["server"], row["case"]) == (served.url, case)
    twins = [registered[f"录像/2026/11/{name}"] for name in ("通道3.mp4", "通道3 副本.mp4")]
    first, second = sorted(twins, key=lambda row: row["exhibit"])
    assert (first["twins"], second["twins"]) == ([], [first["exhibit"]])
    left = {row["path"].removeprefix(f"{card}/"): (row["state"], row["reason"]) for row in rows if not row["exhibit"]}
    assert left.pop("照片/空.jpg")[0] == "failed"
    assert {state for state, _ in left.values()} == {"skipped"}
    assert {name: reason for name, (_, reason) in left.items()} == {
        "照片/._IMG_0001.JPG": "系统文件",
        "照片/.DS_Store": "系统文件",
        "Thumbs.db": "系统文件",
        "System Volume Information": "系统文件",
        "外面": "链接，没有跟随",
        "照片/链接.jpg": "链接，没有跟随",
        "管道": "不是普通文件",
    }
    kept = {row["number"]: row for row in exhibits(investigator, case)}
    assert len(kept) == len(good)
    assert kept[first["exhibit"]]["kind"] == "video"
    detail = investigator.get(f"/api/v1/cases/{case}/exhibits/{first['exhibit']}").json()
    said = detail["chain"][0]["facts"]
    assert (said["source"], said["taken_by"]) == ("佳能 卡1", "李文静")
    assert said["path"].startswith("卡1/录像/2026/11/通道3")

    (card / "照片" / "空.jpg").unlink()
    line = line_to()
    code, again = command.listed(card, url=line.url)
    assert code == 0
    assert line.sent < OVERHEAD
    assert {row["exhibit"] for row in again if row["state"] == "present"} == set(kept)
    assert len(exhibits(investigator, case)) == len(good)

    (card / "照片" / "IMG_0002.JPG").write_bytes(b"added later")
    code, third = command.listed(card)
    assert code == 0
    assert [Path(row["path"]).name for row in third if row["state"] == "registered"] == ["IMG_0002.JPG"]


def test_the_digests_of_the_manifest_are_those_of_the_files(command, card, tmp_path):
    fill(card)
    _, rows = command.listed(card)
    sums = tmp_path / "sums"
    sums.write_text("".join(f"{row['sha256']}  {row['path']}\n" for row in rows if row["exhibit"]), "utf-8")
    checked = subprocess.run(["sha256sum", "--check", "--strict", sums], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    row = next(row for row in rows if row["exhibit"])
    sm3 = subprocess.run(["openssl", "dgst", "-sm3", "-r", row["path"]], capture_output=True, text=True, check=True)
    assert sm3.stdout.split()[0] == row["sm3"]


def test_one_at_a_time_the_numbers_follow_the_order_of_the_card(command, card):
    for number in range(12):
        folder = card / ("100CANON" if number < 6 else "101CANON")
        folder.mkdir(exist_ok=True)
        (folder / f"IMG_{number:04d}.JPG").write_bytes(os.urandom(1000 * (12 - number)))
    done = command("--parallel", "1", "--kind", "photo", card)
    assert done.returncode == 0, done.stderr
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    assert [Path(line[3]).name for line in lines] == [f"IMG_{number:04d}.JPG" for number in range(12)]
    assert [line[0][-4:] for line in lines] == [f"{number + 1:04d}" for number in range(12)]
    assert all(len(line[1]) == len(line[2]) == 64 for line in lines)
    assert "已登记 12 个" in done.stderr
    quiet = command("--quiet", card)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_was(command, card, investigator, case, line_to, how):
    content = os.urandom(26 * MIB)
    (card / "长录像.mp4").write_bytes(content)
    stopped = threading.Event()
    held = line_to(14 * MIB, stopped.wait)
    process = command.start(card, url=held.url)
    while not held.sent >= 14 * MIB:
        assert process.poll() is None
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    stopped.set()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "再运行一次" in err
        assert "没有上传完 1 个" in err
    assert out == ""
    assert exhibits(investigator, case) == []

    name = sending_name(case, Found(card / "长录像.mp4", "卡1/长录像.mp4", len(content)), sha256(content), 0)
    standing = investigator.get(f"/api/v1/uploads/{name}").json()
    assert standing["state"] == "receiving"
    assert standing["offset"] >= 8 * MIB
    line = line_to()
    code, (row,) = command.listed(card, url=line.url)
    assert (code, row["state"], row["sha256"]) == (0, "registered", sha256(content))
    assert line.sent <= len(content) - standing["offset"] + OVERHEAD, "nothing acknowledged is sent twice"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_service_that_is_killed_and_started_again_is_waited_for(command, card, investigator, case, served, line_to):
    contents = {f"{number}.mp4": os.urandom(10 * MIB) for number in range(3)}
    for name, content in contents.items():
        (card / name).write_bytes(content)
    line = line_to(17 * MIB, served.kill)
    process = command.start(card, "--parallel", "2", url=line.url)
    served.process.wait(timeout=60)
    served.start()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "已登记 3 个" in err
    kept = {row["file"]["name"]: row["file"]["sha256"] for row in exhibits(investigator, case)}
    assert kept == {name: sha256(content) for name, content in contents.items()}
    assert line.sent < 30 * MIB + 2 * 9 * MIB + OVERHEAD, "no more than what was not acknowledged is sent again"


def test_a_connection_that_breaks_is_taken_up_again(command, card, line_to):
    (card / "a.mp4").write_bytes(os.urandom(20 * MIB))

    def broken():
        raise ConnectionResetError

    line = line_to(10 * MIB, broken)
    done = command(card, url=line.url)
    assert done.returncode == 0, done.stderr
    assert line.sent < 20 * MIB + 3 * MIB + OVERHEAD


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"password": "wrong"}, "账号或密码不正确"),
        ({"password": ""}, "CASESVC_PASSWORD"),
        ({"login": "nobody"}, "账号或密码不正确"),
        ({"case": "4105022026O9999"}, "没有编号为“4105022026O9999”的案件"),
        ({"case": "../session"}, "不存在"),
        ({"login": "baoguan"}, "没有“登记证据”权限"),
        ({"login": "guanli"}, "没有“查看案件”权限"),
        ({"url": f"http://127.0.0.1:{free_port()}"}, "连接不上"),
        ({"url": "https://127.0.0.1:{port}"}, "证书没有通过验证"),
        ({"url": "ftp://127.0.0.1"}, "不是有效的地址"),
        ({"url": "127.0.0.1"}, "不是有效的地址"),
    ],
)
def test_what_keeps_all_files_out_is_said_once_and_exits_with_2(refused, card, served, elsewhere, arguments, words):
    for number in range(5):
        (card / f"{number}.jpg").write_bytes(b"picture %d" % number)
    if "url" in arguments:
        arguments = {"url": arguments["url"].format(port=served.port)}
    code, said = refused(card, **arguments)
    assert (code, said.count(words)) == (2, 1), said
    assert list(elsewhere.iterdir()) == [], "no data folder, no database"


def add_person(served, login: str, password: str) -> None:
    facts = ["--name", f"某{login}", "--certificate", login, "--unit", "410502", "--role", "investigator"]
    add = [sys.executable, "-m", "casesvc.cli", "user", "add", login, *facts, "--password", password]
    subprocess.run(add, env=served.env, check=True, capture_output=True)


def test_an_initial_password_is_to_be_changed_first(refused, card, served):
    (card / "a.jpg").write_bytes(b"picture")
    add_person(served, "xinren", "Initial-119-x")
    code, said = refused(card, login="xinren", password="Initial-119-x")
    assert (code, "请先修改密码" in said) == (2, True)


def test_bad_arguments_exit_with_2_and_touch_nothing(refused, card, elsewhere, investigator, case):
    assert refused(card / "不存在")[0] == 2
    code, said = refused(card)
    assert (code, "没有可上传的文件" in said) == (2, True)
    (card / "a.jpg").write_bytes(b"picture")
    for bad in (("--parallel", "9"), ("--witness", "长" * 61), ("--kind", "physical")):
        assert refused(*bad, card)[0] == 2, bad
    code, said = refused("--manifest", card / "a.jpg", card)
    assert (code, "须为新文件" in said) == (2, True)
    assert (card / "a.jpg").read_bytes() == b"picture"
    assert exhibits(investigator, case) == []
    assert list(elsewhere.iterdir()) == []


def test_names_that_cannot_be_kept_are_said_and_the_others_go_on(command, card):
    for name in (
        "好.jpg".encode(),
        "\u65e0\u6548".encode("gbk") + b".jpg",
        b"a:b.jpg",
        b"\x1b[2Jclear.jpg",
        b"con.jpg",
    ):
        with open(os.path.join(os.fsencode(card), name), "wb") as file:
            file.write(b"picture " + name)
    code, rows = command.listed(card)
    assert code == 1
    assert sorted(row["state"] for row in rows) == ["failed"] * 4 + ["registered"]
    reasons = {os.fsencode(Path(row["path"]).name): row["reason"] for row in rows}
    assert "UTF-8" in reasons["\u65e0\u6548".encode("gbk") + b".jpg"], "and the manifest says which, byte for byte"
    assert all("改名" in reason for name, reason in reasons.items() if name != "好.jpg".encode())
    done = command(card)
    assert "\x1b" not in done.stdout + done.stderr
    assert "此前已登记 1 个" in done.stderr


def test_a_file_that_changes_while_it_is_sent_is_not_registered(command, card, investigator, case, line_to):
    path = card / "还在录.mp4"
    path.write_bytes(os.urandom(20 * MIB))
    (card / "完.mp4").write_bytes(b"complete")

    def changing():
        with path.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\0")
            file.truncate(path.stat().st_size)
            os.utime(file.fileno())

    changed = command("--parallel", "1", card, url=line_to(5 * MIB, changing).url)
    assert changed.returncode == 1
    assert "在上传中被改动" in changed.stderr
    assert [row["file"]["name"] for row in exhibits(investigator, case)] == ["完.mp4"]
    cut = command("--parallel", "1", card, url=line_to(5 * MIB, lambda: os.truncate(path, 12 * MIB)).url)
    assert cut.returncode == 1
    assert "在上传中被改动" in cut.stderr
    code, rows = command.listed(card)
    assert (code, states(rows)) == (0, {"还在录.mp4": "registered", "完.mp4": "present"})


def test_files_of_two_cards_with_the_same_names_are_all_registered(command, tmp_path, investigator, case):
    cards = [tmp_path / name / "DCIM" for name in ("a", "b")]
    for folder in cards:
        folder.mkdir(parents=True)
        (folder / "IMG_0001.JPG").write_bytes(b"the same")
        (folder / "IMG_0002.JPG").write_bytes(os.urandom(8))
    code, rows = command.listed(*cards, cards[0] / "IMG_0001.JPG")
    assert (code, sorted(row["state"] for row in rows)) == (0, ["registered"] * 4 + ["skipped"])
    code, again = command.listed(*cards)
    assert (code, {row["state"] for row in again}) == (0, {"present"})
    assert len(exhibits(investigator, case)) == 4


def test_on_a_terminal_bars_are_shown(command, card):
    for number in range(3):
        (card / f"[red]{number}.bin").write_bytes(os.urandom(3 * MIB))
    (card / "空.jpg").touch()
    ours, theirs = pty.openpty()
    process = command.start(card, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
    assert process.wait() == 1
    text = shown.decode()
    assert "共 4/4 个文件" in text
    assert "[red]0.bin" in text
    assert "未登记" in text
    assert "已登记 3 个" in text


@pytest.fixture
def uploading(served, case):
    """A run in this process, so that its parts can be met with what seldom happens."""
    remote = Remote(served.url, "diaocha", demo.PASSWORD)
    remote.log_in()
    return Uploading(remote, case, {}, lambda *_how_far: None)


def outcome_of(uploading, path: Path):
    files, _ = look_through([path])
    return list(uploading.outcomes(files, 2))


def test_an_upload_that_was_given_up_begins_anew_under_another_name(uploading, card, investigator, case):
    path = card / "a.bin"
    path.write_bytes(b"abcdefgh")
    (found,), _ = look_through([path])
    for which in (0, 1):
        name = sending_name(case, found, sha256(b"abcdefgh"), which)
        assert announce(investigator, case, 8, "a.bin", sending=name).status_code == 201
        assert investigator.delete(f"/api/v1/uploads/{name}", headers=TUS).status_code == 204
    (outcome,) = outcome_of(uploading, path)
    assert outcome.state is State.REGISTERED
    third = investigator.get(f"/api/v1/uploads/{sending_name(case, found, sha256(b'abcdefgh'), 2)}").json()
    assert third["receipt"]["exhibit"]["number"] == outcome.exhibit


def test_bytes_that_another_program_sent_wrong_are_refused_and_sent_anew_by_the_next_run(
    uploading, card, investigator, case
):
    path = card / "a.bin"
    path.write_bytes(b"abcdefgh")
    (found,), _ = look_through([path])
    name = sending_name(case, found, sha256(b"abcdefgh"), 0)
    announce(investigator, case, 8, "a.bin", sending=name, sha256=sha256(b"abcdefgh"))
    piece(investigator, f"/api/v1/uploads/{name}", 0, b"WRON")
    (refused,) = outcome_of(uploading, path)
    assert refused.state is State.FAILED
    assert "校验值" in refused.reason or "SHA-256" in refused.reason
    (outcome,) = outcome_of(uploading, path)
    assert outcome.state is State.REGISTERED


def test_what_a_colleague_has_uploaded_too_is_a_twin(uploading, card, served, case):
    path = card / "a.bin"
    path.write_bytes(b"abcdefgh")
    assert outcome_of(uploading, path)[0].state is State.REGISTERED
    add_person(served, "tongshi", "Initial-119-x")
    colleague = Remote(served.url, "tongshi", "Initial-119-x")
    colleague.log_in()
    change = {"old": "Initial-119-x", "new": demo.PASSWORD}
    answer = requests.post(f"{served.url}/api/v1/password", json=change, headers=colleague.tus.headers, timeout=20)
    assert answer.ok, answer.text
    uploading.remote = Remote(served.url, "tongshi", demo.PASSWORD)
    uploading.remote.log_in()
    (outcome,) = outcome_of(uploading, path)
    assert outcome.state is State.REGISTERED
    assert len(outcome.twins) == 1


def test_a_login_that_ended_in_the_middle_is_begun_again(uploading, card, served):
    for number in range(4):
        (card / f"{number}.bin").write_bytes(os.urandom(10 * MIB))
    ending = iter([uploading.remote.tus.headers["cookie"]])
    ended = []

    def moved(_file, phase, done):
        if phase is Phase.SENDING and done and next(ending, None):
            headers = dict(uploading.remote.tus.headers)
            ended.append(requests.delete(f"{served.url}/api/v1/session", headers=headers, timeout=20).status_code)

    uploading.moved = moved
    assert [outcome.state for outcome in outcome_of(uploading, card)] == [State.REGISTERED] * 4
    assert ended == [204]
    assert uploading.remote.logins == 2


def test_an_answer_that_a_proxy_did_not_wait_for_is_waited_for_without_sending_again(uploading, card, monkeypatch):
    (card / "a.bin").write_bytes(b"abcdefgh")
    remote, sent, seen = uploading.remote, [], []
    send, look = remote.send_piece, remote.standing

    def sending(uploader):
        sent.append(uploader)
        send(uploader)
        raise Refused(504, b"<html>gateway time-out</html>")

    def standing(name):
        seen.append(name)
        told = look(name)
        if not sent or len(seen) > 6:
            return told
        state = "receiving" if len(seen) < 4 else "sealing"
        return replace(told, state=state, idle=1.0, receipt=None)

    monkeypatch.setattr(remote, "send_piece", sending)
    monkeypatch.setattr(remote, "standing", standing)
    monkeypatch.setattr("casesvc.uploading.time.sleep", lambda _seconds: None)
    (outcome,) = outcome_of(uploading, card)
    assert (outcome.state, len(sent)) == (State.REGISTERED, 1)


def test_a_whole_file_that_the_service_does_not_seal_is_left_to_a_later_run(uploading, card, monkeypatch):
    (card / "a.bin").write_bytes(b"abcdefgh")
    stuck = Standing("sealing", "正在登记", "", 601.0, None)
    monkeypatch.setattr(uploading.remote, "standing", lambda _name: stuck)
    (outcome,) = outcome_of(uploading, card)
    assert (outcome.state, "稍后重新运行" in outcome.reason) == (State.FAILED, True)


def test_a_file_that_is_gone_is_reported_and_the_others_go_on(uploading, card):
    for name in ("a.bin", "b.bin"):
        (card / name).write_bytes(name.encode())
    files, _ = look_through([card])
    (card / "a.bin").unlink()
    outcomes = {Path(outcome.path).name: outcome for outcome in uploading.outcomes(files, 1)}
    assert outcomes["b.bin"].state is State.REGISTERED
    assert "读不出" in outcomes["a.bin"].reason


def test_a_folder_that_cannot_be_opened_is_a_fault_and_the_others_are_found(card, monkeypatch):
    for name in ("a", "b"):
        (card / name).mkdir()
        (card / name / "x.jpg").write_bytes(b"x")
    scan = os.scandir

    def refusing(path):
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", refusing)
    files, left_out = look_through([card])
    assert [file.key for file in files] == ["卡1/b/x.jpg"]
    assert [(each.path.name, each.fault) for each in left_out] == [("a", True)]


def test_a_service_that_stays_away_ends_no_run_and_is_not_waited_for_again(uploading, card, monkeypatch):
    for number in range(20):
        (card / f"{number:02d}.bin").write_bytes(b"%d" % number)
    waited = []
    monkeypatch.setattr("casesvc.uploading.time.sleep", waited.append)
    uploading.remote.server = f"http://127.0.0.1:{free_port()}"
    outcomes = outcome_of(uploading, card)
    assert {outcome.state for outcome in outcomes} == {State.FAILED}
    assert len(outcomes) == 20
    assert "连接不上" in outcomes[0].reason
    assert 100 < sum(waited) < 400, "minutes for the first files, once each for the rest"


def test_a_receipt_that_speaks_of_other_bytes_is_a_loud_failure(card):
    file = Found(card / "a.bin", "卡1/a.bin", 1)
    receipt = {"file": {"sha256": "0" * 64, "sm3": "0" * 64, "size": 1}, "exhibit": {"number": "x-0001"}, "twins": []}
    with (card / "a.bin").open("w+b") as stream, pytest.raises(NotSent, match=r"校验值不符.*x-0001"):
        compared(_Parcel(file, stream, 1, sha256(b"a"), 0), State.REGISTERED, receipt)


def test_the_name_of_a_sending_is_of_case_path_and_bytes_in_any_unicode_form(tmp_path):
    names = set()
    for form in ("NFC", "NFD"):
        folder = tmp_path / form / unicodedata.normalize(form, "é卡")
        folder.mkdir(parents=True)
        (folder / "a.jpg").write_bytes(b"x")
        (found,), _ = look_through([folder])
        names.add(sending_name("1", found, "0" * 64, 0))
    assert len(names) == 1
    others = {sending_name("2", found, "0" * 64, 0), sending_name("1", found, "1" * 64, 0)}
    others |= {sending_name("1", found, "0" * 64, which) for which in range(3)}
    assert len(others) == 5
    assert all(len(name) == 32 and int(name, 16) for name in names | others)
