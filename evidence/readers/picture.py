"""A picture: its EXIF, its size in pixels, upright copies of it in two sizes. Of a raw one, the JPEG inside it."""

import io
import mmap
import os
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import Image

from evidence.readers import exif
from evidence.readers.colour import CONVERTED, in_srgb
from evidence.readers.content import RAW
from evidence.readers.telling import tell
from evidence.readers.turning import upright

WIDEST = {"preview": 1600, "thumbnail": 360}  # the smaller is made of the larger
REDUCING_GAP = 1.25  # a JPEG is decoded at, and others are first halved to, no less than this many times the copy
SCALABLE = frozenset({"L", "RGB", "CMYK", "YCbCr"})  # others (palettes, transparency) are made RGB first
MOST_PIXELS = 150_000_000
FORMATS = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000"]
"""What is decoded here, and HEIF where it is needed. Others that Pillow knows start programs (EPS)."""
MOST_EMBEDDED = 1000  # places in a raw picture that look like the beginning of a JPEG
LARGEST_EMBEDDED = 64 * 1024 * 1024  # bytes
DNG_VERSION = "Image Tag 0xC612"

Outputs = dict[str, int]
"""File descriptors to write copies to, by purpose."""


def prepare() -> None:
    """Bombs are refused before they are unpacked, also as pictures inside a picture."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def read(file: BinaryIO, media_type: str, outputs: Outputs) -> None:
    prepare()
    tool = "pillow"
    if media_type in {"image/heic", "image/heif"}:
        tool = "pillow-heif"
        import pillow_heif  # costs a tenth of a second

        pillow_heif.register_heif_opener()
        FORMATS.append("HEIF")
    found = tags_in(file, media_type)
    tell(**exif.found(found))
    tags = found or {}
    raw = media_type in RAW or is_reduced(tags)
    inner = embedded(file) if raw else None
    facts: dict[str, Any] = {}
    if raw:
        name = media_type.partition("/x-")[2].rpartition("-")[2].upper() or "RAW"
        facts = {"format": name, **dimensions(tags)}
    if raw and inner is None:
        tell(facts=facts, findings=["no_embedded"])
        return
    try:
        with Image.open(inner or file, formats=FORMATS) as opened:
            facts = facts or {"format": opened.format or "", "width": opened.width, "height": opened.height}
            made = copies(opened, outputs, orientation(tags) if raw else 0)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        tell(facts=facts, findings=["too_many_pixels"])
    except MemoryError:
        tell(facts=facts, findings=["timed_out"])
    except Exception:  # noqa: BLE001 - Pillow raises anything on a broken picture; it is a finding
        tell(facts=facts, findings=["unreadable"])
    else:
        source = {"source": "embedded jpeg"} if raw else {}
        tell(facts=facts, copies={name: {"by": tool, "parameters": made[name] | source} for name in made})


def copies(opened: Image.Image, outputs: Outputs, turned: int = 0) -> dict[str, dict[str, Any]]:
    """Parameters of each copy that was asked for, larger first: each scales the picture down in place.

    ``turned``: EXIF orientation that holds instead of the picture's own.
    """
    picture = opened if opened.mode in SCALABLE else opened.convert("RGB")
    wanted = [purpose for purpose in WIDEST if purpose in outputs]
    return {purpose: copy(picture, turned, WIDEST[purpose], outputs[purpose]) for purpose in wanted}


def copy(picture: Image.Image, turned: int, widest: int, out: int) -> dict[str, Any]:
    """Scale ``picture`` down in place and save it upright in sRGB; a JPEG is decoded no larger than is needed."""
    picture.thumbnail((widest, widest), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    made = upright(picture, turned).convert("RGB")
    colour = CONVERTED if in_srgb(made, picture.info.get("icc_profile")) else {}
    with os.fdopen(os.dup(out), "wb") as file:
        made.save(file, "JPEG", quality=85)
    resampling = {"resampling": "lanczos", "reducing_gap": str(REDUCING_GAP)}
    return {"fit": widest, "quality": 85, **resampling, "orientation": "applied", **colour}


def tags_in(file: BinaryIO, media_type: str) -> exif.Tags | None:
    """Tags from the first place that has some; None where there is EXIF and nothing of it can be read."""
    places: list[Callable[[BinaryIO], exif.Tags | None]] = [exif.tags_of, block_in]
    if media_type in RAW:
        places += [canon_blocks, tags_of_embedded]
    damaged = False
    for look in places:
        if found := look(file):
            return found
        damaged = damaged or found is None
    return None if damaged else {}


def block_in(file: BinaryIO) -> exif.Tags | None:
    """EXIF where only Pillow finds the way to it (WebP, HEIC): a block that is itself a small TIFF file.

    None where there is a block and nothing of it can be read.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as opened:
            block = opened.info.get("exif", b"")
    except Exception:  # noqa: BLE001 - what the picture is worth is found when it is decoded
        return {}
    return (exif.tags_of(io.BytesIO(block.removeprefix(b"Exif\x00\x00"))) or None) if block else {}


