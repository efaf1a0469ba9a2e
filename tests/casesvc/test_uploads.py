"""The tus protocol 1.0.0 as the service speaks it: what is announced, sent, gone on with, refused and given up."""

import hashlib
import os
import subprocess

import pytest

from evidence.sending import LARGEST_FILE
from tests.casesvc.conftest import Browser, both_stacks, content_digest
from tests.casesvc.test_bad_input import exhibits, problem
from tests.casesvc.tus import PIECE, TUS, address, announce, checksum, offset, piece

MIB = 1 << 20
SIZES = [1, 8 * MIB, 8 * MIB + 1, 19 * MIB + 13]


def original(service, case: str, exhibit: str) -> bytes:
    url = f"/api/v1/cases/{case}/exhibits/{exhibit}/original"
    return service.legal.get(url, params={"purpose": "核对"}).content


def receipt(client, url: str) -> dict:
    standing = client.get(url).json()
    assert standing["state"] == "sealed", standing
    return standing["receipt"]


@both_stacks
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cut", [20 * MIB, 5 * MIB + 1])
def test_what_is_sent_in_pieces_is_one_exhibit_byte_for_byte(service, size, cut):
    client, case, content = service.investigator, service.open_case(), os.urandom(size)
    url = address(client, case, size, "录像.mp4", place="东门", source="海康 DVR 通道3", taken_by="李文静")
    sent = 0
    while sent < size:
        answer = piece(client, url, sent, content[sent : sent + cut])
        assert answer.status_code == 204, answer.text
        sent = min(sent + cut, size)
        assert answer.headers["upload-offset"] == str(sent)
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert offset(client, url) == sent
        assert ("upload-expires" in answer.headers) == (sent < size)
    taken = receipt(client, url)
    sm3 = subprocess.run(["openssl", "dgst", "-sm3", "-r"], input=content, capture_output=True, check=True).stdout
    assert taken["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert taken["file"]["sm3"] == sm3.split()[0].decode()
    assert original(service, case, taken["exhibit"]["number"]) == content
    (event,) = client.get(f"/api/v1/cases/{case}/exhibits/{taken['exhibit']['number']}").json()["chain"]
    said = event["facts"]
    assert (said["place"], said["source"], said["taken_by"]) == ("东门", "海康 DVR 通道3", "李文静")
    assert said["file"] == {"name": "录像.mp4", "size": f"{size} B", **digests_of(taken["file"])}
    assert service.supervisor.post(f"/api/v1/cases/{case}/verification").json()["report"]["findings"] == []


def digests_of(file: dict) -> dict:
    return {"sha256": file["sha256"], "sm3": file["sm3"]}


def test_a_client_finds_out_what_the_service_can_do_without_a_login(service):
    answer = Browser(service.app).options("/api/v1/uploads")
    assert answer.status_code == 204
    assert Browser(service.app).options("/api/v1/uploads/any-name").headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-version"] == "1.0.0"
    extensions = {"creation", "creation-with-upload", "checksum", "termination", "expiration"}
    assert set(answer.headers["tus-extension"].split(",")) == extensions
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
    assert answer.headers["tus-max-size"] == str(LARGEST_FILE)


def test_the_first_piece_may_come_with_the_announcement(service):
    client, case = service.investigator, service.open_case()
    whole = announce(client, case, 5, headers=PIECE, content=b"whole")
    assert (whole.status_code, whole.headers["upload-offset"]) == (201, "5")
    assert receipt(client, whole.headers["location"])["file"]["size"] == 5
    begun = announce(client, case, 10, headers=PIECE, content=b"begun")
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "5")
    assert piece(client, begun.headers["location"], 5, b"ended").status_code == 204
    taken = receipt(client, begun.headers["location"])
    assert original(service, case, taken["exhibit"]["number"]) == b"begunended"


def test_a_whole_photograph_is_announced_and_sealed_in_two_acts(service, monkeypatch):
    """One that says what is to come, before the bytes, and one that records what came, after them."""
    client, case = service.investigator, service.open_case()
    begun, begin = [], service.here.database.begin

    def counted(by):
        begun.append(by)
        return begin(by)

    monkeypatch.setattr(service.here.database, "begin", counted)
    service.app.state.jobs.end()
    begun.clear()
    answer = announce(client, case, 100_000, headers=PIECE, content=bytes(100_000))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "100000")
    assert len(begun) == 2


