"""The warehouse from inside: the fallen roof, the V on the wall, the racks and the distribution box."""

import math
from random import Random

from PIL import Image, ImageChops

from casesvc.demo import painter as paint
from casesvc.demo.painter import Colour, Picture, Size
from casesvc.demo.perspective import Scene, Vec, add, upright
from casesvc.demo.props import burnt_wall, card, marker, room

STEEL: Colour = (90, 72, 62)


def trusses(rng: Random, size: Size) -> Picture:
    """Overview from inside: trusses down, open sky, sheets and racks bent over the debris."""
    haze: tuple[Colour, float] = ((150, 152, 154), 60)
    scene = Scene(rng, size, (0.0, 1.7, -1.5), (0.4, 3.15, 10.0), 0.66, 0.62, 2.4, haze, -0.015)
    sky = paint.noise(rng, size, size[0] * 0.4, 5, stretch=0.4)
    scene.image.paste(paint.tone(sky, (178, 186, 196), (202, 205, 208), (222, 220, 216)))
    wall = burnt_wall(rng, (size[0], round(size[0] * 0.34)), size[0] / 16, 250, 70)
    room(scene, wall, 8.0, 17.0, 5.2, roofed=False)
    with scene.weathered(0):
        for z, turn, sag in ((15.0, 0, 0.4), (12.0, 1, 1.7), (9.0, 2, 2.9), (6.5, 3, 1.1)):
            _truss(scene, z, turn, sag)
        for _ in range(16):  # purlins hanging into the room
            a = (rng.uniform(-7, 7), rng.uniform(4.3, 6.3), rng.uniform(7, 15))
            scene.bar(a, add(a, (rng.uniform(-3, 3), -rng.uniform(0.2, 4), rng.uniform(-2, 2))), 0.08, STEEL, 3)
        for _ in range(9):  # roof sheets
            a = (rng.uniform(-6, 5), rng.uniform(0.5, 1.5), rng.uniform(7, 13))
            b = add(a, (rng.uniform(1, 2.6), rng.uniform(-0.9, 0.9), rng.uniform(-0.6, 0.6)))
            down = (rng.uniform(-0.6, 0.6), -rng.uniform(0.5, 1.5), -0.8)
            scene.quad((a, b, add(b, down), add(a, down)), paint.burnt_steel(rng, (220, 160), 160))
    spots = []
    for _ in range(700):
        x, z = rng.uniform(-7.8, 7.8), rng.uniform(3.0, 16.5)
        spots.append((x, 0.12 * z * math.exp(-((x / 6) ** 2)) * rng.uniform(0.2, 0.9), z))
    scene.rubble(spots, 0.2, ((40, 37, 35), (62, 58, 54), (30, 28, 27), (112, 74, 52), (128, 122, 114)))
    return scene.image


def _truss(scene: Scene, z: float, turn: int, sag: float) -> None:
    """One roof truss across the room, sagging by `sag` metres where it was hottest."""
    rng, upper, lower = scene.rng, [], []
    for k in range(9):
        crown, droop = 1 - abs(k - 4) / 4, sag * math.exp(-(((k - 5.2 + turn) / 2.2) ** 2))
        node = (-8.0 + 2 * k, 5.3 + 1.5 * crown - droop, z + rng.uniform(-0.4, 0.4))
        upper.append(node)
        lower.append(add(node, (rng.uniform(-0.15, 0.15), -0.35 - 0.9 * crown, 0)))
    for k in range(8):
        scene.bar(upper[k], upper[k + 1], 0.16, STEEL, 3)
        scene.bar(lower[k], lower[k + 1], 0.13, STEEL, 3)
        scene.bar(upper[k], lower[k + k % 2], 0.08, STEEL, 2)
        scene.bar(upper[k + 1], lower[k + 1 - k % 2], 0.07, STEEL, 2)


