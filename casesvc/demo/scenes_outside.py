"""The warehouse from outside: two orientation pictures and the burnt front."""

import math
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageOps

from casesvc.demo import painter as paint
from casesvc.demo.painter import SOOT, Colour, Picture, Size
from casesvc.demo.perspective import Quad, Scene, Vec, add, between, cross, unit, upright
from casesvc.demo.props import hose

LENGTH, HEIGHT = 24.0, 6.5  # metres of the front, which stands on z = 0 from x = 0


def street(rng: Random, size: Size) -> Picture:
    """Orientation, first light: the street, poles and wires, the warehouse, hose and address plate."""
    haze: tuple[Colour, float] = ((112, 124, 142), 75)
    scene = Scene(rng, size, (-9.0, 1.65, -15.0), (5.0, 2.7, 0.0), 0.78, 0.62, haze=haze, roll=0.012)
    _sky(scene, (84, 102, 132), (176, 172, 172), 0.56)
    _trees(scene, 0.585, 0.10, (70, 80, 92))
    _trees(scene, 0.60, 0.055, (48, 55, 62))
    _yard(scene, 0.66, size[0] // 26)
    scene.bar((-4.0, 0, -3.0), (-3.9, 8.4, -3.0), 0.26, (128, 126, 120), 10)
    scene.bar((-4.9, 7.8, -3.0), (-3.1, 7.85, -3.0), 0.1, (70, 66, 62), 2)
    for k in (-0.8, -0.3, 0.4, 0.8):
        near = (-4.0 + k, 7.9, -3.0)
        _hanging(scene, (-14.0 + k, 7.9, 26.0), near, 1.0, 0.025, ((22, 22, 24),))
        scene.bar(near, (22.0 + k, 9.0, -26.0), 0.025, (22, 22, 24), 8)
    plate = Image.new("RGB", (180, 120), (28, 62, 128))
    ImageDraw.Draw(plate).rectangle((8, 8, 171, 111), outline=(214, 216, 220), width=5)
    scene.quad(upright(-4.4, -3.6, 1.95, 2.5, -3.15), plate)
    hose(scene, "-7.6,-12.6 -6.4,-10.5 -4.2,-9.4 0,-9 4,-5.5 9,-4 14,-1.2")
    hose(scene, "-1.5,-12.5 -2.5,-10 2,-7.4 7,-6.6 12,-3 14.5,-1", (150, 62, 48))
    return scene.image


def approach(rng: Random, size: Size) -> Picture:
    """Orientation from the other end of the yard, taken with a telephone in grey morning light."""
    haze: tuple[Colour, float] = ((168, 172, 174), 95)
    scene = Scene(rng, size, (27.5, 1.6, -11.5), (12.0, 2.7, 0.0), 0.74, 0.78, haze=haze, roll=-0.02)
    _sky(scene, (150, 160, 172), (206, 205, 200), 0.6)
    _trees(scene, 0.60, 0.09, (104, 110, 108))
    _yard(scene, 0.655, size[0] // 26)
    hose(scene, "26.5,-9.2 24,-8.4 21,-9 18.5,-6 16.5,-3.6 14.6,-0.8")
    posts: list[Vec] = [(25.5 - i * 3.1, 0.0, -6.4 + (i % 2) * 0.3) for i in range(8)]
    for a, b in pairwise(posts):
        scene.bar(a, add(a, (0, 1.05, 0)), 0.05, (210, 92, 40), 3)
        _hanging(scene, add(a, (0, 0.95, 0)), add(b, (0, 0.95, 0)), 0.14, 0.06, ((206, 40, 36), (228, 226, 220)))
    return scene.image


def front(rng: Random, size: Size) -> Picture:
    """Overview: the burnt front with soot above every opening."""
    haze: tuple[Colour, float] = ((176, 178, 180), 160)
    scene = Scene(rng, size, (13.6, 1.7, -10.5), (13.0, 2.75, 0.0), 0.72, 0.86, haze=haze, roll=0.008)
    _sky(scene, (158, 168, 180), (212, 210, 206), 0.6)
    _yard(scene, 0.625, size[0] // 17)
    hose(scene, "7.5,-8.8 8.6,-7.4 11.6,-7.7 13.2,-5.4 12.6,-3 14.6,-0.9")
    return scene.image


def _hanging(scene: Scene, a: Vec, b: Vec, sag: float, width: float, colours: tuple[Colour, ...]) -> None:
    """A wire or tape between two points, in stretches of these colours."""
    path = [add(between(a, b, t / 12), (0, -sag * math.sin(math.pi * t / 12), 0)) for t in range(13)]
    for i, (p, q) in enumerate(pairwise(path)):
        scene.bar(p, q, width, colours[i % len(colours)], 1)


def _sky(scene: Scene, top: Colour, bottom: Colour, horizon: float) -> None:
    size = (scene.size[0], round(scene.size[1] * horizon))
    scene.image.paste(bottom, (0, 0, *scene.size))
    scene.image.paste(ImageOps.colorize(paint.gradient(size, 0, 255), top, bottom), (0, 0))
    cloud = paint.noise(scene.rng, size, size[0] * 0.4, 5, stretch=0.4)
    scene.image.paste(bottom, (0, 0), paint.level(cloud, 110, 190, 0, 130))


def _trees(scene: Scene, baseline: float, height: float, colour: Colour) -> None:
    """A far row of crowns and roofs, thinning out at the edges."""
    (w, h), rng, x = scene.size, scene.rng, -0.05
    crowns = Image.new("L", (w, round(baseline * h)))
    while x < 1.05:
        r = rng.uniform(0.35, 1.0) * height
        box = ((x - r * 0.6) * w, (baseline - r) * h, (x + r * 0.6) * w, (baseline + r) * h)
        ImageDraw.Draw(crowns).ellipse(box, fill=255)
        x += r * rng.uniform(0.25, 0.9)
    scene.image.paste(colour, (0, 0), paint.ragged(rng, paint.blur(crowns, w * 0.007), w * 0.016, 40))


def _ground(scene: Scene, near: float, far: float, half: float) -> Quad:
    """A rectangle of ground in front of the camera, squared to where it looks."""
    ahead = unit((scene.forward[0], 0.0, scene.forward[2]))
    across, foot = cross((0.0, 1.0, 0.0), ahead), (scene.eye[0], 0.0, scene.eye[2])
    a, b, c, d = (
        add(add(foot, ahead, z), across, x) for z, x in ((far, -half), (far, half), (near, half), (near, -half))
    )
    return (a, b, c, d)


def _yard(scene: Scene, horizon: float, metre: int) -> None:
    """The warehouse front, its side wall, and the wet yard before it; `metre` is the front's in pixels."""
    rng, w = scene.rng, scene.size[0]
    scene.quad(_ground(scene, 2.0, 90.0, 55.0), paint.concrete(rng, (w * 2 // 3, w // 2), w / 80, 0.3))
    patch = (w * 2 // 3, w * 2 // 3)
    fading = paint.mask(patch, "10,12 90,12 97,130 3,130", soft=w / 30)
    scene.quad(_ground(scene, 1.0, 12.0, 6.5), paint.concrete(rng, patch, patch[0] / 13, 0.3), fading)
    for x in (10.0, 11.5, 14.0, 15.5):  # what is left of the roof trusses, seen through the gap
        scene.bar((x, 5.0, 4.0), (x + rng.uniform(-2, 2), rng.uniform(6.2, 7.6), 5.0), 0.15, (66, 52, 46))
    side = paint.plaster(rng, (8 * metre, round(HEIGHT * metre)), metre, (182, 178, 168))
    _window(rng, side, (1.0, 2.3, 3.0, 4.1), metre)
    _window(rng, side, (4.6, 2.3, 6.6, 4.1), metre)
    flank: Quad = ((0.0, HEIGHT, 14.0), (0.0, HEIGHT, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 14.0))
    face = upright(0.0, LENGTH, 0.0, HEIGHT, 0.0)
    scene.quad(flank, side, shade=0.72)
    wall = _facade(rng, metre)
    scene.quad(face, wall, _standing(rng, wall.size, metre))
    _puddles(scene, horizon, (flank, face))
    spots = [(rng.gauss(14.5, 3.2), 0.05, -abs(rng.gauss(0.5, 0.9))) for _ in range(230)]
    spots += [(rng.uniform(0, LENGTH), 0.02, -abs(rng.gauss(0.2, 0.5))) for _ in range(170)]
    scene.rubble(spots, 0.16, ((70, 64, 58), (40, 37, 35), (120, 82, 66), (150, 144, 134)))


def _puddles(scene: Scene, line: float, hides: tuple[Quad, ...]) -> None:
    """Fire-fighting water on the ground: in it, what is above `line` shows upside down."""
    (w, h), y = scene.size, round(line * scene.size[1])
    where = Image.new("L", scene.size)
    pools = paint.level(paint.noise(scene.rng, (600, 600), 60, 5, stretch=0.8), 140, 150, 0, 225)
    if seen := scene.project(_ground(scene, 1.0, 20.0, 11.0), pools):
        where.paste(*seen)
    for wall in hides:
        ImageDraw.Draw(where).polygon([scene.at(p) for p in wall], fill=0)
    mirror = scene.image.resize((1, 1), box=(0, 0, w, h // 5)).resize(scene.size)
    mirror.paste(ImageOps.flip(scene.image.crop((0, max(0, 2 * y - h), w, y))), (0, y))
    scene.image.paste(ImageChops.multiply(mirror, Image.new("RGB", scene.size, (196, 200, 204))), (0, 0), where)


def _window(rng: Random, wall: Picture, box: tuple[float, float, float, float], metre: int, panes: int = 4) -> None:
    """A burnt-out opening, `box` in metres: dark room, bent frame, jagged glass, soot fanning up from the lintel."""
    x0, y0, x1, y1 = (round(v * metre) for v in box)
    start, wide = max(0, x0 - 2 * metre), x1 - x0
    end = min(wall.width, x1 + 2 * metre)
    fan = Image.new("L", (end - start, y1))
    left, right, reach = x0 - start, x1 - start, y0 - rng.uniform(2.1, 2.7) * metre
    spread = 0.35 * wide
    outline = ((left, y0 + metre), (left - spread, reach), (right + spread, reach), (right, y0 + metre))
    ImageDraw.Draw(fan).polygon(outline, fill=250)
    near = Image.new("L", fan.size)
    ImageDraw.Draw(near).rectangle((left, y0 - 0.6 * metre, right, y0), fill=255)
    part = wall.crop((start, 0, end, y1))
    paint.smoke(rng, part, paint.blur(fan, metre * 0.22), metre * 0.5, 62, 0.93)
    paint.stain(part, paint.ragged(rng, paint.blur(near, metre * 0.15), metre * 0.3, 40), (8, 8, 8), 0.9)
    wall.paste(part, (start, 0))
    wall.paste(
        paint.tone(paint.noise(rng, (wide, y1 - y0), metre * 0.5), (4, 4, 4), (14, 13, 12), (44, 40, 36)), (x0, y0)
    )
    draw, thick = ImageDraw.Draw(wall), max(1, round(metre * 0.055))
    for i in range(panes + 1):
        x, bent = x0 + wide * i / panes, rng.gauss(0, metre * 0.07)
        draw.line([(x, y0), (x + bent, (y0 + y1) / 2), (x, y1)], fill=(74, 56, 46), width=thick)
        if panes > 1 and i < panes and rng.random() < 0.5:
            tip = y1 - rng.uniform(0.2, 0.8) * metre
            draw.polygon(
                [(x, y1), (x, tip), (x + metre * 0.2, y1 - metre * 0.15), (x + metre * 0.45, y1)], (58, 62, 64)
            )
    if panes > 1:
        draw.line([(x0, y0 * 0.6 + y1 * 0.4), (x1, y0 * 0.62 + y1 * 0.38)], fill=(70, 54, 44), width=thick)
        draw.rectangle((x0 - metre * 0.1, y1, x1 + metre * 0.1, y1 + metre * 0.1), fill=(122, 116, 108))
    draw.rectangle((x0, y0, x1, y0 + metre * 0.12), fill=(10, 9, 9))


def _facade(rng: Random, metre: int) -> Picture:
    size = (round(LENGTH * metre), round(HEIGHT * metre))
    wall = paint.plaster(rng, size, metre)
    bare = ImageChops.add(paint.noise(rng, size, metre * 1.6, 6), paint.gradient(size, 0, 46))
    wall.paste(paint.bricks(rng, size, metre), (0, 0), paint.level(bare, 176, 182))
    paint.stain(wall, paint.gradient(size, 0, 255), (70, 66, 60), 0.5)
    for x in (1.6, 5.4, 9.2, 18.2, 21.4):
        _window(rng, wall, (x, 2.5, x + 2.2, 4.2), metre)
    _window(rng, wall, (13, 2.3, 16.6, HEIGHT), metre, panes=1)
    curtain = paint.burnt_steel(rng, (round(3.6 * metre), round(1.5 * metre)), metre)
    for y in range(0, curtain.height, max(3, metre // 11)):
        ImageDraw.Draw(curtain).line([(0, y), (curtain.width, y)], fill=SOOT, width=max(1, metre // 40))
    torn = Image.blend(paint.gradient(curtain.size, 255, 0), paint.noise(rng, curtain.size, metre * 0.9, 2), 0.4)
    wall.paste(curtain, (13 * metre, round(2.3 * metre)), paint.level(torn, 95, 99))
    ImageDraw.Draw(wall).rectangle((0, 0, size[0], metre * 0.16), fill=(96, 90, 84))
    return wall


def _standing(rng: Random, size: Size, metre: int) -> Picture:
    """The mask of what is left of the front: bitten out over the door."""
    bite = paint.points("9.5,-1 9.9,0.5 10.8,0.7 11.4,1.3 12.6,1.1 13.7,1.5 15,0.8 15.8,0.9 16.4,-1")
    standing = Image.new("L", size, 255)
    ImageDraw.Draw(standing).polygon([(x * metre, y * metre) for x, y in bite], fill=0)
    standing = paint.warp(rng, standing, metre * 0.5, metre * 0.06)
    for box in ((0, 0, metre * 0.3, size[1]), (size[0] - metre * 0.3, 0, *size), (0, size[1] // 2, *size)):
        ImageDraw.Draw(standing).rectangle(box, fill=255)
    return standing
