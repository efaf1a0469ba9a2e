"""Demo data: one person of each role at a county brigade and the city, and one fire worked up to its photographs."""

from datetime import datetime, timedelta

from sqlmodel import select

from casesvc.accounts import Account, actor_of, add_account
from casesvc.acts import now, system_actor, upload
from casesvc.api.cases import AlarmIn, OpeningIn, enter_alarm, open_on_incident
from casesvc.api.exhibits import SampleIn, enter_sample
from casesvc.api.handovers import OfferedIn, OfferIn, enter_offer
from casesvc.demo.photographs import demo_photographs
from casesvc.installation import Installation
from casesvc.passwords import hashed
from evidence.act import Actor
from evidence.custody_event import EventType
from evidence.exhibit import Kind
from evidence.moments import BEIJING
from evidence.register import case_by_number, load_units, unit_by_code
from workflows.roles import Role
from workflows.steps import take_step

PASSWORD = "Anyang-119-demo"  # noqa: S105 - printed at start, for the demo only
PEOPLE = (
    # login, name, certificate, unit, role
    ("diaocha", "王建国", "豫消41050201", "410502", Role.INVESTIGATOR),
    ("diaocha2", "李文静", "豫消41050202", "410502", Role.INVESTIGATOR),
    ("baoguan", "赵敏", "豫消41050203", "410502", Role.CUSTODIAN),
    ("fazhi", "陈志远", "豫消41050204", "410502", Role.LEGAL),
    ("shenpi", "刘国强", "豫消41050205", "410502", Role.APPROVER),
    ("jiandu", "孙丽华", "豫消41050006", "410500", Role.SUPERVISOR),
    ("guanli", "周凯", "豫消41050007", "410500", Role.ADMINISTRATOR),
    ("jianyan", "何明", "豫消41050008", "410500", Role.EXAMINER),
)
CATEGORIES = {"orientation": "方位", "overview": "概貌", "key_part": "重点部位", "detail": "细目"}


def logins_text(here: Installation) -> str:
    """The demo logins, one per role, or nothing where this is no demo."""
    with here.database.reading() as tx:
        known = set(tx.exec(select(Account.login)))
    lines = [
        f"  {login:<10}{role.label}（{name}）"
        for login, name, _, _, role in PEOPLE
        if login in known and login != "diaocha2"
    ]
    return f"\n演示账号（密码都是 {PASSWORD}）：\n" + "\n".join(lines) if lines else ""


def enter(here: Installation) -> bool:
    """Enter the demo data unless they are there; what was entered before is never touched."""
    with here.database.reading() as tx:
        if tx.exec(select(Account)).first() is not None:
            return False
    actors = _people(here)
    _fire(here, actors)
    return True


def _people(here: Installation) -> dict[str, Actor]:
    password_hash = hashed(PASSWORD)
    with here.database.begin(system_actor()) as act:
        load_units(act.tx)
        for login, name, certificate, unit, role in PEOPLE:
            add_account(
                act,
                unit_by_code(act.tx, unit),
                name=name,
                certificate=certificate,
                login=login,
                password_hash=password_hash,
                roles=frozenset({role}),
                password_set_by_owner=True,  # the demo prints one password for all, and it stays
            )
        return {login: actor_of(act.tx, login) for login, *_ in PEOPLE}


def _fire(here: Installation, actors: dict[str, Actor]) -> None:
    investigator, approver = actors["diaocha"], actors["shenpi"]
    fire_at = (now() - timedelta(days=2)).astimezone(BEIJING).replace(hour=22, minute=40, second=0, microsecond=0)
    number = _case(here, investigator, fire_at)
    with here.database.begin(approver) as act:
        take_step(
            act,
            case_by_number(act.tx, number),
            "investigators_assigned",
            {"first": "王建国", "second": "李文静"},
        )
    for photograph in demo_photographs(fire_at):
        upload(
            here,
            investigator,
            number,
            [photograph.content],
            file_name=photograph.file_name,
            kind=Kind.PHOTO,
            name=photograph.title,
            facts={"category": CATEGORIES[photograph.category], "place": "宏远纸品仓库"},
        )
    with here.database.begin(investigator) as act:
        sample = enter_sample(act, number, _SAMPLE)
    with here.database.begin(investigator) as act:
        item = OfferedIn(
            exhibit=sample.number, seal_before=_SAMPLE.seal, quantity=_SAMPLE.quantity, condition="封口完好"
        )
        to_keepers = OfferIn(type=EventType.HANDED_IN, items=[item], unit="410502", purpose="入库保管")
        enter_offer(act, number, to_keepers)


_SAMPLE = SampleIn(
    name="配电箱内断路器残骸",
    quantity="1 个",
    features="DZ47 型，壳体熔融变形，触头粘连",
    position="库房东墙配电箱内，距北墙 2.35 米，距地面 1.40 米",
    method="拆取",
    packing="物证袋密封",
    second_officer="李文静",
    witness="马会计（仓库管理员）",
    photo="007",
    seal="FY-2026-000117",
)


def _case(here: Installation, by: Actor, fire_at: datetime) -> str:
    alarm = AlarmIn(
        received_at=fire_at + timedelta(minutes=9),
        caller="马会计",
        phone="13803720000",
        place="安阳市文峰区文明大道东段宏远纸品仓库",
        burning="砖混结构仓库内纸箱、卷纸",
    )
    with here.database.begin(by) as act:
        incident = enter_alarm(act, alarm)
        name = f"安阳市文峰区宏远纸品仓库“{fire_at.month}·{fire_at.day}”火灾"
        return open_on_incident(act, OpeningIn(incident=incident.number, name=name, fire_at=fire_at)).number
