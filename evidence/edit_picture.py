"""The renderer of one edited copy, a process of its own with little memory and little time.

It runs as ``python -I -m evidence.edit_picture ASKED``; the picture is standard input, ASKED is JSON (:class:`Asked`).
It writes the copy and says on standard output, as a JSON object, how large the copy is or why there is none. It imports
nothing of this package but what readers use too.

All places are whole pixels of the upright original (EXIF orientation applied) from its top left corner, wherever in the
list an operation stands. One rotation and one crop hold for the whole picture; the others are drawn in their order,
texts upright in the copy:

    rotate   clockwise (90, 180, 270)
    crop     x, y, width, height
    redact   x, y, width, height
    frame    x, y, width, height, line, colour
    ellipse  x, y, width, height, line, colour
    arrow    x, y (its tail), to_x, to_y (its point), line, colour
    marker   x, y (its centre), size, number, colour
    text     x, y (left end of its base line), size, text, colour

What is redacted is filled, never blurred or made coarse: both can be reckoned back, and a fill holds nothing of what
was there. Nothing of the original's metadata is kept: its EXIF has a thumbnail of the picture as it was.
"""

import json
import logging
import sys
import warnings
from typing import Any, BinaryIO, TypedDict

import pillow_heif
from PIL import Image

from evidence.drawing import Refused, arrow, marker, outline, text
from evidence.readers import turning
from evidence.readers.colour import CONVERTED, in_srgb
from evidence.readers.confining import confine
from evidence.readers.content import HEAD, RAW, media_type

Operation = dict[str, Any]
MOST_PIXELS = 150_000_000
LONGEST_SIDE = 65_500  # pixels; a JPEG holds no more
MOST_MEMORY = 1536 * 1024 * 1024  # bytes of address space
MOST_SECONDS = 50  # of the processor
MOST_WRITTEN = 256 * 1024 * 1024  # bytes a file
COVER = (0, 0, 0)
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_DNG_VERSION, _SUBFILE_TYPE, _REDUCED = 50706, 254, 1  # TIFF 6.0, DNG 1.7


class Asked(TypedDict):
    """``formats``: what may be decoded, in Pillow's words. ``font``: file and index, None where there is none.

    ``output``: file descriptor to write the copy to; how it is saved are ``quality`` and ``subsampling`` of JPEG.
    """

    operations: list[Operation]
    formats: list[str]
    font: dict[str, Any] | None
    quality: int
    subsampling: str
    output: int


def main(asked: Asked) -> None:
    confine(memory=MOST_MEMORY, seconds=MOST_SECONDS, written=MOST_WRITTEN)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    logging.disable()
    pillow_heif.register_heif_opener()
    try:
        with open(0, "rb", closefd=False) as file:  # standard input
            told = edit(file, asked)
    except Refused as reason:
        told = reason.told
    except MemoryError:
        told = Refused("timed_out").told
    print(json.dumps(told))  # noqa: T201 - the answer of this program


def edit(file: BinaryIO, asked: Asked) -> dict[str, Any]:
    """Make the copy and tell its size in pixels, and whether its colours were converted."""
    operations = asked["operations"]
    picture, colour = upright(file, asked["formats"])
    for number, operation in enumerate(operations, start=1):
        if not within(operation, picture.width, picture.height):
            raise Refused("outside", number)
    frame = Frame(operations, picture.width, picture.height)
    picture = frame.cropped(picture)  # one after the other: never more than two of a picture in memory
    picture = frame.turned(picture)
    if max(picture.size) > LONGEST_SIDE:
        raise Refused("too_many_pixels")
    for number, operation in enumerate(operations, start=1):
        draw(picture, operation, frame, asked["font"], number)
    picture.info = {}
    with open(asked["output"], "wb", closefd=False) as copy:
        picture.save(copy, "JPEG", quality=asked["quality"], subsampling=asked["subsampling"])
    return {"width": picture.width, "height": picture.height, **colour}


