"""The close-ups: charred timber, the burn on the floor, the socket, the sealed sample, the copper bead."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from casesvc.demo import painter as paint
from casesvc.demo.painter import Colour, Picture, Point, Size
from casesvc.demo.perspective import Scene, flat, upright
from casesvc.demo.props import burnt_wall, lay, marker, scale_bar

COPPER: tuple[Colour, ...] = (
    (46, 24, 16), (92, 50, 32), (138, 80, 52), (172, 108, 74), (204, 144, 108), (236, 196, 168)
)  # fmt: skip
BLACKENED: tuple[Colour, ...] = ((14, 12, 12), (26, 23, 22), (42, 38, 36), (62, 57, 54), (88, 82, 78))


def char_close(rng: Random, size: Size) -> Picture:
    """A timber upright with alligator char, deepest on the right, with a scale."""
    image = paint.concrete(rng, size, size[0] / 2.2, 0.95)
    beam = paint.char(rng, (round(size[0] * 1.1), round(size[1] * 0.62)), size[0] / 24)
    deep = paint.char(rng, beam.size, size[0] / 14)
    side = Image.linear_gradient("L").rotate(90).resize(beam.size)
    beam.paste(deep, (0, 0), paint.ragged(rng, side, size[0] / 10, 5))
    rounding = ImageChops.multiply(paint.gradient(beam.size, 120, 330), paint.gradient(beam.size, 300, 70))
    lay(image, ImageChops.multiply(beam, rounding.convert("RGB")), size[0] * 0.5, size[1] * 0.42, 3)
    lay(image, scale_bar(rng, size[0] / 13.5, 10), size[0] * 0.52, size[1] * 0.87, 1.6)
    return paint.flash_spot(image, 0.45, 0.4, 70)


def floor_burn(rng: Random, size: Size) -> Picture:
    """An irregular burn on the swept floor, spalled pale inside a dark rim, with card 3."""
    scene = Scene(rng, size, (0.1, 1.55, -1.5), (0.0, 0.0, 0.55), 0.86, 0.08, 2.5, roll=0.01)
    px = size[0]
    floor = paint.concrete(rng, (px, px), px / 3.4, 0.4)
    blob = []
    for a in (math.tau * k / 60 for k in range(60)):
        x = 50 + (18.7 + 6.6 * math.sin(2 * a + 1.2) + 5 * math.sin(5 * a + 1)) * math.cos(a)
        blob.append((x, 53 + (19 + 7 * math.sin(3 * a + 0.6)) * math.sin(a)))
    wide = paint.mask(floor.size, blob, soft=px * 0.055)
    paint.stain(floor, paint.ragged(rng, wide, px * 0.16, 90), (44, 36, 30), 0.85)
    paint.stain(floor, paint.ragged(rng, paint.level(wide, 40, 255), px * 0.12, 24), (16, 14, 13), 0.95)
    spalled = paint.rough(rng, paint.plaster(rng, floor.size, px / 4, (186, 172, 154)), px * 0.03, 2.2)
    floor.paste(
        spalled, (0, 0), paint.level(paint.ragged(rng, paint.level(wide, 110, 255), px * 0.12, 20), 0, 255, 0, 190)
    )
    for y in (0.06, 0.94):  # joints
        ImageDraw.Draw(floor).line([(0, y * px), (px, y * px)], fill=(30, 28, 27), width=max(1, px // 240))
    scene.quad(flat(-2.5, 2.5, -0.8, 2.6), floor)
    scene.quad(upright(-3, 3, 0, 1.2, 2.6), burnt_wall(rng, (px, px // 4), px / 6, 120, 235))
    spots = [(rng.gauss(0, 1.2), 0.0, rng.choice((rng.gauss(2.4, 0.25), rng.uniform(-0.7, 2.4)))) for _ in range(420)]
    scene.rubble(spots, 0.018, ((40, 38, 36), (74, 70, 66), (132, 126, 118), (28, 27, 26)))
    y = 0.004
    scene.quad(((-0.75, y, -0.16), (-0.12, y, -0.22), (-0.125, y, -0.285), (-0.755, y, -0.225)), scale_bar(rng, 24, 30))
    marker(scene, (0.62, 0.0, 0.25), "3", 0.13)
    return scene.image


def socket(rng: Random, size: Size) -> Picture:
    """A five-hole wall socket, sagged and blistered, burnt through at the lower right."""
    w, h = size
    wall = paint.plaster(rng, size, w * 0.5, (196, 188, 172))
    paint.smoke(rng, wall, paint.mask(size, "36,75 26,-10 98,-10 74,80", soft=w * 0.06), w * 0.16)
    side = round(w * 0.44)
    plate = _socket_plate(side)
    shape = Image.new("L", plate.size)
    ImageDraw.Draw(shape).rounded_rectangle((side * 0.01, side * 0.01, side * 0.99, side * 0.92), side * 0.06, fill=255)
    plate.putalpha(shape)
    plate = paint.warp(rng, plate, side / 5, side * 0.012, side * 0.06)
    shape, plate = plate.getchannel("A"), plate.convert("RGB")
    scorch = paint.mask(plate.size, "25,110 42,58 60,42 110,30 110,110", soft=side * 0.09)
    paint.stain(plate, paint.ragged(rng, scorch, side * 0.3, 90), (120, 84, 44), 0.8)
    paint.stain(plate, paint.ragged(rng, paint.level(scorch, 60, 255), side * 0.24, 46), (24, 20, 18), 0.97)
    bubbles = Image.new("L", plate.size, 128)
    bubbles.paste(paint.noise(rng, plate.size, side * 0.09, 3), (0, 0), paint.level(scorch, 20, 180))
    plate = paint.relief(paint.relief(plate, paint.blur(shape, side * 0.012), 0.9, 4), paint.blur(bubbles, 2), 2.2, 3)
    hole = paint.mask(plate.size, "56,72 74,58 95,74 86,100 62,100", soft=side * 0.05)
    pit = paint.tone(paint.noise(rng, plate.size, side * 0.12, 6), (5, 5, 5), (22, 20, 19), (74, 70, 66))
    plate.paste(paint.rough(rng, pit, side * 0.05, 2.0), (0, 0), paint.ragged(rng, hole, side * 0.2, 10))
    lay(wall, plate, w * 0.5, h * 0.46, 1.8, shape)
    lay(wall, scale_bar(rng, w / 19, 8), w * 0.48, h * 0.90, 0.8)
    return paint.flash_spot(wall, 0.42, 0.42, 84)


def _socket_plate(side: int) -> Picture:
    u, dark = side / 100, (16, 14, 13)
    plate = Image.new("RGB", (side, side), (226, 220, 204))
    draw = ImageDraw.Draw(plate)

    def frame(left: int, top: int, fill: Colour, line: Colour) -> None:
        box = (left * u, top * u, side - left * u, side - top * u)
        draw.rounded_rectangle(box, 6 * u, fill=fill, outline=line, width=round(1.6 * u))

    frame(4, 4, (226, 220, 204), (196, 188, 170))
    frame(20, 16, (218, 210, 192), (178, 170, 152))
    for x, lean in ((38, 4), (62, -4)):
        draw.rectangle(((x - 1.6) * u, 28 * u, (x + 1.6) * u, 40 * u), fill=dark)
        draw.line([((x + lean) * u, 60 * u), ((x - lean) * u, 70 * u)], fill=dark, width=round(3.4 * u))
    draw.rectangle((48.4 * u, 50 * u, 51.6 * u, 60 * u), fill=dark)
    return plate


def sample_bag(rng: Random, size: Size) -> Picture:
    """Debris sealed in a clear bag, labelled in pen, on the tailgate mat."""
    w, h = size
    image = paint.tone(paint.noise(rng, size, w * 0.2, 6), (40, 46, 56), (62, 70, 84), (84, 92, 106))
    image = paint.rough(rng, image, w * 0.006, 1.0, 2)
    bag_size = bw, bh = round(w * 0.52), round(h * 0.86)
    bag = paint.tone(paint.noise(rng, bag_size, bw * 0.4, 5), (108, 114, 122), (142, 148, 154), (178, 182, 186))
    heap = paint.mask(bag_size, "7,56 30,50 60,54 93,49 95,95 6,95", soft=bw * 0.03)
    bag.paste(_debris(rng, bag_size), (0, 0), paint.level(paint.ragged(rng, heap, bw * 0.1, 24), 0, 255, 0, 238))
    bag.paste(_label(rng, round(bw * 0.66), round(bh * 0.32)), (round(bw * 0.17), round(bh * 0.13)))
    folds = paint.noise(rng, bag_size, bw * 0.16, 3)
    bag = paint.relief(bag, folds, 2.0, 4)
    paint.stain(bag, paint.level(folds, 165, 200), (232, 236, 240), 0.5)
    for y, colour in ((0.045, (190, 40, 38)), (0.065, (206, 212, 220)), (0.075, (120, 128, 138))):
        ImageDraw.Draw(bag).rectangle((0, bh * y, bw, bh * (y + 0.012)), fill=colour)
    shape = Image.new("L", bag_size)
    ImageDraw.Draw(shape).rounded_rectangle((bw * 0.01, bh * 0.01, bw * 0.99, bh * 0.985), bw * 0.03, fill=255)
    lay(image, bag, w * 0.47, h * 0.5, -4, paint.warp(rng, shape, bw / 6, bw * 0.006))
    lay(image, scale_bar(rng, h / 13, 10), w * 0.86, h * 0.52, 88)
    return paint.flash_spot(image, 0.42, 0.36, 96)


def _debris(rng: Random, size: Size) -> Picture:
    scene = Scene(rng, size, (0.0, 1.0, -0.02), (0.0, 0.0, 0.0), 1.0, 0.95)
    scene.image.paste(paint.concrete(rng, size, size[0] * 0.4, 1.0))
    spots = [(rng.uniform(-0.45, 0.45), 0.0, rng.uniform(-0.75, 0.05)) for _ in range(850)]
    tones = ((42, 40, 38), (66, 62, 58), (28, 27, 26), (118, 92, 74), (140, 134, 126), (92, 60, 44))
    scene.rubble(spots, 0.024, tones)
    return scene.image


def _label(rng: Random, wide: int, high: int) -> Picture:
    """A ruled sample label: header, bar code, and pen strokes where the officer wrote."""
    label, row = Image.new("RGB", (wide, high), (240, 238, 230)), high / 6
    draw, fine = ImageDraw.Draw(label), max(1, round(row / 30))
    draw.rectangle((0, 0, wide, row), fill=(178, 36, 34))
    for i in range(1, 6):
        y, end = row * (i + 0.92), wide - row * (0.5 if i < 4 else 4)
        draw.line([(row, y), (end, y)], fill=(120, 120, 124), width=fine)
        draw.rectangle((row * 0.4, y - row * 0.5, row * 1.6, y - row * 0.24), fill=(84, 84, 90))
        for k in range(rng.randint(4, 9)):
            x = row * (2 + 0.52 * k)
            stroke = [(x + rng.uniform(0, 0.42) * row, y - rng.uniform(0.08, 0.6) * row) for _ in range(5)]
            draw.line(stroke, fill=(26, 34, 92), width=fine * 2, joint="curve")
    x = wide - row * 3.4
    while x < wide - row * 0.5:
        thick = rng.choice((1, 1, 2, 3)) * row / 26
        draw.rectangle((x, high - row * 1.7, x + thick, high - row * 0.4), fill=(20, 20, 22))
        x += thick + rng.choice((1, 2, 3)) * row / 26
    return label


def bead(rng: Random, size: Size) -> Picture:
    """Two conductors on white, one ending in the smooth round bead a short circuit leaves."""
    w, h = size
    paper = paint.tone(paint.noise(rng, size, w * 0.3, 6), (206, 206, 204), (230, 230, 228), (240, 240, 238))
    paper = paint.rough(rng, paper, 5, 0.12, 2)
    wires, end = _wires(paper)
    where = paint.level(ImageChops.difference(wires, paper).convert("L"), 26, 60)
    dirt = paint.tone(paint.noise(rng, size, w * 0.02, 5), (90, 84, 84), (190, 184, 180), (255, 255, 255))
    wires = paint.rough(rng, ImageChops.multiply(wires, dirt), w * 0.008, 0.9, 3)
    paint.stain(paper, paint.cast(where, w * 0.008, w * 0.012), (60, 60, 66), 0.62)
    for _ in range(260):  # soot that came off the insulation
        at, r = (rng.gauss(w * 0.22, w * 0.2), rng.gauss(h * 0.48, h * 0.12)), rng.uniform(0.5, 3.2) * w / 2000
        ImageDraw.Draw(paper).circle(at, r, fill=(50, 48, 48))
    paper.paste(wires, (0, 0), where)
    glint, r = Image.new("L", size), w * 0.0065
    ImageDraw.Draw(glint).circle((end[0] - r * 1.25, end[1] - r * 1.5), r, fill=255)
    paint.stain(paper, paint.blur(glint, w * 0.0018), (255, 248, 236), 0.95)
    scale = scale_bar(rng, w / 8.4, 8)
    lay(paper, scale, w * 0.5, h - scale.height * 0.62, -0.5)
    return paint.flash_spot(paper, 0.48, 0.42, 150)


def _wires(paper: Picture) -> tuple[Picture, Point]:
    """The two conductors drawn on this paper, and where the bead sits."""
    w, h = paper.size
    image, steps = paper.copy(), [k / 40 for k in range(41)]
    draw = ImageDraw.Draw(image)
    upper = [
        (w * (0.62 * t - 0.03), h * (0.33 + 0.09 * math.sin(4.4 * t) + 0.02 * math.sin(11 * t) * t)) for t in steps
    ]
    lower = [(w * (0.71 * t - 0.03), h * (0.58 - 0.06 * math.sin(4 * t) + 0.015 * math.sin(13 * t) * t)) for t in steps]
    for path, sheathed in ((upper, 17), (lower, 13)):
        _strand(draw, path, w * 0.026, COPPER)
        _strand(draw, path[:sheathed], w * 0.044, BLACKENED)
    (x, y), r = upper[-1], w * 0.0205
    for k in range(24):
        t = k / 24
        draw.circle((x - r * 0.36 * t, y - r * 0.42 * t), r * (1 - t), fill=COPPER[int(t * 5)])
    (ex, ey), u = lower[-1], w / 100
    draw.polygon(
        ((ex, ey - 1.4 * u), (ex + 5 * u, ey - 0.4 * u), (ex + 3 * u, ey + 1.2 * u), (ex, ey + 1.6 * u)), COPPER[1]
    )
    return paint.blur(image, w * 0.0012), upper[-1]


def _strand(draw: ImageDraw.ImageDraw, path: list[Point], width: float, shades: tuple[Colour, ...]) -> None:
    """A wire seen from above: strokes from its dark edge to the highlight."""
    for k, shade in enumerate(shades):
        share, lift = 1 - k / len(shades), width * 0.22 * k / len(shades)
        moved = [(x - lift * 0.6, y - lift) for x, y in path]
        draw.line(moved, fill=shade, width=max(1, round(width * share)), joint="curve")
        for end in (moved[0], moved[-1]):
            draw.circle(end, width * share / 2, fill=shade)
