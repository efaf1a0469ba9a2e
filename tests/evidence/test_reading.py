"""Readers: EXIF beside the original, copies that name it, and findings instead of failures."""

import io
import re
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

import evidence.read_apart as apart
import evidence.readers.__main__ as readers
from casesvc.demo.photographs import demo_photographs
from evidence.digest import digests_of
from evidence.exhibit import Kind, Original, Purpose, derivative_of, reading_of
from evidence.read_apart import Workplace, checked, read_file
from evidence.readers import video
from evidence.reading import ReadingFinding, enter_reading, unread
from storage import MemoryStore
from tests.evidence.conftest import AT
from tests.evidence.files import STORE, flat_png, picture, reading, registered, stored


@pytest.fixture(scope="module")
def photographs():
    return list(demo_photographs(AT, width=400))


def test_exif_is_read_and_the_original_is_untouched(world, photographs):
    original = registered(world, photographs[0].content)
    assert unread(world.tx, set()) == [(original, Kind.PHOTO)]
    outcome = read_file(world.store, original, Kind.PHOTO)
    enter_reading(world.investigator, original, outcome)
    assert unread(world.tx, set()) == []
    facts = reading_of(world.tx, original).facts
    assert facts["device_time"].startswith("2026:11:2")
    assert facts["make"]
    assert facts["model"]
    assert facts["serial"]
    assert 36 < float(facts["latitude"]) < 36.3
    assert 114 < float(facts["longitude"]) < 114.7
    assert digests_of(world.store.read(original.object_key, original.object_version)).sha256 == original.sha256


def test_copies_name_their_original_and_how_they_were_made(world, photographs):
    original = registered(world, photographs[0].content)
    enter_reading(world.investigator, original, read_file(world.store, original, Kind.PHOTO))
    for purpose, widest in ((Purpose.THUMBNAIL, 360), (Purpose.PREVIEW, 1600)):
        copy = derivative_of(world.tx, original, purpose)
        content = b"".join(world.store.read(copy.object_key, copy.object_version))
        assert copy.original_sha256 == original.sha256
        assert copy.tool.startswith("pillow ")
        assert copy.parameters["fit"] == widest
        assert max(Image.open(io.BytesIO(content)).size) <= widest
        assert (copy.sha256, copy.size) == (digests_of([content]).sha256, len(content))


def test_reading_twice_adds_nothing(world, photographs):
    original = registered(world, photographs[0].content)
    outcome = read_file(world.store, original, Kind.PHOTO)
    first = enter_reading(world.investigator, original, outcome)
    assert enter_reading(world.investigator, original, outcome).id == first.id


def test_a_rotated_photograph_is_shown_upright(world):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), "red").save(out, "JPEG", exif=exif)
    original = registered(world, out.getvalue())
    outcome = read_file(world.store, original, Kind.PHOTO)
    enter_reading(world.investigator, original, outcome)
    copy = derivative_of(world.tx, original, Purpose.THUMBNAIL)
    shown = Image.open(io.BytesIO(b"".join(world.store.read(copy.object_key, copy.object_version))))
    assert shown.height > shown.width


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"\xff\xd8\xff\xe0 broken", ReadingFinding.UNREADABLE),
        (b"not a picture at all", ReadingFinding.UNREADABLE),
        (b"\x00" * 100_000, ReadingFinding.UNREADABLE),
        (picture("PNG"), ReadingFinding.NO_EXIF),
    ],
)
def test_what_cannot_be_read_is_a_finding(world, content, finding):
    original = registered(world, content)
    outcome = read_file(world.store, original, Kind.PHOTO)
    assert finding in outcome.findings
    assert enter_reading(world.investigator, original, outcome).findings


def peak_kib() -> int:
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


