"""Refusals of the evidence package; each carries its facts, ``str`` is for logs."""

from evidence.columns import Labelled


class EvidenceError(Exception):
    """Root of this package's refusals."""


class CaseUnknown(EvidenceError):
    def __init__(self, case: str) -> None:
        super().__init__(f"no case {case}")
        self.case = case


class ExhibitUnknown(EvidenceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"no exhibit {exhibit}")
        self.exhibit = exhibit


class UnitUnknown(EvidenceError):
    def __init__(self, unit: str) -> None:
        super().__init__(f"no unit {unit}")
        self.unit = unit


class EmptyFile(EvidenceError):
    def __init__(self, name: str) -> None:
        super().__init__(f"file {name!r} has no bytes")
        self.name = name


class DigestMismatch(EvidenceError):
    """The bytes received are not those the client declared; both values are kept to be shown."""

    def __init__(self, name: str, algorithm: str, declared: str, received: str) -> None:
        super().__init__(f"file {name!r}: {algorithm} declared {declared}, received {received}")
        self.name = name
        self.algorithm = algorithm
        self.declared = declared
        self.received = received


class SendingReused(EvidenceError):
    """A sending's name was used before for other bytes, by another person or in another case."""

    def __init__(self, name: str) -> None:
        super().__init__(f"file {name!r}: name of sending used before")
        self.name = name


class SendingUnknown(EvidenceError):
    def __init__(self, sending: str) -> None:
        super().__init__(f"no sending {sending!r}")
        self.sending = sending[:64]


class SendingEnded(EvidenceError):
    """It was stopped, expired or refused, or is an exhibit already; ``end`` is Chinese."""

    def __init__(self, name: str, end: str) -> None:
        super().__init__(f"sending of {name!r} has ended")
        self.name = name
        self.end = end


class SendingTakenOver(EvidenceError):
    """Somebody else goes on with this sending, or has ended it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"sending of {name!r} was taken over")
        self.name = name


class OffsetDiffers(EvidenceError):
    """What was sent does not begin where what has been acknowledged ends; both in bytes."""

    def __init__(self, name: str, sent: int, acknowledged: int) -> None:
        super().__init__(f"sending of {name!r} goes on at {acknowledged}, not at {sent}")
        self.name = name
        self.sent = sent
        self.acknowledged = acknowledged


class TooManyUnfinished(EvidenceError):
    """A person has begun more uploads than he ends."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} sendings under way")
        self.most = most


class LongerThanDeclared(EvidenceError):
    """More bytes came than were announced."""

    def __init__(self, name: str, length: int) -> None:
        super().__init__(f"file {name!r} is longer than the {length} bytes announced")
        self.name = name
        self.length = length


class ChecksumDiffers(EvidenceError):
    """A piece of a file did not arrive as it was sent (tus checksum extension)."""

    def __init__(self, name: str, algorithm: str) -> None:
        super().__init__(f"file {name!r}: {algorithm} of a piece differs")
        self.name = name
        self.algorithm = algorithm


class FileTooLarge(EvidenceError):
    def __init__(self, name: str, most: int) -> None:
        super().__init__(f"file {name!r} is larger than {most} GiB")
        self.name = name
        self.most = most


class PartsLost(EvidenceError):
    """The store has cleared what had arrived of a file."""

    def __init__(self, name: str) -> None:
        super().__init__(f"parts of {name!r} are gone from the store")
        self.name = name


class DigestUnreadable(EvidenceError):
    def __init__(self, declared: str) -> None:
        super().__init__(f"declared digest {declared!r} is not 64 hex digits")
        self.declared = declared


class NameRule(Labelled):
    """Why a file name cannot be kept on every system a package may be opened on."""

    EMPTY = "empty", "文件名为空"
    TOO_LONG = "too_long", "超过 200 个字符或 255 个字节"
    PATH = "path", "含有路径（/ 或 \\）"
    DEVICE = "device", "是系统设备名（如 CON、NUL、COM1）"
    END = "end", "以空格或句点结尾"
    CONTROL = "control", '含有控制字符或系统保留字符（< > : " | ? *）'


