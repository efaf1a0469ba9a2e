"""Publishing: the service signs what was recorded, authorities stamp it, and what fails is done by the next sweep."""

import re
from datetime import timedelta

import pytest

from casesvc import publishing
from casesvc.answers import told
from casesvc.errors import LogKeyUnusable
from casesvc.log_key import key_file, read_key_file, signing_key
from casesvc.publishing import sequence_and_publish, stamp_latest
from casesvc.settings import Authority as Configured
from casesvc.settings import Settings
from evidence.checkpoint import head_of, key_of, latest, note_of, stamps_of
from evidence.errors_proof import AuthorityUnavailable, StampRefused
from evidence.log import Sequencer, sequenced
from evidence.note import read_key, read_note
from tests.casesvc.conftest import both_stacks
from tests.stamping import Authority, openssl_verifies
from tests.tampering import tamper


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.close()


@pytest.fixture
def stamped(here, authority):
    """The installation of the test with a time-stamping authority."""
    authority.failing, authority.status = None, 200
    here.settings.tsa = [Configured(url=authority.url, certificates=authority.certificates)]
    return here


def published(here):
    return sequence_and_publish(here, Sequencer())


def newest(here):
    with here.database.reading() as tx:
        return latest(tx)


@both_stacks
def test_what_was_done_in_a_case_is_covered_by_a_checkpoint(service):
    case = service.open_case()
    assert service.upload(case, b"picture", "1.jpg").status_code == 201
    published(service.here)
    with service.here.database.reading() as tx:
        checkpoint = latest(tx)
        assert head_of(checkpoint).size == sequenced(tx) >= 1
        assert note_of(checkpoint).signed_by(key_of(tx, checkpoint))
    assert published(service.here) is None


def test_an_authority_stamps_the_newest_checkpoint_and_not_too_often(
    service, stamped, authority, tmp_path, monkeypatch
):
    case = service.open_case()
    service.upload(case, b"picture", "1.jpg")
    published(stamped)
    (stamp,) = stamp_latest(stamped)
    assert stamp.size == newest(stamped).size
    assert openssl_verifies(tmp_path, newest(stamped).note, stamp.response, authority.certificates)
    assert stamp_latest(stamped) == [], "it has one"
    service.upload(case, b"another", "2.jpg")
    published(stamped)
    assert stamp_latest(stamped) == [], "too early for the next"
    later = publishing.now() + timedelta(minutes=11)
    monkeypatch.setattr(publishing, "now", lambda: later)
    (second,) = stamp_latest(stamped)
    assert second.size == newest(stamped).size > stamp.size


@pytest.mark.parametrize(
    ("failing", "status", "refused"),
    [
        (b"no answer", 200, StampRefused),
        (b"", 503, AuthorityUnavailable),
        (b"x" * 200_000, 200, StampRefused),
    ],
    ids=["nonsense", "away", "endless"],
)
def test_an_authority_that_fails_is_asked_again(service, stamped, authority, failing, status, refused):
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(stamped)
    authority.failing, authority.status = failing, status
    with pytest.raises(refused):
        stamp_latest(stamped)
    authority.failing, authority.status = None, 200
    assert len(stamp_latest(stamped)) == 1


def test_one_authority_that_is_away_keeps_no_other_from_stamping(service, stamped, authority):
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(stamped)
    away = Configured(url="http://127.0.0.1:1/tsa", certificates=authority.certificates)
    stamped.settings.tsa.insert(0, away)
    with pytest.raises(AuthorityUnavailable) as fault:
        stamp_latest(stamped)
    assert "127.0.0.1:1" in told(fault.value)[1]
    with stamped.database.reading() as tx:
        assert [stamp.authority for stamp in stamps_of(tx, latest(tx))] == [authority.url]


@both_stacks
def test_the_log_at_the_machine(service, stamped, command):
    assert "已编入" in command("log", "status").output
    service.upload(service.open_case(), b"picture", "1.jpg")
    done = command("log", "publish")
    assert done.exit_code == 0, done.output
    assert "时间戳" in done.output
    shown = command("log", "status").output
    note = newest(service.here).note
    assert note.decode() in shown
    line = re.search(r"密钥  自第 0 条起  (\S+)", shown)[1]
    assert read_note(note).signed_by(read_key(line))
    assert "未发现问题" in command("log", "verify").output
    rotated = command("log", "rotate")
    assert rotated.exit_code == 0, rotated.output
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(service.here)
    assert read_note(newest(service.here).note).signed_by(read_key(rotated.output.split()[-1]))
    assert command("log", "verify").exit_code == 0
    kept = [path.name for path in service.here.settings.data_dir.glob("log-key*")]
    assert len(kept) == 2, "the old key is kept"


def test_a_changed_event_is_found_by_the_log_and_by_the_whole_verification(service, command):
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(service.here)
    tamper(service.here.database.engine, "UPDATE custody_event SET body = CAST(body || ' ' AS BLOB)")
    for words in (("log", "verify"), ("verify",)):
        done = command(*words)
        assert done.exit_code == 1
        assert "日志 #0  日志条目与已编入的散列不符" in done.output


def test_a_lost_key_is_replaced_and_the_break_stays_visible(service, command):
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(service.here)
    assert command("log", "rotate", "--lost").exit_code == 2, "it is there"
    key_file(service.here.settings).unlink()
    done = command("log", "rotate", "--lost")
    assert done.exit_code == 0, done.output
    service.upload(service.open_case(), b"picture", "1.jpg")
    published(service.here)
    done = command("log", "verify")
    assert done.exit_code == 1
    assert "签名密钥没有由前一密钥指定" in done.output


def test_the_key_is_made_once_and_only_the_service_can_read_it(tmp_path):
    settings = Settings(data_dir=tmp_path, log_name="安阳/火调")
    key = signing_key(settings)
    assert key.name == "安阳/火调"
    assert signing_key(settings).verifier() == key.verifier()
    assert (tmp_path / "log-key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "log-key").chmod(0o640)
    with pytest.raises(LogKeyUnusable) as refused:
        signing_key(settings)
    assert "log-key" in told(refused.value)[1]


@pytest.mark.parametrize("kept", ["", "name\n", "name\nAAAA\n", "a b\n" + "A" * 43 + "=\n", "name\n!\n", "\0\n\n"])
def test_a_file_that_holds_no_key_is_refused_and_not_replaced(tmp_path, kept):
    (tmp_path / "log-key").write_text(kept)
    (tmp_path / "log-key").chmod(0o600)
    with pytest.raises(LogKeyUnusable):
        read_key_file(tmp_path / "log-key")
    with pytest.raises(LogKeyUnusable):
        signing_key(Settings(data_dir=tmp_path))
    assert (tmp_path / "log-key").read_text() == kept
