"""A canvas with a camera before it: things placed in metres, lit by daylight or by a flash at the camera."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw

from casesvc.demo.painter import SOOT, Colour, Picture, Point, Size, blur, cast, level, noise, relief, stain, tone

Vec = tuple[float, float, float]  # x right, y up, z away
Quad = tuple[Vec, Vec, Vec, Vec]  # top left, top right, bottom right, bottom left


def add(a: Vec, b: Vec, k: float = 1.0) -> Vec:
    return (a[0] + b[0] * k, a[1] + b[1] * k, a[2] + b[2] * k)


def dot(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a: Vec) -> Vec:
    length = math.sqrt(dot(a, a)) or 1.0
    return (a[0] / length, a[1] / length, a[2] / length)


def between(a: Vec, b: Vec, t: float) -> Vec:
    return add(a, add(b, a, -1), t)


def upright(x0: float, x1: float, y0: float, y1: float, z: float) -> Quad:
    """A rectangle facing the camera."""
    return ((x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z))


def flat(x0: float, x1: float, near: float, far: float, y: float = 0.0) -> Quad:
    """A rectangle of floor."""
    return ((x0, y, far), (x1, y, far), (x1, y, near), (x0, y, near))


@dataclass
class Scene:
    """Later things are painted over earlier ones."""

    rng: Random
    size: Size
    eye: Vec
    target: Vec
    focal: float = 0.9  # in picture widths
    daylight: float = 0.1
    flash: float = 0.0  # full exposure reached at this distance, in metres
    haze: tuple[Colour, float] | None = None  # smoke or morning air, and the distance that hides 63 %
    roll: float = 0.0

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", self.size)
        self.draw = ImageDraw.Draw(self.image)
        self.forward = unit(add(self.target, self.eye, -1))
        across = unit(cross((0.0, 1.0, 0.0), self.forward))
        self.right = unit(add(across, cross(self.forward, across), math.tan(self.roll)))
        self.up = cross(self.forward, self.right)

    def at(self, point: Vec) -> Point:
        ray = add(point, self.eye, -1)
        scale = self.pixels(point)
        return self.size[0] / 2 + dot(ray, self.right) * scale, self.size[1] / 2 - dot(ray, self.up) * scale

    def pixels(self, point: Vec) -> float:
        """The pixels a metre takes there."""
        return self.focal * self.size[0] / max(dot(add(point, self.eye, -1), self.forward), 0.05)

    def light(self, point: Vec, normal: Vec) -> float:
        """Daylight favours what faces the sky; the flash falls off with the square of the distance."""
        ray = add(point, self.eye, -1)
        distance = max(math.sqrt(dot(ray, ray)), 0.01)
        day = self.daylight * (0.72 + 0.28 * abs(normal[1]) + 0.12 * normal[0])
        off_axis = max(dot(ray, self.forward) / distance, 0.0) ** 5
        facing = 0.25 + 0.75 * abs(dot(ray, normal)) / distance
        return day + (self.flash / max(distance, 0.3)) ** 2 * facing * off_axis

    def hidden(self, point: Vec) -> float:
        ray = add(point, self.eye, -1)
        return 1 - math.exp(-math.sqrt(dot(ray, ray)) / self.haze[1]) if self.haze else 0.0

    def colour(self, colour: Colour, point: Vec, normal: Vec) -> Colour:
        k, fog = min(1.15, self.light(point, normal)), self.hidden(point)
        veil = self.haze[0] if self.haze else SOOT
        r, g, b = (round(c * k * (1 - fog) + v * fog) for c, v in zip(colour, veil, strict=True))
        return (r, g, b)

    def project(self, corners: Quad, texture: Picture) -> tuple[Picture, tuple[int, int]] | None:
        """A texture as seen on a parallelogram, and where on the canvas that goes; None when out of the picture."""
        screen = [self.at(c) for c in corners]
        left, top = (max(0, math.floor(min(p[i] for p in screen))) for i in (0, 1))
        right, bottom = (min(self.size[i], math.ceil(max(p[i] for p in screen))) for i in (0, 1))
        if right <= left or bottom <= top:
            return None
        a, along, down = corners[0], add(corners[1], corners[0], -1), add(corners[3], corners[0], -1)
        origin, f = add(a, self.eye, -1), self.focal * self.size[0]
        # Where the ray through a pixel meets the plane: u, v and their divisor are linear in the ray.
        rows = []
        for n in (cross(down, origin), cross(origin, along), cross(along, down)):
            x, y = dot(n, self.right) / f, -dot(n, self.up) / f
            rows.append((x, y, dot(n, self.forward) + x * (left - self.size[0] / 2) + y * (top - self.size[1] / 2)))
        (u, v, whole), (w, h) = rows, texture.size
        how = [k * w / whole[2] for k in u] + [k * h / whole[2] for k in v] + [k / whole[2] for k in whole[:2]]
        seen = (right - left, bottom - top)
        return texture.transform(seen, Image.Transform.PERSPECTIVE, how, Image.Resampling.BILINEAR), (left, top)

    def quad(self, corners: Quad, texture: Picture, cut: Picture | None = None, shade: float = 1.0) -> None:
        """Put a texture on a parallelogram and light it; `cut` masks holes in it."""
        texture = self._lit(corners, texture, shade)
        texture.putalpha(cut.resize(texture.size) if cut else 255)
        if seen := self.project(corners, texture):
            self.image.paste(seen[0], seen[1], seen[0])

    def _lit(self, corners: Quad, texture: Picture, shade: float) -> Picture:
        a, along, down = corners[0], add(corners[1], corners[0], -1), add(corners[3], corners[0], -1)
        normal = unit(cross(along, down))
        n = 20 if max(texture.size) > 450 else 4
        grid = [add(add(a, along, (i + 0.5) / n), down, (j + 0.5) / n) for j in range(n) for i in range(n)]
        light = Image.frombytes("L", (n, n), bytes(min(255, round(255 * shade * self.light(p, normal))) for p in grid))
        lit = ImageChops.multiply(texture, light.resize(texture.size, Image.Resampling.BICUBIC).convert("RGB"))
        if self.haze:
            fog = Image.frombytes("L", (n, n), bytes(round(255 * self.hidden(p)) for p in grid))
            lit.paste(self.haze[0], (0, 0), fog.resize(texture.size))
        return lit

    def bar(self, a: Vec, b: Vec, width: float, colour: Colour, pieces: int = 6) -> None:
        """A straight round bar, in pieces so that light and thickness change along it."""
        self.tube([between(a, b, i / pieces) for i in range(pieces + 1)], width, colour)

    def tube(self, path: Sequence[Vec], width: float, colour: Colour) -> None:
        """Anything round along a path: three strokes, dark to light, each laid along the whole of it."""
        lit = [self.colour(colour, p, unit(add(p, self.eye, -1))) for p in path]
        seen = [(*self.at(p), self.pixels(p) * width) for p in path]
        for share, shade in ((1.0, 0.4), (0.68, 0.75), (0.28, 1.0)):
            for (r, g, b), ((x0, y0, thick), (x1, y1, _)) in zip(lit, pairwise(seen), strict=False):
                lift, wide = (thick * 0.1 if share < 1 else 0), thick * share
                fill = (round(r * shade), round(g * shade), round(b * shade))
                self.draw.line((x0 - lift, y0 - lift, x1 - lift, y1 - lift), fill=fill, width=max(1, round(wide)))
                if wide > 3 and len(path) > 8:  # round the joints of a bend
                    self.draw.circle((x1 - lift, y1 - lift), wide / 2, fill=fill)

    def box(self, low: Vec, high: Vec, texture: Picture, front: Picture | None = None) -> None:
        """The faces of an upright box that the camera can see; `front` masks what burnt off the near one."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        if self.eye[0] < x0 or self.eye[0] > x1:
            x = x0 if self.eye[0] < x0 else x1
            self.quad(((x, y1, z1), (x, y1, z0), (x, y0, z0), (x, y0, z1)), texture, shade=0.7)
        self.quad(upright(x0, x1, y0, y1, z0), texture, front)

    def shadow(self, outline: Sequence[Vec], strength: float = 0.75, soft: float = 0.006) -> None:
        where = Image.new("L", self.size)
        ImageDraw.Draw(where).polygon([self.at(p) for p in outline], fill=255)
        stain(self.image, blur(where, self.size[0] * soft), (8, 7, 6), strength)

    def rubble(self, spots: Sequence[Vec], radius: float, colours: Sequence[Colour]) -> None:
        """Debris: many small pieces, few large."""
        rng = self.rng
        with self.weathered():
            for spot in sorted(spots, key=lambda s: -dot(add(s, self.eye, -1), self.forward)):
                size = radius * min(1.7, 0.22 * rng.paretovariate(1.3))
                colour = rng.choice(colours)
                self._lump(spot, size, colour)
                for _ in range(3):
                    beside = add(spot, (rng.gauss(0, radius), 0, rng.gauss(0, radius)))
                    self._lump(beside, radius * rng.uniform(0.1, 0.3), colour, 1)

    def _lump(self, at: Vec, radius: float, colour: Colour, facets: int = 6) -> None:
        """A crooked pyramid of facets round a peak, drawn from the back; one facet makes a crumb."""
        rng, ray = self.rng, unit(add(at, self.eye, -1))
        (x, y), r, depth = self.at(at), radius * self.pixels(at), max(0.2, -ray[1])
        lit, turn = self.colour(colour, at, (0.6 * ray[0], 0.8, 0.6 * ray[2])), rng.uniform(0, 1)
        corners = max(5, facets)
        ring = []
        for i in range(corners + 1):
            angle, reach = math.tau * (i + turn) / corners, r * rng.uniform(0.7, 1.2)
            ring.append((x + reach * math.cos(angle), y + reach * depth * math.sin(angle) - r * rng.uniform(-0.1, 0.3)))
        if facets == 1:
            self.draw.polygon(ring, fill=lit)
            return
        ring[-1] = ring[0]
        peak = (x + r * rng.uniform(-0.3, 0.3), y - r * rng.uniform(0.3, 0.9) * (1.15 - depth))
        for i in sorted(range(facets), key=lambda i: ring[i][1] + ring[i + 1][1]):
            shade = 0.7 - 0.35 * math.cos(math.tau * (i + 0.5 + turn) / facets - 0.8) + rng.uniform(-0.12, 0.12)
            fill = (round(lit[0] * shade), round(lit[1] * shade), round(lit[2] * shade))
            self.draw.polygon((ring[i], ring[i + 1], peak), fill=fill)

    @contextmanager
    def weathered(self, shadow: float = 0.6) -> Iterator[None]:
        """Give what is drawn meanwhile a ragged edge, a gritty surface and a shadow to sit in."""
        before = self.image.copy()
        yield
        where = level(ImageChops.difference(self.image, before).convert("L"), 2, 5)
        if (box := where.getbbox()) is None:
            return
        rng, px = self.rng, self.size[0] / 1000
        drawn, where, under = self.image.crop(box), where.crop(box), before.crop(box)
        frayed = Image.blend(blur(where, px * 1.3), noise(rng, where.size, px * 7, 3), 0.36)
        dirt = tone(noise(rng, where.size, px * 26, 5), (120, 112, 106), (214, 210, 206), (255, 255, 255))
        drawn = relief(ImageChops.multiply(drawn, dirt), noise(rng, where.size, px * 14, 4), 1.5)
        stain(under, cast(where, px * 5, px * 4), (8, 8, 8), shadow)
        under.paste(drawn, (0, 0), level(frayed, 92, 132))
        self.image.paste(under, box[:2])
