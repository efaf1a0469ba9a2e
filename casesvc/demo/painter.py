"""A small painter: fractal noise, soft masks, the surfaces of a burnt building, and developing to a photograph."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Size = tuple[int, int]
Point = tuple[float, float]
Picture = Image.Image

FINEST = 2.0  # pixels: detail smaller than this is lost in the grain
SOOT: Colour = (21, 19, 18)


def noise(rng: Random, size: Size, cell: float, octaves: int = 4, stretch: float = 1.0) -> Picture:
    """Fractal noise round mid grey, `cell` pixels coarse. Not Image.effect_noise: that one cannot be seeded."""
    out = Image.new("L", (2, 2), 128)
    total = 0.0
    for octave in range(octaves):  # each octave only as large as it must be: the full size comes once, at the end
        step = cell / 2**octave
        if octave and step < FINEST:
            break
        small = (max(2, round(size[0] / step)), max(2, round(size[1] / (step * stretch))))
        layer = Image.frombytes("L", small, rng.randbytes(small[0] * small[1]))
        total += 0.6**octave
        out = Image.blend(out.resize(small, Image.Resampling.BICUBIC), layer, 0.6**octave / total)
    return out.resize(size, Image.Resampling.BICUBIC if octaves < 3 else Image.Resampling.BILINEAR)


def level(image: Picture, low: float, high: float, dark: float = 0, light: float = 255) -> Picture:
    """Stretch low..high to dark..light, clipping outside."""
    span = (light - dark) / (high - low)
    table = [round(min(max(dark + (min(max(v, low), high) - low) * span, 0), 255)) for v in range(256)]
    return image.point(table * len(image.getbands()))


def tone(grey: Picture, dark: Colour, mid: Colour, light: Colour) -> Picture:
    return ImageOps.colorize(grey, dark, light, mid, blackpoint=50, whitepoint=205)


def blur(image: Picture, radius: float) -> Picture:
    shrink = int(radius / 2.5)
    if shrink < 2 or min(image.size) < 8 * shrink:
        return image.filter(ImageFilter.GaussianBlur(radius))
    # A wide blur has no fine detail to keep: done small, in a fraction of the time.
    soft = image.reduce(shrink).filter(ImageFilter.GaussianBlur(radius / shrink))
    return soft.resize(image.size, Image.Resampling.BILINEAR)


def points(text: str) -> list[Point]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def mask(size: Size, *shapes: str | Sequence[Point], soft: float = 0) -> Picture:
    """White polygons on black, their corners in hundredths of the size."""
    out = Image.new("L", size)
    for shape in shapes:
        corners = points(shape) if isinstance(shape, str) else shape
        ImageDraw.Draw(out).polygon([(x * size[0] / 100, y * size[1] / 100) for x, y in corners], fill=255)
    return blur(out, soft) if soft else out


def gradient(size: Size, top: float, bottom: float) -> Picture:
    return level(Image.linear_gradient("L"), 0, 255, top, bottom).resize(size)


def ragged(rng: Random, soft: Picture, cell: float, edge: float = 26) -> Picture:
    """Break a soft mask's outline up with noise, as smoke and flame do."""
    return level(Image.blend(soft, noise(rng, soft.size, cell, 5), 0.42), 118 - edge, 118 + edge)


def stain(image: Picture, where: Picture, colour: Colour = SOOT, strength: float = 1.0) -> None:
    image.paste(colour, (0, 0), level(where, 0, 255, 0, 255 * strength) if strength < 1 else where)


def smoke(rng: Random, image: Picture, soft: Picture, cell: float, edge: float = 70, strength: float = 0.95) -> None:
    stain(image, ragged(rng, soft, cell, edge), SOOT, strength)


def blotch(rng: Random, image: Picture, cell: float, span: Point, colour: Colour, strength: float) -> None:
    """Irregular spots, where noise of this coarseness lies above `span`."""
    image.paste(colour, (0, 0), level(noise(rng, image.size, cell, 6), *span, 0, 255 * strength))


def cast(thing: Picture, soft: float, reach: float) -> Picture:
    """The shadow of a mask, to the lower right."""
    out = Image.new("L", thing.size)
    out.paste(blur(thing, soft), (round(reach * 0.75), round(reach)))
    return out