class FileNameRefused(EvidenceError):
    def __init__(self, name: str, rule: NameRule) -> None:
        super().__init__(f"file name {name[:80]!r}: {rule.value}")
        self.name = name if len(name) <= 60 else name[:60] + "…"
        self.rule = rule.label


class FactMissing(EvidenceError):
    """A fact that the law asks of this act was not given; ``fact`` is its Chinese name."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"fact missing: {fact}")
        self.fact = fact


class KindNeedsSample(EvidenceError):
    """A file is no physical sample: that is registered with the facts the law asks for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"file {name!r} cannot be a physical exhibit")
        self.name = name


class SameOfficer(EvidenceError):
    """A sample is taken by two officers (XF 839 §4.7.2); the second is not the first."""

    def __init__(self, person: str) -> None:
        super().__init__(f"{person} is named as the second officer of an own collection")
        self.person = person


class CustodianIsInvestigator(EvidenceError):
    """Exhibits are kept by somebody other than the investigator (公安机关办理行政案件程序规定 art. 188)."""

    def __init__(self, exhibit: str, person: str) -> None:
        super().__init__(f"{person} collected exhibit {exhibit} and cannot be its custodian")
        self.exhibit = exhibit
        self.person = person


class AlreadyHeld(EvidenceError):
    def __init__(self, exhibit: str, person: str) -> None:
        super().__init__(f"exhibit {exhibit} is already held by {person}")
        self.exhibit = exhibit
        self.person = person


class ScannerUnavailable(EvidenceError):
    """The virus scanner gave no usable answer: unreachable, silent, or something else speaks there."""

    def __init__(self, scanner: str, cause: object) -> None:
        super().__init__(f"virus scanner {scanner!r} is unavailable: {cause}")
        self.scanner = scanner
        self.cause = str(cause)


class ScanStands(EvidenceError):
    """The same engine with the same signatures has scanned this original already."""

    def __init__(self, exhibit: str, engine: str) -> None:
        super().__init__(f"exhibit {exhibit} was scanned by {engine!r} already")
        self.exhibit = exhibit
        self.engine = engine


class CopyRule(Labelled):
    """Why no edited copy was made; said after the operation it is about, where it is about one."""

    UNREADABLE = "unreadable", "原件不是系统能标注的图片（RAW 照片请另存为 JPEG 上传后再标注）"
    TOO_LARGE = "too_large", "原件超过 512 MB，不能制作副本"
    TOO_MANY_PIXELS = "too_many_pixels", "照片像素过多（超过 1.5 亿，或一边超过 65500），不能制作副本"
    TIMED_OUT = "timed_out", "制作超时或超出内存上限，请减少标注后重试"
    OUTSIDE = "outside", "超出照片范围，请重新标注"
    NO_FONT = "no_font", "是文字，但服务器没有中文字体，请管理员安装（如 fonts-noto-cjk）；箭头、序号等可以照常使用"
    NO_GLYPH = "no_glyph", "是字体里没有的字符，请改用其他文字"


class CopyRefused(EvidenceError):
    """No copy can be made of these operations and this original; ``number`` counts the operations from 1."""

    def __init__(self, rule: CopyRule, number: int = 0, char: str = "") -> None:
        super().__init__(f"no copy made: {rule.value}, operation {number}, {char!r}")
        self.where = (f"第 {number} 项" if number else "") + (f"中的“{char}”" if char else "")
        self.rule = rule.label


class CopyUnknown(EvidenceError):
    def __init__(self, exhibit: str, copy: int) -> None:
        super().__init__(f"exhibit {exhibit} has no edited copy {copy}")
        self.exhibit = exhibit
        self.copy = copy
