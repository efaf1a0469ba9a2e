"""Photographs for the demonstration case, painted by this module and copied from nowhere.

One small painter does all the work: textures are fractal noise, put in place as quadrilaterals in a room or
yard measured in metres, lit by daylight or by a flash at the camera, then developed with bloom, vignette and
grain. The EXIF is what a scene camera writes, with the irregularities a real folder has: a telephone whose
clock is a day off, a file a chat application has stripped, a picture stored lying on its side.
"""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps
from PIL.TiffImagePlugin import IFDRational

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Vec = tuple[float, float, float]
Colour = tuple[int, int, int]
Size = tuple[int, int]
Quad = tuple[Vec, Vec, Vec, Vec]  # top left, top right, bottom right, bottom left
Picture = Image.Image

BEIJING = timezone(timedelta(hours=8))
OVERSAMPLE = 1.15  # painted larger and reduced: polygon edges come out smooth
SOOT: Colour = (21, 19, 18)


@dataclass(frozen=True)
class DemoPhotograph:
    """One file of the demonstration folder; category is the kind of scene photograph in XF/T 1249."""

    file_name: str
    content: bytes
    title: str
    category: str  # orientation | overview | key_part | detail (方位 / 概貌 / 重点部位 / 细目)


# --- texture -----------------------------------------------------------------------------------------------


def _noise(rng: random.Random, size: Size, cell: float, octaves: int = 4, stretch: float = 1.0) -> Picture:
    """Fractal noise round mid grey. Not Image.effect_noise: that one cannot be seeded."""
    out = Image.new("L", (2, 2), 128)
    total = 0.0
    for octave in range(octaves):  # each octave only as large as it must be: the full size comes once, at the end
        step = max(1.0, cell / 2**octave)
        small = (max(2, round(size[0] / step)), max(2, round(size[1] / max(1.0, step * stretch))))
        layer = Image.frombytes("L", small, rng.randbytes(small[0] * small[1]))
        total += 0.6**octave
        out = Image.blend(out.resize(small, Image.Resampling.BICUBIC), layer, 0.6**octave / total)
    return out.resize(size, Image.Resampling.BICUBIC)


def _level(image: Picture, low: float, high: float, dark: float = 0, light: float = 255) -> Picture:
    """Stretch low..high to dark..light, clipping outside."""
    span = (light - dark) / (high - low)
    table = [round(min(max(dark + (min(max(v, low), high) - low) * span, 0), 255)) for v in range(256)]
    return image.point(table * len(image.getbands()))


def _tone(grey: Picture, dark: Colour, mid: Colour, light: Colour) -> Picture:
    return ImageOps.colorize(_level(grey, 50, 205), dark, light, mid)


def _relief(base: Picture, height: Picture, depth: float, shift: int = 2) -> Picture:
    """Light a surface from the upper left by the slope of its height map."""
    slope = ImageChops.subtract(height, ImageChops.offset(height, -shift, -shift), 1 / depth, 128)
    return ImageChops.overlay(base, slope.convert("RGB"))


def _ragged(rng: random.Random, mask: Picture, cell: float, edge: float = 26) -> Picture:
    """Break a soft mask's outline up with noise, as smoke and flame do."""
    mixed = Image.blend(mask, _noise(rng, mask.size, cell, 5), 0.42)
    return _level(mixed, 118 - edge, 118 + edge)


def _blur(image: Picture, radius: float) -> Picture:
    shrink = int(radius / 4)
    if shrink < 2 or min(image.size) < 8 * shrink:
        return image.filter(ImageFilter.GaussianBlur(radius))
    # A wide blur has no fine detail to keep: done small, in a fraction of the time.
    soft = image.reduce(shrink).filter(ImageFilter.GaussianBlur(radius / shrink))
    return soft.resize(image.size, Image.Resampling.BICUBIC)


def _shape(percent: str) -> list[tuple[float, float]]:
    """A polygon written as "x,y x,y ..." in hundredths of the picture."""
    return [(float(x) / 100, float(y) / 100) for x, y in (pair.split(",") for pair in percent.split())]


def _stain(image: Picture, mask: Picture, colour: Colour = SOOT, strength: float = 1.0) -> None:
    image.paste(colour, (0, 0), _level(mask, 0, 255, 0, 255 * strength))


def _cast(mask: Picture, soft: float, reach: float) -> Picture:
    """The shadow of a mask, to the lower right."""
    cast = Image.new("L", mask.size)
    cast.paste(_blur(mask, soft), (round(reach * 0.75), round(reach)))
    return cast


def _mask(size: Size, *shapes: Sequence[tuple[float, float]], blur: float = 0) -> Picture:
    """White polygons on black; points as fractions of the size."""
    mask = Image.new("L", size)
    for shape in shapes:
        ImageDraw.Draw(mask).polygon([(x * size[0], y * size[1]) for x, y in shape], fill=255)
    return _blur(mask, blur) if blur else mask


def _gradient(size: Size, top: int, bottom: int) -> Picture:
    return _level(Image.linear_gradient("L").resize(size), 0, 255, top, bottom)


