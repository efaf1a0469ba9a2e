"""Files as cameras, telephones, recorders and ill-wishers make them."""

import io
import struct
import subprocess
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from uuid import uuid4

import piexif
import pillow_heif
from PIL import Image

from evidence.exhibit import Kind, Original, Purpose, original_of
from evidence.intake import collect_file, receive
from evidence.read_apart import read_file
from evidence.reading import Outcome
from storage import MemoryStore, StoredObject

pillow_heif.register_heif_opener()
STORE = MemoryStore()
CAMERA = {
    "0th": {piexif.ImageIFD.Make: "HUAWEI", piexif.ImageIFD.Model: "ALN-AL00"},
    "Exif": {
        piexif.ExifIFD.DateTimeOriginal: "2026:11:25 06:40:05",
        piexif.ExifIFD.OffsetTimeOriginal: "+08:00",
        piexif.ExifIFD.SubSecTimeOriginal: "417",
        piexif.ExifIFD.BodySerialNumber: "H2026",
        piexif.ExifIFD.LensModel: "27mm f/1.8",
        piexif.ExifIFD.ExposureTime: (1, 120),
        piexif.ExifIFD.FNumber: (9, 5),
        piexif.ExifIFD.ISOSpeedRatings: 200,
    },
}


def gps(north=(36, 6, 0), east=(114, 21, 0), refs=("N", "E")) -> dict:
    """Degrees, minutes, seconds; each a whole number or a rational."""

    def rational(part):
        return part if isinstance(part, tuple) else (part, 1)

    found = {
        piexif.GPSIFD.GPSLatitude: tuple(map(rational, north)),
        piexif.GPSIFD.GPSLongitude: tuple(map(rational, east)),
    }
    stated = zip((piexif.GPSIFD.GPSLatitudeRef, piexif.GPSIFD.GPSLongitudeRef), refs, strict=True)
    return found | {tag: ref for tag, ref in stated if ref}


def exif(place: dict | None = None, **changes: dict) -> bytes:
    blocks = {name: {**CAMERA.get(name, {}), **changes.get(name, {})} for name in ("0th", "Exif")}
    return piexif.dump({**blocks, "GPS": gps() if place is None else place})


def picture(form: str, block: bytes = b"", size: tuple[int, int] = (640, 480)) -> bytes:
    """Noise as coarse as what a camera sees: of noise in every pixel an encoder of HEIF makes three times the work."""
    out = io.BytesIO()
    noise = Image.effect_noise((size[0] // 8, size[1] // 8), 40).resize(size)
    noise.convert("RGB").save(out, form, **({"exif": block} if block else {}))
    return out.getvalue()


def film(place: Path, *arguments: str, seconds: int = 2, size: str = "320x240", sound: bool = True) -> bytes:
    """What ffmpeg makes of a test card with a tone; ``arguments`` say how; the last is the name."""
    card = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=10:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=duration={seconds}"] if sound else []
    out = place / arguments[-1]
    subprocess.run(["ffmpeg", "-v", "error", *card, *tone, *arguments[:-1], "-y", str(out)], check=True)
    return out.read_bytes()


H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")


def probed(content: bytes, place: Path) -> str:
    """What ffprobe says of a copy: form of the file, then codec, width and height of each track."""
    path = place / "probed"
    path.write_bytes(content)
    entries = "format=format_name,duration:format_tags:stream=codec_name,width,height"
    return subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "default=nk=0", str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def boxed(name: bytes, body: bytes) -> bytes:
    """A box of the ISO base media format."""
    return struct.pack(">I", len(body) + 8) + name + body


def flat_png(side: int, colour: int) -> bytes:
    """A PNG of zeros, written row by row: what it unpacks to is never in this process."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes(1 + side * {0: 1, 2: 3, 6: 4}[colour])
    packing = zlib.compressobj(1)
    body = b"".join(packing.compress(row) for _ in range(side)) + packing.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def registered(world, content: bytes, name: str = "a.jpg", kind: Kind = Kind.PHOTO) -> Original:
    """The original of a new exhibit."""
    received = receive(world.store, [content], file_name=name)
    return original_of(world.tx, collect_file(world.investigator, world.case, received, kind=kind))


def stored(content: bytes, name: str = "a.jpg") -> Original:
    """An original that no case knows of."""
    kept = STORE.put(f"originals/{uuid4().hex}", [content])
    return Original(id=1, file_name=name, size=kept.size, object_key=kept.key, object_version=kept.version)


def reading(content: bytes, name: str = "a.jpg", kind: Kind = Kind.PHOTO) -> Outcome:
    """The outcome of reading a file."""
    return read_file(STORE, stored(content, name), kind)


@cache
def as_read(content: bytes) -> Outcome:
    """The outcome of reading a photograph, read once; see :func:`handed_over`."""
    return reading(content)


def handed_over(copies: Iterable[StoredObject], store: MemoryStore) -> None:
    """Put copies that were made elsewhere into the store of a test, as if they had been made there."""
    for copy in copies:
        store.put(copy.key, STORE.read(copy.key, copy.version))


def made(outcome: Outcome, purpose: Purpose) -> bytes:
    """The bytes of a copy that was made."""
    copy = next(copy for copy in outcome.copies if copy.purpose is purpose)
    return b"".join(STORE.read(copy.stored.key, copy.stored.version))