def test_bytes_that_differ_from_what_was_announced_with_them_are_refused_for_all_to_see(service):
    client, case = service.investigator, service.open_case()
    declared = hashlib.sha256(b"other").hexdigest()
    answer = announce(client, case, 5, headers=PIECE, content=b"bytes", sending="declared-wrong", sha256=declared)
    problem(answer, 422, "digest-mismatch")
    standing = client.get("/api/v1/uploads/declared-wrong").json()
    assert standing["state"] == "refused"
    assert declared in standing["reason"]
    assert list(service.here.store.keys("originals/")) == []
    problem(announce(client, case, 5, headers=PIECE, content=b"other", sending="declared-wrong"), 410, "upload-ended")


def test_a_file_announced_again_under_the_senders_name_goes_on_where_it_was(service):
    client, case = service.investigator, service.open_case()
    named = {"sending": "card-1-IMG-0001"}
    url = address(client, case, 10, **named)
    assert url == "/api/v1/uploads/card-1-IMG-0001"
    piece(client, url, 0, b"begun")
    again = announce(client, case, 10, headers=PIECE, content=b"begunended", **named)
    assert (again.status_code, again.headers["location"], again.headers["upload-offset"]) == (201, url, "5")
    piece(client, url, 5, b"ended")
    ended = announce(client, case, 10, **named)
    assert (ended.status_code, ended.headers["upload-offset"]) == (201, "10")
    assert len(exhibits(service, case)) == 1
    problem(announce(client, case, 11, **named), 409, "sending-reused")
    problem(announce(client, service.open_case(), 10, **named), 409, "sending-reused")
    problem(announce(client, case, 10, "b.bin", **named), 409, "sending-reused")
    problem(announce(client, case, 10, sending="a/b"), 400, "input-refused")


def test_a_digest_declared_before_or_with_the_last_piece_is_compared(service):
    client, case = service.investigator, service.open_case()
    right = hashlib.sha256(b"received").hexdigest()
    wrong = hashlib.sha256(b"declared").hexdigest()
    for said in ({"sha256": wrong}, {}):
        url = address(client, case, 8, **said)
        late = {} if said else {"repr-digest": content_digest(b"declared")}
        detail = problem(piece(client, url, 0, b"received", **late), 422, "digest-mismatch")
        assert wrong in detail
        assert right in detail
        standing = client.get(url).json()
        assert (standing["state"], standing["receipt"]) == ("refused", None)
        assert wrong in standing["reason"]
        assert right in standing["reason"]
        assert client.head(url, headers=TUS).status_code == 410
        problem(piece(client, url, 8, b""), 410, "upload-ended")
    assert exhibits(service, case) == []
    assert list(service.here.store.keys("originals/")) == []
    url = address(client, case, 8, sha256=right)
    problem(piece(client, url, 0, b"received", **{"repr-digest": content_digest(b"declared")}), 409, "sending-reused")
    assert piece(client, url, 0, b"received", **{"repr-digest": content_digest(b"received")}).status_code == 204
    assert receipt(client, url)["file"]["sha256"] == right


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_a_checksum_counts_whole_or_not_at_all(service, algorithm):
    client, case, content = service.investigator, service.open_case(), os.urandom(20 * MIB)
    url = address(client, case, len(content))
    first = content[: 9 * MIB]
    assert piece(client, url, 0, first, **checksum(first, algorithm)).status_code == 204
    damaged = b"\0" + content[9 * MIB + 1 :]
    problem(piece(client, url, 9 * MIB, damaged, **checksum(content[9 * MIB :], algorithm)), 460, "checksum-differs")
    assert offset(client, url) == 9 * MIB
    rest = content[9 * MIB :]
    assert piece(client, url, 9 * MIB, rest, **checksum(rest, algorithm)).status_code == 204
    assert original(service, case, receipt(client, url)["exhibit"]["number"]) == content


@pytest.mark.parametrize("given", ["md5 eeee", "sha1", "sha1 ***", "sha256 aGFsbG8="])
def test_a_checksum_that_cannot_be_read_is_no_checksum(service, given):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 1)
    problem(piece(client, url, 0, b"x", **{"upload-checksum": given}), 400, "input-refused")
    assert offset(client, url) == 0


