"""Recordings: what their containers say, a poster, a copy that browsers play, and the road from one to the next."""

import errno
import io
import shutil
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from PIL import Image

from evidence.digest import digests_of
from evidence.exhibit import Kind, Purpose, derivative_of, reading_of
from evidence.read_apart import make_playable
from evidence.reading import ReadingFinding, enter_playable, enter_reading, unplayed
from evidence.verification import Report, read_objects, verify_case, walk_record
from tests.evidence.files import H264, STORE, film, made, probed, reading, registered, stored

BEGUN = "2026-11-24T14:40:12Z"
AT_TIME = ("-metadata", f"creation_time={BEGUN}")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def films(place):
    telephone = ("-movflags", "use_metadata_tags", "-metadata", "com.apple.quicktime.make=Apple")
    telephone += ("-metadata", "com.apple.quicktime.model=iPhone 15", *AT_TIME)
    telephone += ("-metadata", "com.apple.quicktime.creationdate=2026-11-24T22:40:12+0800")
    telephone += ("-metadata", "com.apple.quicktime.location.ISO6709=+36.1000+114.3500+076.000/")
    return {
        "camera.mp4": film(place, *H264, *AT_TIME, "camera.mp4"),
        "phone.mov": film(place, *H264, *telephone, "phone.mov"),
        "card.avi": film(place, "-c:v", "mpeg4", "-c:a", "pcm_s16le", "card.avi"),
        "screen.mkv": film(place, *H264, *AT_TIME, "screen.mkv"),
        "web.webm": film(place, "-c:v", "libvpx", "-c:a", "libvorbis", "web.webm"),
        "recorder.ts": film(place, *H264, "recorder.ts"),
        "recorder.mpg": film(place, "-r", "25", "-c:v", "mpeg2video", "-c:a", "mp2", "recorder.mpg"),
        "new.mp4": film(place, "-c:v", "libx265", "-x265-params", "log-level=none", "-an", *AT_TIME, "new.mp4"),
    }


def playable(content, name="a.mp4", missing=(Purpose.PLAYBACK,)):
    return make_playable(STORE, stored(content, name), missing)


def test_a_container_says_when_how_long_and_in_what_it_was_recorded(films):
    outcome = reading(films["camera.mp4"], "camera.mp4", Kind.VIDEO)
    facts = dict(outcome.facts)
    assert facts.pop("software").startswith("Lavf")
    assert facts == {
        "media_type": "video/mp4",
        "format": "MPEG-4",
        "container_time": "2026-11-24 14:40:12 UTC",
        "duration": "2.000 s",
        "width": 320,
        "height": 240,
        "frame_rate": "10.000",
        "video_codec": "AVC",
        "audio_codec": "AAC",
    }
    assert outcome.findings == []
    assert outcome.reader.startswith("pymediainfo ")


def test_a_telephone_says_where_and_which_it_was(films):
    facts = reading(films["phone.mov"], "phone.mov", Kind.VIDEO).facts
    assert facts["media_type"] == "video/quicktime"
    assert (facts["make"], facts["model"]) == ("Apple", "iPhone 15")
    assert (facts["latitude"], facts["longitude"]) == ("36.100000", "114.350000")
    assert facts["container_time"].startswith("2026-11-24")
    assert facts["container_local_time"] == "2026-11-24T22:40:12+0800"


def test_the_time_of_a_change_is_not_when_it_was_recorded(films):
    """The film's header names two times (ISO/IEC 14496-12 §8.2.2): made, which is zero here, and changed."""
    content = bytearray(films["camera.mp4"])
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        at = -1
        while (at := content.find(box, at + 1)) >= 0:
            content[at + 8 : at + 12] = bytes(4)
    outcome = reading(bytes(content), "camera.mp4", Kind.VIDEO)
    assert "container_time" not in outcome.facts
    assert ReadingFinding.NO_CONTAINER_TIME in outcome.findings


@pytest.mark.parametrize("position", ["+00.0000+000.0000/", "+99.0000+114.3500/", "nowhere"])
def test_a_container_with_an_absurd_position_has_none(place, position):
    said = ("-movflags", "use_metadata_tags", "-metadata", f"com.apple.quicktime.location.ISO6709={position}")
    outcome = reading(film(place, *H264, *AT_TIME, *said, "odd.mov"), "odd.mov", Kind.VIDEO)
    assert ReadingFinding.GPS_INVALID in outcome.findings
    assert "latitude" not in outcome.facts


CODECS = {
    "card.avi": ("video/x-msvideo", "MPEG-4 Visual"),
    "screen.mkv": ("video/x-matroska", "AVC"),
    "web.webm": ("video/webm", "VP8"),
    "recorder.ts": ("video/mp2t", "AVC"),
    "recorder.mpg": ("video/mpeg", "MPEG Video"),
    "new.mp4": ("video/mp4", "HEVC"),
}


