"""Intake: bytes stream once into the store while both digests are taken; the act then makes them an exhibit.

``receive`` runs outside any transaction (bytes before rows), ``collect_file`` inside one: a failed act leaves an
unreferenced object, never an exhibit without its bytes.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.act import Act
from evidence.chain import moment_stated
from evidence.columns import Labelled
from evidence.custody import Entry, Locked, record, record_all
from evidence.custody_event import CustodyEvent, EventType
from evidence.digest import Digesting, Digests
from evidence.errors import (
    DigestMismatch,
    DigestUnreadable,
    EmptyFile,
    FactMissing,
    FileNameRefused,
    HappensLater,
    KindNeedsSample,
    NameRule,
    SameOfficer,
)
from evidence.exhibit import Exhibit, Kind, Original, sending_key
from evidence.register import Case, next_serial
from storage import ObjectStore, StoredObject

_RESERVED = re.compile(r'[<>:"|?*]')
_UNSEEN = frozenset({"Cc", "Cs", "Cf", "Zl", "Zp"})
# Windows takes each for a device, with any ending and in any case; the superscript digits too
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Received:
    """A body in the store that is not an exhibit yet."""

    file_name: str
    stored: StoredObject
    digests: Digests


def checked_file_name(name: str) -> str:
    """The name in NFC, or FileNameRefused: what is kept must open on every system a package may be read on."""
    name = unicodedata.normalize("NFC", name)
    if not name.strip(" ."):
        raise FileNameRefused(name, NameRule.EMPTY)
    if "/" in name or "\\" in name:
        raise FileNameRefused(name, NameRule.PATH)
    if _RESERVED.search(name) or any(unicodedata.category(char) in _UNSEEN for char in name):
        raise FileNameRefused(name, NameRule.CONTROL)
    if _DEVICE.fullmatch(name):
        raise FileNameRefused(name, NameRule.DEVICE)
    if name.endswith((" ", ".")):
        raise FileNameRefused(name, NameRule.END)
    if len(name) > 200 or len(name.encode()) > 255:
        raise FileNameRefused(name, NameRule.TOO_LONG)
    return name


def checked_digest(declared: str) -> str:
    """A declared SHA-256 in lower-case hex, or DigestUnreadable."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", declared):
        raise DigestUnreadable(declared[:80])
    return declared.lower()


def receive(
    store: ObjectStore, blocks: Iterable[bytes], *, file_name: str, declared_sha256: str | None = None
) -> Received:
    """Stream ``blocks`` into the store as a locked object.

    Raises EmptyFile, FileNameRefused or DigestMismatch before the store has taken the object: nothing stays behind.
    """
    file_name = checked_file_name(file_name)
    declared = checked_digest(declared_sha256) if declared_sha256 else None
    digesting = Digesting(blocks)

    def refusing() -> Iterator[bytes]:
        yield from digesting
        if not digesting.size:
            raise EmptyFile(file_name)
        if declared and declared != digesting.sha256():
            raise DigestMismatch(file_name, "SHA-256", declared, digesting.sha256())

    stored = store.put(f"originals/{uuid.uuid4().hex}", refusing(), lock=True, fresh=True, sha256=digesting.sha256)
    return Received(file_name, stored, digesting.digests)


def collect_file(
    act: Act,
    case: Case,
    received: Received,
    *,
    kind: Kind,
    name: str = "",
    sending: str | None = None,
    facts: dict[str, Any] | None = None,
    happened_at: datetime | None = None,
) -> Exhibit:
    """Make a received body an exhibit: the first event of its chain states name, size and both digests.

    ``facts`` are further facts of the collection (category, place, witness …), strings only; empty ones are left out.
    """
    if kind.tangible:
        raise KindNeedsSample(received.file_name)
    exhibit = register(act, case, kind, name.strip() or received.file_name)
    act.tx.add(
        Original(
            exhibit_id=exhibit.id,
            file_name=received.file_name,
            size=received.digests.size,
            sha256=received.digests.sha256,
            sm3=received.digests.sm3,
            object_key=received.stored.key,
            object_version=received.stored.version,
            received_at=act.at,
            sending=sending_key(act.by.id, sending) if sending else None,
        )
    )
    file_facts = {
        "name": received.file_name,
        "size": f"{received.digests.size} B",
        "sha256": received.digests.sha256,
        "sm3": received.digests.sm3,
    }
    _collected(act, case, exhibit, {**(facts or {}), "file": file_facts}, happened_at)
    return exhibit


class Hazard(Labelled):
    """What an exhibit asks of its keeping (公安机关办理行政案件程序规定 art. 191)."""

    PERISHABLE = "perishable", "易腐、易变质"
    DANGEROUS = "dangerous", "危险物品"