def relief(base: Picture, height: Picture, depth: float, shift: int = 2) -> Picture:
    """Light a surface from the upper left by the slope of its height map."""
    slope = ImageChops.subtract(height, ImageChops.offset(height, -shift, -shift), 1 / depth, 128)
    return ImageChops.overlay(base, slope.convert("RGB"))


def rough(rng: Random, base: Picture, cell: float, depth: float, octaves: int = 4) -> Picture:
    return relief(base, noise(rng, base.size, cell, octaves), depth)


def warp(rng: Random, image: Picture, cell: float, amount: float, sag: float = 0) -> Picture:
    """Push an image about on a mesh, so that nothing stays ruled straight; sag draws the middle down."""
    w, h = image.size
    columns, rows = max(2, round(w / cell)), max(2, round(h / cell))

    def moved(i: int, j: int) -> Point:
        droop = sag * math.sin(math.pi * i / columns) ** 2 * j / rows
        return w * i / columns + rng.gauss(0, amount), h * j / rows + rng.gauss(0, amount) - droop

    knots = [[moved(i, j) for j in range(rows + 1)] for i in range(columns + 1)]
    mesh = []
    for i in range(columns):
        for j in range(rows):
            box = (w * i // columns, h * j // rows, w * (i + 1) // columns, h * (j + 1) // rows)
            mesh.append((box, (*knots[i][j], *knots[i][j + 1], *knots[i + 1][j + 1], *knots[i + 1][j])))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


# --- surfaces; `metre` is the pixels a metre takes -----------------------------------------------------------


def plaster(rng: Random, size: Size, metre: float, colour: Colour = (206, 200, 186)) -> Picture:
    """Old wall plaster: blotches, rain streaks, trowel marks."""
    r, g, b = colour
    wall = tone(noise(rng, size, metre * 0.9, 6), (r - 62, g - 64, b - 66), (r - 14, g - 15, b - 16), colour)
    stain(wall, level(noise(rng, size, metre * 0.07, 2, stretch=22), 130, 220, 0, 95), (104, 98, 88))
    return rough(rng, wall, metre * 0.05, 0.35, 3)


def bricks(rng: Random, size: Size, metre: float) -> Picture:
    course, length = metre * 0.075, metre * 0.25
    wall = tone(noise(rng, size, metre * 0.3, 5), (96, 88, 80), (128, 120, 110), (150, 142, 132))
    draw = ImageDraw.Draw(wall)
    for row in range(math.ceil(size[1] / course)):
        for column in range(-1, math.ceil(size[0] / length) + 1):
            x, y, k = (column + row % 2 / 2) * length, row * course, rng.randint(-22, 18)
            box = (x, y, x + length * 0.95, y + course * 0.84)
            draw.rectangle(box, fill=(138 + k, 84 + k * 3 // 4, 64 + k // 2))
    return rough(rng, relief(wall, wall.convert("L"), 0.6), metre * 0.04, 0.7)


def concrete(rng: Random, size: Size, metre: float, ash: float = 0.6) -> Picture:
    """Floor with ash, soot water and grit."""
    floor = tone(noise(rng, size, metre * 1.3, 7), (58, 55, 51), (116, 111, 103), (160, 154, 144))
    blotch(rng, floor, metre * 0.8, (118, 170), (38, 35, 32), ash)
    grit, patches = noise(rng, size, metre * 0.025, 3), noise(rng, size, metre * 0.6, 4)
    stain(floor, level(ImageChops.multiply(grit, patches), 92, 120), (24, 22, 20), 0.7)
    stain(floor, level(ImageChops.multiply(ImageChops.invert(grit), patches), 98, 126), (168, 162, 154), 0.5)
    return rough(rng, floor, metre * 0.06, 0.6)


def char(rng: Random, size: Size, cell: float, ratio: float = 1.6) -> Picture:
    """Alligator char: cushions of charcoal parted by shrinkage cracks, duller and whiter where it ashed."""
    height = Image.new("L", size, 20)
    draw = ImageDraw.Draw(height)
    columns, rows = math.ceil(size[0] / cell / ratio) + 2, math.ceil(size[1] / cell) + 2
    shift = [rng.uniform(0, 0.75) for _ in range(rows + 1)]

    def knot(i: int, j: int) -> Point:
        x = i - 0.8 + shift[j] + rng.uniform(-0.3, 0.3)
        return x * cell * ratio, (j - 0.6 + rng.uniform(-0.26, 0.26)) * cell

    knots = [[knot(i, j) for j in range(rows + 1)] for i in range(columns + 1)]
    for i in range(columns):
        for j in range(rows):
            ring = [knots[i][j], knots[i + 1][j], knots[i + 1][j + 1], knots[i][j + 1]]
            cx, cy = sum(x for x, _ in ring) / 4, sum(y for _, y in ring) / 4
            gap = rng.uniform(0.84, 0.96)
            draw.polygon([(cx + (x - cx) * gap, cy + (y - cy) * gap) for x, y in ring], fill=rng.randint(120, 215))
    height = warp(rng, height, cell * 0.55, cell * 0.085)
    soft = ImageChops.multiply(blur(height, cell * 0.13), level(blur(height, cell * 0.03), 0, 150, 40, 255))
    height = Image.blend(soft, ImageChops.multiply(soft, noise(rng, size, cell * 0.35, 4, stretch=0.3)), 0.45)
    base = tone(level(height, 10, 190, 50, 205), (6, 6, 6), (40, 39, 39), (96, 94, 93))
    blotch(rng, base, cell * 3, (142, 200), (150, 146, 140), 0.42)
    return relief(base, height, 1.5, max(1, round(cell / 26)))


def burnt_steel(rng: Random, size: Size, metre: float) -> Picture:
    """Sheet steel after a fire: blued, scaled and rusting from the water."""
    sheet = tone(noise(rng, size, metre * 0.2, 6), (38, 36, 38), (96, 88, 84), (140, 128, 118))
    blotch(rng, sheet, metre * 0.25, (116, 168), (104, 68, 48), 0.66)
    blotch(rng, sheet, metre * 0.12, (138, 170), SOOT, 0.8)
    return rough(rng, sheet, metre * 0.08, 0.8, 5)


# --- light ---------------------------------------------------------------------------------------------------


def flash_spot(image: Picture, x: float, y: float, dark: int) -> Picture:
    """Close-up light: bright at x, y (fractions of the picture), `dark` in the far corner."""
    w, h = image.size
    half = round(1.05 * max(w, h))
    ball = level(Image.radial_gradient("L"), 0, 200, 255, dark).resize((2 * half, 2 * half))
    left, top = half - round(x * w), half - round(y * h)
    return ImageChops.multiply(image, ball.crop((left, top, left + w, top + h)).convert("RGB"))


def _expose(image: Picture) -> Picture:
    """The meter: the brightest part goes nearly to white, the shadows are lifted to where detail shows."""
    values = sorted(image.resize((100, 75)).convert("L").tobytes())
    gain = min(2.3, 222 / max(values[int(len(values) * 0.985)], 1))
    shadow = min(max(values[int(len(values) * 0.4)] * gain, 4), 250) / 255
    gamma = min(max(math.log(0.30) / math.log(shadow), 0.66), 1.0)
    return image.point([round(255 * min(1.0, v * gain / 255) ** gamma) for v in range(256)] * 3)


def develop(rng: Random, image: Picture, gain: Colour, grain: float) -> Picture:
    """From canvas to photograph: exposure, bloom, fall-off to the corners, white balance, grain."""
    size, image = image.size, _expose(image)
    bloom = level(blur(image.reduce(4), size[0] / 130), 120, 255, 0, 90).resize(size, Image.Resampling.BILINEAR)
    image = ImageChops.screen(image, bloom)
    corners = level(Image.radial_gradient("L"), 90, 255, 255, 128).resize(size)
    image = ImageChops.multiply(image, corners.convert("RGB"))
    image = image.point([round(6 + v * channel / 255 * 0.97) for channel in gain for v in range(256)])
    half = (size[0] // 2, size[1] // 2)
    tint = Image.frombytes("RGB", half, rng.randbytes(3 * half[0] * half[1])).resize(size, Image.Resampling.BILINEAR)
    speck = Image.blend(noise(rng, size, 1.3, 1).convert("RGB"), tint, 0.35)
    return ImageChops.add(image, level(speck, 0, 255, 128 - grain * 2.2, 128 + grain * 2.2), 1, -128)
