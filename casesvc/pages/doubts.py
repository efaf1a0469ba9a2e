"""What is to be checked in the files of a case, in as few lines as it takes, each kind with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from casesvc.shown_times import OutlierOut
from evidence.comparison import TIMES, OutlierKind

UNDATED = "向拍摄人核实时间并写入勘验或调查记录；经聊天软件转发或截图的，调取原始文件重新上传。"
_CLOCK_OFF = "先对该设备对时，其全部影像的时间随之校正；已对时的，核对所记的两个时间。"
_ADVICE = {
    OutlierKind.OTHER_DEVICE: "核对是否混入其他设备拍摄或别处拷来的文件；确属本案的，在勘验或调查记录中写明来源。",
    OutlierKind.OTHER_SERIAL: "核对是否借用了同型号的另一台设备，或由别处拷来；在勘验或调查记录中写明。",
    OutlierKind.FAR_TIME: "核对该设备的时钟，未对时的先对时。",
    OutlierKind.OUT_OF_ORDER: "核对文件是否改过名、设备时钟是否中途调整过；调整过的，前后分别说明。",
    OutlierKind.NO_EXIF: "多为聊天软件转发或截图：向提供人调取原始文件，重新上传。",
    OutlierKind.BEFORE_FIRE: "先对该设备对时；校正后仍早于起火的，核对是否为火灾前的影像。",
    OutlierKind.AFTER_RECEIPT: "设备时钟偏快或日期有误，先对该设备对时。",
    OutlierKind.TYPE_DIFFERS: "扩展名可能改过：核对来源和取得方式。文件按实际内容读取，原件照原样保存。",
    OutlierKind.TWIN: "多为重复上传：核对后在文书和照片卷中只用其中一件；登记过的证据不删除。",
}
_OF_DEVICES = TIMES | {OutlierKind.OTHER_DEVICE, OutlierKind.OTHER_SERIAL}
"""What is said once of a device, where all of its files are so."""


@dataclass(frozen=True)
class Together:
    """All files of one device in a group, which differ alike."""

    device: str
    files: list[OutlierOut]
    why: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Doubt:
    """One thing to check: devices all of whose files are concerned, and single files.

    ``clocks``: it may be the clock, so the page leads there. ``first`` is one of its outliers.
    """

    kind: str
    label: str
    advice: str
    clocks: bool
    first: OutlierOut
    devices: list[Together]
    single: list[OutlierOut]

    @property
    def rows(self) -> int:
        return len(self.devices) + len(self.single)

    @property
    def files(self) -> int:
        return len(self.single) + sum(len(device.files) for device in self.devices)


def doubts_of(outliers: Iterable[OutlierOut]) -> list[Doubt]:
    """A clock that was reset puts a whole card out, and in more than one way: that is said once per device."""
    off: dict[str, dict[str, list[OutlierOut]]] = {}
    alike: dict[tuple[str, str, str], list[OutlierOut]] = {}
    for outlier in outliers:
        if outlier.whole and outlier.kind in TIMES:
            off.setdefault(outlier.group, {}).setdefault(outlier.device, []).append(outlier)
            continue
        own = outlier.kind in {OutlierKind.AFTER_RECEIPT, OutlierKind.OUT_OF_ORDER, OutlierKind.TWIN}
        alike.setdefault((outlier.kind, outlier.group, "" if own else outlier.against), []).append(outlier)
    return [_clock_off(devices) for devices in off.values()] + [_doubt(same) for same in alike.values()]


def _clock_off(devices: dict[str, list[OutlierOut]]) -> Doubt:
    folded = []
    for device, outliers in devices.items():
        whys = dict.fromkeys(_why(outlier) for outlier in outliers)
        files = {outlier.exhibit: outlier for outlier in outliers}
        folded.append(Together(device, list(files.values()), list(whys)))
    first = folded[0].files[0]
    return Doubt(
        "clock_off",
        "整批时间偏离",
        _CLOCK_OFF,
        True,
        first,
        folded,
        [],
    )


def _why(outlier: OutlierOut) -> str:
    if outlier.kind == OutlierKind.AFTER_RECEIPT:
        return outlier.label
    named = "起火时间" if outlier.kind == OutlierKind.BEFORE_FIRE else "其他文件的中间时间"
    return f"{outlier.label}（{named} {outlier.against}）"


def _doubt(same: list[OutlierOut]) -> Doubt:
    first = same[0]
    kind = OutlierKind(first.kind)
    devices: dict[str, list[OutlierOut]] = {}
    single = []
    for outlier in same:
        if outlier.whole and kind in _OF_DEVICES:
            devices.setdefault(outlier.device, []).append(outlier)
        else:
            single.append(outlier)
    folded = [Together(device, files) for device, files in devices.items()]
    return Doubt(first.kind, first.label, _ADVICE[kind], kind in TIMES, first, folded, single)