@pytest.mark.parametrize("colour", [2, 6], ids=["rgb", "rgba"])
def test_the_largest_picture_is_read_and_the_service_does_not_grow(colour):
    original = stored(flat_png(12_000, colour), "a.png")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak_kib()
    outcome = read_file(STORE, original, Kind.PHOTO)
    assert peak_kib() - before < 30_000
    assert outcome.findings == [ReadingFinding.NO_EXIF]
    assert (outcome.facts["width"], outcome.facts["height"]) == (12_000, 12_000)
    assert {copy.purpose for copy in outcome.copies} == {Purpose.PREVIEW, Purpose.THUMBNAIL}


@pytest.mark.parametrize("side", [13_000, 20_000])
def test_a_picture_of_too_many_pixels_is_not_unpacked(side):
    outcome = reading(flat_png(side, 0), "a.png")
    assert outcome.copies == []
    assert outcome.findings == [ReadingFinding.NO_EXIF, ReadingFinding.TOO_MANY_PIXELS]


@pytest.mark.parametrize(
    ("does", "finding"),
    [
        ("while True: pass", ReadingFinding.TIMED_OUT),
        ("import time; time.sleep(60)", ReadingFinding.TIMED_OUT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", ReadingFinding.TIMED_OUT),  # out of memory
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ReadingFinding.UNREADABLE),
        ("import sys; sys.exit(1)", ReadingFinding.UNREADABLE),
    ],
)
def test_a_reader_that_hangs_or_dies_costs_one_reading(world, photographs, monkeypatch, tmp_path, does, finding):
    program = tmp_path / "reader.py"
    told = '{}\n{"facts": {"make": "HUIYAN"}}\n{"cut'
    program.write_text(f"print({told!r}, end='', flush=True)\n{does}\n")
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    monkeypatch.setattr("evidence.read_apart.MOST_SECONDS", 1.0)
    original = registered(world, photographs[0].content)
    outcome = read_file(world.store, original, Kind.PHOTO)
    assert outcome.findings == [finding]
    assert outcome.facts == {"make": "HUIYAN"}, "what was read before is kept"
    assert enter_reading(world.investigator, original, outcome).findings == [finding.value]


@pytest.mark.parametrize(
    "change",
    [
        "reader.MOST_MEMORY = 300 * 1024 * 1024",
        "reader.MOST_SECONDS = 1\ndef hang(file, asked):\n    while True: pass\nreader.read = hang",
    ],
    ids=["memory", "time"],
)
def test_a_reader_that_uses_up_its_memory_or_time_is_stopped(monkeypatch, tmp_path, change):
    program = tmp_path / "reader.py"
    start = "import json, sys\nimport evidence.readers.__main__ as reader\n"
    program.write_text(f"{start}{change}\nreader.main(json.loads(sys.argv[1]))\n")
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    assert ReadingFinding.TIMED_OUT in reading(flat_png(12_000, 2)).findings


def test_the_processors_time_decides_and_a_busy_machine_does_not():
    """Readers wait for everybody else; a finding holds for good."""
    assert apart.MOST_SECONDS >= 10 * readers.MOST_SECONDS
    assert apart.PLAYING_SECONDS >= 2 * readers.PLAYING_SECONDS
    assert video.POSTER_SECONDS >= 5 * readers.MOST_SECONDS


@pytest.mark.parametrize(
    ("content", "kind", "finding"),
    [
        ("image/jpeg", Kind.ELECTRONIC, ReadingFinding.UNREADABLE),
        ("video/mp4", Kind.PHOTO, ReadingFinding.UNREADABLE_VIDEO),
        ("audio/mpeg", Kind.VIDEO, ReadingFinding.UNREADABLE_FILE),
        ("application/pdf", Kind.PHOTO, ReadingFinding.UNREADABLE_FILE),
        ("", Kind.PHOTO, ReadingFinding.UNREADABLE),
        ("", Kind.VIDEO, ReadingFinding.UNREADABLE_VIDEO),
        ("", Kind.DOCUMENT, ReadingFinding.UNREADABLE_FILE),
    ],
)
def test_what_brings_its_reader_down_is_named_as_what_it_is(monkeypatch, tmp_path, content, kind, finding):
    program = tmp_path / "reader.py"
    told = {"facts": {"media_type": content}} if content else {}
    program.write_text(f"import os, json\nprint(json.dumps({told!r}), flush=True)\nos.abort()\n")
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    assert reading(b"x", "a", kind).findings == [finding]