def upright(file: BinaryIO, formats: list[str]) -> tuple[Image.Image, dict[str, str]]:
    """The picture as it is to be seen, in sRGB, and how its colours came to be that."""
    if media_type(file.read(HEAD)) in RAW:
        raise Refused("unreadable")
    file.seek(0)
    try:
        opened: Image.Image = Image.open(file, formats=formats)
        refuse_reduced(opened)
        opened.load()
        opened = turning.upright(opened)
        profile = opened.info.get("icc_profile")
        picture = opened.convert("RGB") if opened.mode != "RGB" else opened
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_many_pixels") from None
    except (MemoryError, Refused):
        raise
    except Exception:  # noqa: BLE001 - Pillow raises anything on a broken picture
        raise Refused("unreadable") from None
    return picture, CONVERTED if in_srgb(picture, profile) else {}


def refuse_reduced(opened: Image.Image) -> None:
    """The small picture beside a sensor's data, as in DNG and NEF, is not the photograph."""
    tags = getattr(opened, "tag_v2", {})
    if _DNG_VERSION in tags or tags.get(_SUBFILE_TYPE) == _REDUCED:
        raise Refused("unreadable")


def within(operation: Operation, width: int, height: int) -> bool:
    """Whether every place that an operation names lies in the picture."""
    if "x" not in operation:
        return True
    xs = [operation["x"], operation.get("to_x", operation["x"] + operation.get("width", 0))]
    ys = [operation["y"], operation.get("to_y", operation["y"] + operation.get("height", 0))]
    return bool(min(xs + ys) >= 0 and max(xs) <= width and max(ys) <= height)


class Frame:
    """What the copy shows: what is cropped off, then the quarter turns; from places of the original to those of it."""

    def __init__(self, operations: list[Operation], width: int, height: int) -> None:
        self._left, self._top, self._width, self._height, self._clockwise = 0, 0, width, height, 0
        for operation in operations:
            if operation["op"] == "crop":
                self._left, self._top = operation["x"], operation["y"]
                self._width, self._height = operation["width"], operation["height"]
            elif operation["op"] == "rotate":
                self._clockwise = operation["clockwise"]

    def cropped(self, picture: Image.Image) -> Image.Image:
        if picture.size == (self._width, self._height):
            return picture
        return picture.crop((self._left, self._top, self._left + self._width, self._top + self._height))

    def turned(self, picture: Image.Image) -> Image.Image:
        return picture.transpose(TURNS[self._clockwise]) if self._clockwise else picture

    def place(self, x: int, y: int) -> tuple[int, int]:
        x, y = x - self._left, y - self._top
        if self._clockwise == 90:
            return self._height - y, x
        if self._clockwise == 180:
            return self._width - x, self._height - y
        return (y, self._width - x) if self._clockwise == 270 else (x, y)

    def box(self, operation: Operation) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a rectangle."""
        one = self.place(operation["x"], operation["y"])
        other = self.place(operation["x"] + operation["width"], operation["y"] + operation["height"])
        (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return left, top, right, bottom


def draw(picture: Image.Image, operation: Operation, frame: Frame, font: dict[str, Any] | None, number: int) -> None:
    kind = operation["op"]
    if kind == "redact":
        picture.paste(COVER, frame.box(operation))
    elif kind in {"frame", "ellipse"}:
        outline(picture, frame.box(operation), operation["line"], operation["colour"], kind)
    elif kind == "arrow":
        tail, point = frame.place(operation["x"], operation["y"]), frame.place(operation["to_x"], operation["to_y"])
        arrow(picture, tail, point, operation["line"], operation["colour"])
    elif kind == "marker":
        marker(picture, frame.place(operation["x"], operation["y"]), operation)
    elif kind == "text":
        text(picture, frame.place(operation["x"], operation["y"]), operation, font, number)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
