"""Facts of EXIF (JEITA CP-3451): what a camera or telephone said of a picture, and what is missing or absurd."""

from datetime import datetime
from typing import Any, BinaryIO

import exifread

from evidence.readers.telling import plain

Tags = dict[str, Any]
EDITORS = ("photoshop", "lightroom", "gimp", "snapseed", "picsart", "pixlr", "paint.net", "meitu", "美图", "醒图")
"""Programs whose work it is to change pictures; others that leave their name (firmware) are no hint of anything."""


TIMES = (
    # each with its own zone and fraction ; that of the last change (DateTime, OffsetTime) is not the picture's
    ("EXIF DateTimeOriginal", "EXIF OffsetTimeOriginal", "EXIF SubSecTimeOriginal"),
    ("EXIF DateTimeDigitized", "EXIF OffsetTimeDigitized", "EXIF SubSecTimeDigitized"),
)


def tags_of(file: BinaryIO) -> Tags | None:
    """Tags of a picture or of a bare EXIF block; empty where there are none, None where they cannot be read."""
    file.seek(0)
    try:
        tags = exifread.process_file(file, details=False)
    except Exception:  # noqa: BLE001 - exifread raises anything on hostile files; it is a finding
        return None
    return {name: tag for name, tag in tags.items() if not isinstance(tag, bytes)}


def found(tags: Tags | None) -> dict[str, Any]:
    """Facts, text only, and findings; what is absurd is a finding and no fact. None: EXIF that cannot be read."""
    if not tags:
        return {"findings": ["exif_unreadable" if tags is None else "no_exif"]}

    def text(name: str) -> str:
        return plain(str(tags[name])) if name in tags else ""

    time, offset, subsecond = next((names for names in TIMES if text(names[0])), TIMES[0])
    facts = {
        "device_time": text(time),
        "device_time_offset": text(offset),
        "device_time_subsecond": text(subsecond),
        "changed_time": text("Image DateTime"),
        "make": text("Image Make"),
        "model": text("Image Model"),
        "serial": text("EXIF BodySerialNumber"),
        "lens": text("EXIF LensModel"),
        "software": text("Image Software"),
        "exposure": text("EXIF ExposureTime"),
        "f_number": text("EXIF FNumber"),
        "iso": text("EXIF ISOSpeedRatings"),
        "focal_length": text("EXIF FocalLength"),
        "orientation": text("Image Orientation"),
        **position(tags),
    }
    findings = time_findings(facts)
    if not facts["model"]:
        findings.append("no_device")
    if not facts.get("latitude"):
        there = any(name.startswith(("GPS GPSLatitude", "GPS GPSLongitude")) for name in tags)
        findings.append("gps_invalid" if there else "no_gps")
    if any(editor in facts["software"].lower() for editor in EDITORS):
        findings.append("editing_software")
    return {"facts": {name: value for name, value in facts.items() if value}, "findings": findings}


def time_findings(facts: dict[str, str]) -> list[str]:
    """Whether the clock's text is a moment; one that is not is kept as ``device_time_raw``, and is no time."""
    time = facts["device_time"]
    if not time.strip("0: "):  # zeros or blanks: the clock was never set
        facts["device_time"] = ""
        return ["no_time"]
    try:
        datetime.strptime(time, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        facts |= {"device_time": "", "device_time_raw": time}
        return ["time_invalid"]
    return []


def position(tags: Tags) -> dict[str, str]:
    """WGS-84 degrees as text with six decimals (about 0.1 m), from degrees, minutes, seconds as rationals."""
    degrees = {}
    try:
        for axis, positive, negative in (("Latitude", "N", "S"), ("Longitude", "E", "W")):
            parts = [ratio.num / ratio.den for ratio in tags[f"GPS GPS{axis}"].values]
            value = parts[0] + parts[1] / 60 + parts[2] / 3600
            sign = {positive: 1, negative: -1}[str(tags[f"GPS GPS{axis}Ref"]).strip("\x00 ")]
            if min(parts) < 0 or max(parts[1:]) > 60:
                return {}
            degrees[axis.lower()] = sign * value
    except (KeyError, IndexError, ArithmeticError, AttributeError, TypeError, ValueError):
        return {}
    return written(degrees["latitude"], degrees["longitude"])


def written(latitude: float, longitude: float) -> dict[str, str]:
    """A position as it is recorded; none where it is off the globe or 0, 0, as devices without a fix write it."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0, 0):
        return {}
    return {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}
