"""What is drawn on a copy: outlines, arrows, numbers and texts, each with a rim by which it stands out from any ground.

Drawn by the renderer (:mod:`evidence.edit_picture`), in pixels of the copy.
"""

import math
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Operation = dict[str, Any]
Place = tuple[float, float]
Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Colour = tuple[int, int, int]
SMOOTHING = 16_000_000  # pixels of a shape drawn larger and made smaller, so that its edges are smooth
COLOURS: dict[str, Colour] = {
    "red": (224, 32, 32),
    "yellow": (255, 214, 0),
    "blue": (24, 90, 200),
    "green": (0, 150, 70),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
LIGHT = frozenset({"yellow", "white"})
NO_CHARACTER = "\U0010ffff"


class Refused(Exception):
    """``reason`` is a slug of :class:`evidence.errors.CopyRule`; ``number`` counts the operations from 1."""

    def __init__(self, reason: str, number: int = 0, char: str = "") -> None:
        super().__init__(reason)
        self.told = {"refused": reason, "operation": number, "char": char}


class Canvas:
    """A mask to draw on, in places of the picture; where that is cheap, larger than these, which smooths its edges."""

    def __init__(self, picture: Image.Image, bounds: Bounds) -> None:
        self._left, self._top = max(math.floor(bounds[0]), 0), max(math.floor(bounds[1]), 0)
        right, bottom = min(math.ceil(bounds[2]), picture.width), min(math.ceil(bounds[3]), picture.height)
        self._size = max(right - self._left, 0), max(bottom - self._top, 0)
        pixels = self._size[0] * self._size[1]
        self._finer = next((times for times in (4, 2) if pixels * times**2 <= SMOOTHING), 1)
        self._mask = Image.new("L", (self._size[0] * self._finer, self._size[1] * self._finer))
        self._picture, self._draw = picture, ImageDraw.Draw(self._mask)

    def _at(self, place: Place) -> Place:
        return (place[0] - self._left) * self._finer, (place[1] - self._top) * self._finer

    def ellipse(self, bounds: Bounds, *, on: bool = True) -> None:
        self._draw.ellipse([self._at(bounds[:2]), self._at(bounds[2:])], fill=255 * on)

    def rectangle(self, bounds: Bounds, *, on: bool = True) -> None:
        self._draw.rectangle([self._at(bounds[:2]), self._at(bounds[2:])], fill=255 * on)

    def polygon(self, corners: list[Place], around: float = 0) -> None:
        """Filled, and wider by ``around`` on every side."""
        places = [self._at(corner) for corner in corners]
        self._draw.polygon(places, fill=255)
        if around:
            width = max(round(around * 2 * self._finer), 1)
            self._draw.line([*places, *places[:2]], fill=255, width=width, joint="curve")

    def fill(self, colour: Colour) -> None:
        """Lay ``colour`` on the picture where the mask was drawn on."""
        if 0 not in self._size:
            mask = self._mask.resize(self._size, Image.Resampling.BOX) if self._finer > 1 else self._mask
            self._picture.paste(colour, (self._left, self._top), mask)


def rim(colour: str) -> Colour:
    """The colour round a shape, by which it stands out from any ground."""
    return COLOURS["black" if colour in LIGHT else "white"]


def grown(bounds: Bounds, by: float) -> Bounds:
    return bounds[0] - by, bounds[1] - by, bounds[2] + by, bounds[3] + by


def outline(picture: Image.Image, box: Bounds, line: int, colour: str, kind: str) -> None:
    """A rectangle or ellipse whose line lies astride the edges of ``box``."""
    for half, paint in ((line * 0.75, rim(colour)), (line * 0.5, COLOURS[colour])):
        outer, inner = grown(box, half), grown(box, -half)
        canvas = Canvas(picture, outer)
        draw = canvas.ellipse if kind == "ellipse" else canvas.rectangle
        draw(outer)
        if inner[0] < inner[2] and inner[1] < inner[3]:
            draw(inner, on=False)
        canvas.fill(paint)


def arrow(picture: Image.Image, tail: Place, point: Place, line: int, colour: str) -> None:
    length = max(math.dist(tail, point), 1.0)
    along = (point[0] - tail[0]) / length, (point[1] - tail[1]) / length
    head = min(line * 4.0, length)

    def place(forward: float, aside: float) -> Place:
        return tail[0] + along[0] * forward - along[1] * aside, tail[1] + along[1] * forward + along[0] * aside

    neck, half, wide = length - head, line / 2, head / 2
    corners = [
        *(place(0, -half), place(neck, -half), place(neck, -wide), place(length, 0)),
        *(place(neck, wide), place(neck, half), place(0, half)),
    ]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    for around, paint in ((line / 4, rim(colour)), (0.0, COLOURS[colour])):
        canvas = Canvas(picture, grown((min(xs), min(ys), max(xs), max(ys)), around + 1))
        canvas.polygon(corners, around)
        canvas.fill(paint)


def marker(picture: Image.Image, centre: Place, operation: Operation) -> None:
    """A number in a filled circle; the digits are of the font that Pillow brings."""
    colour, size = operation["colour"], operation["size"]
    for radius, paint in ((size * 0.5, rim(colour)), (size * 0.44, COLOURS[colour])):
        bounds = grown((*centre, *centre), radius)
        canvas = Canvas(picture, bounds)
        canvas.ellipse(bounds)
        canvas.fill(paint)
    digits = ImageFont.load_default(size * 0.56)
    ImageDraw.Draw(picture).text(
        centre, str(operation["number"]), rim(colour), digits, anchor="mm", stroke_width=size * 0.015
    )


def text(picture: Image.Image, start: Place, operation: Operation, font: dict[str, Any] | None, number: int) -> None:
    if font is None:
        raise Refused("no_font", number)
    size, colour = operation["size"], operation["colour"]
    letters = ImageFont.truetype(font["file"], size, font["index"], layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(letters.getmask(NO_CHARACTER))
    for char in operation["text"]:
        if not char.isspace() and bytes(letters.getmask(char)) == missing:
            raise Refused("no_glyph", number, char)
    ImageDraw.Draw(picture).text(
        start, operation["text"], COLOURS[colour], letters, anchor="ls", stroke_width=size / 14, stroke_fill=rim(colour)
    )
