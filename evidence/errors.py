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
