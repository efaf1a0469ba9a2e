"""Photographs for the demonstration case, painted by this package and copied from nowhere.

The EXIF is what a scene camera writes, with the irregularities a real folder has: a telephone whose clock is a
day off, a file a chat application has stripped, a picture stored lying on its side.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from casesvc.demo.painter import Colour, Picture, Size, develop
from casesvc.demo.scenes_detail import bead, char_close, floor_burn, sample_bag, socket
from casesvc.demo.scenes_inside import racks, switch_box, trusses, v_pattern
from casesvc.demo.scenes_outside import approach, front, street
from evidence.moments import BEIJING

LAMP: Colour = (255, 247, 232)
DAWN: Colour = (232, 242, 255)
OVERCAST: Colour = (250, 253, 255)
WHITE: Colour = (252, 252, 251)


@dataclass(frozen=True)
class DemoPhotograph:
    """One file of the demonstration folder; category is the kind of scene photograph in XF/T 1249."""

    file_name: str
    content: bytes
    title: str
    category: str  # orientation | overview | key_part | detail (方位 / 概貌 / 重点部位 / 细目)


@dataclass(frozen=True)
class Shot:
    """One release of the shutter: what to paint, and what the camera wrote beside it."""

    file_name: str
    title: str
    category: str
    paint: Callable[[Random, Size], Picture]
    minute: int  # after the first picture
    exposure: int  # one over so many seconds
    f_number: float
    iso: int
    focal: int
    gain: Colour = LAMP
    device: str = "camera"  # camera | phone | none
    upright: bool = False
    gps: bool = True


SHOTS = (
    Shot("HYD_0412.JPG", "火灾现场方位：由西南向东北拍摄", "orientation", street, 0, 30, 4.0, 1600, 24, DAWN),
    Shot(
        "IMG_0931.jpg",
        "火灾现场方位：由东南向西北拍摄",
        "orientation",
        approach,
        7,
        120,
        1.8,
        200,
        5,
        OVERCAST,
        "phone",
    ),
    Shot("HYD_0413.JPG", "仓库南立面概貌：门窗上方烟熏痕迹", "overview", front, 11, 125, 5.6, 400, 24, OVERCAST),
    Shot("HYD_0415.JPG", "仓库内部概貌：屋架塌落情况", "overview", trusses, 19, 60, 5.6, 800, 18, OVERCAST),
    Shot("HYD_0418.JPG", "仓库北墙概貌：V形烟熏痕迹（4号标牌）", "overview", v_pattern, 26, 60, 5.6, 1600, 24),
    Shot("配电箱东侧.jpg", "重点部位：东墙配电箱烧损情况（1号标牌）", "key_part", switch_box, 33, 60, 6.3, 800, 35),
    Shot(
        "HYD_0421.JPG", "重点部位：货架通道炭化情况（2号标牌）", "key_part", racks, 38, 60, 5.6, 1600, 28, upright=True
    ),
    Shot("HYD_0424.JPG", "细目：木质立柱龟裂状炭化痕迹", "detail", char_close, 44, 100, 8.0, 800, 60),
    Shot("HYD_0427.JPG", "细目：地面不规则燃烧痕迹（3号标牌）", "detail", floor_burn, 52, 60, 8.0, 1600, 35),
    Shot("mmexport{ms}.jpg", "细目：墙面插座熔融情况", "detail", socket, 57, 60, 8.0, 800, 60, device="none"),
    Shot("HYD_0430.JPG", "细目：提取的痕迹物品包装（炭化残留物）", "detail", sample_bag, 71, 60, 8.0, 800, 50, WHITE),
    Shot("HYD_0433.JPG", "细目：铜导线短路熔珠", "detail", bead, 94, 125, 11.0, 200, 105, WHITE, gps=False),
)


def demo_photographs(fire_at: datetime, *, width: int = 1280) -> Iterator[DemoPhotograph]:
    """The twelve photographs, in the order taken. The same fire_at and width give the same bytes."""
    first = _first_light(fire_at)
    for shot in SHOTS:
        rng = Random(f"{shot.file_name}/{shot.title}")  # noqa: S311 - paint, not secrets
        taken = first + timedelta(minutes=shot.minute, seconds=rng.randrange(60))
        name = shot.file_name.format(ms=round((taken + timedelta(hours=3)).timestamp() * 1000))
        yield DemoPhotograph(name, _file(shot, taken, rng, width), shot.title, shot.category)


def _first_light(fire_at: datetime) -> datetime:
    """The first 06:40 in Beijing at least three hours after the fire; a time without zone is Beijing's."""
    local = fire_at.replace(tzinfo=BEIJING) if fire_at.tzinfo is None else fire_at.astimezone(BEIJING)
    morning = local.replace(hour=6, minute=40, second=0, microsecond=0)
    return morning if morning - local >= timedelta(hours=3) else morning + timedelta(days=1)


def _file(shot: Shot, taken: datetime, rng: Random, width: int) -> bytes:
    size = (width * 3 // 4, width) if shot.upright else (width, width * 3 // 4)
    picture = develop(rng, shot.paint(rng, size), shot.gain, grain=5 + 4 * (shot.iso / 1600))
    if shot.upright:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    if shot.device == "none":  # what a chat application leaves: smaller, softer, bare
        picture.resize((width * 4 // 5, width * 3 // 5), Image.Resampling.LANCZOS).save(out, "JPEG", quality=84)
    else:
        picture.save(out, "JPEG", quality=88, exif=_exif(shot, taken, rng, picture.size))
    return out.getvalue()


def _exif(shot: Shot, taken: datetime, rng: Random, size: Size) -> Image.Exif:
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
            base.ExposureTime: IFDRational(1, shot.exposure),
            base.FNumber: IFDRational(round(shot.f_number * 10), 10),
            base.ISOSpeedRatings: shot.iso,
            base.ExifVersion: b"0231",
            base.DateTimeOriginal: clock,
            base.DateTimeDigitized: clock,
            base.OffsetTime: "+08:00",
            base.OffsetTimeOriginal: "+08:00",
            base.Flash: 9 if shot.gain == LAMP else 16,
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


def _gps(at: datetime, rng: Random) -> dict[int, object]:
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