def test_everything_is_kept_in_the_place_that_is_given(photographs, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no such place"))
    original = stored(photographs[0].content)
    assert read_file(STORE, original, Kind.PHOTO, Workplace(tmp_path)).copies
    with pytest.raises(FileNotFoundError):
        read_file(STORE, original, Kind.PHOTO)


def test_a_reader_that_does_not_start_is_a_fault_and_no_finding(photographs, monkeypatch, tmp_path):
    program = tmp_path / "reader.py"
    program.write_text("import nothing_of_that_name")
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    with pytest.raises(RuntimeError, match="nothing_of_that_name"):
        reading(photographs[0].content)


def test_a_newer_reader_reads_no_photograph_again(world, photographs, monkeypatch):
    original = registered(world, photographs[0].content)
    outcome = read_file(world.store, original, Kind.PHOTO)
    first = enter_reading(world.investigator, original, outcome)
    outcome.reader = "exifread 99"
    assert enter_reading(world.investigator, original, outcome).id == first.id
    assert unread(world.tx, set()) == []
    assert unread(world.tx, {original.id}) == []


def test_every_kind_of_file_is_read_and_large_ones_apart(world, monkeypatch):
    kinds = (Kind.PHOTO, Kind.VIDEO, Kind.ELECTRONIC, Kind.DOCUMENT)
    originals = [registered(world, kind.value.encode() * 9, f"{kind.value}.bin", kind) for kind in kinds]
    assert unread(world.tx, set()) == list(zip(originals, kinds, strict=True))
    monkeypatch.setattr("evidence.reading.LARGEST", 9 * len("document"))
    assert [kind for _, kind in unread(world.tx, set(), large=True)] == [Kind.ELECTRONIC]
    assert Kind.ELECTRONIC not in [kind for _, kind in unread(world.tx, set())]


def test_a_file_too_large_for_a_photograph_is_not_copied(monkeypatch):
    monkeypatch.setattr("evidence.read_apart.LARGEST", 10)
    outcome = reading(b"x" * 11)
    assert outcome.findings == [ReadingFinding.TOO_LARGE]


def test_of_a_large_file_only_both_ends_are_copied(monkeypatch, tmp_path):
    """The private copy is as long as the original and as small on disk as what was copied."""
    monkeypatch.setattr("evidence.read_apart.LARGEST", 10)
    monkeypatch.setattr("evidence.read_apart.SAMPLE", 1024 * 1024)
    program = tmp_path / "reader.py"
    looks = "at = os.fstat(0); ends = os.pread(0, 5, 0) + os.pread(0, 5, at.st_size - 5)"
    tells = "print(json.dumps({'facts': {'size': at.st_size, 'room': at.st_blocks * 512, 'ends': ends.decode()}}))"
    program.write_text(f"import json, os\n{looks}\n{tells}\n")
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    content = b"begin" + bytes(40 * 1024 * 1024) + b"ended"
    asked = []

    class Counting(MemoryStore):
        def read(self, key, version, start=0):
            for block in super().read(key, version, start):
                asked.append(len(block))
                yield block

    store = Counting()
    kept = store.put("originals/x", [content])
    original = Original(id=1, file_name="a", size=kept.size, object_key=kept.key, object_version=kept.version)
    facts = read_file(store, original, Kind.ELECTRONIC).facts
    assert (facts["size"], facts["ends"]) == (len(content), "beginended")
    assert facts["room"] < 6 * 1024 * 1024
    assert sum(asked) < 6 * 1024 * 1024, "nor is more of it fetched"


def test_work_that_is_stopped_ends_at_once_and_leaves_nobody_at_work(monkeypatch, tmp_path):
    program = tmp_path / "reader.py"
    program.write_text(
        "import os, sys, time\nprint(os.getpid(), file=open(sys.argv[0] + '.pid', 'w'))\ntime.sleep(60)\n"
    )
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    at = Workplace()
    original = stored(b"x")

    def stop_when_begun():
        while not (tmp_path / "reader.py.pid").exists():
            time.sleep(0.01)
        at.stop.set()

    Thread(target=stop_when_begun).start()
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        read_file(STORE, original, Kind.PHOTO, at)
    assert time.monotonic() - begun < 30
    assert not Path(f"/proc/{(tmp_path / 'reader.py.pid').read_text().strip()}").exists()


def test_nothing_is_left_on_disk_by_a_reader_and_its_service_that_are_killed(tmp_path):
    """Both die at once when the service is killed, and private copies have no name to be left under."""
    place, script = tmp_path / "place", tmp_path / "service.py"
    place.mkdir()
    reader = tmp_path / "reader.py"
    reader.write_text(
        "import os, sys, time\nfrom evidence.readers.confining import confine\n"
        "confine(memory=2**31, seconds=50, written=2**20)\n"
        "print(os.getpid(), file=open(sys.argv[0] + '.pid.new', 'w'))\n"
        "os.rename(sys.argv[0] + '.pid.new', sys.argv[0] + '.pid')\ntime.sleep(60)\n"
    )
    script.write_text(
        f"""
from pathlib import Path
import evidence.read_apart as apart
from evidence.exhibit import Kind, Original
from storage import MemoryStore
apart.PROGRAM = ({str(reader)!r},)
store = MemoryStore()
stored = store.put("originals/x", [bytes(1000)])
original = Original(id=1, file_name="a", size=1000, object_key=stored.key, object_version=stored.version)
apart.read_file(store, original, Kind.PHOTO, apart.Workplace(Path({str(place)!r})))
"""
    )
    service = subprocess.Popen([sys.executable, str(script)])
    pid = tmp_path / "reader.py.pid"
    deadline = time.monotonic() + 60
    while not pid.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    running = Path(f"/proc/{pid.read_text().strip()}/cmdline")
    assert b"reader.py" in running.read_bytes()
    service.kill()
    service.wait()
    while running.exists() and running.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running.exists() or not running.read_bytes(), "gone, or a zombie of whoever adopted it"
    assert list(place.iterdir()) == []


def test_the_readers_load_nothing_else_of_the_system_and_get_none_of_its_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("CASESVC_SECRET", "s" * 64)
    program = tmp_path / "reader.py"
    program.write_text(
        "import json, os, sys\nimport evidence.readers.__main__\n"
        "from evidence.readers import content, exif, pdf, picture, video\n"
        "ours = sorted(name for name in sys.modules if name.split('.')[0] in "
        "{'evidence', 'storage', 'casesvc', 'workflows', 'templates', 'sqlmodel'})\n"
        "others = [name for name in ours if not name.startswith('evidence.readers')]\n"
        "print(json.dumps({'facts': {'others': ' '.join(others), 'names': ' '.join(sorted(os.environ))}}))\n"
    )
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    facts = reading(b"x").facts
    assert facts["others"] == "evidence"
    assert set(facts["names"].split()) <= {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"facts": {"make": "HUAWEI", "width": 3}}, {"make": "HUAWEI", "width": 3}),
        ({"facts": {"make": "x" * 201, "width": 2**60, "height": 1.5, "ok": True, "n": None, "l": [1]}}, {}),
        ({"facts": {"<script>": "x", "Make": "x", "": "x"}}, {}),
        ([1, 2], {}),
        ("text", {}),
    ],
)
def test_of_what_a_reader_tells_only_short_plain_facts_are_taken(told, kept):
    assert checked(told).get("facts", {}) == kept