@pytest.mark.parametrize("name", CODECS)
def test_films_of_every_container_are_read_and_become_playable(films, place, name):
    outcome = reading(films[name], name, Kind.VIDEO)
    assert (outcome.facts["media_type"], outcome.facts["video_codec"]) == CODECS[name]
    assert (outcome.facts["width"], outcome.facts["height"]) == (320, 240)
    assert 1.5 < float(outcome.facts["duration"].removesuffix(" s")) < 2.5
    assert (ReadingFinding.NO_CONTAINER_TIME in outcome.findings) is (name not in {"screen.mkv", "new.mp4"})
    assert ReadingFinding.TYPE_DIFFERS not in outcome.findings
    played = playable(films[name], name)
    assert played.findings == []
    found = probed(made(played, Purpose.PLAYBACK), place)
    assert "mp4" in found
    assert "codec_name=h264" in found
    assert ("codec_name=aac" in found) is (name != "new.mp4")


def test_a_poster_and_its_thumbnail_show_a_frame(films):
    outcome = reading(films["camera.mp4"], "camera.mp4", Kind.VIDEO)
    sizes = {copy.purpose: Image.open(io.BytesIO(made(outcome, copy.purpose))) for copy in outcome.copies}
    assert {purpose: (shown.format, shown.size) for purpose, shown in sizes.items()} == {
        Purpose.POSTER: ("JPEG", (320, 240)),
        Purpose.THUMBNAIL: ("JPEG", (320, 240)),
    }
    tools = {copy.purpose: copy.tool.split()[0] for copy in outcome.copies}
    assert tools == {Purpose.POSTER: "ffmpeg", Purpose.THUMBNAIL: "pillow"}
    colours = len(sizes[Purpose.POSTER].convert("RGB").getcolors(100_000))
    assert colours > 100, "a test card, not one colour"


def test_a_black_beginning_is_not_the_poster(place):
    fading = ("-vf", "fade=in:0:8", *H264)
    outcome = reading(film(place, *fading, "fade.mp4", seconds=5), "fade.mp4", Kind.VIDEO)
    brightest = Image.open(io.BytesIO(made(outcome, Purpose.POSTER))).convert("L").getextrema()[1]
    assert brightest > 150


def test_a_large_film_is_shown_no_wider_than_a_screen(place):
    outcome = reading(film(place, *H264, "wide.mp4", seconds=1, size="2560x1440"), "wide.mp4", Kind.VIDEO)
    assert Image.open(io.BytesIO(made(outcome, Purpose.POSTER))).size == (1600, 900)


def test_what_browsers_play_is_not_encoded_again_and_its_index_comes_first(films):
    outcome = playable(films["camera.mp4"])
    content = made(outcome, Purpose.PLAYBACK)
    assert outcome.copies[0].parameters == {"video": "copied", "audio": "copied"}
    assert outcome.copies[0].tool.startswith("ffmpeg ")
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    assert digests_of([content]).sha256 == outcome.copies[0].sha256


def test_what_browsers_do_not_play_is_encoded_smaller(place):
    content = film(place, "-c:v", "mpeg4", "-c:a", "pcm_s16le", "hd.avi", seconds=1, size="1920x1080")
    outcome = playable(content, "hd.avi")
    assert outcome.copies[0].parameters["fit"] == "1280"
    found = probed(made(outcome, Purpose.PLAYBACK), place)
    assert "width=1280\nheight=720" in found


def test_a_copy_holds_nothing_of_what_the_telephone_said(films):
    assert b"iPhone" not in made(playable(films["phone.mov"]), Purpose.PLAYBACK)


def test_a_long_film_is_cut_and_says_so(films, place, monkeypatch, tmp_path):
    program = tmp_path / "reader.py"
    program.write_text(
        "import json, sys\nfrom evidence.readers import video\nfrom evidence.readers.__main__ import main\n"
        "video.LONGEST_PLAYED = 1\nvideo.ENCODED[-1] = '1'\nmain(json.loads(sys.argv[1]))\n"
    )
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    outcome = playable(films["card.avi"])
    assert outcome.findings == [ReadingFinding.PLAYBACK_CUT]
    assert outcome.copies[0].parameters["seconds"] == "1"
    assert "duration=1.0" in probed(made(outcome, Purpose.PLAYBACK), place)


def test_a_film_too_large_is_not_copied(films, monkeypatch):
    monkeypatch.setattr("evidence.read_apart.LARGEST_PLAYED", 10)
    outcome = playable(films["camera.mp4"])
    assert (outcome.findings, outcome.copies) == ([ReadingFinding.PLAYBACK_TOO_LARGE], [])


def test_a_disk_without_room_is_a_fault_of_the_machine_and_no_finding(films, monkeypatch):
    monkeypatch.setattr("evidence.read_apart.LEFT_FREE", 2**62)
    with pytest.raises(OSError, match="no room") as refused:
        playable(films["camera.mp4"])
    assert refused.value.errno == errno.ENOSPC