def v_pattern(rng: Random, size: Size) -> Picture:
    """Overview: the V on the wall, white where the soot burnt off, black along its arms."""
    scene = Scene(rng, size, (0.4, 1.6, -1.4), (0.15, 1.75, 6.0), 0.72, 0.09, 6.6, roll=0.01)
    room(scene, _v_wall(rng, size[0], size[0] / 9), 4.5, 6.0, 5.2)
    with scene.weathered():
        for x, z in ((-3.6, 5.2), (-2.2, 5.0), (2.6, 5.2), (4.0, 4.6)):  # racks buckled toward the origin
            lean = -0.35 if x > 0 else 0.4
            for depth in (z, z + 0.6):
                knee = (x + lean * 0.3, 1.2, depth)
                scene.bar((x, 0, depth), knee, 0.07, STEEL)
                scene.bar(knee, (x + lean * 1.5, 2.3, depth), 0.07, STEEL)
        for y in (0.6, 1.25, 1.9):
            scene.bar((-3.5, y, 5.1), (-2.1, y - 0.15, 4.9), 0.06, STEEL)
            scene.bar((2.5, y - 0.2, 5.1), (3.9, y, 4.5), 0.06, STEEL)
    spots = [(rng.uniform(-4.3, 4.3), 0.0, rng.uniform(1.6, 5.85)) for _ in range(650)]
    spots += [(rng.gauss(0.3, 0.6), abs(rng.gauss(0.06, 0.05)), 5.85 - abs(rng.gauss(0, 0.4))) for _ in range(220)]
    scene.rubble(spots, 0.085, ((44, 42, 40), (70, 66, 62), (30, 29, 28), (126, 88, 70), (150, 146, 138)))
    marker(scene, (0.55, 0.05, 3.6), "4", 0.22)
    return scene.image


def _v_wall(rng: Random, width: int, metre: float) -> Picture:
    size = (width, round(metre * 5.2))
    wall = paint.plaster(rng, size, metre)
    paint.smoke(rng, wall, paint.gradient(size, 255, 0), metre * 0.8, 62, 0.9)
    arms = paint.mask(size, "50,97 44,90 21,10 16,-10 86,-10 80,10 58.5,90", soft=metre * 0.24)
    paint.smoke(rng, wall, arms, metre * 0.55, 55, 0.97)
    clean = paint.plaster(rng, size, metre, (224, 214, 200))
    clean.paste(paint.bricks(rng, size, metre), (0, 0), paint.level(paint.noise(rng, size, metre * 0.9, 6), 140, 146))
    burnt_off = paint.mask(size, "51.5,90 47,75 35,18 40,-10 66,-10 69,20 56,75", soft=metre * 0.2)
    wall.paste(clean, (0, 0), paint.level(paint.ragged(rng, burnt_off, metre * 0.5, 42), 0, 255, 0, 205))
    return wall


def switch_box(rng: Random, size: Size) -> Picture:
    """Key part: the distribution box from the east, door hanging, interior burnt out, card 1 beside it."""
    scene = Scene(rng, size, (-0.35, 1.45, -1.35), (0.06, 1.38, 0.0), 0.86, 0.08, 1.6, roll=-0.012)
    metre = size[0] / 2.4
    wall = paint.plaster(rng, (round(metre * 2.8), round(metre * 2.4)), metre * 0.7)
    paint.smoke(rng, wall, paint.mask(wall.size, "36,68 18,-10 92,-10 66,68", soft=metre * 0.12), metre * 0.4, 60)
    run = paint.level(paint.noise(rng, wall.size, metre * 0.05, 2, stretch=18), 142, 210, 0, 170)
    paint.stain(wall, ImageChops.multiply(run, paint.gradient(wall.size, 60, 255)), (48, 42, 36))
    scene.quad(upright(-1.4, 1.4, 0.2, 2.6, 0.0), wall)
    scene.shadow(upright(-0.3, 0.43, 1.0, 1.74, 0.0), 0.8, 0.012)
    steel = paint.burnt_steel(rng, (round(metre * 0.5), round(metre * 0.7)), metre * 0.5)
    inside = ImageChops.multiply(steel, Image.new("RGB", steel.size, (92, 86, 82)))
    near, x0, x1, y0, y1 = -0.16, -0.25, 0.28, 1.04, 1.78
    scene.quad(upright(x0, x1, y0, y1, -0.02), inside)
    scene.quad(((x1, y1, near), (x1, y1, 0.0), (x1, y0, 0.0), (x1, y0, near)), inside)
    scene.quad(((x0, y0, -0.02), (x1, y0, -0.02), (x1, y0, near), (x0, y0, near)), inside)
    _breakers(scene)
    scene.quad(((x0, y1, 0.0), (x0, y1, near), (x0, y0, near), (x0, y0, 0.0)), steel, shade=0.8)
    rim = upright(x0, x1, y0, y1, near)
    for i in range(4):
        scene.bar(rim[i - 1], rim[i], 0.011, (84, 72, 66), 8)
    scene.quad(((x1, y1, near), (0.72, 1.70, -0.36), (0.70, 0.97, -0.38), (x1, y0, near)), steel, shade=0.85)
    for k in range(3):
        scene.bar((-0.1 + 0.12 * k, y0, -0.08), (-0.14 + 0.13 * k, 0.2, -0.03), 0.026, (58, 54, 52), 12)
    scene.bar((0.02, y1, -0.07), (0.03, 2.6, -0.03), 0.05, (50, 46, 44), 12)
    scene.quad(upright(-0.55, -0.43, 1.18, 1.33, -0.003), card(rng, "1"))
    return scene.image


