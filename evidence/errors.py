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


class ActNotDirect(EvidenceError):
    """This act has two sides, or an approver or supervisor of its own; nobody records it alone."""

    def __init__(self, act: str) -> None:
        super().__init__(f"act {act} is not recorded by one side")
        self.act = act


class ActOutOfPlace(EvidenceError):
    """The exhibit is not where such an act can be done; ``where`` is Chinese."""

    def __init__(self, exhibit: str, act: str, where: str) -> None:
        super().__init__(f"act {act} on {exhibit}, which is {where}")
        self.exhibit = exhibit
        self.act = act
        self.where = where


class HappensLater(EvidenceError):
    """What is recorded has happened: not in the future."""

    def __init__(self, act: str) -> None:
        super().__init__(f"act {act} would happen after it is recorded")
        self.act = act


class PhotoUnknown(EvidenceError):
    def __init__(self, photo: str) -> None:
        super().__init__(f"photograph {photo!r} is no exhibit of this case")
        self.photo = photo[:60]


class RuleBroken(EvidenceError):
    """An act would break a duty; where it has already happened, it is recorded with the reason."""

    def __init__(self, exhibit: str, rule: str, basis: str) -> None:
        super().__init__(f"act on {exhibit} breaks a duty: {rule}")
        self.exhibit = exhibit
        self.rule = rule
        self.basis = basis


class SealTaken(EvidenceError):
    """A seal is used once."""

    def __init__(self, seal: str, exhibit: str) -> None:
        super().__init__(f"seal {seal!r} was used on exhibit {exhibit}")
        self.seal = seal
        self.exhibit = exhibit


class WitnessesSame(EvidenceError):
    """Somebody witnesses twice, or what he does himself."""

    def __init__(self, person: str) -> None:
        super().__init__(f"{person} is named twice among officers and witnesses")
        self.person = person


class HandoverUnknown(EvidenceError):
    def __init__(self, handover: str) -> None:
        super().__init__(f"no handover {handover!r}")
        self.handover = handover[:40]


class HandoverAnswered(EvidenceError):
    """An exhibit's offer has ended already; ``outcome`` is Chinese."""

    def __init__(self, exhibit: str, person: str, outcome: str) -> None:
        super().__init__(f"offer of {exhibit} has ended: {outcome} by {person}")
        self.exhibit = exhibit
        self.person = person
        self.outcome = outcome


class NotHandover(EvidenceError):
    def __init__(self, act: str) -> None:
        super().__init__(f"act {act} is no handover")
        self.act = act


class NotTheGiver(EvidenceError):
    """Only who holds an exhibit, or who offered it, can do this."""

    def __init__(self, exhibit: str, holder: str) -> None:
        super().__init__(f"{exhibit} is held or was offered by {holder}")
        self.exhibit = exhibit
        self.holder = holder


class NotTheReceiver(EvidenceError):
    """The handover was offered to somebody else."""

    def __init__(self, handover: str) -> None:
        super().__init__(f"handover {handover} was offered to somebody else")
        self.handover = handover


class OfferOpen(EvidenceError):
    """An exhibit is offered to one receiver at a time."""

    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} is offered already")
        self.exhibit = exhibit


class PaperTaken(EvidenceError):
    """A file that is the signed form of something else already, or a report."""

    def __init__(self, paper: str, use: str) -> None:
        super().__init__(f"{paper} is {use} already")
        self.paper = paper
        self.use = use


class PaperOlder(EvidenceError):
    """A file that was here before the form that it should show was signed."""

    def __init__(self, paper: str) -> None:
        super().__init__(f"{paper} is older than the signature")
        self.paper = paper


class PaperUnknown(EvidenceError):
    """The signed form has to be an exhibit of the case, with its scan."""

    def __init__(self, paper: str) -> None:
        super().__init__(f"{paper} is no scanned form of this case")
        self.paper = paper


class ReceiverIsGiver(EvidenceError):
    def __init__(self, person: str) -> None:
        super().__init__(f"{person} would hand over to himself")
        self.person = person


class ReceiverMissing(EvidenceError):
    """Nobody was named who can receive in such a handover."""

    def __init__(self, act: str, receiver: str) -> None:
        super().__init__(f"handover {act} names no {receiver}")
        self.act = act
        self.receiver = receiver


class StoredBytesDiffer(EvidenceError):
    """The stored bytes are not those that were registered: such an exhibit is not accepted."""

    def __init__(self, exhibit: str) -> None:
        super().__init__(f"stored bytes of {exhibit} differ from the registered digests")
        self.exhibit = exhibit


class ReviewNotOpen(EvidenceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} has no take-over to review")
        self.exhibit = exhibit


class RequestNotOpen(EvidenceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} has no request to decide")
        self.exhibit = exhibit


class RequestStands(EvidenceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} has a request that is not decided")
        self.exhibit = exhibit


class NotRequestable(EvidenceError):
    def __init__(self, act: str) -> None:
        super().__init__(f"act {act} needs no approval")
        self.act = act