def test_a_film_above_the_limit_is_read_by_its_two_ends(films, monkeypatch):
    """The index of this one stands at its end, its first pictures at its beginning."""
    content = films["camera.mp4"]
    assert content.index(b"mdat") < content.index(b"moov")
    monkeypatch.setattr("evidence.read_apart.LARGEST", 10)
    monkeypatch.setattr("evidence.read_apart.SAMPLE", 1 << 20)
    head, index = content[: content.index(b"moov") - 4], content[content.index(b"moov") - 4 :]
    free = 24 << 20
    padded = head + free.to_bytes(4) + b"free" + bytes(free - 8) + index
    outcome = reading(padded, "dvr.mp4", Kind.VIDEO)
    assert outcome.facts["duration"] == "2.000 s"
    assert {copy.purpose for copy in outcome.copies} == {Purpose.POSTER, Purpose.THUMBNAIL}


def test_sound_alone_is_read_and_is_no_film_without_pictures(place):
    outcome = reading(film(place, "-map", "1:a", "-c:a", "aac", *AT_TIME, "talk.m4a"), "talk.m4a", Kind.ELECTRONIC)
    assert (outcome.facts["media_type"], outcome.facts["audio_codec"]) == ("audio/mp4", "AAC")
    assert (outcome.findings, outcome.copies) == ([], [])
    silent = reading(film(place, "-map", "1:a", "-c:a", "aac", "-f", "mp4", "black.mp4"), "black.mp4", Kind.VIDEO)
    assert ReadingFinding.NO_VIDEO in silent.findings


def test_broken_sound_is_no_broken_film():
    outcome = reading(b"ID3\x04" + b"\xff" * 3000, "talk.mp3", Kind.ELECTRONIC)
    assert outcome.facts["media_type"] == "audio/mpeg"
    assert [finding.label for finding in outcome.findings] == ["文件无法解析（原件照原样保存）"]


@pytest.fixture
def no_ffmpeg(monkeypatch):
    which = shutil.which
    monkeypatch.setattr("shutil.which", lambda name, *more, **options: None if name == "ffmpeg" else which(name))


def test_without_ffmpeg_facts_are_read_and_the_lack_of_a_preview_is_told(films, no_ffmpeg):
    outcome = reading(films["camera.mp4"], "camera.mp4", Kind.VIDEO)
    assert outcome.findings == [ReadingFinding.NO_FFMPEG]
    assert outcome.facts["duration"] == "2.000 s"
    assert outcome.copies == []


@contextmanager
def statements(engine):
    asked = []

    def note(*told):
        asked.append(told[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(engine, "before_cursor_execute", note)


def enter_read(world, content, name="a.mp4"):
    from evidence.read_apart import read_file

    original = registered(world, content, name, Kind.VIDEO)
    enter_reading(world.investigator, original, read_file(world.store, original, Kind.VIDEO))
    return original


def test_a_film_is_made_playable_once_and_its_reading_stays_whole(world, films):
    assert unplayed(world.tx, set()) is None
    original = enter_read(world, films["camera.mp4"])
    enter_read(world, b"no film at all")
    before = reading_of(world.tx, original)
    found, missing = unplayed(world.tx, set())
    assert (found, missing) == (original, {Purpose.PLAYBACK})
    assert unplayed(world.tx, {original.id}) is None
    with statements(world.engine) as asked:
        unplayed(world.tx, set())
    assert "LIMIT" in asked[0], "of thousands of films one is fetched"
    outcome = make_playable(world.store, original, missing)
    enter_playable(world.investigator, original, outcome)
    assert unplayed(world.tx, set()) is None
    after = reading_of(world.tx, original)
    assert (after.facts, after.findings) == (before.facts, before.findings)
    assert after.reader.startswith(f"{before.reader}, ffmpeg ")
    assert enter_playable(world.investigator, original, outcome).id == after.id
    copy = derivative_of(world.tx, original, Purpose.PLAYBACK)
    assert (copy.media_type, copy.original_sha256) == ("video/mp4", original.sha256)
    world.tx.flush()
    report = Report()
    verify_case(world.tx, world.case, walk_record(world.tx, report), report)
    assert read_objects(world.store, report).findings == []
    assert report.copies == 3


def test_films_read_before_ffmpeg_came_get_their_pictures_then(world, films, monkeypatch):
    which = shutil.which
    with monkeypatch.context() as without:
        without.setattr("shutil.which", lambda name, *more, **options: None if name == "ffmpeg" else which(name))
        original = enter_read(world, films["camera.mp4"])
    assert reading_of(world.tx, original).findings == ["no_ffmpeg"]
    found, missing = unplayed(world.tx, set())
    assert missing == {Purpose.PLAYBACK, Purpose.POSTER, Purpose.THUMBNAIL}
    enter_playable(world.investigator, found, make_playable(world.store, found, missing))
    assert reading_of(world.tx, original).findings == []
    assert all(derivative_of(world.tx, original, purpose) for purpose in missing)
