"""What a label says (D14), and what its code is known for: ours, a place's, another installation's, or nonsense."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from evidence.custody import perform
from evidence.custody_event import EventType
from evidence.errors import LabelForeign, LabelUnreadable
from evidence.intake import collect_sample
from evidence.label import (
    Scanned,
    draw_tag,
    exhibit_code,
    label_of,
    place_code_of,
    place_label,
    scanned,
    tag_of,
)
from evidence.oversight import correct
from evidence.place import stood
from tests.evidence.conftest import AT
from tests.evidence.shelving import SAMPLE, inside, room

OWN = "482193"


def test_an_installation_draws_its_tag_once(world):
    assert tag_of(world.tx) == ""
    tag = draw_tag(world.custodian)
    assert 100_000 <= int(tag) <= 999_999
    world.tx.commit()
    assert (draw_tag(world.investigator), tag_of(world.tx)) == (tag, tag)
    world.tx.commit()
    with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
        connection.execute(sa.text("UPDATE label_tag SET tag = '111111'"))
    with pytest.raises(sa.exc.IntegrityError), world.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO label_tag (id, tag, made_at) VALUES (2, '222222', '2026-11-24')"))


@pytest.mark.parametrize("number", ["4105022026O0001-0001", "4105022026S0017-12345", "4105022026O12345-0001"])
def test_the_code_of_an_exhibit_is_read_back_as_its_number(number):
    code = exhibit_code(OWN, number)
    assert scanned(code, OWN) == Scanned(exhibit=number)
    assert scanned(f"  {code.lower()}\r\n", OWN) == Scanned(exhibit=number), "caps lock turns a hand scanner's letters"
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    assert scanned(wide, OWN) == Scanned(exhibit=number), "a Chinese input method makes them wide"
    assert scanned(number, OWN) == Scanned(exhibit=number), "typed from the label"


def test_the_code_of_a_place_is_read_back_and_its_own_code_may_be_typed(world):
    place = inside(world, room(world), "G03")
    assert scanned(place_code_of(OWN, place), OWN) == Scanned(place_id=place.id)
    assert scanned("w1-g03", OWN) == Scanned(place="W1-G03")


@pytest.mark.parametrize("code", [exhibit_code("771122", "4105022026O0001-0001"), "771122P000012"])
@pytest.mark.parametrize("own", [OWN, ""])
def test_the_label_of_another_installation_is_known_for_one(code, own):
    with pytest.raises(LabelForeign) as told:
        scanned(code, own)
    assert told.value.tag == "771122"


@pytest.mark.parametrize(
    "code",
    [
        *("", " ", "\x00", "'; --", "断路器", "6901234567892", "https://example.org/a", "A" * 5000, "٤" * 20),
        *("4105022026O0001", f"{OWN}4105022026X00010001", f"{OWN}P4105", "W1--2", "W1-G03-2-1-9"),
    ],
)
def test_what_is_no_label_is_refused(code):
    with pytest.raises(LabelUnreadable) as told:
        scanned(code, OWN)
    assert len(told.value.code) <= 40


def test_a_label_has_what_the_form_asks_for(world):
    sealed = type(SAMPLE)(**{**vars(SAMPLE), "seal": "FY-000117", "hazard": "dangerous"})
    taken = AT - timedelta(hours=3)
    sample = collect_sample(world.investigator, world.case, sealed, name="断路器残骸", happened_at=taken)
    label = label_of(world.tx, world.case, sample, OWN)
    assert (label.fire, label.number, label.name) == ("宏远纸品仓库火灾", sample.number, "断路器残骸")
    assert (label.quantity, label.position, label.taken_at) == ("1 个", SAMPLE.position, taken)
    assert (label.packer, label.witness, label.seal, label.hazard) == ("王建国", "马会计", "FY-000117", "dangerous")
    assert scanned(label.code, OWN).exhibit == sample.number


def test_a_label_printed_later_says_what_holds_then(world):
    sample = collect_sample(world.investigator, world.case, SAMPLE, name="残骸")
    label = label_of(world.tx, world.case, sample, OWN)
    assert (label.packer, label.seal) == ("王建国、李文静", "")
    correct(world.investigator, world.case, sample, 0, {"position": "配电箱内，距地 1.60 米"}, reason="量错")
    seal = {"seal_after": "FY-2", "packing": "物证盒", "no_witness_reason": "在库内封装"}
    perform(world.investigator, world.case, sample, EventType.SEALED, seal)
    label = label_of(world.tx, world.case, sample, OWN)
    assert (label.position, label.seal, label.packer) == ("配电箱内，距地 1.60 米", "FY-2", "王建国")
    assert label.witness == "马会计"


def test_a_label_of_a_place(world):
    cabinet = inside(world, room(world, fit_for_hazard=True), "G03", name="三号柜", access="保管人")
    label = place_label(world.tx, stood(world.tx, cabinet), OWN)
    assert json.loads(json.dumps(vars(label))) == {
        "code": f"{OWN}P{cabinet.id:06}",
        "place_code": "W1-G03",
        "name": "三号柜",
        "words": "物证室 / 三号柜",
        "unit": world.unit.name,
        "access": "保管人",
        "fit_for_hazard": True,
    }
