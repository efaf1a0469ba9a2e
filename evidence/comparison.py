"""Files of one card or recorder held against each other: what does not go with the rest is named, and against what.

An outlier proves nothing by itself; it is for a person to look at. Each rule is one function, and says why it speaks.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import PurePosixPath
from statistics import median

from evidence.clock import device_of
from evidence.columns import Labelled
from evidence.dating import DatedFile
from evidence.exhibit import Kind
from evidence.moments import BEIJING
from evidence.reading import ReadingFinding

FEWEST = 3  # files; below that there is no "rest"
FEWEST_IN_ORDER = 4
FAR = timedelta(hours=12)
"""Farther than this from the middle of a group, and than six times its usual distance, a time is far from the rest."""
FAR_TIMES = 6
BEFORE_FIRE = timedelta(days=1)
AFTER_RECEIPT = timedelta(minutes=1)
"""Later than this after the service received it, no right clock can have dated a file."""
OUT_OF_ORDER = timedelta(hours=1)
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d{3,18})(?P<after>\D*)", re.ASCII | re.DOTALL)


class OutlierKind(Labelled):
    """In what a file differs from the rest."""

    OTHER_DEVICE = "other_device", "设备与同组多数文件不同"
    OTHER_SERIAL = "other_serial", "机身序列号与同组多数文件不同"
    FAR_TIME = "far_time", "时间远离同组其他文件"
    OUT_OF_ORDER = "out_of_order", "时间与文件名顺序不符"
    NO_EXIF = "no_exif", "无 EXIF 信息，同组多数照片有"
    BEFORE_FIRE = "before_fire", "时间早于起火一天以上"
    AFTER_RECEIPT = "after_receipt", "时间晚于系统收到文件的时间"
    TYPE_DIFFERS = "type_differs", "文件内容与扩展名不符"
    TWIN = "twin", "内容与本案另一件证据完全相同"


TIMES = frozenset({OutlierKind.FAR_TIME, OutlierKind.BEFORE_FIRE, OutlierKind.AFTER_RECEIPT})
"""What a wrong clock does to every file of a device at once."""


@dataclass(frozen=True)
class Outlier:
    """One file that does not go with the rest. ``found`` is what it says, ``against`` what that is held against: a
    name, a moment, or nothing; ``agreeing`` is how many files of ``group`` say otherwise (0 where none are compared).

    ``device`` made it, ``name`` is its file's. ``whole``: so do all files of this device in the group that can be
    judged, three at least.
    """

    exhibit: str
    kind: OutlierKind
    group: str
    found: str | datetime = ""
    against: str | datetime = ""
    agreeing: int = 0
    device: str = ""
    name: str = ""
    whole: bool = False


def outliers(files: Iterable[DatedFile], fire_at: datetime) -> list[Outlier]:
    """Everything in the files of one case that does not go with the rest, in order of their numbers."""
    files = list(files)
    groups: dict[tuple[str, ...], list[DatedFile]] = defaultdict(list)
    for file in files:
        if file.exhibit.kind in {Kind.PHOTO, Kind.VIDEO}:
            groups[_group_of(file)].append(file)
    found = [*_type_differs(files), *_twins(files)]
    for key, members in groups.items():
        group = _group_name(key)
        of_group = [
            outlier
            for rule in (_other_device, _other_serial, _far_time, _out_of_order, _no_exif, _after_receipt)
            for outlier in rule(group, members)
        ]
        of_group += _before_fire(group, members, fire_at)
        found += _whole(of_group, members)
    return sorted(found, key=lambda outlier: (outlier.exhibit, outlier.kind))


def _group_of(file: DatedFile) -> tuple[str, ...]:
    """The card or recorder a file was copied from, as typed; else the device that made it and the folder it lay in."""
    return (file.source,) if file.source else (file.time.device, _folder(file))


def _folder(file: DatedFile) -> str:
    """Some senders name the folder, some the file in it."""
    path = PurePosixPath(file.path.replace("\\", "/"))
    folder = str(path.parent if path.name == file.original.file_name else path)
    return "" if folder == "." else folder


def _group_name(key: tuple[str, ...]) -> str:
    if len(key) == 1:
        return key[0]
    device, folder = key
    return f"未写来源的文件：{device or '设备不明'}" + (f"，文件夹 {folder}" if folder else "")


def _outlier(
    file: DatedFile,
    kind: OutlierKind,
    group: str,
    found: str | datetime = "",
    against: str | datetime = "",
    agreeing: int = 0,
) -> Outlier:
    number, name = file.exhibit.number, file.original.file_name
    return Outlier(number, kind, group, found, against, agreeing, file.time.device, name)


def _whole(found: list[Outlier], files: list[DatedFile]) -> list[Outlier]:
    """The outliers of one group, with what all files of a device have in common marked as such."""
    timed = Counter(file.time.device for file, _ in _unambiguous(files))
    all_files = Counter(file.time.device for file in files)
    times = Counter((outlier.kind, outlier.device) for outlier in found)
    marked = []
    for outlier in found:
        of_device = (timed if outlier.kind in TIMES else all_files)[outlier.device]
        whole = of_device >= FEWEST and times[outlier.kind, outlier.device] == of_device
        marked.append(replace(outlier, whole=whole))
    return marked


def _type_differs(files: list[DatedFile]) -> Iterator[Outlier]:
    for file in files:
        if ReadingFinding.TYPE_DIFFERS in (file.findings or ()):
            yield _outlier(file, OutlierKind.TYPE_DIFFERS, "")


def _twins(files: list[DatedFile]) -> Iterator[Outlier]:
    """The later ones name the first of these bytes."""
    first: dict[str, DatedFile] = {}
    for file in files:
        same = first.setdefault(file.original.sha256, file)
        if same is not file:
            yield _outlier(file, OutlierKind.TWIN, "", against=same.exhibit.number)


def _before_fire(group: str, files: list[DatedFile], fire_at: datetime) -> Iterator[Outlier]:
    for file, moment in _unambiguous(files):
        if moment < fire_at - BEFORE_FIRE:
            yield _outlier(file, OutlierKind.BEFORE_FIRE, group, moment, fire_at)


def _other_device(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    yield from _minority(group, files, OutlierKind.OTHER_DEVICE, _model)


def _other_serial(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    """Two bodies of one model on one card: a borrowed camera, or pictures that came from elsewhere."""
    model, _ = _majority(_model(file) for file in files)
    of_model = [file for file in files if model and _model(file) == model]
    yield from _minority(group, of_model, OutlierKind.OTHER_SERIAL, lambda file: str(file.facts.get("serial", "")))


def _far_time(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    """Measured by the median and the median distance from it, which a few wrong times do not move."""
    timed = _unambiguous(files)
    if len(timed) < FEWEST:
        return
    first = min(moment for _, moment in timed)
    middle = first + timedelta(seconds=median((moment - first).total_seconds() for _, moment in timed))
    usual = timedelta(seconds=median(abs((moment - middle).total_seconds()) for _, moment in timed))
    allowed = max(FAR, FAR_TIMES * usual)
    far = [(file, moment) for file, moment in timed if abs(moment - middle) > allowed]
    for file, moment in far:
        yield _outlier(file, OutlierKind.FAR_TIME, group, moment, middle, len(timed) - len(far))


def _out_of_order(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    """A camera counts its files upwards. The fewest files without which the times rise with the numbers are named,
    where they are wrong by more than an hour; so many that the numbers mean nothing are not.
    """
    series: dict[tuple[str, int, str, str], list[tuple[int, DatedFile, datetime]]] = defaultdict(list)
    for file, moment in _with_moment(files):
        if name := _NUMBERED.fullmatch(file.original.file_name):
            place = (name["before"].lower(), len(name["number"]), name["after"].lower(), file.time.device)
            series[place].append((int(name["number"]), file, moment))
    for place, numbered in series.items():
        ordered = _counted(numbered, 10 ** place[1])
        rising = _rising([moment for _, moment in ordered])
        wrong = []
        for at, (file, moment) in enumerate(ordered):
            if at in rising:
                continue
            before = max((kept for kept in rising if kept < at), default=None)
            after = min((kept for kept in rising if kept > at), default=None)
            if before is not None and moment < ordered[before][1] - OUT_OF_ORDER:
                wrong.append((file, moment, ordered[before]))
            elif after is not None and moment > ordered[after][1] + OUT_OF_ORDER:
                wrong.append((file, moment, ordered[after]))
        if len(ordered) < FEWEST_IN_ORDER or len(wrong) * 4 > len(ordered):
            continue
        for file, moment, (neighbour, its) in wrong:
            against = f"{neighbour.original.file_name}（{its.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}）"
            yield _outlier(file, OutlierKind.OUT_OF_ORDER, group, moment, against, len(ordered) - len(wrong))


def _no_exif(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    """A picture that came through a chat among pictures that came from a camera."""
    photos = [file for file in files if file.exhibit.kind is Kind.PHOTO and file.findings is not None]
    bare = [file for file in photos if "no_exif" in (file.findings or ())]
    if len(photos) >= FEWEST and len(bare) * 2 < len(photos):
        for file in bare:
            yield _outlier(file, OutlierKind.NO_EXIF, group, agreeing=len(photos) - len(bare))


def _after_receipt(group: str, files: list[DatedFile]) -> Iterator[Outlier]:
    for file, moment in _unambiguous(files):
        if moment > file.original.received_at + AFTER_RECEIPT:
            yield _outlier(file, OutlierKind.AFTER_RECEIPT, group, moment, file.original.received_at)


def _minority(
    group: str, files: list[DatedFile], kind: OutlierKind, fact: Callable[[DatedFile], str]
) -> Iterator[Outlier]:
    """Files whose ``fact`` is another than that of more than half of those that have it."""
    usual, agreeing = _majority(fact(file) for file in files)
    for file in files:
        if usual and fact(file) not in {"", usual}:
            yield _outlier(file, kind, group, fact(file), usual, agreeing)


def _majority(values: Iterable[str]) -> tuple[str, int]:
    """What more than half of those that say something say, and how many; nothing where there is no such."""
    said = Counter(value for value in values if value)
    if said.total() < FEWEST:
        return "", 0
    value, times = said.most_common(1)[0]
    return (value, times) if times * 2 > said.total() else ("", 0)


def _model(file: DatedFile) -> str:
    return device_of({fact: file.facts.get(fact, "") for fact in ("make", "model")}, "")


def _with_moment(files: list[DatedFile]) -> list[tuple[DatedFile, datetime]]:
    return [(file, moment) for file in files if (moment := file.time.moment) is not None]


def _unambiguous(files: list[DatedFile]) -> list[tuple[DatedFile, datetime]]:
    """Without times that may be hours off by the way they are read: by such a one alone nothing is judged."""
    return [(file, moment) for file, moment in _with_moment(files) if file.time.unambiguous]


def _counted(numbered: list[tuple[int, DatedFile, datetime]], numbers: int) -> list[tuple[DatedFile, datetime]]:
    """In the order a camera counted, which begins again after its last number: 9998, 9999, 0001."""
    ordered = sorted(numbered, key=lambda each: (each[0], each[1].exhibit.serial))
    gaps = [(later[0] - earlier[0], at) for at, (earlier, later) in enumerate(pairwise(ordered), start=1)]
    gap, at = max(gaps, default=(0, 0))
    if gap * 2 > numbers:
        ordered = ordered[at:] + ordered[:at]
    return [(file, moment) for _, file, moment in ordered]


def _rising(moments: list[datetime]) -> set[int]:
    """Places of one longest series that never falls."""
    ends: list[datetime] = []  # the smallest last moment of a series of each length, and where it stands
    places: list[int] = []
    before: dict[int, int | None] = {}
    for at, moment in enumerate(moments):
        length = bisect_right(ends, moment)
        before[at] = places[length - 1] if length else None
        ends[length:] = [moment]
        places[length:] = [at]
    kept: set[int] = set()
    place = places[-1] if places else None
    while place is not None:
        kept.add(place)
        place = before[place]
    return kept
