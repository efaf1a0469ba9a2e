"""Files made to harm their reader: each ends in findings, within its limits, and the next file is read."""

import io
import os
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

import piexif
import pytest
from PIL import Image

from evidence.exhibit import Kind, Purpose
from evidence.read_apart import make_playable
from evidence.reading import ReadingFinding
from tests.evidence.files import H264, STORE, boxed, exif, film, flat_png, picture, reading, stored

EVERYTHING = {Purpose.PLAYBACK, Purpose.POSTER, Purpose.THUMBNAIL}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def camera(place):
    return film(place, *H264, "camera.mp4")


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
def test_a_picture_cut_off_is_kept_and_flagged(form, part):
    content = picture(form, exif())
    outcome = reading(content[: int(len(content) * part)], "a.bin")
    assert ReadingFinding.UNREADABLE in outcome.findings or outcome.copies
    assert part == 0.98 or outcome.findings


@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.98])
def test_a_film_cut_off_is_kept_and_flagged(camera, part):
    outcome = reading(camera[: int(len(camera) * part)], "a.mp4", Kind.VIDEO)
    assert {ReadingFinding.UNREADABLE_VIDEO, ReadingFinding.NO_VIDEO, ReadingFinding.NO_POSTER} & set(outcome.findings)
    assert outcome.copies == []
    cut = make_playable(STORE, stored(camera[: int(len(camera) * part)], "a.mp4"), {Purpose.PLAYBACK})
    assert (cut.findings, cut.copies) == ([ReadingFinding.PLAYBACK_FAILED], [])


def wide_tiff(side: int) -> bytes:
    entries = [(0x100, 4, 1, side), (0x101, 4, 1, side), (0x102, 3, 1, 8), (0x103, 3, 1, 1), (0x106, 3, 1, 1)]
    entries += [(0x111, 4, 1, 200), (0x115, 3, 1, 1), (0x116, 4, 1, side), (0x117, 4, 1, 100)]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\x00\x08\x00\x00\x00" + body + bytes(4)).ljust(300, b"\x00")


def endless_exif(kind: str) -> bytes:
    """EXIF whose directories lead back to themselves, or promise billions of values."""
    entry = {
        "next": struct.pack("<HHHII", 1, 0x10F, 2, 4, 0x41414141) + struct.pack("<I", 8),
        "inner": struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + bytes(4),
        "count": struct.pack("<HHHII", 1, 0x10F, 5, 0xFFFFFFF0, 8) + bytes(4),
        "many": struct.pack("<H", 0xFFFF) + struct.pack("<HHII", 0x10F, 2, 4, 0x41414141) * 3000,
    }[kind]
    block = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + entry
    plain = picture("JPEG")
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]


