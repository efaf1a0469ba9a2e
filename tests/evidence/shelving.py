"""Places of the brigade and samples in its custodian's hands, for tests of what is kept where."""

from dataclasses import replace

from evidence.custody import perform
from evidence.custody_event import EventType
from evidence.intake import SampleFacts, collect_sample
from evidence.place import PlaceFacts, PlaceKind, enter_place, place_facts
from evidence.place_rules import place_breaks
from tests.evidence.conftest import hand_over

SAMPLE = SampleFacts(
    quantity="1 个",
    features="壳体熔融",
    position="配电箱内，距地 1.40 米",
    method="拆取",
    packing="物证袋",
    second_officer="李文静",
    witness="马会计",
)


def room(world, segment="W1", **facts):
    given = PlaceFacts(**{"name": "物证室", **facts})
    return enter_place(world.custodian, world.unit, given, kind=PlaceKind.ROOM, segment=segment)


def inside(world, parent, segment, kind=PlaceKind.CABINET, **facts):
    given = PlaceFacts(**{"name": f"{segment}柜", **facts})
    return enter_place(world.custodian, world.unit, given, kind=kind, segment=segment, parent=parent)


def kept(world, count=1, **facts):
    """Samples in the custodian's hands, on no shelf."""
    made = []
    for _ in range(count):
        made.append(collect_sample(world.investigator, world.case, replace(SAMPLE, **facts), name="断路器残骸"))
        hand_over(world.investigator, world.custodian, world.case, made[-1])
    return made


def store(world, place, exhibit, type_=EventType.STORED, **more):
    facts = {**place_facts(world.tx, world.unit.id, place.code), "reason": "清理货架" if type_ == "moved" else ""}
    broken = place_breaks(world.tx, place, [exhibit])[exhibit.id]
    return perform(world.custodian, world.case, exhibit, type_, facts, also_broken=broken, **more)