class DecidesOwn(EvidenceError):
    """Who asked does not approve, who took over does not review."""

    def __init__(self, exhibit: str, person: str) -> None:
        super().__init__(f"{person} would decide on his own act with {exhibit}")
        self.exhibit = exhibit
        self.person = person


class CorrectionRefused(EvidenceError):
    """What a correction would change is not open to correction; ``why`` is Chinese."""

    def __init__(self, event: int, why: str) -> None:
        super().__init__(f"event {event} is not corrected: {why}")
        self.event = event
        self.why = why


class QuantityDiffers(EvidenceError):
    """What is stated does not make what is there, or is in another unit."""

    def __init__(self, exhibit: str, whole: str, stated: str) -> None:
        super().__init__(f"quantities of {exhibit}: {stated!r} against {whole!r}")
        self.exhibit = exhibit
        self.whole = whole
        self.stated = stated[:60]


class QuantityUnknown(EvidenceError):
    """The registered quantity is no one number with a unit: it has to be measured."""

    def __init__(self, exhibit: str, registered: str) -> None:
        super().__init__(f"quantity of {exhibit} is {registered!r}")
        self.exhibit = exhibit
        self.registered = registered or "未登记"


class NotItsKind(EvidenceError):
    """An exhibit of this kind cannot be in such an act."""

    def __init__(self, exhibit: str, act: str) -> None:
        super().__init__(f"exhibit {exhibit} is not of the kind for {act}")
        self.exhibit = exhibit
        self.act = act


class HasParent(EvidenceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} belongs to a family already")
        self.exhibit = exhibit


class TermTooEarly(EvidenceError):
    """A moment that has to come after another comes before it; both are Chinese."""

    def __init__(self, what: str, than: str) -> None:
        super().__init__(f"{what} is before {than}")
        self.what = what
        self.than = than


class ExaminationUnknown(EvidenceError):
    def __init__(self, examination: str) -> None:
        super().__init__(f"no examination {examination!r}")
        self.examination = examination[:40]


class ExaminationEnded(EvidenceError):
    def __init__(self, examination: str) -> None:
        super().__init__(f"examination {examination} has its report")
        self.examination = examination


class PlaceUnknown(EvidenceError):
    def __init__(self, code: str) -> None:
        super().__init__(f"no storage place {code!r}")
        self.code = code[:60]


class PlaceTaken(EvidenceError):
    """A code names one place of a unit for ever, a closed one too."""

    def __init__(self, code: str) -> None:
        super().__init__(f"storage place {code} exists")
        self.code = code


class PlaceCodeRefused(EvidenceError):
    """What a label is to carry: capital letters and digits of ASCII."""

    def __init__(self, code: str) -> None:
        super().__init__(f"code {code!r} of a storage place is not letters and digits")
        self.code = code[:60]


class PlaceMisplaced(EvidenceError):
    """A box is on a shelf, not the other way; both kinds are Chinese."""

    def __init__(self, kind: str, parent: str) -> None:
        super().__init__(f"a storage place of kind {kind} in {parent or 'nothing'}")
        self.kind = kind
        self.parent = parent or "单位"


class PlaceClosed(EvidenceError):
    """Nothing new is made in a closed place."""

    def __init__(self, code: str) -> None:
        super().__init__(f"storage place {code} is closed")
        self.code = code


class PlaceOccupied(EvidenceError):
    """A place is closed when it is empty."""

    def __init__(self, code: str, count: int) -> None:
        super().__init__(f"{count} exhibits are in storage place {code}")
        self.code = code
        self.count = count


class PlaceChanged(EvidenceError):
    """Somebody was first: what was shown of the place is not how it is."""

    def __init__(self, code: str) -> None:
        super().__init__(f"storage place {code} was changed meanwhile")
        self.code = code


class LabelUnreadable(EvidenceError):
    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is no label of ours")
        self.code = code[:40]


class LabelUnknown(EvidenceError):
    """A label of ours, or a number typed, that names no exhibit that the person may see."""

    def __init__(self, exhibit: str) -> None:
        super().__init__(f"no exhibit {exhibit} to be seen")
        self.exhibit = exhibit


class LabelForeign(EvidenceError):
    """A label that another installation has printed."""

    def __init__(self, tag: str, own: str) -> None:
        super().__init__(f"label of installation {tag}, this is {own or 'without labels'}")
        self.tag = tag


class StockTakeUnknown(EvidenceError):
    def __init__(self, stock_take: str) -> None:
        super().__init__(f"no stock-take {stock_take!r}")
        self.stock_take = stock_take[:40]


class StockTakeOpen(EvidenceError):
    """A place is counted by one stock-take at a time, in which everybody scans."""

    def __init__(self, stock_take: str, code: str) -> None:
        super().__init__(f"stock-take {stock_take} of {code} is under way")
        self.stock_take = stock_take
        self.code = code


class StockTakeEnded(EvidenceError):
    def __init__(self, stock_take: str, person: str) -> None:
        super().__init__(f"stock-take {stock_take} was ended by {person}")
        self.stock_take = stock_take
        self.person = person
