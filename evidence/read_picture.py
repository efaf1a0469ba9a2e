"""The reader of one picture, a process with little memory and little time: ``read_picture.py FOLDER < PICTURE``.

It writes the copies into the folder, ``<purpose>.jpg``. Each line on stdout is a JSON object of what was found last, so
that what was read before a picture brought it down is kept; the first, ``{}``, says that it began. It imports nothing
of this package: a start takes a tenth of a second.
"""

import json
import logging
import resource
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import exifread
from PIL import Image, ImageOps

WIDEST = {"preview": 1600, "thumbnail": 360}  # the smaller is made of the larger
REDUCING_GAP = 1.5  # a JPEG is decoded at, and others are first halved to, no less than this many times the copy
SCALABLE = frozenset({"L", "RGB", "CMYK", "YCbCr"})  # others (palettes, transparency) are made RGB first
MOST_PIXELS = 150_000_000
MOST_MEMORY = 1536 * 1024 * 1024  # bytes of address space
MOST_SECONDS = 50  # of the processor
MOST_WRITTEN = 64 * 1024 * 1024  # bytes a file
LONGEST_FACT = 200  # characters
_LIMITS = {
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_CPU: MOST_SECONDS,
    resource.RLIMIT_FSIZE: MOST_WRITTEN,
    resource.RLIMIT_CORE: 0,
}


def main(folder: Path) -> None:
    for limit, most in _LIMITS.items():
        resource.setrlimit(limit, (most, most))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # also for the pictures inside a picture
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    logging.disable()  # what cannot be read is a finding, not a warning
    tell({})
    with open(0, "rb") as file:  # standard input
        tell(exif(file))
        file.seek(0)
        tell(pictures(file, folder))


def tell(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)  # noqa: T201 - the answer of this program


def exif(file: BinaryIO) -> dict[str, Any]:
    """Facts of EXIF, text only, and what is missing."""
    try:
        tags = exifread.process_file(file, details=False)
    except Exception:  # noqa: BLE001 - exifread raises anything on hostile files; it is a finding
        tags = {}
    tags = {name: tag for name, tag in tags.items() if not isinstance(tag, bytes)}
    if not tags:
        return {"findings": ["no_exif"]}

    def text(*names: str) -> str:
        return next((plain(str(tags[name])) for name in names if name in tags), "")

    facts = {
        "device_time": text("EXIF DateTimeOriginal", "EXIF DateTimeDigitized", "Image DateTime"),
        "device_time_offset": text("EXIF OffsetTimeOriginal", "EXIF OffsetTime"),
        "make": text("Image Make"),
        "model": text("Image Model"),
        "serial": text("EXIF BodySerialNumber", "MakerNote SerialNumber"),
        "exposure": text("EXIF ExposureTime"),
        "f_number": text("EXIF FNumber"),
        "iso": text("EXIF ISOSpeedRatings"),
        "focal_length": text("EXIF FocalLength"),
        "orientation": text("Image Orientation"),
        **position(tags),
    }
    asked = {"no_time": "device_time", "no_device": "model", "no_gps": "latitude"}
    return {
        "facts": {name: value for name, value in facts.items() if value},
        "findings": [finding for finding, fact in asked.items() if not facts.get(fact)],
    }


def plain(text: str) -> str:
    """What of a text can be printed and recorded: cameras pad with NUL, hostile files bring anything."""
    return "".join(char for char in text if char.isprintable()).strip()[:LONGEST_FACT]


def position(tags: dict[str, Any]) -> dict[str, str]:
    """WGS-84 degrees as text with six decimals (about 0.1 m), from degrees, minutes, seconds as rationals."""
    degrees = {}
    try:
        for axis, negative in (("Latitude", "S"), ("Longitude", "W")):
            parts = [ratio.num / ratio.den for ratio in tags[f"GPS GPS{axis}"].values]
            value = parts[0] + parts[1] / 60 + parts[2] / 3600
            sign = -1 if str(tags[f"GPS GPS{axis}Ref"]).strip() == negative else 1
            degrees[axis.lower()] = f"{sign * value:.6f}"
    except (KeyError, IndexError, ArithmeticError, AttributeError, TypeError):
        return {}
    return degrees


def pictures(file: BinaryIO, folder: Path) -> dict[str, Any]:
    """Format and size in pixels, and the copies with the parameters they were made with."""
    facts: dict[str, Any] = {}
    try:
        with Image.open(file) as opened:
            facts = {"format": opened.format or "", "width": opened.width, "height": opened.height}
            picture = opened if opened.mode in SCALABLE else opened.convert("RGB")
            copies = {purpose: copy(picture, purpose, folder) for purpose in WIDEST}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"facts": facts, "findings": ["too_many_pixels"]}
    except MemoryError:
        return {"facts": facts, "findings": ["timed_out"]}
    except Exception:  # noqa: BLE001 - Pillow raises anything on a broken picture; it is a finding
        return {"facts": facts, "findings": ["unreadable"]}
    return {"facts": facts, "copies": copies}


def copy(picture: Image.Image, purpose: str, folder: Path) -> dict[str, Any]:
    """Scale ``picture`` down in place and save it upright; a JPEG is decoded no larger than is needed."""
    widest = WIDEST[purpose]
    picture.thumbnail((widest, widest), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.save(folder / f"{purpose}.jpg", "JPEG", quality=85)
    resampling = {"resampling": "lanczos", "reducing_gap": str(REDUCING_GAP)}
    return {"fit": widest, "quality": 85, **resampling, "orientation": "applied"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
