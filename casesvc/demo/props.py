"""What the investigators brought: number cards, scales, fire hose; and the burnt room they stand in."""

from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

from casesvc.demo import painter as paint
from casesvc.demo.painter import SOOT, Colour, Picture, Size
from casesvc.demo.perspective import Scene, Vec, add, between, flat, upright

INK: Colour = (22, 22, 24)


def card(rng: Random, digit: str) -> Picture:
    """The yellow number card of the scene kit."""
    out = Image.new("RGB", (240, 300), (242, 196, 20))
    draw = ImageDraw.Draw(out)
    draw.ellipse((30, 50, 210, 230), outline=INK, width=14)
    draw.text((120, 141), digit, fill=INK, font=ImageFont.load_default(140), anchor="mm", stroke_width=4)
    draw.rectangle((0, 262, 240, 276), fill=INK)
    wear = paint.tone(paint.noise(rng, out.size, 90, 5), (150, 146, 138), (220, 220, 218), (255, 255, 255))
    return ImageChops.multiply(out, wear)


def marker(scene: Scene, at: Vec, digit: str, size: float) -> None:
    """A number card folded to a tent, leaning back on the floor."""
    (x, y, z), w, h = at, size / 2, size * 1.25
    back = z + h * 0.3
    scene.shadow(((x - w, y, z), (x + w * 2.2, y, z + size), (x + w * 3, y, z), (x + w, y, z - 0.01)))
    face = ((x - w, y + h, back), (x + w, y + h, back), (x + w, y, z), (x - w, y, z))
    scene.quad(face, card(scene.rng, digit))


def scale_bar(rng: Random, centimetre: float, length: int) -> Picture:
    """A photographic scale: millimetre ticks, centimetre figures, alternating blocks."""
    paper: Colour = (238, 236, 230)
    scale = Image.new("RGB", (round(centimetre * (length + 0.6)), round(centimetre * 1.5)), paper)
    draw, start = ImageDraw.Draw(scale), centimetre * 0.3
    for mm in range(length * 10 + 1):
        tall = 0.62 if mm % 10 == 0 else 0.45 if mm % 5 == 0 else 0.28
        x = start + mm * centimetre / 10
        draw.line([(x, 0), (x, tall * centimetre)], fill=INK, width=max(1, round(centimetre / 28)))
    font = ImageFont.load_default(centimetre * 0.4)
    for cm in range(length + 1):
        x = start + cm * centimetre
        draw.text((x, centimetre * 0.86), str(cm), fill=INK, font=font, anchor="mm")
        if cm < length:
            box = (x, centimetre * 1.16, x + centimetre, centimetre * 1.38)
            draw.rectangle(box, fill=INK if cm % 2 else paper, outline=INK)
    wear = paint.tone(
        paint.noise(rng, scale.size, centimetre * 2, 6), (196, 190, 180), (240, 238, 234), (255, 255, 255)
    )
    return ImageChops.multiply(scale, wear)


def lay(image: Picture, thing: Picture, x: float, y: float, angle: float, cut: Picture | None = None) -> None:
    """Lay a flat thing on a picture taken from above: centred at pixel x, y, turned, its shadow to the lower right."""
    thing.putalpha(cut or 255)
    turned = thing.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    left, top = round(x - turned.width / 2), round(y - turned.height / 2)
    reach = max(2, round(image.width * 0.006))
    shade = Image.new("L", image.size)
    shade.paste(turned.getchannel("A"), (left + reach, top + reach))
    paint.stain(image, paint.blur(shade, reach), (10, 9, 8), 0.6)
    image.paste(turned, (left, top), turned)


def hose(scene: Scene, plan: str, colour: Colour = (176, 160, 132)) -> None:
    """A charged hose on the ground along "x,z x,z ...", its corners cut until they are round, and its shadow."""
    path: list[Vec] = [(x, 0.03, z) for x, z in paint.points(plan)]
    for _ in range(4):
        path = [path[0], *(between(p, q, t) for p, q in pairwise(path) for t in (0.25, 0.75)), path[-1]]
    scene.tube([add(p, (0.03, -0.03, 0)) for p in path], 0.085, (30, 28, 26))
    scene.tube(path, 0.066, colour)


def burnt_wall(rng: Random, size: Size, metre: float, top: float, bottom: float) -> Picture:
    """Plaster sooted from `top` to `bottom` (0..255) down its height."""
    wall = paint.plaster(rng, size, metre)
    paint.smoke(rng, wall, paint.gradient(size, top, bottom), metre * 0.6, 80)
    return wall


def room(scene: Scene, wall: Picture, width: float, depth: float, height: float, *, roofed: bool = True) -> None:
    """Back wall, side walls and floor of a burnt room; x from -width to width, camera at z < 0."""
    rng, near = scene.rng, scene.eye[2] + 0.6
    side, metre = (scene.size[0] // 2, scene.size[1] // 2), scene.size[0] / (2 * width)
    floor = (scene.size[0] * 4 // 5, scene.size[0] * 4 // 5)
    scene.quad(flat(-width, width, near, depth), paint.concrete(rng, floor, metre * 0.8, 0.9))
    if roofed:
        deck = paint.burnt_steel(rng, side, metre / 2)
        paint.blotch(rng, deck, metre / 2, (20, 110), SOOT, 0.9)
        scene.quad(
            ((-width, height, near), (width, height, near), (width, height, depth), (-width, height, depth)), deck
        )
    for x, left, right in ((-width, near, depth), (width, depth, near)):
        sooted = burnt_wall(rng, side, metre / 2, 255, 20)
        scene.quad(((x, height, left), (x, height, right), (x, 0, right), (x, 0, left)), sooted)
    scene.quad(upright(-width, width, 0, height, depth), wall)