@dataclass(frozen=True)
class SampleFacts:
    """What 火灾事故调查规定 art. 21 and XF 839 §4.7 ask of a sample taken at the scene; all text, quantities with unit.

    Either a witness (or party) or the written reason why there was none. ``hazard`` marks what is perishable or
    dangerous; ``remote_returned_at`` (RFC 3339) is when the officers were back from a remote scene: the limit of
    handing in then runs from there.
    """

    quantity: str
    features: str
    position: str
    method: str
    packing: str
    second_officer: str
    witness: str = ""
    no_witness_reason: str = ""
    photo: str = ""
    remark: str = ""
    seal: str = ""
    hazard: str = ""
    remote_returned_at: str = ""

    _REQUIRED = (
        ("quantity", "数量"),
        ("features", "规格特征"),
        ("position", "提取部位"),
        ("method", "提取方法"),
        ("packing", "包装方式"),
        ("second_officer", "第二提取人"),
    )

    def check(self) -> None:
        """Raise FactMissing naming the first fact that is not there."""
        for attribute, label in self._REQUIRED:
            if not getattr(self, attribute).strip():
                raise FactMissing(label)
        if not (self.witness.strip() or self.no_witness_reason.strip()):
            raise FactMissing("见证人或无见证人的原因")
        if self.hazard and self.hazard not in set(Hazard):
            raise FactMissing("易腐或危险的标记")


@dataclass(frozen=True)
class MediumFacts:
    """What D18 asks of an original medium that is seized and sealed.

    法发〔2016〕22号 art. 8; 公安机关办理刑事案件程序规定 art. 66.
    """

    medium_type: str
    brand: str
    device_serial: str
    power_state: str
    measures: str
    device_holder: str
    capacity: str = ""

    _REQUIRED = (
        ("medium_type", "介质类型"),
        ("brand", "品牌型号"),
        ("device_serial", "序列号"),
        ("power_state", "开关机状态"),
        ("measures", "断网断电等措施"),
        ("device_holder", "持有人"),
    )

    def check(self) -> None:
        """Raise FactMissing naming the first fact that is not there."""
        for attribute, label in self._REQUIRED:
            if not getattr(self, attribute).strip():
                raise FactMissing(label)


def collect_sample(
    act: Act,
    case: Case,
    facts: SampleFacts,
    *,
    name: str,
    medium: MediumFacts | None = None,
    happened_at: datetime | None = None,
) -> Exhibit:
    """Register a physical sample, or an original medium; with a seal number its sealing follows as an event of its own.

    A medium is sealed when it is taken: FactMissing without a seal number.
    """
    if not name.strip():
        raise FactMissing("名称")
    facts.check()
    returned = moment_stated(facts.remote_returned_at)
    if returned is not None and returned > act.at:
        raise HappensLater("异地提取返回")  # or else the limit of handing in would never begin
    if facts.second_officer.strip() == act.by.name:
        raise SameOfficer(act.by.name)
    if medium is not None:
        medium.check()
        if not facts.seal.strip():
            raise FactMissing("封条号")
    exhibit = register(act, case, Kind.MEDIUM if medium else Kind.PHYSICAL, name.strip())
    stated = {
        fact: value.strip()
        for fact, value in {**vars(facts), **(vars(medium) if medium else {})}.items()
        if isinstance(value, str) and value.strip() and fact != "seal"
    }
    _collected(act, case, exhibit, stated, happened_at)
    if facts.seal.strip():
        seal = {"seal_after": facts.seal.strip(), "packing": facts.packing.strip()}
        seal |= {fact: stated[fact] for fact in ("witness", "no_witness_reason") if fact in stated}
        record(act, case, exhibit, EventType.SEALED, seal, happened_at=happened_at)
    return exhibit


def register(act: Act, case: Case, kind: Kind, name: str) -> Exhibit:
    """A new exhibit of ``case``, with the next number; its chain begins with the event that the caller records."""
    serial = next_serial(act.tx, f"exhibit/{case.number}")
    exhibit = Exhibit(
        case_id=case.id,
        number=f"{case.number}-{serial:04d}",
        serial=serial,
        kind=kind,
        name=name[:200],
        collected_by_id=act.by.id,
        created_at=act.at,
    )
    act.tx.add(exhibit)
    act.tx.flush()
    return exhibit


def _collected(
    act: Act, case: Case, exhibit: Exhibit, facts: dict[str, Any], happened_at: datetime | None
) -> CustodyEvent:
    stated = {
        **{fact: value for fact, value in facts.items() if value},
        "kind": exhibit.kind.value,
        "name": exhibit.name,
        "to": act.by.as_recorded(),
    }
    return record_all(act, [Entry(Locked(case, exhibit), EventType.COLLECTED, stated, happened_at)])[0]