def deflated_text_png() -> bytes:
    """A PNG with a comment of 400 MB that fits in half a megabyte."""
    text = b"Comment\x00\x00" + zlib.compress(bytes(400_000_000), 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    plain = picture("PNG")
    return plain[:33] + chunk + plain[33:]


def many_frames() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("P", (64, 64), index % 256) for index in range(2000)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


BOMBS = {
    "pixels": lambda: flat_png(20_000, 0),
    "wide-tiff": lambda: wide_tiff(0x7FFFFFFF),
    "deflate": deflated_text_png,
    "frames": many_frames,
    "exif-next": lambda: endless_exif("next"),
    "exif-inner": lambda: endless_exif("inner"),
    "exif-count": lambda: endless_exif("count"),
    "exif-many": lambda: endless_exif("many"),
    "jpeg-in-jpeg": lambda: b"II*\x00\x08\x00\x00\x00" + b"\xff\xd8\xff\xe0\x00\x02" * 200_000,
    "raw-of-beginnings": lambda: b"FUJIFILMCCD-RAW " + b"\xff\xd8\xff" * 1_000_000,
    "zeros": lambda: bytes(5_000_000),
    "webp-huge": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 400,
    "heic-boxes": lambda: boxed(b"ftyp", b"heic\x00\x00\x00\x00mif1heic") + boxed(b"meta", b"\xff" * 5000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_picture_made_to_harm_costs_its_own_reading_only(bomb):
    outcome = reading(BOMBS[bomb](), "a.bin")
    assert outcome.findings, "odd pictures are flagged"
    assert reading(picture("JPEG", exif())).findings == [], "and the next one is read"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("body", [b"XX*\x00" + b"\xfe" * 40, b"II*\x00\xff\xff\xff\x7f" + bytes(20), b"II"])
def test_exif_that_is_there_and_damaged_is_not_said_to_be_missing(form, body):
    """What is missing hints at a chat; what is damaged is looked at."""
    outcome = reading(picture(form, b"Exif\x00\x00" + body), "a.bin")
    assert outcome.findings == [ReadingFinding.EXIF_UNREADABLE]
    assert {copy.purpose for copy in outcome.copies} == {Purpose.PREVIEW, Purpose.THUMBNAIL}


def test_a_camera_raw_whose_exif_is_damaged_says_so():
    boxes = boxed(b"uuid", bytes(16) + boxed(b"CMT1", b"\xff" * 40))
    raw = boxed(b"ftyp", b"crx \x00\x00\x00\x01crx isom") + boxed(b"moov", boxes) + boxed(b"mdat", picture("JPEG"))
    assert reading(raw, "a.cr3").findings == [ReadingFinding.EXIF_UNREADABLE]


def pages_that_lead_back() -> bytes:
    root = b"2 0 obj <</Type/Pages/Count 1000000000/Kids[%s]>> endobj\n" % (b"2 0 R " * 10)
    return b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n" + root + b"trailer <</Root 1 0 R>>\n%%EOF\n"


def pages_without_end() -> bytes:
    """A tree of pages that is deeper than any recursion goes."""
    kids = b"".join(
        b"%d 0 obj <</Type/Pages/Count 1/Kids[%d 0 R]>> endobj\n" % (number, number + 1) for number in range(2, 60_000)
    )
    return b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n" + kids + b"trailer <</Root 1 0 R>>\n%%EOF\n"


def packed_objects() -> bytes:
    """A PDF whose cross-reference stream unpacks to 400 MB."""
    packed = zlib.compress(bytes(400_000_000), 9)
    head = b"%PDF-1.5\n"
    stream = b"1 0 obj <</Type/XRef/Size 9/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length %d>> stream\n" % len(packed)
    return head + stream + packed + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


PDFS = {
    "leads-back": pages_that_lead_back,
    "without-end": pages_without_end,
    "packed": packed_objects,
    "cut-off": lambda: pages_that_lead_back()[:70],
    "only-a-head": lambda: b"%PDF-1.7\n" + bytes(1000),
}


@pytest.mark.parametrize("bomb", PDFS)
def test_a_pdf_made_to_harm_costs_its_own_reading_only(bomb):
    outcome = reading(PDFS[bomb](), "a.pdf", Kind.DOCUMENT)
    assert outcome.facts["media_type"] == "application/pdf"
    odd = {ReadingFinding.UNREADABLE_PDF, ReadingFinding.TIMED_OUT, ReadingFinding.UNREADABLE_FILE}
    assert odd & set(outcome.findings) or outcome.facts["pages"] < 100


NONSENSE = {
    "atoms": lambda: boxed(b"ftyp", b"isom\x00\x00\x00\x00isom") + boxed(b"moov", boxed(b"trak", b"\xff" * 4000)),
    "lengths": lambda: boxed(b"ftyp", b"isom\x00\x00\x00\x00isom") + b"\xff\xff\xff\xffmoov" + bytes(5000),
    "itself": lambda: boxed(b"ftyp", b"isom\x00\x00\x00\x00isom") + struct.pack(">I", 0) + b"moov" + bytes(4),
    "nested": lambda: boxed(b"ftyp", b"isom\x00\x00\x00\x00isom") + nested(3000),
    "noise": lambda: boxed(b"ftyp", b"isom\x00\x00\x00\x00isom") + os.urandom(200_000),
    "matroska": lambda: b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska" + b"\x18\x53\x80\x67\x01" + b"\xff" * 5000,
    "stream": lambda: (b"\x47" + bytes(187)) * 5000,
}


def nested(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = boxed(b"moov", body)
    return body


@pytest.mark.parametrize("bomb", NONSENSE)
def test_a_film_made_to_harm_costs_its_own_reading_only(bomb):
    content = NONSENSE[bomb]()
    outcome = reading(content, "a.bin", Kind.VIDEO)
    assert outcome.facts["media_type"].startswith("video/")
    assert outcome.findings
    assert outcome.copies == []
    played = make_playable(STORE, stored(content), EVERYTHING)
    assert (ReadingFinding.PLAYBACK_FAILED in played.findings, played.copies) == (True, [])


@pytest.fixture
def stranger():
    """Another computer on the network, which notes who asks it for anything."""
    asked = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/a.mp4", asked
    server.shutdown()


def referring(camera: bytes, target: str) -> bytes:
    """The film with its pictures said to be elsewhere (a data reference, ISO/IEC 14496-12 §8.7.2)."""

    def rebuilt(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 8 <= len(data):
            size, name = struct.unpack(">I4s", data[at : at + 8])
            body = data[at + 8 : at + size]
            if name in {b"moov", b"trak", b"mdia", b"minf", b"dinf"}:
                body = rebuilt(body)
            elif name == b"dref":
                body = bytes(4) + struct.pack(">I", 1) + boxed(b"url ", bytes(4) + target.encode() + b"\x00")
            out, at = out + boxed(name, body), at + size
        return out

    return rebuilt(camera)


def reference_movie(_film: bytes, target: str) -> bytes:
    """A QuickTime film that is only the address of another."""
    named = target.encode() + b"\x00"
    address = boxed(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(named)) + named)
    return boxed(b"ftyp", b"qt  \x00\x00\x00\x00qt  ") + boxed(b"moov", boxed(b"rmra", boxed(b"rmda", address)))


def text(lines: str):
    return lambda _film, target: lines.format(target).encode()


LURES = {
    "playlist": text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"),
    "concat": text("ffconcat version 1.0\nfile '{}'\n"),
    "dash": text('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{}</BaseURL></MPD>'),
    "sdp": text("v=0\no=- 0 0 IN IP4 {}\n"),
    "reference": referring,
    "reference-movie": reference_movie,
}


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.PHOTO, Kind.ELECTRONIC])
@pytest.mark.parametrize("lure", LURES)
def test_a_list_dressed_as_a_film_opens_no_address_and_no_other_file(camera, stranger, place, lure, kind):
    address, asked = stranger
    secret = place / "secret.mp4"
    secret.write_bytes(camera)
    for target in (address, str(secret), f"file://{secret}"):
        content = LURES[lure](camera, target)
        outcome = reading(content, "监控.mp4", kind)
        played = make_playable(STORE, stored(content, "监控.mp4"), EVERYTHING)
        if lure != "reference":  # whose own pictures are inside; they are shown, and nothing else
            assert outcome.copies == played.copies == []
            assert "duration" not in outcome.facts
    assert asked == []


def test_a_picture_that_would_start_a_program_does_not(tmp_path):
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n"
    outcome = reading(eps, "a.jpg")
    assert ReadingFinding.UNREADABLE in outcome.findings
    assert outcome.copies == []


def test_text_a_camera_never_wrote_is_recorded_short_and_printable():
    nasty = "<script>\x00\x1b[31m\u202e" + "x" * 5000
    facts = reading(picture("JPEG", exif(**{"0th": {piexif.ImageIFD.Model: nasty.encode()}}))).facts
    assert len(facts["model"]) <= 200
    assert facts["model"].isprintable()