def is_reduced(tags: exif.Tags) -> bool:
    """Whether the first picture of a TIFF is a small one beside the sensor's data, as in DNG, NEF and ARW."""
    kind = tags.get("Image SubfileType")
    return DNG_VERSION in tags or (kind is not None and kind.values[:1] == [1])


def orientation(tags: exif.Tags) -> int:
    tag = tags.get("Image Orientation")
    return tag.values[0] if tag is not None and tag.values and isinstance(tag.values[0], int) else 0


def dimensions(tags: exif.Tags) -> dict[str, int]:
    """Width and height in pixels as the camera states them; the embedded JPEG may be smaller."""
    stated = {"width": tags.get("EXIF ExifImageWidth"), "height": tags.get("EXIF ExifImageLength")}
    found = {name: tag.values[0] for name, tag in stated.items() if tag is not None and tag.values}
    return {name: value for name, value in found.items() if isinstance(value, int) and value > 0}


def canon_blocks(file: BinaryIO) -> exif.Tags | None:
    """EXIF of a CR3: two boxes that are TIFF files each, the second with what elsewhere is the EXIF directory.

    None where there are such boxes and nothing of them can be read.
    """
    file.seek(0)
    head = file.read(1024 * 1024)
    tags: exif.Tags = {}
    boxes = 0
    for box, directory in ((b"CMT1", "Image"), (b"CMT2", "EXIF")):
        at = head.find(box)
        if at >= 4:
            boxes += 1
            block = head[at + 4 : at - 4 + int.from_bytes(head[at - 4 : at])]
            found = exif.tags_of(io.BytesIO(block)) or {}
            tags |= {name.replace("Image", directory, 1): tag for name, tag in found.items()}
    return tags or (None if boxes else {})


def tags_of_embedded(file: BinaryIO) -> exif.Tags | None:
    inner = embedded(file)
    return exif.tags_of(inner) if inner else {}


def embedded(file: BinaryIO) -> BinaryIO | None:
    """The largest JPEG inside a raw picture: what the camera itself made of it."""
    largest, place, at = 0, -1, -1
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for _ in range(MOST_EMBEDDED):
            at = data.find(b"\xff\xd8\xff", at + 1)
            if at < 0:
                break
            if (pixels := jpeg_pixels(data, at)) > largest:
                largest, place = pixels, at
        return None if place < 0 else io.BytesIO(data[place : place + LARGEST_EMBEDDED])


def jpeg_pixels(data: mmap.mmap, at: int) -> int:
    """Pixels of the JPEG that begins there (ITU-T T.81 annex B); 0 for a broken one and for a sensor's lossless one."""
    at += 2
    for _ in range(100):  # segments before the frame
        marker, size = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4])
        if marker in {b"\xff\xc0", b"\xff\xc1", b"\xff\xc2"}:
            return int.from_bytes(data[at + 5 : at + 7]) * int.from_bytes(data[at + 7 : at + 9])
        if marker[:1] != b"\xff" or size < 2 or marker in {b"\xff\xc3", b"\xff\xda"}:
            return 0
        at += 2 + size
    return 0