def _breakers(scene: Scene) -> None:
    """What the box held: two rails of melted breakers, bare conductors, copper showing at the arc."""
    rng = scene.rng
    browns: tuple[Colour, ...] = ((26, 24, 23), (48, 44, 41), (64, 52, 42))
    with scene.weathered():
        for row, y in enumerate((1.46, 1.16)):
            scene.bar((-0.22, y + 0.06, -0.04), (0.25, y + 0.06, -0.04), 0.03, (74, 68, 63))
            for i in range(6):
                x, low = -0.21 + i * 0.074, y - rng.uniform(0, 0.03) - 0.03 * (i > 2) * row
                plastic = paint.tone(paint.noise(rng, (90, 150), 40, 5), (8, 8, 7), rng.choice(browns), (96, 90, 84))
                if rng.random() < 0.9:
                    block = paint.relief(plastic, paint.noise(rng, (90, 150), 30, 4), 2.0, 3)
                    scene.box((x, low, -0.11), (x + 0.062, low + 0.115, -0.04), block)
        for i in range(15):
            path, drift = [(-0.2 + i * 0.031, 1.46 - rng.uniform(0, 0.03), -0.09)], rng.gauss(0, 0.004)
            for _ in range(16):
                drift = 0.8 * drift + rng.gauss(0, 0.0035)
                path.append(add(path[-1], (drift, -rng.uniform(0.01, 0.022), rng.gauss(0, 0.003))))
            scene.tube(path, 0.009, (128, 88, 66) if i in {6, 9} else (62, 58, 56))
    spots = [(rng.uniform(-0.22, 0.25), 1.05 + abs(rng.gauss(0, 0.02)), rng.uniform(-0.14, -0.04)) for _ in range(120)]
    scene.rubble(spots, 0.012, ((40, 38, 37), (92, 86, 80), (24, 23, 22)))


def racks(rng: Random, size: Size) -> Picture:
    """Key part, held upright: shelving with charred cartons in an aisle."""
    scene = Scene(rng, size, (0.1, 1.55, -1.6), (0.0, 1.3, 4.0), 0.95, 0.08, 4.4, roll=0.014)
    room(scene, burnt_wall(rng, (size[0] // 2, size[0] // 2), size[0] / 6, 255, 130), 1.9, 6.0, 3.4)
    ember = Image.new("RGB", (420, 320), (118, 114, 112))
    chars = [ImageChops.multiply(paint.char(rng, ember.size, cell, 1.3), ember) for cell in (17, 26, 36)]
    crumbled = []
    for _ in range(4):
        edge = f"3,120 2,{rng.uniform(10, 40)} 40,10 97,{rng.uniform(10, 50)} 98,120"
        crumbled.append(paint.ragged(rng, paint.mask(ember.size, edge, soft=14), 70, 12))
    with scene.weathered():
        for z in (4.9, 3.5, 2.1):
            for x0, x1, aisle in ((-1.7, -0.72, -0.72), (0.78, 1.75, 0.78)):
                for y in (2.05, 1.15, 0.25):
                    for low in (z + 0.62, z):
                        high: Vec = (x1 - rng.uniform(0, 0.12), y + rng.uniform(0.25, 0.62), low + 0.55)
                        scene.box((x0, y, low), high, rng.choice(chars), rng.choice(crumbled))
                    y0, near = y - rng.uniform(0.0, 0.12), z - 0.05
                    scene.bar((aisle, y, z + 1.3), (aisle, y0, near), 0.07, STEEL)
                    scene.bar((x0, y0, near), (x1, y0, near), 0.06, STEEL)
                scene.bar((aisle, 0, near), (aisle + rng.uniform(-0.08, 0.08), 3.0, near), 0.055, STEEL, 14)
    spots = [(rng.uniform(-0.9, 0.95), 0.0, rng.uniform(0.6, 5.8)) for _ in range(420)]
    spots += [(s * abs(rng.gauss(0.95, 0.25)), 0.03, rng.uniform(0.6, 5.5)) for _ in range(220) for s in (-1, 1)]
    scene.rubble(spots, 0.07, ((36, 35, 34), (58, 55, 52), (26, 25, 25), (120, 114, 106)))
    marker(scene, (0.28, 0.03, 1.5), "2", 0.16)
    return scene.image