def _warp(rng: random.Random, image: Picture, cell: float, amount: float, sag: float = 0) -> Picture:
    """Push an image about on a mesh, so that nothing stays ruled straight; sag draws the middle down."""
    w, h = image.size
    columns, rows = max(2, round(w / cell)), max(2, round(h / cell))

    def moved(i: int, j: int) -> tuple[float, float]:
        droop = sag * math.sin(math.pi * i / columns) ** 2 * j / rows
        return w * i / columns + rng.gauss(0, amount), h * j / rows + rng.gauss(0, amount) - droop

    knots = [[moved(i, j) for j in range(rows + 1)] for i in range(columns + 1)]
    mesh = []
    for i in range(columns):
        for j in range(rows):
            box = (w * i // columns, h * j // rows, w * (i + 1) // columns, h * (j + 1) // rows)
            mesh.append((box, (*knots[i][j], *knots[i][j + 1], *knots[i + 1][j + 1], *knots[i + 1][j])))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _plaster(rng: random.Random, size: Size, metre: float, colour: Colour = (206, 200, 186)) -> Picture:
    """Old wall plaster: blotches, rain streaks, trowel marks."""
    dark = (colour[0] - 62, colour[1] - 64, colour[2] - 66)
    wall = _tone(_noise(rng, size, metre * 0.9, 6), dark, (colour[0] - 14, colour[1] - 15, colour[2] - 16), colour)
    streaks = _level(_noise(rng, size, metre * 0.07, 2, stretch=22), 130, 220, 0, 95)
    _stain(wall, streaks, (104, 98, 88))
    return _relief(wall, _noise(rng, size, metre * 0.05, 3), 0.35)


def _bricks(rng: random.Random, size: Size, metre: float) -> Picture:
    course, length = metre * 0.075, metre * 0.25
    wall = _tone(_noise(rng, size, metre * 0.3, 5), (96, 88, 80), (128, 120, 110), (150, 142, 132))
    draw = ImageDraw.Draw(wall)
    for row in range(math.ceil(size[1] / course)):
        for column in range(-1, math.ceil(size[0] / length) + 1):
            x, y, k = (column + row % 2 / 2) * length, row * course, rng.randint(-22, 18)
            box = (x, y, x + length * 0.95, y + course * 0.84)
            draw.rectangle(box, fill=(138 + k, 84 + k * 3 // 4, 64 + k // 2))
    return _relief(_relief(wall, wall.convert("L"), 0.6), _noise(rng, size, metre * 0.04, 4), 0.7)


def _concrete(rng: random.Random, size: Size, metre: float, ash: float = 0.6) -> Picture:
    """Floor with ash, soot water and grit."""
    floor = _tone(_noise(rng, size, metre * 1.3, 7), (58, 55, 51), (116, 111, 103), (160, 154, 144))
    _stain(floor, _level(_noise(rng, size, metre * 0.8, 6), 118, 170), (38, 35, 32), ash)
    _stain(
        floor,
        _level(
            ImageChops.multiply(_noise(rng, size, metre * 0.025, 3), _noise(rng, size, metre * 0.6, 4)),
            92,
            120,
        ),
        (24, 22, 20),
        0.7,
    )
    _stain(
        floor,
        _level(
            ImageChops.multiply(_noise(rng, size, metre * 0.02, 3), _noise(rng, size, metre * 0.7, 4)),
            98,
            126,
        ),
        (168, 162, 154),
        0.5,
    )
    return _relief(floor, _noise(rng, size, metre * 0.06, 4), 0.8)


def _char(rng: random.Random, size: Size, cell: float, ratio: float = 1.6) -> Picture:
    """Alligator char: cushions of charcoal parted by shrinkage cracks, duller and whiter where it ashed."""
    height = Image.new("L", size, 20)
    draw = ImageDraw.Draw(height)
    columns, rows = math.ceil(size[0] / cell / ratio) + 2, math.ceil(size[1] / cell) + 2
    shift = [[rng.uniform(0, 0.75) for _ in range(rows + 1)] for _ in range(2)]
    knot = [
        [
            (
                (i - 0.8 + shift[0][j] + rng.uniform(-0.3, 0.3)) * cell * ratio,
                (j - 0.6 + rng.uniform(-0.26, 0.26)) * cell,
            )
            for j in range(rows + 1)
        ]
        for i in range(columns + 1)
    ]
    for i in range(columns):
        for j in range(rows):
            ring = [knot[i][j], knot[i + 1][j], knot[i + 1][j + 1], knot[i][j + 1]]
            cx, cy = sum(x for x, _ in ring) / 4, sum(y for _, y in ring) / 4
            gap = rng.uniform(0.84, 0.96)
            ring = [(cx + (x - cx) * gap, cy + (y - cy) * gap) for x, y in ring]
            draw.polygon(ring, fill=rng.randint(120, 215))
    height = _warp(rng, height, cell * 0.55, cell * 0.085)
    soft = ImageChops.multiply(_blur(height, cell * 0.13), _level(_blur(height, cell * 0.03), 0, 150, 40, 255))
    grain = _noise(rng, size, cell * 0.35, 4, stretch=0.3)
    height = Image.blend(soft, ImageChops.multiply(soft, grain), 0.45)
    base = _tone(_level(height, 10, 190), (6, 6, 6), (40, 39, 39), (96, 94, 93))
    _stain(base, _level(_noise(rng, size, cell * 3, 5), 142, 200), (150, 146, 140), 0.42)
    return _relief(base, height, 1.5, max(1, round(cell / 26)))


def _burnt_steel(rng: random.Random, size: Size, metre: float) -> Picture:
    """Sheet steel after a fire: blued, scaled and rusting from the water."""
    sheet = _tone(_noise(rng, size, metre * 0.2, 6), (38, 36, 38), (96, 88, 84), (140, 128, 118))
    _stain(sheet, _level(_noise(rng, size, metre * 0.25, 6), 116, 168), (104, 68, 48), 0.66)
    _stain(sheet, _level(_noise(rng, size, metre * 0.12, 5), 138, 170), SOOT, 0.8)
    return _relief(sheet, _noise(rng, size, metre * 0.08, 5), 0.8)


# --- space and light ---------------------------------------------------------------------------------------


def _add(a: Vec, b: Vec, k: float = 1.0) -> Vec:
    return (a[0] + b[0] * k, a[1] + b[1] * k, a[2] + b[2] * k)


def _dot(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vec, b: Vec) -> Vec:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _unit(a: Vec) -> Vec:
    length = math.sqrt(_dot(a, a)) or 1.0
    return (a[0] / length, a[1] / length, a[2] / length)


def _perspective(screen: Sequence[tuple[float, float]], size: Size) -> list[float]:
    """Coefficients taking a screen point to a texture point (Gauss-Jordan over the eight equations)."""
    w, h = size
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(screen, ((0, 0), (w, 0), (w, h), (0, h)), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):
        best = max(range(i, 8), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        pivot = rows[i][i] or 1e-9
        rows[i] = [value / pivot for value in rows[i]]
        for r in range(8):
            if r != i and rows[r][i]:
                k = rows[r][i]
                rows[r] = [a - k * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[8] for row in rows]


@dataclass
class Scene:
    """A canvas, a camera (y up, metres) and the light; later things are painted over earlier ones."""

    rng: random.Random
    size: Size
    eye: Vec
    target: Vec
    focal: float = 0.9  # in picture widths
    daylight: float = 0.1
    flash: float = 0.0  # full exposure reached at this distance, in metres
    haze: tuple[Colour, float] | None = None  # smoke or morning air, and the distance that hides 63 %
    roll: float = 0.0
    image: Picture = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", self.size)
        self.forward = _unit(_add(self.target, self.eye, -1))
        level = _unit(_cross((0.0, 1.0, 0.0), self.forward))
        upright = _cross(self.forward, level)
        self.right = _add(
            (level[0] * math.cos(self.roll), level[1], level[2] * math.cos(self.roll)),
            upright,
            math.sin(self.roll),
        )
        self.up = _cross(self.forward, self.right)

    def at(self, point: Vec) -> tuple[float, float]:
        ray = _add(point, self.eye, -1)
        scale = self.focal * self.size[0] / max(_dot(ray, self.forward), 0.05)
        return (
            self.size[0] / 2 + _dot(ray, self.right) * scale,
            self.size[1] / 2 - _dot(ray, self.up) * scale,
        )

    def pixels(self, metres: float, point: Vec) -> float:
        depth = max(_dot(_add(point, self.eye, -1), self.forward), 0.05)
        return metres * self.focal * self.size[0] / depth

    def light(self, point: Vec, normal: Vec) -> float:
        """Daylight favours what faces the sky; the flash falls off with the square of the distance."""
        ray = _add(point, self.eye, -1)
        distance = math.sqrt(_dot(ray, ray))
        cosine = abs(_dot(ray, normal)) / max(distance, 0.01)
        day = self.daylight * (0.72 + 0.28 * abs(normal[1]) + 0.12 * normal[0])
        off_axis = max(_dot(ray, self.forward) / max(distance, 0.01), 0.0) ** 5
        return day + (self.flash / max(distance, 0.3)) ** 2 * (0.25 + 0.75 * cosine) * off_axis

    def hidden(self, point: Vec) -> float:
        ray = _add(point, self.eye, -1)
        return 1 - math.exp(-math.sqrt(_dot(ray, ray)) / self.haze[1]) if self.haze else 0.0

    def quad(self, corners: Quad, texture: Picture, mask: Picture | None = None, shade: float = 1.0) -> None:
        """Put a texture on a parallelogram, lit over a coarse grid; mask cuts holes in it."""
        screen = [self.at(c) for c in corners]
        left, top = (max(0, math.floor(min(p[i] for p in screen))) for i in (0, 1))
        right, bottom = (min(self.size[i], math.ceil(max(p[i] for p in screen))) for i in (0, 1))
        if right <= left or bottom <= top:
            return
        texture = self._lit(corners, texture, shade)
        texture.putalpha(mask.resize(texture.size) if mask else 255)
        local = [(x - left, y - top) for x, y in screen]
        patch = texture.transform(
            (right - left, bottom - top),
            Image.Transform.PERSPECTIVE,
            _perspective(local, texture.size),
            Image.Resampling.BILINEAR,
        )
        self.image.paste(patch, (left, top), patch)

    def _lit(self, corners: Quad, texture: Picture, shade: float) -> Picture:
        a, along, down = corners[0], _add(corners[1], corners[0], -1), _add(corners[3], corners[0], -1)
        normal = _unit(_cross(along, down))
        grid = 24 if max(texture.size) > 300 else 4
        points = [
            _add(_add(a, along, (i + 0.5) / grid), down, (j + 0.5) / grid) for j in range(grid) for i in range(grid)
        ]
        light, fog = Image.new("L", (grid, grid)), Image.new("L", (grid, grid))
        light.putdata([min(255, round(255 * shade * self.light(p, normal))) for p in points])
        lit = ImageChops.multiply(texture, light.resize(texture.size, Image.Resampling.BICUBIC).convert("RGB"))
        if self.haze:
            fog.putdata([round(255 * self.hidden(p)) for p in points])
            lit.paste(self.haze[0], (0, 0), fog.resize(texture.size))
        return lit

    def colour(self, colour: Colour, point: Vec, normal: Vec, shade: float = 1.0) -> Colour:
        k, fog = min(1.15, shade * self.light(point, normal)), self.hidden(point)
        veil = self.haze[0] if self.haze else SOOT
        r, g, b = (round(min(255, c * k) * (1 - fog) + v * fog) for c, v in zip(colour, veil, strict=True))
        return (r, g, b)

    def poly(self, points: Sequence[Vec], colour: Colour) -> None:
        normal = _unit(_cross(_add(points[1], points[0], -1), _add(points[2], points[0], -1)))
        sun = 0.45 + 0.55 * max(0.0, _dot(normal, _unit((-0.5, 0.8, -0.5)))) if normal[1] > 0 else 0.35
        ImageDraw.Draw(self.image).polygon(
            [self.at(p) for p in points], fill=self.colour(colour, points[0], normal, sun)
        )

    def bar(self, a: Vec, b: Vec, width: float, colour: Colour, pieces: int = 6) -> None:
        """A straight round bar, in pieces so that light and thickness change along it."""
        step = _add(b, a, -1)
        self.tube([_add(a, step, i / pieces) for i in range(pieces + 1)], width, colour)

    def tube(self, path: Sequence[Vec], width: float, colour: Colour) -> None:
        """Anything round along a path: three strokes, dark to light, each laid along the whole of it."""
        draw = ImageDraw.Draw(self.image)
        for share, shade in ((1.0, 0.4), (0.68, 0.75), (0.28, 1.0)):
            for p, q in pairwise(path):
                facing = _unit(_add(p, self.eye, -1))
                lift = self.pixels(width * 0.1, p) if share < 1 else 0
                (x0, y0), (x1, y1) = self.at(p), self.at(q)
                wide, fill = self.pixels(width * share, p), self.colour(colour, p, facing, shade)
                draw.line((x0 - lift, y0 - lift, x1 - lift, y1 - lift), fill=fill, width=max(1, round(wide)))
                if wide > 3 and len(path) > 8:  # round the joints of a bend
                    x, y, r = x1 - lift, y1 - lift, wide / 2
                    draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def lump(self, at: Vec, radius: float, colour: Colour) -> None:
        """A piece of rubble: a crooked pyramid of facets, drawn from the back."""
        rng = self.rng
        count, phase = rng.randint(5, 7), rng.uniform(0, 6)
        ring = []
        for i in range(count):
            angle, r = phase + math.tau * i / count, radius * rng.uniform(0.7, 1.2)
            ring.append(_add(at, (r * math.cos(angle), radius * rng.uniform(-0.1, 0.35), r * math.sin(angle))))
        top = _add(
            at,
            (
                radius * rng.uniform(-0.3, 0.3),
                radius * rng.uniform(0.3, 0.9),
                radius * rng.uniform(-0.3, 0.3),
            ),
        )
        facets = sorted(((ring[i], top, ring[i - 1]) for i in range(count)), key=lambda f: -f[0][2] - f[2][2])
        for facet in facets:
            self.poly(facet, colour)

    def rubble(self, spots: Sequence[Vec], radius: float, colours: Sequence[Colour]) -> None:
        """Debris: many small pieces, few large, some charred sticks; then surface and contact shadow."""
        rng, before = self.rng, self.image.copy()
        for spot in sorted(spots, key=lambda s: -_dot(_add(s, self.eye, -1), self.forward)):
            k, base = rng.randint(-14, 14), rng.choice(colours)
            colour = (max(0, base[0] + k), max(0, base[1] + k), max(0, base[2] + k))
            self.lump(spot, radius * min(1.7, 0.22 * rng.paretovariate(1.3)), colour)
            for _ in range(3):
                beside = _add(spot, (rng.gauss(0, radius), 0, rng.gauss(0, radius)))
                self.lump(beside, radius * rng.uniform(0.1, 0.3), colour)
            if rng.random() < 0.07:
                self._stick(spot, radius)
        self.weather(before)

    def _stick(self, spot: Vec, radius: float) -> None:
        rng = self.rng
        angle, path = rng.uniform(0, math.tau), [_add(spot, (0, radius * 0.25, 0))]
        for _ in range(4):
            angle += rng.gauss(0, 0.16)
            reach = (math.cos(angle) * radius, radius * rng.uniform(-0.05, 0.35), math.sin(angle) * radius)
            path.append(_add(path[-1], reach))
        self.tube(path, radius * 0.26, (44, 41, 39))

    def weather(self, before: Picture, shadow: float = 0.6) -> None:
        """Give what was drawn since `before` a ragged edge, a gritty surface and a shadow to sit in."""
        unit = self.size[0] / 1000
        mask = _level(ImageChops.difference(self.image, before).convert("L"), 2, 5)
        box = mask.getbbox()
        if box is None:
            return
        drawn, mask = self.image.crop(box), mask.crop(box)
        frayed = Image.blend(_blur(mask, unit * 1.3), _noise(self.rng, mask.size, unit * 7, 3), 0.36)
        rough = _noise(self.rng, mask.size, unit * 14, 5)
        dirt = _tone(_noise(self.rng, mask.size, unit * 26, 5), (120, 112, 106), (214, 210, 206), (255, 255, 255))
        drawn = _relief(ImageChops.multiply(drawn, dirt), rough, 1.5)
        under = before.crop(box)
        _stain(under, _cast(mask, unit * 5, unit * 4), (8, 8, 8), shadow)
        under.paste(drawn, (0, 0), _level(frayed, 92, 132))
        before.paste(under, box[:2])
        self.image = before

    def box(self, low: Vec, high: Vec, texture: Picture, front: Picture | None = None) -> None:
        """The faces of an upright box that the camera can see; `front` masks what burnt off the near one."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        if self.eye[1] > y1 and front is None:
            self.quad(((x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)), texture)
        if self.eye[0] < x0 or self.eye[0] > x1:
            x = x0 if self.eye[0] < x0 else x1
            self.quad(((x, y1, z1), (x, y1, z0), (x, y0, z0), (x, y0, z1)), texture, shade=0.7)
        self.quad(((x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)), texture, front)


# --- things the pictures share -----------------------------------------------------------------------------


def _sky(scene: Scene, top: Colour, bottom: Colour, horizon: float) -> None:
    rng, size = scene.rng, scene.size
    depth = _gradient((size[0], max(1, round(size[1] * horizon))), 0, 255)
    sky = ImageOps.colorize(depth, top, bottom)
    cloud = _noise(rng, sky.size, size[0] * 0.4, 5, stretch=0.4)
    scene.image.paste(bottom, (0, 0, *size))
    scene.image.paste(sky, (0, 0))
    scene.image.paste(bottom, (0, 0), _level(cloud, 110, 190, 0, 130))


def _trees(scene: Scene, baseline: float, height: float, colour: Colour) -> None:
    """A far row of crowns and roofs, thinning out at the edges."""
    w, h = scene.size
    mask = Image.new("L", scene.size)
    draw = ImageDraw.Draw(mask)
    x = -0.05
    while x < 1.05:
        r = scene.rng.uniform(0.35, 1.0) * height
        draw.ellipse(((x - r * 0.6) * w, (baseline - r) * h, (x + r * 0.6) * w, (baseline + r) * h), fill=255)
        x += r * scene.rng.uniform(0.25, 0.9)
    mask = _ragged(scene.rng, _blur(mask, w * 0.006), w * 0.016, 40)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((0, baseline * h, w, h), fill=0)
    scene.image.paste(colour, (0, 0), mask)


def _wet(scene: Scene, puddles: Picture, corners: Quad, line: float, hides: Sequence[Quad]) -> None:
    """Fire-fighting water: where the puddle map is white, what is above `line` shows upside down."""
    before = scene.image
    scene.image = Image.new("RGB", scene.size)
    lamp, scene.daylight, scene.flash, scene.haze = (scene.daylight, scene.flash, scene.haze), 1.6, 0.0, None
    scene.quad(corners, puddles.convert("RGB"))
    for wall in hides:
        scene.quad(wall, Image.new("RGB", (8, 8)))
    where, scene.image = scene.image.convert("L"), before
    scene.daylight, scene.flash, scene.haze = lamp
    y = round(line * scene.size[1])
    mirror = before.resize((1, 1), box=(0, 0, scene.size[0], scene.size[1] // 5)).resize(scene.size)
    mirror.paste(ImageOps.flip(before.crop((0, max(0, 2 * y - scene.size[1]), scene.size[0], y))), (0, y))
    mirror = ImageChops.multiply(_blur(mirror, scene.size[0] * 0.003), Image.new("RGB", scene.size, (196, 200, 204)))
    scene.image.paste(mirror, (0, 0), _level(where, 0, 255, 0, 225))


def _window(rng: random.Random, wall: Picture, box: tuple[int, int, int, int], metre: float, panes: int = 4) -> None:
    """A burnt-out window: dark room, bent frame, jagged glass, soot fanning up from the lintel."""
    x0, y0, x1, y1 = box
    start = max(0, x0 - round(1.6 * metre))
    whole, wall = wall, wall.crop((start, 0, min(wall.width, x1 + round(1.6 * metre)), wall.height))
    x0, x1 = x0 - start, x1 - start
    w, h = wall.size
    left, right, top = x0 / w, x1 / w, y0 / h
    spread, reach = 0.35 * (right - left), top - rng.uniform(0.8, 1.05) * 2.6 * metre / h
    fan = [
        (left, y1 / h),
        (left - spread * 0.2, top),
        (left - spread, reach),
        (right + spread, reach),
        (right + spread * 0.2, top),
        (right, y1 / h),
    ]
    soot = _ragged(
        rng,
        ImageChops.multiply(_mask(wall.size, fan, blur=metre * 0.22), _gradient(wall.size, 235, 255)),
        metre * 0.5,
        62,
    )
    _stain(wall, soot, SOOT, 0.93)
    near = [
        (left - 0.004, top),
        (left + 0.1 * (right - left), top - 0.8 * metre / h),
        (right, top - 0.7 * metre / h),
        (right + 0.004, top),
    ]
    _stain(wall, _ragged(rng, _mask(wall.size, near, blur=metre * 0.15), metre * 0.3, 40), (8, 8, 8), 0.9)
    room = _tone(_noise(rng, (x1 - x0, y1 - y0), metre * 0.5, 4), (4, 4, 4), (14, 13, 12), (44, 40, 36))
    wall.paste(room, (x0, y0))
    draw = ImageDraw.Draw(wall)
    thick = max(1, round(metre * 0.055))
    for i in range(panes + 1):
        x = x0 + (x1 - x0) * i / panes
        bent = rng.gauss(0, metre * 0.07)
        if rng.random() < 0.85:
            draw.line([(x, y0), (x + bent, (y0 + y1) / 2), (x, y1)], fill=(74, 56, 46), width=thick)
        if i < panes and rng.random() < 0.5:
            glass = [
                (x, y1),
                (x, y1 - rng.uniform(0.2, 0.8) * metre),
                (x + metre * 0.2, y1 - metre * 0.15),
                (x + metre * 0.45, y1),
            ]
            draw.polygon(glass, fill=(58, 62, 64))
    if panes > 1:
        draw.line([(x0, y0 * 0.6 + y1 * 0.4), (x1, y0 * 0.62 + y1 * 0.38)], fill=(70, 54, 44), width=thick)
    draw.rectangle((x0 - metre * 0.1, y1, x1 + metre * 0.1, y1 + metre * 0.1), fill=(122, 116, 108))
    draw.rectangle((x0, y0, x1, y0 + metre * 0.12), fill=(10, 9, 9))
    whole.paste(wall, (start, 0))


def _facade(rng: random.Random, metre: int) -> tuple[Picture, Picture]:
    """Twenty-four metres of warehouse front, six and a half high, and the mask of what is left standing."""
    size = (24 * metre, round(6.5 * metre))
    wall = _plaster(rng, size, metre)
    bricks = _bricks(rng, size, metre)
    bare = ImageChops.add(_noise(rng, size, metre * 1.6, 6), _gradient(size, 0, 46))
    wall.paste(bricks, (0, 0), _level(bare, 176, 182))
    _stain(wall, ImageChops.multiply(_gradient(size, 0, 255), _gradient(size, 40, 255)), (70, 66, 60), 0.5)
    for x in (1.6, 5.4, 9.2, 18.2, 21.4):
        _window(
            rng,
            wall,
            (round(x * metre), round(2.5 * metre), round((x + 2.2) * metre), round(4.2 * metre)),
            metre,
        )
    _window(rng, wall, (round(13 * metre), round(2.3 * metre), round(16.6 * metre), round(6.5 * metre)), metre, 1)
    curtain = _burnt_steel(rng, (round(3.6 * metre), round(1.5 * metre)), metre)
    slats = Image.new("L", (1, 8)).resize(curtain.size)
    for y in range(0, curtain.size[1], max(3, metre // 11)):
        ImageDraw.Draw(slats).line([(0, y), (curtain.size[0], y)], fill=255, width=max(1, metre // 40))
    _stain(curtain, _blur(slats, 1), (14, 13, 13), 0.8)
    torn = _level(Image.blend(_gradient(curtain.size, 255, 0), _noise(rng, curtain.size, metre * 0.9, 2), 0.4), 95, 99)
    wall.paste(curtain, (13 * metre, round(2.3 * metre)), torn)
    draw = ImageDraw.Draw(wall)
    draw.rectangle((0, 0, size[0], metre * 0.16), fill=(96, 90, 84))
    standing = Image.new("L", size, 255)
    bite = [
        (9.5, -1),
        (9.9, 0.5),
        (10.8, 0.7),
        (11.4, 1.3),
        (12.6, 1.1),
        (13.7, 1.5),
        (15, 0.8),
        (15.8, 0.9),
        (16.4, -1),
    ]
    ImageDraw.Draw(standing).polygon([(x * metre, y * metre) for x, y in bite], fill=0)
    standing = _warp(rng, standing, metre * 0.3, metre * 0.05)
    whole = ImageDraw.Draw(standing)
    for box in ((0, 0, metre * 0.3, size[1]), (size[0] - metre * 0.3, 0, *size), (0, size[1] // 2, *size)):
        whole.rectangle(box, fill=255)
    return wall, standing


def _ground(scene: Scene, near: float, far: float, half: float) -> Quad:
    """A rectangle of ground in front of the camera, squared to where it looks."""
    ahead = _unit((scene.forward[0], 0.0, scene.forward[2]))
    across = _cross((0.0, 1.0, 0.0), ahead)
    foot = (scene.eye[0], 0.0, scene.eye[2])
    a, b, c, d = (
        _add(_add(foot, ahead, z), across, x) for z, x in ((far, -half), (far, half), (near, half), (near, -half))
    )
    return (a, b, c, d)


def _yard(scene: Scene, horizon: float, *, metre: int) -> None:
    """The warehouse front on z = 0 between x = 0 and 24, its side wall, and the wet yard before it."""
    rng = scene.rng
    side_on = _ground(scene, 2.0, 90.0, 55.0)
    scene.quad(side_on, _concrete(rng, (scene.size[0] * 2 // 3, scene.size[0] // 2), scene.size[0] / 80, 0.3))
    near, patch = _ground(scene, 1.0, 12.0, 6.5), (scene.size[0] * 3 // 4, scene.size[0] * 3 // 4)
    fine = _concrete(rng, patch, patch[0] / 13, 0.3)
    scene.quad(near, fine, _blur(_mask(patch, [(0.1, 0.12), (0.9, 0.12), (0.97, 1.3), (0.03, 1.3)]), patch[0] / 22))
    for x in range(1, 24, 3):  # what is left of the roof trusses, seen over the parapet
        z, drop = rng.uniform(2, 9), rng.uniform(0, 1.3)
        scene.bar((x, 5.6, z), (x + rng.uniform(1, 4), 8.2 - drop, z + 3), 0.16, (66, 52, 46))
        scene.bar((x + 3, 8.2 - drop, z + 3), (x + rng.uniform(3, 6), 5.4, z), 0.13, (66, 52, 46))
    wall, standing = _facade(rng, metre)
    side = _plaster(rng, (8 * metre, round(6.5 * metre)), metre, (182, 178, 168))
    for left in (1.0, 4.6):
        _window(
            rng,
            side,
            (round(left * metre), round(2.3 * metre), round((left + 2) * metre), round(4.1 * metre)),
            metre,
        )
    flank: Quad = ((0.0, 6.5, 14.0), (0.0, 6.5, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 14.0))
    face: Quad = ((0.0, 6.5, 0.0), (24.0, 6.5, 0.0), (24.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    scene.quad(flank, side, shade=0.72)
    scene.quad(face, wall, standing)
    puddles = _level(_noise(rng, (900, 900), 90, 5, stretch=0.8), 146, 158)
    _wet(scene, puddles, _ground(scene, 1.0, 20.0, 11.0), horizon, (flank, face))
    spots = [(rng.gauss(14.5, 3.2), 0.05, -abs(rng.gauss(0.5, 0.9))) for _ in range(230)]
    spots += [(rng.uniform(0, 24), 0.02, -abs(rng.gauss(0.2, 0.5))) for _ in range(170)]
    scene.rubble(spots, 0.16, ((70, 64, 58), (40, 37, 35), (120, 82, 66), (150, 144, 134)))


def _hose(scene: Scene, points: Sequence[Vec], colour: Colour = (176, 160, 132)) -> None:
    """A lay-flat hose along a smooth curve through the points, with the shadow under it."""
    path: list[Vec] = []
    padded = [points[0], *points, points[-1]]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for k in range(10):
            t = k / 10
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
            path.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2,
                    0.03,
                    sum(w * p[2] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2,
                )
            )
    scene.tube([_add(p, (0.03, -0.03, 0)) for p in path], 0.085, (30, 28, 26))
    scene.tube(path, 0.066, colour)


def _card(rng: random.Random, digit: str) -> Picture:
    """The yellow number card of the scene kit."""
    card = Image.new("RGB", (240, 300), (242, 196, 20))
    draw = ImageDraw.Draw(card)
    draw.ellipse((30, 50, 210, 230), outline=(20, 18, 12), width=14)
    draw.text(
        (120, 141),
        digit,
        fill=(20, 18, 12),
        font=ImageFont.load_default(140),
        anchor="mm",
        stroke_width=4,
        stroke_fill=(20, 18, 12),
    )
    draw.rectangle((0, 262, 240, 276), fill=(30, 28, 24))
    return ImageChops.multiply(
        card, _tone(_noise(rng, card.size, 90, 5), (150, 146, 138), (220, 220, 218), (255, 255, 255))
    )


def _marker(scene: Scene, at: Vec, digit: str, size: float = 0.13) -> None:
    """A number card folded to a tent, leaning back on the floor."""
    card = _card(scene.rng, digit)
    x, y, z = at
    w, h = size / 2, size * 1.25
    _shadow(
        scene,
        [scene.at(p) for p in ((x - w, y, z), (x + w * 2.2, y, z + size), (x + w * 3, y, z), (x + w, y, z - 0.01))],
    )
    scene.poly(((x + w, y, z), (x + w, y + h, z + h * 0.3), (x + w, y, z + h * 0.7)), (120, 96, 16))
    scene.quad(((x - w, y + h, z + h * 0.3), (x + w, y + h, z + h * 0.3), (x + w, y, z), (x - w, y, z)), card)


def _shadow(scene: Scene, outline: Sequence[tuple[float, float]], strength: float = 0.75, soft: float = 0.006) -> None:
    mask = Image.new("L", scene.size)
    ImageDraw.Draw(mask).polygon(list(outline), fill=255)
    _stain(scene.image, _blur(mask, scene.size[0] * soft), (8, 7, 6), strength)


def _scale_bar(rng: random.Random, centimetre: float, length: int) -> Picture:
    """A photographic scale: millimetre ticks, centimetre figures, alternating blocks."""
    scale = Image.new("RGB", (round(centimetre * (length + 0.6)), round(centimetre * 1.5)), (238, 236, 230))
    draw = ImageDraw.Draw(scale)
    start, ink = centimetre * 0.3, (22, 22, 24)
    for mm in range(length * 10 + 1):
        tall = 0.62 if mm % 10 == 0 else 0.45 if mm % 5 == 0 else 0.28
        x = start + mm * centimetre / 10
        draw.line([(x, 0), (x, tall * centimetre)], fill=ink, width=max(1, round(centimetre / 28)))
    font = ImageFont.load_default(centimetre * 0.4)
    for cm in range(length + 1):
        draw.text((start + cm * centimetre, centimetre * 0.86), str(cm), fill=ink, font=font, anchor="mm")
    for cm in range(length):
        shade = ink if cm % 2 else (238, 236, 230)
        box = (start + cm * centimetre, centimetre * 1.16, start + (cm + 1) * centimetre, centimetre * 1.38)
        draw.rectangle(box, fill=shade, outline=ink)
    wear = _tone(_noise(rng, scale.size, centimetre * 2, 6), (196, 190, 180), (240, 238, 234), (255, 255, 255))
    return ImageChops.multiply(scale, wear)


def _lay(image: Picture, thing: Picture, at: tuple[float, float], angle: float, mask: Picture | None = None) -> None:
    """Lay a flat thing on a picture taken from above, turned, with its shadow to the lower right."""
    thing = thing.convert("RGB")
    thing.putalpha(mask or 255)
    turned = thing.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    corner = (round(at[0] - turned.width / 2), round(at[1] - turned.height / 2))
    reach = max(2, round(image.width * 0.006))
    shade = Image.new("L", image.size)
    shade.paste(turned.getchannel("A"), (corner[0] + reach, corner[1] + reach))
    _stain(image, _blur(shade, reach), (10, 9, 8), 0.6)
    image.paste(turned, corner, turned)


def _flash_spot(image: Picture, centre: tuple[float, float], dark: int, bright: int = 255) -> Picture:
    """Close-up light: bright at the centre (fractions of the picture), `dark` in the far corner."""
    w, h = image.size
    span = 1.5 * max(w, h)
    ball = Image.radial_gradient("L").resize((round(span * 1.4), round(span * 1.4)))
    x, y = round(ball.width / 2 - centre[0] * w), round(ball.height / 2 - centre[1] * h)
    light = _level(ball.crop((x, y, x + w, y + h)), 0, 200, bright, dark)
    return ImageChops.multiply(image, light.convert("RGB"))


def _expose(image: Picture) -> Picture:
    """The meter: the brightest part goes nearly to white, the shadows are lifted to where detail shows."""
    counts = image.resize((200, 150)).convert("L").histogram()

    def share(of: float) -> int:
        total = 0.0
        for value, count in enumerate(counts):
            total += count
            if total >= of * sum(counts):
                return value
        return 255

    gain = min(2.3, 222 / max(share(0.985), 1))
    shadow = min(max(share(0.4) * gain, 4), 250) / 255
    gamma = min(max(math.log(0.30) / math.log(shadow), 0.66), 1.0)
    return image.point([round(255 * min(1.0, v * gain / 255) ** gamma) for v in range(256)] * 3)


def _develop(
    rng: random.Random,
    image: Picture,
    size: Size,
    *,
    gain: Colour = (255, 250, 240),
    grain: float = 9,
    vignette: float = 0.5,
) -> Picture:
    """From canvas to photograph: lens softness, bloom, fall-off to the corners, white balance, grain."""
    image = image.resize(size, Image.Resampling.LANCZOS)
    image = _expose(image)
    bloom = _level(_blur(image.resize((size[0] // 4, size[1] // 4)), size[0] / 130), 120, 255, 0, 90).resize(size)
    image = ImageChops.screen(image, bloom)
    corners = _level(Image.radial_gradient("L"), 90, 255, 255, 255 * (1 - vignette)).resize(size)
    image = ImageChops.multiply(image, corners.convert("RGB"))
    image = image.point([round(6 + v * channel / 255 * 0.97) for channel in gain for v in range(256)])
    fine, coarse, colour = _noise(rng, size, 1, 1), _noise(rng, size, 2.2, 1), _noise(rng, size, 3, 1)
    speck = _level(Image.blend(fine, coarse, 0.5), 0, 255, 128 - grain * 2.2, 128 + grain * 2.2)
    tint = _level(colour, 0, 255, 128 - grain * 0.8, 128 + grain * 0.8)
    return ImageChops.add(
        image,
        Image.merge("RGB", (ImageChops.add(speck, tint, 1, -128), speck, ImageChops.subtract(speck, tint, 1, 128))),
        1,
        -128,
    )


# --- the twelve pictures: each paints a canvas; `Shot` below says how it is developed and labelled ----------


def _street(rng: random.Random, size: Size) -> Picture:
    """Orientation, first light: the street, poles and wires, the warehouse, hose and address plate."""
    fog: Colour = (112, 124, 142)
    scene = Scene(rng, size, (-9.0, 1.65, -15.0), (5.0, 2.7, 0.0), 0.78, daylight=0.62, haze=(fog, 75), roll=0.012)
    _sky(scene, (84, 102, 132), (176, 172, 172), 0.56)
    _trees(scene, 0.585, 0.10, (70, 80, 92))
    _trees(scene, 0.60, 0.055, (48, 55, 62))
    _yard(scene, 0.66, metre=max(12, size[0] // 26))
    for x, z in ((-4.0, -3.0), (-14.0, 26.0)):
        scene.bar((x, 0, z), (x + 0.1, 8.4, z), 0.26, (128, 126, 120), 10)
        scene.bar((x - 0.9, 7.8, z), (x + 0.9, 7.85, z), 0.1, (70, 66, 62), 2)
    for k in (-0.8, -0.3, 0.4, 0.8):
        far, near = (-14.0 + k, 7.9, 26.0), (-4.0 + k, 7.9, -3.0)
        sag = [
            _add(_add(far, _add(near, far, -1), t / 12), (0, -1.0 * math.sin(math.pi * t / 12), 0)) for t in range(13)
        ]
        for p, q in pairwise(sag):
            scene.bar(p, q, 0.025, (22, 22, 24), 1)
        scene.bar(near, (22.0 + k, 9.0, -26.0), 0.025, (22, 22, 24), 8)
    plate = Image.new("RGB", (180, 120), (28, 62, 128))
    ImageDraw.Draw(plate).rectangle((8, 8, 171, 111), outline=(214, 216, 220), width=5)
    scene.quad(((-4.4, 2.5, -3.15), (-3.6, 2.5, -3.15), (-3.6, 1.95, -3.15), (-4.4, 1.95, -3.15)), plate)
    _hose(
        scene,
        (
            (-7.6, 0, -12.6),
            (-6.4, 0, -10.5),
            (-4.2, 0, -9.4),
            (0, 0, -9),
            (4, 0, -5.5),
            (9, 0, -4),
            (14, 0, -1.2),
        ),
    )
    _hose(
        scene,
        ((-1.5, 0, -12.5), (-2.5, 0, -10), (2, 0, -7.4), (7, 0, -6.6), (12, 0, -3), (14.5, 0, -1)),
        (150, 62, 48),
    )
    return scene.image


def _approach(rng: random.Random, size: Size) -> Picture:
    """Orientation from the other end of the yard, taken with a telephone in grey morning light."""
    scene = Scene(
        rng,
        size,
        (27.5, 1.6, -11.5),
        (12.0, 2.7, 0.0),
        0.74,
        daylight=0.78,
        haze=((168, 172, 174), 95),
        roll=-0.02,
    )
    _sky(scene, (150, 160, 172), (206, 205, 200), 0.6)
    _trees(scene, 0.60, 0.09, (104, 110, 108))
    _yard(scene, 0.655, metre=max(12, size[0] // 26))
    _hose(scene, ((26.5, 0, -9.2), (24, 0, -8.4), (21, 0, -9), (18.5, 0, -6), (16.5, 0, -3.6), (14.6, 0, -0.8)))
    for i in range(7):  # barrier tape posts
        a, b = (25.5 - i * 3.1, 0.0, -6.4 + (i % 2) * 0.3), (22.4 - i * 3.1, 0.0, -6.4 + ((i + 1) % 2) * 0.3)
        scene.bar(a, _add(a, (0, 1.05, 0)), 0.05, (210, 92, 40), 3)
        for k in range(12):
            p, q = (
                _add(_add(a, _add(b, a, -1), t / 12), (0, 0.95 - 0.14 * math.sin(math.pi * t / 12), 0))
                for t in (k, k + 1)
            )
            scene.bar(p, q, 0.06, ((206, 40, 36), (228, 226, 220))[k % 2], 1)
    return scene.image


def _front(rng: random.Random, size: Size) -> Picture:
    """Overview: the burnt front with soot above every opening."""
    scene = Scene(
        rng,
        size,
        (13.6, 1.7, -10.5),
        (13.0, 2.75, 0.0),
        0.72,
        daylight=0.86,
        haze=((176, 178, 180), 160),
        roll=0.008,
    )
    _sky(scene, (158, 168, 180), (212, 210, 206), 0.6)
    _yard(scene, 0.625, metre=max(14, size[0] // 17))
    _hose(
        scene,
        ((7.5, 0, -8.8), (8.6, 0, -7.4), (11.6, 0, -7.7), (13.2, 0, -5.4), (12.6, 0, -3), (14.6, 0, -0.9)),
    )
    return scene.image


def _room(
    scene: Scene,
    wall: Picture,
    *,
    width: float,
    depth: float,
    height: float,
    floor_ash: float = 0.9,
    roof: bool = True,
) -> None:
    """Back wall, two side walls and floor of a burnt room; x from -width to width, camera at z < 0."""
    rng, near = scene.rng, scene.eye[2] + 0.6
    side_size = (scene.size[0] // 2, scene.size[1] // 2)
    metre = scene.size[0] / (2 * width)
    floor = _concrete(rng, (scene.size[0], scene.size[0]), metre, floor_ash)
    scene.quad(((-width, 0, depth), (width, 0, depth), (width, 0, near), (-width, 0, near)), floor)
    if roof:
        deck = _burnt_steel(rng, side_size, metre / 2)
        _stain(deck, _level(_noise(rng, side_size, metre, 5), 40, 130), SOOT, 0.92)
        scene.quad(
            ((-width, height, near), (width, height, near), (width, height, depth), (-width, height, depth)),
            deck,
        )
    for x in (-width, width):
        side = _plaster(rng, side_size, metre / 2)
        _stain(side, _ragged(rng, _gradient(side_size, 255, 20), metre * 0.5, 90), SOOT, 0.92)
        corners: Quad = ((x, height, near), (x, height, depth), (x, 0, depth), (x, 0, near))
        scene.quad(corners if x < 0 else (corners[1], corners[0], corners[3], corners[2]), side)
    scene.quad(((-width, height, depth), (width, height, depth), (width, 0, depth), (-width, 0, depth)), wall)


def _trusses(rng: random.Random, size: Size) -> Picture:
    """Overview from inside: trusses down, open sky, racks bent over the debris."""
    scene = Scene(
        rng,
        size,
        (0.0, 1.7, -1.5),
        (0.4, 3.15, 10.0),
        0.66,
        daylight=0.5,
        flash=2.2,
        haze=((150, 152, 154), 60),
        roll=-0.015,
    )
    _sky(scene, (178, 186, 196), (222, 220, 216), 1.0)
    wall_size = (size[0], round(size[0] * 0.34))
    wall = _plaster(rng, wall_size, size[0] / 16)
    _stain(wall, _ragged(rng, _gradient(wall_size, 250, 70), size[0] / 26, 80), SOOT, 0.95)
    _room(scene, wall, width=8.0, depth=17.0, height=5.2, roof=False)
    steel: Colour = (92, 70, 58)
    before = scene.image.copy()
    for i, z in enumerate((15.0, 12.0, 9.0, 6.5)):
        sag = (0.4, 1.7, 2.9, 1.1)[i]
        nodes = [
            (
                -8 + 2 * k,
                5.3 + 1.5 * (1 - abs(k - 4) / 4) - sag * math.exp(-(((k - 5.2 + i) / 2.2) ** 2)),
                z + rng.uniform(-0.4, 0.4),
            )
            for k in range(9)
        ]
        lower = [
            (x + rng.uniform(-0.15, 0.15), y - (0.35 + 0.9 * (1 - abs(k - 4) / 4)), d)
            for k, (x, y, d) in enumerate(nodes)
        ]
        for k in range(8):
            scene.bar(nodes[k], nodes[k + 1], 0.16, steel, 3)
            scene.bar(lower[k], lower[k + 1], 0.13, steel, 3)
            scene.bar(nodes[k], lower[k + k % 2], 0.08, steel, 2)
            scene.bar(nodes[k + 1], lower[k + 1 - k % 2], 0.07, steel, 2)
    for _ in range(16):  # purlins hanging into the room
        a = (rng.uniform(-7, 7), rng.uniform(4.3, 6.3), rng.uniform(7, 15))
        scene.bar(a, _add(a, (rng.uniform(-3, 3), -rng.uniform(0.2, 4), rng.uniform(-2, 2))), 0.08, steel, 5)
    for _ in range(9):
        sheet = _burnt_steel(rng, (220, 160), 160)
        x, y, z = rng.uniform(-6, 5), rng.uniform(0.5, 1.5), rng.uniform(7, 13)
        a, along, down = (
            (x, y, z),
            (rng.uniform(1, 2.6), rng.uniform(-0.9, 0.9), rng.uniform(-0.6, 0.6)),
            (rng.uniform(-0.6, 0.6), -rng.uniform(0.5, 1.5), -0.8),
        )
        scene.quad((a, _add(a, along), _add(_add(a, along), down), _add(a, down)), sheet)
    scene.weather(before, 0)
    spots = []
    for _ in range(700):
        x, z = rng.uniform(-7.8, 7.8), rng.uniform(3.0, 16.5)
        spots.append((x, max(0.0, 0.12 * z * math.exp(-((x / 6) ** 2)) * rng.uniform(0.2, 0.9)), z))
    scene.rubble(spots, 0.2, ((40, 37, 35), (62, 58, 54), (30, 28, 27), (112, 74, 52), (128, 122, 114)))
    return scene.image


def _v_pattern(rng: random.Random, size: Size) -> Picture:
    """Overview: the V on the east wall, white where the soot burnt off, black along its arms."""
    scene = Scene(rng, size, (0.4, 1.6, -1.4), (0.15, 1.75, 6.0), 0.72, daylight=0.09, flash=6.6, roll=0.01)
    metre = size[0] / 9
    wall_size = (size[0], round(metre * 5.2))
    wall = _plaster(rng, wall_size, metre)
    _stain(wall, _ragged(rng, _gradient(wall_size, 255, 0), metre * 0.8, 62), SOOT, 0.9)
    outer = _shape("50,97 44,90 21,10 16,-10 86,-10 80,10 58.5,90")
    inner = _shape("51.5,90 47,75 35,18 40,-10 66,-10 69,20 56,75")
    _stain(wall, _ragged(rng, _mask(wall_size, outer, blur=metre * 0.24), metre * 0.55, 55), SOOT, 0.97)
    clean = _plaster(rng, wall_size, metre, (224, 214, 200))
    clean.paste(_bricks(rng, wall_size, metre), (0, 0), _level(_noise(rng, wall_size, metre * 0.9, 6), 140, 146))
    burnt_off = _ragged(rng, _mask(wall_size, inner, blur=metre * 0.2), metre * 0.5, 42)
    wall.paste(clean, (0, 0), _level(burnt_off, 0, 255, 0, 205))
    _room(scene, wall, width=4.5, depth=6.0, height=5.2)
    before = scene.image.copy()
    for x, z in ((-3.6, 5.2), (-2.2, 5.0), (2.6, 5.2), (4.0, 4.6)):  # racks buckled toward the origin
        lean = -0.35 if x > 0 else 0.4
        for dz in (0.0, 0.6):
            scene.bar((x, 0, z + dz), (x + lean * 0.3, 1.2, z + dz), 0.07, (92, 74, 64), 6)
            scene.bar((x + lean * 0.3, 1.2, z + dz), (x + lean * 1.5, 2.3, z + dz), 0.07, (92, 74, 64), 6)
    for y in (0.6, 1.25, 1.9):
        scene.bar((-3.5, y, 5.1), (-2.1, y - 0.15, 4.9), 0.06, (88, 72, 62))
        scene.bar((2.5, y - 0.2, 5.1), (3.9, y, 4.5), 0.06, (88, 72, 62))
    scene.weather(before)
    spots = [(rng.uniform(-4.3, 4.3), 0.0, rng.uniform(1.6, 5.85)) for _ in range(650)]
    spots += [(rng.gauss(0.3, 0.6), abs(rng.gauss(0.06, 0.05)), 5.85 - abs(rng.gauss(0, 0.4))) for _ in range(220)]
    scene.rubble(spots, 0.085, ((44, 42, 40), (70, 66, 62), (30, 29, 28), (126, 88, 70), (150, 146, 138)))
    _marker(scene, (0.55, 0.05, 3.6), "4", 0.22)
    return scene.image


def _switch_box(rng: random.Random, size: Size) -> Picture:
    """Key part: the distribution box from the east, door hanging, interior burnt out, card 1 beneath."""
    scene = Scene(rng, size, (-0.35, 1.45, -1.35), (0.06, 1.38, 0.0), 0.86, daylight=0.08, flash=1.6, roll=-0.012)
    metre = size[0] / 2.4
    wall_size = (round(metre * 2.8), round(metre * 2.4))
    wall = _plaster(rng, wall_size, metre * 0.7)
    plume = [(0.36, 0.68), (0.18, -0.1), (0.92, -0.1), (0.66, 0.68)]
    _stain(wall, _ragged(rng, _mask(wall_size, plume, blur=metre * 0.12), metre * 0.4, 60), SOOT, 0.96)
    run = _level(_noise(rng, wall_size, metre * 0.05, 2, stretch=18), 142, 210, 0, 170)
    _stain(wall, ImageChops.multiply(run, _gradient(wall_size, 60, 255)), (48, 42, 36))
    scene.quad(((-1.4, 2.6, 0.0), (1.4, 2.6, 0.0), (1.4, 0.2, 0.0), (-1.4, 0.2, 0.0)), wall)
    _shadow(
        scene,
        [scene.at((x, y, 0.0)) for x, y in ((-0.3, 1.75), (0.42, 1.72), (0.44, 1.0), (-0.28, 1.0))],
        0.8,
        0.012,
    )
    steel = _burnt_steel(rng, (round(metre * 0.5), round(metre * 0.7)), metre * 0.5)
    inside = ImageChops.multiply(steel, Image.new("RGB", steel.size, (92, 86, 82)))
    front, x0, x1, y0, y1 = -0.16, -0.25, 0.28, 1.04, 1.78
    scene.quad(((x0, y1, -0.02), (x1, y1, -0.02), (x1, y0, -0.02), (x0, y0, -0.02)), inside)
    scene.quad(((x1, y1, front), (x1, y1, 0.0), (x1, y0, 0.0), (x1, y0, front)), inside, shade=1.0)
    scene.quad(((x0, y0, -0.02), (x1, y0, -0.02), (x1, y0, front), (x0, y0, front)), inside)
    _breakers(scene)
    scene.quad(((x0, y1, 0.0), (x0, y1, front), (x0, y0, front), (x0, y0, 0.0)), steel, shade=0.8)
    for a, b in (
        ((x0, y1, front), (x1, y1, front)),
        ((x0, y0, front), (x1, y0, front)),
        ((x0, y0, front), (x0, y1, front)),
        ((x1, y0, front), (x1, y1, front)),
    ):
        scene.bar(a, b, 0.011, (84, 72, 66), 8)
    scene.quad(((x1, y1, front), (0.72, 1.70, -0.36), (0.70, 0.97, -0.38), (x1, y0, front)), steel, shade=0.85)
    for k in range(3):
        scene.bar((-0.1 + 0.12 * k, y0, -0.08), (-0.14 + 0.13 * k, 0.2, -0.03), 0.026, (58, 54, 52), 12)
    scene.bar((0.02, y1, -0.07), (0.03, 2.6, -0.03), 0.05, (50, 46, 44), 12)
    card = _card(rng, "1")
    scene.quad(((-0.55, 1.33, -0.003), (-0.43, 1.335, -0.003), (-0.428, 1.185, -0.003), (-0.548, 1.18, -0.003)), card)
    return scene.image


def _breakers(scene: Scene) -> None:
    """What the box held: a rail of melted breakers, bare conductors, copper showing at the arc."""
    rng, before = scene.rng, scene.image.copy()
    plastic = [
        _tone(_noise(rng, (90, 150), 40, 5), (8, 8, 7), tone, (96, 90, 84))
        for tone in ((26, 24, 23), (48, 44, 41), (64, 52, 42))
    ]
    scene.bar((-0.22, 1.52, -0.04), (0.25, 1.52, -0.04), 0.03, (74, 68, 63))
    scene.bar((-0.22, 1.22, -0.04), (0.25, 1.21, -0.04), 0.03, (74, 68, 63))
    for row, y in ((0, 1.46), (1, 1.16)):
        for i in range(6):
            x, sag = (
                -0.21 + i * 0.074 + rng.uniform(-0.004, 0.004),
                rng.uniform(0, 0.03) + 0.03 * (i > 2) * row,
            )
            block = _relief(plastic[rng.randrange(3)], _noise(rng, (90, 150), 30, 4), 2.0, 3)
            if rng.random() < 0.9:
                scene.box((x, y - sag, -0.11), (x + 0.062, y + 0.115 - sag, -0.04), block)
    for i in range(15):
        a = (-0.2 + i * 0.031, 1.46 - rng.uniform(0, 0.03), -0.09)
        points, drift = [a], rng.gauss(0, 0.004)
        for _ in range(16):
            drift = 0.8 * drift + rng.gauss(0, 0.0035)
            points.append(_add(points[-1], (drift, -rng.uniform(0.01, 0.022), rng.gauss(0, 0.003))))
        scene.tube(points, 0.009, (128, 88, 66) if i in {6, 9} else (62, 58, 56))
    scene.weather(before)
    spots = [(rng.uniform(-0.22, 0.25), 1.05 + abs(rng.gauss(0, 0.02)), rng.uniform(-0.14, -0.04)) for _ in range(120)]
    scene.rubble(spots, 0.012, ((40, 38, 37), (92, 86, 80), (24, 23, 22)))


def _racks(rng: random.Random, size: Size) -> Picture:
    """Key part, held upright: shelving with charred cartons in an aisle."""
    scene = Scene(rng, size, (0.1, 1.55, -1.6), (0.0, 1.3, 4.0), 0.95, daylight=0.08, flash=4.4, roll=0.014)
    wall_size = (size[0], size[0])
    wall = _plaster(rng, wall_size, size[0] / 3)
    _stain(wall, _ragged(rng, _gradient(wall_size, 255, 130), size[0] / 8, 80), SOOT, 0.95)
    _room(scene, wall, width=1.9, depth=6.0, height=3.4)
    ember = Image.new("RGB", (420, 320), (118, 114, 112))
    chars = [ImageChops.multiply(_char(rng, ember.size, cell, 1.3), ember) for cell in (17, 26, 36)]
    crumbled = [
        _ragged(
            rng,
            _mask(
                ember.size,
                [
                    (0.03, 1.2),
                    (0.02, rng.uniform(0.1, 0.4)),
                    (0.4, 0.1),
                    (0.97, rng.uniform(0.1, 0.5)),
                    (0.98, 1.2),
                ],
                blur=14,
            ),
            70,
            12,
        )
        for _ in range(4)
    ]
    before = scene.image.copy()
    for z in (4.9, 3.5, 2.1):
        for y in (2.05, 1.15, 0.25):
            for side in (-1, 1):
                x0, x1 = (-1.7, -0.72) if side < 0 else (0.78, 1.75)
                droop = rng.uniform(0.0, 0.12)
                for k in range(2):
                    tall = rng.uniform(0.25, 0.62)
                    low = z + 0.62 * k
                    scene.box(
                        (x0, y, low),
                        (x1 - rng.uniform(0, 0.12), y + tall, low + 0.55),
                        rng.choice(chars),
                        rng.choice(crumbled),
                    )
                edge = x1 if side < 0 else x0
                scene.bar((edge, y, z + 1.3), (edge, y - droop, z - 0.05), 0.07, (66, 58, 53), 8)
                scene.bar((x0, y - droop, z - 0.05), (x1, y - droop, z - 0.05), 0.06, (62, 55, 51), 6)
        for x in (-0.72, 0.78):
            scene.bar((x, 0, z - 0.06), (x + rng.uniform(-0.08, 0.08), 3.0, z - 0.06), 0.055, (68, 59, 54), 14)
    scene.weather(before)
    spots = [(rng.uniform(-0.9, 0.95), 0.0, rng.uniform(0.6, 5.8)) for _ in range(420)]
    spots += [(s * abs(rng.gauss(0.95, 0.25)), 0.03, rng.uniform(0.6, 5.5)) for _ in range(220) for s in (-1, 1)]
    scene.rubble(spots, 0.07, ((36, 35, 34), (58, 55, 52), (26, 25, 25), (120, 114, 106)))
    _marker(scene, (0.28, 0.03, 1.5), "2", 0.16)
    return scene.image


def _char_close(rng: random.Random, size: Size) -> Picture:
    """Detail: a timber upright with alligator char, deepest on the left, with a scale."""
    image = _concrete(rng, size, size[0] / 2.2, 0.95)
    beam = _char(rng, (size[0], round(size[1] * 0.62)), size[0] / 26)
    deep = _char(rng, beam.size, size[0] / 15)
    side = _blur(Image.linear_gradient("L").rotate(90).resize(beam.size), 9)
    beam.paste(deep, (0, 0), _ragged(rng, side, size[0] / 10, 22))
    rounding = ImageChops.multiply(_gradient(beam.size, 120, 330), _gradient(beam.size, 300, 70))
    beam = ImageChops.multiply(beam, rounding.convert("RGB"))
    _lay(image, beam.resize((round(size[0] * 1.1), beam.height)), (size[0] * 0.5, size[1] * 0.42), 3)
    _lay(image, _scale_bar(rng, size[0] / 13.5, 10), (size[0] * 0.52, size[1] * 0.87), 1.6)
    return _flash_spot(image, (0.45, 0.4), 70)


def _strand(image: Picture, points: Sequence[tuple[float, float]], width: float, shades: Sequence[Colour]) -> None:
    """A wire seen from above: strokes from its dark edge to the highlight."""
    draw = ImageDraw.Draw(image)
    for k, shade in enumerate(shades):
        share = 1 - k / len(shades)
        lift = width * 0.22 * k / len(shades)
        path = [(x - lift * 0.6, y - lift) for x, y in points]
        draw.line(path, fill=shade, width=max(1, round(width * share)), joint="curve")
        r = width * share / 2
        for x, y in (path[0], path[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=shade)


COPPER: tuple[Colour, ...] = (
    (46, 24, 16),
    (92, 50, 32),
    (138, 80, 52),
    (172, 108, 74),
    (204, 144, 108),
    (236, 196, 168),
)
BLACKENED: tuple[Colour, ...] = ((14, 12, 12), (26, 23, 22), (42, 38, 36), (62, 57, 54), (88, 82, 78))


def _bead(rng: random.Random, size: Size) -> Picture:
    """Detail: two conductors on white, one ending in the smooth round bead a short circuit leaves."""
    w, h = size
    paper = _tone(_noise(rng, size, w * 0.3, 6), (206, 206, 204), (230, 230, 228), (240, 240, 238))
    paper = _relief(paper, _noise(rng, size, 5, 3), 0.12)
    wires = paper.copy()
    first = [
        (w * (-0.03 + 0.62 * t), h * (0.33 + 0.09 * math.sin(4.4 * t) + 0.02 * math.sin(11 * t) * t))
        for t in (k / 40 for k in range(41))
    ]
    second = [
        (w * (-0.03 + 0.71 * t), h * (0.60 - 0.06 * math.sin(4.0 * t + 0.4) + 0.015 * math.sin(13 * t) * t))
        for t in (k / 40 for k in range(41))
    ]
    for path in (first, second):
        _strand(wires, path, w * 0.026, COPPER)
        _strand(wires, path[: 13 + (path is first) * 4], w * 0.044, BLACKENED)
    (bx, by), r = first[-1], w * 0.0205
    for k in range(24):
        t = k / 24
        s, colour = r * (1 - t), COPPER[min(5, int(t * 5))]
        ImageDraw.Draw(wires).ellipse(
            (bx - s - r * 0.36 * t, by - s - r * 0.42 * t, bx + s - r * 0.36 * t, by + s - r * 0.42 * t),
            fill=colour,
        )
    ex, ey = second[-1]
    ImageDraw.Draw(wires).polygon(
        [
            (ex, ey - w * 0.014),
            (ex + w * 0.05, ey - w * 0.004),
            (ex + w * 0.03, ey + w * 0.012),
            (ex, ey + w * 0.016),
        ],
        fill=COPPER[1],
    )
    wires = _blur(wires, w * 0.0012)
    mask = _level(ImageChops.difference(wires, paper).convert("L"), 26, 60)
    dirt = _tone(_noise(rng, size, w * 0.02, 5), (90, 84, 84), (190, 184, 180), (255, 255, 255))
    wires = _relief(ImageChops.multiply(wires, dirt), _noise(rng, size, w * 0.008, 3), 0.9)
    _stain(paper, _cast(mask, w * 0.008, w * 0.012), (60, 60, 66), 0.62)
    for _ in range(260):  # soot that came off the insulation
        x, y, s = (
            rng.gauss(w * 0.22, w * 0.2),
            rng.gauss(h * 0.48, h * 0.12),
            rng.uniform(0.5, 3.2) * w / 2000,
        )
        ImageDraw.Draw(paper).ellipse((x - s, y - s, x + s, y + s), fill=(50, 48, 48))
    paper.paste(wires, (0, 0), mask)
    glint = Image.new("L", size)
    ImageDraw.Draw(glint).ellipse((bx - r * 0.7, by - r * 0.75, bx - r * 0.1, by - r * 0.25), fill=255)
    _stain(paper, _blur(glint, w * 0.0018), (255, 248, 236), 0.95)
    scale = _scale_bar(rng, w / 8.4, 8)
    _lay(paper, scale, (w * 0.5, h - scale.height * 0.62), -0.5)
    return _flash_spot(paper, (0.48, 0.42), 150)


def _socket(rng: random.Random, size: Size) -> Picture:
    """Detail: a five-hole wall socket, sagged and blistered, burnt through at the lower right."""
    w, h = size
    wall = _plaster(rng, size, w * 0.5, (196, 188, 172))
    plume = [(0.36, 0.75), (0.26, -0.1), (0.98, -0.1), (0.74, 0.8)]
    _stain(wall, _ragged(rng, _mask(size, plume, blur=w * 0.06), w * 0.16, 70), SOOT, 0.95)
    side = round(w * 0.44)
    plate = Image.new("RGB", (side, side), (226, 220, 204))
    draw, u = ImageDraw.Draw(plate), side / 100
    draw.rounded_rectangle((4 * u, 4 * u, 96 * u, 96 * u), 6 * u, outline=(196, 188, 170), width=round(2 * u))
    draw.rounded_rectangle(
        (20 * u, 16 * u, 80 * u, 84 * u),
        5 * u,
        fill=(218, 210, 192),
        outline=(178, 170, 152),
        width=round(1.2 * u),
    )
    for x in (38, 62):
        draw.rectangle(((x - 1.6) * u, 28 * u, (x + 1.6) * u, 40 * u), fill=(16, 14, 13))
        lean = 4 if x < 50 else -4
        draw.line([((x + lean) * u, 60 * u), ((x - lean) * u, 70 * u)], fill=(16, 14, 13), width=round(3.4 * u))
    draw.rectangle((48.4 * u, 50 * u, 51.6 * u, 60 * u), fill=(16, 14, 13))
    shape = Image.new("L", plate.size)
    ImageDraw.Draw(shape).rounded_rectangle((u, u, 99 * u, 92 * u), 6 * u, fill=255)
    state = rng.getstate()
    plate = _warp(rng, plate, side / 5, side * 0.012, side * 0.06)
    rng.setstate(state)  # the outline must sag with the face
    shape = _warp(rng, shape, side / 5, side * 0.012, side * 0.06)
    scorch = _mask(plate.size, _shape("25,110 42,58 60,42 110,30 110,110"), blur=side * 0.09)
    _stain(plate, _ragged(rng, scorch, side * 0.3, 90), (120, 84, 44), 0.8)
    _stain(plate, _ragged(rng, _level(scorch, 60, 255), side * 0.24, 46), (24, 20, 18), 0.97)
    blister = _noise(rng, plate.size, side * 0.09, 3)
    bubbles = Image.composite(blister, Image.new("L", plate.size, 128), _level(scorch, 20, 180))
    plate = _relief(_relief(plate, _blur(shape, side * 0.012), 0.9, 4), _blur(bubbles, 2), 2.2, 3)
    hole = _ragged(rng, _mask(plate.size, _shape("56,72 74,58 95,74 86,100 62,100"), blur=side * 0.05), side * 0.2, 10)
    pit = _tone(_noise(rng, plate.size, side * 0.12, 6), (5, 5, 5), (22, 20, 19), (74, 70, 66))
    plate.paste(_relief(pit, _noise(rng, plate.size, side * 0.05, 4), 2.0, 3), (0, 0), hole)
    sheen = _level(ImageChops.multiply(_blur(blister, 3), _noise(rng, plate.size, side * 0.3, 2)), 96, 150, 0, 120)
    _stain(plate, ImageChops.multiply(sheen, _level(scorch, 0, 160)), (216, 208, 196), 0.5)
    _lay(wall, plate, (w * 0.5, h * 0.46), 1.8, shape)
    _lay(wall, _scale_bar(rng, w / 19, 8), (w * 0.48, h * 0.90), 0.8)
    return _flash_spot(wall, (0.42, 0.42), 84)


def _sample_bag(rng: random.Random, size: Size) -> Picture:
    """Detail: debris sealed in a clear bag, labelled in pen, on the tailgate mat."""
    w, h = size
    image = _tone(_noise(rng, size, w * 0.2, 6), (40, 46, 56), (62, 70, 84), (84, 92, 106))
    image = _relief(image, _noise(rng, size, w * 0.006, 2), 1.0)
    bag_size = (round(w * 0.52), round(h * 0.86))
    bw, bh = bag_size
    bag = _tone(_noise(rng, bag_size, bw * 0.4, 5), (108, 114, 122), (142, 148, 154), (178, 182, 186))
    inside = Scene(rng, bag_size, (0.0, 1.0, -0.02), (0.0, 0.0, 0.0), 1.0, daylight=0.95)
    inside.image.paste(_concrete(rng, bag_size, bw * 0.4, 1.0))
    spots = [(rng.uniform(-0.45, 0.45), 0.0, rng.uniform(-0.75, 0.2)) for _ in range(1100)]
    inside.rubble(
        spots, 0.024, ((42, 40, 38), (66, 62, 58), (28, 27, 26), (118, 92, 74), (140, 134, 126), (92, 60, 44))
    )
    heap = _mask(bag_size, _shape("7,56 30,50 60,54 93,49 95,95 6,95"), blur=bw * 0.03)
    bag.paste(inside.image, (0, 0), _level(_ragged(rng, heap, bw * 0.1, 24), 0, 255, 0, 238))
    _label(rng, bag, (round(bw * 0.17), round(bh * 0.13), round(bw * 0.83), round(bh * 0.45)))
    ridge = _noise(rng, bag_size, bw * 0.26, 4)
    ridge = ImageChops.lighter(_level(ridge, 120, 128, 255, 0), _level(ridge, 128, 136, 0, 255))
    fold = _blur(ImageChops.multiply(ImageOps.invert(ridge), _level(_noise(rng, bag_size, bw * 0.2, 3), 120, 190)), 1.5)
    bag = _relief(bag, _blur(_noise(rng, bag_size, bw * 0.16, 3), 2), 1.5, 4)
    _stain(bag, fold, (240, 244, 248), 0.75)
    draw = ImageDraw.Draw(bag)
    for y, tone in ((0.045, (190, 40, 38)), (0.065, (206, 212, 220)), (0.075, (120, 128, 138))):
        draw.rectangle((0, bh * y, bw, bh * (y + 0.012)), fill=tone)
    shape = Image.new("L", bag_size)
    ImageDraw.Draw(shape).rounded_rectangle((bw * 0.01, bh * 0.01, bw * 0.99, bh * 0.985), bw * 0.03, fill=255)
    _lay(image, bag, (w * 0.47, h * 0.5), -4, _warp(rng, shape, bw / 6, bw * 0.006))
    _lay(image, _scale_bar(rng, h / 13, 10), (w * 0.86, h * 0.52), 88)
    return _flash_spot(image, (0.42, 0.36), 96)


def _label(rng: random.Random, bag: Picture, box: tuple[int, int, int, int]) -> None:
    """A ruled sample label: header, bar code, and pen strokes where the officer wrote."""
    x0, y0, x1, y1 = box
    draw = ImageDraw.Draw(bag)
    draw.rectangle(box, fill=(240, 238, 230))
    row = (y1 - y0) / 6
    draw.rectangle((x0, y0, x1, y0 + row), fill=(178, 36, 34))
    for i in range(1, 6):
        y = y0 + row * (i + 0.92)
        draw.line(
            [(x0 + row, y), (x1 - row * (0.5 if i < 4 else 4), y)],
            fill=(120, 120, 124),
            width=max(1, round(row / 30)),
        )
        draw.rectangle((x0 + row * 0.4, y - row * 0.5, x0 + row * 1.6, y - row * 0.24), fill=(84, 84, 90))
        x = x0 + row * 2
        while x < x0 + row * rng.uniform(4, 7):
            stroke = [(x + rng.uniform(0, 0.42) * row, y - rng.uniform(0.08, 0.6) * row) for _ in range(5)]
            draw.line(stroke, fill=(26, 34, 92), width=max(1, round(row / 14)), joint="curve")
            x += row * 0.52
    x = x1 - row * 3.4
    while x < x1 - row * 0.5:
        thick = rng.choice((1, 1, 2, 3)) * row / 26
        draw.rectangle((x, y1 - row * 1.7, x + thick, y1 - row * 0.4), fill=(20, 20, 22))
        x += thick + rng.choice((1, 2, 3)) * row / 26


def _floor_burn(rng: random.Random, size: Size) -> Picture:
    """Detail: an irregular burn on the swept floor, spalled pale inside a dark rim, with card 3."""
    scene = Scene(rng, size, (0.1, 1.55, -1.5), (0.0, 0.0, 0.55), 0.86, daylight=0.08, flash=2.5, roll=0.01)
    pixels = size[0]
    floor = _concrete(rng, (pixels, pixels), pixels / 3.4, 0.4)
    blob = [
        (
            0.5 + (0.17 + 0.06 * math.sin(2 * a + 1.2) + 0.045 * math.sin(5 * a + 1)) * math.cos(a) * 1.1,
            0.53 + (0.19 + 0.07 * math.sin(3 * a + 0.6)) * math.sin(a),
        )
        for a in (math.tau * k / 60 for k in range(60))
    ]
    trail = _shape("58,50 64,36 61,20 67,19 71,36 68,56")
    wide = _mask(floor.size, blob, trail, blur=pixels * 0.055)
    _stain(floor, _ragged(rng, wide, pixels * 0.16, 90), (44, 36, 30), 0.85)
    _stain(floor, _ragged(rng, _level(wide, 40, 255), pixels * 0.12, 24), (16, 14, 13), 0.95)
    spalled = _relief(
        _plaster(rng, floor.size, pixels / 4, (186, 172, 154)),
        _noise(rng, floor.size, pixels * 0.03, 4),
        2.2,
        3,
    )
    floor.paste(spalled, (0, 0), _level(_ragged(rng, _level(wide, 110, 255), pixels * 0.12, 20), 0, 255, 0, 190))
    joints = Image.new("L", floor.size)
    for k in (0.06, 0.94):
        ImageDraw.Draw(joints).line([(0, k * pixels), (pixels, k * pixels)], fill=255, width=max(1, pixels // 240))
    _stain(floor, _blur(joints, 1), (18, 17, 16), 0.85)
    scene.quad(((-2.5, 0, 2.6), (2.5, 0, 2.6), (2.5, 0, -0.8), (-2.5, 0, -0.8)), floor)
    wall = _plaster(rng, (pixels, pixels // 4), pixels / 4)
    _stain(wall, _ragged(rng, _gradient(wall.size, 120, 235), pixels / 14, 70), SOOT, 0.9)
    scene.quad(((-3, 1.2, 2.6), (3, 1.2, 2.6), (3, 0, 2.6), (-3, 0, 2.6)), wall)
    spots = [(rng.gauss(0, 1.2), 0.0, rng.choice((rng.gauss(2.4, 0.25), rng.uniform(-0.7, 2.4)))) for _ in range(420)]
    scene.rubble(spots, 0.018, ((40, 38, 36), (74, 70, 66), (132, 126, 118), (28, 27, 26)))
    bar = _scale_bar(rng, 24, 30)
    scene.quad(((-0.75, 0.004, -0.16), (-0.12, 0.004, -0.22), (-0.125, 0.004, -0.285), (-0.755, 0.004, -0.225)), bar)
    _marker(scene, (0.62, 0.0, 0.25), "3", 0.13)
    return scene.image


# --- files -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shot:
    """One release of the shutter: what to paint, and what the camera wrote beside it."""

    file_name: str
    title: str
    category: str
    paint: Callable[[random.Random, Size], Picture]
    minute: int  # after the first picture
    exposure: tuple[int, int]
    f_number: tuple[int, int]
    iso: int
    focal: int
    gain: Colour = (255, 247, 232)
    device: str = "camera"  # camera | phone | none
    upright: bool = False
    gps: bool = True


DAWN: Colour = (232, 242, 255)
OVERCAST: Colour = (250, 253, 255)
SHOTS = (
    Shot(
        "HYD_0412.JPG",
        "火灾现场方位:由西南向东北拍摄",
        "orientation",
        _street,
        0,
        (1, 30),
        (4, 1),
        1600,
        24,
        DAWN,
    ),
    Shot(
        "IMG_0931.jpg",
        "火灾现场方位:由东南向西北拍摄",
        "orientation",
        _approach,
        7,
        (1, 120),
        (18, 10),
        200,
        5,
        OVERCAST,
        "phone",
    ),
    Shot(
        "HYD_0413.JPG",
        "仓库南立面概貌:门窗上方烟熏痕迹",
        "overview",
        _front,
        11,
        (1, 125),
        (56, 10),
        400,
        24,
        OVERCAST,
    ),
    Shot(
        "HYD_0415.JPG",
        "仓库内部概貌:屋架塌落情况",
        "overview",
        _trusses,
        19,
        (1, 60),
        (56, 10),
        800,
        18,
        OVERCAST,
    ),
    Shot(
        "HYD_0418.JPG",
        "仓库北墙概貌:V形烟熏痕迹(4号标牌)",
        "overview",
        _v_pattern,
        26,
        (1, 60),
        (56, 10),
        1600,
        24,
    ),
    Shot(
        "配电箱东侧.jpg",
        "重点部位:东墙配电箱烧损情况(1号标牌)",
        "key_part",
        _switch_box,
        33,
        (1, 60),
        (63, 10),
        800,
        35,
    ),
    Shot(
        "HYD_0421.JPG",
        "重点部位:货架通道炭化情况(2号标牌)",
        "key_part",
        _racks,
        38,
        (1, 60),
        (56, 10),
        1600,
        28,
        upright=True,
    ),
    Shot("HYD_0424.JPG", "细目:木质立柱龟裂状炭化痕迹", "detail", _char_close, 44, (1, 100), (80, 10), 800, 60),
    Shot(
        "HYD_0427.JPG",
        "细目:地面不规则燃烧痕迹(3号标牌)",
        "detail",
        _floor_burn,
        52,
        (1, 60),
        (80, 10),
        1600,
        35,
    ),
    Shot(
        "mmexport{ms}.jpg",
        "细目:墙面插座熔融情况",
        "detail",
        _socket,
        57,
        (1, 60),
        (80, 10),
        800,
        60,
        device="none",
    ),
    Shot(
        "HYD_0430.JPG",
        "细目:提取物证包装(炭化残留物)",
        "detail",
        _sample_bag,
        71,
        (1, 60),
        (80, 10),
        800,
        50,
        (252, 252, 250),
    ),
    Shot(
        "HYD_0433.JPG",
        "细目:铜导线短路熔珠",
        "detail",
        _bead,
        94,
        (1, 125),
        (110, 10),
        200,
        105,
        (252, 252, 252),
        gps=False,
    ),
)


def demo_photographs(fire_at: datetime, *, width: int = 1600) -> Iterator[DemoPhotograph]:
    """The twelve photographs, in the order taken. The same fire_at and width give the same bytes."""
    first = _first_light(fire_at)
    for shot in SHOTS:
        rng = random.Random(f"{shot.file_name}/{shot.title}")  # noqa: S311 - paint, not secrets
        taken = first + timedelta(minutes=shot.minute, seconds=rng.randrange(60))
        name = shot.file_name.format(ms=round((taken + timedelta(hours=3)).timestamp() * 1000))
        yield DemoPhotograph(name, _file(shot, taken, rng, width), shot.title, shot.category)


def _first_light(fire_at: datetime) -> datetime:
    """The first 06:40 in Beijing at least three hours after the fire; a time without zone is Beijing's."""
    local = fire_at.replace(tzinfo=BEIJING) if fire_at.tzinfo is None else fire_at.astimezone(BEIJING)
    morning = local.replace(hour=6, minute=40, second=0, microsecond=0)
    return morning if morning - local >= timedelta(hours=3) else morning + timedelta(days=1)


def _file(shot: Shot, taken: datetime, rng: random.Random, width: int) -> bytes:
    size = (width * 3 // 4, width) if shot.upright else (width, width * 3 // 4)
    canvas = (round(size[0] * OVERSAMPLE), round(size[1] * OVERSAMPLE))
    picture = shot.paint(rng, canvas)
    picture = _develop(rng, picture, size, gain=shot.gain, grain=5 + 4 * (shot.iso / 1600))
    if shot.upright:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    if shot.device == "none":  # what a chat application leaves: smaller, softer, bare
        picture.resize((width * 4 // 5, width * 3 // 5), Image.Resampling.LANCZOS).save(out, "JPEG", quality=84)
    else:
        picture.save(out, "JPEG", quality=88, exif=_exif(shot, taken, rng, picture.size))
    return out.getvalue()


def _exif(shot: Shot, taken: datetime, rng: random.Random, size: Size) -> Image.Exif:
    """What the device writes. The telephone's clock runs a day behind; its satellites' time is right."""
    phone = shot.device == "phone"
    clock = (taken - timedelta(days=1) if phone else taken).strftime("%Y:%m:%d %H:%M:%S")
    base, sub = ExifTags.Base, ExifTags.IFD.Exif
    exif = Image.Exif()
    exif[base.Make], exif[base.Model] = ("SHANHAI", "SH-12") if phone else ("HUIYAN", "HY-D5")
    exif[base.Orientation] = 6 if shot.upright else 1
    exif[base.XResolution] = exif[base.YResolution] = IFDRational(72, 1)
    exif[base.ResolutionUnit] = 2
    exif[base.DateTime] = clock
    exif.get_ifd(sub).update(
        {
            base.ExposureTime: IFDRational(*shot.exposure),
            base.FNumber: IFDRational(*shot.f_number),
            base.ISOSpeedRatings: shot.iso,
            base.ExifVersion: b"0231",
            base.DateTimeOriginal: clock,
            base.DateTimeDigitized: clock,
            base.OffsetTime: "+08:00",
            base.OffsetTimeOriginal: "+08:00",
            base.Flash: 9 if shot.gain == Shot.gain else 16,
            base.FocalLength: IFDRational(shot.focal, 1),
            base.ColorSpace: 1,
            base.ExifImageWidth: size[0],
            base.ExifImageHeight: size[1],
        }
    )
    if not phone:
        exif.get_ifd(sub)[base.BodySerialNumber] = "HY5A-2206173"
    if shot.gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(taken.astimezone(UTC), rng))
    return exif


def _gps(at: datetime, rng: random.Random) -> dict[int, object]:
    """A fix within some metres of the warehouse in Wenfeng district, and the satellites' UTC."""
    tag = ExifTags.GPS
    return {
        tag.GPSVersionID: b"\x02\x03\x00\x00",
        tag.GPSLatitudeRef: "N",
        tag.GPSLatitude: _degrees(36.1004 + rng.gauss(0, 0.00012)),
        tag.GPSLongitudeRef: "E",
        tag.GPSLongitude: _degrees(114.3512 + rng.gauss(0, 0.00015)),
        tag.GPSTimeStamp: tuple(IFDRational(v, 1) for v in (at.hour, at.minute, at.second)),
        tag.GPSMapDatum: "WGS-84",
        tag.GPSDateStamp: at.strftime("%Y:%m:%d"),
    }


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    minutes = (value % 1) * 60
    return (
        IFDRational(int(value), 1),
        IFDRational(int(minutes), 1),
        IFDRational(round((minutes % 1) * 6000), 100),
    )