@pytest.mark.parametrize("at", [0, 4, 6, 100])
def test_a_piece_that_begins_elsewhere_is_refused_and_the_right_one_taken(service, at):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 10)
    piece(client, url, 0, b"begun")
    detail = problem(piece(client, url, at, b"x"), 409, "offset-differs")
    assert "已收到 5 字节" in detail
    assert offset(client, url) == 5
    assert piece(client, url, 5, b"ended").status_code == 204


def test_a_piece_that_would_be_longer_than_announced_is_not_begun(service):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 10)
    piece(client, url, 0, b"begun")
    problem(piece(client, url, 5, b"ended and more"), 413, "longer-than-declared")
    assert offset(client, url) == 5
    assert piece(client, url, 5, b"ended").status_code == 204


def test_a_piece_that_turns_out_longer_than_announced_ends_the_upload(service):
    client, case = service.investigator, service.open_case()
    url = address(client, case, MIB + 10)
    content = iter([b"x" * MIB, b"0123456789", b"and more"])
    problem(piece(client, url, 0, content), 413, "longer-than-declared")
    standing = client.get(url).json()
    assert (standing["state"], standing["reason"]) == ("refused", "实际发送的内容超过声明的长度。")
    assert exhibits(service, case) == []


def test_what_no_client_of_the_protocol_sends(service):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 1)
    assert "1.0.0" in problem(client.head(url) and client.patch(url, content=b"x"), 412, "tus-version")
    assert client.head(url).status_code == 412
    problem(client.patch(url, headers={**PIECE, "tus-resumable": "0.2.2"}, content=b"x"), 412, "tus-version")
    problem(client.patch(url, headers={**TUS, "upload-offset": "0"}, content=b"x"), 415, "wrong-content-type")
    for wrong in ("-1", "1.0", "", "٣", "9" * 19):
        problem(
            client.patch(url, headers={**PIECE, "upload-offset": wrong.encode()}, content=b"x"), 400, "input-refused"
        )
        problem(client.post("/api/v1/uploads", headers={**TUS, "upload-length": wrong.encode()}), 400, "input-refused")
    for metadata in ("filename ***", "filename 文", "filename /w=="):
        given = {**TUS, "upload-length": "1", "upload-metadata": metadata.encode()}
        problem(client.post("/api/v1/uploads", headers=given), 400, "input-refused")
    for header in ("upload-checksum", "repr-digest"):
        given = {**PIECE, "upload-offset": "0", header: "sha-256=:文:".encode()}
        problem(client.patch(url, headers=given, content=b"x"), 400, "input-refused")
    assert client.head(url).headers["tus-version"] == "1.0.0"
    problem(client.get("/api/v1/uploads/no-such-upload"), 404, "upload-unknown")
    problem(announce(client, "4105022026O9999", 1), 404, "case-unknown")
    problem(announce(client, case, 1, kind="physical"), 422, "kind-needs-sample")
    problem(announce(client, case, 1, kind="?"), 400, "input-refused")
    problem(announce(client, case, 1, witness="长" * 61), 400, "input-refused")
    problem(announce(client, case, LARGEST_FILE + 1), 413, "file-too-large")
    assert "0 字节" in problem(announce(client, case, 0), 422, "empty-file")
    assert offset(client, url) == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00.jpg", "a\u202egpj.exe", "长" * 86, "a" * 256, "C:\\照片\\1.jpg", "..", ""]
)
def test_a_name_that_cannot_be_kept_is_refused_before_a_byte_is_sent(service, name):
    client, case = service.investigator, service.open_case()
    assert "改名" in problem(announce(client, case, 1, name), 422, "file-name-refused")
    assert client.get(f"/api/v1/cases/{case}/uploads").json() == []


def test_twins_in_another_unicode_form_are_two_exhibits_of_one_name(service):
    client, case = service.investigator, service.open_case()
    numbers = []
    for name in ("é消防.jpg", "e\u0301消防.jpg"):
        answer = announce(client, case, 4, name, headers=PIECE, content=b"twin")
        numbers.append(receipt(client, answer.headers["location"]))
    assert [taken["file"]["name"] for taken in numbers] == ["é消防.jpg"] * 2
    assert numbers[1]["twins"] == [numbers[0]["exhibit"]["number"]]


@both_stacks
def test_a_case_number_with_nul_is_no_case(service):
    problem(announce(service.investigator, "a\0b", 1), 404, "case-unknown")


def test_a_name_is_each_persons_own(service):
    """Who learns the name of another's upload can neither take it nor spoil it."""
    client, other, case = service.investigator, service.second, service.open_case()
    url = address(client, case, 10, sending="a-known-name")
    piece(client, url, 0, b"begun")
    taken = service.upload(case, b"other bytes", "b.jpg", "second", sending="a-known-name")
    assert taken.status_code == 201
    assert piece(client, url, 5, b"ended").status_code == 204
    assert receipt(client, url)["file"]["name"] == "a.bin"
    assert other.get(url).json()["type"] == "urn:casesvc:problem:upload-unknown"


def test_one_persons_name_serves_one_way_of_sending(service):
    client, case = service.investigator, service.open_case()
    address(client, case, 10, sending="under-way-name")
    problem(service.upload(case, b"whole", sending="under-way-name"), 409, "sending-reused")
    assert service.upload(case, b"whole", sending="one-request-name").status_code == 201
    problem(announce(client, case, 10, sending="one-request-name"), 409, "sending-reused")
    assert list(service.here.store.keys("originals/"))[1:] == []


def test_a_file_is_no_sample_and_its_bytes_are_not_taken(service):
    case = service.open_case()
    problem(service.upload(case, b"x", kind="physical"), 422, "kind-needs-sample")
    assert list(service.here.store.keys("originals/")) == []


def test_who_begins_more_than_he_ends_is_stopped(service, monkeypatch):
    monkeypatch.setattr("evidence.announcing.MOST_UNDER_WAY", 2)
    client, case = service.investigator, service.open_case()
    first = address(client, case, 1)
    address(client, case, 1)
    assert "先传完或取消" in problem(announce(client, case, 1), 429, "too-many-unfinished")
    assert piece(client, first, 0, b"x").status_code == 204
    address(client, case, 1)


def test_a_network_that_lets_no_patch_through_is_served_by_post(service):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 10)
    given = {**PIECE, "upload-offset": "0", "x-http-method-override": "PATCH"}
    assert client.post(url, headers=given, content=b"begun").status_code == 204
    assert offset(client, url) == 5
    assert client.post(url, headers={**TUS, "x-http-method-override": "DELETE"}).status_code == 204
    assert client.head(url, headers=TUS).status_code == 410
    problem(client.post(url, headers=TUS), 405, "method-not-allowed")


def test_an_upload_is_its_senders_alone(service):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 4)
    for other in (service.neighbour, service.legal, service.supervisor, service.city):
        assert other.head(url, headers=TUS).status_code in {403, 404}
        assert piece(other, url, 0, b"x").status_code in {403, 404}
        assert other.delete(url, headers=TUS).status_code in {403, 404}
        assert other.get(url).status_code in {403, 404}
    assert offset(client, url) == 0


def test_an_upload_that_is_given_up_leaves_no_part_and_stands_in_the_list(service):
    client, case, content = service.investigator, service.open_case(), os.urandom(9 * MIB)
    url = address(client, case, 20 * MIB, "长录像.mp4")
    piece(client, url, 0, content)
    assert list((service.here.settings.data_dir / "objects" / "making").iterdir())
    assert client.delete(url, headers=TUS).status_code == 204
    assert list((service.here.settings.data_dir / "objects" / "making").iterdir()) == []
    assert client.head(url, headers=TUS).status_code == 410
    problem(client.delete(url, headers=TUS), 410, "upload-ended")
    (row,) = service.supervisor.get(f"/api/v1/cases/{case}/uploads").json()
    assert (row["file_name"], row["state"], row["state_label"]) == ("长录像.mp4", "stopped", "已停止")
    sealed = announce(client, case, 1, headers=PIECE, content=b"x").headers["location"]
    problem(client.delete(sealed, headers=TUS), 410, "upload-ended")
    assert len(exhibits(service, case)) == 1
